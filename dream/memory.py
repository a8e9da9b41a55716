"""An engine and a picture go in; it climbs a step in what memory there is: whole, or else in tiles, the smaller the less there is."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor

from dream.ascent import WHOLE_PX, Ascent
from dream.tiles import TILE_PX, step_in_tiles
from media.errors import UserError

_SIDES_PX = (WHOLE_PX, TILE_PX, TILE_PX // 2, TILE_PX // 4, TILE_PX // 8)
_FULL = ("out of memory", "can't allocate memory", "alloc_failed")
"""What torch says where it has no error of its own for it: on Apple's, and on the processor."""

_LOG = logging.getLogger(__name__)
"""Wherever it happens, a person is to be told: what nobody catches, Python writes to the screen."""


class Climber:
    """Climbs as an Ascent does, and goes over to tiles where memory does not suffice, which it tells; from then on it does so at once."""

    def __init__(self, ascent: Ascent) -> None:
        self._ascent = ascent

    @property
    def side_px(self) -> int:
        """Side of the largest tile that there has been room for; the engine keeps it, from picture to picture."""
        return self._ascent.side_px

    @side_px.setter
    def side_px(self, side: int) -> None:
        self._ascent.side_px = side

    def balance(self, pictures: Tensor) -> None:
        """As Ascent.balance; by the middle of pictures where there is no room for all of them."""

        def work(side: int) -> Tensor:
            self._ascent.balance(_middle(pictures, side))
            return pictures

        self._fitted(pictures, work)

    def step(self, pictures: Tensor, *, by: float | Tensor, most_px: int = WHOLE_PX) -> Tensor:
        """As Ascent.step.

        Args:
            most_px: side of a tile at most.
        Raises:
            UserError: there is no room for the smallest tiles either.
        """

        def work(side: int) -> Tensor:
            return self._ascent.step(pictures, by=by) if side == WHOLE_PX else self._step_in_tiles(pictures, by, side)

        return self._fitted(pictures, work, most_px=most_px)

    def _step_in_tiles(self, pictures: Tensor, by: float | Tensor, side: int) -> Tensor:
        # What fails on the way must not leave a picture half changed on a device: it is worked on beside it.
        here = pictures.cpu()
        score = step_in_tiles(self._ascent, here, by=by if isinstance(by, float) else by.cpu(), tile_px=side)
        if here is not pictures:
            pictures.copy_(here)
        return score

    def _fitted(self, pictures: Tensor, work: Callable[[int], Tensor], *, most_px: int = WHOLE_PX) -> Tensor:
        """What work comes to with the largest tiles that there is room for."""
        chance = self._ascent.generator.get_state()
        sides = [side for side in _SIDES_PX if side <= min(self.side_px, most_px)] if self._ascent.fits_tiles else [WHOLE_PX]
        for side in sides:
            if side != WHOLE_PX and side != sides[-1] and side >= max(pictures.shape[-2:]):
                continue  # it would be one tile
            self._ascent.generator.set_state(chance)
            done = _unless_full(work, side)
            if done is not None:
                return done
            self._step_down(side)
        name, what = f"--device {self._ascent.device.type}", "the picture" if sides[-1] == WHOLE_PX else f"tiles of {sides[-1]} pixels either"
        raise UserError(name, f"there is no memory for {what}", "Close what else uses it, or choose another device or --net.")

    def _step_down(self, side: int) -> None:
        """From now on tiles are smaller than these."""
        self._ascent.forget()
        _empty_cache(self._ascent.device)
        is_new = self.side_px == WHOLE_PX
        self.side_px = max((smaller for smaller in _SIDES_PX if smaller < side), default=_SIDES_PX[-1])
        if is_new and self._ascent.fits_tiles:
            _LOG.warning("dream: %s: out of memory; it goes on in tiles, which takes longer.", self._ascent.device.type)


def _middle(pictures: Tensor, side: int) -> Tensor:
    """The middle of pictures, no higher or wider than that."""
    top, left = (max(0, (size - side) // 2) for size in pictures.shape[-2:])
    return pictures[..., top : top + side, left : left + side]


def _unless_full(work: Callable[[int], Tensor], side: int) -> Tensor | None:
    """What work comes to; None where memory does not suffice for it."""
    try:
        return work(side)
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and not any(words in str(error).lower() for words in _FULL):
            raise
    return None  # out here, where the error holds nothing of it any more


def _empty_cache(device: torch.device) -> None:
    """Give back what torch keeps for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
