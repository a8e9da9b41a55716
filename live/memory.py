"""Sizes go in, files that lie in memory come out, for what several processes share: in a folder that is gone with whoever made it."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from media.errors import UserError, from_os_error

_MEMORY = Path("/dev/shm")
_NAME = "media-performance-"
_IS_FULL = (errno.ENOSPC, errno.ENOMEM, errno.EDQUOT)


def make_room(path: Path, n_bytes: int, *, begin: bytes = b"") -> None:
    """Make a new file of zeros, to be mapped; whoever has one open that was there keeps it.

    One of a shared folder for which there is no memory lies in the temporary folder, and a link where it should be.

    Args:
        begin: what it begins with.
    Raises:
        UserError: there is no room for it.
    """
    part, before = path.with_name(f"{path.name}.part"), _target(path)
    try:
        unlink(part)
        try:
            with part.open("xb") as file:
                _fill(file, n_bytes, begin)
        except OSError as error:
            unlink(part)
            if error.errno not in _IS_FULL or not _is_shared(path.parent):
                raise
            part.symlink_to(_make_beside(path, n_bytes, begin))
        os.replace(part, path)  # never made shorter beneath somebody who looks at it: that would kill them
        if before is not None:
            before.unlink(missing_ok=True)
    except OSError as error:
        unlink(part)
        if error.errno in _IS_FULL and _MEMORY in path.parents:
            what = f"there is no memory left for {n_bytes / 1e6:.1f} MB to be shared"
            raise UserError(path, what, f"Make room in {_MEMORY} or {tempfile.gettempdir()}, or choose a smaller size.") from error
        raise from_os_error(path, error) from error


def _make_beside(path: Path, n_bytes: int, begin: bytes) -> Path:
    """Make it in the temporary folder."""
    folder = _beside(path.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=path.name, dir=folder)
    try:
        with os.fdopen(number, "wb") as file:
            _fill(file, n_bytes, begin)
    except OSError:
        os.unlink(name)
        raise
    return Path(name)


def _fill(file: BinaryIO, n_bytes: int, begin: bytes) -> None:
    # Room is found now: a file with holes is made at once, but whoever writes into one that memory does not suffice for is
    # killed without a word.
    os.posix_fallocate(file.fileno(), 0, n_bytes) if hasattr(os, "posix_fallocate") else file.truncate(n_bytes)
    file.write(begin)


def unlink(path: Path) -> None:
    """Take a file away, wherever it lies, if it is there."""
    for each in filter(None, (_target(path), path)):
        with suppress(OSError):
            each.unlink()


def _target(path: Path) -> Path | None:
    """The file in the temporary folder that a link of ours stands for."""
    try:
        target = path.readlink()
    except OSError:
        return None
    return target if _is_shared(path.parent) and target.parent == _beside(path.parent) else None


def _is_shared(folder: Path) -> bool:
    """Whether it is a shared folder in memory."""
    return folder.parent == _MEMORY and folder.name.startswith(_NAME)


def _beside(folder: Path) -> Path:
    """Where what has no room in a shared folder lies."""
    return Path(tempfile.gettempdir(), folder.name)


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A folder for shared pictures, in memory where there is such a place, gone at the end; those of programs that were killed go first."""
    for number, left in _folders():
        if not _is_alive(number):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-", dir=_base()))
    try:
        yield folder
    finally:
        for place in (folder, _beside(folder)):
            shutil.rmtree(place, ignore_errors=True)


def clear_away(process: int) -> None:
    """Take away the folders of a program that was killed, by its number: memory is short."""
    for number, left in _folders():
        if number == process:
            shutil.rmtree(left, ignore_errors=True)


def _base() -> Path:
    return _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())


def _folders() -> Iterator[tuple[int, Path]]:
    """All shared folders of this machine, and the numbers of the programs that made them."""
    for base in {_base(), Path(tempfile.gettempdir())}:
        for folder in base.glob(f"{_NAME}*"):
            number = folder.name.removeprefix(_NAME).partition("-")[0]
            if number.isdecimal():
                yield int(number), folder


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
