"""Somebody tells that a value has changed; all pages that listen hear the newest, as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Event

_AT_LEAST_S = 1 / 60
"""Between two events to one page."""
_STILL_HERE_S = 10.0
_AGAIN_MS = 1000
"""So soon, a page that was cut off from events asks for them again."""


class Feed:
    """Tells whatever changes to all who listen: nobody is waited for, and who is slow misses what came between.

    Args:
        read: gives the value as it is now, for JSON; called in the server's thread, after it was told that there is a new one.
    """

    def __init__(self, read: Callable[[], Any]) -> None:
        self._read, self._lock = read, Lock()
        self._number = 1
        self._listeners: set[tuple[AbstractEventLoop, Event]] = set()

    def tell(self) -> None:
        """There is a new value; from any thread."""
        with self._lock:
            self._number += 1
        self.wake()

    def wake(self) -> None:
        """Have those who listen look up."""
        with self._lock:
            listeners = tuple(self._listeners)
        for loop, event in listeners:
            with suppress(RuntimeError):  # a loop that has just ended
                loop.call_soon_threadsafe(event.set)

    async def listen(self, is_over: Callable[[], bool]) -> AsyncIterator[str]:
        """What there is now, and then whatever is new, as lines of an event stream."""
        import asyncio

        listener = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            self._listeners.add(listener)
        heard = 0
        try:
            yield f"retry: {_AGAIN_MS}\n\n"
            while not is_over():
                listener[1].clear()
                if self._number != heard:
                    heard = self._number
                    yield f"data: {json.dumps(self._read(), separators=(',', ':'))}\n\n"
                    await asyncio.sleep(_AT_LEAST_S)
                elif not await _happens(listener[1]):
                    yield ": still here\n\n"
        finally:
            with self._lock:
                self._listeners.discard(listener)


async def _happens(event: Event) -> bool:
    """Whether an event comes before it is time to say that there is none."""
    import asyncio

    try:
        await asyncio.wait_for(event.wait(), _STILL_HERE_S)
    except TimeoutError:
        return False
    return True
