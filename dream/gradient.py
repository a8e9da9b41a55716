"""A gradient goes in; the direction in which a picture is changed comes out: as strong everywhere, and as coarse as it is fine.

All work on (N, 3, H, W) float32.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

_TINY = 1e-12
_LEAST_PX = 4


def normalise(gradient: Tensor) -> Tensor:
    """Each picture's own spread becomes 1, and its mean 0 by colour: else a dream drifts to white, or to one hue."""
    level = gradient - gradient.mean((2, 3), keepdim=True)
    return level / (level.square().mean((1, 2, 3), keepdim=True).sqrt() + _TINY)


def coarsen(gradient: Tensor, n_levels: int, *, share: float = 1.0) -> Tensor:
    """The sum of a gradient and of what is left of it at half, quarter... size, each as strong as the last times `share`.

    A network's gradient is mostly fine; motifs want to be pushed as a whole.
    """
    total, small, weight = normalise(gradient), gradient, 1.0
    size = gradient.shape[-2:]
    for _ in range(n_levels - 1):
        if min(small.shape[-2:]) < 2 * _LEAST_PX:
            break
        small = F.avg_pool2d(small, 2)
        weight *= share
        total = total + weight * F.interpolate(normalise(small), size=size, mode="bilinear", align_corners=False)
    return normalise(total)


def even_out(gradient: Tensor, n_levels: int) -> Tensor:
    """Laplacian pyramid normalisation: every band of a gradient as strong as every other (A. Mordvintsev 2015)."""
    bands, low = [], gradient
    for _ in range(n_levels - 1):
        if min(low.shape[-2:]) < 2 * _LEAST_PX:
            break
        smaller = F.avg_pool2d(low, 2, ceil_mode=True)
        bands.append(low - F.interpolate(smaller, size=low.shape[-2:], mode="bilinear", align_corners=False))
        low = smaller
    total = normalise(low)
    for band in reversed(bands):
        total = F.interpolate(total, size=band.shape[-2:], mode="bilinear", align_corners=False) + normalise(band)
    return normalise(total)


def no_further(direction: Tensor, most: float) -> Tensor:
    """Without strokes many times stronger than the rest."""
    return torch.clamp(direction, -most, most)
