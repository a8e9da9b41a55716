"""Shapes in, pictures out: a small cut-paper drawing kit on a raster twice as fine as the film.

Convention: positions are pixels of the film, x to the right and y down from the centre of the picture, so the corners
are (-320, -180) and (320, 180). Angles are radians, clockwise on the screen. Colours are "#rrggbb" or RGB triples.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH_PX, HEIGHT_PX = 640, 360
FINENESS = 2  # raster pixels a film pixel; the reduction smooths what LINE_AA leaves
SHIFT_BITS = 4

Point = tuple[float, float]
Colour = str | tuple[float, float, float]


def rgb(colour: Colour) -> np.ndarray:
    """A colour as three floats of 0 to 255."""
    if isinstance(colour, str):
        return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], float)
    return np.asarray(colour, float)


def blend(one: Colour, other: Colour, amount: float) -> tuple[float, float, float]:
    """The colour between two: 0 gives the one, 1 the other."""
    red, green, blue = rgb(one) + (rgb(other) - rgb(one)) * float(np.clip(amount, 0, 1))
    return red, green, blue


def cycle(colours: Sequence[Colour], place: float) -> tuple[float, float, float]:
    """A colour from a ring of colours; whole places are the colours themselves."""
    low = int(np.floor(place))
    return blend(colours[low % len(colours)], colours[(low + 1) % len(colours)], place - low)


def rise(x: float, start: float = 0.0, end: float = 1.0) -> float:
    """0 before `start`, 1 after `end`, a smooth step between."""
    u = float(np.clip((x - start) / (end - start), 0, 1))
    return u * u * (3 - 2 * u)


def settle(x: float, start: float = 0.0, end: float = 1.0) -> float:
    """Like `rise`, but it swings over the goal once before it rests, as cut paper put down by hand."""
    u = float(np.clip((x - start) / (end - start), 0, 1))
    return 1 - (1 - u) ** 2 * float(np.cos(u * np.pi * 1.5)) * (1 - u * 0.3)


def spark(x: float, start: float, decay: float = 0.35) -> float:
    """0 before `start`, then 1 that dies away."""
    return float(np.exp(-(x - start) / decay) * rise(x, start - 0.04, start)) if x > start - 0.04 else 0.0


def spin(points: Iterable[Point], *, angle: float = 0.0, scale: float | Point = 1.0, to: Point = (0, 0)) -> np.ndarray:
    """Points scaled, turned around the origin, then moved there."""
    factors = np.broadcast_to(np.asarray(scale, float), 2)
    sine, cosine = np.sin(angle), np.cos(angle)
    return (np.asarray(list(points), float) * factors) @ np.array([[cosine, sine], [-sine, cosine]]) + np.asarray(to, float)


def arc(centre: Point, radius: float | Point, start: float = 0.0, end: float = 2 * np.pi, n_points: int = 72) -> np.ndarray:
    """Points along an ellipse."""
    at = np.linspace(start, end, n_points)
    rx, ry = np.broadcast_to(np.asarray(radius, float), 2)
    return np.stack([centre[0] + rx * np.cos(at), centre[1] + ry * np.sin(at)], 1)


def curve(points: Sequence[Point], *, closed: bool = False, n_between: int = 14) -> np.ndarray:
    """A smooth line through points (Catmull-Rom)."""
    knots = np.asarray(points, float)
    knots = np.concatenate([knots[-1:], knots, knots[:2]]) if closed else np.concatenate([knots[:1], knots, knots[-1:]])
    u = np.linspace(0, 1, n_between, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - a - 3 * c + d) * u**3))
    return np.concatenate(parts if closed else [*parts, knots[-1:]])


def ribbon(line: np.ndarray, widths: float | Sequence[float]) -> np.ndarray:
    """The outline of a line that has a width, or widths from its start to its end."""
    along = np.gradient(line, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], 1) / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    knots = np.atleast_1d(np.asarray(widths, float))
    half = np.interp(np.linspace(0, 1, len(line)), np.linspace(0, 1, len(knots)), knots)[:, None] / 2
    return np.concatenate([line + across * half, (line - across * half)[::-1]])


@cache
def grid() -> tuple[np.ndarray, np.ndarray]:
    """The x and y of every raster pixel's centre, float32, in film pixels."""
    y, x = np.mgrid[0 : HEIGHT_PX * FINENESS, 0 : WIDTH_PX * FINENESS].astype(np.float32)
    return (x + 0.5) / FINENESS - WIDTH_PX / 2, (y + 0.5) / FINENESS - HEIGHT_PX / 2


