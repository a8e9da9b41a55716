"""Pictures go in at one process and the newest of them comes out at any other; nobody ever waits for anybody.

A file in memory holds three pictures in turn. Whoever writes fills the one that has been there longest, so that whoever reads has the
time of one more picture at least to look at the newest where it lies, and can tell afterwards whether it was left alone meanwhile.
(Not `multiprocessing.SharedMemory`: its tracker takes a segment away when any of those who read it ends.)

Pictures are (H, W, 4) uint8: blue, green, red and how opaque, the colours already multiplied by that; as screens have them.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from live.memory import make_room, unlink
from media.errors import UserError, from_os_error

_N = 3
_HEAD_BYTES = 4096
_HEAD = np.dtype([("kind", "<u8"), ("newest", "<u8"), ("state", "<u8")])
_SLOT = np.dtype([("begun", "<u8"), ("width", "<u4"), ("height", "<u4"), ("opaque", "<u8"), ("time_s", "<f8")])
_KIND = b"pictures"
_GOES_ON, _ENDED, _MOVED = range(3)
"""What a file says of those that come after it: moved are they to another one of its name."""
_N_LOOKS = 8
"""How often to look at what is written over again and again before it is given up; the second look is mostly enough."""


@dataclass(frozen=True, eq=False)
class Shared:
    """A picture where it lies in shared memory: look at it at once, or copy it, and then ask whether it `is_whole`.

    One that is made by hand lies in nobody's way: it stays as it is.

    Args:
        picture: (H, W, 4) uint8, read-only.
        number: counts pictures from 1; the same number is the same picture.
        time_s: the clock's instant at which it is to be seen, seconds.
        is_opaque: whether nothing shines through it anywhere.
    """

    picture: np.ndarray
    number: int
    time_s: float
    is_opaque: bool
    _slot: np.ndarray | None = None
    _reader: SharedReader | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nobody has begun to write over it."""
        return self._slot is None or int(self._slot["begun"]) == self.number

    def newest(self) -> Shared:
        """The one that has taken its place, if there is any."""
        return (self._reader and self._reader.newest()) or self


class _Mapped:
    """The file as arrays."""

    def __init__(self, path: Path, mode: Literal["r", "r+"]) -> None:
        whole = np.memmap(path, np.uint8, mode)
        self.head = whole[: _HEAD.itemsize].view(_HEAD)[0:1]
        self.slots = whole[_HEAD.itemsize : _HEAD.itemsize + _N * _SLOT.itemsize].view(_SLOT)
        n_bytes = (len(whole) - _HEAD_BYTES) // _N
        self.pixels = [whole[_HEAD_BYTES + n * n_bytes : _HEAD_BYTES + (n + 1) * n_bytes] for n in range(_N)]

    def picture(self, slot: int, height: int, width: int) -> np.ndarray:
        """The pixels of a slot, (height, width, 4)."""
        return self.pixels[slot][: height * width * 4].reshape(height, width, 4)


class SharedWriter:
    """Where one process puts its pictures: `with SharedWriter(path) as pictures: pictures.put(bgra, time_s=now)`.

    Args:
        path: of the file, which is made, and taken away at the end.
        most_px: how many pixels a picture has for which there is room to begin with; for a larger one there is another file of the
            same name, where readers go by themselves.
    Raises:
        UserError: there is no memory for it; that may also be raised by `begin` and `put`.
    """

    def __init__(self, path: Path | str, *, most_px: int = 1) -> None:
        self.path = Path(path)
        self._number = 0
        self._left: _Mapped | None = None
        self._mapped = self._make(most_px)

    def __enter__(self) -> SharedWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Tell readers that no more will come, and take the file's name away; those who have it open keep what there is."""
        for mapped in filter(None, (self._mapped, self._left)):
            mapped.head["state"] = _ENDED
        unlink(self.path)

    def begin(self, size_px: tuple[int, int]) -> np.ndarray:
        """Where the next picture of (width, height) goes, (H, W, 4) uint8, with what was there before; it counts from `done` on."""
        width, height = size_px
        if width * height > self._most_px:
            larger = self._make(width * height)
            self._left, self._mapped = self._left or self._mapped, larger
        slot = (self._number + 1) % _N
        entry = self._mapped.slots[slot]
        entry["begun"] = self._number + 1
        entry["width"], entry["height"] = width, height
        return self._mapped.picture(slot, height, width)

    def done(self, *, time_s: float, is_opaque: bool = True) -> None:
        """The picture that was begun is there."""
        self._number += 1
        entry = self._mapped.slots[self._number % _N]
        entry["opaque"], entry["time_s"] = is_opaque, time_s
        self._mapped.head["newest"] = self._number
        if self._left is not None:  # now that there is something to see in the larger one
            self._left.head["state"] = _MOVED
            self._left = None

    def put(self, picture: np.ndarray, *, time_s: float, is_opaque: bool = True) -> None:
        """Put a whole picture, (H, W, 4) uint8."""
        self.begin((picture.shape[1], picture.shape[0]))[:] = picture
        self.done(time_s=time_s, is_opaque=is_opaque)

    def _make(self, n_px: int) -> _Mapped:
        make_room(self.path, _HEAD_BYTES + _N * n_px * 4, begin=_KIND)
        self._most_px = n_px
        return _Mapped(self.path, "r+")


class SharedReader:
    """Looks at another process's pictures.

    Raises:
        UserError: there is no such file, or another one.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._mapped = _open(self._path)

    def newest(self) -> Shared | None:
        """The newest picture; None before the first."""
        self._follow()
        for _ in range(_N_LOOKS):
            number = int(self._mapped.head["newest"][0])
            if not number:
                return None
            entry = self._mapped.slots[number % _N]
            width, height, opaque, time_s = (entry[name].item() for name in ("width", "height", "opaque", "time_s"))
            if entry["begun"] == number:  # else this may be said of two pictures
                return Shared(self._mapped.picture(number % _N, height, width), number, time_s, bool(opaque), entry, self)
        return None

    @property
    def has_ended(self) -> bool:
        """Whether no more will come."""
        self._follow()
        return int(self._mapped.head["state"][0]) != _GOES_ON

    def _follow(self) -> None:
        """Go where the pictures go on, if they do elsewhere; that may be gone as well."""
        if int(self._mapped.head["state"][0]) == _MOVED:
            with suppress(UserError):
                self._mapped = _open(self._path)


def _open(path: Path) -> _Mapped:
    try:
        mapped = _Mapped(path, "r")
    except OSError as error:
        raise from_os_error(path, error) from error
    except ValueError:  # it is too short
        mapped = None
    if mapped is None or mapped.head["kind"].tobytes() != _KIND:
        raise UserError(path, "no pictures are shared in this file", "Name the one that another program of this toolkit tells.")
    return mapped
