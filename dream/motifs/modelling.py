"""A scene, an outline and a paint go in; a form with volume is drawn: lit from above left, shaded, patterned, edged.

Convention: an outline is (N, 2) in the measure of a Place; a paint is a colour or a function of fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import cos, sin

import cv2
import numpy as np

from dream.motifs.palette import Colour
from dream.motifs.scene import Place, Scene

Paint = Colour | Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""A colour, or a function of three fields that gives (H, W, 3): x, y, depth under the edge in the place's measure."""
_LIGHT = (-0.55, -0.83)
"""Where the light comes from; a picture is turned as a whole later."""
_FIXED = 16.0


def form(
    scene: Scene, place: Place, shapes: np.ndarray | Sequence[np.ndarray], paint: Paint, *,
    depth: float = 0.3, edge: Colour | None = None, edge_px: float = 1.0, glow: float = 0.5, shade: float = 0.65,
) -> None:
    """A body with the outline of all shapes together.

    Args:
        depth: how far from the edge it is round, in the place's measure; 0 is flat.
        edge: the colour of a line around, edge_px wide.
        glow, shade: how much of the light and of the dark colour the light's side and the other get.
    """
    outlines = [place.points(shape) for shape in ([shapes] if isinstance(shapes, np.ndarray) else shapes)]
    if edge is not None:
        for outline in outlines:
            cv2.polylines(scene.rgb, [_fixed(outline)], True, edge, max(1, round(2 * edge_px)), cv2.LINE_AA, 4)
    box = _box(scene, np.concatenate(outlines))
    if box is None:
        return
    x0, y0, x1, y1 = box
    cover = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for outline in outlines:
        cv2.fillPoly(cover, [_fixed(outline - (x0, y0))], 255, cv2.LINE_AA, 4)
    under = cv2.distanceTransform((cover > 100).astype(np.uint8), cv2.DIST_L2, 3)
    colours = _painted(place, paint, under, (x0, y0))
    if depth > 0:
        colours = lit(scene, colours, _slope(under, depth * place.radius), glow=glow, shade=shade)
    _lay(scene, (x0, y0), cover.astype(np.float32) / 255, colours)


def ribbon(
    scene: Scene, points: np.ndarray, widths_px: np.ndarray, paint: Paint, *,
    edge: Colour | None = None, edge_px: float = 1.0, glow: float = 0.5, shade: float = 0.7,
) -> None:
    """A round rope along points in pixels, (N, 2), as wide at each as told.

    Args:
        paint: where it is a function, its fields are: pixels along the rope, -1..1 across it, its width in pixels.
    """
    points, widths_px = _every_pixel(np.asarray(points, float), np.asarray(widths_px, float))
    reach = float(widths_px.max()) / 2 + edge_px + 2
    box = _box(scene, np.concatenate([points - reach, points + reach]), margin=0)
    if box is None:
        return
    x0, y0, x1, y1 = box
    found = _nearest(points - (x0, y0), (y1 - y0, x1 - x0), reach)
    if found is None:
        return
    rows, columns, nearest = found
    along = np.gradient(points, axis=0)
    along = (along / np.maximum(1e-6, np.hypot(along[:, 0], along[:, 1]))[:, None]).astype(np.float32)
    off_x, off_y = columns - (points[nearest, 0] - x0), rows - (points[nearest, 1] - y0)
    on_x, on_y = along[nearest, 0], along[nearest, 1]
    half, far = widths_px[nearest] / 2, np.hypot(off_x, off_y)
    across = np.clip((off_y * on_x - off_x * on_y) / np.maximum(half, 0.5), -1, 1)
    forward = nearest + np.clip(off_x * on_x + off_y * on_y, -1, 1)
    colours = paint(forward, across, half * 2) if callable(paint) else np.broadcast_to(np.array(paint, np.float32), (len(rows), 3))
    slope = across * (-on_y * _LIGHT[0] + on_x * _LIGHT[1]) * 1.3 + 0.12 * (1 - across**2)
    colours = lit(scene, colours, slope, glow=glow, shade=shade)
    patch = scene.rgb[y0:y1, x0:x1]
    under = patch[rows, columns]
    if edge is not None:
        under = blend(under, edge, half + edge_px + 0.5 - far)
    patch[rows, columns] = blend(under, colours, half + 0.5 - far).round()


