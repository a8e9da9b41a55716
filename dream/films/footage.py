"""A film, or a row of pictures, goes in; its frames come out upright and even, and where its shots begin."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dream.films.settings import PartSettings
from media.color import Color
from media.cuts import change_between, find_cuts
from media.errors import UserError
from media.frames import PICTURE_RATE, OnFault, frame_at, ignore_fault, read_frames, to_rgb
from media.pictures import find_pictures, turn_upright
from media.probe import VideoStream, probe, upright_rotation
from media.progress import OnProgress, Progress, ignore_progress
from media.remux import stamp_unit
from media.span import Span
from media.timecode import seconds_text

_THUMB = (32, 18)
_LATEST = Fraction(10**9)
_LEAST_PX = 4
_FINE = Fraction(1, 1000)
_LOST_S = Fraction(1, 4)
_HDR = ("smpte2084", "arib-std-b67")

_LOG = logging.getLogger(__name__)
"""A film can be dreamed of what is left of it; a person is to be told: what nobody catches, Python writes to the screen."""


@dataclass(frozen=True)
class Footage:
    """What is to be dreamed.

    Args:
        size: (width, height) upright, in pixels.
        rotation: degrees clockwise that show it upright; None where each picture tells.
        rate: frames a second, on average.
        time_base: what frames are timed in, seconds.
        color: how its colours are to be read, and are written again.
        pixel_aspect: width of a pixel over its height, upright.
        span: the part that is wanted, media time.
        opening: media time of the frame that is shown when the part begins, which may have begun before.
        duration: of all of it, seconds.
        n_frames: of all of it, as the header tells; None where it does not.
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
    opening: Fraction
    duration: Fraction
    n_frames: int | None
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


def open_footage(path: Path, part: PartSettings, *, is_even: bool = True) -> Footage:
    """Look at what is to be dreamed.

    Args:
        is_even: leave out a last row or column that would make its size odd.
    Raises:
        UserError: it cannot be read, has no picture, or ends before the part that is wanted.
    """
    pictures = find_pictures(path)
    return _open_film(path, part, is_even=is_even) if pictures is None else _open_pictures(path, pictures, part, is_even=is_even)


def _open_film(path: Path, part: PartSettings, *, is_even: bool) -> Footage:
    if part.rate is not None:
        raise UserError("--rate", f"{path} is a film, and keeps its own", "Leave it out: it is for pictures.")
    media = probe(path)
    video = media.video
    if video is None:
        raise UserError(path, "it holds no picture", "Name a film.")
    _tell_of_depth(path, video)
    is_turned = video.rotation in (90, 270)
    span = _span(path, part, media.duration)
    opening = _opening(path, span, rate=video.rate)
    time_base = stamp_unit(video.time_base, media.start)
    return Footage(
        path, _size(path, video.size[::-1] if is_turned else video.size, is_even=is_even), video.rotation, video.rate,
        _finer(time_base) if opening < span.start else time_base, video.color, 1 / video.pixel_aspect if is_turned else video.pixel_aspect,
        span, opening, media.duration, video.n_frames, is_film=True,
    )  # fmt: skip


def _tell_of_depth(path: Path, video: VideoStream) -> None:
    if video.color_transfer in _HDR:
        _LOG.warning("dream: %s: it is HDR, which is kept in 8 bits a colour alone: smooth places may show bands.", path)
    elif video.bit_depth > 8:
        _LOG.warning("dream: %s: its %d bits a colour become 8.", path, video.bit_depth)


def _open_pictures(path: Path, pictures: list[Path], part: PartSettings, *, is_even: bool) -> Footage:
    if pictures == [path] and _is_animated(path):
        kind = "WebP" if path.suffix.lower() == ".webp" else "PNG"
        raise UserError(path, f"an animated {kind} cannot be read as a film", "Convert it to a GIF or a film.")
    rate = part.rate or PICTURE_RATE
    first = next(read_frames(path, rate=rate)).picture
    size = (first.height, first.width) if upright_rotation(first) in (90, 270) else (first.width, first.height)
    duration = len(pictures) / rate
    span = _span(path, part, duration)
    opening = _opening(path, span, rate=rate)
    return Footage(
        path, _size(path, size, is_even=is_even), None, rate, _finer(1 / rate) if opening < span.start else 1 / rate, Color(), Fraction(1),
        span, opening, duration, len(pictures), is_film=False,
    )  # fmt: skip


