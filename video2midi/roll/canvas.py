"""Boxes, bars, curves, pictures and type go in; a picture with smooth edges at exact places comes out.

Convention: positions are pixels as real numbers, x to the right, y down; pixel n covers n..n+1. Edges are drawn by how much
of each pixel they cover, so that an instant stands where it belongs to a fraction of a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from media.pictures import crop_to_fill
from video2midi.roll.lettering import Lettering

_SHARP_PX = 4.0  # thinner than this, round corners cannot be seen
_DITHER = 8


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Halfway down."""
        return (self.top + self.bottom) / 2


class Canvas:
    """A picture that is being drawn; colours are (3,) RGB, 0..255; opacities 0..1.

    Args:
        size_px: (width, height).
    """

    def __init__(self, size_px: tuple[int, int], ground: np.ndarray, lettering: Lettering) -> None:
        self.size_px = size_px
        self.lettering = lettering
        self._pixels = np.empty((size_px[1], size_px[0], 3), np.float32)
        self._pixels[:] = np.round(ground)

    def finished(self) -> np.ndarray:
        """What has been drawn, (H, W, 3) uint8; faint slopes of light are dithered in a fixed pattern, lest they show steps."""
        height, width, _ = self._pixels.shape
        found = np.empty((height, width, 3), np.uint8)
        tile = np.tile(_thresholds(), (1, -(-width // _DITHER)))[:, :width, None]
        for top in range(0, height, _DITHER):
            rows = self._pixels[top : top + _DITHER]
            found[top : top + _DITHER] = np.clip(rows + tile[: len(rows)], 0, 255)
        return found

    def fill(self, box: Box, colour: np.ndarray, *, alpha: float = 1.0) -> None:
        """Lay a colour over a box."""
        self.bar(box, colour, corner=0.0, alpha=alpha)

    def bar(self, box: Box, colour: np.ndarray, *, corner: float, alpha: float | np.ndarray = 1.0) -> None:
        """Fill a box with round corners.

        Args:
            alpha: one figure, or one for each column that the box touches, from `floor(box.left)` on.
        """
        rows, columns = self._window(box)
        if not (len(rows) and len(columns)):
            return
        round_off = corner > 0 and min(box.width, box.height) >= _SHARP_PX
        cover = _rounded_cover(rows, columns, box, corner) if round_off else _box_cover(rows, columns, box)
        if isinstance(alpha, np.ndarray):
            skipped = int(columns[0]) - floor(box.left)
            alpha = alpha[None, skipped : skipped + len(columns)]
        self._blend(rows, columns, colour, cover * alpha)

    def dot(self, x: float, y: float, radius: float, colour: np.ndarray, *, alpha: float = 1.0) -> None:
        """Fill a circle."""
        self.bar(Box(x - radius, y - radius, x + radius, y + radius), colour, corner=radius, alpha=alpha)

    def columns(self, box: Box, colours: np.ndarray, *, alpha: np.ndarray, fall: np.ndarray | None = None) -> None:
        """Lay a colour over each column of a box that begins on a whole pixel.

        Args:
            colours: (columns, 3), or (3,).
            alpha: (columns,).
            fall: (rows,) by which the opacity is multiplied, from top to bottom.
        """
        rows, columns = self._window(box)
        if len(rows) and len(columns):
            down = _cover(rows, box.top, box.bottom) if fall is None else fall[: len(rows)]
            self._blend(rows, columns, _first(colours, len(columns)), down[:, None] * alpha[None, : len(columns)])

    def between(self, box: Box, low: np.ndarray, high: np.ndarray, colours: np.ndarray, *, alpha: float) -> None:
        """Fill what lies between two curves in a box that begins on a whole pixel.

        Args:
            low, high: (columns,), parts of the box's height above its foot.
            colours: (columns, 3), or (3,).
        """
        rows, columns = self._window(box)
        n = len(columns)
        if len(rows) and n:
            tops, feet = (box.bottom - curve[None, :n] * box.height for curve in (high, low))
            cover = np.clip(np.minimum(rows[:, None] + 1, feet) - np.maximum(rows[:, None], tops), 0, 1)
            self._blend(rows, columns, _first(colours, n), cover * alpha)

    def line(self, box: Box, curve: np.ndarray, colour: np.ndarray, *, width_px: float, alpha: float = 1.0) -> None:
        """Draw a curve as a line, unbroken where it is steep; as `between`."""
        high, low = curve.copy(), curve.copy()
        halfway = (curve[1:] + curve[:-1]) / 2
        for ours in (slice(1, None), slice(None, -1)):
            high[ours] = np.maximum(high[ours], halfway)
            low[ours] = np.minimum(low[ours], halfway)
        grown = Box(box.left, box.top - width_px, box.right, box.bottom + width_px)
        scale, foot, half = box.height / grown.height, width_px / grown.height, width_px / 2 / grown.height
        self.between(grown, low * scale + foot - half, high * scale + foot + half, colour, alpha=alpha)

    def picture(self, rgb: np.ndarray, box: Box) -> None:
        """Put a picture (uint8, (H, W, 3)) into a box, cropped to its shape about the middle; edges go to whole pixels."""
        left, right, top, bottom = (round(edge) for edge in (box.left, box.right, box.top, box.bottom))
        width, height = self.size_px
        rows, columns = slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))
        if rows.start < rows.stop and columns.start < columns.stop:
            fitted = crop_to_fill(rgb, (right - left, bottom - top))
            self._pixels[rows, columns] = fitted[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]

    def text(
        self, x: float, y: float, text: str, *, size: float, colour: np.ndarray, anchor: str = "l", spacing: float = 0.0
    ) -> None:
        """Write a line whose letters stand on `y`.

        Args:
            anchor: which end of it `x` is: l, m (its middle) or r.
            spacing: between letters, in parts of the size.
        """
        cover, left, top = self.lettering.set(x, y, text, size=size, anchor=anchor, spacing=spacing)
        rows, columns = self._window(Box(left, top, left + cover.shape[1], top + cover.shape[0]))
        if len(rows) and len(columns):
            part = cover[rows[0] - top : rows[-1] + 1 - top, columns[0] - left : columns[-1] + 1 - left]
            self._blend(rows, columns, colour, part)

    def _window(self, box: Box) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the picture that a box touches."""
        width, height = self.size_px
        rows = np.arange(max(0, floor(box.top)), min(height, ceil(box.bottom)))
        return rows, np.arange(max(0, floor(box.left)), min(width, ceil(box.right)))

    def _blend(self, rows: np.ndarray, columns: np.ndarray, colour: np.ndarray, cover: np.ndarray) -> None:
        target = self._pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        target += (colour.astype(np.float32) - target) * cover[..., None].astype(np.float32)


def _first(colours: np.ndarray, n: int) -> np.ndarray:
    return colours[:n] if colours.ndim == 2 else colours


def _cover(pixels: np.ndarray, first: float, end: float) -> np.ndarray:
    """How much of each pixel lies in first..end."""
    return np.clip(np.minimum(pixels + 1, end) - np.maximum(pixels, first), 0, 1)


def _box_cover(rows: np.ndarray, columns: np.ndarray, box: Box) -> np.ndarray:
    return _cover(rows, box.top, box.bottom)[:, None] * _cover(columns, box.left, box.right)[None]


def _rounded_cover(rows: np.ndarray, columns: np.ndarray, box: Box, corner: float) -> np.ndarray:
    """As `_box_cover`, from each pixel's distance to the edge of a box with round corners."""
    corner = min(corner, box.width / 2, box.height / 2)
    beside = np.abs(columns + 0.5 - (box.left + box.right) / 2) - (box.width / 2 - corner)
    above = np.abs(rows + 0.5 - box.middle) - (box.height / 2 - corner)
    outside = np.hypot(np.maximum(beside, 0)[None], np.maximum(above, 0)[:, None])
    inside = np.minimum(np.maximum(beside[None], above[:, None]), 0)
    return np.clip(0.5 - (outside + inside - corner), 0, 1)


def _thresholds() -> np.ndarray:
    """An 8x8 table of 0..1 in which near entries differ most (B. Bayer 1973), float32."""
    table = np.zeros((1, 1))
    while len(table) < _DITHER:
        table = np.block([[4 * table, 4 * table + 2], [4 * table + 3, 4 * table + 1]])
    return ((table + 0.5) / table.size).astype(np.float32)
