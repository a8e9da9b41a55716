"""Messages go in at one process and come out at another, in order; whoever sends never waits, though nobody should listen."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from threading import Condition, Thread
from typing import Any

from projection.messages import Said

_MOST = 512


class Wire:
    """One end of a pipe. What is sent to somebody who hangs is forgotten, the oldest first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changed = Condition()
        self._to_send: deque[tuple[type, memoryview]] = deque(maxlen=_MOST)
        self._heard: deque[Any] = deque(maxlen=_MOST)
        self._is_sending = False
        self.is_broken = False
        """Whether nobody is at the other end any more."""
        self._hearing = Thread(target=self._hear_all, name="wire hearing", daemon=True)
        self._hearing.start()
        Thread(target=self._send_all, name="wire sending", daemon=True).start()

    def send(self, message: Any, *, is_newest: bool = False) -> None:
        """Have a message sent.

        Args:
            is_newest: whether it stands for all of its kind that were not sent yet.
        Raises:
            Exception: of pickle, as it cannot be sent to another process.
        """
        kind, written = type(message), ForkingPickler.dumps(message)
        with self._changed:
            if is_newest:
                kept = [waiting for waiting in self._to_send if waiting[0] is not kind]
                self._to_send.clear()
                self._to_send.extend(kept)
            self._to_send.append((kind, written))
            self._changed.notify_all()

    def received(self) -> list[Any]:
        """What has come since the last call."""
        heard = []
        with suppress(IndexError):
            while True:
                heard.append(self._heard.popleft())
        return heard

    def flush(self, *, timeout_s: float) -> None:
        """Wait until all is sent, real seconds at most: before the process ends."""
        with self._changed:
            self._changed.wait_for(lambda: self.is_broken or not (self._to_send or self._is_sending), timeout_s)

    def drain(self) -> None:
        """Wait until all has come that was sent, once whoever sent it is gone."""
        self._hearing.join(timeout=1.0)

    def close(self) -> None:
        """Hang up."""
        with self._changed:
            self.is_broken = True
            self._changed.notify_all()
        self._connection.close()

    def _send_all(self) -> None:
        with suppress(Exception):  # whatever it is, nothing is sent any more
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._to_send or self.is_broken)
                    if self.is_broken:
                        return
                    (_, written), self._is_sending = self._to_send.popleft(), True
                self._connection.send_bytes(written)
                with self._changed:
                    self._is_sending = False
                    self._changed.notify_all()
        self._break()

    def _hear_all(self) -> None:
        with suppress(Exception):  # mostly the end of the other process
            while True:
                self._heard.append(_read(self._connection.recv_bytes()))
        self._break()

    def _break(self) -> None:
        with self._changed:
            self.is_broken = True
            self._changed.notify_all()


def _read(written: bytes) -> Any:
    """A message, or a line in its place where this process cannot make anything of it."""
    try:
        return ForkingPickler.loads(written)
    except Exception as error:
        return Said(f"a message cannot be read ({type(error).__name__}: {error})")
