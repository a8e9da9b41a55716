"""Scenes go in; what winds and what fans out is drawn on them: shells, spirals."""

from __future__ import annotations

from itertools import pairwise
from math import pi

import numpy as np

from dream.motifs.drafting import crowd, fill_all, put, strokes
from dream.motifs.palette import Colour, mix
from dream.motifs.scene import Place, Scene, curve

# Shells.


def draw_shells(scene: Scene) -> None:
    """Sea shells: the chambers of a nautilus on its spiral, or the ribbed fan of a scallop, or both."""
    kind = scene.between(0, 1)
    fan, coil = _fan(scene, scene.count(7, 11)), _coil(scene.between(0.125, 0.17))
    for place in crowd(scene, 0.18, 0.3, apart=0.7):
        body, pale = scene.vary(scene.palette.first), scene.vary(mix(scene.palette.light, scene.palette.second, scene.between(0, 0.3)))
        if kind < 0.4 or (kind > 0.8 and scene.chance(0.5)):
            _nautilus(scene, place, body, pale, coil)
        else:
            _scallop(scene, place, body, pale, fan)


def _coil(growth: float) -> list[np.ndarray]:
    """The line that a nautilus winds along, its mouth, then by turns the outline of a chamber and of its lit part."""

    def spiral(start: float, end: float, n: int, *, back: float = 0.0) -> np.ndarray:
        turn = np.linspace(start, end, n) - back
        radius = np.exp(growth * (turn - 6 * pi))
        return np.stack([radius * np.cos(turn) - 0.12, radius * np.sin(turn)], 1)

    mouth = np.concatenate([spiral(5.72 * pi, 6 * pi, 9), spiral(5.72 * pi, 6 * pi, 9, back=2 * pi)[::-1]])
    shapes = [spiral(3 * pi, 6 * pi, 60), spiral(1.4 * pi, 6 * pi, 90), mouth]
    for start, end in pairwise(np.linspace(1.6 * pi, 5.72 * pi, 29)):
        inside, outside = spiral(start, end, 5, back=2 * pi), spiral(start, end, 5)
        bulge = (inside[-1] + outside[-1]) / 2 + (outside[-1] - outside[-2]) * 1.8
        wall = curve(tuple(outside[-1]), tuple(bulge), tuple(inside[-1]), n=6)
        top, low = inside + (outside - inside) * 0.88, inside + (outside - inside) * 0.55
        shapes += [np.concatenate([outside, wall, inside[::-1]]), np.concatenate([top, low[::-1]])]
    return shapes


def _nautilus(scene: Scene, place: Place, body: Colour, pale: Colour, coil: list[np.ndarray]) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    rim, line, mouth, *cells = put(place, coil)
    middle = (place.x, place.y)
    scene.fill((rim - middle) * 1.1 + middle + 0.04 * place.radius, mix(scene.palette.ground, dark, 0.75))
    scene.fill((rim - middle) * 1.05 + middle, dark)
    scene.fill(mouth, mix(body, dark, 0.5))
    # Neighbours overlap, so that those of each colour are filled in calls of their own.
    for at, colour in ((0, mix(pale, body, 0.25)), (2, mix(pale, body, 0.85))):
        fill_all(scene, cells[at::4], colour)
        fill_all(scene, cells[at + 1 :: 4], mix(colour, light, 0.5))
    strokes(scene, [cell[4:] for cell in cells[::2]], mix(body, dark, 0.8), 0.03 * place.radius)
    scene.stroke(line, pale, 0.06 * place.radius)


def _fan(scene: Scene, n_ribs: int) -> list[list[np.ndarray]]:
    """The outline of a scallop and the lines between its ribs; then by growth band, the outermost first, the lit and the shaded ribs."""
    edges = np.linspace(-1.12, 1.12, n_ribs + 1)
    hinge = np.array([[0.0, 0.9]])

    def rib(start: float, end: float, far: float) -> np.ndarray:
        turn = np.linspace(start, end, 6)
        reach = far * (1.62 + 0.16 * np.cos(turn)) * (1 + 0.07 * np.sin(np.linspace(0, pi, 6)))
        return np.concatenate([hinge, np.stack([reach * np.sin(turn) * 0.82, 0.9 - reach * np.cos(turn)], 1)])

    found = [[np.concatenate([rib(a, b, 1.0) for a, b in pairwise(edges)])], [rib(a, a, 1.0)[:2] for a in edges]]
    for far in (1.0, *sorted(scene.rng.uniform(0.35, 0.95, 3))[::-1]):
        for start, end in ((0.0, 0.62), (0.62, 1.0)):
            found.append([rib(a + (b - a) * start, a + (b - a) * end, far) for a, b in pairwise(edges)])
    return found


