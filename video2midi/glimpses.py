"""Small planes of a film's pictures go in as they come; some hundreds of thumbnails, evenly spread, come out.

They are what the roll of a long film is coloured by, which could not be read again in a few seconds. However long the film,
no more are kept: when they become too many, every other one is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from media.planes import Planes

N_MOST = 1024
_HEIGHT_PX = 54


@dataclass(frozen=True, eq=False)
class Glimpses:
    """What a film looks like all along.

    Args:
        seconds: media times, (G,), in order.
        pictures: (G, height, width, 3) uint8 RGB.
    """

    seconds: np.ndarray
    pictures: np.ndarray


class GlimpseKeeper:
    """Keeps every n-th picture: `keeper.add(second, planes)` for each, then `keeper.finished()`."""

    def __init__(self, *, n_most: int = N_MOST) -> None:
        self._n_most = n_most
        self._step = 1
        self._n_seen = 0
        self._kept: list[tuple[float, np.ndarray]] = []

    def add(self, second: float, planes: Planes) -> None:
        """Take in the next picture."""
        if self._n_seen % self._step == 0:
            if len(self._kept) == self._n_most:
                self._kept = self._kept[::2]
                self._step *= 2
            if self._n_seen % self._step == 0:
                self._kept.append((second, _thumbnail(planes)))
        self._n_seen += 1

    def finished(self) -> Glimpses:
        """All that were kept."""
        pictures = np.stack([picture for _, picture in self._kept]) if self._kept else np.zeros((0, _HEIGHT_PX, 1, 3), np.uint8)
        return Glimpses(np.array([second for second, _ in self._kept]), pictures)


def _thumbnail(planes: Planes) -> np.ndarray:
    """As RGB by the matrix of BT.709: for a colour in passing any will do."""
    import cv2

    width, height = planes.size
    size = max(1, round(width * _HEIGHT_PX / height)), _HEIGHT_PX
    y, u, v = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32) for plane in (planes.y, planes.u, planes.v))
    blue, red = u - 128, v - 128
    rgb = np.stack([y + 1.5748 * red, y - 0.1873 * blue - 0.4681 * red, y + 1.8556 * blue], axis=-1)
    return np.clip(rgb + 0.5, 0, 255).astype(np.uint8)
