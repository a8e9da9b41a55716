"""Moments of a picture go in, one after the other; each voice answers with notes that begin and end, or controls that move.

The same players make the file, from the moments of a whole film, and play live, from those of a camera. A way of playing
is a class and a line in PLAYERS.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Protocol

import numpy as np

from video2midi.features import FEATURES, Signals
from video2midi.harmony import chord_pitches, nearest_voicing, root_pitch
from video2midi.mapping import Part, VoiceSettings, controller_of
from video2midi.score import BEND, Control

RING_S = Fraction(1, 4)
"""A note struck just before the picture stands still rings so long."""
CLOSES_AT = 0.6
"""A gate closes at this share of what opens it."""
SLACK_S = 1e-6
"""Seconds are compared as rounded numbers: so much less is as good."""
NEVER = float("-inf")
_CONTROL_EVERY_S = 1 / 50 - SLACK_S


class Moment(Protocol):
    """What voices know of one frame."""

    @property
    def time(self) -> Fraction:
        """Media time, seconds."""

    @property
    def second(self) -> float:
        """The same, rounded."""

    @property
    def moving(self) -> bool:
        """Whether the picture moves."""

    @property
    def root(self) -> int:
        """The chord of the moment: degree of its root in the scale, from 0."""

    def value(self, feature: str, region: str = "frame") -> float:
        """A feature, 0 to 1."""

    def trigger(self, event: str, region: str = "frame") -> float:
        """Strength of an event at this frame, 0 for none."""

    def upcoming(self, event: str, region: str, after: float) -> float | None:
        """When the next such event comes, not before `after`, seconds; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A note begins; it ends at `until`, unless an `End` comes before."""

    time: Fraction
    pitch: int
    velocity: int
    until: Fraction


@dataclass(frozen=True, slots=True)
class End:
    """A note ends; nothing if it has ended already."""

    time: Fraction
    pitch: int


Event = Begin | End | Control


@dataclass(frozen=True)
class Setting:
    """What a voice needs to know of the score around it.

    Args:
        key, scale: of the whole score.
        beat_s: length of a beat, for lengths told as notes.
    """

    key: int
    scale: tuple[int, ...]
    beat_s: Fraction
    seed: int


class Player(ABC):
    """One voice while it plays."""

    def __init__(self, part: Part, setting: Setting) -> None:
        self.part, self.setting = part, setting
        self.voice: VoiceSettings = part.voice
        self.due: float | None = None
        """When to look again though nothing changes, seconds; None for never."""
        self._random = random.Random(f"{setting.seed}/{part.name}")
        self._sounding: dict[int, Fraction] = {}
        self._struck = NEVER
        self._debounce = float(self.voice.debounce) - SLACK_S
        self._renew = NEVER if self.voice.renew is None else float(self.voice.renew) - SLACK_S
        self._length = length_s(self.voice.length, setting.beat_s)
        self._held_for = min(self._length or self.voice.longest, self.voice.longest)

    @abstractmethod
    def step(self, moment: Moment) -> Iterator[Event]:
        """What happens at this frame, in order of time."""

    @abstractmethod
    def watch(self, signals: Signals) -> np.ndarray:
        """Frames of a film at which something may happen, bool (N,); at all others `step` would give nothing."""

    @property
    def scale(self) -> tuple[int, ...]:
        """This voice's own scale."""
        return self.voice.scale or self.setting.scale

    @property
    def key(self) -> int:
        """This voice's own key note."""
        return self.setting.key if self.voice.key is None else self.voice.key

    def shaped(self, value: float) -> float:
        """A feature bent to this voice's part of it, curve and polarity."""
        low, high = self.voice.input
        share = min(max((value - low) / (high - low), 0.0), 1.0) ** self.voice.curve
        return 1 - share if self.voice.polarity == "down" else share

    def velocity(self, moment: Moment, strength: float | None = None) -> int:
        """How hard a note is struck now."""
        if isinstance(self.voice.velocity, int):
            return self.voice.velocity
        share = strength if strength is not None else moment.value(self.voice.velocity, self.part.cells[0])
        low, high = self.voice.velocities
        return round(low + (high - low) * share)

    def silence(self, time: Fraction) -> Iterator[Event]:
        """Let all notes end, those just struck a little later."""
        for pitch, began in self._sounding.items():
            yield End(max(time, began + RING_S), pitch)
        self._sounding.clear()

    def strike(self, moment: Moment, pitches: Sequence[int], strength: float | None = None) -> Iterator[Event]:
        """Begin notes, and end the oldest beyond the voice's polyphony; a note that sounds is struck anew."""
        time, velocity = moment.time, self.velocity(moment, strength)
        for pitch in pitches:
            if self._sounding.pop(pitch, None) is not None:
                yield End(time, pitch)
            while len(self._sounding) >= self.voice.polyphony:
                oldest = next(iter(self._sounding))
                del self._sounding[oldest]
                yield End(time, oldest)
            self._sounding[pitch] = time
            yield Begin(time, pitch, velocity, time + self._held_for)
        self._struck = moment.second

    def is_likely(self) -> bool:
        """Whether chance lets this note be played."""
        return self.voice.probability >= 1 or self._random.random() < self.voice.probability

    def is_free(self, second: float) -> bool:
        """Whether the last note lies far enough behind; else sees to it that we look again once it does."""
        if second - self._struck >= self._debounce:
            return True
        self.wait(self._struck + self._debounce)
        return False

    def is_stale(self, second: float) -> bool:
        """Whether nothing was struck for so long that it is time to strike again."""
        return self.voice.renew is not None and second - self._struck >= self._renew

    def crest(self, moment: Moment, cell: str) -> float:
        """Strength of a crest of movement that is to strike again, since nothing else did for so long; 0 for none."""
        return moment.trigger("swell", cell) if self.is_stale(moment.second) else 0.0

    def wait_for_crest(self, moment: Moment, cell: str) -> None:
        """Look again at the crest that may strike next."""
        if self.voice.renew is not None:
            after = max(self._struck + self._renew, moment.second + SLACK_S)
            self.wait(moment.upcoming("swell", cell, after))

    def wait(self, second: float | None) -> None:
        """Look again at this time, or earlier if something else asks for it."""
        if second is not None:
            self.due = second if self.due is None else min(self.due, second)

    def is_resting(self, moment: Moment) -> bool:
        """Whether this voice is silent because the picture stands still."""
        return self.voice.rests and not moment.moving

    def _rests_change(self, signals: Signals) -> np.ndarray:
        return changes(signals.moving)


