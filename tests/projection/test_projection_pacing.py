"""The pace of pictures: deadlines lose nothing, and displays that claim to hold whoever draws are proved."""

from __future__ import annotations

from itertools import pairwise

import pytest

from live.clock import ManualClock
from projection.pacing import Pacer

HZ = 50.0


def served(pacer: Pacer, clock: ManualClock, *, work_s: float, held_s: float | None = None, n: int = 200) -> list[float]:
    """Instants of turns, of which each takes some work and waits, where told, for the next refresh of a display."""
    found = []
    for _ in range(n):
        found.append(pacer.wait(was_shown=bool(found)))
        clock.advance(work_s)
        if held_s is not None:
            clock.sleep_until((clock.now() // held_s + 1) * held_s)
    return found


def test_turns_keep_to_their_deadlines_whatever_each_takes() -> None:
    clock = ManualClock(3.0)
    turns = served(Pacer(clock, HZ, is_held=False), clock, work_s=0.013)
    assert turns == pytest.approx([3.0 + n / HZ for n in range(200)])


def test_turns_that_are_missed_are_counted_and_not_made_up_for() -> None:
    clock = ManualClock()
    pacer = Pacer(clock, HZ, is_held=False)
    pacer.wait(was_shown=False)
    clock.advance(0.105)
    assert pacer.wait(was_shown=True) == 0.105
    assert pacer.n_late == 4
    assert pacer.wait(was_shown=True) == pytest.approx(0.12)


def test_a_display_that_holds_gives_the_pace_itself_however_odd_its_rate() -> None:
    clock, refresh_s = ManualClock(), 1 / 59.94
    pacer = Pacer(clock, 60.0, is_held=True)
    turns = served(pacer, clock, work_s=0.004, held_s=refresh_s)
    assert pacer.is_held and pacer.n_late == 0
    assert all(abs(later - earlier - refresh_s) < 1e-6 for earlier, later in pairwise(turns[2:]))


def test_a_picture_that_took_too_long_for_such_a_display_is_late() -> None:
    clock = ManualClock()
    pacer = Pacer(clock, HZ, is_held=True)
    served(pacer, clock, work_s=0.004, held_s=1 / HZ, n=20)
    clock.advance(0.1)
    pacer.wait(was_shown=True)
    assert pacer.n_late == 5


def test_a_display_that_only_says_so_is_paced_by_deadlines() -> None:
    clock = ManualClock()
    pacer = Pacer(clock, HZ, is_held=True)
    turns = served(pacer, clock, work_s=0.001)
    assert not pacer.is_held
    assert all(abs(later - earlier - 1 / HZ) < 1e-9 for earlier, later in pairwise(turns[-20:]))


def test_what_stands_still_is_not_looked_at_more_often_than_it_could_be_shown() -> None:
    clock = ManualClock()
    pacer = Pacer(clock, HZ, is_held=True)
    turns = [pacer.wait(was_shown=False) for _ in range(10)]
    assert all(abs(later - earlier - 1 / HZ) < 1e-9 for earlier, later in pairwise(turns[1:]))
