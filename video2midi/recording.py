"""MIDI messages go in as they are sent, with their instants; the score that was played comes out."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from live.clock import Clock
from live.midi import SUSTAIN
from media.errors import UserError, from_os_error
from media.files import check_place
from video2midi.mapping import Plan
from video2midi.midifile import write
from video2midi.notes import BEND, DRUM_CHANNEL, Control, Marker, Note, Score, Track, tell_bend_reach
from video2midi.tempo import TempoMap

SAVE_EVERY_S = 20.0
_FIRST_MODE = 120  # all notes off and its like are no part of the music
_SETTING_UP = frozenset(control.number for control in tell_bend_reach(Fraction(0), 0))
_SILENCING = ((SUSTAIN, 0), (BEND, 0))
_PROBE_BYTES = 1 << 16


@dataclass
class _Lane:
    """What was played on one channel."""

    open: dict[int, tuple[Fraction, int]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    program: int | None = None

    def copy(self) -> _Lane:
        """The same, to be read while this one goes on."""
        return _Lane(dict(self.open), list(self.notes), list(self.controls), self.program)


class Recording:
    """Keeps what is sent: give `hear` to `live.midi.open_output` as `on_sent`.

    Args:
        origin_s: the clock's instant that becomes 0.
    """

    def __init__(self, *, origin_s: float) -> None:
        self._origin_s = origin_s
        self._lanes: dict[int, _Lane] = {}
        self._cuts: list[Fraction] = []
        self._lock = Lock()

    @property
    def n_notes(self) -> int:
        """Notes that went out."""
        with self._lock:
            return sum(len(lane.notes) + len(lane.open) for lane in self._lanes.values())

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been played: what sets a channel up and silences it is no music."""
        with self._lock:
            return not any(lane.notes or lane.open or any(map(_is_music, lane.controls)) for lane in self._lanes.values())

    def begin_at(self, instant_s: float) -> None:
        """Count from this instant: where a film's time is 0. What was sent before is kept at 0."""
        self._origin_s = instant_s

    def hear(self, message: Any, instant_s: float) -> None:
        """Take in one message; called from any thread."""
        if not hasattr(message, "channel"):
            return
        time = self._to_time(instant_s)
        with self._lock:
            _add(self._lanes.setdefault(message.channel, _Lane()), message, time)

    def interrupt(self, instant_s: float) -> None:
        """End what sounds: the port is lost, and with it every note."""
        time = self._to_time(instant_s)
        with self._lock:
            for lane in self._lanes.values():
                for pitch in list(lane.open):
                    _close(lane, pitch, time)

    def mark(self, instant_s: float) -> None:
        """Note that a new shot began."""
        with self._lock:
            self._cuts.append(self._to_time(instant_s))

    def _to_time(self, instant_s: float) -> Fraction:
        return max(Fraction(0), Fraction(round((instant_s - self._origin_s) * 1_000_000), 1_000_000))

    def score(self, plan: Plan, *, end_s: float, tempo: TempoMap, title: str) -> Score:
        """What was played until now; notes that still sound end now."""
        end = self._to_time(end_s)
        with self._lock:
            lanes = {channel: lane.copy() for channel, lane in sorted(self._lanes.items())}
            markers = tuple(Marker(time, f"cut {n}") for n, time in enumerate(self._cuts, 1))
        tracks = tuple(_track(_name(plan, channel), channel, lane, end) for channel, lane in lanes.items())
        end = max([end, *(note.end for track in tracks for note in track.notes)])
        return Score(tracks, markers, end, tempo, title=title)


def _is_music(control: Control) -> bool:
    return control.number not in _SETTING_UP and (control.number, control.value) not in _SILENCING


def _add(lane: _Lane, message: Any, time: Fraction) -> None:
    if message.type == "note_on" and message.velocity:
        _close(lane, message.note, time)
        lane.open[message.note] = time, message.velocity
    elif message.type in ("note_off", "note_on"):
        _close(lane, message.note, time)
    elif message.type == "control_change" and message.control < _FIRST_MODE:
        lane.controls.append(Control(time, message.control, message.value))
    elif message.type == "pitchwheel":
        lane.controls.append(Control(time, BEND, message.pitch))
    elif message.type == "program_change":
        lane.program = message.program


