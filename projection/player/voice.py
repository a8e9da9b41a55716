"""What is to be heard goes in, item by item; where it has got to comes out: the clock of every film.

A player lays its items end to end on one line of time, which only grows: a seek or a change of plan adds what comes now behind
everything that was planned before, and jumps there. So a voice need not know of orders and numbers, and may forget what it has played.
"""

from __future__ import annotations

from threading import Lock
from typing import Protocol

from live.clock import Clock
from live.sound.programme import Item as Heard
from live.sound.programme import Placed
from live.sound.programme import Programme as Line
from media.sound import SAMPLE_RATE


class Voice(Protocol):
    """What plays sound; none of these calls waits for anything. `live.sound.client.Voice` is one."""

    def append(self, item: Heard) -> Placed:
        """Play an item behind everything appended before; tells where that is."""

    def play(self) -> None:
        """Go on."""

    def pause(self) -> None:
        """Stand still."""

    def seek(self, position_s: float) -> None:
        """Jump."""

    def set_rate(self, rate: float) -> None:
        """Play faster or slower, as tape does; 1 is as recorded."""

    def set_gain(self, gain_db: float) -> None:
        """Play louder or softer."""

    def position(self, now_s: float) -> float:
        """What is heard at an instant, seconds from the beginning of all that was appended; it stands still at the end of that."""

    def close(self) -> None:
        """Play no more."""


def extend(line: Line, item: Heard) -> Line:
    """A line with one more item at its end, of which only the last need be remembered."""
    return Line(line.placed[-1:]).with_item(item)


class SilentVoice:
    """Makes no sound and follows the clock: what plays where nothing can be heard, or nothing is to be."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._line = Line()
        self._from_s = self._since_s = 0.0
        self._rate = 1.0
        self._plays = False

    def append(self, item: Heard) -> Placed:
        with self._lock:
            self._settle()
            self._line = extend(self._line, item)
            return self._line.placed[-1]

    def play(self) -> None:
        with self._lock:
            self._settle()
            self._plays = True

    def pause(self) -> None:
        with self._lock:
            self._settle()
            self._plays = False

    def seek(self, position_s: float) -> None:
        with self._lock:
            self._settle()
            self._from_s = position_s

    def set_rate(self, rate: float) -> None:
        with self._lock:
            self._settle()
            self._rate = rate

    def set_gain(self, gain_db: float) -> None:
        """Nobody hears it."""

    def position(self, now_s: float) -> float:
        with self._lock:
            return self._position(now_s)

    def close(self) -> None:
        """There is nothing to let go of."""

    def _settle(self) -> None:
        """Count from this instant on: what follows changes how."""
        now_s = self._clock.now()
        self._from_s, self._since_s = self._position(now_s), now_s

    def _position(self, now_s: float) -> float:
        moved_s = (now_s - self._since_s) * self._rate if self._plays else 0.0
        return min(self._from_s + moved_s, self._line.end / SAMPLE_RATE)
