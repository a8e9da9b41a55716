"""A generator of random numbers and a palette go in; a picture that can be drawn on comes out, filled with a ground.

Convention: positions are pixels as real numbers, x to the right, y down, (0, 0) the middle of the first pixel; angles are
radians, 0 to the right, growing clockwise as seen. What is drawn may reach over the edges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin

import cv2
import numpy as np

from dream.motifs.palette import Colour, Palette, mix

_SUB = 4  # bits of a pixel that OpenCV draws to
_LAYOUTS = ("hexagons", "scatter", "scatter", "few")


@dataclass(frozen=True)
class Place:
    """Where an instance of a motif stands: about (x, y), as far as `radius`, turned by `angle`."""

    x: float
    y: float
    radius: float
    angle: float

    def points(self, shape: np.ndarray) -> np.ndarray:
        """A shape drawn about (0, 0) with radius 1, (N, 2), put here."""
        turn = np.array([[cos(self.angle), sin(self.angle)], [-sin(self.angle), cos(self.angle)]])
        return np.asarray(shape, float) @ turn * self.radius + (self.x, self.y)

    def at(self, x: float, y: float, *, radius: float = 1.0, angle: float = 0.0) -> Place:
        """A place within this one, in its own measure."""
        (to_x, to_y), = self.points(np.array([[x, y]]))
        return Place(float(to_x), float(to_y), self.radius * radius, self.angle + angle)


class Scene:
    """A square picture while a motif is drawn on it.

    Args:
        size: pixels of a side.
    """

    def __init__(self, rng: np.random.Generator, palette: Palette, *, size: int) -> None:
        self.rng, self.palette, self.size = rng, palette, size
        self.rgb: np.ndarray = _ground(self)
        """(size, size, 3) uint8."""

    # What chance says.

    def chance(self, share: float) -> bool:
        """True that often."""
        return bool(self.rng.random() < share)

    def between(self, low: float, high: float) -> float:
        """Any number between two."""
        return float(self.rng.uniform(low, high))

    def count(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def pick(self, *choices: Colour) -> Colour:
        """One of some colours; of the palette's inner ones where none are named."""
        choices = choices or (self.palette.first, self.palette.second)
        return choices[int(self.rng.integers(len(choices)))]

    def vary(self, colour: Colour, amount: float = 0.12) -> Colour:
        """A colour a little lighter or darker."""
        share = self.between(-amount, amount)
        return mix(colour, self.palette.light if share > 0 else self.palette.dark, abs(share) * 2)

    # Places.

    def places(self, low: float, high: float, *, upright: float = pi, apart: float = 1.0, layout: str = "") -> list[Place]:
        """Where instances stand, so that they fill the picture and reach over its edges; the farthest first.

        Args:
            low, high: bounds of the radius, as shares of the picture's side.
            upright: the most that one is turned, either way.
            apart: 1 where neighbours may just touch, less where they overlap.
            layout: "hexagons", "scatter" or "few"; by chance where none is named.
        """
        layout = layout or _LAYOUTS[int(self.rng.integers(len(_LAYOUTS)))]
        radius = self.size * float(np.exp(self.rng.uniform(np.log(low), np.log(high))))
        spread = 0.08 if layout == "hexagons" else 0.3
        if layout == "few":
            radius = min(radius * 1.6, self.size * 0.42)
        found = self._hexagons(radius, apart, spread) if layout == "hexagons" else self._scattered(radius, apart, spread)
        turned = [Place(x, y, r, self.between(-upright, upright)) for x, y, r in found]
        return sorted(turned, key=lambda place: place.y + place.radius * 0.2)

    def _hexagons(self, radius: float, apart: float, spread: float) -> Iterator[tuple[float, float, float]]:
        step = 2 * radius * apart
        shift_x, shift_y = self.between(0, step), self.between(0, step)
        rows = int(self.size / (step * 0.87)) + 3
        columns = int(self.size / step) + 3
        for row in range(rows):
            for column in range(columns):
                x = (column + 0.5 * (row % 2)) * step - shift_x + self.rng.normal(0, spread) * radius
                y = row * step * 0.87 - shift_y + self.rng.normal(0, spread) * radius
                yield x, y, radius

    def _scattered(self, radius: float, apart: float, spread: float) -> list[tuple[float, float, float]]:
        """Darts thrown: what would touch another too much is thrown away."""
        found: list[tuple[float, float, float]] = []
        n_darts = int(6 * (self.size / radius) ** 2) + 12
        for x, y, swell in self.rng.random((min(n_darts, 600), 3)):
            r = radius * (1 + spread * (2 * swell - 1))
            x, y = (x * 1.3 - 0.15) * self.size, (y * 1.3 - 0.15) * self.size
            if all(hypot(x - a, y - b) > (r + s) * apart for a, b, s in found):
                found.append((float(x), float(y), r))
        return found

    # Shapes.

    def fill(self, points: np.ndarray, colour: Colour, *, edge: Colour | None = None, edge_px: float = 1.0) -> None:
        """A polygon, (N, 2), with an edge if one is named."""
        told = _fixed(points)
        cv2.fillPoly(self.rgb, [told], colour, cv2.LINE_AA, _SUB)
        if edge is not None:
            cv2.polylines(self.rgb, [told], True, edge, max(1, round(edge_px)), cv2.LINE_AA, _SUB)

    def stroke(self, points: np.ndarray, colour: Colour, width_px: float, *, closed: bool = False) -> None:
        """A line through points, (N, 2)."""
        cv2.polylines(self.rgb, [_fixed(points)], closed, colour, max(1, round(width_px)), cv2.LINE_AA, _SUB)

    def taper(self, points: np.ndarray, colour: Colour, widths_px: Sequence[float] | np.ndarray) -> None:
        """A line through points, (N, 2), as wide at each as is told: twigs, tentacles, hairs."""
        points = np.asarray(points, float)
        along = np.gradient(points, axis=0)
        along /= np.maximum(1e-6, np.hypot(along[:, 0], along[:, 1]))[:, None]
        across = np.stack([-along[:, 1], along[:, 0]], 1) * (np.asarray(widths_px, float) / 2)[:, None]
        self.fill(np.concatenate([points + across, (points - across)[::-1]]), colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour, *, width_px: float = 0.0) -> None:
        """A disc, or a ring of that width."""
        thickness = max(1, round(width_px)) if width_px else -1
        cv2.circle(self.rgb, (_fix(x), _fix(y)), max(0, _fix(radius)), colour, thickness, cv2.LINE_AA, _SUB)

    def oval(self, place: Place, wide: float, high: float, colour: Colour, *, width_px: float = 0.0) -> None:
        """An ellipse with these half axes, in the place's own measure."""
        axes = max(0, _fix(wide * place.radius)), max(0, _fix(high * place.radius))
        thickness = max(1, round(width_px)) if width_px else -1
        cv2.ellipse(self.rgb, (_fix(place.x), _fix(place.y)), axes, np.rad2deg(place.angle), 0, 360, colour, thickness, cv2.LINE_AA, _SUB)

    def paint(self, cover: np.ndarray, colour: Colour | np.ndarray) -> None:
        """Lay a colour, or a picture (size, size, 3), over the scene by a cover of 0..1, (size, size)."""
        under = self.rgb.astype(np.float32)
        self.rgb = (under + (np.asarray(colour, np.float32) - under) * cover[..., None].astype(np.float32)).round().astype(np.uint8)

    def relief(self, height: np.ndarray, *, strength: float = 0.5) -> None:
        """Light the picture from a side as if it were that high, (size, size); a slope of 1 px in 1 px is a slope of 45 degrees."""
        angle = self.between(0, 2 * pi)
        down, right = np.gradient(height.astype(np.float32))
        light = np.tanh(cos(angle) * right + sin(angle) * down) * (255 * strength * 0.5)
        self.rgb = np.clip(self.rgb + light[..., None], 0, 255).astype(np.uint8)

    # Fields.

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of every pixel, (size, size) float32 each."""
        at = np.arange(self.size, dtype=np.float32)
        xs, ys = np.meshgrid(at, at)
        return xs, ys

    def noise(self, n_cells: float, *, octaves: int = 3, stretch: float = 1.0) -> np.ndarray:
        """Smooth noise of 0..1, (size, size) float32, with about so many hills a side.

        Args:
            stretch: how many times longer than high the hills are.
        """
        total = np.zeros((self.size, self.size), np.float32)
        for octave in range(octaves):
            n = n_cells * 2**octave
            wide, high = max(2, round(n / stretch) + 1), max(2, round(n) + 1)
            coarse = self.rng.random((high, wide), dtype=np.float32)
            total += cv2.resize(coarse, (self.size, self.size), interpolation=cv2.INTER_CUBIC) * 0.5**octave
        low, high_ = float(total.min()), float(total.max())
        return (total - low) / max(1e-6, high_ - low)


def arc(radius: float, start: float, end: float, n: int = 24, *, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    """Points on a part of a circle, (n, 2)."""
    turn = np.linspace(start, end, n)
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], 1)


def curve(*points: tuple[float, float], n: int = 24) -> np.ndarray:
    """A Bezier curve by its control points, (n, 2)."""
    at = np.linspace(0, 1, n)[:, None, None]
    left = np.broadcast_to(np.array(points, float), (n, len(points), 2))
    while left.shape[1] > 1:
        left = left[:, :-1] * (1 - at) + left[:, 1:] * at
    return left[:, 0]


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.round(np.asarray(points, float) * (1 << _SUB)).astype(np.int32)


def _fix(value: float) -> int:
    return round(value * (1 << _SUB))


def _ground(scene: Scene) -> np.ndarray:
    """Never a flat colour: soft light, clouds or grain behind whatever is drawn."""
    ground, palette = np.array(scene.palette.ground, np.float32), scene.palette
    other = mix(palette.ground, (palette.first, palette.second, palette.dark, palette.light)[int(scene.rng.integers(4))], scene.between(0.1, 0.35))
    cover = scene.noise(scene.between(1, 6), octaves=scene.count(1, 4), stretch=scene.between(0.5, 2))[..., None]
    return np.clip(ground + (np.array(other, np.float32) - ground) * cover, 0, 255).round().astype(np.uint8)
