"""A mask goes in; how much it leaves of each pixel of a picture comes out: the surface's as a whole, or the output's."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import radians

import numpy as np

from projection.surfaces.cover import cover
from projection.surfaces.model import Mask
from projection.surfaces.painted import Painting

_N_CORNERS = 256
"""So many make an ellipse that is round on any projector."""
_MOST_PX = 1 << 14
"""Of a painting's width or height."""


@lru_cache(maxsize=12)
def draw_mask(mask: Mask, size_px: tuple[int, int], painting: Painting | None = None) -> np.ndarray:
    """(H, W) uint8: how much a mask leaves of each pixel of a picture (width, height), read-only.

    They are kept: a mask stays as it is while its surface is moved.

    Args:
        painting: of a painted one.
    """
    import cv2

    # Half a soft edge lies outside, and so may what it comes from.
    soft_px = round((mask.feather * size_px[1] + 1) / 2)
    beyond_px = soft_px + 1
    grey = _fitted(painting.grey, mask, size_px, beyond_px) if painting else _outlined(mask, size_px, beyond_px)
    if soft_px > 1:
        # Twice the mean over half the width is an S over all of it; one reaches as far left as the other right.
        for anchor in (soft_px // 2, (soft_px - 1) // 2):
            grey = cv2.blur(grey, (soft_px, soft_px), anchor=(anchor, anchor), borderType=cv2.BORDER_REPLICATE)
    left = cv2.convertScaleAbs(grey[beyond_px:-beyond_px, beyond_px:-beyond_px])
    left = 255 - left if mask.inverted else left
    left.flags.writeable = False
    return left


def _fitted(grey: np.ndarray, mask: Mask, size_px: tuple[int, int], beyond_px: int) -> np.ndarray:
    """(H + 2 beyond, W + 2 beyond) float32 0..255: a painting where its mask lies, its edge gone on with around."""
    import cv2

    wanted_px = 2 * np.array(mask.radii) * size_px
    small_px = np.clip(np.round(wanted_px), 1, np.minimum(grey.shape[::-1], _MOST_PX)).astype(int)
    grey = cv2.resize(grey, small_px.tolist(), interpolation=cv2.INTER_AREA)
    laid = _turn(mask) * (wanted_px / small_px)
    middle_px = np.array(mask.centre) * size_px + beyond_px
    matrix = np.column_stack([laid, middle_px - 0.5 - laid @ (small_px - 1) / 2])  # pixels' middles
    all_px = size_px[0] + 2 * beyond_px, size_px[1] + 2 * beyond_px
    return cv2.warpAffine(grey, matrix, all_px, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)


def _outlined(mask: Mask, size_px: tuple[int, int], beyond_px: int) -> np.ndarray:
    """(H + 2 beyond, W + 2 beyond) float32 0..255: what lies within the outline of a mask."""
    outline = _OUTLINES[mask.kind](mask, size_px) + beyond_px
    return cover(outline, (size_px[0] + 2 * beyond_px, size_px[1] + 2 * beyond_px)).astype(np.float32)


def _ellipse(mask: Mask, size_px: tuple[int, int]) -> np.ndarray:
    around = np.linspace(0, 2 * np.pi, _N_CORNERS, endpoint=False)
    # A polygon within a circle is smaller than it: so much larger, it has the same area.
    larger = np.sqrt(2 * np.pi / (_N_CORNERS * np.sin(2 * np.pi / _N_CORNERS)))
    upright = larger * np.column_stack([np.cos(around), np.sin(around)]) * mask.radii * size_px
    return upright @ _turn(mask).T + np.array(mask.centre) * size_px


def _turn(mask: Mask) -> np.ndarray:
    """(2, 2): by its rotation, clockwise."""
    angle = radians(mask.rotation)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _polygon(mask: Mask, size_px: tuple[int, int]) -> np.ndarray:
    return np.array(mask.points) * size_px


_OUTLINES: dict[str, Callable[[Mask, tuple[int, int]], np.ndarray]] = {"ellipse": _ellipse, "polygon": _polygon}
