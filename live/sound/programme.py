"""Stretches of films go in, one after the other; the line of time that they make comes out, exact to the sample."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from media.sound import SAMPLE_RATE
from media.span import Span

N_REMEMBERED = 1000
"""Items that were played are forgotten but for so many: a programme may go on for months."""


@dataclass(frozen=True)
class Item:
    """What is heard for a while.

    Args:
        path: a film or sound; None is silence.
        span: media time of it; silence is as long as this.
        gain_db: how much louder than it was recorded.
        fade_in_s, fade_out_s: straight fades at its edges; 0 leaves every sample as it is.
        overlap_s: how long before the end of the item before it it begins, both in a cross-fade of equal power; the first item's
            counts for nothing.
    """

    path: Path | None
    span: Span
    gain_db: float = 0.0
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0
    overlap_s: float = 0.0

    @property
    def first(self) -> int:
        """The sample of the file that it begins with."""
        return round(self.span.start * SAMPLE_RATE)

    @property
    def n_samples(self) -> int:
        """How long it lasts; such that spans that touch neither overlap nor leave a gap."""
        return round(self.span.end * SAMPLE_RATE) - self.first


@dataclass(frozen=True)
class Placed:
    """An item in its place.

    Args:
        number: counts the items of a programme from 0, those forgotten too.
        start, end: samples of the programme, half-open.
        n_in: samples that it shares with the item before it, in a cross-fade.
    """

    number: int
    item: Item
    start: int
    end: int
    n_in: int = 0

    @property
    def start_s(self) -> float:
        """Where it begins, seconds into the programme."""
        return self.start / SAMPLE_RATE

    @property
    def end_s(self) -> float:
        """Where it ends, seconds into the programme."""
        return self.end / SAMPLE_RATE


@dataclass(frozen=True)
class Programme:
    """Items in order. Places in it are counted in samples from where its very first item begins.

    Args:
        placed: those that are remembered.
    """

    placed: tuple[Placed, ...] = ()

    @property
    def start(self) -> int:
        """Where the oldest item begins that is remembered."""
        return self.placed[0].start if self.placed else 0

    @property
    def end(self) -> int:
        """Where the last item ends."""
        return self.placed[-1].end if self.placed else 0

    def with_item(self, item: Item) -> Programme:
        """The same with one more at the end."""
        last = self.placed[-1] if self.placed else None
        # Never more than the half of either: three are never heard at once.
        n_in = min(round(item.overlap_s * SAMPLE_RATE), item.n_samples // 2, (last.end - last.start) // 2) if last else 0
        start = self.end - n_in
        added = Placed(0 if last is None else last.number + 1, item, start, start + item.n_samples, n_in)
        return Programme((*self.placed, added))

    def forgetting(self, before: int) -> Programme:
        """The same without those that ended long before a place."""
        n_over = self._index(before) - N_REMEMBERED
        return self if n_over <= 0 else Programme(self.placed[n_over:])

    def around(self, sample: int) -> tuple[Placed, ...]:
        """The items that are heard at a place, and the neighbours on both sides."""
        index = self._index(sample)
        return self.placed[max(0, index - 2) : index + 2]

    def nearest(self, sample: float) -> float:
        """The place itself; of one beyond the end or before the start that edge."""
        return min(max(sample, self.start), self.end)

    def _index(self, sample: int) -> int:
        """How many items begin at a place or before it."""
        return bisect_right(self.placed, sample, key=lambda placed: placed.start)
