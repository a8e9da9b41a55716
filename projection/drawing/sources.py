"""Pictures of layers go in as they come; each comes out with its Look and, where it is asked for, smaller."""

from __future__ import annotations

from functools import partial
from math import floor, log2

import cv2
import numpy as np

from live.shared import Shared
from projection.drawing.boxes import NOTHING, Box, around, seen_of, whole
from projection.drawing.grading import Grade
from projection.drawing.hands import Hands, Spare
from projection.look import Look

_STRIP_BYTES = 1 << 18
"""Of a picture that is worked on at a time: a few of them stay near a processor."""


def halvings(shrink: float) -> int:
    """How often a picture is halved before it is sampled, of which there are `shrink` pixels to one that is drawn, along a side.

    Bilinear samples miss nothing up to 2; with a little less, little shimmers and nothing is blurred.
    """
    return max(0, floor(log2(shrink) + 0.25)) if shrink > 1 else 0


def strip_rows(width: int) -> int:
    """How many rows of that many pixels to work on at a time."""
    return max(1, _STRIP_BYTES // (4 * max(1, width)))


class Source:
    """A picture that changes, and smaller copies of it, which are made when they are asked for and kept while it stands.

    Args:
        is_opaque: whether the fourth channel is 255 everywhere.
        version: counts its pictures.
        changed: the box in which it is another one than the one before.
    """

    def __init__(self) -> None:
        self.picture = np.zeros((1, 1, 4), np.uint8)
        self.changed = NOTHING
        self.is_opaque = True
        self.version = 0
        self._smaller: list[np.ndarray] = []
        self._n_fresh = 0

    @property
    def size_px(self) -> tuple[int, int]:
        return self.picture.shape[1], self.picture.shape[0]

    def put(self, picture: np.ndarray, *, is_opaque: bool = True, changed: Box | None = None) -> None:
        """From now on it is another one, (H, W, 4) uint8, which is not copied.

        Args:
            changed: the box in which it differs from the one before; all of it where that is not known.
        """
        self.picture, self.is_opaque, self.changed = picture, is_opaque, changed or whole(picture)
        self.version += 1
        self._n_fresh = 0

    def halved(self, n: int) -> np.ndarray:
        """It, halved n times."""
        while self._n_fresh < n:
            larger = self.halved(self._n_fresh)
            size = halved_size((larger.shape[1], larger.shape[0]), 1)
            kept = _kept(self._smaller[self._n_fresh] if self._n_fresh < len(self._smaller) else None, size)
            self._smaller[self._n_fresh : self._n_fresh + 1] = [cv2.resize(larger, size, dst=kept, interpolation=cv2.INTER_AREA)]
            self._n_fresh += 1
        return self._smaller[n - 1] if n else self.picture


def halved_size(size_px: tuple[int, int], n: int) -> tuple[int, int]:
    """(width, height) of a picture halved n times: never less than a pixel."""
    wide, high = size_px
    for _ in range(n):
        wide, high = (wide + 1) // 2, (high + 1) // 2
    return wide, high


class LayerSource(Source):
    """The newest picture of a layer, with its Look.

    Args:
        seen: the box outside of which it is nothing at all.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = Box(0, 0, 1, 1)
        self._of: tuple[object, ...] = ()
        self._changed: np.ndarray | None = None
        self._changed_in = NOTHING

    def take(self, shared: Shared, look: Look, hands: Hands) -> None:
        """Take over a picture, with a look (that of a placing, say), unless it is the same as before."""
        of = (shared.number, shared.time_s, shared.picture.shape, *(getattr(look, name) for name in Look.model_fields))
        if of == self._of:
            return
        self._of = of
        self.seen = whole(shared.picture) if shared.is_opaque else seen_of(shared.picture)
        self.put(shared.picture if look.is_plain else self._with_look(shared, look, hands), is_opaque=shared.is_opaque)

    def _with_look(self, shared: Shared, look: Look, hands: Hands) -> np.ndarray:
        """A copy with its Look; what is nothing stays so."""
        if self._changed is None or self._changed.shape != shared.picture.shape:
            self._changed, self._changed_in = np.zeros(shared.picture.shape, np.uint8), NOTHING
        box, self._changed_in = around([self._changed_in, self.seen]), self.seen
        grade, changed = Grade(look), self._changed

        def work(strip: Box, spare: Spare) -> None:
            grade.change(strip.of(shared.picture), out=strip.of(changed), is_opaque=shared.is_opaque, spare=spare)

        hands.do([partial(work, strip) for strip in box.strips(strip_rows(box.width))])
        return changed


def _kept(before: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    """Memory for a picture of (width, height): what was there before, if that fits."""
    if before is not None and before.shape[:2] == size[::-1]:
        return before
    return np.empty((size[1], size[0], 4), np.uint8)
