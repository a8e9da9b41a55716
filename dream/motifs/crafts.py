"""Scenes go in; what hands make is drawn on them: letters, mandalas, tartan, weave."""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin

import cv2
import numpy as np

from dream.motifs.drafting import box, fill_all, is_seen, ramp, strokes
from dream.motifs.palette import Colour, mix
from dream.motifs.scene import Place, Scene, arc, curve

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
        strokes(scene, at, edge, 0.015 * place.radius, closed=True)


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
    twill = np.clip(np.sin((x[0] + x[1]) * pi / (2 * thread)) * 0.35 + 0.5, 0, 1)[..., None]
    cloth = across * twill + down * (1 - twill)
    ribs = 0.9 + 0.06 * np.sin((x[0] - x[1]) * pi / thread) + 0.12 * (scene.noise(60, octaves=1) - 0.5)
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
