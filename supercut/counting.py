"""Films in; the words said in them counted, told and drawn out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shutil import get_terminal_size

from media.errors import NothingFound, UserError, did_you_mean
from media.progress import OnProgress, ignore_progress
from supercut.inputs import find_inputs, read_transcripts
from supercut.transcript import Transcript
from supercut.words import FORMATS, STOP_WORDS, Count, count_words, counts_table
from supercut.words_picture import draw_words


def count_films(
    names: Sequence[Path], *, captions: Sequence[Path] = (), n: int = 1, case: bool = False, min_letters: int = 1, without: str = "none"
) -> tuple[list[Count], list[Transcript]]:
    """Count what is said in films.

    Raises:
        NothingFound: nothing is said.
        UserError: films or captions cannot be read, or an option makes no sense.
    """
    if n < 1:
        raise UserError("--ngrams", f"a group holds 1 word or more, got {n}")
    if without not in STOP_WORDS:
        raise UserError("--without", f"there is no list of words {without!r}", did_you_mean(without, STOP_WORDS))
    transcripts = read_transcripts(find_inputs(names), captions=captions)
    counts = count_words(transcripts, n=n, case=case, min_letters=min_letters, without=STOP_WORDS[without])
    if not counts:
        raise NothingFound(transcripts[0].captions, "nothing is said that could be counted")
    return counts, transcripts


def format_counts(counts: Sequence[Count], form: str) -> str:
    """Counts as text in one of `FORMATS`; the table as wide as the terminal."""
    if form == "table":
        return counts_table(counts, width=get_terminal_size().columns)
    return FORMATS[form](counts)


def draw_films(counts: Sequence[Count], transcripts: Sequence[Transcript], picture: Path, *, on_progress: OnProgress = ignore_progress) -> None:
    """Draw where words fall.

    Raises:
        UserError: the picture cannot be written.
    """
    draw_words(counts, transcripts, picture, on_progress=on_progress)
