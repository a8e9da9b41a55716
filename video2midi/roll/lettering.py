"""A line of words goes in; what its letters cover comes out, to a fraction of a pixel."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

import numpy as np

from media.fonts import load_font, shorten, shorten_middle

_FINENESS = 4  # type is set so many times larger, then reduced: places and weights are then exact, whatever the hinting
_LEAST_PX = 4.0


class Lettering:
    """One face for all words of a picture; see `media.fonts.face_for`."""

    def __init__(self, face: str = "") -> None:
        self._face = face

    def _font(self, size: float) -> Any:
        return load_font(max(_LEAST_PX, size) * _FINENESS, self._face)

    def width(self, text: str, *, size: float, spacing: float = 0.0) -> float:
        """Of a line, in pixels; `spacing` between letters is in parts of the size."""
        return float(self._font(size).getlength(text)) / _FINENESS + spacing * size * max(0, len(text) - 1)

    def shorten(self, text: str, *, size: float, within: float) -> str:
        """As much of a line as has room, with three dots if that is not all."""
        return shorten(text, fits=lambda line: self.width(line, size=size) <= within)

    def shorten_name(self, text: str, *, size: float, spacing: float = 0.0, within: float) -> str:
        """The same of a name, with the dots in its middle."""
        return shorten_middle(text, fits=lambda line: self.width(line, size=size, spacing=spacing) <= within)

    def set(
        self, x: float, y: float, text: str, *, size: float, anchor: str, spacing: float
    ) -> tuple[np.ndarray, int, int]:
        """What a line covers, (H, W) 0..1, and the left and top pixel of that; see `Canvas.text`."""
        from PIL import Image, ImageDraw

        font = self._font(size)
        ascent, descent = font.getmetrics()
        width = self.width(text, size=size, spacing=spacing)
        at = x - {"l": 0.0, "m": width / 2, "r": width}[anchor]
        pad = ceil(size / 2)  # letters may hang over their own width
        left, top = floor(at) - pad, floor(y - ascent / _FINENESS) - 1
        wide, high = ceil(width) + 2 * pad + 2, ceil((ascent + descent) / _FINENESS) + 4
        sheet = Image.new("L", (wide * _FINENESS, high * _FINENESS))
        _write(ImageDraw.Draw(sheet), (at - left) * _FINENESS, (y - top) * _FINENESS, text, font, spacing * size * _FINENESS)
        return np.asarray(sheet.resize((wide, high), Image.Resampling.BOX), np.float32) / 255, left, top


def _write(draw: Any, x: float, y: float, text: str, font: Any, spacing: float) -> None:
    if not spacing:
        draw.text((x, y), text, fill=255, font=font, anchor="ls")
        return
    for number, letter in enumerate(text):
        draw.text((x + font.getlength(text[:number]) + number * spacing, y), letter, fill=255, font=font, anchor="ls")
