"""Blocks of the synthesiser's bus at 16 kHz go in; blocks at 48 kHz, limited and ended, come out, in whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

import numpy as np

from video2midi.synth.tables import FULL, LEVEL_BITS, rounded, shift_to_zero

UP = 3
"""Samples out for one in."""
EXTRA_BITS = 4
"""A bus counts in sixteenths of the steps of 16-bit sound."""
FULL_SCALE = 32768 << EXTRA_BITS
"""Of a bus."""
CEILING = 27_600
"""The highest sample that leaves, of 32768: -1.5 dBFS, which leaves lossy codecs half a decibel to miss by."""

_N_SIDE = 6  # samples at 16 kHz before and after: short, hence a little of the images above 8 kHz stays
_KERNEL_BITS = 14
_STRETCH = 240  # samples at 48 kHz that share a peak: 5 ms
_RECOVERY = 40  # a limiter's gain comes back by one part of so many each stretch: 0.2 s


@cache
def _kernel() -> np.ndarray:
    """(2, 12) taps of the samples one and two thirds of the way to the next; each row adds up to 2**14."""
    at = np.arange(-_N_SIDE + 1, _N_SIDE + 1) - np.array([[1], [2]]) / 3
    window = np.i0(5.0 * np.sqrt(1 - (at / (_N_SIDE + 0.4)) ** 2)) / np.i0(5.0)
    taps = np.sinc(at) * window
    taps = rounded(taps / taps.sum(axis=1, keepdims=True) * 2**_KERNEL_BITS)
    taps[0, _N_SIDE - 1] += 2**_KERNEL_BITS - taps[0].sum()
    taps[1, _N_SIDE] += 2**_KERNEL_BITS - taps[1].sum()
    return taps


def upsample(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """(2, n) at 16 kHz to (2, 3 n) in all at 48 kHz; sample m lies at 3 m, unchanged."""
    held = np.zeros((2, _N_SIDE - 1), np.int64)
    for block in blocks:
        held = np.concatenate([held, block], axis=1)
        if held.shape[1] >= 2 * _N_SIDE:
            yield _between(held)
            held = held[:, held.shape[1] - 2 * _N_SIDE + 1 :]
    yield _between(np.concatenate([held, np.zeros((2, _N_SIDE), np.int64)], axis=1))


def _between(held: np.ndarray) -> np.ndarray:
    n = held.shape[1] - 2 * _N_SIDE + 1
    out = np.zeros((2, n, UP), np.int64)
    out[:, :, 0] = held[:, _N_SIDE - 1 : _N_SIDE - 1 + n]
    if held.any():
        for phase, taps in enumerate(_kernel()):
            between = sum(held[:, place : place + n] * int(tap) for place, tap in enumerate(taps))
            out[:, :, 1 + phase] = shift_to_zero(np.asarray(between), _KERNEL_BITS)
    return out.reshape(2, -1)


def limit(blocks: Iterable[np.ndarray], *, ceiling: int = CEILING << EXTRA_BITS) -> Iterator[np.ndarray]:
    """Keep (2, n) within the ceiling by turning the gain down before a peak and up again after it; what is quieter is untouched."""
    limiter = _Limiter(ceiling)
    for block in blocks:
        yield from limiter.add(block)
    yield from limiter.end()


def limit_floats(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """As `limit`, of sound that is not on a bus yet: float32 (n, 2), 1 at full scale; out come (2, n) whole numbers."""
    return limit(np.rint(block.T.astype(np.float64) * FULL_SCALE).astype(np.int64) for block in blocks)


def to_floats(block: np.ndarray) -> np.ndarray:
    """A bus (2, n) as float32 (n, 2) in whole steps of 16-bit sound."""
    return (shift_to_zero(block, EXTRA_BITS).T / np.float32(32768)).astype(np.float32)


class _Limiter:
    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._held = np.zeros((2, 0), np.int64)
        self._gain = FULL  # where the next stretch begins
        self._allowed = FULL  # by the stretch before

    def add(self, block: np.ndarray) -> Iterator[np.ndarray]:
        self._held = np.concatenate([self._held, block], axis=1)
        n = self._held.shape[1] // _STRETCH - 1  # the last whole one tells how the one before must end
        if n > 0:
            stretches, peaks = self._held[:, : n * _STRETCH], self._peaks(n + 1)
            self._held = self._held[:, n * _STRETCH :]
            yield self._turned(stretches, peaks)

    def end(self) -> Iterator[np.ndarray]:
        n = self._held.shape[1]
        rest = np.pad(self._held, ((0, 0), (0, -n % _STRETCH + _STRETCH)))
        self._held = rest
        whole = rest.shape[1] // _STRETCH - 1
        yield self._turned(rest[:, : whole * _STRETCH], self._peaks(whole + 1))[:, :n]

    def _peaks(self, n: int) -> np.ndarray:
        return np.abs(self._held[:, : n * _STRETCH]).reshape(2, n, _STRETCH).max(axis=(0, 2))

    def _turned(self, stretches: np.ndarray, peaks: np.ndarray) -> np.ndarray:
        if self._gain == FULL and self._allowed == FULL and (peaks <= self._ceiling).all():
            return stretches
        allowed = [min(FULL, self._ceiling * FULL // max(1, int(peak))) for peak in peaks]
        # A gain between two stretches is what both allow.
        gains = [min(self._gain, allowed[0])]
        for here, following in pairwise(allowed):
            recovered = gains[-1] + -(-(FULL - gains[-1]) // _RECOVERY)
            gains.append(min(recovered, here, following))
        self._gain, self._allowed = gains[-1], allowed[-2]
        nodes = np.array(gains, np.int64)
        line = nodes[:-1, None] * _STRETCH + (nodes[1:] - nodes[:-1])[:, None] * np.arange(_STRETCH)
        turned = stretches * (line // _STRETCH).reshape(1, -1)
        return shift_to_zero(turned, LEVEL_BITS)


def end_at(blocks: Iterable[np.ndarray], n: int, *, fade: int) -> Iterator[np.ndarray]:
    """The first `n` samples, faded to nothing over the last `fade` of them."""
    at = 0
    for block in blocks:
        block = block[:, : max(0, n - at)]
        left = n - at - np.arange(1, block.shape[1] + 1)  # samples still to come
        at += block.shape[1]
        if len(left) and left[-1] < fade:
            block = shift_to_zero(block * (np.clip(left, 0, fade) * FULL // fade), LEVEL_BITS)
        if block.shape[1]:
            yield block
