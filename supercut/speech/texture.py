"""Sound by blocks in; level, noisiness and pitch of every hundredth of a second out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from supercut.speech.hear import VOICE_RATE_HZ
from supercut.speech.levels import SILENT_DB

HOP = VOICE_RATE_HZ // 100
HOP_S = HOP / VOICE_RATE_HZ
_WINDOW = VOICE_RATE_HZ * 25 // 1000
_PITCH_WINDOW = VOICE_RATE_HZ * 40 // 1000
_FFT = 1024
_BAND_HZ = (300, 7000)  # in which breath is noise
_PITCH_HZ = (75, 400)
_LEVEL_FROM_HZ = 60  # below lie rumble and hum of the mains, no sound of a mouth


@dataclass(frozen=True)
class Texture:
    """What each frame (10 ms, centred on (n + 1/2) * 10 ms) sounds like.

    Args:
        level_db: float32 (n,), above 60 Hz, below full scale.
        flatness: float32 (n,), geometric over arithmetic mean of the power spectrum: near 0 tone, 0.56 white noise.
        pitch: float32 (n,), 0 none .. 1 perfectly periodic at a speaking pitch.
        centre_hz: float32 (n,), the middle of the power spectrum.
    """

    level_db: np.ndarray
    flatness: np.ndarray
    pitch: np.ndarray
    centre_hz: np.ndarray

    def __len__(self) -> int:
        return len(self.level_db)


def listen(blocks: Iterable[np.ndarray]) -> Texture:
    """The texture of a whole sound; 16 bytes are kept of every hundredth of a second.

    Args:
        blocks: int16 at 16 kHz, consecutive.
    """
    parts = [_measure(samples) for samples in _overlapping(blocks)]
    columns = zip(*parts, strict=True) if parts else [()] * 4
    return Texture(*(np.concatenate(column) if column else np.zeros(0, np.float32) for column in columns))


def _overlapping(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The sound in stretches of whole hops, each with half a window before and behind for its edge frames."""
    before, behind = (_PITCH_WINDOW - HOP) // 2, (_PITCH_WINDOW - HOP) - (_PITCH_WINDOW - HOP) // 2
    kept = np.zeros(before, np.int16)
    for block in blocks:
        kept = np.concatenate([kept, block])
        n_hops = (len(kept) - before - behind) // HOP
        if n_hops > 0:
            yield kept[: n_hops * HOP + before + behind]
            kept = kept[n_hops * HOP :]
    n_hops = -(-max(0, len(kept) - before) // HOP)
    if n_hops:
        yield np.pad(kept, (0, n_hops * HOP + before + behind - len(kept)))


def _measure(samples: np.ndarray) -> tuple[np.ndarray, ...]:
    """Level, flatness, pitch and centre of every hop of a stretch."""
    scaled = samples.astype(np.float32) / 32768
    frames = np.lib.stride_tricks.sliding_window_view(scaled, _PITCH_WINDOW)[::HOP]
    inset = (_PITCH_WINDOW - _WINDOW) // 2
    power = _power(frames[:, inset : inset + _WINDOW])
    hz = np.fft.rfftfreq(_FFT, 1 / VOICE_RATE_HZ)
    audible = power[:, hz >= _LEVEL_FROM_HZ]
    # Parseval: the one-sided spectrum, over the length and the energy of the window.
    mean_square = 2 * audible.sum(1) / (_FFT * (np.hanning(_WINDOW) ** 2).sum())
    level = 10 * np.log10(np.maximum(mean_square, 10 ** (SILENT_DB / 10)))
    band = power[:, (hz >= _BAND_HZ[0]) & (hz <= _BAND_HZ[1])] + 1e-12
    flatness = np.exp(np.log(band).mean(1)) / band.mean(1)
    centre = (audible * hz[hz >= _LEVEL_FROM_HZ]).sum(1) / (audible.sum(1) + 1e-12)
    return tuple(column.astype(np.float32) for column in (level, flatness, _pitch(frames), centre))


def _power(frames: np.ndarray) -> np.ndarray:
    """Power spectra under a Hann window, (n, 513)."""
    return np.abs(np.fft.rfft(frames * np.hanning(frames.shape[1]).astype(np.float32), _FFT, axis=1)) ** 2


def _pitch(frames: np.ndarray) -> np.ndarray:
    """How periodic each frame is: the highest autocorrelation at a speaking pitch, over that at lag 0.

    The window's own autocorrelation is divided out (Boersma 1993).
    """
    window = np.hanning(frames.shape[1]).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(frames * window, _FFT, axis=1)) ** 2
    hz = np.fft.rfftfreq(_FFT, 1 / VOICE_RATE_HZ)
    spectrum[:, hz < _LEVEL_FROM_HZ] = 0
    correlation = np.fft.irfft(spectrum, axis=1)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, _FFT)) ** 2)
    lags = slice(VOICE_RATE_HZ // _PITCH_HZ[1], VOICE_RATE_HZ // _PITCH_HZ[0] + 1)
    highest = (correlation[:, lags] / (own[lags] / own[0])).max(1)
    return np.clip(highest / (correlation[:, 0] + 1e-9), 0, 1)
