"""A surface in triangles goes in; which point of its unit square each pixel of an output shows comes out."""

from __future__ import annotations

import numpy as np

from projection.boxes import Box
from projection.surfaces.geometry import homography
from projection.surfaces.grids import barycentric
from projection.surfaces.model import Surface
from projection.surfaces.tessellation import Tessellation

Maps = tuple[np.ndarray, np.ndarray]
"""(h, w) float32 each: across and down."""
_SHIFT = 4
"""Corners of triangles are drawn in 1/16 pixels."""
_STRIPE = 64
"""So many rows at a time stay in the processor's cache."""


def box_of(triangles: Tessellation, output_size: tuple[int, int]) -> Box:
    """The pixels of an output (width, height) that a surface touches."""
    outline_px = triangles.outline * output_size
    low, high = np.floor(outline_px.min(axis=0)), np.ceil(outline_px.max(axis=0))
    return Box(*(int(side) for side in np.clip([low, high], 0, output_size).ravel()))


def unit_maps(surface: Surface, triangles: Tessellation, box: Box, output_size: tuple[int, int]) -> Maps:
    """The points of the unit square that the middles of a box's pixels show; beside the surface, they lie beyond it, or anywhere."""
    bent = _thrown(surface, box, output_size)
    return bent if surface.grid is None else _pieced(triangles, bent, box, output_size)


def _thrown(surface: Surface, box: Box, output_size: tuple[int, int]) -> Maps:
    """The points of the unit square as the grid has bent it."""
    import cv2

    width, height = output_size
    places = np.array([[1 / width, 0, (box.left + 0.5) / width], [0, 1 / height, (box.top + 0.5) / height], [0, 0, 1]])
    same = np.eye(3)
    # It undoes the matrix that it is given. Sums are in double, a sixth of the time of numpy's.
    return cv2.initUndistortRectifyMap(same, None, np.linalg.inv(places) @ homography(surface.corners), same, box.size_px, cv2.CV_32FC1)


def _pieced(triangles: Tessellation, bent: Maps, box: Box, output_size: tuple[int, int]) -> Maps:
    """The points that are bent to these, in their place, each by the triangle that its pixel lies in."""
    corners = triangles.points[triangles.triangles].transpose(0, 2, 1) @ barycentric(triangles.bent[triangles.triangles])
    tables = np.ascontiguousarray(corners.transpose(1, 2, 0), np.float32)
    which = _numbered(triangles, box, output_size)
    for top in range(0, len(which), _STRIPE):
        rows = slice(top, top + _STRIPE)
        bent[0][rows], bent[1][rows] = (_counted(table, which[rows], bent[0][rows], bent[1][rows]) for table in tables)
    return bent


def _counted(table: np.ndarray, which: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """By x, by y and alone: the numbers of a table (3, n) that each pixel's triangle has; what comes of them."""
    by_x, by_y, alone = (numbers.take(which, mode="clip") for numbers in table)
    by_x *= x
    by_y *= y
    alone += by_x
    alone += by_y
    return alone


def _numbered(triangles: Tessellation, box: Box, output_size: tuple[int, int]) -> np.ndarray:
    """(h, w) int32: the number of the triangle that each pixel of a box lies in, -1 outside all of them."""
    import cv2

    # cv2 counts from the middle of the first pixel.
    places_px = triangles.places * output_size - (box.left + 0.5, box.top + 0.5)
    corners = np.rint(places_px[triangles.triangles] * 2**_SHIFT).astype(np.int32)
    which = np.full(box.size_px[::-1], -1, np.int32)
    for number, triangle in enumerate(corners):
        cv2.fillConvexPoly(which, triangle, number, cv2.LINE_8, _SHIFT)
    return which
