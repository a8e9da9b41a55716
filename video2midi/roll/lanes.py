"""Curves, rests, cuts and the clock go in; they are drawn under the film and the notes, all on the same line of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np

from media.oklab import lab_to_rgb
from media.timecode import axis_step, short_clock_text
from video2midi.notes import BEND, Score
from video2midi.roll.canvas import Box
from video2midi.roll.layout import Plate
from video2midi.roll.moments import shot_edges
from video2midi.roll.palette import lift

_MOST_CONTROLS = 6
_TINT_LIGHT = 0.62
_TINT_SMOOTH = 0.02  # of the width
_GLOW, _GLOW_FALL = 0.32, 0.24  # light under the ribbon, and how soon it is gone, in parts of the height


@dataclass(frozen=True)
class Lane:
    """A feature drawn as a curve, one value a frame.

    Args:
        values: (N,) 0..1.
        kind: a level stands on the foot; signed on the middle, its none; a circle has no foot, as 1 is 0 again.
    """

    name: str
    values: np.ndarray
    kind: Literal["level", "signed", "circle"] = "level"


@dataclass(frozen=True)
class Curve:
    """What a lane shows: a line in time.

    Args:
        seconds: of the values, in order.
        is_voice: a controller that the score moves, rather than a feature of the film.
    """

    lane: Lane
    seconds: np.ndarray
    is_voice: bool = False


def curves_of(score: Score, lanes: Sequence[Lane], seconds: np.ndarray) -> list[Curve]:
    """The features, then the first few controllers that voices move."""
    features = [Curve(lane, seconds, False) for lane in lanes if len(lane.values)]
    return [*features, *list(controllers(score))[:_MOST_CONTROLS]]


def controllers(score: Score) -> Iterator[Curve]:
    """Every controller that a voice moves."""
    for track in score.tracks:
        for number in sorted({control.number for control in track.controls}):
            points = [control for control in track.controls if control.number == number]
            values = np.array([control.value for control in points], float)
            scaled = values / 16_383 + 0.5 if number == BEND else values / 127
            if len(set(values)) > 1:  # one that is set and left alone is no curve
                lane = Lane(track.name, scaled, "signed" if number == BEND else "level")
                yield Curve(lane, np.array([float(control.time) for control in points]), True)


def draw_curve(plate: Plate, curve: Curve, box: Box, tints: np.ndarray) -> None:
    """A filled curve in the film's colours with a thin edge; in a long film its peaks as a veil above."""
    _SHAPES[curve.lane.kind](plate, curve, box, tints)
    lane, unit = curve.lane, plate.unit
    if curve.is_voice:
        plate.label(box.bottom - 12 * unit, lane.name.upper(), size=18, ink=0.9, gap=16, spacing=0.14)
    else:
        plate.label(box.bottom - 12 * unit, lane.name, size=21, ink=0.62, gap=16)


def _draw_level(plate: Plate, curve: Curve, box: Box, tints: np.ndarray) -> None:
    if curve.is_voice:  # it stays where it was put
        means = peaks = _held(plate, curve)
    else:
        means, peaks = per_column(curve.seconds, curve.lane.values, end=plate.end, n_columns=plate.n_columns)
    foot = np.full(plate.n_columns, 0.5 if curve.lane.kind == "signed" else 0.0)
    fullness = 0.12 if curve.is_voice else 0.42
    plate.canvas.between(box, np.minimum(foot, means), np.maximum(foot, means), tints, alpha=fullness)
    plate.canvas.between(box, means, np.maximum(means, peaks), tints, alpha=fullness / 2)
    plate.canvas.line(box, means, plate.palette.mix(0.85), width_px=1.5 * plate.unit, alpha=0.9)


def _draw_circle(plate: Plate, curve: Curve, box: Box, tints: np.ndarray) -> None:
    """Each column by itself: from 1 to 0 is no way at all."""
    values, half = _held(plate, curve), 1.5 * plate.unit / box.height
    plate.canvas.between(box, values - half, values + half, tints, alpha=1.0)


def _held(plate: Plate, curve: Curve) -> np.ndarray:
    """The latest value at each column."""
    at = np.searchsorted(curve.seconds, plate.column_times, side="right") - 1
    return curve.lane.values[np.clip(at, 0, len(curve.seconds) - 1)]


