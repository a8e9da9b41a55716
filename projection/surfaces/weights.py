"""A surface goes in; how much of each pixel of an output it is seen by comes out: its rim, its masks, its faded edges."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from pathlib import Path

import numpy as np

from media.frames import OnFault
from projection.surfaces.cover import cover
from projection.surfaces.edges import fade, is_faded
from projection.surfaces.maps import Box, Maps
from projection.surfaces.masks import draw_mask
from projection.surfaces.model import Surface
from projection.surfaces.tessellation import Tessellation

_STEP_PX = 16
"""Masks are drawn in sizes of whole steps, so that they need not be drawn anew with every pixel that a corner moves."""
_MOST_PX = 4096


def weigh(
    surface: Surface,
    triangles: Tessellation,
    box: Box,
    find_maps: Callable[[], Maps],
    output_size: tuple[int, int],
    *,
    folder: Path,
    on_fault: OnFault,
) -> np.ndarray | None:
    """(h, w) uint8: how much of each pixel of a box is seen; None where all of it is.

    Args:
        find_maps: tells which point of the unit square each pixel shows, where that is asked for.
    """
    import cv2

    weights = cover(triangles.outline * output_size - (box.left, box.top), box.size_px)
    surface_px = _size_of(triangles, output_size)
    left = [_on_surface(part, find_maps()) for part in _left_of(surface, surface_px, folder, on_fault)]
    left += [mask[box.top : box.bottom, box.left : box.right] for mask in _masks(surface, "output", output_size, folder, on_fault)]
    if left:
        product = weights.astype(np.float32)
        for part in left:
            product *= part
        weights = cv2.convertScaleAbs(product)
    return None if weights.min() == 255 else weights


def _size_of(triangles: Tessellation, output_size: tuple[int, int]) -> tuple[int, int]:
    """(width, height): about how many pixels of the output the longest sides of a surface are long."""
    corners_px = triangles.outline[triangles.corners] * output_size
    top, right, bottom, left = np.linalg.norm(np.roll(corners_px, -1, axis=0) - corners_px, axis=1)
    width, height = (min(_MOST_PX, max(1, ceil(side / _STEP_PX)) * _STEP_PX) for side in (max(top, bottom), max(left, right)))
    return width, height


def _left_of(surface: Surface, size_px: tuple[int, int], folder: Path, on_fault: OnFault) -> list[np.ndarray]:
    """What the masks that move with a surface, and its faded edges, leave of it: a picture (H, W) float32 of the unit square, or none."""
    parts = _masks(surface, "surface", size_px, folder, on_fault)
    parts += [fade(surface.edges, size_px)] if is_faded(surface.edges) else []
    return [np.prod(parts, axis=0, dtype=np.float32)] if parts else []


def _masks(surface: Surface, on: str, size_px: tuple[int, int], folder: Path, on_fault: OnFault) -> list[np.ndarray]:
    """(H, W) float32 each, 0..1: what the masks that lie on the surface, or on the output, leave of it."""
    drawn = (draw_mask(mask, size_px, folder=folder, on_fault=on_fault) for mask in surface.masks if mask.on == on)
    return [mask * np.float32(1 / 255) for mask in drawn if mask is not None]


def _on_surface(part: np.ndarray, maps: Maps) -> np.ndarray:
    """(h, w) float32: a picture of the unit square as it is seen on the output."""
    import cv2

    across, down = (along * size - np.float32(0.5) for along, size in zip(maps, part.shape[::-1], strict=True))
    return cv2.remap(part, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
