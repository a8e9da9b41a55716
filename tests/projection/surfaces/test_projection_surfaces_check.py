"""Surfaces that cannot be drawn are refused, with which and where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from media.errors import UserError
from projection.surfaces.check import check_surface
from projection.surfaces.grids import KINDS, GridKind, as_places
from projection.surfaces.model import FULL, Grid, Place, Surface
from projection.surfaces.tessellation import tessellate


def refused(surface: Surface) -> str:
    with pytest.raises(UserError) as caught:
        check_surface(surface, "wall.toml:7")
    return str(caught.value)


def with_point(kind: GridKind, number: int, to: Place, *, n: int = 4) -> Grid:
    """A grid of which one point is elsewhere."""
    points = list(Grid(kind=kind, columns=n, rows=n).places)
    points[number] = to
    return Grid(kind=kind, columns=n, rows=n, points=tuple(points))


@pytest.mark.parametrize(
    ("corners", "what"),
    [
        (((0, 0), (1, 1), (1, 0), (0, 1)), "its top and bottom sides cross"),
        (((0, 0), (1, 0), (0, 1), (1, 1)), "its right and left sides cross"),
        (((0, 0), (1, 0), (0.3, 0.3), (0, 1)), "its bottom right corner lies inside the triangle of the others"),
        (((0.9, 0.8), (1, 0), (1, 1), (0, 1)), "its top left corner lies inside the triangle of the others"),
        (((1, 0), (0, 0), (0.7, 0.3), (1, 1)), "its bottom right corner lies inside the triangle of the others"),
        (((0, 0), (0.5, 0), (1, 0), (0, 1)), "its top right corner lies on the line between its neighbours"),
        (((0, 0), (0, 0), (1, 1), (0, 1)), "its top left and top right corners lie on one another"),
        (((0.5, 0.5), (0.6, 0.5), (0.6, 0.5005), (0.5, 0.5005)), "its top left and bottom left corners lie on one another"),
        (((0.5, 0.5),) * 4, "its top left and top right corners lie on one another"),
    ],
)
def test_corners_that_cannot_be_are_named(corners: tuple[Place, ...], what: str) -> None:
    line = refused(Surface(name="left of the door", corners=corners))
    assert line.startswith(f"wall.toml:7: surface left of the door: {what}. ")
    assert line.endswith(".")


@pytest.mark.parametrize(
    "corners",
    [
        FULL,
        ((1, 0), (0, 0), (0, 1), (1, 1)),
        ((1, 1), (0, 1), (0, 0), (1, 0)),
        ((0, 1), (0, 0), (1, 0), (1, 1)),
        ((-3, -2), (5, 0), (1, 4), (-1, 2)),
        ((0.5, 0.5), (0.502, 0.5), (0.502, 0.503), (0.5, 0.503)),
        ((0, 0), (1, 0.49), (1, 0.51), (0, 1)),
    ],
)
def test_mirrored_turned_large_small_and_steep_ones_are_drawn(corners: tuple[Place, ...]) -> None:
    check_surface(Surface(name="wall", corners=corners))


@given(st.lists(st.tuples(st.floats(-2, 3), st.floats(-2, 3)), min_size=4, max_size=4))
def test_what_passes_lies_before_its_horizon_and_what_does_not_is_told_in_a_line(corners: list[Place]) -> None:
    surface = Surface(name="wall", corners=tuple(corners))
    try:
        check_surface(surface)
    except UserError as error:
        assert str(error).startswith("surface wall: its ")
    else:
        made = tessellate(surface, (1920, 1080))
        assert (made.depth > 0).all()
        assert np.isfinite(made.places).all()


@pytest.mark.parametrize("kind", list(KINDS))
def test_grids_that_bend_without_folding_are_drawn(kind: GridKind) -> None:
    even = np.array(Grid(kind=kind).places)
    bent = even + np.random.default_rng(0).uniform(-0.06, 0.06, even.shape)
    check_surface(Surface(name="wall", grid=Grid(kind=kind, points=as_places(bent))))
    mirrored = Grid(kind=kind, points=as_places(bent * (-1, 1) + (1, 0)))
    check_surface(Surface(name="wall", grid=mirrored))


@pytest.mark.parametrize(("kind", "to"), [("mesh", (0.9, 0.33)), ("smooth", (0.85, 0.33)), ("bezier", (3.5, 0.33))])
def test_a_grid_that_folds_is_refused_with_the_place(kind: GridKind, to: Place) -> None:
    line = refused(Surface(name="wall", grid=with_point(kind, 5, to)))
    assert "its grid folds over between columns 2 and 3, rows" in line or "its grid folds over between columns 3 and 4, rows" in line


def test_a_grid_that_has_collapsed_is_refused() -> None:
    flat = Grid(columns=3, rows=3, points=tuple((x, y / 2 if y < 1 else 0.25) for y in (0, 0.5, 1) for x in (0.0, 0.5, 1.0)))
    assert "its grid has collapsed between columns" in refused(Surface(name="wall", grid=flat))


def test_a_point_beyond_the_horizon_is_refused() -> None:
    receding = ((0, 0), (1, 0.4), (1, 0.6), (0, 1))
    line = refused(Surface(name="wall", corners=receding, grid=with_point("mesh", 4, (-0.4, 0.33))))
    assert "the point in column 1, row 2 of its grid lies beyond its horizon" in line


def test_an_edge_that_laps_over_itself_is_refused() -> None:
    around = np.linspace(0, 2.2 * np.pi, 40)
    ring = np.array([[(0.5 + r * np.cos(a), 0.5 + r * np.sin(a)) for a in around] for r in (0.5, 0.2)])
    line = refused(Surface(name="ring", grid=Grid(columns=40, rows=2, points=as_places(ring))))
    assert "the edge of its grid crosses itself near pixel" in line


def test_an_area_is_one() -> None:
    with pytest.raises(ValidationError, match="left before right"):
        Surface(name="wall", area=(0.5, 0, 0.5, 1))
