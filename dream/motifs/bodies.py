"""Scenes go in; parts of people are drawn on them: faces and masks, open hands, skulls."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from dream.motifs.modelling import Paint, blend, both_sides, capsule, farthest, form, herd, smooth
from dream.motifs.palette import Colour, mix
from dream.motifs.scene import Place, Scene, arc, curve

_BLACK, _WHITE = (12, 9, 14), (252, 250, 246)


# Faces.


def draw_faces(scene: Scene) -> None:
    """Frontal faces: two eyes under brows, a nose, lips; with hair, as a painted mask, or with a crown of rays."""
    palette = scene.palette
    style = ("hair", "mask", "crown")[scene.count(0, 2)]
    skins = ((236, 190, 152), (198, 140, 98), (128, 82, 58), (240, 214, 190), mix(palette.light, palette.first, 0.25), palette.first)
    skin = farthest(palette.second if style == "hair" else palette.ground, scene.pick(*skins), scene.pick(*skins))
    slim = scene.between(0.62, 0.78)
    for place in herd(scene, 0.18, 0.3, wide=0.88, tall=0.96, upright=0.15):
        _face(scene, place, style, scene.vary(skin, 0.06), slim)


def _face(scene: Scene, place: Place, style: str, skin: Colour, slim: float) -> None:
    palette, r = scene.palette, place.radius
    dark = mix(palette.dark, _BLACK, 0.5)
    if style == "hair":
        _hair(scene, place, palette.second, dark)
    elif style == "crown":
        _crown(scene, place, palette.second, dark)
    else:
        _plumes(scene, place, dark)
    cheek = (0.51 * slim, -0.76), (slim, -0.36), (slim * 0.98, 0.1), (slim * 0.74, 0.56)
    head = both_sides((0, -0.82), *cheek, (0.3, 0.86), (0, 0.94))
    form(scene, place, head, _face_paint(scene, style, skin), depth=0.5, edge=dark, edge_px=0.025 * r, glow=0.35, shade=0.55)
    for side in (-1, 1):
        _face_eye(scene, place.at(0.31 * side * slim / 0.7, -0.12, radius=0.2), side, skin, dark)
        brow = curve((0.12 * side, -0.32), (0.3 * side, -0.48), (0.54 * side, -0.3), n=8)
        scene.taper(place.points(brow), dark, np.array([0.1, 0.1, 0.095, 0.09, 0.08, 0.06, 0.04, 0.01]) * r)
    _nose(scene, place, skin)
    _lips(scene, place, skin, dark)
    if style == "hair":
        low, high = (slim + 0.02, -0.2), (slim + 0.05, -0.6)
        parting = (0.5, -0.5), (0.12, -0.7), (-0.4, -0.52)
        fringe = smooth((-low[0], low[1]), (-high[0], high[1]), (-0.3, -0.96), (0.3, -0.96), high, low, *parting, n=5)
        form(scene, place, fringe, _strands(scene, palette.second, dark), depth=0.2, edge=dark, edge_px=0.02 * r)


def _face_paint(scene: Scene, style: str, skin: Colour) -> Paint:
    mark, other = farthest(skin, scene.palette.first, scene.palette.second, scene.palette.light), scene.palette.dark
    n_lines, kind = scene.count(3, 5), scene.count(0, 2)

    def paint(x: np.ndarray, y: np.ndarray, _under: np.ndarray) -> np.ndarray:
        face = blend(skin, (226, 84, 84), (0.3 - np.hypot(np.abs(x) - 0.42, y - 0.26)) * 1.6)
        face = blend(face, scene.palette.dark, (0.2 - np.hypot((np.abs(x) - 0.3) * 0.7, y + 0.14)) * 2.2)
        if style == "hair":
            return face
        if kind == 0:
            lines = np.sin((y * 0.9 + np.abs(x) * 0.7) * 2 * pi * n_lines) * 3 * ((y > 0.08) & (np.abs(x) > 0.34))
        elif kind == 1:
            lines = (0.07 - np.abs(np.hypot(x, (y + 0.5) * 1.2) % 0.2 - 0.1)) * 20 * (y < -0.36) + (0.11 - np.abs(x)) * 20 * (y < -0.3)
        else:
            lines = (0.31 - np.hypot(np.abs(x) - 0.31, (y + 0.12) * 1.05)) * 20
        face = blend(face, mark, lines)
        if style == "crown":
            return face
        zigzag = 0.08 * np.abs(((x * 5) % 2) - 1)
        face = blend(face, mark, (-0.5 - y) * 25)
        face = blend(face, other, (0.035 - np.abs(y + 0.62 + zigzag)) * 30)
        return blend(face, other, (0.035 - np.abs(y + 0.5)) * 30)

    return paint


def _face_eye(scene: Scene, place: Place, side: int, skin: Colour, dark: Colour) -> None:
    above = curve((-1, 0.1), (-0.4, -0.8), (0.5, -0.75), (1, -0.1))
    below = curve((1, -0.1), (0.4, 0.6), (-0.4, 0.6), (-1, 0.1))
    lid = np.concatenate([above, below]) * (side, 1)
    scene.fill(place.points(lid * 1.12), dark)
    scene.fill(place.points(lid), _WHITE)
    iris = place.at(0.02 * side, -0.06)
    scene.disc(iris.x, iris.y, 0.46 * place.radius, mix(scene.palette.second, dark, 0.35))
    scene.disc(iris.x, iris.y, 0.26 * place.radius, _BLACK)
    scene.disc(iris.x - 0.14 * place.radius, iris.y - 0.16 * place.radius, 0.13 * place.radius, _WHITE)
    scene.stroke(place.points(above * (side, 1)), dark, 0.24 * place.radius)
    crease = curve((-0.9, -0.35), (-0.3, -1.05), (0.5, -1.0), (1.1, -0.4), n=9) * (side, 1)
    scene.stroke(place.points(crease), mix(skin, dark, 0.55), 0.1 * place.radius)


def _nose(scene: Scene, place: Place, skin: Colour) -> None:
    shade, r = mix(skin, scene.palette.dark, 0.5), place.radius
    ridge = smooth((0.05, -0.24), (0.07, 0.06), (0.18, 0.24), (0.1, 0.33), (-0.1, 0.33), (-0.18, 0.24), (-0.03, 0.06), (-0.01, -0.24), n=4)
    form(scene, place, ridge, mix(skin, scene.palette.light, 0.3), depth=0.16, glow=0.5, shade=0.6)
    scene.stroke(place.points(smooth((0.07, -0.18), (0.09, 0.06), (0.19, 0.24), (0.12, 0.33), closed=False)), shade, 0.04 * r)
    for side in (-1, 1):
        scene.oval(place.at(0.08 * side, 0.31, angle=-0.3 * side), 0.055, 0.03, mix(shade, _BLACK, 0.6))


def _lips(scene: Scene, place: Place, skin: Colour, dark: Colour) -> None:
    red = mix((196, 40, 58), skin, 0.18)
    upper = both_sides((0, 0.5), (0.09, 0.46), (0.3, 0.57), (0.1, 0.59), (0, 0.6), n=4)
    lower = both_sides((0, 0.59), (0.12, 0.58), (0.29, 0.575), (0.17, 0.7), (0, 0.73), n=4)
    edge_px = 0.015 * place.radius
    scene.fill(place.points(lower), mix(red, _WHITE, 0.12), edge=mix(red, dark, 0.6), edge_px=edge_px)
    scene.fill(place.points(upper), mix(red, dark, 0.25), edge=mix(red, dark, 0.6), edge_px=edge_px)
    scene.stroke(place.points(curve((-0.12, 0.65), (0.0, 0.68), (0.12, 0.65), n=5)), mix(red, _WHITE, 0.55), 0.04 * place.radius)
    scene.stroke(place.points(curve((-0.31, 0.565), (0.0, 0.63), (0.31, 0.565), n=9)), dark, 0.035 * place.radius)


def _hair(scene: Scene, place: Place, colour: Colour, dark: Colour) -> None:
    behind = both_sides((0, -1.08), (0.5, -1.02), (0.92, -0.6), (0.95, 0.1), (0.98, 0.72), (0.7, 1.05), (0.3, 0.8), (0, 0.7))
    form(scene, place, behind, _strands(scene, colour, dark), depth=0.3, edge=dark, edge_px=0.03 * place.radius)


def _strands(scene: Scene, colour: Colour, dark: Colour) -> Paint:
    def paint(x: np.ndarray, y: np.ndarray, _under: np.ndarray) -> np.ndarray:
        wave = np.sin(np.abs(x) * 46 - 12 * y * y * (y < 0) + 3 * np.sin(y * 6))
        return blend(blend(colour, dark, -wave * 0.8), scene.palette.light, (wave - 0.45) * 0.8)

    return paint


def _crown(scene: Scene, place: Place, colour: Colour, dark: Colour) -> None:
    """Rays around the whole head, as of a sun or a headdress."""
    for step, turn in enumerate(np.linspace(pi * 0.86, pi * 2.14, 15)):
        ray = smooth((0.5, -0.12), (0.9, -0.12), (1.16, 0), (0.9, 0.12), (0.5, 0.12), n=3)
        tint = colour if step % 2 else mix(scene.palette.light, scene.palette.first, 0.35)
        form(scene, place.at(0, 0, angle=float(turn)), ray, tint, depth=0.1, edge=dark, edge_px=0.02 * place.radius)


def _plumes(scene: Scene, place: Place, dark: Colour) -> None:
    """Feathers that stand on a mask, and rings in its ears."""
    palette, px = scene.palette, 0.02 * place.radius
    for step, turn in enumerate((-0.75, 0.75, -0.38, 0.38, 0.0)):
        plume = smooth((0.4, -0.06), (0.9, -0.15), (1.2, 0), (0.9, 0.15), (0.4, 0.06), n=4)
        feather = place.at(0, -0.05, angle=turn - pi / 2)
        tint = palette.second if step % 4 else mix(palette.first, palette.light, 0.3)
        form(scene, feather, plume, tint, depth=0.1, edge=dark, edge_px=px)
        scene.stroke(feather.points(np.array([[0.6, 0], [1.12, 0]])), palette.light, 0.03 * place.radius)
    for x in (-0.78, 0.78):
        ring = place.at(x, 0.24)
        scene.disc(ring.x, ring.y, 0.15 * place.radius, dark, width_px=0.12 * place.radius)
        scene.disc(ring.x, ring.y, 0.15 * place.radius, palette.light, width_px=0.06 * place.radius)


# Hands.

_FINGERS = ((-0.28, 0.1, -0.22, 0.78), (-0.1, 0.06, -0.06, 0.9), (0.09, 0.08, 0.09, 0.83), (0.27, 0.18, 0.27, 0.62))
"""Where each finger leaves the palm, how it is turned, how long it is."""
_PALM_LINES = (
    ((0.36, 0.3), (0.12, 0.4), (-0.14, 0.12)),
    ((-0.36, 0.28), (0.08, 0.34), (0.26, 0.56)),
    ((-0.35, 0.33), (0.12, 0.4), (-0.1, 0.86)),
)
"""Of the heart, the head and life, as curves."""


def draw_hands(scene: Scene) -> None:
    """Open hands, five fingers up and apart: lines of the palm or nails, a cuff, often painted with a spiral or rings."""
    palette = scene.palette
    skins = ((240, 196, 160), (196, 138, 98), (126, 82, 58), palette.first, palette.light)
    skin = farthest(palette.ground, *(scene.pick(*skins) for _ in range(3)))
    style = ("palm", "back", "henna")[scene.count(0, 2)]
    spread, thick = scene.between(0.9, 1.5), scene.between(0.085, 0.112)
    for place in herd(scene, 0.17, 0.29, wide=0.74, tall=0.98, upright=0.3):
        _hand(scene, place, scene.vary(skin, 0.06), style, spread, thick, -1 if scene.chance(0.5) else 1)


def _hand(scene: Scene, place: Place, skin: Colour, style: str, spread: float, thick: float, side: int) -> None:
    r, dark = place.radius, mix(scene.palette.dark, _BLACK, 0.4)
    line = mix(skin, dark, 0.42)
    bones = [(x, y, x + long * sin(turn * spread), y - long * cos(turn * spread)) for x, y, turn, long in _FINGERS]
    turn = -0.85 * (0.7 + 0.3 * spread)
    bones.append((-0.24, 0.45, -0.24 + 0.66 * sin(turn), 0.45 - 0.66 * cos(turn)))
    widths = (thick, thick * 1.02, thick, thick * 0.86, thick * 1.2)
    fingers = [capsule(*bone, wide * 1.12, wide * 0.86) * (side, 1) for bone, wide in zip(bones, widths, strict=True)]
    palm = smooth(
        (-0.4, 0.08), (-0.1, -0.02), (0.2, 0.02), (0.39, 0.18), (0.4, 0.42), (0.28, 0.72),
        (0.24, 1.0), (-0.24, 1.0), (-0.27, 0.74), (-0.42, 0.45), n=4,
    ) * (side, 1)
    form(scene, place, [palm, *fingers], skin, depth=0.15, edge=dark, edge_px=0.035 * r, glow=0.55, shade=0.6)
    ink = mix(scene.palette.second, dark, 0.5) if style == "henna" else line
    for (x0, y0, x1, y1), wide in zip(bones, widths, strict=True):
        finger = place.at(x0 * side, y0, angle=float(np.arctan2(y1 - y0, (x1 - x0) * side)))
        _finger_marks(scene, finger, float(np.hypot(x1 - x0, y1 - y0)), wide, style, line, ink)
    _palm_marks(scene, place, side, style, line, ink)
    cuff = np.array([[-0.34, 0.9], [0.34, 0.9], [0.37, 1.12], [-0.37, 1.12]])
    form(scene, place, cuff, scene.palette.second, depth=0.1, edge=dark, edge_px=0.025 * r)


def _finger_marks(scene: Scene, finger: Place, long: float, wide: float, style: str, line: Colour, ink: Colour) -> None:
    """Folds at the joints, and a nail or painted rings; the finger points to the right."""
    r = finger.radius
    for share in () if style == "henna" else (0.4, 0.72):
        fold = np.array([[share * long, -wide * 0.6], [share * long + 0.02, 0], [share * long, wide * 0.6]])
        scene.stroke(finger.points(fold), line, 0.022 * r)
    tip = finger.at(long * 1.0, 0)
    if style == "back":
        scene.oval(tip, wide * 0.82, wide * 0.6, line)
        scene.oval(tip, wide * 0.7, wide * 0.48, scene.palette.second)
        scene.oval(finger.at(long + 0.02, -wide * 0.15), wide * 0.35, wide * 0.12, _WHITE)
    elif style == "henna":
        for share in (0.55, 0.62, 0.88):
            scene.stroke(finger.points(np.array([[share * long, -wide * 0.85], [share * long, wide * 0.85]])), ink, 0.035 * r)
        scene.oval(tip, wide * 0.75, wide * 0.7, ink)


def _palm_marks(scene: Scene, place: Place, side: int, style: str, line: Colour, ink: Colour) -> None:
    r = place.radius
    if style == "henna":
        turn = np.linspace(0, 4.4 * pi, 40)
        spiral = np.stack([np.cos(turn), np.sin(turn)], 1) * (turn / turn[-1] * 0.21)[:, None] + (0.0, 0.36)
        scene.stroke(place.points(spiral), ink, 0.04 * r)
        for at in np.linspace(0, 2 * pi, 10, endpoint=False):
            dot = place.at(0.29 * cos(at), 0.36 + 0.29 * sin(at))
            scene.disc(dot.x, dot.y, 0.035 * r, ink)
    elif style == "palm":
        for fold in _PALM_LINES:
            scene.stroke(place.points(curve(*fold, n=9) * (side, 1)), line, 0.025 * r)
    else:
        for x in (-0.26, -0.09, 0.09, 0.26):
            scene.stroke(place.points(arc(0.06, pi * 1.1, pi * 1.9, 6, x=x * side, y=0.1)), line, 0.03 * r)
            tendon = np.array([[x * 0.9 * side, 0.2], [x * 0.5 * side, 0.55]])
            scene.stroke(place.points(tendon), mix(line, scene.palette.light, 0.5), 0.025 * r)


# Skulls.


def draw_skulls(scene: Scene) -> None:
    """Frontal skulls: round crowns, dark sockets, a hole for a nose, rows of teeth; bare and cracked, or painted with petals."""
    palette = scene.palette
    painted = scene.chance(0.4)
    bone = mix(palette.light, (238, 226, 198), scene.between(0.2, 0.8)) if scene.chance(0.75) else mix(palette.first, palette.light, 0.4)
    socket = scene.between(0.21, 0.27)
    has_jaw = scene.chance(0.75)
    for place in herd(scene, 0.15, 0.29, wide=0.84, tall=0.86, upright=0.25):
        _skull(scene, place, scene.vary(bone, 0.04), painted, socket, has_jaw)


def _skull(scene: Scene, place: Place, bone: Colour, painted: bool, socket: float, has_jaw: bool) -> None:
    palette, r = scene.palette, place.radius
    dark = mix(palette.dark, _BLACK, 0.7)
    edge_px = 0.03 * r
    if has_jaw:
        jaw = both_sides((0, 0.6), (0.5, 0.36), (0.52, 0.6), (0.4, 0.9), (0.18, 1.04), (0, 1.04))
        form(scene, place, jaw, mix(bone, dark, 0.15), depth=0.2, edge=dark, edge_px=edge_px)
    crown = both_sides(
        (0, -0.98), (0.44, -0.9), (0.76, -0.56), (0.8, -0.16), (0.68, 0.06), (0.7, 0.26),
        (0.52, 0.42), (0.4, 0.5), (0.36, 0.7), (0, 0.72), n=5,
    )
    grime = scene.between(0.2, 0.6)

    def paint(x: np.ndarray, y: np.ndarray, _under: np.ndarray) -> np.ndarray:
        hollow = np.hypot((np.abs(x) - 0.6) * 1.2, (y - 0.46) * 1.6)
        temple = np.hypot((np.abs(x) - 0.74) * 1.6, y + 0.2)
        face = blend(bone, dark, (0.26 - hollow) * 3)
        face = blend(face, dark, (0.25 - temple) * 1.6)
        return blend(face, mix(bone, (122, 84, 40), 0.6), (np.sin(x * 9 + 3 * np.sin(y * 7)) * np.sin(y * 8) - 0.2) * grime)

    form(scene, place, crown, paint, depth=0.5, edge=dark, edge_px=edge_px, glow=0.5, shade=0.5)
    for side in (-1, 1):
        _socket(scene, place.at(0.34 * side, -0.06), side, socket, bone, dark, painted)
    half = curve((0, 0.2), (0.03, 0.1), (0.16, 0.3), (0.1, 0.42), (0, 0.36), n=9)
    nose = np.concatenate([half, half[::-1] * (-1, 1)])
    scene.fill(place.points(nose * (1.25, 1.15) + (0, -0.05)), dark, edge=mix(bone, dark, 0.5), edge_px=0.02 * r)
    _teeth(scene, place, bone, dark, has_jaw)
    if painted:
        _petals(scene, place.at(0, -0.56, radius=0.26), palette.first, palette.second)
        for side in (-1, 1):
            scene.stroke(place.points(arc(0.14, 0, 1.6 * pi, 14, x=0.58 * side, y=0.3)), palette.first, 0.045 * r)
    else:
        crack = np.array([[0, -0.95], [0.08, -0.8], [0.02, -0.7], [0.14, -0.56], [0.1, -0.44]])
        crack[:, 0] += scene.between(-0.4, 0.2)
        scene.stroke(place.points(crack), mix(bone, dark, 0.75), 0.03 * r)


def _socket(scene: Scene, place: Place, side: int, size: float, bone: Colour, dark: Colour, painted: bool) -> None:
    if painted:
        for turn in np.linspace(0, 2 * pi, 11, endpoint=False):
            petal = place.at(1.15 * size * cos(turn), 1.15 * size * sin(turn))
            scene.disc(petal.x, petal.y, 0.085 * place.radius, dark)
            scene.disc(petal.x, petal.y, 0.07 * place.radius, scene.palette.second)
    hole = smooth((-0.95, 0.1), (-0.6, -0.72), (0.1, -0.95), (0.8, -0.7), (1.05, 0.1), (0.6, 0.85), (-0.3, 0.9), n=5) * (side * size, size)
    scene.fill(place.points(hole * 1.14), mix(bone, dark, 0.45))
    shine = mix(dark, scene.palette.first, 0.4)
    form(scene, place, hole, lambda _x, y, under: blend(dark, shine, (0.08 - under) * 8 * (y > 0)), depth=0)


def _teeth(scene: Scene, place: Place, bone: Colour, dark: Colour, has_jaw: bool) -> None:
    """Upper and lower rows of square teeth with rounded corners on a dark gap."""
    foot = ((0.38, 0.62), (0.34, 0.84), (0, 0.88)) if has_jaw else ((0.36, 0.7), (0, 0.74))
    gap = both_sides((0, 0.5), (0.36, 0.48), *foot, n=3)
    scene.fill(place.points(gap), dark)
    ivory = mix(bone, _WHITE, 0.45)
    for top, low, bend in ((0.51, 0.68, 0.02), (0.7, 0.85, -0.02)):
        if low > 0.8 and not has_jaw:
            continue
        for x in np.linspace(-0.29, 0.29, 7):
            lift = bend * -((x / 0.3) ** 2)
            tooth = smooth((x - 0.042, top + lift), (x + 0.042, top + lift), (x + 0.042, low + lift), (x - 0.042, low + lift), n=3)
            scene.fill(place.points(tooth), ivory)


def _petals(scene: Scene, place: Place, colour: Colour, core: Colour) -> None:
    """A flower seen from above."""
    for turn in np.linspace(0, 2 * pi, 8, endpoint=False):
        scene.oval(place.at(0.55 * cos(turn), 0.55 * sin(turn), angle=float(turn)), 0.42, 0.23, colour)
    scene.disc(place.x, place.y, 0.28 * place.radius, core)
