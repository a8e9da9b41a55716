"""Cuts and a length of beat go in; which cuts carry a beat, and which beat, comes out, the tempo bending as little as it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log

import numpy as np

SLOWEST, FASTEST = Fraction(3, 4), Fraction(4, 3)
"""How far the tempo may leave its base."""
LARGEST_STEP = Fraction(5, 4)
"""The ratio of two neighbouring tempos at most."""

# A trifle inside the bounds: whole microseconds a beat, chosen later, must not step over them.
_MARGIN = 0.001
_LOWEST, _HIGHEST = log(SLOWEST) + _MARGIN, log(FASTEST) - _MARGIN
_STEP = log(LARGEST_STEP) - 2 * _MARGIN
# Within so many beats there is a number of beats for any tempo to go on with: the narrowest window, from 3/4 to 5/4 of it,
# is 3/16 of the base wide, so 16/3 beats hold a whole one.
_REACH_BEATS = 6.0
_N_TEMPOS = 13
# A cut left off the beat costs as much as a tempo far out, there and back: tuned on films' cuts, so that few are left.
_COST_OF_MISSING = 0.25


@dataclass(frozen=True)
class Anchor:
    """The cut at `time` falls on beat number `beat`, counted from 0 at media time 0."""

    time: Fraction
    beat: int


@dataclass(frozen=True)
class _Place:
    """Ways to arrive at a cut; entry k of every array is one way.

    Args:
        at: the cut, in beats of the base tempo.
        tempo: logarithm of the tempo on the way here over the base.
        cost: of the whole way from the start.
        n_beats: since the cut before on this way.
        came_from: that cut's number.
        came_by: its way.
    """

    at: float
    tempo: np.ndarray
    cost: np.ndarray
    n_beats: np.ndarray
    came_from: np.ndarray
    came_by: np.ndarray


def fit_beats(cuts: Sequence[Fraction], *, beat_s: Fraction, longest_beat_s: Fraction | None = None) -> list[Anchor]:
    """Choose beats for cuts by dynamic programming over the numbers of beats between them.

    The cost of a stretch is the square of its tempo's distance from the base plus the square of its distance from the
    tempo before (distances in logarithms: half is as far as double), and a constant for every cut that is left out.
    Cuts closer together than the shortest beat cannot both be on one.

    Args:
        cuts: media times after 0, in any order.
        beat_s: seconds of a beat of the base tempo.
        longest_beat_s: what the file can hold at most.
    Returns:
        Anchors in order, each at a later beat. Between two (and from 0 to the first) the tempo lies within
        SLOWEST..FASTEST of the base, and changes by LARGEST_STEP at most.
    """
    lowest = _LOWEST if longest_beat_s is None else max(_LOWEST, log(beat_s / longest_beat_s))
    times = _thin(sorted(set(cuts)), shortest_s=beat_s / FASTEST)
    places = [_start()]
    for n, time in enumerate(times, start=1):
        places.append(_arrive(places, n, at=float(time / beat_s), lowest=lowest))
    return _walk_back(places, times)


def _thin(times: list[Fraction], *, shortest_s: Fraction) -> list[Fraction]:
    """Without those that follow another (or the start) closer than the shortest beat."""
    kept: list[Fraction] = []
    for time in times:
        if time - (kept[-1] if kept else 0) >= shortest_s:
            kept.append(time)
    return kept


def _start() -> _Place:
    """The film's beginning: before it there is no tempo to differ from."""
    nothing = np.zeros(1, np.int64)
    return _Place(0.0, np.full(1, np.nan), np.zeros(1), nothing, nothing, nothing)


def _arrive(places: list[_Place], n: int, *, at: float, lowest: float) -> _Place:
    """The ways to the n-th cut, each the cheapest of its kind."""
    ways = []
    for before in range(n - 1, -1, -1):
        # Farther back is of no use once a cut between here and there was in reach.
        if before < n - 1 and places[n - 1].at - places[before].at >= _REACH_BEATS:
            break
        way = _ways_between(places[before], before, at=at, n_left_out=n - 1 - before, lowest=lowest)
        if way is not None:
            ways.append(way)
    if not ways:
        empty, none = np.zeros(0), np.zeros(0, np.int64)
        return _Place(at, empty, empty, none, none, none)
    return _Place(at, *(np.concatenate(column) for column in zip(*ways, strict=True)))


def _ways_between(
    place: _Place, number: int, *, at: float, n_left_out: int, lowest: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    gap = at - place.at
    n_beats = np.unique(np.rint(gap * np.exp(np.linspace(lowest, _HIGHEST, _N_TEMPOS)))).astype(np.int64)
    tempo = np.log(np.maximum(n_beats, 1) / gap)
    fits = (n_beats >= 1) & (tempo >= lowest) & (tempo <= _HIGHEST)
    n_beats, tempo = n_beats[fits], tempo[fits]
    if not len(tempo) or not len(place.tempo):
        return None
    step = tempo[:, None] - (place.tempo[None, :] if number else tempo[:, None])
    cost = np.where(np.abs(step) <= _STEP, place.cost[None, :] + step**2, np.inf)
    by = cost.argmin(axis=1)
    total = cost[np.arange(len(by)), by] + tempo**2 + n_left_out * _COST_OF_MISSING
    open_ = np.isfinite(total)
    return tempo[open_], total[open_], n_beats[open_], np.full(int(open_.sum()), number), by[open_]


def _walk_back(places: list[_Place], times: list[Fraction]) -> list[Anchor]:
    """The cheapest way of all, from its end to its start; cuts after its end are left out."""
    ends = [(float(place.cost.min()) + (len(places) - 1 - n) * _COST_OF_MISSING, n) for n, place in enumerate(places) if len(place.cost)]
    n = min(ends)[1]
    way = int(places[n].cost.argmin())
    steps: list[tuple[Fraction, int]] = []
    while n:
        place = places[n]
        steps.append((times[n - 1], int(place.n_beats[way])))
        n, way = int(place.came_from[way]), int(place.came_by[way])
    anchors: list[Anchor] = []
    for time, n_beats in reversed(steps):
        anchors.append(Anchor(time, n_beats + (anchors[-1].beat if anchors else 0)))
    return anchors
