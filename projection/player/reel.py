"""Pictures go in as fast as they are decoded, in a thread of their own; the one that belongs to a time comes out, and nobody waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from threading import Condition, RLock, Thread

from media.errors import UserError
from media.frames import OnFault
from projection.player.decoding import Played, lead_s

MOST_FRAMES = 20
MOST_BYTES = 96 << 20
_LEAST_FRAMES = 2  # whatever their size: one is shown while the next is there
_JOIN_S = 1.0

Pictures = Callable[[], Iterator[Played]]


class Bells:
    """What the threads of a player share: one lock, and what wakes them."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.picture = Condition(self.lock)
        """Rung at each picture that is there."""
        self._news = Condition(self.lock)
        self._is_rung = False

    def ring(self) -> None:
        """There is something to do: a first picture, an end, a wish."""
        with self.lock:
            self._is_rung = True
            self._news.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Wait until it has been rung since the last time."""
        with self.lock:
            self._news.wait_for(lambda: self._is_rung, timeout_s)
            self._is_rung = False


class Reel:
    """Decodes ahead, a few frames.

    Everything but `close` is for those who hold the lock.

    Args:
        pictures: begins to decode; called in the thread. What it raises ends the reel and is told.
        on_fault: told of what is damaged, in the thread.
    """

    def __init__(self, pictures: Pictures, *, name: str, bells: Bells, on_fault: OnFault) -> None:
        self.is_over = False
        self.n_skipped = 0
        self.end: Fraction | None = None
        """Media time up to which there are pictures."""
        self._pictures, self._name, self._on_fault = pictures, name, on_fault
        self._bells, self._room = bells, Condition(bells.lock)
        self._queue: deque[tuple[float, Played]] = deque()
        self._n_bytes = 0
        self._shown: Played | None = None
        self._wanted_s = float("-inf")
        self._is_closing = False
        self._thread = Thread(target=self._run, name=f"film {name}", daemon=True)
        self._thread.start()

    def nearest(self, time_s: float) -> Played | None:
        """The picture for a media time, or the newest before it that there is; time never goes back. None before the first."""
        self._wanted_s = time_s
        n_passed = 0
        while self._queue and (self._shown is None or self._queue[0][0] <= time_s):
            self._shown = self._take()
            n_passed += 1
        self.n_skipped += max(0, n_passed - 1)
        if n_passed:
            self._room.notify()
        return self._shown

    def reaches(self, time_s: float) -> bool:
        """Have decoding get to a media time, whatever it leaves out on the way; tells whether `nearest` would give the very one."""
        if time_s > self._wanted_s:
            self._wanted_s = time_s
            self._room.notify()
        return self.is_over or (bool(self._queue) and self._queue[-1][0] > time_s)

    @property
    def behind_s(self) -> float:
        """How far decoding lies behind what was asked for last, seconds; 0 where it does not, or nobody asks."""
        return 0.0 if self.is_over or self.end is None else max(0.0, self._wanted_s - float(self.end))

    @property
    def has_begun(self) -> bool:
        """Whether there is a picture."""
        return self.end is not None

    @property
    def is_unseen(self) -> bool:
        """Whether nobody has asked for a picture yet."""
        return self._shown is None

    def close(self) -> None:
        """Let go of the file. One that is stuck is left behind after a second."""
        with self._bells.lock:
            self._is_closing = True
            self._room.notify_all()
        self._thread.join(timeout=_JOIN_S)
        self._queue.clear()

    def _run(self) -> None:
        try:
            with closing(self._pictures()) as pictures:  # type: ignore[type-var]
                self._fill(pictures)
        except UserError as error:
            self._fail(str(error))
        except Exception as error:  # whatever a codec raises: the programme goes on without it
            self._fail(f"{self._name}: it breaks off ({str(error) or type(error).__name__})")
        finally:
            with self._bells.lock:
                self.is_over = True
                self._ring()

    def _fill(self, pictures: Iterator[Played]) -> None:
        latest: Played | None = None
        for picture in pictures:
            due_s = float(picture.time) - lead_s(latest) if latest else float("-inf")  # the first one from the beginning on
            if not self._put(due_s, picture):
                return
            latest = picture

    def _put(self, due_s: float, picture: Played) -> bool:
        """Wait for room, unless nobody wants more; tells whether it was put. Of pictures that are all too late only the newest is kept."""
        n_bytes = _n_bytes(picture)
        with self._bells.lock:
            while self._is_full(n_bytes) and not self._is_closing:
                if len(self._queue) > 1 and self._queue[1][0] <= self._wanted_s:
                    self._take()
                    self.n_skipped += 1
                else:
                    self._room.wait()
            if self._is_closing:
                return False
            self._queue.append((due_s, picture))
            self._n_bytes += n_bytes
            is_first, self.end = self.end is None, picture.time + picture.duration
            self._ring() if is_first else self._bells.picture.notify_all()
            return True

    def _ring(self) -> None:
        self._bells.picture.notify_all()
        self._bells.ring()

    def _is_full(self, n_bytes: int) -> bool:
        if len(self._queue) < _LEAST_FRAMES:
            return False
        return len(self._queue) >= MOST_FRAMES or self._n_bytes + n_bytes > MOST_BYTES

    def _take(self) -> Played:
        picture = self._queue.popleft()[1]
        self._n_bytes -= _n_bytes(picture)
        return picture

    def _fail(self, fault: str) -> None:
        if not self._is_closing:
            self._on_fault(fault)


def _n_bytes(picture: Played) -> int:
    """The memory that it holds as it was decoded."""
    return sum(plane.buffer_size for plane in picture.picture.planes)
