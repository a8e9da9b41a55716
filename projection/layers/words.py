"""A text file goes in; its words come out, read again whenever it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from media.errors import UserError, from_os_error
from media.settings import read_text

_LOOK_S = 0.5
_MOST_BYTES = 1 << 20


class WatchedWords:
    """The words of a file; once they were read, they stay while it cannot be.

    Args:
        tell: told once of each reason why it cannot.
    Raises:
        UserError: it cannot be read to begin with.
    """

    def __init__(self, path: Path, *, now_s: float, tell: Callable[[str], None]) -> None:
        self._path, self._tell, self._told = path, tell, ""
        self._looked_s, self._stamp, self.text = now_s, _stamp(path), _read(path)

    def look(self, at_s: float) -> None:
        """See to it that `text` is what the file holds, twice a second."""
        if 0 <= at_s - self._looked_s < _LOOK_S:
            return
        self._looked_s = at_s
        try:
            stamp = _stamp(self._path)
            if stamp != self._stamp:
                self.text, self._stamp = _read(self._path), stamp
            self._told = ""
        except UserError as error:
            if str(error) != self._told:
                self._told = str(error)
                self._tell(f"{error} The words that it had stay.")


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when a file does."""
    try:
        found = path.stat()
    except OSError as error:
        raise from_os_error(path, error) from error
    return found.st_mtime_ns, found.st_size


def _read(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise UserError(path, "this is no text file", "Name one.")
    if _stamp(path)[1] > _MOST_BYTES:
        raise UserError(path, f"this is no text to be shown: it has more than {_MOST_BYTES} bytes", "Name a shorter one.")
    return read_text(path).rstrip()
