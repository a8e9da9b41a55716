"""A sound process is begun, watched, and begun anew when it ends, hangs or has lost its device; orders go to the one that lives."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from threading import Event, Thread
from typing import Literal, Protocol

from live.clock import Clock
from live.sound.clockfile import ClockFile, Pulse
from live.sound.news import News
from live.sound.orders import End, Order, Report
from live.sound.server import Setup, serve
from live.workers import deaf

_LOOK_EVERY_S = 0.05
_N_STILL, _N_START = 40, 400  # looks: two seconds, and twenty to begin
PATIENCE_S = 3.0
"""How long voices wait for a process to begin; then they go on without it."""
_SHORT_LIFE_S = 10.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 8.0
_END_S = 1.0


class Owner(Protocol):
    """Who has the voices."""

    def begun(self, send: Callable[[Order], None]) -> None:
        """A process was started: tell it all there is; what is ordered from now on goes to `send`."""

    def awake(self) -> None:
        """It makes sound."""

    def alone(self) -> None:
        """There is no process, or it takes too long to begin."""


class Life:
    """One process, from its start to its end."""

    def __init__(self, setup: Setup) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, setup), name="sound", daemon=True)
        with deaf():
            self._process.start()
        theirs.close()
        self._orders: SimpleQueue[Order | None] = SimpleQueue()
        Thread(target=_send_all, args=(self._connection, self._orders), name="sound orders", daemon=True).start()

    @property
    def process_id(self) -> int:
        return self._process.pid or 0

    def send(self, order: Order) -> None:
        """Have an order sent; it never waits."""
        self._orders.put(order)

    def hear(self, timeout_s: float) -> list[Report]:
        """What it reports within a time."""
        heard: list[Report] = []
        with suppress(EOFError, OSError):
            wait([self._connection, self._process.sentinel], timeout_s)
            while self._connection.poll():
                heard.append(self._connection.recv())
        return heard

    @property
    def exit_code(self) -> int | None:
        """None as long as it lives; below zero for a signal."""
        return self._process.exitcode

    def end(self, *, within_s: float = 0.0) -> int:
        """Wait for its end, or else make it; tells the exit code."""
        self._process.join(within_s)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        code = self._process.exitcode or 0
        self._orders.put(None)
        self._connection.close()
        self._process.close()
        return code


def _send_all(connection: Connection, orders: SimpleQueue[Order | None]) -> None:
    """Send orders as they come; a pipe that is full makes this thread wait, and nobody else."""
    with suppress(OSError, ValueError):
        while (order := orders.get()) is not None:
            connection.send(order)


class Vigil:
    """Whether a process does its work, from what it tells in the clock file; asked 20 times a second."""

    def __init__(self, begun_s: float) -> None:
        self._begun_s = self._beat_s = begun_s
        self._n_still = 0
        self.is_awake = self.is_late = False

    def look(self, pulse: Pulse, now_s: float) -> Literal["", "awake", "late", "hung"]:
        """awake: it makes its first sound; late: it takes long to begin; hung: it is no good any more."""
        # Looks are counted, not seconds: where the whole machine has slept, nobody hangs.
        self._n_still = 0 if pulse.instant_s != self._beat_s else self._n_still + 1
        self._beat_s = pulse.instant_s
        if not self.is_awake and pulse.instant_s > self._begun_s:
            self.is_awake = True
            return "awake"
        if self._n_still >= (_N_STILL if self.is_awake else _N_START):
            return "hung"
        if not self.is_awake and not self.is_late and now_s > self._begun_s + PATIENCE_S:
            self.is_late = True
            return "late"
        return ""


class Keeper:
    """Sees to it that there is a sound process.

    Args:
        tell: told, in words, what a person should know, each thing once.
    """

    def __init__(self, setup: Setup, owner: Owner, *, clock: Clock, tell: Callable[[str], None]) -> None:
        self._setup, self._owner, self._clock = setup, owner, clock
        self._file = ClockFile(setup.clock_path)
        self._news = News(tell)
        self._ended = Event()
        self._pause_s = 0.0
        self.n_lives = 0
        self.process_id = 0
        self._thread = Thread(target=self._keep, args=(self._begin(),), name="sound keeper", daemon=True)
        self._thread.start()

    @property
    def device(self) -> str:
        """What plays; "" for nothing."""
        return "" if self._ended.is_set() else self._news.device

    def close(self) -> None:
        """Fade out and end."""
        self._ended.set()
        self._thread.join()

    def _begin(self) -> Life:
        life = Life(replace(self._setup, begins_silent=self._news.is_lost))
        self.n_lives, self.process_id = self.n_lives + 1, life.process_id
        self._owner.begun(life.send)
        return life

    def _keep(self, life: Life) -> None:
        while True:
            begun_s = self._clock.now()
            self._watch(life, begun_s)
            if self._ended.is_set():
                life.send(End())
                life.end(within_s=_END_S)
                return
            self._owner.alone()
            self._news.ended(life.end(), lived_s=self._clock.now() - begun_s)
            self._rest(self._clock.now() - begun_s)
            begun = self._begin_again()
            if begun is None:
                return
            life = begun

    def _begin_again(self) -> Life | None:
        """As soon as the machine can; None where all is to end."""
        while not self._ended.is_set():
            try:
                return self._begin()
            except OSError:  # no memory, or too many processes
                self._ended.wait(_LONGEST_PAUSE_S)
        return None

    def _watch(self, life: Life, begun_s: float) -> None:
        """Until a process ends, or is no good any more."""
        vigil = Vigil(begun_s)
        while not self._ended.is_set():
            is_over = life.exit_code is not None
            for report in life.hear(0.0 if is_over else _LOOK_EVERY_S):
                self._news.heed(report, self._clock.now())
            self._news.look(self._clock.now())
            found = vigil.look(self._file.pulse, self._clock.now())
            if is_over or found == "hung":
                return
            if found == "awake":
                self._owner.awake()
            elif found == "late":
                self._owner.alone()

    def _rest(self, lived_s: float) -> None:
        """The oftener it ends, the later it is begun anew; a device that is lost is another matter."""
        self._ended.wait(self._pause_s)
        is_short = lived_s < _SHORT_LIFE_S and not self._news.is_lost
        self._pause_s = min(max(2 * self._pause_s, _FIRST_PAUSE_S), _LONGEST_PAUSE_S) if is_short else 0.0