class Line(Player):
    """One note at a time that follows a feature."""

    def __init__(self, part: Part, setting: Setting) -> None:
        super().__init__(part, setting)
        self._degree = -1

    def step(self, moment: Moment) -> Iterator[Event]:
        if self.is_resting(moment):
            self._degree = -1
            yield from self.silence(moment.time)
            return
        cell = self.part.cells[0]
        degree = self._follow(moment.value(self.voice.feature, cell))
        if (degree != self._degree or self.crest(moment, cell)) and self.is_free(moment.second):
            self._degree = degree
            if self.is_likely():
                yield from self.strike(moment, [self.part.pitches[degree]])
        self.wait_for_crest(moment, cell)

    def _follow(self, value: float) -> int:
        """The degree of a value: the one before, until the value lies clearly beyond its borders."""
        n = len(self.part.pitches)
        at = self.shaped(value) * n - 0.5
        if self._degree >= 0 and abs(at - self._degree) <= 0.5 + self.voice.hysteresis:
            return self._degree
        return min(max(floor(at + 0.5), 0), n - 1)

    def watch(self, signals: Signals) -> np.ndarray:
        at = shape_all(self, signals.value(self.voice.feature, self.part.cells[0])) * len(self.part.pitches)
        far = self.voice.hysteresis
        return changes(np.floor(at - far)) | changes(np.floor(at + far)) | self._rests_change(signals)


