"""Counted words in, a picture out: a score in which every word rises from the film's own frames where it is said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from media.errors import NothingFound, UserError
from media.files import atomic_path
from media.progress import OnProgress, Progress, ignore_progress
from media.span import Span, merge_spans
from supercut.transcript import Transcript, bare_word
from supercut.words import Count, spoken_words
from supercut.words_sheet import HEIGHT, Colour, Palette, Sheet, palette_of, vivid_colour

SMALLEST_PX, LARGEST_PX = 320, 16384
MARGIN, TOP, FOOT = 96.0, 148.0, 96.0
TILE_WIDTH = 96.0
N_FILMS_MOST, N_ROWS_MOST, N_LOOKS_MOST = 12, 14, 120
GREY = 0.72  # of the ink: what stands for a colour where the film has none
TYPE_LARGEST, TYPE_SMALLEST, LEADING = 132.0, 15.0, 1.14
TEXT_SIZES = (15.0, 14.0, 13.0, 12.0, 11.0)
GRASS, TEXT_HEIGHT = 26.0, 96.0
GAP_S = Fraction(1, 4)  # shorter pauses than this belong to speech
TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


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
    """Where one film lies: rows of words from `top` to `strip_top`, then its strip of frames."""

    strip: Strip
    left: float
    per_second: float
    top: float
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

    def y(self, row: Row) -> float:
        """Where a word's foot stands."""
        return self.top + (self.strip_top - GRASS - self.top) * row.foot - row.size * 0.2


def draw_words(
    counts: Sequence[Count],
    transcripts: Sequence[Transcript],
    path: Path,
    *,
    size: tuple[int, int] = (1920, 1080),
    title: str = "",
    on_progress: OnProgress = ignore_progress,
) -> None:
    """Draw where in its films each counted word falls, a band a film; a whole file or none.

    Args:
        counts: what to draw, most frequent first; as many as there is room for.
        path: a PNG, or whatever else Pillow writes by that suffix.
        size: (width, height) in pixels.
        title: written at the top; the film's name where left out.
    Raises:
        NothingFound: there is nothing to draw.
        UserError: the picture cannot be written, or its size makes no sense.
    """
    if not counts:
        raise NothingFound(path, "there are no words to draw", "Leave fewer of them out.")
    if not all(SMALLEST_PX <= side <= LARGEST_PX for side in size):
        raise UserError(path, f"a side of a picture is {SMALLEST_PX} to {LARGEST_PX} pixels, got {size[0]}x{size[1]}")
    if path.suffix.lower() not in Image.registered_extensions():
        raise UserError(path, f"no picture has the ending {path.suffix!r}", "Name it .png.")
    with atomic_path(path) as part:
        strips = read_strips(counts, transcripts, n_frames=round((size[0] / size[1] * HEIGHT - 2 * MARGIN) / TILE_WIDTH), on_progress=on_progress)
        picture_of_words(counts, strips, size=size, title=title).save(part)


def read_strips(
    counts: Sequence[Count], transcripts: Sequence[Transcript], *, n_frames: int, on_progress: OnProgress = ignore_progress
) -> list[Strip]:
    """The films in order, those that hold most where there are too many, with what is to be seen of them.

    Args:
        n_frames: pictures of the longest film; shorter ones have fewer.
    """
    n_hits = Counter(place.film for count in counts for place in count.places)
    best = sorted(transcripts, key=lambda t: -n_hits[t.film])[:N_FILMS_MOST]
    strips = [_unseen(t) for t in transcripts if t in best]
    longest = max(strip.duration for strip in strips)
    filled = []
    for n, strip in enumerate(strips):
        on_progress(Progress("Reading frames", n, len(strips)))
        times = [span.start for count in counts[:N_ROWS_MOST] for film, span in count.places if film == strip.film]
        n_own = max(1, round(n_frames * strip.duration / longest))
        filled.append(_seen(strip, n_own, times if len(times) <= N_LOOKS_MOST else []))
    on_progress(Progress("Reading frames", len(strips), len(strips)))
    return filled


def _unseen(transcript: Transcript) -> Strip:
    """What is said, and the length of the film, or of what is said where the film is not at hand."""
    from media.probe import probe

    said = max((cue.span.end for cue in transcript.cues), default=Fraction(0))
    try:
        duration = max(said, probe(transcript.film).duration, Fraction(1, 1000))
    except UserError:
        duration = max(said, Fraction(1, 1000))
    return Strip(transcript.film, duration, tuple(spoken_words(transcript)), tuple((cue.span, cue.text) for cue in transcript.cues))


