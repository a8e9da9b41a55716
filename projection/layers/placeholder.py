"""A layer's name and why it cannot be shown go in; a picture to stand in for it comes out, which an audience need not mind.

It is clear but for a dark plate with words that are read from the back of a room, none of them bright: where the layer lies alone the
stage stays nearly black, and what lies below another is still seen around it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from media.fonts import face_for, shorten
from projection.layers.typeset import Type, lay, size_to_fit, split_lines, wrap_lines, write_line

_NAME, _WORDS, _ACCENT = (172, 174, 178), (140, 142, 148), (168, 108, 44)
_SHADE = 0.9
_N_LINES = 4
_NAME_PART, _WORDS_PART = 0.1, 0.055
"""Sizes of letters, in parts of the stage's height; words get smaller, down to two thirds, where they are many."""
_LEAST_PX = 11.0
_WIDE_PART = 0.82


def draw_placeholder(name: str, fault: str, size_px: tuple[int, int]) -> np.ndarray:
    """The picture, (H, W, 4) uint8 as `live.shared` has them.

    Args:
        fault: in words, a line.
        size_px: (width, height) of the stage.
    """
    width, height = size_px
    face, widest_px = face_for([name, fault]), _WIDE_PART * width
    title = size_to_fit([name], Type(face, max(_LEAST_PX, _NAME_PART * height), _NAME), widest_px=widest_px)
    small, words = _few(" ".join(split_lines(fault)), Type(face, max(_LEAST_PX, _WORDS_PART * height), _WORDS), widest_px)
    lines = [(_shortened(name, title, widest_px), title), *((line, small) for line in words)]
    high_px = 2.2 * title.size_px + 1.4 * small.size_px * len(words)
    wide_px = max(how.width_px(line) for line, how in lines)
    picture = _plate(size_px, wide_px + 1.6 * title.size_px, high_px + title.size_px)
    y = (height - high_px) / 2
    _draw_accent(picture, round(y), title.size_px)
    y += 0.5 * title.size_px
    for line, how in lines:
        lay(picture, write_line(line, how), (round((width - how.width_px(line)) / 2), round(y)))
        y += 1.7 * title.size_px if how is title else 1.4 * small.size_px
    return picture


def _has_room(line: str, how: Type, widest_px: float) -> bool:
    return how.width_px(line) <= widest_px


def _shortened(line: str, how: Type, widest_px: float) -> str:
    return shorten(line, fits=partial(_has_room, how=how, widest_px=widest_px))


def _few(fault: str, how: Type, widest_px: float) -> tuple[Type, list[str]]:
    """The fault in no more than a few lines, as large as that goes."""
    for part in (1.0, 0.85, 0.67):
        small = replace(how, size_px=max(_LEAST_PX, part * how.size_px))
        lines = wrap_lines([fault], fits=partial(_has_room, how=small, widest_px=widest_px))
        if len(lines) <= _N_LINES:
            return small, lines
    return small, [*lines[: _N_LINES - 1], _shortened(" ".join(lines[_N_LINES - 1 :]), small, widest_px)]


def _plate(size_px: tuple[int, int], wide_px: float, high_px: float) -> np.ndarray:
    """A dark rectangle in the middle."""
    (left, right), (top, bottom) = (
        (max(0, round((side - far) / 2)), round((side + far) / 2)) for side, far in zip(size_px, (wide_px, high_px), strict=True)
    )
    picture = np.zeros((*size_px[::-1], 4), np.uint8)
    picture[top:bottom, left:right, 3] = round(255 * _SHADE)
    return picture


def _draw_accent(picture: np.ndarray, top: int, size_px: float) -> None:
    """A short line above the name."""
    width = picture.shape[1]
    half, thick = max(2, round(0.7 * size_px)), max(1, round(0.06 * size_px))
    picture[max(0, top) : max(0, top) + thick, max(0, width // 2 - half) : width // 2 + half] = (*_ACCENT[::-1], 255)
