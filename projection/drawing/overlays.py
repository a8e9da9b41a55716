"""Pictures are laid over what is shown, and taken off again: what lay below comes back without being drawn anew."""

from __future__ import annotations

from functools import partial

import numpy as np

from projection.drawing.blending import Upper, normal
from projection.drawing.boxes import Box, seen_of, whole
from projection.drawing.hands import Hands, Spare
from projection.drawing.sources import strip_rows


class Overlays:
    """What lies over a target, (H, W, 4) uint8."""

    def __init__(self, target: np.ndarray, hands: Hands) -> None:
        self._target, self._hands = target, hands
        self._kept: list[np.ndarray] = []
        self._boxes: list[Box] = []

    def lay(self, picture: np.ndarray, *, at_px: tuple[int, int]) -> None:
        """Lay a picture, multiplied by its opaqueness, over what is there, with its top left corner at a place (x, y)."""
        box = seen_of(np.ascontiguousarray(picture)).moved(*at_px).within(whole(self._target))
        if box.is_empty:
            return
        # What lies within one that was laid before comes back with what that one lies over.
        if not any(before.covers(box) for before in self._boxes):
            np.copyto(box.of(self._kept_below(box)), box.of(self._target))

        def work(strip: Box, spare: Spare) -> None:
            onto, over = strip.of(self._target), strip.moved(-at_px[0], -at_px[1]).of(picture)
            normal(onto, Upper(over), onto, spare)

        self._hands.do([partial(work, strip) for strip in box.strips(strip_rows(box.width))])

    def _kept_below(self, box: Box) -> np.ndarray:
        """Memory for what lies below one more."""
        self._boxes.append(box)
        if len(self._boxes) > len(self._kept):
            self._kept.append(np.zeros(self._target.shape, np.uint8))
        return self._kept[len(self._boxes) - 1]

    def take_off(self) -> bool:
        """Put back what lay below all of them, and tell whether there was any."""
        had_any = bool(self._boxes)
        while self._boxes:
            box = self._boxes.pop()
            np.copyto(box.of(self._target), box.of(self._kept[len(self._boxes)]))
        return had_any
