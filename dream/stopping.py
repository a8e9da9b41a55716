"""Ctrl-C, or a machine that is switched off, goes in; a word that it is enough comes out, so that the best so far can be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from live.clock import SteadyClock
from live.stopping import stopping

IsStopped = Callable[[], bool]


class Stopped(Exception):  # noqa: N818 - no fault
    """A person has seen enough."""


def never() -> bool:
    """The answer where nobody can stop the work."""
    return False


@contextmanager
def stopped_by_hand() -> Iterator[IsStopped]:
    """Ctrl-C, or a machine that is switched off, asks the work to end where it next can; a second Ctrl-C ends the program.

    Yields:
        Whether it has been asked.
    """
    with stopping(clock=SteadyClock()) as stop:
        yield lambda: stop.asked
