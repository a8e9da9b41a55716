"""Processes that are kept: one that hangs is found soon, one that only takes its time is not, and none is waited for."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

from live.clock import ManualClock
from media.errors import UserError
from projection.messages import Alive, Said
from projection.processes import Happened, Hired, Kept, hire, hired

LIMIT_S = 60.0
STEP_S = 0.01


class Body:
    """A process that does nothing; `is_stuck` is one that a driver holds though it was killed."""

    pid = 1

    def __init__(self, *, is_stuck: bool = False) -> None:
        self.exitcode: int | None = None
        self.is_stuck = is_stuck

    def is_alive(self) -> bool:
        return self.exitcode is None

    def kill(self) -> None:
        self.exitcode = None if self.is_stuck else -9

    def join(self, timeout_s: float) -> None:
        pass


class Kennel:
    """A kept process, and the other end of its wire."""

    def __init__(self, *, is_stuck: bool = False, reads: Sequence[str] = ()) -> None:
        self.clock = ManualClock(10.0)
        ours, self.theirs = Pipe()
        self.body = Body(is_stuck=is_stuck)
        early = Hired(self.body, ours)  # type: ignore[arg-type]
        self.kept = Kept("dog", answer, lambda: "wish", clock=self.clock, early=early, reads=reads)
        self.kept.begin()
        assert self.theirs.recv() == (answer, "wish")

    def say(self, message: Any) -> list[Any]:
        """Have it say something, and hear it."""
        self.theirs.send(message)
        self.theirs.send(Said("heard"))
        found: list[Any] = []
        until(lambda: found.extend(self.kept.received()) or Said("heard") in found)
        return found[:-1]

    def silent(self, for_s: float) -> tuple[Happened, float]:
        """What is found while it says nothing, and after how long."""
        begun_s = self.clock.now()
        while self.clock.now() < begun_s + for_s:
            self.clock.advance(STEP_S)
            if happened := self.kept.watch():
                return happened, self.clock.now() - begun_s
        return "", for_s


def until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


def answer(connection: Connection, wish: str) -> None:
    """What real processes do here."""
    connection.send(f"at work: {wish}")
    connection.recv()


@pytest.fixture
def kennel() -> Iterator[Kennel]:
    made = Kennel()
    yield made
    made.theirs.close()


def test_silence_is_a_hang_after_what_was_promised(kennel: Kennel) -> None:
    assert kennel.say(Alive(2.0)) == []
    assert kennel.silent(1.9) == ("", 1.9)
    assert kennel.say(Alive(2.0)) == []
    happened, after_s = kennel.silent(5)
    assert happened == "hung" and after_s == pytest.approx(2.0, abs=2 * STEP_S) and kennel.body.exitcode == -9


def test_what_takes_its_time_and_says_so_does_not_hang(kennel: Kennel) -> None:
    kennel.say(Alive(2.0))
    kennel.say(Alive(30.0))
    assert kennel.silent(29) == ("", 29)
    kennel.say(Alive(2.0))
    assert kennel.silent(5)[0] == "hung"


def test_at_first_there_is_time_to_begin(kennel: Kennel) -> None:
    assert kennel.silent(29) == ("", 29)
    assert kennel.silent(2)[0] == "hung"


def test_who_was_held_up_itself_does_not_think_that_the_other_hangs(kennel: Kennel) -> None:
    kennel.say(Alive(2.0))
    for _ in range(10):
        kennel.clock.advance(60.0)  # this process was stopped, or had no turn
        assert kennel.kept.watch() == ""


def test_what_cannot_even_be_killed_is_left_behind() -> None:
    kennel = Kennel(is_stuck=True)
    kennel.say(Alive(2.0))
    assert kennel.silent(3)[0] == "hung" and kennel.kept.pid is None
    assert kennel.kept.watch() == "begun" and kennel.kept.n_begun == 2
    until(lambda: kennel.kept.received() == ["at work: wish"])
    kennel.kept.end()


def test_another_process_stands_by_once_the_first_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    understudy, hires = Body(), []

    def hire(name: str, modules: Sequence[str] = ()) -> Hired:
        hires.append(tuple(modules))
        return Hired(understudy, Pipe()[0])  # type: ignore[arg-type]

    monkeypatch.setattr("projection.processes.hire", hire)
    kennel = Kennel(reads=("json",))
    kennel.say(Alive(20.0))
    assert kennel.silent(4.9) == ("", 4.9) and not hires
    assert kennel.silent(5) == ("", 5) and hires == [("json",)]
    kennel.body.exitcode = -9
    assert kennel.silent(2 * STEP_S)[0] == "ended"
    assert kennel.silent(2 * STEP_S)[0] == "begun" and len(hires) == 1  # it was there
    assert kennel.silent(6) == ("", 6) and len(hires) == 2
    kennel.kept.end()
    assert understudy.exitcode == -9


def test_an_early_process_reads_and_then_works_and_ends_with_its_block() -> None:
    with hired("early", ("json", "projection.scene")) as early:
        early.work(answer, "now")
        assert early.connection.poll(LIMIT_S) and early.connection.recv() == "at work: now"
    assert not early.process.is_alive()


def test_an_early_process_that_nobody_needs_ends_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    with hired("early", ("json",)) as early:
        pass
    assert not early.process.is_alive() and capfd.readouterr() == ("", "")


class Full:
    """A system that begins no more processes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = True
        self.n_asked = 0
        start = BaseProcess.start

        def begin(process: BaseProcess) -> None:
            self.n_asked += 1
            if self.is_full:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            start(process)

        monkeypatch.setattr(BaseProcess, "start", begin)


def test_where_the_system_begins_no_more_processes_it_is_told_and_tried_again(kennel: Kennel, monkeypatch: pytest.MonkeyPatch) -> None:
    system = Full(monkeypatch)
    kennel.body.exitcode = -9
    assert kennel.silent(1)[0] == "ended"
    with pytest.raises(UserError, match="dog: no process can be begun for it"):
        kennel.silent(0.1)
    assert kennel.kept.watch() == "" and kennel.silent(0.4)[0] == ""  # not a hundred times a second
    assert system.n_asked == 1
    system.is_full = False
    assert kennel.silent(1)[0] == "begun"
    until(lambda: kennel.kept.received() == ["at work: wish"])
    kennel.kept.end()


def test_a_process_that_cannot_be_begun_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    Full(monkeypatch)
    n_open = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(UserError):
            hire("dog")
    assert len(os.listdir("/proc/self/fd")) == n_open


def test_without_an_understudy_the_first_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    system = Full(monkeypatch)
    kennel = Kennel(reads=("json",))
    kennel.say(Alive(60.0))
    assert kennel.silent(12) == ("", 12) and system.n_asked == 2
