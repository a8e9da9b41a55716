"""Scenes go in; animals are drawn on them: birds, butterflies, fish."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi

import numpy as np

from dream.motifs.modelling import Paint, blend, both_sides, form, herd, net, ribbon, smooth, strokes
from dream.motifs.palette import Colour, mix
from dream.motifs.scene import Place, Scene, arc, curve

_BLACK, _WHITE = (10, 8, 14), (252, 250, 246)


def beady_eye(scene: Scene, place: Place, ring: Colour) -> None:
    """A round animal's eye: a ring, a pupil, a glint."""
    scene.disc(place.x, place.y, place.radius * 1.25, scene.palette.dark)
    scene.disc(place.x, place.y, place.radius, ring)
    scene.disc(place.x, place.y, place.radius * 0.6, _BLACK)
    glint = place.at(-0.25, -0.3)
    scene.disc(glint.x, glint.y, place.radius * 0.24, _WHITE)


# Fish.


@dataclass(frozen=True)
class _Fish:
    """What the fish of one picture have in common."""

    high: float
    back: Colour
    belly: Colour
    fin: Colour
    mark: Colour
    marks: str
    n_marks: float
    fork: float


def draw_fish(scene: Scene) -> None:
    """Fish from the side: an eye, a gill, scales, fins of rays, a forked tail; barred, lined or spotted."""
    palette = scene.palette
    fish = _Fish(
        high=scene.between(0.3, 0.5), back=palette.first, belly=mix(palette.light, palette.first, scene.between(0, 0.35)),
        fin=scene.pick(palette.second, mix(palette.second, palette.light, 0.3)),
        mark=scene.pick(palette.dark, palette.second, palette.light),
        marks=("bars", "lines", "spots", "none")[scene.count(0, 3)], n_marks=scene.between(2.2, 4.5), fork=scene.between(0.55, 1.0),
    )
    for place in herd(scene, 0.13, 0.27, wide=0.95, tall=fish.high * 1.2 + 0.09, upright=0.18, lean=scene.between(-0.5, 0.5)):
        _draw_one_fish(scene, place, fish)


def _draw_one_fish(scene: Scene, place: Place, fish: _Fish) -> None:
    high, r = fish.high, place.radius
    dark = mix(fish.back, scene.palette.dark, 0.75)
    fork = 0.78 + 0.2 * (1 - fish.fork)
    tail = np.array([[0.5, -0.04], [0.75, -0.2], [1.02, -0.46], [fork, 0.0], [1.02, 0.46], [0.75, 0.2], [0.5, 0.04]])
    crest = (-0.4, -0.75 * high), (-0.2, -high - 0.26), (0.12, -high - 0.16), (0.42, -0.45 * high - 0.13), (0.36, -0.3 * high)
    back = smooth(*crest, closed=False)
    under = np.array([[-0.02, 0.8 * high], [0.22, high + 0.2], [0.36, 0.72 * high], [0.44, 0.3 * high]])
    for fin, root in ((tail, (0.4, 0.0)), (back, (0.0, 0.2 * high)), (under, (0.0, 0.2 * high))):
        _fin(scene, place, fin, root, fish.fin, dark)
    body = smooth(
        (-0.97, 0.03), (-0.8, -0.42 * high), (-0.5, -0.86 * high), (-0.15, -high), (0.25, -0.68 * high), (0.56, -0.13),
        (0.6, 0.0), (0.56, 0.13), (0.2, 0.72 * high), (-0.15, 0.98 * high), (-0.55, 0.82 * high), (-0.85, 0.36 * high), n=5,
    )
    form(scene, place, body, _fish_skin(scene, fish), depth=high * 0.9, edge=dark, edge_px=0.03 * r, glow=0.6)
    gill = arc(0.5 * high + 0.12, -0.95, 0.95, 9, x=-0.75)
    scene.stroke(place.points(gill), dark, 0.045 * r)
    breast_fin = np.array([[-0.3, 0.2], [0.02, 0.1], [0.1, 0.42], [-0.06, 0.62]]) * (1, high)
    _fin(scene, place, breast_fin, (-0.4, 0.22 * high), fish.fin, dark)
    beady_eye(scene, place.at(-0.7, -0.2 * high, radius=0.085 + 0.07 * high), scene.palette.light)
    scene.stroke(place.points(curve((-0.97, 0.07), (-0.9, 0.1), (-0.84, 0.14 + 0.1 * high), n=5)), dark, 0.04 * r)


