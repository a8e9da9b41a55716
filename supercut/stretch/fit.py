"""A picture of any shape in, one of the size wanted out: cropped, in a letterbox, or pulled into shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Rect = tuple[int, int, int, int]
"""left, top, width, height in pixels."""


def fit_picture(picture: np.ndarray, size: tuple[int, int], *, fit: str, at: float = 0.5) -> np.ndarray:
    """Bring an (H, W, 3) uint8 picture of square pixels to `size` (width, height).

    Args:
        fit: a name of FITS.
        at: what a crop keeps, 0 (top or left) to 1 (bottom or right).
    """
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    taken, placed = FITS[fit]((width, height), size, at)
    left, top, width, height = taken
    resized = _resize(picture[top : top + height, left : left + width], placed[2], placed[3])
    if placed[2:] == size:
        return resized
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    canvas[placed[1] : placed[1] + placed[3], placed[0] : placed[0] + placed[2]] = resized
    return canvas


def working_size(source: tuple[int, int], size: tuple[int, int], *, fit: str) -> tuple[int, int]:
    """The size in which to work on a picture that ends up in `size`: no larger than the source has detail for, even."""
    taken, placed = FITS[fit](source, size, 0.5)
    width, height = (n if to <= of else round(n * of / to / 2) * 2 for n, of, to in zip(size, taken[2:], placed[2:], strict=True))
    return max(16, width), max(16, height)


def _crop(source: tuple[int, int], size: tuple[int, int], at: float) -> tuple[Rect, Rect]:
    scale = max(size[0] / source[0], size[1] / source[1])
    width, height = (min(n, round(m / scale)) for n, m in zip(source, size, strict=True))
    return (round((source[0] - width) * at), round((source[1] - height) * at), width, height), (0, 0, *size)


def _letterbox(source: tuple[int, int], size: tuple[int, int], at: float) -> tuple[Rect, Rect]:
    del at
    scale = min(size[0] / source[0], size[1] / source[1])
    width, height = (max(1, min(m, round(n * scale))) for n, m in zip(source, size, strict=True))
    return (0, 0, *source), ((size[0] - width) // 2, (size[1] - height) // 2, width, height)


def _stretch(source: tuple[int, int], size: tuple[int, int], at: float) -> tuple[Rect, Rect]:
    del at
    return (0, 0, *source), (0, 0, *size)


FITS: dict[str, Callable[[tuple[int, int], tuple[int, int], float], tuple[Rect, Rect]]] = {
    "crop": _crop,
    "letterbox": _letterbox,
    "stretch": _stretch,
}
"""Source size, wanted size, crop position -> what is taken of the source, where it is placed."""


def _resize(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    import cv2

    shrinks = width * height < picture.shape[0] * picture.shape[1]
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
