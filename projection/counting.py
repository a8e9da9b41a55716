"""Pictures that an output showed go in; how it does comes out, about once a second."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from live.clock import Clock
from live.shared import Shared
from projection.messages import Stats

_TELL_EVERY_S = 1.0
_N_TIMED = 240


class Counted:
    """How an output does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun_s = clock.now()
        self._n_told = 0
        self._drawn_s: deque[float] = deque(maxlen=_N_TIMED)
        self._ages_s: dict[str, float] = {}
        self.n_shown = 0

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Times what is drawn within."""
        begun_s = self._clock.now()
        yield
        self._drawn_s.append(self._clock.now() - begun_s)

    def count(self, pictures: Mapping[str, Shared]) -> None:
        """A picture was shown."""
        self.n_shown += 1
        now_s = self._clock.now()
        self._ages_s = {name: now_s - picture.time_s for name, picture in pictures.items()}

    def is_due(self, now_s: float) -> bool:
        """Whether it is time to tell."""
        return now_s >= self._begun_s + _TELL_EVERY_S

    def stats(self, now_s: float, *, n_late: int, drawn: str) -> Stats:
        """How it went since the last time."""
        fps = (self.n_shown - self._n_told) / max(now_s - self._begun_s, 1e-9)
        self._begun_s, self._n_told = now_s, self.n_shown
        draw_ms = 1000 * statistics.median(self._drawn_s or [0.0])
        return Stats(fps, n_late, draw_ms, drawn, {name: 1000 * age_s for name, age_s in self._ages_s.items()})
