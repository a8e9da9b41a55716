"""A timeline in, playlists out that play it without rendering: M3U for VLC, EDL for mpv."""

from __future__ import annotations

from fractions import Fraction

from media.timecode import seconds_text
from supercut.export.text import plain_path
from supercut.export.timeline import Timeline

# Players drop a frame whose rounded time lies before the start: Matroska rounds to whole milliseconds.
_EARLY_S = Fraction(1, 2000)


def export_m3u(timeline: Timeline) -> str:
    """The text of an extended M3U playlist, with the options by which VLC plays a part of a file."""
    lines = ["#EXTM3U"]
    for event in timeline.events:
        start, stop = event.source_time(event.cut_in), event.source_time(event.cut_out)
        lines += [
            f"#EXTINF:{seconds_text(stop - start)},{event.name}",
            f"#EXTVLCOPT:start-time={seconds_text(start)}",
            f"#EXTVLCOPT:stop-time={seconds_text(stop)}",
            plain_path(event.source),
        ]
    return "\n".join([*lines, ""])


def export_mpv_edl(timeline: Timeline) -> str:
    """The text of an mpv edit decision list; each clip is a chapter named by what was found."""
    lines = ["# mpv EDL v0"]
    for event in timeline.events:
        start = max(Fraction(0), event.source_time(event.cut_in) - _EARLY_S)
        length = Fraction(event.cut_out - event.cut_in) / event.rate
        lines.append(f"{_counted(plain_path(event.source))},{seconds_text(start)},{seconds_text(length)},title={_counted(event.name)}")
    return "\n".join([*lines, ""])


def _counted(text: str) -> str:
    """A value led by its length in bytes, in which mpv takes every character for itself."""
    return f"%{len(text.encode())}%{text}"
