"""What masks leave of a surface."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.surfaces.masks import draw_mask
from projection.surfaces.model import Mask, Surface
from projection.surfaces.painted import Painting
from projection.surfaces.warp import warp_maps

SIZE = (160, 90)


def left(mask: Mask, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W) 0..1: what a mask leaves."""
    return draw_mask(mask, size) / 255


def half(**given: Any) -> Mask:
    """Of which the left half of what there is is left."""
    return Mask(kind="polygon", points=((-1, -1), (0.5, -1), (0.5, 2), (-1, 2)), **given)


@given(st.floats(0.1, 0.45), st.floats(0.1, 0.45), st.floats(-180, 180))
def test_an_ellipse_has_its_area(wide: float, high: float, turned: float) -> None:
    size = (100, 100)  # where it may turn without leaving the picture
    mask = Mask(kind="ellipse", radii=(wide, high), rotation=turned)
    assert left(mask, size).mean() == pytest.approx(pi * wide * high, abs=0.002)


def test_an_ellipse_lies_where_it_is_told_and_turns_clockwise() -> None:
    mask = left(Mask(kind="ellipse", centre=(0.25, 0.5), radii=(0.2, 0.02), rotation=45), (200, 200))
    assert mask[100, 50] == 1
    assert mask[120, 70] == 1  # right of its centre it goes down
    assert mask[80, 70] == 0


def test_a_polygon_leaves_what_lies_within() -> None:
    mask = left(Mask(kind="polygon", points=((0.25, 0.2), (0.75, 0.2), (0.5, 0.9))))
    assert mask[45, 80] == 1
    assert mask[20, 10] == mask[85, 40] == 0
    assert mask.mean() == pytest.approx(0.5 * 0.5 * 0.7, abs=0.002)


def test_a_polygon_that_crosses_itself_leaves_all_its_parts() -> None:
    bow = left(Mask(kind="polygon", points=((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9))))
    assert bow[45, 30] == bow[45, 130] == 1
    assert bow[15, 80] == 0


def painting(grey: np.ndarray) -> Painting:
    return Painting(grey.astype(np.uint8), ())


@given(st.floats(0.2, 0.4), st.floats(0.2, 0.4), st.floats(-180, 180), st.sampled_from([(60, 80), (300, 400)]))
def test_a_painted_mask_lies_where_an_ellipse_would_however_large_it_was_painted(
    wide: float, high: float, turned: float, shape: tuple[int, int]
) -> None:
    y, x = ((np.indices(shape) + 0.5).T / shape).T
    disc = painting(255 * (np.hypot(x - 0.5, y - 0.5) < 0.4))
    where = {"centre": (0.5, 0.45), "rotation": turned}
    drawn = draw_mask(Mask(kind="painted", picture="disc.png", radii=(wide, high), **where), (200, 160), disc) / 255
    round_one = left(Mask(kind="ellipse", radii=(0.8 * wide, 0.8 * high), **where), (200, 160))
    assert np.abs(drawn - round_one).mean() < 0.01


def test_a_painted_mask_as_it_is_goes_over_the_picture_pixel_by_pixel() -> None:
    grey = np.random.default_rng(1).integers(0, 255, SIZE[::-1])
    assert (draw_mask(Mask(kind="painted", picture="noise.png"), SIZE, painting(grey)) == grey).all()


@pytest.mark.parametrize("feather", [0.0, 0.05, 0.1, 0.4])
def test_half_of_a_soft_edge_lies_within(feather: float) -> None:
    row = left(half(feather=feather))[45]
    soft_px = feather * SIZE[1]
    assert (np.diff(row) <= 0).all()
    assert row[79] + row[80] == pytest.approx(1, abs=0.01)
    assert row[: int(79 - soft_px / 2)].min() == 1
    assert row[int(81 + soft_px / 2) :].max() == 0
    assert np.count_nonzero((row > 0) & (row < 1)) == pytest.approx(soft_px, abs=2)


def test_a_soft_edge_is_an_s() -> None:
    steps = -np.diff(left(half(feather=0.4))[45])
    assert steps[79] > 3 * steps[65] > 0


def test_what_goes_on_beyond_the_picture_is_not_soft_there() -> None:
    assert (left(half(feather=0.3))[:, 0] == 1).all()


@pytest.mark.parametrize("feather", [0.0, 0.2])
def test_inverted_leaves_the_rest(feather: float) -> None:
    np.testing.assert_allclose(left(half(feather=feather)) + left(half(feather=feather, inverted=True)), 1, atol=1e-9)


def weights(shown: Surface) -> np.ndarray:
    """(H, W): over all of an output."""
    made = warp_maps(shown, SIZE, SIZE)
    left, top, right, bottom = made.box
    all_of = np.zeros(SIZE[::-1], int)
    all_of[top:bottom, left:right] = 255 if made.weights is None else made.weights
    return all_of


def test_on_a_surface_a_mask_moves_with_it_and_on_the_output_it_lies_still() -> None:
    to_the_right = ((0.5, 0), (1, 0), (1, 1), (0.5, 1))
    on_surface = weights(Surface(name="wall", corners=to_the_right, masks=(half(),)))[45]
    assert (on_surface[82:118].min(), on_surface[:79].max(), on_surface[122:].max()) == (255, 0, 0)
    on_output = weights(Surface(name="wall", corners=to_the_right, masks=(half(on="output"),)))[45]
    assert on_output.max() == 0  # the surface begins where the mask ends


def test_only_what_all_masks_leave_is_seen() -> None:
    upper = Mask(kind="polygon", points=((0, 0), (1, 0), (1, 0.5), (0, 0.5)))
    both = weights(Surface(name="wall", masks=(half(), upper)))
    assert both[20, 40] == 255
    assert both[20, 120] == both[70, 40] == both[70, 120] == 0


def test_perspective_bends_a_mask_as_it_bends_the_picture() -> None:
    receding = ((0, 0), (1, 0.4), (1, 0.6), (0, 1))
    row = weights(Surface(name="wall", corners=receding, masks=(half(),)))[45]
    assert row[: int(160 * 5 / 6) - 3].min() > 250
    assert row[int(160 * 5 / 6) + 3 :].max() < 5
