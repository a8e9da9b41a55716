"""Layers and how they lie go in; the stage comes out, on which they are laid one over the other, made anew only where something changed.

Where a single layer is all that is seen, and of the stage's size, its own picture is the stage, and nothing is copied at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from projection.boxes import NOTHING, Box, around
from projection.drawing.blending import BLENDS, Upper, in_all_channels
from projection.drawing.hands import Hands, Spare
from projection.drawing.placing import Lie, SizePx, lie
from projection.drawing.rims import LITTLE_PX, Rim
from projection.drawing.sources import LayerSource, Source, halvings, strip_rows
from projection.scene import Blend, Placing

_RIM = 20
_TILE_PX = (256, 128)
"""What is turned at a time: near in the picture, however it is turned."""
_BACKWARD = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


class Laid:
    """A layer's picture as it lies on a stage of (width, height).

    Args:
        picture: what is seen of it there, (h, w, 4) uint8, in its box of the stage; its own memory, or the layer's.
        is_opaque: whether nothing shines through within the box.
        version: counts what it has been.
    """

    def __init__(self, stage_px: SizePx) -> None:
        self.picture: np.ndarray = np.zeros((0, 0, 4), np.uint8)
        self.box = NOTHING
        self.is_opaque = True
        self.version = 0
        self._stage_px = stage_px
        self._of: tuple[object, ...] = ()
        self._how: Lie | None = None
        self._shift: tuple[int, int] | None = None
        self._drawn: np.ndarray | None = None

    def lay(self, source: LayerSource, placing: Placing, hands: Hands) -> None:
        """Draw it, unless it is as before."""
        how = lie(placing, source.size_px, self._stage_px)
        if (source, source.version, how) == self._of:
            return
        self._of = source, source.version, how
        self.version += 1
        if how is not self._how:
            self._how, self._shift = how, _whole_shift(how)
        if self._shift is not None:
            self._show(source, self._shift, how)
            return
        smaller = source.halved(halvings(how.shrink))
        part = _part_of(smaller, source, how)
        if source.is_opaque and _is_whole(part) and _fills_pixels(how, self._stage_px):
            self._resize(Box(*(round(side) for side in part)).of(smaller), how)
        else:
            self._turn(source, smaller, how, hands)

    def _show(self, source: LayerSource, shift: tuple[int, int], how: Lie) -> None:
        """Pixels on pixels: the layer's own memory will do."""
        part = Box(*(round(side) for side in how.part_px)).within(source.seen)
        self.box = part.moved(*shift).within(self._stage)
        self.is_opaque = source.is_opaque
        self.picture = self.box.moved(-shift[0], -shift[1]).of(source.picture) if not self.box.is_empty else source.picture[:0, :0]

    def _resize(self, part: np.ndarray, how: Lie) -> None:
        """Whole pixels of the picture on whole pixels of the stage, neither turned nor cut off."""
        self.box, self.is_opaque = _box(how.corners_px), True
        self.picture = cv2.resize(part, (self.box.width, self.box.height), dst=self.box.of(self._memory()), interpolation=cv2.INTER_LINEAR)

    def _turn(self, source: LayerSource, smaller: np.ndarray, how: Lie, hands: Hands) -> None:
        """Any way that it lies."""
        self.box = _landing(source, how).within(self._stage)
        self.picture, rim = self.box.of(self._memory()), Rim(how)
        self.is_opaque = source.is_opaque and rim.covers(self.box)
        to_picture = (_to_pixels_of(smaller, source.size_px) @ _square(cv2.invertAffineTransform(how.to_stage)) @ _MIDDLES)[:2]

        def work(tile: Box, spare: Spare) -> None:
            drawn = tile.moved(-self.box.left, -self.box.top).of(self.picture)
            if rim.misses(tile):
                drawn.fill(0)
                return
            matrix = np.column_stack([to_picture[:, :2], to_picture @ (tile.left, tile.top, 1)])
            cv2.warpAffine(smaller, matrix, (tile.width, tile.height), dst=drawn, flags=_BACKWARD, borderMode=cv2.BORDER_REPLICATE)
            if not rim.covers(tile):
                weights = in_all_channels(rim.weights(tile, spare), spare(_RIM, tile.height, tile.width))
                cv2.multiply(drawn, weights, dst=drawn, scale=1 / 255)

        hands.do([partial(work, tile) for strip in self.box.strips(_TILE_PX[1]) for tile in strip.columns(_TILE_PX[0])])

    @property
    def _stage(self) -> Box:
        return Box(0, 0, *self._stage_px)

    def _memory(self) -> np.ndarray:
        if self._drawn is None:
            self._drawn = np.zeros((self._stage_px[1], self._stage_px[0], 4), np.uint8)
        return self._drawn


_MIDDLES = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
"""From the numbers of pixels to where their middles are."""


def _to_pixels_of(smaller: np.ndarray, size_px: SizePx) -> np.ndarray:
    """(3, 3): from places of a picture to the numbers of the pixels, of a smaller copy of it, whose middles are there."""
    return np.array([[smaller.shape[1] / size_px[0], 0, -0.5], [0, smaller.shape[0] / size_px[1], -0.5], [0, 0, 1]])


def _square(matrix: np.ndarray) -> np.ndarray:
    return np.vstack([matrix, [0, 0, 1]])


def _whole_shift(how: Lie) -> tuple[int, int] | None:
    """By how many whole pixels a picture is moved, if that is all that happens to it."""
    across, down = how.to_stage[:, 2].round()
    is_one = np.allclose(how.to_stage, [[1, 0, across], [0, 1, down]], atol=1e-6)
    return (int(across), int(down)) if is_one and _is_whole(how.part_px) else None