@cache
def dither() -> np.ndarray:
    """The same fine noise for every picture, about one level: it keeps gradients from showing steps."""
    rng = np.random.default_rng(1)
    return (rng.random((HEIGHT_PX * FINENESS, WIDTH_PX * FINENESS, 1), np.float32) - 0.5) * 1.6


@cache
def gradient(stops: tuple[Colour, ...], centre: Point | None = None, reach: float = HEIGHT_PX) -> np.ndarray:
    """A ground that runs through colours: from the top down, or from a centre outwards as far as `reach`."""
    x, y = grid()
    place = (y / HEIGHT_PX + 0.5) if centre is None else np.hypot(x - centre[0], y - centre[1]) / reach
    place = np.clip(place, 0, 1) * (len(stops) - 1)
    table = np.stack([rgb(stop) for stop in stops])
    channels = [np.interp(place, np.arange(len(stops)), table[:, i]).astype(np.float32) for i in range(3)]
    return np.clip(np.stack(channels, 2) + dither() + 0.5, 0, 255).astype(np.uint8)


class Canvas:
    """A picture that is being drawn; `raster` is uint8 (H, W, 3) RGB at FINENESS times the film's size."""

    def __init__(self) -> None:
        self.raster: np.ndarray = np.zeros((HEIGHT_PX * FINENESS, WIDTH_PX * FINENESS, 3), np.uint8)

    def ground(self, *stops: Colour, centre: Point | None = None, reach: float = HEIGHT_PX) -> None:
        """Fill the picture with a colour or a gradient."""
        self.raster[:] = gradient(tuple(stops) if len(stops) > 1 else stops * 2, centre, reach)

    def fill(self, *outlines: Iterable[Point], colour: Colour, alpha: float = 1.0) -> None:
        """Fill a shape; further outlines are holes in it (even-odd)."""
        if alpha <= 0.004:
            return
        scaled = [(np.asarray(line, float) + np.array([WIDTH_PX / 2, HEIGHT_PX / 2])) * FINENESS - 0.5 for line in outlines]
        fixed = [np.round(line * 2**SHIFT_BITS).astype(np.int32) for line in scaled]
        if alpha >= 0.996:
            cv2.fillPoly(self.raster, fixed, rgb(colour).tolist(), cv2.LINE_AA, SHIFT_BITS)
            return
        low = np.clip(np.floor(np.min(np.concatenate(scaled), 0)).astype(int) - 2, 0, (WIDTH_PX * FINENESS, HEIGHT_PX * FINENESS))
        high = np.clip(np.ceil(np.max(np.concatenate(scaled), 0)).astype(int) + 3, 0, (WIDTH_PX * FINENESS, HEIGHT_PX * FINENESS))
        if (high <= low).any():
            return
        part = self.raster[low[1] : high[1], low[0] : high[0]]
        drawn = np.ascontiguousarray(part)
        before = drawn.copy()
        moved = [line - (low * 2**SHIFT_BITS).astype(np.int32) for line in fixed]
        cv2.fillPoly(drawn, moved, rgb(colour).tolist(), cv2.LINE_AA, SHIFT_BITS)
        part[:] = cv2.addWeighted(drawn, alpha, before, 1 - alpha, 0)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, alpha: float = 1.0) -> None:
        """Fill an upright rectangle."""
        self.fill([(left, top), (right, top), (right, bottom), (left, bottom)], colour=colour, alpha=alpha)

    def disc(self, centre: Point, radius: float, colour: Colour, alpha: float = 1.0) -> None:
        """Fill a circle."""
        if radius > 0.05:
            self.fill(arc(centre, radius, n_points=int(40 + 1.2 * min(radius, 120))), colour=colour, alpha=alpha)

    def ring(self, centre: Point, radius: float, width: float, colour: Colour, alpha: float = 1.0) -> None:
        """Fill the band of a width around a circle."""
        inner, outer = max(radius - width / 2, 0.05), radius + width / 2
        if outer > 0.1:
            self.fill(arc(centre, outer, n_points=140), arc(centre, inner, n_points=140), colour=colour, alpha=alpha)

    def stroke(self, line: np.ndarray, widths: float | Sequence[float], colour: Colour, alpha: float = 1.0) -> None:
        """Draw a line with a width or widths along it, its ends round."""
        self.fill(ribbon(np.asarray(line, float), widths), colour=colour, alpha=alpha)
        ends = np.atleast_1d(np.asarray(widths, float))
        for place, width in ((line[0], ends[0]), (line[-1], ends[-1])):
            if alpha >= 0.996 and width > 1:
                self.disc((place[0], place[1]), width / 2, colour)

    def glow(self, centre: Point, radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Add light around a point that falls off to nothing at `radius`."""
        if strength <= 0.004:
            return
        x, y = grid()
        left, right = (int(np.clip((centre[0] + s * radius + WIDTH_PX / 2) * FINENESS, 0, x.shape[1])) for s in (-1, 1))
        top, bottom = (int(np.clip((centre[1] + s * radius + HEIGHT_PX / 2) * FINENESS, 0, x.shape[0])) for s in (-1, 1))
        if left >= right or top >= bottom:
            return
        area = np.s_[top:bottom, left:right]
        far = ((x[area] - centre[0]) ** 2 + (y[area] - centre[1]) ** 2) / radius**2
        light = np.clip(1 - far, 0, 1)[:, :, None] ** 2.4 * np.float32(strength)
        under = self.raster[area].astype(np.float32)
        lit = under + (255 - under) * light * (rgb(colour) / 255).astype(np.float32)  # screen: never burns out
        self.raster[area] = np.clip(lit + dither()[area] + 0.5, 0, 255).astype(np.uint8)

    def slice(self, through: Point, angle: float, shift: float, gap: float, colour: Colour) -> None:
        """Cut the picture along a line and push the half to its right (seen along the line) on by `shift` and `gap`."""
        along = np.array([np.cos(angle), np.sin(angle)])
        moved = ((along * shift + np.array([-along[1], along[0]]) * gap) * FINENESS).astype(np.float32)
        matrix = np.array([[1, 0, moved[0]], [0, 1, moved[1]]], np.float32)
        pushed = Canvas()
        pushed.raster = cv2.warpAffine(self.raster, matrix, self.raster.shape[1::-1], borderMode=cv2.BORDER_REFLECT_101)
        self.join(pushed, through, angle, gap, colour)

    def join(self, other: Canvas, through: Point, angle: float, gap: float, colour: Colour) -> None:
        """Show another picture to the right of a line (seen along it), with a gap of a colour between the two."""
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        far = 900 * along
        edge = np.asarray(through, float)
        mask = Canvas()
        start = edge + across * gap
        mask.fill([start - far, start + far, start + far + 900 * across, start - far + 900 * across], colour="#ffffff")
        self.fill([edge - far, edge + far, start + far, start - far], colour=colour)
        share = mask.raster[:, :, :1].astype(np.uint16)
        self.raster = ((other.raster * share + self.raster * (255 - share) + 127) // 255).astype(np.uint8)

    def letter(self, text: str, centre: Point, *, size: float, colour: Colour, spacing: float = 0.0, alpha: float = 1.0) -> None:
        """Set a line of type around a centre; `spacing` is added between the letters."""
        font = ImageFont.load_default(size * FINENESS)
        widths = [font.getlength(glyph) + spacing * FINENESS for glyph in text]
        plate = Image.new("L", self.raster.shape[1::-1])
        pen = ImageDraw.Draw(plate)
        left = (WIDTH_PX / 2 + centre[0]) * FINENESS - (sum(widths) - spacing * FINENESS) / 2
        for glyph, width in zip(text, widths, strict=True):
            pen.text((left, (HEIGHT_PX / 2 + centre[1]) * FINENESS), glyph, fill=255, font=font, anchor="lm")
            left += width
        share = np.asarray(plate, np.float32)[:, :, None] / 255 * np.float32(alpha)
        self.raster = (self.raster + (rgb(colour).astype(np.float32) - self.raster) * share + 0.5).astype(np.uint8)

    def picture(self) -> np.ndarray:
        """The finished picture: float32 (360, 640, 3) RGB, 0 to 255."""
        return cv2.resize(self.raster.astype(np.float32), (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
