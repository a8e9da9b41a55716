"""A mask goes in; how much it leaves of each pixel of a picture comes out: the surface's as a whole, or the output's."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import radians
from pathlib import Path

import numpy as np

from media.errors import UserError
from media.frames import OnFault
from projection.surfaces.cover import cover
from projection.surfaces.model import Mask
from projection.surfaces.painted import Painting, read_painting

_N_CORNERS = 256
"""So many make an ellipse that is round on any projector."""


def draw_mask(mask: Mask, size_px: tuple[int, int], *, folder: Path, on_fault: OnFault) -> np.ndarray | None:
    """(H, W) uint8: how much a mask leaves of each pixel of a picture (width, height), read-only.

    Args:
        folder: where the path of a painted mask begins.
        on_fault: is told of a picture that cannot be read; None comes out then: everything is left.
    """
    if mask.kind != "painted":
        return _drawn(mask, size_px, None)
    try:
        return _drawn(mask, size_px, read_painting(folder / mask.picture, on_fault=on_fault))
    except UserError as error:
        on_fault(str(error))
        return None


@lru_cache(maxsize=24)
def _drawn(mask: Mask, size_px: tuple[int, int], painting: Painting | None) -> np.ndarray:
    """As `draw_mask`; kept, since a mask stays as it is while its surface is moved."""
    import cv2

    # Half a soft edge lies outside, and so may what it comes from.
    soft_px = round((mask.feather * size_px[1] + 1) / 2)
    beyond_px = soft_px + 1
    grey = _fitted(painting.grey, size_px, beyond_px) if painting else _outlined(mask, size_px, beyond_px)
    if soft_px > 1:
        # Twice the mean over half the width is an S over all of it; one reaches as far left as the other right.
        for anchor in (soft_px // 2, (soft_px - 1) // 2):
            grey = cv2.blur(grey, (soft_px, soft_px), anchor=(anchor, anchor), borderType=cv2.BORDER_REPLICATE)
    left = cv2.convertScaleAbs(grey[beyond_px:-beyond_px, beyond_px:-beyond_px])
    left = 255 - left if mask.inverted else left
    left.flags.writeable = False
    return left


def _fitted(grey: np.ndarray, size_px: tuple[int, int], beyond_px: int) -> np.ndarray:
    """A painting in a size, its edge gone on with around."""
    import cv2

    shrinks = size_px[0] < grey.shape[1] or size_px[1] < grey.shape[0]
    fitted = cv2.resize(grey, size_px, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return cv2.copyMakeBorder(fitted, *(beyond_px,) * 4, cv2.BORDER_REPLICATE)


def _outlined(mask: Mask, size_px: tuple[int, int], beyond_px: int) -> np.ndarray:
    """(H + 2 beyond, W + 2 beyond) float32 0..255: what lies within the outline of a mask."""
    outline = _OUTLINES[mask.kind](mask, size_px) + beyond_px
    return cover(outline, (size_px[0] + 2 * beyond_px, size_px[1] + 2 * beyond_px)).astype(np.float32)


def _ellipse(mask: Mask, size_px: tuple[int, int]) -> np.ndarray:
    around = np.linspace(0, 2 * np.pi, _N_CORNERS, endpoint=False)
    # A polygon within a circle is smaller than it: so much larger, it has the same area.
    larger = np.sqrt(2 * np.pi / (_N_CORNERS * np.sin(2 * np.pi / _N_CORNERS)))
    upright = larger * np.column_stack([np.cos(around), np.sin(around)]) * mask.radii * size_px
    angle = radians(mask.rotation)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return upright @ turn.T + np.array(mask.centre) * size_px


def _polygon(mask: Mask, size_px: tuple[int, int]) -> np.ndarray:
    return np.array(mask.points) * size_px


_OUTLINES: dict[str, Callable[[Mask, tuple[int, int]], np.ndarray]] = {"ellipse": _ellipse, "polygon": _polygon}
