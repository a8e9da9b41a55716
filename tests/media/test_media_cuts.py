"""Hard cuts: found where the picture changes for good, at once; flashes, fades and motion are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.cuts import AROUND, MOST, CutDetector, change_between, find_cuts, is_cut


def changes(levels: list[float]) -> np.ndarray:
    """Of flat pictures of these levels."""
    return np.abs(np.diff(levels, prepend=levels[0]))


def cuts(levels: list[float]) -> list[int]:
    return np.flatnonzero(find_cuts(changes(levels))).tolist()


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        ([20] * 5 + [200] * 5, [5]),
        ([20, *[200] * 5], [1]),
        ([20] * 5 + [200], [5]),
        ([20] * 4 + [200] + [20] * 4, []),  # a flash
        ([20] * 4 + [200] * 2 + [20] * 4, []),
        ([20] * 4 + [200] * 3 + [20] * 4, [4, 7]),  # three frames are a shot
        ([20] * 4 + [120] * 3 + [220] * 3 + [20] * 4, [4, 7, 10]),
        (list(range(20, 200, 9)), []),  # a fade
        ([20] * 5 + [32] * 5, []),  # too little
        ([20] * 5 + [33] * 5, [5]),
        ([20, 60] * 10, []),  # a flicker
        ([20], []),
        ([], []),
    ],
)
def test_where_the_cuts_are(levels: list[float], found: list[int]) -> None:
    assert (cuts(levels) if levels else find_cuts(np.zeros(0)).tolist()) == found


@given(st.lists(st.floats(0, 255, width=32), max_size=40))
def test_the_rule_over_a_whole_film_is_the_rule_at_each_frame(values: list[float]) -> None:
    padded = [0.0] * AROUND + values + [0.0] * AROUND
    assert find_cuts(np.array(values)).tolist() == [is_cut(padded[n : n + 2 * AROUND + 1]) for n in range(len(values))]


@given(st.lists(st.floats(0, 255, width=32), max_size=40))
def test_what_is_found_live_holds_all_that_is_found_later(values: list[float]) -> None:
    detector = CutDetector()
    live = [detector(value) for value in values]
    assert all(early or not late for early, late in zip(live, find_cuts(np.array(values)), strict=True))


def test_live_the_end_of_a_flash_is_no_cut() -> None:
    detector = CutDetector()
    assert [n for n, change in enumerate(changes([20] * 4 + [200] + [20] * 4)) if detector(change)] == [4]


def test_a_pixel_counts_only_so_much() -> None:
    before, after = np.zeros((9, 16, 3), np.uint8), np.zeros((9, 16, 3), np.uint8)
    after[:3, :4] = 255
    assert change_between(before, after) == change_between(after, before) == pytest.approx(MOST / 12)
