"""A picture and a flight go in; the picture as it is a frame later comes out: moved, with fresh ground where it was not seen before.

Convention: places are (x, y), pixel centres, origin top left; a motion maps a frame's places to those of the next. Images are
(H, W, 3) float32 of 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians, sin

import cv2
import numpy as np

from dream.jobs import ZoomSettings

_SOFT_PX, _MELT_PX = 6.0, 2.0
_CLOUDS_PX, _CONTRAST = (4, 8, 16, 32), 0.06
"""Sizes of clouds, and how far each goes from black to white. Tuned by eye: larger ones would show as frames within frames."""
_ALL = 0.999


def motion(flight: ZoomSettings, size_px: Sequence[int], n: int = 1) -> np.ndarray:
    """What `n` frames of a flight do to a picture of (height, width): a (2, 3) affine matrix, source to target places."""
    scale, angle = flight.factor**n, radians(flight.rotate * n)
    centre = np.array([flight.centre[0] * (size_px[1] - 1), flight.centre[1] * (size_px[0] - 1)])
    turn = scale * np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    return np.hstack([turn, (centre - turn @ centre)[:, None]])


def move(image: np.ndarray, matrix: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """An image moved; by Lanczos, as a softer way would have made mud of it after fifty frames.

    Args:
        rng: draws the clouds in what comes into view.
    """
    size = (image.shape[1], image.shape[0])
    moved = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT_101)
    seen = cv2.warpAffine(np.ones(image.shape[:2], np.float32), matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    if seen.min() < _ALL:
        fresh = np.maximum(1 - seen, cv2.GaussianBlur(1 - seen, (0, 0), _MELT_PX))[..., None]
        moved = moved + (_ground(image, matrix, rng) - moved) * fresh
    return np.clip(moved, 0, 1)


def _ground(image: np.ndarray, matrix: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What lies beyond the edges: the colours there, and clouds to see something in.

    The mirror image would do for one frame; the mirror image of a mirror image, and so on, is a grid.
    """
    high, wide = image.shape[:2]
    soft = cv2.GaussianBlur(image, (0, 0), _SOFT_PX, borderType=cv2.BORDER_REFLECT_101)
    colors = cv2.warpAffine(soft, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    grains = [rng.normal(0, _CONTRAST, (-(-high // side), -(-wide // side))).astype(np.float32) for side in _CLOUDS_PX]
    clouds = [cv2.resize(grain, (wide, high), interpolation=cv2.INTER_CUBIC)[..., None] for grain in grains]
    return colors + sum(clouds)
