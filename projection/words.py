"""Words and the size of an output go in; a quiet line for the foot of its picture comes out."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from live.lettering import Lettering

_HIGH = 1 / 34
_SMALLEST_PX = 12
_ABOVE = 0.07
"""Of the height, left free below: there lies what `map` tells of surfaces."""
_PAPER = 0.72
"""How opaque the band is that words stand on."""
_COLOR = (232, 232, 232)


class FootLine:
    """Draws lines of words for one output.

    Args:
        size_px: (width, height) of the output.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        self._size_px = size_px
        self._text_px = max(_SMALLEST_PX, round(min(size_px) * _HIGH))
        self.draw = lru_cache(maxsize=16)(self._draw)
        """`draw(words)`: a picture, (H, W, 4) uint8 as Shared, and where it goes, (x, y)."""

    def _draw(self, words: str) -> tuple[np.ndarray, tuple[int, int]]:
        width, height = self._size_px
        letters = _drawn(words, self._text_px, widest_px=width - 4 * self._text_px)
        pad_px = self._text_px
        picture = np.zeros((letters.shape[0] + pad_px // 2, min(width, letters.shape[1] + 2 * pad_px), 4), np.uint8)
        picture[..., 3] = round(255 * _PAPER)
        top = (picture.shape[0] - letters.shape[0]) // 2
        inside = picture[top : top + letters.shape[0], pad_px : pad_px + letters.shape[1]]
        letters = letters[:, : inside.shape[1]]
        inside[:] = letters + inside * (1 - letters[..., 3:] / 255)
        return picture, ((width - picture.shape[1]) // 2, max(0, round(height * (1 - _ABOVE)) - picture.shape[0]))


@lru_cache(maxsize=1)
def _lettering() -> Lettering:
    return Lettering()  # it looks for faces, which takes a while: not before there are words


def _drawn(words: str, size_px: int, *, widest_px: int) -> np.ndarray:
    """Words, (H, W, 4) uint8 as Shared."""
    from pygame import image

    surface = _lettering().text(words, size_px, _COLOR, widest_px=widest_px)
    rgba = np.frombuffer(image.tobytes(surface, "RGBA"), np.uint8).reshape(surface.get_height(), surface.get_width(), 4)
    bgra = rgba[..., [2, 1, 0, 3]].copy()
    bgra[..., :3] = (bgra[..., :3] * (bgra[..., 3:] / 255)).round()
    return bgra
