"""A picture and a place of it go in; what lies around that place is drawn beside it, four times as large, pixel by pixel."""

from __future__ import annotations

import numpy as np

from live.meters import BRIGHT
from projection.mapping.ink import SHADE, fill, opaque, stroke
from projection.mapping.view import View

_TIMES = 4
_SIDE_PX = 88
"""Of the picture that is enlarged, on an output of 1080 lines."""
_AWAY_PX = 84
_GROUND = (24, 20, 18, 255)


def magnify(picture: np.ndarray, view: View, shown: np.ndarray | None, *, unit: float) -> None:
    """Draw the magnifier onto an overlay, beside what is held: the output's picture, the lines, and the very pixel.

    Args:
        shown: the output's picture, (H, W, 3 or more) uint8; None where it is not to be had.
    """
    import cv2

    assert view.held is not None
    height, width = picture.shape[:2]
    half = max(16, round(_SIDE_PX * unit / 2))
    side = 2 * half * _TIMES
    at = min(width - 1, max(0, int(view.held[0] * width + 1e-3))), min(height - 1, max(0, int(view.held[1] * height + 1e-3)))
    left, top = _beside(at, side, (width, height), away=round(_AWAY_PX * unit))
    rim = max(2, round(4 * unit))
    fill(picture, (left - 2 * rim, top - 2 * rim, side + 4 * rim, side + 4 * rim), SHADE)
    fill(picture, (left - rim, top - rim, side + 2 * rim, side + 2 * rim), opaque(view.color))
    inside = picture[max(0, top) : top + side, max(0, left) : left + side]
    around = _cut(shown, at, half)
    inside[:] = cv2.resize(around, (side, side), interpolation=cv2.INTER_NEAREST)[: inside.shape[0], : inside.shape[1]]
    origin = np.array([at[0] - half, at[1] - half])
    lines = [(outline.line, outline.color, True) for outline in view.outlines] + [(guide, view.color, False) for guide in view.guides]
    for line, color, is_closed in lines:
        points = (np.array(line).reshape(-1, 2) * (width, height) - origin) * _TIMES
        if (points.max(axis=0) < 0).any() or (points.min(axis=0) > side).any():
            continue  # none of it is seen
        stroke(inside, points, opaque(color), max(1, round(2 * unit)), is_closed=is_closed, rim_px=1)
    _mark(inside, half * _TIMES, around)


def _beside(at: tuple[int, int], side: int, size_px: tuple[int, int], *, away: int) -> tuple[int, int]:
    """The corner of the box: towards the middle of the picture."""
    left, top = (place + away if place < size / 2 else place - away - side for place, size in zip(at, size_px, strict=True))
    return max(0, min(left, size_px[0] - side)), max(0, min(top, size_px[1] - side))


def _cut(shown: np.ndarray | None, at: tuple[int, int], half: int) -> np.ndarray:
    """(2 half, 2 half, 4): a piece of a picture around a pixel, opaque; what lies beyond it is dark."""
    piece = np.full((2 * half, 2 * half, 4), _GROUND, np.uint8)
    if shown is None:
        return piece
    left, top = at[0] - half, at[1] - half
    found = shown[max(0, top) : top + 2 * half, max(0, left) : left + 2 * half, :3]
    y, x = max(0, -top), max(0, -left)
    piece[y : y + found.shape[0], x : x + found.shape[1], :3] = found
    return piece


def _mark(inside: np.ndarray, at: int, around: np.ndarray) -> None:
    """A frame around the pixel, which itself is as it is, and hairlines towards it."""
    side, middle = inside.shape[0], at + _TIMES // 2
    free = 4 * _TIMES  # the pixel's neighbours lie open, too
    for color, half in ((SHADE, 2), (opaque(BRIGHT), 1)):
        for start, end in ((0, at - free), (at + _TIMES + free, side)):
            fill(inside, (start, middle - half, end - start, 2 * half), color)
            fill(inside, (middle - half, start, 2 * half, end - start), color)
    for color, beyond in ((SHADE, 4), (opaque(BRIGHT), 2)):
        fill(inside, (at - beyond, at - beyond, _TIMES + 2 * beyond, _TIMES + 2 * beyond), color)
    blue, green, red, opaqueness = around[around.shape[0] // 2, around.shape[1] // 2].tolist()
    fill(inside, (at, at, _TIMES, _TIMES), (blue, green, red, opaqueness))
