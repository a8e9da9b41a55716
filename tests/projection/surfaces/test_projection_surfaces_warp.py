"""The tables that surfaces are drawn by: from where each pixel comes, and how much of it is seen."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from projection.surfaces.geometry import to_surface
from projection.surfaces.grids import KINDS, GridKind, as_places
from projection.surfaces.model import Edges, Grid, Mask, Surface
from projection.surfaces.tessellation import tessellate
from projection.surfaces.warp import Warp, warp_maps, weight_map

OUT, SOURCE = (320, 180), (256, 200)
QUAD = ((0.06, 0.1), (0.9, 0.02), (0.99, 0.93), (0.15, 0.8))


def surface(**given: Any) -> Surface:
    return Surface(name="wall", **given)


def wall_of(columns: int, rows: int) -> list[Surface]:
    """Surfaces that fill an output beside one another, each with its part of the picture."""
    cells = [(x / columns, y / rows, (x + 1) / columns, (y + 1) / rows) for y in range(rows) for x in range(columns)]
    return [
        surface(area=(left, top, right, bottom), corners=((left, top), (right, top), (right, bottom), (left, bottom)))
        for left, top, right, bottom in cells
    ]


def curved(kind: GridKind, *, by: float = 0.04) -> Grid:
    even = np.array(Grid(kind=kind).places)
    return Grid(kind=kind, points=as_places(even + np.random.default_rng(4).uniform(-by, by, even.shape)))


def warp(shown: Surface, output: tuple[int, int] = OUT, source: tuple[int, int] = SOURCE) -> Warp:
    return warp_maps(shown, output, source)


def places(made: Warp) -> np.ndarray:
    """(h, w, 2): where in the picture each pixel comes from."""
    return made.whole + np.stack([made.part & 31, made.part >> 5], axis=-1) / 32


def weights(made: Warp, output: tuple[int, int] = OUT) -> np.ndarray:
    """(H, W) int: over all of the output."""
    all_of = np.zeros(output[::-1], int)
    left, top, right, bottom = made.box
    all_of[top:bottom, left:right] = 255 if made.weights is None else made.weights
    return all_of


def drawn(shown: Surface, picture: np.ndarray, output: tuple[int, int] = OUT) -> np.ndarray:
    """(H, W, ...) uint8: what a surface alone looks like."""
    made = warp(shown, output, (picture.shape[1], picture.shape[0]))
    left, top, right, bottom = made.box
    screen = np.zeros((*output[::-1], *picture.shape[2:]), np.uint8)
    part = weights(made, output)[top:bottom, left:right].reshape(bottom - top, right - left, *(1,) * (picture.ndim - 2))
    screen[top:bottom, left:right] = cv2.remap(picture, made.whole, made.part, cv2.INTER_LINEAR) * (part / 255) + 0.5
    return screen


def test_a_full_surface_shows_each_pixel_where_it_is() -> None:
    made = warp(surface(), OUT, OUT)
    assert made.box == (0, 0, *OUT)
    assert made.weights is None
    assert not made.part.any()
    np.testing.assert_array_equal(made.whole, np.stack(np.meshgrid(np.arange(OUT[0]), np.arange(OUT[1])), axis=-1))


@pytest.mark.parametrize("grid", [None, *KINDS])
def test_pixels_come_from_where_double_precision_says(grid: GridKind | None) -> None:
    shown = surface(corners=QUAD, grid=grid and curved(grid), area=(0.1, 0.2, 0.8, 0.9))
    made = warp(shown)
    rows, columns = np.nonzero(weights(made) == 255)
    rows, columns = rows[::37], columns[::37]
    exact = to_surface(shown, (np.column_stack([columns, rows]) + 0.5) / OUT)
    wanted = (np.array([0.1, 0.2]) + exact * (0.7, 0.7)) * SOURCE - 0.5
    wanted = np.clip(wanted, np.array([0.1, 0.2]) * SOURCE, np.array([0.8, 0.9]) * SOURCE - 1)
    missed = np.abs(places(made)[rows - made.box.top, columns - made.box.left] - wanted).max()
    assert missed < (0.02 if grid is None else 0.4)  # triangles are less than half a pixel off


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_grid_that_bends_nothing_is_as_none(kind: GridKind) -> None:
    bare, bent = warp(surface(corners=QUAD)), warp(surface(corners=QUAD, grid=Grid(kind=kind)))
    assert bare.box == bent.box
    np.testing.assert_allclose(weights(bare), weights(bent), atol=1)
    seen = (weights(bare) > 0)[bare.box.top : bare.box.bottom, bare.box.left : bare.box.right]
    np.testing.assert_allclose(places(bare)[seen], places(bent)[seen], atol=1 / 32)


@pytest.mark.parametrize("grid", [None, *KINDS])
def test_the_rim_is_smooth_and_shows_the_outermost_pixels(grid: GridKind | None) -> None:
    picture = np.full((*SOURCE[::-1], 3), 200, np.uint8)
    shown = surface(corners=QUAD, grid=grid and curved(grid))
    screen = drawn(shown, picture).astype(int)
    seen = weights(warp(shown))
    np.testing.assert_allclose(screen[..., 0], seen * 200 / 255, atol=1)
    middle = seen[OUT[1] // 2]
    assert len(set(middle[middle > 0])) > 1  # neither all nor nothing
    assert np.unique(seen).size > 20


@pytest.mark.parametrize("grid", [None, *KINDS])
def test_nothing_beside_the_area_is_ever_seen(grid: GridKind | None) -> None:
    picture = np.zeros((*SOURCE[::-1], 3), np.uint8)
    picture[..., 2] = 255
    picture[50:150, 64:192] = (0, 255, 0)
    screen = drawn(surface(corners=QUAD, area=(0.25, 0.25, 0.75, 0.75), grid=grid and curved(grid)), picture)
    assert screen[..., 1].max() == 255
    assert screen[..., 2].max() == 0


def test_an_area_narrower_than_a_pixel_shows_that_pixel() -> None:
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[2, 1] = 255
    assert (drawn(surface(area=(0.3, 0.55, 0.45, 0.7)), picture) > 0).all()


def test_a_mirrored_surface_is_mirrored() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*OUT[::-1], 3), np.uint8)
    mirrored = drawn(surface(corners=((1, 0), (0, 0), (0, 1), (1, 1))), picture)
    np.testing.assert_array_equal(mirrored, picture[:, ::-1])


def test_a_surface_turned_by_a_right_angle_is_turned() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (180, 180, 3), np.uint8)
    turned = drawn(surface(corners=((1, 0), (1, 1), (0, 1), (0, 0))), picture, (180, 180))
    np.testing.assert_array_equal(turned, np.rot90(picture, -1))


def test_what_lies_beside_the_output_is_empty() -> None:
    for left in (-2.0, 1.0):
        made = warp(surface(corners=((left, 0), (left + 1, 0), (left + 1, 1), (left, 1))))
        assert made.is_empty
        assert made.whole.shape == (0, 0, 2)


def test_what_lies_partly_beside_the_output_is_cut() -> None:
    made = warp(surface(corners=((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))), OUT, OUT)
    assert made.box == (0, 0, 160, 90)
    assert made.weights is None
    np.testing.assert_array_equal(places(made)[0, 0], [160, 90])


def test_corners_that_span_nothing_raise_a_value_error() -> None:
    with pytest.raises(ValueError, match="do not span"):
        warp(surface(corners=((0.5, 0.5),) * 4))


def test_surfaces_beside_one_another_leave_no_gap() -> None:
    through = np.prod([1 - weights(warp(one, (317, 181)), (317, 181)) / 255 for one in wall_of(3, 2)], axis=0)
    assert through.max() < 0.04  # each is laid over those before; where four meet, as much as this is left


def test_a_wall_in_parts_shows_the_whole_picture() -> None:
    picture = cv2.resize(np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8), OUT)
    wall = wall_of(4, 3)
    screen = np.sum([drawn(one, picture) for one in wall], axis=0)
    np.testing.assert_array_equal(screen, picture)


def test_weights_alone_are_those_of_the_maps() -> None:
    shown = surface(corners=QUAD, masks=(Mask(kind="ellipse", feather=0.1),), edges=Edges(left=0.2), grid=curved("smooth"))
    box, alone = weight_map(shown, OUT)
    made = warp(shown)
    assert box == made.box
    np.testing.assert_array_equal(alone, made.weights)


@pytest.mark.parametrize("grid", [None, *KINDS])
def test_triangles_are_the_surface_and_go_on_around_it(grid: GridKind | None) -> None:
    shown = surface(corners=QUAD, grid=grid and curved(grid))
    made = tessellate(shown, OUT)
    assert (made.depth > 0).all()
    within = made.triangles[made.n_rim :]
    assert made.points[within].min() == 0
    assert made.points[within].max() == 1
    np.testing.assert_allclose(made.outline[made.corners], _ends(shown), atol=1e-12)
    # All pixels that are seen in part lie within them.
    lies = np.zeros(OUT[::-1], np.uint8)
    for triangle in made.places[made.triangles] * OUT - 0.5:
        cv2.fillConvexPoly(lies, np.rint(triangle * 16).astype(np.int32), 1, cv2.LINE_8, 4)
    assert not ((weights(warp(shown)) > 0) & (lies == 0)).any()


def _ends(shown: Surface) -> np.ndarray:
    from projection.surfaces.geometry import to_output

    return to_output(shown, np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float))


def test_what_bends_more_is_cut_finer() -> None:
    flat, little, much = (len(tessellate(surface(grid=curved("smooth", by=by)), (1920, 1080)).triangles) for by in (0.0, 0.005, 0.05))
    assert flat < little < much
    assert len(tessellate(surface(grid=curved("smooth", by=0.05)), (320, 180)).triangles) < much
