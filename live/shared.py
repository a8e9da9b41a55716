"""Pictures go in at one process and the newest of them comes out at any other; nobody ever waits for anybody.

A file in memory holds three pictures in turn. Whoever writes fills the one that has been there longest, so that whoever reads has the
time of two more pictures to look at the newest where it lies, and can tell afterwards whether it was left alone meanwhile. (Not
`multiprocessing.SharedMemory`: its tracker takes a segment away when any of those who read it ends.)

Pictures are (H, W, 4) uint8: blue, green, red and how opaque, the colours already multiplied by that; as screens have them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from media.errors import UserError, from_os_error

_N = 3
_HEAD_BYTES = 4096
_HEAD = np.dtype([("kind", "<u8"), ("slot_bytes", "<u8"), ("newest", "<u8"), ("ended", "<u8")])
_SLOT = np.dtype([("begun", "<u8"), ("width", "<u4"), ("height", "<u4"), ("opaque", "<u8"), ("time_s", "<f8")])
_KIND = int.from_bytes(b"pictures", "little")
_MEMORY = Path("/dev/shm")
_NAME = "media-performance-"


@dataclass(frozen=True, eq=False)
class Shared:
    """A picture where it lies in shared memory: look at it at once, or copy it, and then ask whether it `is_whole`.

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
    _slot: np.ndarray

    @property
    def is_whole(self) -> bool:
        """Whether nobody has begun to write over it."""
        return int(self._slot["begun"]) == self.number


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
    """Where one process puts its pictures: `with SharedWriter(path, most_px=1920 * 1080) as pictures: pictures.put(bgra, time_s=now)`.

    Args:
        path: of the file, which is made, and taken away at the end.
        most_px: pixels of a picture at most.
    Raises:
        UserError: there is no room for it.
    """

    def __init__(self, path: Path, *, most_px: int) -> None:
        self.path, self.most_px = path, most_px
        make_room(path, _HEAD_BYTES + _N * most_px * 4)
        self._mapped = _Mapped(path, "r+")
        self._mapped.head["slot_bytes"] = most_px * 4
        self._mapped.head["kind"] = _KIND
        self._number = 0

    def __enter__(self) -> SharedWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Tell readers that no more will come, and take the file's name away; those who have it open keep what there is."""
        self._mapped.head["ended"] = 1
        with suppress(OSError):
            self.path.unlink()

    def begin(self, size_px: tuple[int, int]) -> np.ndarray:
        """Where the next picture of (width, height) goes, (H, W, 4) uint8, with what was there before; it counts from `done` on.

        Raises:
            ValueError: it is larger than `most_px`.
        """
        width, height = size_px
        if width * height > self.most_px:
            raise ValueError(f"a picture of {width}x{height} is larger than {self.most_px} pixels")
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

    def put(self, picture: np.ndarray, *, time_s: float, is_opaque: bool = True) -> None:
        """Put a whole picture, (H, W, 4) uint8."""
        self.begin((picture.shape[1], picture.shape[0]))[:] = picture
        self.done(time_s=time_s, is_opaque=is_opaque)


class SharedReader:
    """Looks at another process's pictures.

    Raises:
        UserError: there is no such file, or another one.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._mapped = _Mapped(path, "r")
        except (OSError, ValueError) as error:
            raise from_os_error(path, error if isinstance(error, OSError) else FileNotFoundError(2, "")) from error
        if int(self._mapped.head["kind"][0]) != _KIND:
            raise UserError(path, "this holds no shared pictures", "Name the file that another program of this toolkit tells.")

    def newest(self) -> Shared | None:
        """The newest picture; None before the first."""
        number = int(self._mapped.head["newest"][0])
        if not number:
            return None
        slot = number % _N
        entry = self._mapped.slots[slot]
        picture = self._mapped.picture(slot, int(entry["height"]), int(entry["width"]))
        return Shared(picture, number, float(entry["time_s"]), bool(entry["opaque"]), entry)

    @property
    def has_ended(self) -> bool:
        """Whether no more will come."""
        return bool(self._mapped.head["ended"][0])


def make_room(path: Path, n_bytes: int) -> None:
    """Make a new file of zeros, to be mapped.

    Raises:
        UserError: there is no room for it.
    """
    try:
        path.unlink(missing_ok=True)  # never made shorter beneath somebody who looks at it: that would kill them
        with path.open("xb") as file:
            # Room is found now: a file with holes is made at once, but whoever writes into one that memory does not
            # suffice for is killed without a word.
            os.posix_fallocate(file.fileno(), 0, n_bytes) if hasattr(os, "posix_fallocate") else file.truncate(n_bytes)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise from_os_error(path, error) from error


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A folder for shared pictures, in memory where there is such a place, gone at the end; those of programs that were killed go first."""
    base = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for left in base.glob(f"{_NAME}*"):
        number = left.name.removeprefix(_NAME).partition("-")[0]
        if number.isdecimal() and not _is_alive(int(number)):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
