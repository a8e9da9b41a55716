"""Scenes go in; what is built is drawn on them: arches, towers, windows."""

from __future__ import annotations

from itertools import pairwise
from math import acos, pi

import numpy as np

from dream.motifs.drafting import box, fill_all, fill_each, is_seen
from dream.motifs.palette import Colour, mix, oklch
from dream.motifs.scene import Place, Scene, arc

# Arches.


def draw_arches(scene: Scene) -> None:
    """Arcades in tiers: round, pointed or horseshoe arches of wedge stones on columns, dark and deep behind."""
    palette, style = scene.palette, ("round", "pointed", "horseshoe")[scene.count(0, 2)]
    stone = mix(scene.pick(palette.first, palette.second, palette.ground), palette.light, scene.between(0.3, 0.6))
    wedge = scene.pick(palette.first, palette.second, mix(stone, palette.light, 0.5))
    radius = scene.size * scene.between(0.11, 0.19)
    high = radius * scene.between(2.6, 3.1)
    scene.paint(scene.noise(5, octaves=4) * 0.5, mix(stone, palette.dark, 0.2))
    far = scene.pick(palette.second, palette.light, oklch(0.86, 0.12, scene.between(60, 95)), oklch(0.8, 0.09, scene.between(220, 260)))
    shift, lower, n_wedges = scene.between(-1, 1), scene.between(0, 1), 2 * scene.count(3, 6) + 1
    for tier in range(int(scene.size / high) + 2):
        y = (tier - lower) * high + radius * 1.3
        _masonry(scene, y - radius * 1.7, high, stone)
        for column in range(-1, int(scene.size / radius / 2) + 2):
            bay = Place((2 * column + shift) * radius, y, radius, 0.0)
            _bay(scene, bay, style, high / radius - 1.7, n_wedges, (stone, wedge, far))
        for column in range(-1, int(scene.size / radius / 2) + 2):
            _column(scene, Place((2 * column + 1 + shift) * radius, y, radius, 0.0), high / radius - 1.7, stone)


def _masonry(scene: Scene, top: float, high: float, stone: Colour) -> None:
    course, dark = high / scene.count(9, 12), mix(stone, scene.palette.dark, 0.4)
    scene.fill(box(-9, top, scene.size + 9, top + high), dark)
    at = [(x * course, top + row * course) for row in range(13) for x in np.arange(-(row % 2), scene.size / course + 1, 2)]
    blocks = np.array([box(x + 0.7, y + 0.7, x + course * 2 - 0.7, y + course - 0.7) for x, y in at])
    tones = scene.rng.integers(0, 4, len(blocks))
    light = scene.palette.light
    for tone, colour in enumerate((stone, mix(stone, dark, 0.35), mix(stone, light, 0.2), mix(stone, light, 0.45))):
        fill_all(scene, blocks[tones == tone], colour)
    scene.fill(box(-9, top, scene.size + 9, top + course * 0.7), mix(stone, light, 0.6), edge=scene.palette.dark)
    scene.fill(box(-9, top + course * 0.7, scene.size + 9, top + course), dark)


