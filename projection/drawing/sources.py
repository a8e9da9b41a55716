"""Pictures of layers go in as they come; each comes out with its Look and, where it is asked for, smaller."""

from __future__ import annotations

from functools import partial
from math import floor, log2

import cv2
import numpy as np

from live.shared import Shared
from projection.boxes import NOTHING, Box, around, seen_of, whole
from projection.drawing.grading import Grade
from projection.drawing.hands import Hands, Spare
from projection.look import Look

_STRIP_BYTES = 1 << 18
"""Of a picture that is worked on at a time: a few of them stay near a processor."""
_N_COPIED = 3600
"""Pictures of a layer that are copied after one that was written over while it was drawn: it is slow here, and will be for a while."""
N_LOOKS = 8
"""How often to look at pictures that are written over again and again while they are copied; the second look is mostly enough."""


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

    It is drawn from where it lies in shared memory, unless that was too slow before: then it is copied.

    Args:
        seen: the box outside of which it is nothing at all.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = Box(0, 0, 1, 1)
        self._shared: Shared | None = None
        self._of: tuple[object, ...] = ()
        self._changed: np.ndarray | None = None
        self._changed_in = NOTHING
        self._copy: np.ndarray | None = None
        self._n_to_copy = 0

    @property
    def is_torn(self) -> bool:
        """Whether somebody has begun to write over it: what was drawn from it may be of two pictures."""
        return self._shared is not None and not self._shared.is_whole

    def take(self, shared: Shared, look: Look, hands: Hands) -> None:
        """Take over a picture, with a look (that of a placing, say), unless it is the same as before; when all is drawn, ask `is_torn`."""
        if _told_apart(shared, look) == self._of:
            return
        if self._n_to_copy:
            self._n_to_copy -= 1
            shared = self._copied(shared, hands)
        self._shared, self._of = shared, _told_apart(shared, look)
        self.seen = whole(shared.picture) if shared.is_opaque else seen_of(shared.picture)
        self.put(shared.picture if look.is_plain else self._with_look(shared, look, hands), is_opaque=shared.is_opaque)

    def beware(self) -> None:
        """Take over a picture anew, and copy it, and those after it: there is no time to draw from where they lie."""
        self._of, self._n_to_copy = (), _N_COPIED

    def _copied(self, shared: Shared, hands: Hands) -> Shared:
        """A copy of a picture, or of the one that has taken its place meanwhile."""
        for _ in range(N_LOOKS):
            shared = shared if shared.is_whole else shared.newest()
            copy = self._copy = _kept(self._copy, (shared.picture.shape[1], shared.picture.shape[0]))
            strips = whole(copy).strips(strip_rows(copy.shape[1]))
            hands.do([partial(_copy_strip, shared.picture, copy, strip) for strip in strips])
            if shared.is_whole:
                break
        return Shared(copy, shared.number, shared.time_s, shared.is_opaque)

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


def _told_apart(shared: Shared, look: Look) -> tuple[object, ...]:
    """What is the same where a picture is, and looks the same."""
    return shared.number, shared.time_s, shared.picture.shape, *(getattr(look, name) for name in Look.model_fields)


def _copy_strip(picture: np.ndarray, copy: np.ndarray, strip: Box, _: Spare) -> None:
    np.copyto(strip.of(copy), strip.of(picture))


def _kept(before: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    """Memory for a picture of (width, height): what was there before, if that fits."""
    if before is not None and before.shape[:2] == size[::-1]:
        return before
    return np.empty((size[1], size[0], 4), np.uint8)
