"""A timeline in, a table of comma-separated values out: a row a clip, in seconds and timecode."""

from __future__ import annotations

import csv
import io
from fractions import Fraction

from media.timecode import seconds_text
from supercut.export.text import plain_path, writable
from supercut.export.timeline import Event, Timeline

COLUMNS = (
    "number",
    "start_s",
    "end_s",
    "start_timecode",
    "end_timecode",
    "source",
    "in_s",
    "out_s",
    "in_timecode",
    "out_timecode",
    "fade_s",
    "label",
)


def export_csv(timeline: Timeline) -> str:
    """The text of the table: start and end in the result, in and out in the source, cross-fades included."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(_row(timeline, event) for event in timeline.events)
    return text.getvalue()


def _row(timeline: Timeline, event: Event) -> list[str]:
    edges = (event.start, event.end)
    return [
        str(event.number),
        *(seconds_text(frame / timeline.rate) for frame in edges),
        *(timeline.timecode(frame) for frame in edges),
        plain_path(event.source),
        *(seconds_text(event.source_time(frame)) for frame in edges),
        *(timeline.timecode(event.source_frame(frame)) for frame in edges),
        seconds_text(Fraction(event.fade) / timeline.rate),
        writable(event.placed.clip.label),
    ]