def _seen(strip: Strip, n: int, times: Sequence[Fraction]) -> Strip:
    """With n small frames, and the colours at some times; as it is where the film is only sound or not at hand."""
    from media.frames import FrameReader

    try:
        with FrameReader(strip.film) as reader:
            frames = tuple(_small(reader.frame_at(strip.duration * (2 * step + 1) / (2 * n)).rgb()) for step in range(n))
            grey = palette_of(frames).fade(GREY)
            colours = {time: vivid_colour(_small(reader.frame_at(time).rgb()), grey) for time in sorted(times)}
    except UserError:
        return strip
    return replace(strip, frames=frames, colours=colours)


def _small(picture: np.ndarray) -> np.ndarray:
    small = Image.fromarray(picture)
    small.thumbnail((640, 640))
    return np.asarray(small)


def picture_of_words(counts: Sequence[Count], strips: Sequence[Strip], *, size: tuple[int, int], title: str = "") -> Image.Image:
    """Lay the picture out and draw it; see `draw_words`."""
    sheet = Sheet(size, palette_of([frame for strip in strips for frame in strip.frames]))
    height = (HEIGHT - TOP - FOOT) / len(strips)
    strip_height, root = _strip_and_root(height, alone=len(strips) == 1)
    rows = choose_rows(counts, height=height - strip_height - root - GRASS)
    gutter = max(sheet.text_width(row.count.words, row.size) for row in rows)
    squeeze = min(1.0, 0.3 * sheet.width / gutter)
    rows = [replace(row, size=row.size * squeeze) for row in rows]
    left = MARGIN + gutter * squeeze + 44
    per_second = (sheet.width - MARGIN - left) / float(max(strip.duration for strip in strips))
    bands = []
    for n, strip in enumerate(strips):
        steps = tuple(vivid_colour(frame, sheet.palette.fade(GREY)) for frame in strip.frames) or (sheet.palette.fade(GREY),)
        foot = TOP + (n + 1) * height - root
        bands.append(Band(strip, left, per_second, TOP + n * height, foot - strip_height, foot, steps))
    told = {word for row in rows for word in row.count.words.casefold().split()}
    for band in bands:
        draw_band(sheet, band, rows)
        if len(bands) == 1:
            _draw_text(sheet, band, told)
        else:
            sheet.text((left - 44, band.strip_bottom - 2), band.strip.film.stem, size=17, colour=sheet.palette.fade(0.6), anchor="rs")
    _draw_clock(sheet, bands)
    _draw_head(sheet, strips, title)
    return sheet.finished()


def _strip_and_root(height: float, *, alone: bool) -> tuple[float, float]:
    """Heights of the strip of frames in a band, and of what hangs below it."""
    return (144.0, 122.0) if alone else (max(10.0, 0.24 * height), min(44.0, 0.2 * height))


def choose_rows(counts: Sequence[Count], *, height: float) -> list[Row]:
    """The words that there is room for, larger the more often they are said; words said once only fill up."""
    often = [count for count in counts if count.n > 1]
    chosen = list(often if len(often) >= 6 else counts)[:N_ROWS_MOST]
    while True:
        most, least = chosen[0].n, chosen[-1].n
        weights = [0.3 + 0.7 * (math.sqrt((count.n - least) / (most - least)) if most > least else 0.5) for count in chosen]
        largest = min(TYPE_LARGEST, height / (LEADING * sum(weights)))
        if largest * min(weights) >= TYPE_SMALLEST or len(chosen) == 1:
            break
        chosen.pop()
    feet = np.cumsum(weights) / sum(weights)
    return [Row(count, weight * largest, float(foot)) for count, weight, foot in zip(chosen, weights, feet, strict=True)]


def draw_band(sheet: Sheet, band: Band, rows: Sequence[Row]) -> None:
    """One film: its words, light from its frames up to each of them, and the frames."""
    for _, span in band.strip.spoken:
        box = (band.x(span.start), band.strip_top - GRASS, _mark_right(band, span), band.strip_top)
        sheet.beam(box, band.colour(span.start), top_alpha=0.0, bottom_alpha=0.75)
    marks = [(row, span) for row in rows for film, span in row.count.places if film == band.strip.film]
    for row, span in marks:
        box = (band.x(span.start), band.y(row), _mark_right(band, span), band.strip_top)
        sheet.beam(box, band.colour(span.start), top_alpha=0.34, bottom_alpha=0.1)
    for row in rows:
        _draw_row(sheet, band, row)
    _draw_strip(sheet, band)


def _mark_right(band: Band, span: Span) -> float:
    return max(band.x(span.end), band.x(span.start) + 4)


