"""A program asks for voices and says what they play; a sound process does it, and where each voice is can be asked at any instant.

The process may die or hang, and its device may go: positions go on meanwhile by the clock, and it takes up every voice where it is by then.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from math import inf
from threading import RLock
from typing import Protocol, Self

from live.clock import Clock, SteadyClock
from live.memory import shared_folder
from live.sound.clockfile import N_VOICES, ClockFile, Reading, VoiceState
from live.sound.orders import Append, Close, Open, Order, Play, Seek, SetGain, SetRate
from live.sound.programme import Item, Placed, Programme
from live.sound.ramps import db_to_gain
from live.sound.server import Setup
from live.sound.tap import TapWriter
from live.sound.voices import FASTEST, SLOWEST
from media.errors import UserError
from media.sound import SAMPLE_RATE

__all__ = ["Item", "Placed", "Sounds", "Status", "Voice", "open_sounds"]


@dataclass(frozen=True)
class Status:
    """How sound does.

    Args:
        device: what plays; "" where nothing is heard.
        latency_s: from the mixer to the ear.
        n_lives: processes that there have been.
        n_errors: blocks that failed in this one, and were silence.
        n_stalls: how many times its device stood still, and what would have been heard was skipped.
    """

    device: str
    latency_s: float
    n_lives: int
    n_errors: int
    n_stalls: int


class Host(Protocol):
    """Where the sound is made."""

    @property
    def device(self) -> str:
        """What plays; "" for nothing."""

    @property
    def n_lives(self) -> int:
        """Processes that there have been."""

    def close(self) -> None:
        """End it."""


@dataclass(frozen=True)
class _Told:
    """All that was told to a voice."""

    programme: Programme = field(default_factory=Programme)
    plays: bool = False
    rate: float = 1.0
    gain: float = 1.0
    n_seeks: int = 0


class Voice:
    """Plays items one after the other, without a gap; made by `Sounds.voice`. Any thread may call it, and no call waits.

    Positions are seconds into its programme: from where its first item begins.
    """

    def __init__(self, owner: Sounds, number: int, slot: int, outs: tuple[int, ...]) -> None:
        self.number, self.slot = number, slot
        self._owner, self._outs = owner, outs
        self._told = _Told()
        self._own = Reading(number)
        """Where it is while no process has told."""

    def append(self, item: Item) -> Placed:
        """Play an item behind all others; tells its place."""
        with self._owner.lock:
            forget_before = int(self._place(self._owner.clock.now()))
            programme = self._told.programme.with_item(item)
            self._told = replace(self._told, programme=programme.forgetting(forget_before))
            self._owner.send(Append(self.number, item, forget_before))
            return programme.placed[-1]

    def play(self) -> None:
        """Go on."""
        self._change(Play(self.number, True), plays=True)

    def pause(self) -> None:
        """Stand still."""
        self._change(Play(self.number, False), plays=False)

    def set_rate(self, rate: float) -> None:
        """Play faster or slower, 0.25 to 4, as tape does; 1 is as recorded.

        Raises:
            ValueError: it is beyond that.
        """
        if not SLOWEST <= rate <= FASTEST:
            raise ValueError(f"rate must be {SLOWEST} to {FASTEST}, got {rate}")
        self._change(SetRate(self.number, rate), rate=rate)

    def set_gain(self, gain_db: float, *, over_s: float = 0.0) -> None:
        """Go to a level, in a straight line of `over_s` seconds, or 0.001 a sample where that is slower; minus infinity is silence."""
        gain = db_to_gain(gain_db)
        with self._owner.lock:
            self._told = replace(self._told, gain=gain)
            self._owner.send(SetGain(self.number, gain, over_s))

    def seek(self, position_s: float) -> None:
        """Go to a place; at once, where it lies beyond the programme, to the nearer end."""
        with self._owner.lock:
            self._jump(self._told.programme.nearest(position_s * SAMPLE_RATE), self._owner.clock.now())

    def position(self, now_s: float) -> float:
        """What is heard at an instant of the clock, seconds; it stands still while nothing is ready to be heard, and at the end."""
        with self._owner.lock:
            return self._place(now_s) / SAMPLE_RATE

    def state(self, now_s: float) -> VoiceState:
        """What is heard of it at an instant of the clock."""
        with self._owner.lock:
            return self._reading().state_at(now_s)

    @property
    def n_gaps(self) -> int:
        """How many times nothing was decoded in time, since the process began."""
        return self._reading().n_gaps

    def close(self) -> None:
        """Play no more, and give its place to others."""
        self._owner.forget(self)

    # For its owner, who holds the lock.

    def opening(self, now_s: float) -> Open:
        """All that a process must know that knows nothing."""
        told = self._told
        goes_on = self._own.speed > 0
        seek = Seek(self.number, told.n_seeks, round(self._place(now_s)), now_s if goes_on else None)
        return Open(self.number, self.slot, self._outs, told.programme, seek, told.plays, told.rate, told.gain)

    def go_alone(self, now_s: float) -> None:
        """Follow the clock: there is nobody else."""
        self._jump(self._place(now_s), now_s)

    def _change(self, order: Order, **changes: object) -> None:
        with self._owner.lock:
            now_s = self._owner.clock.now()
            place = self._place(now_s)
            self._told = replace(self._told, **changes)  # type: ignore[arg-type]
            self._owner.send(order)
            if self._owner.is_alone:
                self._jump(place, now_s)

    def _jump(self, place: float, now_s: float) -> None:
        """Be at a place now, and have the process be there: when it can, or, if there is none now, where it would have got to by then."""
        told = self._told = replace(self._told, n_seeks=self._told.n_seeks + 1)
        goes_on = told.plays and self._owner.is_alone
        state: VoiceState = "playing" if goes_on else "waiting" if told.plays else "paused"
        moving = (told.rate * SAMPLE_RATE, 0.0, inf) if goes_on else (0.0, 0.0, 0.0)
        self._own = Reading(self.number, told.n_seeks, state, now_s, place, *moving)
        self._owner.send(Seek(self.number, told.n_seeks, round(place), now_s if goes_on else None))

    def _place(self, now_s: float) -> float:
        return self._told.programme.nearest(self._reading().place_at(now_s))

    def _reading(self) -> Reading:
        reading = self._owner.clock_file.read(self.slot)
        is_ours = reading.voice == self.number and reading.seek == self._told.n_seeks
        return reading if is_ours else self._own


class Sounds:
    """All voices of a program: `with open_sounds(tell=print) as sounds: voice = sounds.voice()`.

    Args:
        begin: begins to make the sound.
        clock: its instants are what positions are asked for.
        channels: of the mix.
        ceiling_db: no sample of the mix goes beyond it, decibels of full scale.

    `clock_path` and `tap_path` are the files for other processes (`clockfile.ClockFile`, `tap.TapReader`).
    """

    def __init__(
        self, begin: Callable[[Sounds, Setup], Host], *, clock: Clock, device: str = "", channels: int = 2, ceiling_db: float = 0.0
    ) -> None:
        self.lock = RLock()
        self.clock = clock
        self.is_alone = False
        """Whether there is no process that voices can follow."""
        self.send: Callable[[Order], None] = _ignore
        self._channels = channels
        self._voices: dict[int, Voice] = {}
        self._n_voices = 0
        self._gain = 1.0
        with ExitStack() as closing:
            folder = closing.enter_context(shared_folder())
            self.clock_path, self.tap_path = folder / "clock", folder / "mix"
            self.clock_file = ClockFile.make(self.clock_path)
            TapWriter.make(self.tap_path, channels=channels)
            self._host = begin(self, Setup(self.clock_path, self.tap_path, device, channels, ceiling_db))
            closing.callback(self._host.close)
            self._closing = closing.pop_all()
        atexit.register(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Fade out and end; a second time does nothing."""
        atexit.unregister(self.close)
        self._closing.close()

    def voice(self, *, channels: tuple[int, ...] = (1, 2)) -> Voice:
        """A new voice, which has nothing to play yet and is paused.

        Args:
            channels: of the mix, from 1, where its left and right go; one for both.
        Raises:
            UserError: there is no such channel, or there are 64 voices already.
        """
        if not 1 <= len(channels) <= 2 or not all(1 <= channel <= self._channels for channel in channels):
            raise UserError("sound channels", f"one or two of 1 to {self._channels}, got {', '.join(map(str, channels))}", "Choose others.")
        with self.lock:
            free = set(range(N_VOICES)) - {voice.slot for voice in self._voices.values()}
            if not free:
                raise UserError("sound", f"{N_VOICES} voices play already", "Show fewer films at a time.")
            self._n_voices += 1
            voice = Voice(self, self._n_voices, min(free), tuple(channel - 1 for channel in channels))
            self._voices[voice.number] = voice
            self.send(voice.opening(self.clock.now()))
            return voice

    def set_gain(self, gain_db: float, *, over_s: float = 0.0) -> None:
        """The level of the whole mix, applied last; as `Voice.set_gain`."""
        with self.lock:
            self._gain = db_to_gain(gain_db)
            self.send(SetGain(0, self._gain, over_s))

    @property
    def status(self) -> Status:
        """How it does."""
        pulse = self.clock_file.pulse
        return Status(self._host.device, pulse.latency_s, self._host.n_lives, pulse.n_errors, pulse.n_stalls)

    def forget(self, voice: Voice) -> None:
        """Close a voice."""
        with self.lock:
            if self._voices.pop(voice.number, None) is not None:
                self.send(Close(voice.number))

    # For the host, from any thread.

    def begun(self, send: Callable[[Order], None]) -> None:
        """A process was started that knows nothing, and takes orders here."""
        with self.lock:
            self.send = send
            send(SetGain(0, self._gain, 0.0))
            for voice in self._voices.values():
                send(voice.opening(self.clock.now()))

    def awake(self) -> None:
        """It makes sound."""
        with self.lock:
            self.is_alone = False

    def alone(self) -> None:
        """There is no process, or it takes too long to begin."""
        with self.lock:
            if not self.is_alone:
                self.is_alone = True
                for voice in self._voices.values():
                    voice.go_alone(self.clock.now())


def open_sounds(
    *, tell: Callable[[str], None], clock: Clock | None = None, device: str = "", channels: int = 2, ceiling_db: float = 0.0
) -> Sounds:
    """Begin a sound process. It never fails for want of a device: then nothing is heard until there is one, and `tell` is told.

    Args:
        tell: told, in words, what a person should know, each thing once, by a thread.
        clock: the machine's, whose instants all processes share.
        device: its name, a part of it, or its number in `devices.list_devices`; "" is the one that the system prefers.
        channels, ceiling_db: as `Sounds`.
    Raises:
        UserError: there is no memory to share.
    """
    from live.sound.keeper import Keeper

    clock = clock or SteadyClock(spin_s=0)

    def begin(owner: Sounds, setup: Setup) -> Host:
        return Keeper(setup, owner, clock=clock, tell=tell)

    return Sounds(begin, clock=clock, device=device, channels=channels, ceiling_db=ceiling_db)


def _ignore(order: Order) -> None:
    """Before there is a process: it will be told all when it begins."""
