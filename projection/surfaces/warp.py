"""A surface and the size of what it shows go in; the tables come out by which it is drawn: from where each pixel comes, and how much of it.

Maps go from pixels of the output to pixels of the picture, middles on middles, in the whole and 1/32 pixels that cv2.remap is
fastest by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from projection.boxes import Box
from projection.surfaces.maps import Maps, box_of, unit_maps
from projection.surfaces.model import Surface
from projection.surfaces.painted import Painting
from projection.surfaces.tessellation import tessellate
from projection.surfaces.weights import weigh


@dataclass(frozen=True, eq=False)
class Warp:
    """How a surface is drawn: `cv2.remap(picture, whole, part, cv2.INTER_LINEAR)` is what lies in its box, times its weights.

    Every pixel comes from within the part of the picture that is shown, so that any border mode will do.

    Args:
        box: left, top, right, bottom in pixels of the output, the last two beyond it; nothing is drawn outside.
        whole: (h, w, 2) int16: whole pixels of the picture, across and down (CV_16SC2).
        part: (h, w) uint16: parts of pixels (CV_16UC1).
        weights: (h, w) uint8: how much is seen, from masks, faded edges and a rim that is smooth over a pixel; None where all of it is.
    """

    box: Box
    whole: np.ndarray
    part: np.ndarray
    weights: np.ndarray | None

    @property
    def is_empty(self) -> bool:
        """Whether all of it lies beside the output."""
        return self.box.is_empty


def warp_maps(
    surface: Surface, output_size: tuple[int, int], source_size: tuple[int, int], *, paintings: Sequence[Painting | None] = ()
) -> Warp:
    """Make the tables of a surface.

    Args:
        output_size: (width, height) of what is drawn, in pixels.
        source_size: (width, height) of the picture that is shown, of which `surface.area` is seen.
        paintings: the picture of each mask; a painted one without leaves all.
    Raises:
        ValueError: its corners or its grid span nothing, which `check_surface` refuses in plain words.
    """
    import cv2

    triangles = tessellate(surface, output_size)
    box = box_of(triangles, output_size)
    if box.is_empty:
        return Warp(box, np.zeros((0, 0, 2), np.int16), np.zeros((0, 0), np.uint16), None)
    maps = unit_maps(surface, triangles, box, output_size)
    weights = weigh(surface, triangles, box, lambda: maps, output_size, paintings=paintings)
    return Warp(box, *cv2.convertMaps(*_to_picture(maps, surface, source_size), cv2.CV_16SC2), weights)


def weight_map(
    surface: Surface, output_size: tuple[int, int], *, paintings: Sequence[Painting | None] = ()
) -> tuple[Box, np.ndarray | None]:
    """The box and the weights of `warp_maps` alone, for those who find by themselves where pixels come from."""
    triangles = tessellate(surface, output_size)
    box = box_of(triangles, output_size)
    if box.is_empty:
        return box, None
    find_maps = partial(unit_maps, surface, triangles, box, output_size)
    return box, weigh(surface, triangles, box, find_maps, output_size, paintings=paintings)


def _to_picture(maps: Maps, surface: Surface, source_size: tuple[int, int]) -> Maps:
    """Make points of the unit square, where they lie, places in a picture, by the numbers of the middles of its pixels.

    None lies beyond the area that is shown: its outermost pixels go on for ever, and one narrower than a pixel has its middle.
    """
    left, top, right, bottom = surface.area
    for along, low, high in (
        (maps[0], left * source_size[0], right * source_size[0]),
        (maps[1], top * source_size[1], bottom * source_size[1]),
    ):
        along *= np.float32(high - low)
        along += np.float32(low - 0.5)
        middle = (low + high - 1) / 2
        np.clip(along, min(low, middle), max(high - 1, middle), out=along)
    return maps
