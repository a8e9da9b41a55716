"""The small planes of pictures that follow each other go in; numbers for each region of each picture come out.

Nearly every measure is a mean over the region, so all of them for all regions are one product: maps of pixels by weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from media.cuts import MOST
from media.planes import Planes
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
# Of each pixel: luma less its mean, that squared, then what the measures of these names are the means of, and what moves.
_MAPS = ("luma", "luma squared", "blue", "red", "saturation", "detail", "motion", "change", "flow_x", "flow_y", "moving")
_MAP_AT = {name: n for n, name in enumerate(_MAPS)}
_MEANS = [(_AT[name], _MAP_AT[name]) for name in _MAPS if name in _AT]
_NEUTRAL = 128
_BLOCK_PX = 10
_GRAIN = 2
"""Levels by which a pixel changes though nothing moves: noise, grain, codecs."""
_MOST_NOISE = 1.0
_LEAST_MOVING = 0.005


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
        weights = np.stack([region.weights(size) for region in regions.values()]).astype(np.float64)
        shares = weights / weights.sum(axis=(1, 2), keepdims=True)
        x, y = ((np.arange(side) + 0.5) / side for side in size)
        self._shares = _columns(shares)
        self._placed = _columns(np.concatenate([shares * x, shares * y[:, None]]))
        self._blocks = _Blocks(weights)
        self._finder = _flow_finder() if flow else None
        self._before: Planes | None = None
        self._maps = np.zeros((len(_MAPS), size[1], size[0]), np.float32)

    def __call__(self, planes: Planes) -> np.ndarray:
        """The measures of a picture, (n regions, n MEASURES) float32; those that take two pictures are 0 for the first."""
        if planes.size != self.size:
            raise ValueError(f"planes must have the size {self.size}, got {planes.size}")
        mean = float(planes.y.mean())
        _map_still(planes, mean, self._maps)
        if self._before is not None:
            self._map_moving(self._before, planes)
        means = self._maps.reshape(len(_MAPS), -1) @ self._shares
        rows = np.zeros((len(self.names), len(MEASURES)), np.float32)
        for at, from_map in _MEANS:
            rows[:, at] = means[from_map]
        rows[:, _AT["brightness"]] = means[0] + mean
        rows[:, _AT["contrast"]] = np.sqrt(np.maximum(means[1] - means[0] ** 2, 0))
        rows[:, _AT["centroid_x"] : _AT["centroid_y"] + 1] = self._centroids(means[_MAP_AT["moving"]])
        if self._before is not None:
            rows[:, _AT["activity"]] = self._blocks.activity(self._maps[_MAP_AT["motion"]], means[_MAP_AT["motion"]])
        self._before = planes
        return rows

    def _map_moving(self, before: Planes, planes: Planes) -> None:
        import cv2

        moved, maps = cv2.absdiff(before.y, planes.y), self._maps
        recoloured = cv2.add(cv2.absdiff(before.u, planes.u), cv2.absdiff(before.v, planes.v), dtype=cv2.CV_32F)
        maps[_MAP_AT["motion"]] = moved
        np.minimum(maps[_MAP_AT["motion"]] + recoloured, MOST, out=maps[_MAP_AT["change"]])
        np.maximum(maps[_MAP_AT["motion"]] - np.float32(_GRAIN), 0, out=maps[_MAP_AT["moving"]])
        if self._finder is not None:
            flow = self._finder.calc(before.y, planes.y, None) / np.float32(self.size[0])
            maps[_MAP_AT["flow_x"]], maps[_MAP_AT["flow_y"]] = flow[..., 0], flow[..., 1]

    def _centroids(self, moving: np.ndarray) -> np.ndarray:
        """(n regions, 2): x and y of what moves."""
        sums = self._maps[_MAP_AT["moving"]].reshape(1, -1) @ self._placed
        moves = moving > _LEAST_MOVING
        return np.where(moves, sums.reshape(2, -1) / np.where(moves, moving, 1), 0.5).T


def _map_still(planes: Planes, mean: float, maps: np.ndarray) -> None:
    """What one picture tells; luma is taken less its mean, as the squares of large numbers lose their small differences."""
    import cv2

    np.subtract(planes.y, mean, out=maps[0], dtype=np.float32)
    np.multiply(maps[0], maps[0], out=maps[1])
    np.subtract(planes.u, _NEUTRAL, out=maps[2], dtype=np.float32)
    np.subtract(planes.v, _NEUTRAL, out=maps[3], dtype=np.float32)
    maps[4] = cv2.magnitude(maps[2], maps[3])
    # Sobel's kernel counts a step of one level a pixel eightfold.
    across, down = (cv2.Sobel(planes.y, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    maps[5] = cv2.magnitude(across, down)


def _columns(planes: np.ndarray) -> np.ndarray:
    """(n, h, w) as (h * w, n) float32."""
    return np.ascontiguousarray(planes.reshape(len(planes), -1).T, np.float32)


def _flow_finder() -> Any:
    import cv2

    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)


class _Blocks:
    """The picture in blocks of about _BLOCK_PX, and which of them lie mostly inside each region.

    Args:
        weights: (n regions, h, w) in 0..1.
    """

    def __init__(self, weights: np.ndarray) -> None:
        height, width = weights.shape[1:]
        self._size = max(1, round(width / _BLOCK_PX)), max(1, round(height / _BLOCK_PX))
        self._inside = np.stack([self._means(plane) for plane in weights]) > 0.5
        self._n_inside = self._inside.sum(axis=1)

    def activity(self, moved: np.ndarray, motion: np.ndarray) -> np.ndarray:
        """How much the busiest block of each region moves beyond what all of them do, (n regions,), levels.

        Args:
            moved: (h, w) change of luma.
            motion: (n regions,) its mean; it stands for regions that are smaller than a block.
        """
        means = self._means(moved)
        ordered = np.sort(np.where(self._inside, means, np.inf), axis=1)
        rows, n = np.arange(len(ordered)), np.maximum(self._n_inside, 1)
        median = (ordered[rows, (n - 1) // 2] + ordered[rows, n // 2]) / 2
        busiest = np.maximum(0, ordered[rows, n - 1] - 2 * np.minimum(median, _MOST_NOISE))
        return np.where(self._n_inside > 0, busiest, motion)

    def _means(self, plane: np.ndarray) -> np.ndarray:
        import cv2

        return cv2.resize(plane, self._size, interpolation=cv2.INTER_AREA).ravel()
