"""A timeline in, a CMX 3600 edit decision list out: cuts and dissolves, picture and sound in one event.

Ours rather than OpenTimelineIO's adapter, which writes one track, cuts reel names off wherever they end (so
that two films share one) and says nothing of drop-frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from supercut.export.text import one_line, plain_path
from supercut.export.timeline import Event, Timeline

REEL_LENGTH = 8
_TITLE_LENGTH = 70
# Reels that mean black, an unknown source and colour bars to every reader.
_RESERVED_REELS = frozenset({"AX", "BL", "BLACK", "BARS"})


def export_edl(timeline: Timeline) -> str:
    """The text of a CMX 3600 list.

    Numbers beyond 999, which tape controllers refused, grow to four digits.
    """
    reels = reel_names(timeline.facts)
    fcm = "DROP FRAME" if timeline.is_drop else "NON-DROP FRAME"
    lines = [f"TITLE: {timeline.title[:_TITLE_LENGTH]}", f"FCM: {fcm}", ""]
    events = timeline.events
    edges = _edges(events)
    for event, before, start, end in zip(events, (None, *events), edges, (*edges[1:], timeline.n_frames), strict=False):
        if before and event.dissolves and start == event.start:
            lines += _dissolve(timeline, before, event, (start, end), reels)
        else:
            lines += [_line(timeline, event.number, event, "C", (start, end), reels), *_names("FROM", event)]
        lines += [f"* COMMENT: {event.label}"] if event.label else []
    return "\n".join([*lines, ""])


def _edges(events: tuple[Event, ...]) -> list[int]:
    """Where each event begins: a dissolve at its first frame, a fade that cannot be one in its middle."""
    edges: list[int] = []
    for event in events:
        # A dissolve out of a clip that fills no frame of its own would leave an event without length.
        fits = event.dissolves and event.start > edges[-1]
        edges.append(event.start if fits else event.cut_in)
    return edges


def _dissolve(timeline: Timeline, before: Event, event: Event, frames: tuple[int, int], reels: dict[Path, str]) -> list[str]:
    """The pair of lines of a dissolve: where the old clip is left, and the new one with the length of the mix."""
    start, _end = frames
    return [
        _line(timeline, event.number, before, "C", (start, start), reels),
        _line(timeline, event.number, event, f"D {event.fade:03d}", frames, reels),
        *_names("FROM", before),
        *_names("TO", event),
    ]


def _line(timeline: Timeline, number: int, event: Event, edit: str, frames: tuple[int, int], reels: dict[Path, str]) -> str:
    sources = [timeline.timecode(event.source_frame(frame)) for frame in frames]
    records = [timeline.timecode(frame) for frame in frames]
    return f"{number:03d}  {reels[event.source]:<{REEL_LENGTH}} {_channels(event):<5} {edit:<8} {' '.join(sources + records)}"


def _channels(event: Event) -> str:
    """V picture, A or AA one or two channels of sound, B or AA/V both."""
    stereo = event.facts.channels > 1
    if not event.facts.has_sound:
        return "V"
    if not event.facts.has_video:
        return "AA" if stereo else "A"
    return "AA/V" if stereo else "B"


def _names(side: str, event: Event) -> list[str]:
    """The file's name, by which editors find it again, and its path."""
    return [f"* {side} CLIP NAME: {one_line(event.source.name)}", f"* SOURCE FILE: {plain_path(event.source)}"]


def reel_names(sources: Iterable[Path]) -> dict[Path, str]:
    """A reel name of at most eight capitals and digits for each source, all different."""
    names: dict[Path, str] = {}
    taken = set(_RESERVED_REELS)
    for source in sources:
        stem = re.sub(r"[^A-Z0-9]", "", source.stem.upper()) or "REEL"
        tries = (stem[: REEL_LENGTH - len(mark)] + mark for n in count(1) for mark in [str(n) if n > 1 else ""])
        names[source] = next(name for name in tries if name not in taken)
        taken.add(names[source])
    return names
