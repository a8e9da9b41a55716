"""Items that were looked into go in; they come out laid end to end on one line of time, which only grows.

It is counted in samples, as what is heard of it, so that picture and sound of thousands of items keep in step. Nothing here is a thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from live.sound.programme import Item as Heard
from live.sound.programme import Placed
from live.sound.programme import Programme as Line
from media.sound import SAMPLE_RATE
from media.span import Span
from projection.player.decoding import LEAD_S
from projection.player.opening import Opened
from projection.player.reel import Reel
from projection.player.voice import extend

DECLICK_S = 0.01


@dataclass(eq=False)
class Stretch:
    """An item on the line.

    Args:
        begin: the media time that is played first.
        end: where it ends on the line, samples.
        is_out: whether it is passed over.
        is_seen: whether there has been a picture of it.
        is_judged: whether what there is of it has been found out.
        n_told: how many faults had been told when it was laid out.
    """

    opened: Opened
    placed: Placed
    begin: Fraction
    end: int
    reel: Reel | None = None
    is_out: bool = False
    is_seen: bool = False
    is_judged: bool = False
    n_told: int = 0

    @property
    def number(self) -> int:
        """How many stretches of the line lie before it."""
        return self.placed.number

    @property
    def start_s(self) -> float:
        """Where it begins on the line, seconds."""
        return self.placed.start_s

    @property
    def end_s(self) -> float:
        """Where it ends on the line, seconds."""
        return self.end / SAMPLE_RATE

    @property
    def due_s(self) -> float:
        """From when on its first picture is nearer than the last one before."""
        return self.start_s - min(float(self.opened.frame_s) / 2, LEAD_S)

    @property
    def fade_s(self) -> float:
        """For how long the one before goes on below it, seconds."""
        return self.placed.n_in / SAMPLE_RATE

    def media_s(self, position_s: float) -> float:
        """The media time that belongs to a place of the line."""
        return float(self.begin) + position_s - self.start_s

    def cut(self, end: Fraction) -> None:
        """Have it end at a media time, as nothing comes after."""
        self.end = min(self.end, self.placed.start + max(0, round((end - self.begin) * SAMPLE_RATE)))


class Timeline:
    """The stretches that play, or are going to. What is passed over is not seen from outside."""

    def __init__(self) -> None:
        self._stretches: deque[Stretch] = deque()
        self._line = Line()

    def __iter__(self) -> Iterator[Stretch]:
        return (stretch for stretch in self._stretches if not stretch.is_out)

    @property
    def end_s(self) -> float:
        """Where the line ends, seconds."""
        return self._line.end / SAMPLE_RATE

    def append(self, opened: Opened, *, begin: Fraction | None = None) -> Stretch:
        """Lay an item behind all others, or over the end of the last one for as long as it fades in.

        Args:
            begin: the media time to play first, without any fade; None is the beginning of its span.
        """
        span = opened.span if begin is None else Span(begin, opened.span.end)
        self._line = extend(self._line, heard(opened, span, fades=begin is None))
        placed = self._line.placed[-1]
        self._stretches.append(Stretch(opened, placed, span.start, placed.end))
        return self._stretches[-1]

    def at(self, position_s: float) -> Stretch | None:
        """What is seen at a place: the last one that is due; before the first that one."""
        found = None
        for stretch in self:
            if found is not None and stretch.due_s > position_s:
                break
            found = stretch
        return found

    def before(self, stretch: Stretch) -> Stretch | None:
        """What lies before a stretch, if it has not been dropped."""
        return next((other for other in reversed(list(self)) if other.number < stretch.number), None)

    def after(self, stretch: Stretch) -> list[Stretch]:
        """What comes behind a stretch."""
        return [other for other in self if other.number > stretch.number]

    def ahead_s(self, position_s: float) -> float:
        """For how long there is something to play."""
        now = self.at(position_s)
        if now is None:
            return 0.0
        return max(0.0, now.end_s - position_s) + sum(other.end_s - other.start_s - other.fade_s for other in self.after(now))

    def jump(self, position_s: float) -> float | None:
        """Where to go on from a place at which nothing is; None where all is well, or nothing comes."""
        now = self.at(position_s)
        if now is None:
            return self.end_s if position_s < self.end_s else None
        if now.due_s <= position_s < now.end_s:
            return None
        coming = now if position_s < now.due_s else next(iter(self.after(now)), None)
        return coming.start_s if coming is not None and coming.due_s > position_s else None

    def drop(self, position_s: float) -> list[Stretch]:
        """Forget what is over, and not seen below a fade any more; these come out."""
        now = self.at(position_s)
        below = self.before(now) if now is not None and position_s < now.start_s + now.fade_s else None
        dropped: list[Stretch] = []
        while self._stretches and self._stretches[0] not in (now, below):
            dropped.append(self._stretches.popleft())
        return dropped

    def clear(self) -> list[Stretch]:
        """Forget everything; it comes out."""
        dropped, self._stretches = list(self._stretches), deque()
        return dropped


def heard(opened: Opened, span: Span, *, fades: bool) -> Heard:
    """What a voice plays of a span of an item: with short fades where it is cut out of a longer sound, else as it is."""
    item = opened.asked
    return Heard(
        path=item.path if opened.has_sound else None,
        span=span,
        gain_db=item.gain_db,
        fade_in_s=DECLICK_S if span.start > 0 else 0.0,
        fade_out_s=DECLICK_S if opened.goes_on else 0.0,
        overlap_s=float(item.fade) if fades else 0.0,
    )
