"""MIDI messages go in as they are sent, with their instants; the score that was played comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from threading import Lock
from typing import Any

from video2midi.mapping import Plan
from video2midi.score import BEND, Control, Note, Score, Track
from video2midi.tempo import TempoMap

_FIRST_MODE = 120  # all notes off and its like are no part of the music


@dataclass
class _Lane:
    """What was played on one channel."""

    open: dict[int, tuple[Fraction, int]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    program: int | None = None


class Recording:
    """Keeps what is sent: give `hear` to `live.midi.open_output` as `on_sent`.

    Args:
        origin_s: the clock's instant that becomes 0.
    """

    def __init__(self, *, origin_s: float) -> None:
        self._origin_s = origin_s
        self._lanes: dict[int, _Lane] = {}
        self._lock = Lock()

    def hear(self, message: Any, instant_s: float) -> None:
        """Take in one message; called from any thread."""
        if not hasattr(message, "channel"):
            return
        time = max(Fraction(0), Fraction(round((instant_s - self._origin_s) * 1_000_000), 1_000_000))
        with self._lock:
            _add(self._lanes.setdefault(message.channel, _Lane()), message, time)

    def score(self, plan: Plan, *, end_s: float, tempo: TempoMap, title: str) -> Score:
        """What was played until now; notes that still sound end now."""
        end = max(Fraction(0), Fraction(round((end_s - self._origin_s) * 1_000_000), 1_000_000))
        with self._lock:
            tracks = tuple(_track(_name(plan, channel), channel, lane, end) for channel, lane in sorted(self._lanes.items()))
            end = max([end, *(note.end for track in tracks for note in track.notes)])
        return Score(tracks, (), end, tempo, title=title)


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
    return next((part.name for part in plan.parts if part.channel == channel), f"channel {channel + 1}")
