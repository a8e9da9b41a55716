"""Ctrl-C goes in; a word that it is enough comes out, so that the best so far can be kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

IsStopped = Callable[[], bool]


class Stopped(Exception):  # noqa: N818 - no fault
    """A person has seen enough."""


def never() -> bool:
    """The answer where nobody can stop the work."""
    return False


@contextmanager
def stopped_by_hand() -> Iterator[IsStopped]:
    """Ctrl-C asks the work to end where it next can; a second one ends the program.

    Yields:
        Whether it has been asked.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        asked.set()

    signal.signal(signal.SIGINT, stop)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
