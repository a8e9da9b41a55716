"""Pictures go in; as the network is shown them comes out, a little different at every step, and the way back.

What survives being moved about is what a thing looks like, not what one pixel says to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
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
