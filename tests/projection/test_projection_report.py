"""How a show went, in lines: nothing is promised that is not there, and numbers are told as a person would."""

from __future__ import annotations

from typing import Any

import pytest

from projection.report import told


def report(*, seconds: float = 0.5, restarts: int = 0, n_drawn: int = 1, recorded: int | None = None) -> dict[str, Any]:
    """A report as of `as_json`, with one output and one layer."""
    output = {"name": "main", "drawn_by": "the processor", "fps": 20.0, "draw_ms": 2.0, "longest_ms": 60.0, "late": 0, "restarts": restarts}
    return {
        "seconds": seconds, "ended": "time", "outputs": [output], "layers": [{"name": "film1", "fault": "", "pictures": n_drawn}],
        "recording": None if recorded is None else {"path": "show.mp4", "pictures": recorded, "dropped": 1},
    }  # fmt: skip


@pytest.mark.parametrize(("seconds", "line"), [(0.5, "0.5 s; ended: time"), (9.96, "10 s; ended: time"), (70.4, "70 s; ended: time")])
def test_short_shows_are_told_to_a_tenth_of_a_second(seconds: float, line: str) -> None:
    assert told(report(seconds=seconds)).splitlines()[0] == line


def test_what_never_moved_has_no_rate() -> None:
    assert told(report()).splitlines()[1] == "main: a still picture, 2.0 ms to draw one"
    assert told(report(n_drawn=9)).splitlines()[1] == "main: 20.0 pictures/s, 2.0 ms to draw one, the longest stood 60 ms"


def test_what_was_begun_again_is_counted_in_words() -> None:
    assert told(report(restarts=1)).endswith(", begun again once") and told(report(restarts=2)).endswith(", begun again 2 times")


def test_where_nothing_was_recorded_no_film_is_told_of() -> None:
    assert told(report(recorded=0)).endswith("show.mp4: nothing was recorded")
    assert told(report(recorded=8)).endswith("show.mp4: 8 pictures, 1 left out")
