"""Half-open stretches of media time, and the arithmetic of many of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, order=True)
class Span:
    """The media times t with start <= t < end, in exact seconds."""

    start: Fraction
    end: Fraction

    def __post_init__(self) -> None:
        # Words make millions of spans: what is exact already is not copied.
        if type(self.start) is not Fraction:
            object.__setattr__(self, "start", Fraction(self.start))
        if type(self.end) is not Fraction:
            object.__setattr__(self, "end", Fraction(self.end))
        if self.end < self.start:
            raise ValueError(f"Span: end must not lie before start, got {float(self.start)}..{float(self.end)}")

    @property
    def duration(self) -> Fraction:
        """Length in seconds."""
        return self.end - self.start

    def __contains__(self, time: Fraction) -> bool:
        return self.start <= time < self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share more than an edge."""
        return self.start < other.end and other.start < self.end

    def shift(self, seconds: Fraction) -> Span:
        """Both edges moved by `seconds`."""
        return Span(self.start + seconds, self.end + seconds)

    def pad(self, seconds: Fraction) -> Span:
        """Grown by `seconds` at both edges; where that would turn it inside out, its middle."""
        if self.duration + 2 * seconds < 0:
            middle = (self.start + self.end) / 2
            return Span(middle, middle)
        return Span(self.start - seconds, self.end + seconds)

    def clamp(self, bounds: Span) -> Span:
        """The part inside `bounds`; of length zero, at the nearer edge, where there is none."""
        start = min(max(self.start, bounds.start), bounds.end)
        return Span(start, min(max(self.end, start), bounds.end))


def merge_spans(spans: Iterable[Span], *, gap: Fraction = Fraction(0)) -> list[Span]:
    """Sort spans and join those that overlap, touch, or lie at most `gap` seconds apart.

    The later *end* wins, not the end of the later span: (0, 10) and (2, 3) make (0, 10).
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end + gap:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def invert_spans(spans: Iterable[Span], *, within: Span) -> list[Span]:
    """What of `within` no span covers, in order."""
    gaps: list[Span] = []
    at = within.start
    # A span of no length covers nothing, and must not cut a gap in two.
    for span in merge_spans(span for span in spans if span.duration):
        if span.start > at:
            gaps.append(Span(at, min(span.start, within.end)))
        at = max(at, span.end)
        if at >= within.end:
            break
    if at < within.end:
        gaps.append(Span(at, within.end))
    return [gap for gap in gaps if gap.duration > 0]
