"""The corners of a surface go in; the matrix that throws its unit square onto an output comes out, and points go through it, in double.

Points are (..., 2): across and down, the unit square from (0, 0) at its top left to (1, 1); matrices multiply columns (x, y, 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from projection.surfaces.grids import bend, unbend
from projection.surfaces.model import Surface


def homography(corners: Sequence[Sequence[float]]) -> np.ndarray:
    """(3, 3) matrix that takes the unit square's corners, clockwise from the top left, to these.

    Raises:
        ValueError: the corners do not span a quad.

    Source: Heckbert 1989, "Fundamentals of Texture Mapping and Image Warping", 2.2.3.
    """
    first, second, third, fourth = np.asarray(corners, np.float64)
    right, up, twist = second - third, fourth - third, first - second + third - fourth
    area = _cross(right, up)
    if area == 0:
        raise ValueError("the corners do not span a quad")
    g, h = _cross(twist, up) / area, _cross(right, twist) / area
    across, down = second - first + g * second, fourth - first + h * fourth
    return np.vstack([np.column_stack([across, down, first]), [g, h, 1.0]])


def project(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (..., 2) thrown by a matrix (3, 3); where it throws them to infinity, that is what they are."""
    points = np.asarray(points, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (points @ matrix[:2, :2].T + matrix[:2, 2]) / depth(matrix, points)[..., None]


def depth(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(...): what a matrix divides points by; 0 on the horizon, less behind it."""
    return np.asarray(points, np.float64) @ matrix[2, :2] + matrix[2, 2]


def to_output(surface: Surface, points: np.ndarray) -> np.ndarray:
    """Where points of a surface's unit square land, in parts of the output."""
    bent = bend(surface.grid, points) if surface.grid else np.asarray(points, np.float64)
    return project(homography(surface.corners), bent)


def to_surface(surface: Surface, places: np.ndarray) -> np.ndarray:
    """Which points of a surface's unit square land at places of the output, given in parts of it.

    Beyond a flat surface, they lie beyond the unit square; beyond one with a grid they are not a number.
    """
    flat = project(np.linalg.inv(homography(surface.corners)), places)
    return unbend(surface.grid, flat) if surface.grid else flat


def _cross(one: np.ndarray, other: np.ndarray) -> float:
    return float(one[0] * other[1] - one[1] * other[0])
