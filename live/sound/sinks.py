"""What plays sound, and what stands in for it where there is nothing that does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from typing import Protocol

import numpy as np

from live.clock import Clock, ticks
from media.sound import SAMPLE_RATE

BLOCK = 2048
"""Samples that a device asks for at a time: 43 ms, within which one must be made; half as many were late now and then on a busy machine."""
_N_STILL = 8

Fill = Callable[[np.ndarray, float], None]
"""Fills a block, (n, channels of the device) float32, that is asked for at an instant of the clock."""


@dataclass(frozen=True)
class Device:
    """A way out for sound.

    Args:
        number: in the list of all, from 0.
        channels: how many it has; None where the system does not tell.
        system: what it is reached through.
        key: how the system calls it; None for the one that it prefers.
    """

    number: int
    name: str
    channels: int | None
    system: str
    key: int | str | None


class Sink(Protocol):
    """A device that is open. None is ever closed: where one hangs, that could hang too; it ends with its process."""

    name: str
    channels: int
    """Of the blocks that it asks for."""
    latency_s: float
    """How much later than it is asked for a block is heard."""

    def start(self, fill: Fill) -> None:
        """Ask for blocks from now on, in a thread of its own."""

    def fault(self) -> str:
        """Why it is lost, "" as long as it is not; to be asked ten times a second."""


class Watch:
    """Whether blocks are still asked for. It counts how often it is asked, not time: after the whole machine has slept nothing is lost."""

    def __init__(self) -> None:
        self.n_blocks = 0
        self._n_seen = -1
        self._n_still = 0

    def is_still(self) -> bool:
        """Whether no block was asked for since long before."""
        self._n_still = 0 if self.n_blocks != self._n_seen else self._n_still + 1
        self._n_seen = self.n_blocks
        return self._n_still >= _N_STILL


class NullSink:
    """Plays to nobody, in time with a clock."""

    name = ""
    latency_s = 0.0

    def __init__(self, *, channels: int, clock: Clock) -> None:
        self.channels = channels
        self._block = np.zeros((BLOCK, channels), np.float32)
        self._clock = clock
        self._ended = Event()
        self._thread: Thread | None = None

    def start(self, fill: Fill) -> None:
        self._thread = Thread(target=self._play, args=(fill,), name="silence", daemon=True)
        self._thread.start()

    def fault(self) -> str:
        return ""

    def stop(self) -> None:
        """Ask for no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _play(self, fill: Fill) -> None:
        for tick in ticks(self._clock, BLOCK / SAMPLE_RATE):
            if self._ended.is_set():
                return
            fill(self._block, tick.due_s)