def _fish_skin(scene: Scene, fish: _Fish) -> Paint:
    shift = scene.between(0, 1)

    def paint(x: np.ndarray, y: np.ndarray, _under: np.ndarray) -> np.ndarray:
        skin = blend(fish.back, fish.belly, (y / fish.high + 0.15) * 1.1)
        bent = x + 0.2 * (y / fish.high) ** 2
        if fish.marks == "bars":
            skin = blend(skin, fish.mark, (np.sin((bent * fish.n_marks + shift) * 2 * pi) - 0.1) * 4)
        elif fish.marks == "lines":
            skin = blend(skin, fish.mark, (np.sin((y / fish.high * fish.n_marks * 0.5 + shift) * 2 * pi) - 0.3) * 4)
        elif fish.marks == "spots":
            skin = blend(skin, fish.mark, (net(x * fish.n_marks * 1.1, y * fish.n_marks * 1.1 + shift) - 0.62) * 7)
        scales = net(bent * 6, y * 6)
        is_body = np.clip((np.hypot(x + 0.75, y) - 0.5 * fish.high - 0.14) * 20, 0, 1) * np.clip((0.6 - x) * 10, 0, 1)
        skin = blend(skin, scene.palette.dark, (0.4 - scales) * 1.3 * is_body)
        return blend(skin, scene.palette.light, (scales - 0.6) * 0.7 * is_body)

    return paint


def _fin(scene: Scene, place: Place, outline: np.ndarray, root: tuple[float, float], colour: Colour, edge: Colour) -> None:
    """A fan of rays that all come from a root."""
    scene.fill(place.points(outline), colour, edge=edge, edge_px=0.035 * place.radius)
    at = np.linspace(0, len(outline) - 1, 9)[1:-1]
    tips = np.stack([np.interp(at, np.arange(len(outline)), outline[:, k]) for k in (0, 1)], 1)
    rays = place.points(np.concatenate([tips + (root - tips) * 0.62, tips + (root - tips) * 0.06])).reshape(2, -1, 2)
    strokes(scene, rays.swapaxes(0, 1), mix(colour, edge, 0.55), 0.022 * place.radius)


# Butterflies.


def draw_butterflies(scene: Scene) -> None:
    """Four wings spread left and right of a body: veins, a dark margin with pale dots, often eyes or tails."""
    palette = scene.palette
    style = ("veins", "eyes", "tails")[scene.count(0, 2)]
    inner, outer = (palette.first, palette.second) if scene.chance(0.7) else (palette.light, palette.first)
    margin = mix(palette.dark, _BLACK, 0.5)
    n_veins, wing = scene.count(7, 11), scene.between(0.85, 1.1)
    for place in herd(scene, 0.13, 0.26, wide=1.06, tall=0.84, upright=0.35, lean=scene.between(-pi, pi)):
        _butterfly(scene, place, style, (inner, outer, margin), n_veins, wing)


_FORE = smooth(
    (0.04, -0.12), (0.3, -0.55), (0.66, -0.82), (0.98, -0.84), (1.0, -0.6), (0.86, -0.25), (0.78, 0.06), (0.45, 0.14), (0.05, 0.1), n=4
)
_HIND_TOP, _HIND_LOW = ((0.04, 0.05), (0.4, -0.05), (0.74, 0.12), (0.78, 0.4)), ((0.18, 0.62), (0.05, 0.35))
_HIND = smooth(*_HIND_TOP, (0.66, 0.6), (0.5, 0.78), (0.34, 0.76), *_HIND_LOW, n=4)
_HIND_TAILED = smooth(*_HIND_TOP, (0.62, 0.66), (0.6, 1.05), (0.5, 0.98), (0.46, 0.72), *_HIND_LOW, n=4)
_WING_DOTS = (
    *((0.78, -0.75), (0.92, -0.68), (0.88, -0.48), (0.82, -0.28), (0.75, -0.08)),
    *((0.7, 0.28), (0.69, 0.44), (0.6, 0.58), (0.46, 0.68)),
)


