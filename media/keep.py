"""Paths in, open things out: the latest few are held open, so that going back and forth between them costs nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class KeepOpen(Generic[T]):
    """Opens what is asked for and closes what was asked for longest ago; a context manager for one thread.

    Args:
        enter: makes the context manager of a path; entered when the path is first asked for.
        most: how many are open at once; a thousand would meet the system's limit.
    """

    def __init__(self, enter: Callable[[Path], AbstractContextManager[T]], *, most: int = 8) -> None:
        self._enter, self._most = enter, most
        self._open: OrderedDict[Path, tuple[AbstractContextManager[T], T]] = OrderedDict()

    def __enter__(self) -> KeepOpen[T]:
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            self._close_oldest()

    def __getitem__(self, path: Path) -> T:
        if path not in self._open:
            if len(self._open) >= self._most:
                self._close_oldest()
            manager = self._enter(path)
            self._open[path] = (manager, manager.__enter__())
        self._open.move_to_end(path)
        return self._open[path][1]

    def _close_oldest(self) -> None:
        _, (manager, _thing) = self._open.popitem(last=False)
        manager.__exit__(None, None, None)
