"""Small frames of a film go in; the colours of a picture about it come out: ground, ink, and those of the notes.

Lightness, chroma and hue are those of Oklab, so that a colour can be lifted until it reads and stay itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from media.oklab import lab_to_rgb, rgb_to_lab

N_BANDS = 6
"""A frame's colours are taken in this many bands, from its top to its foot."""

# Tuned by eye, on screen and for print: black enough for every colour to glow on, and still with a hue.
_GROUND_LIGHT, _GROUND_CHROMA = 0.165, 0.028
_INK_LIGHT, _INK_CHROMA = 0.945, 0.018
_NOTE_CHROMA = 0.08, 0.19
_GREY_CHROMA = 0.012
_N_HUES = 12


@dataclass(frozen=True)
class Palette:
    """The ground that a picture stands on and the ink that it is written in, (3,) float RGB, 0..255."""

    ground: np.ndarray
    ink: np.ndarray

    def mix(self, amount: float) -> np.ndarray:
        """Ink over the ground: 0 is the ground, 1 the ink."""
        return self.ground + (self.ink - self.ground) * amount


def palette_of(means: np.ndarray, bands: np.ndarray) -> Palette:
    """A night ground in the tint of a film's darkest moments, and ink with a breath of all its colours.

    Args:
        means: Oklab mean of each moment, (N, 3).
        bands: Oklab colours of each moment, (N, N_BANDS, 3).
    """
    darkest = means[np.argsort(means[:, 0], kind="stable")[: -(-len(means) // 10)]].mean(0)
    return Palette(
        ground=lab_to_rgb(_with(darkest, light=_GROUND_LIGHT, most=_GROUND_CHROMA)),
        ink=lab_to_rgb(_with(bands.reshape(-1, 3).mean(0), light=_INK_LIGHT, most=_INK_CHROMA)),
    )


def _with(lab: np.ndarray, *, light: float, most: float) -> np.ndarray:
    return np.array([light, *(lab[1:] * min(1.0, most / max(1e-9, float(np.hypot(lab[1], lab[2])))))])


def band_colours(rgb: np.ndarray) -> np.ndarray:
    """The strongest colour of each band of a frame (uint8, (H, W, 3)) as Oklab, (N_BANDS, 3).

    It is the mean of the fullest of twelve hues: a mean over all of them would only be mud.
    """
    high, wide = rgb.shape[:2]
    lab = rgb_to_lab(rgb).reshape(-1, 3)
    hue = np.floor((np.arctan2(lab[:, 2], lab[:, 1]) / (2 * np.pi) + 0.5) * _N_HUES).astype(int) % _N_HUES
    cell = np.repeat(np.arange(high) * N_BANDS // high, wide) * _N_HUES + hue
    weight = lab[:, 1] ** 2 + lab[:, 2] ** 2 + 1e-6
    n_cells = N_BANDS * _N_HUES
    total = np.bincount(cell, weight, n_cells)
    means = np.stack([np.bincount(cell, weight * axis, n_cells) for axis in lab.T], 1) / np.maximum(total, 1e-12)[:, None]
    return means[total.reshape(N_BANDS, _N_HUES).argmax(1) + np.arange(N_BANDS) * _N_HUES]


def lift(lab: np.ndarray, light: float | np.ndarray) -> np.ndarray:
    """Colours of the film, (N, 3) Oklab, as RGB with a lightness that reads; what has a hue gets enough of it to be seen.

    Greys stay grey: there is no hue to bring out.
    """
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    wanted = np.where(chroma < _GREY_CHROMA, chroma, np.clip(chroma, *_NOTE_CHROMA))
    lifted = lab * (wanted / np.maximum(1e-9, chroma))[:, None]
    lifted[:, 0] = light
    return lab_to_rgb(lifted)
