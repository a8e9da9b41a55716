"""Lines and how they are written go in; which of them are seen comes out, and where, when they have passed by so far."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import floor

from projection.layers.typeset import Type, wrap_lines

_PIECE = 60
"""Letters that are written at once: more would take so long that it is seen."""


@dataclass(frozen=True)
class Piece:
    """A piece of what passes.

    Args:
        start_px, length_px: where it lies along the way.
    """

    line: str
    start_px: float
    length_px: float


@dataclass(frozen=True)
class Passage:
    """Pieces one behind the other, again and again.

    Args:
        length_px: from where the first begins to where it begins again.
        over_px: how far ink may reach beyond the ends of a piece.
    """

    pieces: tuple[Piece, ...]
    length_px: float
    over_px: float

    def seen(self, gone_px: float, *, reach_px: float) -> Iterator[tuple[Piece, float]]:
        """Pieces that are seen when the first has come in so far, and how far each has; none is before the first.

        Args:
            reach_px: how far it is from where they come in to where they are gone.
        """
        behind_px = reach_px + self._longest_px + self.over_px
        first, last = floor((gone_px - behind_px) / self.length_px), floor((gone_px + self.over_px) / self.length_px)
        for number in range(max(0, first), last + 1):
            within_px = gone_px - number * self.length_px
            for n in range(bisect_left(self._starts, within_px - behind_px), bisect_right(self._starts, within_px + self.over_px)):
                yield self.pieces[n], within_px - self._starts[n]

    def following(self, gone_px: float) -> Piece:
        """The piece that comes in next."""
        return self.pieces[bisect_right(self._starts, (gone_px + self.over_px) % self.length_px) % len(self.pieces)]

    @cached_property
    def _starts(self) -> list[float]:
        return [piece.start_px for piece in self.pieces]

    @cached_property
    def _longest_px(self) -> float:
        return max((piece.length_px for piece in self.pieces), default=0.0)


def lay_abreast(lines: Sequence[str], how: Type, *, gap_px: float) -> Passage:
    """Line behind line, as they pass to the left, with a gap behind each."""
    pieces: list[Piece] = []
    at_px, blank_px = 0.0, how.width_px(" ")
    for line in filter(None, lines):
        parts = wrap_lines([line], fits=lambda part: len(part) <= _PIECE)
        lengths_px = [how.width_px(part) for part in parts]
        starts_px = accumulate((length_px + blank_px for length_px in lengths_px), initial=at_px)
        pieces += [Piece(*piece) for piece in zip(parts, starts_px, lengths_px, strict=False)]
        at_px = pieces[-1].start_px + pieces[-1].length_px + gap_px
    return Passage(tuple(pieces), max(1.0, at_px), how.size_px)


def lay_below(lines: Sequence[str], how: Type, *, step_px: float, gap_px: float) -> Passage:
    """Line below line, as credits pass, with a gap after the last."""
    pieces = tuple(Piece(line, number * step_px, step_px) for number, line in enumerate(lines) if line)
    return Passage(pieces, max(1.0, len(lines) * step_px + gap_px), how.size_px)
