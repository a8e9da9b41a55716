"""Scenes go in; animals that coil are drawn on them: snakes, tentacles."""

from __future__ import annotations

from collections.abc import Callable
from math import pi

import numpy as np

from dream.motifs.animals import beady_eye
from dream.motifs.modelling import Paint, blend, form, herd, net, ribbon, smooth
from dream.motifs.palette import Colour, mix
from dream.motifs.scene import Place, Scene

_BLACK, _WHITE = (10, 8, 14), (252, 250, 246)

# Snakes.


def draw_snakes(scene: Scene) -> None:
    """Coiled snakes: scales, a row of diamonds, bands or saddles along the back, a head with eyes and a forked tongue."""
    palette = scene.palette
    skin, other, mark = palette.first, scene.pick(palette.light, palette.second), scene.pick(palette.dark, palette.dark, palette.second)
    style = ("diamonds", "bands", "saddles")[scene.count(0, 2)]
    turns = scene.between(1.7, 2.6)
    paint = _snake_skin(scene, skin, other, mark, style)
    dark = mix(palette.dark, _BLACK, 0.3)
    snakes = herd(scene, 0.18, 0.3, wide=0.92, tall=0.8, upright=pi)
    heads = [_coil(scene, place, paint, dark, turns) for place in snakes]
    for head in heads:
        _snake_head(scene, head, skin, mark, dark)


def _coil(scene: Scene, place: Place, paint: Paint, dark: Colour, turns: float) -> Place:
    """The body in a spiral; where the head is to be."""
    at = np.linspace(0.0, 1.0, 90)
    turn = at * 2 * pi * turns
    pace = 0.8 / turns
    away = 0.12 + pace * turns * at
    line = np.stack([np.cos(turn), np.sin(turn)], 1) * away[:, None]
    # The neck lifts off the coil, so that the head lies over a neighbour.
    line += line * (np.clip((at - 0.93) / 0.07, 0, 1) ** 2 * 0.1)[:, None]
    wide = pace * np.interp(at, (0, 0.3, 0.8, 1.0), (0.25, 0.8, 1.1, 0.8))
    ribbon(scene, place.points(line), wide * place.radius, paint, edge=dark, edge_px=0.03 * place.radius)
    ahead = np.arctan2(*(line[-1] - line[-3])[::-1])
    return place.at(*line[-1], radius=float(wide.max()) * 1.05, angle=float(ahead) + 0.15)


def _snake_head(scene: Scene, place: Place, skin: Colour, mark: Colour, dark: Colour) -> None:
    r = place.radius
    for fork in (-0.16, 0.16):
        tongue = np.array([[0.9, 0], [1.4, 0.0], [1.75, fork]])
        scene.stroke(place.points(tongue), (214, 40, 56), 0.09 * r)
    left = (-0.45, -0.34), (0.05, -0.55), (0.5, -0.5), (0.95, -0.26)
    head = smooth(*left, (1.05, 0), *((x, -y) for x, y in reversed(left)), n=4)
    form(scene, place, head, mix(skin, scene.palette.light, 0.15), depth=0.4, edge=dark, edge_px=0.07 * r)
    for side in (-1, 1):
        scene.stroke(place.points(np.array([[-0.35, 0.14 * side], [0.1, 0.22 * side], [0.8, 0.08 * side]])), mark, 0.09 * r)
        beady_eye(scene, place.at(0.48, 0.32 * side, radius=0.15), (250, 214, 60))


