"""A Look goes in; what changes pictures by it comes out, made once and quick.

Of an opaque picture it is a matrix on three channels and a table, both of which cv2 has for whole numbers. Of others it is a matrix on
four, and the table is for what colours are without their opaqueness.
"""

from __future__ import annotations

import cv2
import numpy as np

from projection.drawing.blending import in_all_channels
from projection.drawing.hands import Spare
from projection.look import Look

_CHANGED, _SECOND, _ALPHA = range(10, 13)


class Grade:
    """A Look, ready for pictures (H, W, 4) uint8, multiplied by their opaqueness."""

    def __init__(self, look: Look) -> None:
        matrix = look.matrix()
        self._of_three = matrix * np.array([1, 1, 1, 255], np.float32)
        self._of_four = np.vstack([matrix, np.array([0, 0, 0, 1], np.float32)])
        self._curve = None if look.gamma == 1 else _curve(look.gamma)

    def change(self, picture: np.ndarray, *, out: np.ndarray, is_opaque: bool, spare: Spare) -> None:
        """Write the changed picture to `out`, which may be the same memory."""
        if is_opaque:
            self._change_opaque(picture, out, spare)
        else:
            self._change_seen_through(picture, out, spare)

    def _change_opaque(self, picture: np.ndarray, out: np.ndarray, spare: Spare) -> None:
        height, width = picture.shape[:2]
        bare, changed = spare(_SECOND, height, width, 3), spare(_CHANGED, height, width, 3)
        cv2.cvtColor(picture, cv2.COLOR_BGRA2BGR, dst=bare)
        cv2.transform(bare, self._of_three, dst=changed)
        if self._curve is not None:
            cv2.LUT(changed, self._curve, dst=changed)
        cv2.cvtColor(changed, cv2.COLOR_BGR2BGRA, dst=out)

    def _change_seen_through(self, picture: np.ndarray, out: np.ndarray, spare: Spare) -> None:
        height, width = picture.shape[:2]
        changed, opaqueness = spare(_CHANGED, height, width), spare(_SECOND, height, width)
        alpha = cv2.extractChannel(picture, 3, dst=spare(_ALPHA, height, width, 1))
        in_all_channels(alpha, opaqueness)
        cv2.transform(picture, self._of_four, dst=changed)
        if self._curve is None:
            cv2.min(changed, opaqueness, dst=out)
            return
        cv2.divide(changed, opaqueness, dst=changed, scale=255)  # by nothing it gives nothing, and never more than all
        cv2.LUT(changed, self._curve, dst=changed)
        cv2.multiply(changed, opaqueness, dst=out, scale=1 / 255)


def _curve(gamma: float) -> np.ndarray:
    """(256,) uint8: what a gamma makes of each value."""
    return (255 * (np.arange(256) / 255) ** (1 / gamma)).round().astype(np.uint8)
