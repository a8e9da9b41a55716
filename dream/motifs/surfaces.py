"""Scenes go in; surfaces without any figure are drawn on them: bricks, stained glass, honeycomb, or nothing at all."""

from __future__ import annotations

from math import pi, sqrt

import cv2
import numpy as np

from dream.motifs.drafting import ramp
from dream.motifs.palette import mix, oklch
from dream.motifs.scene import Scene, arc

# Bricks.


def draw_bricks(scene: Scene) -> None:
    """A wall of rough bricks in their bond with mortar between, each of its own colour."""
    palette = scene.palette
    high = scene.size * scene.between(0.06, 0.13)
    wide = high * scene.between(1.8, 3.0)
    mortar_px = high * scene.between(0.07, 0.13)
    x, y = scene.grid()
    x, y = x + (scene.noise(6) - 0.5) * high * 0.25, y + (scene.noise(6) - 0.5) * high * 0.25
    row = np.floor(y / high).astype(int)
    along = x / wide + (scene.rng.random(97)[row % 97] if scene.chance(0.25) else row % 2 * 0.5)
    column = np.floor(along).astype(int)
    from_edge = _in_box((along - column - 0.5) * wide, (y / high - row - 0.5) * high, wide, high, high * 0.16)
    from_edge = from_edge - mortar_px + (scene.noise(30, octaves=2) - 0.5) * high * 0.12
    drawn = scene.rng.random((41, 43), np.float32)[row % 41, column % 43]
    clay = scene.pick()
    colours = ramp(drawn, mix(clay, palette.dark, 0.5), clay, mix(clay, palette.second, 0.5), mix(clay, palette.light, 0.4))
    grain = scene.noise(18, octaves=4)
    mortar = scene.pick(palette.light, palette.light, palette.dark)
    scene.paint(np.ones_like(grain), ramp(grain, mix(mortar, palette.dark, 0.2), mix(mortar, palette.light, 0.2)))
    scene.paint(np.clip(from_edge + 0.5, 0, 1), np.minimum(255, colours * (0.85 + 0.25 * grain[..., None])))
    scene.relief(np.clip(from_edge, -1, high * 0.13) * 1.1 + grain * high * 0.1, strength=0.7)


def _in_box(x: np.ndarray, y: np.ndarray, wide: float, high: float, corner: float) -> np.ndarray:
    """How far each point lies inside the edge of a rounded box about (0, 0)."""
    out_x, out_y = np.abs(x) - wide / 2 + corner, np.abs(y) - high / 2 + corner
    return corner - np.hypot(np.maximum(out_x, 0), np.maximum(out_y, 0)) - np.minimum(np.maximum(out_x, out_y), 0)


# Stained glass.


def draw_glass(scene: Scene) -> None:
    """Stained glass: luminous panes of many colours between thick lines of lead; scattered, in a lattice or as a rose."""
    palette, hue = scene.palette, scene.between(0, 360)
    chroma = scene.between(0.13, 0.22)
    colours = [oklch(scene.between(0.45, 0.82), chroma, hue + turn) for turn in scene.rng.choice([0, 25, 60, 120, 180, 230, 300], 4)]
    colours += [palette.first, palette.second, mix(palette.light, palette.first, 0.2)]
    lead_px = scene.size * scene.between(0.012, 0.02)
    panes = _panes(scene)
    for pane in panes:
        scene.fill(pane, scene.vary(scene.pick(*colours), 0.1))
    leads = np.full((scene.size, scene.size), 255, np.uint8)
    for pane in panes:
        cv2.polylines(leads, [np.round(pane * 16).astype(np.int32)], True, 0, max(2, round(lead_px)), cv2.LINE_AA, 4)
    inside = cv2.distanceTransform((leads > 127).astype(np.uint8), cv2.DIST_L2, 3)
    glow = cv2.GaussianBlur(np.tanh(inside / (scene.size * 0.03)), (0, 0), scene.size * 0.012)
    streaks = scene.noise(5, octaves=4, stretch=scene.between(0.2, 4))
    light = (0.45 + 0.75 * glow) * (0.75 + 0.5 * streaks)
    scene.rgb = np.clip(scene.rgb * light[..., None] + (60 * glow**2 * streaks)[..., None], 0, 255).astype(np.uint8)
    line = 1 - leads / 255.0
    scene.paint(line, mix((12, 10, 14), palette.dark, 0.3))
    gleam = np.clip(cv2.GaussianBlur(line, (0, 0), 0.8) * 3 - 2.1, 0, 1) * scene.noise(9)
    scene.paint(gleam * 0.5, mix(palette.light, (150, 150, 160), 0.5))


