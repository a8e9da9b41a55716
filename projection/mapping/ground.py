"""A size goes in, a picture to lay surfaces with comes out: squares with names, so that one sees what is turned, bent or cut off."""

from __future__ import annotations

from math import gcd

import numpy as np

from live.meters import Color
from projection.mapping.ink import Words, opaque, paste

_MOST_ACROSS = 16
_DARK: tuple[Color, Color] = ((26, 30, 42), (40, 46, 62))
_LINE: Color = (150, 162, 186)
_CORNERS: tuple[Color, ...] = ((255, 179, 71), (94, 200, 255), (255, 111, 145), (126, 217, 126))
"""Of the squares in the corners, clockwise from the top left."""
_LETTERS: Color = (206, 212, 224)


def draw_ground(size_px: tuple[int, int]) -> np.ndarray:
    """(H, W, 4) uint8 as Shared: squares named A1, B1 and so on, a frame, circles and the middle."""
    import cv2

    width, height = size_px
    across, down = _squares(size_px)
    picture = np.empty((height, width, 4), np.uint8)
    picture[:] = opaque(_DARK[0])
    lefts, tops = (np.linspace(0, size, count + 1).round().astype(int) for size, count in ((width, across), (height, down)))
    words, corners = Words(), {(0, 0): 0, (across - 1, 0): 1, (across - 1, down - 1): 2, (0, down - 1): 3}
    for row in range(down):
        for column in range(across):
            corner = corners.get((column, row))
            ground = _DARK[(row + column) % 2] if corner is None else _CORNERS[corner]
            picture[tops[row] : tops[row + 1], lefts[column] : lefts[column + 1]] = opaque(ground)
            size = max(8, round((tops[1] - tops[0]) * 0.3))
            name = words.drawn(f"{chr(65 + column)}{row + 1}", size, _LETTERS if corner is None else _DARK[0], opaque(ground))
            middle = (lefts[column] + lefts[column + 1]) // 2, (tops[row] + tops[row + 1]) // 2
            paste(picture, name, (int(middle[0]) - name.shape[1] // 2, int(middle[1]) - name.shape[0] // 2))
    wide = max(1, height // 400)
    for left in lefts:
        cv2.line(picture, (int(left), 0), (int(left), height), opaque(_LINE), wide)
    for top in tops:
        cv2.line(picture, (0, int(top)), (width, int(top)), opaque(_LINE), wide)
    for share in (0.48, 0.24):
        cv2.circle(picture, (width // 2, height // 2), round(share * min(size_px)), opaque(_LETTERS), 2 * wide, cv2.LINE_AA)
    cv2.rectangle(picture, (0, 0), (width - 1, height - 1), opaque(_LETTERS), 4 * wide)
    return picture


def _squares(size_px: tuple[int, int]) -> tuple[int, int]:
    """How many across and down: as square as can be."""
    width, height = size_px
    shared = gcd(width, height)
    across, down = width // shared, height // shared
    if max(across, down) <= _MOST_ACROSS and min(across, down) >= 4:
        return across, down
    side = max(size_px) / _MOST_ACROSS
    return max(2, round(width / side)), max(2, round(height / side))
