"""A score or the features of a film go in; a table for spreadsheets and other programs comes out as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import isnan

from media.timecode import frame_to_timecode, is_drop_rate, seconds_text, time_to_nearest_frame
from video2midi.gm import CONTROLLERS, DRUM_NAMES
from video2midi.notes import BEND, DRUM_CHANNEL, Control, Note, Score, Track
from video2midi.scales import note_name

EVENT_COLUMNS = ("time_s", "timecode", "track", "channel", "kind", "number", "name", "value", "duration_s", "tick")

_CONTROLLER_NAMES = {number: name for name, number in CONTROLLERS.items()}
_FIRST_OF_ALL: Sequence[str] = ("marker", "control", "bend", "note")
"""The order of events at one instant."""


def events_csv(score: Score, *, rate: Fraction | None = None) -> str:
    """Every marker, control and note in order of time, a line each, under EVENT_COLUMNS.

    Times are seconds to the microsecond, channels count from 1 as people do, `value` is a note's velocity; a pitch wheel
    has no number, a marker neither track nor channel.

    Args:
        rate: frames a second, for timecodes (drop-frame at 29.97 and 59.94); without it, or at a varying rate, they stay empty.
    """
    rows = [*_marker_rows(score), *(row for track in score.tracks for row in _track_rows(track))]
    ticks = score.tempo.times_to_ticks([time for time, _ in rows])
    # Ticks first: they mostly decide, and compare faster than fractions.
    in_order = sorted(zip(ticks, rows, strict=True), key=lambda row: (row[0], row[1][0], _FIRST_OF_ALL.index(str(row[1][1][2]))))
    return _csv(EVENT_COLUMNS, ((seconds_text(time), _timecode(time, rate), *row, tick) for tick, (time, row) in in_order))


def features_csv(times: Sequence[Fraction], columns: Mapping[str, Sequence[float]]) -> str:
    """What was measured of every frame: its time and a column a feature, six digits each; empty where there is no value.

    Raises:
        ValueError: a column is not as long as `times`.
    """
    rows = zip(times, *columns.values(), strict=True)
    return _csv(("time_s", *columns), ((seconds_text(time), *map(_number, values)) for time, *values in rows))


def _marker_rows(score: Score) -> Iterator[tuple[Fraction, tuple[object, ...]]]:
    for marker in score.markers:
        yield marker.time, ("", "", "marker", "", marker.text, "", "")


def _track_rows(track: Track) -> Iterator[tuple[Fraction, tuple[object, ...]]]:
    for control in track.controls:
        yield control.time, (track.name, track.channel + 1, *_control_cells(control), "")
    for note in track.notes:
        length = seconds_text(note.end - note.start)
        yield note.start, (track.name, track.channel + 1, "note", note.pitch, _sound_name(note, track), note.velocity, length)


def _control_cells(control: Control) -> tuple[object, ...]:
    if control.number == BEND:
        return "bend", "", "pitch bend", control.value
    return "control", control.number, _CONTROLLER_NAMES.get(control.number, ""), control.value


def _sound_name(note: Note, track: Track) -> str:
    """The drum, on their channel; else the note."""
    name = note_name(note.pitch)
    return DRUM_NAMES.get(note.pitch, name) if track.channel == DRUM_CHANNEL else name


def _timecode(time: Fraction, rate: Fraction | None) -> str:
    if rate is None or time < 0:
        return ""
    return frame_to_timecode(time_to_nearest_frame(time, rate), rate, drop=is_drop_rate(rate))


def _number(value: float) -> str:
    return "" if isnan(value) else f"{value:.6g}"


def _csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    return text.getvalue()
