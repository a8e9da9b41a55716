"""Samples and a speed go in; what a tape would sound like that runs so fast comes out, faster is higher.

A windowed sinc (Smith & Gossett 1984, "A flexible sampling-rate conversion method"), its pass band narrowed where the tape is fast:
what would lie beyond hearing must not come back as something else.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, log2

import numpy as np

_CROSSINGS = 12  # zero crossings of the sinc on each side
_BETA = 9.0  # of the Kaiser window: what must not be heard is 90 dB down
_PASS = 0.92  # of the band, so that the slope lies within it
_PHASES = 256  # straight lines between so many places of a sample are 100 dB from the truth
_STEPS_AN_OCTAVE = 16


class Tape:
    """Reads between samples, at one speed.

    Args:
        rate: samples that it moves a sample, 0.25 to 4.

    `reach` is how many samples it wants on both sides of a place.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        # Where speed is moved by hand, the band need not follow each movement exactly.
        narrow = 2.0 ** (ceil(log2(max(rate, 1.0)) * _STEPS_AN_OCTAVE) / _STEPS_AN_OCTAVE)
        self._kernel = _kernel(narrow)
        self.reach = self._kernel.shape[1] // 2

    def play(self, samples: np.ndarray, *, at: float, n: int, rate: float | None = None) -> np.ndarray:
        """Samples at the places at, at + rate, ... as (n, channels) float32.

        Args:
            samples: (m, channels) float32 with `reach` samples before the first place, which counts from there, and behind the last.
            at: 0 to 1.
            rate: another than its own, but a little.
        """
        places = at + np.arange(n) * (self.rate if rate is None else rate)
        whole = np.floor(places)
        phase = (places - whole) * _PHASES
        row = phase.astype(np.int64)
        share = (phase - row).astype(np.float32)[:, None]
        weights = self._kernel[row] * (1 - share) + self._kernel[row + 1] * share
        windows = np.lib.stride_tricks.sliding_window_view(samples, 2 * self.reach, axis=0)[whole.astype(np.int64) + 1]
        return np.einsum("nct,nt->nc", windows, weights)


@lru_cache(maxsize=64)
def _kernel(narrow: float) -> np.ndarray:
    """Weights of the samples about a place: a row for each phase from 0 to 1, both included.

    Column t of a row is the sample t - reach + 1 after the one at or before the place.
    """
    reach = ceil(_CROSSINGS * narrow)
    phases = np.linspace(0, 1, _PHASES + 1)[:, None]
    away = np.arange(-reach + 1, reach + 1)[None, :] - phases
    window = np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (away / reach) ** 2))) / np.i0(_BETA)
    weights = np.sinc(away / narrow * _PASS) * window
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
