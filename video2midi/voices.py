"""What voices are told of a picture, moment by moment, what they answer, and what all of them have in common.

The same players (video2midi/players.py) make the file, from the moments of a whole film, and play live, from a camera's.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np

from video2midi.features import Signals
from video2midi.mapping import Part
from video2midi.mappingfile import VoiceSettings
from video2midi.notes import Control

RING_S = Fraction(1, 4)
"""A note struck just before the picture stands still rings so long."""
SLACK_S = 1e-6
"""Seconds are compared as rounded numbers: so much less is as good."""
NEVER = float("-inf")


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
        """The chord of the moment: degree of its root in the score's scale, from 0."""

    def value(self, feature: str, region: str = "frame") -> float:
        """A feature, 0 to 1."""

    def trigger(self, event: str, region: str = "frame") -> float:
        """Strength of an event at this frame, 0 for none."""

    def upcoming(self, event: str, region: str, after: float) -> float | None:
        """When the next such event comes, not before `after`, seconds; None where nobody knows."""


class Begin(NamedTuple):
    """A note begins; it lasts for `held` seconds, to `last`, unless an `End` comes before."""

    time: Fraction
    second: float
    pitch: int
    velocity: int
    held: Fraction
    last: float


class End(NamedTuple):
    """A note ends; nothing if it has ended already."""

    time: Fraction
    second: float
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
        self._sounding: dict[int, tuple[Fraction, float]] = {}
        self._struck = NEVER
        self._debounce = float(self.voice.debounce) - SLACK_S
        self._renew = float(self.voice.renew or 0) - SLACK_S
        self._length = length_s(self.voice.length, setting.beat_s)
        self._held = min(self._length or self.voice.longest, self.voice.longest)
        self._held_s = float(self._held)

    @abstractmethod
    def step(self, moment: Moment) -> Iterator[Event]:
        """What happens at this frame, in order of time."""

    def watch(self, signals: Signals) -> np.ndarray:
        """Frames of a film at which something may happen, bool (N,); at all others, unless `due`, `step` would give nothing.

        By default where the picture begins to move or comes to rest.
        """
        return changes(signals.moving)

    def rest(self) -> None:
        """Forget what sounds: all of it has been ended."""
        self._sounding.clear()

    def shaped(self, value: float) -> float:
        """A feature bent to this voice's part of it, curve and polarity."""
        low, high = self.voice.input
        share = min(max((value - low) / (high - low), 0.0), 1.0) ** self.voice.curve
        return 1 - share if self.voice.polarity == "down" else share

    def velocity(self, moment: Moment, cell: str, strength: float | None) -> int:
        """How hard a note is struck now: as the voice says, else as strong as the event, else as much as it moves."""
        if isinstance(self.voice.velocity, int):
            return self.voice.velocity
        if self.voice.velocity is not None:
            strength = moment.value(self.voice.velocity, cell)
        elif strength is None:
            strength = moment.value("motion", cell)
        low, high = self.voice.velocities
        return round(low + (high - low) * strength)

    def silence(self, moment: Moment) -> Iterator[Event]:
        """Let all notes end, those just struck a little later."""
        time, second = moment.time if self._sounding else Fraction(0), moment.second
        for pitch, (began, began_second) in self._sounding.items():
            if second < began_second + float(RING_S):
                yield End(began + RING_S, began_second + float(RING_S), pitch)
            else:
                yield End(time, second, pitch)
        self.rest()

    def release(self, moment: Moment, pitches: Sequence[int]) -> Iterator[Event]:
        """End these notes now, as far as they sound."""
        for pitch in pitches:
            if self._sounding.pop(pitch, None) is not None:
                yield End(moment.time, moment.second, pitch)

    def strike(self, moment: Moment, pitches: Sequence[int], *, cell: str, strength: float | None = None) -> Iterator[Event]:
        """Begin notes, and end the oldest beyond the voice's polyphony; a note that sounds is struck anew."""
        time, second, velocity = moment.time, moment.second, self.velocity(moment, cell, strength)
        for pitch in pitches:
            if pitch in self._sounding:
                yield from self.release(moment, [pitch])
            if len(self._sounding) >= self.voice.polyphony:
                yield from self.release(moment, [next(iter(self._sounding))])
            self._sounding[pitch] = time, second
            yield Begin(time, second, pitch, velocity, self._held, second + self._held_s)

    def is_likely(self) -> bool:
        """Whether chance lets this note be played."""
        return self.voice.probability >= 1 or self._random.random() < self.voice.probability

    def is_free(self, second: float, since: float) -> bool:
        """Whether a note lies far enough behind for the next; else sees to it that we look again once it does."""
        free_at = since + self._debounce
        if second >= free_at:
            return True
        self.wait(free_at)
        return False

    def is_stale(self, second: float) -> bool:
        """Whether nothing was struck for so long that it is time to strike again."""
        return self.voice.renew is not None and second >= self._struck + self._renew

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


def length_s(length: Fraction | str, beat_s: Fraction) -> Fraction | None:
    """Seconds of a note length; None for as long as it lasts (legato, gate)."""
    if isinstance(length, Fraction):
        return length
    if length in ("legato", "gate"):
        return None
    part = Fraction(length.removesuffix("t")) * (Fraction(2, 3) if length.endswith("t") else 1)
    return part * 4 * beat_s


def shape_all(player: Player, values: np.ndarray) -> np.ndarray:
    """`Player.shaped` of a whole film."""
    low, high = player.voice.input
    share = np.clip((values - low) / (high - low), 0, 1) ** player.voice.curve
    return 1 - share if player.voice.polarity == "down" else share


def changes(values: np.ndarray) -> np.ndarray:
    """Where a value differs from the one before, bool (N,); the first does."""
    return np.concatenate([[True], values[1:] != values[:-1]])
