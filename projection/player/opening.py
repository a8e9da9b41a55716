"""An item goes in; what is to be known of it before it plays comes out: exactly which stretch, and how its pictures are to be shown."""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from media.errors import UserError, from_os_error
from media.pictures import PICTURE_SUFFIXES
from media.probe import MediaFile, VideoStream, probe
from media.sound import SAMPLE_RATE
from media.span import Span
from media.timecode import seconds_text, to_microsecond
from projection.player.items import PICTURE_S, Item

_N_KEPT = 256
_FOR_A_WHILE = Span(Fraction(0), PICTURE_S)
_SINGLE = "_pipe"  # formats of libav that are a picture and nothing around it


@dataclass(frozen=True)
class Opened:
    """An item that can be played.

    Args:
        asked: what was asked for.
        span: media time, nothing of it beyond the file's end.
        video: its pictures; None where it is a single picture, or sound alone.
        has_sound: whether anything of it is heard.
        goes_on: whether the file goes on behind its end.
        is_single: whether it is one picture, whatever its name.
    """

    asked: Item
    span: Span
    video: VideoStream | None
    has_sound: bool
    goes_on: bool = False
    is_single: bool = False

    @property
    def path(self) -> Path:
        """The file."""
        return self.asked.path

    def entry(self, time_s: float) -> Fraction:
        """The media time of a place in its span, seconds from the beginning of that; of one outside, the nearest where there is a frame."""
        span = self.span
        return max(span.start, min(span.start + to_microsecond(Fraction(time_s)), span.end - self.frame_s))

    @property
    def frame_s(self) -> Fraction:
        """How long one of its frames is shown, seconds, as a rule."""
        return 1 / self.video.rate if self.video else PICTURE_S


def is_picture(path: Path) -> bool:
    """Whether a file is a single picture, by its name."""
    return path.suffix.lower() in PICTURE_SUFFIXES


class Opener:
    """Looks into files; those that it has seen and that are still the same it knows. For one thread."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[object, ...], MediaFile] = OrderedDict()

    def open(self, item: Item) -> Opened:
        """Find out what there is to play.

        Raises:
            UserError: there is no such file, it is none that can be played, or it ends before the item begins.
        """
        if is_picture(item.path):
            _state(item.path)
            return Opened(item, item.span or _FOR_A_WHILE, None, False, is_single=True)
        media = self._probe(item.path)
        if media.container.endswith(_SINGLE):
            return Opened(item, item.span or _FOR_A_WHILE, media.video, False, is_single=True)
        span = media.span if item.span is None else item.span.clamp(media.span)
        if round(span.end * SAMPLE_RATE) <= round(span.start * SAMPLE_RATE):
            begins = f"{seconds_text(item.span.start)} s" if item.span else "its beginning"
            raise UserError(
                item.path, f"there is nothing to play from {begins} on: it lasts {seconds_text(media.duration)} s", "Mend the times."
            )
        return Opened(item, span, media.video, media.sound is not None, span.end < media.span.end)

    def _probe(self, path: Path) -> MediaFile:
        state = _state(path)
        if state not in self._seen:
            self._seen[state] = probe(path)
            if len(self._seen) > _N_KEPT:
                self._seen.popitem(last=False)
        self._seen.move_to_end(state)
        return self._seen[state]


def _state(path: Path) -> tuple[object, ...]:
    """What differs once the file is another one."""
    try:
        told = os.stat(path)
    except OSError as error:
        raise from_os_error(path, error) from error
    return path, told.st_ino, told.st_size, told.st_mtime_ns
