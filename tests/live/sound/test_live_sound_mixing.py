"""What the mixer does to what it is given: ramps, ceiling, silence."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.clock import ManualClock
from live.sound.local import LocalSounds
from live.sound.mixer import Mixer
from live.sound.programme import Item
from live.sound.ramps import MOST_SLOPE, Ramp, db_to_gain

RATE = 48_000
Make = Callable[..., Item]
ROUNDING = 2e-7


def gains(ramp: Ramp, sizes: list[int]) -> np.ndarray:
    """What a ramp gives in blocks of these sizes, one value a sample."""
    return np.concatenate([np.broadcast_to(np.ravel(ramp.next(n)), n) if n else np.zeros(0) for n in sizes])


LEVELS = st.floats(0, 4)


@given(
    LEVELS, st.lists(st.tuples(LEVELS, st.floats(0, 0.2), st.lists(st.integers(0, 5000), min_size=1, max_size=4)), min_size=1, max_size=5)
)
def test_no_step_of_a_ramp_is_larger_than_told(begin: float, moves: list[tuple[float, float, list[int]]]) -> None:
    ramp, at = Ramp(begin), begin
    for target, over_s, sizes in moves:
        slope = max(abs(target - at) / max(over_s * RATE, 1), 0) if over_s else inf
        ramp.glide(target, over_s=over_s)
        values = np.concatenate([[at], gains(ramp, sizes)])
        steps = np.abs(np.diff(values))
        assert (steps <= MOST_SLOPE + ROUNDING * 4).all()
        assert (steps <= slope * 1.001 + ROUNDING * 4).all()
        assert min(begin, *(move[0] for move in moves)) - 1e-6 <= values.min() <= values.max() <= 4 + 1e-6
        at = float(values[-1])
        assert ramp.value == pytest.approx(at, abs=1e-6)
        if not ramp.n_left:
            assert ramp.value == target


def test_a_ramp_arrives_when_it_was_told_to() -> None:
    ramp = Ramp(1.0)
    ramp.glide(db_to_gain(-20), over_s=0.5)
    values = gains(ramp, [1000] * 30)
    assert values[23_998] > values[23_999] == np.float32(0.1)
    assert values[-1] == 0.1
    assert np.allclose(np.diff(values[:24_000]), -0.9 / 24_000, atol=ROUNDING)


def test_a_level_that_is_changed_on_its_way_goes_on_from_there() -> None:
    ramp = Ramp(0.0)
    ramp.glide(1.0, over_s=1)
    first = gains(ramp, [12_000])
    ramp.glide(0.0, over_s=1)
    both = np.concatenate([first, gains(ramp, [60_000])])
    assert first[-1] == pytest.approx(0.25)
    assert np.abs(np.diff(both)).max() <= 1 / RATE + ROUNDING
    assert both[-1] == 0


def test_gain_of_voice_and_mix_in_what_is_heard(sounds: LocalSounds, steady: Path, item: Make) -> None:
    voice = sounds.voice()
    voice.append(item(steady, 0, 3))
    voice.play()
    heard = [sounds.render(0.1)]
    sounds.set_gain(-30, over_s=0.5)
    heard.append(sounds.render(0.6))
    voice.set_gain(6, over_s=0.25)
    heard.append(sounds.render(0.4))
    sounds.set_gain(0)  # at once: as steep as it may be
    voice.set_gain(-inf)
    heard.append(sounds.render(0.4))
    played = np.concatenate(heard)[:, 0]
    steps = np.abs(np.diff(played[RATE // 10 :])) / 0.5
    n = int(RATE * 0.1)
    assert steps[: 6 * n - 1].max() <= (1 - db_to_gain(-30)) / (0.5 * RATE) + ROUNDING * 2
    assert steps[6 * n : 10 * n - 1].max() <= (db_to_gain(6) - 1) / (0.25 * RATE) * db_to_gain(-30) + ROUNDING * 2
    assert steps[10 * n - 1 :].max() <= MOST_SLOPE * (1 + db_to_gain(6))  # both move
    assert played[6 * n : 6 * n + 4800] == pytest.approx(0.5 * db_to_gain(-30), abs=1e-6)
    assert (played[-n:] == 0).all()


def test_silence_is_zeros(sounds: LocalSounds, noises: dict[str, tuple[Path, np.ndarray]], item: Make) -> None:
    voice = sounds.voice()
    voice.append(item(noises["a"][0], 0, 4))
    assert not sounds.render(0.2).any()
    voice.play()
    voice.set_gain(-inf)
    sounds.render(0.2)
    assert (sounds.render(0.2) == 0).all()
    voice.set_gain(0)
    sounds.set_gain(-inf)
    sounds.render(0.2)
    assert (sounds.render(0.2) == 0).all()


def test_nothing_goes_beyond_the_ceiling(clock: ManualClock, noises: dict[str, tuple[Path, np.ndarray]], item: Make) -> None:
    with LocalSounds(clock, ceiling_db=-1) as sounds:
        for name in "ab":
            voice = sounds.voice()
            voice.append(item(noises[name][0], 0, 4, gain_db=20))
            voice.play()
        played = sounds.render(1)
    assert np.abs(played).max() == np.float32(db_to_gain(-1))
    assert (np.abs(played) == np.float32(db_to_gain(-1))).mean() > 0.1


def test_a_mix_that_is_not_loud_is_left_as_it_is() -> None:
    mixer, block = Mixer(2, ceiling_db=-1), np.ones((64, 2), np.float32)
    part = np.linspace(-0.8, 0.8, 128, dtype=np.float32).reshape(64, 2)
    mixer.mix(block, [(part, (0, 1))])
    assert np.array_equal(block, part)
    mixer.mix(block, [])
    assert not block.any()
