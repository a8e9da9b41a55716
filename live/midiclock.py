"""A tempo goes in, MIDI clock comes out: 24 pulses a beat at instants fixed beforehand, with start, stop and position."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Event, RLock, Thread
from typing import Any

from live.clock import Clock

PULSES_PER_BEAT = 24
PULSES_PER_SIXTEENTH = 6  # the unit of a song position
N_POSITIONS = 1 << 14
MOST_LATE_S = 1.0
_LEAD_S = 0.002  # the standard asks for a millisecond between start and the first pulse
_N_KEPT = 2400


@dataclass(frozen=True)
class Jitter:
    """How late the latest pulses left, in milliseconds, and how many were left out since the start."""

    n_pulses: int
    median_ms: float
    p99_ms: float
    worst_ms: float
    n_skipped: int


class MidiClock:
    """Leads other devices. Pulse n since the tempo was set leaves at origin + n * 60 / (24 * bpm): no lateness adds up.

    Args:
        send: takes each message; `MidiOut.send` does.
        is_threaded: pulses are sent by a thread of its own; without it the caller does so with `pulse`.
    """

    def __init__(self, send: Callable[[Any], None], *, clock: Clock, bpm: float = 120.0, is_threaded: bool = True) -> None:
        self._send, self._clock, self._is_threaded = send, clock, is_threaded
        self._lock = RLock()
        self._period_s = _bpm_to_period_s(bpm)
        self._origin, self._origin_s = 0, 0.0
        self._next = 0
        self._running: tuple[Thread | None, Event] | None = None
        self._late_s: deque[float] = deque(maxlen=_N_KEPT)
        self._n_skipped = 0

    def __enter__(self) -> MidiClock:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def position(self) -> int:
        """The number of the pulse that comes next, from the beginning of the song."""
        return self._next

    @property
    def is_running(self) -> bool:
        return self._running is not None

    @property
    def due_s(self) -> float:
        """The instant at which the next pulse is due."""
        with self._lock:
            return self._origin_s + (self._next - self._origin) * self._period_s

    def start(self, *, at_s: float | None = None) -> float:
        """Send Start, and the first pulse at `at_s` (2 ms from now by default); returns that instant."""
        self._halt()
        self._next = 0
        return self._run("start", at_s)

    def resume(self, *, sixteenths: int | None = None, at_s: float | None = None) -> float:
        """Go on where it stopped, or at a song position, which is told first; returns the instant of the first pulse."""
        self._halt()
        if sixteenths is not None:
            self._next = sixteenths * PULSES_PER_SIXTEENTH
            self._send_position()
        return self._run("continue", at_s)

    def stop(self) -> None:
        """Send Stop, where it runs; the position is kept."""
        if self.is_running:
            self._halt()
            self._say("stop")

    def set_bpm(self, bpm: float) -> None:
        """Change the tempo: the next pulse comes when it was due, those after it in the new time."""
        with self._lock:
            self._origin, self._origin_s = self._next, self.due_s
            self._period_s = _bpm_to_period_s(bpm)

    def pulse(self) -> None:
        """Wait for the next pulse and send it."""
        due_s = self.due_s
        self._clock.sleep_until(due_s)
        with self._lock:
            if self._running is None or self._running[1].is_set():
                return
            late_s = self._clock.now() - due_s
            if late_s > MOST_LATE_S:
                self._jump()
                return
            self._say("clock")
            self._late_s.append(late_s)
            self._next += 1

    def jitter(self) -> Jitter:
        """How punctual the latest pulses were."""
        with self._lock:
            late_ms = sorted(1000 * late_s for late_s in self._late_s) or [0.0]
            return Jitter(
                len(self._late_s), statistics.median(late_ms), late_ms[ceil(0.99 * len(late_ms)) - 1], late_ms[-1], self._n_skipped
            )

    def _run(self, command: str, at_s: float | None) -> float:
        with self._lock:
            self._say(command)
            first_s = self._clock.now() + _LEAD_S if at_s is None else at_s
            self._origin, self._origin_s = self._next, first_s
            ended = Event()
            thread = Thread(target=self._pulse_on, args=(ended,), name="MIDI clock", daemon=True) if self._is_threaded else None
            self._running = thread, ended
        if thread is not None:
            thread.start()
        return first_s

    def _pulse_on(self, ended: Event) -> None:
        while not ended.is_set():
            self.pulse()

    def _halt(self) -> None:
        if self._running is None:
            return
        thread, ended = self._running
        with self._lock:
            ended.set()
        if thread is not None:
            thread.join()
        self._running = None

    def _jump(self) -> None:
        """After a long sleep of the machine: go on in time at the next sixteenth, rather than send all pulses at once."""
        n_missed = ceil((self._clock.now() - self.due_s) / self._period_s)
        target = self._next + n_missed
        target += -target % PULSES_PER_SIXTEENTH
        self._n_skipped += target - self._next
        self._next = target
        self._say("stop")
        self._send_position()
        self._say("continue")

    def _send_position(self) -> None:
        # Fourteen bits: 34 minutes at 120 BPM. Beyond, the receiver begins anew, as its own counter would.
        self._say("songpos", pos=self._next // PULSES_PER_SIXTEENTH % N_POSITIONS)

    def _say(self, kind: str, **fields: int) -> None:
        from mido import Message

        self._send(Message(kind, **fields))


def _bpm_to_period_s(bpm: float) -> float:
    """Seconds from pulse to pulse."""
    if not bpm > 0:
        raise ValueError(f"bpm must be above 0, got {bpm}")
    return 60 / (PULSES_PER_BEAT * bpm)
