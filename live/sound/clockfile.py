"""Where each voice is, and when, goes in at the sound process; any process reads from it, at any instant, without waiting, how far it is.

A file in memory holds two records of a voice in turn, each with the number of its writing: whoever reads takes the newer one, and the
other where it is just being written over, or whoever wrote it was killed in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from live.memory import make_room
from media.errors import UserError, from_os_error

VoiceState = Literal["paused", "waiting", "playing", "ended"]
"""waiting: it plays, but nothing of it is decoded yet."""
_STATES: tuple[VoiceState, ...] = ("paused", "waiting", "playing", "ended")
N_VOICES = 64
_KIND = int.from_bytes(b"playing", "little")
_N_TRIES = 10
_READING = np.dtype(
    [
        ("writing", "<u8"),
        ("voice", "<u8"),
        ("seek", "<u8"),
        ("state", "<u8"),
        ("instant_s", "<f8"),
        ("place", "<f8"),
        ("speed", "<f8"),
        ("behind", "<f8"),
        ("beyond", "<f8"),
        ("n_gaps", "<u8"),
    ]
)
_PULSE = np.dtype(
    [("writing", "<u8"), ("instant_s", "<f8"), ("latency_s", "<f8"), ("n_blocks", "<u8"), ("n_errors", "<u8"), ("n_stalls", "<u8")]
)


@dataclass(frozen=True)
class Reading:
    """How far a voice is at an instant, and what that says about others. Places are samples of its programme, fractions too.

    Args:
        voice: its number; 0 for none.
        seek: how many times it was sought.
        state: as it is made, which is before it is heard.
        instant_s: when `place` is heard, or was, or will be.
        speed: samples a second.
        behind: samples that were heard before the place without a break: earlier, there was something else.
        beyond: samples that will be heard behind it; then it stands still.
        n_gaps: how many times it fell silent because nothing was decoded in time.
    """

    voice: int = 0
    seek: int = 0
    state: VoiceState = "paused"
    instant_s: float = 0.0
    place: float = 0.0
    speed: float = 0.0
    behind: float = 0.0
    beyond: float = 0.0
    n_gaps: int = 0

    def place_at(self, now_s: float) -> float:
        """The sample that is heard at an instant."""
        moved = (now_s - self.instant_s) * self.speed
        return self.place + min(max(moved, -self.behind), self.beyond)

    def state_at(self, now_s: float) -> VoiceState:
        """What is heard at an instant: what ends, or pauses, plays until that is heard."""
        moved = (now_s - self.instant_s) * self.speed
        return "playing" if self.speed > 0 and moved < self.beyond else self.state


@dataclass(frozen=True)
class Pulse:
    """That sound is being made.

    Args:
        instant_s: when the newest block was asked for; 0 before the first.
        latency_s: how much later it is heard.
        n_errors: blocks that failed, and were silence.
        n_stalls: how many times no block was asked for in time, and what would have been heard was skipped.
    """

    instant_s: float = 0.0
    latency_s: float = 0.0
    n_blocks: int = 0
    n_errors: int = 0
    n_stalls: int = 0


class ClockFile:
    """The mapped file: one process writes, any reads.

    Args:
        path: of the file, which `make` makes.
    Raises:
        UserError: there is no such file, or another one.
    """

    def __init__(self, path: Path, *, is_writer: bool = False) -> None:
        self.path = path
        try:
            whole = np.asarray(np.memmap(path, np.uint8, "r+" if is_writer else "r"))  # plain arrays are quicker
        except (OSError, ValueError) as error:
            raise from_os_error(path, error if isinstance(error, OSError) else FileNotFoundError(2, "")) from error
        if len(whole) != _n_bytes() or int(whole[:8].view("<u8")[0]) != _KIND:
            raise UserError(path, "this is no clock of sounds", "Name the file that another program of this toolkit tells.")
        self._pulses = whole[8 : 8 + 2 * _PULSE.itemsize].view(_PULSE)
        self._readings = whole[8 + 2 * _PULSE.itemsize :].view(_READING).reshape(N_VOICES, 2)

    @classmethod
    def make(cls, path: Path) -> ClockFile:
        """Make the file.

        Raises:
            UserError: there is no room for it.
        """
        make_room(path, _n_bytes())
        np.memmap(path, np.uint8, "r+")[:8].view("<u8")[0] = _KIND
        return cls(path, is_writer=True)

    def write(self, slot: int, reading: Reading) -> None:
        """Tell where a voice is."""
        state = _STATES.index(reading.state)
        fields = (reading.instant_s, reading.place, reading.speed, reading.behind, reading.beyond)
        _write(self._readings[slot], (reading.voice, reading.seek, state, *fields, reading.n_gaps))

    def read(self, slot: int) -> Reading:
        """Where a voice was told to be last."""
        found = _read(self._readings[slot])
        if found is None:
            return Reading()
        return Reading(found[0], found[1], _STATES[found[2]], *found[3:])

    def beat(self, pulse: Pulse) -> None:
        """Tell that sound is being made."""
        _write(self._pulses, (pulse.instant_s, pulse.latency_s, pulse.n_blocks, pulse.n_errors, pulse.n_stalls))

    @property
    def pulse(self) -> Pulse:
        """What was told last."""
        found = _read(self._pulses)
        return Pulse(*found) if found else Pulse()


def _n_bytes() -> int:
    return 8 + 2 * _PULSE.itemsize + N_VOICES * 2 * _READING.itemsize


def _write(records: np.ndarray, values: tuple[Any, ...]) -> None:
    """Write over the older of two records; without a number while it is half done."""
    number = int(records["writing"].max()) + 1
    records[number % 2] = (0, *values)
    records["writing"][number % 2] = number


def _read(records: np.ndarray) -> tuple[Any, ...] | None:
    """The values of the newer record; None before the first."""
    for _ in range(_N_TRIES):
        number = int(records["writing"].max())
        values = records[number % 2].item()
        if int(records["writing"][number % 2]) == number:  # else it was written over twice meanwhile
            return values[1:] if number else None
    return None
