"""The name of a wave and a pitch go in; a bank of 8-bit cycles from dark to bright comes out, free of aliases at that pitch.

A bank stands for a wave behind a low-pass filter: its levels are the filter's cut-off, 180 Hz to 7 kHz. Instruments of
the early eighties (PPG Wave, Fairlight) turned such pages instead of filtering.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from video2midi.synth.tables import WAVE_LENGTH, rounded, white_noise

N_LEVELS = 16
LEVEL = 256
"""What a step from one level of a bank to the next is counted in."""
ZONE = 3
"""Semitones that share a bank."""
UNIT_BITS = 11
"""A bank as loud as a sine of amplitude 2**11 * sqrt(2): as loud as any other at the level `_LOUD_LEVEL`."""
N_RESONANCES = 4
HIGHEST_PITCH = 107
"""The highest note that is heard as it is; those above sound an octave or two lower."""
BREATH_LENGTH = 1 << 15

_LOUD_LEVEL = 9
_EDGE_HZ = (5800.0, 7500.0)
_N_HARMONICS = 128

Spectrum = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Amplitudes of the harmonics, of their numbers from 1 and their frequencies in Hz."""


def _bell(hz: np.ndarray, centre_hz: float, octaves: float) -> np.ndarray:
    return np.exp(-0.5 * (np.log2(hz / centre_hz) / octaves) ** 2)


def _formants(hz: np.ndarray, *peaks: tuple[float, float, float], floor: float) -> np.ndarray:
    """A body or mouth: peaks of (centre in Hz, gain, width in octaves) over a floor."""
    return floor + sum((gain * _bell(hz, centre, width) for centre, gain, width in peaks), np.zeros_like(hz))


def _only(amplitudes: dict[int, float]) -> Spectrum:
    return lambda number, _hz: sum((gain * (number == n) for n, gain in amplitudes.items()), np.zeros_like(number))


def _odd(number: np.ndarray, *, even: float = 0.0) -> np.ndarray:
    return np.where(number % 2 == 1, 1.0, even)


def _plucked(number: np.ndarray, place: float) -> np.ndarray:
    """A string plucked at a part of its length."""
    return np.abs(np.sin(np.pi * number * place)) / number


WAVES: dict[str, Spectrum] = {
    "sine": _only({1: 1.0}),
    "soft": _only({1: 1.0, 2: 0.22, 3: 0.09, 4: 0.03}),
    "triangle": lambda n, _hz: _odd(n) / n**2,
    "saw": lambda n, _hz: 1 / n,
    "square": lambda n, _hz: _odd(n, even=0.04) / n,
    "pulse": lambda n, _hz: np.abs(np.sin(np.pi * n * 0.23)) / n,
    "bar": _only({1: 1.0, 2: 0.04, 4: 0.20}),  # what rings on of a vibraphone, whose bars are tuned to 1 : 4 : 10
    "wood": _only({1: 1.0, 4: 0.36, 9: 0.10, 10: 0.12}),
    "tine": _only({1: 1.0, 2: 0.30, 3: 0.05, 7: 0.10, 8: 0.06}),
    "piano": lambda n, hz: (0.12 + np.abs(np.sin(np.pi * n / 7.3))) / n**1.15 * (1 - 0.35 * _bell(hz, 180, 0.8)),
    "nylon": lambda n, hz: _plucked(n, 0.19) * _formants(hz, (240, 0.7, 0.6), (700, 0.3, 0.6), floor=0.7),
    "steel": lambda n, hz: _plucked(n, 0.11) * _formants(hz, (2600, 0.6, 0.7), floor=0.7),
    "string bass": lambda n, hz: _plucked(n, 0.27) * _formants(hz, (90, 0.6, 0.8), floor=0.8),
    "drawbars": _only({1: 0.9, 2: 0.75, 3: 0.5, 4: 0.4, 6: 0.16, 8: 0.2}),
    "pipes": _only({1: 0.8, 2: 0.8, 3: 0.2, 4: 0.55, 6: 0.2, 8: 0.35, 12: 0.12, 16: 0.14}),
    "bowed": lambda n, hz: 1 / n**0.95 * _formants(hz, (290, 0.4, 0.4), (1000, 0.5, 0.6), (2600, 0.6, 0.5), floor=0.6),
    "ah": lambda n, hz: 1 / n**0.8 * _formants(hz, (620, 1.0, 0.32), (1080, 0.8, 0.26), (2500, 0.32, 0.25), floor=0.05),
    "oo": lambda n, hz: 1 / n * _formants(hz, (330, 1.0, 0.4), (760, 0.4, 0.3), (2400, 0.06, 0.3), floor=0.03),
    "brass": lambda n, hz: 1 / n**0.75 * _formants(hz, (520, 0.5, 0.7), (1300, 0.5, 0.7), floor=0.55),
    "clarinet": lambda n, hz: _odd(n, even=0.12) / n**0.9 * _formants(hz, (1500, 0.4, 0.8), floor=0.7),
    "oboe": lambda n, hz: 1 / n**0.6 * _formants(hz, (1050, 1.0, 0.45), (2800, 0.5, 0.4), floor=0.2),
    "flute": _only({1: 1.0, 2: 0.30, 3: 0.13, 4: 0.04, 5: 0.02}),
}


