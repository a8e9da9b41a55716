"""Two neighbouring pictures in, any picture between them out, by following what moves.

Source: the mixing of both flows at the wanted time is that of Jiang et al. 2018 (Super SloMo), without its
network; the flow is DIS (Kroeger et al. 2016). Ours: where the two flows contradict each other (covered,
uncovered, flashing, too fast) the pictures dissolve in place, which is softer than tearing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_WORKING_WIDTH = 640
"""Flow is found on at most this many columns: finer costs much and finds little more."""
_DOUBT_PX = 1.5
_LEAST_TRUST = np.float32(1e-3)


class FlowPair:
    """The motion between two (H, W, 3) uint8 pictures of one size."""

    def __init__(self, first: np.ndarray, second: np.ndarray, *, finder: Any) -> None:
        self._first, self._second = first, second
        height, width = first.shape[:2]
        self._grid = _grid(height, width)
        small = [_small_grey(picture) for picture in (first, second)]
        onward, back = finder.calc(small[0], small[1], None), finder.calc(small[1], small[0], None)
        self._trust = [_resize(_trust(a, b), width, height) for a, b in ((onward, back), (back, onward))]
        scale = np.array([width / small[0].shape[1], height / small[0].shape[0]], np.float32)
        self._onward, self._back = (_resize(flow, width, height) * scale for flow in (onward, back))

    def between(self, fraction: float) -> np.ndarray:
        """The picture `fraction` of the way from the first (0) to the second (1), (H, W, 3) uint8."""
        import cv2

        f = np.float32(fraction)
        to_first = self._grid + f * (f * self._back - (1 - f) * self._onward)
        to_second = self._grid + (1 - f) * ((1 - f) * self._onward - f * self._back)
        trusts = _sample(self._trust[0], to_first), _sample(self._trust[1], to_second)
        moved = cv2.blendLinear(
            _sample(self._first, to_first),
            _sample(self._second, to_second),
            (1 - f) * (trusts[0] + _LEAST_TRUST),
            f * (trusts[1] + _LEAST_TRUST),
        )
        certain = np.maximum(*trusts)
        if certain.min() > 0.95:
            return moved
        dissolved = cv2.addWeighted(self._first, float(1 - f), self._second, float(f), 0)
        return cv2.blendLinear(moved, dissolved, certain, 1 - certain)


def flow_finder() -> Any:
    """What finds the flow of one film; keep one, it owns its work space."""
    import cv2

    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    # Twice the preset's: flat, drawn shapes have no texture to hold on to but their edges.
    finder.setPatchSize(16)
    finder.setPatchStride(4)
    return finder


def _small_grey(picture: np.ndarray) -> np.ndarray:
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    if width <= _WORKING_WIDTH:
        return grey
    return cv2.resize(grey, (_WORKING_WIDTH, max(16, round(height * _WORKING_WIDTH / width))), interpolation=cv2.INTER_AREA)


def _grid(height: int, width: int) -> np.ndarray:
    """(H, W, 2) float32: each pixel's own (x, y)."""
    return np.stack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)), axis=-1)


def _trust(flow: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(H, W) from 1, where `other` leads back to where `flow` came from, down to 0."""
    import cv2

    back = _sample(other, _grid(*flow.shape[:2]) + flow)
    doubt = np.square(flow + back).sum(axis=-1) / np.float32(_DOUBT_PX**2)
    return cv2.GaussianBlur(np.exp(-doubt), (0, 0), 1.5)


def _resize(values: np.ndarray, width: int, height: int) -> np.ndarray:
    import cv2

    return values if values.shape[:2] == (height, width) else cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)


def _sample(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    import cv2

    nothing: Any = None
    return cv2.remap(values, at, nothing, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