def _panes(scene: Scene) -> list[np.ndarray]:
    """Polygons that fill the picture."""
    kind, size = ("scatter", "lattice", "rose")[scene.count(0, 2)], scene.size
    if kind == "scatter":
        sites = np.array([(place.x, place.y) for place in scene.places(0.05, 0.1, apart=0.85, layout="scatter")])
    elif kind == "lattice":
        step = size * scene.between(0.13, 0.22)
        at = np.stack(np.meshgrid(np.arange(-1, size / step + 1), np.arange(-1, size / step * 1.6 + 2)), -1).astype(float)
        at[1::2, :, 0] += 0.5
        sites = (at * (step, step * 0.62) + scene.rng.normal(0, 0.03 * step, at.shape)).reshape(-1, 2)
    else:
        sites = _rose(scene)
    held = cv2.Subdiv2D((-size, -size, 3 * size, 3 * size))
    held.insert([(float(x), float(y)) for x, y in sites if -size < min(x, y) and max(x, y) < 2 * size])
    return [np.asarray(pane) for pane in held.getVoronoiFacetList([])[0]]


def _rose(scene: Scene) -> np.ndarray:
    """Sites in rings about a middle."""
    middle, n = scene.size * scene.rng.uniform(0.35, 0.65, 2), scene.count(6, 12)
    step, sites = scene.size * scene.between(0.09, 0.13), [middle[None]]
    for ring in range(1, 10):
        n_here = n * (1 if ring < 3 else 2 if ring < 6 else 4)
        start = pi / n_here * (ring % 2)
        sites.append(arc(ring * step, start, start + 2 * pi, n_here + 1)[:-1] + middle)
    return np.concatenate(sites)


# Honeycomb.


def draw_honeycomb(scene: Scene) -> None:
    """Hexagonal cells of wax seen from above: deep and empty, full of honey, or capped."""
    palette = scene.palette
    radius = scene.size * scene.between(0.06, 0.14)
    x, y = scene.grid()
    x, y = x + (scene.noise(4) - 0.5) * radius * 0.25, y + (scene.noise(4) - 0.5) * radius * 0.25
    across, down, drawn = _cells(scene, x / radius, y / radius)
    lean_x, lean_y = scene.rng.uniform(-0.16, 0.16, 2)
    body = scene.pick()
    wax, honey = mix(body, palette.light, 0.6), scene.pick(body, oklch(0.72, 0.16, scene.between(60, 85)))
    fullness = _at(scene.noise(3, octaves=1), x - across * radius, y - down * radius) + (drawn - 0.5) * 0.5
    full, capped = fullness > scene.between(0.35, 0.6), fullness > scene.between(0.75, 1.1)
    rim, floor = 1 - _hexagonal(across, down), 1 - _hexagonal(across - lean_x, down - lean_y)
    facet = np.round(np.arctan2(down, across) / (pi / 3)) * (pi / 3)
    wall = ramp(0.5 + 0.45 * np.cos(facet - scene.between(0, 2 * pi)), mix(body, palette.dark, 0.75), mix(body, palette.dark, 0.2), wax)
    pit = ramp(floor * 1.2 - 0.3, mix(body, palette.dark, 0.5), mix(palette.dark, body, 0.15), palette.dark)
    pool = ramp(floor * 1.1 + 0.2 * (scene.noise(12) - 0.5), mix(honey, palette.dark, 0.45), honey, mix(honey, palette.light, 0.45))
    cap = ramp(scene.noise(26, octaves=3), mix(wax, body, 0.6), wax, palette.light)
    px = radius
    scene.rgb = wall.astype(np.uint8)
    scene.paint(np.clip((floor - 0.45) * px, 0, 1) * ~full, pit)
    scene.paint(np.clip((floor - 0.24) * px, 0, 1) * full, pool)
    scene.paint(np.clip((0.22 - np.hypot((across + 0.3) * 0.8, down + 0.3)) * px, 0, 1) * (full & ~capped) * 0.9, palette.light)
    scene.paint(np.clip((rim - 0.05) * px, 0, 1) * capped, cap)
    scene.paint(np.clip((0.2 - rim) * px, 0, 1), ramp(rim / 0.2, palette.light, wax, mix(body, palette.dark, 0.3)))
    scene.relief(np.where(capped, np.sqrt(np.clip(rim, 0, 1)) * radius * 0.8, 0) + scene.noise(30) * 2, strength=0.6)


