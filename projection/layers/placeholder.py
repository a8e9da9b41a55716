"""A layer's name and why it cannot be shown go in; a picture to stand in for it comes out, which an audience need not mind.

It is clear but for a few quiet words on a shadow: where the layer lies alone the stage stays nearly black, and what lies below
another is still seen.
"""

from __future__ import annotations

import numpy as np

from media.fonts import face_for, shorten
from projection.layers.typeset import Type, lay, split_lines, wrap_lines, write_line

_NAME, _WORDS, _ACCENT = (150, 152, 160), (100, 103, 112), (150, 98, 44)
_SHADE = 0.88
_N_LINES = 3
_LEAST_PX = 11.0


def draw_placeholder(name: str, fault: str, size_px: tuple[int, int]) -> np.ndarray:
    """The picture, (H, W, 4) uint8 as `live.shared` has them.

    Args:
        fault: in words, a line.
        size_px: (width, height) of the stage.
    """
    width, height = size_px
    face = face_for([name, fault])
    title = Type(face, max(_LEAST_PX, 0.034 * height), _NAME)
    small = Type(face, max(_LEAST_PX, 0.021 * height), _WORDS)
    widest_px = 0.62 * width
    lines = [(_shortened(name, title, widest_px), title)]
    lines += [(line, small) for line in _few(" ".join(split_lines(fault)), small, widest_px)]
    step_px = 1.5 * small.size_px
    high_px = 2.2 * title.size_px + (len(lines) - 1) * step_px
    wide_px = max(how.width_px(line) for line, how in lines)
    picture = _shadow(size_px, wide_px, high_px)
    top_px = (height - high_px) / 2
    _draw_accent(picture, round(top_px), title.size_px)
    y = top_px + 0.5 * title.size_px
    for line, how in lines:
        lay(picture, write_line(line, how), (round((width - how.width_px(line)) / 2), round(y)))
        y += 1.7 * title.size_px if how is title else step_px
    return picture


def _shortened(line: str, how: Type, widest_px: float) -> str:
    return shorten(line, fits=lambda part: how.width_px(part) <= widest_px)


def _few(fault: str, how: Type, widest_px: float) -> list[str]:
    """The fault in no more than a few lines."""
    lines = wrap_lines([fault], fits=lambda line: how.width_px(line) <= widest_px)
    return [*lines[: _N_LINES - 1], *([_shortened(" ".join(lines[_N_LINES - 1 :]), how, widest_px)] if len(lines) >= _N_LINES else [])]


def _shadow(size_px: tuple[int, int], wide_px: float, high_px: float) -> np.ndarray:
    """A dark place in the middle that fades out towards its edges."""
    reach_px = 1.5 * max(2.0, 0.09 * size_px[1])
    across, down = (_smooth_within(side, far / 2 + reach_px, reach_px) for side, far in zip(size_px, (wide_px, high_px), strict=True))
    picture = np.zeros((*size_px[::-1], 4), np.uint8)
    picture[..., 3] = np.rint(np.outer(255 * _SHADE * down, across))
    return picture


def _smooth_within(side: int, far_px: float, reach_px: float) -> np.ndarray:
    """1 about the middle of a side, 0 farther than that from it, and smooth for a reach before; (side,) float32."""
    share = np.clip((far_px - np.abs(np.arange(side, dtype=np.float32) + 0.5 - side / 2)) / reach_px, 0, 1)
    return (share * share * (3 - 2 * share)).astype(np.float32)


def _draw_accent(picture: np.ndarray, top: int, size_px: float) -> None:
    """A short line above the name."""
    width = picture.shape[1]
    half, thick = max(2, round(0.7 * size_px)), max(1, round(0.06 * size_px))
    picture[max(0, top) : max(0, top) + thick, max(0, width // 2 - half) : width // 2 + half] = (*_ACCENT[::-1], 255)
