"""Scenes go in; hides of animals are drawn on them: fur, spots of a leopard, stripes of a zebra."""

from __future__ import annotations

from math import cos, pi, sin

import cv2
import numpy as np

from dream.motifs.modelling import blend
from dream.motifs.palette import Colour, mix
from dream.motifs.scene import Scene

_BLACK = (14, 10, 12)

# Fur.

def draw_fur(scene: Scene) -> None:
    """Tufts of tapered hairs, dark at the root and pale at the tip, that lie over one another along a flow."""
    palette = scene.palette
    lean = scene.between(0, 2 * pi)
    flow = lean + (scene.noise(scene.between(1.0, 2.2), octaves=1) - 0.5) * scene.between(1.2, 3.2)
    tint = _bands(scene) if scene.chance(0.4) else scene.noise(scene.between(2, 4), octaves=2)
    scene.rgb[...] = mix(mix(palette.first, palette.dark, 0.85), _BLACK, 0.3)
    long = scene.size * scene.between(0.18, 0.32)
    roots = _roots(scene, long * scene.between(0.24, 0.29), lean)
    columns, rows = np.clip(roots, 0, scene.size - 1).astype(int).T
    longs, bends = long * scene.rng.uniform(0.8, 1.2, len(roots)), scene.rng.uniform(-0.3, 0.3, len(roots))
    angles = flow[rows, columns]
    shapes = _LOCK * (1.08, 1.2) + (0.0, 0.015), _LOCK, _LOCK_END, _STRANDS[:5], _STRANDS[5:]
    layers = [_grown(shape, roots, angles, longs, bends) for shape in shapes]
    wide = max(1, round(scene.size / 300))
    for under, lock, end, pale, dark, share in zip(*layers, tint[rows, columns], strict=True):
        body = scene.vary(mix(palette.first, palette.second, float(share)), 0.1)
        cv2.fillPoly(scene.rgb, [under], mix(body, palette.dark, 0.78), cv2.LINE_AA, 4)
        cv2.fillPoly(scene.rgb, [lock], mix(body, palette.dark, 0.38), cv2.LINE_AA, 4)
        cv2.fillPoly(scene.rgb, [end], mix(body, palette.light, 0.1), cv2.LINE_AA, 4)
        cv2.polylines(scene.rgb, dark, False, mix(body, palette.dark, 0.4), wide, cv2.LINE_AA, 4)
        cv2.polylines(scene.rgb, pale, False, mix(body, palette.light, 0.38), wide, cv2.LINE_AA, 4)
    scene.rgb = np.clip(scene.rgb + ((_combed(scene, flow) - 0.5) * 75)[..., None], 0, 255).astype(np.uint8)


def _comb(n_tips: int = 7) -> np.ndarray:
    """A lock of hair from around (0, 0) to the right that is split into many sharp tips, (N, 2)."""
    at = np.linspace(-1, 1, 2 * n_tips - 1)
    is_tip = np.arange(len(at)) % 2 == 0
    ragged = np.tile([0.0, -0.06, 0.07, 0.03, -0.03], 3)[: len(at)]
    x = np.where(is_tip, 1.0 - 0.3 * at**2, 0.6 - 0.3 * at**2) + ragged
    end = np.stack([x, at * np.where(is_tip, 0.15, 0.17)], 1)
    return np.concatenate([[(0.0, -0.07), (0.2, -0.15)], end, [(0.2, 0.15), (0.0, 0.07)]])


def _strands() -> np.ndarray:
    """Single hairs of a lock, (hairs, N, 2)."""
    at = np.array([0.25, 0.5, 0.75, 1.0])
    sides = np.array([-0.1, -0.05, 0.0, 0.055, 0.1, -0.075, -0.025, 0.03, 0.08])
    longs = np.array([0.72, 0.86, 0.94, 0.84, 0.74, 0.62, 0.68, 0.7, 0.6])
    return np.stack([at * longs[:, None], sides[:, None] * (0.6 + 0.9 * at)], -1)


