"""An engine and a picture go in; it climbs a step in what memory there is: whole, or else in tiles, the smaller the less there is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

import torch
from torch import Tensor

from dream.ascent import WHOLE_PX, Ascent
from dream.tiles import TILE_PX, step_in_tiles
from media.errors import UserError

_SIDES_PX = (WHOLE_PX, TILE_PX, TILE_PX // 2, TILE_PX // 4, TILE_PX // 8)
_FULL = ("out of memory", "not enough memory", "can't allocate memory", "bad_alloc", "alloc_failed", "unable to find an engine")
"""What torch says where it has no error of its own for it: on Apple's, on the processor, and of libraries that need room to work in."""

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

        self._fitted(pictures, lambda side: self._ascent.balance(_middle(pictures, side)))

    def strength(self, pictures: Tensor) -> float:
        """As Ascent.strength; of the middle of pictures where there is no room for all of them."""
        found: list[float] = []
        self._fitted(pictures, lambda side: found.append(self._ascent.strength(_middle(pictures, side))))
        return found[-1]

    def step(self, pictures: Tensor, *, by: float | Tensor, most_px: int = WHOLE_PX) -> None:
        """As Ascent.step.

        Args:
            most_px: side of a tile at most.
        Raises:
            UserError: there is no room for the smallest tiles either.
        """

        def work(side: int) -> None:
            if side == WHOLE_PX:
                self._ascent.step(pictures, by=by)
            else:
                self._step_in_tiles(pictures, by, side)

        self._fitted(pictures, work, most_px=most_px)

    def _step_in_tiles(self, pictures: Tensor, by: float | Tensor, side: int) -> None:
        # What fails on the way must not leave a picture half changed on a device: it is worked on beside it.
        here = pictures.cpu()
        step_in_tiles(self._ascent, here, by=by if isinstance(by, float) else by.cpu(), tile_px=side)
        if here is not pictures:
            pictures.copy_(here)

    def _fitted(self, pictures: Tensor, work: Callable[[int], object], *, most_px: int = WHOLE_PX) -> None:
        """Do work with the largest tiles that there is room for."""
        chance = self._ascent.generator.get_state()
        longest_px = max(pictures.shape[-2:])
        sides = [side for side in _SIDES_PX if side <= min(self.side_px, most_px)] if self._ascent.fits_tiles else [WHOLE_PX]
        if longest_px <= sides[0] and most_px == WHOLE_PX:
            sides = [WHOLE_PX, *(side for side in sides if side < longest_px)]  # a tile of all of it is the picture itself

        def is_done(side: int) -> bool:
            self._ascent.generator.set_state(chance)
            return _unless_full(work, side)

        for side in sides:
            if is_done(side):
                return
            if self._ascent.has_recordings:  # they take room that the work may lack: without them, it may fit after all
                self._forget()
                if is_done(side):
                    return
            self._step_down(side)
        name, what = f"--device {self._ascent.device.type}", "the picture" if sides[-1] == WHOLE_PX else f"tiles of {sides[-1]} pixels either"
        raise UserError(name, f"there is no memory for {what}", "Close what else uses it, or choose another device or --net.")

    def _step_down(self, side: int) -> None:
        """From now on tiles are smaller than these."""
        self._forget()
        is_new = self.side_px == WHOLE_PX
        self.side_px = min(self.side_px, max((smaller for smaller in _SIDES_PX if smaller < side), default=_SIDES_PX[-1]))
        if is_new and self._ascent.fits_tiles:
            _LOG.warning("dream: %s: out of memory; it goes on in tiles, which takes longer.", self._ascent.device.type)

    def _forget(self) -> None:
        self._ascent.forget()
        _empty_cache(self._ascent.device)


def _middle(pictures: Tensor, side: int) -> Tensor:
    """The middle of pictures, no higher or wider than that."""
    top, left = (max(0, (size - side) // 2) for size in pictures.shape[-2:])
    return pictures[..., top : top + side, left : left + side]


def _unless_full(work: Callable[[int], object], side: int) -> bool:
    """Do work; tells whether memory sufficed for it."""
    try:
        work(side)
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and not any(words in str(error).lower() for words in _FULL):
            raise
        return False
    return True


def _empty_cache(device: torch.device) -> None:
    """Give back what torch keeps for later."""
    with suppress(RuntimeError):  # some versions of torch lose count when a recording is broken off, and then refuse
        if device.type == "cuda":
            torch.cuda.empty_cache()
        elif device.type == "mps":
            torch.mps.empty_cache()
