"""Films with their sound, mixed in this very process: what is seen and what is heard belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from live.clock import ManualClock
from live.sound.local import LocalSounds
from media.span import Span
from media.write import FilmWriter
from projection.player.items import Item
from projection.player.sounding import open_voice
from projection.player.voice import SilentVoice

RATE = 48_000
STEP_S = 0.005
Watch = Callable[..., Any]


@pytest.fixture
def sounds(clock: ManualClock, told: list[str]) -> Iterator[LocalSounds]:
    with LocalSounds(clock, tell=told.append) as opened:
        yield opened


def blinking(path: Path, *, seconds: int, level: float = 0.5, rate: int = 25, first_s: float = 0.4) -> Path:
    """Dark and silent, but for a bright frame with a tone of its length in each second."""
    with FilmWriter(path, size=(160, 96), rate=Fraction(rate), sound=True, sound_codec="flac" if path.suffix == ".mkv" else None) as film:
        for n in range(seconds * rate):
            film.write_frame(np.full((96, 160, 3), 230 if n % rate == round(first_s * rate) else 20, np.uint8))
        at = np.arange(seconds * RATE)
        inside = (at % RATE >= first_s * RATE) & (at % RATE < first_s * RATE + RATE / rate)
        tone = level * np.sin(2 * np.pi * 1000 * at / RATE) * inside
        film.write_sound(np.stack([tone, tone], axis=1).astype(np.float32))
    return path


def record(seen: Any, sounds: LocalSounds, duration_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Brightness and loudness at each step."""
    bright, loud = [], []
    for _ in range(round(duration_s / STEP_S)):
        frame = seen.player.picture(seen.clock.now(), wait_s=20)
        bright.append(frame.y().mean())
        loud.append(np.abs(sounds.render(STEP_S)).max())
    return np.array(bright), np.array(loud)


def onsets(values: np.ndarray, threshold: float) -> np.ndarray:
    """When something begins, seconds."""
    is_on = values > threshold
    return np.flatnonzero(is_on[1:] & ~is_on[:-1]) * STEP_S


def test_picture_and_sound_belong_together_across_joins_seeks_and_pauses(
    tmp_path: Path, watch: Watch, clock: ManualClock, sounds: LocalSounds
) -> None:
    a, b = blinking(tmp_path / "a.mkv", seconds=3), blinking(tmp_path / "b.mp4", seconds=2, rate=50, first_s=0.6)
    seen = watch(a, b, order="loop", voice=sounds.voice())
    for change in (lambda: None, lambda: seen.player.seek(1.0), seen.player.skip, lambda: (seen.player.pause(), seen.player.play())):
        change()
        bright, loud = record(seen, sounds, 3.5)
        lights, tones = onsets(bright, 100), onsets(loud, 0.1)
        assert len(lights) >= 3
        apart = [np.abs(tones - light).min() for light in lights]
        assert max(apart) <= 0.0201


def test_joins_leave_no_gap_in_the_sound(tmp_path: Path, watch: Watch, sounds: LocalSounds) -> None:
    path = tmp_path / "tone.mkv"
    with FilmWriter(path, size=(160, 96), rate=Fraction(25), sound=True, sound_codec="flac") as film:
        for _ in range(25):
            film.write_frame(np.zeros((96, 160, 3), np.uint8))
        tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
        film.write_sound(np.stack([tone, tone], axis=1).astype(np.float32))
    seen = watch(path, order="loop", voice=sounds.voice())
    heard = []
    for _ in range(125):
        seen.player.picture(seen.clock.now(), wait_s=20)
        heard.append(sounds.render(0.02))
    left = np.concatenate(heard)[RATE // 2 :, 0]
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE)
    first = int(np.argmax(np.correlate(expected[: 2 * RATE], left[:RATE], "valid")))
    assert np.abs(left - expected[first : first + len(left)]).max() < 1e-3


@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_they_belong_together_at_other_speeds(rate: float, tmp_path: Path, watch: Watch, sounds: LocalSounds) -> None:
    seen = watch(blinking(tmp_path / "a.mkv", seconds=3), order="loop", voice=sounds.voice())
    seen.player.set_rate(rate)
    bright, loud = record(seen, sounds, 4.0 / min(rate, 1.0))
    lights, tones = onsets(bright, 100), onsets(loud, 0.1)
    assert len(lights) >= 3
    assert max(np.abs(tones - light).min() for light in lights) <= 0.0201 / min(rate, 1.0)
    assert np.diff(lights)[1:] == pytest.approx(1 / rate, abs=2 * STEP_S)


