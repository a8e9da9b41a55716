"""Named, time-stamped numbers go in from any thread; the newest of each name comes out.

A name is words joined by dots, from the general to the particular: `midi.cc.1`, `midi.note.60`, `camera.presence`,
`picture.brightness`, `picture.motion.left`. The rest of an `osc.` name is the address as it came: `osc./depth`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from threading import Lock

from media.errors import UserError

_NAME = re.compile(r"[a-z][\w-]*(\.[\w-]+)+|osc\.(/[^\s#*,/?\[\]{}]+)+")


@dataclass(frozen=True)
class Signal:
    """What a sensor, a knob or a picture says.

    Args:
        name: as `signal_name` makes it.
        value: 0 to 1 where the source has ends (a controller, a velocity, a level); else in the unit that the name tells.
        time_s: the clock's instant at which it was so, seconds.
    """

    name: str
    value: float
    time_s: float


def signal_name(*parts: str | int) -> str:
    """Join the parts of a name with dots, and check the whole: `signal_name("midi", "cc", 1)`.

    Raises:
        UserError: it is no name of a signal.
    """
    name = ".".join(str(part) for part in parts)
    if not _NAME.fullmatch(name):
        raise UserError(repr(name), "this is no name of a signal", "Join words with dots, such as midi.cc.1 or picture.motion.left.")
    return name


class Signals:
    """The board on which every source writes and from which every control reads; safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newest: dict[str, tuple[int, Signal]] = {}  # in the order of their arrival
        self._n_put = 0

    def put(self, signal: Signal) -> None:
        """Note a signal; one that is older than what its name holds already came late and is dropped.

        Raises:
            UserError: its name, seen for the first time, is none.
        """
        with self._lock:
            held = self._newest.get(signal.name)
            if held is None:
                signal_name(signal.name)
            elif signal.time_s < held[1].time_s:
                return
            self._newest.pop(signal.name, None)
            self._n_put += 1
            self._newest[signal.name] = (self._n_put, signal)

    def newest(self, name: str) -> Signal | None:
        """The newest signal of a name, or None where none has come yet."""
        held = self._newest.get(name)
        return held[1] if held else None

    def value(self, name: str, default: float = 0.0) -> float:
        """The newest value of a name, or `default`."""
        held = self._newest.get(name)
        return held[1].value if held else default

    def since(self, mark: int = 0) -> tuple[list[Signal], int]:
        """The newest signal of each name that was put after `mark`, in order of arrival, and the mark for the next call."""
        fresh = []
        with self._lock:
            for number, signal in reversed(self._newest.values()):
                if number <= mark:
                    break
                fresh.append(signal)
            return fresh[::-1], self._n_put
