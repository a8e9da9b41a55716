"""A playlist (M3U, as `supercut --m3u` and players of music write it) goes in; the files that it names come out, with the parts to play."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

from media.errors import UserError, from_os_error
from media.span import Span
from media.timecode import parse_seconds
from projection.layers.layer import check_local

PLAYLIST_SUFFIXES = frozenset({".m3u", ".m3u8"})
_OPTION = re.compile(r"#EXTVLCOPT:\s*(start|stop)-time\s*=\s*([\d.]+)\s*$", re.IGNORECASE)
_ENDLESS_S = Fraction(10**9)
_N_TOLD = 3

Entry = tuple[Path, Span | None]
"""A file, and the part of it that is played; None is all of it."""


def is_playlist(path: Path) -> bool:
    """Whether a file is a playlist, by its name."""
    return path.suffix.lower() in PLAYLIST_SUFFIXES


def read_playlist(path: Path, *, tell: Callable[[str], None]) -> list[Entry]:
    """What a playlist names, in its order; relative paths count from its folder.

    Args:
        tell: told, in one line, of entries that are left out as they cannot be played.
    Raises:
        UserError: it cannot be read, or nothing that it names is there.
    """
    entries: list[Entry] = []
    faults: list[str] = []
    for number, name, span in _lines(_read(path)):
        try:
            entries.append((_file_of(name, path.parent), span))
        except UserError as error:
            faults.append(f"line {number}: {error.where}: {error.what}")
    if not entries:
        why = faults[0] if faults else "it names no file"
        raise UserError(path, f"nothing of this playlist can be played ({why})", "Name files that are there, one a line.")
    if faults:
        more = f", and {len(faults) - _N_TOLD} more" if len(faults) > _N_TOLD else ""
        tell(f"{path}: left out: {', '.join(faults[:_N_TOLD])}{more}.")
    return entries


def _read(path: Path) -> str:
    try:
        found = path.read_bytes()
    except OSError as error:
        raise from_os_error(path, error) from error
    with suppress(UnicodeDecodeError):
        return found.decode("utf-8-sig")
    return found.decode("latin-1")  # as old players write .m3u


def _lines(text: str) -> Iterator[tuple[int, str, Span | None]]:
    """Number, name and part of each entry. Options stand before the entry that they are for; other lines with # say nothing that counts."""
    times: dict[str, Fraction] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        option = _OPTION.match(line)
        if option is not None:
            with suppress(ValueError):
                times[option[1].lower()] = parse_seconds(option[2])
        elif line and not line.startswith("#"):
            start, stop = times.get("start", Fraction(0)), times.get("stop", _ENDLESS_S)
            yield number, line, Span(start, stop) if times and start < stop else None
            times = {}


def _file_of(name: str, folder: Path) -> Path:
    """The file that an entry names.

    Raises:
        UserError: it is not there, or no file.
    """
    if name.startswith("file://"):
        name = unquote(name.removeprefix("file://"))
    check_local(name)
    path = folder / name
    if is_playlist(path):
        raise UserError(path, "a playlist within a playlist")
    if not path.is_file():
        raise UserError(path, "there is no such file")
    return path
