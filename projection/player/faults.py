"""What breaks goes in, each line of it comes out once, until it has been better."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock

_MOST = 1000


class Faults:
    """Tells of each file's faults, each kind of them once; any thread may tell. The latest thousand are remembered.

    `n_told` counts what was told: a moment to refer to.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.n_told = 0
        self._tell = tell
        self._lock = Lock()
        self._told: OrderedDict[tuple[Path, str], int] = OrderedDict()

    def tell(self, path: Path, line: str, *, kind: str) -> None:
        """Say a line, unless this kind of fault of the file has been told since it was better."""
        with self._lock:
            if (path, kind) not in self._told:
                self.n_told += 1
                self._told[path, kind] = self.n_told
                self._tell(line)
            self._told.move_to_end((path, kind))
            while len(self._told) > _MOST:
                self._told.popitem(last=False)

    def better(self, path: Path, *, kind: str, since: int) -> None:
        """What failed before a moment works now: the next time that it does not is told anew."""
        with self._lock:
            if self._told.get((path, kind), since + 1) <= since:
                del self._told[path, kind]
