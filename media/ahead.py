"""An iterator in, the same items out, made by a thread of their own while the last ones are being used."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")

_LOOK_S = 0.1


def work_ahead(items: Iterable[T], *, n: int) -> Generator[T, None, None]:
    """Iterate in the background, at most `n` items ahead; errors are raised here, and closing this ends it there."""
    queue: Queue[tuple[bool, Any]] = Queue(n)
    stopped = Event()
    worker = Thread(target=_work, args=(items, queue, stopped), daemon=True)
    worker.start()
    try:
        while True:
            is_item, value = queue.get()
            if is_item:
                yield value
            elif value is None:
                return
            else:
                raise value
    finally:
        stopped.set()
        with suppress(Empty):
            while True:
                queue.get_nowait()
        worker.join()


def _work(items: Iterable[Any], queue: Queue[tuple[bool, Any]], stopped: Event) -> None:
    error: BaseException | None = None
    try:
        for item in items:
            if not _put(queue, (True, item), stopped):
                break
    except BaseException as raised:
        error = raised
    finally:
        if isinstance(items, Generator):
            items.close()
    _put(queue, (False, error), stopped)


def _put(queue: Queue[tuple[bool, Any]], entry: tuple[bool, Any], stopped: Event) -> bool:
    """Wait for room, unless nobody wants more; tells whether it was put."""
    while not stopped.is_set():
        try:
            queue.put(entry, timeout=_LOOK_S)
        except Full:
            continue
        return True
    return False
