"""An edit list in, whole frames of one sequence rate out: what renderer, exporters and players agree on.

Clips start on a frame of the source where it runs at the sequence's rate, so that every frame shown is one
frame of the source; the sound follows the frames, so picture and sound cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from media.edits import Clip, EditList
from media.timecode import time_to_nearest_frame

if TYPE_CHECKING:
    from media.probe import MediaFile


COMMON_RATES = tuple(map(Fraction, ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")))


@dataclass(frozen=True)
class SourceTiming:
    """How a source's pictures lie in time.

    Args:
        rate: frames a second; None where it has no picture.
        start: media time of the first frame.
        is_steady: frames come at `rate` throughout.
        duration: length in seconds.
    """

    rate: Fraction | None
    start: Fraction
    is_steady: bool
    duration: Fraction


def timing_of(media: MediaFile) -> SourceTiming:
    """What conforming needs to know of a probed file."""
    video = media.video
    if video is None:
        return SourceTiming(None, Fraction(0), False, media.duration)
    return SourceTiming(video.rate, video.start, not video.is_vfr, media.duration)


@dataclass(frozen=True)
class PlacedClip:
    """A clip on the sequence's grid.

    Args:
        clip: as in the edit list.
        source_start: media time shown first, exactly on a source frame where the rates agree.
        record_start: frame of the sequence on which it begins.
        n_frames: frames of the sequence that it fills, its cross-fade included.
        n_fade: frames it shares with the clip before it.
    """

    clip: Clip
    source_start: Fraction
    record_start: int
    n_frames: int
    n_fade: int

    @property
    def record_end(self) -> int:
        """Frame of the sequence behind its last."""
        return self.record_start + self.n_frames


def conform(edits: EditList, timings: Mapping[Path, SourceTiming], *, rate: Fraction) -> tuple[PlacedClip, ...]:
    """Place every clip on whole frames of the sequence, one after the other, each at least one frame long.

    A clip ends on the frame nearest to where the unrounded clips would end, so that rounding never adds up; its
    last frame may therefore lie one frame beside the nearest one of the source.
    """
    placed: list[PlacedClip] = []
    at, exact_end = 0, Fraction(0)
    for clip in edits.clips:
        exact_end += clip.span.duration - clip.fade
        n_before = placed[-1].n_frames - placed[-1].n_fade if placed else 0
        n_alone = max(1, time_to_nearest_frame(exact_end, rate) - at)
        n_fade = min(time_to_nearest_frame(clip.fade, rate), n_before)
        source_start, n_frames = _within_source(clip.span.start, n_alone + n_fade, timings[clip.source], rate)
        exact_end -= (n_alone + n_fade - n_frames) / rate  # what the source lacks is no other clip's to fill
        n_fade = min(n_fade, n_frames - 1)
        placed.append(PlacedClip(clip, source_start, at - n_fade, n_frames, n_fade))
        at += n_frames - n_fade
    return tuple(placed)


def _within_source(start: Fraction, n_frames: int, timing: SourceTiming, rate: Fraction) -> tuple[Fraction, int]:
    """Put a clip's first frame on a frame of its source where the rates agree, and keep it from running past its end."""
    if timing.rate != rate or not timing.is_steady:
        return start, n_frames
    n_source = max(1, time_to_nearest_frame(timing.duration - timing.start, rate))
    # Before the first picture, where only sound is, frames count below 0.
    first = min(time_to_nearest_frame(start - timing.start, rate), n_source - 1)
    return timing.start + first / rate, min(n_frames, n_source - first)


def sequence_rate(edits: EditList, timings: Mapping[Path, SourceTiming], *, default: Fraction = Fraction(25)) -> Fraction:
    """The edit list's rate, else that of its first source with a picture, else `default`."""
    if edits.rate:
        return edits.rate
    timing = next((timings[source] for source in edits.sources if timings[source].rate), None)
    if timing is None or timing.rate is None:
        return default
    # Phones count no steady rate; their average would be one that nothing else knows.
    return timing.rate if timing.is_steady else min(COMMON_RATES, key=lambda rate: abs(rate - (timing.rate or 0)))


def frame_to_sample(frame: int, rate: Fraction, *, sample_rate: int) -> int:
    """First sample heard with a frame; rounded from the start of the sequence, so that no error adds up."""
    return round(Fraction(frame * sample_rate) / rate)
