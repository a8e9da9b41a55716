"""The small planes of pictures that follow each other go in; numbers for each region of each picture come out.

Nearly every measure is a mean over the region, so all of them for all regions are one product: maps of pixels by weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from media.cuts import MOST
from media.planes import Planes, half_size
from media.regions import Region

MEASURES: tuple[str, ...] = (
    "brightness",  # mean luma, 0 black .. 255 white
    "contrast",  # standard deviation of luma, 0..127.5
    "motion",  # mean change of luma from the picture before, levels
    "change",  # the same with the change of colour, a pixel at most media.cuts.MOST: what cuts are found by
    "detail",  # mean steepness of luma, levels a pixel of the planes
    "blue",  # mean of blue less luma, -128..127: with `red`, its direction is the hue, weighted by saturation
    "red",  # mean of red less luma
    "saturation",  # mean distance from grey, 0..181
    "centroid_x",  # where in the frame it moves, 0 left .. 1 right; 0.5 while nothing does
    "centroid_y",  # 0 top .. 1 bottom
    "flow_x",  # mean motion to the right, picture widths a frame; means nothing at a cut
    "flow_y",  # mean motion downwards, picture widths a frame
    "activity",  # how much the busiest place moves, levels: a small clock counts, noise that is everywhere alike does not
)

_AT = {name: n for n, name in enumerate(MEASURES)}
# Maps that the measures of these names are means of; then luma less its mean, that squared, and what moves.
_FINE = ("detail", "motion", "luma", "squared", "moving")
_COARSE = ("blue", "red", "saturation", "change")
_NEUTRAL = 128
_BLOCK_PX = 10
_GRAIN = 2
"""Levels by which a pixel changes though nothing moves: noise, grain, codecs."""
_MOST_NOISE = 1.0
_LEAST_MOVING = 0.005
_LEAST_FLOW_PX = 16


class Measurer:
    """Measures pictures as they come, each against the one before: `rows = measurer(planes)`.

    Args:
        regions: by name; their order is that of the rows.
        size: (width, height) of the planes.
        flow: whether to look for flow; it is 0 otherwise.
    """

    def __init__(self, regions: Mapping[str, Region], size: tuple[int, int], *, flow: bool = True) -> None:
        self.names = tuple(regions)
        self.size = size
        weights = _weights(regions, size)
        x, y = ((np.arange(side) + 0.5) / side for side in size)
        shares = _shares(weights)
        self._fine = _Maps(_FINE, shares)
        self._placed = _Maps.columns(np.concatenate([shares * x, shares * y[:, None]]))
        self._coarse = _Maps(_COARSE, _shares(_weights(regions, half_size(size))))
        self._blocks = _Blocks(weights)
        self._flow = _Flow(regions, size) if flow else None
        self._before: Planes | None = None

    def __call__(self, planes: Planes) -> np.ndarray:
        """The measures of a picture, (n regions, n MEASURES) float32; those that take two pictures are 0 for the first."""
        if planes.size != self.size:
            raise ValueError(f"planes must have the size {self.size}, got {planes.size}")
        mean = _mean(planes.y)
        self._map_still(planes, mean)
        if self._before is not None:
            self._map_moving(self._before, planes)
        self._before = planes
        fine, coarse = self._fine.means(), self._coarse.means()
        rows = np.zeros((len(self.names), len(MEASURES)), np.float32)
        for name, values in (*fine.items(), *coarse.items()):
            if name in _AT:
                rows[:, _AT[name]] = values
        rows[:, _AT["brightness"]] = fine["luma"] + mean
        rows[:, _AT["contrast"]] = np.sqrt(np.maximum(fine["squared"] - fine["luma"] ** 2, 0))
        rows[:, _AT["centroid_x"] : _AT["centroid_y"] + 1] = self._centroids(fine["moving"])
        rows[:, _AT["activity"]] = self._blocks.activity(self._fine["motion"], fine["motion"])
        if self._flow is not None:
            rows[:, _AT["flow_x"] : _AT["flow_y"] + 1] = self._flow(planes.y, moves=bool((fine["moving"] > 0).any()))
        return rows

    def _map_still(self, planes: Planes, mean: float) -> None:
        """What one picture tells; luma is taken less its mean, as the squares of large numbers lose their small differences."""
        import cv2

        fine, coarse = self._fine, self._coarse
        np.subtract(planes.y, mean, out=fine["luma"], dtype=np.float32)
        np.multiply(fine["luma"], fine["luma"], out=fine["squared"])
        # Sobel's kernel counts a step of one level a pixel eightfold.
        across, down = (cv2.Sobel(planes.y, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
        fine["detail"][:] = cv2.magnitude(across, down)
        np.subtract(planes.u, _NEUTRAL, out=coarse["blue"], dtype=np.float32)
        np.subtract(planes.v, _NEUTRAL, out=coarse["red"], dtype=np.float32)
        coarse["saturation"][:] = cv2.magnitude(coarse["blue"], coarse["red"])

    def _map_moving(self, before: Planes, planes: Planes) -> None:
        """What two pictures tell."""
        import cv2

        fine, change = self._fine, self._coarse["change"]
        fine["motion"][:] = cv2.absdiff(before.y, planes.y)
        np.maximum(fine["motion"] - np.float32(_GRAIN), 0, out=fine["moving"])
        change[:] = cv2.resize(fine["motion"], change.shape[::-1], interpolation=cv2.INTER_AREA)
        for colors in ((before.u, planes.u), (before.v, planes.v)):
            np.add(change, cv2.absdiff(*colors), out=change)
        np.minimum(change, MOST, out=change)

    def _centroids(self, moving: np.ndarray) -> np.ndarray:
        """(n regions, 2): x and y of what moves, by how much moves in each."""
        sums = (self._fine["moving"].reshape(1, -1) @ self._placed).reshape(2, -1)
        moves = moving > _LEAST_MOVING
        return np.where(moves, sums / np.where(moves, moving, 1), 0.5).T


def _mean(plane: np.ndarray) -> float:
    import cv2

    return float(cv2.mean(plane)[0])


def _weights(regions: Mapping[str, Region], size: tuple[int, int]) -> np.ndarray:
    """(n regions, h, w) float64."""
    return np.stack([region.weights(size) for region in regions.values()]).astype(np.float64)


def _shares(weights: np.ndarray) -> np.ndarray:
    """The same, each with the sum 1."""
    shares: np.ndarray = weights / weights.sum(axis=(1, 2), keepdims=True)
    return shares


class _Maps:
    """Maps of one size by name, (h, w) float32 each, and their means over every region.

    Args:
        shares: (n regions, h, w), of each pixel in the mean.
    """

    def __init__(self, names: tuple[str, ...], shares: np.ndarray) -> None:
        self._at = {name: n for n, name in enumerate(names)}
        self._maps = np.zeros((len(names), *shares.shape[1:]), np.float32)
        self._columns = self.columns(shares)

    def __getitem__(self, name: str) -> np.ndarray:
        found: np.ndarray = self._maps[self._at[name]]
        return found

    def means(self) -> dict[str, np.ndarray]:
        """(n regions,) by name."""
        return dict(zip(self._at, self._maps.reshape(len(self._maps), -1) @ self._columns, strict=True))

    @staticmethod
    def columns(planes: np.ndarray) -> np.ndarray:
        """(n, h, w) as (h * w, n) float32."""
        return np.ascontiguousarray(planes.reshape(len(planes), -1).T, np.float32)


class _Flow:
    """Where things move to, on planes of half the size: as good for a mean, and cheaper."""

    def __init__(self, regions: Mapping[str, Region], size: tuple[int, int]) -> None:
        import cv2

        self._size = max(_LEAST_FLOW_PX, half_size(size)[0]), max(_LEAST_FLOW_PX, half_size(size)[1])
        self._rows = np.ascontiguousarray(_Maps.columns(_shares(_weights(regions, self._size))).T)
        # Pixels to widths of the picture; a pixel may be wider than high here.
        width, height = self._size
        self._scale = np.array([1 / width, size[1] / (height * size[0])], np.float32)
        self._finder: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._finder.setFinestScale(1)
        self._before: np.ndarray | None = None

    def __call__(self, y: np.ndarray, *, moves: bool) -> np.ndarray:
        """(n regions, 2) mean flow since the call before, in picture widths; 0 where nothing moves."""
        import cv2

        before, self._before = self._before, cv2.resize(y, self._size, interpolation=cv2.INTER_AREA)
        if before is None or not moves:
            return np.zeros((len(self._rows), 2), np.float32)
        found: np.ndarray = self._finder.calc(before, self._before, None)
        return (self._rows @ found.reshape(-1, 2)) * self._scale


class _Blocks:
    """The picture in blocks of about _BLOCK_PX, and which of them lie mostly inside each region.

    Args:
        weights: (n regions, h, w) in 0..1.
    """

    def __init__(self, weights: np.ndarray) -> None:
        height, width = weights.shape[1:]
        self._size = max(1, round(width / _BLOCK_PX)), max(1, round(height / _BLOCK_PX))
        inside = np.stack([self._means(plane) for plane in weights]) > 0.5
        n_inside = inside.sum(axis=1)
        self._has_none = n_inside == 0
        # Blocks outside are sorted behind all others.
        self._outside = np.where(inside, 0, np.inf).astype(np.float32)
        last = np.maximum(n_inside, 1) - 1
        self._picks = np.arange(len(inside)), np.stack([last // 2, (last + 1) // 2, last])

    def activity(self, moved: np.ndarray, motion: np.ndarray) -> np.ndarray:
        """How much the busiest block of each region moves beyond what all of them do, (n regions,), levels.

        Args:
            moved: (h, w) change of luma.
            motion: (n regions,) its mean; it stands for regions that are smaller than a block.
        """
        ordered = np.sort(self._means(moved) + self._outside, axis=1)
        low, high, busiest = ordered[self._picks]
        # Twice the lesser of half their sum and the most that is held for noise.
        beyond = np.maximum(0, busiest - np.minimum(low + high, 2 * _MOST_NOISE))
        return np.where(self._has_none, motion, beyond)

    def _means(self, plane: np.ndarray) -> np.ndarray:
        import cv2

        return cv2.resize(plane, self._size, interpolation=cv2.INTER_AREA).ravel()
