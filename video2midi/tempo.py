"""A choice of tempo and the film's rate and cuts go in; the exact map between seconds and ticks comes out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from math import floor, gcd

import numpy as np

from media.errors import UserError
from video2midi.fit import Anchor, fit_beats

PPQ = 960
LONGEST_BEAT_US = 2**24 - 1
"""A tempo event has three bytes for the microseconds of a beat."""

_MICROSECONDS = 1_000_000
_SLOWEST_TEXT, _FASTEST_BPM = "3.58", 1000
_USUAL_BEAT_US = 500_000
_FEW = 32  # arrays pay from there on
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{0,9})?|\.\d{1,9}|\d{1,12}/[1-9]\d{0,11}")


@dataclass(frozen=True)
class TempoChange:
    """From `tick` on a beat lasts `us_per_beat` whole microseconds, 1..2**24-1."""

    tick: int
    us_per_beat: int


@dataclass(frozen=True)
class TempoMap:
    """Seconds and ticks, exactly; ticks are counted from media time 0.

    Args:
        changes: the first at tick 0, in order.
        ppq: ticks a beat.
    """

    changes: tuple[TempoChange, ...] = (TempoChange(0, _USUAL_BEAT_US),)
    ppq: int = PPQ

    def __post_init__(self) -> None:
        if not 1 <= self.ppq <= 0x7FFF:
            raise ValueError(f"ticks a beat must lie between 1 and 32767, got {self.ppq}")
        if not self.changes or self.changes[0].tick != 0:
            raise ValueError("a tempo map must begin at tick 0")
        if any(before.tick >= after.tick for before, after in pairwise(self.changes)):
            raise ValueError("tempo changes must lie in order, one at a tick")
        for change in self.changes:
            if not 1 <= change.us_per_beat <= LONGEST_BEAT_US:
                raise ValueError(f"a beat must last 1..{LONGEST_BEAT_US} microseconds, got {change.us_per_beat}")

    @property
    def first_beat_s(self) -> Fraction:
        """Seconds of the first beat."""
        return Fraction(self.changes[0].us_per_beat, _MICROSECONDS)

    def time_to_tick(self, time: Fraction) -> int:
        """The tick nearest to an instant (half up); 0 for what lies before the film."""
        n, past, width = self._past_change(time)
        return self._ticks[n] + (2 * past + width) // (2 * width)

    def times_to_ticks(self, times: Sequence[Fraction]) -> list[int]:
        """As `time_to_tick`, of many instants, each from its absolute time; 200,000 take 0.05 s."""
        fast = self._ticks_in_64_bits(times) if len(times) > _FEW else None
        return [self.time_to_tick(time) for time in times] if fast is None else fast

    def _ticks_in_64_bits(self, times: Sequence[Fraction]) -> list[int] | None:
        """The same sums, all at once; None where a number might not fit."""
        try:
            count, parts = np.array([time.as_integer_ratio() for time in times], np.int64).T
            starts, widths, ticks = (np.array(column, np.int64) for column in (self._starts, self._widths, self._ticks))
        except OverflowError:
            return None
        if 2 * int(count.max()) * self._per_second + int(parts.max()) * max(self._widths) >= 1 << 62:
            return None
        count = np.maximum(count, 0) * self._per_second
        n = np.searchsorted(starts, count // parts, side="right") - 1
        width = parts * widths[n]
        return (ticks[n] + (2 * (count - starts[n] * parts) + width) // (2 * width)).tolist()

    def time_to_beat(self, time: Fraction) -> Fraction:
        """Beats from media time 0 to an instant, exactly; 0 for what lies before the film."""
        n, past, width = self._past_change(time)
        return Fraction(self._ticks[n] * width + past, width * self.ppq)

    def beat_to_time(self, beat: Fraction) -> Fraction:
        """Seconds at a beat, exactly."""
        tick = max(Fraction(0), beat) * self.ppq
        n = bisect_right(self._ticks, tick.numerator // tick.denominator) - 1
        past = tick.numerator - self._ticks[n] * tick.denominator
        return Fraction(self._starts[n] * tick.denominator + past * self._widths[n], tick.denominator * self._per_second)

    @cached_property
    def _common(self) -> int:
        return gcd(self.ppq * _MICROSECONDS, *(change.us_per_beat for change in self.changes))

    @cached_property
    def _per_second(self) -> int:
        """The map counts in parts of a second, as large as they can be for every tick to fall on a whole one."""
        return self.ppq * _MICROSECONDS // self._common

    @cached_property
    def _widths(self) -> list[int]:
        """Such parts of a tick, by stretch of tempo."""
        return [change.us_per_beat // self._common for change in self.changes]

    @cached_property
    def _starts(self) -> list[int]:
        """When each stretch begins, in such parts."""
        spans = [(after.tick - before.tick) * width for (before, after), width in zip(pairwise(self.changes), self._widths, strict=False)]
        return list(accumulate(spans, initial=0))

    @cached_property
    def _ticks(self) -> list[int]:
        return [change.tick for change in self.changes]

    def _past_change(self, time: Fraction) -> tuple[int, int, int]:
        """The number of the last tempo change, and how far past it an instant is; the third number is a tick by the same measure."""
        count, parts = max(0, time.numerator) * self._per_second, time.denominator
        # Whole numbers: comparing fractions is slow.
        n = bisect_right(self._starts, count // parts) - 1
        return n, count - self._starts[n] * parts, self._widths[n] * parts


def parse_tempo(text: str | float | Fraction) -> Fraction | str:
    """Read a choice of tempo: beats a minute such as `120` or `97.5`, `frame`, `cuts`, or `cuts:110`.

    Returns:
        Beats a minute; or "frame", "cuts", "cuts:110".
    Raises:
        ValueError: it is none of these, or too slow or fast for a MIDI file.
    """
    bare = str(text).strip().lower()
    if bare in ("frame", "cuts"):
        return bare
    number = bare.removeprefix("cuts:").removesuffix("bpm").strip()
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"must read like 120, 97.5, frame, cuts or cuts:110, got {text!r}")
    bpm = Fraction(number)
    if bpm > _FASTEST_BPM or not bpm or _us_per_beat(bpm) > LONGEST_BEAT_US:
        raise ValueError(f"must lie between {_SLOWEST_TEXT} and {_FASTEST_BPM} beats a minute, got {text!r}")
    return f"cuts:{tempo_text(bpm)}" if bare.startswith("cuts:") else bpm


def tempo_text(choice: Fraction | str) -> str:
    """A choice of tempo as `parse_tempo` reads it."""
    if isinstance(choice, str):
        return choice
    decimal = f"{float(choice):.9f}".rstrip("0").rstrip(".")
    return decimal if Fraction(decimal) == choice else str(choice)


def plan_tempo(
    choice: Fraction | str, *, rate: Fraction, is_vfr: bool, cuts: Sequence[Fraction], end: Fraction, where: str
) -> TempoMap:
    """The tempo map that a choice stands for.

    Args:
        choice: as `parse_tempo` gives it. "frame" makes every frame a whole number of ticks long, so that each
            begins on a tick exactly (where the first one begins at 0; else all of them are off by the same part
            of a tick). "cuts" bends the tempo so that cuts fall on beats.
        rate: frames a second of the film.
        cuts: media times.
        end: the film's end; cuts from there on do not count.
        where: the film's name, for errors.
    Raises:
        UserError: "frame", and the rate varies or allows no such tempo.
    """
    if choice == "frame":
        return TempoMap((TempoChange(0, _frame_locked(rate, is_vfr=is_vfr, where=where)),))
    us = _us_per_beat(_base_bpm(choice))
    if isinstance(choice, Fraction):
        return TempoMap((TempoChange(0, us),))
    beat_s = Fraction(us, _MICROSECONDS)
    inside = [cut for cut in cuts if 0 < cut < end]
    return _through(fit_beats(inside, beat_s=beat_s, longest_beat_s=Fraction(LONGEST_BEAT_US, _MICROSECONDS)), us_per_beat=us)


def count_on_beats(tempo: TempoMap, times: Sequence[Fraction]) -> int:
    """How many instants (cuts, say) lie within half a tick of a beat."""
    return sum(tick % tempo.ppq == 0 for tick in tempo.times_to_ticks(times))


def _base_bpm(choice: Fraction | str) -> Fraction:
    if isinstance(choice, Fraction):
        return choice
    return Fraction(choice.removeprefix("cuts:")) if choice.startswith("cuts:") else Fraction(120)


def _us_per_beat(bpm: Fraction) -> int:
    """Whole microseconds, nearest: what the file can say. Ticks derive from this, never from the BPM."""
    return floor(60 * _MICROSECONDS / bpm + Fraction(1, 2))


def _frame_locked(rate: Fraction, *, is_vfr: bool, where: str) -> int:
    """Us a beat such that a beat is whole frames, a frame whole ticks; the nearest to 120 BPM, the slower of two."""
    remedy = "Name a tempo in beats a minute, such as --tempo 120."
    if is_vfr:
        raise UserError(where, "its frame rate varies, so no tempo is locked to its frames", remedy)
    beats = [n * _MICROSECONDS / rate for n in range(1, PPQ + 1) if PPQ % n == 0]
    fitting = [int(beat) for beat in beats if beat.denominator == 1 and beat <= LONGEST_BEAT_US]
    if not fitting:
        raise UserError(where, f"no tempo is locked to {float(rate):.6g} frames a second: none has whole microseconds a beat", remedy)
    return min(fitting, key=lambda us: (abs(us - _USUAL_BEAT_US), -us))


def _through(anchors: Sequence[Anchor], *, us_per_beat: int) -> TempoMap:
    """A map with every anchor within a quarter of a tick of its beat; the last tempo stays.

    Each stretch starts from where whole microseconds brought the one before, so nothing adds up.
    """
    changes: list[TempoChange] = []
    beat, now_us = 0, 0
    for anchor in anchors:
        span_us = floor(anchor.time * _MICROSECONDS + Fraction(1, 2)) - now_us
        for n_beats, us in _even_beats(span_us, anchor.beat - beat):
            if not changes or changes[-1].us_per_beat != us:
                changes.append(TempoChange(beat * PPQ, us))
            beat, now_us = beat + n_beats, now_us + n_beats * us
    return TempoMap(tuple(changes) or (TempoChange(0, us_per_beat),))


def _even_beats(span_us: int, n_beats: int) -> list[tuple[int, int]]:
    """Beats of one length that fill a stretch but for a quarter of a tick; else of two, a microsecond apart, that fill it."""
    us = (2 * span_us + n_beats) // (2 * n_beats)
    if abs(n_beats * us - span_us) * 4 * PPQ <= us:
        return [(n_beats, us)]
    us, n_longer = divmod(span_us, n_beats)
    return [(n_beats - n_longer, us), (n_longer, us + 1)]
