"""An edit list and facts about its sources in, one timeline on whole frames that every exporter writes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from media.conform import PlacedClip, SourceTiming, conform, sequence_rate, timing_of
from media.edits import EditList
from media.timecode import frame_to_timecode, is_drop_rate, time_to_nearest_frame
from supercut.export.text import one_line

if TYPE_CHECKING:
    from media.probe import MediaFile

NTSC_24, NTSC_30, NTSC_60 = (Fraction(n * 1000, 1001) for n in (24, 30, 60))
EDITOR_RATES = (NTSC_24, *map(Fraction, (24, 25)), NTSC_30, *map(Fraction, (30, 48, 50)), NTSC_60, Fraction(60))
"""Frames a second that editing programs have timelines for."""

DEFAULT_SIZE = (1920, 1080)
SAMPLE_RATE = 48_000


@dataclass(frozen=True)
class SourceFacts:
    """What a timeline says about a source.

    Args:
        timing: its rate (None without picture), start and length.
        size: (width, height) in pixels as stored, upright; None without picture.
        pixel_aspect: width of a pixel by its height.
        display_size: (width, height) in square pixels; `size` where left out.
        channels: of its first sound stream; 0 without sound.
        sample_rate: of that stream, in Hz.
    """

    timing: SourceTiming
    size: tuple[int, int] | None = None
    pixel_aspect: Fraction = Fraction(1)
    display_size: tuple[int, int] | None = None
    channels: int = 0
    sample_rate: int = SAMPLE_RATE

    @property
    def has_video(self) -> bool:
        """Whether it has a picture."""
        return self.timing.rate is not None

    @property
    def has_sound(self) -> bool:
        """Whether it has sound."""
        return self.channels > 0

    @property
    def frame_rate(self) -> Fraction | None:
        """The rate that an editor counts its frames in: of pictures that come unsteadily, the nearest it knows."""
        rate = self.timing.rate
        return rate if rate is None or self.timing.is_steady else editor_rate(rate)

    def n_frames(self, rate: Fraction) -> int:
        """Its length in frames of `rate`, counted from its first picture; at least 1."""
        return max(1, time_to_nearest_frame(self.timing.duration - self.timing.start, rate))


def source_facts(media: MediaFile) -> SourceFacts:
    """What a timeline says about a probed file."""
    video, sound = media.video, media.sound
    turned = video is not None and video.rotation in (90, 270)
    return SourceFacts(
        timing=timing_of(media),
        size=(video.size[::-1] if turned else video.size) if video else None,
        pixel_aspect=(1 / video.pixel_aspect if turned else video.pixel_aspect) if video else Fraction(1),
        display_size=video.display_size if video else None,
        channels=sound.channels if sound else 0,
        sample_rate=sound.sample_rate if sound else SAMPLE_RATE,
    )


@dataclass(frozen=True)
class Event:
    """One clip on the timeline; frames are of the timeline's rate.

    Two neighbours that cross-fade overlap by `fade` frames. Formats in which clips only touch meet in the
    middle of that overlap: each then runs from `cut_in` to `cut_out`.

    Args:
        number: its place, from 1.
        tail: frames shared with the event behind it.
        dissolves: its fade joins two clips of the same kind (picture, sound), so that a dissolve can be drawn.
    """

    number: int
    placed: PlacedClip
    facts: SourceFacts
    rate: Fraction
    tail: int
    dissolves: bool

    @property
    def start(self) -> int:
        """First frame, the fade included."""
        return self.placed.record_start

    @property
    def end(self) -> int:
        """Frame behind the last, the tail included."""
        return self.placed.record_end

    @property
    def fade(self) -> int:
        """Frames shared with the event before it."""
        return self.placed.n_fade

    @property
    def cut_in(self) -> int:
        """First frame where clips only touch; rounded so that no clip vanishes between two fades."""
        return self.start + (self.fade + 1) // 2

    @property
    def cut_out(self) -> int:
        """Frame behind the last where clips only touch; the next event's `cut_in`."""
        return self.end - self.tail // 2

    @property
    def half(self) -> int:
        """Frames on either side of `cut_in` of a dissolve that has to be centred on it; 0 is a cut."""
        return self.fade // 2 if self.dissolves else 0

    @property
    def source(self) -> Path:
        """The film or sound file."""
        return self.placed.clip.source

    @property
    def label(self) -> str:
        """What was found, on one line; may be empty."""
        return one_line(self.placed.clip.label)

    @property
    def name(self) -> str:
        """What an editor shows on the clip: what was found, else the file's name."""
        return self.label or one_line(self.source.name)

    def source_time(self, frame: int) -> Fraction:
        """Media time shown at a frame of the timeline."""
        return self.placed.source_start + Fraction(frame - self.start) / self.rate

    def source_frame(self, frame: int) -> int:
        """Frames of the timeline's rate from the source's first picture to what is shown at `frame`."""
        first = time_to_nearest_frame(self.placed.source_start - self.facts.timing.start, self.rate)
        return max(0, first) + frame - self.start


