"""The size and name of an output go in; a test card comes out, and the small parts of it that move with every picture.

All is measured in squares, of which eighteen fit across the shorter side, counted from the middle: whatever is no square or circle
on the wall is stretched on its way there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from media.fonts import face_for, load_font, shorten

_SQUARES = 18
_GROUND, _FINE, _COARSE, _LINE, _WHITE, _DIM = 17, 58, 104, 176, 235, 140
_AMBER = (64, 176, 255)
_BARS = ((191, 191, 191), (0, 191, 191), (191, 191, 0), (0, 191, 0), (191, 0, 191), (0, 0, 191), (191, 0, 0), (16, 16, 16))
"""Three quarters of white, yellow, cyan, green, magenta, red, blue, and black: blue, green, red."""
_N_GREYS = 11
_DARK, _BRIGHT = (0, 2, 4, 6, 8), (92, 94, 96, 98, 100)
"""Per cent of white that a projector set well tells apart."""
_SMALLEST_PX = 8
_BLOCK = 0.32
_SWEEP_S = 2.0
_N_DIGITS = 8
_N_WEDGES = 18

Piece = tuple[np.ndarray, tuple[int, int]]
"""A picture, (H, W, 4) uint8, and where its top left corner goes, (x, y)."""


class Card:
    """A test card.

    Args:
        size_px: (width, height) of the output.
        name: what the output is called.
        told: small lines about it.
    """

    def __init__(self, size_px: tuple[int, int], name: str, told: Sequence[str] = ()) -> None:
        self._size_px = size_px
        self._square_px = min(size_px) / _SQUARES
        self._line_px = max(1, round(self._square_px / 40))
        self.picture = np.full((size_px[1], size_px[0], 4), _GROUND, np.uint8)
        """(H, W, 4) uint8 blue, green, red, opaque."""
        self.picture[..., 3] = 255
        self._bgr = np.ascontiguousarray(self.picture[..., :3])
        for draw in (self._grid, self._border, self._circles, self._bars, self._greys, self._focus, self._levels, self._track):
            draw()
        self._words(name, told)
        self._rim()
        self.picture[..., :3] = self._bgr

    def moving(self, number: int, now_s: float) -> list[Piece]:
        """What differs from picture to picture: a mark that goes evenly to and fro, and a number."""
        return [self._swept(now_s), self._counted(number)]

    def _at(self, x: float, y: float) -> tuple[int, int]:
        """A place in squares from the middle, in pixels."""
        width, height = self._size_px
        return round(width / 2 + x * self._square_px), round(height / 2 + y * self._square_px)

    @property
    def _reach(self) -> tuple[float, float]:
        """How far it is from the middle to the edges, in squares."""
        width, height = self._size_px
        return width / 2 / self._square_px, height / 2 / self._square_px

    def _fill(self, left: float, top: float, right: float, bottom: float, color: Sequence[int] | int) -> None:
        (x0, y0), (x1, y1) = self._at(left, top), self._at(right, bottom)
        self._bgr[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = color

    def _grid(self) -> None:
        """Fine lines, coarser ones every third, and those of the middle; one pixel thick where others would be lost."""
        across, down = self._reach
        for level, step, weight in ((_FINE, 1, 1), (_COARSE, 3, self._line_px), (_LINE, 100, self._line_px)):
            for n in range(-int(across) // step * step, int(across) + 1, step):
                self._stripe(1, self._at(n, 0)[0], level, weight)
            for n in range(-int(down) // step * step, int(down) + 1, step):
                self._stripe(0, self._at(0, n)[1], level, weight)

    def _stripe(self, axis: int, at_px: int, level: int, weight_px: int) -> None:
        first = max(0, at_px - (weight_px + 1) // 2)
        lines = self._bgr if axis == 0 else self._bgr.swapaxes(0, 1)
        np.maximum(lines[first : first + weight_px], level, out=lines[first : first + weight_px])

    def _border(self) -> None:
        """Blocks along the edge: what is cut off is missed."""
        across, down = self._reach
        for n in range(-int(across) - 1, int(across) + 2):
            for top in (-down, down - _BLOCK):
                self._fill(n - 0.5, top, n + 0.5, top + _BLOCK, _GROUND if n % 2 else _WHITE)
        for n in range(-int(down) - 1, int(down) + 2):
            for left in (-across, across - _BLOCK):
                self._fill(left, n - 0.5, left + _BLOCK, n + 0.5, _GROUND if n % 2 else _WHITE)

    def _rim(self) -> None:
        """A line on the outermost pixels."""
        self._bgr[[0, -1]] = 255
        self._bgr[:, [0, -1]] = 255

    def _circles(self) -> None:
        self._clear(0, 0, 8)
        self._ring(0, 0, 8, _WHITE, 2 * self._line_px)
        for x, y, _ in self._corners:
            self._clear(x, y, 2.4)
            for half, level in ((2.4, _COARSE), (0.5, _WHITE)):
                cv2.line(self._bgr, self._at(x - half, y), self._at(x + half, y), (level,) * 3, self._line_px)
                cv2.line(self._bgr, self._at(x, y - half), self._at(x, y + half), (level,) * 3, self._line_px)
            self._ring(x, y, 2.4, _WHITE, self._line_px)

    @property
    def _corners(self) -> list[tuple[float, float, str]]:
        """Where the corners' circles are, and what they are called."""
        across, down = self._reach
        x, y = across - 3.2, down - 3.2
        return [(-x, -y, "TOP LEFT"), (x, -y, "TOP RIGHT"), (x, y, "BOTTOM RIGHT"), (-x, y, "BOTTOM LEFT")]

    def _ring(self, x: float, y: float, radius: float, level: int, weight_px: int) -> None:
        bgr, across, down = self._about(x, y, radius + 1)
        off_px = np.abs(np.hypot(across, down) - radius * self._square_px)
        _lay(bgr, np.clip(weight_px / 2 - off_px + 0.5, 0, 1), level)

    def _clear(self, x: float, y: float, radius: float) -> None:
        """An empty disc, a little smaller than the ring that goes around it."""
        cv2.circle(self._bgr, self._at(x, y), int(radius * self._square_px), (_GROUND,) * 3, cv2.FILLED)

    def _about(self, x: float, y: float, reach: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The pixels about a place, and how far right and down of it each is; the output's middle may lie between pixels."""
        (x0, y0), (x1, y1) = self._at(x - reach, y - reach), self._at(x + reach, y + reach)
        bgr = self._bgr[max(0, y0) : y1, max(0, x0) : x1]
        left, top = (size / 2 + place * self._square_px - 0.5 for size, place in zip(self._size_px, (x, y), strict=True))
        across = np.arange(bgr.shape[1], dtype=np.float32) + np.float32(max(0, x0) - left)
        down = np.arange(bgr.shape[0], dtype=np.float32) + np.float32(max(0, y0) - top)
        return bgr, across[None, :], down[:, None]

    def _bars(self) -> None:
        for n, color in enumerate(_BARS):
            self._fill(-6.4 + 1.6 * n, -3.6, -4.8 + 1.6 * n, -1.7, color)

    def _greys(self) -> None:
        """Steps, and below them a ramp, whose banding shows how many levels there are."""
        step = 12.8 / _N_GREYS
        for n in range(_N_GREYS):
            self._fill(-6.4 + n * step, 1.7, -6.4 + (n + 1) * step, 2.9, round(255 * n / (_N_GREYS - 1)))
        (x0, y0), (x1, y1) = self._at(-6.4, 2.9), self._at(6.4, 3.6)
        self._bgr[y0:y1, x0:x1] = np.linspace(0, 255, x1 - x0).round().astype(np.uint8)[None, :, None]

    def _focus(self) -> None:
        """A star for the lens, lines and chequers of one and two pixels for the raster."""
        bgr, across, down = self._about(0, 0, 1.5)
        radius = np.hypot(across, down)
        # How far it is from a wedge's edge, along the arc: its edges are as smooth as its rim.
        wedge_px = np.sin(np.arctan2(down, across) * _N_WEDGES) * radius / _N_WEDGES
        _lay(bgr, np.clip(1.4 * self._square_px - radius + 0.5, 0, 1) * np.clip(wedge_px + 0.5, 0, 1), _WHITE)
        for n, left in enumerate((-6.4, -4.0, 1.7, 4.1)):
            (x0, y0), (x1, y1) = self._at(left, -1.15), self._at(left + 2.3, 1.15)
            y, x = np.indices((y1 - y0, x1 - x0), sparse=True)
            raster = (x, y, x // 2 + y // 2, x + y)[n]
            self._bgr[y0:y1, x0:x1] = np.where(raster % 2, _GROUND, _WHITE)[..., None]

    def _levels(self) -> None:
        """Levels near black, at the left, and near white, where there is room beside the circle."""
        if self._reach[0] < 15:
            return
        for side, levels in ((-1, _DARK), (1, _BRIGHT)):
            middle = side * 11.2
            self._fill(middle - 1.55, -3.05, middle + 1.55, 3.05, _COARSE)
            for n, level in enumerate(levels):
                top = 1.2 * n - 3
                self._fill(middle - 1.5, top, middle + 1.5, top + 1.2, round(2.55 * level))
                self._text(f"{level} %", (side * 13.6, top + 0.6), 0.44, _LINE, ground=True)

    def _track(self) -> None:
        """What the mark moves along."""
        cv2.line(self._bgr, self._at(-5, 4.5), self._at(5, 4.5), (_COARSE,) * 3, self._line_px)
        for n in range(-5, 6):
            half = 0.3 if n % 5 == 0 else 0.15
            cv2.line(self._bgr, self._at(n, 4.5 - half), self._at(n, 4.5 + half), (_LINE,) * 3, self._line_px)

    def _words(self, name: str, told: Sequence[str]) -> None:
        self._text(name, (0, -5.9), 1.5, _WHITE, widest=8.0)
        for n, line in enumerate(told):
            self._text(line, (0, -4.75 + 0.62 * n), 0.56, _LINE, widest=11.5)
        for x, y, corner in self._corners:
            self._text(corner, (x, y + 1.1), 0.42, _AMBER, widest=4.0, ground=True)

    def _text(
        self, words: str, at: tuple[float, float], high: float, color: Sequence[int] | int, *, widest: float = 100.0, ground: bool = False
    ) -> None:
        """Words about a place; left out where they are too small to read.

        Args:
            ground: whether they stand on an empty ground of their own.
        """
        size_px = high * self._square_px
        if size_px < _SMALLEST_PX or not words:
            return
        font = load_font(size_px, face_for([words]))
        mask = _mask(shorten(words, fits=lambda line: font.getlength(line) <= widest * self._square_px), font)
        x, y = self._at(*at)
        x, y = max(0, x - mask.shape[1] // 2), max(0, y - mask.shape[0] // 2)
        below = self._bgr[y : y + mask.shape[0], x : x + mask.shape[1]]
        if ground:
            below[:] = _GROUND
        _lay(below, mask[: below.shape[0], : below.shape[1]] / np.float32(255), color)

    def _swept(self, now_s: float) -> Piece:
        """The mark on its track, smooth by parts of a pixel."""
        (x0, y0), (x1, y1) = self._at(-5.4, 4.1), self._at(5.4, 4.9)
        there = abs((now_s / _SWEEP_S) % 2 - 1)
        middle_px = (0.4 + 10 * there) * self._square_px
        far_px = np.abs(np.arange(x1 - x0) + 0.5 - middle_px)
        weight = np.clip(0.14 * self._square_px - far_px + 0.5, 0, 1)[None, :, None]
        piece = self.picture[y0:y1, x0:x1].copy()
        piece[..., :3] = piece[..., :3] * (1 - weight) + np.array(_AMBER) * weight
        return piece, (x0, y0)

    def _counted(self, number: int) -> Piece:
        digits = np.hstack([self._digits[int(digit)] for digit in f"{number % 10**_N_DIGITS:0{_N_DIGITS}}"])
        x, y = self._at(0, 5.75)
        return digits, (x - digits.shape[1] // 2, y - digits.shape[0] // 2)

    @cached_property
    def _digits(self) -> list[np.ndarray]:
        """Pictures of digits, each as wide as any."""
        font = load_font(max(_SMALLEST_PX, 1.1 * self._square_px), "")
        masks = [_mask(str(n), font) for n in range(10)]
        size = masks[0].shape[0], max(mask.shape[1] for mask in masks) + self._line_px
        tiles = [np.full((*size, 4), (_GROUND, _GROUND, _GROUND, 255), np.uint8) for _ in masks]
        for tile, mask in zip(tiles, masks, strict=True):
            left = (size[1] - mask.shape[1]) // 2
            _lay(tile[:, left : left + mask.shape[1], :3], mask / np.float32(255), _WHITE)
        return tiles


def _mask(words: str, font: Any) -> np.ndarray:
    """How much of each pixel words cover, (H, W) uint8, as high as a line of the font."""
    from PIL import Image, ImageDraw

    ascent, descent = font.getmetrics()
    letters = Image.new("L", (int(np.ceil(font.getlength(words))) + 2, ascent + descent))
    ImageDraw.Draw(letters).text((1, 0), words, font=font, fill=255)
    return np.asarray(letters)


def _lay(bgr: np.ndarray, weight: np.ndarray, color: Sequence[int] | int) -> None:
    """Lay a colour on a picture, as much of it as (H, W) weights of 0..1 tell."""
    there = weight > 0
    inside = weight[there][:, None].astype(np.float32)
    bgr[there] = (bgr[there] * (1 - inside) + np.asarray(color, np.float32) * inside + np.float32(0.5)).astype(np.uint8)
