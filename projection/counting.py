"""Pictures that an output showed go in; how it does comes out, about once a second."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from live.clock import Clock
from live.shared import Shared
from projection.messages import Stats, Tally

_TELL_EVERY_S = 1.0
_N_TIMED = 240


class Counted:
    """How an output does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told_s, self._n_told = clock.now(), 0
        self._first_s: float | None = None
        self._last_s: float | None = None
        self._longest_s = 0.0
        self._drawn_s: deque[float] = deque(maxlen=_N_TIMED)
        self._ages_s: dict[str, float] = {}
        self.n_shown = 0
        """Pictures, each other than the one before."""

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Times what is drawn within."""
        begun_s = self._clock.now()
        yield
        self._drawn_s.append(self._clock.now() - begun_s)

    def count(self, pictures: Mapping[str, Shared], *, is_to_stand: bool) -> None:
        """A picture was shown that is another than the one before.

        Args:
            is_to_stand: whether none is meant to follow.
        """
        self.n_shown += 1
        now_s = self._clock.now()
        self._first_s = now_s if self._first_s is None else self._first_s
        self._longest_s = self._longest(now_s)
        self._last_s = None if is_to_stand else now_s
        self._ages_s = {name: now_s - picture.time_s for name, picture in pictures.items()}

    def is_due(self, now_s: float) -> bool:
        """Whether it is time to tell."""
        return now_s >= self._told_s + _TELL_EVERY_S

    def stats(self, now_s: float, *, n_late: int, drawn: str) -> Stats:
        """How it went since the last time, and in all."""
        fps = (self.n_shown - self._n_told) / max(now_s - self._told_s, 1e-9)
        self._told_s, self._n_told = now_s, self.n_shown
        whole = Tally(self.n_shown, n_late, 0.0 if self._first_s is None else now_s - self._first_s, self._longest(now_s))
        draw_ms = 1000 * statistics.median(self._drawn_s or [0.0])
        return Stats(fps, draw_ms, drawn, whole, {name: 1000 * age_s for name, age_s in self._ages_s.items()})

    def _longest(self, now_s: float) -> float:
        """The longest that a picture stood, up to now."""
        return self._longest_s if self._last_s is None else max(self._longest_s, now_s - self._last_s)
