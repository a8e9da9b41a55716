"""A timeline in, FCPXML 1.9 out: for Final Cut Pro and DaVinci Resolve, sound and picture in one clip.

The order of elements and attributes follows Apple's document type definition of FCPXML 1.9; Final Cut refuses
whatever does not.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction
from math import ceil
from pathlib import Path

from media.timecode import time_to_nearest_frame
from supercut.export.text import file_url, one_line, writable
from supercut.export.timeline import Event, SourceFacts, Timeline

VERSION = "1.9"

# The names by which Final Cut itself files its effects.
_CROSS_DISSOLVE = ("Cross Dissolve", "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265")
_AUDIO_CROSSFADE = ("Audio Crossfade", "FFAudioTransition")

# What `conform-rate` may call a source's rate.
_CONFORM_NAMES = {Fraction(whole): str(whole) for whole in (24, 25, 30, 48, 50, 60)}
_CONFORM_NAMES |= {Fraction(n * 1000, 1001): name for n, name in ((24, "23.98"), (30, "29.97"), (48, "47.95"), (60, "59.94"))}


def export_fcpxml(timeline: Timeline) -> str:
    """The text of an FCPXML document with one project."""
    root = ET.Element("fcpxml", version=VERSION)
    resources = _Resources(ET.SubElement(root, "resources"), timeline)
    event = ET.SubElement(ET.SubElement(root, "library"), "event", name=timeline.title)
    project = ET.SubElement(event, "project", name=timeline.title)
    sequence = ET.SubElement(
        project,
        "sequence",
        format=resources.format_id,
        duration=frames_text(timeline.n_frames, timeline.rate),
        tcStart="0s",
        tcFormat="DF" if timeline.is_drop else "NDF",
        audioLayout="stereo",
        audioRate="48k",
    )
    spine = ET.SubElement(sequence, "spine")
    for clip in timeline.events:
        _add_transition(spine, clip, resources)
        _add_clip(spine, clip, resources)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{ET.tostring(root, encoding="unicode")}\n'


def frames_text(frames: int, rate: Fraction) -> str:
    """A number of frames as FCPXML writes time: rational seconds on the frame's own grid, whole ones without."""
    if (frames / rate).denominator == 1:
        return f"{frames / rate}s"
    return f"{frames * rate.denominator}/{rate.numerator}s"


class _Resources:
    """Formats, assets and effects, each declared once under an id of its own."""

    def __init__(self, element: ET.Element, timeline: Timeline) -> None:
        self._element = element
        self._formats: dict[tuple[Fraction, tuple[int, int], Fraction], str] = {}
        self._used = _used_seconds(timeline)
        self.format_id = self._format(timeline.rate, timeline.size, Fraction(1))
        self.asset_ids = {source: self._asset(source, facts) for source, facts in timeline.facts.items()}
        fades = any(event.half for event in timeline.events)
        self.effect_ids = {name: self._add("effect", name=name, uid=uid) for name, uid in (_CROSS_DISSOLVE, _AUDIO_CROSSFADE) if fades}

    def _add(self, tag: str, **attributes: str) -> str:
        name = f"r{len(self._element) + 1}"
        ET.SubElement(self._element, tag, {"id": name, **attributes})
        return name

    def _format(self, rate: Fraction, size: tuple[int, int], pixel_aspect: Fraction) -> str:
        key = (rate, size, pixel_aspect)
        if key not in self._formats:
            more = {} if pixel_aspect == 1 else {"paspH": str(pixel_aspect.numerator), "paspV": str(pixel_aspect.denominator)}
            self._formats[key] = self._add("format", frameDuration=frames_text(1, rate), width=str(size[0]), height=str(size[1]), **more)
        return self._formats[key]

    def format_of(self, facts: SourceFacts) -> str | None:
        """The format of a source with a picture."""
        if facts.frame_rate is None or facts.size is None:
            return None
        return self._format(facts.frame_rate, facts.size, facts.pixel_aspect)

    def _asset(self, source: Path, facts: SourceFacts) -> str:
        attributes = {"name": one_line(source.name), "start": "0s", "duration": self._asset_duration(source, facts)}
        if (form := self.format_of(facts)) is not None:
            attributes |= {"hasVideo": "1", "videoSources": "1", "format": form}
        if facts.has_sound:
            attributes |= {"hasAudio": "1", "audioSources": "1"}
            attributes |= {"audioChannels": str(facts.channels), "audioRate": str(facts.sample_rate)}
        name = self._add("asset", **attributes)
        ET.SubElement(self._element[-1], "media-rep", kind="original-media", src=file_url(source))
        return name

    def _asset_duration(self, source: Path, facts: SourceFacts) -> str:
        """Its length on its own grid, never short of what the clips use: Final Cut refuses an edit beyond it."""
        grid = facts.frame_rate or Fraction(facts.sample_rate)
        return frames_text(max(facts.n_frames(grid), ceil(self._used[source] * grid)), grid)


def _used_seconds(timeline: Timeline) -> dict[Path, Fraction]:
    """How far into each source the clips reach."""
    used: dict[Path, Fraction] = {}
    for event in timeline.events:
        end = _source_start(event, event.start) + Fraction(event.end - event.start) / event.rate
        used[event.source] = max(end, used.get(event.source, Fraction(0)))
    return used


def _source_start(event: Event, frame: int) -> Fraction:
    """Seconds from the asset's start to what is shown at `frame`, on the source's frames (the timeline's, without picture)."""
    grid = event.facts.frame_rate
    if grid is None or grid == event.rate:
        return event.source_frame(frame) / event.rate
    nearest = time_to_nearest_frame(event.source_time(frame) - event.facts.timing.start, grid)
    last = int((event.facts.n_frames(grid) / grid - (event.end - frame) / event.rate) * grid)
    return max(0, min(nearest, last)) / grid


def _add_clip(spine: ET.Element, event: Event, resources: _Resources) -> None:
    facts, grid = event.facts, event.facts.frame_rate or event.rate
    start = _source_start(event, event.cut_in)
    attributes = {
        "ref": resources.asset_ids[event.source],
        "offset": frames_text(event.cut_in, event.rate),
        "name": event.name,
        "start": frames_text(round(start * grid), grid),
        "duration": frames_text(event.cut_out - event.cut_in, event.rate),
    }
    if (form := resources.format_of(facts)) is not None:
        attributes["format"] = form
    attributes["tcFormat"] = "NDF"
    if facts.has_sound:
        attributes["audioRole"] = "dialogue"
    clip = ET.SubElement(spine, "asset-clip", attributes)
    if event.label:
        ET.SubElement(clip, "note").text = writable(event.placed.clip.label.strip())
    if facts.has_video and grid != event.rate and grid in _CONFORM_NAMES:
        # Unscaled: or Final Cut would play 25 at 24 slower, and the clip would end elsewhere than it was cut.
        ET.SubElement(clip, "conform-rate", scaleEnabled="0", srcFrameRate=_CONFORM_NAMES[grid])


def _add_transition(spine: ET.Element, event: Event, resources: _Resources) -> None:
    if not event.half:
        return
    times = {"offset": frames_text(event.cut_in - event.half, event.rate), "duration": frames_text(2 * event.half, event.rate)}
    transition = ET.SubElement(spine, "transition", {"name": _CROSS_DISSOLVE[0], **times})
    kinds = (("filter-video", _CROSS_DISSOLVE, event.facts.has_video), ("filter-audio", _AUDIO_CROSSFADE, event.facts.has_sound))
    for tag, (name, _uid), present in kinds:
        if present:
            ET.SubElement(transition, tag, ref=resources.effect_ids[name], name=name)
