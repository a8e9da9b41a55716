"""Coded pictures that are finished before their turn wait here, on disk, so that memory does not grow with the film."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from supercut.render.encode import CodedPicture


@dataclass(frozen=True)
class Ticket:
    """Where the pictures of one part lie."""

    entries: tuple[tuple[int, bool, int, int], ...]  # frame, is_key, offset, length


class Spool:
    """A nameless temporary file beside the output that threads append to; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._lock = threading.Lock()

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def put(self, pictures: Iterable[CodedPicture]) -> Ticket:
        """Store pictures as they come."""
        entries = []
        for picture in pictures:
            with self._lock:
                offset = self._file.seek(0, 2)
                self._file.write(picture.units)
            entries.append((picture.frame, picture.is_key, offset, len(picture.units)))
        return Ticket(tuple(entries))

    def get(self, ticket: Ticket) -> Iterator[CodedPicture]:
        """Read them again, in the same order."""
        for frame, is_key, offset, length in ticket.entries:
            with self._lock:
                self._file.seek(offset)
                units = self._file.read(length)
            yield CodedPicture(frame, is_key, units)
