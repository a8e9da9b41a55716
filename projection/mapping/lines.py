"""A surface goes in, the lines that show it to a person come out: its outline, its grid, the edge of a mask; places on the output."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from projection.mapping.handles import ellipse_points, mask_to_output, painted_corners
from projection.surfaces.geometry import homography, project, to_output
from projection.surfaces.grids import as_places
from projection.surfaces.model import Grid, Mask, Place, Surface

Line = tuple[Place, ...]
_N_CURVED = 6
"""Straight pieces of a curve from one point of a grid to the next."""
_N_ELLIPSE = 64


def outline(surface: Surface) -> Line:
    """The closed line around a surface, clockwise in its unit square from the top left."""
    across, down = _steps(surface.grid)
    top = [(x, 0.0) for x in across[:-1]]
    right = [(1.0, y) for y in down[:-1]]
    bottom = [(x, 1.0) for x in reversed(across[1:])]
    left = [(0.0, y) for y in reversed(down[1:])]
    return as_places(to_output(surface, np.array([*top, *right, *bottom, *left])))


def grid_lines(surface: Surface) -> Iterator[Line]:
    """The lines that go through a grid's points; of a Bezier grid those between its handles."""
    grid = surface.grid
    if grid is None:
        return
    across, down = _steps(grid)
    if grid.kind == "bezier":
        points = project(homography(surface.corners), np.array(grid.places)).reshape(grid.rows, grid.columns, 2)
        yield from (as_places(line) for line in (*points, *points.swapaxes(0, 1)))
        return
    for column in np.linspace(0, 1, grid.columns):
        yield as_places(to_output(surface, np.array([(column, y) for y in down])))
    for row in np.linspace(0, 1, grid.rows):
        yield as_places(to_output(surface, np.array([(x, row) for x in across])))


def mask_line(surface: Surface, mask: Mask, size: tuple[int, int]) -> Line:
    """The closed edge of a mask, of a painted one that of its picture. Straight lines are straight in the surface, and bent with it."""
    points = _mask_corners(surface, mask, size)
    if mask.kind != "ellipse" and surface.grid and mask.on == "surface":
        points = list(_divided(points, 8))
    return tuple(mask_to_output(surface, mask, points))


def fade_lines(surface: Surface) -> Iterator[Line]:
    """Where the edges that fade are as bright as the rest."""
    across, down = _steps(surface.grid)
    edges = surface.edges
    for y in [y for wide, y in ((edges.top, edges.top), (edges.bottom, 1 - edges.bottom)) if wide]:
        yield as_places(to_output(surface, np.array([(x, y) for x in across])))
    for x in [x for wide, x in ((edges.left, edges.left), (edges.right, 1 - edges.right)) if wide]:
        yield as_places(to_output(surface, np.array([(x, y) for y in down])))


def _mask_corners(surface: Surface, mask: Mask, size: tuple[int, int]) -> list[Place]:
    if mask.kind == "polygon":
        return list(mask.points)
    return painted_corners(surface, mask, size) if mask.kind == "painted" else ellipse_points(surface, mask, size, n_points=_N_ELLIPSE)


def _steps(grid: Grid | None) -> tuple[list[float], list[float]]:
    """Where a line across, and one down, must be looked at to be drawn as it is."""
    if grid is None:
        return [0.0, 1.0], [0.0, 1.0]
    fine = 1 if grid.kind == "mesh" else _N_CURVED
    across, down = (np.linspace(0, 1, (count - 1) * fine + 1).tolist() for count in (grid.columns, grid.rows))
    return across, down


def _divided(points: list[Place], n_pieces: int) -> Iterator[Place]:
    for (x0, y0), (x1, y1) in zip(points, (*points[1:], points[0]), strict=True):
        yield from ((x0 + (x1 - x0) * n / n_pieces, y0 + (y1 - y0) * n / n_pieces) for n in range(n_pieces))
