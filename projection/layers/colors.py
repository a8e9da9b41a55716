"""Colours as people write them go in; smooth rows of colours for pictures come out."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer

from media.errors import did_you_mean
from media.oklab import lab_to_rgb, rgb_to_lab

Rgb = tuple[int, int, int]
_N_SHADES = 4096
"""Of a row: neighbours differ by less than dithering hides."""
_SOFT = 3
_MOST_COLORS = 32


def parse_color(value: Any) -> Rgb:
    """Read a colour: `#ff8800`, `#f80`, `rgb(255, 136, 0)`, `hsl(32, 100%, 50%)`, a name such as `orange`, or three numbers 0..255.

    Raises:
        ValueError: it is none.
    """
    from PIL import ImageColor

    if isinstance(value, (list, tuple)):
        if len(value) == 3 and all(isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= 255 for part in value):
            return value[0], value[1], value[2]
        raise ValueError(f"a colour as numbers is red, green and blue, each 0 to 255, got {list(value)!r}")
    try:
        red, green, blue = ImageColor.getrgb(str(value).strip())[:3]
    except ValueError:
        named = did_you_mean(str(value), ImageColor.colormap) if str(value).strip().isalpha() else ""
        remedy = named if named.startswith("Did") else "Write it like #ff8800 or orange."
        raise ValueError(f"no colour reads like this, got {value!r}. {remedy}") from None
    return red, green, blue


def color_text(color: Rgb) -> str:
    """`#ff8800`."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def _several(value: Any) -> Any:
    """One colour alone is a row of one."""
    if isinstance(value, (list, tuple)) and not 0 < len(value) <= _MOST_COLORS:
        raise ValueError(f"must be from 1 to {_MOST_COLORS} colours, got {len(value)}")
    return [value] if isinstance(value, str) or (isinstance(value, (list, tuple)) and value and isinstance(value[0], int)) else value


Color = Annotated[tuple[int, int, int], BeforeValidator(parse_color), PlainSerializer(color_text)]
"""Red, green and blue, 0..255; written as #ff8800, as a name, or as three numbers."""

Colors = Annotated[tuple[Color, ...], BeforeValidator(_several)]
"""One or more of them."""


def shades(colors: tuple[Rgb, ...], *, is_round: bool = False) -> np.ndarray:
    """A smooth row of colours through these, (4096, 3) float32 RGB 0..255, in steps that look equal.

    A spline in Oklab (Catmull and Rom's): straight lines from colour to colour would show as creases.

    Args:
        is_round: from the last colour back through all of them to the first, so that the row has no end.
    """
    stops = colors * 2 if len(colors) == 1 else colors
    lab = rgb_to_lab(np.array((*stops, *stops[-2:0:-1]) if is_round else stops))
    n = len(lab) if is_round else len(lab) - 1
    before, after = (lab[-1:], lab[:2]) if is_round else (2 * lab[:1] - lab[1:2], 2 * lab[-1:] - lab[-2:-1])
    at = np.linspace(0, n, _N_SHADES, endpoint=not is_round)
    number = np.minimum(at.astype(int), n - 1)
    p, q, r, s = (np.concatenate([before, lab, after])[number + step] for step in range(4))
    x = (at - number)[:, None]
    curve = q + x / 2 * (r - p + x * (2 * p - 5 * q + 4 * r - s + x * (3 * q - p - 3 * r + s)))
    rgb = lab_to_rgb(np.clip(curve, (0, -1, -1), (1, 1, 1)))
    return np.clip(_smoothed(rgb, _N_SHADES // (n * _SOFT), is_round=is_round), 0, 255).astype(np.float32)


def _smoothed(rgb: np.ndarray, reach: int, *, is_round: bool) -> np.ndarray:
    """Means over so many neighbours either way: what no screen can show lost its colour in steps. Both ends stay what they are."""
    room = ((reach, reach), (0, 0))
    padded = np.pad(rgb, room, mode="wrap") if is_round else np.pad(rgb, room, mode="reflect", reflect_type="odd")
    weights = np.hanning(2 * reach + 3)[1:-1] / (reach + 1)
    return np.stack([np.convolve(channel, weights, mode="valid") for channel in padded.T], axis=1)
