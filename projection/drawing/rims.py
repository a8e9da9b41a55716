"""How a picture lies on the stage goes in; how much of each pixel it covers comes out: its edges, smooth over a pixel of the stage."""

from __future__ import annotations

import cv2
import numpy as np

from projection.boxes import Box
from projection.drawing.hands import Spare
from projection.drawing.placing import Lie

LITTLE_PX = 1e-3
_ALONG = 30


class Rim:
    """Where the edges of a picture are: across it and down it, every place is so far from its middle, and beyond half its size is nothing."""

    def __init__(self, how: Lie) -> None:
        left, top, right, bottom = how.part_px
        scales = how.shown_px[0] / (right - left), how.shown_px[1] / (bottom - top)
        middles = (left + right) / 2, (top + bottom) / 2
        sides = zip(cv2.invertAffineTransform(how.to_stage), scales, middles, strict=True)
        self._from_middle = np.array([(x * scale, y * scale, (offset - middle) * scale) for (x, y, offset), scale, middle in sides])
        self._end = (np.array(how.shown_px) + 1) / 2

    def covers(self, box: Box) -> bool:
        """Whether it covers all pixels of a box as a whole."""
        # What is covered bulges nowhere inwards: if the corners lie in it, so does all that is between.
        return bool((np.abs(self._of_corners(box)) <= self._end - 1 + LITTLE_PX).all())

    def misses(self, box: Box) -> bool:
        """Whether it covers nothing of any of them (boxes that lie across a corner may not be known)."""
        far = self._of_corners(box)
        return bool(((far >= self._end).all(axis=0) | (far <= -self._end).all(axis=0)).any())

    def weights(self, box: Box, spare: Spare) -> np.ndarray:
        """(h, w) uint8, in spare memory: how much of each pixel of a box it covers."""
        first, second = (self._covered(axis, box, spare) for axis in (0, 1))
        weights = spare(_ALONG + 2, box.height, box.width, 1)
        return cv2.convertScaleAbs(np.multiply(first, second, out=first), dst=weights, alpha=255)

    def _covered(self, axis: int, box: Box, spare: Spare) -> np.ndarray:
        """(h, w) float32, in spare memory: how much of each pixel is covered along an axis, 0..1."""
        by_x, by_y, offset = self._from_middle[axis].astype(np.float32)
        across = np.arange(box.left, box.right, dtype=np.float32) + np.float32(0.5)
        down = np.arange(box.top, box.bottom, dtype=np.float32)[:, None] + np.float32(0.5)
        covered: np.ndarray = spare(_ALONG + axis, box.height, box.width).view(np.float32)[..., 0]
        np.add(by_x * across, by_y * down + offset, out=covered)
        np.subtract(np.float32(self._end[axis]), np.abs(covered, out=covered), out=covered)
        return np.clip(covered, 0, 1, out=covered)

    def _of_corners(self, box: Box) -> np.ndarray:
        """(4, 2): how far the middles of a box's outermost pixels are from the picture's, across and down it."""
        corners = [(x + 0.5, y + 0.5, 1) for x in (box.left, box.right - 1) for y in (box.top, box.bottom - 1)]
        return np.array(corners) @ self._from_middle.T
