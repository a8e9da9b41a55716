"""A function goes in; it is called though a C library ends the process, where Python has no say any more.

Xlib does so when its screen is gone: it calls exit, and neither `finally` nor Python's atexit is heard.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def last_words(speak: Callable[[], None]) -> Iterator[None]:
    """Call `speak` should the process exit while the block runs, by the thread that ends it; on Linux with glibc alone.

    Other threads go on meanwhile. Nothing is called after a signal that kills, nor after os._exit.
    """
    libc = _glibc()
    if libc is None:
        yield
        return
    ours, handle = os.getpid(), ctypes.create_string_buffer(1)
    is_over = False

    @ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    def hear_exit(_: Any) -> None:
        if not is_over and os.getpid() == ours:  # a child that was forked has nothing to say
            speak()

    def forget() -> None:
        nonlocal is_over
        is_over = True
        # Calls what is registered under this handle, and takes it from the list: it must not be called without Python.
        libc.__cxa_finalize(handle)

    libc.__cxa_atexit(hear_exit, None, handle)
    atexit.register(forget)
    try:
        yield
    finally:
        atexit.unregister(forget)
        forget()


def _glibc() -> Any:
    """The C library, where its list of what to call at the end can be taken back from."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") else None
