"""Paths in, whole files or none out: atomic writing, fingerprints, and what names and globs stand for."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path

from media.errors import UserError, from_os_error

_BLOCK_BYTES = 1 << 16
_N_BLOCKS = 16


@contextmanager
def atomic_path(final: Path) -> Iterator[Path]:
    """Lend a temporary path beside `final`, and rename it to `final` only if the block ends well.

    The temporary file keeps the last suffix, so that muxers that go by the name see the same format.
    A link is written through: what it points to is replaced.

    Raises:
        UserError: the folder is missing or refuses, the disk is full, `final` is a folder or a device; an
            OSError of the block is told of the file that it names.
    """
    final = Path(final)
    check_place(final)
    real = Path(os.path.realpath(final))
    try:
        # 40 characters of UTF-8, dots and random part stay under the 255 bytes that a name may have.
        handle, name = tempfile.mkstemp(prefix=f".{real.stem[:40]}-", suffix=f".part{real.suffix}", dir=real.parent)
        os.close(handle)
    except OSError as error:
        raise from_os_error(final, error) from error
    part = Path(name)
    try:
        yield part
        _publish(part, real)
    except OSError as error:
        raise from_os_error(_blamed(error, part, final), error) from error
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def growing_path(final: Path) -> Iterator[Path]:
    """Lend a path itself, for what is to be there while it grows, and stay whatever happens; empty, it is taken away again.

    Raises:
        UserError: the folder is missing, `final` is a folder or a device.
    """
    check_place(final)
    try:
        yield final
    finally:
        with suppress(OSError):
            if not final.stat().st_size:
                final.unlink()


def free_path(wanted: Path) -> Path:
    """A path that nothing has yet: `wanted`, or else out-2.mp4, out-3.mp4 and so on."""
    numbered = (wanted.with_stem(f"{wanted.stem}-{n}") for n in count(2))
    return next(path for path in chain([wanted], numbered) if not os.path.lexists(path))


def check_place(final: Path) -> None:
    """Refuse what no file can be put in the place of, before the work is done that would fill it.

    Raises:
        UserError: the folder is missing, or a folder or device has the name already, or a link that leads to itself.
    """
    try:
        if not final.parent.is_dir():
            in_the_way = next((part for part in final.parents if part.exists() and not part.is_dir()), None)
            if in_the_way is not None:
                raise UserError(final, f"{in_the_way} is a file, not a folder", "Choose another place.")
            raise UserError(final, "the output folder does not exist", f"Create it: mkdir -p {final.parent}")
        if final.is_dir():
            raise UserError(final, "the output is a folder", "Name a file inside it.")
        _refuse_device(final)
        if final.is_symlink():
            _refuse_loop(final)
    except OSError as error:
        raise from_os_error(final, error) from error


def _refuse_device(path: Path) -> None:
    if path.exists() and not path.is_file() and not path.is_dir():
        raise UserError(path, "the output is a device, not a file", "Name a plain file.")


def _refuse_loop(link: Path) -> None:
    """What a link leads to need not be there yet; what goes round for ever never will."""
    try:
        os.stat(link)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UserError(link, "the output is a link that leads round to itself", "Remove it, or choose another name.") from error


def make_folder(folder: Path) -> None:
    """Make a folder, and those that it lies in, where they are not there yet.

    Raises:
        UserError: the place refuses, or a file or device has its name.
    """
    _refuse_device(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise UserError(folder, "this is a file, not a folder", "Choose another name, or move the file.") from error
    except OSError as error:
        raise from_os_error(folder, error) from error


def _blamed(error: OSError, part: Path, final: Path) -> Path:
    """The file that a refusal is about: a source that was read in the block, else the output."""
    name = error.filename
    if not name or not isinstance(name, (str, bytes, os.PathLike)):
        return final
    path = Path(os.fsdecode(name))
    return final if path == part else path


def _publish(part: Path, final: Path) -> None:
    """Make `part` readable as a new file would be, push it to the disk, and give it its name."""
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(part, 0o666 & ~umask)
    handle = os.open(part, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(part, final)


def write_text(path: Path, text: str) -> None:
    """Write a whole text file (UTF-8) or none."""
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def cache_folder(program: str) -> Path:
    """Where a program keeps what it can make again; not made yet."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    return base / "media-performance-toolkit" / program


def fingerprint(path: Path) -> str:
    """Name the contents of a file by its size and sixteen blocks of it, whatever its length, in milliseconds.

    Two films that differ only between the blocks share it; encoders spread a change over a whole file.

    Raises:
        UserError: it cannot be read.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise UserError(path, "this is no plain file", "Name one.")  # a pipe would keep us waiting for ever
        size = path.stat().st_size
        digest = hashlib.blake2b(str(size).encode(), digest_size=16)
        with path.open("rb") as file:
            for n in range(_N_BLOCKS):
                file.seek(max(0, (size - _BLOCK_BYTES) * n // (_N_BLOCKS - 1)))
                digest.update(file.read(_BLOCK_BYTES))
    except OSError as error:
        raise from_os_error(path, error) from error
    return digest.hexdigest()


def expand_paths(names: Iterable[str | Path], *, suffixes: Iterable[str]) -> list[Path]:
    """Turn names, folders and globs into files, each once, in the order given (folders and globs sorted).

    Args:
        suffixes: the endings (lower case, with dot) that count inside folders; a file named outright always counts.
    Raises:
        UserError: a name stands for nothing.
    """
    wanted = frozenset(suffixes)
    found: dict[Path, None] = {}
    for name in names:
        if not str(name).strip():
            raise UserError("input", "an empty name stands for no file", "Name a file, a folder or a pattern.")
        path = Path(os.path.expanduser(name))
        try:
            files = _files_of(path, wanted)
        except OSError as error:
            raise from_os_error(path, error) from error
        found.update(dict.fromkeys(files))
    return list(found)


def _files_of(path: Path, suffixes: frozenset[str]) -> list[Path]:
    """What one name stands for: the files in a folder (hidden ones aside), the file itself, or what a glob matches."""
    if path.is_dir():
        inside = (p for p in path.rglob("*") if p.suffix.lower() in suffixes and p.is_file())
        files = sorted(p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts))
        if not files:
            raise UserError(path, "no film or sound file in this folder", "Name a folder that holds some.")
        return files
    if path.exists():
        return [path]
    files = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if os.path.isfile(p))
    if not files:
        raise UserError(path, "there is no such file", "Check the path or the pattern.")
    return files
