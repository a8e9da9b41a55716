"""A key of the General MIDI drum map and a seed go in; the sound of that drum comes out, made of 8-bit sines and noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from video2midi.synth.tables import FULL, LEVEL_BITS, RATE, fade_rate, fading, look_up, rounded, sine, white_noise

Sound = np.ndarray
"""int64 (n,), 2**15 at full."""

_N_TAPS = 63
_RISE = 4  # samples: a quarter of a millisecond


def _n(ms: float) -> int:
    return int(rounded(ms * RATE / 1000))


def _fade(n: int, halving_ms: float, *, delay_ms: float = 0.0) -> np.ndarray:
    """Levels of `n` samples, FULL at `delay_ms` and nothing before."""
    at = np.arange(n, dtype=np.int64) - _n(delay_ms)
    levels = look_up(fading(), np.maximum(at, 0) * fade_rate(halving_ms, every=1))
    return np.where(at < 0, 0, levels * np.clip(at + 1, 0, _RISE) // _RISE)


def _voiced(source: np.ndarray, envelope: np.ndarray, gain_db: float) -> Sound:
    """An 8-bit source through an envelope."""
    gain = int(rounded(256 * 10 ** (gain_db / 20)))
    return ((source * envelope) >> (LEVEL_BITS - 8)) * gain >> 8


def _sweep(n: int, from_hz: float, to_hz: float, halving_ms: float) -> np.ndarray:
    """An 8-bit sine that falls (or rises) from one frequency to another, (n,) within -127..127."""
    low, high = (int(rounded(hz * 2.0**32 / RATE)) for hz in (to_hz, from_hz))
    course = look_up(fading(), np.arange(n, dtype=np.int64) * fade_rate(halving_ms, every=1))
    steps = low + ((high - low) * course >> LEVEL_BITS)
    return sine(7)[(np.cumsum(steps) & 0xFFFFFFFF) >> 21]


def _tone(n: int, hz: float) -> np.ndarray:
    return _sweep(n, hz, hz, 100)


def _squares(n: int, root_hz: float, ratios: tuple[float, ...], height: int) -> np.ndarray:
    """Square waves, added up."""
    total = np.zeros(n, np.int64)
    for ratio in ratios:
        phase = np.arange(n, dtype=np.int64) * int(rounded(root_hz * ratio * 2.0**32 / RATE))
        total += np.where(phase & 0x80000000, height, -height)
    return total


def _metal(n: int, root_hz: float) -> np.ndarray:
    """Six square waves that have no common measure, as in the drum machines of 1980, within -126..126."""
    return _squares(n, root_hz, (1.0, 1.342, 1.2312, 1.6532, 1.9523, 2.1523), 21)


@lru_cache(maxsize=32)
def _kernel(low_hz: float, high_hz: float) -> np.ndarray:
    """Taps of a band-pass, 2**12 at its middle."""
    at = np.arange(_N_TAPS) - _N_TAPS // 2
    window = 0.5 + 0.5 * np.cos(2 * np.pi * at / (_N_TAPS + 1))

    def low_pass(hz: float) -> np.ndarray:
        return 2 * hz / RATE * np.sinc(2 * hz / RATE * at)

    return rounded(4096 * (low_pass(high_hz) - low_pass(low_hz)) * window)


def _band(source: np.ndarray, low_hz: float, high_hz: float, gain: int = 1) -> np.ndarray:
    """A part of a spectrum, of 8 bits again; 62 samples shorter."""
    return np.clip(np.convolve(source, _kernel(low_hz, high_hz), "valid") * gain >> 12, -127, 127)


def _noise(n: int, seed: int, low_hz: float, high_hz: float, gain: int = 2) -> np.ndarray:
    return _band(white_noise(n + _N_TAPS - 1, seed=seed), low_hz, high_hz, gain)


def _kick(seed: int, hz: float = 52, halving_ms: float = 60) -> Sound:
    n = _n(halving_ms * 9)
    body = _voiced(_sweep(n, hz * 4.2, hz, 13), _fade(n, halving_ms), 0)
    return body + _voiced(_noise(n, seed, 300, 3500), _fade(n, 3), -11)


def _snare(seed: int, hz: float = 185, halving_ms: float = 48) -> Sound:
    n = _n(480)
    body = _voiced(_sweep(n, hz * 1.7, hz, 9), _fade(n, 32), -4)
    return body + _voiced(_tone(n, hz * 1.78), _fade(n, 20), -12) + _voiced(_noise(n, seed, 900, 7000), _fade(n, halving_ms), -3)


def _rim(seed: int) -> Sound:
    n = _n(90)
    shell = _voiced(_tone(n, 1720), _fade(n, 7), -4) + _voiced(_tone(n, 480), _fade(n, 9), -6)
    return shell + _voiced(_noise(n, seed, 1500, 6000), _fade(n, 3), -8)


def _clap(seed: int) -> Sound:
    n = _n(420)
    hands = sum((_fade(n, 3.5, delay_ms=at) * (10 - place) // 10 for place, at in enumerate((0, 10, 19))), np.zeros(n, np.int64))
    envelope = np.minimum(hands + _fade(n, 45, delay_ms=27) * 6 // 10, FULL)
    return _voiced(_noise(n, seed, 800, 2600, 3), envelope, -1)


def _hat(seed: int, halving_ms: float = 14) -> Sound:
    n = _n(halving_ms * 10)
    shine = _band(_metal(n + _N_TAPS - 1, 517), 5200, 7800, 3)
    return _voiced(shine, _fade(n, halving_ms), -9) + _voiced(_noise(n, seed, 5000, 7800, 3), _fade(n, halving_ms), -7)


def _cymbal(seed: int, halving_ms: float = 280, ping_db: float = -40, wash_db: float = -6) -> Sound:
    n = _n(halving_ms * 9)
    wash = _voiced(_noise(n, seed, 2600, 7700, 3), _fade(n, halving_ms), wash_db)
    shine = _voiced(_band(_metal(n + _N_TAPS - 1, 431), 3400, 7600, 3), _fade(n, halving_ms), wash_db - 6)
    return wash + shine + _voiced(_tone(n, 3140), _fade(n, 90), ping_db)


def _tom(seed: int, hz: float = 110, halving_ms: float = 75) -> Sound:
    n = _n(halving_ms * 9)
    body = _voiced(_sweep(n, hz * 1.9, hz, 22), _fade(n, halving_ms), -1)
    return body + _voiced(_noise(n, seed, 200, 2500), _fade(n, 6), -13)


def _skin(seed: int, hz: float = 300, halving_ms: float = 30) -> Sound:
    """Bongos, congas: a tom with a hand on it."""
    n = _n(halving_ms * 9)
    body = _voiced(_sweep(n, hz * 1.25, hz, 9), _fade(n, halving_ms), -3)
    return body + _voiced(_noise(n, seed, 800, 4000), _fade(n, 4), -12)


def _stick(n: int, seed: int) -> Sound:
    """The tick of wood on something hard."""
    return _voiced(_noise(n, seed, 1500, 6000), _fade(n, 2), -15)


def _block(seed: int, hz: float = 1100, halving_ms: float = 11) -> Sound:
    n = _n(halving_ms * 10)
    return _voiced(_tone(n, hz), _fade(n, halving_ms), -4) + _voiced(_tone(n, hz * 1.51), _fade(n, halving_ms / 2), -10) + _stick(n, seed)


def _cowbell(seed: int, hz: float = 562) -> Sound:
    """Two square waves a fifth and a little more apart."""
    n = _n(420)
    bell = _band(_squares(n + _N_TAPS - 1, hz, (1.0, 1.504), 63), 500, 4200, 1)
    return _voiced(bell, (_fade(n, 12) + _fade(n, 55)) >> 1, -3) + _stick(n, seed)


def _shaker(seed: int, halving_ms: float = 13, high_hz: float = 7600) -> Sound:
    n = _n(halving_ms * 10)
    return _voiced(_noise(n, seed, 3800, high_hz, 3), _fade(n, halving_ms), -6)


def _tambourine(seed: int) -> Sound:
    n = _n(380)
    jingle = _voiced(_band(_metal(n + _N_TAPS - 1, 811), 4500, 7700, 3), _fade(n, 36), -6)
    return jingle + _voiced(_noise(n, seed, 4200, 7700, 3), _fade(n, 22), -8)


def _triangle(seed: int, halving_ms: float = 260) -> Sound:
    n = _n(halving_ms * 9)
    rod = _voiced(_tone(n, 4210), _fade(n, halving_ms), -10) + _voiced(_tone(n, 6373), _fade(n, halving_ms / 2), -12)
    return rod + _voiced(_noise(n, seed, 4000, 7000), _fade(n, 4), -14)


@dataclass(frozen=True)
class Drum:
    """A drum of the kit: its recipe, how loud it is, where it stands (-1 left to 1 right), and what silences it."""

    recipe: Callable[..., Sound]
    settings: dict[str, float] = field(default_factory=dict)
    gain_db: float = 0.0
    side: float = 0.0
    choke: str = ""


KIT: dict[int, Drum] = {
    35: Drum(_kick, {"hz": 46, "halving_ms": 70}),
    36: Drum(_kick),
    37: Drum(_rim, {}, -1, -0.15),
    38: Drum(_snare, {}, -2),
    39: Drum(_clap, {}, 0, 0.15),
    40: Drum(_snare, {"hz": 225, "halving_ms": 36}, -2),
    41: Drum(_tom, {"hz": 72, "halving_ms": 95}, -2, -0.5),
    42: Drum(_hat, {}, -3, 0.3, "hat"),
    43: Drum(_tom, {"hz": 88, "halving_ms": 90}, -2, -0.35),
    44: Drum(_hat, {"halving_ms": 9}, -5, 0.3, "hat"),
    45: Drum(_tom, {"hz": 105}, -2, -0.2),
    46: Drum(_hat, {"halving_ms": 95}, -5, 0.3, "hat"),
    47: Drum(_tom, {"hz": 128}, -2, 0.1),
    48: Drum(_tom, {"hz": 152, "halving_ms": 65}, -2, 0.3),
    49: Drum(_cymbal, {}, -7, -0.35),
    50: Drum(_tom, {"hz": 182, "halving_ms": 60}, -2, 0.45),
    51: Drum(_cymbal, {"halving_ms": 170, "ping_db": -8, "wash_db": -15}, -3, 0.4),
    52: Drum(_cymbal, {"halving_ms": 200}, -7, 0.3),
    53: Drum(_cymbal, {"halving_ms": 200, "ping_db": -4, "wash_db": -20}, -4, 0.4),
    54: Drum(_tambourine, {}, -4, 0.35),
    55: Drum(_cymbal, {"halving_ms": 110}, -7, -0.2),
    56: Drum(_cowbell, {}, -6, 0.2),
    57: Drum(_cymbal, {"halving_ms": 330}, -7, 0.35),
    59: Drum(_cymbal, {"halving_ms": 150, "ping_db": -9, "wash_db": -14}, -3, -0.4),
    60: Drum(_skin, {"hz": 420, "halving_ms": 22}, -2, -0.3),
    61: Drum(_skin, {"hz": 310, "halving_ms": 28}, -2, -0.25),
    62: Drum(_skin, {"hz": 330, "halving_ms": 14}, -1, 0.25),
    63: Drum(_skin, {"hz": 250, "halving_ms": 42}, -2, 0.3),
    64: Drum(_skin, {"hz": 185, "halving_ms": 50}, -2, 0.35),
    67: Drum(_cowbell, {"hz": 820}, -7, -0.3),
    68: Drum(_cowbell, {"hz": 640}, -7, -0.3),
    69: Drum(_shaker, {"halving_ms": 10}, -3, 0.45),
    70: Drum(_shaker, {}, -3, 0.45),
    75: Drum(_block, {"hz": 2380, "halving_ms": 13}, -3, -0.4),
    76: Drum(_block, {"hz": 1240}, -1, 0.35),
    77: Drum(_block, {"hz": 880}, -1, 0.3),
    80: Drum(_triangle, {"halving_ms": 40}, -4, -0.5, "triangle"),
    81: Drum(_triangle, {}, -6, -0.5, "triangle"),
}
_OTHERS = {58: 70, 65: 63, 66: 64, 71: 75, 72: 75, 73: 70, 74: 70, 78: 60, 79: 61, 82: 70, 83: 54, 84: 81, 85: 76, 86: 41, 87: 36}


def drum_of(key: int) -> Drum:
    """The drum of a key; keys beyond the map are woodblocks, higher for higher keys."""
    key = _OTHERS.get(key, key)
    return KIT.get(key) or Drum(_block, {"hz": 300.0 * 2.0 ** (key / 36)}, -4)


@lru_cache(maxsize=512)
def drum_sound(key: int, seed: int) -> np.ndarray:
    """The sound of a drum, int32 (n,), 2**15 at full; its noise hangs on the seed."""
    drum = drum_of(key)
    gain = int(rounded(256 * 10 ** (drum.gain_db / 20)))
    return (drum.recipe(seed * 131 + key, **drum.settings) * gain >> 8).astype(np.int32)


# Noises of a hammer, finger or reed at a note's start: (lowest Hz, highest Hz, halving ms).
KNOCKS: dict[str, tuple[float, float, float]] = {
    "felt": (150, 1400, 5),
    "wood": (500, 3000, 4),
    "tick": (2500, 7000, 2.5),
    "pick": (1200, 6000, 3),
    "finger": (250, 2400, 4),
    "stick": (300, 4000, 6),
    "chiff": (1200, 5200, 18),
}


@lru_cache(maxsize=64)
def knock_sound(name: str, seed: int) -> np.ndarray:
    """A short noise, int32 (n,), 2**15 at full."""
    low_hz, high_hz, halving_ms = KNOCKS[name]
    n = _n(halving_ms * 10)
    return _voiced(_noise(n, seed, low_hz, high_hz, 3), _fade(n, halving_ms), 0).astype(np.int32)
