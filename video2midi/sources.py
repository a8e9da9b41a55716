"""A film, a folder of pictures or a pattern goes in; the small planes of its frames, with their exact times, come out."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from media.ahead import work_ahead
from media.container import reaches
from media.errors import UserError, from_os_error
from media.files import fingerprint
from media.frames import Frame, FrameReader
from media.pictures import count_missing, decode_picture, find_pictures, is_pattern
from media.planes import Planes, shrink, working_size
from media.probe import probe, upright_rotation
from media.timecode import common_unit

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_FRAMES_AHEAD = 6
_ROUGH_FROM = 6
"""Where a pixel of the planes is so many high, it does not matter whether the edges of coding blocks are smoothed."""
_PICTURES_AHEAD = 2
_LEAP_S, _LEAP_FRAMES = 10, 20
"""No frame is shown for longer than both, but in a still."""
_LACK_S, _LACK_SHARE = 1, 0.02
"""What a header promises may be off by so much."""


@dataclass(frozen=True)
class Outline:
    """What is known of a source before its frames are looked at.

    Args:
        time_base: seconds; the time of every frame is a whole multiple of it.
        size_px: (width, height) as shown.
        rate: frames a second; the average where it varies.
        duration: about how long it is, seconds.
    """

    time_base: Fraction
    size_px: tuple[int, int]
    rate: Fraction
    is_vfr: bool
    duration: Fraction


@dataclass(frozen=True, eq=False)
class Reading:
    """The frames of a source as they were read, without what is in them.

    Args:
        stamps: (N,) int64, the time of each in `outline.time_base`, rising.
        end: when the last one ends, seconds.
        warnings: what was wrong with the source.
    """

    outline: Outline
    stamps: np.ndarray
    end: Fraction
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Look:
    """One frame: its time in the time base of the outline, what it looks like, and when the source ends if no more comes, seconds."""

    stamp: int
    planes: Planes
    end: Fraction


def open_source(source: Path | str, *, rate: Fraction) -> FilmSource | PictureSource:
    """What `source` stands for.

    Args:
        rate: pictures a second, where it is pictures.
    Raises:
        UserError: there is no such file or folder, or no picture in it.
    """
    pictures = find_pictures(source)
    return FilmSource(Path(source)) if pictures is None else PictureSource(Path(source), pictures, rate=rate)


class FilmSource:
    """The frames of a film."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fingerprint = fingerprint(path)
        self.warnings: list[str] = []
        self._rotation = 0

    def outline(self) -> Outline:
        """
        Raises:
            UserError: it cannot be read, or holds no picture.
        """
        media = probe(self.path)
        if media.video is None:
            raise UserError(self.path, "it holds sound but no picture", "Name a film, a folder of pictures or a pattern such as %04d.png.")
        video, self._rotation = media.video, media.video.rotation
        return Outline(common_unit(video.time_base, media.start), video.display_size, video.rate, video.is_vfr, media.duration)

    def looks(self, outline: Outline) -> Iterator[Look]:
        """Every frame, in order; damaged ones are passed over with a warning."""
        faults: list[str] = []
        size = working_size(outline.size_px)
        with (
            FrameReader(self.path, rough=outline.size_px[1] >= _ROUGH_FROM * size[1], on_fault=faults.append) as film,
            closing(work_ahead(film.read(), n=_FRAMES_AHEAD)) as frames,
        ):
            for frame in frames:
                planes = shrink(frame, size=size, rotation=self._rotation)
                yield Look(int(frame.time / outline.time_base), planes, frame.time + frame.duration)
        if faults:
            others = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
            self.warnings.append(f"{self.path}: {faults[0]}{others}; what cannot be decoded is left out")

    def timed(self, reading: Reading) -> Reading:
        """The reading as it is: a film knows its times."""
        return reading

    def doubts(self, reading: Reading) -> Iterator[str]:
        """What looks wrong about the times of the frames: a leap, an end too soon."""
        steps = np.diff(reading.stamps)
        at = int(steps.argmax())
        tick_s = float(reading.outline.time_base)
        if steps[at] * tick_s > _LEAP_S and steps[at] > _LEAP_FRAMES * np.median(steps):
            leap = f"its time leaps by {steps[at] * tick_s:.0f} s at {reading.stamps[at] * tick_s:.1f} s"
            yield f"{self.path}: {leap}; unless it stands still there, the film is damaged"
        end_s, promised_s = float(reading.end), float(reading.outline.duration)
        lacks = promised_s - end_s > max(_LACK_S, _LACK_SHARE * promised_s)
        if lacks and not reaches(self.path, reading.outline.duration):
            yield f"{self.path}: it ends at {end_s:.1f} s, though {promised_s:.1f} s are promised; it may be cut off"


class PictureSource:
    """Pictures one after the other; until they are `timed` they are shown one a second."""

    def __init__(self, path: Path, pictures: list[Path], *, rate: Fraction) -> None:
        self.path, self._pictures, self._rate = path, pictures, Fraction(rate)
        self.fingerprint = _fingerprint_of(pictures)
        self.warnings: list[str] = []

    def outline(self) -> Outline:
        """
        Raises:
            UserError: not one of the pictures can be read.
        """
        with closing(self._decode([])) as readable:
            _, first = next(readable, (0, None))
        if first is None:
            n, example = len(self._pictures), self._pictures[0].name
            raise UserError(self.path, f"none of its pictures can be read ({n}, {example} first)", "Check that they open elsewhere.")
        size = (first.width, first.height) if upright_rotation(first) in (0, 180) else (first.height, first.width)
        return Outline(Fraction(1), size, Fraction(1), False, Fraction(len(self._pictures)))

    def looks(self, outline: Outline) -> Iterator[Look]:
        """Every picture that can be read, brought to the shape of the first; each other is left out with a warning."""
        size = working_size(outline.size_px)
        with closing(work_ahead(self._decode(self.warnings), n=_PICTURES_AHEAD)) as pictures:
            for number, picture in pictures:
                frame = Frame(Fraction(number), Fraction(1), picture)
                yield Look(number, shrink(frame, size=size, rotation=upright_rotation(picture)), Fraction(len(self._pictures)))

    def timed(self, reading: Reading) -> Reading:
        """The reading at the rate that was asked for."""
        outline = replace(reading.outline, time_base=1 / self._rate, rate=self._rate, duration=reading.outline.duration / self._rate)
        return replace(reading, outline=outline, end=reading.end / self._rate)

    def doubts(self, _reading: Reading) -> Iterator[str]:
        """What looks wrong about the row of pictures: numbers without one."""
        n = count_missing(self.path) if is_pattern(self.path) and not self.path.exists() else 0
        if n:
            yield f"{self.path}: {n} number{' is' if n == 1 else 's are'} missing; the time closes up over {'it' if n == 1 else 'them'}"

    def _decode(self, warnings: list[str]) -> Generator[tuple[int, VideoFrame], None, None]:
        for number, path in enumerate(self._pictures):
            try:
                yield number, decode_picture(path)
            except UserError as error:
                warnings.append(f"{error.where}: {error.what}; it is left out")


def _fingerprint_of(pictures: list[Path]) -> str:
    """Names the pictures by their names, sizes and times of change."""
    digest = hashlib.blake2b(digest_size=16)
    for path in pictures:
        try:
            status = path.stat()
        except OSError as error:
            raise from_os_error(path, error) from error
        digest.update(f"{path.name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