def _at(field: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What a field holds at other places, those outside at its edge."""
    inside = field.shape[0] - 1
    return field[np.clip(np.round(y), 0, inside).astype(int), np.clip(np.round(x), 0, inside).astype(int)]


def _hexagonal(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """0 in the middle of a hexagon, 1 on its edge."""
    return np.maximum(np.abs(x), np.abs(x) / 2 + np.abs(y) * (sqrt(3) / 2))


def _cells(scene: Scene, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets from the middle of the nearest cell, whose edge is 1 away, and a number of 0..1 drawn for each cell."""
    high = 2 * sqrt(3)
    found = []
    for shift in (0.0, 0.5):
        column, row = np.round(x / 2 - shift), np.round(y / high - shift)
        found.append((x - (column + shift) * 2, y - (row + shift) * high, column, row))
    (x0, y0, c0, r0), (x1, y1, c1, r1) = found
    is_first = x0**2 + y0**2 < x1**2 + y1**2
    column, row = np.where(is_first, c0, c1 + 20).astype(int), np.where(is_first, r0, r1 + 20).astype(int)
    return np.where(is_first, x0, x1), np.where(is_first, y0, y1), scene.rng.random((41, 43), np.float32)[column % 41, row % 43]


# Nothing.


def draw_plain(scene: Scene) -> None:
    """Nothing to see: a gradient, clouds of colour, blurred light or grain."""
    palette, x = scene.palette, scene.grid()
    angle, kind = scene.between(0, 2 * pi), scene.count(0, 3)
    far = (x[0] * np.cos(angle) + x[1] * np.sin(angle)) / scene.size
    colours = [palette.all[at] for at in scene.rng.permutation(5)[: scene.count(2, 4)]]
    if kind == 0:
        scene.rgb = ramp((far - far.min()) / (far.max() - far.min()), *colours).astype(np.uint8)
    elif kind == 1:
        scene.rgb = ramp(scene.noise(scene.between(1, 2), octaves=1), *colours).astype(np.uint8)
    elif kind == 2:
        for colour in colours:
            away = np.hypot(x[0] - scene.between(0, scene.size), x[1] - scene.between(0, scene.size))
            scene.paint(np.exp(-((away / (scene.size * scene.between(0.15, 0.4))) ** 2)), colour)
    if scene.chance(0.6):
        grain = scene.rng.normal(0, scene.between(2, 14), scene.rgb.shape[:2] + ((1,) if scene.chance(0.5) else (3,)))
        grain = np.reshape(cv2.GaussianBlur(grain, (0, 0), scene.between(0.3, 2)), grain.shape)
        scene.rgb = np.clip(scene.rgb + grain, 0, 255).astype(np.uint8)
