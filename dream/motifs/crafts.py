"""Scenes go in; what hands and machines make is drawn on them: chains, circuit boards, gears, letters, mandalas, tartan, weave."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from math import atan2, cos, hypot, pi, sin

import cv2
import numpy as np

from dream.motifs.buildings import box, fill_all, is_seen, ramp
from dream.motifs.palette import Colour, mix, oklch
from dream.motifs.scene import Place, Scene, arc, curve

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


# Letters.

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ&?2345678"
_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX)
_GLYPH = 96  # pixels of a side of the sheet that a letter is cut from


@lru_cache(maxsize=512)
def _glyph(letter: str, font: int, nib: int) -> np.ndarray:
    """How far each pixel lies inside a letter, (_GLYPH, _GLYPH) float32 pixels, less than 0 outside; the nib gives it its weight."""
    (wide, high), _ = cv2.getTextSize(letter, _FONTS[font], 2.2, 3)
    sheet = np.zeros((_GLYPH, _GLYPH), np.uint8)
    cv2.putText(sheet, letter, ((_GLYPH - wide) // 2, (_GLYPH + high) // 2), _FONTS[font], 2.2, 255, 3, cv2.LINE_AA)
    thick = 11 if font == 0 else 6  # what has serifs would clot
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))
    kernels = (disc, np.ones((thick - 2, thick), np.uint8), _broad_nib(thick + 5, thick // 2), _broad_nib(thick + 2, 3))
    sheet = np.asarray(cv2.dilate(sheet, kernels[nib]), np.uint8)
    inside, outside = (cv2.distanceTransform(half.astype(np.uint8), cv2.DIST_L2, 5) for half in (sheet > 127, sheet <= 127))
    return np.asarray(cv2.GaussianBlur(inside - outside, (0, 0), 1.1), np.float32)  # else steps would show when enlarged


def _broad_nib(wide: int, high: int) -> np.ndarray:
    """The mark of a broad pen held at a slant."""
    mark = np.zeros((19, 19), np.uint8)
    cv2.ellipse(mark, (9, 9), (wide // 2, high // 2), -30, 0, 360, 1, -1)
    return mark


def draw_letters(scene: Scene) -> None:
    """Bold capitals, with an outline, a bright inline and a shadow; loose, in lines, or on blocks of type."""
    style = ("loose", "lines", "blocks")[scene.count(0, 2)]
    font, nib = scene.count(0, 2), scene.count(0, 3)
    if style == "loose":
        spots = scene.places(0.09, 0.17, upright=0.6, apart=0.82, layout="scatter")
    else:
        spots = scene.places(0.09, 0.17, upright=0.05, apart=1.0 if style == "blocks" else 0.9, layout="hexagons")
    if style == "blocks":
        _blocks(scene, spots)
    height, which = np.full((scene.size, scene.size), -99, np.float32), np.zeros((scene.size, scene.size), np.uint8)
    for number, spot in enumerate(spots):
        glyph = _glyph(_LETTERS[scene.count(0, len(_LETTERS) - 1)], font, nib)
        _stamp(glyph, spot, height, which, number % 7)
    _ink(scene, height, which, spots[0].radius / 34)


def _stamp(glyph: np.ndarray, spot: Place, height: np.ndarray, which: np.ndarray, number: int) -> None:
    """Put a letter into a field of heights, and its number where it is the highest."""
    reach, scale = int(spot.radius * 1.3) + 2, spot.radius / 34
    left, top = int(spot.x) - reach, int(spot.y) - reach
    rows, columns = slice(max(0, top), max(0, top + 2 * reach)), slice(max(0, left), max(0, left + 2 * reach))
    under = height[rows, columns]
    if not under.size:
        return
    turn = np.array([[cos(spot.angle), -sin(spot.angle)], [sin(spot.angle), cos(spot.angle)]]) * scale
    shift = np.array([spot.x - columns.start, spot.y - rows.start]) - turn @ (_GLYPH / 2, _GLYPH / 2)
    put = cv2.warpAffine(glyph, np.c_[turn, shift], under.shape[::-1], flags=cv2.INTER_LINEAR, borderValue=-99) * scale
    which[rows, columns][put > under] = number
    np.maximum(under, put, out=under)


def _ink(scene: Scene, height: np.ndarray, which: np.ndarray, scale: float) -> None:
    palette = scene.palette
    inks = np.array([scene.vary(scene.pick(), 0.12) for _ in range(7)], np.float32)
    against = palette.dark if inks.mean() > 115 else palette.light
    inks = np.clip(inks + (inks - against) * 0.15, 0, 255)[which]
    drop = round(scale * scene.between(3, 7))
    scene.paint(np.clip(np.roll(height, (drop, drop), (0, 1)) + scale * 2 + 0.5, 0, 1) * 0.8, palette.dark)
    scene.paint(np.clip(height + scale * 3.8 + 0.5, 0, 1), against)
    grain = scene.noise(14, octaves=4)[..., None]
    scene.paint(np.clip(height + 0.5, 0, 1), np.minimum(255, inks * (0.8 + 0.35 * grain)))
    if scene.chance(0.5):
        scene.paint(np.clip(1.2 - np.abs(height - scale * 3.4) / (scale * 0.8), 0, 1) * 0.8, against)
    else:
        scene.relief(np.clip(height, -1, scale * 5) * 1.2, strength=0.8)


def _blocks(scene: Scene, spots: list[Place]) -> None:
    """Tiles of wood that letters are cut on."""
    wood = mix(scene.palette.ground, scene.palette.light, 0.3)
    for spot in spots:
        body, shade = scene.vary(wood, 0.2), mix(wood, scene.palette.dark, 0.6)
        scene.fill(spot.points(box(-0.98, -0.98, 0.98, 0.98)), shade, edge=scene.palette.dark)
        scene.fill(spot.points(box(-0.92, -0.92, 0.8, 0.8)), body)
        rim = spot.points(np.array([[-0.92, 0.8], [-0.92, -0.92], [0.8, -0.92]]))
        scene.stroke(rim, mix(body, scene.palette.light, 0.6), 0.06 * spot.radius)


# Mandalas.


def draw_mandalas(scene: Scene) -> None:
    """Round ornaments of rings about a flower: petals, and between them beads, points and scallops."""
    palette = scene.palette
    n = (6, 8, 8, 10, 12)[scene.count(0, 4)]
    rings = [_PETALS[scene.count(0, 2)] if at % 2 == 0 else _BORDERS[scene.count(0, 3)] for at in range(scene.count(3, 5))]
    colours = [palette.first, palette.second, palette.light, mix(palette.first, palette.light, 0.5), mix(palette.second, palette.dark, 0.4)]
    order = [int(at) for at in scene.rng.permutation(5)]
    colours = [colours[at] for at in order]
    places = [place for place in scene.places(0.2, 0.36, apart=0.9, layout="hexagons") if is_seen(scene, place, 1.2)]
    for place in places:
        _put(scene, place, _PETAL * (0.5, pi / n / 2) + (0.75, 0), 2 * n, colours[4], palette.dark)
        _put(scene, place, _PETAL * (0.25, pi / n / 4) + (0.95, 0), 2 * n, mix(colours[0], palette.light, 0.3), None)
    for place in places:
        _mandala(scene, place, n, rings, colours)


def _mandala(scene: Scene, place: Place, n: int, rings: list[np.ndarray], colours: list[Colour]) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    edges = 0.2 + 0.8 * np.cumsum([0.0] + [1.0 if at % 2 == 0 else 0.45 for at in range(len(rings))])
    edges = 0.2 + (edges - 0.2) / (edges[-1] - 0.2) * 0.8
    for at in reversed(range(len(rings))):
        inner, outer, is_border = float(edges[at]), float(edges[at + 1]), at % 2 == 1
        back, front, heart = (colours[(at + shift) % 5] for shift in (0, 1, 3))
        # As many as leave each longer than wide: one that lies across looks like an eye.
        n_here = n * max(1, round(pi * (inner + outer) / 2 / n / (0.5 * (outer - inner))))
        wide = pi * (inner + outer) / 2 / n_here * (0.8 if is_border else 1.0)
        scene.disc(place.x, place.y, outer * place.radius, dark)
        scene.disc(place.x, place.y, (outer - 0.025) * place.radius, mix(back, dark, 0.75))
        shape = rings[at] * ((outer - inner) * 1.15, wide) + (inner, 0)
        if not is_border:
            _put(scene, place, shape, n_here, mix(back, dark, 0.25), dark, start=pi / n_here)
        _put(scene, place, shape, n_here, front, dark)
        small = (rings[at] * 0.55 + (0.3, 0)) * (outer - inner, wide) + (inner, 0)
        _put(scene, place, small, n_here, mix(heart, light, 0.45), None)
        if not is_border:
            _put(scene, place, small * (1, 0.25), n_here, front, None)
        scene.disc(place.x, place.y, inner * place.radius, light, width_px=0.03 * place.radius)
    scene.disc(place.x, place.y, 0.23 * place.radius, dark)
    _put(scene, place, _PETAL * (0.22, 0.08), 8, colours[2], dark)
    scene.disc(place.x, place.y, 0.08 * place.radius, colours[0])
    scene.disc(place.x, place.y, 0.04 * place.radius, light)


def _put(scene: Scene, place: Place, shape: np.ndarray, n: int, colour: Colour, edge: Colour | None, *, start: float = 0.0) -> None:
    """A shape n times about the middle, the first at an angle."""
    turn = np.arange(n) * 2 * pi / n + start
    turned = np.stack([shape[:, 0] * np.cos(turn)[:, None] - shape[:, 1] * np.sin(turn)[:, None],
                       shape[:, 0] * np.sin(turn)[:, None] + shape[:, 1] * np.cos(turn)[:, None]], -1)
    at = place.points(turned.reshape(-1, 2)).reshape(turned.shape)
    fill_all(scene, at, colour)
    if edge is not None:
        told, edge_px = list(np.round(at * 16).astype(np.int32)), max(1, round(0.015 * place.radius))
        cv2.polylines(scene.rgb, told, True, edge, edge_px, cv2.LINE_AA, 4)


_PETAL = np.concatenate(
    [curve((0, 0), (0.35, 1.3), (0.75, 1.0), (1, 0), n=9), curve((1, 0), (0.75, -1.0), (0.35, -1.3), (0, 0), n=9)[1:-1]]
)
"""From 0 to 1 along, about 1 to either side."""
_PETALS = (
    _PETAL,
    _PETAL * (-1, 1) + (1, 0),
    np.concatenate(
        [
            curve((0, 0.3), (0.3, 1.2), (0.9, 1.0), (0.75, 0.3), (1, 0), n=9),
            curve((1, 0), (0.75, -0.3), (0.9, -1.0), (0.3, -1.2), (0, -0.3), n=9),
        ]
    ),
)
_BORDERS = (
    arc(0.4, 0, 2 * pi, 15, x=0.45)[:-1] * (1, 1.7),
    np.array([[0, 0.95], [0.85, 0], [0, -0.95]]),
    np.array([[0, 0], [0.45, 0.9], [0.9, 0], [0.45, -0.9]]),
    arc(0.9, pi / 2, -pi / 2, 11),
)


# Tartan.


def draw_plaid(scene: Scene) -> None:
    """Tartan: bands of colour crossing at right angles, mixed thread by thread in a slanting twill."""
    palette, x = scene.palette, scene.grid()
    sett = _sett(scene)
    period = scene.size * scene.between(0.22, 0.42)
    thread = scene.between(1.3, 2.4)
    shift = scene.rng.random(2) * period
    across, down = (sett[(((at + move) / period % 1) * len(sett)).astype(int)] for at, move in zip(x, shift, strict=True))
    twill = np.clip(np.sin((x[0] + x[1]) * pi / (2 * thread)) * 1.5 + 0.5, 0, 1)[..., None]
    cloth = across * twill + down * (1 - twill)
    ribs = 0.9 + 0.13 * np.sin((x[0] - x[1]) * pi / thread) + 0.12 * (scene.noise(60, octaves=1) - 0.5)
    folds = scene.noise(scene.between(1, 2.5), octaves=1)
    scene.rgb = np.clip(cloth * (ribs * (0.8 + 0.35 * folds))[..., None], 0, 255).astype(np.uint8)
    scene.paint(np.full(folds.shape, 0.06), palette.light)


def _sett(scene: Scene) -> np.ndarray:
    """The colours of a period of threads, (N, 3) float32, the same from either end."""
    palette = scene.palette
    deep = mix(palette.first, palette.dark, 0.55)
    field = [scene.pick(palette.first, palette.second, deep, palette.ground), palette.dark, scene.pick(palette.second, palette.first)]
    bands: list[tuple[int, Colour]] = []
    for colour in field[: scene.count(2, 3)]:
        bands.append((scene.count(9, 22), colour))
        if scene.chance(0.75):
            bands += [(scene.count(2, 4), scene.pick(palette.light, palette.light, palette.second))]
        if scene.chance(0.5):
            bands += [(scene.count(3, 6), colour), (2, scene.pick(palette.light, palette.dark))]
    half = [colour for n, colour in bands for _ in range(n)]
    return np.array(half + half[::-1], np.float32)


# Weave.


def draw_weave(scene: Scene) -> None:
    """Basket weave: rounded strands that go over and under one another, of fibres, dark where they dive."""
    palette, (x, y) = scene.palette, scene.grid()
    step = scene.size * scene.between(0.05, 0.11)
    over, n_canes = scene.count(1, 2), scene.count(1, 3)
    x, y = x + (scene.noise(5) - 0.5) * step * 0.4, y + (scene.noise(5) - 0.5) * step * 0.4
    across, down = x / step, y / step
    column, row = np.floor(across).astype(int), np.floor(down).astype(int)
    is_flat = (column + row) % (2 * over) < over
    along, side = np.where(is_flat, across, down), np.where(is_flat, down, across)
    lane = np.where(is_flat, row, column)
    # How far along the part that lies on top: 0 and 1 where the strand dives under.
    since = (np.where(is_flat, column + row, column + row - over) % (2 * over) + along % 1) / over
    bulge = np.sin(np.clip(since, 0, 1) * pi)
    cane = (side % 1) * n_canes
    rounded = np.sqrt(np.clip(1 - (2 * (cane % 1) - 1) ** 2, 0, 1))
    gap = np.clip((0.5 - np.abs(side % 1 - 0.5) - 0.03) * step, 0, 1)
    light = rounded * (0.35 + 0.65 * np.sqrt(bulge)) * gap
    straw = scene.pick()
    other = scene.pick(straw, palette.second, mix(palette.first, palette.light, 0.5))
    drawn = scene.rng.random((2, 53), np.float32)[is_flat.astype(int), lane % 53]
    fibres = np.where(is_flat, scene.noise(40, octaves=2, stretch=8), scene.noise(40, octaves=2, stretch=8).T)
    tone = np.clip(light * 0.85 + (fibres - 0.5) * 0.35 + (drawn - 0.5) * 0.15, 0, 1)
    dyed = [ramp(tone, palette.dark, mix(dye, palette.dark, 0.4), dye, mix(dye, palette.light, 0.65)) for dye in (straw, other)]
    scene.rgb = np.where(is_flat[..., None], *dyed).astype(np.uint8)
    scene.relief((rounded * bulge) * step * 0.35, strength=0.4)
