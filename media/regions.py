"""A place in the picture, in shares of its width and height, goes in; how much each pixel of a small picture counts comes out.

Coordinates run from 0 to 1, the origin is the top left. What has no place in the frame is a ValueError when it is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np

from media.errors import did_you_mean

SQUARES = {"small": 0.1, "medium": 0.3, "large": 0.7}
"""Sides of squares by name, as shares of the picture's shorter side."""
PLACES = {"topleft": (0.0, 0.0), "center": (0.5, 0.5), "bottomright": (1.0, 1.0)}
"""Where a square lies: the share of the room left over that is left of it, and above it."""

_LEAST = 0.001
_SLACK = 1e-9
_ROWS_A_PIXEL = 16
_MOST_CELLS = 64


class Region(Protocol):
    """A part of the picture."""

    def weights(self, size: tuple[int, int]) -> np.ndarray:
        """How much of each pixel lies in it, (h, w) float32 in 0..1, for planes of `size` (width, height); never all 0."""

    def key(self) -> str:
        """A text that is the same for two regions only if they are the same."""


@dataclass(frozen=True)
class Whole:
    """All of the picture."""

    def weights(self, size: tuple[int, int]) -> np.ndarray:
        """As `Region.weights`."""
        return np.ones((size[1], size[0]), np.float32)

    def key(self) -> str:
        """As `Region.key`."""
        return "frame"


FRAME = Whole()


@dataclass(frozen=True)
class Rect:
    """A rectangle by its top left corner and its sides, all in 0..1.

    Raises:
        ValueError: it is empty, or sticks out of the frame.
    """

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        _check_range("x", self.x, 0, 1)
        _check_range("y", self.y, 0, 1)
        _check_range("width", self.width, _LEAST, 1)
        _check_range("height", self.height, _LEAST, 1)
        for names, start, length in (("x + width", self.x, self.width), ("y + height", self.y, self.height)):
            if start + length > 1 + _SLACK:
                raise ValueError(f"the rectangle sticks out of the frame: {names} must be at most 1, got {start + length:g}")

    def weights(self, size: tuple[int, int]) -> np.ndarray:
        """As `Region.weights`."""
        across = _covered(self.x, self.x + self.width, size[0])
        down = _covered(self.y, self.y + self.height, size[1])
        return np.outer(down, across).astype(np.float32)

    def key(self) -> str:
        """As `Region.key`."""
        return f"rect {self.x:.9g} {self.y:.9g} {self.width:.9g} {self.height:.9g}"


@dataclass(frozen=True)
class Cell:
    """One cell of a grid that covers the frame; row 0 is the top, column 0 the left.

    Raises:
        ValueError: there is no such cell.
    """

    row: int
    column: int
    rows: int
    columns: int

    def __post_init__(self) -> None:
        _check_range("rows", self.rows, 1, _MOST_CELLS)
        _check_range("columns", self.columns, 1, _MOST_CELLS)
        _check_range("row", self.row, 0, self.rows - 1)
        _check_range("column", self.column, 0, self.columns - 1)

    def weights(self, size: tuple[int, int]) -> np.ndarray:
        """As `Region.weights`."""
        return Rect(self.column / self.columns, self.row / self.rows, 1 / self.columns, 1 / self.rows).weights(size)

    def key(self) -> str:
        """As `Region.key`."""
        return f"cell {self.row} {self.column} {self.rows} {self.columns}"


@dataclass(frozen=True)
class Square:
    """A square on the screen, whatever the proportions of the picture, and always inside it.

    Args:
        share: its side as a share of the picture's shorter side, or a name of SQUARES.
        place: a name of PLACES.
    Raises:
        ValueError: there is no such size or place.
    """

    share: float | str = "medium"
    place: str = "center"

    def __post_init__(self) -> None:
        if isinstance(self.share, str):
            _check_name("the size of a square", self.share, SQUARES)
        else:
            _check_range("the side of a square", self.share, _LEAST, 1)
        _check_name("the place of a square", self.place, PLACES)

    def weights(self, size: tuple[int, int]) -> np.ndarray:
        """As `Region.weights`."""
        across, down = (
            _covered(start / side, (start + self._side_px(size)) / side, side)
            for start, side in ((at * (side - self._side_px(size)), side) for at, side in zip(PLACES[self.place], size, strict=True))
        )
        return np.outer(down, across).astype(np.float32)

    def key(self) -> str:
        """As `Region.key`."""
        return f"square {self._share:.9g} {self.place}"

    @property
    def _share(self) -> float:
        return SQUARES[self.share] if isinstance(self.share, str) else self.share

    def _side_px(self, size: tuple[int, int]) -> float:
        return self._share * min(size)


