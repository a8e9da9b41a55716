"""Type, bars and frames in, a smooth picture out: the sheet that pictures of words are drawn on, and its colours.

Convention: positions and sizes are units, a 1080th of the picture's height; x to the right, y down from its top left
corner. Everything is drawn at twice the size and reduced once, so that every edge is smooth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from media.fonts import load_font
from media.pictures import crop_to_fill

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]  # left, top, right, bottom

FINENESS = 2
HEIGHT = 1080
N_HUES = 12


@dataclass(frozen=True)
class Palette:
    """The ground that a picture stands on and the ink that it is written in."""

    ground: Colour = (13, 12, 20)
    ink: Colour = (246, 241, 232)

    def fade(self, amount: float, colour: Colour | None = None) -> Colour:
        """A colour (the ink, if none is given) laid over the ground: 0 is the ground, 1 the colour."""
        red, green, blue = (round(g + (c - g) * amount) for g, c in zip(self.ground, colour or self.ink, strict=True))
        return red, green, blue


def palette_of(frames: Sequence[np.ndarray]) -> Palette:
    """Ground and ink with the tints of the darkest and the lightest parts of some frames (uint8, (H, W, 3))."""
    if not frames:
        return Palette()
    pixels = np.concatenate([frame[::4, ::4].reshape(-1, 3) for frame in frames]).astype(float)
    light = pixels @ (0.2126, 0.7152, 0.0722)
    dark = pixels[light <= np.quantile(light, 0.25)].mean(0)
    bright = pixels[light >= np.quantile(light, 0.95)].mean(0)
    # 16 at the strongest channel is black enough for every colour to glow on, and still has a hue.
    ground = dark * (16 / max(16.0, dark.max())) * 0.8 + 4
    ink = 0.3 * bright * (250 / max(1.0, bright.max())) + 0.7 * np.array(Palette.ink)
    return Palette(_rounded(ground), _rounded(ink))


def vivid_colour(frame: np.ndarray, default: Colour) -> Colour:
    """The strongest colour of a frame, made light enough to be read on a dark ground; `default` where all is grey."""
    pixels = frame[::3, ::3].reshape(-1, 3).astype(float)
    high, low = pixels.max(1), pixels.min(1)
    weight = (high - low) ** 2 * high
    if weight.mean() < 2e4:
        return default
    # Which of twelve hues holds most; averaging over all of them would only give mud.
    hue = np.arctan2(np.sqrt(3) * (pixels[:, 1] - pixels[:, 2]), 2 * pixels[:, 0] - pixels[:, 1] - pixels[:, 2])
    bins = np.floor((hue / (2 * np.pi) + 0.5) * N_HUES).astype(int) % N_HUES
    chosen = bins == np.bincount(bins, weight, N_HUES).argmax()
    colour = np.average(pixels[chosen], axis=0, weights=weight[chosen] + 1e-9)
    colour *= 242 / colour.max()
    grey = float(colour @ (0.2126, 0.7152, 0.0722))
    lift = max(0.0, (118 - grey) / (255 - grey))  # deep blues and violets need white to show at all
    return _rounded(colour + (255 - colour) * lift)


def _rounded(colour: np.ndarray) -> Colour:
    red, green, blue = (int(value) for value in np.clip(np.round(colour), 0, 255))
    return red, green, blue


class Sheet:
    """A picture that is being drawn.

    Args:
        size: (width, height) in pixels.
        face: what all its type is set in; see `face_for`.
    """

    def __init__(self, size: tuple[int, int], palette: Palette, *, face: str = "") -> None:
        self._face = face
        self.size_px = size
        self.palette = palette
        self.width = size[0] / size[1] * HEIGHT
        self._scale = size[1] / HEIGHT * FINENESS
        self._image = Image.new("RGB", (size[0] * FINENESS, size[1] * FINENESS), palette.ground)
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def _font(self, size: float) -> Any:
        return load_font(max(4.0, size * self._scale), self._face)

    def text_width(self, text: str, size: float) -> float:
        """Width of a line of type."""
        return float(self._font(size).getlength(text)) / self._scale

    def text(self, at: tuple[float, float], text: str, *, size: float, colour: Colour, anchor: str = "ls") -> None:
        """Write a line; `anchor` as Pillow has it: l, m, r, then s for the foot of the letters, a for their top."""
        self._draw.text((at[0] * self._scale, at[1] * self._scale), text, fill=colour, font=self._font(size), anchor=anchor)

    def bar(self, box: Box, colour: Colour, *, alpha: float = 1.0, corner: float = 0.0) -> None:
        """Fill a box, with round corners if wanted."""
        left, top, right, bottom = (value * self._scale for value in box)
        edges = [left, top, max(left + 1, right - 1), max(top + 1, bottom - 1)]
        self._draw.rounded_rectangle(edges, corner * self._scale, fill=(*colour, round(255 * alpha)))

    def beam(self, box: Box, colour: Colour, *, top_alpha: float, bottom_alpha: float) -> None:
        """Fill a box with light that changes from its top to its bottom."""
        left, top, right, bottom = (round(value * self._scale) for value in box)
        wide, high = max(1, right - left), max(1, bottom - top)
        ramp = np.linspace(255 * top_alpha, 255 * bottom_alpha, high).round().astype(np.uint8)
        mask = Image.fromarray(np.repeat(ramp[:, None], wide, axis=1))
        self._image.paste(Image.new("RGB", (wide, high), colour), (left, top), mask)

    def frame(self, picture: np.ndarray, box: Box, *, light: float = 1.0) -> None:
        """Put a frame into a box, cropped to its shape about the middle; `light` below 1 darkens it."""
        left, top, right, bottom = (round(value * self._scale) for value in box)
        filled = Image.fromarray(crop_to_fill(picture, (max(1, right - left), max(1, bottom - top))))
        self._image.paste(filled if light >= 1 else filled.point(lambda value: int(value * light)), (left, top))

    def finished(self) -> Image.Image:
        """The picture at its own size."""
        return self._image.resize(self.size_px, Image.Resampling.BOX)
