"""How the colours of a layer or surface are changed: one declaration for files, flags and controls, and what it does to a colour.

Colours are blue, green, red and opaqueness, 0..1, multiplied by that already; a change of them is a matrix, then a gamma.
"""

from __future__ import annotations

from math import cos, radians, sin
from typing import Annotated

import numpy as np
from pydantic import Field

from media.settings import Settings, setting

Share = Annotated[float, Field(ge=0, le=4)]
_LIGHT = np.array([0.0722, 0.7152, 0.2126])
"""Of blue, green and red (ITU-R BT.709)."""


class Look(Settings):
    """Colour controls; the defaults change nothing."""

    brightness: float = setting(1.0, ge=0, le=4, live=True, help="How bright, in parts of what it is.")
    contrast: float = setting(1.0, ge=0, le=4, live=True, help="How far colours are from middle grey, in parts of what it is.")
    saturation: float = setting(1.0, ge=0, le=4, live=True, help="How colourful: 0 is grey.")
    hue: float = setting(
        0.0, ge=-180, le=180, unit="degrees", live=True, help="How far colours are turned around the wheel, from red towards green."
    )
    gamma: float = setting(1.0, ge=0.2, le=5, live=True, help="More than 1 lifts what is dark, less deepens it.")
    tint: tuple[Share, Share, Share] = setting((1.0, 1.0, 1.0), live=True, help="How much of red, green and blue there is, each 0 to 4.")

    @property
    def is_plain(self) -> bool:
        """Whether nothing is changed."""
        return all(getattr(self, name) == getattr(PLAIN, name) for name in Look.model_fields)  # what else a layer has does not count

    def matrix(self) -> np.ndarray:
        """(3, 4) float32: what blue, green, red and opaqueness are multiplied by for blue, green and red."""
        grey = np.tile(_LIGHT, (3, 1))
        colour = np.eye(3) - grey
        turned = grey + self.saturation * _turn(self.hue) @ colour
        scaled = np.array(self.tint[::-1])[:, None] * (self.brightness * self.contrast * turned)
        lifted = np.array(self.tint[::-1]) * self.brightness * 0.5 * (1 - self.contrast)
        return np.column_stack([scaled, lifted]).astype(np.float32)


PLAIN = Look()


def _turn(degrees: float) -> np.ndarray:
    """A turn of blue, green and red around the grey axis (Rodrigues' formula); 120 degrees make red green, and green blue, as in CSS."""
    angle, across = radians(degrees), 1 / np.sqrt(3)
    axis = across * np.array([[0, 1, -1], [-1, 0, 1], [1, -1, 0]])
    return np.eye(3) + sin(angle) * axis + (1 - cos(angle)) * axis @ axis
