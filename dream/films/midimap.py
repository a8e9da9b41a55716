"""A MIDI file and words on what plays what go in; how loud every motif is at any moment of the film comes out.

A word on what plays what is `midi.note.60=motif.eyes`, `midi.ch.2.note.36-48=layer.shapes` or `midi.cc.1=strength`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle

import numpy as np

from dream.films.tape import Control, Note, Tape
from dream.settings import WishSettings
from dream.tables import WISHES
from media.errors import UserError, did_you_mean

PARAMETERS = {"strength": (0.0, 1.0), "step-size": (0.0, 2.0)}
"""What else can be played, and what the least and the greatest stand for; step-size in parts of what is set."""
ORDER = ("spirals", "petals", "honeycomb", "zebra", "feathers", "mandalas", "arches", "clouds", "skulls", "scales", "weave", "flames")
"""Motifs for the tracks of a file, by default: each unlike those before it."""

_SOURCE = re.compile(r"midi(?:\.ch\.(\d{1,2}))?\.(note|cc)\.(?:(\d{1,3})(?:-(\d{1,3}))?|\*)", re.IGNORECASE)
_RANGE = re.compile(r"(.+):(-?[\d.]+)\.\.(-?[\d.]+)")
_EXAMPLE = "Write it like midi.note.60=motif.eyes or midi.ch.2.cc.1=strength."
_HELD = 0.4
"""What a note settles at, of its beginning, so that one struck again is seen."""
_SETTLE_S = 0.25
_SWELLING = (1, 2, 11, 74)
"""Modulation, breath, expression and brightness: these move a track's strength by default."""
_LEAST_SWELL = 0.4
_MOST = 1e6


@dataclass(frozen=True)
class Route:
    """What plays what.

    Args:
        kind: note or cc.
        low, high: notes or controllers, both included.
        channel: 0..15; None is any.
        track: of the file; None is any.
        target: motif.NAME, layer.NAME, channel.LAYER:NUMBER, or a key of PARAMETERS.
        span: what 0 and full stand for.
        swells: whether controllers of its channels move it too.
        source: what plays, as it was written.
    """

    kind: str
    low: int
    high: int
    channel: int | None
    track: int | None
    target: str
    span: tuple[float, float] = (0.0, 1.0)
    swells: bool = False
    source: str = ""

    def takes(self, event: Note | Control) -> bool:
        """Whether it listens to this."""
        if isinstance(event, Note):
            return self.kind == "note" and self._fits(event.pitch, event.channel) and self.track in (None, event.track)
        return self.kind == "cc" and self._fits(event.number, event.channel)

    def is_in(self, tape: Tape) -> bool:
        """Whether there is anything that plays it."""
        return any(map(self.takes, tape.notes)) or any(map(self.takes, tape.controls))

    def _fits(self, number: int, channel: int) -> bool:
        return self.low <= number <= self.high and self.channel in (None, channel)


def parse_route(text: str) -> Route:
    """Read `midi.note.60=motif.eyes`, also with a range as in `midi.cc.1=strength:0.2..0.8`.

    Raises:
        UserError: it says nothing that is known.
    """
    source, _, target = text.partition("=")
    match = _SOURCE.fullmatch(source.strip())
    if not match:
        raise UserError(f"--map {text}", f"{source!r} is nothing that MIDI plays", _EXAMPLE)
    low = int(match[3]) if match[3] else 0
    high = int(match[4] or low) if match[3] else 127
    if low > high:
        raise UserError(f"--map {text}", f"its range runs backwards, got {low}-{high}", f"Write it {high}-{low}.")
    if high > 127 or not (match[1] is None or 1 <= int(match[1]) <= 16):
        raise UserError(f"--map {text}", "notes and controllers go from 0 to 127, channels from 1 to 16", _EXAMPLE)
    name, span = _target(text, target.strip())
    return Route(match[2].lower(), low, high, int(match[1]) - 1 if match[1] else None, None, name, span, source=source.strip())


def _target(text: str, target: str) -> tuple[str, tuple[float, float]]:
    """What is played, and between which values."""
    if "=" in target:
        raise UserError(f"--map {text}", f"{target!r} is not one thing", "Give --map once for each; how far it goes is written motif.eyes:0..0.5.")
    ranged = _RANGE.fullmatch(target)
    name = (ranged[1] if ranged else target).replace("step_size", "step-size")
    kind, _, what = name.partition(".")
    if kind.lower() in WISHES and what:
        return f"{kind.lower()}.{what}", _span(text, ranged) if ranged else (0.0, 1.0)
    if name not in PARAMETERS:
        choices = [*PARAMETERS, *(f"{wish}.NAME" for wish in WISHES)]
        raise UserError(f"--map {text}", f"{target!r} cannot be played" if target else "it does not say what is played", did_you_mean(name, choices))
    span = _span(text, ranged) if ranged else PARAMETERS[name]
    least, greatest = PARAMETERS[name]
    if not all(least <= value <= greatest for value in span):
        raise UserError(f"--map {text}", f"{name} goes from {least:g} to {greatest:g}", _EXAMPLE)
    return name, span


def _span(text: str, match: re.Match[str]) -> tuple[float, float]:
    try:
        span = float(match[2]), float(match[3])
    except ValueError:
        span = None
    if span is None or max(map(abs, span)) > _MOST:
        raise UserError(f"--map {text}", "its range is no two numbers", "Write it like midi.cc.1=strength:0.2..0.8.")
    return span


def default_routes(tape: Tape, motifs: Sequence[str]) -> list[Route]:
    """Each track of notes plays a motif of its own, swelling as its controllers do.

    Raises:
        UserError: there are no notes, or no motifs.
    """
    if not motifs:
        raise UserError("--midi", "this network can name nothing", "Say what plays what: --map midi.note.*=layer.NAME.")
    if not tape.notes:
        raise UserError(tape.path, "there is no note in it", "Give a file with notes, or say what plays what: --map midi.cc.1=strength.")
    names = cycle([name for name in ORDER if name in motifs] or motifs)
    tracks = sorted({note.track for note in tape.notes})
    return [Route("note", 0, 127, None, track, f"motif.{name}", swells=True) for track, name in zip(tracks, names, strict=False)]


def wish_of(target: str) -> WishSettings:
    """A target as the wish that it is."""
    kind, _, what = target.partition(".")
    return WishSettings.model_validate({kind: (what,)})


class Player:
    """What plays at any moment.

    Args:
        release_s: how long a motif takes to fall when its note has ended.
    """

    def __init__(self, tape: Tape, routes: Sequence[Route], *, release_s: Fraction) -> None:
        self._lines = [(route, _Line(tape, route, release_s=float(release_s))) for route in routes]
        self.targets = tuple(dict.fromkeys(route.target for route in routes if route.target not in PARAMETERS))
        """What is dreamed of, in the order of `weights`."""

    def weights(self, time: Fraction) -> tuple[float, ...]:
        """How loud each of the targets is."""
        return tuple(max(self._values(target, time), default=0.0) for target in self.targets)

    def parameter(self, name: str, time: Fraction) -> float | None:
        """What a parameter of PARAMETERS is played to; None where nothing has been said of it yet."""
        return max(self._values(name, time), default=None)

    def _values(self, target: str, time: Fraction) -> list[float]:
        found = [(route, line.at(float(time))) for route, line in self._lines if route.target == target]
        return [route.span[0] + (route.span[1] - route.span[0]) * value for route, value in found if value is not None]


class _Line:
    """The events of one route, as arrays."""

    def __init__(self, tape: Tape, route: Route, *, release_s: float) -> None:
        notes = [note for note in tape.notes if route.takes(note)]
        self._starts = np.array([float(note.start) for note in notes])
        self._ends = np.array([float(note.end) for note in notes])
        self._loud = np.array([note.velocity / 127 for note in notes])
        self._release_s = release_s
        channels = {note.channel for note in notes}
        self._curves = _curves([control for control in tape.controls if route.takes(control)])
        swelling = [control for control in tape.controls if route.swells and control.channel in channels and control.number in _SWELLING]
        self._swells = [curve for curve in _curves(swelling) if len(set(curve[1])) > 2]  # what is only set up does not count
        self._is_curve = route.kind == "cc"

    def at(self, second: float) -> float | None:
        """From 0 to 1; None for a controller that has not moved yet."""
        if self._is_curve:
            return max((value for curve in self._curves if (value := _value_at(curve, second)) is not None), default=None)
        swell = max((value for curve in self._swells if (value := _value_at(curve, second)) is not None), default=1.0)
        return self._loudest(second) * (_LEAST_SWELL + (1 - _LEAST_SWELL) * swell)

    def _loudest(self, second: float) -> float:
        """The loudest note: it begins at its velocity, settles, and falls when it has ended."""
        if not len(self._starts):
            return 0.0
        held = np.minimum(second, self._ends) - self._starts
        fallen = np.maximum(0.0, second - self._ends)
        fall = np.maximum(0.0, 1 - fallen / self._release_s) if self._release_s else (fallen <= 0) & (second < self._ends)
        loud = self._loud * (_HELD + (1 - _HELD) * np.exp(-np.maximum(held, 0.0) / _SETTLE_S)) * fall
        return float(np.where(second >= self._starts, loud, 0.0).max())


_Curve = tuple[np.ndarray, np.ndarray]


def _curves(controls: Sequence[Control]) -> list[_Curve]:
    """(times, values of 0..1) of each controller of each channel."""
    apart: dict[tuple[int, int], list[Control]] = {}
    for control in controls:
        apart.setdefault((control.channel, control.number), []).append(control)
    return [(np.array([float(one.time) for one in some]), np.array([one.value / 127 for one in some])) for some in apart.values()]


def _value_at(curve: _Curve, second: float) -> float | None:
    n = int(np.searchsorted(curve[0], second, side="right")) - 1
    return float(curve[1][n]) if n >= 0 else None
