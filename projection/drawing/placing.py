"""How a layer lies and the sizes of its picture and of the stage go in; which part of the picture is shown, and where it lands, comes out.

Both drawers lay layers by this. Places are in pixels from the top left corner: (0, 0) is a corner, not the middle of a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin

import numpy as np

from media.settings import Fit
from projection.scene import Placing

SizePx = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Lie:
    """How a picture lies on the stage.

    Args:
        part_px: what is shown of the picture: left, top, right, bottom; the rest is cut off.
        to_stage: (2, 3) float64: what takes a place of the picture to one of the stage.
        shown_px: (width, height) of the part on the stage, before it is turned.
    """

    part_px: tuple[float, float, float, float]
    to_stage: np.ndarray
    shown_px: tuple[float, float]

    @property
    def corners_px(self) -> np.ndarray:
        """(4, 2): where the corners of the part land, clockwise from the top left."""
        left, top, right, bottom = self.part_px
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
        return corners @ self.to_stage[:, :2].T + self.to_stage[:, 2]

    @property
    def shrink(self) -> float:
        """How many pixels of the picture there are to one of the stage, along a side, of the side where they are fewer."""
        left, top, right, bottom = self.part_px
        return min((right - left) / self.shown_px[0], (bottom - top) / self.shown_px[1])


def lie(placing: Placing, picture_px: SizePx, stage_px: SizePx) -> Lie:
    """Fit a picture into the stage, then scale it, turn it clockwise about its middle and move it.

    A letterboxed picture fills whole pixels of the stage before it is scaled, so that one which is only fitted has no soft edges.
    What lies as it did is the very same.
    """
    return _lie(placing.fit, placing.position, placing.scale, placing.rotation, picture_px, stage_px)


@lru_cache(maxsize=64)
def _lie(fit: Fit, position: tuple[float, float], scale: float, rotation: float, picture_px: SizePx, stage_px: SizePx) -> Lie:
    part, fitted = _fit(fit, picture_px, stage_px)
    wide, high = part[2] - part[0], part[3] - part[1]
    across, down = scale * fitted[0] / wide, scale * fitted[1] / high
    angle = radians(rotation)
    turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]]).round(15)
    matrix = turn @ np.diag([across, down])
    middle = np.array([(part[0] + part[2]) / 2, (part[1] + part[3]) / 2])
    wanted = np.array(stage_px) * (0.5 + np.array(position))
    return Lie(part, np.column_stack([matrix, wanted - matrix @ middle]), (across * wide, down * high))


def _fit(fit: Fit, picture_px: SizePx, stage_px: SizePx) -> tuple[tuple[float, float, float, float], tuple[float, float]]:
    """The part of a picture that is shown, and its (width, height) on the stage, both in pixels."""
    wide, high = picture_px
    whole = (0.0, 0.0, float(wide), float(high))
    ratios = stage_px[0] / wide, stage_px[1] / high
    if fit == "letterbox":
        return whole, (_whole_px(wide * min(ratios), stage_px[0]), _whole_px(high * min(ratios), stage_px[1]))
    if fit == "crop":
        x, y = (wide - stage_px[0] / max(ratios)) / 2, (high - stage_px[1] / max(ratios)) / 2
        return (x, y, wide - x, high - y), (float(stage_px[0]), float(stage_px[1]))
    return whole, (float(stage_px[0]), float(stage_px[1]))


def _whole_px(length: float, beside: int) -> float:
    """The length next to this one that leaves as many whole pixels on either side."""
    return float(max(1, beside - 2 * round((beside - length) / 2)))
