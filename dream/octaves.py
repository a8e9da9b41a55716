"""A picture and an engine go in; the picture dreamed comes out: first its large forms, at a small size, then ever finer.

From size to size the change is carried, not the picture, so that the picture's own detail is never lost (A. Mordvintsev 2015).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from dream.ascent import Ascent
from dream.tiles import AT_ONCE_PX, step_in_tiles

_FRAME_PX = 16
LEAST_PX = 48
"""No octave is smaller: there would be nothing to see for a network."""


@dataclass(frozen=True)
class Octave:
    """One size of a picture: (height, width), and the number of the octave from the smallest, 0."""

    number: int
    size_px: tuple[int, int]


@dataclass(frozen=True)
class Climbed:
    """How far a dream is: the picture as it stands, and how well it does."""

    octave: Octave
    n_octaves: int
    step: int
    n_steps: int
    score: float
    picture: Tensor


OnStep = Callable[[Climbed], None]


def ignore_step(climbed: Climbed) -> None:
    """The callback of those who do not ask."""


def plan_octaves(size_px: tuple[int, int], *, count: int, scale: float) -> list[Octave]:
    """Sizes from the smallest to the picture's own, each `scale` times the last; fewer where they would be too small."""
    sizes = [(round(size_px[0] / scale**n), round(size_px[1] / scale**n)) for n in range(count)]
    large = [size for n, size in enumerate(sizes) if n == 0 or min(size) >= LEAST_PX]
    return [Octave(n, size) for n, size in enumerate(reversed(large))]


def dream(
    picture: Tensor,
    ascent: Ascent,
    *,
    octaves: int,
    scale: float,
    steps: int,
    step_size: float,
    strength: Tensor | None = None,
    grain: float = 0.0,
    on_step: OnStep = ignore_step,
) -> Tensor:
    """Dream a picture, or several of one size.

    Args:
        picture: (N, 3, H, W) float32 of 0..1.
        octaves, scale: how many sizes, and from one to the next.
        steps, step_size: at each size; the size of a step in parts of the range of 0..1.
        grain: soft noise to begin with, of black to white, so that there is something to be seen in flat places.
        strength: how much is to be dreamed where, (1, 1, H, W) of 0..1; everywhere by default.
    """
    sizes = plan_octaves((picture.shape[2], picture.shape[3]), count=octaves, scale=scale)
    # What is too large for one look need not fit on the device either.
    picture = picture if _is_large(picture.shape[2:]) else picture.to(ascent.device)
    change: Tensor | None = None
    for octave in sizes:
        base = resize(picture, octave.size_px)
        by = step_size if strength is None else step_size * resize(strength.to(ascent.device), octave.size_px)
        if change is None and grain:
            change = grain * torch.randn(base.shape, generator=ascent.generator).to(base.device) * (1.0 if strength is None else by / step_size)
        dreamed = (base if change is None else base + resize(change, octave.size_px)).clamp(0, 1)
        if dreamed is picture:
            dreamed = dreamed.clone()
        is_large = _is_large(octave.size_px)
        if not is_large:
            framed, by, frame = _framed(dreamed.to(ascent.device), by)
            dreamed = framed[..., frame : framed.shape[-2] - frame, frame : framed.shape[-1] - frame]
            ascent.balance(framed)
        for step in range(steps):
            score = step_in_tiles(ascent, dreamed, by=by) if is_large else ascent.step(framed, by=by)
            on_step(Climbed(octave, len(sizes), step + 1, steps, float(score.mean()), dreamed))
        change = dreamed - base
    assert change is not None
    return dreamed


def _framed(picture: Tensor, by: float | Tensor) -> tuple[Tensor, float | Tensor, int]:
    """A picture within a frame of its own mirror image, how far it is to climb where, and the frame's width.

    Views move pictures round and round, and beyond an edge networks see nothing: without a frame, what is at the foot is dreamed
    at the head, and edges draw the dream to themselves.
    """
    width = min(_FRAME_PX, min(picture.shape[-2:]) - 1)
    frame = (width,) * 4
    return F.pad(picture, frame, mode="reflect"), by if isinstance(by, float) else F.pad(by, frame, mode="replicate"), width


def _is_large(size_px: Sequence[int]) -> bool:
    return size_px[0] * size_px[1] > AT_ONCE_PX


def resize(pictures: Tensor, size_px: tuple[int, int]) -> Tensor:
    """(N, C, H, W) to another (height, width); smaller without aliasing."""
    if tuple(pictures.shape[-2:]) == size_px:
        return pictures
    smaller = size_px[0] < pictures.shape[-2]
    return F.interpolate(pictures, size_px, mode="bicubic", align_corners=False, antialias=smaller)


def to_tensor(rgb: object) -> Tensor:
    """A picture (H, W, 3) uint8 as (1, 3, H, W) float32 of 0..1."""
    return torch.as_tensor(rgb).permute(2, 0, 1)[None].float() / 255


def to_rgb(picture: Tensor) -> Tensor:
    """The first of (N, 3, H, W) of 0..1 as (H, W, 3) uint8."""
    return (picture[0].permute(1, 2, 0).clamp(0, 1) * 255).round().to(torch.uint8).cpu()
