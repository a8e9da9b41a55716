"""A programme, and what those in charge want of it, go in; the samples of each block come out, and how far that is.

Everything here happens in the audio callback: it takes what is decoded already, and never waits. Wishes are values that are exchanged at
once, so that nobody locks anything.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil, floor, inf

import numpy as np

from live.sound.clockfile import Reading, VoiceState
from live.sound.programme import Programme
from live.sound.ramps import DECLICK, Ramp, amplified
from live.sound.run import CHANNELS, Run
from live.sound.tape import Tape
from media.sound import SAMPLE_RATE

SLOWEST, FASTEST = 0.25, 4.0
AS_RECORDED = Tape(1.0)


@dataclass(frozen=True, eq=False)
class Wish:
    """What is wanted of a voice.

    Args:
        run: where it is to play; another one is a seek.
    """

    programme: Programme
    run: Run
    plays: bool = False
    tape: Tape = AS_RECORDED


@dataclass(frozen=True)
class _Stretch:
    """What a voice plays without a break; as `Reading`."""

    instant_s: float
    place: float
    speed: float = 0.0
    behind: float = 0.0
    beyond: float = 0.0


class Sounding:
    """A voice as it sounds. It fades in and out over 10 ms wherever it begins or stops in the middle of something; joins are left alone.

    Args:
        number: from 1.
        outs: channels of the output, from 0, where its two sides go; one for both.
    """

    def __init__(self, number: int, wish: Wish, *, outs: tuple[int, ...] = (0, 1), gain: float = 1.0) -> None:
        self.number, self.outs, self.wish = number, outs, wish
        self.gains: deque[tuple[float, float]] = deque()
        """Levels to go to, and the seconds for it: put here, taken in the callback."""
        self._gain = Ramp(gain)
        self._edge = Ramp(0.0)
        self.is_on = False
        """Whether it sounds."""
        self._run = wish.run
        self._due_s = wish.run.due_s
        self._fraction = 0.0  # how far beyond the run's place it is, where it runs at another speed
        self._since = 0.0
        self._n_gaps = 0
        self._state: VoiceState = "paused"
        self._stretch = _Stretch(0.0, wish.run.place)
        self.reading = self._read()

    def render(self, n: int, heard_s: float) -> np.ndarray | None:
        """The next block, (n, 2) float32, read-only; None for silence.

        Args:
            heard_s: the instant at which its first sample is heard.
        """
        wish = self.wish
        while self.gains:
            level, over_s = self.gains.popleft()
            self._gain.glide(level, over_s=over_s)
        gain = self._gain.next(n)
        pieces: list[tuple[int, np.ndarray]] = []
        at = 0
        if self.is_on:
            at = self._go_on(pieces, n, heard_s, wish)
        if not self.is_on:
            self._arrive(pieces, at, n, heard_s, wish)
        self.reading = self._read()
        sound = _joined(pieces, n)
        return None if sound is None else amplified(sound, gain)

    def break_off(self, heard_s: float) -> None:
        """Time was lost in which nothing was heard: skip as much, for all know where it ought to be.

        Args:
            heard_s: the instant at which the next sample was to be heard.
        """
        if self.is_on:
            self.is_on, self._due_s = False, heard_s

    def _go_on(self, pieces: list[tuple[int, np.ndarray]], n: int, heard_s: float, wish: Wish) -> int:
        """Play on, or to where it has faded away; returns the sample behind that."""
        is_wanted = wish.plays and wish.run is self._run
        if self._edge.target != is_wanted:
            self._edge.go(float(is_wanted), over=DECLICK)
        at = self._play(pieces, 0, n if is_wanted else min(n, self._edge.n_left), heard_s, wish)
        if not is_wanted and not self._edge.n_left:
            self.is_on = False
        return at

    def _arrive(self, pieces: list[tuple[int, np.ndarray]], at: int, n: int, heard_s: float, wish: Wish) -> None:
        """Begin to play, if that is wanted and there is something to play."""
        if self._run is not wish.run:
            self._take_over(wish.run, heard_s + at / SAMPLE_RATE)
        if not wish.plays:
            self._state, self._due_s = "paused", None
            return
        at = self._wait_until_due(at, n, heard_s, wish)
        if self._is_over(wish):
            self._state = "ended"
        elif at >= n or self._n_ready(wish) <= 0:
            self._state = "waiting"
        else:
            self.is_on, self._state = True, "playing"
            self._edge.go(0.0, over=0)
            self._edge.go(1.0, over=DECLICK)
            self._play(pieces, at, n - at, heard_s, wish)

    def _take_over(self, run: Run, instant_s: float) -> None:
        self._run, self._due_s, self._fraction, self._since = run, run.due_s, 0.0, 0.0
        self._stretch = _Stretch(instant_s, run.place)

    def _wait_until_due(self, at: int, n: int, heard_s: float, wish: Wish) -> int:
        """Where in the block to begin; n where it is not time yet, or nothing is there of what would be heard by now."""
        if self._due_s is None:
            self._since = 0.0
            return at
        rate, due = wish.tape.rate, round((self._due_s - heard_s) * SAMPLE_RATE)
        if due < at:
            late = round((at - due) * rate)
            n_skipped = len(self._run.take(late))
            self._due_s += n_skipped / (rate * SAMPLE_RATE)
            due = at if n_skipped == late else n
        self._since = inf  # it is where it would have been: nobody's picture need wait
        self._stretch = _Stretch(self._due_s, self._run.place, rate * SAMPLE_RATE, inf, self._n_beyond(wish))
        if due < n:
            self._due_s = None
        return min(due, n)

    def _play(self, pieces: list[tuple[int, np.ndarray]], at: int, n: int, heard_s: float, wish: Wish) -> int:
        """Play n samples from sample `at` of the block on, or as many as there are; returns the sample behind them."""
        place, n_beyond = self._run.place + self._fraction, self._n_beyond(wish)
        samples = self._fetch(n, wish)
        moved = len(samples) * wish.tape.rate
        is_leaving = not self._edge.target
        samples = amplified(samples, self._edge.next(len(samples)))
        if len(samples) < n:
            samples = self._run_dry(samples, wish)
            n_beyond = moved
        elif is_leaving:
            n_beyond = moved + self._edge.n_left * wish.tape.rate
        self._stretch = _Stretch(heard_s + at / SAMPLE_RATE, place, wish.tape.rate * SAMPLE_RATE, self._since, n_beyond)
        self._since += moved
        if len(samples):
            pieces.append((at, samples))
        return at + len(samples)

    def _run_dry(self, samples: np.ndarray, wish: Wish) -> np.ndarray:
        """There is no more for now: fade out what is left, unless this is the end."""
        self.is_on = False
        if self._is_over(wish):
            self._state = "ended"
            return samples
        self._state, self._n_gaps = "waiting", self._n_gaps + 1
        n = min(DECLICK, len(samples))
        fall = np.linspace(1, 0, n + 1, dtype=np.float32)[1:, None]
        return np.concatenate([samples[: len(samples) - n], samples[len(samples) - n :] * fall])

    def _fetch(self, n: int, wish: Wish) -> np.ndarray:
        """The next samples at the speed that is wanted, (n, 2) or fewer."""
        tape, run = wish.tape, self._run
        rate, from_ = tape.rate, self._fraction
        if rate == 1 and not from_:
            return run.take(n)
        if rate == 1:
            rate = (n + round(from_) - from_) / n  # so little faster or slower that it ends on a whole sample
        m = min(n, max(0, ceil((self._n_ready(wish) - from_) / rate)))
        if not m:
            return np.zeros((0, CHANNELS), np.float32)
        seen = run.peek(floor(from_ + (m - 1) * rate) + 1 + tape.reach, reach=tape.reach)
        samples = tape.play(seen, at=from_, n=m, rate=rate)
        to = from_ + m * rate if rate == tape.rate != 1 else float(round(from_ + m * rate))
        is_there = len(run.take(floor(to))) == floor(to)
        self._fraction = to - floor(to) if is_there else 0.0
        return samples

    def _n_ready(self, wish: Wish) -> int:
        """Samples that can be played."""
        is_plain = wish.tape.rate == 1 and not self._fraction
        return self._run.n_ahead - (0 if is_plain or self._is_last(wish) else wish.tape.reach)

    def _is_last(self, wish: Wish) -> bool:
        """Whether all that will ever come is there."""
        return self._run.place + self._run.n_ahead >= wish.programme.end

    def _is_over(self, wish: Wish) -> bool:
        return self._run.place >= wish.programme.end

    def _n_beyond(self, wish: Wish) -> float:
        """Samples until it stands still."""
        return max(0.0, wish.programme.end - self._run.place - self._fraction)

    def _read(self) -> Reading:
        stretch = self._stretch
        where = (stretch.instant_s, float(stretch.place), stretch.speed, stretch.behind, stretch.beyond)
        return Reading(self.number, self._run.number, self._state, *where, self._n_gaps)


def _joined(pieces: list[tuple[int, np.ndarray]], n: int) -> np.ndarray | None:
    """A block of which pieces are known."""
    if not pieces:
        return None
    if len(pieces[0][1]) == n:
        return pieces[0][1]
    block = np.zeros((n, CHANNELS), np.float32)
    for at, samples in pieces:
        block[at : at + len(samples)] = samples
    return block
