"""A size and a seed go in; a canvas comes out that a dream can begin with where there is no picture."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch import Tensor

from dream.motifs.palette import palette_in
from dream.motifs.table import MOTIFS
from dream.octaves import to_rgb
from dream.rows import bands
from media.oklab import lab_to_rgb, rgb_to_lab

_CONTRAST = 0.1
_LIGHTNESS, _SHADE = 0.58, 0.06
"""Of a canvas in a motif's colours: in the middle, so that the dream has room for light and shadow."""
_APART = 2.0
_SHARES = (1.0, 2.0, 0.5)
"""Of the ground, of a motif's own colour, and of the one beside it."""


def noise(size: int, *, seed: object, motif: str = "") -> Tensor:
    """Soft clouds of all sizes, (1, 3, size, size) of 0..1.

    Args:
        size: side in pixels.
        motif: in whose usual colours, where it is one that we draw; else in faint ones of all hues.
    """
    return torch.cat([_to_tensor(band) for band in _bands_of(size, seed, motif)], 2)


def canvas_rgb(size: int, *, seed: object, motif: str = "") -> np.ndarray:
    """As `noise`, (size, size, 3) uint8: of large ones all but the clouds themselves is made band by band."""
    rgb = np.empty((size, size, 3), np.uint8)
    for rows, band in zip(bands(size), _bands_of(size, seed, motif), strict=True):
        rgb[rows] = to_rgb(_to_tensor(band)).numpy()
    return rgb


def _to_tensor(band: np.ndarray) -> Tensor:
    return torch.from_numpy(np.clip(band, 0, 1).astype(np.float32)).permute(2, 0, 1)[None].contiguous()


def _bands_of(size: int, seed: object, motif: str) -> Iterator[np.ndarray]:
    """Rows of a canvas, some at a time, (n, size, 3) of about 0..1."""
    rng = np.random.default_rng(seed)  # type: ignore[arg-type]
    if motif in MOTIFS:
        yield from _in_colours_of(motif, rng, size)
        return
    clouds = _clouds(rng, size, 3)
    yield from (0.5 + _CONTRAST * clouds[rows] for rows in bands(size))


def _in_colours_of(motif: str, rng: np.random.Generator, size: int) -> Iterator[np.ndarray]:
    """Drifts of three colours that go together."""
    palette = palette_in(rng, MOTIFS[motif].tones[0])
    colours = rgb_to_lab(np.array([palette.ground, palette.first, palette.second]))
    colours[:, 0] = _LIGHTNESS + (colours[:, 0] - colours[:, 0].mean()) / 4
    drifts, shades = _clouds(rng, size, 3), _clouds(rng, size, 1)
    for rows in bands(size):
        shares = np.exp(_APART * drifts[rows]) * _SHARES
        lab = (shares / shares.sum(2, keepdims=True)) @ colours
        lab[..., 0] += _SHADE * shades[rows, :, 0]
        yield lab_to_rgb(lab) / 255


def _clouds(rng: np.random.Generator, size: int, n: int) -> np.ndarray:
    """(size, size, n) float32 with a spread of 1."""
    total = np.zeros((size, size, n), np.float32)
    for octave in range(1, 6):
        side = 3 * 2**octave
        small = rng.normal(0, 1, (side, side, n)).astype(np.float32)
        large = cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC).reshape(size, size, n)
        total += np.multiply(large, 0.6**octave, out=large)
    total /= total.std()
    return total
