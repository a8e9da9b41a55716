"""A live program ends when its time is up, at Ctrl-C and at a terminating signal, and cleanly each time."""

from __future__ import annotations

import os
import signal

import pytest

from live.clock import ManualClock
from live.stopping import stopping


def test_the_time_ends_it(clock: ManualClock) -> None:
    with stopping(clock=clock, for_s=2.0) as stop:
        clock.advance(1.9)
        assert not stop.asked
        clock.advance(0.1)
        assert stop.asked
    assert stop.reason == "time"


def test_without_a_time_it_runs_on(clock: ManualClock) -> None:
    with stopping(clock=clock) as stop:
        clock.advance(1e9)
        assert not stop.asked
        stop.ask("q")
        stop.ask("another")
        assert (stop.asked, stop.reason) == (True, "q")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_ends_it_and_the_handlers_are_put_back(clock: ManualClock, name: str) -> None:
    if not hasattr(signal, name):
        pytest.skip(f"no {name} on this system")
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with stopping(clock=clock, for_s=60) as stop:
        os.kill(os.getpid(), number)
        assert (stop.asked, stop.reason) == (True, name)
    assert signal.getsignal(number) is before


def test_a_second_ctrl_c_is_an_interrupt(clock: ManualClock) -> None:
    with pytest.raises(KeyboardInterrupt), stopping(clock=clock) as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.asked
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_that_is_ignored_stays_ignored(clock: ManualClock, name: str) -> None:
    """As nohup asks, or a shell of what it runs in the background."""
    if not hasattr(signal, name):
        pytest.skip(f"no {name} on this system")
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with stopping(clock=clock) as stop:
            os.kill(os.getpid(), number)
            assert not stop.asked
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)
