"""A timeline in, OpenTimelineIO JSON out: one track of pictures, one of sound, dissolves and labelled markers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from media.timecode import seconds_text
from supercut.export.text import file_url, one_line, writable
from supercut.export.timeline import Event, Timeline


def export_otio(timeline: Timeline) -> str:
    """The text of an .otio file."""
    import opentimelineio as otio

    root = otio.schema.Timeline(timeline.title, global_start_time=otio.opentime.RationalTime(0, float(timeline.rate)))
    kinds = (
        ("V1", otio.schema.TrackKind.Video, timeline.video_events),
        ("A1", otio.schema.TrackKind.Audio, timeline.sound_events),
    )
    for name, kind, events in kinds:
        if events:
            track = otio.schema.Track(name, kind=kind)
            track.extend(_items(timeline.events, {event.number for event in events}, marked=name == "V1" or not timeline.video_events))
            root.tracks.append(track)
    return f"{root.to_json_string(indent=2)}\n"


def _items(events: Iterable[Event], present: set[int], *, marked: bool) -> list[Any]:
    """What lies on a track: gaps where a clip lacks this medium, transitions ahead of the clips they lead into."""
    import opentimelineio as otio

    items: list[Any] = []
    for event in events:
        here = event.number in present
        if here and event.dissolves:
            fade = {"in_offset": event.cut_in - event.start, "out_offset": event.start + event.fade - event.cut_in}
            offsets = {key: otio.opentime.RationalTime(frames, float(event.rate)) for key, frames in fade.items()}
            items.append(otio.schema.Transition("Cross Dissolve", otio.schema.TransitionTypes.SMPTE_Dissolve, **offsets))
        gap = _range(0, event.cut_out - event.cut_in, event.rate)
        items.append(_clip(event, marked=marked) if here else otio.schema.Gap(source_range=gap))
    return items


def _range(start: int, n_frames: int, rate: Any) -> Any:
    from opentimelineio.opentime import RationalTime, TimeRange

    return TimeRange(RationalTime(start, float(rate)), RationalTime(n_frames, float(rate)))


def _clip(event: Event, *, marked: bool) -> Any:
    import opentimelineio as otio

    facts, rate = event.facts, event.facts.frame_rate or event.rate
    reference = otio.schema.ExternalReference(file_url(event.source), available_range=_range(0, facts.n_frames(rate), rate))
    reference.name = one_line(event.source.name)
    shown = _range(event.source_frame(event.cut_in), event.cut_out - event.cut_in, event.rate)
    clip = event.placed.clip
    exact = {"start": seconds_text(clip.span.start), "end": seconds_text(clip.span.end), "text": writable(clip.label)}
    item = otio.schema.Clip(event.name, media_reference=reference, source_range=shown, metadata={"supercut": exact})
    if marked and event.label:
        item.markers.append(otio.schema.Marker(event.label, marked_range=shown))
    return item