def zone_of(pitch: int) -> int:
    """The bank of a note."""
    return min(pitch, HIGHEST_PITCH) // ZONE


def _cut_off(level: np.ndarray) -> np.ndarray:
    """Hz; a third of an octave and a little a level."""
    return 180.0 * 2.0 ** (level * 0.352)


def _loudness(hz: np.ndarray) -> np.ndarray:
    """How loud an amplitude is: the high-pass and shelf of ITU-R BS.1770, roughly, and less at both ends as ears have it."""
    return hz**2 / (hz**2 + 90.0**2) * (1 + 0.58 * hz**4 / (hz**4 + 1700.0**4))


def _amplitudes(wave: str, zone: int, resonance: int) -> np.ndarray:
    """(levels, harmonics)"""
    number = np.arange(1, _N_HARMONICS + 1, dtype=np.float64)
    lowest_hz = 440.0 * 2.0 ** ((zone * ZONE - 69) / 12)
    hz = lowest_hz * 2.0 ** ((ZONE - 1) / 24) * number
    top_hz = lowest_hz * 2.0 ** ((ZONE - 1) / 12) * number
    edge = np.clip((_EDGE_HZ[1] - top_hz) / (_EDGE_HZ[1] - _EDGE_HZ[0]), 0, 1)
    source = WAVES[wave](number, hz) * edge * (3 - 2 * edge) * edge
    # Never so far closed that the note itself is gone.
    corner = np.hypot(_cut_off(np.arange(N_LEVELS)), 1.3 * hz[0])[:, None]
    hump = np.exp(-0.5 * (np.log2(hz / corner) / 0.3) ** 2)
    filtered = source / (1 + (hz / corner) ** 4) ** 0.5 * (1 + 0.9 * resonance * hump)
    loud = np.sqrt(((filtered[_LOUD_LEVEL] * _loudness(hz)) ** 2).sum())
    return filtered / max(loud, 1e-9)


@lru_cache(maxsize=256)
def bank(wave: str, zone: int, resonance: int = 0) -> np.ndarray:
    """One cycle at every level of brightness, flat: level * WAVE_LENGTH + place.

    Each is of 8 bits, scaled to its own peak, times its gain.

    Returns:
        int16 (N_LEVELS * WAVE_LENGTH,), read-only.
    """
    place = np.arange(WAVE_LENGTH) / WAVE_LENGTH
    cycles = _amplitudes(wave, zone, resonance) @ np.sin(2 * np.pi * np.arange(1, _N_HARMONICS + 1)[:, None] * place[None, :])
    peak = np.abs(cycles).max(axis=1, keepdims=True)
    bytes_ = rounded(cycles * (126.7 / np.maximum(peak, 1e-9)))
    gains = rounded(peak * (2**0.5 * 2**UNIT_BITS / 126.7 * 256))
    scaled = np.clip((bytes_ * gains) >> 8, -32767, 32767).astype(np.int16).reshape(-1)
    scaled.flags.writeable = False
    return scaled


@lru_cache(maxsize=8)
def breath(seed: int) -> np.ndarray:
    """Noise of 8 bits as breath has it, without its highest and lowest parts, int16 (BREATH_LENGTH,), as loud as a bank."""
    raw = white_noise(BREATH_LENGTH, seed=seed)
    smooth = raw + 2 * np.roll(raw, 1) + np.roll(raw, 2)
    air = (smooth - np.roll(smooth, 5)) >> 2
    return (np.clip(air, -127, 127) * 24).astype(np.int16)
