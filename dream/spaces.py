"""A gradient goes in; the parts of it in which a picture is climbed come out, and back: how it is parametrised.

Steps are taken in some other space than that of pixels: every part of a gradient is made as strong as the others there, and what is
coarse there is pushed as a whole. All spaces are linear and know their way back, so pictures themselves are never anything but pixels.

A new one is a class of the four members of Space and a line in dream.tables.SPACES. Gradients are (N, 3, H, W) float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from dream.rows import evened

if TYPE_CHECKING:
    from dream.settings import ClimbSettings

_LEAST_PX = 4
_FINEST = 0.5
"""How much the finest of several levels counts: all of it draws ripples between the things that are dreamed, and less of it blurs
them. Tuned by eye."""


class Space(Protocol):
    """Where a picture climbs."""

    @classmethod
    def of(cls, climb: ClimbSettings) -> Space:
        """The one that settings tell."""

    @property
    def reach_px(self) -> int | None:
        """How far about a pixel's step looks, and to what multiple parts of a picture must be aligned; None where it looks everywhere."""

    def split(self, gradient: Tensor) -> list[Tensor]:
        """The parts of a gradient, real or complex, pictures first."""

    def join(self, parts: Sequence[Tensor], size_px: tuple[int, int]) -> Tensor:
        """The way back, to (height, width)."""


@dataclass(frozen=True)
class Levels:
    """Pixels, at several levels of coarseness, each half the size of the last.

    Args:
        n: how many; 1 is the bare gradient.
        even: whether levels hold only what the next does not (Laplacian pyramid normalisation, A. Mordvintsev 2015), so that every
            band is as strong as every other; else what is coarse is in all of them, and motifs are pushed as a whole, the finest
            level less than the others.
    """

    n: int = 3
    even: bool = False

    @classmethod
    def of(cls, climb: ClimbSettings) -> Levels:
        """As Space."""
        return cls(climb.smooth, climb.even)

    @property
    def reach_px(self) -> int:
        """As Space."""
        return 2 ** (self.n + 1)

    def split(self, gradient: Tensor) -> list[Tensor]:
        """As Space: the finest first, each of its own size."""
        levels, now = [], gradient
        for _ in range(self.n - 1):
            if min(now.shape[-2:]) < 2 * _LEAST_PX:
                break
            smaller = _half(now)
            levels.append(now - _to_size(smaller, now.shape[-2:]) if self.even else now)
            now = smaller
        return [*levels, now]

    def join(self, parts: Sequence[Tensor], size_px: tuple[int, int]) -> Tensor:  # noqa: ARG002 (levels know their size)
        """As Space."""
        total = parts[-1]
        for n in range(len(parts) - 2, -1, -1):
            share = _FINEST if n == 0 and not self.even else 1.0
            total = torch.add(_to_size(total, parts[n].shape[-2:]), parts[n], alpha=share)
        return total


@dataclass(frozen=True)
class Waves:
    """Waves of all lengths, the longer the stronger (A. Mordvintsev et al. 2018, "Differentiable image parameterizations").

    Args:
        decay: the power of its length by which a wave counts, once on the way there and once on the way back.
        longest_px: longer ones count no more than this one. Else what is nearly as large as the picture bleaches light parts of it, and
            no form is left in them; large forms are what small octaves are for. Tuned by eye.
    """

    decay: float = 0.75
    longest_px: float = 48.0

    @classmethod
    def of(cls, climb: ClimbSettings) -> Waves:  # noqa: ARG003 (nothing of it is set)
        """As Space."""
        return cls()

    @property
    def reach_px(self) -> None:
        """As Space."""
        return None

    def split(self, gradient: Tensor) -> list[Tensor]:
        """As Space: one spectrum, (N, 3, H, W // 2 + 1) complex."""
        return [torch.fft.rfft2(gradient) * self._scale(gradient.shape[-2:], gradient.device)]

    def join(self, parts: Sequence[Tensor], size_px: tuple[int, int]) -> Tensor:
        """As Space."""
        return torch.fft.irfft2(parts[0] * self._scale(size_px, parts[0].device), s=size_px)

    def _scale(self, size_px: Sequence[int], device: torch.device) -> Tensor:
        return _lengths(size_px[0], size_px[1], device).clamp(max=self.longest_px) ** self.decay


@lru_cache(maxsize=16)
def _lengths(height: int, width: int, device: torch.device) -> Tensor:
    """Of each wave of a picture, (H, W // 2 + 1), in pixels; a picture's own longest side where it is longer or endless."""
    down, right = torch.fft.fftfreq(height, device=device), torch.fft.rfftfreq(width, device=device)
    return 1 / torch.hypot(down[:, None], right[None]).clamp(min=1 / max(height, width))


def _half(level: Tensor) -> Tensor:
    """The mean of every four, and of two or one at an odd edge. (A pool says the same, in four times the time.)"""
    return F.interpolate(evened(level), scale_factor=0.5, mode="bilinear", align_corners=False)


def _to_size(level: Tensor, size: Sequence[int]) -> Tensor:
    """A level at the size of the one before it: exactly twice as large, or what is seen by pieces would lie elsewhere than in the whole."""
    return F.interpolate(level, scale_factor=2, mode="bilinear", align_corners=False)[..., : size[0], : size[1]]
