"""Placed clips in, the sequence's sound out: sample-exact stretches, faded at every join, with flat memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from media.conform import PlacedClip, frame_to_sample
from media.sound import SAMPLE_RATE
from media.span import Span

JOIN_FADE_S = Fraction(5, 1000)
_BLOCK = SAMPLE_RATE * 4

ReadSound = Callable[[Path, Span], np.ndarray]
"""Gives a stretch of a source's sound as (n, channels) float32 at 48 kHz."""


def mix_sound(placed: Sequence[PlacedClip], *, rate: Fraction, read: ReadSound, channels: int = 2) -> Iterator[np.ndarray]:
    """Blocks of (n, channels) float32 at 48 kHz; all together they last as long as the sequence's frames.

    Args:
        read: gives a stretch of a source (media.sound).

    Every join has 5 ms of fade on both sides, so that no cut clicks; cross-faded clips overlap at equal power.
    """
    overlap = np.zeros((0, channels), np.float32)
    for n, clip in enumerate(placed):
        following = placed[n + 1] if n + 1 < len(placed) else None
        sample_of = [frame_to_sample(frame, rate, sample_rate=SAMPLE_RATE) for frame in (clip.record_start, clip.record_end)]
        n_samples = sample_of[1] - sample_of[0]
        n_in = len(overlap)
        n_out = sample_of[1] - frame_to_sample(following.record_start, rate, sample_rate=SAMPLE_RATE) if following else 0
        tail = np.zeros((0, channels), np.float32)
        for at, block in _read(clip, n_samples, read):
            shaped = block * _envelope(at, len(block), n_samples, n_in, n_out)[:, None]
            if at < n_in:
                shared = min(n_in - at, len(shaped))
                shaped[:shared] += overlap[at : at + shared]
            kept = max(0, min(len(shaped), n_samples - n_out - at))
            tail = np.concatenate([tail, shaped[kept:]])
            if kept:
                yield np.clip(shaped[:kept], -1.0, 1.0)
        overlap = tail
    if len(overlap):
        yield overlap


def _read(clip: PlacedClip, n_samples: int, read: ReadSound) -> Iterator[tuple[int, np.ndarray]]:
    """A clip's sound in blocks, each with its first sample's number within the clip."""
    first = round(clip.source_start * SAMPLE_RATE)
    for at in range(0, n_samples, _BLOCK):
        end = min(n_samples, at + _BLOCK)
        span = Span(Fraction(first + at, SAMPLE_RATE), Fraction(first + end, SAMPLE_RATE))
        yield at, read(clip.clip.source, span)


def _envelope(at: int, length: int, n_samples: int, n_in: int, n_out: int) -> np.ndarray:
    """Gain of the samples `at`.. of a clip: a short straight fade at a cut, a quarter sine at a cross-fade."""
    join = min(round(JOIN_FADE_S * SAMPLE_RATE), n_samples // 2)
    position = np.arange(at, at + length, dtype=np.float64) + 0.5
    rise = np.sin(np.clip(position / n_in, 0, 1) * (np.pi / 2)) if n_in else np.clip(position / max(join, 1), 0, 1)
    left = n_samples - position
    fall = np.sin(np.clip(left / n_out, 0, 1) * (np.pi / 2)) if n_out else np.clip(left / max(join, 1), 0, 1)
    return (rise * fall).astype(np.float32)
