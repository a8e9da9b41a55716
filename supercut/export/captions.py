"""A timeline in, WebVTT captions of the result out: what was found, when the result shows it."""

from __future__ import annotations

from fractions import Fraction

from media.timecode import clock_text
from supercut.export.text import one_line
from supercut.export.timeline import Timeline

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def export_captions(timeline: Timeline) -> str:
    """The text of a WebVTT file: a cue for each clip with a label; cues overlap where clips cross-fade."""
    cues = [
        f"{stamp(event.start / timeline.rate)} --> {stamp(event.end / timeline.rate)}\n{text}\n"
        for event in timeline.events
        if (text := cue_text(event.placed.clip.label))
    ]
    return "\n".join(["WEBVTT\n", *cues])


def cue_text(label: str) -> str:
    """A label as the text of a cue: escaped, its lines kept but for blank ones, which would end the cue."""
    lines = (one_line(line).translate(_ESCAPES) for line in label.splitlines())
    return "\n".join(line for line in lines if line)


def stamp(time: Fraction) -> str:
    """Seconds as HH:MM:SS.mmm; WebVTT wants two digits of hours."""
    return clock_text(time).zfill(len("00:00:00.000"))
