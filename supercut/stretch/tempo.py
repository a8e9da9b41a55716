"""Sound at another speed and the same pitch: blocks of samples in, exactly as many samples as asked for out.

A phase vocoder. Each output frame is the source's spectrum at the wanted time, turned so that it continues
the frame before it. How far a sound turns in one hop is read off the source itself, from a second spectrum
one hop earlier, so nothing is unwrapped and any factor works. All bins around a spectral peak turn together,
and all channels turn alike, so a voice stays one voice and the stereo image stays where it is.
Attacks are found beforehand; each is played untouched at its place, and what is struck starts anew there,
while what sounds on through it sounds on.

Sources: Laroche & Dolson 1999 (locking to peaks); Bonada 2000 (spectra one synthesis hop apart). Deviations:
a peak turns by the energy-weighted mean over its region, and attacks part the sound instead of bending it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from supercut.stretch.attacks import Attacks
from supercut.stretch.buffer import SoundBuffer

WINDOW = 4096
"""85 ms at 48 kHz: harmonics of a low voice (80 Hz) are apart, and a syllable is still a syllable."""
HOP = WINDOW // 8
_HALF = WINDOW // 2
_CATCH_UP = 24_000
_JOIN = 96
_UNTOUCHED = 720
_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
_LEAST_WEIGHT = 0.1 * float(np.square(_HANN).sum() / HOP)
_LEAST_COHERENCE = 0.3

Piece = tuple[int, np.ndarray]
"""An output sample and the sound that starts there."""


def stretch_tempo(blocks: Iterable[np.ndarray], *, speed: Fraction, n_out: int) -> Iterator[np.ndarray]:
    """Play sound at `speed` with its pitch kept.

    Args:
        blocks: (n, channels) float32 at 48 kHz.
        speed: 1/4 plays four times as long, 2 half as long.
        n_out: samples to make; silence follows where the source ends earlier.
    Yields:
        (n, channels) float32 blocks, `n_out` samples in all.
    """
    source = SoundBuffer(blocks)
    yield from _sum_pieces(_play(source, speed=speed, n_out=n_out), n_channels=source.n_channels, n_out=n_out)


def _sum_pieces(pieces: Iterable[Piece], *, n_channels: int, n_out: int) -> Iterator[np.ndarray]:
    """Pieces laid one behind the other, of which each may begin up to a join's length inside the one before."""
    done, pending = 0, np.zeros((0, n_channels), np.float32)
    for start, sound in pieces:
        grown = np.zeros((start - done + len(sound), n_channels), np.float32)
        grown[: len(pending)] = pending
        grown[start - done :] += sound
        ready = max(0, len(grown) - _JOIN)
        yield grown[:ready]
        done, pending = done + ready, grown[ready:]
    yield pending[: n_out - done]


def _play(source: SoundBuffer, *, speed: Fraction, n_out: int) -> Iterator[Piece]:
    """The parts between attacks, one after the other, faded into each other just before each attack."""
    attacks = Attacks(source)
    part = _Part(source, attacks, 0, None, speed=speed, n_out=n_out)
    yield from part.play()
    while part.next is not None:
        part = _Part(source, attacks, part.next, part.last, speed=speed, n_out=n_out)
        yield from part.play()


@dataclass(frozen=True)
class _Course:
    """Which source sample is due when: untouched for half a window from an attack on, then slowly back to the even course.

    Args:
        start: source sample of the attack.
        whole: source samples until the course is even again.
    """

    start: int
    whole: int
    speed: float

    def at(self, n_played: int) -> int:
        untouched = min(_UNTOUCHED, 0.3 * self.whole * min(1, 1 / self.speed)) if self.start else 0.0
        until = self.whole / self.speed
        if n_played >= until:
            return self.start + round(n_played * self.speed)
        if n_played < untouched:
            return self.start + n_played
        return self.start + round(untouched + (n_played - untouched) * (self.whole - untouched) / (until - untouched))


class _Frame(NamedTuple):
    """A spectrum as it is in the source and as it was played: (channels, bins) complex each."""

    heard: np.ndarray
    played: np.ndarray


