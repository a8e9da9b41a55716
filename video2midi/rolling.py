"""Measures of a live picture go in, frame by frame; moments for voices come out, calibrated to what was seen of late.

The features are those of video2midi.features, made from what is past alone: ranges widen at once and narrow slowly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from fractions import Fraction
from math import atan2, exp, hypot, pi, sqrt

import numpy as np

from media.cuts import CutDetector
from media.measure import COLUMN
from video2midi.features import (
    ACTIVE,
    FEATURES,
    GREY,
    LEAST_SPREAD,
    LEVELS,
    ONSET_LEAST,
    ONSET_TIMES_MAD,
    ONSET_WINDOW_S,
    RED_AT,
    REFRACTORY_S,
    REST_AFTER_S,
    SNAP,
)

_FORGET_S = 30.0
"""Time constant by which a range that is not used any more narrows."""


class RollingRange:
    """Lowest and highest value of late: widens at once, narrows slowly.

    Args:
        least: the range is never taken for narrower.
        stands: whether a narrower one is widened at its upper end alone, so that its lowest value stays 0.
    """

    def __init__(self, least: float, *, stands: bool = False) -> None:
        self._least, self._below = least, 0.0 if stands else 0.5
        self.low = self.high = 0.0
        self._fresh = True

    def scale(self, value: float, passed_s: float) -> float:
        """Where a value lies in the range, 0 to 1, once it has been taken in."""
        if self._fresh:
            self.low = self.high = value
            self._fresh = False
        back = 1 - exp(-passed_s / _FORGET_S)
        self.low = min(value, self.low + (value - self.low) * back)
        self.high = max(value, self.high - (self.high - value) * back)
        slack = max(0.0, self._least - (self.high - self.low))
        return (value - self.low + self._below * slack) / (self.high - self.low + slack)


class LiveMoment:
    """One frame of a live picture, as voices see it; features are made when first asked for."""

    def __init__(self, rolling: Rolling, time: Fraction, *, moving: bool, wakes: bool, cuts: bool) -> None:
        self._rolling = rolling
        self.time, self.second, self.moving, self.root = time, float(time), moving, 0
        self._events = {"wake": float(wakes), "cut": float(cuts)}

    def value(self, feature: str, region: str = "frame") -> float:
        """As Moment.value."""
        return self._rolling.value(feature, region)

    def trigger(self, event: str, region: str = "frame") -> float:
        """As Moment.trigger."""
        if event in self._events:
            return self._events[event]
        return self._rolling.onset(region) if event == "onset" else self._rolling.swell(region)

    def upcoming(self, event: str, region: str, after: float) -> None:
        """As Moment.upcoming: nobody knows."""


class Rolling:
    """What has been seen of late: `moment = rolling.hear(time, rows)`.

    Args:
        grids: names of the cells of each grid; they share one range.
    """

    def __init__(self, *, grids: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._family = {cell: name for name, cells in (grids or {}).items() for cell in cells}
        self._ranges: dict[tuple[str, str], RollingRange] = {}
        self._held: dict[tuple[str, str], float] = {}
        self._planes: dict[str, tuple[float, float]] = {}
        self._turns: dict[str, float] = {}
        self._made: dict[tuple[str, str], float] = {}
        self._onsets: dict[str, float] = {}
        self._swells: dict[str, float] = {}
        self._heights: dict[str, tuple[float, bool]] = {}
        self._past: dict[str, deque[tuple[float, float]]] = {}
        self._fired: dict[str, float] = {}
        self._cuts = CutDetector()
        self._rows: Mapping[str, np.ndarray] = {}
        self._now = 0.0
        self._passed_s = 0.0
        self._active_at: float | None = None
        self._was_moving = False
        self._is_first = True

    def hear(self, time: Fraction, rows: Mapping[str, np.ndarray]) -> LiveMoment:
        """Take in one frame.

        Args:
            rows: measures (M,) of each region, "frame" among them.
        """
        self._passed_s = 0.0 if self._is_first else max(0.0, float(time) - self._now)
        self._is_first = False
        self._now, self._rows = float(time), rows
        self._made.clear()
        is_cut = self._cuts(float(rows["frame"][COLUMN["change"]]))
        if self._measure("activity", "frame") > ACTIVE:
            self._active_at = self._now
        moving = self._active_at is not None and self._now - self._active_at <= REST_AFTER_S
        moment = LiveMoment(self, time, moving=moving, wakes=moving and not self._was_moving, cuts=is_cut)
        self._was_moving = moving
        for region in rows:
            self._onsets[region] = 0.0 if is_cut else self._find_onset(region, moving=moving)
            self._swells[region] = self._find_swell(region) if moving else 0.0
            # Whether anybody asks or not: ranges are learnt from every picture.
            for feature in LEVELS:
                self.value(feature, region)
        return moment

    def onset(self, region: str) -> float:
        """Strength of a sudden movement at this frame."""
        return self._onsets[region]

    def swell(self, region: str) -> float:
        """Height of a crest of movement that was passed with this frame, 0 for none."""
        return self._swells[region]

    def value(self, feature: str, region: str) -> float:
        """A feature at this frame, 0 to 1."""
        if (feature, region) not in self._made:
            self._made[feature, region] = self._make(feature, region)
        return self._made[feature, region]

    def _measure(self, name: str, region: str) -> float:
        return float(self._rows[region][COLUMN[name]])

    def _make(self, feature: str, region: str) -> float:
        made = FEATURES[feature]
        if made.kind == "circle":
            return self._hue(region, made.smooth_ms)
        if made.kind == "signed":
            return self._signed(feature, region)
        if feature.startswith("centroid") and self._measure("motion", region) < 0.1:
            return self._held.get((feature, region), 0.5)
        raw = self._measure(made.measure, region)
        unit = self._range(feature, region).scale(sqrt(max(raw, 0.0)) if feature == "motion" else raw, self._passed_s)
        return self._smooth(feature, region, 1 - unit if feature == "centroid_y" else unit, made.smooth_ms)

    def _range(self, feature: str, region: str) -> RollingRange:
        key = feature, self._family.get(region, region)
        if key not in self._ranges:
            self._ranges[key] = RollingRange(LEAST_SPREAD.get(feature, 0.01), stands=feature == "motion")
        return self._ranges[key]

    def _smooth(self, feature: str, region: str, value: float, time_ms: int) -> float:
        held = self._held.get((feature, region), value)
        is_leap = value > held if feature == "motion" else abs(value - held) > SNAP
        held = value if is_leap else held + self._weight(time_ms) * (value - held)
        self._held[feature, region] = held
        return held

    def _weight(self, time_ms: int) -> float:
        return 1 - exp(-self._passed_s * 1000 / time_ms)

    def _signed(self, feature: str, region: str) -> float:
        flow = self._measure(FEATURES[feature].measure, region) * (-1 if feature == "flow_y" else 1)
        kept = self._range(feature, region)
        kept.scale(abs(flow), self._passed_s)
        share = min(max(flow / max(kept.high, 1e-3), -1.0), 1.0)
        return self._smooth(feature, region, 0.5 + (0.0 if abs(share) < 0.05 else share / 2), FEATURES[feature].smooth_ms)

    def _hue(self, region: str, time_ms: int) -> float:
        u, v = self._measure("blue", region), self._measure("red", region)
        x, y = self._planes.get(region, (u, v))
        if abs(u - x) + abs(v - y) > 2 * GREY:
            x, y = u, v
        else:
            weight = self._weight(time_ms)
            x, y = x + weight * (u - x), y + weight * (v - y)
        self._planes[region] = x, y
        if hypot(x, y) >= GREY:
            self._turns[region] = (atan2(y, x) / (2 * pi) - RED_AT) % 1.0
        return self._turns.get(region, 0.0)

    def _find_onset(self, region: str, *, moving: bool) -> float:
        """As find_onsets, without knowing what follows: the first frame above the limit counts, where the picture moves."""
        motion = self._measure("motion", region)
        past = self._past.setdefault(region, deque())
        while past and self._now - past[0][0] > ONSET_WINDOW_S:
            past.popleft()
        values = np.array([value for _, value in past])
        past.append((self._now, motion))
        if not moving or len(values) < 3 or self._now - self._fired.get(region, -REFRACTORY_S) < REFRACTORY_S:
            return 0.0
        middle = float(np.median(values))
        limit = max(ONSET_TIMES_MAD * float(np.median(np.abs(values - middle))), ONSET_LEAST * middle, 0.1)
        excess = motion - middle
        if excess <= limit:
            return 0.0
        self._fired[region] = self._now
        kept = self._range("onset", region)
        kept.scale(excess, self._passed_s)
        return sqrt(min(1.0, excess / max(kept.high, 1e-6)))

    def _find_swell(self, region: str) -> float:
        """As find_crests, a frame late: a crest is known once it falls again."""
        height = self.value("motion", region)
        before, rose = self._heights.get(region, (height, False))
        self._heights[region] = height, height > before or (height == before and rose)
        return before if rose and height < before else 0.0
