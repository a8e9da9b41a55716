"""Scenes go in; what the elements make is drawn on them: bubbles, clouds, cracks, crystals, flames, Turing's patterns, waves."""

from __future__ import annotations

from functools import cached_property
from math import cos, pi, sin

import cv2
import numpy as np

from dream.motifs.drafting import crowd, is_light, put, ramp, strokes
from dream.motifs.palette import Colour, mix
from dream.motifs.scene import Place, Scene, arc, curve


class _Ball:
    """The pixels of a picture about a ball: where they lie on it, and how much of each it covers."""

    def __init__(self, scene: Scene, x: float, y: float, radius: float) -> None:
        left, top = max(0, int(x - radius) - 1), max(0, int(y - radius) - 1)
        right, bottom = min(scene.size, int(x + radius) + 3), min(scene.size, int(y + radius) + 3)
        self.scene = scene
        self.window = slice(top, max(top, bottom)), slice(left, max(left, right))
        self.x = ((np.arange(left, max(left, right), dtype=np.float32) - x) / radius)[None, :]
        self.y = ((np.arange(top, max(top, bottom), dtype=np.float32) - y) / radius)[:, None]
        self.far = np.sqrt(self.x**2 + self.y**2)
        self.cover = np.clip((1 - self.far) * radius + 0.5, 0, 1)

    @cached_property
    def seen(self) -> np.ndarray:
        """The picture there, float32, to be laid over."""
        return self.scene.rgb[self.window].astype(np.float32)

    def lay(self, colour: np.ndarray | Colour, share: np.ndarray) -> None:
        """Lay a colour, or one a pixel, over the ball."""
        self.seen += (np.asarray(colour, np.float32) - self.seen) * share[..., None]

    def done(self) -> None:
        """Put what was laid into the picture."""
        under = self.scene.rgb[self.window].astype(np.float32)
        self.scene.rgb[self.window] = (under + (self.seen - under) * self.cover[..., None] + 0.5).astype(np.uint8)


def draw_bubbles(scene: Scene) -> None:
    """Clear balls with a dark edge, a rim of coloured film, a bright window above and a glow below."""
    palette = scene.palette
    clear = scene.between(0.15, 0.6)
    large = crowd(scene, 0.14, 0.27, apart=0.9)
    small = crowd(scene, 0.06, 0.08, apart=1.6)
    for place in [*small, *large, *small[::4]]:
        first, second = (palette.first, palette.second) if scene.chance(0.6) else (palette.second, palette.first)
        _bubble(scene, place, first, second, clear)


def _bubble(scene: Scene, place: Place, first: Colour, second: Colour, clear: float) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    ball = _Ball(scene, place.x, place.y, place.radius)
    rim = np.clip((ball.far - 0.45) / 0.5, 0, 1) ** 2
    side = np.clip(0.5 + 0.5 * (ball.x + ball.y), 0, 1)
    ball.lay(ramp(side, mix(first, light, 0.35), first, mix(first, dark, 0.45)), np.clip(1 - clear + rim, 0, 1))
    film = 0.5 + 0.5 * np.cos(9 * ball.far**2 + 2 * ball.x + place.angle)
    ball.lay(ramp(film, second, mix(second, light, 0.6)), rim * 0.75)
    ball.lay(light, np.clip(1 - np.abs(ball.far - 0.82) / 0.1, 0, 1) * np.clip((ball.x + ball.y) * 0.9, 0, 1))
    ball.lay(dark, np.clip((ball.far - 0.88) / 0.08, 0, 1) * 0.9)
    glint = np.hypot((ball.x + ball.y + 0.72) * 1.3, (ball.x - ball.y) * 0.75)
    ball.lay((255, 255, 255), np.clip((0.36 - glint) * 5, 0, 1))
    ball.lay((255, 255, 255), np.clip((0.12 - np.hypot(ball.x - 0.42, ball.y - 0.4)) * 14, 0, 1) * 0.9)
    ball.done()