def _scallop(scene: Scene, place: Place, body: Colour, pale: Colour, fan: list[list[np.ndarray]]) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    ears = np.array([[-0.42, 0.95], [-0.36, 0.6], [0.36, 0.6], [0.42, 0.95]])
    scene.fill(place.points(fan[0][0] * 1.08) + 0.05 * place.radius, mix(scene.palette.ground, dark, 0.75))
    scene.fill(place.points(ears * 1.1), dark)
    scene.fill(place.points(ears), mix(body, pale, 0.4))
    scene.fill(place.points(fan[0][0] * 1.05), mix(body, dark, 0.85))
    for at in range(4):
        colour = mix(body, pale, 0.5 * (at % 2) + 0.12 * at)
        fill_all(scene, put(place, fan[2 + 2 * at]), mix(colour, light, 0.35))
        fill_all(scene, put(place, fan[3 + 2 * at]), mix(colour, dark, 0.35))
    strokes(scene, put(place, fan[1]), mix(body, dark, 0.8), 0.03 * place.radius)


# Spirals.


def draw_spirals(scene: Scene) -> None:
    """Coils that wind inwards: bands about many middles that fill all, or scrolls with outlines."""
    if scene.chance(0.5):
        _whorls(scene)
    else:
        _scrolls(scene)


def _whorls(scene: Scene) -> None:
    """Each pixel belongs to the nearest middle; bands wind round it as ridges."""
    palette = scene.palette
    x, y = scene.grid()
    nearest = np.full((scene.size, scene.size), 9.0, np.float32)
    band, tint = np.zeros_like(nearest), np.zeros_like(nearest)
    arms, n_turns = scene.count(1, 2), scene.between(2.2, 3.6)
    for place in crowd(scene, 0.17, 0.3, apart=0.8):
        right, down = (x - place.x) / place.radius, (y - place.y) / place.radius
        far = np.sqrt(right * right + down * down)
        mine = far < nearest
        nearest[mine] = far[mine]
        turn = np.arctan2(down[mine], right[mine]) * arms / (2 * pi) + place.angle
        band[mine] = turn + n_turns * far[mine] ** 0.75
        tint[mine] = scene.between(0, 1)
    ridge = 0.5 + 0.5 * np.cos(2 * pi * band)
    inner, outer = mix(palette.first, palette.light, 0.35), palette.second
    scene.paint(np.ones_like(ridge), mix(palette.dark, palette.ground, 0.12))
    body = np.array(inner) + (np.array(outer) - np.array(inner)) * np.clip(0.7 * nearest + 0.6 * tint - 0.3, 0, 1)[..., None]
    scene.paint(np.clip((ridge - 0.3) * 5, 0, 1), body)
    scene.paint(np.clip((ridge - 0.86) * 6, 0, 1) * 0.75, palette.light)
    scene.relief(ridge * scene.between(4, 9), strength=0.5)


def _scrolls(scene: Scene) -> None:
    palette = scene.palette
    n_turns, beads = scene.between(2.0, 3.1), scene.chance(0.4)
    at = np.linspace(0, 1, 70)
    for place in crowd(scene, 0.18, 0.3, apart=0.72):
        sense = 1 if scene.chance(0.5) else -1
        reach, turn = 0.06 + 0.9 * at, sense * 2 * pi * n_turns * at
        line = place.points(np.stack([reach * np.cos(turn), reach * np.sin(turn)], 1))
        width = place.radius / n_turns * (0.42 + 0.3 * at) * (1 - at**9)
        colour = scene.vary(scene.pick())
        scene.disc(place.x, place.y, place.radius * 1.08, mix(palette.ground, palette.dark, 0.65))
        scene.taper(line, palette.dark, width * 1.5)
        scene.taper(line, colour, width)
        scene.taper(line - 0.15 * width[:, None], mix(colour, palette.light, 0.7), width * 0.3)
        scene.disc(float(line[0, 0]), float(line[0, 1]), place.radius * 0.13, mix(colour, palette.light, 0.5))
        for x, y in line[6::4] if beads else ():
            scene.disc(float(x), float(y), place.radius * 0.045, palette.dark)
