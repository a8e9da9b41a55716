"""Grids bend the unit square: by straight lines, splines, Bezier handles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projection.surfaces.geometry import to_output, to_surface
from projection.surfaces.grids import KINDS, GridKind, as_places, bend, points_of, regrid, unbend
from projection.surfaces.model import Grid, Surface

AT = np.random.default_rng(3).random((60, 2))


def bent(kind: GridKind, columns: int = 4, rows: int = 4, *, by: float = 0.04, seed: int = 1) -> Grid:
    """A grid whose points lie a little beside where they were."""
    even = np.array(Grid(kind=kind, columns=columns, rows=rows).places)
    return Grid(kind=kind, columns=columns, rows=rows, points=as_places(even + np.random.default_rng(seed).uniform(-by, by, even.shape)))


sizes = st.tuples(st.integers(2, 9), st.integers(2, 9))


@given(st.sampled_from(["mesh", "smooth"]), sizes)
def test_evenly_spread_points_bend_nothing(kind: GridKind, size: tuple[int, int]) -> None:
    np.testing.assert_allclose(bend(Grid(kind=kind, columns=size[0], rows=size[1]), AT), AT, atol=1e-12)


def test_evenly_spread_handles_bend_nothing() -> None:
    np.testing.assert_allclose(bend(Grid(kind="bezier"), AT), AT, atol=1e-12)


@given(st.sampled_from(["mesh", "smooth"]), sizes, st.integers(0, 99))
def test_the_surface_passes_through_its_points(kind: GridKind, size: tuple[int, int], seed: int) -> None:
    grid = bent(kind, *size, seed=seed)
    even = np.array(Grid(kind=kind, columns=size[0], rows=size[1]).places)
    np.testing.assert_allclose(bend(grid, even), grid.places, atol=1e-12)


@given(st.integers(0, 99))
def test_a_bezier_edge_ends_at_its_points_and_leaves_along_its_handles(seed: int) -> None:
    grid = bent("bezier", by=0.1, seed=seed)
    points = points_of(grid)
    np.testing.assert_allclose(bend(grid, np.array([[0, 0], [1, 0], [0, 1], [1, 1]])), points[::3, ::3].reshape(-1, 2), atol=1e-12)
    leaves = (bend(grid, np.array([1e-7, 0])) - points[0, 0]) / 1e-7
    np.testing.assert_allclose(leaves, 3 * (points[0, 1] - points[0, 0]), atol=1e-4)


def test_an_edge_is_that_of_its_own_points_whatever_lies_within() -> None:
    grid = bent("bezier")
    points = points_of(grid).copy()
    points[1:3] += 0.2
    other = Grid(kind="bezier", points=as_places(points))
    top = np.column_stack([np.linspace(0, 1, 9), np.zeros(9)])
    np.testing.assert_allclose(bend(grid, top), bend(other, top), atol=1e-12)


def test_between_two_points_a_mesh_is_straight_and_a_smooth_grid_is_not() -> None:
    line = np.column_stack([np.linspace(0, 1 / 3, 5), np.zeros(5)])
    for kind, is_straight in (("mesh", True), ("smooth", False)):
        grid = bent(kind, seed=5)  # type: ignore[arg-type]
        second = np.diff(bend(grid, line), 2, axis=0)
        assert np.allclose(second, 0, atol=1e-12) == is_straight


def test_at_its_points_a_mesh_is_creased_and_a_smooth_grid_is_not() -> None:
    def turn(kind: GridKind) -> float:
        around = np.array([[1 / 3 - 1e-5, 0.5], [1 / 3, 0.5], [1 / 3 + 1e-5, 0.5]])
        before, after = np.diff(bend(bent(kind, seed=2), around), axis=0) / 1e-5
        return float(np.abs(after - before).max())

    assert turn("mesh") > 0.05
    assert turn("smooth") < 1e-3


@settings(max_examples=30)
@given(st.sampled_from(["mesh", "smooth"]), sizes, st.integers(0, 99))
def test_a_grid_twice_as_dense_is_the_same_and_comes_back(kind: GridKind, size: tuple[int, int], seed: int) -> None:
    grid = bent(kind, *size, seed=seed)
    denser = regrid(grid, columns=2 * size[0] - 1, rows=2 * size[1] - 1)
    np.testing.assert_allclose(bend(denser, AT), bend(grid, AT), atol=1e-9)
    np.testing.assert_allclose(regrid(denser, columns=size[0], rows=size[1]).points, grid.points, atol=1e-9)


@pytest.mark.parametrize("kind", ["mesh", "smooth"])
def test_a_grid_of_another_density_passes_through_the_shape(kind: GridKind) -> None:
    grid = bent(kind, 4, 4)
    other = regrid(grid, columns=6, rows=5)
    even = np.array(Grid(columns=6, rows=5).places)
    np.testing.assert_allclose(other.places, bend(grid, even), atol=1e-12)
    assert np.abs(bend(other, AT) - bend(grid, AT)).max() < 0.02


def test_handles_find_the_shape_that_handles_made() -> None:
    grid = bent("bezier", by=0.1)
    again = regrid(regrid(grid, columns=13, rows=13, kind="smooth"), columns=4, rows=4, kind="bezier")
    np.testing.assert_allclose(again.points, grid.points, atol=2e-3)
    assert regrid(grid, columns=4, rows=4) is grid


def test_handles_keep_the_corners_of_what_they_cannot_follow() -> None:
    grid = bent("mesh", 7, 6)
    handles = points_of(regrid(grid, columns=4, rows=4, kind="bezier"))
    np.testing.assert_allclose(handles[::3, ::3], points_of(grid)[::5, ::6], atol=1e-12)


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("seed", range(4))
def test_points_come_back_through_a_grid(kind: GridKind, seed: int) -> None:
    surface = Surface(name="curved", corners=((0.1, 0), (0.9, 0.1), (1, 1), (0, 0.8)), grid=bent(kind, by=0.07, seed=seed))
    edges = np.array([[0, 0], [1, 1], [0, 0.4], [0.7, 1], [1 / 3, 2 / 3]])
    at = np.concatenate([AT, edges])
    np.testing.assert_allclose(to_surface(surface, to_output(surface, at)), at, atol=1e-8)


def test_beside_a_grid_there_is_no_point() -> None:
    grid = bent("smooth")
    assert np.isnan(unbend(grid, np.array([[1.5, 0.5], [-3, 0.1], [0.5, 1.2]]))).all()
    assert not np.isnan(unbend(grid, np.array([0.5, 0.5]))).any()
