"""Scenes and shapes go in; many flat shapes are drawn at once, where they can be seen.

Points are (N, 2), in pixels where a scene is drawn on, in the measure of a Place where one is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, pi

import cv2
import numpy as np

from dream.motifs.palette import Colour
from dream.motifs.scene import Place, Scene

Shapes = Sequence[np.ndarray] | np.ndarray

# Places.


def crowd(scene: Scene, low: float, high: float, *, upright: float = pi, apart: float = 0.8) -> list[Place]:
    """As Scene.places, but never few, and without those in the corners that no sample shows."""
    found = scene.places(low, high, upright=upright, apart=apart, layout="hexagons" if scene.chance(0.5) else "scatter")
    middle, reach = scene.size / 2, 0.54 * scene.size
    return [place for place in found if hypot(place.x - middle, place.y - middle) < reach + place.radius]


def is_seen(scene: Scene, place: Place, reach: float) -> bool:
    """Whether anything can be in the picture of what reaches so many radii."""
    return -reach * place.radius < min(place.x, place.y) and max(place.x, place.y) < scene.size + reach * place.radius


# Shapes.


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """The corners of an upright rectangle, (4, 2)."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def put(place: Place, shapes: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Many shapes put at a place in one go."""
    return np.split(place.points(np.concatenate(shapes)), np.cumsum([len(shape) for shape in shapes])[:-1])


def fill_all(scene: Scene, polygons: Shapes, colour: Colour) -> None:
    """Many polygons of one colour at once; where two lie over one another there is a hole."""
    cv2.fillPoly(scene.rgb, _fixed(polygons), colour, cv2.LINE_AA, 4)


def fill_each(scene: Scene, place: Place, polygons: np.ndarray, colours: Sequence[Colour], *, edge: Colour | None = None) -> None:
    """Polygons in a place's measure, (N, K, 2), each of its own colour, one over the other."""
    for polygon, colour in zip(place.points(polygons.reshape(-1, 2)).reshape(polygons.shape), colours, strict=True):
        scene.fill(polygon, colour, edge=edge)


def strokes(scene: Scene, lines: Shapes, colour: Colour, width_px: float, *, closed: bool = False) -> None:
    """Many lines of one colour and width at once."""
    cv2.polylines(scene.rgb, _fixed(lines), closed, colour, max(1, round(width_px)), cv2.LINE_AA, 4)


def _fixed(shapes: Shapes) -> list[np.ndarray]:
    """As OpenCV draws to a sixteenth of a pixel; an array is told in one go."""
    if isinstance(shapes, np.ndarray):
        return list(np.round(shapes * 16).astype(np.int32))
    return [np.round(shape * 16).astype(np.int32) for shape in shapes]


# Colours.


def ramp(field: np.ndarray, *stops: Colour) -> np.ndarray:
    """Colours by a field of 0..1: the first stop at 0, the last at 1; (..., 3) float32."""
    at = np.linspace(0, 1, len(stops))
    table = np.stack([np.interp(np.linspace(0, 1, 256), at, channel) for channel in np.array(stops, float).T], 1)
    return table.astype(np.float32)[(np.clip(field, 0, 1) * 255).astype(np.uint8)]


def is_light(colour: Colour) -> bool:
    """Whether dark is seen better on it than light."""
    return 0.3 * colour[0] + 0.6 * colour[1] + 0.1 * colour[2] > 127
