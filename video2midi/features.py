"""Measures of every frame go in; what voices listen to comes out: features from 0 to 1, events, and where the picture rests.

Each feature is calibrated to its own range in the film (2nd to 98th percentile), as listeners take it: relative to what
they have seen (Spence 2011). Smoothing never delays a change: it lets go where a feature leaps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from media.cuts import MOST, find_cuts
from media.measure import COLUMN

if TYPE_CHECKING:
    from video2midi.analysis import Analysis

Kind = Literal["level", "circle", "signed", "event"]


@dataclass(frozen=True)
class Feature:
    """How a feature is made of measures.

    Args:
        kind: level 0 to 1; circle, where 1 is 0 again; signed, 0.5 being none; event, a strength above 0 at single frames.
        measure: the column that it is made of ("" where it is made of several).
        smooth_ms: time constant of its smoothing.
        help: what it tells.
    """

    kind: Kind
    measure: str
    smooth_ms: int
    help: str


FEATURES: dict[str, Feature] = {
    "brightness": Feature("level", "brightness", 100, "how bright the picture is"),
    "motion": Feature("level", "motion", 200, "how much changes from frame to frame"),
    "hue": Feature("circle", "", 200, "the colour, weighted by its saturation: 0 red, 1/3 green, 2/3 blue"),
    "saturation": Feature("level", "saturation", 200, "how colourful it is"),
    "contrast": Feature("level", "contrast", 500, "how far bright and dark lie apart"),
    "detail": Feature("level", "detail", 200, "how much fine structure there is"),
    "centroid_x": Feature("level", "centroid_x", 150, "where it moves, left to right"),
    "centroid_y": Feature("level", "centroid_y", 150, "where it moves, bottom to top"),
    "flow_x": Feature("signed", "flow_x", 150, "where it moves to, left or right"),
    "flow_y": Feature("signed", "flow_y", 150, "where it moves to, down or up"),
    "onset": Feature("event", "motion", 0, "a sudden movement"),
    "cut": Feature("event", "change", 0, "a hard cut"),
    "swell": Feature("event", "motion", 0, "a crest of movement, sudden or not"),
    "wake": Feature("event", "activity", 0, "the picture begins to move"),
}
LEVELS = tuple(name for name, feature in FEATURES.items() if feature.kind != "event")
EVENTS = tuple(name for name, feature in FEATURES.items() if feature.kind == "event")

SNAP = 0.03
"""A step of more than this share of the range is taken at once, below it is smoothed."""
RED_AT = 103 / 360
"""Where pure red lies on the circle of (U, V), in turns."""
GREY = 4.0
"""Mean colour below which a picture has no hue."""
ACTIVE = 0.45
"""Activity from which on the picture moves: measured, stills of the shipped film stay below, a running clock above."""
_JUMP = 4.0
"""A single changed frame between still ones counts from here on: less is a key frame's re-coding."""
LEAST_SPREAD = {
    "brightness": 2.0, "contrast": 1.0, "detail": 0.5, "saturation": 1.0, "motion": 0.3, "centroid_x": 0.05, "centroid_y": 0.05,
}  # fmt: skip
"""Narrower ranges (in the measure's own unit) would make music of a camera's noise; of a film, a quarter of these."""
REST_AFTER_S = 0.4
_LONGEST_FLASH_S = 0.25
ONSET_WINDOW_S = 0.5
ONSET_TIMES_MAD = 3.0
ONSET_LEAST = 0.3
_ONSET_FLOOR = 0.02
_LEAST_CUT = 0.4
"""Strength of the softest cut."""
_ROWS_AT_ONCE = 8192
REFRACTORY_S = 0.1


