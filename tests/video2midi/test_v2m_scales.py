"""Notes, keys and scales by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video2midi.gm import CONTROLLERS, PROGRAMS, parse_controller, parse_program
from video2midi.scales import SCALES, ladder, note_name, parse_key, parse_note, parse_scale


@pytest.mark.parametrize(
    ("text", "pitch"),
    [("C4", 60), ("A4", 69), ("c4", 60), ("F#3", 54), ("Gb3", 54), ("B#3", 60), ("Cb4", 59), ("C-1", 0), ("G9", 127), ("62", 62), (62, 62)],
)
def test_a_note_is_a_pitch(text: str | int, pitch: int) -> None:
    assert parse_note(text) == pitch


@pytest.mark.parametrize("text", ["H4", "C", "C10", "G#9", "-1", "128", "", "C#b"])
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="note"):
        parse_note(text)


@given(st.integers(0, 127))
def test_a_pitch_has_a_name_that_means_it(pitch: int) -> None:
    assert parse_note(note_name(pitch)) == pitch


def test_keys() -> None:
    assert [parse_key(name) for name in ("C", "d", "F#", "Bb", "Cb")] == [0, 2, 6, 10, 11]
    with pytest.raises(ValueError, match="key D, scale minor"):
        parse_key("D minor")


@pytest.mark.parametrize("name", SCALES)
def test_every_scale_begins_on_its_key_and_goes_up(name: str) -> None:
    assert SCALES[name][0] == 0
    assert list(SCALES[name]) == sorted(set(SCALES[name]))
    assert parse_scale(name.upper()) == SCALES[name]


def test_scales_of_ones_own() -> None:
    assert parse_scale([7, 0, 3, 3]) == parse_scale("0 3, 7") == (0, 3, 7)
    assert parse_scale("whole tone") == SCALES["whole-tone"]
    for nothing in ([], ""):
        with pytest.raises(ValueError, match="at least one note"):
            parse_scale(nothing)
    with pytest.raises(ValueError, match="Did you mean dorian"):
        parse_scale("dorien")
    with pytest.raises(ValueError, match="0 to 11"):
        parse_scale([0, 12])


@given(st.sampled_from(sorted(SCALES)), st.integers(0, 11), st.integers(0, 100), st.integers(12, 27))
def test_a_ladder_holds_every_note_of_the_scale_and_no_other(name: str, key: int, low: int, wide: int) -> None:
    pitches = ladder(SCALES[name], key=key, low=low, high=low + wide)
    assert pitches == tuple(pitch for pitch in range(low, low + wide + 1) if (pitch - key) % 12 in SCALES[name])


def test_a_ladder_without_a_note_is_refused() -> None:
    with pytest.raises(ValueError, match="between C#4 and C#4"):
        ladder(SCALES["major"], key=0, low=61, high=61)


def test_instruments_and_controllers_by_name() -> None:
    assert len(set(PROGRAMS)) == 128
    assert (parse_program("Violin"), parse_program("kalimba"), parse_program(127), parse_program("0")) == (40, 108, 127, 0)
    assert parse_controller("cutoff") == CONTROLLERS["cutoff"] == 74
    with pytest.raises(ValueError, match="Did you mean vibraphone"):
        parse_program("vibrafone")
    with pytest.raises(ValueError, match="0 to 119"):
        parse_controller(120)