def draw_clouds(scene: Scene) -> None:
    """Heaps of puffs over a darker sky, bright where the light falls, with flat shaded feet."""
    palette = scene.palette
    sky = mix(palette.first, palette.dark, 0.35), mix(palette.first, palette.ground, 0.35)
    scene.paint(np.ones((scene.size, scene.size)), ramp(np.linspace(0, 1, scene.size)[:, None] + np.zeros((1, scene.size)), *sky))
    shade = mix(mix(palette.first, palette.dark, 0.3), palette.second, scene.between(0, 0.6))
    tint = mix(palette.light, palette.second, scene.between(0.1, 0.45))
    colours = shade, mix(shade, tint, 0.55), tint, (255, 255, 255)
    light, radius = scene.between(-2.6, -0.6), scene.size * scene.between(0.2, 0.34)
    step, rise = scene.between(1.35, 1.9), scene.between(0.66, 0.95)
    cover, lit = np.zeros((2, scene.size, scene.size), np.float32)
    for row in range(int(scene.size / radius / rise) + 2):
        shift = scene.between(-1, step - 1)
        for column in range(int(scene.size / radius / step) + 2):
            y = (row + 0.3 * scene.between(-1, 1)) * rise * radius
            _heap(scene, cover, lit, Place((column * step + shift) * radius, y, radius * scene.between(0.75, 1.1), light))
    scene.paint(cover, ramp(lit, *colours))


def _heap(scene: Scene, cover: np.ndarray, lit: np.ndarray, place: Place) -> None:
    """The puffs of one cloud on a flat foot, the smaller ones about its edge; the light comes from `place.angle`."""
    xs = np.concatenate([scene.rng.uniform(-0.6, 0.6, 5), np.linspace(-0.78, 0.78, 8) + scene.rng.normal(0, 0.04, 8)])
    ups = (1 - xs**2) * np.concatenate([scene.rng.uniform(0.0, 0.35, 5), scene.rng.uniform(0.45, 0.9, 8)])
    sizes = np.concatenate([scene.rng.uniform(0.34, 0.46, 5), scene.rng.uniform(0.2, 0.32, 8)]) * (1 - 0.3 * np.abs(xs))
    foot = place.y + 0.3 * place.radius
    for x, up, size in sorted(zip(xs, ups, sizes, strict=True), key=lambda puff: -puff[1]):
        middle = place.y + (0.12 - 0.8 * up) * place.radius
        ball = _Ball(scene, place.x + x * place.radius, middle, size * place.radius)
        toward = cos(place.angle) * ball.x + sin(place.angle) * ball.y
        value = 0.42 + 0.25 * up + 0.4 * toward - 0.12 * ball.far + 0.3 * ((ball.far > 0.84) & (toward > 0.45))
        shown = ball.cover * np.clip((foot - ball.y * size * place.radius - middle) / 3, 0, 1)
        lit[ball.window] += (value - lit[ball.window]) * shown
        cover[ball.window] = np.maximum(cover[ball.window], shown)


def draw_cracks(scene: Scene) -> None:
    """Plates of dried earth or old glaze: split and split again by jagged lines, the first splits the widest."""
    palette = scene.palette
    n_levels = scene.count(4, 6)
    labels, gap = _split(scene, n_levels, scene.between(2.5, 5.5))
    plates = scene.rng.random(2**n_levels).astype(np.float32)[labels]
    grain = scene.noise(24, octaves=3)
    body = mix(palette.first, palette.ground, 0.5)
    tone = np.clip(0.2 + 0.4 * plates + 0.55 * (grain - 0.3), 0, 1)
    glows = scene.chance(0.25)
    colours = mix(body, palette.dark, 0.25), mix(body, palette.light, 0.65)
    if glows:
        colours = mix(palette.dark, palette.first, 0.1), mix(palette.dark, body, 0.4)
    scene.paint(np.ones_like(gap), ramp(tone, *colours))
    scene.relief(np.minimum(gap, 5) * 1.1 - 0.35 * np.clip(gap - 5, 0, 20) + grain * 3, strength=0.5)
    if glows:
        scene.paint(np.exp(-np.clip(gap, 0, None) / 4) * 0.7, palette.second)
        scene.paint(np.clip(1.2 - gap, 0, 1), mix(palette.light, palette.second, 0.2))
    else:
        scene.paint(np.exp(-np.clip(gap, 0, None) / 2.5) * 0.5, mix(body, palette.dark, 0.6))
        scene.paint(np.clip(1.2 - gap, 0, 1), palette.dark)


