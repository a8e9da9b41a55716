"""Numbers of pictures go in; the pictures come out, drawn ahead by other processes into a file that outlives them.

The file is a ring: picture n lies in slot n % n_slots, until the one that comes n_slots later takes its place. A run that was
killed finds what was drawn and goes on.
"""

from __future__ import annotations

import errno
import math
import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from dream.stopping import IsStopped, Stopped, never
from live.workers import deaf, serve_parent
from media.errors import UserError, from_os_error
from media.files import make_folder
from media.progress import OnProgress, Progress, ignore_progress

_WAIT_S = 0.005
_NOTHING = -1
_BLOCK_BYTES = 1 << 20


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

    @property
    def _paths(self) -> tuple[Path, Path]:
        return self.folder / f"pictures{self._tail}", self.folder / f"numbers{self._tail}"

    @property
    def _shape(self) -> tuple[int, int, int, int]:
        return self.n_slots, self.size, self.size, 3

    def make(self) -> None:
        """Make what is not there yet, and see to it that there is room for all of it.

        Raises:
            UserError: there is none, or nothing can be written there.
        """
        pixels, numbers = self._paths
        n_bytes = math.prod(self._shape)
        make_folder(self.folder)
        try:
            self._remove_others()
            if not numbers.exists() or not pixels.exists() or pixels.stat().st_size < n_bytes:
                numbers.with_suffix(".part").write_bytes(np.full(self.n_slots, _NOTHING, np.int64).tobytes())
                os.replace(numbers.with_suffix(".part"), numbers)
            _reserve(pixels, n_bytes)
        except OSError as error:
            with suppress(OSError):
                pixels.unlink()  # what there was room for must not fill the disk
            raise from_os_error(self.folder, error) from error

    def open(self) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (n_slots, size, size, 3) uint8, and the number of the picture in each slot, (n_slots,) int64."""
        pixels, numbers = self._paths
        return np.memmap(pixels, np.uint8, "r+", shape=self._shape), np.memmap(numbers, np.int64, "r+", shape=(self.n_slots,))

    def _remove_others(self) -> None:
        """Forget what other sources have drawn here."""
        for pattern in ("numbers-*", "pictures*"):
            for path in self.folder.glob(pattern):
                if not path.name.endswith(self._tail):
                    path.unlink()


def _reserve(path: Path, n_bytes: int) -> None:
    """Make a file so long, or what is missing of it, with room on the disk for all of it.

    A file with holes is made sooner, but whoever writes into one through memory is killed without a word once the disk is full.
    """
    with path.open("ab") as file:
        if not _is_allocated(file.fileno(), n_bytes):
            while (missing := n_bytes - file.tell()) > 0:
                file.write(bytes(min(missing, _BLOCK_BYTES)))


def _is_allocated(handle: int, n_bytes: int) -> bool:
    """Whether the system has found room for so much of a file at once; not all systems can, nor do so on all disks."""
    if not hasattr(os, "posix_fallocate"):
        return False
    try:
        os.posix_fallocate(handle, 0, n_bytes)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EINVAL):
            return False
        raise
    return True


class PictureStore:
    """A ring of pictures while it is filled: `with PictureStore(...) as store: store.take(numbers)`.

    Args:
        folder: where to keep them; made when needed. What other sources have drawn there is removed.
        n_slots: pictures kept, 0.05 MB each at 128 px.
        n_workers: processes that draw, at least one.
    Raises:
        UserError: there is no room for so many pictures.
    """

    def __init__(self, source: Source, folder: Path, *, n_slots: int, n_workers: int) -> None:
        if n_workers < 1:
            raise ValueError(f"pictures are drawn by at least one process, got {n_workers}")
        self._source, self._folder, self._n_slots = source, folder, n_slots
        ring = _Ring(folder, source.size, n_slots, source.fingerprint)
        ring.make()
        self._pixels, self._numbers = ring.open()
        spawn = multiprocessing.get_context("spawn")
        self._asked = spawn.Array("q", [0, 0], lock=False)
        self._faults: Any = spawn.SimpleQueue()
        self._workers: list[BaseProcess] = [
            spawn.Process(target=_draw_all, args=(source, ring, self._asked, self._faults, n, n_workers), daemon=True)
            for n in range(n_workers)
        ]

    def __enter__(self) -> PictureStore:
        with deaf():
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

    def take(
        self, numbers: np.ndarray, *, is_stopped: IsStopped = never, on_progress: OnProgress = ignore_progress
    ) -> tuple[np.ndarray, np.ndarray]:
        """Pictures (N, size, size, 3) uint8 and labels (N,) by their numbers; waits until they are drawn.

        Raises:
            UserError: a picture of somebody's cannot be read any more, or a worker was killed.
            RuntimeError: a worker has failed.
            Stopped: while it waited.
        """
        slots = numbers % self._n_slots
        while (n_drawn := int((self._numbers[slots] == numbers).sum())) < len(numbers):
            on_progress(Progress("drawing pictures", n_drawn, len(numbers)))
            if is_stopped():
                raise Stopped
            if not all(worker.is_alive() for worker in self._workers):
                raise self._fault()
            time.sleep(_WAIT_S)
        on_progress(Progress("drawing pictures", len(numbers), len(numbers)))
        return self._pixels[slots], np.array([self._source.label(int(n)) for n in numbers], np.int64)

    def _fault(self) -> Exception:
        """Why a worker has ended."""
        if not self._faults.empty():
            return self._faults.get()
        killed_by = [-worker.exitcode for worker in self._workers if worker.exitcode is not None and worker.exitcode < 0]
        if not killed_by:
            return RuntimeError("a process that draws pictures has failed")  # what it printed says why
        what = f"a process that draws pictures was killed ({signal.strsignal(killed_by[0]) or killed_by[0]})"
        return UserError(self._folder, what, "Make room in memory or take fewer with -w, and give the same command again: it goes on.")


def _draw_all(source: Source, ring: _Ring, asked: Sequence[int], faults: Any, first: int, step: int) -> None:
    """Draw every `step`-th of the pictures asked for, from asked[0] up to asked[1]."""
    import cv2

    serve_parent()
    cv2.setNumThreads(1)
    pixels, numbers = ring.open()
    number = first
    while True:
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
