"""Corners throw the unit square onto an output, and back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from media.errors import UserError
from projection.surfaces.check import check_surface
from projection.surfaces.geometry import homography, project, to_output, to_surface
from projection.surfaces.model import FULL, Place, Surface

UNIT = np.array(FULL)


def near(limit: float) -> st.SearchStrategy[float]:
    return st.floats(-limit, limit, allow_subnormal=False)


@st.composite
def quads(draw: st.DrawFn) -> tuple[Place, ...]:
    """Corners that can be drawn, of any shape, turned and mirrored."""
    corners = tuple((x + draw(near(0.6)), y + draw(near(0.6))) for x, y in FULL)
    corners = corners[::-1] if draw(st.booleans()) else corners
    try:
        check_surface(Surface(name="quad", corners=corners))
    except UserError:
        assume(False)
    return corners


points = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8).map(np.array)


@given(quads())
def test_corners_go_to_corners(corners: tuple[Place, ...]) -> None:
    np.testing.assert_allclose(project(homography(corners), UNIT), corners, atol=1e-9)


@given(quads(), points)
def test_points_come_back(corners: tuple[Place, ...], at: np.ndarray) -> None:
    surface = Surface(name="quad", corners=corners)
    np.testing.assert_allclose(to_surface(surface, to_output(surface, at)), at, atol=1e-7)


@given(quads())
def test_it_is_the_matrix_that_opencv_finds(corners: tuple[Place, ...]) -> None:
    found = cv2.getPerspectiveTransform(UNIT.astype(np.float32), np.array(corners, np.float32))
    np.testing.assert_allclose(project(homography(corners), UNIT * 0.5 + 0.25), project(found, UNIT * 0.5 + 0.25), atol=1e-4)


@given(quads(), st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 0.9))
def test_straight_lines_stay_straight(corners: tuple[Place, ...], left: float, right: float, between: float) -> None:
    start, end = np.array([0.0, left]), np.array([1.0, right])
    one, middle, other = project(homography(corners), np.stack([start, start + between * (end - start), end]))
    along = other - one
    off = abs(along[0] * (middle - one)[1] - along[1] * (middle - one)[0]) / np.hypot(*along)
    assert off < 1e-8


def test_a_parallelogram_is_thrown_without_perspective() -> None:
    moved = homography([(0.25, 0.0), (0.75, 0.5), (0.5, 1.0), (0.0, 0.5)])
    np.testing.assert_allclose(moved[2], [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(project(moved, np.array([0.5, 0.5])), [0.375, 0.5])


def test_the_far_end_of_a_receding_wall_is_smaller() -> None:
    x = to_output(Surface(name="wall", corners=((0, 0), (1, 0.4), (1, 0.6), (0, 1))), np.array([0.5, 0.5]))[0]
    assert x == pytest.approx(5 / 6)  # of the half that is near, five times as much is seen: as 1 to 0.2


def test_the_horizon_is_at_infinity() -> None:
    moved = homography([(0, 0), (1, 0.4), (1, 0.6), (0, 1)])
    with np.errstate(all="raise"):
        assert not np.abs(project(moved, np.array([-0.25, 0.5]))).max() < 1e12


@pytest.mark.parametrize("corners", [((0, 0), (0, 0), (0, 0), (0, 0)), ((0, 0), (0.5, 0), (1, 0), (0.2, 0))])
def test_corners_on_a_line_span_nothing(corners: tuple[Place, ...]) -> None:
    with pytest.raises(ValueError, match="do not span"):
        homography(corners)