def _fills_pixels(how: Lie, stage_px: SizePx) -> bool:
    """Whether whole pixels of the picture lie on whole pixels of the stage, all within it, and unturned."""
    is_unturned = how.to_stage[0, 1] == how.to_stage[1, 0] == 0 and how.to_stage[0, 0] > 0 and how.to_stage[1, 1] > 0
    places = how.corners_px
    is_whole = bool(np.allclose(places, places.round(), atol=LITTLE_PX))
    return is_unturned and is_whole and not _box(places).is_empty and Box(0, 0, *stage_px).covers(_box(places))


def _part_of(smaller: np.ndarray, source: LayerSource, how: Lie) -> tuple[float, ...]:
    """The part of a picture that is shown, in pixels of a smaller copy."""
    scales = np.array(smaller.shape[1::-1]) / source.size_px
    return tuple((np.array(how.part_px) * np.tile(scales, 2)).tolist())


def _is_whole(part: tuple[float, ...]) -> bool:
    """Whether it begins and ends with whole pixels."""
    return all(float(side).is_integer() for side in part)


def _landing(source: LayerSource, how: Lie) -> Box:
    """The pixels that a picture touches: those of what is seen of it."""
    grain = 2 ** halvings(how.shrink)  # a pixel of a smaller copy has something of all that it was made from
    seen = source.seen.grown(2 * grain)
    left, top, right, bottom = how.part_px
    low, high = np.maximum([left, top], seen[:2]), np.minimum([right, bottom], seen[2:])
    corners = np.array([(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])])
    return _box(corners @ how.to_stage[:, :2].T + how.to_stage[:, 2]).grown(1) if (high > low).all() else NOTHING


def _box(places: np.ndarray) -> Box:
    """The whole pixels that hold places (n, 2), but for what is less than a thousandth."""
    low, high = np.floor(places.min(axis=0) + LITTLE_PX), np.ceil(places.max(axis=0) - LITTLE_PX)
    return Box(*(int(side) for side in (*low, *high)))


@dataclass(frozen=True)
class _Entry:
    """What a layer on the stage was when it was last drawn."""

    laid: Laid
    version: int
    box: Box
    blend: Blend
    opacity: float

    def covers(self, box: Box) -> bool:
        """Whether nothing below it is seen in a box."""
        return self.blend == "normal" and self.opacity == 1 and self.laid.is_opaque and self.box.covers(box)

    def part(self, box: Box) -> np.ndarray:
        """What is seen of it in a box of the stage that it covers."""
        return box.moved(-self.box.left, -self.box.top).of(self.laid.picture)


class Stage(Source):
    """Where layers are laid one over the other, (width, height)."""

    def __init__(self, size_px: SizePx, hands: Hands) -> None:
        super().__init__()
        self._hands = hands
        self._memory: np.ndarray | None = None
        self._box = Box(0, 0, *size_px)
        self._laid: dict[str, Laid] = {}
        self._entries: list[_Entry] | None = None

    def lay(self, layers: Sequence[tuple[str, LayerSource, Placing]]) -> None:
        """Lay layers, of (name, picture, how it lies), from the lowest to the highest, where they are not as before."""
        for gone in self._laid.keys() - {name for name, _, _ in layers}:
            del self._laid[gone]
        entries = [self._enter(name, source, placing) for name, source, placing in layers]
        changed = self._changed(entries)
        self._entries = entries
        if not changed.is_empty:
            self._draw(entries, changed)

    def _enter(self, name: str, source: LayerSource, placing: Placing) -> _Entry:
        laid = self._laid.setdefault(name, Laid((self._box.width, self._box.height)))
        laid.lay(source, placing, self._hands)
        return _Entry(laid, laid.version, laid.box, placing.blend, placing.opacity)

    def _changed(self, entries: list[_Entry]) -> Box:
        """The box in which layers differ from those that were laid last."""
        before = self._entries
        if before is None or [entry.laid for entry in before] != [entry.laid for entry in entries]:
            return self._box
        return around(entry.box for pair in zip(before, entries, strict=True) if pair[0] != pair[1] for entry in pair)

    def _draw(self, entries: list[_Entry], changed: Box) -> None:
        if entries and entries[-1].covers(self._box):
            self.put(entries[-1].laid.picture)
            return
        if self._memory is None:
            self._memory = np.zeros((self._box.height, self._box.width, 4), np.uint8)
        self._hands.do([partial(_compose, self._memory, entries, strip) for strip in changed.strips(strip_rows(changed.width))])
        self.put(self._memory, changed=changed)


_BLACK = np.array([0, 0, 0, 255], np.uint8).view(np.uint32)[0]
"""A pixel."""


def _compose(stage: np.ndarray, entries: list[_Entry], strip: Box, spare: Spare) -> None:
    """Lay layers over one another within a strip of the stage."""
    lowest = max((n for n, entry in enumerate(entries) if entry.covers(strip)), default=-1)
    onto = strip.of(stage)
    if lowest < 0:
        onto.view(np.uint32).fill(_BLACK)
        below = onto
    else:
        below = entries[lowest].part(strip)
    for entry in entries[lowest + 1 :]:
        shared = strip.within(entry.box)
        if shared != strip and below is not onto:
            np.copyto(onto, below)
            below = onto
        if not shared.is_empty:
            upper = Upper(entry.part(shared), entry.opacity, entry.laid.is_opaque)
            within = shared.moved(-strip.left, -strip.top)
            BLENDS[entry.blend](within.of(below), upper, within.of(onto), spare)
            below = onto
    if below is not onto:
        np.copyto(onto, below)
