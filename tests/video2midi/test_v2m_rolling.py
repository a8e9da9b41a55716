"""What is seen live becomes features from what is past alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from media.measure import MEASURES
from video2midi.rolling import Rolling, RollingRange

F = Fraction
AT = {name: n for n, name in enumerate(MEASURES)}


def row(**measures: float) -> dict[str, np.ndarray]:
    found = np.zeros(len(MEASURES), np.float32)
    for name, value in measures.items():
        found[AT[name]] = value
    return {"frame": found}


def heard(rows: list[dict[str, np.ndarray]], rolling: Rolling | None = None, *, rate: int = 25) -> list:
    """What the moments tell, copied while they are new."""
    rolling = rolling or Rolling()
    told = []
    for n, one in enumerate(rows):
        moment = rolling.hear(F(n, rate), one)
        told.append((moment.value("brightness"), moment.moving, moment.trigger("wake"), moment.trigger("cut"), moment.trigger("onset")))
    return told


def test_a_picture_in_which_nothing_moves_has_no_motion() -> None:
    rolling = Rolling()
    assert [rolling.hear(F(n, 25), row(brightness=16)).value("motion") for n in range(5)] == [0] * 5


def test_a_range_widens_at_once_and_narrows_slowly() -> None:
    kept = RollingRange(least=1.0)
    for value in (50.0, 200.0, 50.0):
        kept.scale(value, 0.04)
    assert kept.scale(200, 0.04) == pytest.approx(1, abs=0.01)
    for _ in range(25 * 120):
        kept.scale(60, 0.04)
    assert kept.scale(65, 0.04) > 0.5


def test_camera_noise_is_no_melody() -> None:
    rng = np.random.default_rng(0)
    told = heard([row(brightness=100 + rng.normal(0, 0.05)) for _ in range(200)])
    levels = np.array([one[0] for one in told[50:]])
    assert levels.max() - levels.min() < 0.25


def test_a_step_is_heard_at_once() -> None:
    told = heard([row(brightness=level) for level in [40] * 10 + [200] * 10 + [40] * 10])
    assert told[10][0] == pytest.approx(1, abs=0.01)
    assert told[20][0] == pytest.approx(0, abs=0.02)


def test_movement_wakes_and_rests() -> None:
    told = heard([row(activity=5.0 if 10 <= n < 20 else 0.0) for n in range(50)])
    assert [n for n, one in enumerate(told) if one[2]] == [10]
    moving = [n for n, one in enumerate(told) if one[1]]
    assert moving[0] == 10
    assert 19 <= moving[-1] <= 19 + 10


def test_a_cut_and_an_onset_are_told_apart() -> None:
    rows = [row(motion=1.0, change=1.0, activity=5.0) for _ in range(60)]
    rows[20] = row(motion=60.0, change=90.0, activity=100.0)
    rows[40] = row(motion=6.0, change=7.0, activity=30.0)
    told = heard(rows)
    assert [n for n, one in enumerate(told) if one[3]] == [20]
    assert [n for n, one in enumerate(told) if one[4]] == [40]


def test_every_feature_stays_between_nought_and_one() -> None:
    rng = np.random.default_rng(2)
    rolling = Rolling()
    for n in range(300):
        values = rng.uniform(0, 255, len(MEASURES)).astype(np.float32)
        values[AT["flow_x"]], values[AT["flow_y"]] = rng.normal(0, 0.1, 2)
        moment = rolling.hear(F(n, 25), {"frame": values})
        from video2midi.features import LEVELS

        assert all(0 <= moment.value(feature) <= 1 for feature in LEVELS)


def test_time_that_stands_still_does_no_harm() -> None:
    rolling = Rolling()
    for _ in range(3):
        moment = rolling.hear(F(1), row(brightness=10, motion=3, activity=9))
        assert 0 <= moment.value("brightness") <= 1


def test_crests_of_smooth_movement_are_heard() -> None:
    rolling = Rolling()
    crests = []
    for n in range(100):
        moment = rolling.hear(F(n, 25), row(motion=5 + 4 * np.sin(2 * np.pi * n / 25), activity=9))
        if moment.trigger("swell"):
            crests.append(n)
    assert crests == [7, 32, 57, 82]


def test_a_still_picture_has_no_onsets() -> None:
    """Noise, and what the codec does, may leap: what moves first after it is heard at once."""
    rows = [row(motion=0.2) for _ in range(60)]
    rows[20] = row(motion=3.0)
    rows[40] = row(motion=6.0, activity=30.0)
    assert [n for n, one in enumerate(heard(rows)) if one[4]] == [40]