def strokes(scene: Scene, lines: np.ndarray, colour: Colour, width_px: float) -> None:
    """Many lines of a colour at once, (lines, N, 2) in pixels."""
    cv2.polylines(scene.rgb, list(np.ascontiguousarray(_fixed(lines))), False, colour, max(1, round(width_px)), cv2.LINE_AA, 4)


def herd(
    scene: Scene, low: float, high: float, *,
    wide: float = 1.0, tall: float = 1.0, upright: float = 0.2, lean: float = 0.0, spread: float = 0.1, margin: float = 0.7,
) -> list[Place]:
    """Places in staggered rows that fill the picture, for what is longer than high; the farthest first.

    Args:
        low, high: bounds of the radius, as shares of the picture's side.
        wide, tall: the sides of the cell of each, in its diameters.
        upright: the most that one is turned from the rows, either way.
        lean: how the rows themselves are turned.
        margin: how far outside of the picture there are some, in radii.
    """
    radius = scene.size * float(np.exp(scene.rng.uniform(np.log(low), np.log(high))))
    step_x, step_y = 2 * radius * wide, 2 * radius * tall
    n_rows, n_columns = (int((0.75 * scene.size + radius * margin) / step) + 2 for step in (step_y, step_x))
    start_x, start_y = scene.between(0, step_x), scene.between(0, step_y)
    found = []
    for row in range(-n_rows, n_rows + 1):
        for column in range(-n_columns, n_columns + 1):
            off_x, off_y = scene.rng.normal(0, spread, 2) * (step_x, step_y)
            x, y = (column + 0.5 * (row % 2)) * step_x + start_x + off_x, row * step_y + start_y + off_y
            x, y = x * cos(lean) - y * sin(lean) + scene.size / 2, x * sin(lean) + y * cos(lean) + scene.size / 2
            if max(abs(x - scene.size / 2), abs(y - scene.size / 2)) < scene.size / 2 + radius * margin:
                place = Place(float(x), float(y), radius * scene.between(0.88, 1.12), lean + scene.between(-upright, upright))
                found.append(place)
    return found


@lru_cache(maxsize=1024)
def smooth(*points: tuple[float, float], n: int = 6, closed: bool = True) -> np.ndarray:
    """A soft line through points (Catmull-Rom), (N, 2). Instances of a motif share outlines, so they are kept; read only."""
    knots = np.array(points, float)
    told = np.concatenate([knots[-1:], knots, knots[:2]]) if closed else np.concatenate([knots[:1], knots, knots[-1:]])
    at = np.linspace(0, 1, n, endpoint=False)[None, :, None]
    a, b, c, d = told[:-3, None], told[1:-2, None], told[2:-1, None], told[3:, None]
    found = 0.5 * (2 * b + (c - a) * at + (2 * a - 5 * b + 4 * c - d) * at**2 + (3 * b - a - 3 * c + d) * at**3)
    found = found.reshape(-1, 2) if closed else np.concatenate([found.reshape(-1, 2), knots[-1:]])
    found.setflags(write=False)
    return found


@lru_cache(maxsize=1024)
def both_sides(*half: tuple[float, float], n: int = 6) -> np.ndarray:
    """A soft outline that is the same left and right, from its right half, told from the top to the bottom."""
    left = [(-x, y) for x, y in reversed(half) if x > 1e-6]
    return smooth(*half, *left, n=n)


@lru_cache(maxsize=1024)
def capsule(x0: float, y0: float, x1: float, y1: float, wide0: float, wide1: float) -> np.ndarray:
    """A finger: from one point to another, round at both ends."""
    angle = np.arctan2(y1 - y0, x1 - x0)
    turns = np.linspace(-np.pi / 2, np.pi / 2, 9)
    tip = np.stack([np.cos(angle + turns), np.sin(angle + turns)], 1) * wide1 + (x1, y1)
    root = np.stack([np.cos(angle + np.pi + turns), np.sin(angle + np.pi + turns)], 1) * wide0 + (x0, y0)
    found = np.concatenate([tip, root])
    found.setflags(write=False)
    return found


def blend(first: Colour | np.ndarray, second: Colour | np.ndarray, share: np.ndarray) -> np.ndarray:
    """Colours between two by a field of 0..1, (H, W, 3) float32."""
    first, second = np.asarray(first, np.float32), np.asarray(second, np.float32)
    return first + (second - first) * np.clip(share, 0, 1).astype(np.float32)[..., None]


