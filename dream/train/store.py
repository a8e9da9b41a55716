"""Numbers of pictures go in; the pictures come out, drawn ahead by other processes into a file that outlives them.

The file is a ring: picture n lies in slot n % n_slots, until the one that comes n_slots later takes its place. A run that was
killed finds what was drawn and goes on.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np

_WAIT_S = 0.005
_NOTHING = -1


class Source(Protocol):
    """Endless labelled pictures; to be sent to other processes."""

    @property
    def size(self) -> int:
        """Pixels of a side."""

    def draw(self, number: int) -> np.ndarray:
        """(size, size, 3) uint8, always the same for the same number."""

    def label(self, number: int) -> int:
        """What it shows."""


@dataclass(frozen=True)
class _Ring:
    """Where pictures lie; opened anew in every process."""

    folder: Path
    size: int
    n_slots: int

    def open(self) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (n_slots, size, size, 3) uint8, and the number of the picture in each slot, (n_slots,) int64."""
        names, shape = self.folder / f"numbers-{self.size}-{self.n_slots}", (self.n_slots, self.size, self.size, 3)
        if not names.exists():
            fresh = names.with_suffix(".part")
            np.full(self.n_slots, _NOTHING, np.int64).tofile(fresh)
            np.memmap(self.folder / "pictures", np.uint8, "w+", shape=shape)
            os.replace(fresh, names)
        return np.memmap(self.folder / "pictures", np.uint8, "r+", shape=shape), np.memmap(names, np.int64, "r+", shape=(self.n_slots,))


class PictureStore:
    """A ring of pictures while it is filled: `with PictureStore(...) as store: store.take(numbers)`.

    Args:
        folder: where to keep them; made when needed. What lies there must have been drawn by the same source.
        n_slots: pictures kept, 0.05 MB each at 128 px.
        n_workers: processes that draw.
    """

    def __init__(self, source: Source, folder: Path, *, n_slots: int, n_workers: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._source, self._n_slots, self._n_workers = source, n_slots, n_workers
        self._ring = _Ring(folder, source.size, n_slots)
        self._pixels, self._numbers = self._ring.open()
        spawn = multiprocessing.get_context("spawn")
        self._asked = spawn.Array("q", [0, 0], lock=False)
        self._workers: list[BaseProcess] = [
            spawn.Process(target=_draw_all, args=(source, self._ring, self._asked, n, n_workers, os.getpid()), daemon=True)
            for n in range(n_workers)
        ]

    def __enter__(self) -> PictureStore:
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            worker.join()

    def allow(self, oldest: int, newest: int) -> None:
        """Let workers draw up to `newest`; from now on nothing before `oldest` is asked for.

        Raises:
            ValueError: the ring is too small for that.
        """
        if newest - oldest >= self._n_slots:
            raise ValueError(f"a ring of {self._n_slots} pictures cannot hold {oldest} to {newest}")
        self._asked[:] = [oldest, newest + 1]

    def take(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pictures (N, size, size, 3) uint8 and labels (N,) by their numbers; waits until they are drawn.

        Raises:
            RuntimeError: a worker has died.
        """
        slots = numbers % self._n_slots
        while not np.array_equal(self._numbers[slots], numbers):
            if not all(worker.is_alive() for worker in self._workers):
                raise RuntimeError("a process that draws pictures has ended")
            time.sleep(_WAIT_S)
        return self._pixels[slots], np.array([self._source.label(int(n)) for n in numbers], np.int64)

    def n_drawn(self, first: int, end: int) -> int:
        """How many of the pictures first..end are there."""
        numbers = np.arange(first, end)
        return int((self._numbers[numbers % self._n_slots] == numbers).sum())


def _draw_all(source: Source, ring: _Ring, asked: Sequence[int], first: int, step: int, parent: int) -> None:
    """Draw every `step`-th of the pictures asked for, from asked[0] up to asked[1], for as long as the parent lives."""
    import signal

    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    cv2.setNumThreads(1)
    pixels, numbers = ring.open()
    number = first
    while os.getppid() == parent:
        # What was asked for before we began is there, or gone.
        number = max(number, asked[0] + (first - asked[0]) % step)
        if number >= asked[1]:
            time.sleep(_WAIT_S)
            continue
        slot = number % ring.n_slots
        if numbers[slot] != number:
            numbers[slot] = _NOTHING
            pixels[slot] = source.draw(number)
            numbers[slot] = number
        number += step
