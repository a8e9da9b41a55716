"""A score and a grid of beats go in; the score with its notes drawn towards the grid comes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import groupby, pairwise
from math import ceil
from typing import NamedTuple

from video2midi.notes import Note, Score
from video2midi.tempo import TempoMap

_BEATS_OF_WHOLE = 4
_FINEST = 128


def parse_grid(text: str | Fraction) -> Fraction:
    """Read a note value as beats: `1/16` is 1/4 of a beat, `1/8t` (a triplet's eighth) 1/3.

    Raises:
        ValueError: it is no note value from 1/1 to 1/128.
    """
    if isinstance(text, Fraction):
        return text
    match = re.fullmatch(r"\s*1\s*/\s*(\d{1,3})\s*(t?)\s*", str(text).lower())
    if not match or int(match[1]) not in [2**n for n in range(8)]:
        raise ValueError(f"must be a note value such as 1/16, or 1/8t for triplets, to 1/{_FINEST} at the finest, got {text!r}")
    return Fraction(_BEATS_OF_WHOLE, int(match[1])) * (Fraction(2, 3) if match[2] else 1)


def grid_text(grid: Fraction) -> str:
    """Beats as `parse_grid` reads them."""
    parts = _BEATS_OF_WHOLE / grid
    return f"1/{parts}" if parts.denominator == 1 and parts.numerator % 3 else f"1/{parts * Fraction(2, 3)}t"


def parse_percent(text: str | float | Fraction) -> Fraction:
    """Read a share: `60%`, or 0.6.

    Raises:
        ValueError: it is none, or not within 0..1.
    """
    bare = str(text).strip()
    if not re.fullmatch(r"(\d{1,3}(\.\d{0,6})?|\.\d{1,6})\s*%?|\d{1,6}/[1-9]\d{0,6}", bare):
        raise ValueError(f"must read like 60% or 0.6, got {text!r}")
    share = Fraction(bare.rstrip("% ")) / (100 if bare.endswith("%") else 1)
    if share > 1:
        raise ValueError(f"must lie between 0% and 100% (or 0 and 1), got {text!r}")
    return share


def percent_text(share: Fraction) -> str:
    """A share as `parse_percent` reads it."""
    return f"{float(share * 100):.6f}".rstrip("0").rstrip(".") + "%"


class _Moved(NamedTuple):
    """A note where it belongs now, the number of its track and its number in it."""

    note: Note
    track: int
    rank: int


def quantise(score: Score, *, grid: Fraction, strength: Fraction | float = Fraction(1)) -> Score:
    """Draw every note's start towards the nearest line of a grid of beats (a half goes up).

    The order of notes stays; ends keep their distance from the starts, or come where the next note of the same pitch on
    the same channel starts, or where the film ends. Of notes of one pitch that land on one instant one stays: the
    louder, as long as the longest. Controls and markers stay where they are.

    Args:
        grid: beats between two lines, over 0.
        strength: 0 leaves all as it is, 1 brings it onto the lines.
    """
    share = Fraction(str(strength))
    if grid <= 0 or not 0 <= share <= 1:
        raise ValueError(f"the grid must be over 0 and the strength in 0..1, got {grid} and {strength}")
    if not share:
        return score
    # A tick of the slowest tempo: a tick at least everywhere.
    shortest_s = Fraction(max(change.us_per_beat for change in score.tempo.changes), score.tempo.ppq * 1_000_000)
    by_key: dict[tuple[int, int], list[_Moved]] = {}
    draw = _drawing(score.tempo, grid=grid, share=share, end=score.end)
    for number, track in enumerate(score.tracks):
        for rank, note in enumerate(track.notes):
            moved_note = _move(note, draw(note.start), shortest_s=shortest_s, end=score.end)
            by_key.setdefault((track.channel, note.pitch), []).append(_Moved(moved_note, number, rank))
    settled: list[list[_Moved]] = [[] for _ in score.tracks]
    for moved in by_key.values():
        for one in _without_overlaps(moved):
            settled[one.track].append(one)
    tracks = [replace(track, notes=_in_order(moved)) for track, moved in zip(score.tracks, settled, strict=True)]
    return replace(score, tracks=tuple(tracks))


def _in_order(moved: list[_Moved]) -> tuple[Note, ...]:
    """As they were: no note overtakes another, and numbers compare faster than fractions."""
    return tuple(one.note for one in sorted(moved, key=lambda one: one.rank))


def _drawing(tempo: TempoMap, *, grid: Fraction, share: Fraction, end: Fraction) -> Callable[[Fraction], Fraction]:
    """Where an instant goes. Nothing goes to the film's end or past it: there the line before counts."""
    last = max(0, ceil(tempo.time_to_beat(end) / grid) - 1)
    lines: dict[int, Fraction] = {}

    def draw(time: Fraction) -> Fraction:
        beat = tempo.time_to_beat(time)
        width = beat.denominator * grid.numerator
        line = (2 * beat.numerator * grid.denominator + width) // (2 * width)
        line = min(line, last) if time < end else line
        if line not in lines:
            lines[line] = tempo.beat_to_time(line * grid)
        return lines[line] if share == 1 else time + share * (lines[line] - time)

    return draw


def _move(note: Note, start: Fraction, *, shortest_s: Fraction, end: Fraction) -> Note:
    """The note from `start` on, of the same length; not past the film's end unless it was before."""
    moved_end = start + max(note.end - note.start, shortest_s)
    return Note(start, min(moved_end, end) if start < end >= note.end else moved_end, note.pitch, note.velocity)


def _without_overlaps(moved: Iterable[_Moved]) -> list[_Moved]:
    """Notes of one key in order, each ending before the next starts."""
    merged = [_merge(list(same)) for _, same in groupby(sorted(moved, key=_start), key=_start)]
    ends = [min(one.note.end, after.note.start) for one, after in pairwise(merged)]
    return [_ending(one, end) for one, end in zip(merged, ends, strict=False)] + merged[-1:]


def _ending(moved: _Moved, end: Fraction) -> _Moved:
    return moved if moved.note.end == end else moved._replace(note=moved.note._replace(end=end))


def _start(moved: _Moved) -> Fraction:
    return moved.note.start


def _merge(same: list[_Moved]) -> _Moved:
    """One for all that start at one instant."""
    loudest = max(same, key=lambda moved: moved.note.velocity)
    return loudest if len(same) == 1 else _ending(loudest, max(moved.note.end for moved in same))
