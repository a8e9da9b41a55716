"""What a program tells the sound process, and is told by it: values that go through a pipe."""

from __future__ import annotations

from dataclasses import dataclass

from live.sound.programme import Item, Programme


@dataclass(frozen=True)
class Seek:
    """Go to a place.

    Args:
        number: counts the seeks of a voice.
        place: sample of the programme.
        due_s: the instant at which it is to be heard, though it should be past; None for as soon as may be.
    """

    voice: int
    number: int
    place: int
    due_s: float | None = None


@dataclass(frozen=True)
class Open:
    """Begin a voice, with all that was told to it before.

    Args:
        slot: of the clock file.
        outs: as in `voices.Voice`.
        gain: linear.
    """

    voice: int
    slot: int
    outs: tuple[int, ...]
    programme: Programme
    seek: Seek
    plays: bool
    rate: float
    gain: float


@dataclass(frozen=True)
class Append:
    """Add an item at the end of a voice's programme, which forgets what lies long before a place."""

    voice: int
    item: Item
    forget_before: int


@dataclass(frozen=True)
class Play:
    """Play, or pause."""

    voice: int
    plays: bool


@dataclass(frozen=True)
class SetRate:
    """Play faster or slower, as tape does."""

    voice: int
    rate: float


@dataclass(frozen=True)
class SetGain:
    """Go to a level (linear) within a time.

    Args:
        voice: 0 for the mix of all.
    """

    voice: int
    gain: float
    over_s: float


@dataclass(frozen=True)
class Close:
    """Fade a voice out and forget it."""

    voice: int


@dataclass(frozen=True)
class End:
    """Fade out and end."""


@dataclass(frozen=True)
class Opened:
    """Of the sound process: a device plays from now on.

    Args:
        channels: that it has been opened with.
        wanted: that the mix has.
    """

    name: str
    channels: int
    wanted: int


@dataclass(frozen=True)
class Silent:
    """Of the sound process: there is no device; it plays to nobody, and looks again every few seconds."""

    why: str


@dataclass(frozen=True)
class Lost:
    """Of the sound process: the device is lost, and so this process ends, as no driver is sure to let go of such a device otherwise."""

    name: str
    why: str


@dataclass(frozen=True)
class Fault:
    """Of the sound process: something that cannot be played, in words."""

    line: str


Order = Seek | Open | Append | Play | SetRate | SetGain | Close | End
Report = Opened | Silent | Lost | Fault