def farthest(colour: Colour, *choices: Colour) -> Colour:
    """Of some colours the one that is told best from another."""
    return max(choices, key=lambda choice: sum(abs(a - b) for a, b in zip(choice, colour, strict=True)))


def net(across: np.ndarray, along: np.ndarray) -> np.ndarray:
    """A net of diamonds with a side of about 1: 0 on its threads, 1 in the middle of the meshes."""
    return np.minimum(np.abs(np.sin(np.pi * (across + along))), np.abs(np.sin(np.pi * (across - along))))


def lit(scene: Scene, colours: np.ndarray, slope: np.ndarray, *, glow: float = 0.5, shade: float = 0.65) -> np.ndarray:
    """Colours in the light, where slope is 1 toward it and -1 away."""
    bright = blend(colours, scene.palette.light, np.maximum(slope, 0) * glow)
    return blend(bright, scene.palette.dark, np.maximum(-slope, 0) * shade)


def _slope(under: np.ndarray, depth_px: float) -> np.ndarray:
    """How much a dome that rises within depth_px of the edge looks toward the light."""
    depth_px = float(max(depth_px, 1.0))
    height = np.sqrt(1 - (1 - np.minimum(under / depth_px, 1)) ** 2) * depth_px
    height = cv2.GaussianBlur(height, (0, 0), max(0.6, depth_px * 0.16))
    down, right = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.125), cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.125)
    return np.tanh(-1.3 * (right * _LIGHT[0] + down * _LIGHT[1]))


def _painted(place: Place, paint: Paint, under: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
    if not callable(paint):
        return np.broadcast_to(np.array(paint, np.float32), (*under.shape, 3))
    rows, columns = np.arange(under.shape[0], dtype=np.float32)[:, None], np.arange(under.shape[1], dtype=np.float32)
    x, y = (columns + corner[0] - place.x) / place.radius, (rows + corner[1] - place.y) / place.radius
    turned_x, turned_y = x * cos(place.angle) + y * sin(place.angle), y * cos(place.angle) - x * sin(place.angle)
    return paint(turned_x, turned_y, under / place.radius)


def _lay(scene: Scene, corner: tuple[int, int], cover: np.ndarray, colours: np.ndarray) -> None:
    x0, y0 = corner
    patch = scene.rgb[y0 : y0 + cover.shape[0], x0 : x0 + cover.shape[1]]
    patch[...] = np.clip(blend(patch, colours, cover), 0, 255).round()


def _nearest(points: np.ndarray, shape: tuple[int, int], reach: float) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Rows and columns of the pixels within reach of some points, and which is next to each; None where none lies in the shape."""
    columns, rows = np.round(points).astype(int).T
    is_in = (columns >= 0) & (rows >= 0) & (columns < shape[1]) & (rows < shape[0])
    if not is_in.any():
        return None
    columns, rows, which = columns[is_in], rows[is_in], np.flatnonzero(is_in)
    empty = np.ones(shape, np.uint8)
    empty[rows, columns] = 0
    far, labels = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros(int(labels.max()) + 1, int)
    table[labels[rows, columns]] = which
    seen = np.nonzero(far <= reach)
    return seen[0], seen[1], table[labels[seen]]


def _every_pixel(points: np.ndarray, widths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A line told anew so that its points lie a pixel apart."""
    steps = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.arange(0, steps[-1], 1.0)
    told = np.stack([np.interp(at, steps, points[:, 0]), np.interp(at, steps, points[:, 1])], 1)
    return told.astype(np.float32), np.interp(at, steps, widths).astype(np.float32)


def _box(scene: Scene, points: np.ndarray, *, margin: int = 3) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of what of the points is seen; None where nothing is."""
    (x0, y0), (x1, y1) = np.floor(points.min(0)).astype(int) - margin, np.ceil(points.max(0)).astype(int) + margin + 1
    x0, y0, x1, y1 = max(0, int(x0)), max(0, int(y0)), min(scene.size, int(x1)), min(scene.size, int(y1))
    return (x0, y0, x1, y1) if x1 - x0 > 1 and y1 - y0 > 1 else None


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.round(points * _FIXED).astype(np.int32)
