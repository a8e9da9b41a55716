"""A tone and a generator of random numbers go in; the colours of one picture come out, made to go together.

Colours are chosen in Oklab by lightness, chroma and hue, so that dark, light and the two between keep their distance
whatever the hue is: a network that is to learn shapes must be able to see them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from media.oklab import lab_to_rgb

Colour = tuple[int, int, int]

TONES: dict[str, tuple[tuple[float, float], float]] = {
    "any": ((0, 360), 0.15),
    "fire": ((25, 85), 0.19),
    "flesh": ((35, 75), 0.08),
    "earth": ((40, 95), 0.09),
    "straw": ((75, 105), 0.12),
    "leaf": ((115, 160), 0.16),
    "sea": ((195, 260), 0.13),
    "sky": ((225, 265), 0.12),
    "night": ((265, 320), 0.15),
    "rose": ((340, 385), 0.18),
    "stone": ((0, 360), 0.025),
    "jewel": ((0, 360), 0.21),
}
"""Hues in degrees of Oklab (red 29, yellow 110, green 142, blue 264) and the chroma of the strongest colour."""
_NATURAL = 0.9
"""How often a motif has its own tone rather than any: colour helps to dream it, but shape has to tell it."""
_AWAY = (25.0, 60.0, 120.0, 180.0)
"""How far the second hue lies from the first, degrees."""


@dataclass(frozen=True)
class Palette:
    """Five colours, RGB 0..255: `dark` and `light` are the outer ones, `first` and `second` lie clearly off `ground`."""

    ground: Colour
    first: Colour
    second: Colour
    dark: Colour
    light: Colour

    @property
    def all(self) -> tuple[Colour, ...]:
        """All five."""
        return self.ground, self.first, self.second, self.dark, self.light


def draw_palette(rng: np.random.Generator, tones: tuple[str, ...] = ("any",)) -> Palette:
    """Choose the colours of a picture.

    Args:
        tones: names of TONES, of which one is taken most of the time.
    """
    return palette_in(rng, tones[rng.integers(len(tones))] if rng.random() < _NATURAL else ("any", "jewel", "stone")[rng.integers(3)])


def palette_in(rng: np.random.Generator, tone: str) -> Palette:
    """Choose colours of one of TONES."""
    (low, high), chroma = TONES[tone]
    hue = rng.uniform(low, high)
    other = hue + rng.choice((-1, 1)) * rng.choice(_AWAY) * rng.uniform(0.7, 1.0)
    chroma *= rng.uniform(0.75, 1.2)
    is_night = rng.random() < 0.5
    ground = rng.uniform(0.16, 0.36) if is_night else rng.uniform(0.72, 0.92)
    first = rng.uniform(0.62, 0.8) if is_night else rng.uniform(0.34, 0.55)
    second = rng.uniform(0.45, 0.9) if is_night else rng.uniform(0.28, 0.68)
    return Palette(
        ground=oklch(ground, chroma * rng.uniform(0.2, 0.7), other if rng.random() < 0.5 else hue),
        first=oklch(first, chroma, hue),
        second=oklch(second, chroma * rng.uniform(0.6, 1.1), other),
        dark=oklch(rng.uniform(0.06, 0.2), chroma * 0.4, hue),
        light=oklch(rng.uniform(0.9, 0.98), chroma * 0.25, hue),
    )


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """A colour by lightness 0..1, chroma (0 grey, 0.3 the strongest that there are) and hue in degrees."""
    turn = np.deg2rad(hue)
    red, green, blue = lab_to_rgb(np.array([lightness, chroma * np.cos(turn), chroma * np.sin(turn)])).round().astype(int)
    return int(red), int(green), int(blue)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between two; 0 is the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue
