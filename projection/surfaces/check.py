"""A surface goes in; what makes it impossible to draw comes out as a line for a person: corners that cross, grids that fold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from media.errors import UserError
from projection.surfaces.geometry import depth, homography
from projection.surfaces.grids import points_of
from projection.surfaces.model import Surface
from projection.surfaces.tessellation import Tessellation, tessellate

CORNERS = ("top left", "top right", "bottom right", "bottom left")
SIDES = ("top", "right", "bottom", "left")
_SMALLEST_PX = 1.0
"""How near to one another, or to the line between its neighbours, a corner may come: a square of this is hardly to be seen."""
_NEAREST = 1e-2
"""How near to the horizon a point may come, in parts of the depth of the corner that is nearest to it."""
_SMALLEST_PX2 = 1e-3
_MOST_LINES = 100


def check_surface(surface: Surface, where: object = "", *, size: tuple[int, int] = (1920, 1080)) -> None:
    """Refuse a surface that cannot be drawn; one that is mirrored or turned can.

    Args:
        where: is named first in the error: the file and line, say.
        size: (width, height) of the output that it was made for, in pixels.
    Raises:
        UserError: its sides cross, it is bent inwards, it has collapsed, or its grid folds: which surface, and where in it.
    """
    for what, remedy in _faults(surface, size):
        name = f"surface {surface.name}"
        raise UserError(where, f"{name}: {what}", remedy) if where else UserError(name, what, remedy)


def _faults(surface: Surface, size: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """What is wrong and what to do, the plainest first; those after it may not be true."""
    yield from _faults_of_corners(np.array(surface.corners, np.float64) * size)
    if surface.grid is not None:
        yield from _points_beyond(surface)
        yield from _faults_of_grid(surface, tessellate(surface, size), size)


def _faults_of_corners(corners_px: np.ndarray) -> Iterator[tuple[str, str]]:
    yield from _corners_together(corners_px)
    yield from _sides_crossing(corners_px)
    inwards, across = corners_px - np.roll(corners_px, 1, axis=0), np.roll(corners_px, -1, axis=0) - np.roll(corners_px, 1, axis=0)
    off_px = _cross(across, inwards) / np.linalg.norm(across, axis=1)
    n_right = int((off_px > 0).sum())
    for odd in (1, 3):
        if n_right == odd:
            corner = int(np.argmax(off_px if odd == 1 else -off_px))
            yield f"its {CORNERS[corner]} corner lies inside the triangle of the others", "Pull it out."
    flat = int(np.argmin(np.abs(off_px)))
    if abs(off_px[flat]) < _SMALLEST_PX:
        yield f"its {CORNERS[flat]} corner lies on the line between its neighbours", "Pull it out by a pixel or more."


def _corners_together(corners_px: np.ndarray) -> Iterator[tuple[str, str]]:
    for first in range(4):
        for second in range(first + 1, 4):
            if np.linalg.norm(corners_px[first] - corners_px[second]) < _SMALLEST_PX:
                yield f"its {CORNERS[first]} and {CORNERS[second]} corners lie on one another", "Pull them apart by a pixel or more."


def _sides_crossing(corners_px: np.ndarray) -> Iterator[tuple[str, str]]:
    ends_px = np.roll(corners_px, -1, axis=0)
    for side in (0, 1):
        other = side + 2
        if _crosses(corners_px[side], ends_px[side], corners_px[other], ends_px[other]):
            yield f"its {SIDES[side]} and {SIDES[other]} sides cross", "Swap two of its corners."


def _points_beyond(surface: Surface) -> Iterator[tuple[str, str]]:
    """Points of the grid that the corners would throw to infinity, or beyond."""
    assert surface.grid is not None
    corners = homography(surface.corners)
    depths = depth(corners, points_of(surface.grid))
    nearest = depth(corners, np.array([[0, 0], [1, 0], [1, 1], [0, 1]])).min()
    row, column = np.unravel_index(np.argmin(depths), depths.shape)
    if depths[row, column] < _NEAREST * nearest:
        yield f"the point in column {column + 1}, row {row + 1} of its grid lies beyond its horizon", "Pull it back in."


def _faults_of_grid(surface: Surface, made: Tessellation, size: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """Folds, and outlines that cross themselves."""
    assert surface.grid is not None
    cells = np.array([surface.grid.columns, surface.grid.rows]) - 1
    within = made.triangles[made.n_rim :]
    corners_px = made.places[within] * size
    areas_px = _cross(corners_px[:, 1] - corners_px[:, 0], corners_px[:, 2] - corners_px[:, 0]) / 2
    facing = areas_px * np.sign(areas_px[np.argmax(np.abs(areas_px))])
    worst = int(np.argmin(facing))
    if facing[worst] < _SMALLEST_PX2 or made.depth[within].min() <= 0:
        column, row = np.clip(np.floor(made.points[within[worst]].mean(axis=0) * cells), 0, cells - 1).astype(int) + 1
        what = "folds over" if facing[worst] < -_SMALLEST_PX2 else "has collapsed"
        between = f"between columns {column} and {column + 1}, rows {row} and {row + 1}"
        yield f"its grid {what} {between}", "Move its points apart there."
    yield from _outline_crossing(made.outline * size)


def _outline_crossing(outline_px: np.ndarray) -> Iterator[tuple[str, str]]:
    """Whether the edge of a grid that folds nowhere laps over itself all the same, as a ring does that is too long."""
    starts = outline_px[:: max(1, len(outline_px) // _MOST_LINES)]
    ends, count = np.roll(starts, -1, axis=0), len(starts)
    one, other = np.triu_indices(count, k=2)
    apart = (other - one) < count - 1
    one, other = one[apart], other[apart]
    hits = np.flatnonzero(_crosses(starts[one], ends[one], starts[other], ends[other]))
    if len(hits):
        x, y = starts[one[hits[0]]]
        yield f"the edge of its grid crosses itself near pixel {x:.0f}, {y:.0f}", "Move its points apart there."


def _crosses(start: np.ndarray, end: np.ndarray, other_start: np.ndarray, other_end: np.ndarray) -> np.ndarray:
    """Whether lines (..., 2) to (..., 2) cross others: the ends of each lie on different sides of the other."""
    sides = [_cross(end - start, point - start) for point in (other_start, other_end)]
    other_sides = [_cross(other_end - other_start, point - other_start) for point in (start, end)]
    return (sides[0] * sides[1] < 0) & (other_sides[0] * other_sides[1] < 0)


def _cross(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
