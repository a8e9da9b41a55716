"""Faded edges: two projectors that overlap are together as bright as one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.surfaces.edges import fade, light
from projection.surfaces.model import Edges, Surface
from projection.surfaces.warp import warp_maps

curves, gammas = st.floats(1, 5), st.floats(0.5, 5)


@given(st.floats(0, 1), curves)
def test_what_one_projector_lacks_the_other_gives(share: float, curve: float) -> None:
    assert light(np.array(share), curve=curve) + light(np.array(1 - share), curve=curve) == pytest.approx(1)


@given(curves)
def test_light_grows_from_nothing_to_all(curve: float) -> None:
    along = light(np.linspace(-0.5, 1.5, 101), curve=curve)
    assert (along[0], along[50], along[-1]) == (0, pytest.approx(0.5), 1)
    assert (np.diff(along) >= 0).all()


@given(gammas, curves, st.integers(2, 60))
def test_two_overlapping_edges_add_up_to_one_in_light(gamma: float, curve: float, overlap_px: int) -> None:
    share = overlap_px / 100
    one, other = fade(Edges(right=share, gamma=gamma, curve=curve), (100, 4)), fade(Edges(left=share, gamma=gamma, curve=curve), (100, 4))
    together = one[:, -overlap_px:].astype(float) ** gamma + other[:, :overlap_px].astype(float) ** gamma
    np.testing.assert_allclose(together, 1, atol=1e-5)
    assert (one[:, :-overlap_px] == 1).all()


def test_four_overlapping_corners_add_up_to_one_in_light() -> None:
    sides = [(x, y) for y in ("bottom", "top") for x in ("right", "left")]
    faded = [fade(Edges(**{x: 0.4, y: 0.3}), (50, 40)) ** 2.2 for x, y in sides]  # type: ignore[arg-type]
    corners = faded[0][-12:, -20:] + faded[1][-12:, :20] + faded[2][:12, -20:] + faded[3][:12, :20]
    np.testing.assert_allclose(corners, 1, atol=1e-5)


def test_without_faded_edges_all_is_left() -> None:
    assert (fade(Edges(), (7, 5)) == 1).all()


def weights(size: tuple[int, int], **given: Any) -> np.ndarray:
    made = warp_maps(Surface(name="wall", **given), size, size)
    assert made.weights is not None
    return made.weights / 255


@pytest.mark.parametrize(("gamma", "curve"), [(2.2, 2.0), (1.0, 1.0), (1.8, 3.0)])
def test_what_two_projectors_are_sent_adds_up_on_the_wall(gamma: float, curve: float) -> None:
    size = 400, 30
    left = weights(size, edges=Edges(right=0.25, gamma=gamma, curve=curve)) ** gamma
    right = weights(size, edges=Edges(left=0.25, gamma=gamma, curve=curve)) ** gamma
    wall = np.zeros((30, 700))
    wall[:, :400] += left
    wall[:, 300:] += right
    np.testing.assert_allclose(wall, 1, atol=0.02)  # of 255 steps, darkest ones are coarse in light


def test_edges_follow_the_corners() -> None:
    left_half = ((0, 0), (0.5, 0), (0.5, 1), (0, 1))
    row = weights((400, 30), corners=left_half, edges=Edges(right=0.5, gamma=1, curve=1))[15]
    assert row[:98].min() == 1
    assert row[150] == pytest.approx(0.5, abs=0.02)
    assert (np.diff(row[100:199]) <= 0).all()
