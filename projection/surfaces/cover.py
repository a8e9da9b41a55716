"""An outline goes in; how much of each pixel lies within it comes out, exactly: edges that are smooth over a pixel.

Places are in pixels, (0, 0) the top left corner of the first, whose middle is (0.5, 0.5).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def cover(outline: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8: how much of each pixel of a picture (width, height) lies within an outline (n, 2), 255 for all of it.

    Each piece of the outline that crosses a pixel tells what it adds to it and to all those below; added up from the top, these are
    the areas. An outline that goes around a place twice counts once there.

    Source: the method of FreeType's and font-rs's rasterisers (signed areas).
    """
    import cv2

    width, height = size_px
    starts, ends = _within(outline, size_px)
    starts, ends = _split(*_split(starts, ends, axis=0), axis=1)
    middle, run = (starts + ends) / 2, ends[:, 0] - starts[:, 0]
    column, row = np.minimum(np.floor(middle), (width - 1, height)).astype(np.intp).T
    from_top = middle[:, 1] - row
    areas = np.zeros((height + 2, width), np.float32)
    np.add.at(areas, (row, column), run * (1 - from_top))
    np.add.at(areas, (row + 1, column), run * from_top)
    for above, below in pairwise(areas):  # six times as fast as np.cumsum
        below += above
    return cv2.convertScaleAbs(areas[:height], alpha=255)


def _within(outline: np.ndarray, size_px: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends (n, 2) of an outline's lines, those beyond the sides moved there: they count for all that is below."""
    width, height = size_px
    starts, ends = np.asarray(outline, np.float64), np.roll(outline, -1, axis=0).astype(np.float64)
    starts, ends = _cut(starts, ends, axis=0, at=(0, width))
    starts, ends = _cut(starts, ends, axis=1, at=(0, height))
    middle = (starts[:, 0] + ends[:, 0]) / 2
    keep = (middle > 0) & (middle < width) & (starts[:, 0] != ends[:, 0])
    return np.clip(starts[keep], 0, size_px), np.clip(ends[keep], 0, size_px)


def _cut(starts: np.ndarray, ends: np.ndarray, *, axis: int, at: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Lines in three pieces each, cut where an axis has these values; some are points."""
    along = ends[:, axis] - starts[:, axis]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        cuts = [np.nan_to_num(np.clip((value - starts[:, axis]) / along, 0, 1)) for value in at]
    shares = np.sort(np.stack([np.zeros(len(along)), *cuts, np.ones(len(along))]), axis=0)[..., None]
    points = starts + shares * (ends - starts)
    return points[:-1].reshape(-1, 2), points[1:].reshape(-1, 2)


def _split(starts: np.ndarray, ends: np.ndarray, *, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Lines in pieces, cut wherever an axis has a whole value."""
    low, high = (edge(starts[:, axis], ends[:, axis]) for edge in (np.minimum, np.maximum))
    first = np.floor(low)
    counts = np.maximum(np.ceil(high) - first, 1).astype(np.intp)
    line = np.repeat(np.arange(len(starts)), counts)
    value = first[line] + np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    start, along = starts[line], (ends - starts)[line]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shares = [(edge - start[:, axis]) / along[:, axis] for edge in (value, value + 1)]
    level = along[:, axis] == 0
    begin, end = (np.where(level, whole, np.clip(share, 0, 1)) for whole, share in ((0, np.fmin(*shares)), (1, np.fmax(*shares))))
    return start + begin[:, None] * along, start + end[:, None] * along
