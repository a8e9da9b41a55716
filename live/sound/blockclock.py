"""The instants at which a device asks for blocks go in, late as a busy machine is; the steady instants that they stand for come out.

A delay-locked loop (Adriaensen 2005, "Using a DLL to filter time"): it follows the device's own crystal, and evens out all the rest.
"""

from __future__ import annotations

from math import pi, sqrt

from media.sound import SAMPLE_RATE

_BANDWIDTH_HZ = 0.1
_WIDEST_HZ = 1.0  # at first, when a device fills its buffers all at once
_LOST_S = 0.25


class BlockClock:
    """Follows one device."""

    def __init__(self) -> None:
        self._next_s: float | None = None
        self._stretch = 1.0  # seconds of ours to one of the device's
        self._age_s = 0.0
        self.has_jumped = False
        """Whether the latest block does not follow the one before it."""

    def begin(self, now_s: float, n: int) -> float:
        """The instant of a block of n samples that is asked for at `now_s`."""
        self.has_jumped = self._next_s is None or abs(now_s - self._next_s) > _LOST_S
        if self._next_s is None or self.has_jumped:
            self._next_s, self._stretch, self._age_s = now_s, 1.0, 0.0
        period_s = n / SAMPLE_RATE
        self._age_s += period_s
        begin_s, error_s = self._next_s, now_s - self._next_s
        turn = 2 * pi * min(_WIDEST_HZ, max(_BANDWIDTH_HZ, 1 / self._age_s)) * period_s
        self._next_s = begin_s + sqrt(2) * turn * error_s + period_s * self._stretch
        self._stretch += turn * turn * error_s / period_s
        return begin_s
