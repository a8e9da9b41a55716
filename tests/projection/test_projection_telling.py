"""What is told once: a line is news again after a long while of silence, and nothing is kept for ever."""

from __future__ import annotations

from live.clock import ManualClock
from projection.telling import Once


def test_a_line_is_told_once_and_again_when_it_comes_back_after_hours() -> None:
    said: list[str] = []
    clock = ManualClock(5.0)
    once = Once(said.append, clock)
    for _ in range(100):
        once("the lamp is hot")
        clock.advance(600)  # it never ceases: that is no news
    once("the door is open")
    assert said == ["the lamp is hot", "the door is open"]
    clock.advance(7200)
    once("the lamp is hot")
    assert said[2:] == ["the lamp is hot"]


def test_memory_is_bounded_and_what_is_forgotten_first_is_the_oldest() -> None:
    said: list[str] = []
    once = Once(said.append, ManualClock())
    once("first")
    for n in range(10_000):
        once(str(n))
    assert len(once._heard_s) < 1000 and len(said) == 10_001
    once("9999")
    once("first")
    assert len(said) == 10_002
