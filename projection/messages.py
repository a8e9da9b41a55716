"""What the show and its outputs tell each other through their wires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from media.errors import UserError
from projection.scene import Orders


@dataclass(frozen=True)
class Directions:
    """To an output: what is above all layers.

    Args:
        n_heard: wishes of this output that are answered by it; what does not know of the newest comes too late.
        shown_hz: how often its picture is to be shared; 0 for never.
    """

    orders: Orders = field(default_factory=Orders)
    n_heard: int = 0
    shown_hz: float = 0.0


@dataclass(frozen=True)
class Over:
    """To an output: what is to be laid over its picture, as its `overlayer` understands it; None for nothing."""

    view: Any


@dataclass(frozen=True)
class Alive:
    """Of whoever works for the show: it does not hang, and says something again within so many seconds."""

    patience_s: float


@dataclass(frozen=True)
class End:
    """To whoever works for the show: finish."""


@dataclass(frozen=True)
class Opened:
    """Of an output: its window is there.

    Args:
        told: where it is and what draws it, in a line.
    """

    size_px: tuple[int, int]
    refresh_hz: float
    told: str


@dataclass(frozen=True)
class Refused:
    """Of whoever was started: it could not begin."""

    error: UserError


@dataclass(frozen=True)
class Said:
    """A line for the person in charge."""

    line: str


@dataclass(frozen=True)
class Wished:
    """Of an output: a key was pressed that changed its orders already, and is to change everybody's.

    Args:
        changes: orders as they are to be, by their names; those that are left out stay.
        number: counts them, from 1.
    """

    changes: Mapping[str, Any]
    number: int


@dataclass(frozen=True)
class Leave:
    """Of an output: it was asked, twice, to end the show.

    Args:
        way: how, in a word or two.
    """

    way: str


@dataclass(frozen=True)
class Tally:
    """Pictures that an output showed, each other than the one before, in all the time that it had any.

    Args:
        n_late: turns of the display that were missed.
        longest_s: the longest that one stood while others might have come: not in black, and not while it was frozen.
    """

    n: int = 0
    n_late: int = 0
    seconds: float = 0.0
    longest_s: float = 0.0

    def __add__(self, more: Tally) -> Tally:
        sums = self.n + more.n, self.n_late + more.n_late, self.seconds + more.seconds
        return Tally(*sums, max(self.longest_s, more.longest_s))


@dataclass(frozen=True)
class Stats:
    """Of an output, about once a second: how it goes.

    Args:
        fps: pictures of the latest second; what stands still is not counted again.
        draw_ms: what it took to draw one, median.
        drawn: by what, in a few words; "" where nothing can be drawn.
        whole: since the process began.
        ages_ms: of each layer's newest picture when it was shown: how long after its instant.
    """

    fps: float
    draw_ms: float
    drawn: str
    whole: Tally = field(default_factory=Tally)
    ages_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Begun:
    """Of the recorder: it has begun to write this file."""

    path: str


@dataclass(frozen=True)
class Recorded:
    """Of the recorder, about once a second: how far it is.

    Args:
        n_dropped: pictures that were left out.
    """

    n_frames: int = 0
    n_dropped: int = 0
    duration_s: float = 0.0
