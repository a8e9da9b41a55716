"""Lines, signs and words go onto a picture that is laid over another; each has a dark rim, so that it is seen on any ground.

Pictures are (H, W, 4) uint8: blue, green, red and how opaque, the colours multiplied by that. Places are in pixels, (0, 0) the top
left corner of the first, whose middle is (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from live.lettering import Lettering
from live.meters import Color

Bgra = tuple[int, int, int, int]
Point = tuple[float, float]
Points = Sequence[Point] | np.ndarray
SHADE: Bgra = (0, 0, 0, 215)
RIM: Bgra = (0, 0, 0, 170)
_SHIFT = 4  # bits of cv2's parts of a pixel
_FARTHEST_PX = 100_000.0


def opaque(color: Color, share: float = 1.0) -> Bgra:
    """A colour of red, green and blue as pictures have it, `share` of it."""
    red, green, blue = (round(share * part) for part in color)
    return blue, green, red, round(255 * share)


def stroke(picture: np.ndarray, points: Points, color: Bgra, width_px: int, *, is_closed: bool, rim_px: int = 2) -> None:
    """A line through points, smooth."""
    import cv2

    at = [_fixed(points)]
    for drawn, wide in ((RIM, width_px + 2 * rim_px), (color, width_px)) if rim_px else ((color, width_px),):
        cv2.polylines(picture, at, is_closed, drawn, wide, cv2.LINE_AA, _SHIFT)


def ring(picture: np.ndarray, pixel: tuple[int, int], radius_px: int, color: Bgra, width_px: int, *, rim_px: int = 2) -> None:
    """A ring around a pixel; what lies within it is not covered by anything."""
    drawn, covered = _ring(radius_px, color, width_px, rim_px)
    half = drawn.shape[0] // 2
    left, top = pixel[0] - half, pixel[1] - half
    x, y = max(0, left), max(0, top)
    under = picture[y : max(0, top + 2 * half + 1), x : max(0, left + 2 * half + 1)]
    part = slice(y - top, y - top + under.shape[0]), slice(x - left, x - left + under.shape[1])
    np.copyto(under, drawn[part], where=covered[part])


@lru_cache(maxsize=32)
def _ring(radius_px: int, color: Bgra, width_px: int, rim_px: int) -> tuple[np.ndarray, np.ndarray]:
    """A ring as a picture, and where it counts: on the ring and within."""
    import cv2

    half = radius_px + width_px + rim_px + 1
    drawn, covered = np.zeros((2 * half + 1, 2 * half + 1, 4), np.uint8), np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
    cv2.circle(covered, (half, half), radius_px, 255, -1)
    for tint, wide in ((RIM, width_px + 2 * rim_px), (color, width_px)):
        cv2.circle(drawn, (half, half), radius_px, tint, wide, cv2.LINE_AA)
        cv2.circle(covered, (half, half), radius_px, 255, wide)
    return drawn, (covered > 0)[..., None]


def fill(picture: np.ndarray, box: tuple[int, int, int, int], color: Bgra) -> None:
    """Give a box (left, top, width, height) a colour, whatever was there."""
    left, top, width, height = box
    covered = picture[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
    if covered.size:  # as whole pixels: four bytes one by one take ten times as long
        covered.view("<u4")[:] = int.from_bytes(bytes(color), "little")


def _fixed(points: Points) -> np.ndarray:
    """Points as cv2 takes them: from the middle of the first pixel, in parts of one, not too far away."""
    at = np.clip(np.asarray(points, np.float64) - 0.5, -_FARTHEST_PX, _FARTHEST_PX)
    return np.round(at * (1 << _SHIFT)).astype(np.int32)


class Words:
    """Writes words on a ground of one colour, and keeps what it has written; make it before a show: faces are looked for first."""

    def __init__(self) -> None:
        self._lettering = Lettering()
        self.drawn = lru_cache(maxsize=512)(self._drawn)
        """`drawn(words, size_px, color, ground, pad_px=..., widest_px=...)`: a picture of them, not to be drawn on."""

    def _drawn(self, words: str, size_px: int, color: Color, ground: Bgra, *, pad_px: int = 0, widest_px: int | None = None) -> np.ndarray:
        """Words cut short with dots where they are too wide; as high as the line, whatever the words."""
        from pygame import image

        surface: Any = self._lettering.text(words, size_px, color, widest_px=widest_px)
        width, height = surface.get_size()
        rgba = np.frombuffer(image.tobytes(surface, "RGBA"), np.uint8).reshape(height, width, 4).astype(np.uint16)
        alpha = rgba[..., 3:]
        over = np.concatenate([rgba[..., 2::-1] * alpha // 255, alpha], axis=2)
        drawn = np.full((height, width + 2 * pad_px, 4), ground, np.uint8)
        drawn[:, pad_px : pad_px + width] = over + drawn[:, pad_px : pad_px + width] * (255 - alpha) // 255
        return drawn


def paste(picture: np.ndarray, drawn: np.ndarray, at: tuple[int, int]) -> None:
    """Put a picture onto another, its top left corner at a pixel (left, top); what lies beyond is left out."""
    (left, top), (height, width) = at, drawn.shape[:2]
    x, y = max(0, left), max(0, top)
    under = picture[y : max(0, top + height), x : max(0, left + width)]
    under[:] = drawn[y - top : y - top + under.shape[0], x - left : x - left + under.shape[1]]
