"""Decoded sound goes in at one thread and comes out at another, the audio callback: neither ever waits for the other."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

N_PAST = 64
"""Samples that were taken and are kept at least: who reads between samples looks back."""
CHANNELS = 2


@dataclass(frozen=True, eq=False)
class Block:
    """Samples that follow one another in the programme.

    Args:
        start: the place of the first in the programme.
        samples: (n, 2) float32.
    """

    start: int
    samples: np.ndarray

    @property
    def end(self) -> int:
        """The place behind the last."""
        return self.start + len(self.samples)


class Run:
    """The sound from one place of a programme on, in order.

    One thread calls `put` and `cut`, one other `take`, `skip` and `peek`: what both look at is a deque, whose ends may be moved at once.

    Args:
        number: counts the seeks of a voice.
        due_s: the instant at which the place is to be heard; None for as soon as may be.
    """

    def __init__(self, start: int, *, number: int = 0, due_s: float | None = None) -> None:
        self.number, self.due_s = number, due_s
        self.place = start
        """Of the next sample that is taken."""
        self._blocks: deque[Block] = deque()
        self._n_put = self._n_taken = 0
        self._head: Block | None = None
        self._n_used = 0  # of the head
        self._past = np.zeros((N_PAST, CHANNELS), np.float32)

    @property
    def n_ahead(self) -> int:
        """Samples that are there."""
        return self._n_put - self._n_taken

    def put(self, block: Block) -> None:
        """Add what comes next."""
        self._n_put += len(block.samples)
        self._blocks.append(block)

    def cut(self, place: int) -> int:
        """Drop what comes behind a place, but for what is being heard already; returns the place behind the rest."""
        try:
            return self._cut(place)
        except IndexError:  # the last of it was taken meanwhile
            return self.place

    def _cut(self, place: int) -> int:
        border = max(place, self.place)
        while len(self._blocks) > 1 and self._blocks[-1].start >= border:
            self._n_put -= len(self._blocks.pop().samples)
        if not self._blocks:
            return self.place
        last = self._blocks[-1]
        if len(self._blocks) > 1 and last.end > border:
            self._blocks[-1] = Block(last.start, last.samples[: border - last.start])
            self._n_put -= last.end - border
            return border
        return last.end

    def take(self, n: int) -> np.ndarray:
        """The next samples, (n, 2) or fewer, read-only: those that are there."""
        pieces = []
        while n > 0 and self._blocks:
            block = self._blocks[0]
            if block is not self._head:
                self._head, self._n_used = block, 0
            piece = block.samples[self._n_used : self._n_used + n]
            n -= len(piece)
            self._n_used += len(piece)
            self._n_taken += len(piece)
            self.place = block.start + self._n_used
            if len(piece):
                pieces.append(piece)
            if self._n_used >= len(block.samples):
                with suppress(IndexError):
                    self._blocks.popleft()
        taken = pieces[0] if len(pieces) == 1 else np.concatenate(pieces or [self._past[:0]])
        if len(taken):
            self._past = taken[-N_PAST:] if len(taken) >= N_PAST else np.concatenate([self._past, taken])[-N_PAST:]
        return taken

    def peek(self, n: int, *, reach: int) -> np.ndarray:
        """`reach` samples of the past, and the next ones, (reach + n, 2); zeros for those that are not there."""
        seen = np.zeros((reach + n, CHANNELS), np.float32)
        seen[:reach] = self._past[N_PAST - reach :]
        at = reach
        for block in list(self._blocks):
            used = self._n_used if block is self._head else 0
            piece = block.samples[used : used + len(seen) - at]
            seen[at : at + len(piece)] = piece
            at += len(piece)
            if at == len(seen):
                break
        return seen