@dataclass(frozen=True)
class Timeline:
    """All that an exporter writes.

    Args:
        size: (width, height) of the picture in pixels.
        facts: of every source in use, in order of first use.
    """

    title: str
    rate: Fraction
    size: tuple[int, int]
    events: tuple[Event, ...]
    facts: Mapping[Path, SourceFacts]

    @property
    def n_frames(self) -> int:
        """Length in frames."""
        return self.events[-1].end if self.events else 0

    @property
    def is_drop(self) -> bool:
        """Whether its timecodes skip labels (29.97 and 59.94)."""
        return is_drop_rate(self.rate)

    @property
    def video_events(self) -> list[Event]:
        """Those with a picture."""
        return [event for event in self.events if event.facts.has_video]

    @property
    def sound_events(self) -> list[Event]:
        """Those with sound."""
        return [event for event in self.events if event.facts.has_sound]

    def timecode(self, frame: int) -> str:
        """A frame as HH:MM:SS:FF, `;` before the frames of a drop-frame one."""
        return frame_to_timecode(frame, self.rate, drop=self.is_drop)


def lay_out(
    edits: EditList,
    facts: Mapping[Path, SourceFacts],
    *,
    rate: Fraction | None = None,
    size: tuple[int, int] | None = None,
    title: str = "supercut",
    for_editor: bool = True,
) -> Timeline:
    """Place an edit list on a timeline, frame for frame as it is rendered.

    Args:
        rate: frames a second; the edit list's, else the first source's.
        size: pixels; likewise.
        for_editor: use the nearest rate that editing programs have timelines for.
    """
    timings = {source: facts[source].timing for source in edits.sources}
    rate = rate or sequence_rate(edits, timings)
    rate = editor_rate(rate) if for_editor else rate
    placed = conform(edits, timings, rate=rate)
    sizes = (facts[source].display_size or facts[source].size for source in edits.sources)
    return Timeline(
        title=one_line(title) or "supercut",
        rate=rate,
        size=size or edits.size or next((known for known in sizes if known), DEFAULT_SIZE),
        events=_events(placed, facts, rate),
        facts={source: facts[source] for source in edits.sources},
    )


def _events(placed: tuple[PlacedClip, ...], facts: Mapping[Path, SourceFacts], rate: Fraction) -> tuple[Event, ...]:
    kinds = [(facts[clip.clip.source].has_video, facts[clip.clip.source].has_sound) for clip in placed]
    dissolves = [False, *(clip.n_fade > 0 and one == two for clip, (one, two) in zip(placed[1:], pairwise(kinds), strict=True))]
    tails = [*(clip.n_fade for clip in placed[1:]), 0]
    return tuple(
        Event(n, clip, facts[clip.clip.source], rate, tail, dissolve)
        for n, (clip, tail, dissolve) in enumerate(zip(placed, tails, dissolves, strict=False), 1)
    )


def editor_rate(rate: Fraction) -> Fraction:
    """The rate that editing programs have timelines for and that shows every frame of `rate`, else the nearest.

    12.5 gives 25 (each frame twice); 120 gives 60; an average such as 28.9 gives its neighbour.
    """
    if rate in EDITOR_RATES:
        return rate
    multiples = [known for known in EDITOR_RATES if (known / rate).denominator == 1]
    divisors = [known for known in EDITOR_RATES if (rate / known).denominator == 1]
    if multiples:
        return multiples[0]
    return divisors[-1] if divisors else min(EDITOR_RATES, key=lambda known: abs(known - rate))
