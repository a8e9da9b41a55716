"""Scenes go in; what grows is drawn on them: leaves, mushrooms, petals, trees."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from dream.motifs.drafting import crowd, is_light, put, strokes
from dream.motifs.palette import Colour, mix
from dream.motifs.scene import Place, Scene, curve

# Leaves.


def draw_leaves(scene: Scene) -> None:
    """Leaves with a midrib and side veins, one half in the light: single, palmate as a maple's, or pinnate as a rowan's."""
    kind = ("single", "single", "palm", "pinnate")[scene.count(0, 3)]
    first, second = scene.palette.first, scene.palette.second
    wide, saw, n_veins = scene.between(0.42, 0.72), scene.between(0.05, 0.13) * scene.chance(0.5), scene.count(5, 7)
    half = _half_leaf(0.44 if kind == "palm" else wide, saw)
    veins = _veins(half, n_veins if kind == "single" else 4)
    for place in crowd(scene, 0.2, 0.32, apart=0.5 if kind == "single" else 0.7):
        colour = scene.vary(mix(first, second, scene.between(0, 1) ** 2), 0.28)
        if kind == "single":
            blades = [place]
        elif kind == "palm":
            turns = sorted(np.linspace(-1.9, 1.9, 5 if wide < 0.57 else 7), key=lambda turn: -abs(turn))
            blades = [place.at(0.55 * sin(t), 0.3 - 0.55 * cos(t), radius=0.62 - 0.08 * abs(t), angle=t) for t in turns]
        else:
            sides = [(side, y) for y in (0.75, 0.3, -0.15) for side in (-1, 1)]
            blades = [place.at(side * 0.4, y - 0.12, radius=0.44, angle=side * 1.05) for side, y in sides]
            blades.append(place.at(0, -0.6, radius=0.45))
        _leaf(scene, place, blades, half, veins, colour)


def _leaf(scene: Scene, place: Place, blades: list[Place], half: np.ndarray, veins: list[np.ndarray], colour: Colour) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    whole = np.concatenate([half, half[::-1] * (-1, 1)])
    placed = [put(blade, [whole * 1.1, whole * 1.05, half, half * (-1, 1), *veins]) for blade in blades]
    for shapes in placed:
        scene.fill(shapes[0] + 0.05 * place.radius, mix(scene.palette.ground, dark, 0.75))
        scene.fill(shapes[1], mix(colour, dark, 0.75))
    if len(blades) != 1:
        scene.stroke(place.points(np.array([[0, 0.9], [0, -0.3]])), mix(colour, dark, 0.5), 0.08 * place.radius)
    stalk = place.points(curve((0, 0.3), (0.0, 0.9), (0.12, 1.25), n=6))
    scene.taper(stalk, mix(colour, light, 0.4), np.linspace(0.05, 0.11, 6) * place.radius)
    pale, width = mix(colour, light, 0.72), 0.032 * blades[0].radius
    for shapes in placed:
        scene.fill(shapes[2], mix(colour, light, 0.27))
        scene.fill(shapes[3], mix(colour, dark, 0.38))
        strokes(scene, [line + 1.4 * width + 0.4 for line in shapes[5:]], mix(colour, dark, 0.5), width)
        strokes(scene, shapes[5:], pale, width)
        scene.fill(shapes[4], pale)


def _veins(half: np.ndarray, n_veins: int) -> list[np.ndarray]:
    """The midrib as a long wedge, then the veins of both sides from it to the edge."""
    at = np.linspace(len(half) * 0.22, len(half) * 0.84, n_veins).astype(int)
    roots = np.clip(half[at, 1] + 0.1 + 0.55 * half[at, 0], -0.9, 0.95)
    ends = zip(roots, half[at], strict=True)
    right = [curve((0, root), (x * 0.55, 0.7 * root + 0.3 * y), (x * 0.97, y - 0.06), n=5) for root, (x, y) in ends]
    return [np.array([[0.05, 1.0], [0.0, -0.97], [-0.05, 1.0]]), *right, *(line * (-1, 1) for line in right)]


def _half_leaf(wide: float, saw: float) -> np.ndarray:
    """The right edge from the tip at (0, -1) to the stalk at (0, 1)."""
    edge = curve((0, -1), (wide * 0.15, -0.7), (wide * 1.35, -0.35), (wide * 1.5, 0.6), (wide * 0.4, 0.85), (0, 1), n=25)
    teeth = 1 - saw * (np.arange(25) % 3) * (edge[:, 1] < 0.8)
    return edge * np.stack([teeth, np.ones(25)], 1)


# Mushrooms.


def draw_mushrooms(scene: Scene) -> None:
    """Toadstools from the side: a cap with spots, gills below it, a pale stem with a ring."""
    palette = scene.palette
    scene.rgb = (scene.rgb * np.linspace(1.0, 0.65, scene.size)[:, None, None]).astype(np.uint8)
    high, droop, spotted = scene.between(0.55, 1.1), scene.between(-0.02, 0.22), scene.chance(0.85)
    cap = scene.pick() if scene.chance(0.5) else palette.first
    pale = mix(palette.light, palette.second, 0.12)
    for place in crowd(scene, 0.17, 0.28, upright=0.3, apart=0.76):
        tall = place.at(0, 0, radius=scene.between(0.8, 1.1))
        _stem(scene, tall, pale, scene.between(0.14, 0.26))
        _gills(scene, tall, pale, droop)
        _cap(scene, tall, scene.vary(cap, 0.16), pale, high=high * scene.between(0.85, 1.15), droop=droop, spotted=spotted)


def _stem(scene: Scene, place: Place, pale: Colour, half: float) -> None:
    dark = scene.palette.dark
    side = curve((half * 0.8, -0.1), (half * 0.7, 0.5), (half * 1.5, 0.8), (half * 1.3, 1.2), n=12)
    whole = np.concatenate([side, side[::-1] * (-1, 1)])
    scene.fill(place.points(whole * (1.3, 1.04)), mix(dark, scene.palette.first, 0.15))
    scene.fill(place.points(whole), pale)
    scene.fill(place.points(np.concatenate([side, side[::-1] * (0.25, 1)])), mix(pale, dark, 0.4))
    top, hem = curve((-0.8, 0.28), (0, 0.42), (0.8, 0.28), n=8), curve((1.7, 0.5), (0, 0.72), (-1.7, 0.5), n=8)
    ring = np.concatenate([top, hem]) * (half, 1)
    scene.fill(place.points(ring), pale, edge=mix(pale, dark, 0.6), edge_px=0.04 * place.radius)


def _gills(scene: Scene, place: Place, pale: Colour, droop: float) -> None:
    dark = scene.palette.dark
    scene.oval(place.at(0, 0.02), 0.94, 0.17 + droop, mix(pale, dark, 0.8))
    scene.oval(place.at(0, 0.02), 0.88, 0.13 + droop, mix(pale, scene.palette.first, 0.3))
    turns = np.linspace(0.05, pi - 0.05, 15)
    rim = np.stack([0.87 * np.cos(turns), 0.02 + (0.12 + droop) * np.sin(turns)], 1)
    strokes(scene, [place.points(np.array([[x * 0.15, 0.0], [x, y]])) for x, y in rim], mix(pale, dark, 0.65), 0.03 * place.radius)


def _cap(scene: Scene, place: Place, colour: Colour, pale: Colour, *, high: float, droop: float, spotted: bool) -> None:
    dark, light = scene.palette.dark, scene.palette.light

    def dome(size: float) -> np.ndarray:
        top = curve((-1, 0.08), (-1.02, -high * 0.9), (-0.35, -high), (0, -high), n=14)
        brim = curve((1, 0.08), (0.5, 0.12 - droop), (-0.5, 0.12 - droop), (-1, 0.08), n=14)
        return np.concatenate([top, top[::-1] * (-1, 1), brim]) * size

    scene.fill(place.points(dome(1.05)), mix(colour, dark, 0.8))
    scene.fill(place.points(dome(0.99)), mix(colour, dark, 0.32))
    scene.fill(place.points(dome(0.84) - (0.08, 0.06)), colour)
    scene.fill(place.points(dome(0.5) - (0.22, 0.18 * high + 0.06)), mix(colour, light, 0.3))
    if not spotted:
        ribs = [curve((0, -high), (x * 0.9, -high * 0.9), (x, 0.05), n=8) * 0.97 for x in np.linspace(-0.85, 0.85, 9)]
        strokes(scene, [place.points(rib) for rib in ribs], mix(colour, dark, 0.5), 0.035 * place.radius)
        return
    for row, n in ((0.2, 5), (0.55, 4), (0.85, 2)):
        half = 0.86 * (1 - row**2.2) ** 0.5
        for x in (np.arange(n) + 0.5) / n * 2 - 1:
            spot = place.at(half * sin(x * 1.35) + scene.between(-0.05, 0.05), -high * row + scene.between(-0.04, 0.04))
            size = scene.between(0.08, 0.15)
            narrow = size * (1 - 0.6 * abs(x) ** 2)
            scene.oval(spot.at(0.02, 0.03), narrow, size * 0.8, mix(colour, dark, 0.6))
            scene.oval(spot, narrow, size * 0.75, pale)


# Petals.


def draw_petals(scene: Scene) -> None:
    """Flowers from above: rings of veined petals round a heart of stamens."""
    palette = scene.palette
    kind = ("blossom", "daisy", "dahlia")[scene.count(0, 2)]
    n = {"blossom": scene.count(5, 6), "daisy": scene.count(9, 14), "dahlia": scene.count(7, 9)}[kind]
    sizes = {"blossom": (1.0,), "daisy": (1.0, 0.84)[: scene.count(1, 2)], "dahlia": (1.0, 0.78, 0.56)}[kind]
    tip = {"blossom": scene.between(-0.16, 0.05), "daisy": 0.04, "dahlia": scene.between(0.2, 0.45)}[kind]
    outer, inner = palette.first, palette.second if scene.chance(0.4) else palette.light
    if abs(sum(inner) - sum(outer)) < 170:
        inner = palette.light
    heart = palette.second if inner is palette.light else mix(palette.light, palette.second, 0.3)
    if not is_light(palette.ground) and scene.chance(0.5):
        outer, inner = mix(palette.light, palette.first, 0.25), palette.first
    wide = scene.between(0.95, 1.2) * pi / n
    for place in crowd(scene, 0.21, 0.31, apart=0.7):
        colour = scene.vary(outer)
        shadow = 0.08 * place.radius
        scene.disc(place.x + shadow, place.y + shadow, place.radius * 0.95, mix(palette.ground, palette.dark, 0.6))
        for at, size in enumerate(sizes):
            petal = _petal(wide if kind != "blossom" else wide * 0.86, tip)
            lobes = [place.at(0, 0, radius=size * scene.between(0.95, 1.05), angle=(turn + at / 2) * 2 * pi / n) for turn in range(n)]
            _draw_petals(scene, lobes, petal, mix(colour, inner, 0.22 * at), inner)
        _heart(scene, place, heart, {"blossom": 0.2, "daisy": 0.3, "dahlia": 0.16}[kind])


def _petal(wide: float, tip: float) -> np.ndarray:
    """A petal from (0, 0) to the right; a tip above 0 is pointed, below 0 notched."""
    point = max(tip, 0)
    side = curve((0.08, 0), (0.25, wide * 0.25), (0.62, wide * 1.15), (0.97 - point, wide * (0.75 - point)), (1.0, 0.12 * (tip < 0)), n=13)
    return np.concatenate([side, [[1.0 + min(tip, 0), 0.0]], side[::-1] * (1, -1)])


def _draw_petals(scene: Scene, lobes: list[Place], shape: np.ndarray, outer: Colour, inner: Colour) -> None:
    dark = scene.palette.dark
    shapes = [shape * 1.03, shape * (0.97, 0.9), shape * (0.82, 0.68), shape * (0.62, 0.5)]
    colours = [mix(outer, dark, 0.65), outer, mix(outer, inner, 0.35), mix(outer, inner, 0.75)]
    if len(lobes) > 6:  # Narrow ones need fewer steps from colour to colour.
        del shapes[2], colours[2]
    for lobe in lobes:
        for placed, colour in zip(put(lobe, shapes), colours, strict=True):
            scene.fill(placed, colour)
    veins = [np.array([[0.1, 0.0], end]) for end in ((0.72, 0.1), (0.84, 0.0), (0.72, -0.1))]
    strokes(scene, [lobe.points(vein) for lobe in lobes for vein in veins], mix(outer, dark, 0.4), 0.02 * lobes[0].radius)


def _heart(scene: Scene, place: Place, colour: Colour, size: float) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    shade, pale = mix(colour, dark, 0.6), mix(colour, light, 0.65)
    scene.disc(place.x, place.y, place.radius * size * 1.15, mix(colour, dark, 0.75))
    scene.disc(place.x, place.y, place.radius * size, colour)
    for ring, n in ((0.8, 9), (0.42, 5), (0.0, 1)):
        for turn in np.linspace(0, 2 * pi, n, endpoint=False):
            x, y = place.x + ring * size * cos(turn) * place.radius, place.y + ring * size * sin(turn) * place.radius
            scene.disc(x + 0.6, y + 0.8, place.radius * size * 0.2, shade)
            scene.disc(x, y, place.radius * size * 0.16, pale)


# Trees.


def draw_trees(scene: Scene) -> None:
    """Trees from the side: a trunk that branches and branches again, bare or with dots of leaves."""
    palette = scene.palette
    bare = scene.chance(0.35)
    pale = not is_light(palette.ground)
    bark = mix(palette.light, palette.first, 0.45) if pale else mix(palette.dark, palette.first, 0.25)
    leaf_colour = mix(palette.second, palette.first, scene.between(0, 0.4))
    spread, shorter = scene.between(0.38, 0.62), scene.between(0.7, 0.8)
    for place in crowd(scene, 0.21, 0.31, upright=0.1, apart=0.66):
        hill = mix(leaf_colour, palette.dark, 0.6) if pale else mix(leaf_colour, palette.ground, 0.35)
        for drop, colour in ((1.32, mix(hill, palette.light, 0.25)), (1.4, hill)):
            scene.oval(place.at(0, drop), 1.5, 0.42, colour)
        levels = _grow(scene, spread, shorter)
        widths = [max(1.0, place.radius * 0.17 * 0.66**level) for level in range(len(levels))]
        leaf = scene.vary(leaf_colour, 0.2)
        ends = place.points(np.concatenate([level[:, 2] for level in levels[-2:]]))
        if not bare:
            _foliage(scene, ends + 0.03 * place.radius, place.radius * 0.09, mix(leaf, palette.dark, 0.5))
        _branches(scene, place, levels, widths, bark)
        if not bare:
            _foliage(scene, ends[::3] - 0.03 * place.radius, place.radius * 0.07, leaf)
            _foliage(scene, ends[1::4] - 0.06 * place.radius, place.radius * 0.045, mix(leaf, palette.light, 0.65))


def _grow(scene: Scene, spread: float, shorter: float) -> list[np.ndarray]:
    """The branches by level, each (N, 3, 2): from, midway, to."""
    tips, turns, length = np.array([[0.0, 1.0]]), np.zeros(1), 0.5
    levels = []
    for _ in range(7):
        n = len(tips)
        bow = scene.rng.normal(0, 0.14, n)
        ends = tips + length * scene.rng.uniform(0.75, 1.15, (n, 1)) * np.stack([np.sin(turns), -np.cos(turns)], 1)
        middles = (tips + ends) / 2 + (bow * length)[:, None] * np.stack([np.cos(turns), np.sin(turns)], 1)
        levels.append(np.stack([tips, middles, ends], 1))
        tips = np.repeat(ends, 2, 0)
        turns = np.repeat(turns * 0.97, 2) + np.tile([-1, 1], n) * spread * scene.rng.uniform(0.5, 1.35, 2 * n)
        length *= shorter
    return levels


def _branches(scene: Scene, place: Place, levels: list[np.ndarray], widths: list[float], bark: Colour) -> None:
    palette = scene.palette
    placed = [place.points(level.reshape(-1, 2)).reshape(level.shape) for level in levels]
    edge = mix(palette.dark, palette.ground, 0.15) if is_light(bark) else mix(palette.ground, palette.light, 0.5)
    foot = place.points(np.array([[0.0, 1.12], [0.0, 0.95], [0.0, 0.6]]))
    flare = np.array([0.5, 0.24, 0.15]) * place.radius
    for lines, width in list(zip(placed, widths, strict=True))[:5]:
        strokes(scene, lines, edge, width + 2)
    scene.taper(foot, edge, flare + 2)
    for lines, width in zip(placed, widths, strict=True):
        strokes(scene, lines, bark, width)
    scene.taper(foot, bark, flare)
    for lines, width in list(zip(placed, widths, strict=True))[:4]:
        strokes(scene, lines - 0.22 * width, mix(bark, palette.light, 0.5), width * 0.25)


def _foliage(scene: Scene, points: np.ndarray, radius: float, colour: Colour) -> None:
    for x, y in points + scene.rng.normal(0, radius * 0.4, points.shape):
        scene.disc(float(x), float(y), radius, colour)
