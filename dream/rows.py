"""A picture goes in; some of its rows come out at another size: what is large is made larger or smaller band by band.

Resized as a whole a picture lies in memory several times over.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

_BAND_PX = 256


def to_levels(pictures: Tensor) -> Tensor:
    """Pictures as float32; those of uint8 as 0..1."""
    return pictures.float() / 255 if pictures.dtype == torch.uint8 else pictures.float()


def bands(height: int, *, shrunk: float = 1.0) -> Iterator[slice]:
    """All rows, some at a time; fewer where a row is made of many others: of `shrunk`."""
    step = max(8, round(_BAND_PX / max(1.0, shrunk)))
    for top in range(0, height, step):
        yield slice(top, min(height, top + step))


def is_smaller(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether a side of (height, width) shrinks, so that what is fine must go first."""
    return after[0] < before[0] or after[1] < before[1]


def interpolate(pictures: Tensor, size_px: tuple[int, int], *, shrinks: bool) -> Tensor:
    """(N, C, H, W) float32 to another (height, width); bicubic, and smaller without aliasing."""
    return F.interpolate(pictures, size_px, mode="bicubic", align_corners=False, antialias=shrinks)


def evened(x: Tensor) -> Tensor:
    """(N, C, H, W) with the last row or column once more where there is an odd number. (A pad does the same, but on CUDA never twice.)"""
    x = torch.cat([x, x[..., -1:, :]], 2) if x.shape[-2] % 2 else x
    return torch.cat([x, x[..., -1:]], 3) if x.shape[-1] % 2 else x


def resize_rows(pictures: Tensor, size_px: tuple[int, int], rows: slice) -> Tensor:
    """Some rows of what `interpolate` makes of pictures, of uint8 as well."""
    height, width = pictures.shape[-2:]
    if (height, width) == size_px:
        return to_levels(pictures[..., rows, :])
    shrinks = is_smaller((height, width), size_px)
    seen = _seen(height, size_px[0], rows)
    weights = _weights(height, size_px[0], seen, shrinks=shrinks)[rows].to(pictures.device)
    part = weights @ to_levels(pictures[..., seen, :])
    return interpolate(part, (part.shape[-2], size_px[1]), shrinks=shrinks)


def _seen(before: int, after: int, rows: slice) -> slice:
    """The rows of a picture that some rows are made of when it is resized, and a few more."""
    scale = before / after
    reach = 2 * max(1.0, scale) + 2
    return slice(max(0, floor(rows.start * scale - reach)), min(before, ceil(rows.stop * scale + reach)))


def _weights(before: int, after: int, seen: slice, *, shrinks: bool) -> Tensor:
    """How much of each row seen there is in each row after: what becomes of columns that are 1 in that row alone."""
    numbers = torch.arange(seen.start, seen.stop)
    columns = (torch.arange(before)[:, None] == numbers).float()
    return interpolate(columns[None, None], (after, len(numbers)), shrinks=shrinks)[0, 0]
