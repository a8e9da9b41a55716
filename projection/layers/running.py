"""A layer's settings go in; its pictures come out in shared memory, whatever becomes of it.

Each layer has a thread, which asks it for the picture of every instant. One that raises is closed and made anew, after ever longer
pauses; one that does not answer is told of by a second thread, and after a while left behind for another.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from live.clock import ticks
from media.errors import UserError
from projection.layers.layer import Absent, Layer, LayerSettings, Playing, Plays, Room
from projection.layers.showing import SETTLED_S, Fares, Showing

STUCK_S = 2.0
FIRST_RETRY_S, LONGEST_RETRY_S = 0.25, 8.0
PATIENCE_S = 10.0
_MOST_LEFT = 3
"""Threads that do not answer cannot be ended; there must not be more and more of them."""
_LOOK_S = 0.1
_CLOSE_S = 0.7
_LONGEST_WORDS = 200

_LOG = logging.getLogger(__name__)


class Runner:
    """Runs one layer from now on until `close`.

    Args:
        settings: what it shows, and what makes it; its name must be told.
        frames_path: of the file in which its pictures are shared, which is there as soon as this returns.
        rate_hz: how often it is asked for a picture.
    Raises:
        UserError: there is no room for the file.
    """

    def __init__(self, settings: LayerSettings, room: Room, frames_path: Path, *, rate_hz: float = 60.0) -> None:
        self._room, self._rate_hz = room, rate_hz
        self.name, self.settings = settings.name, settings
        self._showing = Showing(settings.name, room, frames_path)
        self._patience_s = PATIENCE_S
        self._ended = Event()
        self._left: list[Worker] = []
        self._worker = self._begin_worker()
        self._watcher = Thread(target=self._watch, name=f"watch {self.name}", daemon=True)
        self._watcher.start()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def set(self, settings: LayerSettings, *, key: str = "") -> None:
        """Show it with other settings: moved where all that differ are live, else the layer is made anew.

        Args:
            key: the one that was set; a deed is done, whatever it was before.
        """
        self.settings = settings
        self._worker.want(settings, deed=key if key in settings.DEEDS else "")

    def stats(self) -> Fares:
        """How it fares."""
        showing, worker = self._showing, self._worker
        age_s = None if showing.latest_s is None else self._room.clock.now() - showing.latest_s
        rate = showing.rate_hz, age_s, worker.draw_ms, worker.n_late
        return Fares(showing.state, showing.fault, showing.n_pictures, *rate, worker.playing())

    def close(self) -> None:
        """End it, within a second; a layer that does not answer is left behind."""
        self._ended.set()
        self._worker.leave()
        self._worker.thread.join(timeout=_CLOSE_S)
        self._watcher.join(timeout=_LOOK_S)
        self._showing.close()

    def _begin_worker(self) -> Worker:
        worker = Worker(self.settings, self._room, self._showing)
        worker.run(self._rate_hz)
        return worker

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_S):
            self._look(self._room.clock.now())

    def _look(self, now_s: float) -> None:
        """Notice that the layer does not answer."""
        busy_s = self._worker.busy_s(now_s)
        if busy_s < STUCK_S:
            return
        self._worker.find_stuck(now_s)
        self._left = [worker for worker in self._left if worker.thread.is_alive()]
        if busy_s > self._patience_s and len(self._left) < _MOST_LEFT:
            self._worker.leave()
            self._left.append(self._worker)
            self._patience_s *= 2
            self._worker = self._begin_worker()


class Worker:
    """One thread with a layer, or with none while it waits to make it anew.

    Args:
        showing: where its pictures go, until it is left.
    """

    def __init__(self, settings: LayerSettings, room: Room, showing: Showing) -> None:
        self._room, self._showing = room, showing
        self._wanted = self._settings = settings
        self._deeds: deque[str] = deque()
        self._layer: Layer | None = None
        self._played: Playing | None = None
        self._has_drawn = False
        self._left = Event()
        self._busy_since_s: float | None = None
        self._retry_s, self._pause_s = room.clock.now(), FIRST_RETRY_S
        self._well_since_s: float | None = None
        self.draw_ms = 0.0
        self.n_late = 0

    def run(self, rate_hz: float) -> None:
        """Begin the thread."""
        self.thread = Thread(target=self._run, args=(rate_hz,), name=f"layer {self._settings.name}", daemon=True)
        self.thread.start()

    def want(self, settings: LayerSettings, *, deed: str = "") -> None:
        """Have it show these settings, and do a deed, at its next turn."""
        self._wanted = settings
        if deed:
            self._deeds.append(deed)

    def playing(self) -> Playing | None:
        """What it plays, or did last; None where it is of another kind."""
        layer = self._layer
        with suppress(Exception):  # whoever asks is not to fall for it
            return layer.playing() if isinstance(layer, Plays) else self._played
        return None

    def leave(self) -> None:
        """Have it end as soon as it answers; nothing of it is shown any more."""
        self._left.set()

    def busy_s(self, now_s: float) -> float:
        """How long the layer has not answered."""
        since_s = self._busy_since_s
        return 0.0 if since_s is None else now_s - since_s

    def find_stuck(self, now_s: float) -> None:
        """Tell that it does not answer."""
        self._showing.fail(f"it has not answered for {STUCK_S:g} s.", now_s, state="stuck")

    def step(self, at_s: float) -> None:
        """One turn: the picture of an instant, if there is a new one; nothing that the layer does gets out of here."""
        self._busy_since_s = self._room.clock.now()
        try:
            self._turn(at_s)
        except BaseException as error:  # a library that ends the program ends its own layer only
            self._fail(error, at_s)
        finally:
            self._busy_since_s = None

    def end(self) -> None:
        """Close the layer."""
        self._played = self.playing()
        layer, self._layer = self._layer, None
        if layer is not None:
            with suppress(Exception):  # it is given up anyway
                layer.close()

    def _run(self, rate_hz: float) -> None:
        # The pace is real time even where the show's clock is not; the instants are the clock's.
        for tick in ticks(_Pace(self._left), 1 / rate_hz):
            if self._left.is_set():
                break
            self.n_late += tick.n_skipped
            self.step(self._room.clock.now() - (time.perf_counter() - tick.due_s))
        self.end()

    def _turn(self, at_s: float) -> None:
        self._follow()
        if self._layer is None:
            if self._room.clock.now() < self._retry_s:
                return
            self._layer, self._has_drawn = self._settings.make(self._room), False
        begun_s = time.perf_counter()
        drawn = self._layer.draw(at_s)
        if self._left.is_set():
            return
        if drawn is not None:
            self._showing.show(drawn, at_s)
            self._has_drawn = True
            self.draw_ms += 0.1 * (1000 * (time.perf_counter() - begun_s) - self.draw_ms)
        elif self._has_drawn:
            self._showing.show_again(at_s)
        self._note_well(at_s)

    def _follow(self) -> None:
        """Take over settings that are wanted, and do what is."""
        deeds = [self._deeds.popleft() for _ in range(len(self._deeds))]  # before the settings, which are no older then
        before, self._settings = self._settings, self._wanted
        if (before is self._settings and not deeds) or self._layer is None:
            return  # one that is made now begins with them
        changed = {name for name in type(before).model_fields if getattr(before, name) != getattr(self._settings, name)}
        changed -= self._settings.DEEDS.union(LayerSettings.model_fields)  # how it lies is for outputs to see to
        if changed - {parameter.name for parameter in self._settings.parameters() if parameter.live}:
            self.end()
            return
        if changed or deeds:
            self._layer.set(self._settings)
        for deed in deeds:
            if isinstance(self._layer, Plays):
                self._layer.act(deed)

    def _note_well(self, at_s: float) -> None:
        self._well_since_s = at_s if self._well_since_s is None else self._well_since_s
        if at_s - self._well_since_s >= SETTLED_S:
            self._pause_s = FIRST_RETRY_S

    def _fail(self, error: BaseException, at_s: float) -> None:
        self._well_since_s = None
        is_first = self._pause_s == FIRST_RETRY_S
        if not isinstance(error, Absent):
            self.end()
            self._retry_s, self._pause_s = self._room.clock.now() + self._pause_s, min(2 * self._pause_s, LONGEST_RETRY_S)
        if not self._left.is_set():
            _LOG.debug("layer %s", self._settings.name, exc_info=error)
            is_absent = isinstance(error, Absent)
            is_told = isinstance(error, Absent) and error.is_told
            self._showing.fail(_in_words(error), at_s, is_absent=is_absent, may_wait=is_first and not is_absent, is_told=is_told)


class _Pace:
    """Real time, in which one sleeps no longer than there is something to wait for."""

    def __init__(self, ended: Event) -> None:
        self._ended = ended

    def now(self) -> float:
        return time.perf_counter()

    def sleep_until(self, instant_s: float) -> None:
        self._ended.wait(max(0.0, instant_s - self.now()))


def _in_words(error: BaseException) -> str:
    """A fault in a line."""
    if isinstance(error, UserError):
        return str(error)
    words = " ".join(f"it fails ({type(error).__name__}: {error})".split())
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}...)"
