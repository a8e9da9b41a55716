"""A MIDI file goes in; its notes and controllers with their exact times come out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from media.errors import UserError, from_os_error

_USUAL_BEAT_US = 500_000
_MILLION = 1_000_000


@dataclass(frozen=True)
class Note:
    """A note that sounds in [start, end) seconds; velocity 1..127, channel 0..15, track from 0."""

    start: Fraction
    end: Fraction
    pitch: int
    velocity: int
    channel: int
    track: int


@dataclass(frozen=True)
class Control:
    """A controller's new value, 0..127, from a time on."""

    time: Fraction
    number: int
    value: int
    channel: int


@dataclass(frozen=True)
class Tape:
    """What a MIDI file plays; time 0 is the film's.

    Args:
        names: of its tracks, those that have any.
    """

    path: Path
    notes: tuple[Note, ...]
    controls: tuple[Control, ...]
    names: Mapping[int, str] = field(default_factory=dict)


def read_tape(path: Path) -> Tape:
    """Read a MIDI file.

    Raises:
        UserError: it is missing, or no MIDI file.
    """
    import mido

    try:
        file = mido.MidiFile(path, clip=True)
        clock = _clock_of(file)
        notes = [note for n, track in enumerate(file.tracks) for note in _notes(track, n, clock)]
        names = {n: name for n, track in enumerate(file.tracks) if (name := " ".join(track.name.split()))}
        controls = [control for track in file.tracks for control in _controls(track, clock)]
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise from_os_error(path, error) from error
    except Exception as error:  # what a broken file makes the reader raise is not bounded
        raise UserError(path, "this is no MIDI file that can be read", "Give one that `video2midi` or a sequencer wrote.") from error
    return Tape(path, tuple(sorted(notes, key=lambda note: note.start)), tuple(sorted(controls, key=lambda one: one.time)), names)


class _Clock:
    """The exact time of every tick.

    Args:
        changes: (tick, microseconds a beat), in order, the first at tick 0.
    """

    def __init__(self, changes: list[tuple[int, int]], ticks_a_beat: int) -> None:
        self._ticks = [tick for tick, _ in changes]
        self._steps = [Fraction(us, _MILLION * ticks_a_beat) for _, us in changes]
        self._times = [Fraction(0)]
        for (before, after), step in zip(pairwise(self._ticks), self._steps, strict=False):
            self._times.append(self._times[-1] + (after - before) * step)

    def __call__(self, tick: int) -> Fraction:
        """Seconds."""
        n = bisect_right(self._ticks, tick) - 1
        return self._times[n] + (tick - self._ticks[n]) * self._steps[n]


def _clock_of(file: Any) -> _Clock:
    division = file.ticks_per_beat
    if division < 0:  # ticks of film frames: minus the frames a second, and ticks a frame
        rate = {29: Fraction(30_000, 1001)}.get(256 - (division >> 8 & 0xFF), Fraction(256 - (division >> 8 & 0xFF)))
        step = 1 / (rate * (division & 0xFF))
        return _Clock([(0, step.numerator * _MILLION)], step.denominator)
    changes = {0: _USUAL_BEAT_US}
    for track in file.tracks:
        changes.update({tick: message.tempo for tick, message in _timed(track) if message.type == "set_tempo"})
    return _Clock(sorted(changes.items()), division)


def _timed(track: Any) -> Iterator[tuple[int, Any]]:
    """Messages with their ticks from the start."""
    tick = 0
    for message in track:
        tick += message.time
        yield tick, message


def _notes(track: Any, number: int, clock: _Clock) -> Iterator[Note]:
    open_notes: dict[tuple[int, int], tuple[int, int]] = {}
    tick = 0
    for tick, message in _timed(track):
        if message.type not in ("note_on", "note_off"):
            continue
        key = message.channel, message.note
        began = open_notes.pop(key, None)
        if began is not None:
            yield _note(key, began, tick, number, clock)
        if message.type == "note_on" and message.velocity:
            open_notes[key] = tick, message.velocity
    for key, began in open_notes.items():
        yield _note(key, began, tick, number, clock)


def _note(key: tuple[int, int], began: tuple[int, int], end: int, track: int, clock: _Clock) -> Note:
    return Note(clock(began[0]), clock(end), key[1], began[1], key[0], track)


def _controls(track: Any, clock: _Clock) -> Iterator[Control]:
    for tick, message in _timed(track):
        if message.type == "control_change":
            yield Control(clock(tick), message.control, message.value, message.channel)
