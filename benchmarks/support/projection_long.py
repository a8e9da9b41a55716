"""An hour of a film, and a thousand openings of films, on a clock moved by hand: how far sound and picture come apart, and what memory grows.

What counts is what is seen and heard: a flash in the pixels of the picture given out, a tone in the samples handed to the device.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import takewhile
from pathlib import Path

import numpy as np

from benchmarks.support.harness import WORK, Figure, at_most, told
from live.clock import ManualClock
from live.sound.local import LocalSounds
from media.sound import SAMPLE_RATE
from media.span import Span
from media.write import FilmWriter
from projection.player.items import Item, Programme
from projection.player.player import Player

MOST_APART_MS, MOST_GROWN_MB = 20.0, 8.0
_STEP_S = 1001 / 60_000
"""Looks fall on ever other places of the frames, as those of a display do."""
_RATE = Fraction(30)
_FLASH_EVERY_S, _FLASH_S, _TONE_HZ = 5, Fraction(1, 10), 1000
_WAIT_S = 20.0


def long_figures(*, quick: bool) -> list[Figure]:
    """How far apart picture and sound are throughout, by the sound that is handed over, and what playing leaves behind."""
    duration_s = 120 if quick else 3600
    film = _flashing(WORK / "flashing.mp4", seconds=37)
    apart_ms = 1000 * _apart_s(film, duration_s)
    n_openings = 100 if quick else 1000
    return [
        at_most(f"picture to sound over {duration_s} s: most", float(np.abs(apart_ms).max()), MOST_APART_MS, "ms"),
        told(f"picture to sound over {duration_s} s: moved from the first minute to the last", _drift(apart_ms), "ms"),
        at_most(f"memory grown in {n_openings} openings of films", _grown_bytes(film, n_openings) / 1e6, MOST_GROWN_MB, "MB"),
    ]


def _flashing(path: Path, *, seconds: int) -> Path:
    """A film, H.264 and AAC, dark and silent but for a flash with a tone every few seconds; its length is no multiple of their distance."""
    if path.exists():
        return path
    path.parent.mkdir(exist_ok=True)
    dark, bright = (np.full((96, 160, 3), level, np.uint8) for level in (16, 235))
    at = np.arange(seconds * SAMPLE_RATE)
    tone = 0.5 * np.sin(2 * np.pi * _TONE_HZ * at / SAMPLE_RATE) * (_since_flash(at / SAMPLE_RATE) < float(_FLASH_S))
    with FilmWriter(path, size=(160, 96), rate=_RATE, sound=True, threads=1) as film:
        for n in range(int(seconds * _RATE)):
            film.write_frame(bright if _since_flash(n / float(_RATE)) < float(_FLASH_S) else dark)
        film.write_sound(np.stack([tone, tone], axis=1).astype(np.float32))
    return path


def _since_flash(at_s: np.ndarray | float) -> np.ndarray:
    """How long ago the last flash began; the first begins after a second."""
    return np.mod(np.asarray(at_s) - 1.0 + 1e-9, _FLASH_EVERY_S)


def _apart_s(film: Path, duration_s: float) -> np.ndarray:
    """By how much each flash is behind its tone, seconds, in the order in which they come."""
    clock = ManualClock(1000.0)
    flashes, tones = [], []
    was_bright = was_loud = False
    with LocalSounds(clock) as sounds, Player(Programme([Item(film)], order="loop"), sounds.voice(), clock=clock, tell=print) as player:
        for n in range(round(duration_s / _STEP_S)):
            frame = player.picture(clock.now(), wait_s=_WAIT_S)
            is_bright = frame is not None and frame.y().mean() > 120
            if is_bright and not was_bright:
                flashes.append(n * _STEP_S)
            loud = np.abs(sounds.render_until(1000.0 + (n + 1) * _STEP_S)[:, 0]) > 0.1
            if loud.any() and not was_loud:
                tones.append(n * _STEP_S + int(loud.argmax()) / SAMPLE_RATE)
            was_bright, was_loud = is_bright, bool(loud.any())
    seen, heard = np.array(flashes), np.array(tones)
    return np.array([(flash - heard)[np.abs(heard - flash).argmin()] for flash in seen[seen < duration_s - 1]])


def _drift(apart_ms: np.ndarray) -> float:
    n = 60 // _FLASH_EVERY_S
    return float(np.median(apart_ms[-n:]) - np.median(apart_ms[:n]))


def _grown_bytes(film: Path, n_openings: int) -> float:
    """What a process holds more after so many openings of a film, by the slope of a line through what it held meanwhile."""
    clock = ManualClock(1000.0)
    part = Span(Fraction(0), Fraction(1, 5))
    with LocalSounds(clock) as sounds, Player(Programme([Item(film, part)], order="loop"), sounds.voice(), clock=clock, tell=print) as player:
        opened = _opened(player, sounds)
        next(n for n in opened if n >= n_openings)  # what is kept for ever, such as the last thousand items, is there by then
        looks = takewhile(lambda n: n <= 2 * n_openings, opened)
        held = [(n, _held_bytes()) for n in looks if n % (n_openings // 20) == 0]
    numbers, n_bytes = np.array(held).T
    return float(np.polyfit(numbers, n_bytes, 1)[0]) * n_openings


def _opened(player: Player, sounds: LocalSounds) -> Iterator[int]:
    """Play on and on; tells the number of each item once it is seen."""
    seen = -1
    while True:
        player.picture(sounds.clock.now(), wait_s=_WAIT_S)
        sounds.render(0.05)
        number = player.status().number
        if number != seen:
            seen = number
            yield number


def _held_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
