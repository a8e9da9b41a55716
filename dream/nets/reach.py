"""A network and layers of it go in; how far about a place in the picture they look comes out."""

from __future__ import annotations

import copy
from collections.abc import Collection

import torch

from dream.nets.staged import Staged

_SEEN_PX = 512
_SHARE = 0.99
_TO_PX = 32
"""What reaches are rounded up to."""


def reach_of(net: Staged, layers: Collection[str]) -> int:
    """How far a gradient at a pixel looks to either side, pixels: what makes 99 hundredths of it, on noise.

    A place sees so much of the picture about it, and a pixel is seen by all places so far away, which see as far again. Most of
    what a network could see counts next to nothing, so it is measured.
    """
    here = copy.deepcopy(net).float().cpu()
    picture = torch.rand(1, 3, _SEEN_PX, _SEEN_PX, generator=torch.Generator().manual_seed(0)).requires_grad_(True)
    said = here(picture, layers)
    middles = [heard[:, :, heard.shape[2] // 2, heard.shape[3] // 2].float().square().sum() for heard in said.values()]
    (gradient,) = torch.autograd.grad(torch.stack(middles).sum(), picture)
    across = gradient.abs().sum((0, 1, 2))
    within = across.cumsum(0) / across.sum().clamp(min=1e-12)
    low, high = (int((within < bound).sum()) for bound in ((1 - _SHARE) / 2, (1 + _SHARE) / 2))
    return -(-(high - low + 1) // _TO_PX) * _TO_PX
