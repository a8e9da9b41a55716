"""Numbers of pictures go in; the pictures come out, drawn ahead by other processes into a file that outlives them.

The file is a ring: picture n lies in slot n % n_slots, until the one that comes n_slots later takes its place. A run that was
killed finds what was drawn and goes on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from dream.stopping import IsStopped, Stopped, never
from media.errors import UserError

_WAIT_S = 0.005
_NOTHING = -1


class Source(Protocol):
    """Endless labelled pictures; to be sent to other processes."""

    @property
    def size(self) -> int:
        """Pixels of a side."""

    @property
    def titles(self) -> tuple[str, ...]:
        """What its labels mean."""

    @property
    def fingerprint(self) -> str:
        """Another one for any source that draws other pictures."""

    def draw(self, number: int) -> np.ndarray:
        """(size, size, 3) uint8, always the same for the same number."""

    def label(self, number: int) -> int:
        """What it shows."""


@dataclass(frozen=True)
class _Ring:
    """Where pictures lie; opened anew in every process.

    Args:
        fingerprint: of the source that they are drawn by.
    """

    folder: Path
    size: int
    n_slots: int
    fingerprint: str

    @property
    def _tail(self) -> str:
        return f"-{self.n_slots}-{self.fingerprint}"

    def open(self) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (n_slots, size, size, 3) uint8, and the number of the picture in each slot, (n_slots,) int64."""
        names, pixels = (self.folder / f"{what}{self._tail}" for what in ("numbers", "pictures"))
        shape = (self.n_slots, self.size, self.size, 3)
        if not names.exists():
            fresh = names.with_suffix(".part")
            np.full(self.n_slots, _NOTHING, np.int64).tofile(fresh)
            np.memmap(pixels, np.uint8, "w+", shape=shape)
            os.replace(fresh, names)
        return np.memmap(pixels, np.uint8, "r+", shape=shape), np.memmap(names, np.int64, "r+", shape=(self.n_slots,))

    def remove_others(self) -> None:
        """Forget what other sources have drawn here."""
        for pattern in ("numbers-*", "pictures*"):
            for path in self.folder.glob(pattern):
                if not path.name.endswith(self._tail):
                    path.unlink()


class PictureStore:
    """A ring of pictures while it is filled: `with PictureStore(...) as store: store.take(numbers)`.

    Args:
        folder: where to keep them; made when needed. What other sources have drawn there is removed.
        n_slots: pictures kept, 0.05 MB each at 128 px.
        n_workers: processes that draw, at least one.
    """

    def __init__(self, source: Source, folder: Path, *, n_slots: int, n_workers: int) -> None:
        if n_workers < 1:
            raise ValueError(f"pictures are drawn by at least one process, got {n_workers}")
        folder.mkdir(parents=True, exist_ok=True)
        self._source, self._n_slots = source, n_slots
        ring = _Ring(folder, source.size, n_slots, source.fingerprint)
        ring.remove_others()
        self._pixels, self._numbers = ring.open()
        spawn = multiprocessing.get_context("spawn")
        self._asked = spawn.Array("q", [0, 0], lock=False)
        self._faults: Any = spawn.SimpleQueue()
        self._workers: list[BaseProcess] = [
            spawn.Process(target=_draw_all, args=(source, ring, self._asked, self._faults, n, n_workers, os.getpid()), daemon=True)
            for n in range(n_workers)
        ]

    def __enter__(self) -> PictureStore:
        with _deaf():
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

    def take(self, numbers: np.ndarray, *, is_stopped: IsStopped = never) -> tuple[np.ndarray, np.ndarray]:
        """Pictures (N, size, size, 3) uint8 and labels (N,) by their numbers; waits until they are drawn.

        Raises:
            UserError: a picture of somebody's cannot be read any more.
            RuntimeError: a worker has died.
            Stopped: while it waited.
        """
        slots = numbers % self._n_slots
        while not np.array_equal(self._numbers[slots], numbers):
            if is_stopped():
                raise Stopped
            if not all(worker.is_alive() for worker in self._workers):
                raise RuntimeError("a process that draws pictures has ended") if self._faults.empty() else self._faults.get()
            time.sleep(_WAIT_S)
        return self._pixels[slots], np.array([self._source.label(int(n)) for n in numbers], np.int64)


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started meanwhile never hear of Ctrl-C: it is typed at all of them, and is the first one's affair."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _draw_all(source: Source, ring: _Ring, asked: Sequence[int], faults: Any, first: int, step: int, parent: int) -> None:
    """Draw every `step`-th of the pictures asked for, from asked[0] up to asked[1], for as long as the parent lives."""
    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where this is not inherited
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
            try:
                pixels[slot] = source.draw(number)
            except UserError as error:
                faults.put(error)
                return
            numbers[slot] = number
        number += step
