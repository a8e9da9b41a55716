"""Sound at 48 kHz in, the same at another speed out: with its pitch, or with the pitch of a tape that runs slower."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import numpy as np

from media.sound import SAMPLE_RATE
from supercut.stretch.tempo import stretch_tempo

Blocks = Iterator[np.ndarray]

_FINEST_RATIO = 4096
_KNEE = np.float32(0.9)


def change_speed(blocks: Iterable[np.ndarray], *, speed: Fraction, n_samples: int, sound: str, channels: int = 2) -> Blocks:
    """Play sound at another speed.

    Args:
        blocks: (n, channels) float32 at 48 kHz.
        speed: 1/4 plays four times as long.
        sound: a name of SOUNDS.
    Yields:
        (n, channels) float32 blocks, `n_samples` samples in all; at speed 1 those of the source.
    """
    changed = iter(blocks) if speed == 1 else SOUNDS[sound](blocks, speed, n_samples)
    yield from _exactly(changed, n_samples, channels=channels)


def _stretch(blocks: Iterable[np.ndarray], speed: Fraction, n_samples: int) -> Blocks:
    return (_soft_clip(block) for block in stretch_tempo(blocks, speed=speed, n_out=n_samples))


def _varispeed(blocks: Iterable[np.ndarray], speed: Fraction, n_samples: int) -> Blocks:
    """By libswresample: the sound is declared to have been sampled `speed` times as fast as it was."""
    del n_samples
    from av import AudioFrame, AudioResampler

    heard, wanted = _rates(speed)
    resampler: AudioResampler | None = None
    for block in blocks:
        if not len(block):
            continue
        layout = {1: "mono", 2: "stereo"}[block.shape[1]]
        resampler = resampler or AudioResampler(format="fltp", layout=layout, rate=wanted)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout=layout)
        frame.sample_rate = heard
        yield from (_soft_clip(out.to_ndarray().T) for out in resampler.resample(frame))
    if resampler is not None:
        yield from (_soft_clip(out.to_ndarray().T) for out in resampler.resample(None))


def _rates(speed: Fraction) -> tuple[int, int]:
    """Two sample rates whose ratio is the speed; the greater lies near 48 kHz or above."""
    ratio = speed.limit_denominator(_FINEST_RATIO)
    times = max(1, round(SAMPLE_RATE / max(ratio.numerator, ratio.denominator)))
    return ratio.numerator * times, ratio.denominator * times


SOUNDS: dict[str, Callable[[Iterable[np.ndarray], Fraction, int], Blocks]] = {"stretch": _stretch, "varispeed": _varispeed}
"""Blocks, speed, samples wanted -> blocks of about that many samples."""


def _soft_clip(sound: np.ndarray) -> np.ndarray:
    """Peaks that new phases have raised beyond 0.9 bend towards 1 instead of breaking there."""
    if np.abs(sound).max(initial=0) <= _KNEE:
        return sound
    over = np.maximum(np.abs(sound) - _KNEE, 0)
    bent = _KNEE + (1 - _KNEE) * np.tanh(over / (1 - _KNEE))
    return np.where(over > 0, np.copysign(bent, sound), sound).astype(np.float32)


def _exactly(blocks: Blocks, n_samples: int, *, channels: int) -> Blocks:
    """The first `n_samples` samples, with silence behind where there are fewer."""
    left = n_samples
    for block in blocks:
        if left <= 0:
            return
        yield block[:left]
        left -= min(left, len(block))
    while left > 0:
        yield np.zeros((min(left, SAMPLE_RATE), channels), np.float32)
        left -= min(left, SAMPLE_RATE)
