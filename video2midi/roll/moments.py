"""A film and its cuts go in; what it looks like all along comes out: stills of its shots, a slice of every moment, colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from media.errors import UserError
from media.oklab import rgb_to_lab
from media.pictures import crop_to_fill
from media.progress import OnProgress, Progress
from video2midi.roll.film import Seen, View
from video2midi.roll.palette import N_BANDS, band_colours

_THUMB_PX = (64, 36)
_SLICE_PX = 24  # of a picture's middle is kept, where moments are many and thus narrow
_N_NARROW = 300
_N_STILLS_MOST = 2.0  # times as many shots as stills fit: beyond, shots are too short to be shown one by one


@dataclass(frozen=True)
class Moments:
    """What a film looks like from `edges[n]` to `edges[n + 1]`, seconds.

    Args:
        edges: (N + 1,).
        slices: the middle of each picture, or all of it, (height, width, 3) uint8.
        bands: Oklab of its strongest colours, from the picture's top to its foot, (N, N_BANDS, 3).
        means: Oklab mean of each, (N, 3).
    """

    edges: np.ndarray
    slices: tuple[np.ndarray, ...]
    bands: np.ndarray
    means: np.ndarray

    def at(self, seconds: np.ndarray) -> np.ndarray:
        """Numbers of the moments at some times."""
        # Edges are rounded to microseconds, and a note at a cut has the colours of what comes.
        return np.clip(np.searchsorted(self.edges, np.asarray(seconds) + 1e-6, side="right") - 1, 0, len(self.means) - 1)

    def colours(self, seconds: np.ndarray, heights: np.ndarray) -> np.ndarray:
        """The film's colours, (N, 3) Oklab, at times and heights in the picture (0 its foot, 1 its top)."""
        moments = self.at(seconds)
        places = np.clip((1 - heights) * N_BANDS - 0.5, 0, N_BANDS - 1)
        upper = places.astype(int)
        high, low = self.bands[moments, upper], self.bands[moments, np.minimum(N_BANDS - 1, upper + 1)]
        return high + (low - high) * (places - upper)[:, None]


def moment_edges(seconds: np.ndarray, cuts: Sequence[Fraction], end: float, *, n_most: int) -> np.ndarray:
    """Divide a film into about `n_most` moments at most, none of which reaches over a cut as long as these are fewer."""
    wanted = [float(cut) for cut in cuts] if len(cuts) < n_most // 2 else []
    n_free = max(1, n_most - len(wanted))
    steps = seconds[:: max(1, ceil(len(seconds) / n_free))] if len(seconds) > 1 else np.linspace(0, end, n_free + 1)
    inner = np.unique(np.round([*steps, *wanted], 6))
    return np.array([0.0, *inner[(inner > 0) & (inner < end - 1e-6)], end])


def shot_edges(cuts: Sequence[Fraction], end: float) -> np.ndarray:
    """Where shots begin, and the end."""
    return np.unique([0.0, *(float(cut) for cut in cuts if 0 < cut < end), end])


def still_edges(cuts: Sequence[Fraction], end: float, *, n_fitting: float) -> np.ndarray:
    """Where stills stand: in each shot as many as fit, at least one; in equal steps where most shots are too short for that.

    Args:
        n_fitting: stills of their own shape that all of the film has room for.
    """
    shots = shot_edges(cuts, end)
    if len(shots) - 1 > _N_STILLS_MOST * max(4.0, n_fitting):
        return np.linspace(0, end, max(1, round(n_fitting)) + 1)
    counts = np.maximum(1, np.round(np.diff(shots) / end * n_fitting).astype(int))
    inner = [np.linspace(first, last, n, endpoint=False) for first, last, n in zip(shots[:-1], shots[1:], counts, strict=True)]
    return np.append(np.concatenate(inner), end)


