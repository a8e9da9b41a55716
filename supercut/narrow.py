"""An index and a query in; out come transcripts cut down to the cues that can hold a hit.

Searching what comes out finds exactly what searching everything would: a cue that stays may hold no hit, but no
hit loses a cue, and cues that are no neighbours never become such (each run of them is a transcript of its own).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from supercut.search import Query, compile_pattern
from supercut.transcript import Transcript, bare_word

if TYPE_CHECKING:
    from supercut.index import CaptionIndex

# No part of such a pattern matches a space, or tells the edge of a text from that of a word.
_STAYS_IN_A_WORD = re.compile(r"(?:[\w'|*+{},-]|\((?!\?)|[)?]|\\[bwd]|\[[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\])+")
Narrow = Callable[["CaptionIndex", Sequence[Path], Query], Iterator[Transcript]]
# Lookarounds, absolute anchors and possessive repeats can tell a word that stands alone from one among others.
_SEES_NEIGHBOURS = re.compile(r"\(\?|\\[AZB]|[*+?}]\+")


def narrow(index: CaptionIndex, films: Sequence[Path], query: Query, *, kind: str) -> list[Transcript]:
    """The transcripts of refreshed films, in order, cut down for a search type of `supercut.search`.

    A film may be there several times; types that are not in `NARROWERS` get every transcript whole.

    Raises:
        UserError: a pattern that is no regular expression.
        KeyError: a film was not refreshed, or cannot be searched.
    """
    return list(NARROWERS.get(kind, whole)(index, films, query))


def whole(index: CaptionIndex, films: Sequence[Path], query: Query) -> Iterator[Transcript]:
    """Every transcript as it is."""
    del query  # a type that is not known here may look anywhere
    for film in films:
        yield index.transcript(film)


def with_sentences(index: CaptionIndex, films: Sequence[Path], query: Query) -> Iterator[Transcript]:
    """The cues whose text a pattern is found in."""
    patterns = [compile_pattern(pattern, case=query.case) for pattern in query.patterns]
    for film in films:
        yield from _cut_down(index, film, {number for number, text in index.texts(film) if any(one.search(text) for one in patterns)})


def with_words(index: CaptionIndex, films: Sequence[Path], query: Query) -> Iterator[Transcript]:
    """The cues in which whole words are said, and for phrases the runs of cues that say all of their words."""
    phrases = [[bare_word(part) for part in pattern.split()] for pattern in query.patterns]
    said = {word: index.saying(word) for word in {word for phrase in phrases for word in phrase}}
    for film in films:
        yield from _runs(index, film, query.speaker, [[said[word].get(film, set()) for word in phrase] for phrase in phrases])


def with_any_word(index: CaptionIndex, films: Sequence[Path], query: Query) -> Iterator[Transcript]:
    """The cues in which any of the words is said."""
    words = {bare_word(part) for pattern in query.patterns for part in pattern.split()}
    said = [index.saying(word) for word in words]
    for film in films:
        yield from _cut_down(index, film, set().union(*(cues.get(film, set()) for cues in said)))


def with_fragments(index: CaptionIndex, films: Sequence[Path], query: Query) -> Iterator[Transcript]:
    """The runs of cues in whose words all parts of a phrase are found."""
    phrases = [[_word_matcher(compile_pattern(part, case=query.case)) for part in pattern.split()] for pattern in query.patterns]
    for film in films:
        spoken = index.spoken(film, speaker=query.speaker)
        found = [[{number for number, words in spoken if words and matches(words)} for matches in phrase] for phrase in phrases]
        yield from _runs(index, film, query.speaker, found)


def with_running_text(index: CaptionIndex, films: Sequence[Path], query: Query) -> Iterator[Transcript]:
    """The whole transcripts in whose running words a pattern is found; the cues, for patterns that stay in one word."""
    patterns = [compile_pattern(pattern, case=query.case) for pattern in query.patterns]
    if all(_STAYS_IN_A_WORD.fullmatch(pattern) for pattern in query.patterns):
        yield from with_fragments(index, films, query)
        return
    for film in films:
        running = " ".join(words.replace("\n", " ") for _, words in index.spoken(film, speaker=query.speaker) if words)
        if any(pattern.search(running) for pattern in patterns):
            yield index.transcript(film)


NARROWERS: dict[str, Narrow] = {
    "sentence": with_sentences,
    "fragment": with_fragments,
    "word": with_words,
    "regex": with_running_text,
    "mash": with_any_word,
}
"""How each search type of `supercut.search` is narrowed."""


def _word_matcher(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """Tells of words, one a line, whether the pattern is found in any of them (or says yes too often)."""
    if _SEES_NEIGHBOURS.search(pattern.pattern):
        return lambda words: any(pattern.search(word) for word in words.split("\n"))
    # One search over all lines, each with its own beginning and end, is many times quicker.
    lines = re.compile(pattern.pattern, pattern.flags | re.MULTILINE)
    return lambda words: lines.search(words) is not None


def _runs(index: CaptionIndex, film: Path, speaker: str, phrases: Sequence[Sequence[set[int]]]) -> Iterator[Transcript]:
    """The cues that a phrase can lie in, by the numbers of the cues that hold each of its words."""
    possible = [phrase for phrase in phrases if phrase and all(phrase)]
    if all(len(phrase) == 1 for phrase in possible):
        yield from _cut_down(index, film, set().union(*(phrase[0] for phrase in possible)))
        return
    order = [number for number, words in index.spoken(film, speaker=speaker) if words]
    kept = {number for phrase in possible for number in _windows(order, phrase)}
    run: set[int] = set()
    for number in [*order, None]:
        if number in kept:
            run.add(number)
        elif run:
            yield from _cut_down(index, film, run)
            run = set()


def _windows(order: Sequence[int], phrase: Sequence[set[int]]) -> Iterator[int]:
    """Cues in the runs, as long as a phrase at most, that begin with its first word and hold all others."""
    for at, number in enumerate(order):
        if number in phrase[0]:
            run = order[at : at + len(phrase)]
            if all(not cues.isdisjoint(run) for cues in phrase):
                yield from run


def _cut_down(index: CaptionIndex, film: Path, cues: set[int]) -> Iterator[Transcript]:
    if cues:
        yield index.transcript(film, only=cues)
