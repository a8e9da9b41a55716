"""What every process has in common that works for another: it does not hear Ctrl-C, and does not outlive the one that it works for."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from live.memory import clear_away


@contextmanager
def deaf() -> Iterator[None]:
    """Hear of Ctrl-C afterwards; processes that are started meanwhile never do: it is typed at all of them, and is the first one's affair."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which the first process begins else, and lets Ctrl-C through again
    heard: list[int] = []
    # A handler too: other threads, such as those of torch, may be told of it, whatever this one blocks.
    before = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, before)
    if heard:
        signal.raise_signal(signal.SIGINT)


def serve_parent() -> None:
    """In a process that was started to work for another: never hear Ctrl-C, and end at once when the other does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where this is not inherited
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Nobody will ever read what is made for a process that was killed, and it cannot clear away what it shared."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        try:
            clear_away(parent.pid or 0)
        finally:
            os._exit(1)
