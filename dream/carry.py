"""Two neighbouring pictures go in; what was dreamed over the first comes out moved to where it belongs in the second.

The flow is DIS (Kroeger et al. 2016). By itself it bleeds from what moves into flat ground beside it, and the dream there would swim;
so wherever one movement of the whole picture (a pan, or none) explains the second picture as well, that is taken instead.
What neither explains was hidden before: nothing is carried there, it is dreamed anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import cv2
import numpy as np

_WORKING_PX = 320
"""Flow is found on pictures of at most this length: finer costs much and finds little more."""
_LEAST_PX = 32
_EDGE = 24.0
"""What counts as an edge, of the Laplacian: only edges tell a movement."""
_FEW = 50
_AT_REST_PX = 0.25
_ABOUT_PX = 4.0
"""How far around a place its surroundings count for which movement explains it better."""
_AS_GOOD = 0.5
"""Levels of 255 by which the movement of the whole may be the worse."""
_DOUBT = 50.0
"""Levels of 255 by which a picture may miss what was foreseen of it; at twice that nothing is carried. Tuned by eye."""

_STRETCHED, _HIDDEN = 120.0, 6.0
"""What a stretch by so much, and being hidden, count for. Tuned by eye."""


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
    def wear(self) -> np.ndarray:
        """How much a dream that is carried suffers, (h, w) float32: 0 where the picture moves as one, more where it is stretched or hidden."""
        slopes = [cv2.Sobel(self.flow, cv2.CV_32F, *way, ksize=3, scale=1 / 8) for way in ((1, 0), (0, 1))]
        stretched = np.sum([np.abs(slope).sum(axis=2) for slope in slopes], axis=0, dtype=np.float32) / 4
        return cv2.GaussianBlur(_STRETCHED * stretched + _HIDDEN * (1 - self.trust), (0, 0), _ABOUT_PX)


class Follower:
    """Finds what moved where; keep one, it owns its work space. OpenCV must have one thread for the same result every time."""

    def __init__(self) -> None:
        self._finder: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        # Larger than the preset's: flat, drawn shapes have no texture to hold on to but their edges.
        self._finder.setPatchSize(12)
        self._finder.setPatchStride(6)

    def __call__(self, before: np.ndarray, after: np.ndarray) -> Followed:
        """What became of (H, W, 3) uint8 in another of the same size."""
        before, after = _small(before), _small(after)
        greys = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (before, after)]
        found = self._finder.calc(greys[1], greys[0], None)
        whole = np.broadcast_to(_movement_of_all(found, greys[1]), found.shape)
        miss = [cv2.GaussianBlur(_miss(before, after, flow), (0, 0), _ABOUT_PX) for flow in (whole, found)]
        share = cv2.GaussianBlur((miss[0] <= miss[1] + _AS_GOOD).astype(np.float32), (0, 0), 1.5)[..., None]
        flow = found + (whole - found) * share
        missed = cv2.GaussianBlur(_miss(before, after, flow), (0, 0), 1.0)
        return Followed(flow, np.clip(2 - missed / _DOUBT, 0, 1))


def carry(change: np.ndarray, followed: Followed) -> np.ndarray:
    """A change (H, W, 3) float32 of the picture before, as it is to be in the picture after."""
    height, width = change.shape[:2]
    h, w = followed.flow.shape[:2]
    flow = _to_size(followed.flow * np.array([width / w, height / h], np.float32), change)
    return _fetched(change, flow) * _to_size(followed.trust, change)[..., None]


def _small(picture: np.ndarray) -> np.ndarray:
    """No longer than the working length, and not so narrow that no flow could be found."""
    height, width = picture.shape[:2]
    scale = min(1.0, _WORKING_PX / max(height, width))
    size = max(_LEAST_PX, round(width * scale)), max(_LEAST_PX, round(height * scale))
    return picture if size == (width, height) else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _movement_of_all(flow: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """The one movement, (2,), that most edges share; exactly none where it is next to none."""
    at_edges = flow[np.abs(cv2.Laplacian(grey, cv2.CV_32F)) > _EDGE]
    movement = np.median(at_edges if len(at_edges) > _FEW else flow.reshape(-1, 2), axis=0).astype(np.float32)
    return movement if float(np.hypot(*movement)) >= _AT_REST_PX else np.zeros(2, np.float32)


def _miss(before: np.ndarray, after: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """By how much, in levels of 255, a picture differs from what a flow foresees of it, (h, w) float32."""
    return np.abs(after.astype(np.float32) - _fetched(before.astype(np.float32), flow)).max(axis=2)


def _fetched(values: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Each place fetched from where `flow` points to; beyond the edges, the edge."""
    nothing: Any = None
    at = _grid(*flow.shape[:2]) + flow
    return cv2.remap(values, at, nothing, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@lru_cache(maxsize=4)
def _grid(height: int, width: int) -> np.ndarray:
    """(H, W, 2) float32, read-only: each pixel's own (x, y)."""
    grid = np.stack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)), axis=-1)
    grid.flags.writeable = False
    return grid


def _to_size(values: np.ndarray, like: np.ndarray) -> np.ndarray:
    height, width = like.shape[:2]
    return values if values.shape[:2] == (height, width) else cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
