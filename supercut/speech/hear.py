"""A film in, its sound as recognisers want it out: mono, 16 kHz, 16 bit, by blocks or by span."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np

from media.errors import UserError
from media.probe import probe
from media.sound import SAMPLE_RATE, SoundReader
from media.span import Span

VOICE_RATE_HZ = 16_000
BLOCK_S = 20
_FACTOR = SAMPLE_RATE // VOICE_RATE_HZ
_N_TAPS = 97  # passes 7 kHz whole, lets nothing above 9 kHz fold back: recognisers listen up to 6.8 kHz
_CUTOFF_HZ = 7_800


class VoiceReader:
    """A film held open to be listened to: `with VoiceReader(path) as voice: voice.read(span)`.

    `duration` is the length of the film in seconds.

    Raises:
        UserError: it cannot be read or has no sound.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._closing = ExitStack()

    def __enter__(self) -> VoiceReader:
        film = probe(self.path)
        if not film.sounds:
            raise UserError(self.path, "it has no sound", "Name a film or sound file in which somebody speaks.")
        self.duration = film.duration
        self._sound = self._closing.enter_context(SoundReader(self.path, channels=1))
        return self

    def __exit__(self, *raised: object) -> None:
        self._closing.close()

    def read(self, span: Span) -> np.ndarray:
        """The sound of a span of media time, silence where the film has none.

        Returns:
            int16 (n,) at 16 kHz, n = round(end * 16000) - round(start * 16000).
        """
        first, last = (round(time * VOICE_RATE_HZ) for time in (span.start, span.end))
        reach = _N_TAPS // 2
        return decimate(self._samples(first * _FACTOR - reach, last * _FACTOR + reach))[: last - first]

    def blocks(self, *, block_s: int = BLOCK_S) -> Iterator[np.ndarray]:
        """The whole sound in order and seamless; memory does not grow with its length."""
        at = Fraction(0)
        while at < self.duration:
            end = min(at + block_s, self.duration)
            yield self.read(Span(at, end))
            at = end

    def _samples(self, first: int, last: int) -> np.ndarray:
        """float32 (last - first,) at 48 kHz; zeros before media time 0 and after the end."""
        low, high = max(first, 0), max(min(last, round(self.duration * SAMPLE_RATE)), 0)
        out = np.zeros(last - first, np.float32)
        if high > low:
            sound = self._sound.read(Span(Fraction(low, SAMPLE_RATE), Fraction(high, SAMPLE_RATE)))
            out[low - first : low - first + len(sound)] = sound[:, 0]
        return out


def decimate(sound: np.ndarray) -> np.ndarray:
    """48 kHz to 16 kHz by a windowed sinc, at every third sample from the middle of the first filter's reach on.

    Args:
        sound: float32 (n,) in [-1, 1], half a filter longer at both ends than what is wanted.
    Returns:
        int16 (ceil((n - taps + 1) / 3),).
    """
    if len(sound) < _N_TAPS:
        return np.zeros(0, np.int16)
    windows = np.lib.stride_tricks.sliding_window_view(sound, _N_TAPS)[::_FACTOR]
    return np.clip(np.round(windows @ _low_pass() * 32767), -32768, 32767).astype(np.int16)


@cache
def _low_pass() -> np.ndarray:
    """float32 (taps,): a sinc under a Blackman window, gain 1 at 0 Hz."""
    at = np.arange(_N_TAPS) - _N_TAPS // 2
    taps = np.sinc(at * 2 * _CUTOFF_HZ / SAMPLE_RATE) * np.blackman(_N_TAPS)
    return (taps / taps.sum()).astype(np.float32)
