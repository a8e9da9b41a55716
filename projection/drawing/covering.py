"""Layers and their newest pictures go in; those that are seen on the stage come out: what is hidden, or covered, need not be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from live.shared import Shared
from projection.boxes import Box
from projection.drawing.placing import Lie, SizePx, lie
from projection.drawing.rims import Rim
from projection.scene import Placed, Scene


def layers_on_stage(scene: Scene, pictures: Mapping[str, Shared]) -> list[Placed]:
    """The layers of which something is seen on the stage, from the lowest to the highest: none is off it, hidden, without a picture, or covered."""
    seen: list[Placed] = []
    for placed in reversed({placed.name: placed for placed in scene.layers}.values()):
        if placed.placing.on_stage and placed.placing.is_seen and placed.name in pictures:
            seen.insert(0, placed)
            if _covers_all(placed, pictures[placed.name], scene.size_px):
                break
    return seen


def _covers_all(placed: Placed, shared: Shared, stage_px: SizePx) -> bool:
    """Whether nothing below a layer is seen."""
    placing = placed.placing
    if placing.blend != "normal" or placing.opacity < 1 or not shared.is_opaque:
        return False
    height, width = shared.picture.shape[:2]
    return _fills(lie(placing, (width, height), stage_px), stage_px)


@lru_cache(maxsize=64)
def _fills(how: Lie, stage_px: SizePx) -> bool:
    return Rim(how).covers(Box(0, 0, *stage_px))