def _butterfly(scene: Scene, place: Place, style: str, colours: tuple[Colour, Colour, Colour], n_veins: int, wing: float) -> None:
    r, margin, pale = place.radius, colours[2], scene.palette.light
    for side in (-1, 1):
        paint = _wing_paint(scene, *colours, side, n_veins)
        for shape in (_HIND_TAILED if style == "tails" else _HIND, _FORE):
            form(scene, place, shape * (side * wing, 1), paint, depth=0.16, edge=margin, edge_px=0.02 * r, glow=0.3, shade=0.35)
        for x, y in _WING_DOTS:
            dot = place.at(x * side * wing, y)
            scene.disc(dot.x, dot.y, 0.035 * r, pale)
        if style == "eyes":
            for x, y, size in ((0.66, -0.45, 0.17), (0.45, 0.36, 0.19)):
                _wing_eye(scene, place.at(x * side * wing, y, radius=size), colours)
        feeler = curve((0.02, -0.3), (0.08 * side, -0.6), (0.26 * side, -0.8), n=8)
        scene.stroke(place.points(feeler), margin, 0.035 * r)
        knob = place.at(0.26 * side, -0.8)
        scene.disc(knob.x, knob.y, 0.045 * r, margin)
    _butterfly_body(scene, place, margin)


def _wing_eye(scene: Scene, eye: Place, colours: tuple[Colour, Colour, Colour]) -> None:
    _, outer, margin = colours
    for share, colour in ((1.0, margin), (0.82, scene.palette.light), (0.62, outer), (0.4, margin)):
        scene.disc(eye.x, eye.y, eye.radius * share, colour)
    glint = eye.at(-0.15, -0.15)
    scene.disc(glint.x, glint.y, eye.radius * 0.16, _WHITE)


def _wing_paint(scene: Scene, inner: Colour, outer: Colour, margin: Colour, side: int, n_veins: int) -> Paint:
    def paint(x: np.ndarray, y: np.ndarray, under: np.ndarray) -> np.ndarray:
        away = np.hypot(x, y)
        angle = np.arctan2(y, x * side)
        wing = blend(blend(inner, scene.palette.light, (0.35 - away) * 1.4), outer, (away - 0.45) * 1.8)
        veins = np.abs(np.sin(angle * n_veins)) * away * 0.42
        wing = blend(wing, margin, (0.07 - veins) * 18)
        cell = np.abs(np.hypot(np.abs(x) - 0.3, y * 1.3 - 0.02) - 0.2)
        wing = blend(wing, margin, (0.028 - cell) * 40)
        return blend(wing, margin, (0.13 - under + 0.03 * np.cos(angle * n_veins * 2)) * 16 * np.clip(away * 3 - 1, 0, 1))

    return paint


def _butterfly_body(scene: Scene, place: Place, dark: Colour) -> None:
    fur = mix(dark, scene.palette.second, 0.35)
    trunk = both_sides((0, -0.2), (0.075, -0.1), (0.06, 0.2), (0.05, 0.45), (0, 0.62))
    form(scene, place, trunk, fur, depth=0.08, edge=dark, edge_px=0.02 * place.radius, glow=0.8)
    for y in (0.1, 0.22, 0.34, 0.46):
        scene.stroke(place.points(np.array([[-0.05, y], [0.05, y]])), dark, 0.03 * place.radius)
    head = place.at(0, -0.26)
    scene.disc(head.x, head.y, 0.085 * place.radius, dark)


# Birds.


def draw_birds(scene: Scene) -> None:
    """Birds from the side: a beak, a bright eye, a wing of rows of feathers, a fan of a tail; perched or on the wing."""
    palette = scene.palette
    is_flying, crest = scene.chance(0.35), scene.chance(0.4)
    colours = palette.first, mix(palette.light, palette.second, scene.between(0, 0.5)), palette.second
    beak = scene.pick((236, 160, 40), (70, 62, 66), palette.dark)
    long = scene.between(0.28, 0.5)
    for place in herd(scene, 0.18, 0.28, wide=0.95 if is_flying else 0.86, tall=0.92 if is_flying else 0.78, upright=0.15):
        _bird(scene, place, colours, beak, long=long, crest=crest, is_flying=is_flying)


