"""A gradient goes in; the direction in which a picture is changed comes out: as strong in every part of the space that it climbs in.

How strong parts are is summed up apart from splitting and joining them, so that a picture too large to be looked at as a whole is
treated as one all the same. Gradients are (N, 3, H, W) float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import torch
from torch import Tensor

from dream.optimisers import Optimiser, Steepest
from dream.spaces import Levels, Space

_TINY = 1e-12

_COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
"""How red, green and blue go together in photographs: light, orange against blue, green against purple (lucid, of ImageNet)."""


@dataclass
class Sums:
    """How strong the parts of a gradient are, summed up over one or more pieces of it; each entry is (N, 1, 1, 1)."""

    squares: list[Tensor] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def add(self, parts: Sequence[Tensor]) -> None:
        """Take in the parts of one piece."""
        squares = [(part.abs() if part.is_complex() else part).square().sum((1, 2, 3), keepdim=True) for part in parts]
        counts = [part[0].numel() for part in parts]
        self.squares = [a + b for a, b in zip(self.squares, squares, strict=True)] if self.squares else squares
        self.counts = [a + b for a, b in zip(self.counts, counts, strict=True)] if self.counts else counts

    def strengths(self) -> list[Tensor]:
        """Of each part, (N, 1, 1, 1)."""
        return [(square / count).sqrt() + _TINY for square, count in zip(self.squares, self.counts, strict=True)]


@dataclass(frozen=True)
class Direction:
    """How a gradient becomes a direction.

    Args:
        space: in which it is climbed.
        photographic: whether colours are climbed as they go together in photographs: rather in light than in hue.
    """

    space: Space = Levels()
    photographic: bool = False

    def __call__(self, gradient: Tensor, optimiser: Optimiser | None = None) -> Tensor:
        """The direction, with a spread of 1 in each picture and a mean of 0 in each colour: else dreams drift to white or one hue."""
        parts = (optimiser or Steepest())(self.split(gradient - gradient.mean((2, 3), keepdim=True)))
        sums, whole = Sums(), Sums()
        sums.add(parts)
        joined = self.join(parts, sums.strengths(), (gradient.shape[2], gradient.shape[3]))
        whole.add([joined])
        return joined.div_(whole.strengths()[0])

    def split(self, gradient: Tensor) -> list[Tensor]:
        """The parts of a gradient in its space."""
        return self.space.split(_mixed(gradient, transposed=True) if self.photographic else gradient)

    def join(self, parts: Sequence[Tensor], strengths: Sequence[Tensor], size_px: tuple[int, int]) -> Tensor:
        """The sum of the parts, each divided by its strength."""
        joined = self.space.join([part / strength for part, strength in zip(parts, strengths, strict=True)], size_px)
        return _mixed(joined, transposed=False) if self.photographic else joined

    @property
    def reach_px(self) -> int:
        """As Space.reach_px, of a space that can be climbed by pieces."""
        assert self.space.reach_px is not None
        return self.space.reach_px

    @property
    def by_pieces(self) -> Direction:
        """The same where a picture is too large to be looked at as a whole: then it climbs in pixels."""
        return self if self.space.reach_px is not None else replace(self, space=Levels())


def _mixed(pictures: Tensor, *, transposed: bool) -> Tensor:
    return torch.einsum("oc,nohw->nchw" if transposed else "oc,nchw->nohw", _colours(pictures.device), pictures)


@lru_cache(maxsize=4)
def _colours(device: torch.device) -> Tensor:
    """_COLOURS, a row each; made once, for a device has to wait for what is brought to it."""
    return torch.tensor(_COLOURS, device=device) / 0.27
