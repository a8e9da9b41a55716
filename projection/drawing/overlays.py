"""Pictures are laid over what is shown, and taken off again: what lay below comes back without being drawn anew."""

from __future__ import annotations

from functools import partial

import numpy as np

from projection.boxes import NOTHING, Box, around, seen_of, whole
from projection.drawing.blending import Upper, normal
from projection.drawing.hands import Hands, Spare
from projection.drawing.sources import strip_rows


class Overlays:
    """What lies over a target, (H, W, 4) uint8. However much it is, what lies below is kept once."""

    def __init__(self, target: np.ndarray, hands: Hands) -> None:
        self._target, self._hands = target, hands
        self._below: np.ndarray | None = None
        self._kept = NOTHING

    def lay(self, picture: np.ndarray, *, at_px: tuple[int, int]) -> None:
        """Lay a picture, multiplied by its opaqueness, over what is there, with its top left corner at a place (x, y)."""
        box = seen_of(np.ascontiguousarray(picture)).moved(*at_px).within(whole(self._target))
        self._keep(box)

        def work(strip: Box, spare: Spare) -> None:
            onto, over = strip.of(self._target), strip.moved(-at_px[0], -at_px[1]).of(picture)
            normal(onto, Upper(over), onto, spare)

        self._hands.do([partial(work, strip) for strip in box.strips(strip_rows(box.width))] if not box.is_empty else [])

    def take_off(self) -> bool:
        """Put back what lay below all of them, and tell whether there was any."""
        had_any = self._below is not None and not self._kept.is_empty
        if self._below is not None:
            np.copyto(self._kept.of(self._target), self._kept.of(self._below))
        self._kept = NOTHING
        return had_any

    def _keep(self, box: Box) -> None:
        """Keep what lies below a box, as far as it is not kept already."""
        if self._below is None:
            self._below = np.zeros(self._target.shape, np.uint8)
        kept, self._kept = self._kept, around([self._kept, box])
        for part in self._kept.beside(kept):
            np.copyto(part.of(self._below), part.of(self._target))
