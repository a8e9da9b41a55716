"""A timeline and its spoken sentences in; the stereo sound of the film at 48 kHz out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from speech import VOICE_RATE_HZ, Utterance
from timeline import BREATH, Timeline

SOUND_RATE_HZ = 48_000
PEAK_DB = -3.2
ROOM_TONE_DB = -72.0


def db_to_gain(level_db: float) -> float:
    """Decibels of amplitude as a factor."""
    return 10 ** (level_db / 20)


def resample(samples: np.ndarray, *, from_hz: int, to_hz: int) -> np.ndarray:
    """Band-limited resampling of a whole sound by padding its spectrum; silent edges keep it free of ringing."""
    n_out = len(samples) * to_hz // from_hz
    return np.fft.irfft(np.fft.rfft(samples), n_out) * (n_out / len(samples))


def shape_noise(n_samples: int, curve: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """White noise with a spectrum of our own (`curve`: Hz to gain), peak 1."""
    spectrum = np.fft.rfft(rng.standard_normal(n_samples))
    noise = np.fft.irfft(spectrum * curve(np.fft.rfftfreq(n_samples, 1 / SOUND_RATE_HZ)), n_samples)
    return noise / np.abs(noise).max()


def bump(hz: np.ndarray, centre_hz: float, octaves: float) -> np.ndarray:
    """A resonance: a bell over the logarithm of frequency."""
    return np.exp(-0.5 * (np.log2(np.maximum(hz, 1) / centre_hz) / octaves) ** 2)


def draw_breath(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """An inhale through a half open mouth: it swells for two thirds and closes quickly."""
    at = np.linspace(0, 1, n_samples)
    swell = np.interp(at, [0, 0.62, 1], [0, 1, 0])
    swell = np.sin(swell * np.pi / 2) ** 1.5
    noise = shape_noise(n_samples, lambda hz: bump(hz, 1400, 0.7) + 0.55 * bump(hz, 3600, 0.5) + 0.15 * bump(hz, 6500, 0.4), rng)
    return peak_to(noise * swell, -25.5)


def draw_clicks(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Film through a gate: a train of short dry ticks that slows down."""
    out = np.zeros(n_samples)
    for place in np.cumsum(np.linspace(0.045, 0.085, 9)) - 0.045:
        first = int(place * SOUND_RATE_HZ)
        tick = shape_noise(1200, lambda hz: bump(hz, 2200, 0.8) + 0.5 * bump(hz, 600, 0.4), rng)
        length = min(1200, n_samples - first)
        out[first : first + length] += (tick * np.exp(-np.arange(1200) / 160))[:length]
    return peak_to(out, -11)


def draw_hum(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """A machine that says "mm": a voiced buzz around 118 Hz with a nasal resonance, falling a little."""
    at = np.arange(n_samples) / SOUND_RATE_HZ
    pitch_hz = 122 - 10 * at / at[-1] + 1.2 * np.sin(2 * np.pi * 5.3 * at)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SOUND_RATE_HZ
    partials = np.arange(1, 22)
    levels = 0.9 * bump(partials * 118.0, 250, 0.6) + 0.25 * bump(partials * 118.0, 1100, 0.35) + 0.02
    voice = sum(level * np.sin(k * phase + rng.uniform(0, 6.28)) for k, level in zip(partials, levels, strict=True))
    swell = np.sin(np.pi * np.linspace(0, 1, n_samples)) ** 0.5
    return peak_to(voice * swell, -13)


def draw_rustle(n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """A page, or wings: five overlapping strokes of bright noise."""
    out, at = np.zeros(n_samples), np.linspace(0, 1, n_samples)
    for centre, width, gain in ((0.12, 0.05, 0.6), (0.3, 0.07, 1), (0.5, 0.05, 0.75), (0.68, 0.06, 0.9), (0.86, 0.04, 0.5)):
        noise = shape_noise(n_samples, lambda hz: bump(hz, 3200, 0.9) + 0.4 * bump(hz, 900, 0.5), rng)
        out += gain * noise * np.exp(-0.5 * ((at - centre) / width) ** 2)
    return peak_to(out * np.sin(np.pi * at) ** 0.3, -16)


SOUNDS: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    BREATH: draw_breath,
    "clicks": draw_clicks,
    "hum": draw_hum,
    "rustle": draw_rustle,
}


def peak_to(samples: np.ndarray, level_db: float) -> np.ndarray:
    """The same sound with its peak at a level."""
    return samples * (db_to_gain(level_db) / np.abs(samples).max())


def add_at(track: np.ndarray, samples: np.ndarray, start_s: float, pan: float) -> None:
    """Add a mono sound to a (2, n) track in place; `pan` turns one side down, by 6 dB at the extreme."""
    first = round(start_s * SOUND_RATE_HZ)
    gains = np.array([min(1, 1 - pan / 2), min(1, 1 + pan / 2)])
    track[:, first : first + len(samples)] += gains[:, None] * samples


def mix(timeline: Timeline, utterances: Sequence[Utterance], *, seed: int) -> np.ndarray:
    """The sound of the film.

    Returns:
        (2, n) float64 in [-1, 1] at 48 kHz, exactly as long as the timeline.
    """
    rng = np.random.default_rng(seed)
    track = rng.standard_normal((2, round(timeline.duration_s * SOUND_RATE_HZ))) * db_to_gain(ROOM_TONE_DB)
    for start_s, utterance in zip(timeline.line_starts_s, utterances, strict=True):
        voice = resample(utterance.samples, from_hz=VOICE_RATE_HZ, to_hz=SOUND_RATE_HZ)
        add_at(track, peak_to(voice, PEAK_DB), start_s - utterance.n_lead / VOICE_RATE_HZ, 0)
    for sound in timeline.sounds:
        n_samples = round((sound.end_s - sound.start_s) * SOUND_RATE_HZ)
        add_at(track, SOUNDS[sound.kind](n_samples, rng), sound.start_s, sound.pan)
    return track
