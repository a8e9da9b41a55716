"""Pictures and their names go in; one sheet that shows them all comes out, or each with its name below it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log

import numpy as np

from media.fonts import face_for, load_font, shorten

_GAP = 0.02
_LETTERS = 0.075
_LEAST_LETTERS_PX = 10
GROUND, _INK = (14, 13, 18), (232, 228, 220)
_LEAST_PX = 96
"""Of a picture's longest side, and of a name's width, where there are names: else neither could be made out."""


def lay_out(pictures: Sequence[np.ndarray], names: Sequence[str] = (), *, columns: int = 0) -> np.ndarray:
    """A grid of pictures of one size, uint8 (H, W, 3), each with its name below it.

    Args:
        names: one each, or none at all.
        columns: as many as make it about 4:3 by default.
    """
    pictures = [_magnified(picture) for picture in pictures] if names else pictures
    high, wide = pictures[0].shape[:2]
    across = max(wide, _LEAST_PX) if names else wide
    columns = min(columns or _columns(len(pictures), across / high), len(pictures))
    gap = max(2, round(_GAP * across))
    letters = _letters_px(across) if names else 0
    cell_wide, cell_high = across + gap, high + gap + round(1.35 * letters)
    sheet = np.full((ceil(len(pictures) / columns) * cell_high + gap, columns * cell_wide + gap, 3), GROUND, np.uint8)
    corners = [(gap + row * cell_high, gap + column * cell_wide) for row, column in (divmod(n, columns) for n in range(len(pictures)))]
    for picture, (top, left) in zip(pictures, corners, strict=True):
        beside = left + (across - wide) // 2
        sheet[top : top + high, beside : beside + wide] = picture
    return _named(sheet, names, [(left, top + high) for top, left in corners], letters_px=letters, wide=across) if names else sheet


def _magnified(picture: np.ndarray) -> np.ndarray:
    """A picture whose pixels are made as many times larger as it takes to see them."""
    times = max(1, ceil(_LEAST_PX / max(picture.shape[:2])))
    return picture.repeat(times, 0).repeat(times, 1) if times > 1 else picture


def name_below(picture: np.ndarray, name: str) -> np.ndarray:
    """A picture with its name on a strip below it; both sides even, as films want them."""
    high, wide = picture.shape[:2]
    letters = max(_LEAST_LETTERS_PX, round(0.05 * min(2 * high, wide)))
    strip = round(1.6 * letters)
    sheet = np.full((high + strip + (high + strip) % 2, wide + wide % 2, 3), GROUND, np.uint8)
    sheet[:high, :wide] = picture
    return _named(sheet, [name], [(round(0.3 * letters), high + round(0.1 * letters))], letters_px=letters, wide=wide)


def _columns(n: int, aspect: float) -> int:
    """As many as make a sheet of about 4:3 with few empty places."""

    def cost(columns: int) -> float:
        rows = ceil(n / columns)
        return abs(log(columns * aspect / rows * 3 / 4)) + 1.5 * (rows * columns - n) / n

    return min(range(1, n + 1), key=cost)


def _letters_px(wide: int) -> int:
    return max(_LEAST_LETTERS_PX, round(min(_LETTERS * wide, 12 + 0.025 * wide)))


def _named(sheet: np.ndarray, names: Sequence[str], places: Sequence[tuple[int, int]], *, letters_px: int, wide: int) -> np.ndarray:
    from PIL import Image, ImageDraw

    image = Image.fromarray(sheet)
    draw, font = ImageDraw.Draw(image), load_font(letters_px, face_for(names))
    for name, (left, top) in zip(names, places, strict=True):
        shown = shorten(name, fits=lambda text: font.getlength(text) <= wide - 2)
        draw.text((left + 1, top + 0.1 * letters_px), shown, font=font, fill=_INK)
    return np.asarray(image)
