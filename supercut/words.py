"""Transcripts in; their words or n-grams out, most frequent first, with every place where each falls."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from media.span import Span
from media.timecode import clock_text, seconds_text
from supercut.captions import guess_words
from supercut.transcript import Transcript, bare_word

# Words that hold English sentences together and say nothing of a film; chosen by us, small on purpose.
ENGLISH = frozenset(
    """a about after all also am an and any are as at be been before being but by can can't could did didn't do does
    doesn't don't down for from get go got had has have he he's her here him his how i i'd i'll i'm i've if in into is isn't
    it it's its just let like me more my no not now of off oh on one or our out over she she's so some than that that's the
    their them then there there's these they they're this those through to too uh um up us very was we we're were what when
    where which who why will with would yeah you you're your""".split()  # noqa: SIM905 - read as a text
)
STOP_WORDS: dict[str, frozenset[str]] = {"none": frozenset(), "english": ENGLISH}

_SPARKS = " ▁▂▃▄▅▆▇█"


class Place(NamedTuple):
    """Where words fall: a film and a stretch of it."""

    film: Path
    span: Span


@dataclass(frozen=True)
class Count:
    """Words that are said one after another, and where.

    Args:
        words: as counted, spaces between: folded to small letters unless capitals matter.
        places: every time that they are said, in order of the transcripts and of time.
    """

    words: str
    places: tuple[Place, ...]

    @property
    def n(self) -> int:
        """How often they are said."""
        return len(self.places)


def count_words(
    transcripts: Iterable[Transcript],
    *,
    n: int = 1,
    case: bool = False,
    min_letters: int = 1,
    without: Collection[str] = frozenset(),
) -> list[Count]:
    """Count the n-grams of transcripts, most frequent first, those said first first among equals.

    N-grams cross cues, never films. Cues without word times count too; their places are guessed.

    Args:
        n: words a group, 1 or more.
        case: keep capitals apart.
        min_letters: groups in which no word has so many characters are left out.
        without: small-letter words (see `STOP_WORDS`); groups that hold nothing else are left out.
    Raises:
        ValueError: n is less than 1.
    """
    if n < 1:
        raise ValueError(f"count_words: n must be 1 or more, got {n}")
    found: dict[tuple[str, ...], list[Place]] = {}
    for transcript in transcripts:
        spoken = list(spoken_words(transcript, case=case))
        for at in range(len(spoken) - n + 1):
            group = spoken[at : at + n]
            found.setdefault(tuple(text for text, _ in group), []).append(Place(transcript.film, _around(group)))
    counts = [Count(" ".join(key), tuple(places)) for key, places in found.items() if _says_much(key, min_letters, without)]
    return sorted(counts, key=lambda count: -count.n)


def spoken_words(transcript: Transcript, *, case: bool = False) -> Iterator[tuple[str, Span]]:
    """Every word of a transcript without its punctuation, and when it is said or guessed to be said."""
    for cue in transcript.cues:
        for word in (cue if cue.words else guess_words(cue)).words:
            for piece in word.text.split():
                text = bare_word(piece, case=case)
                if text:
                    yield text, word.span


def _around(group: Sequence[tuple[str, Span]]) -> Span:
    """The stretch that holds all words of a group, whatever their order."""
    if len(group) == 1:
        return group[0][1]
    return Span(min(span.start for _, span in group), max(span.end for _, span in group))


def _says_much(words: tuple[str, ...], min_letters: int, without: Collection[str]) -> bool:
    return any(len(word) >= min_letters and word.casefold() not in without for word in words)


def counts_table(counts: Sequence[Count], *, width: int = 80, colour: bool = False) -> str:
    """Counts as a table for a terminal: how often, what, a bar, and where in its films it falls.

    Args:
        width: columns of the terminal.
        colour: whether escape codes for colours may be in it.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    n_where = max(8, min(48, width - 44))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("n", justify="right", style="bold")
    table.add_column("words", overflow="fold")
    table.add_column("")
    table.add_column("where", no_wrap=True)
    table.add_column("first")
    ends = _film_ends(counts)
    most = max((count.n for count in counts), default=1)
    for count in counts:
        bar = Text("█" * max(1, round(8 * count.n / most)), style="dim")
        first = clock_text(count.places[0].span.start)
        table.add_row(str(count.n), Text(count.words), bar, _sparks(count, ends, n_where), Text(first, style="dim"))
    console = Console(file=io.StringIO(), width=width, force_terminal=colour, color_system="standard" if colour else None, emoji=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in str(console.file.getvalue()).splitlines()) + "\n"  # type: ignore[attr-defined]


def _film_ends(counts: Iterable[Count]) -> dict[Path, Fraction]:
    """The last time that anything is said in each film, films in order of first mention."""
    ends: dict[Path, Fraction] = {}
    for count in counts:
        for film, span in count.places:
            ends[film] = max(ends.get(film, Fraction(0)), span.end)
    return ends


def _sparks(count: Count, ends: dict[Path, Fraction], n_columns: int) -> str:
    """Films laid end to end on one line of blocks, higher where more is said."""
    starts, total = {}, Fraction(0)
    for film in sorted(ends):
        starts[film] = total
        total += ends[film]
    columns = [0] * n_columns
    for film, span in count.places:
        at = (starts[film] + span.start) / (total or 1)
        columns[min(n_columns - 1, int(at * n_columns))] += 1
    most = max(columns)
    return "".join(_SPARKS[-(-8 * column // most)] if column else "·" for column in columns)


def counts_csv(counts: Sequence[Count]) -> str:
    """Counts as CSV, a line a group: how often, what, in how many films, and its first place in seconds."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["n", "words", "films", "first_film", "first_start", "first_end"])
    for count in counts:
        film, span = count.places[0]
        n_films = len({place.film for place in count.places})
        writer.writerow([count.n, count.words, n_films, film, seconds_text(span.start), seconds_text(span.end)])
    return text.getvalue()


def counts_json(counts: Sequence[Count]) -> str:
    """Counts as JSON, a line a group, with every place in seconds."""
    entries = ({"n": count.n, "words": count.words, "places": [_place(place) for place in count.places]} for count in counts)
    lines = [json.dumps(entry, ensure_ascii=False) for entry in entries]
    return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"


def _place(place: Place) -> dict[str, object]:
    return {"film": str(place.film), "start": round(float(place.span.start), 6), "end": round(float(place.span.end), 6)}


FORMATS: dict[str, Callable[[Sequence[Count]], str]] = {"table": counts_table, "csv": counts_csv, "json": counts_json}
