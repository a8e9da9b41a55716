"""A mask's file goes in, and what a dream changed; how far it is dreamed at each place comes out, and the dream laid over the picture.

Stills, films and zooms alike are laid here.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from dream.octaves import resize, to_tensor
from dream.pictures import read_picture
from dream.tiles import is_large

_LIGHT = (0.2126, 0.7152, 0.0722)
"""Of red, green and blue: what is left of a change where the picture keeps its own colours (ITU-R BT.709)."""
_EDGE = 8.0
"""A mask's grey shades the dream; only what is darker than 1/8 of white shades what little the resizing has spilt there too."""


def read_mask(path: Path, size_px: tuple[int, int]) -> Tensor:
    """How far to dream where, (1, 1, H, W) of 0..1; a mask of another size is stretched over the picture of (height, width)."""
    mask = read_picture(path)
    bright = to_tensor(mask.rgb).mean(1, keepdim=True)
    if mask.alpha is not None:
        bright = bright * (torch.from_numpy(mask.alpha) / 255)
    bright = resize(bright, size_px).clamp(0, 1)
    return bright.half() if is_large(size_px) else bright  # it lies in memory twice, and has 256 greys


def lay_over(picture: Tensor, change: Tensor, *, strength: float, shares: Tensor | None = None, keeps_color: bool = False) -> Tensor:
    """A dream over the picture that it is one of, (N, 3, H, W) on any scale; not yet held within the range of colours.

    Args:
        picture: of any type of numbers.
        change: the dream less the picture, (N, 3, H, W) of floats on the same scale.
        strength: how much of it, 0..1.
        shares: how much of it shows where, (1, 1, H, W) of 0..1; all of it by default.
        keeps_color: whether the picture keeps its own colours, and only gets lighter and darker.
    """
    change = change * strength
    if shares is not None:
        change = change * shares
    if keeps_color:
        change = (change * torch.tensor(_LIGHT, device=change.device).view(1, 3, 1, 1)).sum(1, keepdim=True)
    return picture + change


def visible(mask: Tensor) -> Tensor:
    """How much of what was dreamed shows where: all of it, as it was dreamed by the mask, but at the mask's dark edges."""
    return (mask * _EDGE).clamp(0, 1)
