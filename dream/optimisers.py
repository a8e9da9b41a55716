"""The parts of a gradient go in, step after step; the parts of a step come out: how a picture's climb remembers the way it came.

A new one is a class of a function and a line in dream.tables.OPTIMISERS.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

_TINY = 1e-8


class Optimiser(Protocol):
    """Makes steps of gradients. Each climb has its own: it may remember."""

    def __call__(self, parts: Sequence[Tensor]) -> list[Tensor]:
        """The parts of the step; real or complex, as a space has split them."""


class Steepest:
    """The gradient itself, every time."""

    def __call__(self, parts: Sequence[Tensor]) -> list[Tensor]:
        """As Optimiser."""
        return list(parts)


class Adam:
    """Goes on the way that it came, and everywhere about as fast (D. Kingma and J. Ba 2014), so small forces tell as much as large ones."""

    def __init__(self, *, first: float = 0.9, second: float = 0.999) -> None:
        self._first, self._second = first, second
        self._moments: list[tuple[Tensor, Tensor]] = []
        self._n = 0

    def __call__(self, parts: Sequence[Tensor]) -> list[Tensor]:
        """As Optimiser."""
        values = [_as_real(part) for part in parts]
        if [mean.shape for mean, _ in self._moments] != [value.shape for value in values]:
            self._moments, self._n = [(torch.zeros_like(value), torch.zeros_like(value)) for value in values], 0
        self._n += 1
        moved = [self._move(value, mean, square) for value, (mean, square) in zip(values, self._moments, strict=True)]
        return [torch.view_as_complex(step) if part.is_complex() else step for step, part in zip(moved, parts, strict=True)]

    def _move(self, value: Tensor, mean: Tensor, square: Tensor) -> Tensor:
        mean.lerp_(value, 1 - self._first)
        square.mul_(self._second).addcmul_(value, value, value=1 - self._second)
        spread = (square / (1 - self._second**self._n)).sqrt_()
        # What counts as nothing depends on how large gradients are, and that on the network.
        return mean / (1 - self._first**self._n) / (spread + _TINY * spread.amax() + 1e-30)


def _as_real(part: Tensor) -> Tensor:
    return torch.view_as_real(part) if part.is_complex() else part