_LOCK, _STRANDS = _comb(), _strands()
_LOCK_END = np.concatenate([[(0.3, 0.0)], _LOCK[2:-2]])


def _grown(shapes: np.ndarray, roots: np.ndarray, angles: np.ndarray, longs: np.ndarray, bends: np.ndarray) -> np.ndarray:
    """Shapes (..., 2) put at every root, turned, bent and scaled, in sixteenths of pixels, (roots, ..., 2) int32."""
    each = (slice(None),) + (None,) * (shapes.ndim - 1)
    x = np.broadcast_to(shapes[..., 0], (len(roots), *shapes.shape[:-1])) * longs[each]
    y = (shapes[..., 1] + bends[each] * shapes[..., 0] ** 2) * longs[each]
    turn_x, turn_y = np.cos(angles)[each], np.sin(angles)[each]
    root_x, root_y = roots[:, 0][each], roots[:, 1][each]
    return np.round(np.stack([x * turn_x - y * turn_y + root_x, x * turn_y + y * turn_x + root_y], -1) * 16).astype(np.int32)


def _combed(scene: Scene, flow: np.ndarray) -> np.ndarray:
    """Grain drawn out along a flow, 0..1: each step doubles how far (line integral convolution)."""
    x, y = scene.grid()
    grain = scene.rng.random((scene.size, scene.size), dtype=np.float32)
    ahead_x, ahead_y = np.cos(flow).astype(np.float32), np.sin(flow).astype(np.float32)
    step = scene.size / 300
    for _ in range(4):
        one, other = (_moved(grain, x + ahead_x * reach, y + ahead_y * reach) for reach in (-step, step))
        grain = (one + other) / 2
        step *= 2
    return np.clip(0.5 + (grain - grain.mean()) / (4 * grain.std()), 0, 1)


