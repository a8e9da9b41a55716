"""Lines go in as often as something goes wrong; a person is told each of them once, and again when it comes back after a long while."""

from __future__ import annotations

from math import inf
from threading import Lock

from live.clock import Clock
from media.frames import OnFault

_FORGOTTEN_S = 3600.0
"""What was quiet for so long is news again."""
_MOST = 256


class Once:
    """Tells lines, each once; any thread may call it.

    Args:
        say: told those lines that are new.
    """

    def __init__(self, say: OnFault, clock: Clock) -> None:
        self._say, self._clock = say, clock
        self._lock = Lock()
        self._heard_s: dict[str, float] = {}  # when each came last, in this order

    def __call__(self, line: str) -> None:
        with self._lock:
            now_s = self._clock.now()
            before_s = self._heard_s.pop(line, -inf)
            self._heard_s[line] = now_s
            if len(self._heard_s) > _MOST:
                del self._heard_s[next(iter(self._heard_s))]
        if now_s > before_s + _FORGOTTEN_S:
            self._say(line)