def _close(lane: _Lane, pitch: int, time: Fraction) -> None:
    began = lane.open.pop(pitch, None)
    if began is not None:
        lane.notes.append(Note(began[0], max(time, began[0]), pitch, began[1]))


def _track(name: str, channel: int, lane: _Lane, end: Fraction) -> Track:
    sounding = [Note(start, max(end, start), pitch, velocity) for pitch, (start, velocity) in lane.open.items()]
    notes: Sequence[Note] = sorted([*lane.notes, *sounding], key=lambda note: (note.start, note.pitch))
    return Track(name, channel, lane.program, tuple(notes), tuple(lane.controls))


def _name(plan: Plan, channel: int) -> str:
    if channel == DRUM_CHANNEL:
        return "drums"
    return next((part.name for part in plan.parts if part.channel == channel), f"channel {channel + 1}")


def prove_place(path: Path) -> None:
    """Write as much as a long take, and take it away again: who plays for an hour must not learn at its end that it cannot be kept.

    Raises:
        UserError: the place refuses.
    """
    check_place(path)
    try:
        with tempfile.TemporaryFile(dir=Path(os.path.realpath(path)).parent) as probe:
            probe.write(bytes(_PROBE_BYTES))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise from_os_error(path, error) from error


class Keeper:
    """Writes what was played: every twenty seconds beside the music, and at the end.

    A file that was there before gives way to music only, never to a take in which nothing was played.

    Args:
        path: the file; None keeps nothing.
        say: told of a disk that refuses meanwhile; the show goes on.
    """

    def __init__(
        self, recording: Recording, plan: Plan, tempo: TempoMap, *, title: str, path: Path | None, clock: Clock, say: Callable[[str], None]
    ) -> None:
        self._recording, self._plan, self._tempo, self._title, self._path = recording, plan, tempo, title, path
        self._clock, self._say = clock, say
        self._was_there = path is not None and path.exists()
        self._saved_s = clock.now()
        self._saving: Thread | None = None

    def save_sometimes(self) -> None:
        """Begin to save, if the last time is long enough ago; never waits."""
        if self._path is None or self._clock.now() - self._saved_s < SAVE_EVERY_S:
            return
        self._saved_s = self._clock.now()
        if self._saving is None or not self._saving.is_alive():
            self._saving = Thread(target=self._save_or_tell, name="recording", daemon=True)
            self._saving.start()

    def finish(self) -> None:
        """Write the file as it is in the end.

        Raises:
            UserError: the place refuses; what was played then lies elsewhere.
        """
        with suppress(ValueError):  # not the main thread
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is in a hurry must not lose the evening for it
        if self._path is None:
            return
        if self._saving is not None:
            self._saving.join()
        if self._spares():
            self._say(f"{self._path}: nothing was played, so it stays as it was")
            return
        try:
            self._save(self._path)
        except UserError as error:
            raise self._save_elsewhere(self._path.name, error) from error

    def _spares(self) -> bool:
        return self._was_there and self._recording.is_empty

    def _save_or_tell(self) -> None:
        try:
            if self._path is not None and not self._spares():
                self._save(self._path)
        except UserError as error:
            self._say(str(error))

    def _save(self, path: Path) -> None:
        made = self._recording.score(self._plan, end_s=self._clock.now(), tempo=self._tempo, title=self._title)
        write(made, path)

    def _save_elsewhere(self, name: str, error: UserError) -> UserError:
        """Save among the system's temporary files what its own place refuses; tells where."""
        try:
            path = Path(tempfile.mkdtemp(prefix="video2midi-")) / name
            self._save(path)
        except (OSError, UserError):
            return UserError(error.where, f"{error.what}, nor can it be kept among the temporary files", error.remedy)
        return UserError(error.where, error.what, f"What was played is kept as {path}.")