def test_how_loud_an_item_is_and_all_of_them(tmp_path: Path, watch: Watch, sounds: LocalSounds) -> None:
    path = blinking(tmp_path / "a.mkv", seconds=1)
    seen = watch(Item(path, gain_db=-6.02), order="loop", voice=sounds.voice())
    assert record(seen, sounds, 1.5)[1].max() == pytest.approx(0.25, abs=0.01)
    seen.player.set_gain(-6.02)
    assert record(seen, sounds, 2.0)[1][100:].max() == pytest.approx(0.125, abs=0.01)


def test_a_stretch_begins_and_ends_without_a_click(tmp_path: Path, watch: Watch, sounds: LocalSounds) -> None:
    path = tmp_path / "loud.mkv"
    with FilmWriter(path, size=(160, 96), rate=Fraction(25), sound=True, sound_codec="flac") as film:
        for _ in range(50):
            film.write_frame(np.zeros((96, 160, 3), np.uint8))
        film.write_sound(np.full((2 * RATE, 2), 0.5, np.float32))
    seen = watch(Item(path, Span(Fraction(1, 2), Fraction(1))), order="loop", voice=sounds.voice())
    heard = []
    for _ in range(200):
        seen.player.picture(seen.clock.now(), wait_s=20)
        heard.append(sounds.render(0.01))
    left = np.concatenate(heard)[:, 0]
    assert left.max() == pytest.approx(0.5, abs=0.01) and np.abs(np.diff(left)).max() < 0.01


@pytest.mark.parametrize("seed", range(3))
def test_nothing_clicks_whatever_is_done(seed: int, tmp_path: Path, watch: Watch, sounds: LocalSounds) -> None:
    paths = []
    for number, tone_hz in enumerate((200, 230)):
        paths.append(tmp_path / f"{number}.mkv")
        with FilmWriter(paths[-1], size=(64, 36), rate=Fraction(25), sound=True, sound_codec="flac", threads=1) as film:
            for _ in range(100):
                film.write_frame(np.zeros((36, 64, 3), np.uint8))
            film.write_sound(np.repeat(0.5 * np.sin(2 * np.pi * tone_hz * np.arange(4 * RATE) / RATE)[:, None], 2, axis=1).astype(np.float32))
    part, faded = Item(paths[1], Span(Fraction(1), Fraction(3))), Item(paths[0], Span(Fraction(2), Fraction(4)), fade=Fraction(1, 2))
    seen, chance = watch(Item(paths[0]), part, faded, order="loop", voice=sounds.voice()), Random(seed)
    player, heard = seen.player, []
    deeds: list[Callable[[], None]] = [
        *(player.pause, player.play, player.play, player.skip, lambda: None, lambda: player.seek(chance.uniform(0, 3))),
        *(lambda: player.set_gain(chance.choice([-inf, -20, 0])), lambda: player.set_rate(chance.choice([0.5, 1, 1, 2]))),
        lambda: player.go_to(chance.randrange(3), time_s=chance.uniform(0, 2)),
    ]
    for _ in range(60):
        player.picture(seen.clock.now(), wait_s=20)
        chance.choice(deeds)()
        player.picture(seen.clock.now(), wait_s=20)
        heard.append(sounds.render(chance.choice([0.005, 0.013, 0.05, 0.1, 0.3])))
    left = np.concatenate(heard)[:, 0]
    assert np.abs(left).max() > 0.4
    steepest = 0.5 * 2 * np.pi * 2 * 230 / RATE  # the higher tone at double speed
    assert np.abs(np.diff(left)).max() < 2**0.5 * steepest + 0.002  # where one fades into the other at equal power


def test_the_place_that_the_voice_tells_is_the_players(tmp_path: Path, watch: Watch, sounds: LocalSounds) -> None:
    voice = sounds.voice()
    seen = watch(blinking(tmp_path / "a.mkv", seconds=2), order="loop", voice=voice)
    record(seen, sounds, 1.0)
    assert seen.player.status().at_s == pytest.approx(voice.position(seen.clock.now()) % 2, abs=0.01)
    seen.player.seek(0.5)
    record(seen, sounds, 0.5)
    assert 0.9 < seen.player.status().at_s < 1.05


def test_where_there_is_no_sound_or_no_room_for_it_films_play_in_silence(clock: ManualClock, sounds: LocalSounds, told: list[str]) -> None:
    assert isinstance(open_voice(None, clock=clock, channels=(1, 2), tell=told.append), SilentVoice)
    assert not told
    assert isinstance(open_voice(sounds, clock=clock, channels=(7,), tell=told.append), SilentVoice)
    assert len(told) == 1 and "channel" in told[0]
