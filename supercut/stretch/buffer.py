"""Blocks of sound in, any stretch of samples near the reading place out, with silence around the ends."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


class SoundBuffer:
    """A window onto a stream of (n, channels) float32 blocks, addressed by sample number from the stream's start."""

    def __init__(self, blocks: Iterable[np.ndarray]) -> None:
        self._blocks = iter(blocks)
        self._kept: list[np.ndarray] = []
        self._kept_from = 0
        self._kept_to = 0
        self.ended = False
        self.n_channels = self._read_channels()

    def _read_channels(self) -> int:
        self._read_to(1)
        return self._kept[0].shape[1] if self._kept else 1

    def _read_to(self, stop: int) -> None:
        while not self.ended and self._kept_to < stop:
            block = next(self._blocks, None)
            if block is None:
                self.ended = True
            elif len(block):
                self._kept.append(np.asarray(block, np.float32))
                self._kept_to += len(block)

    def take(self, start: int, stop: int) -> np.ndarray:
        """Samples start..stop as (stop - start, channels); zeros before the stream, after it, and where forgotten."""
        self._read_to(stop)
        taken = np.zeros((stop - start, self.n_channels), np.float32)
        at = self._kept_from
        for block in self._kept:
            lo, hi = max(start, at), min(stop, at + len(block))
            if lo < hi:
                taken[lo - start : hi - start] = block[lo - at : hi - at]
            at += len(block)
        return taken

    def n_read_to(self, stop: int) -> int:
        """How many samples there are at all, as far as can be said after reading up to `stop`; never more than `stop`."""
        self._read_to(stop)
        return min(stop, self._kept_to)

    def forget(self, before: int) -> None:
        """Let go of samples that nobody will ask for again."""
        while self._kept and self._kept_from + len(self._kept[0]) <= before:
            self._kept_from += len(self._kept.pop(0))