def _moved(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A picture whose pixels come from (x, y)."""
    return cv2.remap(picture, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def _bands(scene: Scene) -> np.ndarray:
    """Soft stripes of 0..1, as of a tabby."""
    x, y = scene.grid()
    lean, n = scene.between(0, 2 * pi), scene.between(2.5, 5)
    wave = np.sin((x * cos(lean) + y * sin(lean)) / scene.size * 2 * pi * n + scene.noise(2) * 5)
    return np.clip(0.5 + wave, 0, 1)


def _roots(scene: Scene, step: float, lean: float) -> np.ndarray:
    """Where tufts grow, (N, 2); those that others lie over come first."""
    n = int(scene.size * 1.3 / step) + 1
    at = np.stack(np.meshgrid(np.arange(n), np.arange(n)), -1).reshape(-1, 2) + scene.rng.uniform(-0.5, 0.5, (n * n, 2))
    at = at * step - 0.15 * scene.size
    return at[np.argsort(-(at[:, 0] * cos(lean) + at[:, 1] * sin(lean)))]


# Stripes.


def draw_zebra(scene: Scene) -> None:
    """Dark and pale stripes that swell, bend and fork, with short hair along their edges."""
    x, y = scene.grid()
    size, palette = scene.size, scene.palette
    pace = 2 * pi / (size * scene.between(0.085, 0.16))
    lean = scene.between(0, 2 * pi)
    phase = (x * cos(lean) + y * sin(lean)) * pace + scene.noise(2.0, octaves=2) * scene.between(4, 8)
    # A phase that winds once around a point has a fork there.
    # They open both ways by turns: many that open one way would draw the stripes apart into blots.
    for number, (fork_x, fork_y) in enumerate(scene.rng.random((scene.count(9, 16), 2)) * size):
        phase += np.arctan2(y - fork_y, x - fork_x) * (1 if number % 2 else -1)
    hair = _short_hair(scene, lean + 0.4)
    wave = np.sin(phase) + (hair - 0.5) * 0.6 + scene.between(-0.25, 0.2) + (scene.noise(3) - 0.5) * 0.5
    pale = mix(palette.light, (250, 244, 232), 0.5) if scene.chance(0.75) else mix(palette.second, palette.light, 0.65)
    dark = mix(palette.dark, _BLACK, 0.6) if scene.chance(0.75) else mix(palette.first, palette.dark, 0.65)
    rgb = blend(pale, dark, wave * 2.6 + 0.5)
    rgb = blend(rgb, mix(palette.first, palette.light, 0.35), (0.3 - np.abs(wave + 0.75)) * 1.2)
    scene.rgb = np.clip(rgb + ((hair - 0.5) * 60 + (scene.noise(3) - 0.5) * 50)[..., None], 0, 255).astype(np.uint8)


def _short_hair(scene: Scene, angle: float) -> np.ndarray:
    """Grain drawn out along a direction, 0..1."""
    grain = scene.rng.random((scene.size, scene.size), dtype=np.float32)
    reach = max(5, round(scene.size * 0.035)) | 1
    kernel = np.zeros((reach, reach), np.float32)
    off = np.array([cos(angle), sin(angle)]) * (reach // 2)
    ends = np.round(reach // 2 + np.stack([-off, off])).astype(int).tolist()
    cv2.line(kernel, ends[0], ends[1], 1.0, 1)
    drawn = cv2.GaussianBlur(cv2.filter2D(grain, -1, kernel / kernel.sum()), (0, 0), 0.6)
    return np.clip(0.5 + (drawn - drawn.mean()) / (4 * drawn.std()), 0, 1)


# Spots.


def draw_spots(scene: Scene) -> None:
    """A leopard's rosettes: broken dark rings around a deeper middle, on tawny short hair."""
    palette = scene.palette
    hair = _short_hair(scene, scene.between(0, pi))
    coats = (222, 170, 96), (236, 196, 132), (214, 206, 196)
    tawny = scene.pick(*coats, mix(palette.first, palette.light, 0.5), mix(palette.second, palette.light, 0.5))
    dark = mix(palette.dark, _BLACK, 0.6)
    warm = mix(tawny, mix(mix((150, 84, 30), palette.first, 0.4), tawny, scene.between(0, 0.5)), 0.75)
    scene.rgb = blend(tawny, mix(tawny, palette.light, 0.6), scene.noise(2.5)).astype(np.uint8)
    dotted = scene.chance(0.3)
    for place in scene.places(0.08, 0.15, apart=0.92, layout="hexagons"):
        _rosette(scene, place.x, place.y, place.radius * scene.between(0.8, 1.02), warm, dark, dotted)
    _pull(scene, hair)
    scene.rgb = np.clip(scene.rgb + ((hair - 0.5) * 35)[..., None], 0, 255).astype(np.uint8)


def _pull(scene: Scene, hair: np.ndarray) -> None:
    """Make edges ragged: what is drawn is pulled about by a coarse wave and by the hair."""
    x, y = scene.grid()
    reach = scene.size * 0.05
    off_x, off_y = (scene.noise(12, octaves=2) - 0.5) * reach, (scene.noise(12, octaves=2) - 0.5) * reach
    scene.rgb = _moved(scene.rgb, x + off_x + (hair - 0.5) * reach * 0.4, y + off_y)


def _rosette(scene: Scene, x: float, y: float, radius: float, warm: Colour, dark: Colour, dotted: bool) -> None:
    scene.disc(x, y, radius * 0.76, warm)
    n = scene.count(3, 5)
    start = scene.between(0, 2 * pi)
    for part in range(n):
        at = start + (part + np.linspace(0.1, 0.9, 9)) * 2 * pi / n
        middle = radius * scene.between(0.7, 0.82)
        points = np.stack([x + middle * np.cos(at), y + middle * np.sin(at)], 1)
        scene.taper(points, dark, radius * scene.between(0.3, 0.42) * np.sin(np.linspace(0.5, pi - 0.5, 9)))
    if dotted:
        scene.disc(x, y, radius * 0.16, dark)