_SHAPES = {"level": _draw_level, "signed": _draw_level, "circle": _draw_circle}


def per_column(seconds: np.ndarray, values: np.ndarray, *, end: float, n_columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and highest of the values in each column of `end / n_columns` seconds; between samples, a line from one to the next."""
    times = (np.arange(n_columns) + 0.5) * (end / n_columns)
    means = np.interp(times, seconds, values)
    if len(values) <= n_columns:
        return means, means
    column = np.clip((seconds / end * n_columns).astype(int), 0, n_columns - 1)
    counts = np.bincount(column, minlength=n_columns)
    filled = counts > 0
    means[filled] = np.bincount(column, values, n_columns)[filled] / counts[filled]
    peaks = means.copy()
    np.maximum.at(peaks, column, values)
    return means, peaks


def shot_tints(plate: Plate, cuts: Sequence[Fraction]) -> np.ndarray:
    """The film's colour in each column, (columns, 3) RGB, smooth within shots and sharp between them."""
    times = plate.column_times
    tints = lift(plate.moments.colours(times, np.full(len(times), 0.5)), _TINT_LIGHT)
    edges = np.unique(np.searchsorted(times, shot_edges(cuts, plate.end)))
    width = max(1, round(_TINT_SMOOTH * len(times)))
    for first, last in pairwise(edges):
        tints[first:last] = _smooth(tints[first:last], min(width, last - first))
    return tints


def _smooth(rows: np.ndarray, half: int) -> np.ndarray:
    """A running mean over 2 half + 1 rows."""
    padded = np.pad(rows, ((half + 1, half), (0, 0)), mode="edge").cumsum(0)
    return (padded[2 * half + 1 :] - padded[: -2 * half - 1]) / (2 * half + 1)


def still_share(seconds: np.ndarray, moving: np.ndarray | None, *, end: float, n_columns: int) -> np.ndarray:
    """How much of each column's time the picture stands still, (columns,) 0..1; None moves always."""
    if moving is None or not len(seconds):
        return np.zeros(n_columns)
    edges = np.clip(np.append(seconds, end), 0, end) / end * n_columns
    # Time at rest up to each frame; between frames it grows evenly or not at all.
    rested = np.concatenate([[0.0], np.cumsum(np.diff(edges) * ~np.asarray(moving, bool))])
    return np.clip(np.diff(np.interp(np.arange(n_columns + 1), edges, rested)), 0, 1)


def draw_light(plate: Plate, still: np.ndarray) -> None:
    """The film's light falls on the score from the ribbon, and goes out where the picture stands still."""
    music, light = plate.layout.music, lab_to_rgb(plate.moments.means)[plate.moments.at(plate.column_times)]
    rows = np.arange(round(music.height)) / (_GLOW_FALL * plate.layout.roll.height + 1e-9)
    plate.canvas.columns(music, light, alpha=_GLOW * (1 - still), fall=np.exp(-rows))
    plate.canvas.columns(music, np.zeros(3), alpha=0.38 * still)


def draw_cuts(plate: Plate, cuts: Sequence[Fraction]) -> None:
    """A hair line through all at every cut; the more there are, the fainter."""
    music, half = plate.layout.music, 0.75 * plate.unit
    room = plate.layout.roll.width / max(1, len(cuts)) / (40 * plate.unit)
    for cut in cuts:
        x = plate.x(float(cut))
        if music.left < x < music.right:
            plate.canvas.fill(Box(x - half, music.top, x + half, music.bottom), plate.palette.ink, alpha=0.24 * min(1.0, max(0.2, room)))


def draw_axis(plate: Plate) -> None:
    """Minutes and seconds under it all."""
    axis, unit = plate.layout.axis, plate.unit
    step = axis_step(plate.end * 190 * unit / plate.layout.roll.width)
    for second in range(0, int(plate.end) + 1, step):
        x = plate.x(second)
        plate.canvas.fill(Box(x - 0.75 * unit, axis.top + 8 * unit, x + 0.75 * unit, axis.top + 20 * unit), plate.palette.ink, alpha=0.5)
        plate.canvas.text(x, axis.bottom, short_clock_text(second), size=22 * unit, colour=plate.palette.mix(0.62), anchor="m")
