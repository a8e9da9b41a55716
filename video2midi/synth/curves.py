"""The controls of a channel go in; the smooth course of each, at any sample, comes out in whole numbers."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from video2midi.notes import BEND, Control, told_bend_reach
from video2midi.synth.tables import RATE

VOLUME, PAN, EXPRESSION, MODULATION, SUSTAIN, RESONANCE, RELEASE, ATTACK, CUTOFF, ROOM = 7, 10, 11, 1, 64, 71, 72, 73, 74, 91
FINE = 256
"""What a step of a controller is counted in."""
_DEFAULTS = {VOLUME: 100, PAN: 64, EXPRESSION: 127, MODULATION: 0, RESONANCE: 64, RELEASE: 64, ATTACK: 64, CUTOFF: 64, ROOM: 40, BEND: 0}
_NO_EVENTS = np.zeros(0, np.int64), np.zeros(0, np.int64)
_GLIDE = RATE // 100  # 10 ms: no zipper is heard, no note waits for its place


def to_sample(time: Fraction) -> int:
    """The synthesiser's sample nearest to a media time."""
    return round(time * RATE)


class Curves:
    """What the controllers of one channel say at any time.

    A value is reached 10 ms after its control, or by the next one; those at or before time 0 hold from the start.
    """

    def __init__(self, controls: Iterable[Control]) -> None:
        controls = tuple(controls)
        self.bend_reach = told_bend_reach(controls)
        """Semitones that the wheel reaches either way, all through."""
        self._events: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._points: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        heard: dict[int, list[tuple[int, int]]] = {}
        for control in controls:
            heard.setdefault(control.number, []).append((to_sample(control.time), control.value))
        for number, events in heard.items():
            samples, values = np.array(events, np.int64).T
            self._events[number] = np.ascontiguousarray(samples), np.ascontiguousarray(values)
            if number in _DEFAULTS:
                self._points[number] = _points(number, events)

    def at(self, number: int, samples: np.ndarray) -> np.ndarray:
        """Values of a controller in 1/FINE at these samples, int64."""
        if number not in self._points:
            return np.full(len(samples), _DEFAULTS[number] * FINE, np.int64)
        places, values = self._points[number]
        before = np.clip(np.searchsorted(places, samples, side="right") - 1, 0, len(places) - 2)
        length = places[before + 1] - places[before]
        along = np.clip(samples - places[before], 0, length)
        return values[before] + (values[before + 1] - values[before]) * along // length

    def value(self, number: int, sample: int) -> int:
        """The value that a controller was told last, at or before a sample."""
        samples, values = self._events.get(number, _NO_EVENTS)
        place = int(np.searchsorted(samples, sample, side="right"))
        return int(values[place - 1]) if place else _DEFAULTS[number]

    def sustained(self, sample: int, *, last: int) -> int:
        """Where a note that ends at a sample ends by the pedal: there, or where the pedal is let go; `last` where never."""
        samples, values = self._events.get(SUSTAIN, _NO_EVENTS)
        place = int(np.searchsorted(samples, sample, side="right"))
        if place == 0 or values[place - 1] < 64:
            return sample
        let_go = np.flatnonzero(values[place:] < 64)
        return int(samples[place + let_go[0]]) if len(let_go) else max(last, sample)


def _points(number: int, events: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the course: at least two, at rising samples."""
    places, values = [-1], [_DEFAULTS[number] * FINE]
    for n, (sample, value) in enumerate(events):
        following = events[n + 1][0] if n + 1 < len(events) else sample + _GLIDE
        if sample <= 0:
            values[-1] = value * FINE
            continue
        if following == sample:
            continue
        if sample > places[-1]:
            places.append(sample)
            values.append(values[-1])
        places.append(min(sample + _GLIDE, following))
        values.append(value * FINE)
    places.append(places[-1] + 1)
    values.append(values[-1])
    return np.array(places, np.int64), np.array(values, np.int64)