class Hits(Player):
    """A note at each event."""

    def __init__(self, part: Part, setting: Setting) -> None:
        super().__init__(part, setting)
        self._turn = 0

    def step(self, moment: Moment) -> Iterator[Event]:
        if self.is_resting(moment):
            yield from self.silence(moment.time)
            return
        for number, cell in enumerate(self.part.cells):
            strength = moment.trigger(self.voice.feature, cell)
            if self.voice.wake:
                strength = max(strength, moment.trigger("wake"))
            strength = max(strength, self.crest(moment, cell))
            if strength and (len(self.part.cells) > 1 or self.is_free(moment.second)) and self.is_likely():
                yield from self._hit(moment, number, strength)
            self.wait_for_crest(moment, cell)

    def _hit(self, moment: Moment, number: int, strength: float) -> Iterator[Event]:
        if self._length is None and len(self.part.cells) == 1 and self.voice.polyphony == 1:
            for pitch in self._sounding:
                yield End(moment.time, pitch)
            self._sounding.clear()
        yield from self.strike(moment, [self._pitch(moment, number)], self.shaped(strength))

    def _pitch(self, moment: Moment, number: int) -> int:
        pitches = self.part.pitches
        if len(self.part.cells) > 1:
            return pitches[number]
        if self.voice.notes:
            self._turn += 1
            return pitches[(self._turn - 1) % len(pitches)]
        if self.voice.pitch == "root":
            return root_pitch(moment.root, key=self.setting.key, scale=self.setting.scale, pitches=pitches)
        return pitches[min(int(moment.value(self.voice.pitch, self.part.cells[0]) * len(pitches)), len(pitches) - 1)]

    def watch(self, signals: Signals) -> np.ndarray:
        found = self._rests_change(signals)
        if self.voice.wake:
            found = found | (signals.trigger("wake") > 0)
        for cell in self.part.cells:
            found = found | (signals.trigger(self.voice.feature, cell) > 0)
        return found


class Gate(Player):
    """A note for each cell whose feature is high: on above the threshold, off below six tenths of it."""

    def __init__(self, part: Part, setting: Setting) -> None:
        super().__init__(part, setting)
        self._open = [False] * len(part.cells)
        self._struck_in = [NEVER] * len(part.cells)

    def step(self, moment: Moment) -> Iterator[Event]:
        if self.is_resting(moment):
            self._open = [False] * len(self._open)
            yield from self.silence(moment.time)
            return
        opened: list[tuple[float, int]] = []
        for number, cell in enumerate(self.part.cells):
            value = self.shaped(moment.value(self.voice.feature, cell))
            if not self._open[number] and value >= self.voice.threshold and self._is_free_in(number, moment.second):
                self._open[number], self._struck_in[number] = True, moment.second
                opened.append((-value, number))
            elif self._open[number] and value < self.voice.threshold * CLOSES_AT:
                self._open[number] = False
                yield from self._close(moment, number)
        # When everything moves at once, as at a cut, the strongest are heard.
        for value, number in sorted(opened)[: self.voice.polyphony]:
            if self.is_likely():
                yield from self.strike(moment, [self._pitch(number)], -value if self.voice.velocity == self.voice.feature else None)

    def _is_free_in(self, number: int, second: float) -> bool:
        if second - self._struck_in[number] >= self._debounce:
            return True
        self.wait(self._struck_in[number] + self._debounce)
        return False

    def _close(self, moment: Moment, number: int) -> Iterator[Event]:
        pitch = self._pitch(number)
        if self._length is None and pitch in self._sounding:
            del self._sounding[pitch]
            yield End(moment.time, pitch)

    def _pitch(self, number: int) -> int:
        return self.part.pitches[number % len(self.part.pitches)]

    def watch(self, signals: Signals) -> np.ndarray:
        found = self._rests_change(signals)
        for cell in self.part.cells:
            value = shape_all(self, signals.value(self.voice.feature, cell))
            found = found | changes(value >= self.voice.threshold) | changes(value < self.voice.threshold * CLOSES_AT)
        return found


class Chords(Player):
    """Chords of the harmony, struck when it changes; the feature makes them fuller."""

    def __init__(self, part: Part, setting: Setting) -> None:
        super().__init__(part, setting)
        self._root = -1
        self._last: tuple[int, ...] = ()

    def step(self, moment: Moment) -> Iterator[Event]:
        if self.is_resting(moment):
            self._root = -1
            yield from self.silence(moment.time)
            return
        if moment.root == self._root and not self.is_stale(moment.second):
            self._wait_for_renewal()
            return
        if not self.is_free(moment.second):
            return
        self._root = moment.root
        if self.is_likely():
            yield from self._change(moment)
        self._wait_for_renewal()

    def _wait_for_renewal(self) -> None:
        if self.voice.renew is not None:
            self.wait(self._struck + self._renew)

    def _change(self, moment: Moment) -> Iterator[Event]:
        for pitch in self._sounding:
            yield End(moment.time, pitch)
        self._sounding.clear()
        share = self.shaped(moment.value(self.voice.feature, self.part.cells[0])) if self.voice.feature in FEATURES else 0.0
        least = min(3, self.voice.polyphony)
        n = least + round((self.voice.polyphony - least) * share)
        classes = chord_pitches(moment.root, key=self.key, scale=self.scale, n=n)
        self._last = nearest_voicing(classes, self.part.pitches, before=self._last)
        yield from self.strike(moment, self._last)

    def watch(self, signals: Signals) -> np.ndarray:
        return self._rests_change(signals)


