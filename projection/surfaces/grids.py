"""A grid and points of the unit square go in; the points where it bends them to come out, and back.

Every kind of grid is a matrix: its points, by how much each of them counts across and down at a place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal

import numpy as np

from projection.surfaces.model import Grid, Place

GridKind = Literal["mesh", "smooth", "bezier"]
_N_LATTICE = 24
_N_STEPS = 8
_CLOSE = 1e-9
_LOOK = 1e-6
"""How far to look to either side for the slope."""
_BEYOND = 0.1
"""How far beyond the unit square Newton's method may go on its way."""


def straight(n_points: int, at: np.ndarray) -> np.ndarray:
    """(len(at), n_points): how much each of evenly spread points counts at places 0..1, in straight lines from one to the next."""
    cell, within = _cells(n_points, at)
    counts = np.zeros((len(at), n_points))
    rows = np.arange(len(at))
    counts[rows, cell], counts[rows, cell + 1] = 1 - within, within
    return counts


def smooth(n_points: int, at: np.ndarray) -> np.ndarray:
    """As `straight`, in a natural cubic spline: round, and the same curve however many of its own points it is told by.

    Source: Press et al. 2007, "Numerical Recipes", 3.3.
    """
    cell, within = _cells(n_points, at)
    ends, curves = straight(n_points, at), _curvatures(n_points)
    before, after = ((1 - within) ** 3 - (1 - within)) / 6, (within**3 - within) / 6
    return ends + before[:, None] * curves[cell] + after[:, None] * curves[cell + 1]


def bezier(n_points: int, at: np.ndarray) -> np.ndarray:
    """As `straight`, by Bernstein's polynomials of the third degree: for four points."""
    if n_points != 4:
        raise ValueError(f"a bezier curve has 4 points here, got {n_points}")
    at, rest = at[:, None], 1 - at[:, None]
    return np.hstack([rest**3, 3 * rest**2 * at, 3 * rest * at**2, at**3])


KINDS: dict[GridKind, Callable[[int, np.ndarray], np.ndarray]] = {"mesh": straight, "smooth": smooth, "bezier": bezier}


def points_of(grid: Grid) -> np.ndarray:
    """(rows, columns, 2): its points."""
    return np.array(grid.places, np.float64).reshape(grid.rows, grid.columns, 2)


def bend(grid: Grid, points: np.ndarray) -> np.ndarray:
    """Where a grid bends points (..., 2) of the unit square to; beyond it, it goes on as it ends."""
    points = np.asarray(points, np.float64)
    flat = points.reshape(-1, 2)
    across, down = KINDS[grid.kind](grid.columns, flat[:, 0]), KINDS[grid.kind](grid.rows, flat[:, 1])
    return np.einsum("nr,rcd,nc->nd", down, points_of(grid), across, optimize=True).reshape(points.shape)