class Signals:
    """Every feature of a film, made when first asked for; arrays are (N,), one value a frame.

    Args:
        grids: names of the cells of each grid: these share one calibration, so that a still cell stays silent.
    """

    def __init__(self, analysis: Analysis, *, grids: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.analysis = analysis
        self.seconds: np.ndarray = analysis.seconds
        self._unit = analysis.time_base.as_integer_ratio()
        self._times: dict[int, Fraction] = {}
        self._siblings = {cell: cells for cells in (grids or {}).values() for cell in cells}
        self._made: dict[tuple[str, str], np.ndarray] = {}
        self._numbers: dict[tuple[str, str], Sequence[float]] = {}
        self._instants: dict[tuple[str, str], list[float]] = {}
        self._ranges: dict[tuple[str, str], tuple[float, float]] = {}

    def time(self, index: int) -> Fraction:
        """Media time of a frame, exact. (Of a long film few are asked for: making all of them takes longer than the music.)"""
        found = self._times.get(index)
        if found is None:
            count, parts = self._unit
            found = self._times[index] = Fraction(int(self.analysis.stamps[index]) * count, parts)
        return found

    def value(self, feature: str, region: str = "frame") -> np.ndarray:
        """A level, circle or signed feature, 0 to 1."""
        return self._kept(feature, region, self._make_value)

    def trigger(self, event: str, region: str = "frame") -> np.ndarray:
        """Strength of an event at each frame, 0 where there is none, else up to 1."""
        return self._kept(event, region, self._make_trigger)

    def numbers(self, name: str, region: str = "frame") -> Sequence[float]:
        """A feature or the strength of an event, for those who ask for single numbers: they come several times as fast."""
        found = self._numbers.get((name, region))
        if found is None:
            made = self.trigger(name, region) if FEATURES[name].kind == "event" else self.value(name, region)
            found = self._numbers[name, region] = made.data
        return found

    @cached_property
    def second_list(self) -> list[float]:
        """`seconds`, likewise; all of them are asked for."""
        return self.seconds.tolist()

    @cached_property
    def moving_list(self) -> list[bool]:
        """`moving`, likewise."""
        return self.moving.tolist()

    def instants_of(self, event: str, region: str = "frame") -> list[float]:
        """When an event is, seconds, in order."""
        if (event, region) not in self._instants:
            self._instants[event, region] = self.seconds[self.trigger(event, region) > 0].tolist()
        return self._instants[event, region]

    def _kept(self, name: str, region: str, make: Callable[[str, str], np.ndarray]) -> np.ndarray:
        if (name, region) not in self._made:
            made = make(name, region)
            made.flags.writeable = False
            self._made[name, region] = made
        return self._made[name, region]

    def measure(self, name: str, region: str = "frame") -> np.ndarray:
        """A raw measure (media.measure.MEASURES)."""
        return self.analysis.raw[region][:, COLUMN[name]].astype(np.float64)

    @cached_property
    def cuts(self) -> np.ndarray:
        """Whether a new shot begins with the frame, bool (N,)."""
        return find_cuts(self.analysis.raw["frame"][:, COLUMN["change"]])

    @cached_property
    def moving(self) -> np.ndarray:
        """Whether the picture moves, bool (N,)."""
        return find_movement(self.measure("activity"), self.seconds)

    @cached_property
    def cut_times(self) -> list[Fraction]:
        """Media times of the cuts."""
        return [self.time(n) for n in np.flatnonzero(self.cuts).tolist()]

    def _make_value(self, feature: str, region: str) -> np.ndarray:
        made = FEATURES[feature]
        if made.kind == "circle":
            return self._hue(region, made.smooth_ms)
        if made.kind == "signed":
            return self._signed(made.measure, region, made.smooth_ms)
        if feature.startswith("centroid"):
            return self._centroid(made.measure, region, made.smooth_ms)
        raw = self._shaped(feature, self.measure(made.measure, region))
        low, high = self._calibration(feature, region)
        if feature == "motion":
            return release(scale_to_unit(raw, low, high), self.seconds, made.smooth_ms)
        return smooth(self._unflashed(scale_to_unit(raw, low, high)), self.seconds, made.smooth_ms)

    def _unflashed(self, values: np.ndarray) -> np.ndarray:
        """Without flashes of one or two frames; where frames last so long that these are no flashes, as they are."""
        return median_of_five(values) if self._frame_s < _LONGEST_FLASH_S / 2 else values

    @cached_property
    def _frame_s(self) -> float:
        return float(np.median(np.diff(self.seconds))) if len(self.seconds) > 1 else 1.0

    def _shaped(self, feature: str, raw: np.ndarray) -> np.ndarray:
        return np.sqrt(raw) if feature == "motion" else raw

    def _calibration(self, feature: str, region: str) -> tuple[float, float]:
        """The range of a feature; the cells of a grid share one."""
        measure = FEATURES[feature].measure
        cells = self._siblings.get(region, (region,))
        if (feature, cells[0]) not in self._ranges:
            values = np.concatenate([self._shaped(feature, self.measure(measure, cell)) for cell in cells])
            low, high = calibrate(values)
            least = LEAST_SPREAD[feature] / 4
            # No movement is none, however little there is elsewhere; other features have no such end.
            self._ranges[feature, cells[0]] = (low, max(high, low + least)) if feature == "motion" else widen(low, high, least=least)
        return self._ranges[feature, cells[0]]

    def _hue(self, region: str, smooth_ms: int) -> np.ndarray:
        blue, red = (self._unflashed(self.measure(name, region)) for name in ("blue", "red"))
        return smooth_hue(blue, red, self.seconds, smooth_ms)

    def _centroid(self, measure: str, region: str, smooth_ms: int) -> np.ndarray:
        """Kept where it was while too little moves to say where."""
        at = self.measure(measure, region)
        motion = self.measure("motion", region)
        at = hold_where(at, motion < max(0.02, 0.1 * float(np.percentile(motion, 90))), first=0.5)
        low, high = widen(*calibrate(at), least=LEAST_SPREAD[measure] / 4)
        unit = scale_to_unit(at, low, high)
        return smooth(1 - unit if measure == "centroid_y" else unit, self.seconds, smooth_ms)

    def _signed(self, measure: str, region: str, smooth_ms: int) -> np.ndarray:
        """0.5 where nothing moves; a dead zone of a twentieth."""
        flow = self.measure(measure, region) * (-1 if measure == "flow_y" else 1)
        most = max(float(np.percentile(np.abs(flow), 98)), 1e-3)
        share = np.clip(flow / most, -1, 1)
        share = np.where(np.abs(share) < 0.05, 0.0, share)
        return smooth(0.5 + share / 2, self.seconds, smooth_ms)

    def _make_trigger(self, event: str, region: str) -> np.ndarray:
        if event == "cut":
            change = np.where(self.cuts, self.measure("change"), 0.0)
            return np.clip(change / MOST, _LEAST_CUT, 1) * self.cuts
        if event == "wake":
            return (self.moving & ~np.concatenate([[False], self.moving[:-1]])).astype(np.float64)
        if event == "swell":
            return find_crests(self.value("motion", region), self.seconds) * self.moving
        return find_onsets(self.measure("motion", region), self.seconds, cuts=self.cuts) * self.moving


def calibrate(values: np.ndarray) -> tuple[float, float]:
    """The 2nd and 98th percentile; the extremes where these are one."""
    low, high = np.percentile(values, (2, 98))
    return (float(low), float(high)) if high - low > 1e-6 else (float(values.min()), float(values.max()))


def widen(low: float, high: float, *, least: float) -> tuple[float, float]:
    """A range of at least this width, about the same middle."""
    more = max(0.0, least - (high - low)) / 2
    return low - more, high + more


def scale_to_unit(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """`low` becomes 0, `high` 1, what lies beyond is clipped; 0.5 where the two are one."""
    if high - low <= 1e-6:
        return np.full(values.shape, 0.5)
    return np.clip((values - low) / (high - low), 0, 1)


def median_of_five(values: np.ndarray) -> np.ndarray:
    """Each value with two either side: a flash of one or two frames goes, a step stays on its frame."""
    import cv2

    # A picture one pixel high: above and below it OpenCV sees the same pixel again, so the middle of 25 is the middle of 5.
    filtered: np.ndarray = cv2.medianBlur(values.astype(np.float32)[None], 5)[0]
    return filtered.astype(np.float64)


def smooth(values: np.ndarray, seconds: np.ndarray, time_ms: int) -> np.ndarray:
    """Mean of the time around each value, as far as no leap lies between: nothing is delayed, and a step stays on its frame.

    (An exponential mean, as is usual, would come late by its time constant; here what follows is known.)
    """
    leaps = np.abs(np.diff(values, prepend=values[0])) > SNAP
    return mean_around(values, seconds, time_ms, leaps=leaps)


def mean_around(values: np.ndarray, seconds: np.ndarray, time_ms: int, *, leaps: np.ndarray) -> np.ndarray:
    """Mean of all values within `time_ms` before or behind, those beyond a leap aside.

    Args:
        leaps: where a new stretch begins, bool (N,).
    """
    n = len(values)
    edges = np.concatenate([[0], np.flatnonzero(leaps[1:]) + 1, [n]])
    stretch = np.concatenate([[0], np.cumsum(leaps[1:])])
    first, end = _reach(seconds.tobytes(), time_ms)
    first, end = np.maximum(first, edges[stretch]), np.minimum(end, edges[stretch + 1])
    total = np.concatenate([[0.0], np.cumsum(values)])
    return (total[end] - total[first]) / (end - first)


@lru_cache(maxsize=6)
def _reach(seconds: bytes, time_ms: int) -> tuple[np.ndarray, np.ndarray]:
    """The first frame within a time before each frame, and the first beyond it behind; several features ask for the same.

    Args:
        seconds: (N,) float64 as bytes, so that they can be kept.
    """
    at = np.frombuffer(seconds)
    first = np.searchsorted(at, at - (time_ms / 1000 + 1e-9))
    # Who reaches back to a frame is whom it reaches: so the end is how many begin no later than at it.
    return first, np.cumsum(np.bincount(first, minlength=len(at)))


def release(values: np.ndarray, seconds: np.ndarray, time_ms: int) -> np.ndarray:
    """Up at once, down slowly: the highest of all values so far, each faded by its age."""
    fade = seconds * (1000 / time_ms)
    with np.errstate(divide="ignore"):
        return np.exp(np.maximum.accumulate(np.log(values) + fade) - fade)


def hold_where(values: np.ndarray, unknown: np.ndarray, *, first: float) -> np.ndarray:
    """Put the last known value in place of each unknown one; `first` before any is known."""
    at = np.maximum.accumulate(np.where(unknown, -1, np.arange(len(values))))
    return np.where(at < 0, first, values[np.maximum(at, 0)])


def smooth_hue(blue: np.ndarray, red: np.ndarray, seconds: np.ndarray, time_ms: int) -> np.ndarray:
    """Turns from 0 to 1 with red at 0, from mean (U, V); smoothed on the plane, so that red is no border; grey keeps the last."""
    leaps = np.abs(np.diff(blue, prepend=blue[0])) + np.abs(np.diff(red, prepend=red[0])) > 2 * GREY
    rights, ups = (mean_around(values, seconds, time_ms, leaps=leaps) for values in (blue, red))
    turns = (np.arctan2(ups, rights) / (2 * np.pi) - RED_AT) % 1.0
    return hold_where(turns, np.hypot(ups, rights) < GREY, first=0.0)


def find_movement(activity: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Where the picture moves: from each active frame to the next, where that is not further than REST_AFTER_S."""
    active = np.flatnonzero(activity > ACTIVE)
    moving = np.zeros(len(activity), bool)
    if not len(active):
        return moving
    near = (np.diff(seconds[active]) <= REST_AFTER_S + 1e-6) | (np.diff(active) == 1)
    alone = ~np.concatenate([[False], near]) & ~np.concatenate([near, [False]])
    active = active[~alone | (activity[active] > _JUMP)]
    # Each frame lies between the last active one and the next: it moves where these two are near.
    at = np.arange(len(activity))
    is_active = np.zeros(len(at), bool)
    is_active[active] = True
    before = np.maximum.accumulate(np.where(is_active, at, -1))
    after = np.minimum.accumulate(np.where(is_active, at, len(at))[::-1])[::-1]
    padded = np.concatenate([seconds, [np.inf]])
    gaps = padded[after] - np.where(before < 0, seconds[0], padded[before])
    return is_active | (gaps <= REST_AFTER_S + 1e-6)


def find_onsets(motion: np.ndarray, seconds: np.ndarray, *, cuts: np.ndarray) -> np.ndarray:
    """Strength of each sudden movement at its frame, 0 elsewhere.

    A peak of what motion exceeds its median of half a second by, above three mean absolute deviations (median) of that
    window, and the highest within the refractory time. At a cut the whole picture changes, which is no movement: there
    the next frame stands in.
    """
    calm = motion.copy()
    at = np.flatnonzero(cuts)
    calm[at] = motion[np.minimum(at + 1, len(motion) - 1)]
    width = max(3, round(ONSET_WINDOW_S / max(float(np.median(np.diff(seconds))), 1e-3))) | 1 if len(seconds) > 1 else 3
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(calm.astype(np.float32), width // 2, mode="edge"), width)
    # A part at a time: the windows of a whole film would be as many copies of it as they are wide.
    parts = [_exceeds(calm[n : n + _ROWS_AT_ONCE], windows[n : n + _ROWS_AT_ONCE]) for n in range(0, len(calm), _ROWS_AT_ONCE)]
    excess, high = (np.concatenate(part) for part in zip(*parts, strict=True))
    picked = pick_peaks(np.where(high, excess, 0.0), seconds)
    most = float(np.percentile(picked[picked > 0], 95)) if picked.any() else 1.0
    return np.sqrt(np.clip(picked / most, 0, 1))


def _exceeds(values: np.ndarray, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By how much values exceed the middle of their windows, and whether that is clearly more than usual there."""
    n = windows.shape[1] // 2
    middle = np.partition(windows, n, axis=1)[:, n]
    excess = values - middle
    high = excess > np.maximum(ONSET_LEAST * middle, _ONSET_FLOOR)
    at = np.flatnonzero(high)
    spread = np.median(np.abs(windows[at] - middle[at, None]), axis=1)
    high[at] = excess[at] > ONSET_TIMES_MAD * spread
    return excess, high


def find_crests(motion: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Height of motion, 0 to 1, where it is higher than before and not lower than after; 0 elsewhere."""
    before, after = np.concatenate([[0.0], motion[:-1]]), np.concatenate([motion[1:], [np.inf]])
    return pick_peaks(np.where((motion > before) & (motion >= after), motion, 0.0), seconds)


def pick_peaks(strength: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Keep each value that none within the refractory time exceeds; the earlier of two alike."""
    at = np.flatnonzero(strength)
    picked: list[int] = []
    height, since = 0.0, float("-inf")
    for n, value, second in zip(at.tolist(), strength[at].tolist(), seconds[at].tolist(), strict=True):
        if second - since < REFRACTORY_S:
            if value <= height:
                continue
            picked.pop()
        picked.append(n)
        height, since = value, second
    kept = np.zeros_like(strength)
    kept[picked] = strength[picked]
    return kept
