"""A mask's file goes in; how far it is dreamed at each place, and how much of the dream shows there, comes out, for stills and films alike."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from dream.octaves import resize, to_tensor
from dream.pictures import read_picture
from dream.tiles import is_large

LIGHT = (0.2126, 0.7152, 0.0722)
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


def visible(mask: Tensor) -> Tensor:
    """How much of what was dreamed shows where: all of it, as it was dreamed by the mask, but at the mask's dark edges."""
    return (mask * _EDGE).clamp(0, 1)