def _draw_row(sheet: Sheet, band: Band, row: Row) -> None:
    """A word's name, its line, and a mark as high as its small letters wherever it is said."""
    spans = [span for film, span in row.count.places if film == band.strip.film]
    y, palette = band.y(row), sheet.palette
    ink = palette.ink if spans else palette.fade(0.25)
    sheet.text((band.left - 44, y), row.count.words, size=row.size, colour=ink, anchor="rs")
    sheet.text((band.left - 14, y), str(len(spans)), size=13, colour=palette.fade(0.42), anchor="rs")
    sheet.bar((band.left, y, band.right, y + 1), palette.fade(0.13))
    if len(spans) > 1:
        sheet.bar((band.x(spans[0].start), y, band.x(spans[-1].end), y + 1), palette.fade(0.42))
    for span in spans:
        box = (band.x(span.start), y - row.size * 0.53, _mark_right(band, span), y + 1)
        sheet.bar(box, band.colour(span.start), corner=min(3.0, row.size * 0.06))


def _draw_strip(sheet: Sheet, band: Band) -> None:
    """The film's frames side by side, and under them a line wherever somebody speaks."""
    frames = band.strip.frames
    for n, frame in enumerate(frames):
        step = (band.right - band.left) / len(frames)
        sheet.frame(frame, (band.left + n * step, band.strip_top, band.left + (n + 1) * step, band.strip_bottom))
    for span in band.strip.speech:
        sheet.bar((band.x(span.start), band.strip_bottom + 5, _mark_right(band, span), band.strip_bottom + 8), sheet.palette.fade(0.6))


def _draw_text(sheet: Sheet, band: Band, told: set[str]) -> None:
    """What is said, set in columns below the moments when it is said; nothing where they would be too narrow."""
    size = next((size for size in TEXT_SIZES if _columns(sheet, band, size) is not None), None)
    columns = _columns(sheet, band, size) if size else None
    for x, lines in columns or []:
        for n, line in enumerate(lines):
            at = x
            for word in line:
                ink = sheet.palette.fade(1.0 if bare_word(word) in told else 0.46)
                sheet.text((at, band.strip_bottom + 32 + n * size * 1.3), word, size=size, colour=ink)
                at += sheet.text_width(f"{word} ", size)


def _columns(sheet: Sheet, band: Band, size: float) -> list[tuple[float, list[list[str]]]] | None:
    """Each cue's place and lines of words, if all of them fit between one cue and the next."""
    cues = [(span.start, text.split()) for span, text in band.strip.cues]
    ends = [band.x(start) - 7 for start, _ in cues[1:]] + [band.right]
    columns = []
    for (start, words), end in zip(cues, ends, strict=True):
        lines = wrap(words, width=end - band.x(start), measure=lambda text: sheet.text_width(text, size))
        if lines is None or len(lines) * size * 1.3 > TEXT_HEIGHT:
            return None
        columns.append((band.x(start), lines))
    return columns


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


def _draw_clock(sheet: Sheet, bands: Sequence[Band]) -> None:
    """Minutes and seconds along the foot."""
    longest = max(bands, key=lambda band: band.right)
    step = next((tick for tick in TICKS_S if tick * longest.per_second >= 80), TICKS_S[-1])
    y = HEIGHT - FOOT + 26
    for second in range(0, int(longest.strip.duration) + 1, step):
        text = f"{second // 60}:{second % 60:02d}" if second < 3600 else f"{second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}"
        x = longest.x(Fraction(second))
        if x > longest.right - 40:
            break
        sheet.text((x, y), text, size=13, colour=sheet.palette.fade(0.38))


def _draw_head(sheet: Sheet, strips: Sequence[Strip], title: str) -> None:
    """The title, and what was counted."""
    words = [word for strip in strips for word, _ in strip.spoken]
    length = sum((strip.duration for strip in strips), Fraction(0))
    silence = length - sum((span.duration for strip in strips for span in strip.speech), Fraction(0))
    told = f"{len(words):,} words, {len(set(words)):,} of them different"
    quiet = f"{float(silence):.0f} of {float(length):.0f} seconds without a word" if length < 600 else f"{float(silence / length):.0%} without a word"
    name = title or (strips[0].film.stem if len(strips) == 1 else f"{len(strips)} films")
    sheet.text((MARGIN, 104), name, size=30, colour=sheet.palette.ink)
    sheet.text((sheet.width - MARGIN, 80), told, size=17, colour=sheet.palette.fade(0.62), anchor="rs")
    sheet.text((sheet.width - MARGIN, 104), quiet, size=17, colour=sheet.palette.fade(0.62), anchor="rs")
