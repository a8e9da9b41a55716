"""The board of signals: names are checked, the newest value wins, readers learn what is new."""

from __future__ import annotations

from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.signals import Signal, Signals, signal_name
from media.errors import UserError


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("midi", "cc", 1), "midi.cc.1"),
        (("midi", "note", 60), "midi.note.60"),
        (("camera.presence",), "camera.presence"),
        (("picture", "motion", "left"), "picture.motion.left"),
        (("picture", "motion", "Gauche-é_2"), "picture.motion.Gauche-é_2"),
        (("osc", "/depth"), "osc./depth"),
        (("osc", "/1/fader.left"), "osc./1/fader.left"),
    ],
)
def test_names_are_words_joined_by_dots(parts: tuple[str | int, ...], name: str) -> None:
    assert signal_name(*parts) == name


@pytest.mark.parametrize("name", ["", "midi", "midi.", ".cc", "midi..1", "Midi.cc.1", "picture.motion.left hand", "a.b\n", "osc./a b", "osc.//", "9.a"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="no name of a signal"):
        signal_name(name)
    with pytest.raises(UserError, match="no name of a signal"):
        Signals().put(Signal(name, 0.0, 0.0))


def test_the_newest_value_is_read() -> None:
    board = Signals()
    assert board.newest("midi.cc.1") is None
    assert board.value("midi.cc.1", 0.5) == 0.5
    board.put(Signal("midi.cc.1", 0.2, 1.0))
    board.put(Signal("midi.cc.1", 0.3, 2.0))
    board.put(Signal("midi.cc.1", 0.9, 1.5))  # came late
    assert board.newest("midi.cc.1") == Signal("midi.cc.1", 0.3, 2.0)
    assert board.value("midi.cc.1") == 0.3


def test_since_tells_each_name_once_in_order_of_arrival() -> None:
    board = Signals()
    board.put(Signal("a.x", 1, 1.0))
    board.put(Signal("b.x", 1, 1.0))
    board.put(Signal("a.x", 2, 1.0))
    fresh, mark = board.since()
    assert fresh == [Signal("b.x", 1, 1.0), Signal("a.x", 2, 1.0)]
    assert board.since(mark) == ([], mark)
    board.put(Signal("b.x", 3, 2.0))
    assert board.since(mark)[0] == [Signal("b.x", 3, 2.0)]


@given(st.lists(st.tuples(st.sampled_from(["a.x", "b.x", "c.x"]), st.floats(0, 10)), max_size=40))
def test_the_board_holds_the_latest_of_each_name(puts: list[tuple[str, float]]) -> None:
    board, latest = Signals(), {}
    for number, (name, time_s) in enumerate(puts):
        board.put(Signal(name, number, time_s))
        if name not in latest or time_s >= latest[name].time_s:
            latest[name] = Signal(name, number, time_s)
    assert {signal.name: signal for signal in board.since()[0]} == latest


def test_many_threads_lose_nothing() -> None:
    board = Signals()

    def write(name: str) -> None:
        for number in range(500):
            board.put(Signal(name, number, number))

    threads = [Thread(target=write, args=(f"t.{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    mark, seen = 0, 0
    while any(thread.is_alive() for thread in threads):
        fresh, mark = board.since(mark)
        seen += len(fresh)
    assert board.since()[1] == 2000
    assert [board.value(f"t.{n}") for n in range(4)] == [499.0] * 4
