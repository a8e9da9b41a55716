"""Words, a face and colours go in; pictures of their lines come out, laid to parts of a pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor
from typing import Any
from unicodedata import combining, east_asian_width

import numpy as np

from media.fonts import load_font
from projection.layers.colors import Rgb

_FINER = 2
"""Drawn so much larger and then made small: edges stay even where letters move by parts of a pixel."""
_LEAST_PX = 4.0
_ROUND_PX = 2
_JOINERS = "\u200d\ufe0e\ufe0f"


@dataclass(frozen=True)
class Type:
    """How words are written.

    Args:
        face: as `media.fonts.load_font` takes it.
        size_px: of the letters, as typographers count it.
        outline_px: how far a line around the letters reaches.
    """

    face: str
    size_px: float
    color: Rgb = (255, 255, 255)
    outline_px: float = 0.0
    outline_color: Rgb = (0, 0, 0)

    @property
    def height_px(self) -> float:
        """Of a line, from the highest letters to the lowest."""
        return sum(self._font.getmetrics()) / _FINER

    def width_px(self, line: str) -> float:
        """Of a line, without its outline."""
        return float(self._font.getlength(line)) / _FINER

    @property
    def _font(self) -> Any:
        return load_font(_FINER * max(_LEAST_PX, self.size_px), self.face)


@dataclass(frozen=True, eq=False)
class Written:
    """A line as a picture.

    Args:
        picture: (h, w, 4) uint8, blue, green, red and opaqueness, multiplied by that.
        left, top: where it lies, in pixels right and down from where the line begins, at the top of its letters.
        width_px: of the line.
    """

    picture: np.ndarray
    left: int
    top: int
    width_px: float


def write_line(line: str, how: Type) -> Written:
    """Write one line, in any script that the face has."""
    from PIL import Image, ImageDraw

    font, stroke = how._font, round(_FINER * how.outline_px)
    left, top, right, bottom = (int(edge) for edge in font.getbbox(line, stroke_width=stroke))
    left, top = _FINER * (left // _FINER - 1), _FINER * (top // _FINER - 1)
    width, height = (_FINER * (side // _FINER + 2) for side in (right - left, bottom - top))
    masks = []
    for reach in (0, stroke) if stroke else (0,):
        mask = Image.new("L", (width, height))
        ImageDraw.Draw(mask).text((-left, -top), line, font=font, fill=255, stroke_width=reach)
        masks.append(np.asarray(mask.reduce(_FINER)))
    return Written(_inked(masks[0], masks[-1], how), left // _FINER, top // _FINER, how.width_px(line))


def _inked(letters: np.ndarray, outlined: np.ndarray, how: Type) -> np.ndarray:
    """Letters over their outline."""
    import cv2

    ink = _in_color(letters, how.color)
    if outlined is letters:
        return ink
    free = cv2.merge([cv2.bitwise_not(letters)] * 4)
    return cv2.add(ink, cv2.multiply(_in_color(outlined, how.outline_color), free, scale=1 / 255))


def _in_color(mask: np.ndarray, color: Rgb) -> np.ndarray:
    """(H, W, 4) of a colour that is there as far as a mask is."""
    levels = np.arange(256)[:, None] * np.array([*color[::-1], 255]) / 255
    return np.take(np.rint(levels).astype(np.uint8).view(np.uint32), mask).view(np.uint8).reshape(*mask.shape, 4)


def lay(picture: np.ndarray, written: Written, at: tuple[float, float], *, is_upright: bool = False) -> None:
    """Lay a line over a picture, (H, W, 4) as its own.

    Args:
        at: where the line begins, at the top of its letters: x and y in pixels.
        is_upright: whether parts of a pixel count down rather than across.
    """
    import cv2

    x, y = floor(at[0]), floor(at[1])
    part = at[1] - y if is_upright else at[0] - x
    line, more = (_shifted(written.picture, part, is_upright=is_upright), _ROUND_PX) if part else (written.picture, 0)
    left, top = x + written.left - more, y + written.top - more
    over = line[max(0, -top) : max(0, picture.shape[0] - top), max(0, -left) : max(0, picture.shape[1] - left)]
    if over.size:
        below = picture[max(0, top) :, max(0, left) :][: over.shape[0], : over.shape[1]]
        free = cv2.merge([cv2.bitwise_not(np.ascontiguousarray(over[..., 3]))] * 4)
        below[:] = cv2.add(over, cv2.multiply(below, free, scale=1 / 255))


def _shifted(picture: np.ndarray, part: float, *, is_upright: bool) -> np.ndarray:
    """A picture moved right (down) by part of a pixel, with two more pixels all round.

    Source: R. Keys 1981, "Cubic convolution interpolation": edges stay as sharp wherever they come to lie between pixels.
    """
    import cv2

    t = 1 - part
    weights = t * t - (t + t**3) / 2, 1 - 2.5 * t * t + 1.5 * t**3, t / 2 + 2 * t * t - 1.5 * t**3, (t**3 - t * t) / 2
    taps = np.array([weights], np.float32)
    padded = cv2.copyMakeBorder(picture, *4 * (_ROUND_PX,), cv2.BORDER_CONSTANT)
    kernel, anchor = (taps.T, (0, 2)) if is_upright else (taps, (2, 0))
    return cv2.filter2D(padded, -1, kernel, anchor=anchor, borderType=cv2.BORDER_CONSTANT)


def split_lines(text: str) -> list[str]:
    """Lines as they are written, without what cannot be seen."""
    lines = (line.replace("\t", "    ").rstrip() for line in text.splitlines())
    return ["".join(character for character in line if character.isprintable() or character in _JOINERS) for line in lines]


def wrap_lines(lines: list[str], *, fits: Callable[[str], bool]) -> list[str]:
    """Lines broken where they are too long: between words, and within one that is too long by itself."""
    broken: list[str] = []
    for line in lines:
        left = line
        while len(left) > 1 and not fits(left):
            n = _n_fitting(left, fits)
            broken.append(left[:n].rstrip())
            left = left[n:].lstrip()
        if left or not line:
            broken.append(left)
    return broken


def size_to_fit(lines: list[str], how: Type, *, widest_px: float) -> Type:
    """The type made smaller, down to half, so that no word must be broken; scripts without blanks are broken anywhere."""
    words = {word for line in lines for word in line.split() if not any(east_asian_width(letter) in "WF" for letter in word)}
    longest_px = max((how.width_px(word) for word in words), default=0.0)
    smaller = max(0.5, 0.98 * widest_px / longest_px) if longest_px > widest_px else 1.0
    return replace(how, size_px=how.size_px * smaller, outline_px=how.outline_px * smaller)


def _n_fitting(line: str, fits: Callable[[str], bool]) -> int:
    """How many letters have room, up to the end of a word where there is one; one at least."""
    low, high = 1, len(line)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(line[:middle].rstrip()) else (low, middle)
    space = line.rfind(" ", 1, low + 1)
    if space > 0 and line[:space].strip():
        return space
    while low > 1 and (combining(line[low]) or line[low] in _JOINERS or line[low - 1] in _JOINERS):
        low -= 1  # a letter keeps its accents
    return low
