"""A motif and a generator of random numbers go in; a picture of it comes out: one of the endless that networks learn from."""

from __future__ import annotations

from math import pi

import cv2
import numpy as np

from dream.motifs.palette import draw_palette
from dream.motifs.scene import Scene
from dream.motifs.table import MOTIFS, Motif

_DRAWN = 1.6
"""A picture is drawn so many times larger than what is cut out of it."""


def draw_motif(name: str, rng: np.random.Generator, *, size: int) -> np.ndarray:
    """A picture full of one motif, (size, size, 3) uint8 RGB."""
    motif = MOTIFS[name]
    scene = Scene(rng, draw_palette(rng, motif.tones), size=round(size * _DRAWN))
    motif.draw(scene)
    return finish(scene.rgb, rng, motif, size=size)


def finish(rgb: np.ndarray, rng: np.random.Generator, motif: Motif, *, size: int) -> np.ndarray:
    """As if seen by an eye: turned, bent, near or far, in some light, not always sharp."""
    seen = _lit(_placed(rgb, rng, motif, size=size).astype(np.float32), rng)
    if rng.random() < 0.4:
        seen = cv2.GaussianBlur(seen, (0, 0), size / 96 * rng.uniform(0.4, 2.2))
    if rng.random() < 0.5:
        seen += rng.normal(0, rng.uniform(1, 20), seen.shape).astype(np.float32)
    return np.clip(seen, 0, 255).round().astype(np.uint8)


def _placed(rgb: np.ndarray, rng: np.random.Generator, motif: Motif, *, size: int) -> np.ndarray:
    """Turned, sheared, scaled and warped in one look-up, so that it stays sharp; mirrored half of the time."""
    drawn = rgb.shape[0]
    angle = rng.uniform(-motif.turns, motif.turns)
    scale = drawn / size * rng.uniform(0.38, 0.7)
    shear, squeeze = rng.normal(0, 0.06, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = turn @ np.array([[scale * (1 + squeeze), shear], [0, scale * (1 - squeeze)]])
    at = np.arange(size) - (size - 1) / 2
    xs, ys = np.meshgrid(at * (1 if motif.is_written or rng.random() < 0.5 else -1), at)
    middle = (drawn - 1) / 2 + rng.uniform(-0.06, 0.06, 2) * drawn
    bend = rng.uniform(0, 0.05) * drawn * (0.3 if motif.is_straight else 1)
    waves = [cv2.resize(rng.normal(0, 1, (4, 4)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC) * bend for _ in range(2)]
    map_x = turn[0, 0] * xs + turn[0, 1] * ys + middle[0] + waves[0]
    map_y = turn[1, 0] * xs + turn[1, 1] * ys + middle[1] + waves[1]
    # The picture is drawn larger than it is seen by less than the look-up shrinks it by: linear is sharp enough.
    return cv2.remap(rgb, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def _lit(seen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light from a side, a little more or less contrast and colour."""
    size = seen.shape[0]
    at = np.linspace(-1, 1, size, dtype=np.float32)
    angle, amount = rng.uniform(0, 2 * pi), rng.uniform(0, 0.25)
    light = 1 + amount * (np.cos(angle) * at[None, :] + np.sin(angle) * at[:, None])
    grey = seen.mean(2, keepdims=True)
    seen = grey + (seen - grey) * rng.uniform(0.8, 1.25)
    mean = seen.mean()
    return (mean + (seen - mean) * rng.uniform(0.85, 1.2)) * light[..., None]
