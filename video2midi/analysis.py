"""A film, or pictures, go in; the measures of every frame and their exact times come out, kept so that they are made once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from pathlib import Path
from typing import Any

import numpy as np

from media.errors import UserError
from media.frames import PICTURE_RATE, Frame, FrameReader
from media.measure import MEASURES, Measurer
from media.pictures import decode_picture, find_pictures
from media.planes import shrink, working_size
from media.probe import probe, upright_rotation
from media.progress import OnProgress, Progress, ignore_progress
from media.regions import FRAME, Region
from video2midi.cache import Cache, name_source

ONLY_FRAME: Mapping[str, Region] = {"frame": FRAME}
_ROWS_A_BLOCK = 4096
_TOLD_EVERY = 25


@dataclass(frozen=True, eq=False)
class Analysis:
    """What was measured of a film, frame by frame.

    Args:
        size_px: (width, height) as shown.
        rate: frames a second; the average where it varies.
        stamps: (N,) int64, the time of each frame in units of `time_base`, seconds.
        end: media time at which the last frame ends.
        raw: (N, len(MEASURES)) float32 of each region.
    """

    source: str
    fingerprint: str
    size_px: tuple[int, int]
    rate: Fraction
    is_vfr: bool
    stamps: np.ndarray
    time_base: Fraction
    end: Fraction
    raw: dict[str, np.ndarray]

    @property
    def n_frames(self) -> int:
        """How many frames there are."""
        return len(self.stamps)

    @cached_property
    def times(self) -> list[Fraction]:
        """Media time of each frame, exact."""
        return [self.time_base * stamp for stamp in self.stamps.tolist()]

    @cached_property
    def seconds(self) -> np.ndarray:
        """(N,) float64, the same rounded."""
        return self.stamps * float(self.time_base)


def ignore_warning(text: str) -> None:
    """The callback of those who do not ask."""


def analyse(
    source: Path | str,
    *,
    regions: Mapping[str, Region] = ONLY_FRAME,
    rate: Fraction = PICTURE_RATE,
    use_cache: bool = True,
    on_progress: OnProgress = ignore_progress,
    on_warning: Callable[[str], None] = ignore_warning,
) -> Analysis:
    """Measure every frame of a film, in the whole picture and in regions of it.

    Args:
        source: a film, a folder of pictures, or a pattern such as `%04d.png`.
        regions: by name; "frame", the whole picture, is always among them.
        rate: pictures a second, for sources that are pictures.
        use_cache: whether to take what is kept of the same contents, and to keep what is measured.
        on_warning: told, in words, of pictures that are skipped and of damage.
    Raises:
        UserError: the source is missing, holds no picture, or a single one.
    """
    regions = {**ONLY_FRAME, **regions}
    film = _Pictures(source, found, rate, on_warning) if (found := find_pictures(source)) is not None else _Film(source, on_warning)
    name = name_source(source, found, rate=rate)
    cache = Cache(name)
    kept = cache.load_frames() if use_cache else None
    raw = _load_tables(cache, regions, n_frames=len(kept[0])) if kept else {}
    missing = {name: region for name, region in regions.items() if name not in raw}
    if kept is None or missing:
        stamps, about, made = _measure(film, missing, on_progress)
        raw.update(made)
        if use_cache:
            cache.save(stamps, about, {regions[name].key(): table for name, table in made.items()})
    else:
        stamps, about = kept
        cache.touch()
    return _analysis(source, name, stamps, about, {region: raw[region] for region in regions})


def _load_tables(cache: Cache, regions: Mapping[str, Region], *, n_frames: int) -> dict[str, np.ndarray]:
    shape = n_frames, len(MEASURES)
    found = {name: cache.load_table(region.key(), shape=shape) for name, region in regions.items()}
    return {name: table for name, table in found.items() if table is not None}


def _analysis(source: Path | str, name: str, stamps: np.ndarray, about: Mapping[str, Any], raw: dict[str, np.ndarray]) -> Analysis:
    width, height = about["size_px"]
    return Analysis(
        source=str(source),
        fingerprint=name,
        size_px=(width, height),
        rate=Fraction(about["rate"]),
        is_vfr=about["is_vfr"],
        stamps=stamps,
        time_base=Fraction(about["time_base"]),
        end=Fraction(about["end"]),
        raw=raw,
    )


class _Film:
    """A film as it is measured: frames, and how they are shown."""

    def __init__(self, source: Path | str, on_warning: Callable[[str], None]) -> None:
        media = probe(Path(source))
        if media.video is None:
            raise UserError(source, "it holds no picture", "Name a film.")
        self.name, self._on_warning = str(source), on_warning
        self.size_px, self.rate, self.is_vfr = media.video.display_size, media.video.rate, media.video.is_vfr
        self.length_s = float(media.duration)
        self._rotation = media.video.rotation

    def frames(self) -> Iterator[tuple[Frame, int]]:
        """Each frame, with the degrees clockwise that show it upright."""
        faults: list[str] = []
        with FrameReader(self.name, on_fault=faults.append) as reader:
            for frame in reader.read():
                yield frame, self._rotation
        if faults:
            self._on_warning(f"{self.name}: {len(faults)} damaged places were stepped over, the first: {faults[0]}")


class _Pictures:
    """Numbered pictures as they are measured."""

    is_vfr = False

    def __init__(self, source: Path | str, paths: Sequence[Path], rate: Fraction, on_warning: Callable[[str], None]) -> None:
        self.name, self._paths, self.rate, self._on_warning = str(source), paths, Fraction(rate), on_warning
        self.size_px = (0, 0)
        self.length_s = float(len(paths) / self.rate)

    def frames(self) -> Iterator[tuple[Frame, int]]:
        """Each picture that can be read, at the time that its place in the row gives it."""
        for number, path in enumerate(self._paths):
            try:
                picture = decode_picture(path)
            except UserError as error:
                self._on_warning(f"{error.where}: {error.what}; it is skipped")
                continue
            rotation = upright_rotation(picture)
            if self.size_px == (0, 0):
                size = picture.width, picture.height
                self.size_px = size if rotation in (0, 180) else size[::-1]
            yield Frame(number / self.rate, 1 / self.rate, picture), rotation


def _measure(
    film: _Film | _Pictures, regions: Mapping[str, Region], on_progress: OnProgress
) -> tuple[np.ndarray, dict[str, Any], dict[str, np.ndarray]]:
    """Decode once: stamps, what else is known, and a table for each region."""
    times, rows = _Stamps(), _Rows()
    measurer: Measurer | None = None
    end = Fraction(0)
    for frame, rotation in film.frames():
        if measurer is None:
            size = working_size(film.size_px)
            measurer = Measurer(regions, size)
        rows.add(measurer(shrink(frame, size=size, rotation=rotation)))
        times.add(frame.time)
        end = frame.time + frame.duration
        if len(times) % _TOLD_EVERY == 0:
            on_progress(Progress("looking", min(float(end), film.length_s), film.length_s))
    if len(times) < 2:
        what = "it holds a single frame, in which nothing can change" if len(times) else "no picture of it can be read"
        raise UserError(film.name, what, "Name a film, or a row of pictures.")
    on_progress(Progress("looking", film.length_s, film.length_s))
    stamps, time_base = times.whole()
    about = {
        "size_px": film.size_px, "rate": str(film.rate), "is_vfr": film.is_vfr, "time_base": str(time_base), "end": str(end),
    }  # fmt: skip
    table = rows.whole()
    return stamps, about, {name: np.ascontiguousarray(table[:, n]) for n, name in enumerate(regions)}


class _Stamps:
    """Exact times as whole numbers of one unit, which is found on the way."""

    def __init__(self) -> None:
        self._per_second = 1
        self._stamps = array("q")

    def __len__(self) -> int:
        return len(self._stamps)

    def add(self, time: Fraction) -> None:
        """Take in one more."""
        if self._per_second % time.denominator:
            finer = lcm(self._per_second, time.denominator)
            self._stamps = array("q", (stamp * (finer // self._per_second) for stamp in self._stamps))
            self._per_second = finer
        self._stamps.append(time.numerator * (self._per_second // time.denominator))

    def whole(self) -> tuple[np.ndarray, Fraction]:
        """(N,) int64, and the unit in seconds."""
        return np.array(self._stamps, np.int64), Fraction(1, self._per_second)


class _Rows:
    """A table that grows by blocks, so that a long film is never held as so many small arrays."""

    def __init__(self) -> None:
        self._blocks: list[np.ndarray] = []
        self._n = 0

    def add(self, row: np.ndarray) -> None:
        """Add a row of any one shape."""
        at = self._n % _ROWS_A_BLOCK
        if at == 0:
            self._blocks.append(np.empty((_ROWS_A_BLOCK, *row.shape), np.float32))
        self._blocks[-1][at] = row
        self._n += 1

    def whole(self) -> np.ndarray:
        """(N, *shape) float32."""
        return np.concatenate(self._blocks)[: self._n]
