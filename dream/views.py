"""Pictures go in; as the network is shown them comes out, a little different at every step, and the way back.

What survives being moved about is what a thing looks like, not what one pixel says to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Protocol

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


class View(Protocol):
    """A way of looking at pictures."""

    @property
    def moves(self) -> bool:
        """Whether it moves pictures at all."""

    def __call__(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """(N, 3, H, W) as the network is shown them; differentiable."""


@dataclass(frozen=True)
class Jitter:
    """Moved by up to so many pixels each way; what leaves at one edge comes in at the other."""

    most_px: int

    @property
    def moves(self) -> bool:
        """As View.moves."""
        return self.most_px > 0

    def __call__(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """As View."""
        if not self.most_px:
            return pictures
        down, right = torch.randint(-self.most_px, self.most_px + 1, (2,), generator=generator).tolist()
        return torch.roll(pictures, (down, right), (2, 3))


@dataclass(frozen=True)
class Shake:
    """Turned and scaled a little about the middle (transformation robustness); beyond an edge is its mirror image.

    Args:
        degrees: the most that it is turned, either way.
        scale: the most by which it is made larger or smaller, of its size.
    """

    degrees: float = 8.0
    scale: float = 0.1

    @property
    def moves(self) -> bool:
        """As View.moves."""
        return self.degrees > 0 or self.scale > 0

    def __call__(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """As View."""
        turn, grow = (2 * torch.rand(2, generator=generator) - 1).tolist()
        angle, factor, (height, width) = radians(turn * self.degrees), 1 + grow * self.scale, pictures.shape[-2:]
        across, along = cos(angle) / factor, sin(angle) / factor
        turned = torch.tensor([[across, -along * height / width, 0.0], [along * width / height, across, 0.0]])
        turned = turned.to(pictures.device, non_blocking=True)
        grid = F.affine_grid(turned.expand(len(pictures), 2, 3), list(pictures.shape), align_corners=False)
        return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)


@dataclass(frozen=True)
class Several:
    """One view after the other."""

    views: tuple[View, ...]

    @property
    def moves(self) -> bool:
        """As View.moves."""
        return any(view.moves for view in self.views)

    def __call__(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """As View."""
        for view in self.views:
            pictures = view(pictures, generator)
        return pictures
