"""Pitches, decibels, velocities and seeds go in, whole numbers come out: what the synthesiser looks up instead of computing.

Every table is made of integers, so that the sound is the same on any machine. The units, in powers of two:
a phase is 2**32 a cycle, a level 2**20 at full, a pitch 4096 a semitone.
"""

from __future__ import annotations

from functools import cache

import numpy as np

RATE = 16_000
SEGMENT = 32
"""Samples from one point of an envelope or control to the next: 2 ms."""
SEMITONE = 4096
LEVEL_BITS = 20
FULL = 1 << LEVEL_BITS
WAVE_BITS = 11
WAVE_LENGTH = 1 << WAVE_BITS

_STEPS_A_SEMITONE = 64
_OCTAVE = 12 * SEMITONE
_STEPS_A_HALVING = 64
_N_HALVINGS = 14  # 84 dB, then nothing
_A4_HZ, _A4 = 440, 69


def rounded(values: np.ndarray | float) -> np.ndarray:
    """The nearest whole numbers, int64.

    Half and a little more is added: what would lie exactly between two numbers but for the last bit of a sine is rounded up
    on every machine.
    """
    return np.floor(np.asarray(values, np.float64) + (0.5 + 2.0**-20)).astype(np.int64)


def gain_of(level_db: float) -> int:
    """Decibels as a level, FULL at 0."""
    return int(rounded(FULL * 10 ** (level_db / 20)))


def shift_to_zero(values: np.ndarray, bits: int) -> np.ndarray:
    """Divide by 2**bits, rounding towards zero, so that what fades ends in silence and not at -1."""
    return (values + ((values >> 63) & ((1 << bits) - 1))) >> bits


def look_up(table: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Values of a table at places in 1/65536 of a step, between its entries on a straight line; beyond its end the last one."""
    place = np.clip(place, 0, (len(table) - 1) << 16)
    index = place >> 16
    low = table[index]
    high = table[np.minimum(index + 1, len(table) - 1)]
    return low + (((high - low) * (place & 0xFFFF)) >> 16)


@cache
def _increments() -> np.ndarray:
    """Phase steps of the octave from MIDI note 120 on."""
    n_steps = 12 * _STEPS_A_SEMITONE
    semitones = np.arange(n_steps + 1) / _STEPS_A_SEMITONE + 120 - _A4
    return rounded(2.0**32 * _A4_HZ / RATE * 2.0 ** (semitones / 12))


def pitch_to_increment(pitch: np.ndarray) -> np.ndarray:
    """Phase steps a sample (2**32 a cycle) of pitches in 1/4096 of a semitone, MIDI note 60 at 60 * 4096."""
    octave, within = np.divmod(np.asarray(pitch, np.int64), _OCTAVE)
    return look_up(_increments(), within * (65536 * _STEPS_A_SEMITONE // SEMITONE)) >> np.clip(10 - octave, 0, 62)


@cache
def sine(bits: int) -> np.ndarray:
    """One cycle of 2**11 steps, from -(2**bits - 1) to 2**bits - 1."""
    return rounded((2**bits - 1) * np.sin(2 * np.pi * np.arange(WAVE_LENGTH) / WAVE_LENGTH))


@cache
def fading() -> np.ndarray:
    """From FULL down, halved every 64 steps, and to nothing after 14 halvings."""
    floor = 2.0**-_N_HALVINGS
    halvings = np.arange(_N_HALVINGS * _STEPS_A_HALVING + 1) / _STEPS_A_HALVING
    return rounded(FULL * (2.0**-halvings - floor) / (1 - floor))


def fade_rate(halving_ms: float, *, every: int = SEGMENT) -> int:
    """How far one goes down `fading` in so many samples, in 1/65536 of a step, where a level is halved in `halving_ms`; 0 holds."""
    if not halving_ms:
        return 0
    return int(rounded(65536 * _STEPS_A_HALVING * (1000 * every / RATE) / halving_ms))


@cache
def rising() -> np.ndarray:
    """256 steps from nothing to FULL, fast at first, as a condenser is charged."""
    return rounded(FULL * (1 - np.exp(-3.0 * np.arange(257) / 256)) / (1 - np.exp(-3.0)))


@cache
def releasing() -> np.ndarray:
    """256 steps from FULL to nothing, fast at first."""
    at = np.arange(257) / 256
    return rounded(FULL * np.exp(-4.0 * at) * (1 - at))


@cache
def velocities() -> np.ndarray:
    """Levels of velocities 0..127: 30 dB a decade, FULL at 127."""
    return rounded(FULL * (np.arange(128) / 127) ** 1.5)


@cache
def volumes() -> np.ndarray:
    """Levels of CC7 and CC11 0..127: 40 dB a decade (General MIDI, recommended practice RP-024)."""
    return rounded(FULL * (np.arange(128) / 127) ** 2.0)


@cache
def pans() -> np.ndarray:
    """(2, 128) levels left and right of CC10: equal power, FULL on both sides in the middle."""
    turn = np.clip((np.arange(128) - 1) / 126, 0, 1) * (np.pi / 2)
    return rounded(FULL * 2.0**0.5 * np.stack([np.cos(turn), np.sin(turn)]))


def scramble(numbers: np.ndarray | int) -> np.ndarray:
    """Noise by number, uint64: the same number gives the same noise (splitmix64, Steele and others 2014)."""
    with np.errstate(over="ignore"):
        mixed = np.asarray(numbers).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


def white_noise(n: int, *, seed: int) -> np.ndarray:
    """(n,) int64 evenly from -128 to 127."""
    key = int(scramble(seed & (2**63 - 1)))
    numbers = (np.arange(n, dtype=np.uint64) + np.uint64(key >> 1)).astype(np.uint64)
    return (scramble(numbers) >> np.uint64(56)).astype(np.int64) - 128
