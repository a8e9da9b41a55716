"""A surface goes in, triangles come out that together are it to a fraction of a pixel: what a graphics card draws, and what maps come from.

Within a triangle the picture goes on evenly before the corners of the surface throw it: whoever draws divides by `depth` at each
pixel (perspective-correct, as cards do), and a surface without a grid needs but two triangles to be exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from projection.surfaces.geometry import depth, homography, project
from projection.surfaces.grids import bend_lattice, lattice_triangles
from projection.surfaces.model import Surface

_TOLERANCE_PX = 0.2
"""How far a triangle may be from what it stands for: less is not to be seen."""
_MOST_CELLS = 96
"""Across, and down."""
_LITTLE = 1e-4
_RIM_PX = 2.0
"""How far the triangles go on beyond the surface, so that pixels at its rim have something to show."""


@dataclass(frozen=True, eq=False)
class Tessellation:
    """A surface in triangles.

    Args:
        points: (n, 2): in the unit square; those of the rim lie a little beyond it.
        bent: (n, 2): where the grid bends them to.
        places: (n, 2): where they land, in parts of the output.
        depth: (n,): what the corners divided them by; more than 0.
        triangles: (k, 3) int32: their corners' numbers; those of the rim come first.
        n_rim: how many are of the rim.
        outline: (m, 2): the edge of the surface, clockwise in the unit square from its top left, in parts of the output.
        corners: (4,) int: which points of the outline are the surface's corners.
    """

    points: np.ndarray
    bent: np.ndarray
    places: np.ndarray
    depth: np.ndarray
    triangles: np.ndarray
    n_rim: int
    outline: np.ndarray
    corners: np.ndarray

    def area_px(self, output_size: tuple[int, int]) -> float:
        """How many pixels of an output (width, height) it is large, those beside the output counted as well."""
        x, y = (self.outline * output_size).T
        return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def shrink(surface: Surface, picture_size: tuple[int, int], area_px: float) -> float:
    """How many pixels of a picture there are to one of the output, along a side, by the middle of what is shown of it.

    Args:
        picture_size: (width, height) of what the surface shows.
        area_px: how large it is on the output.
    """
    left, top, right, bottom = surface.area
    shown_px = (right - left) * picture_size[0] * (bottom - top) * picture_size[1]
    return sqrt(shown_px / max(area_px, 1.0))


def tessellate(surface: Surface, output_size: tuple[int, int]) -> Tessellation:
    """Cut a surface into triangles, as fine as an output of (width, height) shows."""
    across, down = _lines(surface, output_size)
    points = np.stack(np.meshgrid(across, down), axis=-1)
    bent = bend_lattice(surface.grid, across, down) if surface.grid else points
    corners = homography(surface.corners)
    outline, ends = project(corners, _around(bent)), np.cumsum([0, len(across) - 1, len(down) - 1, len(across) - 1])
    for axis in (0, 1):
        points, bent = _with_rim(points, bent, axis=axis, corners=corners, output_size=output_size)
    flat = bent.reshape(-1, 2)
    triangles, n_rim = _rim_first(bent.shape[:2])
    return Tessellation(points.reshape(-1, 2), flat, project(corners, flat), depth(corners, flat), triangles, n_rim, outline, ends)


def _lines(surface: Surface, output_size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Where the lines across and down lie between which triangles do."""
    grid = surface.grid
    if grid is None:
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    n_cells = (grid.columns - 1, grid.rows - 1)
    coarse = bend_lattice(grid, *(np.linspace(0, 1, 2 * count + 1) for count in n_cells))
    across_px, down_px, within_px = _misses(coarse, homography(surface.corners), output_size)
    fine = zip(n_cells, (max(across_px, within_px), max(down_px, within_px)), strict=True)
    across, down = (np.linspace(0, 1, count * _n_pieces(miss_px, at_most=_MOST_CELLS // count) + 1) for count, miss_px in fine)
    return across, down


def _n_pieces(miss_px: float, *, at_most: int) -> int:
    """In how many pieces to cut a line whose middle misses its curve by so much: half the length misses by a quarter."""
    return max(1, ceil(sqrt(miss_px / _TOLERANCE_PX))) if miss_px < at_most**2 * _TOLERANCE_PX else max(1, at_most)


def _misses(lattice: np.ndarray, corners: np.ndarray, output_size: tuple[int, int]) -> tuple[float, float, float]:
    """By how many pixels the middles of sides across, of sides down, and of cells would be missed if every second line were left out."""
    even, odd = slice(0, None, 2), slice(1, None, 2)
    between = [
        (lattice[:, odd], lattice[:, even][:, :-1], lattice[:, even][:, 1:]),
        (lattice[odd], lattice[even][:-1], lattice[even][1:]),
        (lattice[odd, odd], lattice[even, even][:-1, :-1], lattice[even, even][1:, 1:]),
    ]
    missed = (project(corners, (start + end) / 2) - project(corners, middle) for middle, start, end in between)
    across, down, within = (float(np.linalg.norm(vectors * output_size, axis=-1).max()) for vectors in missed)
    return across, down, within


def _around(lattice: np.ndarray) -> np.ndarray:
    """The points at the edge of a lattice (rows, columns, 2), clockwise from the top left."""
    return np.concatenate([lattice[0, :-1], lattice[:-1, -1], lattice[-1, :0:-1], lattice[:0:-1, 0]])


def _with_rim(
    points: np.ndarray, bent: np.ndarray, *, axis: int, corners: np.ndarray, output_size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """A lattice with a line more at either end of an axis, where it goes on as it ends, by `_RIM_PX` on the output."""

    def end(line: int, before: int) -> tuple[np.ndarray, np.ndarray]:
        edge, onward = bent.take([line], axis), bent.take([line], axis) - bent.take([before], axis)
        moved_px = np.linalg.norm(
            (project(corners, edge + _LITTLE * onward) - project(corners, edge)) * output_size, axis=-1, keepdims=True
        )
        by = _LITTLE * _RIM_PX / np.maximum(moved_px, _LITTLE * _RIM_PX)
        return points.take([line], axis) + by * (points.take([line], axis) - points.take([before], axis)), edge + by * onward

    (points_before, bent_before), (points_after, bent_after) = end(0, 1), end(-1, -2)
    return np.concatenate([points_before, points, points_after], axis), np.concatenate([bent_before, bent, bent_after], axis)


def _rim_first(shape: tuple[int, ...]) -> tuple[np.ndarray, int]:
    """Triangles of a lattice of (rows, columns), those at its edge first, so that the others are drawn over them; how many those are."""
    rows, columns = shape
    triangles = lattice_triangles(columns, rows)
    row, column = np.divmod(triangles, columns)
    is_rim = ((row == 0) | (row == rows - 1) | (column == 0) | (column == columns - 1)).any(axis=1)
    return np.concatenate([triangles[is_rim], triangles[~is_rim]]), int(is_rim.sum())