@dataclass(frozen=True)
class Polygon:
    """What a line through the points encloses, (x, y) each in 0..1; the last is joined to the first.

    Raises:
        ValueError: fewer than three points, one outside the frame, or nothing enclosed.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", tuple((float(x), float(y)) for x, y in self.points))
        if len(self.points) < 3:
            raise ValueError(f"a polygon needs at least 3 points, got {len(self.points)}")
        for number, (x, y) in enumerate(self.points, 1):
            _check_range(f"x of point {number}", x, 0, 1)
            _check_range(f"y of point {number}", y, 0, 1)
        if self.weights((160, 90)).sum() < 0.01:
            raise ValueError(f"the polygon encloses nothing: its {len(self.points)} points lie on a line")

    def weights(self, size: tuple[int, int]) -> np.ndarray:
        """As `Region.weights`; exact along the rows, at sixteen heights a pixel. What it winds around twice counts once."""
        width, height = size
        winding = np.zeros((height * _ROWS_A_PIXEL, width), np.float32)
        corners = [(x * width, y * height * _ROWS_A_PIXEL) for x, y in (*self.points, self.points[0])]
        for (x0, y0), (x1, y1) in pairwise(corners):
            rows = np.arange(np.ceil(min(y0, y1) - 0.5), np.ceil(max(y0, y1) - 0.5))
            if len(rows):
                # Everything right of an edge is inside once more, or once less, than what is left of it.
                at = x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0)
                right = np.clip(np.arange(1, width + 1) - at[:, None], 0, 1)
                winding[int(rows[0]) : int(rows[-1]) + 1] += right if y1 > y0 else -right
        return np.minimum(np.abs(winding), 1).reshape(height, _ROWS_A_PIXEL, width).mean(axis=1)

    def key(self) -> str:
        """As `Region.key`."""
        return "polygon " + " ".join(f"{x:.9g},{y:.9g}" for x, y in self.points)


@dataclass(frozen=True)
class Mask:
    """A painted picture, stretched over the frame: its opacity where any of it is transparent, else its brightness.

    Raises:
        UserError: it cannot be read.
        ValueError: all of it is black, or transparent.
    """

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        if not self._painted.any():
            raise ValueError(f"the mask {self.path} is all black: paint white what is to count")

    def weights(self, size: tuple[int, int]) -> np.ndarray:
        """As `Region.weights`."""
        height, width = self._painted.shape
        painted = self._painted.astype(np.float32) / 255
        # One axis after the other: OpenCV takes means only where neither is enlarged.
        return _resize(_resize(painted, (size[0], height), shrinks=size[0] < width), size, shrinks=size[1] < height)

    def key(self) -> str:
        """As `Region.key`: the same mask under another name is the same."""
        shape = " ".join(map(str, self._painted.shape))
        return f"mask {shape} {hashlib.blake2b(self._painted.tobytes(), digest_size=16).hexdigest()}"

    @cached_property
    def _painted(self) -> np.ndarray:
        """(H, W) uint8, upright."""
        from media.frames import to_rgba
        from media.pictures import decode_picture, turn_upright
        from media.probe import upright_rotation

        picture = decode_picture(self.path)
        rgba = turn_upright(to_rgba(picture), rotation=upright_rotation(picture))
        if (rgba[..., 3] < 255).any():
            return np.ascontiguousarray(rgba[..., 3])
        return np.rint(rgba[..., :3] @ np.array([0.2126, 0.7152, 0.0722])).astype(np.uint8)


def _resize(values: np.ndarray, size: tuple[int, int], *, shrinks: bool) -> np.ndarray:
    import cv2

    return cv2.resize(values, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def _covered(start: float, end: float, n_pixels: int) -> np.ndarray:
    """The share of each of `n_pixels` pixels in a row that lies between two places in 0..1, (n_pixels,) float64."""
    edges = np.clip(np.arange(n_pixels + 1) / n_pixels, start, end)
    return np.diff(edges) * n_pixels


def _check_range(name: str, value: float, least: float, most: float) -> None:
    if not least - _SLACK <= value <= most + _SLACK:  # NaN is refused too
        raise ValueError(f"{name} must be in {least:g}..{most:g}, got {value:g}")


def _check_name(name: str, value: str, known: dict[str, float] | dict[str, tuple[float, float]] | Sequence[str]) -> None:
    if value not in known:
        raise ValueError(f"{name} is unknown, got {value!r}. {did_you_mean(value, known)}")
