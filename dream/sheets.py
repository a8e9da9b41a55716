"""Pictures and their names go in; one sheet that shows them all comes out."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np

from media.fonts import face_for, load_font

_GAP = 0.02
_LETTERS = 0.075
_GROUND, _INK = (14, 13, 18), (232, 228, 220)


def lay_out(pictures: Sequence[np.ndarray], names: Sequence[str] = (), *, columns: int = 0) -> np.ndarray:
    """A grid of pictures of one size, uint8 (H, W, 3), each with its name below it.

    Args:
        names: one each, or none at all.
        columns: as many as make it about 4:3 by default.
    """
    high, wide = pictures[0].shape[:2]
    columns = columns or max(1, round(sqrt(len(pictures) * high / wide * 4 / 3)))
    gap = max(2, round(_GAP * wide))
    letters = round(max(10, _LETTERS * wide)) if names else 0
    cell_wide, cell_high = wide + gap, high + gap + round(1.35 * letters)
    sheet = np.full((ceil(len(pictures) / columns) * cell_high + gap, min(columns, len(pictures)) * cell_wide + gap, 3), _GROUND, np.uint8)
    corners = [(gap + row * cell_high, gap + column * cell_wide) for row, column in (divmod(n, columns) for n in range(len(pictures)))]
    for picture, (top, left) in zip(pictures, corners, strict=True):
        sheet[top : top + high, left : left + wide] = picture
    return _named(sheet, names, [(left, top + high) for top, left in corners], letters_px=letters) if names else sheet


def _named(sheet: np.ndarray, names: Sequence[str], places: Sequence[tuple[int, int]], *, letters_px: int) -> np.ndarray:
    from PIL import Image, ImageDraw

    image = Image.fromarray(sheet)
    draw, font = ImageDraw.Draw(image), load_font(letters_px, face_for(names))
    for name, (left, top) in zip(names, places, strict=True):
        draw.text((left + 1, top + 0.1 * letters_px), name, font=font, fill=_INK)
    return np.asarray(image)
