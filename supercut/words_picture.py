"""Counted words in, a picture out: a score in which every word rises from the film's own frames where it is said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from media.errors import NothingFound, UserError
from media.files import atomic_path
from media.fonts import face_for
from media.progress import OnProgress, Progress, ignore_progress
from media.timecode import axis_step, short_clock_text
from supercut.transcript import Transcript, bare_word
from supercut.words import Count, spoken_words
from supercut.words_layout import FOOT, GREY, MARGIN, N_ROWS_MOST, TEXT_HEIGHT, TEXT_LEADING, Band, Column, Row, Strip, lay_out, set_text
from supercut.words_sheet import HEIGHT, Sheet, palette_of, vivid_colour

SMALLEST_PX, LARGEST_PX = 320, 16384
TILE_WIDTH = 96.0
N_FILMS_MOST, N_LOOKS_MOST = 12, 120
# Pillow's face has no typographic quotes and dashes; for them alone another face would be a pity.
PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


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
        n_frames = max(1, round((size[0] / size[1] * HEIGHT - 2 * MARGIN) / TILE_WIDTH))
        strips = read_strips(counts, transcripts, n_frames=n_frames, on_progress=on_progress)
        picture_of_words(counts, strips, size=size, title=title or _name(strips, len(transcripts))).save(part)


def _name(strips: Sequence[Strip], n_films: int) -> str:
    """What a picture without a title is called."""
    if n_films == 1:
        return strips[0].film.stem
    return f"{n_films} films" if n_films == len(strips) else f"{len(strips)} of {n_films} films"


def read_strips(
    counts: Sequence[Count], transcripts: Sequence[Transcript], *, n_frames: int, on_progress: OnProgress = ignore_progress
) -> list[Strip]:
    """The films in order, those that hold most where there are too many, with what is to be seen of them.

    Args:
        n_frames: pictures of the longest film; shorter ones have fewer.
    """
    n_hits = Counter(place.film for count in counts for place in count.places)
    best = sorted(range(len(transcripts)), key=lambda n: -n_hits[transcripts[n].film])[:N_FILMS_MOST]
    strips = [_unseen(transcripts[n]) for n in sorted(best)]
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

    spoken = tuple(spoken_words(transcript))
    said = max((span.end for _, span in (*spoken, *((cue.text, cue.span) for cue in transcript.cues))), default=Fraction(0))
    try:
        duration = max(said, probe(transcript.film).duration, Fraction(1, 1000))
    except UserError:
        duration = max(said, Fraction(1, 1000))
    return Strip(transcript.film, duration, spoken, tuple((cue.span, cue.text.translate(PLAIN)) for cue in transcript.cues))


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
    texts = [title, *(count.words for count in counts[:N_ROWS_MOST]), *(text for strip in strips for _, text in strip.cues)]
    sheet = Sheet(size, palette_of([frame for strip in strips for frame in strip.frames]), face=face_for(texts))
    bands, rows = lay_out(sheet, counts, strips, root=TEXT_HEIGHT + 26)
    columns = set_text(sheet, bands[0]) if len(bands) == 1 else None
    if columns is None:
        bands, rows = lay_out(sheet, counts, strips, root=24)
    for band in bands:
        draw_band(sheet, band, rows)
        if len(bands) > 1:
            sheet.text((band.left - 44, band.strip_bottom - 2), band.strip.film.stem, size=17, colour=sheet.palette.fade(0.6), anchor="rs")
    if columns is not None:
        _draw_text(sheet, bands[0], columns, {word for row in rows for word in row.count.words.casefold().split()})
    _draw_clock(sheet, bands)
    _draw_head(sheet, strips, title)
    return sheet.finished()


def draw_band(sheet: Sheet, band: Band, rows: Sequence[Row]) -> None:
    """One film: its words, light from its frames up to each of them, and the frames."""
    for _, span in band.strip.spoken:
        sheet.beam(band.beam(span, band.rows_bottom), band.colour(span.start), top_alpha=0.0, bottom_alpha=0.75)
    marks = [(row, span) for row in rows for film, span in row.count.places if film == band.strip.film]
    # Where hundreds of beams cross, each must be thinner, or they close to a wall.
    alpha = 0.34 * min(1.0, math.sqrt(80 / max(1, len(marks))))
    for row, span in marks:
        sheet.beam(band.beam(span, band.y(row)), band.colour(span.start), top_alpha=alpha, bottom_alpha=alpha * 0.3)
    for row in rows:
        _draw_row(sheet, band, row)
    _draw_strip(sheet, band)


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
        left, _, right, _ = band.beam(span, y)
        sheet.bar((left, y - row.size * 0.53, right, y + 1), band.colour(span.start), corner=min(3.0, row.size * 0.06))


def _draw_strip(sheet: Sheet, band: Band) -> None:
    """The film's frames side by side, and under them a line wherever somebody speaks."""
    frames = band.strip.frames
    if not frames:
        sheet.bar((band.left, band.strip_top, band.right, band.strip_bottom), sheet.palette.fade(0.09))
    for n, frame in enumerate(frames):
        step = (band.right - band.left) / len(frames)
        sheet.frame(frame, (band.left + n * step, band.strip_top, band.left + (n + 1) * step, band.strip_bottom))
    for span in band.strip.speech:
        left, _, right, _ = band.beam(span, 0)
        sheet.bar((left, band.strip_bottom + 5, right, band.strip_bottom + 8), sheet.palette.fade(0.6))


def _draw_text(sheet: Sheet, band: Band, columns: Sequence[Column], told: set[str]) -> None:
    """Columns of type below the strip, the counted words in it brighter."""
    for column in columns:
        for n, line in enumerate(column.lines):
            x, y = column.left, band.strip_bottom + 32 + n * column.size * TEXT_LEADING
            for word in line:
                ink = sheet.palette.fade(1.0 if bare_word(word) in told else 0.46)
                sheet.text((x, y), word, size=column.size, colour=ink)
                x += sheet.text_width(f"{word} ", column.size)


def _draw_clock(sheet: Sheet, bands: Sequence[Band]) -> None:
    """Minutes and seconds along the foot."""
    longest = max(bands, key=lambda band: band.right)
    y = HEIGHT - FOOT + 26
    for second in range(0, int(longest.strip.duration) + 1, axis_step(80 / max(1e-9, longest.per_second))):
        x = longest.x(Fraction(second))
        if x > longest.right - 40:
            break
        sheet.text((x, y), short_clock_text(second), size=13, colour=sheet.palette.fade(0.38))


def _draw_head(sheet: Sheet, strips: Sequence[Strip], title: str) -> None:
    """The title, and what was counted."""
    words = [word for strip in strips for word, _ in strip.spoken]
    length = sum((strip.duration for strip in strips), Fraction(0))
    silence = length - sum((span.duration for strip in strips for span in strip.speech), Fraction(0))
    told = f"{len(words):,} words, {len(set(words)):,} of them different"
    share = f"{float(silence):.0f} of {float(length):.0f} seconds" if length < 600 else f"{float(silence / length):.0%}"
    sheet.text((MARGIN, 104), title, size=30, colour=sheet.palette.ink)
    sheet.text((sheet.width - MARGIN, 80), told, size=17, colour=sheet.palette.fade(0.62), anchor="rs")
    sheet.text((sheet.width - MARGIN, 104), f"{share} without a word", size=17, colour=sheet.palette.fade(0.62), anchor="rs")
