"""Two neighbouring pictures in, any picture between them out, by following what moves.

Source: the mixing of both flows at the wanted time is that of Jiang et al. 2018 (Super SloMo), without its
network; the flow is DIS (Kroeger et al. 2016). What one picture covers is taken from the other: where the two
flows contradict each other, a picture counts for less. (Dissolving there in place looked worse, by 1 dB.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

_WORKING_WIDTH = 640
"""Flow is found on at most this many columns: finer costs much and finds little more."""
_DOUBT_PX = 1.5
"""How far off the way back may lead before a place is held to be covered."""
_LEAST_TRUST = np.float32(1e-3)


class FlowPair:
    """The motion between two (H, W, 3) uint8 pictures of one size; kept at the width that it was found on."""

    def __init__(self, first: np.ndarray, second: np.ndarray, *, finder: Any) -> None:
        self._first, self._second = first, second
        small = [_small_grey(picture) for picture in (first, second)]
        self._grid = grid_of(*small[0].shape)
        self._onward, self._back = finder.calc(small[0], small[1], None), finder.calc(small[1], small[0], None)
        self._trusts = _trust(self._onward, self._back, self._grid), _trust(self._back, self._onward, self._grid)

    def between(self, fraction: float) -> np.ndarray:
        """The picture `fraction` of the way from the first (0) to the second (1), (H, W, 3) uint8."""
        import cv2

        f = np.float32(fraction)
        to_first = f * (f * self._back - (1 - f) * self._onward)
        to_second = (1 - f) * ((1 - f) * self._onward - f * self._back)
        trusts = fetched(self._trusts[0], self._grid + to_first), fetched(self._trusts[1], self._grid + to_second)
        weights = (1 - f) * (trusts[0] + _LEAST_TRUST), f * (trusts[1] + _LEAST_TRUST)
        return cv2.blendLinear(
            _displaced(self._first, to_first),
            _displaced(self._second, to_second),
            *(to_size_of(self._first, weight) for weight in weights),
        )


def flow_finder(*, patch_px: int = 16) -> Any:
    """What finds the flow of one film; keep one, it owns its work space.

    Args:
        patch_px: side of what is sought, each beginning half of it after the last. The preset's is 8; flat, drawn shapes have no
            texture to hold on to but their edges, and want more of it. The wide stride pays for it.
    """
    import cv2

    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    finder.setPatchSize(patch_px)
    finder.setPatchStride(patch_px // 2)
    return finder


def _small_grey(picture: np.ndarray) -> np.ndarray:
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    if width <= _WORKING_WIDTH:
        return grey
    return cv2.resize(grey, (_WORKING_WIDTH, max(16, round(height * _WORKING_WIDTH / width))), interpolation=cv2.INTER_AREA)


@lru_cache(maxsize=4)
def grid_of(height: int, width: int) -> np.ndarray:
    """(H, W, 2) float32, read-only: each pixel's own (x, y)."""
    grid = np.stack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)), axis=-1)
    grid.flags.writeable = False
    return grid


def _trust(flow: np.ndarray, other: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """(H, W) from 1, where `other` leads back to where `flow` came from, down to 0."""
    import cv2

    doubt = np.square(flow + fetched(other, grid + flow)).sum(axis=-1) / np.float32(_DOUBT_PX**2)
    return cv2.GaussianBlur(np.exp(-doubt), (0, 0), 1.5)


def _displaced(picture: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Each pixel fetched from where `by`, (h, w, 2) in pixels of its own width, points to."""
    height, width = picture.shape[:2]
    scale = np.array([width / by.shape[1], height / by.shape[0]], np.float32)
    at = to_size_of(picture, by * scale)
    at += grid_of(height, width)
    return fetched(picture, at)


def to_size_of(like: np.ndarray, values: np.ndarray) -> np.ndarray:
    """`values`, (h, w) or (h, w, n), as high and wide as another array."""
    import cv2

    height, width = like.shape[:2]
    return values if values.shape[:2] == (height, width) else cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)


def fetched(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """`values`, (h, w) or (h, w, n), at the (x, y) of `at`, (H, W, 2) float32; beyond the edges, the edge."""
    import cv2

    nothing: Any = None
    return cv2.remap(values, at, nothing, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep OpenCV to one thread meanwhile: the flow that it finds depends on how many there are, and other work needs them."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
