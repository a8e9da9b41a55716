"""Words, a face and colours go in; pictures of their lines come out, laid to parts of a pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, floor
from typing import Any
from unicodedata import combining, east_asian_width

import numpy as np

from media.fontruns import Run, split_runs
from media.fonts import has_letter, load_font, stand_in
from projection.layers.colors import Rgb

_FINER = 2
"""Drawn so much larger and then made small: edges stay even where letters move by parts of a pixel."""
_LEAST_PX = 4.0
_ROUND_PX = 2
_BASE = "ls"
"""Pillow's word for the left end of the base line, on which all faces stand."""
_JOINERS = "\u200d\ufe0e\ufe0f"


@dataclass(frozen=True)
class Type:
    """How words are written.

    Args:
        face: as `media.fonts.load_font` takes it; letters that it lacks are written in others.
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
        return sum(self._font(self.face).getmetrics()) / _FINER

    def width_px(self, line: str) -> float:
        """Of a line, without its outline."""
        return sum(letters.width for letters in self._letters(line)) / _FINER

    def _letters(self, line: str) -> list[_Letters]:
        """The letters of a line from left to right."""
        rise, at = self._font(self.face).getmetrics()[0], 0.0
        laid: list[_Letters] = []
        for run in split_runs(line, self.face):
            laid.append(_Letters(run, self._font(run.face), (at, rise)))
            at += laid[-1].width
        return laid

    def _font(self, face: str) -> Any:
        return load_font(_FINER * max(_LEAST_PX, self.size_px), face)


@dataclass(frozen=True)
class _Letters:
    """Letters of one face, which are read one way.

    Args:
        font: of Pillow.
        at: where they begin on their base line, in finer pixels from where the line begins, at the top of its letters.
    """

    run: Run
    font: Any
    at: tuple[float, float]

    @cached_property
    def width(self) -> float:
        """Finer pixels from where they begin to where others go on."""
        return float(self.font.getlength(self.run.text, **self._shaping))

    def box(self, stroke: int) -> tuple[float, ...]:
        """Where ink is, with a line so wide around it: left, top, right, bottom, in finer pixels."""
        edges = self.font.getbbox(self.run.text, stroke_width=stroke, anchor=_BASE, **self._shaping)
        return tuple(edge + self.at[n % 2] for n, edge in enumerate(edges))

    def draw(self, draw: Any, origin: tuple[int, int], stroke: int) -> None:
        """Write them where the line begins."""
        place = (self.at[0] + origin[0], self.at[1] + origin[1])
        draw.text(place, self.run.text, font=self.font, fill=255, stroke_width=stroke, anchor=_BASE, **self._shaping)

    @property
    def _shaping(self) -> dict[str, str]:
        """Pillow's own face knows no direction, nor does any where the library for it is missing."""
        from PIL.ImageFont import Layout

        return {"direction": self.run.direction} if self.font.layout_engine == Layout.RAQM else {}


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
    """Write one line, in any script that a face of this machine has."""
    from PIL import Image, ImageDraw

    stroke, letters = round(_FINER * how.outline_px), how._letters(line)
    edges = np.array([run.box(stroke) for run in letters] or [(0.0,) * 4])
    left, top = (_FINER * (floor(edge) // _FINER - 1) for edge in edges[:, :2].min(axis=0))
    width, height = (_FINER * (ceil(edge) // _FINER + 2) for edge in edges[:, 2:].max(axis=0) - (left, top))
    masks = []
    for reach in (0, stroke) if stroke else (0,):
        mask = Image.new("L", (width, height))
        for run in letters:
            run.draw(ImageDraw.Draw(mask), (-left, -top), reach)
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


def missing_letters(text: str, face: str) -> list[str]:
    """Letters that no face of this machine has, each once; they are drawn as their faces draw what they lack."""
    letters = (letter for line in split_lines(text) for letter in line if not letter.isspace() and letter not in _JOINERS)
    return [letter for letter in dict.fromkeys(letters) if not has_letter(face, letter) and stand_in(letter) is None]


def split_lines(text: str) -> list[str]:
    """Lines as they are written, without what cannot be seen."""
    lines = (line.replace("\t", "    ").rstrip() for line in text.splitlines())
    return ["".join(character for character in line if character.isprintable() or character in _JOINERS) for line in lines]


def wrap_lines(lines: list[str], *, fits: Callable[[str], bool]) -> list[str]:
    """Lines broken where they are too long: between words, and within one that is too long by itself."""
    broken: list[str] = []
    for line in lines:
        left = line
        while (n := _n_fitting(left, fits)) < len(left):
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
    low, high = 0, 1
    while high < len(line) and fits(line[:high].rstrip()):  # of a text that has no end only its beginning is looked at
        low, high = high, 2 * high
    if high >= len(line) and fits(line):
        return len(line)
    low, high = max(1, low), min(high, len(line))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(line[:middle].rstrip()) else (low, middle)
    space = line.rfind(" ", 1, low + 1)
    if space > 0 and line[:space].strip():
        return space
    while low > 1 and (combining(line[low]) or line[low] in _JOINERS or line[low - 1] in _JOINERS):
        low -= 1  # a letter keeps its accents
    return low
