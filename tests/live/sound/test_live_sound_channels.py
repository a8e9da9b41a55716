"""Channels by name and number, and how many become fewer without anything being lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live.clock import ManualClock
from live.sound.channels import fold, parse_channel
from live.sound.client import open_sounds
from live.sound.engine import Engine
from live.sound.local import LocalSounds
from live.sound.mixer import Mixer
from live.sound.news import News
from live.sound.orders import Opened
from media.errors import UserError

HALF = np.float32(np.sqrt(0.5))


@pytest.mark.parametrize(
    ("word", "number"),
    [
        *((1, 1), ("64", 64), ("left", 1), ("Right", 2), ("centre", 3), ("LFE", 4)),
        *(("back-left", 5), ("back right", 6), (" side  left", 7), ("side_right", 8)),
    ],
)
def test_channels_have_numbers_and_names(word: Any, number: int) -> None:
    assert parse_channel(word) == number


@pytest.mark.parametrize(
    ("word", "told"),
    [
        *((0, "1 to 64"), (65, "got 65"), (-1, "got -1"), (1.5, "got 1.5"), (True, "got True")),
        *(("rigth", "Did you mean right?"), ("", "got ''")),
    ],
)
def test_what_is_none_is_told(word: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("?", r"\?")):
        parse_channel(word)


def heard(n_from: int, channel: int, n_to: int) -> list[float]:
    """What comes out where one channel, counted from 1, is at full scale."""
    samples = np.zeros((1, n_from), np.float32)
    samples[0, channel - 1] = 1
    return [round(float(value), 3) for value in fold(samples, n_to)[0]]


def test_many_channels_become_two_and_nothing_is_lost() -> None:
    assert [heard(8, n, 2) for n in range(1, 9)] == [
        [1, 0], [0, 1], [0.707, 0.707], [0.707, 0.707], [0.707, 0], [0, 0.707], [0.707, 0], [0, 0.707],
    ]  # fmt: skip
    assert [heard(6, n, 1) for n in (1, 2, 3, 5)] == [[0.5], [0.5], [0.707], [0.354]]
    assert heard(17, 17, 4) == [0.707, 0, 0, 0]


def test_those_that_there_are_stay_as_they_are() -> None:
    samples = np.random.default_rng(1).random((5, 6)).astype(np.float32)
    assert fold(samples, 6) is samples
    assert (fold(samples, 8)[:, :6] == samples).all() and not fold(samples, 8)[:, 6:].any()
    assert heard(1, 1, 2) == [1, 1] and heard(1, 1, 6) == [1, 1, 0, 0, 0, 0]


def test_a_device_of_fewer_channels_hears_all_and_never_beyond_the_ceiling(steady: Path, item: Callable[..., Any]) -> None:
    clock = ManualClock(0.0)
    with LocalSounds(clock, channels=6, ceiling_db=-6.0) as sounds:
        for channels in ((3,), (5, 6)):
            voice = sounds.voice(channels=channels)
            voice.append(item(steady, 0, 3))
            voice.play()
        mix = sounds.render(0.5)
        assert np.allclose(mix[-1], [0, 0, 0.5, 0, 0.5, 0.5], atol=1e-3)
        engine: Engine = sounds._engine
        engine.feed()
        fill, block = engine.connect(latency_s=0.0), np.ones((1024, 2), np.float32)
        fill(block, clock.now())
        assert np.allclose(block[-1], 10 ** (-6 / 20), atol=1e-6)  # twice 0.354 is above it
        assert engine.error == ""


def test_a_mix_of_more_than_it_has_is_refused_to_a_voice(sounds: LocalSounds) -> None:
    with pytest.raises(UserError, match="one or two of 1 to 2, got 3"):
        sounds.voice(channels=(3,))


def test_fewer_channels_are_told_once(told: list[str]) -> None:
    news = News(told.append)
    for _ in range(2):
        news.heed(Opened("Speakers", 2, 6), 10.0)
    news.heed(Opened("Interface", 6, 6), 20.0)
    assert told == ["sound: Speakers has 2 channels, and 6 are asked for; what belongs on the others is heard on these."]


def test_the_device_gets_all_channels_that_are_asked_for(
    cable: Any, steady: Path, item: Callable[..., Any], wait_until: Callable[..., None], told: list[str]
) -> None:
    with open_sounds(tell=told.append, channels=5) as sounds:  # which is played as six
        voice = sounds.voice(channels=(5,))
        voice.append(item(steady, 0, 3))
        voice.play()

        def played() -> np.ndarray:
            return cable.heard().reshape(-1)[: cable.heard().size // 6 * 6].reshape(-1, 6)

        wait_until(lambda: len(played()) and played()[-1].any())
        assert (played()[-1] == [0, 0, 0, 0, 0.5, 0]).all()
    assert told == []


def test_a_mix_is_as_wide_as_it_was_made(steady: Path) -> None:
    mixer, block = Mixer(3), np.empty((4, 3), np.float32)
    mixer.mix(block, [(np.ones((4, 2), np.float32), (2,))])
    assert (block == [0, 0, 1]).all()
