"""A function goes in; it works in a process of its own, which is begun again when it dies or hangs, and what it says comes out."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from live.clock import Clock
from live.workers import deaf, serve_parent
from media.errors import UserError
from projection.messages import Alive, End
from projection.wire import Wire

_SILENT_AT_FIRST_S = 30.0
_LONGEST_STEP_S = 0.1
"""Silence counts only while this process looks: one that was held up itself must not think that the other hangs."""
_WAIT_S, _LONGEST_WAIT_S = 0.5, 5.0
_SHORT_LIFE_S = 10.0
_PATIENCE_S = 2.0
_KILL_S = 0.2
_SETTLED_S = 5.0
OUTPUT_READS = ("pygame", "projection.output", "projection.card", "projection.drawing.cpu")
"""Modules that a window needs."""

Serve = Callable[[Connection, Any], None]
"""Works in a process of its own: it gets its end of a wire, and what it was begun with."""


Happened = Literal["", "ended", "hung", "begun"]


@dataclass(frozen=True)
class Hired:
    """A process that reads modules until it is told what to work at."""

    process: BaseProcess
    connection: Connection

    def work(self, serve: Serve, wish: Any) -> None:
        """Have it work at this from now on; one that has ended is not there to hear it."""
        with suppress(OSError):
            self.connection.send((serve, wish))

    def dismiss(self) -> None:
        """End it, if it has not ended already."""
        with suppress(ValueError):  # it was let go of long ago
            self.process.kill()
            self.process.join(_KILL_S)
        self.connection.close()


def hire(name: str, modules: Sequence[str] = ()) -> Hired:
    """Begin a process; nobody waits until it is there.

    Args:
        modules: what it reads meanwhile.
    Raises:
        UserError: the system begins no more.
    """
    context = multiprocessing.get_context("spawn")
    try:
        with ExitStack() as failing:
            ours, theirs = context.Pipe()
            failing.callback(ours.close)
            process = context.Process(target=_work, args=(theirs, tuple(modules)), name=name, daemon=True)
            with closing(theirs), deaf():
                process.start()
            failing.pop_all()
            return Hired(process, ours)
    except OSError as error:
        raise UserError(
            name, f"no process can be begun for it ({error.strerror})", "End other programs, or raise limits: ulimit -u, -n."
        ) from error


@contextmanager
def hired(name: str, modules: Sequence[str]) -> Iterator[Hired]:
    """A process that reads modules while this one reads its own; when the block ends, it does."""
    early = hire(name, modules)
    try:
        yield early
    finally:
        early.dismiss()


def _work(connection: Connection, modules: Sequence[str]) -> None:
    serve_parent()
    with suppress(EOFError):
        for module in modules:
            if not connection.poll():
                import_module(module)
        serve, wish = connection.recv()
        serve(connection, wish)


class Kept:
    """A process that works for this one.

    Args:
        serve: a function of a module, which the process calls.
        wish: makes what it is begun with, each time.
        early: a process that is there already; it is the first.
        reads: modules. Another process reads them while this one works, and stands by: to be there at once when it is needed.
    """

    def __init__(
        self, name: str, serve: Serve, wish: Callable[[], Any], *, clock: Clock, early: Hired | None = None, reads: Sequence[str] = ()
    ) -> None:
        self.name, self._serve, self._wish, self._clock, self._early, self._reads = name, serve, wish, clock, early, reads
        self._process: BaseProcess | None = None
        self._wire: Wire | None = None
        self._begin_s = self._early_s = self._looked_s = clock.now()
        self._silent_s = self._wait_s = 0.0
        self._patience_s = _SILENT_AT_FIRST_S
        self.n_begun = 0
        self.n_short = 0
        """How often, one time after the other, it has ended soon after it was begun."""

    def begin(self) -> None:
        """Begin it; nobody waits until it works.

        Raises:
            UserError: the system begins no more processes.
        """
        hired, self._early = self._early or hire(self.name), None
        hired.work(self._serve, self._wish())
        self._process, self._wire = hired.process, Wire(hired.connection)
        self._begin_s = self._clock.now()
        self._early_s = self._begin_s + _SETTLED_S
        self._silent_s, self._patience_s = 0.0, _SILENT_AT_FIRST_S
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
            self._silent_s = 0.0
        for message in messages:
            if isinstance(message, Alive):
                self._patience_s = message.patience_s
        return [message for message in messages if not isinstance(message, Alive)]

    def watch(self) -> Happened:
        """Begin it again where it is gone or hangs; tells what happened just now. To be called often, after `received`.

        Raises:
            UserError: it cannot be begun for now, and will be tried again.
        """
        now_s = self._clock.now()
        self._silent_s += min(now_s - self._looked_s, _LONGEST_STEP_S)
        self._looked_s = now_s
        if self._process is None:
            if now_s < self._begin_s:
                return ""
            self._begin_s = now_s + _WAIT_S  # should it fail
            self.begin()
            return "begun"
        hangs = self._silent_s > self._patience_s
        if hangs:
            self._process.kill()
            self._process.join(_KILL_S)  # what a driver holds may stay for ever; nobody waits for it
        if self._process.exitcode is None and not hangs:
            self._stand_by(now_s)
            return ""
        self._leave(now_s)
        return "hung" if hangs else "ended"

    def ask_to_end(self) -> None:
        """Tell it to end; nobody waits for that yet."""
        self.send(End())

    def end(self, *, patience_s: float = _PATIENCE_S) -> None:
        """Have it end, and wait until it did; who does not heed this is killed. What it still said can be received."""
        if self._early is not None:
            self._early.dismiss()
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

    def _stand_by(self, now_s: float) -> None:
        """Have the next process read what it needs, once this one has settled."""
        if self._reads and self._early is None and now_s > self._early_s:
            self._early_s = now_s + _SETTLED_S  # should it fail
            with suppress(UserError):
                self._early = hire(self.name, self._reads)

    def _leave(self, now_s: float) -> None:
        """It is begun again at once; one that ends soon again and again after a while, which grows."""
        self.n_short = self.n_short + 1 if now_s < self._begin_s + _SHORT_LIFE_S else 0
        self._wait_s = min(_LONGEST_WAIT_S, max(_WAIT_S, 2 * self._wait_s)) if self.n_short > 1 else 0.0
        self._begin_s, self._process = now_s + self._wait_s, None
        self._hang_up()

    def _hang_up(self) -> None:
        with suppress(OSError):
            if self._wire is not None:
                self._wire.close()
