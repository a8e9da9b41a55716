"""A voice's programme goes in; a thread decodes it, a few seconds ahead of what is heard, the next item opened before it is its turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Event, Thread

import numpy as np

from live.sound.lanes import Lane, OnFault
from live.sound.programme import Placed, Programme
from live.sound.run import CHANNELS, Block, Run
from media.sound import SAMPLE_RATE

AHEAD = 3 * SAMPLE_RATE
"""Samples that are decoded before they are heard: what a slow disk may take."""
_BLOCK = SAMPLE_RATE // 2
_LOOK_EVERY_S = 0.1


class Feeder:
    """Fills the run that is wanted, from its beginning.

    Args:
        wanted: tells the programme and the run; asked by the thread that decodes.
        on_fault: told, in words, of what cannot be read.
    """

    def __init__(self, wanted: Callable[[], tuple[Programme, Run]], *, on_fault: OnFault) -> None:
        self._wanted, self._on_fault = wanted, on_fault
        self._run: Run | None = None
        self._place = 0
        self._lanes: list[Lane] = []
        self._changes: deque[int] = deque()
        self._wake, self._ended = Event(), Event()

    def start(self) -> None:
        """Decode in a thread of its own until `stop`."""
        Thread(target=self._work, name="sound decoding", daemon=True).start()

    def stop(self) -> None:
        """Have the thread end; one that waits for a disk that hangs is left behind."""
        self._ended.set()
        self._wake.set()

    def changed(self, place: int | None = None) -> None:
        """Look what is wanted now.

        Args:
            place: from which on the programme is another than it was.
        """
        if place is not None:
            self._changes.append(place)
        self._wake.set()

    def step(self) -> bool:
        """Decode a little; False where there is enough, or no more."""
        programme, run = self._wanted()
        self._follow(run)
        if run.n_ahead >= AHEAD:
            self._open_next(programme)
            return False
        if self._place >= programme.end:
            return False
        self._place = max(self._place, programme.start)
        run.put(self._decode(programme))
        return True

    def close(self) -> None:
        """Let go of all files."""
        self._keep_lanes([])

    def _work(self) -> None:
        while not self._ended.is_set():
            if not self._step():
                self._wake.wait(_LOOK_EVERY_S)
                self._wake.clear()
        self.close()

    def _step(self) -> bool:
        try:
            return self.step()
        except Exception as error:  # for want of memory, say: this voice must go on when there is some again
            self._on_fault(f"sound: it cannot be decoded ({error!r})")
            return False

    def _follow(self, run: Run) -> None:
        """Go where a new run begins, or where the programme has changed."""
        if run is not self._run:
            self._run, self._place = run, run.place
            self._changes.clear()
        while self._changes:
            self._place = run.cut(self._changes.popleft())

    def _decode(self, programme: Programme) -> Block:
        """The next samples, as far as the same items are heard."""
        near = programme.around(self._place)
        edges = [edge for placed in near for edge in (placed.start, placed.end) if edge > self._place]
        start, end = self._place, min([self._place + _BLOCK, *edges])
        lanes = [self._lane(placed, start) for placed in near if placed.start <= start < placed.end]
        self._keep_lanes([*lanes, *self._opened(programme)])
        n_out = {placed.number - 1: placed.n_in for placed in near}
        pieces = [lane.read(end - start, n_out=n_out.get(lane.placed.number, 0)) for lane in lanes]
        self._place = end
        return Block(start, pieces[0] if len(pieces) == 1 else sum(pieces, np.zeros((end - start, CHANNELS), np.float32)))

    def _lane(self, placed: Placed, place: int) -> Lane:
        """What reads an item from a place on: it is there already, unless this is the first time or after a jump."""
        found = next((lane for lane in self._lanes if lane.placed == placed and lane.place == place), None)
        if found is None:
            found = Lane(placed, place, on_fault=self._on_fault)
            self._lanes.append(found)
        return found

    def _keep_lanes(self, kept: list[Lane]) -> None:
        for lane in self._lanes:
            if lane not in kept:
                lane.close()
        self._lanes = [lane for lane in self._lanes if lane in kept]

    def _opened(self, programme: Programme) -> list[Lane]:
        """What was opened ahead, if it is still what comes."""
        coming = self._coming(programme)
        return [lane for lane in self._lanes if lane.placed == coming and lane.place == coming.start]

    def _open_next(self, programme: Programme) -> None:
        coming = self._coming(programme)
        if coming is not None:
            self._lane(coming, coming.start).open()
            self._keep_lanes([lane for lane in self._lanes if lane.place == self._place or lane.placed == coming])

    def _coming(self, programme: Programme) -> Placed | None:
        """The item that comes after the one that is being decoded."""
        return next((placed for placed in programme.around(self._place) if placed.end > placed.start >= self._place), None)
