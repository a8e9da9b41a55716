"""A display's refresh rate goes in; the instants at which pictures are drawn for it come out, and how well they were kept."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterator

from live.clock import Clock, ticks

_N_PROVED = 30
_TOO_FAST = 0.8


class Pacer:
    """Waits for the next picture's turn.

    A display that holds whoever draws until it is refreshed gives the pace itself; where it only claims to, or does not claim to,
    turns are deadlines, of which no lateness adds up.

    Args:
        is_held: whether showing a picture waits for the display.
    """

    def __init__(self, clock: Clock, refresh_hz: float, *, is_held: bool) -> None:
        self._clock, self.period_s, self.is_held = clock, 1 / refresh_hz, is_held
        self._deadlines: Iterator = ticks(clock, self.period_s)
        self._last_s = clock.now() - self.period_s
        self._held_s: deque[float] = deque(maxlen=_N_PROVED)
        self.n_late = 0

    def wait(self, *, was_shown: bool) -> float:
        """Return when it is time for the next picture, and say the instant.

        Args:
            was_shown: whether there was one since the last turn, which the display may have held.
        """
        if self.is_held and was_shown:
            self._prove()
        if self.is_held:
            # Half a period: what the display holds anyway is not slept through as well.
            self._clock.sleep_until(self._last_s + self.period_s * (0.5 if was_shown else 1.0))
            late = round((self._clock.now() - self._last_s) / self.period_s) - 1
        else:
            late = next(self._deadlines).n_skipped
        self.n_late += max(0, late)
        self._last_s = self._clock.now()
        return self._last_s

    def _prove(self) -> None:
        """Whether the display really holds pictures: some drivers say so and do not."""
        self._held_s.append(self._clock.now() - self._last_s)
        if len(self._held_s) == _N_PROVED and statistics.median(self._held_s) < _TOO_FAST * self.period_s:
            self.is_held, self._deadlines = False, ticks(self._clock, self.period_s)
