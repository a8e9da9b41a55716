"""A level to go to and a time for it go in; a gain for each sample comes out, and no step is larger than told."""

from __future__ import annotations

from math import ceil

import numpy as np

from media.sound import SAMPLE_RATE

MOST_SLOPE = 0.001
"""The most that a level moves in a sample: silence to full takes 21 ms at least, which nobody hears as a click."""
DECLICK = SAMPLE_RATE // 100
"""Samples in which sound begins and stops that is broken off where it is: 10 ms."""


def db_to_gain(db: float) -> float:
    """Decibels to a factor; minus infinity is true zero."""
    return float(10 ** (db / 20))


def amplified(samples: np.ndarray, gain: float | np.ndarray) -> np.ndarray:
    """Samples (n, channels) times a gain as `Ramp.next` gives it; themselves where that is 1."""
    return samples if isinstance(gain, float) and gain == 1.0 else samples * np.float32(gain)


class Ramp:
    """A level that moves in straight lines."""

    def __init__(self, value: float = 1.0) -> None:
        self._target = value
        self._step = 0.0
        self.n_left = 0
        """Samples until it has arrived."""

    @property
    def value(self) -> float:
        """Where it is: the gain of the last sample."""
        return self._target - self._step * self.n_left

    @property
    def target(self) -> float:
        """Where it is going."""
        return self._target

    def go(self, target: float, *, over: int) -> None:
        """Go to a level within so many samples, from where it is; 0 is at once."""
        step = (target - self.value) / over if over else 0.0
        self._target, self._step, self.n_left = target, step, over if step else 0

    def glide(self, target: float, *, over_s: float, most_slope: float = MOST_SLOPE) -> None:
        """Go to a level within a time, or in as much longer as the steepest slope takes (a sample's share of 1)."""
        n_steepest = ceil(abs(target - self.value) / most_slope)
        self.go(target, over=max(round(over_s * SAMPLE_RATE), n_steepest))

    def next(self, n: int) -> float | np.ndarray:
        """Gains of the next samples: (n, 1) float32, or one number where they are all the same."""
        if not self.n_left:
            return self._target
        left = np.arange(self.n_left - 1, self.n_left - 1 - n, -1, dtype=np.float64)
        self.n_left = max(0, self.n_left - n)
        return (self._target - self._step * np.maximum(left, 0)).astype(np.float32)[:, None]
