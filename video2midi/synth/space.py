"""Blocks of sound on the buses go in; a room and an echo around them come out, in whole numbers that end in exact silence."""

from __future__ import annotations

import numpy as np

from video2midi.synth.tables import RATE, rounded, shift_to_zero

_ROOM_S = 1.25  # until it has faded by 60 dB
_ROOM_DELAYS = np.array([467, 557, 631, 719, 809, 887, 977, 1069])  # primes, 29 to 67 ms
_ROOM_SIGNS = np.array([[1, 0, -1, 0, 1, 0, -1, 0], [0, 1, 0, -1, 0, 1, 0, -1]])
_DIFFUSERS = ((211, 223), (331, 347))
_DIFFUSION = 5  # eighths
_PREDELAY = RATE * 9 // 1000
_MEAN = 64
_GAIN_BITS = 16
_ECHO_BACK = 26 * 1024  # of 2**16: 0.4 from side to side


class HighPass:
    """Takes the deepest out (below some 100 Hz), so that a room does not boom: a sample less the mean around it."""

    def __init__(self) -> None:
        self._past = np.zeros((4, _MEAN), np.int64)

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """(4, n) to (4, n), 2 ms late."""
        joined = np.concatenate([self._past, block], axis=1)
        sums = np.cumsum(joined, axis=1)
        means = shift_to_zero(sums[:, _MEAN:] - sums[:, :-_MEAN], 6)
        self._past = joined[:, -_MEAN:]
        return joined[:, _MEAN // 2 : -_MEAN // 2] - means


class _Diffuser:
    """An all-pass of one delay a side (Schroeder 1961)."""

    def __init__(self, delays: tuple[int, int]) -> None:
        self._delays = delays
        self._past = [np.zeros(delay, np.int64) for delay in delays]

    def __call__(self, block: np.ndarray) -> np.ndarray:
        return np.stack([self._side(side, block[side]) for side in range(2)])

    def _side(self, side: int, block: np.ndarray) -> np.ndarray:
        delay, n = self._delays[side], len(block)
        inner = np.concatenate([self._past[side], block])
        for at in range(delay, delay + n, delay):
            end = min(at + delay, delay + n)
            inner[at:end] += shift_to_zero(inner[at - delay : end - delay] * _DIFFUSION, 3)
        self._past[side] = inner[n:]
        return inner[:n] - shift_to_zero(inner[delay:] * _DIFFUSION, 3)


class Room:
    """A small warm room: eight delays that feed one another (a feedback delay network, Jot 1991, with a Householder matrix)."""

    def __init__(self) -> None:
        self._diffusers = [_Diffuser(delays) for delays in _DIFFUSERS]
        self._longest = int(_ROOM_DELAYS.max()) + 1
        self._past = np.zeros((8, self._longest), np.int64)
        self._early = np.zeros((2, _PREDELAY), np.int64)
        self._gains = rounded(2**_GAIN_BITS * 10.0 ** (-3 * _ROOM_DELAYS / (_ROOM_S * RATE)))[:, None]
        self._is_silent = True

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """What the room answers, (2, n), without the sound itself."""
        if self._is_silent and not block.any():
            return np.zeros_like(block)
        n = block.shape[1]
        early = np.concatenate([self._early, block], axis=1)
        self._early, block = early[:, n:], early[:, :n]
        for diffuse in self._diffusers:
            block = diffuse(block)
        lines = np.concatenate([self._past, np.zeros((8, n), np.int64)], axis=1)
        step = int(_ROOM_DELAYS.min()) - 1
        for at in range(0, n, step):
            self._advance(lines, block[:, at : at + step], at + self._longest)
        self._past = lines[:, n:]
        self._is_silent = not (self._past.any() or self._early.any() or block.any())
        # The newest are the lines' inputs; what leaves them is heard.
        return shift_to_zero(_ROOM_SIGNS @ lines[:, self._longest :], 1)

    def _advance(self, lines: np.ndarray, heard: np.ndarray, at: int) -> None:
        m = heard.shape[1]
        places = (at - 1 - _ROOM_DELAYS)[:, None] + np.arange(m + 2)[None, :]
        past = np.take_along_axis(lines, places, axis=1)
        # In walls the high parts are lost first: neighbours are averaged, one part of eight from each side.
        damped = (past[:, :-2] + 6 * past[:, 1:-1] + past[:, 2:]) * self._gains
        mixed = shift_to_zero(4 * damped - damped.sum(axis=0), _GAIN_BITS + 5)
        lines[:, at : at + m] = mixed + np.repeat(heard[None], 4, axis=0).reshape(8, m) * _INPUT_SIGNS


_INPUT_SIGNS = np.array([1, 1, 1, -1, -1, 1, -1, -1])[:, None]


class Echo:
    """An echo that goes from side to side, left first, each time weaker and darker.

    Args:
        delay: samples from one to the next.
    """

    def __init__(self, delay: int) -> None:
        self._delay = delay
        self._past = np.zeros((3, delay + 2), np.int64)  # the sound, left, right

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """What comes back, (2, n), of (2, n)."""
        if not block.any() and not self._past.any():
            return np.zeros_like(block)
        n, lead = block.shape[1], self._delay + 2
        lines = np.concatenate([self._past, np.zeros((3, n), np.int64)], axis=1)
        lines[0, lead:] = shift_to_zero((block[0] + block[1]) * 3, 2)
        for at in range(lead, lead + n, self._delay):
            m = min(self._delay, lead + n - at)
            past = lines[:, at - lead : at - lead + m + 2]
            late = shift_to_zero(past[:, :-2] + 2 * past[:, 1:-1] + past[:, 2:], 2)
            lines[1, at : at + m] = late[0] + shift_to_zero(late[2] * _ECHO_BACK, 16)
            lines[2, at : at + m] = shift_to_zero(late[1] * _ECHO_BACK * 3 // 2, 16)
        self._past = lines[:, n:]
        return lines[1:, lead:]
