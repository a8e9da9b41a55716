"""Surfaces and what they show go in; patches come out, which draw them into the target, each for itself and only when it must.

Pixels that come from where a full, opaque surface lies are remapped straight into the target; only where a surface is seen in part, or
something shines through it, are they weighed and blended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from projection.boxes import NOTHING, Box, whole
from projection.drawing.blending import Upper, in_all_channels, normal
from projection.drawing.grading import Grade
from projection.drawing.hands import Spare
from projection.drawing.shapes import Shape
from projection.drawing.sources import Source, halved_size, halvings
from projection.drawing.tiles import Seen, cut_out, kinds_of
from projection.look import PLAIN
from projection.surfaces.model import Surface
from projection.surfaces.tessellation import shrink, tessellate
from projection.surfaces.warp import Warp, warp_maps

_DRAWN = 20
EVERYWHERE = Box(-(1 << 20), -(1 << 20), 1 << 20, 1 << 20)


@dataclass(frozen=True, eq=False)
class Table:
    """How a surface is drawn from a picture of some size, which is halved first.

    Args:
        source_px: (width, height) of the picture when it has been halved.
        kinds: of the output's tiles (`tiles.kinds_of`).
    """

    warp: Warp
    source_px: tuple[int, int]
    n_halvings: int
    kinds: np.ndarray


def make_table(shape: Shape, output_px: tuple[int, int], source_px: tuple[int, int]) -> Table:
    """Make a surface's table; most of the work of drawing that a change of its shape makes.

    Raises:
        ValueError: its corners span nothing.
    """
    surface = shape.surface
    n = halvings(shrink(surface, source_px, tessellate(surface, output_px).area_px(output_px)))
    smaller_px = halved_size(source_px, n)
    warp = warp_maps(surface, output_px, smaller_px, paintings=shape.paintings)
    return Table(warp, smaller_px, n, kinds_of(warp.box, warp.weights, output_px))


class Face:
    """A surface as it is drawn just now.

    Args:
        picture: what it shows, halved as its table wants.
        changed: the box of that in which it is not as it was drawn last.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.picture = np.zeros((1, 1, 4), np.uint8)
        self.is_opaque = True
        self.opacity = 1.0
        self.grade: Grade | None = None
        self.changed = EVERYWHERE
        self._look = PLAIN
        self._source: Source | None = None
        self._version = 0

    def show(self, surface: Surface, source: Source) -> None:
        """From now on it looks like this."""
        self.changed = self._new_of(source)
        self._source, self._version = source, source.version
        self.picture, self.is_opaque = source.halved(self.table.n_halvings), source.is_opaque
        if (surface.opacity, surface.look) != (self.opacity, self._look):
            self.changed = EVERYWHERE
        self.opacity = surface.opacity
        if surface.look != self._look:
            self._look, self.grade = surface.look, None if surface.look.is_plain else Grade(surface.look)

    def _new_of(self, source: Source) -> Box:
        """The box, in the halved picture, of what is another than it was last."""
        if source is self._source and source.version == self._version:
            return NOTHING
        if source is not self._source or source.version != self._version + 1 or source.changed.covers(whole(source.picture)):
            return EVERYWHERE
        grain = 2**self.table.n_halvings
        return Box(*(side // grain for side in source.changed)).grown(1)


class _Fetch:
    """Where a rectangle of a face comes from.

    Args:
        reads: the box of its picture that it comes from.
    """

    def __init__(self, face: Face, box: Box) -> None:
        self._face = face
        within = _in_table(face, box)
        # Of their own, one after the other in memory, which is quicker than rows of a large table.
        self._whole, self._part = within.of(face.table.warp.whole).copy(), within.of(face.table.warp.part).copy()
        self._copied = _copied(self._whole, self._part)
        _keep_off_edges(self._whole, self._part, face.table.source_px)
        if face.table.warp.weights is not None:
            _forget_unseen(self._whole, self._part, within.of(face.table.warp.weights))
        self.reads = _reads(self._whole)

    @property
    def is_stale(self) -> bool:
        """Whether something of it has changed."""
        changed = self._face.changed
        return changed is EVERYWHERE or not (changed is NOTHING or self.reads.within(changed).is_empty)

    def draw(self, onto: np.ndarray, spare: Spare) -> None:
        """Draw it, with the face's Look, onto memory of its size."""
        face = self._face
        if self._copied is not None:
            np.copyto(onto, self._copied.of(face.picture))
        else:
            cv2.remap(face.picture, self._whole, self._part, cv2.INTER_LINEAR, dst=onto, borderMode=cv2.BORDER_REPLICATE)
        if face.grade is not None:
            face.grade.change(onto, out=onto, is_opaque=face.is_opaque, spare=spare)


class _Ground:
    """A rectangle of a face with nothing below it."""

    def __init__(self, face: Face, target: np.ndarray, seen: Seen) -> None:
        box, part = seen.box.within(_lies(face)), seen.part.within(_lies(face))
        self._face, self.fetch, self._onto = face, _Fetch(face, box), box.of(target)
        self._bare = None if box == seen.box else seen.box.of(target)
        self._weights, self._in_part = _weights(face, part), part.of(target)

    def draw(self, spare: Spare) -> None:
        if self._bare is not None:
            self._bare.fill(0)
        self.fetch.draw(self._onto, spare)
        if self._weights is not None:
            cv2.multiply(self._in_part, self._weights, dst=self._in_part, scale=1 / 255)
        if self._face.opacity < 1:
            cv2.convertScaleAbs(self._onto, dst=self._onto, alpha=self._face.opacity)


class _Over:
    """A rectangle of a face that is laid over others."""

    def __init__(self, face: Face, target: np.ndarray, seen: Seen) -> None:
        box = seen.box.within(_lies(face))
        self._face, self.fetch, self._onto = face, _Fetch(face, box), box.of(target)
        self._weights = None if seen.part.is_empty else _weights(face, box)
        self._rest = None if self._weights is None else cv2.bitwise_not(self._weights)

    def draw(self, spare: Spare) -> None:
        onto, opacity = self._onto, self._face.opacity
        drawn = spare(_DRAWN, onto.shape[0], onto.shape[1])
        self.fetch.draw(drawn, spare)
        if self._weights is not None:
            cv2.multiply(drawn, self._weights, dst=drawn, scale=1 / 255)
        if self._rest is not None and self._face.is_opaque and opacity == 1:
            cv2.multiply(onto, self._rest, dst=onto, scale=1 / 255)
            cv2.add(onto, drawn, dst=onto)
        else:
            normal(onto, Upper(drawn, opacity), onto, spare)


class Patch:
    """A rectangle of the target with one face at the bottom, which is drawn straight into it, and others over that.

    Args:
        seen: from the lowest to the highest.
    """

    def __init__(self, target: np.ndarray, seen: Sequence[tuple[Face, Seen]]) -> None:
        lowest, *above = seen
        self._ground = _Ground(lowest[0], target, lowest[1])
        self._overs = [_Over(face, target, how) for face, how in above]
        self._is_drawn = False

    @property
    def is_stale(self) -> bool:
        """Whether something that is seen in it is not as it was drawn."""
        return not self._is_drawn or self._ground.fetch.is_stale or any(over.fetch.is_stale for over in self._overs)

    def draw(self, spare: Spare) -> None:
        """Draw it anew."""
        self._ground.draw(spare)
        for over in self._overs:
            over.draw(spare)
        self._is_drawn = True


PatchKey = tuple[tuple[Face, Box, Box], ...]


def cut_up(target: np.ndarray, faces: Sequence[Face], hides: Sequence[bool], kept: Mapping[PatchKey, Patch]) -> dict[PatchKey, Patch]:
    """Patches that together draw faces into a target, from the lowest to the highest; where none lies, it becomes black now.

    Args:
        hides: whether each face hides what lies below it, where it is full.
        kept: those of before; one that would be the same again is taken over.
    """
    cuts, empty = cut_out([face.table.kinds for face in faces], hides, (target.shape[1], target.shape[0]))
    for box in empty:
        box.of(target).fill(0)
    # Those that take longest come first: nobody is left waiting for the last.
    costly = sorted(cuts, key=lambda cut: sum(seen.box.width * seen.box.height for seen in cut.seen), reverse=True)
    patches: dict[PatchKey, Patch] = {}
    for cut in costly:
        key = tuple((faces[seen.number], seen.box, seen.part) for seen in cut.seen)
        patches[key] = kept.get(key) or Patch(target, [(faces[seen.number], seen) for seen in cut.seen])
    return patches


def _weights(face: Face, box: Box) -> np.ndarray | None:
    """(h, w, 4): how much is seen of a box of the output, in all channels; None where all of it is."""
    weights = face.table.warp.weights
    if weights is None or box.is_empty:
        return None
    return in_all_channels(_in_table(face, box).of(weights), np.empty((box.height, box.width, 4), np.uint8))


def _lies(face: Face) -> Box:
    """The pixels of the output that a face has a table for."""
    return face.table.warp.box


def _in_table(face: Face, box: Box) -> Box:
    """A box of the output in the pixels of a face's table."""
    lies = _lies(face)
    return box.moved(-lies.left, -lies.top)


def _keep_off_edges(whole: np.ndarray, part: np.ndarray, picture_px: tuple[int, int]) -> None:
    """Have what comes from the last column or row of a picture come from 1/32 before it: it takes cv2 far longer to see what lies beyond."""
    for axis, (length, all_parts) in enumerate(zip(picture_px, (31, 31 << 5), strict=True)):
        is_last = whole[..., axis] == length - 1
        if length > 1 and is_last.any():
            whole[..., axis][is_last] = length - 2
            part[is_last] |= all_parts


def _forget_unseen(whole: np.ndarray, part: np.ndarray, weights: np.ndarray) -> None:
    """Have pixels that are not seen come from where one that is seen comes from, all of them the same."""
    is_unseen = weights == 0
    if is_unseen.any():
        first = np.unravel_index(np.argmax(weights), weights.shape)
        whole[is_unseen], part[is_unseen] = whole[first], part[first]


def _reads(whole: np.ndarray) -> Box:
    """The box of a picture that a map (h, w, 2) reads from."""
    lows, highs = cv2.reduce(whole, 0, cv2.REDUCE_MIN)[0].min(axis=0), cv2.reduce(whole, 0, cv2.REDUCE_MAX)[0].max(axis=0)
    return Box(int(lows[0]), int(lows[1]), int(highs[0]) + 2, int(highs[1]) + 2)


def _copied(whole: np.ndarray, part: np.ndarray) -> Box | None:
    """The box of a picture that a map moves by whole pixels, if it does no more to it."""
    height, width = part.shape
    first = whole[0, 0]
    if tuple(whole[-1, -1] - first) != (width - 1, height - 1) or part.any():
        return None
    is_moved = (whole[..., 0] - first[0] == np.arange(width)).all() and (whole[..., 1] - first[1] == np.arange(height)[:, None]).all()
    return Box(0, 0, width, height).moved(int(first[0]), int(first[1])) if is_moved else None
