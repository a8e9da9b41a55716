"""A picture that means more light and colour than a screen has goes in; one that it can show comes out.

Each colour is taken to the light that it stands for, bright ones are pressed together as BT.2390 has it, and the rest is left: white
paper in the sun of the film is nearly the screen's white. All of that is one table. What is left to do, to bring the wider colours of
BT.2020 to a screen's, ought to be reckoned in light; here a matrix that comes as near as one can does it afterwards, in a tenth of the
time: colours that are met with in films are right to a few of 255, the most glaring ones are paler than they should be.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

PIXEL_FORMAT = "gbrp10le"
"""What pictures are to be brought to before: 8 bits would show steps."""
_PQ, _HLG = 16, 18  # of ITU-T H.273: SMPTE ST 2084 and ARIB STD-B67
_N_LEVELS = 1024
_PEAK_NITS, _WHITE_NITS = 1000.0, 203.0
"""The brightest that is told apart, and what the screen's white stands for (BT.2408)."""
_GAMMA = 2.4
# From BT.2020 to BT.709 as both are seen on a screen; fitted to colours of which few are glaring, so that grey stays grey.
_TO_SCREEN = np.array([[1.6814, -0.6086, -0.0728], [-0.1831, 1.1914, -0.0083], [-0.0382, -0.1189, 1.1571]])


def is_hdr(transfer: int) -> bool:
    """Whether pictures of a transfer function, by its number in ITU-T H.273, are more than a screen shows."""
    return transfer in (_PQ, _HLG)


def to_screen(planes: tuple[np.ndarray, np.ndarray, np.ndarray], transfer: int) -> np.ndarray:
    """What a screen shows of a picture.

    Args:
        planes: green, blue and red as BT.2020 has them, (H, W) uint16 of 10 bits, full range.
    Returns:
        (H, W, 4) uint8: blue, green, red, and 255.
    """
    green, blue, red = (np.take(_table(transfer), plane, mode="clip") for plane in planes)
    return cv2.cvtColor(cv2.transform(cv2.merge([blue, green, red]), _TO_SCREEN[::-1, ::-1]), cv2.COLOR_BGR2BGRA)


@cache
def _table(transfer: int) -> np.ndarray:
    """What a screen is sent for each level, (1024,) uint8."""
    level = np.linspace(0, 1, _N_LEVELS)
    nits = _pq_to_nits(level) if transfer == _PQ else _hlg_to_nits(level)
    return np.rint(255 * (_pressed(nits) / _WHITE_NITS) ** (1 / _GAMMA)).astype(np.uint8)


def _pq_to_nits(level: np.ndarray) -> np.ndarray:
    """Source: SMPTE ST 2084."""
    powered = level ** (32 / 2523)
    return 10_000 * (np.maximum(powered - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * powered)) ** (8192 / 1305)


def _nits_to_pq(nits: np.ndarray) -> np.ndarray:
    powered = (nits / 10_000) ** (1305 / 8192)
    return ((107 / 128 + 2413 / 128 * powered) / (1 + 2392 / 128 * powered)) ** (2523 / 32)


def _hlg_to_nits(level: np.ndarray) -> np.ndarray:
    """On a screen of 1000 nits, each colour by itself. Source: ITU-R BT.2100."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(level <= 0.5, level**2 / 3, (np.exp((level - c) / a) + b) / 12)
    return _PEAK_NITS * scene**1.2


def _pressed(nits: np.ndarray) -> np.ndarray:
    """Light with its brighter part pressed together, to no more than white. Source: ITU-R BT.2390, "EETF"."""
    peak, white = _nits_to_pq(np.array([_PEAK_NITS, _WHITE_NITS]))
    level, most = np.minimum(_nits_to_pq(nits) / peak, 1), white / peak
    knee = 1.5 * most - 0.5
    t = np.clip((level - knee) / (1 - knee), 0, 1)
    curve = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * most
    return np.minimum(_pq_to_nits(np.where(level < knee, level, curve) * peak), _WHITE_NITS)
