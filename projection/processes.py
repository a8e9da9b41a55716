"""A function goes in; it works in a process of its own, which is begun again when it dies or hangs, and what it says comes out."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from live.clock import Clock
from live.workers import deaf
from projection.messages import End
from projection.wire import Wire

_SILENT_S = 5.0
"""After so long without a word it hangs; who works says something every second."""
_SILENT_AT_FIRST_S = 30.0
_WAIT_S, _LONGEST_WAIT_S = 0.5, 5.0
_PATIENCE_S = 2.0

Serve = Callable[[Connection, Any], None]
"""Works in a process of its own: it gets its end of a wire, and what it was begun with."""


Watched = Literal["", "ended", "begun"]


class Kept:
    """A process that works for this one.

    Args:
        serve: a function of a module, which the process calls.
        wish: makes what it is begun with, each time.
    """

    def __init__(self, name: str, serve: Serve, wish: Callable[[], Any], *, clock: Clock) -> None:
        self.name, self._serve, self._wish, self._clock = name, serve, wish, clock
        self._process: BaseProcess | None = None
        self._wire: Wire | None = None
        self._begin_s = self._heard_s = clock.now()
        self._wait_s = 0.0
        self.n_begun = 0
        self.is_working = False
        """Whether it has said anything since it was begun."""

    def begin(self) -> None:
        """Begin it; nobody waits until it works."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=self._serve, args=(theirs, self._wish()), name=self.name, daemon=True)
        with deaf():
            process.start()
        theirs.close()
        self._process, self._wire, self.is_working = process, Wire(ours), False
        self._heard_s = self._clock.now()
        self.n_begun += 1

    @property
    def pid(self) -> int | None:
        """Its number while it runs."""
        return self._process.pid if self._process is not None and self._process.is_alive() else None

    def send(self, message: Any, *, is_newest: bool = False) -> None:
        """Tell it something; never waits."""
        if self._wire is not None:
            self._wire.send(message, is_newest=is_newest)

    def received(self) -> list[Any]:
        """What it said since the last call."""
        messages = [] if self._wire is None else self._wire.received()
        if messages:
            self._heard_s, self.is_working = self._clock.now(), True
        return messages

    def watch(self) -> Watched:
        """Begin it again where it is gone or hangs; tells what happened just now."""
        now_s = self._clock.now()
        if self._process is None:
            if now_s < self._begin_s:
                return ""
            self.begin()
            return "begun"
        if now_s > self._heard_s + (_SILENT_S if self.is_working else _SILENT_AT_FIRST_S):
            self._process.kill()
            self._process.join(_PATIENCE_S)
        if self._process.exitcode is None:
            return ""
        self._process.close()
        self._leave(now_s)
        return "ended"

    def ask_to_end(self) -> None:
        """Tell it to end; nobody waits for that yet."""
        self.send(End())

    def end(self, *, patience_s: float = _PATIENCE_S) -> None:
        """Have it end, and wait until it did; who does not heed this is killed. What it still said can be received."""
        process, self._process = self._process, None
        if process is None or self._wire is None:
            return
        self._wire.send(End())
        process.join(patience_s)
        if process.exitcode is None:
            process.kill()
            process.join(_PATIENCE_S)
        self._wire.drain()
        self._hang_up()

    def _leave(self, now_s: float) -> None:
        """One that worked is begun again at once, one that never did after a while, which grows."""
        self._wait_s = 0.0 if self.is_working else min(_LONGEST_WAIT_S, max(_WAIT_S, 2 * self._wait_s))
        self._begin_s, self._process = now_s + self._wait_s, None
        self._hang_up()

    def _hang_up(self) -> None:
        with suppress(OSError):
            if self._wire is not None:
                self._wire.close()
