"""What fails and what works goes in; whether to wait before the next attempt comes out: nothing that is broken is tried without end."""

from __future__ import annotations

from collections import Counter

from live.clock import Clock

_FIRST_S, _LONGEST_S = 0.5, 10.0


class Retrying:
    """Waits, longer each time, once a whole pass has failed."""

    def __init__(self, clock: Clock) -> None:
        self.fault = ""
        """The latest failure of those that make a pass; "" once anything works."""
        self._clock = clock
        self._failed: Counter[str] = Counter()
        self._wait_s, self._not_before_s = _FIRST_S, float("-inf")

    @property
    def waits(self) -> bool:
        """Whether it is too early for another attempt."""
        return self._clock.now() < self._not_before_s

    def fails(self, step: str, line: str, *, of: int) -> None:
        """Count a failure of a step, of as many as there are to try."""
        self._failed[step] += 1
        if self._failed[step] >= of:
            self.fault = line
            self._failed.clear()
            self._not_before_s = self._clock.now() + self._wait_s
            self._wait_s = min(self._wait_s * 2, _LONGEST_S)

    def works(self, step: str) -> None:
        """A step has worked; the last one of them means that all is well."""
        self._failed[step] = 0
        if step == "decode":
            self.fault, self._wait_s = "", _FIRST_S