def gather(
    view: View, edges: np.ndarray, slots: np.ndarray, *, heights_px: tuple[int, int], on_progress: OnProgress
) -> tuple[Moments, list[np.ndarray]]:
    """Look at a film all along, once.

    Args:
        edges: of the moments, seconds, (N + 1,).
        slots: edges of the stills, seconds, (S + 1,).
        heights_px: of the slices, and of the stills.
    Returns:
        The moments, and for each still the picture in the middle of its time, or a place near it in the same time.
    Raises:
        UserError: nothing of it can be decoded.
    """
    moments, stills = _MomentMaker(edges, heights_px[0]), _StillMaker(slots)
    wanted = [(float(time), number, moments.add, heights_px[0]) for number, time in enumerate(_middles(edges))]
    wanted_stills = [(float(time), number, stills.add, heights_px[1]) for number, time in enumerate(_middles(slots))]
    group = sorted(wanted + wanted_stills, key=lambda want: want[0])
    for seen in view.look([Fraction(want[0]) for want in group], [want[3] for want in group]):
        _, number, add, _ = group[seen.number]
        add(number, seen)
        on_progress(Progress("drawing the roll", seen.number + 1, len(group)))
    return moments.finished(), stills.finished(view, heights_px[1])


class _MomentMaker:
    def __init__(self, edges: np.ndarray, height_px: int) -> None:
        self._edges, self._height_px = edges, height_px
        self._width_px = _SLICE_PX if len(edges) > _N_NARROW else 1 << 20
        self._starts: list[float] = []
        self._slices: list[np.ndarray] = []
        self._bands: list[np.ndarray] = []
        self._means: list[np.ndarray] = []

    def add(self, number: int, seen: Seen) -> None:
        start = float(self._edges[number] if seen.since is None else seen.since)
        if self._starts and start <= self._starts[-1]:
            return  # the same picture once more
        thumb = crop_to_fill(seen.rgb, _THUMB_PX)
        self._starts.append(start)
        self._slices.append(_slice(seen.rgb, self._height_px, self._width_px))
        self._bands.append(band_colours(thumb))
        self._means.append(rgb_to_lab(thumb).reshape(-1, 3).mean(0))

    def finished(self) -> Moments:
        if not self._starts:
            raise UserError("--roll", "no frame of the film can be decoded", "Check that it plays.")
        edges = np.array([0.0, *self._starts[1:], float(self._edges[-1])])
        return Moments(edges, tuple(self._slices), np.array(self._bands), np.array(self._means))


class _StillMaker:
    def __init__(self, edges: np.ndarray) -> None:
        self._edges = edges
        self._found: dict[int, np.ndarray] = {}

    def add(self, number: int, seen: Seen) -> None:
        if seen.since is None or seen.since >= self._edges[number]:
            self._found[number] = seen.rgb

    def finished(self, view: View, height_px: int) -> list[np.ndarray]:
        """All of them; those that are missing are looked for late in their time, then wherever they are."""
        late = self._edges[:-1] + 0.95 * np.diff(self._edges)
        for look, times in ((view.look, late), (view.look_closely, _middles(self._edges))):
            missing = [number for number in range(len(times)) if number not in self._found]
            if missing:
                for seen in look([Fraction(float(times[number])) for number in missing], [height_px] * len(missing)):
                    self.add(missing[seen.number], seen)
        return [self._found[number] for number in range(len(self._edges) - 1)]


def slit_scan(moments: Moments, times: np.ndarray, shots: np.ndarray) -> np.ndarray:
    """The middle column of the picture at each time, side by side, (height, times, 3): smooth within shots, sharp at cuts.

    Args:
        times: seconds, in order.
        shots: where shots begin, and the end, seconds.
    """
    slits = np.stack([piece[:, piece.shape[1] // 2] for piece in moments.slices], axis=1).astype(np.float32)
    middles = _middles(moments.edges)
    after = np.clip(np.searchsorted(middles, times), 1, max(1, len(middles) - 1)) if len(middles) > 1 else np.zeros(len(times), int)
    before = np.maximum(0, after - 1)
    here = np.searchsorted(shots, times, side="right")
    shot_of = np.searchsorted(shots, middles, side="right")
    share = np.clip((times - middles[before]) / np.maximum(1e-9, middles[after] - middles[before]), 0, 1)
    share = np.where(shot_of[before] != here, 1.0, np.where(shot_of[after] != here, 0.0, share)).astype(np.float32)[None, :, None]
    return np.round(slits[:, before] * (1 - share) + slits[:, after] * share).astype(np.uint8)


def _middles(edges: np.ndarray) -> np.ndarray:
    return (edges[1:] + edges[:-1]) / 2


def _slice(rgb: np.ndarray, height_px: int, width_px: int) -> np.ndarray:
    """The middle of a picture, at a height."""
    wide = max(1, round(rgb.shape[1] * height_px / rgb.shape[0]))
    return crop_to_fill(rgb, (min(wide, width_px), height_px))
