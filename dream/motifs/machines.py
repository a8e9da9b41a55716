"""Scenes go in; what is made of metal is drawn on them: chains, circuit boards, gears."""

from __future__ import annotations

from itertools import pairwise
from math import atan2, cos, hypot, pi, sin

import numpy as np

from dream.motifs.drafting import box
from dream.motifs.palette import Colour, mix, oklch
from dream.motifs.scene import Place, Scene, arc

# Chains.


def draw_chains(scene: Scene) -> None:
    """Chains of metal links, each through the next, side by side or crossing."""
    palette = scene.palette
    metal = scene.pick(palette.first, palette.second, oklch(0.72, 0.02, 250), oklch(0.75, 0.12, 85))
    scene.paint(np.full(scene.rgb.shape[:2], 0.45), palette.dark)
    radius = scene.size * scene.between(0.07, 0.13)
    is_twisted, slender = scene.chance(0.45), scene.between(0.52, 0.68)
    lean = scene.between(0, pi)
    for layer in range(scene.count(1, 2)):
        body = mix(metal, palette.dark, 0.3 * (1 - layer)) if layer == 0 else metal
        apart = radius * (scene.between(1.5, 1.9) if layer == 0 else scene.between(3, 4.5))
        sway, waves = scene.between(0, 0.5) * radius, scene.between(2, 6)
        for at in np.arange(-scene.size * 0.75, scene.size * 0.75, apart):
            along = np.arange(-0.75 * scene.size, 0.75 * scene.size, radius * (1.4 if is_twisted else 1.44)) + scene.between(-1, 1) * radius
            line = np.stack([along, at + sway * np.sin(along / scene.size * waves + at)], 1)
            middle = Place(scene.size / 2, scene.size / 2, 1.0, lean + layer * 1.3)
            _chain(scene, middle.points(line), radius, slender, body, is_twisted)


def _chain(scene: Scene, line: np.ndarray, radius: float, slender: float, metal: Colour, is_twisted: bool) -> None:
    links = []
    for (x, y), (to_x, to_y) in pairwise(line):
        if -radius < x < scene.size + radius and -radius < y < scene.size + radius:
            links.append(Place(x, y, radius, atan2(to_y - y, to_x - x) + 0.35 * is_twisted))
    if is_twisted:
        whole = _stadium(slender)
        for at, link in enumerate(links):
            _rod(scene, link, whole, metal, closed=True)
            if at:
                _rod(scene, links[at - 1], whole[30:46], metal)
        return
    for link in links[::2]:
        _rod(scene, link, _stadium(slender), metal, closed=True)
    for link in links[1::2]:
        _rod(scene, link, np.array([[-0.86, 0.0], [0.86, 0.0]]), metal)


def _stadium(high: float) -> np.ndarray:
    """The middle line of a link that reaches to x = 1 with its metal, (48, 2), from the right end below round to it again."""
    end = 0.86 - (high - 0.14)
    right, left = arc(high - 0.14, 0, pi / 2, 12, x=end), arc(high - 0.14, pi / 2, 3 * pi / 2, 24, x=-end)
    return np.concatenate([right, left, arc(high - 0.14, -pi / 2, 0, 12, x=end)])


def _rod(scene: Scene, link: Place, path: np.ndarray, metal: Colour, *, closed: bool = False) -> None:
    """Round metal along a path: dark at its sides, a gleam off its middle."""
    dark, light = scene.palette.dark, scene.palette.light
    points, r = link.points(path), link.radius
    edge, shade = mix(dark, (0, 0, 0), 0.4), mix(metal, dark, 0.5)
    for width, colour, shift in ((0.4, edge, 0.0), (0.29, shade, 0.0), (0.2, metal, -0.025), (0.07, light, -0.05)):
        scene.stroke(points + shift * r, colour, width * r, closed=closed)


# Circuits.


def draw_circuits(scene: Scene) -> None:
    """A circuit board: chips with pins, and tracks that bend by 45 degrees between rings of metal."""
    palette = scene.palette
    step = scene.size / scene.count(17, 28)
    board = mix(palette.ground, scene.pick(palette.dark, palette.first), scene.between(0.1, 0.4))
    copper = scene.pick(palette.first, palette.light, palette.second, oklch(0.8, 0.12, 85))
    if sum(abs(a - b) for a, b in zip(board, copper, strict=True)) < 270:
        copper = palette.light if sum(board) < 400 else mix(palette.dark, palette.second, 0.25)
    scene.paint(np.full((scene.size, scene.size), 0.85), board)
    n = int(scene.size / step) + 2
    taken = np.zeros((n, n), bool)
    chips, starts = _plan_chips(scene, taken)
    tracks = [track for x, y, way in starts if len(track := _route(scene, taken, x, y, way)) > 1]
    for _ in range(n * n // 4):
        x, y = scene.count(0, n - 1), scene.count(0, n - 1)
        if not taken[y, x] and len(track := _route(scene, taken, x, y, scene.count(0, 7))) > 2:
            tracks.append(track)
    for track in tracks:
        points = np.array(track, float) * step
        scene.stroke(points, mix(board, palette.dark, 0.6), step * 0.5)
        scene.stroke(points, copper, step * 0.32)
        scene.stroke(points, mix(copper, palette.light, 0.5), step * 0.1)
    for track in tracks:
        for x, y in (track[0], track[-1]):
            scene.disc(x * step, y * step, step * 0.5, mix(palette.dark, board, 0.3))
            scene.disc(x * step, y * step, step * 0.43, mix(copper, palette.light, 0.35))
            scene.disc(x * step, y * step, step * 0.19, palette.dark)
    for _ in range(n):
        x, y = scene.count(0, n - 4), scene.count(0, n - 1)
        if not taken[y, x : x + 4].any():
            taken[y, x : x + 4] = True
            _part(scene, x * step, y * step, step)
    for left, top, wide, high in chips:
        _chip(scene, left * step, top * step, wide * step, high * step, step)


_WAYS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
"""Steps on the board's grid, each 45 degrees from the one before."""


def _plan_chips(scene: Scene, taken: np.ndarray) -> tuple[list[tuple[int, int, int, int]], list[tuple[int, int, int]]]:
    """Chips as (left, top, wide, high) on the grid, and where tracks leave their pins as (x, y, way)."""
    n, chips, starts = len(taken), [], []
    for _ in range(14):
        wide, high = scene.count(3, 6), scene.count(3, 6)
        left, top = scene.count(-1, n - 3), scene.count(-1, n - 3)
        around = taken[max(0, top - 3) : top + high + 4, max(0, left - 3) : left + wide + 4]
        if around.any():
            continue
        taken[max(0, top) : top + high + 1, max(0, left) : left + wide + 1] = True
        chips.append((left, top, wide, high))
        starts += [(left + at, top - 1, 6) for at in range(wide + 1)] + [(left + at, top + high + 1, 2) for at in range(wide + 1)]
        starts += [(left - 1, top + at, 4) for at in range(high + 1)] + [(left + wide + 1, top + at, 0) for at in range(high + 1)]
    return chips, starts


def _route(scene: Scene, taken: np.ndarray, x: int, y: int, way: int) -> list[tuple[int, int]]:
    """Where a track goes from a free place: straight on, or 45 degrees to a side, never over another."""
    n, track = len(taken), []
    for _ in range(scene.count(3, 11)):
        if not (0 <= x < n and 0 <= y < n) or taken[y, x]:
            break
        track.append((x, y))
        taken[y, x] = True
        way = (way + (0, 0, 0, 1, -1)[scene.count(0, 4)]) % 8
        right, down = _WAYS[way]
        if right and down and 0 <= x + right < n and 0 <= y + down < n and taken[y, x + right] and taken[y + down, x]:
            break
        x, y = x + right, y + down
    return track


def _part(scene: Scene, x: float, y: float, step: float) -> None:
    """A resistor: a body between two ends of metal, with bands."""
    palette = scene.palette
    body = scene.pick(palette.second, palette.first, palette.dark)
    ends = mix(palette.light, (200, 200, 205), 0.4)
    scene.fill(box(x - step * 0.3, y - step * 0.42, x + step * 3.3, y + step * 0.42), ends, edge=palette.dark)
    scene.fill(box(x + step * 0.3, y - step * 0.5, x + step * 2.7, y + step * 0.5), body, edge=palette.dark)
    scene.fill(box(x + step * 0.4, y - step * 0.35, x + step * 2.6, y - step * 0.1), mix(body, palette.light, 0.5))
    for at in (0.9, 1.5, 2.1):
        band = box(x + step * (at - 0.14), y - step * 0.45, x + step * (at + 0.14), y + step * 0.45)
        scene.fill(band, scene.pick(palette.light, palette.dark))


def _chip(scene: Scene, left: float, top: float, wide: float, high: float, step: float) -> None:
    palette = scene.palette
    case, pin = mix((18, 18, 22), palette.dark, 0.5), mix(palette.light, (200, 200, 205), 0.5)
    half = step * 0.22
    for x in left + np.arange(round(wide / step) + 1) * step:
        scene.fill(box(x - half, top - step, x + half, top + high + step), pin, edge=palette.dark)
    for y in top + np.arange(round(high / step) + 1) * step:
        scene.fill(box(left - step, y - half, left + wide + step, y + half), pin, edge=palette.dark)
    body = box(left - step * 0.5, top - step * 0.5, left + wide + step * 0.5, top + high + step * 0.5)
    scene.fill(body, case, edge=(0, 0, 0))
    scene.fill(box(left - step * 0.2, top - step * 0.2, left + wide + step * 0.2, top + high + step * 0.2), mix(case, palette.light, 0.16))
    scene.stroke(body[[3, 0, 1]] + step * 0.12, mix(case, palette.light, 0.5), 1)
    scene.disc(left + step * 0.4, top + step * 0.4, step * 0.28, mix(case, palette.light, 0.75))
    for line in range(2):
        y = top + high * (0.5 + 0.2 * line)
        scene.stroke(np.array([[left + wide * 0.2, y], [left + wide * (0.85 - 0.2 * line), y]]), mix(case, palette.light, 0.6), step * 0.2)


# Gears.


def draw_gears(scene: Scene) -> None:
    """Toothed wheels with hubs and spokes that mesh, over more of them in the dark behind."""
    palette = scene.palette
    known = (palette.first, palette.second, oklch(0.74, 0.11, 80), oklch(0.7, 0.02, 250))
    metals = [known[at] for at in scene.rng.permutation(4)[: scene.count(1, 3)]]
    scene.paint(np.full(scene.rgb.shape[:2], 0.5), palette.dark)
    tooth = scene.size * scene.between(0.022, 0.036)
    for shade in (0.55, 0.0):
        for x, y, n_teeth, turn in _mesh(scene, tooth):
            metal = mix(scene.vary(scene.pick(*metals)), palette.dark, shade)
            _gear(scene, Place(x, y, tooth * n_teeth / 2, turn), n_teeth, metal, mix(palette.light, palette.dark, shade))


def _mesh(scene: Scene, tooth: float) -> list[tuple[float, float, int, float]]:
    """Wheels as (x, y, number of teeth, angle of a tooth), each but the first in mesh with one before it."""
    wheels = [(scene.between(0.2, 0.8) * scene.size, scene.between(0.2, 0.8) * scene.size, scene.count(9, 18), scene.between(0, pi))]
    for _ in range(90):
        x, y, n, turn = wheels[scene.count(0, len(wheels) - 1)]
        n_new, way = scene.count(7, 18), scene.between(0, 2 * pi)
        far = (n + n_new) * tooth / 2 + tooth * 0.15
        at_x, at_y = x + far * cos(way), y + far * sin(way)
        is_near = -0.1 * scene.size < min(at_x, at_y) and max(at_x, at_y) < 1.1 * scene.size
        is_free = all(hypot(at_x - a, at_y - b) > (m + n_new) * tooth / 2 + 1.2 * tooth for a, b, m, _ in wheels if (a, b) != (x, y))
        if is_near and is_free:
            phase = ((way - turn) * n / (2 * pi)) % 1
            wheels.append((at_x, at_y, n_new, way + pi - (0.5 - phase) * 2 * pi / n_new))
    return wheels


def _gear(scene: Scene, place: Place, n_teeth: int, metal: Colour, light: Colour) -> None:
    dark, reach = scene.palette.dark, 1.7 / n_teeth
    rim = _teeth(n_teeth, reach)
    scene.fill(place.points(rim * 1.05) + 0.12 * place.radius, mix(dark, (0, 0, 0), 0.5))
    scene.fill(place.points(rim), mix(metal, dark, 0.35), edge=dark, edge_px=1.5)
    scene.fill(place.points(rim * 0.95) - 0.02 * place.radius, metal)
    scene.disc(place.x, place.y, place.radius * (1 - 1.6 * reach), mix(metal, dark, 0.65), width_px=2)
    inner, n_spokes = 1 - 2.4 * reach, 3 + n_teeth % 4
    scene.disc(place.x, place.y, place.radius * (inner + 0.1), mix(metal, light, 0.6), width_px=0.05 * place.radius)
    wide = pi / n_spokes - 0.2
    for spoke in range(n_spokes):
        middle = (spoke + 0.5) * 2 * pi / n_spokes
        hole = np.concatenate([arc(inner, middle - wide, middle + wide, 12), arc(0.42, middle + wide * 0.75, middle - wide * 0.75, 6)])
        scene.fill(place.points(hole), mix(dark, (0, 0, 0), 0.35), edge=mix(metal, dark, 0.7), edge_px=0.07 * place.radius)
    for size, colour in ((0.38, mix(metal, dark, 0.6)), (0.33, mix(metal, light, 0.5)), (0.26, mix(metal, dark, 0.2)), (0.15, dark)):
        scene.disc(place.x, place.y, size * place.radius, colour)
    gleam = arc(place.radius * (1 - 1.25 * reach), pi * 0.95, pi * 1.6, 16, x=place.x, y=place.y)
    scene.stroke(gleam, mix(metal, light, 0.8), 0.05 * place.radius)


def _teeth(n_teeth: int, reach: float) -> np.ndarray:
    """The edge of a toothed wheel whose pitch circle is 1, (4 N, 2), a tooth at the right."""
    step = 2 * pi / n_teeth
    turn = np.arange(n_teeth)[:, None] * step + np.array([-0.3, -0.15, 0.15, 0.3]) * step
    far = np.broadcast_to(np.array([1 - reach, 1 + reach, 1 + reach, 1 - reach]), turn.shape)
    return np.stack([far * np.cos(turn), far * np.sin(turn)], -1).reshape(-1, 2)
