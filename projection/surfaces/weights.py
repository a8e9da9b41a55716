"""A surface goes in; how much of each pixel of an output it is seen by comes out: its rim, its masks, its faded edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from itertools import zip_longest
from math import ceil

import numpy as np

from projection.boxes import Box
from projection.surfaces.cover import cover
from projection.surfaces.edges import fade, is_faded
from projection.surfaces.maps import Maps
from projection.surfaces.masks import draw_mask
from projection.surfaces.model import Edges, Mask, Surface
from projection.surfaces.painted import Painting
from projection.surfaces.tessellation import Tessellation

_STEP_PX = 16
"""Masks are drawn in sizes of whole steps, so that they need not be drawn anew with every pixel that a corner moves."""
_MOST_PX = 4096
_RIM = (255 * (1 - (1 - np.arange(256) / 255) ** 3)).round().astype(np.uint8)
"""How much is sent for a pixel that is covered in part: more than its share, of which projectors make less light than that.

Two surfaces with a common edge are laid one over the other; by shares alone, a dark line would be seen between them.
"""
_Masks = tuple[tuple[Mask, Painting | None], ...]


def weigh(
    surface: Surface,
    triangles: Tessellation,
    box: Box,
    find_maps: Callable[[], Maps],
    output_size: tuple[int, int],
    paintings: Sequence[Painting | None],
) -> np.ndarray | None:
    """(h, w) uint8: how much of each pixel of a box is seen; None where all of it is.

    Args:
        find_maps: tells which point of the unit square each pixel shows, where that is asked for.
        paintings: the picture of each mask; a painted one without leaves all.
    """
    import cv2

    weights = cv2.LUT(cover(triangles.outline * output_size - (box.left, box.top), box.size_px), _RIM)
    surface_px = _size_of(triangles, output_size)
    masks = tuple(zip_longest(surface.masks, paintings))
    left = [_on_surface(part, find_maps()) for part in _left_of(masks, surface.edges, surface_px)]
    left += [box.of(mask) for mask in _drawn(masks, "output", output_size)]
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


@lru_cache(maxsize=4)
def _left_of(masks: _Masks, edges: Edges, size_px: tuple[int, int]) -> list[np.ndarray]:
    """What the masks that move with a surface, and its faded edges, leave of it: a picture (H, W) float32 of the unit square, or none.

    It is kept: it stays as it is while a corner of the surface is dragged.
    """
    parts = [*_drawn(masks, "surface", size_px), *([fade(edges, size_px)] if is_faded(edges) else [])]
    return [reduce(np.multiply, parts)] if parts else []


def _drawn(masks: _Masks, on: str, size_px: tuple[int, int]) -> list[np.ndarray]:
    """(H, W) float32 each, 0..1: what the masks that lie on the surface, or on the output, leave of it."""
    there = [(mask, painting) for mask, painting in masks if mask.on == on and (painting or mask.kind != "painted")]
    return [draw_mask(mask, size_px, painting) * np.float32(1 / 255) for mask, painting in there]


def _on_surface(part: np.ndarray, maps: Maps) -> np.ndarray:
    """(h, w) float32: a picture of the unit square as it is seen on the output."""
    import cv2

    across, down = (along * size - np.float32(0.5) for along, size in zip(maps, part.shape[::-1], strict=True))
    return cv2.remap(part, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