def _bird(
    scene: Scene, place: Place, colours: tuple[Colour, Colour, Colour], beak: Colour, *, long: float, crest: bool, is_flying: bool
) -> None:
    back, breast, wing = colours
    r, dark = place.radius, mix(scene.palette.dark, _BLACK, 0.4)
    edge_px = 0.025 * r
    if is_flying:
        _wing(scene, place.at(0.1, -0.2, angle=-1.25), mix(wing, scene.palette.dark, 0.35), back, dark)
    tail = mix(wing, scene.palette.dark, 0.25)
    for turn in (-0.16, 0.0, 0.16):
        form(scene, place.at(0.4, 0.22, angle=0.38 + turn), _plume(0.5 + long, 0.1), tail, depth=0.08, edge=dark, edge_px=edge_px)
    if crest:
        for turn in (-0.5, -0.2, 0.1):
            form(scene, place.at(-0.46, -0.56, angle=-0.9 + turn), _plume(0.34, 0.06), back, depth=0.05, edge=dark, edge_px=edge_px)
    form(scene, place, np.array([[-0.66, -0.48], [-1.0, -0.3], [-0.66, -0.24]]), beak, depth=0.08, edge=dark, edge_px=edge_px)
    body = smooth(
        (-0.78, -0.36), (-0.7, -0.58), (-0.48, -0.7), (-0.22, -0.6), (0.0, -0.36), (0.36, -0.1), (0.64, 0.28),
        (0.4, 0.42), (0.0, 0.54), (-0.36, 0.4), (-0.58, 0.08), (-0.66, -0.18), n=5,
    )

    def plumage(x: np.ndarray, y: np.ndarray, _under: np.ndarray) -> np.ndarray:
        split = y - x * 0.55 - 0.16 + 0.03 * np.sin(x * 40)
        return blend(blend(back, breast, split * 7), scene.palette.light, (net(x * 7, y * 7) - 0.5) * 0.5)

    form(scene, place, body, plumage, depth=0.42, edge=dark, edge_px=edge_px, glow=0.55)
    scene.stroke(place.points(np.array([[-0.97, -0.31], [-0.7, -0.36]])), dark, 0.03 * r)
    beady_eye(scene, place.at(-0.52, -0.44, radius=0.11), scene.palette.light)
    if is_flying:
        _wing(scene, place.at(-0.1, -0.14, angle=-0.75), wing, back, dark)
    else:
        _wing(scene, place.at(-0.3, -0.02, angle=0.42, radius=0.86), wing, back, dark, folded=True)
        _twig(scene, place, dark)


def _plume(long: float, half: float) -> np.ndarray:
    """A feather's outline from (0, 0) to the right."""
    return smooth((0, 0), (0.3 * long, -half * 0.8), (0.8 * long, -half), (long, 0), (0.8 * long, half), (0.3 * long, half * 0.8), n=3)


def _wing(scene: Scene, place: Place, colour: Colour, coverts: Colour, dark: Colour, *, folded: bool = False) -> None:
    """Rows of feathers that lie over one another like shingles, the longest below."""
    px = 0.024 * place.radius
    rows = ((1.1, 5, 0.0, 0.52), (0.74, 4, 0.6, 0.6)) if folded else ((1.1, 8, 0.0, 1.5), (0.74, 6, 0.5, 1.4), (0.42, 5, 1.0, 1.3))
    for long, n, share, spread in rows:
        tint = mix(colour, coverts, share)
        for step, turn in enumerate(np.linspace(0.55, -0.45, n)):
            one = mix(tint, scene.palette.light, 0.3 * step / n) if share != 0.5 else mix(tint, scene.palette.dark, 0.2)
            feather = place.at(0.0, 0.2 * turn, angle=turn * spread)
            scene.fill(feather.points(_plume(long * (0.8 + 0.2 * cos(turn * 1.5)), 0.12)), one, edge=dark, edge_px=px)
            quill = np.array([[long * 0.4, 0], [long * 0.86, 0]])
            scene.stroke(feather.points(quill), mix(one, scene.palette.light, 0.5), px * 0.8)
    if folded:
        shoulder = smooth((-0.12, 0.0), (0.0, -0.17), (0.3, -0.14), (0.52, 0.03), (0.3, 0.2), (0.0, 0.17), n=4)
        form(scene, place, shoulder, mix(coverts, scene.palette.light, 0.2), depth=0.16, edge=dark, edge_px=px)


def _twig(scene: Scene, place: Place, dark: Colour) -> None:
    bark = mix((120, 84, 52), dark, 0.25)
    for x in (-0.12, 0.08):
        scene.stroke(place.points(np.array([[x, 0.45], [x - 0.03, 0.72]])), bark, 0.05 * place.radius)
    line = place.points(np.array([[-0.95, 0.78], [-0.3, 0.73], [0.4, 0.78], [1.0, 0.72]]))
    ribbon(scene, line, np.array([0.1, 0.13, 0.12, 0.08]) * place.radius, bark, edge=dark)
    for x in (-0.12, 0.08):
        claw = place.points(np.array([[x - 0.1, 0.72], [x - 0.03, 0.66], [x + 0.06, 0.72]]))
        scene.stroke(claw, mix(bark, scene.palette.light, 0.4), 0.05 * place.radius)
