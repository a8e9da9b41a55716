"""Pieces of work go in; a few threads do them, each with memory of its own to work in.

cv2 lets go of Python while it computes, so threads draw side by side; most of what it does with pixels it does in one thread itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import cv2
import numpy as np

_MOST = 4
"""More hands than this mostly wait for memory, and for one another."""
_LEAST_BYTES = 1 << 18
"""Of a piece of work, mostly; those that are smaller by chance would only have it grow later."""


class Spare:
    """Memory to work in, which is kept: `spare(0, 64, 256)` is a (64, 256, 4) uint8 array with whatever was there before."""

    def __init__(self) -> None:
        self._kept: dict[int, np.ndarray] = {}

    def __call__(self, number: int, height: int, width: int, n_channels: int = 4) -> np.ndarray:
        """(height, width, n_channels) uint8, or (height, width) for one; those of different numbers are different memory."""
        n_bytes = height * width * n_channels
        kept = self._kept.get(number)
        if kept is None or len(kept) < n_bytes:
            kept = self._kept[number] = np.empty(max(n_bytes, _LEAST_BYTES), np.uint8)
        return kept[:n_bytes].reshape((height, width, n_channels) if n_channels > 1 else (height, width))


Work = Callable[[Spare], None]


class Hands:
    """Do work side by side.

    Args:
        n: how many; by default as many threads as cv2 would use, but four at most.
    """

    def __init__(self, n: int | None = None) -> None:
        self.n = n or max(1, min(_MOST, cv2.getNumThreads()))
        self._spares = [Spare() for _ in range(self.n)]
        self._others = ThreadPoolExecutor(self.n - 1, thread_name_prefix="draw") if self.n > 1 else None

    def do(self, works: Sequence[Work]) -> None:
        """Do all of it, in any order; whatever is raised is raised here."""
        waiting = iter(works)  # the next of a sequence is handed to one thread only
        n_helping = min(self.n, len(works)) - 1
        helping = [self._others.submit(_work_off, waiting, spare) for spare in self._spares[1 : 1 + n_helping]] if self._others else []
        try:
            _work_off(waiting, self._spares[0])
        finally:
            wait(helping)
        for helped in helping:
            helped.result()

    def close(self) -> None:
        """Send them away."""
        if self._others:
            self._others.shutdown()


def _work_off(waiting: Iterator[Work], spare: Spare) -> None:
    for work in waiting:
        work(spare)