def _is_animated(path: Path) -> bool:
    """Whether a picture moves."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            return getattr(image, "n_frames", 1) > 1 and image.format in ("PNG", "WEBP")
    except Exception:  # what is no picture says so when it is read
        return False


def _size(path: Path, size: tuple[int, int], *, is_even: bool) -> tuple[int, int]:
    if min(size) < _LEAST_PX:
        raise UserError(path, f"{size[0]}x{size[1]} pixels are too few to see anything in", "Give a larger film.")
    return (size[0] // 2 * 2, size[1] // 2 * 2) if is_even else size


def _span(path: Path, part: PartSettings, duration: Fraction) -> Span:
    if part.start >= duration:
        raise UserError(path, f"it ends at {seconds_text(duration)} s, before {seconds_text(part.start)}", "Begin earlier: --from.")
    # A header may promise less than there is: only what is asked for is cut off.
    return Span(part.start, part.stop or _LATEST)


def _opening(path: Path, span: Span, *, rate: Fraction) -> Fraction:
    return min(span.start, frame_at(path, span.start, rate=rate).time) if span.start else span.start


def _finer(time_base: Fraction) -> Fraction:
    """A unit of a millisecond or less in which the same times can be told: a part may begin within a frame."""
    return time_base / ceil(time_base / _FINE)


def read_shown(footage: Footage, span: Span, *, on_fault: OnFault = ignore_fault) -> Iterator[Shown]:
    """The frames of a span, in order; one that is shown when the part begins, or ends, only as long as it is within.

    Args:
        on_fault: is told of what is damaged in a film, and left out.
    """
    part = footage.span
    wanted = Span(footage.opening if span.start <= part.start else span.start, span.end)
    for frame in read_frames(footage.path, wanted, rate=footage.rate, on_fault=on_fault if footage.is_film else None):
        begin, end = max(frame.time, part.start), min(frame.time + frame.duration, part.end)
        if frame.time >= part.start or end - begin >= footage.time_base:
            yield Shown(begin, end - begin, _fitted(frame.picture, footage))


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
    faults: list[str] = []
    before, end = None, Fraction(0)
    total = float(min(footage.span.end, footage.duration) - footage.span.start)
    for frame in read_shown(footage, footage.span, on_fault=faults.append):
        thumb = cv2.resize(frame.rgb, _THUMB, interpolation=cv2.INTER_AREA).astype(np.float32)
        changes.append(0.0 if before is None else change_between(before, thumb))
        times.append(frame.time)
        before, end = thumb, frame.time + frame.duration
        on_progress(Progress("looking for cuts", min(float(frame.time - footage.span.start), total), total))
    on_progress(Progress("looking for cuts", total, total))
    if not times:
        raise UserError(footage.path, "there is no frame in this part of it", "Choose another: --from, --to.")
    _tell_of_losses(footage, len(times), end, faults)
    return Outline(tuple(times), end, _shots(np.array(changes, np.float32)))


def _shots(changes: np.ndarray) -> tuple[tuple[int, int], ...]:
    starts = [0, *np.flatnonzero(find_cuts(changes)).tolist()]
    return tuple(zip(starts, [*starts[1:], len(changes)], strict=True))


def _tell_of_losses(footage: Footage, n_frames: int, end: Fraction, faults: list[str]) -> None:
    """What is left of a film that is cut off or damaged is dreamed; that there was more is told."""
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        _LOG.warning("dream: %s: it is damaged, which is left out: %s%s.", footage.path, faults[0], more)
    wanted = min(footage.span.end, footage.duration)
    if n_frames != footage.n_frames and wanted - end > max(_LOST_S, 2 / footage.rate):
        _LOG.warning("dream: %s: its picture ends at %s s, though the file says %s; is it cut off?", footage.path, *map(seconds_text, (end, wanted)))
