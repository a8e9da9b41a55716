"""A note and its patch go in; its samples come out, stretch by stretch, the same however they are cut.

A voice lives on a grid of its own, a point each SEGMENT samples from its first one: envelope, brightness and pitch are
computed there, and between the points on straight lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from video2midi.notes import BEND
from video2midi.synth.curves import ATTACK, CUTOFF, FINE, MODULATION, RELEASE, RESONANCE, Curves
from video2midi.synth.patches import Oscillator, Patch
from video2midi.synth.tables import (
    FULL,
    LEVEL_BITS,
    RATE,
    SEGMENT,
    SEMITONE,
    WAVE_BITS,
    WAVE_LENGTH,
    fade_rate,
    fading,
    gain_of,
    look_up,
    pitch_to_increment,
    releasing,
    rising,
    rounded,
    scramble,
    sine,
    velocities,
)
from video2midi.synth.waves import BREATH_LENGTH, HIGHEST_PITCH, LEVEL, N_LEVELS, N_RESONANCES, bank, breath, zone_of

SPILL = 2 * SEGMENT
"""How far beyond the end of a stretch a voice may write, samples."""
CUT_SEGMENTS = 4
"""How long a voice that is cut short takes to fade: 8 ms, without a click and out of the way of what follows."""

_SEGMENT_MS = 1000 * SEGMENT / RATE
_MOST_SEGMENTS = 1 << 30
_LEAST_HELD_MS = 24
_LFO_HZ = 5.3
_WITHIN = np.arange(SEGMENT, dtype=np.uint32)[None, :]
_WITHIN_LINE = np.arange(SEGMENT, dtype=np.int32)[None, :]


class Voice(Protocol):
    """Something that sounds from `start` on, samples of the synthesiser."""

    start: int
    release: int
    key: tuple[int, int]
    velocity: int
    is_done: bool

    @property
    def end(self) -> int:
        """The sample by which it is silent."""

    def render(self, buffer: np.ndarray, base: int, until: int) -> None:
        """Add what has not been added yet, up to sample `until` or a little beyond; column 0 of `buffer` is sample `base`."""

    def cut(self, at: int) -> None:
        """Fade within 8 ms from a sample on: another voice takes its place."""


@dataclass(frozen=True)
class _Settings:
    """A patch in whole numbers."""

    attack: int
    decay: int
    sustain: int
    fade: int
    release: int
    bright: int
    bright_velocity: int
    sweep: int
    sweep_rate: int
    gains: tuple[tuple[int, int], ...]
    rates: tuple[int, ...]
    cents: tuple[int, ...]


@lru_cache(maxsize=512)
def _settings(patch: Patch) -> _Settings:
    def sides(one: Oscillator) -> tuple[int, int]:
        gain = gain_of(patch.gain_db + one.gain_db)
        return gain * min(256, int(rounded(256 * (1 - one.side)))) >> 8, gain * min(256, int(rounded(256 * (1 + one.side)))) >> 8

    return _Settings(
        attack=max(1, int(rounded(patch.attack_ms / _SEGMENT_MS))),
        decay=fade_rate(patch.decay_ms),
        sustain=int(rounded(FULL * patch.sustain)),
        fade=fade_rate(patch.fade_ms),
        release=max(3, int(rounded(patch.release_ms / _SEGMENT_MS))),
        bright=int(rounded(LEVEL * patch.bright)),
        bright_velocity=int(rounded(LEVEL * patch.bright_velocity)),
        sweep=int(rounded(LEVEL * patch.bright_sweep)),
        sweep_rate=fade_rate(patch.sweep_ms),
        gains=tuple(sides(one) for one in patch.oscillators),
        rates=tuple(fade_rate(one.halving_ms) for one in patch.oscillators),
        cents=tuple(int(rounded(one.cents * SEMITONE / 100)) for one in patch.oscillators),
    )


@lru_cache(maxsize=4096)
def _key_rate(pitch: int, key_decay: float) -> int:
    """How much quicker a note fades than middle C, 256 at that."""
    return int(rounded(256 * 2.0 ** (key_decay * (pitch - 60) / 24)))


@lru_cache(maxsize=512)
def _time_scale(value: int) -> int:
    """What CC72 and CC73 make of a time, 256 in the middle: a sixteenth to 16 times."""
    return int(rounded(256 * 2.0 ** ((value - 64) / 16)))


class WaveVoice:
    """A note of a tuned instrument.

    Args:
        start, release: first sample, and where it is let go.
        seed: of the places in the cycle where free waves begin, and of breath.
    """

    def __init__(
        self, patch: Patch, curves: Curves, *, key: tuple[int, int], start: int, release: int, velocity: int, seed: int
    ) -> None:
        self.key, self.start, self.velocity = key, start, velocity
        self.is_done = False
        self._patch, self._curves, self._set = patch, curves, _settings(patch)
        pitch = key[1]
        while pitch > HIGHEST_PITCH:
            pitch -= 12
        self._pitch = pitch
        self._heard = [n for n, cents in enumerate(self._set.cents) if n == 0 or pitch + cents // SEMITONE <= HIGHEST_PITCH]
        self._seed = seed
        self._done = 0  # segments rendered so far
        self._attack = max(1, self._set.attack * _time_scale(curves.value(ATTACK, start)) >> 8)
        self._let_go = max(2, (release - start) // SEGMENT, min(self._attack, int(_LEAST_HELD_MS / _SEGMENT_MS)))
        self.release = start + self._let_go * SEGMENT
        self._release = max(3, self._set.release * _time_scale(curves.value(RELEASE, start)) >> 8)
        scale = _key_rate(pitch, patch.key_decay)
        self._decay, self._fade = self._set.decay * scale >> 8, self._set.fade * scale >> 8
        self._cut = _MOST_SEGMENTS
        self._end = min(self._let_go + self._release, self._faded_out())
        self._resonance = min(max(curves.value(RESONANCE, start) - 56, 0) * N_RESONANCES // 72, N_RESONANCES - 1)
        self._volume = int(velocities()[velocity])
        numbers = scramble(np.arange(len(patch.oscillators)) + (seed & 0xFFFFFFFF) * 8)
        self._phases = [int(n) & 0xFFFFFFFF if patch.is_free else 0 for n in numbers]

    def _faded_out(self) -> int:
        """The segment by which the patch has faded to nothing though the note be held."""
        n_steps = (len(fading()) - 1) << 16
        if self._set.sustain and not self._fade:
            return _MOST_SEGMENTS
        slowest = min(self._fade if self._set.sustain else self._decay, self._decay)
        return -(-n_steps // max(1, slowest)) + 1

    @property
    def end(self) -> int:
        return self.start + self._end * SEGMENT

    def cut(self, at: int) -> None:
        """Fade out quickly from this sample on: another voice takes its place."""
        self._cut = min(self._cut, max(0, (at - self.start) // SEGMENT))
        # What is cut as it begins is not heard at all.
        self._end = min(self._end, self._cut + CUT_SEGMENTS) if self._cut else 0
        self.is_done = self._end <= self._done

    def render(self, buffer: np.ndarray, base: int, until: int) -> None:
        """Add what sounds before `until` to a buffer that begins at `base`, both in samples of the piece."""
        first, last = self._done, min(self._end, -(-(until - self.start) // SEGMENT))
        if last <= first:
            return
        points = np.arange(first, last + 1, dtype=np.int64)
        samples = self.start + points * SEGMENT
        levels = self._levels(points)
        brights = self._brights(points, samples)
        pitches = self._pitches(points[:-1], samples[:-1])
        at = self.start + first * SEGMENT - base
        target = buffer[:, at : at + (last - first) * SEGMENT]
        for number in self._heard:
            self._add(target, number, points, levels, brights, pitches)
        self._done = last
        self.is_done = last >= self._end

    def _levels(self, points: np.ndarray) -> np.ndarray:
        """Level of the note at the points, FULL at velocity 127."""
        sustain = self._set.sustain
        body = (look_up(fading(), points * self._decay) * (FULL - sustain) + look_up(fading(), points * self._fade) * sustain) >> LEVEL_BITS
        if points[0] < self._attack:
            body = body * look_up(rising(), (points << 24) // self._attack) >> LEVEL_BITS
        if points[-1] > self._let_go:
            body = body * look_up(releasing(), (np.maximum(points - self._let_go, 0) << 24) // self._release) >> LEVEL_BITS
        if points[-1] > self._cut:
            body = body * np.clip(self._cut + CUT_SEGMENTS - points, 0, CUT_SEGMENTS) // CUT_SEGMENTS
        if self._patch.tremolo:
            depth = int(rounded(FULL * self._patch.tremolo))
            body = body * (FULL - (depth * ((1 << 15) - 1 - self._lfo(points, quarter=1)) >> 16)) >> LEVEL_BITS
        return body * self._volume >> LEVEL_BITS

    def _lfo(self, points: np.ndarray, *, quarter: int = 0) -> np.ndarray:
        """A slow sine within 2**15, from a quarter of its cycle on."""
        step = int(rounded(2.0**32 * _LFO_HZ * SEGMENT / RATE))
        return sine(15)[((points * step + (quarter << 30)) & 0xFFFFFFFF) >> (32 - WAVE_BITS)]

    def _brights(self, points: np.ndarray, samples: np.ndarray) -> np.ndarray:
        """Level of the bank at the points, in 1/LEVEL."""
        bright = self._set.bright + self._set.bright_velocity * (self.velocity - 90) // 37 + (self._pitch - 60) * LEVEL // 12
        cutoff = self._curves.at(CUTOFF, samples) - 64 * FINE
        course = bright + cutoff * (LEVEL * 11 // 2) // (64 * FINE)
        if self._set.sweep:
            course = course + (self._set.sweep * look_up(fading(), points * self._set.sweep_rate) >> LEVEL_BITS)
        return np.clip(course, 0, (N_LEVELS - 1) * LEVEL - 1)

    def _pitches(self, points: np.ndarray, samples: np.ndarray) -> np.ndarray:
        """Pitch of the segments, in 1/4096 semitone."""
        bend = self._curves.at(BEND, samples) * (self._curves.bend_reach * SEMITONE) // (8192 * FINE)
        wheel = self._curves.at(MODULATION, samples)
        own = int(rounded(self._patch.vibrato_cents * SEMITONE / 100))
        depth = own + wheel * (SEMITONE * 40 // 100) // (127 * FINE)
        ripe = np.clip(points - 60, 0, 160)  # it begins after 120 ms and is full after 440
        return self._pitch * SEMITONE + bend + (depth * ripe // 160 * self._lfo(points) >> 15)

    def _add(
        self, target: np.ndarray, number: int, points: np.ndarray, levels: np.ndarray, brights: np.ndarray, pitches: np.ndarray
    ) -> None:
        """Add one oscillator to (2, samples) of a buffer."""
        one = self._patch.oscillators[number]
        if self._set.rates[number]:
            levels = levels * look_up(fading(), points * self._set.rates[number]) >> LEVEL_BITS
            if not levels.any():
                return
        wave = self._breath(points) if one.wave == "breath" else self._wave(number, one.wave, brights, pitches)
        # A bank is of 11 bits and wide peaks, a level of 20: their product is shifted to the bus with no more loss than a bit.
        line = _line(levels >> 5)
        left, right = self._set.gains[number]
        heard = (wave.astype(np.int64) * line) >> 11
        if left == right:
            target += (heard * left >> LEVEL_BITS).astype(np.int32).reshape(1, -1)
            return
        target[0] += (heard * left >> LEVEL_BITS).astype(np.int32).reshape(-1)
        target[1] += (heard * right >> LEVEL_BITS).astype(np.int32).reshape(-1)

    def _wave(self, number: int, name: str, brights: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        """(segments, SEGMENT) int32 of an oscillator, as the bank has it."""
        detuned = pitches + self._set.cents[number]
        steps = (pitch_to_increment(detuned) & 0xFFFFFFFF).astype(np.uint32)
        ends = np.cumsum(steps * np.uint32(SEGMENT), dtype=np.uint32)
        begins = np.concatenate([np.zeros(1, np.uint32), ends[:-1]]) + np.uint32(self._phases[number])
        self._phases[number] = (self._phases[number] + int(ends[-1])) & 0xFFFFFFFF
        place = ((begins[:, None] + steps[:, None] * _WITHIN) >> np.uint32(32 - WAVE_BITS)).astype(np.int32)
        semitones = self._set.cents[number] // SEMITONE
        cycles = bank(name, zone_of(max(0, self._pitch + semitones)), self._resonance)
        if (brights == brights[0]).all():
            level, between = divmod(int(brights[0]), LEVEL)
            place += level * WAVE_LENGTH
            dark = cycles.take(place).astype(np.int32)
            return dark if not between else dark + ((cycles.take(place + WAVE_LENGTH) - dark) * between >> 8)
        course = _line(brights)
        place += (course >> 8) << WAVE_BITS
        dark = cycles.take(place).astype(np.int32)
        return dark + ((cycles.take(place + WAVE_LENGTH) - dark) * (course & 255) >> 8)

    def _breath(self, points: np.ndarray) -> np.ndarray:
        at = points[:-1, None] * SEGMENT + _WITHIN_LINE + (self._seed * 7919)
        return breath(self._seed & 3).take(at & (BREATH_LENGTH - 1)).astype(np.int32)


def _line(values: np.ndarray) -> np.ndarray:
    """(points,) to (points - 1, SEGMENT) int32 on straight lines."""
    values = values.astype(np.int32)
    return values[:-1, None] + ((values[1:] - values[:-1])[:, None] * _WITHIN_LINE >> 5)
