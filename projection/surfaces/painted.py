"""Paths of painted masks go in, their greys come out; each is decoded once, and again when its file has changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from media.errors import UserError, from_os_error
from media.frames import OnFault, to_rgba
from media.pictures import decode_picture, turn_upright
from media.probe import upright_rotation

_LIGHT = (0.2126, 0.7152, 0.0722)
"""Of red, green and blue (ITU-R BT.709)."""
_MOST = 32


@dataclass(frozen=True, eq=False)
class Painting:
    """A painted mask as it was read.

    Args:
        grey: (H, W) float32, 0..255: bright where something is to be seen; what is transparent counts as black.
        stamp: tells whether its file is the same.
    """

    grey: np.ndarray
    stamp: tuple[int, ...]


_KEPT: dict[Path, Painting] = {}


def read_painting(path: Path, *, on_fault: OnFault) -> Painting:
    """Read a painted mask, or take the one that was read before.

    Args:
        on_fault: is told of a file that cannot be read any more; what it held before is what it holds.
    Raises:
        UserError: it cannot be read, and never could.
    """
    kept = _KEPT.get(path)
    try:
        stamp = _stamp(path)
        if kept is None or kept.stamp != stamp:
            kept = Painting(_read_grey(path), stamp)
    except UserError as error:
        if kept is None:
            raise
        on_fault(str(error))
    _KEPT.pop(path, None)
    _KEPT[path] = kept
    while len(_KEPT) > _MOST:
        _KEPT.pop(next(iter(_KEPT)))
    return kept


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError as error:
        raise from_os_error(path, error) from error
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read_grey(path: Path) -> np.ndarray:
    picture = decode_picture(path)
    rgba = turn_upright(to_rgba(picture), rotation=upright_rotation(picture)).astype(np.float32)
    return np.ascontiguousarray(rgba[..., :3] @ np.array(_LIGHT, np.float32) * (rgba[..., 3] / 255))
