"""MIDI clock: every pulse at its instant, whatever the tempo does and however late the machine is."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.clock import ManualClock, SteadyClock
from live.midiclock import MidiClock


class Sent:
    """Messages with the instants at which they were sent."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.messages: list[tuple[str, float]] = []

    def __call__(self, message: Any) -> None:
        name = f"songpos {message.pos}" if message.type == "songpos" else message.type
        self.messages.append((name, self.clock.now()))

    def names(self) -> list[str]:
        return [name for name, _ in self.messages]


def make(clock: ManualClock, bpm: float = 120.0) -> tuple[MidiClock, Sent]:
    sent = Sent(clock)
    return MidiClock(sent, clock=clock, bpm=bpm, is_threaded=False), sent


def test_pulse_n_leaves_at_its_own_instant_for_an_hour(clock: ManualClock) -> None:
    midi_clock, sent = make(clock, bpm=33.0)
    first_s = midi_clock.start()
    n_hour = 33 * 60 * 24
    for _ in range(n_hour + 1):
        midi_clock.pulse()
    assert sent.names()[:2] == ["start", "clock"]
    assert first_s - sent.messages[0][1] >= 0.001  # the receiver gets time to make ready
    exact = [float(Fraction(first_s) + n * Fraction(60, 24 * 33)) for n in (0, 1, 777, n_hour)]
    found = [instant_s for name, instant_s in sent.messages if name == "clock"]
    assert [found[n] for n in (0, 1, 777, n_hour)] == pytest.approx(exact, abs=1e-9)
    assert midi_clock.jitter().worst_ms < 1e-6


def test_stop_keeps_the_position_and_resume_goes_on_from_it(clock: ManualClock) -> None:
    midi_clock, sent = make(clock)
    midi_clock.start(at_s=clock.now())
    for _ in range(3):
        midi_clock.pulse()
    midi_clock.stop()
    midi_clock.stop()
    midi_clock.pulse()  # stopped: nothing
    midi_clock.resume()
    midi_clock.pulse()
    assert midi_clock.position == 4
    midi_clock.resume(sixteenths=16)
    midi_clock.pulse()
    assert midi_clock.position == 16 * 6 + 1
    midi_clock.start()
    midi_clock.pulse()
    assert midi_clock.position == 1
    midi_clock.stop()
    assert sent.names() == [
        *("start", "clock", "clock", "clock", "stop"),
        *("continue", "clock", "songpos 16", "continue", "clock", "start", "clock", "stop"),
    ]


def test_a_new_tempo_begins_at_the_next_pulse(clock: ManualClock) -> None:
    midi_clock, sent = make(clock, bpm=60.0)
    first_s = midi_clock.start()
    for n in range(6):
        if n == 3:
            midi_clock.set_bpm(120.0)
        midi_clock.pulse()
    found = [instant_s - first_s for name, instant_s in sent.messages if name == "clock"]
    slow, fast = 1 / 24, 1 / 48
    assert found == pytest.approx([0, slow, 2 * slow, 3 * slow, 3 * slow + fast, 3 * slow + 2 * fast])


@given(st.lists(st.tuples(st.floats(20, 300), st.integers(1, 50), st.floats(0, 0.2)), max_size=20))
def test_neither_lateness_nor_tempo_changes_make_it_drift(parts: list[tuple[float, int, float]]) -> None:
    clock = ManualClock()
    midi_clock, _sent = make(clock)
    due = Fraction(midi_clock.start(at_s=0.5))
    for bpm, n_pulses, late_s in parts:
        midi_clock.set_bpm(bpm)
        for _ in range(n_pulses):
            assert midi_clock.due_s == pytest.approx(float(due), abs=1e-9)
            midi_clock.pulse()
            due += Fraction(60) / (24 * Fraction(bpm))
        clock.advance(late_s)


def test_short_lateness_is_made_up_pulse_by_pulse(clock: ManualClock) -> None:
    midi_clock, sent = make(clock)
    first_s = midi_clock.start()
    midi_clock.pulse()
    clock.advance(0.5)
    for _ in range(30):
        midi_clock.pulse()
    assert sent.names().count("clock") == 31
    assert clock.now() == pytest.approx(first_s + 30 * 60 / (24 * 120))
    assert midi_clock.jitter().worst_ms == pytest.approx(500 - 1000 / 48)


def test_after_a_long_sleep_it_goes_on_in_time_at_a_sixteenth(clock: ManualClock) -> None:
    midi_clock, sent = make(clock)
    first_s = midi_clock.start()
    midi_clock.pulse()
    clock.advance(10.0)
    midi_clock.pulse()
    midi_clock.pulse()
    position = midi_clock.position - 1
    assert position % 6 == 0
    assert sent.names() == ["start", "clock", "stop", f"songpos {position // 6}", "continue", "clock"]
    assert clock.now() == pytest.approx(first_s + position / 48)
    assert midi_clock.jitter().n_skipped == position - 1


def test_a_thread_sends_by_itself(wait_until: Callable[..., None]) -> None:
    sent: list[str] = []
    with MidiClock(lambda message: sent.append(message.type), clock=SteadyClock(), bpm=1000.0) as midi_clock:
        midi_clock.start()
        wait_until(lambda: len(sent) >= 4)
        assert midi_clock.is_running
    assert sent[:3] == ["start", "clock", "clock"]
    assert sent[-1] == "stop"
    assert sent.count("stop") == 1
    assert midi_clock.jitter().n_pulses == sent.count("clock")


@pytest.mark.parametrize("bpm", [0, -3, float("nan")])
def test_no_tempo_is_no_tempo(bpm: float) -> None:
    with pytest.raises(ValueError, match="bpm must be above 0"):
        MidiClock(lambda message: None, clock=ManualClock(), bpm=bpm)
