"""Rectangles of whole pixels: what two of them share, what holds both, and the part of a picture that lies in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np


class Box(NamedTuple):
    """From the left and top pixel up to, but without, the right and bottom one."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        return max(0, self.bottom - self.top)

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height)."""
        return self.width, self.height

    @property
    def is_empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top

    def within(self, other: Box) -> Box:
        """What both have in common."""
        return Box(max(self.left, other.left), max(self.top, other.top), min(self.right, other.right), min(self.bottom, other.bottom))

    def covers(self, other: Box) -> bool:
        """Whether all of another one lies in it."""
        return self.within(other) == other

    def moved(self, across: int, down: int) -> Box:
        return Box(self.left + across, self.top + down, self.right + across, self.bottom + down)

    def grown(self, by_px: int) -> Box:
        """That much further to every side."""
        return Box(self.left - by_px, self.top - by_px, self.right + by_px, self.bottom + by_px)

    def of(self, picture: np.ndarray) -> np.ndarray:
        """What lies in it of a picture (H, W, ...), the picture's own memory."""
        return picture[self.top : self.bottom, self.left : self.right]

    def beside(self, hole: Box) -> Iterator[Box]:
        """It, in parts, without a box that lies within it."""
        if hole.is_empty:
            yield self
            return
        yield Box(self.left, self.top, self.right, hole.top)
        yield Box(self.left, hole.bottom, self.right, self.bottom)
        yield Box(self.left, hole.top, hole.left, hole.bottom)
        yield Box(hole.right, hole.top, self.right, hole.bottom)

    def strips(self, height: int) -> Iterator[Box]:
        """It, cut across into parts no higher than that."""
        for top in range(self.top, self.bottom, height):
            yield Box(self.left, top, self.right, min(top + height, self.bottom))

    def columns(self, width: int) -> Iterator[Box]:
        """It, cut down into parts no wider than that."""
        for left in range(self.left, self.right, width):
            yield Box(left, self.top, min(left + width, self.right), self.bottom)


NOTHING = Box(0, 0, 0, 0)


def whole(picture: np.ndarray) -> Box:
    """All of a picture (H, W, ...)."""
    return Box(0, 0, picture.shape[1], picture.shape[0])


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds all of them; NOTHING where they are all empty."""
    full = [box for box in boxes if not box.is_empty]
    if not full:
        return NOTHING
    lefts, tops, rights, bottoms = zip(*full, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def seen_of(picture: np.ndarray) -> Box:
    """The smallest box outside of which a picture (H, W, 4) uint8 is nothing but zeros."""
    import cv2

    height, width, n_channels = picture.shape
    left, top, wide, high = cv2.boundingRect(picture.reshape(height, width * n_channels))
    return Box(left // n_channels, top, -(-(left + wide) // n_channels), top + high)
