"""Counted words and their films in, their places on a sheet out: rows of words, a band a film, columns of text.

Lengths are units of `words_sheet`. The numbers were tuned by eye.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from media.span import Span, merge_spans
from supercut.words import Count
from supercut.words_sheet import HEIGHT, Box, Colour, Sheet, vivid_colour

MARGIN, TOP, FOOT = 96.0, 148.0, 96.0
N_ROWS_LEAST, N_ROWS_MOST = 6, 14
GREY = 0.72  # of the ink: what stands for a colour where the film has none
TYPE_LARGEST, TYPE_SMALLEST, LEADING = 132.0, 15.0, 1.14
TEXT_SIZES, TEXT_LEADING = (15.0, 14.0, 13.0, 12.0, 11.0), 1.3
STRIP_HEIGHT, GRASS, TEXT_HEIGHT = 144.0, 26.0, 96.0
MARK_LEAST = 3.0
GAP_S = Fraction(1, 4)  # shorter pauses than this belong to speech


@dataclass(frozen=True)
class Strip:
    """A film as the picture shows it.

    Args:
        spoken: all that is said in it, word by word.
        cues: the same as its captions have it.
        frames: its pictures at the middles of even steps, uint8 (H, W, 3); none of a film that is only sound.
        colours: its colour at some moments that matter.
    """

    film: Path
    duration: Fraction
    spoken: tuple[tuple[str, Span], ...]
    cues: tuple[tuple[Span, str], ...] = ()
    frames: tuple[np.ndarray, ...] = ()
    colours: Mapping[Fraction, Colour] = field(default_factory=dict)

    @property
    def speech(self) -> list[Span]:
        """Stretches in which somebody speaks."""
        return merge_spans((span for _, span in self.spoken), gap=GAP_S)


@dataclass(frozen=True)
class Row:
    """One word: the size of its type, and where its foot stands between the top (0) and the foot (1) of all rows."""

    count: Count
    size: float
    foot: float


@dataclass(frozen=True)
class Band:
    """Where one film lies: rows of words from `top` to `rows_bottom`, then short light, then its strip of frames."""

    strip: Strip
    left: float
    per_second: float
    top: float
    rows_bottom: float
    strip_top: float
    strip_bottom: float
    steps: tuple[Colour, ...]

    def x(self, time: Fraction) -> float:
        """Where a moment lies."""
        return self.left + float(time) * self.per_second

    @property
    def right(self) -> float:
        """Where the film ends."""
        return self.x(self.strip.duration)

    def colour(self, time: Fraction) -> Colour:
        """The film's colour at a moment; that of the frame shown there if the moment itself was not looked at."""
        at = int(time / self.strip.duration * len(self.steps))
        return self.strip.colours.get(time, self.steps[min(max(at, 0), len(self.steps) - 1)])

    def beam(self, span: Span, top: float) -> Box:
        """What the light of a word fills, from `top` down to the strip."""
        left = self.x(span.start)
        return left, top, max(self.x(span.end), left + MARK_LEAST), self.strip_top

    def y(self, row: Row) -> float:
        """Where a word's foot stands."""
        return self.top + (self.rows_bottom - self.top) * row.foot - row.size * 0.2


@dataclass(frozen=True)
class Column:
    """What is said at one moment, set in lines of words."""

    left: float
    size: float
    lines: list[list[str]]


def lay_out(sheet: Sheet, counts: Sequence[Count], strips: Sequence[Strip], *, root: float) -> tuple[list[Band], list[Row]]:
    """Divide the sheet between the films: bands from top to foot, all with the same rows and the same clock.

    Args:
        root: height below each strip, of which at most a fifth of a band is given.
    """
    height = (HEIGHT - TOP - FOOT) / len(strips)
    root = min(root, 0.2 * height)
    strip_height, grass = min(STRIP_HEIGHT, 0.26 * height), min(GRASS, 0.1 * height)
    rows = choose_rows(counts, height=height - strip_height - root - grass)
    gutter = max(sheet.text_width(row.count.words, row.size) for row in rows)
    squeeze = min(1.0, 0.3 * sheet.width / gutter)
    rows = [replace(row, size=row.size * squeeze) for row in rows]
    left = MARGIN + gutter * squeeze + 44
    per_second = (sheet.width - MARGIN - left) / float(max(strip.duration for strip in strips))
    grey = sheet.palette.fade(GREY)
    bands = []
    for n, strip in enumerate(strips):
        steps = tuple(vivid_colour(frame, grey) for frame in strip.frames) or (grey,)
        top, foot = TOP + n * height, TOP + (n + 1) * height - root
        bands.append(Band(strip, left, per_second, top, foot - strip_height - grass, foot - strip_height, foot, steps))
    return bands, rows


def choose_rows(counts: Sequence[Count], *, height: float) -> list[Row]:
    """The words that there is room for, larger the more often they are said; words said once only fill up."""
    often = [count for count in counts if count.n > 1]
    chosen = list(often if len(often) >= N_ROWS_LEAST else counts[:N_ROWS_LEAST])[:N_ROWS_MOST]
    for contrast, n_least in ((0.7, N_ROWS_LEAST), (0.5, N_ROWS_LEAST), (0.0, 1)):
        for n in range(len(chosen), min(n_least, len(chosen)) - 1, -1):
            rows = _rows(chosen[:n], _weights(chosen[:n], contrast), height)
            if rows[-1].size >= TYPE_SMALLEST:
                return rows
    return rows


def _rows(counts: Sequence[Count], weights: Sequence[float], height: float) -> list[Row]:
    largest = min(TYPE_LARGEST, height / (LEADING * sum(weights)))
    feet = np.cumsum(weights) / sum(weights)
    return [Row(count, weight * largest, float(foot)) for count, weight, foot in zip(counts, weights, feet, strict=True)]


def _weights(counts: Sequence[Count], contrast: float) -> list[float]:
    """1 for the most frequent down to 1 - contrast for the least."""
    most, least = counts[0].n, counts[-1].n
    return [1 - contrast * (1 - math.sqrt((count.n - least) / (most - least)) if most > least else 0.5) for count in counts]


def set_text(sheet: Sheet, band: Band) -> list[Column] | None:
    """What is said, in columns below the moments when it is said; None where they would be too narrow."""
    cues = [(band.x(span.start), text.split()) for span, text in band.strip.cues]
    ends = [left - 7 for left, _ in cues[1:]] + [band.right]
    for size in TEXT_SIZES:
        measure = partial(sheet.text_width, size=size)
        set_lines = [wrap(words, width=end - left, measure=measure) for (left, words), end in zip(cues, ends, strict=True)]
        fitting = [lines for lines in set_lines if lines is not None and len(lines) * size * TEXT_LEADING <= TEXT_HEIGHT]
        if len(fitting) == len(cues):
            return [Column(left, size, lines) for (left, _), lines in zip(cues, fitting, strict=True)]
    return None


def wrap(words: Sequence[str], *, width: float, measure: Callable[[str], float]) -> list[list[str]] | None:
    """Words in lines no wider than `width`; None where a single word is wider."""
    lines: list[list[str]] = []
    for word in words:
        if measure(word) > width:
            return None
        if lines and measure(" ".join([*lines[-1], word])) <= width:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines
