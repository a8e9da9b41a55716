"""A picture too large to be thought of at once goes in; it climbs tile by tile, as if it were climbed whole.

Tiles lie differently at every step, each is seen with what lies about it, and how strong the gradient is is measured over all of
them: so there are no seams. The gradient is kept in half precision; beside the picture it is all that grows with its size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from dream.ascent import Ascent
from dream.gradient import Direction, Sums

AT_ONCE_PX = 2_500_000
"""Pixels of a picture that is still climbed whole."""
TILE_PX = 768
_PIECE_PX = 1024
_STRIDE_PX = 32
"""Tiles that begin at multiples of it are seen as they are in the whole: no network here steps further."""


@dataclass(frozen=True)
class Box:
    """Rows and columns of a picture."""

    top: int
    left: int
    bottom: int
    right: int

    def grown(self, by: int, size_px: tuple[int, int]) -> Box:
        """By so many pixels on all sides, as far as the picture goes."""
        return Box(max(0, self.top - by), max(0, self.left - by), min(size_px[0], self.bottom + by), min(size_px[1], self.right + by))

    def of(self, pictures: Tensor) -> Tensor:
        """This part of pictures, a view."""
        return pictures[..., self.top : self.bottom, self.left : self.right]

    def within(self, outer: Box) -> Box:
        """The same as seen from a box around it."""
        return Box(self.top - outer.top, self.left - outer.left, self.bottom - outer.top, self.right - outer.left)


def is_large(size_px: Sequence[int]) -> bool:
    """Whether a picture of (height, width) is climbed in tiles, and never lies in memory more often than it must."""
    return size_px[0] * size_px[1] > AT_ONCE_PX


def boxes(size_px: tuple[int, int], side: int, shift: tuple[int, int]) -> Iterator[Box]:
    """Boxes that cover a picture, `side` wide and high but at its edges; `shift` (each < side) moves the grid."""
    for top in range(-shift[0], size_px[0], side):
        for left in range(-shift[1], size_px[1], side):
            box = Box(max(0, top), max(0, left), min(size_px[0], top + side), min(size_px[1], left + side))
            if box.top < box.bottom and box.left < box.right:
                yield box


def step_in_tiles(ascent: Ascent, picture: Tensor, *, by: float | Tensor, tile_px: int = TILE_PX) -> None:
    """As Ascent.step, of pictures that lie on the processor; where the view moves pictures about, tiles are moved instead."""
    size_px = (picture.shape[2], picture.shape[3])
    stride = 1 if ascent.view.moves else _STRIDE_PX
    shift = [stride * int(torch.randint(0, tile_px // stride, (1,), generator=ascent.generator)) for _ in range(2)]
    gradient = torch.empty(picture.shape, dtype=torch.bfloat16)  # half a float, and its range: some places are a million times flatter
    sums = torch.zeros(len(picture), 3, 1, 1)
    for box in boxes(size_px, tile_px, (shift[0], shift[1])):
        outer = box.grown(ascent.reach_px, size_px)
        _, seen = ascent.slope(outer.of(picture).contiguous())
        inner = box.within(outer).of(seen).cpu()
        box.of(gradient).copy_(inner)
        sums += inner.sum((2, 3), keepdim=True)
    _move(picture, gradient, sums / (size_px[0] * size_px[1]), ascent.direction.by_pieces, by=by)


def _move(picture: Tensor, gradient: Tensor, mean: Tensor, direction: Direction, *, by: float | Tensor) -> None:
    """Change a picture by the direction that its whole gradient has, a piece at a time."""
    size_px = (picture.shape[2], picture.shape[3])
    reach = direction.reach_px
    pieces = _pieces(size_px, max(reach, _PIECE_PX // reach * reach))
    levels, whole = Sums(), Sums()
    for box in pieces:
        levels.add(direction.split(box.of(gradient).float() - mean))
    strengths = levels.strengths()
    for box in pieces:
        whole.add([_joined(gradient, box, mean, direction, strengths)])
    (strength,) = whole.strengths()
    for box in pieces:
        amount = by if isinstance(by, float) else box.of(by)
        step = _joined(gradient, box, mean, direction, strengths).div_(strength).mul_(amount)
        box.of(picture).add_(step).clamp_(0, 1)


def _pieces(size_px: tuple[int, int], side: int) -> list[Box]:
    """Boxes that cover a picture, about `side` wide and high; none is less than half of it, or it would have fewer levels than others."""
    rows, columns = ([*range(0, side * max(1, round(length / side)), side), length] for length in size_px)
    return [Box(top, left, bottom, right) for top, bottom in pairwise(rows) for left, right in pairwise(columns)]


def _joined(gradient: Tensor, box: Box, mean: Tensor, direction: Direction, strengths: list[Tensor]) -> Tensor:
    """The direction in a box, not yet of strength 1."""
    outer = box.grown(direction.reach_px, (gradient.shape[2], gradient.shape[3]))
    seen = outer.of(gradient).float() - mean
    return box.within(outer).of(direction.join(direction.split(seen), strengths, (seen.shape[2], seen.shape[3])))
