"""Tables that a spreadsheet opens: every event with its time, place and name, and every frame's features."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from math import nan

import pytest

from video2midi.notes import BEND, DRUM_CHANNEL, Control, Marker, Note, Score, Track
from video2midi.tables import EVENT_COLUMNS, events_csv, features_csv
from video2midi.tempo import TempoMap

NTSC_30 = Fraction(30000, 1001)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def example() -> Score:
    melody = Track("melody, \"high\"", 0, notes=(Note(Fraction(1), Fraction(3, 2), 62, 90), Note(1800 / NTSC_30, Fraction(61), 60, 1)))
    bends = Track("wipe", 0, controls=(Control(Fraction(1, 2), 74, 20), Control(Fraction(1), BEND, -100), Control(Fraction(1), 3, 1)))
    drums = Track("drums", DRUM_CHANNEL, notes=(Note(Fraction(1), Fraction(2), 36, 127), Note(Fraction(2), Fraction(3), 35, 127)))
    return Score((melody, bends, drums), (Marker(Fraction(1), "Schnitt"),), Fraction(70), TempoMap())


def test_events_stand_in_order_of_time_with_their_names():
    table = rows(events_csv(example()))
    assert tuple(table[0]) == EVENT_COLUMNS
    told = [(row["time_s"], row["track"], row["channel"], row["kind"], row["number"], row["name"], row["value"], row["tick"]) for row in table]
    assert told == [
        ("0.5", "wipe", "1", "control", "74", "cutoff", "20", "960"),
        ("1", "", "", "marker", "", "Schnitt", "", "1920"),
        ("1", "wipe", "1", "control", "3", "", "1", "1920"),
        ("1", "wipe", "1", "bend", "", "pitch bend", "-100", "1920"),
        ("1", 'melody, "high"', "1", "note", "62", "D4", "90", "1920"),
        ("1", "drums", "10", "note", "36", "kick", "127", "1920"),
        ("2", "drums", "10", "note", "35", "B1", "127", "3840"),
        ("60.06", 'melody, "high"', "1", "note", "60", "C4", "1", "115315"),
    ]
    assert [row["duration_s"] for row in table if row["kind"] == "note"] == ["0.5", "1", "1", "0.94"]
    assert {row["timecode"] for row in table} == {""}


def test_timecodes_follow_the_rate():
    assert rows(events_csv(example(), rate=NTSC_30))[-1]["timecode"] == "00:01:00;02"
    assert rows(events_csv(example(), rate=Fraction(25)))[0]["timecode"] == "00:00:00:13"


def test_an_empty_score_is_a_header():
    assert events_csv(Score((), (), Fraction(0), TempoMap())) == ",".join(EVENT_COLUMNS) + "\n"


def test_features_have_a_line_a_frame():
    text = features_csv([Fraction(0), 1 / NTSC_30], {"brightness": [0.123456789, 200], "a, b": [nan, 1e-9]})
    assert text == 'time_s,brightness,"a, b"\n0,0.123457,\n0.033367,200,1e-09\n'


def test_a_column_of_another_length_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        features_csv([Fraction(0), Fraction(1)], {"brightness": [1.0]})
