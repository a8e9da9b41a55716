"""Instants to wait for go in, and the wait comes out: the clock of every live program, as an argument."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from typing import Protocol


class Clock(Protocol):
    """Seconds that only ever grow, from an origin that means nothing."""

    def now(self) -> float:
        """The present instant, seconds."""
        ...

    def sleep_until(self, instant_s: float) -> None:
        """Return at `instant_s`, at once where that is past."""
        ...


class SteadyClock:
    """The machine's own clock; no change of the date moves it, and all processes of a machine share it.

    Args:
        spin_s: how long before the instant it stops sleeping and only looks at the clock: the system wakes a sleeper
            late, by a tenth of a millisecond and more. 0 spares the processor where a millisecond does not matter.
    """

    def __init__(self, *, spin_s: float = 0.001) -> None:
        self._spin_s = spin_s

    def now(self) -> float:
        return time.perf_counter()

    def sleep_until(self, instant_s: float) -> None:
        idle_s = instant_s - self._spin_s - self.now()
        if idle_s > 0:
            time.sleep(idle_s)
        while self.now() < instant_s:
            pass


class ManualClock:
    """A clock for tests and for rendering faster than real time: sleeping is what moves it."""

    def __init__(self, now_s: float = 0.0) -> None:
        self._now_s = now_s

    def now(self) -> float:
        return self._now_s

    def sleep_until(self, instant_s: float) -> None:
        self._now_s = max(self._now_s, instant_s)

    def advance(self, duration_s: float) -> None:
        """Let time pass, as work does."""
        self._now_s += duration_s


@dataclass(frozen=True)
class Tick:
    """One turn of a periodic loop.

    Args:
        number: periods since the first tick.
        due_s: the instant it was due.
        n_skipped: how many fell due before it while the loop was busy, and were left out.
    """

    number: int
    due_s: float
    n_skipped: int = 0


def ticks(clock: Clock, period_s: float) -> Iterator[Tick]:
    """Wait for each multiple of a period, for ever; the first tick is now.

    A tick is due at start + number * period, whenever the one before was served: no lateness adds up. A loop that is
    late by a whole period or more goes on with the newest tick that is due.
    """
    start_s, number = clock.now(), 0
    while True:
        newest = max(number, floor((clock.now() - start_s) / period_s))
        due_s = start_s + newest * period_s
        clock.sleep_until(due_s)
        yield Tick(newest, due_s, newest - number)
        number = newest + 1
