"""The text of a pocketsphinx transcript in (`word start end confidence` a line), its cues out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from media.errors import UserError
from media.span import Span
from supercut.captions.stamps import make_span, number_to_us
from supercut.transcript import Cue, Word

_PAUSES = frozenset({"<s>", "</s>", "<sil>"})
_VARIANT = re.compile(r"\(\d+\)$")


def read_sphinx(text: str, path: Path) -> list[Cue]:
    """Cues of a pocketsphinx transcript: the words between two pauses.

    A cue starts with the pause before it and ends where the next begins, as videogrep reads them. Noises
    (`[NOISE]`, `++BREATH++`) are words like any other. Lines that are no timed word (the sentence itself) are skipped.

    Raises:
        UserError: a word that ends before it starts (names the line), or no timed word at all.
    """
    timed = [word for n, line in enumerate(text.split("\n"), 1) if (word := _read_line(line, f"{path}:{n}"))]
    if not timed:
        raise UserError(f"{path}:1", "there is no line like `hello 0.51 0.83 0.99` in this file", "Name a caption file.")
    cues: list[Cue] = []
    start: Word | None = None
    words: list[Word] = []
    for word in timed:
        if word.text not in _PAUSES:
            words.append(word)
            continue
        cues += _cue(words, start, word)
        start, words = (None if word.text == "</s>" else word), []
    return [*cues, *_cue(words, start, None)]


def _cue(words: list[Word], before: Word | None, after: Word | None) -> Iterable[Cue]:
    """The cue of the words between two pauses, where there are any."""
    if words:
        starts = [word.span.start for word in (before, *words) if word]
        ends = [word.span.end for word in words] + [word.span.start for word in (after,) if word]
        yield Cue(" ".join(word.text for word in words), Span(min(starts), max(ends)), tuple(words))


def _read_line(line: str, where: str) -> Word | None:
    parts = line.split()
    if len(parts) != 4:
        return None
    start_us, end_us = number_to_us(parts[1]), number_to_us(parts[2])
    try:
        confidence = float(parts[3])
    except ValueError:
        return None
    if start_us is None or end_us is None:
        return None
    return Word(_VARIANT.sub("", parts[0]), make_span(start_us, end_us, where), min(max(confidence, 0.0), 1.0))
