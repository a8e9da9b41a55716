"""A gradient goes in; the direction in which a picture is changed comes out: as strong everywhere, and as coarse as it is fine.

A direction first splits a gradient into levels of coarseness, then makes all of them equally strong, then joins them. How strong
they are is summed up apart from that, so that a picture too large to be looked at as a whole is treated as one all the same.

Gradients are (N, 3, H, W) float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

_TINY = 1e-12
_LEAST_PX = 4


@dataclass
class Sums:
    """How strong the levels of a gradient are, summed up over one or more parts of it; each entry is (N, 3, 1, 1) or (N, 1, 1, 1)."""

    squares: list[Tensor] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def add(self, levels: Sequence[Tensor]) -> None:
        """Take in the levels of one part."""
        squares = [level.square().sum((1, 2, 3), keepdim=True) for level in levels]
        counts = [level[0].numel() for level in levels]
        self.squares = [a + b for a, b in zip(self.squares, squares, strict=True)] if self.squares else squares
        self.counts = [a + b for a, b in zip(self.counts, counts, strict=True)] if self.counts else counts

    def strengths(self) -> list[Tensor]:
        """Of each level, (N, 1, 1, 1)."""
        return [(square / count).sqrt() + _TINY for square, count in zip(self.squares, self.counts, strict=True)]


@dataclass(frozen=True)
class Direction:
    """How a gradient becomes a direction.

    Args:
        n_levels: of coarseness, each half the size of the last; 1 is the bare gradient.
        even: whether levels hold only what the next does not (Laplacian pyramid normalisation, A. Mordvintsev 2015), so that every
            band is as strong as every other; else what is coarse is in all of them, and motifs are pushed as a whole.
    """

    n_levels: int = 3
    even: bool = False

    def __call__(self, gradient: Tensor) -> Tensor:
        """The direction, with a spread of 1 in each picture and a mean of 0 in each colour: else dreams drift to white or one hue."""
        levels = self.split(gradient - gradient.mean((2, 3), keepdim=True))
        sums, whole = Sums(), Sums()
        sums.add(levels)
        joined = self.join(levels, sums.strengths())
        whole.add([joined])
        return joined.div_(whole.strengths()[0])

    def split(self, gradient: Tensor) -> list[Tensor]:
        """Its levels, the finest first, each of its own size."""
        levels, now = [], gradient
        for _ in range(self.n_levels - 1):
            if min(now.shape[-2:]) < 2 * _LEAST_PX:
                break
            smaller = F.avg_pool2d(now, 2, ceil_mode=True, count_include_pad=False)
            levels.append(now - _to_size(smaller, now.shape[-2:]) if self.even else now)
            now = smaller
        return [*levels, now]

    def join(self, levels: Sequence[Tensor], strengths: Sequence[Tensor]) -> Tensor:
        """The sum of levels, each divided by its strength, at the size of the first."""
        total = levels[-1] / strengths[-1]
        for level, strength in zip(levels[-2::-1], strengths[-2::-1], strict=True):
            total = torch.addcdiv(_to_size(total, level.shape[-2:]), level, strength)
        return total

    @property
    def reach_px(self) -> int:
        """How far a pixel's direction looks about, and to what multiple parts of a picture must be aligned."""
        return 2 ** (self.n_levels + 1)


def _to_size(level: Tensor, size: Sequence[int]) -> Tensor:
    return F.interpolate(level, (size[0], size[1]), mode="bilinear", align_corners=False)
