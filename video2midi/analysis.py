"""A film or a row of pictures goes in; the exact time of every frame and its measures in every region come out.

Nothing is decoded for what the cache holds (video2midi.cache), so that mapping again takes no time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np

from media.errors import UserError
from media.files import cache_folder
from media.flow import one_thread
from media.frames import PICTURE_RATE, OnFault, ignore_fault
from media.measure import MEASURES, Measurer
from media.planes import working_size
from media.progress import OnProgress, Progress, ignore_progress
from media.regions import FRAME, Region
from video2midi.cache import Cache
from video2midi.sources import FilmSource, Outline, PictureSource, Reading, open_source

WHOLE = "frame"
"""The name of the region that is always there."""

_FRAMES_A_REPORT = 25
_LEAST_ROWS = 1024
_MOST_EXPECTED = 1 << 20  # ten hours at 29 frames a second: beyond, a header may be damaged


@dataclass(frozen=True, eq=False)
class Analysis:
    """What is known of a film's pictures.

    Args:
        source: the film as the user named it.
        fingerprint: of its contents.
        rate: frames a second; the average where it varies.
        stamps: (N,) int64, the time of each frame in `time_base`, rising.
        time_base: seconds.
        end: when the last frame ends, seconds of media time.
        raw: the measures (media.measure.MEASURES) of every frame by region, (N, n MEASURES) float32 each.
    """

    source: str
    fingerprint: str
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
        """The exact time of each frame, seconds of media time."""
        n, d = self.time_base.numerator, self.time_base.denominator
        return [Fraction(stamp * n, d) for stamp in self.stamps.tolist()]

    @cached_property
    def seconds(self) -> np.ndarray:
        """The same as (N,) float64, for what need not be exact."""
        return self.stamps * float(self.time_base.numerator) / self.time_base.denominator


def analyse(
    source: Path | str,
    *,
    regions: Mapping[str, Region] | None = None,
    rate: Fraction = PICTURE_RATE,
    use_cache: bool = True,
    on_progress: OnProgress = ignore_progress,
    on_warning: OnFault = ignore_fault,
) -> Analysis:
    """Measure every frame of a film.

    Args:
        source: a film, a folder of pictures or a pattern such as `%04d.png`.
        regions: places to look at, by name; the whole picture is always looked at, by the name WHOLE.
        rate: pictures a second, for sources that are pictures.
        on_progress: called only if something has to be decoded.
        on_warning: told of what cannot be read and is left out, and of what looks damaged.
    Raises:
        UserError: the source cannot be read, has no picture, or fewer than two frames.
    """
    film = open_source(source, rate=rate)
    named = {WHOLE: FRAME, **(regions or {})}
    by_key = {region.key(): region for region in named.values()}
    cache = Cache(cache_folder("video2midi") if use_cache else None, film.fingerprint)
    reading, rows = _load(cache, by_key)
    if reading is None or len(rows) < len(by_key):
        reading, rows = _complete(film, by_key, cache, reading, rows, on_progress)
    for warning in (*reading.warnings, *film.doubts(reading)):
        on_warning(warning)
    reading = film.timed(reading)
    outline = reading.outline
    return Analysis(
        source=str(source),
        fingerprint=film.fingerprint,
        rate=outline.rate,
        is_vfr=outline.is_vfr,
        stamps=reading.stamps,
        time_base=outline.time_base,
        end=reading.end,
        raw={name: rows[region.key()] for name, region in named.items()},
    )


def _load(cache: Cache, regions: Mapping[str, Region]) -> tuple[Reading | None, dict[str, np.ndarray]]:
    """What the cache holds of the frames, and of these regions by their keys."""
    reading = cache.load_reading()
    if reading is None:
        return None, {}
    found = {key: cache.load_rows(key, n_frames=len(reading.stamps)) for key in regions}
    return reading, {key: rows for key, rows in found.items() if rows is not None}


def _complete(
    film: FilmSource | PictureSource,
    regions: Mapping[str, Region],
    cache: Cache,
    known: Reading | None,
    rows: dict[str, np.ndarray],
    on_progress: OnProgress,
) -> tuple[Reading, dict[str, np.ndarray]]:
    """Look at the film for the regions whose rows are not known yet, and keep what is found."""
    missing = {key: region for key, region in regions.items() if key not in rows}
    reading, found = _look(film, missing, on_progress)
    if rows and (known is None or not np.array_equal(known.stamps, reading.stamps)):
        # A damaged film that does not decode twice alike.
        reading, found = _look(film, regions, on_progress)
    cache.save_reading(reading)
    for key, values in found.items():
        cache.save_rows(key, values)
    cache.forget_oldest()
    return reading, {**rows, **found}


def _look(
    film: FilmSource | PictureSource, regions: Mapping[str, Region], on_progress: OnProgress
) -> tuple[Reading, dict[str, np.ndarray]]:
    """Decode a film once, and measure the regions."""
    outline = film.outline()
    measure = Measurer(regions, working_size(outline.size_px))
    table = _Table(len(regions), n_expected=_expected(outline))
    end = Fraction(0)
    film.warnings.clear()
    with one_thread():
        for look in film.looks(outline):
            table.append(look.stamp, measure(look.planes))
            end = look.end
            if table.n % _FRAMES_A_REPORT == 1:
                _report(film, outline, look.stamp, on_progress)
    if table.n < 2:
        raise UserError(film.path, f"needs at least two frames to have any change in it, got {table.n}", "Name a film, or more pictures.")
    on_progress(Progress(_stage(film), 1.0, 1.0))
    stamps, rows = table.finished()
    return Reading(outline, stamps, end, tuple(film.warnings)), dict(zip(regions, rows, strict=True))


def _expected(outline: Outline) -> int:
    return min(int(outline.duration * outline.rate) + _LEAST_ROWS, _MOST_EXPECTED)


def _report(film: FilmSource | PictureSource, outline: Outline, stamp: int, on_progress: OnProgress) -> None:
    done = float(stamp * outline.time_base / outline.duration) if outline.duration > 0 else 0.0
    on_progress(Progress(_stage(film), min(done, 1.0), 1.0))


def _stage(film: FilmSource | PictureSource) -> str:
    return f"looking at {film.path.name}"


class _Table:
    """Rows of measures that grow: a few bytes a frame, whatever the length of the film.

    Args:
        n_expected: frames; memory is taken only as it is filled.
    """

    def __init__(self, n_regions: int, *, n_expected: int) -> None:
        self.n = 0
        self._stamps = np.empty(n_expected, np.int64)
        self._rows = np.empty((n_regions, n_expected, len(MEASURES)), np.float32)

    def append(self, stamp: int, rows: np.ndarray) -> None:
        """Add a frame, rows (n regions, n MEASURES)."""
        if self.n == len(self._stamps):
            self._grow()
        self._stamps[self.n], self._rows[:, self.n] = stamp, rows
        self.n += 1

    def finished(self) -> tuple[np.ndarray, list[np.ndarray]]:
        """Stamps (N,), and the rows of each region (N, n MEASURES)."""
        return self._stamps[: self.n], [rows[: self.n] for rows in self._rows]

    def _grow(self) -> None:
        more = len(self._stamps) // 2 + _LEAST_ROWS
        self._stamps = np.concatenate([self._stamps, np.empty(more, np.int64)])
        self._rows = np.concatenate([self._rows, np.empty((len(self._rows), more, len(MEASURES)), np.float32)], axis=1)