def _snake_skin(scene: Scene, skin: Colour, other: Colour, mark: Colour, style: str) -> Paint:
    long = scene.between(1.1, 1.7)

    def paint(along: np.ndarray, across: np.ndarray, wide: np.ndarray) -> np.ndarray:
        u = along / (float(wide.max()) * long)
        if style == "diamonds":
            shape = 0.78 - np.abs(2 * (u % 1) - 1) - np.abs(across) * 0.85 + 0.1
        elif style == "bands":
            shape = np.sin(2 * pi * u) * 0.6
        else:
            shape = np.cos(2 * pi * u + 0.9 * np.sign(across)) * 0.5 - np.abs(np.abs(across) - 0.45) + 0.15
        colours = blend(skin, other, (np.abs(across) - 0.62) * 5)
        colours = blend(colours, other, (shape + 0.16) * 9)
        colours = blend(colours, mark, shape * 9)
        scales = net(along * 3.2 / float(wide.max()), np.arcsin(across) * 1.6)
        return blend(blend(colours, scene.palette.dark, (0.36 - scales) * 1.3), scene.palette.light, (scales - 0.65) * 0.8)

    return paint


# Tentacles.


def draw_tentacles(scene: Scene) -> None:
    """Arms that rise, taper and curl, with suckers along the inner side of the curl."""
    palette = scene.palette
    skin, under = palette.first, mix(palette.light, palette.second, scene.between(0.05, 0.4))
    curl, lean = scene.between(1.1, 1.6), scene.between(-pi, pi)
    blotch = _blotches(scene, skin)
    for place in herd(scene, 0.19, 0.3, wide=0.64, tall=0.62, upright=0.35, lean=lean, margin=1.7):
        side = 1 if scene.chance(0.5) else -1
        _tentacle(scene, place, blotch, under, curl * scene.between(0.9, 1.1), side)


_Skin = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _blotches(scene: Scene, skin: Colour) -> _Skin:
    """What the back of an arm looks like: rings, or spots, by pixels along it in its own widths and -1..1 across."""
    other = scene.pick(mix(skin, scene.palette.dark, 0.6), scene.palette.second)
    pace, is_ringed = scene.between(1.2, 2.2), scene.chance(0.4)

    def paint(along: np.ndarray, across: np.ndarray) -> np.ndarray:
        if is_ringed:
            return blend(skin, other, (np.sin(along * pace * 4 + across**2) - 0.2) * 2)
        return blend(skin, other, (net(along * pace, across * 1.2) - 0.6) * 5)

    return paint


def _tentacle(scene: Scene, place: Place, blotch: _Skin, under: Colour, curl: float, side: int) -> None:
    dark, r = mix(scene.palette.dark, _BLACK, 0.3), place.radius
    at = np.linspace(0, 1, 70)
    heading = -pi / 2 + side * (curl * 2 * pi * np.clip((at - 0.2) / 0.8, 0, 1) ** 1.9 - 0.45 * np.sin(at * 5))
    line = np.stack([np.cumsum(np.cos(heading)), np.cumsum(np.sin(heading))], 1) * (4.0 / 70) + (-0.3 * side, 1.9)
    wide = np.interp(at, (0, 0.45, 1), (0.62, 0.46, 0.07)) * r
    points = place.points(line)

    def paint(along: np.ndarray, across: np.ndarray, _wide: np.ndarray) -> np.ndarray:
        return blend(blotch(along / r, across), under, (across * side - 0.02) * 8)

    ribbon(scene, points, wide, paint, edge=dark, edge_px=0.035 * r, glow=0.6)
    inward = np.stack([-np.sin(heading + place.angle), np.cos(heading + place.angle)], 1) * side
    _suckers(scene, points + inward * wide[:, None] * 0.27, wide / 2, mix(under, _WHITE, 0.55), mix(under, dark, 0.75), dark)


def _suckers(scene: Scene, points: np.ndarray, halves_px: np.ndarray, rim: Colour, hole: Colour, dark: Colour) -> None:
    """Cups along points, (N, 2), ever smaller and closer as the arm gets thin."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    where, end = 0.02 * along[-1], 0.95 * along[-1]
    while where < end:
        x, y, half = (float(np.interp(where, along, field)) for field in (points[:, 0], points[:, 1], halves_px))
        if max(abs(x - scene.size / 2), abs(y - scene.size / 2)) < scene.size / 2 + half:
            for share, colour in ((0.44, dark), (0.35, rim), (0.17, hole)):
                scene.disc(x, y, half * share, colour)
        where += max(half * 0.86, 1.0)