class _Part:
    """The sound from one attack (or the beginning) to the next (or the end)."""

    def __init__(self, source: SoundBuffer, attacks: Attacks, start: int, before: _Frame | None, *, speed: Fraction, n_out: int) -> None:
        self._source, self._attacks, self._speed = source, attacks, speed
        self._start = start
        self._output = round(start / speed)
        self._n_out = n_out
        self._sum = np.zeros((0, source.n_channels), np.float32)
        self._weight = np.zeros(0, np.float32)
        self._sum_from = self._output - _HALF
        self._before = before
        self.last: _Frame | None = None
        """The frame that lies on the end."""
        self.next: int | None = None
        """Source sample of the attack that ends the part, once seen."""

    def play(self) -> Iterator[Piece]:
        """Pieces that begin a join's length before the attack and end at the next one."""
        first = max(0, self._output - _JOIN)
        self._look(self._start + _CATCH_UP)
        course = _Course(self._start, min(_CATCH_UP, (self.next or self._start + _CATCH_UP) - self._start), float(self._speed))
        written = first
        centre = before = self._output
        while True:
            at = course.at(centre - self._output)
            self._look(at + round(WINDOW * max(Fraction(1), self._speed)))
            self._add_frame(at if self.next is None else min(at, self.next), centre, step=centre - before)
            if centre >= self._end:
                break
            before, centre = centre, min(centre + HOP, self._end)
            if centre - _HALF > written + WINDOW:
                yield written, self._finish(written, centre - _HALF)
                written = centre - _HALF
        yield written, self._finish(written, self._end)

    @property
    def _end(self) -> int:
        """Output sample at which the part ends."""
        return self._n_out if self.next is None else min(self._n_out, round(self.next / self._speed))

    def _look(self, until: int) -> None:
        if self.next is None:
            found = self._attacks.next_after(self._start, until=until)
            self.next = found if found is not None and round(found / self._speed) < self._n_out else None

    def _add_frame(self, at: int, centre: int, *, step: int) -> None:
        """Add the source around `at` to the output around `centre`, `step` samples after the frame before."""
        sound = self._source.take(at - _HALF - step, at + _HALF)
        self._source.forget(at - _HALF - HOP - _JOIN)
        seen = self._seen(at - _HALF - step, len(sound))
        sound = (sound * seen[:, None]).T
        heard, earlier = np.fft.rfft(np.stack([sound[:, step:], sound[:, :WINDOW]]) * _HANN)
        turn, level = self._follow(heard, earlier)
        self.last = _Frame(heard, heard * turn)
        start = centre - _HALF - self._sum_from
        self._grow(start + WINDOW)
        self._sum[start : start + WINDOW] += (np.fft.irfft(self.last.played * level, WINDOW) * _HANN).T
        self._weight[start : start + WINDOW] += _HANN * _HANN * seen[step:]

    def _follow(self, heard: np.ndarray, earlier: np.ndarray) -> tuple[np.ndarray | float, np.ndarray | float]:
        """Turn and level of the next frame: after the one before, after the part before, or as it is."""
        if self.last is not None:
            return _turn(self.last.played, earlier, heard)
        if self._before is None:
            return 1.0, 1.0
        turn, level = _turn(self._before.played, self._before.heard, heard)
        struck = _is_struck(self._before.heard, heard)
        return np.where(struck, 1, turn), np.where(struck, 1, level)

    def _seen(self, start: int, n: int) -> np.ndarray:
        """0 where an attack must not be heard early or a second time, else 1; a millisecond's slope between."""
        at = np.arange(start, start + n, dtype=np.float32)
        seen = np.ones(n, np.float32)
        if self.next is not None:
            seen = np.clip((self.next - at) / (_JOIN / 2), 0, 1)
        if self._start and start + n - _HALF > self._start + _UNTOUCHED:
            seen *= np.clip((at - self._start - _UNTOUCHED / 2) / (_JOIN / 2), 0, 1)
        return seen

    def _grow(self, n: int) -> None:
        more = n - len(self._weight)
        if more > 0:
            self._sum = np.concatenate([self._sum, np.zeros((more, self._source.n_channels), np.float32)])
            self._weight = np.concatenate([self._weight, np.zeros(more, np.float32)])

    def _finish(self, start: int, stop: int) -> np.ndarray:
        """Output samples start..stop, which no later frame touches, faded where the part joins its neighbours."""
        lo, hi = start - self._sum_from, stop - self._sum_from
        sound = self._sum[lo:hi] / np.maximum(self._weight[lo:hi, None], _LEAST_WEIGHT)
        self._sum, self._weight, self._sum_from = self._sum[hi:], self._weight[hi:], stop
        at = np.arange(start, stop, dtype=np.float32)[:, None]
        if self._start:
            sound *= np.clip((at - self._output + _JOIN) / _JOIN, 0, 1)
        if self.next is not None:
            sound *= np.clip((self._end - at) / _JOIN, 0, 1)
        return sound.astype(np.float32)


def _turn(before: np.ndarray, earlier: np.ndarray, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How each bin of `frame` must turn to follow `before`, and the level that makes up for what then cancels.

    Args:
        before: the last output frame, (channels, bins) complex.
        earlier: the source one hop before `frame`; where it stands turned against `before`, `frame` turns alike.
    Returns:
        (bins,) complex of length 1; (bins,) gain.
    """
    turned = before * earlier.conj()
    power = _power(frame)
    starts = _regions(power)
    turn, *energies = (np.add.reduceat(values, starts) for values in (turned.sum(axis=0), _power(before), _power(earlier)))
    size = np.abs(turn)
    coherence = size / np.sqrt(np.maximum(energies[0] * energies[1], 1e-30))
    unit = np.where(size > 1e-20, turn / np.maximum(size, 1e-20), 1)
    # Noise is not coherent over a region and loses up to 2 dB; the square root, by measurement, gives it back.
    level = np.where(size > 1e-20, 1 / np.sqrt(np.clip(coherence, _LEAST_COHERENCE, 1)), 1)
    lengths = np.diff(starts, append=len(power))
    return np.repeat(unit, lengths).astype(np.complex64), np.repeat(level, lengths).astype(np.float32)


def _is_struck(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """(bins,) whether the energy around a peak is new: 12 dB above the half window before the attack (6 dB are its length)."""
    starts = _regions(_power(after))
    old, new = (np.add.reduceat(_power(frame), starts) for frame in (before, after))
    return np.repeat(new > 16 * old, np.diff(starts, append=after.shape[-1]))


def _power(frame: np.ndarray) -> np.ndarray:
    return (np.square(frame.real) + np.square(frame.imag)).sum(axis=0)


def _regions(power: np.ndarray) -> np.ndarray:
    """First bins of the regions around each spectral peak; they part halfway between peaks."""
    middle = power[2:-2]
    peak = (middle > power[1:-3]) & (middle >= power[3:-1]) & (middle > power[:-4]) & (middle >= power[4:])
    peaks = np.flatnonzero(peak) + 2
    return np.concatenate([[0], (peaks[1:] + peaks[:-1] + 1) // 2])