class Drone(Player):
    """Notes that sound as long as the picture moves."""

    def step(self, moment: Moment) -> Iterator[Event]:
        if self.is_resting(moment):
            yield from self.silence(moment.time)
            return
        longest = float(self.voice.longest) - SLACK_S
        if not self._sounding or moment.second - self._struck >= longest:
            yield from self.strike(moment, self._pitches())
        self.wait(self._struck + longest)

    def _pitches(self) -> Sequence[int]:
        return self.part.pitches if self.voice.notes else self.part.pitches[: self.voice.polyphony]

    def watch(self, signals: Signals) -> np.ndarray:
        found = self._rests_change(signals)
        found[0] = True
        return found


class Mover(Player):
    """A controller or the pitch wheel that follows a feature; told on change only, fifty times a second at most."""

    def __init__(self, part: Part, setting: Setting) -> None:
        super().__init__(part, setting)
        self._number = controller_of(part.voice)
        self._value: int | None = None

    def step(self, moment: Moment) -> Iterator[Event]:
        exact = float(self._scaled(np.array(self.shaped(moment.value(self.voice.feature, self.part.cells[0])))))
        if self._value is not None and abs(exact - self._value) <= 0.5 + self._slack():
            return
        if moment.second - self._struck < _CONTROL_EVERY_S:
            self.wait(self._struck + _CONTROL_EVERY_S)
            return
        self._value, self._struck = round(exact), moment.second
        yield Control(moment.time, self._number, self._value)

    def _slack(self) -> float:
        """The hysteresis, in steps of the wheel's own size where it is the wheel."""
        return self.voice.hysteresis * (64 if self._number == BEND else 1)

    def _scaled(self, share: np.ndarray) -> np.ndarray:
        if self._number == BEND:
            reach = 8191 * min(self.voice.semitones / 2, 1.0)
            return np.round((share * 2 - 1) * reach)
        low, high = self.voice.values
        return low + (high - low) * share

    def follow(self, signals: Signals) -> Iterator[Control]:
        """What `step` says of a whole film: controllers move all the time, so here its rule is made tight."""
        exact = self._scaled(shape_all(self, signals.value(self.voice.feature, self.part.cells[0]))).tolist()
        reach, told, after = 0.5 + self._slack(), float("inf"), float("-inf")
        for index, (value, second) in enumerate(zip(exact, signals.seconds.tolist(), strict=True)):
            if not -reach <= value - told <= reach and second >= after:
                told, after = round(value), second + _CONTROL_EVERY_S
                yield Control(signals.time(index), self._number, told)

    def watch(self, signals: Signals) -> np.ndarray:
        """All of them: `follow` is the way through a whole film."""
        return np.ones(len(signals.seconds), bool)


PLAYERS: dict[str, type[Player]] = {
    "line": Line,
    "hits": Hits,
    "gate": Gate,
    "chords": Chords,
    "drone": Drone,
    "control": Mover,
    "bend": Mover,
}


def length_s(length: Fraction | str, beat_s: Fraction) -> Fraction | None:
    """Seconds of a note length; None for as long as it lasts (legato, gate)."""
    if isinstance(length, Fraction):
        return length
    return None if length in ("legato", "gate") else Fraction(length) * 4 * beat_s


def shape_all(player: Player, values: np.ndarray) -> np.ndarray:
    """`Player.shaped` of a whole film."""
    low, high = player.voice.input
    share = np.clip((values - low) / (high - low), 0, 1) ** player.voice.curve
    return 1 - share if player.voice.polarity == "down" else share


def changes(values: np.ndarray) -> np.ndarray:
    """Where a value differs from the one before, bool (N,); the first does."""
    return np.concatenate([[True], values[1:] != values[:-1]])
