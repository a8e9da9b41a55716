"""A feature that goes round in a circle (or up and down) goes in; the chord of the moment, its notes and its bass come out.

Hue goes round a circle of colours; chords go round a circle of thirds, where neighbours share all notes but one. So near
colours sound near, and red is no border.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import isnan, nan
from typing import TypeVar

import numpy as np

from video2midi.features import FEATURES
from video2midi.mappingfile import HarmonySettings
from video2midi.voices import NEVER, SLACK_S

_N_NEAR = 9
PATH = (0, -1, 3, 1)
"""Where harmony wanders in a long take, steps round the circle of thirds: from D dorian's own chord to G, C, F and back."""
N_HOMES = 24
"""Parts of the circle of hues among which the most usual is looked for."""
_Numbers = TypeVar("_Numbers", float, np.ndarray)


class Harmony:
    """The chord of the moment while it plays: it changes at cuts, else when its feature has clearly moved on.

    Args:
        home: the value of the feature that is the key's own chord; the first one seen by default.
    """

    def __init__(self, settings: HarmonySettings, scale: tuple[int, ...], *, home: float = nan) -> None:
        self._roots = circle_of_thirds(scale)
        self._home = home
        self._circular = FEATURES[settings.feature].kind == "circle"
        self._at = -1
        self._changed = NEVER
        self._debounce = float(settings.debounce) - SLACK_S
        self._wander = float(settings.wander)
        self._wandered = 0
        self.due: float | None = None
        """When to look again though nothing changes; None for never."""

    def step(self, second: float, value: float, *, is_cut: bool) -> int:
        """The root's degree, from 0, at this moment."""
        if isnan(self._home):
            self._home = value
        n = len(self._roots)
        exact = self.place(value)
        self.due = None
        if self._at < 0 or is_cut or (self._is_beyond(exact) and self._is_free(second)):
            at = min(int(exact), n - 1)
            if at != self._at or self._wandered:
                self._changed = second
            self._at, self._wandered = at, 0
        elif self._wander and second >= self._changed + self._wander:
            self._wandered, self._changed = self._wandered + 1, second
        if self._wander:
            again = self._changed + self._wander
            self.due = again if self.due is None else min(self.due, again)
        return self._roots[(self._at + PATH[self._wandered % len(PATH)]) % n]

    def place(self, values: _Numbers) -> _Numbers:
        """Where a value, or each of an array, lies among the chords, 0 up to their number."""
        n = len(self._roots)
        return (values - self._home + 0.5 / n) % 1.0 * n if self._circular else values * n

    def watch(self, values: np.ndarray) -> np.ndarray:
        """Frames at which `step` may say something new, cuts aside, bool (N,)."""
        quarters = self.place(values) * 4
        found = [np.concatenate([[True], part[1:] != part[:-1]]) for part in (np.floor(quarters), np.ceil(quarters))]
        return found[0] | found[1]

    def _is_beyond(self, exact: float) -> bool:
        """Whether the feature has left the chord's share of the circle by a quarter more."""
        n = len(self._roots)
        away = exact - (self._at + 0.5)
        if self._circular:
            away = (away + n / 2) % n - n / 2
        return abs(away) > 0.75

    def _is_free(self, second: float) -> bool:
        """Whether the last change lies far enough behind; else sees to it that we look again once it does."""
        free_at = self._changed + self._debounce
        if second >= free_at:
            return True
        self.due = free_at
        return False


def usual_value(values: np.ndarray, *, n: int) -> float:
    """The middle of the fullest of `n` equal parts of 0..1."""
    counts = np.bincount(np.minimum((values * n).astype(int), n - 1), minlength=n)
    return (int(counts.argmax()) + 0.5) / n


def circle_of_thirds(scale: Sequence[int]) -> tuple[int, ...]:
    """Degrees of a scale, every second one round and round, without those whose chord has no fifth (where others have)."""
    n = len(scale)
    steps = [(2 * k) % n for k in range(n)] if n % 2 else list(range(n))
    sound = [degree for degree in steps if _fifth(scale, degree) == 7]
    return tuple(sound or steps)


def _fifth(scale: Sequence[int], degree: int) -> int:
    """Semitones from a degree to the one four steps above it."""
    n = len(scale)
    octaves, place = divmod(degree + 4, n)
    return scale[place] + 12 * octaves - scale[degree]


def chord_pitches(root: int, *, key: int, scale: Sequence[int], n: int) -> tuple[int, ...]:
    """Pitch classes of a chord of `n` notes, every second degree from its root."""
    wanted = dict.fromkeys((key + scale[(root + 2 * k) % len(scale)]) % 12 for k in range(n))
    return tuple(wanted)


@lru_cache(maxsize=4096)
def nearest_voicing(classes: tuple[int, ...], pitches: tuple[int, ...], *, before: tuple[int, ...]) -> tuple[int, ...]:
    """A chord of these pitch classes out of the pitches allowed, each class once, that moves least from the one before.

    Without one before it is the closest chord in the middle of the range. Where the range lacks a class, it is left out.
    """
    middle = (pitches[0] + pitches[-1]) / 2
    goal: list[float] = [*before] or [middle]
    usable = [pitch for pitch in pitches if pitch % 12 in classes]
    if not usable:
        return ()
    centre = sum(goal) / len(goal)
    near = sorted(usable, key=lambda pitch: (abs(pitch - (centre + middle) / 2), pitch))[:_N_NEAR]
    n = len({pitch % 12 for pitch in near})
    full = [chord for chord in combinations(sorted(near), n) if len({pitch % 12 for pitch in chord}) == n]
    return min(full, key=lambda chord: (_distance(chord, goal) + 0.5 * (chord[-1] - chord[0]) / 12, chord))


def _distance(chord: Sequence[int], goal: Sequence[float]) -> float:
    """How far the notes of a chord lie from the nearest of another, on the average."""
    return sum(min(abs(pitch - other) for other in goal) for pitch in chord) / len(chord)


def root_pitch(root: int, *, key: int, scale: Sequence[int], pitches: Sequence[int]) -> int:
    """The lowest pitch allowed that is the root of a chord; the nearest above it where the scale of the voice lacks it."""
    wanted = (key + scale[root]) % 12
    return min(pitches, key=lambda pitch: ((pitch - wanted) % 12, pitch))
