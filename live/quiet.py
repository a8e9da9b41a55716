"""Chatter of C libraries goes in and nothing comes out: what they print on stderr while a device is looked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send what is written to the process's stderr to nowhere, for as short a block as possible.

    ALSA, JACK and Wayland write there, past Python, when they find no device; our one line says it better. It holds for
    all threads, so use it where a program starts up, never where it runs.
    """
    try:
        kept = os.dup(2)
    except OSError:  # it is closed: quiet enough
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
