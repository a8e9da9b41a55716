"""A picture and the one below it go in; what they are together, as a blend mode says, comes out.

Pictures are (H, W, 4) uint8, multiplied by their opaqueness, as Shared has them; D is the lower one, S the upper one with its opacity.
Each formula is a few passes over memory that cv2 is quick at; whoever calls gives small pieces, which stay near the processor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from projection.drawing.hands import Spare
from projection.scene import Blend

_KEPT, _ALPHA = range(2)


@dataclass(frozen=True, eq=False)
class Upper:
    """What is laid over something.

    Args:
        is_opaque: whether the fourth channel is 255 everywhere, before `opacity` is applied.
    """

    picture: np.ndarray
    opacity: float = 1.0
    is_opaque: bool = False


def normal(below: np.ndarray, above: Upper, out: np.ndarray, spare: Spare) -> None:
    """S + D (1 - a)."""
    if not above.is_opaque:
        cv2.multiply(below, rest_of(above, spare), dst=out, scale=1 / 255)
        add(out, above, out, spare)
    elif above.opacity == 1:
        np.copyto(out, above.picture)
    else:
        cv2.addWeighted(above.picture, above.opacity, below, 1 - above.opacity, 0, dst=out)


def add(below: np.ndarray, above: Upper, out: np.ndarray, _: Spare) -> None:
    """D + S."""
    if above.opacity == 1:
        cv2.add(below, above.picture, dst=out)
    else:
        cv2.addWeighted(below, 1, above.picture, above.opacity, 0, dst=out)


def multiply(below: np.ndarray, above: Upper, out: np.ndarray, spare: Spare) -> None:
    """D (1 - a + S)."""
    if above.is_opaque and above.opacity == 1:
        kept = above.picture
    elif above.is_opaque:
        kept = _spare_like(below, spare)
        cv2.convertScaleAbs(above.picture, dst=kept, alpha=above.opacity, beta=255 * (1 - above.opacity))
    else:
        kept = rest_of(above, spare)
        add(kept, above, kept, spare)
    cv2.multiply(below, kept, dst=out, scale=1 / 255)


def screen(below: np.ndarray, above: Upper, out: np.ndarray, spare: Spare) -> None:
    """D (1 - S) + S."""
    kept = _spare_like(below, spare)
    if above.opacity == 1:
        cv2.bitwise_not(above.picture, dst=kept)
    else:
        cv2.convertScaleAbs(above.picture, dst=kept, alpha=-above.opacity, beta=255)
    cv2.multiply(below, kept, dst=out, scale=1 / 255)
    cv2.add(out, cv2.bitwise_not(kept, dst=kept), dst=out)


def lightest(below: np.ndarray, above: Upper, out: np.ndarray, spare: Spare) -> None:
    """max(D, S)."""
    cv2.max(below, _faded(above, spare), dst=out)


def difference(below: np.ndarray, above: Upper, out: np.ndarray, spare: Spare) -> None:
    """|D - S|, and opaque as D is."""
    opaqueness = spare(_ALPHA, below.shape[0], below.shape[1], 1)
    cv2.extractChannel(below, 3, dst=opaqueness)
    cv2.absdiff(below, _faded(above, spare), dst=out)
    cv2.insertChannel(opaqueness, out, 3)


BLENDS: dict[Blend, Callable[[np.ndarray, Upper, np.ndarray, Spare], None]] = {
    "normal": normal,
    "add": add,
    "multiply": multiply,
    "screen": screen,
    "max": lightest,
    "difference": difference,
}
"""Each takes the lower picture, which is opaque, the upper one, and what to write to, which may be the lower one."""


def rest_of(above: Upper, spare: Spare) -> np.ndarray:
    """1 - a in all four channels, in spare memory."""
    rest, kept = spare(_ALPHA, above.picture.shape[0], above.picture.shape[1], 1), _spare_like(above.picture, spare)
    cv2.extractChannel(above.picture, 3, dst=rest)
    if above.opacity == 1:
        cv2.bitwise_not(rest, dst=rest)
    else:
        cv2.convertScaleAbs(rest, dst=rest, alpha=-above.opacity, beta=255)
    return in_all_channels(rest, kept)


def in_all_channels(single: np.ndarray, out: np.ndarray) -> np.ndarray:
    """`out`, (H, W, 4), each of whose channels becomes a picture of one, (H, W)."""
    return cv2.merge([single] * 4, dst=out)


def _faded(above: Upper, spare: Spare) -> np.ndarray:
    """S."""
    if above.opacity == 1:
        return above.picture
    return cv2.convertScaleAbs(above.picture, dst=_spare_like(above.picture, spare), alpha=above.opacity)


def _spare_like(picture: np.ndarray, spare: Spare) -> np.ndarray:
    return spare(_KEPT, picture.shape[0], picture.shape[1])
