"""Measures become features: calibrated, smoothed without delay, and events on their very frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from video2midi.features import (
    calibrate,
    find_crests,
    find_movement,
    find_onsets,
    hold_where,
    median_of_five,
    pick_peaks,
    scale_to_unit,
    smooth,
    smooth_hue,
)

SECONDS = np.arange(200) / 25


def steps(*levels: float, each: int = 40) -> np.ndarray:
    return np.repeat(np.array(levels, float), each)


def no_cuts(values: np.ndarray) -> np.ndarray:
    return np.zeros(len(values), bool)


def test_a_step_stays_on_its_frame() -> None:
    brightness = steps(0.2, 0.8, 0.5, 0.55, 0.1)
    smoothed = smooth(median_of_five(brightness), SECONDS, 100)
    assert [smoothed[n] == pytest.approx(brightness[n]) for n in (39, 40, 79, 80, 119, 120, 159, 160)] == [True] * 8


@pytest.mark.parametrize("length", [1, 2])
def test_a_flash_of_one_or_two_frames_leaves_no_trace(length: int) -> None:
    brightness = steps(0.3, each=200)
    brightness[100 : 100 + length] = 1.0
    assert median_of_five(brightness) == pytest.approx(steps(0.3, each=200))


def test_noise_is_smoothed() -> None:
    noise = 0.5 + np.random.default_rng(0).normal(0, 0.005, 200)
    assert np.std(smooth(noise, SECONDS, 100)) < 0.7 * np.std(noise)


def test_calibration_leaves_out_the_rarest() -> None:
    values = np.concatenate([np.linspace(40, 60, 1000), [0, 255]])
    low, high = calibrate(values)
    assert 40 <= low < 41
    assert 59 < high <= 60
    assert scale_to_unit(np.array([0, low, high, 255]), low, high).tolist() == [0, 0, 1, 1]


def test_what_never_changes_lies_in_the_middle() -> None:
    flat = np.full(50, 16.0)
    assert scale_to_unit(flat, *calibrate(flat)).tolist() == [0.5] * 50


def test_two_levels_of_which_one_is_rare_are_told_apart() -> None:
    values = np.full(1000, 50.0)
    values[500:505] = 200
    unit = scale_to_unit(values, *calibrate(values))
    assert (unit[0], unit[502]) == (0, 1)


def test_red_is_no_border() -> None:
    """Noise either side of red stays at red: an average of angles would land opposite."""
    rng = np.random.default_rng(1)
    turn = 2 * np.pi * 103 / 360 + rng.normal(0, 0.1, 200)
    hue = smooth_hue(60 * np.cos(turn), 60 * np.sin(turn), SECONDS, 200)
    away = np.minimum(hue, 1 - hue)
    assert away.max() < 0.1


@pytest.mark.parametrize(("name", "blue", "red", "turns"), [("red", -26, 112, 0.0), ("green", -74, -94, 0.36), ("blue", 112, -10, 0.69)])
def test_hues_lie_where_people_expect_them(name: str, blue: float, red: float, turns: float) -> None:
    hue = smooth_hue(np.full(200, float(blue)), np.full(200, float(red)), SECONDS, 200)
    assert min(abs(hue[-1] - turns), 1 - abs(hue[-1] - turns)) < 0.02


def test_grey_keeps_the_last_hue() -> None:
    blue, red = np.full(200, 112.0), np.full(200, -10.0)
    blue[100:], red[100:] = 0.5, -0.5
    hue = smooth_hue(blue, red, SECONDS, 200)
    assert hue[150] == hue[99]


def test_unknown_values_are_held() -> None:
    held = hold_where(np.array([1.0, 2, 3, 4]), np.array([True, False, True, True]), first=0.5)
    assert held.tolist() == [0.5, 2, 2, 2]


def test_the_picture_rests_from_the_frame_after_the_last_change() -> None:
    activity = np.zeros(200)
    activity[50:80] = 5
    moving = find_movement(activity, SECONDS)
    assert np.flatnonzero(moving).tolist() == list(range(50, 80))


def test_drawn_films_on_threes_move_throughout() -> None:
    activity = np.zeros(200)
    activity[20:100:3] = 5
    assert np.flatnonzero(find_movement(activity, SECONDS)).tolist() == list(range(20, 99))


def test_a_lone_ripple_of_the_codec_is_no_movement_but_a_cut_is() -> None:
    activity = np.zeros(200)
    activity[60], activity[150] = 1.5, 90
    assert np.flatnonzero(find_movement(activity, SECONDS)).tolist() == [150]


def test_a_film_that_moves_at_once_moves_from_its_first_frame() -> None:
    activity = np.full(200, 3.0)
    activity[0] = 0
    assert find_movement(activity, SECONDS).all()


def test_a_still_film_never_moves() -> None:
    assert not find_movement(np.zeros(200), SECONDS).any()


def test_an_onset_is_on_its_frame() -> None:
    motion = 1 + 0.05 * np.sin(np.arange(200))
    motion[[40, 100, 160]] += [5, 10, 5]
    onsets = find_onsets(motion, SECONDS, cuts=no_cuts(motion))
    assert np.flatnonzero(onsets).tolist() == [40, 100, 160]
    assert onsets[100] == onsets.max() == 1


def test_a_cut_is_no_onset() -> None:
    motion = np.full(200, 1.0)
    motion[100] = 90
    cuts = no_cuts(motion)
    cuts[100] = True
    assert not find_onsets(motion, SECONDS, cuts=cuts).any()


def test_of_two_peaks_within_a_tenth_of_a_second_the_higher_is_kept() -> None:
    strength = np.zeros(200)
    strength[[50, 51, 60, 61]] = [1, 3, 3, 1]
    assert np.flatnonzero(pick_peaks(strength, SECONDS)).tolist() == [51, 60]


@given(st.lists(st.floats(0, 100), min_size=10, max_size=200))
def test_peaks_keep_their_distance(values: list[float]) -> None:
    picked = np.flatnonzero(pick_peaks(np.array(values), SECONDS[: len(values)]))
    assert (np.diff(SECONDS[picked]) >= 0.1 - 1e-9).all()


def test_smooth_movement_has_crests() -> None:
    motion = 0.5 + 0.3 * np.sin(2 * np.pi * SECONDS)
    crests = SECONDS[np.flatnonzero(find_crests(motion, SECONDS))]
    assert crests == pytest.approx(np.arange(8) + 0.25, abs=0.05)


def test_frames_of_uneven_length_are_smoothed_by_time_not_by_number() -> None:
    fine, coarse = np.arange(100) / 100, np.arange(25) / 25
    rising = lambda seconds: smooth(np.where(seconds == 0, 0.0, 0.02), seconds, 100)  # noqa: E731
    assert rising(fine)[-1] == pytest.approx(rising(coarse)[-1], abs=1e-4)
