"""The small planes of pictures that follow each other go in; numbers for each region of each picture come out.

Nearly every measure is a mean over the region, so all of them are one product: maps of pixels by weights. Each region has its
own, so that its numbers are the same to the last bit whatever other regions there are.
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

COLUMN = {name: n for n, name in enumerate(MEASURES)}
"""Where each of them stands in a row."""
# Maps that the measures of these names are means of; then luma less its mean, that squared, and what moves.
_FINE = ("detail", "motion", "luma", "squared", "moving")
_COARSE = ("blue", "red", "saturation", "change")
_NAMED = tuple(name for name in (*_FINE, *_COARSE) if name in MEASURES)
_CENTROID = slice(COLUMN["centroid_x"], COLUMN["centroid_y"] + 1)
_FLOW = slice(COLUMN["flow_x"], COLUMN["flow_y"] + 1)
_NEUTRAL = 128
_BLOCK_PX = 10
_GRAIN = np.uint8(2)
"""Levels by which a pixel changes though nothing moves: noise, grain, codecs."""
_MOST = np.uint8(MOST)
_MOST_NOISE = 1.0
_LEAST_MOVING = 0.005
_LEAST_FLOW_PX = 16


class Measurer:
    """Measures pictures as they come, each against the one before: `rows = measurer(planes)`.

    Args:
        regions: by name; their order is that of the rows.
        size: (width, height) of the planes.
    """

    def __init__(self, regions: Mapping[str, Region], size: tuple[int, int]) -> None:
        self.names = tuple(regions)
        self.size = size
        self._fine = _Maps(_FINE, regions, size)
        self._coarse = _Maps(_COARSE, regions, half_size(size))
        self._blocks = _Blocks(regions, size)
        self._flow = _Flow(regions, size)
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
        return self._measures(planes, mean)

    def _measures(self, planes: Planes, mean: float) -> np.ndarray:
        fine, coarse = self._fine.means(), self._coarse.means()
        moving = self._fine.means_times_place("moving")
        moves = fine["moving"] > _LEAST_MOVING
        rows = np.zeros((len(self.names), len(MEASURES)), np.float32)
        for name in _NAMED:
            rows[:, COLUMN[name]] = fine[name] if name in fine else coarse[name]
        rows[:, COLUMN["brightness"]] = np.maximum(fine["luma"] + mean, 0)
        rows[:, COLUMN["contrast"]] = np.sqrt(np.maximum(fine["squared"] - fine["luma"] ** 2, 0))
        rows[:, _CENTROID] = np.where(moves[:, None], moving / np.where(moves, fine["moving"], 1)[:, None], 0.5)
        rows[:, COLUMN["activity"]] = self._blocks.activity(self._fine["motion"], fine["motion"])
        flow = self._flow(planes.y, moves=bool(self._fine["moving"].any()))
        rows[:, _FLOW] = np.where(moves[:, None], flow, 0)
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

        moved = cv2.absdiff(before.y, planes.y)
        self._fine["motion"][:] = moved
        self._fine["moving"][:] = np.maximum(moved, _GRAIN) - _GRAIN
        changed = cv2.resize(moved, half_size(self.size), interpolation=cv2.INTER_AREA)
        for colors in ((before.u, planes.u), (before.v, planes.v)):
            changed = cv2.add(changed, cv2.absdiff(*colors))  # not above 255
        self._coarse["change"][:] = np.minimum(changed, _MOST)


def _mean(plane: np.ndarray) -> float:
    import cv2

    return float(cv2.mean(plane)[0])


class _Maps:
    """Maps of one size by name, (h, w) float32 each, and their means over every region."""

    def __init__(self, names: tuple[str, ...], regions: Mapping[str, Region], size: tuple[int, int]) -> None:
        self._at = {name: n for n, name in enumerate(names)}
        self._maps = np.zeros((len(names), size[1], size[0]), np.float32)
        self._parts = [_part(region.weights(size)) for region in regions.values()]
        self._sums = np.zeros((len(self._parts), len(names), 3), np.float32)

    def __getitem__(self, name: str) -> np.ndarray:
        found: np.ndarray = self._maps[self._at[name]]
        return found

    def means(self) -> dict[str, np.ndarray]:
        """(n regions,) by name."""
        for sums, (box, columns) in zip(self._sums, self._parts, strict=True):
            np.matmul(self._maps[box].reshape(len(self._maps), -1), columns, out=sums)
        return {name: self._sums[:, at, 0] for name, at in self._at.items()}

    def means_times_place(self, name: str) -> np.ndarray:
        """(n regions, 2): the means of the map times x, and times y, 0..1 of the frame; as of the last `means`."""
        found: np.ndarray = self._sums[:, self._at[name], 1:]
        return found


def _part(weights: np.ndarray) -> tuple[tuple[slice, slice, slice], np.ndarray]:
    """Where a region lies in maps, and (p, 3) float32: the share of each pixel there in a mean, times 1, times x, times y."""
    height, width = weights.shape
    down, across = (np.flatnonzero(weights.any(axis=axis)) for axis in (1, 0))
    box = slice(down[0], down[-1] + 1), slice(across[0], across[-1] + 1)
    shares = (weights.astype(np.float64) / weights.sum(dtype=np.float64))[box]
    y, x = ((np.arange(side)[part] + 0.5) / side for side, part in zip((height, width), box, strict=True))
    placed = np.stack([shares, shares * x, shares * y[:, None]], axis=-1)
    return (slice(None), *box), placed.reshape(-1, 3).astype(np.float32)


class _Flow:
    """Where things move to, on planes of half the size: as good for a mean, and cheaper."""

    def __init__(self, regions: Mapping[str, Region], size: tuple[int, int]) -> None:
        import cv2

        half = half_size(size)
        self._size = max(_LEAST_FLOW_PX, half[0]), max(_LEAST_FLOW_PX, half[1])
        self._maps = _Maps(("x", "y"), regions, self._size)
        # Pixels to widths of the picture; a pixel may be wider than high here.
        self._scale = np.array([1 / self._size[0], size[1] / (self._size[1] * size[0])], np.float32)
        self._finder: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._finder.setFinestScale(1)
        self._finder.setPatchStride(6)
        self._before: np.ndarray | None = None

    def __call__(self, y: np.ndarray, *, moves: bool) -> np.ndarray | float:
        """(n regions, 2) mean flow since the call before, in picture widths; 0 where nothing moves."""
        import cv2

        before, self._before = self._before, cv2.resize(y, self._size, interpolation=cv2.INTER_AREA)
        if before is None or not moves:
            return 0.0
        found = self._finder.calc(before, self._before, None)
        self._maps["x"][:], self._maps["y"][:] = found[..., 0], found[..., 1]
        means = self._maps.means()
        return np.stack([means["x"], means["y"]], axis=1) * self._scale


class _Blocks:
    """The picture in blocks of about _BLOCK_PX, and which of them lie mostly inside each region."""

    def __init__(self, regions: Mapping[str, Region], size: tuple[int, int]) -> None:
        self._size = max(1, round(size[0] / _BLOCK_PX)), max(1, round(size[1] / _BLOCK_PX))
        inside = np.stack([self._means(region.weights(size)) for region in regions.values()]) > 0.5
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