def _split(scene: Scene, n_levels: int, widest_px: float) -> tuple[np.ndarray, np.ndarray]:
    """Which plate each pixel is on, and how far it is from the nearest crack's edge (0 or less within a crack)."""
    x, y = scene.grid()
    bend = scene.size * scene.between(0.06, 0.13)
    x, y = x + (scene.noise(9, octaves=4) - 0.5) * bend, y + (scene.noise(9, octaves=4) - 0.5) * bend
    labels = np.zeros((scene.size, scene.size), np.int64)
    gap = np.full(labels.shape, 1e3, np.float32)
    for level in range(n_levels):
        labels = 2 * labels + _cut(scene, labels, x, y)
        edge = np.zeros(labels.shape, bool)
        edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
        edge[1:] |= labels[1:] != labels[:-1]
        far = cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 5)
        width = widest_px * (1 - level / n_levels) ** 1.3 * scene.size / 205
        gap = np.minimum(gap, far - width / 2)
    return labels, gap


def _cut(scene: Scene, labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Each plate in two, across where it is longest: 0 or 1 a pixel."""
    flat = labels.ravel()
    n = np.maximum(1, np.bincount(flat))

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(flat, values.ravel()) / n

    middle_x, middle_y = mean(x), mean(y)
    right, down = x - middle_x[labels], y - middle_y[labels]
    xx, yy, xy = mean(right * right), mean(down * down), mean(right * down)
    longest = 0.5 * np.arctan2(2 * xy, xx - yy) + scene.rng.normal(0, 0.3, n.shape)
    shift = scene.rng.normal(0, 0.25, n.shape) * np.sqrt(xx + yy)
    return ((np.cos(longest)[labels] * right + np.sin(longest)[labels] * down) > shift[labels]).astype(np.int64)


def draw_crystals(scene: Scene) -> None:
    """Faceted stones: clusters of pointed prisms, or cut gems from above."""
    palette = scene.palette
    scene.paint(np.full((scene.size, scene.size), 0.55), mix(palette.ground, palette.dark, 0.8))
    for x, y in scene.rng.uniform(0, scene.size, (40, 2)):
        shard = scene.rng.uniform(-0.2, 0.2, (3, 2)) * scene.size + (x, y)
        scene.fill(shard, mix(palette.dark, scene.pick(), scene.between(0.05, 0.35)))
    if scene.chance(0.6):
        for place in crowd(scene, 0.2, 0.32, upright=pi if scene.chance(0.5) else 0.5, apart=0.62):
            n = scene.count(4, 7)
            colour = scene.vary(scene.pick())
            for turn in sorted(np.linspace(-1.2, 1.2, n) + scene.rng.normal(0, 0.12, n), key=lambda t: -abs(t)):
                _prism(scene, place.at(0, 0.8, angle=turn, radius=scene.between(0.75, 1.0) * (1.5 - 0.45 * abs(turn))), scene.vary(colour))
    else:
        n, long, table = scene.count(5, 9), scene.between(0.75, 1.0), scene.between(0.42, 0.58)
        for place in crowd(scene, 0.14, 0.25, apart=0.82):
            _gem(scene, place, scene.vary(scene.pick()), n, long, table)
    for x, y in scene.rng.uniform(0, scene.size, (9, 2)):
        _sparkle(scene, Place(float(x), float(y), scene.size * scene.between(0.02, 0.06), 0.0))


def _prism(scene: Scene, place: Place, colour: Colour) -> None:
    """From (0, 0) up to (0, -1)."""
    dark, light = scene.palette.dark, scene.palette.light
    half, ridge, shoulder = scene.between(0.13, 0.2), scene.between(-0.35, 0.35), scene.between(0.62, 0.76)
    xs = np.array([-1, ridge - 0.35, ridge + 0.45, 1.0]) * half
    tops = -np.array([shoulder - 0.04, shoulder + 0.03, shoulder + 0.05, shoulder - 0.02])
    tip = np.array([[ridge * half * 0.5, -1.0]])
    outline = np.concatenate([[[-half * 0.8, 0.1], [xs[0], tops[0]]], tip, [[xs[3], tops[3]], [half * 0.8, 0.1]]])
    scene.fill(place.points(outline * (1.18, 1.03)), mix(dark, colour, 0.15))
    sides = (mix(colour, light, 0.55), colour, mix(colour, dark, 0.5))
    for at, side in enumerate(sides):
        upper = np.array([[xs[at], tops[at]], [xs[at + 1], tops[at + 1]]])
        scene.fill(place.points(np.concatenate([upper, [[xs[at + 1] * 0.8, 0.1], [xs[at] * 0.8, 0.1]]])), side)
        scene.fill(place.points(np.concatenate([upper, tip])), mix(side, light, (0.6, 0.35, 0.12)[at]))
    streak = np.array([[xs[1] * 1.0, -0.1], [xs[1] * 1.2, tops[1]]])
    strokes(scene, [place.points(streak), place.points(np.concatenate([[[xs[1], tops[1]]], tip]))], light, 0.02 * place.radius)


def _gem(scene: Scene, place: Place, colour: Colour, n: int, long: float, table: float) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    squash = np.array([1.0, long])
    turns = np.arange(n) * 2 * pi / n
    outer = arc(0.98, 0, 2 * pi, n + 1) * squash
    middle = arc((1 + table) / 2, pi / n, 2 * pi + pi / n, n + 1) * squash
    inner = arc(table, 0, 2 * pi, n + 1) * squash
    scene.fill(place.points(outer * 1.07), mix(dark, colour, 0.1))

    def facet(corners: list[np.ndarray], turn: float, jitter: float) -> None:
        lit = 0.5 - 0.5 * cos(turn + place.angle - 0.8) + scene.between(-jitter, jitter)
        shade = mix(colour, dark, min(0.75, 1.3 * (0.5 - lit))) if lit < 0.5 else mix(colour, light, min(0.9, 1.5 * (lit - 0.5)))
        scene.fill(place.points(np.array(corners)), shade)

    for at, turn in enumerate(turns):
        facet([outer[at], outer[at + 1], middle[at]], turn + pi / n, 0.2)
        facet([middle[at - 1], outer[at], middle[at], inner[at]], turn, 0.25)
        facet([inner[at], inner[at + 1], middle[at]], turn + pi / n + pi, 0.2)
    scene.fill(place.points(inner), mix(colour, light, 0.25))
    scene.fill(place.points(np.concatenate([inner[: n // 2 + 1], inner[:1] * 0.2])), mix(colour, light, 0.6))
    strokes(scene, [place.points(inner), place.points(outer)], mix(light, colour, 0.15), 0.03 * place.radius)


def _sparkle(scene: Scene, place: Place) -> None:
    star = np.array([[0, -1], [0.13, -0.13], [1, 0], [0.13, 0.13], [0, 1], [-0.13, 0.13], [-1, 0], [-0.13, -0.13]])
    scene.fill(place.points(star), (255, 255, 255))


def draw_flames(scene: Scene) -> None:
    """Tongues of fire that lick upwards, dark without and white within."""
    palette = scene.palette
    scene.paint(np.full((scene.size, scene.size), 0.8), mix(palette.dark, palette.ground, 0.15 if not is_light(palette.ground) else 0.3))
    low, high = sorted((palette.first, palette.second if scene.chance(0.5) else palette.first), key=sum)
    high, light = mix(high, palette.light, 0.3), palette.light
    colours = palette.dark, mix(low, palette.dark, 0.35), low, mix(low, high, 0.7), mix(high, light, 0.55), mix(light, (255, 255, 255), 0.5)
    slender, wind = scene.between(0.36, 0.46), scene.between(-0.5, 0.5)
    for place in crowd(scene, 0.19, 0.3, upright=0.15, apart=0.55):
        _flame(scene, place, colours, slender, wind + scene.between(-0.1, 0.1))


def _flame(scene: Scene, place: Place, colours: tuple[Colour, ...], slender: float, sway: float) -> None:
    """Tongues from one hearth; all have the outer colours, and only the middle one the hottest."""
    low = scene.between(0.6, 0.8)
    tongues = (-0.34, low * 0.8, -0.4), (0.34, low * 0.8, 0.4), (-0.17, low * 1.05, -0.15), (0.19, low * 1.1, 0.18), (0.0, 1.05, 0.0)
    roots = [place.at(x, 0.75, radius=size * scene.between(0.9, 1.1), angle=turn) for x, size, turn in tongues]
    shapes = [_tongue(slender, 1.8, sway + x * 0.8) for x, _, _ in tongues]
    for colour, share, first in zip(colours, (1.1, 1.0, 0.84, 0.66, 0.5, 0.32), (0, 0, 0, 2, 3, 4), strict=True):
        for root, shape in zip(roots[first:], shapes[first:], strict=True):
            scene.fill(root.points(shape * (share, share if share < 1 else 1.03)), colour)
    for _ in range(3):
        spark = place.at(scene.between(-0.7, 0.7), scene.between(-1.2, -0.3))
        scene.disc(spark.x, spark.y, 0.035 * place.radius, colours[3])


def _tongue(wide: float, high: float, sway: float) -> np.ndarray:
    """A drop on its foot at (0, 0), its tip drawn out and bent."""
    at = np.linspace(0, 1, 22)
    half = wide * np.sin(pi * at**0.6) * (1 - at) ** 0.3 * 1.1
    middle = high * 0.2 * at**1.2 * np.sin(2 * pi * (0.75 * at + sway))
    up = 0.25 * wide - high * at
    return np.concatenate([np.stack([middle + half, up], 1), np.stack([middle - half, up], 1)[::-1]])


def draw_turing(scene: Scene) -> None:
    """What reaction and diffusion leave: labyrinths, or dots, of one width, raised over a dark ground."""
    palette = scene.palette
    wave = scene.between(2.0, 4.2) * scene.size / 205
    bias = scene.between(-0.2, 0.2) if scene.chance(0.6) else scene.between(0.45, 0.8) * (-1 if scene.chance(0.7) else 1)
    stuff: np.ndarray = scene.rng.normal(0, 1, (scene.size, scene.size)).astype(np.float32)
    for _ in range(7):
        stuff = np.tanh(9 * (cv2.GaussianBlur(stuff, (0, 0), wave) - cv2.GaussianBlur(stuff, (0, 0), wave * 1.6)) + bias)
    stuff = cv2.GaussianBlur(stuff, (0, 0), wave * 0.35)
    stuff = stuff / max(0.3, float(np.abs(stuff).max()))
    tide = scene.noise(2, octaves=2)
    body = ramp(tide, mix(palette.first, palette.light, 0.25), mix(palette.second, palette.light, 0.25))
    scene.paint(np.ones_like(stuff), mix(palette.dark, palette.ground, 0.2))
    scene.paint(np.clip(stuff * 3 + 1.1, 0, 1), ramp(tide, mix(palette.first, palette.dark, 0.45), mix(palette.second, palette.dark, 0.45)))
    scene.paint(np.clip(stuff * 4 - 0.4, 0, 1), body)
    scene.paint(np.clip(stuff * 3 - 1.9, 0, 1) * 0.7, palette.light)
    scene.relief(stuff * wave * scene.between(0.6, 1.6), strength=0.5)


def draw_waves(scene: Scene) -> None:
    """Rows of breakers that curl over, striped along their flow, with foam on the crest and fingers on the lip."""
    palette = scene.palette
    body = mix(palette.first, palette.dark, 0.35) if is_light(palette.first) else palette.first
    radius = scene.size * scene.between(0.19, 0.31)
    step = scene.between(1.6, 2.0)
    crest, lip, layers = _breaker(scene.between(0.75, 1.2))
    for row in range(int(scene.size / radius / 0.66) + 3):
        shift = scene.between(-1, step - 1)
        for column in range(int(scene.size / radius / step) + 2):
            x, y = (column * step + shift) * radius, (row - 0.5 + scene.between(0, 0.2)) * 0.66 * radius
            place = Place(x, y, radius * scene.between(0.85, 1.15), scene.between(-0.12, 0.12))
            _water(scene, place, layers, scene.vary(body))
            _foam(scene, place, crest, lip, mix(body, palette.dark, 0.75))


def _breaker(curl: float) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """The crest, the lip, and the shapes of the water: shadow, body, then the stripes along the flow."""
    tip = (0.42 + 0.35 * curl, -0.2)
    back = curve((-1.3, 0.7), (-0.35, 0.6), (-0.6, -0.95), (0.1, -0.92), n=20)
    outside = np.concatenate([back, curve((0.1, -0.92), (0.55, -0.9), (0.95, -0.6), tip, n=15)[1:]])
    inside = curve(tip, (0.62, -0.6), (0.1, -0.7), (0.02, -0.1), (0.05, 0.6), (1.3, 0.7), n=34)
    below = np.array([[1.3, 1.3], [-1.3, 1.3]])
    stripes = [(outside * (1 - share) + inside[::-1] * share)[3:31] for share in (0.2, 0.38, 0.56, 0.74, 0.9)]
    layers = [np.concatenate([outside * 1.04, inside, below]), np.concatenate([outside, inside, below])]
    return outside[13:], inside[:15], layers + [ribbon(stripe, np.linspace(0.1, 0.03, 28)) for stripe in stripes]


def ribbon(points: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """The outline of a line, (N, 2), that is so wide at each point."""
    along = np.gradient(points, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], 1) * (widths / 2 / np.maximum(1e-6, np.hypot(along[:, 0], along[:, 1])))[:, None]
    return np.concatenate([points + across, (points - across)[::-1]])


def _water(scene: Scene, place: Place, layers: list[np.ndarray], body: Colour) -> None:
    dark, light = scene.palette.dark, scene.palette.light
    stripes = mix(body, light, 0.75), mix(body, dark, 0.55), mix(body, scene.palette.second, 0.7)
    for shape, colour in zip(put(place, layers), (mix(body, dark, 0.7), body, *stripes, *stripes[:2]), strict=True):
        scene.fill(shape, colour)


def _foam(scene: Scene, place: Place, crest: np.ndarray, lip: np.ndarray, shade: Colour) -> None:
    """White along the crest, in lobes, with claws that hang from the lip and drops ahead of it."""
    foam, dim = mix((255, 255, 255), scene.palette.light, 0.4), mix(scene.palette.light, scene.palette.first, 0.4)
    n, radius = len(crest), place.radius
    wide = 0.2 * np.linspace(0.0, 1.0, n) ** 0.7
    turns = 2.4 - 0.12 * np.arange(0, len(lip), 2)
    hooks = [np.array([[0, 0], [0.13 * cos(t), 0.13 * sin(t)], [0.2 * cos(t + 0.5), 0.2 * sin(t + 0.5)]]) for t in turns]
    claws = [lip[2 * at] + hook for at, hook in enumerate(hooks)]
    bands = [ribbon(crest, wide * 1.35), ribbon(crest, wide), ribbon(crest[6:] + 0.03, wide[6:] * 0.35)]
    outline, inner, shadow, line, *claws = put(place, [*bands, crest, *claws])
    lobes = [(float(x), float(y), radius * (0.04 + 0.06 * at / n) * scene.between(0.8, 1.3)) for at, (x, y) in enumerate(line) if at > 3]
    strokes(scene, claws, shade, 0.17 * radius)
    scene.fill(outline, shade)
    for x, y, size in lobes[::2]:
        scene.disc(x, y, size + 0.04 * radius, shade)
    strokes(scene, claws, foam, 0.06 * radius)
    strokes(scene, [claw[:2] for claw in claws], foam, 0.1 * radius)
    scene.fill(inner, foam)
    for x, y, size in lobes:
        scene.disc(x, y, size, foam)
    scene.fill(shadow, dim)
    for x, y in place.points(scene.rng.normal((0.8, -0.7), 0.22, (5, 2))):
        scene.disc(float(x), float(y), radius * 0.04, foam)