def bend_lattice(grid: Grid, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """(len(down), len(across), 2): where a grid bends the crossings of lines to."""
    return np.einsum(
        "nr,rcd,mc->nmd", KINDS[grid.kind](grid.rows, down), points_of(grid), KINDS[grid.kind](grid.columns, across), optimize=True
    )


def regrid(grid: Grid, *, columns: int, rows: int, kind: GridKind | None = None) -> Grid:
    """The same shape by other points.

    It is exactly the same where every line of the old grid is one of the new one (twice the columns less one, say); a smooth or a
    mesh grid otherwise passes through the old shape at each of its points, and a Bezier grid comes as near as it can.
    """
    kind = kind or grid.kind
    if (columns, rows, kind) == (grid.columns, grid.rows, grid.kind):
        return grid
    points = _nearest_bezier(grid) if kind == "bezier" else bend_lattice(grid, *_even(columns, rows))
    return Grid(kind=kind, columns=columns, rows=rows, points=as_places(points))


def as_places(points: np.ndarray) -> tuple[Place, ...]:
    """Points (..., 2) as files and surfaces have them."""
    return tuple((float(x), float(y)) for x, y in np.asarray(points).reshape(-1, 2))


def unbend(grid: Grid, bent: np.ndarray) -> np.ndarray:
    """Which points of the unit square a grid bends to these (..., 2); not a number where it bends none there.

    The nearest triangle of a lattice tells about where, Newton's method exactly where.
    """
    wanted = np.asarray(bent, np.float64).reshape(-1, 2)
    found = _about(grid, wanted)
    for _ in range(_N_STEPS):
        found = np.clip(found - _step(grid, found, bend(grid, found) - wanted), -_BEYOND, 1 + _BEYOND)
    is_there = np.all((np.abs(bend(grid, found) - wanted) < _CLOSE) & (found >= -_CLOSE) & (found <= 1 + _CLOSE), axis=1)
    return np.where(is_there[:, None], np.clip(found, 0, 1), np.nan).reshape(np.shape(bent))


def lattice_triangles(n_across: int, n_down: int) -> np.ndarray:
    """(2 (n_across - 1) (n_down - 1), 3): which points of a lattice, numbered row by row, are the corners of its triangles."""
    first = (np.arange(n_down - 1)[:, None] * n_across + np.arange(n_across - 1)).reshape(-1, 1)
    halves = np.array([[0, 1, n_across + 1], [0, n_across + 1, n_across]])
    return (first[:, None] + halves).reshape(-1, 3).astype(np.int32)


def barycentric(triangles: np.ndarray) -> np.ndarray:
    """(n, 3, 3): matrices that take (x, y, 1) to how much each corner of triangles (n, 3, 2) counts there."""
    columns = np.concatenate([triangles, np.ones((*triangles.shape[:2], 1))], axis=2).transpose(0, 2, 1)
    return np.linalg.inv(columns)


def _even(columns: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of lines that are evenly spread."""
    return np.linspace(0, 1, columns), np.linspace(0, 1, rows)


def _cells(n_points: int, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Between which two points places lie, by the number of the first, and how far from it to the next."""
    scaled = np.asarray(at, np.float64) * (n_points - 1)
    cell = np.clip(np.floor(scaled), 0, n_points - 2).astype(np.intp)
    return cell, scaled - cell


@cache
def _curvatures(n_points: int) -> np.ndarray:
    """(n_points, n_points): second derivatives of a natural cubic spline at its points, from where they are."""
    bands, second = np.eye(n_points), np.zeros((n_points, n_points))
    for n in range(1, n_points - 1):
        bands[n, n - 1 : n + 2], second[n, n - 1 : n + 2] = (1, 4, 1), (6, -12, 6)
    return np.linalg.solve(bands, second)


def _nearest_bezier(grid: Grid) -> np.ndarray:
    """(4, 4, 2): points of a Bezier grid as near to another one as may be, with the same corners.

    Its edges are fitted first, then what lies within, by least squares.
    """
    at = np.linspace(0, 1, 25)
    counts, shape = bezier(4, at), bend_lattice(grid, at, at)
    points = np.zeros((4, 4, 2))
    for row, edge in ((0, shape[0]), (3, shape[-1])):
        points[row] = _fit_curve(counts, edge)
    for column, edge in ((0, shape[:, 0]), (3, shape[:, -1])):
        points[:, column] = _fit_curve(counts, edge)
    rest = shape - np.einsum("nr,rcd,mc->nmd", counts, points, counts)
    inner = np.linalg.pinv(counts[:, 1:3])
    points[1:3, 1:3] = np.einsum("rn,nmd,cm->rcd", inner, rest, inner)
    return points


def _fit_curve(counts: np.ndarray, along: np.ndarray) -> np.ndarray:
    """(4, 2): points of the curve that comes nearest to points (n, 2), from their first to their last."""
    ends = np.stack([along[0], along[-1]])
    handles = np.linalg.pinv(counts[:, 1:3]) @ (along - counts[:, [0, 3]] @ ends)
    return np.stack([ends[0], *handles, ends[1]])


def _about(grid: Grid, wanted: np.ndarray) -> np.ndarray:
    """About which points (n, 2) a grid bends to those that are wanted, by the triangle of a lattice that they lie in, or nearest to."""
    across, down = _even(*((count - 1) * max(1, _N_LATTICE // (count - 1)) + 1 for count in (grid.columns, grid.rows)))
    triangles = lattice_triangles(len(across), len(down))
    flat = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)[triangles]
    counts = np.einsum("tij,nj->nti", barycentric(bend_lattice(grid, across, down).reshape(-1, 2)[triangles]), _with_one(wanted))
    nearest = counts.min(axis=2).argmax(axis=1)
    rows = np.arange(len(wanted))
    return np.einsum("ni,nid->nd", counts[rows, nearest], flat[nearest])


def _with_one(points: np.ndarray) -> np.ndarray:
    return np.column_stack([points, np.ones(len(points))])


def _step(grid: Grid, at: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """How far Newton's method goes back from points (n, 2), by how far what they are bent to is from what is wanted."""
    slopes = [(bend(grid, at + shift) - bend(grid, at - shift)) / (2 * _LOOK) for shift in (np.array([_LOOK, 0]), np.array([0, _LOOK]))]
    matrix = np.stack(slopes, axis=-1)
    area = np.linalg.det(matrix)
    matrix[np.abs(area) < _CLOSE] = np.eye(2)
    return np.linalg.solve(matrix, missed[..., None])[..., 0]
