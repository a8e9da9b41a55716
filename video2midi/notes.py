"""What a score is made of: notes and controls at exact instants, in named tracks, and markers over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from video2midi.tempo import TempoMap

BEND = -1
"""The number of a `Control` that stands for the pitch wheel; its value is -8192..8191."""
DRUM_CHANNEL = 9
_RPN_HIGH, _RPN_LOW, _ENTRY_HIGH, _ENTRY_LOW = 101, 100, 6, 38
USUAL_BEND = 2
"""Semitones that a wheel reaches either way unless told (General MIDI 1)."""


class Note(NamedTuple):
    """A note that sounds in [start, end), seconds of media time; `start` is the instant planned for it.

    Args:
        pitch: 0..127, 60 is middle C (C4).
        velocity: 1..127.
    """

    start: Fraction
    end: Fraction
    pitch: int
    velocity: int


class Control(NamedTuple):
    """A controller set to a value at an instant.

    Args:
        number: of the controller, 0..119; or BEND.
        value: 0..127; of BEND -8192..8191.
    """

    time: Fraction
    number: int
    value: int


def bend_reach(semitones: float) -> int:
    """The whole semitones that the wheel of a channel is to reach for a voice that bends so far: the usual ones at least."""
    return max(USUAL_BEND, ceil(semitones))


def tell_bend_reach(time: Fraction, reach: int) -> tuple[Control, ...]:
    """What sets how far a channel's wheel reaches: registered parameter 0, in semitones (MIDI 1.0)."""
    settings = ((_RPN_HIGH, 0), (_RPN_LOW, 0), (_ENTRY_HIGH, reach), (_ENTRY_LOW, 0))
    return tuple(Control(time, number, value) for number, value in settings)


def told_bend_reach(controls: Iterable[Control]) -> int:
    """How far the wheel of a channel reaches after all these controls."""
    chosen: dict[int, int] = {}
    reach = USUAL_BEND
    for control in controls:
        if control.number in (_RPN_HIGH, _RPN_LOW):
            chosen[control.number] = control.value
        elif control.number == _ENTRY_HIGH and chosen == {_RPN_HIGH: 0, _RPN_LOW: 0}:
            reach = control.value
    return reach


@dataclass(frozen=True)
class Track:
    """A voice's own track; kept though silent.

    Args:
        channel: 0..15, as on the wire; 9 is the drums.
        program: 0..127 of General MIDI; None leaves the instrument alone.
        notes: in order of start; no two of one pitch overlap.
        controls: in order of time.
    """

    name: str
    channel: int
    program: int | None = None
    notes: tuple[Note, ...] = ()
    controls: tuple[Control, ...] = ()


@dataclass(frozen=True)
class Marker:
    """A place with a name: a cut, a rest."""

    time: Fraction
    text: str


@dataclass(frozen=True)
class Score:
    """A whole piece.

    Args:
        end: where the film ends, and with it every track.
        title: the film's name.
        made_by: what it takes to make it again (versions, settings, fingerprints), as JSON.
    """

    tracks: tuple[Track, ...]
    markers: tuple[Marker, ...]
    end: Fraction
    tempo: TempoMap
    title: str = ""
    made_by: str = ""

    @property
    def n_notes(self) -> int:
        """Notes of all tracks."""
        return sum(len(track.notes) for track in self.tracks)

    def notes(self) -> Iterator[tuple[Track, Note]]:
        """Every note with its track, track by track."""
        for track in self.tracks:
            for note in track.notes:
                yield track, note
