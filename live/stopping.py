"""Ctrl-C, a terminating signal or the end of `--for` go in; a loop that asks learns that it is to end, cleanly."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from live.clock import Clock

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_ENDING = tuple(number for name in _NAMES if (number := getattr(signal, name, None)) is not None)


class Stop:
    """Whether, and why, a live program is to end: `while not stop.asked`."""

    def __init__(self, *, clock: Clock, for_s: float | None = None) -> None:
        self._clock = clock
        self.end_after(for_s)
        self.reason = ""

    @property
    def asked(self) -> bool:
        """Whether to end now."""
        if not self.reason and self._end_s is not None and self._clock.now() >= self._end_s:
            self.reason = "time"
        return bool(self.reason)

    def end_after(self, duration_s: float | None) -> None:
        """Have the loop end so many seconds from now on; None for never by itself."""
        self._end_s = None if duration_s is None else self._clock.now() + duration_s

    def ask(self, reason: str) -> None:
        """Have the loop end; the first reason is kept."""
        self.reason = self.reason or reason


@contextmanager
def stopping(*, clock: Clock, for_s: float | None = None) -> Iterator[Stop]:
    """Catch Ctrl-C (`reason` "SIGINT"), SIGTERM, SIGHUP and SIGQUIT, and count `for_s` seconds ("time"), while the block runs.

    A second Ctrl-C is a KeyboardInterrupt, should the loop not heed the first. A signal that is ignored already, as by
    nohup, stays so. In another thread than the main one only the time counts. Enter it before a window is opened: SDL
    takes SIGTERM for itself where nobody has.
    """
    stop = Stop(clock=clock, for_s=for_s)

    def heed(number: int, _frame: FrameType | None) -> None:
        stop.ask(signal.Signals(number).name)
        if number == signal.SIGINT:
            signal.signal(number, signal.default_int_handler)

    before = {}
    with suppress(ValueError):  # not the main thread
        for number in _ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, heed)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
