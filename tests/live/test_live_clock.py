"""Clocks wait until an instant; ticks keep their time however late the loop is."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.clock import ManualClock, SteadyClock, Tick, ticks


def test_the_steady_clock_returns_at_or_after_the_instant() -> None:
    clock = SteadyClock()
    before_s = clock.now()
    clock.sleep_until(before_s + 0.003)
    assert clock.now() >= before_s + 0.003
    clock.sleep_until(before_s)  # past: at once


def test_ticks_fall_on_multiples_of_the_period() -> None:
    clock = ManualClock(100.0)
    found = list(islice(ticks(clock, 0.25), 4))
    assert found == [Tick(0, 100.0), Tick(1, 100.25), Tick(2, 100.5), Tick(3, 100.75)]
    assert clock.now() == 100.75


def test_work_within_the_period_moves_no_tick() -> None:
    clock = ManualClock()
    seen = []
    for tick in islice(ticks(clock, 0.1), 1000):
        seen.append(clock.now())
        clock.advance(0.07)
        assert tick.n_skipped == 0
    assert seen == [pytest.approx(n * 0.1, abs=1e-9) for n in range(1000)]


def test_a_late_loop_leaves_out_ticks_and_tells_how_many() -> None:
    clock = ManualClock()
    loop = ticks(clock, 1.0)
    assert next(loop) == Tick(0, 0.0)
    clock.advance(3.5)
    assert next(loop) == Tick(3, 3.0, n_skipped=2)
    assert clock.now() == 3.5  # late already: served at once
    assert next(loop) == Tick(4, 4.0)


@given(st.lists(st.floats(0, 5), max_size=30), st.floats(0.001, 2))
def test_every_tick_is_served_or_counted(works_s: list[float], period_s: float) -> None:
    clock = ManualClock()
    loop = ticks(clock, period_s)
    n_seen = 0
    for work_s in works_s:
        tick = next(loop)
        n_seen += 1 + tick.n_skipped
        assert tick.number == n_seen - 1
        assert tick.due_s == tick.number * period_s
        assert clock.now() >= tick.due_s
        clock.advance(work_s)