def _vault(half: float, style: str, n: int = 25) -> np.ndarray:
    """The curve of an arch from its left foot to its right one, (n, 2), feet at y = 0."""
    if style == "round":
        return arc(half, pi, 2 * pi, n)
    if style == "horseshoe":
        return arc(half, pi - 0.55, 2 * pi + 0.55, n) - (0, half * np.sin(0.55))
    part = arc(half * 1.85, pi, pi + acos(0.85 / 1.85), n // 2 + 1, x=half * 0.85)
    return np.concatenate([part, part[::-1][1:] * (-1, 1)])


def _bay(scene: Scene, bay: Place, style: str, deep: float, n_wedges: int, colours: tuple[Colour, Colour, Colour]) -> None:
    dark, light, (stone, wedge, far) = scene.palette.dark, scene.palette.light, colours
    outer, inner = _vault(0.97, style, 2 * n_wedges + 1), _vault(0.68, style, 2 * n_wedges + 1)
    foot = np.array([[0.68, deep], [-0.68, deep]])
    for share in range(n_wedges):
        part = slice(2 * share, 2 * share + 3)
        colour = scene.vary(wedge if share % 2 == 0 else mix(stone, light, 0.4), 0.08)
        scene.fill(bay.points(np.concatenate([outer[part], inner[part][::-1]])), colour, edge=mix(dark, colour, 0.2))
    opening = np.concatenate([inner, foot])
    scene.fill(bay.points(opening), mix(stone, dark, 0.45))
    for size, colour in ((0.9, dark), (0.72, mix(dark, stone, 0.35)), (0.6, dark), (0.44, mix(far, dark, 0.3)), (0.32, far)):
        scene.fill(bay.points(opening * (size, size**0.4) + (0.1 * (1 - size), 0.25 * (1 - size))), colour)
    if style == "pointed":
        _tracery(scene, bay, deep, mix(stone, light, 0.5))
    scene.stroke(bay.points(inner), light, 0.07 * bay.radius)


def _tracery(scene: Scene, bay: Place, deep: float, colour: Colour) -> None:
    for wide, tone in ((0.14, scene.palette.dark), (0.075, colour)):
        for side in (-0.33, 0.33):
            lancet = _vault(0.33, "pointed") * (1, 0.9) + (side, 0.1)
            scene.stroke(bay.points(np.concatenate([[[side - 0.33, deep]], lancet, [[side + 0.33, deep]]])), tone, wide * bay.radius)
        rose = bay.at(0, -0.48)
        scene.disc(rose.x, rose.y, 0.22 * bay.radius, tone, width_px=wide * bay.radius)
        for turn in np.arange(4) * pi / 2:
            leaf = rose.at(0.1 * np.cos(turn), 0.1 * np.sin(turn))
            scene.disc(leaf.x, leaf.y, 0.06 * bay.radius, tone)


def _column(scene: Scene, foot: Place, deep: float, stone: Colour) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    for left, right, shade in ((-0.24, 0.24, dark), (-0.2, 0.2, mix(stone, dark, 0.45)), (-0.2, 0.08, stone), (-0.14, -0.04, light)):
        scene.fill(foot.points(box(left, 0.1, right, deep)), shade)
    for y, sides in ((0.0, (0.34, 0.22)), (deep - 0.3, (0.24, 0.36))):
        cap = np.array([[-sides[0], y], [sides[0], y], [sides[1], y + 0.28], [-sides[1], y + 0.28]])
        scene.fill(foot.points(cap), mix(stone, light, 0.35), edge=dark)
    scene.fill(foot.points(box(-0.38, -0.1, 0.38, 0.04)), mix(stone, light, 0.7), edge=dark)


# Towers.


def draw_towers(scene: Scene) -> None:
    """Round castle towers crowding behind one another, under battlements or pointed roofs with flags."""
    palette = scene.palette
    stone = mix(scene.pick(), palette.light, scene.between(0.15, 0.45))
    roof = scene.pick(palette.first, palette.second, oklch(0.5, 0.16, scene.between(20, 50)))
    roofed = scene.between(0.3, 1.0)
    loose = scene.between(0, 0.35)
    for place in scene.places(0.1, 0.16, upright=0.05, apart=0.9, layout="hexagons"):
        if is_seen(scene, place, 1.7):
            _tower(scene, place.at(*scene.rng.normal(0, loose, 2)), scene.vary(stone, 0.15), roof if scene.chance(roofed) else None)


def _tower(scene: Scene, place: Place, stone: Colour, roof: Colour | None) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    wide, deep = scene.between(0.42, 0.6), 3.4
    scene.fill(place.points(box(-wide - 0.05, 0, wide + 0.05, deep)), dark)
    _drum(scene, place, wide, 0.0, deep, stone)
    for colour in (mix(stone, dark, 0.35), mix(stone, light, 0.45)):
        at = [(x * wide, 0.5 + row * 0.26) for row, x in enumerate(scene.rng.uniform(-0.85, 0.6, 10))]
        stones = np.concatenate([box(x, y, x + 0.3 * wide, y + 0.12) for x, y in at])
        fill_all(scene, place.points(stones).reshape(-1, 4, 2), colour)
    for y in (0.75, 2.0):
        _slit(scene, place.at(scene.between(-0.12, 0.12), y), dark, light)
    flare = wide * 1.22
    scene.fill(place.points(box(-flare - 0.05, -0.05, flare + 0.05, 0.38)), dark)
    _drum(scene, place, flare, 0.0, 0.33, stone)
    if roof is None:
        _battlement(scene, place, flare, stone)
    else:
        _roof(scene, place, flare * 1.12, roof)


def _drum(scene: Scene, place: Place, wide: float, top: float, bottom: float, stone: Colour) -> None:
    """The side of a cylinder, lit from the left."""
    dark, light = scene.palette.dark, scene.palette.light
    shades = (mix(stone, dark, 0.25), mix(stone, light, 0.5), mix(stone, light, 0.15), stone, mix(stone, dark, 0.3), mix(stone, dark, 0.6))
    edges = wide * np.array([-1.0, -0.75, -0.4, 0.05, 0.4, 0.72, 1.0])
    walls = np.array([box(left, top, right, bottom) for left, right in pairwise(edges)])
    fill_each(scene, place, walls, shades)


_DOOR = np.concatenate([arc(0.11, pi, 2 * pi, 9), [[0.11, 0.32], [-0.11, 0.32]]])


def _slit(scene: Scene, place: Place, dark: Colour, light: Colour) -> None:
    fill_each(scene, place, np.array([_DOOR * 1.5 - (0, 0.04), _DOOR]), (light, scene.pick(dark, dark, oklch(0.85, 0.15, 85))), edge=dark)


def _battlement(scene: Scene, place: Place, flare: float, stone: Colour) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    merlons = np.array([box((at - 0.19) * flare, -0.3, (at + 0.19) * flare, 0.02) for at in (-0.8, -0.27, 0.27, 0.8)])
    shades = mix(stone, light, 0.4), mix(stone, light, 0.2), mix(stone, dark, 0.1), mix(stone, dark, 0.45)
    fill_each(scene, place, merlons, shades, edge=dark)


def _roof(scene: Scene, place: Place, flare: float, roof: Colour) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    high = scene.between(1.1, 1.7)
    tip = (0.0, -high)
    edges = flare * np.array([-1.0, -0.6, -0.1, 0.4, 1.0])
    slopes = np.array([[tip, (right, 0.06), (left, 0.06)] for left, right in pairwise(edges)])
    fill_each(scene, place, slopes, (mix(roof, light, 0.2), mix(roof, light, 0.5), roof, mix(roof, dark, 0.5)))
    for share in (0.3, 0.5, 0.68, 0.85):
        row = arc(flare * share, pi * 0.1, pi * 0.9, 9) * (1, 0.2) + (0, -high * (1 - share) - 0.02)
        scene.stroke(place.points(row), mix(roof, dark, 0.6), 0.04 * place.radius)
    scene.stroke(place.points(np.array([(-flare, 0.06), tip, (flare, 0.06)])), dark, 0.06 * place.radius, closed=True)
    if scene.chance(0.6):
        flag = np.array([[0, -0.5], [0.5, -0.38], [0, -0.22]]) + tip
        scene.stroke(place.points(np.array([tip, (0.0, -high - 0.5)])), dark, 0.05 * place.radius)
        scene.fill(place.points(flag), scene.palette.second, edge=dark)


# Windows.


def draw_windows(scene: Scene) -> None:
    """A house front: rows of framed windows with bars, sills and perhaps shutters, lit or dark."""
    palette = scene.palette
    wide = scene.between(0.55, 0.8)
    shutters, n_panes, lit = scene.chance(0.5), scene.count(2, 4), scene.between(0.3, 0.9)
    leaf = scene.pick(palette.first, palette.second)
    flowers = scene.chance(0.4)
    radius = scene.size * scene.between(0.09, 0.16)
    step = (2 * wide * (1.95 if shutters else 1.0) + scene.between(0.5, 1.0)) * radius
    _front(scene, radius)
    shift_x, shift_y = scene.between(-1, 0), scene.between(-1, 0)
    for row in range(int(scene.size / radius / 2.9) + 2):
        for column in range(int(scene.size / step) + 2):
            place = Place((column + 0.5 + shift_x) * step, (row + 0.5 + shift_y) * radius * 2.9, radius, 0.0)
            if shutters:
                _shutters(scene, place, wide, leaf)
            _window(scene, place, wide, n_panes, is_lit=scene.chance(lit))
            if flowers:
                _flowers(scene, place, wide)


def _front(scene: Scene, radius: float) -> None:
    """Plaster or boards."""
    palette = scene.palette
    wall = mix(palette.ground, palette.first, scene.between(0.1, 0.5))
    scene.paint(scene.noise(12, octaves=4) * 0.7 + 0.3, wall)
    if scene.chance(0.6):
        for y in np.arange(0, scene.size, radius * 0.3):
            scene.stroke(np.array([[-9, y], [scene.size + 9, y]]), mix(wall, palette.dark, 0.45), 0.05 * radius)
            scene.stroke(np.array([[-9, y + 0.06 * radius], [scene.size + 9, y + 0.06 * radius]]), mix(wall, palette.light, 0.3), 1)


def _window(scene: Scene, place: Place, wide: float, n_panes: int, *, is_lit: bool) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    frame = mix(light, scene.palette.ground, 0.12)
    scene.fill(place.points(box(-wide - 0.14, -1.14, wide + 0.14, 1.14)), mix(dark, frame, 0.15))
    scene.fill(place.points(box(-wide - 0.1, -1.1, wide + 0.1, 1.1)), frame)
    glow = oklch(scene.between(0.82, 0.93), 0.12, scene.between(65, 100))
    top, bottom = mix(dark, scene.palette.second, 0.5), mix(dark, scene.palette.second, 0.05)
    if is_lit:
        top, bottom = glow, mix(glow, (190, 70, 20), 0.5)
    for share in np.arange(6) / 6:
        scene.fill(place.points(box(-wide, -1 + 2 * share, wide, 1)), mix(top, bottom, float(share)))
    if is_lit and scene.chance(0.6):
        for side in (-1, 1):
            drape = np.array([[0, -1], [side * wide, -1], [side * wide, 1], [side * wide * 0.7, 0.3]])
            scene.fill(place.points(drape), mix(glow, scene.palette.first, 0.6))
    elif not is_lit:
        for left in (-0.7, -0.1):
            gleam = np.array([[left, 1], [left + 0.35, 1], [left + 0.95, -1], [left + 0.6, -1]]) * (wide * 0.75, 1)
            scene.fill(place.points(gleam), mix(top, light, 0.35))
    _bars(scene, place, wide, n_panes, frame)
    scene.stroke(place.points(box(-wide, -1, wide, 1)), mix(frame, dark, 0.6), 0.04 * place.radius, closed=True)
    for y, reach, thick in ((1.1, 0.3, 0.16), (-1.28, 0.24, 0.16)):
        scene.fill(place.points(box(-wide - reach, y, wide + reach, y + thick)), frame, edge=dark)
        scene.fill(place.points(box(-wide - reach, y + thick, wide + reach, y + thick + 0.08)), mix(dark, scene.palette.ground, 0.3))


def _bars(scene: Scene, place: Place, wide: float, n_panes: int, frame: Colour) -> None:
    shadow = mix(frame, scene.palette.dark, 0.7)
    lines = [np.array([[0, -1.0], [0, 1]])]
    lines += [np.array([[-wide, y], [wide, y]]) for y in np.linspace(-1, 1, n_panes + 1)[1:-1]]
    for line in lines:
        scene.stroke(place.at(0.04, 0.04).points(line), shadow, 0.12 * place.radius)
    for line in lines:
        scene.stroke(place.points(line), frame, 0.11 * place.radius)


def _flowers(scene: Scene, place: Place, wide: float) -> None:
    """A box of them on the sill."""
    palette, leaf = scene.palette, oklch(0.45, 0.11, 140)
    scene.fill(place.points(box(-wide, 0.95, wide, 1.3)), mix(palette.dark, oklch(0.5, 0.1, 50), 0.7), edge=palette.dark)
    blossoms = (palette.light, palette.second, oklch(0.65, 0.21, 20), oklch(0.8, 0.15, 90))
    for x, y in scene.rng.uniform((-wide, 0.72), (wide, 1.05), (14, 2)):
        spot = place.at(x, y)
        scene.disc(spot.x, spot.y, 0.12 * place.radius, scene.vary(leaf, 0.25))
    for x, y in scene.rng.uniform((-wide, 0.65), (wide, 1.0), (9, 2)):
        spot = place.at(x, y)
        scene.disc(spot.x, spot.y, 0.1 * place.radius, scene.pick(*blossoms))
        scene.disc(spot.x, spot.y, 0.03 * place.radius, palette.dark)


def _shutters(scene: Scene, place: Place, wide: float, leaf: Colour) -> None:
    for side in (-1, 1):
        inner, outer = side * (wide + 0.14), side * wide * 1.95
        scene.fill(place.points(box(inner, -1.08, outer, 1.08)), leaf, edge=scene.palette.dark, edge_px=0.06 * place.radius)
        for y in np.linspace(-0.9, 0.8, 9):
            slat = box(inner + 0.09 * side, y, outer - 0.09 * side, y + 0.09)
            scene.fill(place.points(slat), mix(leaf, scene.palette.dark, 0.55))
            scene.fill(place.points(slat - (0, 0.07)), mix(leaf, scene.palette.light, 0.4))
