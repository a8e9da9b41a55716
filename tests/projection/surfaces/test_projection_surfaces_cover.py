"""How much of each pixel lies within an outline."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projection.surfaces.cover import cover

SIZE = (40, 24)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def shoelace(outline: np.ndarray) -> float:
    x, y = outline.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def test_parts_of_pixels_count_as_parts() -> None:
    covered = cover(box(1.5, 2.25, 4, 5), SIZE)
    assert covered[3, 2:4].tolist() == [255, 255]
    assert covered[3, 1] == 128
    assert covered[2, 2] == 191
    assert covered[2, 1] == 96
    assert covered[3, 4] == covered[5, 2] == covered[0, 0] == 0


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(2, 38), st.floats(2, 22)), min_size=3, max_size=3, unique=True))
def test_areas_add_up(corners: list[tuple[float, float]]) -> None:
    outline = np.array(corners)
    assert cover(outline, SIZE).sum() / 255 == pytest.approx(shoelace(outline), abs=0.3)


@given(st.lists(st.tuples(st.floats(-30, 70), st.floats(-30, 54)), min_size=3, max_size=6))
def test_what_lies_beyond_the_picture_is_cut_off(corners: list[tuple[float, float]]) -> None:
    outline = np.array(corners)
    whole = cover(outline + 30, (SIZE[0] + 60, SIZE[1] + 60))
    np.testing.assert_allclose(cover(outline, SIZE).astype(int), whole[30:-30, 30:-30].astype(int), atol=1)


@given(st.lists(st.tuples(st.floats(-5, 45), st.floats(-5, 30)), min_size=3, max_size=6))
def test_it_does_not_matter_which_way_round(corners: list[tuple[float, float]]) -> None:
    outline = np.array(corners)
    np.testing.assert_allclose(cover(outline, SIZE).astype(int), cover(outline[::-1], SIZE), atol=1)  # what lies at a half is rounded either way


def test_twice_around_counts_once() -> None:
    once = box(3, 3, 20, 12)
    np.testing.assert_array_equal(cover(np.concatenate([once, once]), SIZE), cover(once, SIZE))


@pytest.mark.parametrize(
    "outline", [box(50, 3, 60, 9), box(-9, 3, -1, 9), box(3, 30, 9, 40), box(3, -9, 9, -1), box(5, 5, 5, 9), box(5, 5, 9, 5)]
)
def test_nothing_is_covered_from_beside_the_picture_or_by_a_line(outline: np.ndarray) -> None:
    assert not cover(outline, SIZE).any()


def test_all_is_covered_from_all_around() -> None:
    assert (cover(box(-1e4, -1e4, 1e4, 1e4), SIZE) == 255).all()
    assert (cover(box(0, 0, *SIZE), SIZE) == 255).all()


def test_two_that_share_an_edge_leave_no_gap() -> None:
    left, right = np.array([[0, 0], [13.3, 0], [20.7, 24], [0, 24]]), np.array([[13.3, 0], [40, 0], [40, 24], [20.7, 24]])
    together = cover(left, SIZE).astype(int) + cover(right, SIZE)
    assert np.abs(together - 255).max() <= 1
