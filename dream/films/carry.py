"""Two neighbouring pictures go in; what was dreamed over the first comes out moved to where it belongs in the second.

The flow is DIS (Kroeger et al. 2016). By itself it bleeds from what moves into flat ground beside it, and the dream there would swim;
so wherever one movement of the whole picture (a pan, a zoom, a turn, or none) explains the second picture as well, that is taken instead.
What neither explains was hidden before: nothing is carried there, it is dreamed anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from media.flow import fetched, flow_finder, grid_of, to_size_of

_PATCH_PX = 12
"""Side of what the flow is sought by: narrower than where pictures are made between two, for it is sought on smaller ones."""
_WORKING_PX = 320
"""Flow is found on pictures of at most this length: finer costs much and finds little more."""
_LEAST_PX = 32
_EDGE = 24.0
"""What counts as an edge, of the Laplacian: only edges tell a movement."""
_FEW = 50
_PIXEL_EDGE = 0.5
_AT_REST_PX = 0.25
_DOUBTS_PX = (8.0, 4.0, 2.0, 1.0, 0.5, 0.5)
"""By how much an edge may move otherwise and count for half, time after time: at first most do, in the end those that move as one."""
_ABOUT_PX = 4.0
"""How far around a place its surroundings count for which movement explains it better."""
_AS_GOOD = 2.0
"""Levels of 255 by which the movement of the whole may be the worse."""
_DOUBT = 50.0
"""Levels of 255 by which a picture may miss what was foreseen of it; at twice that nothing is carried. Tuned by eye."""

_STRETCHED, _HIDDEN = 120.0, 6.0
"""What a stretch by so much, and being hidden, count for. Tuned by eye."""
_ENTERED, _ENTERED_PX = 0.9, 24.0
"""How much of a whole dream is made up for in what comes in at an edge, and how far in. Tuned by eye."""


@dataclass(frozen=True, eq=False)
class Followed:
    """How a picture came out of the one before it.

    Args:
        flow: (h, w, 2) float32, from each place to where it was before, (x, y) in pixels of this array.
        trust: (h, w) float32, 1 where that explains the picture, 0 where it was hidden before.
    """

    flow: np.ndarray
    trust: np.ndarray

    @cached_property
    def entering(self) -> np.ndarray:
        """How much of a whole dream is to be made up for in this frame where new ground comes in at an edge, (h, w) float32, 0 elsewhere.

        It reaches some way in, and is the less the slower that ground comes: in all, every place that has come in gets as much.
        """
        return _ENTERED * cv2.GaussianBlur(1 - _was_in_view(self.flow), (0, 0), _ENTERED_PX)

    @cached_property
    def wear(self) -> np.ndarray:
        """How much a dream that is carried suffers, (h, w) float32: 0 where the picture moves as one, more where it is stretched or hidden."""
        slopes = [cv2.Sobel(self.flow, cv2.CV_32F, *way, ksize=3, scale=1 / 8) for way in ((1, 0), (0, 1))]
        stretched = np.sum([np.abs(slope).sum(axis=2) for slope in slopes], axis=0, dtype=np.float32) / 4
        return cv2.GaussianBlur(_STRETCHED * stretched + _HIDDEN * (1 - self.trust), (0, 0), _ABOUT_PX)


class Follower:
    """Finds what moved where; keep one, it owns its work space. OpenCV must have one thread for the same result every time."""

    def __init__(self) -> None:
        self._finder = flow_finder(patch_px=_PATCH_PX)

    def __call__(self, before: np.ndarray, after: np.ndarray) -> Followed:
        """What became of (H, W, 3) uint8 in another of the same size."""
        before, after = _small(before), _small(after)
        greys = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (before, after)]
        found = self._finder.calc(greys[1], greys[0], None)
        whole = _movement_of_all(found, greys[1])
        missed, missed_at_rest = _miss(before, after, whole), _differ(before, after)
        if missed.mean() >= missed_at_rest.mean():
            whole, missed = np.zeros_like(whole), missed_at_rest
        return _better(whole, missed, found, _miss(before, after, found))


def _better(whole: np.ndarray, missed: np.ndarray, found: np.ndarray, found_missed: np.ndarray) -> Followed:
    """At each place the movement of the whole, unless what was found there by itself explains it better."""
    by = [cv2.GaussianBlur(miss, (0, 0), _ABOUT_PX) for miss in (missed, found_missed)]
    share = cv2.GaussianBlur((by[0] <= by[1] + _AS_GOOD).astype(np.float32), (0, 0), 1.5)
    left = cv2.GaussianBlur(found_missed + (missed - found_missed) * share, (0, 0), 1.0)
    flow = found + (whole - found) * share[..., None]
    return Followed(flow, np.clip(2 - left / _DOUBT, 0, 1) * _was_in_view(flow))


def _was_in_view(flow: np.ndarray) -> np.ndarray:
    """Where a flow leads to a place in the picture before, (h, w) float32 of 0 and 1: what comes in at an edge was nowhere in it."""
    (height, width), at = flow.shape[:2], grid_of(*flow.shape[:2]) + flow
    across, down = at[..., 0], at[..., 1]
    inside = (across >= -_PIXEL_EDGE) & (across <= width - _PIXEL_EDGE) & (down >= -_PIXEL_EDGE) & (down <= height - _PIXEL_EDGE)
    return inside.astype(np.float32)


def carry(change: np.ndarray, followed: Followed) -> np.ndarray:
    """A change (H, W, 3) float32 of the picture before, as it is to be in the picture after."""
    height, width = change.shape[:2]
    h, w = followed.flow.shape[:2]
    flow = to_size_of(change, followed.flow * np.array([width / w, height / h], np.float32))
    return _moved(change, flow) * to_size_of(change, followed.trust)[..., None]


def _small(picture: np.ndarray) -> np.ndarray:
    """No longer than the working length, and not so narrow that no flow could be found."""
    height, width = picture.shape[:2]
    scale = min(1.0, _WORKING_PX / max(height, width))
    size = max(_LEAST_PX, round(width * scale)), max(_LEAST_PX, round(height * scale))
    return picture if size == (width, height) else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _movement_of_all(flow: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """The pan, zoom and turn at once that most edges share, (h, w, 2); exactly none where it is next to none."""
    slope = np.dstack([cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)])
    is_edge = np.abs(cv2.Laplacian(grey, cv2.CV_32F)) > _EDGE
    if np.count_nonzero(is_edge) < _FEW:
        return np.zeros_like(flow)
    at = grid_of(*grey.shape) - np.array([grey.shape[1] / 2, grey.shape[0] / 2], np.float32)
    movement = _fitted(at[is_edge], flow[is_edge], slope[is_edge])
    moved = (at.reshape(-1, 2) @ movement[:2] + movement[2]).reshape(flow.shape).astype(np.float32)
    return moved if float(np.abs(moved).max()) >= _AT_REST_PX else np.zeros_like(flow)


def _fitted(at: np.ndarray, flow: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """(3, 2): what (x, y, 1) is multiplied by for the flow that most of some edges share, by least squares with ever stricter weights."""
    across = slope / (np.hypot(slope[:, :1], slope[:, 1:]) + 1e-6)  # along itself an edge tells no movement
    (x, y), (right, down) = at.T, across.T
    rows = np.stack([right * x + down * y, right * y - down * x, right, down], axis=1)
    seen = (across * flow).sum(axis=1)
    found = np.array([0, 0, *np.median(flow, axis=0)], np.float32)
    for doubt in _DOUBTS_PX:
        weights = 1 / (1 + np.square((seen - rows @ found) / doubt))
        weighted = rows.T * weights
        found = np.linalg.lstsq(weighted @ rows, weighted @ seen, rcond=None)[0]
    zoom, turn = found[:2]
    return np.array([[zoom, -turn], [turn, zoom], found[2:]])


def _miss(before: np.ndarray, after: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """By how much, in levels of 255, a picture differs from what a flow foresees of it, (h, w) float32."""
    return _differ(_moved(before, flow), after)


def _differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How much two pictures differ in that colour in which they differ most, (h, w) float32."""
    red, green, blue = cv2.split(cv2.absdiff(one, other))
    return np.maximum(np.maximum(red, green), blue).astype(np.float32)


def _moved(values: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Each place fetched from where `flow` points to; beyond the edges, the edge."""
    return fetched(values, grid_of(*flow.shape[:2]) + flow)
