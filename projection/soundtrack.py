"""Blocks of a mix with the instants at which they are heard go in; an unbroken sound track that keeps to those instants comes out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from live.sound.channels import fold
from live.sound.tap import Heard
from media.sound import SAMPLE_RATE

_CHANNELS = 2
_OFF_S = 0.05
"""Devices tell instants that jitter: only what is further off than this is put in its place."""
_LATE_S = 1.0
"""What has not come by then will not: there is silence instead."""


class Soundtrack:
    """Puts blocks one behind the other.

    Args:
        origin_s: the clock's instant of the first sample.
    """

    def __init__(self, origin_s: float) -> None:
        self._origin_s = origin_s
        self._n_samples = 0

    def fit(self, blocks: Sequence[Heard], now_s: float) -> np.ndarray:
        """What is to be written behind all that was, (n, 2) float32.

        Args:
            blocks: those that have come since the last call.
        """
        pieces = [self._fitted(block) for block in blocks]
        missing = round((now_s - _LATE_S - self._origin_s) * SAMPLE_RATE) - self._n_samples
        if missing > 0:
            pieces.append(self._silence(missing))
        return np.concatenate([np.zeros((0, _CHANNELS), np.float32), *pieces])

    def _fitted(self, block: Heard) -> np.ndarray:
        """A block where it belongs: behind silence where some is missing, or what of it is not too late."""
        off = round((block.instant_s - self._origin_s) * SAMPLE_RATE) - self._n_samples
        if abs(off) < _OFF_S * SAMPLE_RATE and self._n_samples:
            off = 0
        before = self._silence(max(0, off))
        samples = fold(block.samples, _CHANNELS)[max(0, -off) :]
        self._n_samples += len(samples)
        return np.concatenate([before, samples])

    def _silence(self, n: int) -> np.ndarray:
        self._n_samples += n
        return np.zeros((n, _CHANNELS), np.float32)
