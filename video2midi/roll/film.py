"""A film or pictures go in; small upright frames all along it come out.

A film that is short enough is read through, so that every frame is at hand. Of a longer one only places are decoded at which
it can be entered, a few hundred whatever its length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import dropwhile
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from media.container import OpenStream, require_video, start_of
from media.errors import UserError
from media.frames import PICTURE_RATE, Frame, FrameReader, to_rgb
from media.pictures import crop_to_fill, decode_picture, find_pictures, turn_upright
from media.probe import VideoStream, probe, upright_rotation

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame

N_READ = 1500
"""Pictures that are looked at where every frame is at hand: each is then two or three pixels of the roll."""
_PIXELS_READ = 2.5e9  # of a film that is read through: 1200 frames of 1080p, eight seconds on two slow cores
_PIXELS_SOUGHT = 4e8  # of single pictures: 190 of 1080p
_N_SOUGHT = 48, 240


@dataclass(frozen=True)
class Seen:
    """The picture for the wanted time number `number`, (H, W, 3) uint8.

    Args:
        since: when it came on, where it is only the nearest that could be had.
    """

    number: int
    rgb: np.ndarray
    since: Fraction | None = None


Look = Callable[[Sequence[Fraction], Sequence[int]], Iterator[Seen]]
"""Finds the pictures for media times, which are in order, each scaled to about a height in pixels."""


@dataclass(frozen=True)
class View:
    """A way to look at a film.

    Args:
        proportions: width of its pictures over their height, as shown.
        n_most: how many pictures can be looked at in a few seconds.
        look_closely: finds exactly the pictures shown at the times, whatever that costs.
    """

    proportions: float
    n_most: int
    look: Look
    look_closely: Look


def open_view(source: Path | str, *, rate: Fraction = PICTURE_RATE) -> View:
    """Choose how to look at a source.

    Args:
        rate: pictures a second, for sources that are pictures.
    Raises:
        UserError: it is missing or cannot be read.
    """
    files = find_pictures(source)
    return _view_of_film(Path(source)) if files is None else _view_of_pictures(files, rate)


def _view_of_pictures(files: list[Path], rate: Fraction) -> View:
    first = _readable_near(files, 0)
    width, height = (first.width, first.height) if upright_rotation(first) in (0, 180) else (first.height, first.width)

    def look(times: Sequence[Fraction], heights_px: Sequence[int]) -> Iterator[Seen]:
        return _in_folder(files, times, heights_px, rate)

    return View(width / height, _n_sought(width * height), look, look)


def _view_of_film(path: Path) -> View:
    media = probe(path)
    video = media.video
    if video is None:
        raise UserError(path, "it holds no picture", "Name a film.")
    pixels, (width, height) = video.width * video.height, video.display_size

    def read_through(times: Sequence[Fraction], heights_px: Sequence[int]) -> Iterator[Seen]:
        return _read_through(path, video, times, heights_px)

    if media.duration * video.rate * pixels <= _PIXELS_READ or not _can_be_entered(path):
        return View(width / height, N_READ, read_through, read_through)
    return View(
        width / height,
        _n_sought(pixels),
        lambda times, heights_px: _at_keys(path, video, times, heights_px),
        lambda times, heights_px: _exactly(path, video, times, heights_px),
    )


def _n_sought(pixels: int) -> int:
    least, most = _N_SOUGHT
    return max(least, min(most, int(_PIXELS_SOUGHT / pixels)))


def _in_folder(files: list[Path], times: Sequence[Fraction], heights_px: Sequence[int], rate: Fraction) -> Iterator[Seen]:
    for number, time in enumerate(times):
        picture = _readable_near(files, min(max(0, floor(time * rate)), len(files) - 1))
        yield Seen(number, _small(picture, heights_px[number], upright_rotation(picture), Fraction(1)))


def _readable_near(files: list[Path], at: int) -> VideoFrame:
    """A picture, or in place of one that is damaged the nearest that is not.

    Raises:
        UserError: there is none.
    """
    try:
        return decode_picture(files[at])
    except UserError as error:
        for number in sorted(range(len(files)), key=lambda number: abs(number - at))[1:]:
            with suppress(UserError):
                return decode_picture(files[number])
        raise error


def _read_through(path: Path, video: VideoStream, times: Sequence[Fraction], heights_px: Sequence[int]) -> Iterator[Seen]:
    """Each frame serves the times until the next one is shown, the last one all that are left."""
    frame: Frame | None = None
    number = 0
    with FrameReader(path) as film:
        for frame in film.read():
            while number < len(times) and times[number] < frame.time + frame.duration:
                yield Seen(number, _upright(frame, heights_px[number], video))
                number += 1
            if number == len(times):
                return
        if frame is None:
            raise UserError(path, "no frame of it can be decoded", "Check that it plays.")
        yield from (Seen(late, _upright(frame, heights_px[late], video)) for late in range(number, len(times)))


def _upright(frame: Frame, height_px: int, video: VideoStream) -> np.ndarray:
    return _small(frame.picture, height_px, video.rotation, video.pixel_aspect)


def _exactly(path: Path, video: VideoStream, times: Sequence[Fraction], heights_px: Sequence[int]) -> Iterator[Seen]:
    with FrameReader(path) as film:
        for number, time in enumerate(times):
            yield Seen(number, _upright(film.frame_at(time), heights_px[number], video))


def _can_be_entered(path: Path) -> bool:
    """Whether a seek leads anywhere but to the beginning."""
    with OpenStream(path, require_video) as film:
        return not film.seek(film.first_stamp + floor(1 / film.stream.time_base))


def _at_keys(path: Path, video: VideoStream, times: Sequence[Fraction], heights_px: Sequence[int]) -> Iterator[Seen]:
    last: tuple[int | None, VideoFrame | None] = None, None
    with OpenStream(path, require_video) as film:
        start = start_of(film.container)
        for number, time in enumerate(times):
            film.seek(floor((time + start) / film.stream.time_base))
            packet = next(dropwhile(lambda packet: not packet.is_keyframe, film.packets()), None)
            if packet is not None and (packet.dts is None or packet.dts != last[0]):
                last = packet.dts, _decode_alone(film, packet)
            picture = last[1]
            if picture is not None and picture.pts is not None:
                rgb = _small(picture, heights_px[number], video.rotation, video.pixel_aspect)
                yield Seen(number, rgb, since=picture.pts * film.stream.time_base - start)


def _decode_alone(film: OpenStream, packet: Packet) -> VideoFrame | None:
    """The picture of a packet that needs no other; None where it is damaged: what was shown before stays on."""
    import av

    context: Any = film.stream.codec_context
    try:
        return next(iter((*context.decode(packet), *context.decode(None))), None)
    except av.error.FFmpegError:
        return None


def _small(picture: VideoFrame, height_px: int, rotation: int, pixel_aspect: Fraction) -> np.ndarray:
    """A decoded picture as RGB, upright, with square pixels, hardly higher than asked.

    It is scaled before it is converted: that is ten times as fast.
    """
    from av.video.reformatter import Interpolation

    wide, high = picture.width * float(pixel_aspect), float(picture.height)
    scale = min(1.0, height_px / (wide if rotation in (90, 270) else high))
    width, height = (max(2, 2 * round(side * scale / 2)) for side in (wide, high))
    try:
        rgb = to_rgb(picture.reformat(width=width, height=height, interpolation=Interpolation.AREA, threads=1))
    except (ValueError, OSError):  # of a few formats, such as those with a table of colours, no scaled one can be made
        rgb = crop_to_fill(to_rgb(picture), (width, height))
    return turn_upright(rgb, rotation=rotation)
