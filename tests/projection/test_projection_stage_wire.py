"""Processes that work for a show, and messages to them: whoever sends never waits, and one that ends is begun again, though not at any price."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest

from live.clock import ManualClock
from projection.messages import Directions, Said
from projection.processes import Kept
from projection.scene import Orders
from projection.windows import Pressed
from projection.wire import Wire

LIMIT_S = 60.0


@pytest.fixture
def ends() -> Iterator[tuple[Wire, Connection]]:
    ours, theirs = Pipe()
    wire = Wire(ours)
    yield wire, theirs
    theirs.close()
    wire.close()


def until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_messages_come_in_order_both_ways(ends: tuple[Wire, Connection]) -> None:
    wire, other = ends
    for n in range(5):
        wire.send(Pressed(str(n)))
        other.send(Said(str(n)))
    assert [other.recv().key for _ in range(5)] == list("01234")
    heard: list[Said] = []
    until(lambda: heard.extend(wire.received()) or len(heard) == 5)
    assert [said.line for said in heard] == list("01234") and wire.received() == []


def test_nobody_waits_for_whoever_hangs_and_only_the_newest_is_kept_for_them(ends: tuple[Wire, Connection]) -> None:
    wire, other = ends
    wire.send(Said("x" * 10_000_000))  # more than the pipe holds: it is being sent from now on
    until(lambda: not wire._to_send)
    for n in range(1000):
        wire.send(Directions(Orders(message=str(n))), is_newest=True)
    wire.send(Pressed("b"))
    assert isinstance(other.recv(), Said)
    directions, pressed = other.recv(), other.recv()
    assert directions.orders.message == "999" and pressed.key == "b"
    assert not other.poll(0.05)


def test_what_is_forgotten_is_the_oldest(ends: tuple[Wire, Connection]) -> None:
    wire, other = ends
    wire.send(Said("x" * 10_000_000))
    until(lambda: not wire._to_send)
    for n in range(2000):
        wire.send(Pressed(str(n)))
    other.recv()
    found = []
    while not found or found[-1] != "1999":
        found.append(other.recv().key)
    assert len(found) < 1000


def test_it_is_told_that_nobody_is_there_any_more(ends: tuple[Wire, Connection]) -> None:
    wire, other = ends
    other.send(Said("the last"))
    other.close()
    until(lambda: wire.is_broken)
    wire.send(Said("to nobody"))
    assert [said.line for said in wire.received()] == ["the last"]


class Riddle:
    """Can be written, and not be read."""

    def __reduce__(self) -> tuple[object, ...]:
        return int, ("no number",)


def test_what_cannot_be_read_is_told_and_what_follows_is_heard(ends: tuple[Wire, Connection]) -> None:
    wire, other = ends
    other.send(Riddle())
    other.send(Said("and on"))
    heard: list[Said] = []
    until(lambda: heard.extend(wire.received()) or len(heard) == 2)
    assert "a message cannot be read (ValueError" in heard[0].line and heard[1].line == "and on"


def test_what_cannot_be_written_is_refused_and_what_follows_is_sent(ends: tuple[Wire, Connection]) -> None:
    wire, other = ends
    with pytest.raises(Exception, match="pickle"):
        wire.send(lambda: None)
    wire.send(Said("and on"))
    assert other.poll(LIMIT_S) and other.recv().line == "and on"


def test_what_was_sent_last_is_waited_for_at_the_end(ends: tuple[Wire, Connection]) -> None:
    wire, other = ends
    wire.send(Said("farewell"))
    wire.flush(timeout_s=LIMIT_S)
    assert other.poll(LIMIT_S) and other.recv().line == "farewell"


def end_at_once(connection: Connection, wish: None) -> None:
    """A process that is of no use."""


def test_a_process_that_ends_at_once_is_begun_again_later_and_later() -> None:
    clock = ManualClock()
    kept = Kept("short-lived", end_at_once, lambda: None, clock=clock)
    kept.begin()
    waits_s = []
    for _ in range(4):
        until(lambda: kept.watch() == "ended")
        ended_s = clock.now()
        while kept.watch() != "begun":
            clock.advance(0.5)
        waits_s.append(clock.now() - ended_s)
    kept.end()
    assert waits_s == [0, 0.5, 1, 2] and kept.n_begun == 5
