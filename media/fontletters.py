"""A font's file goes in; the characters that it has letters for come out."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

_COLLECTION = b"ttcf"
_WHOLE, _SHORT = 12, 4  # formats of the table
_PREFERRED = (((3, 10), _WHOLE), ((0, 6), _WHOLE), ((0, 4), _WHOLE), ((3, 1), _SHORT), ((0, 3), _SHORT))
"""Platform and encoding, where they are numbers of Unicode, and the format that they come in; the fullest first."""


def read_letters(file: BinaryIO) -> np.ndarray:
    """The characters of a TrueType or OpenType font, the first of a collection, as sorted numbers; none of what is no such font.

    Source: the OpenType specification, "cmap".
    """
    try:
        table = _table(file)
        for kind, format_ in _PREFERRED:
            at = _subtables(table).get(kind, 0)
            if at and struct.unpack_from(">H", table, at)[0] == format_:
                found = _read_whole(table, at) if format_ == _WHOLE else _read_short(table, at)
                return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))
    except (struct.error, ValueError, IndexError):  # it is cut off, or lies
        pass
    return np.zeros(0, np.int64)


def _table(file: BinaryIO) -> bytes:
    """The table of characters."""
    begin = struct.unpack(">12xI", file.read(16))[0] if file.read(4) == _COLLECTION and not file.seek(0) else 0
    file.seek(begin)
    (n_tables,) = struct.unpack(">4xH6x", file.read(12))
    for tag, offset, length in struct.iter_unpack(">4s4xII", file.read(16 * n_tables)):
        if tag == b"cmap":
            file.seek(offset)
            return file.read(length)
    return b""


def _subtables(table: bytes) -> dict[tuple[int, int], int]:
    """Where each begins, by its platform and encoding."""
    (n,) = struct.unpack_from(">2xH", table)
    return {(platform, encoding): at for platform, encoding, at in struct.iter_unpack(">HHI", table[4 : 4 + 8 * n])}


def _read_whole(table: bytes, at: int) -> Iterator[np.ndarray]:
    """Groups of characters whose letters follow one another."""
    (n,) = struct.unpack_from(">I", table, at + 12)
    for first, last, letter in struct.iter_unpack(">III", table[at + 16 : at + 16 + 12 * n]):
        yield np.arange(first + (letter == 0), min(last, 0x10FFFF) + 1)


def _read_short(table: bytes, at: int) -> Iterator[np.ndarray]:
    """Segments of characters below 65536: their letters follow one another, or are listed behind the segments."""
    (double,) = struct.unpack_from(">H", table, at + 6)
    ends, starts, deltas, offsets = (
        np.frombuffer(table, ">u2", double // 2, at + 14 + n * double + (2 if n else 0)).astype(int) for n in range(4)
    )
    for n, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        characters = np.arange(start, min(end, 0xFFFE) + 1)
        if offset:
            where = at + 16 + 3 * double + 2 * n + offset
            listed = np.frombuffer(table, ">u2", min(len(characters), (len(table) - where) // 2), where).astype(int)
            yield characters[: len(listed)][listed != 0]
        else:
            yield characters[(characters + delta) % 65536 != 0]
