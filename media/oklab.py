"""sRGB goes in, Oklab comes out, and back: lightness and two axes of colour in which equal steps look equal.

Source: B. Ottosson 2020, "A perceptual color space for image processing".
"""

from __future__ import annotations

import numpy as np

_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]]
)
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]
)
_FROM_LMS, _FROM_LAB = np.linalg.inv(_TO_LMS), np.linalg.inv(_TO_LAB)


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """sRGB, (..., 3) 0..255, to Oklab: lightness 0..1, and two axes of colour."""
    value = np.asarray(rgb, np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """Oklab to sRGB, (..., 3) float 0..255; what no screen can show loses colour until one can."""
    lab = np.asarray(lab, np.float64)
    for _ in range(16):
        linear = ((lab @ _FROM_LAB.T) ** 3) @ _FROM_LMS.T
        outside = ((linear < -1e-3) | (linear > 1 + 1e-3)).any(-1, keepdims=True)
        if not outside.any():
            break
        lab = np.where(outside, lab * (1.0, 0.9, 0.9), lab)
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
