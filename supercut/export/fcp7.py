"""A timeline in, Final Cut Pro 7 XML (xmeml 5) out: for Premiere, which links picture and sound by it.

Every number of frames is of the timeline's rate, in and out points too: Premiere and Resolve read them so
whatever rate the clip or its file states. Premiere's own ticks stand beside them.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from media.timecode import nominal_rate
from supercut.export.text import file_url, one_line
from supercut.export.timeline import NTSC_24, NTSC_30, NTSC_60, Event, SourceFacts, Timeline

VERSION = "5"
TICKS_PER_SECOND = 254_016_000_000
N_CHANNELS = 2

_DISSOLVE = {"name": "Cross Dissolve", "effectid": "Cross Dissolve", "effectcategory": "Dissolve"}
_CROSS_FADE = {"name": "Cross Fade (+3dB)", "effectid": "KGAudioTransCrossFade3dB", "effectcategory": "Dissolve"}
_EFFECTS = {"video": _DISSOLVE, "audio": _CROSS_FADE}


def export_fcp7(timeline: Timeline) -> str:
    """The text of an xmeml document with one sequence."""
    root = ET.Element("xmeml", version=VERSION)
    sequence = ET.SubElement(root, "sequence", id="sequence-1")
    _text(sequence, name=timeline.title, duration=timeline.n_frames)
    _rate(sequence, timeline.rate)
    _timecode(sequence, timeline.rate, timeline.timecode(0), drop=timeline.is_drop)
    media = ET.SubElement(sequence, "media")
    tracks = _Tracks(timeline)
    if timeline.video_events:
        tracks.add_video(ET.SubElement(media, "video"))
    if timeline.sound_events:
        tracks.add_audio(ET.SubElement(media, "audio"))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{ET.tostring(root, encoding="unicode")}\n'


def _text(parent: ET.Element, **values: object) -> None:
    for tag, value in values.items():
        ET.SubElement(parent, tag).text = str(value)


def _rate(parent: ET.Element, rate: Fraction) -> None:
    _text(ET.SubElement(parent, "rate"), timebase=nominal_rate(rate), ntsc="TRUE" if rate in (NTSC_24, NTSC_30, NTSC_60) else "FALSE")


def _timecode(parent: ET.Element, rate: Fraction, text: str, *, drop: bool) -> None:
    timecode = ET.SubElement(parent, "timecode")
    _rate(timecode, rate)
    _text(timecode, string=text.replace(":", ";") if drop else text, frame=0, displayformat="DF" if drop else "NDF")


def _picture(parent: ET.Element, rate: Fraction, size: tuple[int, int], *, square: bool = True) -> None:
    characteristics = ET.SubElement(parent, "samplecharacteristics")
    _rate(characteristics, rate)
    _text(characteristics, width=size[0], height=size[1], anamorphic="FALSE")
    if square:
        _text(characteristics, pixelaspectratio="square")
    _text(characteristics, fielddominance="none")


@dataclass(frozen=True)
class _Item:
    """One clip on one track; `channel` 0 is the picture."""

    event: Event
    channel: int
    index: int

    @property
    def kind(self) -> str:
        return "audio" if self.channel else "video"

    @property
    def track(self) -> int:
        return max(self.channel, 1)

    @property
    def name(self) -> str:
        return f"clipitem-{self.event.number}-{self.kind}{self.channel or ''}"


class _Tracks:
    """Writes the tracks; a file is described where it is first used and referred to by its id from then on."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._file_ids: Mapping[Path, str] = {source: f"file-{n}" for n, source in enumerate(timeline.facts, 1)}
        self._described: set[Path] = set()
        self._video = {event.number: _Item(event, 0, n) for n, event in enumerate(timeline.video_events, 1)}
        self._audio = [
            {event.number: _Item(event, channel, n) for n, event in enumerate(timeline.sound_events, 1)}
            for channel in range(1, N_CHANNELS + 1)
        ]

    def add_video(self, video: ET.Element) -> None:
        """One track of pictures."""
        _picture(ET.SubElement(video, "format"), self._timeline.rate, self._timeline.size)
        track = ET.SubElement(video, "track")
        self._add_items(track, self._video)
        _text(track, enabled="TRUE", locked="FALSE")

    def add_audio(self, audio: ET.Element) -> None:
        """The two halves of one stereo track."""
        _text(audio, numOutputChannels=N_CHANNELS)
        _text(ET.SubElement(ET.SubElement(audio, "format"), "samplecharacteristics"), depth=16, samplerate=48_000)
        outputs = ET.SubElement(audio, "outputs")
        for channel in range(1, N_CHANNELS + 1):
            group = ET.SubElement(outputs, "group")
            _text(group, index=channel, numchannels=1, downmix=0)
            _text(ET.SubElement(group, "channel"), index=channel)
        for channel, items in enumerate(self._audio, 1):
            exploded = {"currentExplodedTrackIndex": str(channel - 1), "totalExplodedTrackCount": str(N_CHANNELS)}
            track = ET.SubElement(audio, "track", {**exploded, "premiereTrackType": "Stereo"})
            self._add_items(track, items)
            _text(track, enabled="TRUE", locked="FALSE", outputchannelindex=channel)

    def _add_items(self, track: ET.Element, items: Mapping[int, _Item]) -> None:
        for number, item in items.items():
            if item.event.half:
                self._add_transition(track, item)
            following = items.get(number + 1)
            self._add_item(track, item, following.event.half if following else 0)

    def _add_transition(self, track: ET.Element, item: _Item) -> None:
        event = item.event
        transition = ET.SubElement(track, "transitionitem")
        _text(transition, start=event.cut_in - event.half, end=event.cut_in + event.half, alignment="center")
        _rate(transition, self._timeline.rate)
        effect = ET.SubElement(transition, "effect")
        _text(effect, **_EFFECTS[item.kind], effecttype="transition", mediatype=item.kind)
        _text(effect, wipecode=0, wipeaccuracy=100, startratio=0, endratio=1, reverse="FALSE")

    def _add_item(self, track: ET.Element, item: _Item, half_out: int) -> None:
        """One clip; `half_out` frames of the dissolve behind it lie beyond its cut."""
        event, rate = item.event, self._timeline.rate
        first, last = event.cut_in - event.half, event.cut_out + half_out
        clip = ET.SubElement(track, "clipitem", {"id": item.name, **({"premiereChannelType": "stereo"} if item.channel else {})})
        _text(clip, masterclipid=f"master-{self._file_ids[event.source]}", name=event.name, enabled="TRUE")
        _text(clip, duration=max(event.facts.n_frames(rate), event.source_frame(event.end)))
        _rate(clip, rate)
        # An edge inside a transition has no frame of its own; its in or out point is the transition's outer edge.
        _text(clip, start=-1 if event.half else first, end=-1 if half_out else last)
        frame_in = event.source_frame(first)
        frames = {"in": frame_in, "out": frame_in + last - first}
        ticks = {f"pproTicks{edge.capitalize()}": int(frame / rate * TICKS_PER_SECOND) for edge, frame in frames.items()}
        _text(clip, **frames, **ticks)
        self._add_file(clip, event)
        if item.channel:
            _text(ET.SubElement(clip, "sourcetrack"), mediatype="audio", trackindex=min(item.channel, event.facts.channels))
        self._add_links(clip, event)
        if event.label and item.channel == 0:
            _text(ET.SubElement(clip, "marker"), name=event.label, comment="", **{"in": event.source_frame(event.cut_in), "out": -1})

    def _add_links(self, clip: ET.Element, event: Event) -> None:
        """Names every clip that is this one's picture or sound, itself among them."""
        linked = [items[event.number] for items in (self._video, *self._audio) if event.number in items]
        for item in linked:
            link = ET.SubElement(clip, "link")
            _text(link, linkclipref=item.name, mediatype=item.kind, trackindex=item.track, clipindex=item.index)
            if item.channel:
                _text(link, groupindex=1)

    def _add_file(self, clip: ET.Element, event: Event) -> None:
        file = ET.SubElement(clip, "file", id=self._file_ids[event.source])
        if event.source in self._described:
            return
        self._described.add(event.source)
        facts = event.facts
        rate = _file_rate(facts, self._timeline.rate)
        _text(file, name=one_line(event.source.name), pathurl=file_url(event.source, host="localhost"))
        _rate(file, rate)
        _text(file, duration=facts.n_frames(rate))
        _timecode(file, rate, "00:00:00:00", drop=False)
        media = ET.SubElement(file, "media")
        if facts.has_video:
            _picture(ET.SubElement(media, "video"), rate, facts.size or self._timeline.size, square=facts.pixel_aspect == 1)
        if facts.has_sound:
            audio = ET.SubElement(media, "audio")
            _text(ET.SubElement(audio, "samplecharacteristics"), depth=16, samplerate=facts.sample_rate)
            _text(audio, channelcount=facts.channels)


def _file_rate(facts: SourceFacts, rate: Fraction) -> Fraction:
    """The file's own rate where xmeml, which knows whole rates and their NTSC kin, can say it."""
    own = facts.frame_rate
    return own if own is not None and (own.denominator == 1 or own in (NTSC_24, NTSC_30, NTSC_60)) else rate
