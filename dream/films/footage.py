"""A film, or a row of pictures, goes in; its frames come out upright and even, and where its shots begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dream.films.settings import PartSettings
from media.color import Color
from media.cuts import change_between, find_cuts
from media.errors import UserError
from media.frames import PICTURE_RATE, read_frames, to_rgb
from media.pictures import find_pictures, turn_upright
from media.probe import probe, upright_rotation
from media.progress import OnProgress, Progress, ignore_progress
from media.remux import stamp_unit
from media.span import Span
from media.timecode import seconds_text

_THUMB = (32, 18)
_LATEST = Fraction(10**9)
_LEAST_PX = 4


@dataclass(frozen=True)
class Footage:
    """What is to be dreamed.

    Args:
        size: (width, height) upright and even, in pixels.
        rotation: degrees clockwise that show it upright; None where each picture tells.
        time_base: what frames are timed in, seconds.
        span: the part that is wanted, media time.
        duration: of all of it, seconds.
        is_film: else pictures, which have no sound.
    """

    path: Path
    size: tuple[int, int]
    rotation: int | None
    rate: Fraction
    time_base: Fraction
    color: Color
    pixel_aspect: Fraction
    span: Span
    duration: Fraction
    is_film: bool


@dataclass(frozen=True)
class Shown:
    """A frame: its media time, how long it is shown, and the picture, (H, W, 3) uint8."""

    time: Fraction
    duration: Fraction
    rgb: np.ndarray


@dataclass(frozen=True)
class Outline:
    """Where frames and shots are.

    Args:
        times: of each frame, media time, rising.
        end: of the last one.
        shots: (number of the first frame, number behind the last).
    """

    times: tuple[Fraction, ...]
    end: Fraction
    shots: tuple[tuple[int, int], ...]

    def duration(self, number: int) -> Fraction:
        """How long a frame is shown."""
        return (self.times[number + 1] if number + 1 < len(self.times) else self.end) - self.times[number]

    def span(self, first: int, end: int) -> Span:
        """The media time of some frames."""
        return Span(self.times[first], self.times[end] if end < len(self.times) else self.end)


def open_footage(path: Path, part: PartSettings) -> Footage:
    """Look at what is to be dreamed.

    Raises:
        UserError: it cannot be read, has no picture, or ends before the part that is wanted.
    """
    pictures = find_pictures(path)
    return _open_film(path, part) if pictures is None else _open_pictures(path, pictures, part)


def _open_film(path: Path, part: PartSettings) -> Footage:
    media = probe(path)
    video = media.video
    if video is None:
        raise UserError(path, "it holds no picture", "Name a film.")
    is_turned = video.rotation in (90, 270)
    return Footage(
        path, _even(path, video.size[::-1] if is_turned else video.size), video.rotation, video.rate, stamp_unit(video.time_base, media.start),
        video.color, 1 / video.pixel_aspect if is_turned else video.pixel_aspect, _span(path, part, media.duration), media.duration, is_film=True,
    )  # fmt: skip


def _open_pictures(path: Path, pictures: list[Path], part: PartSettings) -> Footage:
    rate = part.rate or PICTURE_RATE
    first = next(read_frames(path, rate=rate)).picture
    size = (first.height, first.width) if upright_rotation(first) in (90, 270) else (first.width, first.height)
    duration = len(pictures) / rate
    return Footage(
        path, _even(path, size), None, rate, 1 / rate, Color(), Fraction(1), _span(path, part, duration), duration, is_film=False
    )


def _even(path: Path, size: tuple[int, int]) -> tuple[int, int]:
    if min(size) < _LEAST_PX:
        raise UserError(path, f"{size[0]}x{size[1]} pixels are too few to see anything in", "Give a larger film.")
    return size[0] // 2 * 2, size[1] // 2 * 2


def _span(path: Path, part: PartSettings, duration: Fraction) -> Span:
    if part.start >= duration:
        raise UserError(path, f"it ends at {seconds_text(duration)} s, before {seconds_text(part.start)}", "Begin earlier: --from.")
    # A header may promise less than there is: only what is asked for is cut off.
    return Span(part.start, part.stop or _LATEST)


def read_shown(footage: Footage, span: Span) -> Iterator[Shown]:
    """The frames of a span, in order."""
    for frame in read_frames(footage.path, span, rate=footage.rate):
        yield Shown(frame.time, frame.duration, _fitted(frame.picture, footage))


def _fitted(picture: Any, footage: Footage) -> np.ndarray:
    """Upright and of the one size: less a row where that is odd, else scaled."""
    rotation = upright_rotation(picture) if footage.rotation is None else footage.rotation
    rgb = turn_upright(to_rgb(picture), rotation=rotation)
    width, height = footage.size
    if 0 <= rgb.shape[1] - width <= 1 and 0 <= rgb.shape[0] - height <= 1:
        return np.array(rgb[:height, :width])  # a copy: the decoder's own may not be written to
    return cv2.resize(np.ascontiguousarray(rgb), footage.size, interpolation=cv2.INTER_AREA)


def outline_of(footage: Footage, *, on_progress: OnProgress = ignore_progress) -> Outline:
    """Look through a film for its cuts.

    Raises:
        UserError: there is no frame in the part that is wanted.
    """
    times: list[Fraction] = []
    changes: list[float] = []
    before, end = None, Fraction(0)
    total = float(min(footage.span.end, footage.duration) - footage.span.start)
    for frame in read_shown(footage, footage.span):
        thumb = cv2.resize(frame.rgb, _THUMB, interpolation=cv2.INTER_AREA).astype(np.float32)
        changes.append(0.0 if before is None else change_between(before, thumb))
        times.append(frame.time)
        before, end = thumb, frame.time + frame.duration
        on_progress(Progress("looking for cuts", min(float(frame.time - footage.span.start), total), total))
    on_progress(Progress("looking for cuts", total, total))
    if not times:
        raise UserError(footage.path, "there is no frame in this part of it", "Choose another: --from, --to.")
    return Outline(tuple(times), end, _shots(np.array(changes, np.float32)))


def _shots(changes: np.ndarray) -> tuple[tuple[int, int], ...]:
    starts = [0, *np.flatnonzero(find_cuts(changes)).tolist()]
    return tuple(zip(starts, [*starts[1:], len(changes)], strict=True))
