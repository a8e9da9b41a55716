"""The frames of a film go in as they are decoded; they come out in real time, each when it is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from threading import Event

from live.capture import CaptureState, OnCaptureState
from live.clock import Clock
from media.errors import UserError
from media.frames import Frame, OnFault

SEEN_AT_LEAST_EVERY_S = 0.1
MOST_BEHIND_S = 1.0
_LOOK_EVERY_S = 0.1


class FilmSource:
    """Plays a film against the clock: frame by frame at origin + its media time.

    A frame that is late by its whole duration is left out and counted, yet one is shown every 0.1 s. Where decoding
    falls a second behind, the film goes on from where it is: slower, never frozen.

    Args:
        read: begins to decode the film, anew at each pass.
        put: takes each frame and the instant at which it was due.
    """

    def __init__(
        self,
        read: Callable[[], Iterator[Frame]],
        put: Callable[[Frame, float], None],
        *,
        clock: Clock,
        loop: bool,
        on_state: OnCaptureState,
        on_fault: OnFault,
    ) -> None:
        self.state: CaptureState = "open"
        self.n_skipped = 0
        self._read, self._put, self._clock, self._loop = read, put, clock, loop
        self._on_state, self._on_fault = on_state, on_fault
        self._frames: Iterator[Frame] = iter(())
        self._shown_s = float("-inf")

    def open(self) -> None:
        """Decode the first frame.

        Raises:
            UserError: there is no such film, or nothing in it can be decoded.
        """
        frames = self._read()
        first = next(frames, None)
        self._frames = chain([] if first is None else [first], frames)

    def run(self, ended: Event) -> None:
        try:
            self._play_on(ended)
        finally:
            self._frames = iter(())  # closes the file
            self.state = "ended"
            self._on_state("ended")

    def watch(self) -> None:
        """Nothing gets stuck here."""

    def _play_on(self, ended: Event) -> None:
        """Play once, or again and again."""
        origin_s = None
        while not ended.is_set():
            origin_s = self._play(origin_s, ended)
            if origin_s is None:
                break
            if not self._loop:
                self._sleep_until(origin_s, ended)  # the last frame too is shown for its time
                break
            self._frames = self._read()

    def _play(self, origin_s: float | None, ended: Event) -> float | None:
        """Play once; returns the instant at which the next pass begins, None where nothing could be played."""
        end_s = None
        for frame in self._until_broken():
            if ended.is_set():
                break
            if origin_s is None or end_s is None:
                origin_s = (self._clock.now() if origin_s is None else origin_s) - float(frame.time)
            origin_s += self._show(frame, origin_s, ended)
            end_s = origin_s + float(frame.time + frame.duration)
        return end_s

    def _until_broken(self) -> Iterator[Frame]:
        """The frames; a film that breaks off in the middle is over there."""
        try:
            yield from self._frames
        except UserError as error:
            self._on_fault(str(error))

    def _show(self, frame: Frame, origin_s: float, ended: Event) -> float:
        """Put a frame when it is due; returns by how much the film falls behind for good, seconds."""
        due_s = origin_s + float(frame.time)
        self._sleep_until(due_s, ended)
        now_s = self._clock.now()
        late_s = now_s - due_s
        is_late = late_s > frame.duration
        if is_late and now_s - self._shown_s < SEEN_AT_LEAST_EVERY_S:
            self.n_skipped += 1
        elif not ended.is_set():
            self._shown_s = now_s
            self._put(frame, now_s if is_late else due_s)
        return late_s if late_s > MOST_BEHIND_S else 0.0

    def _sleep_until(self, due_s: float, ended: Event) -> None:
        """In small parts, so that closing never waits for a picture that is shown for minutes."""
        while not ended.is_set() and (now_s := self._clock.now()) < due_s:
            self._clock.sleep_until(min(due_s, now_s + _LOOK_EVERY_S))
