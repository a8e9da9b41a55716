"""Notes are drawn to a grid without changing their order, overlapping, or leaving the film."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video2midi.midifile import encode
from video2midi.notes import Control, Marker, Note, Score, Track
from video2midi.quantise import grid_text, parse_grid, parse_percent, percent_text, quantise
from video2midi.tempo import TempoChange, TempoMap

GRIDS = ["1/1", "1/2", "1/4", "1/8", "1/16", "1/32", "1/128", "1/4t", "1/8t", "1/16t"]


def made(*notes: tuple[float, float, int], end: float = 10, tempo: TempoMap | None = None, channel: int = 0) -> Score:
    track = Track("a", channel, notes=tuple(Note(Fraction(str(a)), Fraction(str(b)), pitch, 64) for a, b, pitch in notes))
    return Score((track,), (), Fraction(str(end)), tempo or TempoMap())


def times(score: Score) -> list[tuple[float, float, int]]:
    return [(float(note.start), float(note.end), note.pitch) for _, note in score.notes()]


BENT = TempoMap((TempoChange(0, 615_385), TempoChange(960, 480_001), TempoChange(2880, 700_000)))
instants = st.builds(Fraction, st.integers(0, 8000), st.sampled_from([1000, 1001]))
tempos = st.sampled_from([TempoMap(), BENT])


@st.composite
def scores(draw: st.DrawFn) -> Score:
    tracks = []
    for channel in draw(st.lists(st.integers(0, 1), max_size=3)):
        notes = []
        for pitch in draw(st.lists(st.integers(60, 62), max_size=2, unique=True)):
            edges = sorted(set(draw(st.lists(instants, max_size=8))))
            notes += [Note(a, b, pitch, draw(st.integers(1, 127))) for a, b in pairwise(edges)]
        notes.sort(key=lambda note: (note.start, note.pitch))
        tracks.append(Track("t", channel, notes=tuple(notes)))
    return Score(tuple(tracks), (), Fraction(draw(st.integers(8, 9))), draw(tempos))


grids = st.sampled_from(GRIDS).map(parse_grid)
strengths = st.sampled_from([Fraction(1, 10), Fraction(3, 5), 0.6, 1.0, Fraction(1)])


def test_notes_move_to_the_nearest_line_and_keep_their_length():
    score = made((0.1, 0.4, 60), (0.24, 0.5, 61), (0.49, 0.9, 62))
    assert times(quantise(score, grid=parse_grid("1/8"), strength=1)) == [(0, 0.3, 60), (0.25, 0.51, 61), (0.5, 0.91, 62)]
    half = quantise(score, grid=parse_grid("1/8"), strength=0.5)
    assert times(half) == [(0.05, 0.35, 60), (0.245, 0.505, 61), (0.495, 0.905, 62)]


def test_triplets_and_the_middle_between_two_lines():
    assert times(quantise(made((0.3, 0.35, 60)), grid=parse_grid("1/8t")))[0][0] == pytest.approx(1 / 3)
    assert times(quantise(made((0.125, 0.2, 60)), grid=parse_grid("1/8")))[0][0] == 0.25


def test_the_grid_follows_the_tempo_map():
    tempo = TempoMap((TempoChange(0, 500_000), TempoChange(960, 1_000_000)))
    assert times(quantise(made((0.9, 1, 60), (1.6, 1.7, 61), tempo=tempo), grid=parse_grid("1/4")))[0][0] == 0.5
    assert times(quantise(made((1.6, 1.7, 61), tempo=tempo), grid=parse_grid("1/4")))[0][0] == 1.5


def test_two_of_one_pitch_on_one_line_become_one():
    score = made((0.95, 1.0, 60), (1.01, 1.4, 60), (1.02, 1.03, 61))
    assert times(quantise(score, grid=parse_grid("1/4"))) == [(1, 1.39, 60), (1, 1.01, 61)]


def test_a_pitch_does_not_overlap_across_tracks_of_one_channel():
    first, second = made((0.0, 0.4, 60)).tracks[0], made((0.3, 0.6, 60)).tracks[0]
    score = Score((first, second), (), Fraction(4), TempoMap())
    assert times(quantise(score, grid=parse_grid("1/8"))) == [(0, 0.25, 60), (0.25, 0.55, 60)]


def test_no_note_moves_to_the_end_of_the_film_or_past_it():
    moved = quantise(made((0.2, 2.0, 61), (1.9, 2.0, 60), end=2), grid=parse_grid("1/4"))
    assert times(moved) == [(0, 1.8, 61), (1.5, 1.6, 60)]
    assert times(quantise(made((0.4, 1.9, 60), end=2), grid=parse_grid("1/4"))) == [(0.5, 2, 60)]


def test_controls_and_markers_stay():
    track = Track("a", 0, notes=(Note(Fraction(1, 10), Fraction(1), 60, 9),), controls=(Control(Fraction(1, 10), 74, 1),))
    score = Score((track,), (Marker(Fraction(1, 10), "cut"),), Fraction(4), TempoMap())
    moved = quantise(score, grid=parse_grid("1/4"))
    assert (moved.tracks[0].controls, moved.markers) == (track.controls, score.markers)


@given(scores(), grids)
def test_no_strength_changes_nothing(score: Score, grid: Fraction):
    assert quantise(score, grid=grid, strength=0) == score


@given(scores(), grids)
def test_full_strength_brings_every_start_onto_the_grid_and_once_is_enough(score: Score, grid: Fraction):
    moved = quantise(score, grid=grid)
    assert all((score.tempo.time_to_beat(note.start) / grid).denominator == 1 for _, note in moved.notes())
    assert quantise(moved, grid=grid) == moved


@given(scores(), grids, strengths)
def test_what_a_score_promises_holds_after(score: Score, grid: Fraction, strength: Any):
    moved = quantise(score, grid=grid, strength=strength)
    by_key: dict[tuple[int, int], list[Note]] = {}
    for track, note in moved.notes():
        assert 0 <= note.start < note.end <= score.end
        by_key.setdefault((track.channel, note.pitch), []).append(note)
    for notes in by_key.values():
        notes.sort(key=lambda note: note.start)
        assert all(before.end <= after.start for before, after in pairwise(notes))
    for track in moved.tracks:
        assert list(track.notes) == sorted(track.notes, key=lambda note: note.start)
    assert moved.n_notes <= score.n_notes
    encode(moved)


@given(instants, grids, strengths, tempos)
def test_no_note_moves_farther_than_half_a_line(start: Fraction, grid: Fraction, strength: Any, tempo: TempoMap):
    track = Track("t", 0, notes=(Note(start, start + 1, 60, 1),))
    ((_, moved),) = quantise(Score((track,), (), Fraction(1000), tempo), grid=grid, strength=strength).notes()
    assert abs(tempo.time_to_beat(moved.start) - tempo.time_to_beat(start)) <= grid / 2
    assert moved.end - moved.start == 1


@pytest.mark.parametrize("text", GRIDS)
def test_a_grid_reads_back(text: str):
    assert grid_text(parse_grid(text)) == text
    assert parse_grid(parse_grid(text)) == parse_grid(text)


def test_grids_are_beats():
    assert [parse_grid(text) for text in ("1/4", "1/16", " 1 / 8T ")] == [Fraction(1), Fraction(1, 4), Fraction(1, 3)]


@pytest.mark.parametrize("text", ["", "16", "1/3", "1/256", "2/4", "1/0", "-1/4", "1/16d", "off"])
def test_a_grid_that_is_none_is_refused(text: str):
    with pytest.raises(ValueError, match=r"must be a note value such as 1/16.*got"):
        parse_grid(text)


@pytest.mark.parametrize(
    ("text", "share"), [("60%", "3/5"), ("0.6", "3/5"), (0.6, "3/5"), ("100 %", "1"), (1, "1"), ("0", "0"), ("12.5%", "1/8"), (1.0, "1")]
)
def test_a_share_reads_and_reads_back(text: Any, share: str):
    assert parse_percent(text) == Fraction(share)
    assert parse_percent(percent_text(Fraction(share))) == Fraction(share)


@pytest.mark.parametrize("text", ["", "60", "101%", "1.2", "-5%", "half", "nan", "1e-3"])
def test_a_share_that_is_none_is_refused(text: str):
    with pytest.raises(ValueError, match=r"must (read like 60%|lie between 0% and 100%).*got"):
        parse_percent(text)


@pytest.mark.parametrize(("grid", "strength"), [(Fraction(0), 1), (Fraction(1), 2), (Fraction(1), -0.1)])
def test_a_call_out_of_range_is_refused(grid: Fraction, strength: float):
    with pytest.raises(ValueError, match="the grid must be over 0 and the strength"):
        quantise(made(), grid=grid, strength=strength)
