"""Transcripts and patterns in, hits out: which stretch of which film says, or sounds like, what was asked for.

Every search type is one entry of `SEARCH_TYPES`; the table feeds the flag, the help and the error texts.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from media.errors import NothingFound, UserError, did_you_mean
from media.span import Span
from supercut.transcript import Cue, Transcript, Word, bare_word

Takes = Literal["random", "best"]
T = TypeVar("T")
NEAR, NEAR_RHYME = 0.25, 0.1
"""Light sounds like night and like; it rhymes with night."""


@dataclass(frozen=True)
class Hit:
    """Something found: where, and what it says there.

    Args:
        film: the film it lies in.
        span: media time.
        text: the words found, or the name of what is no word (`breath`).
        captions: the caption file it was read from.
        line: line in that file, from 1; 0 where that means nothing.
    """

    film: Path
    span: Span
    text: str
    captions: Path | None = None
    line: int = 0


@dataclass(frozen=True)
class Query:
    """What is looked for.

    Args:
        patterns: what each means is up to the search type; none for sounds that are no words.
        case: capitals matter.
        speaker: only what this speaker says, where captions name speakers; "" takes all.
        takes: which of several takes of a word a mash uses.
        nearness: greatest distance of a sound-alike, 0 (the same sounds) to 1; None is `NEAR`, or `NEAR_RHYME` for rhymes.
        rng: source of chance.
    """

    patterns: tuple[str, ...]
    case: bool = False
    speaker: str = ""
    takes: Takes = "random"
    nearness: float | None = None
    rng: random.Random | None = None


class Find(Protocol):
    """Finds hits in transcripts, grouped by film, in order of time unless the order is the point."""

    def __call__(self, transcripts: Sequence[Transcript], query: Query) -> list[Hit]: ...


@dataclass(frozen=True)
class SearchType:
    """One way to search.

    Args:
        help: a line for `--help`.
        find: the search itself.
        needs_pattern: whether it is meaningless without one.
        needs_words: whether it goes by the times of single words.
        keeps_order: the hits' order is what was asked for and is not to be sorted or merged.
    """

    help: str
    find: Find
    needs_pattern: bool = True
    needs_words: bool = True
    keeps_order: bool = False


def search(transcripts: Sequence[Transcript], query: Query, *, kind: str) -> list[Hit]:
    """Find everything that a query means.

    Raises:
        UserError: an unknown kind, no pattern where one is needed, or a pattern that is no regular expression.
        NothingFound: a mash lacks a word.
    """
    check_search(kind, query.patterns)
    return SEARCH_TYPES[kind].find([_spoken_by(transcript, query.speaker) for transcript in transcripts], query)


def check_search(kind: str, patterns: Sequence[str]) -> None:
    """Refuse a search that means nothing, before any file is read.

    Raises:
        UserError: an unknown kind, or no pattern where one is needed.
    """
    if kind not in SEARCH_TYPES:
        raise UserError("--search-type", f"there is no search type {kind!r}", did_you_mean(kind, SEARCH_TYPES))
    if SEARCH_TYPES[kind].needs_pattern and not any(pattern.strip() for pattern in patterns):
        raise UserError("--search", f"search type {kind} needs a pattern", "Give one: -s WORD")


def _spoken_by(transcript: Transcript, speaker: str) -> Transcript:
    if not speaker:
        return transcript
    cues = tuple(cue for cue in transcript.cues if cue.speaker.casefold() == speaker.casefold())
    return Transcript(transcript.film, transcript.captions, cues)


def compile_pattern(pattern: str, *, case: bool) -> re.Pattern[str]:
    """A regular expression of a user's.

    Raises:
        UserError: it is none.
    """
    try:
        return re.compile(pattern, 0 if case else re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise UserError(f"--search {pattern!r}", f"this is no regular expression: {error}", r"Put \ before signs meant as such.") from error


def find_sentences(transcripts: Sequence[Transcript], query: Query) -> list[Hit]:
    """Whole cues whose text matches any pattern, a regular expression."""
    patterns = [compile_pattern(pattern, case=query.case) for pattern in query.patterns]
    return [
        Hit(transcript.film, cue.span, cue.text, transcript.captions, cue.line)
        for transcript in transcripts
        for cue in transcript.cues
        if any(pattern.search(cue.text) for pattern in patterns)
    ]


def find_fragments(transcripts: Sequence[Transcript], query: Query) -> list[Hit]:
    """Runs of words that match a phrase's words one by one, each a regular expression found in the word.

    Tight on the words; a run may cross from one cue into the next.
    """
    phrases = [[compile_pattern(part, case=query.case) for part in pattern.split()] for pattern in query.patterns]

    def matches(words: Sequence[_Placed], phrase: list[re.Pattern[str]]) -> bool:
        return all(part.search(placed.word.text) for part, placed in zip(phrase, words, strict=True))

    return _find_runs(transcripts, phrases, matches)


def find_words(transcripts: Sequence[Transcript], query: Query) -> list[Hit]:
    """Whole words, or phrases of whole words; punctuation around them does not count."""
    phrases = [[bare_word(part, case=query.case) for part in pattern.split()] for pattern in query.patterns]

    def matches(words: Sequence[_Placed], phrase: list[str]) -> bool:
        return all(bare_word(placed.word.text, case=query.case) == part for part, placed in zip(phrase, words, strict=True))

    return _find_runs(transcripts, phrases, matches)


def find_regex(transcripts: Sequence[Transcript], query: Query) -> list[Hit]:
    """Regular expressions over a film's running words (one space between them), tight on the words they touch."""
    patterns = [compile_pattern(pattern, case=query.case) for pattern in query.patterns]
    hits = []
    for transcript in transcripts:
        words = _placed_words(transcript)
        text, starts = _running_text(words)
        for pattern in patterns:
            for match in pattern.finditer(text):
                first, last = max(0, bisect_right(starts, match.start()) - 1), bisect_left(starts, match.end())
                if words and first < last and match.start() < match.end():
                    hits.append(_hit(transcript, words[first:last]))
    return _by_time(hits, transcripts)


def mash(transcripts: Sequence[Transcript], query: Query) -> list[Hit]:
    """A sentence said word by word, in its order, with takes from anywhere.

    Raises:
        NothingFound: a word is nowhere said; names all that are missing.
    """
    rng = query.rng or random.Random(0)
    takes: dict[str, list[tuple[Word, Hit]]] = {}
    for transcript in transcripts:
        for placed in _placed_words(transcript):
            takes.setdefault(bare_word(placed.word.text, case=query.case), []).append((placed.word, _hit(transcript, [placed])))
    wanted = [bare_word(part, case=query.case) for pattern in query.patterns for part in pattern.split()]
    missing = list(dict.fromkeys(word for word in wanted if word not in takes))
    if missing:
        raise NothingFound("mash", f"nobody says {', '.join(repr(word) for word in missing)}", "`supercut words` lists what is said.")
    return [_choose_take(takes[word], query.takes, rng) for word in wanted]


def _choose_take(takes: list[tuple[Word, Hit]], how: Takes, rng: random.Random) -> Hit:
    if how == "best":
        return max(takes, key=lambda take: take[0].confidence)[1]
    return rng.choice(takes)[1]


def find_sound_alikes(transcripts: Sequence[Transcript], query: Query) -> list[Hit]:
    """Words and phrases that sound like a pattern; `rhyme:light` finds rhymes."""
    from supercut.speech.alike import sound_alikes

    hits = []
    for transcript in transcripts:
        placed = _placed_words(transcript)
        for pattern in query.patterns:
            rhyme = pattern.startswith("rhyme:")
            wanted = pattern.removeprefix("rhyme:")
            near = query.nearness if query.nearness is not None else NEAR_RHYME if rhyme else NEAR
            for first, last, _distance in sound_alikes([one.word for one in placed], wanted, max_distance=near, rhyme=rhyme):
                hits.append(_hit(transcript, placed[first:last]))
    return _by_time(hits, transcripts)


def find_nonword_sounds(kind: Literal["breath", "silence", "noise"]) -> Find:
    """Make the search for one kind of sound that is no word: breath, silence or noise."""

    def find(transcripts: Sequence[Transcript], query: Query) -> list[Hit]:
        from supercut.speech.nonwords import find_nonwords

        del query  # every sound of the kind is meant
        hits = []
        for transcript in transcripts:
            for found, span, _level in find_nonwords(transcript.film, transcript.words, kinds=(kind,)):
                hits.append(Hit(transcript.film, span, found, transcript.captions))
        return hits

    return find


SEARCH_TYPES: dict[str, SearchType] = {
    "sentence": SearchType("whole captions whose text matches a regular expression", find_sentences, needs_words=False),
    "fragment": SearchType("a phrase, tight on its words, across captions", find_fragments),
    "word": SearchType('whole words: "i" finds only "i"', find_words),
    "regex": SearchType("a regular expression over the running words, tight on them", find_regex),
    "mash": SearchType("say this sentence, word by word, from anywhere", mash, keeps_order=True),
    "sounds-like": SearchType("words that sound alike; rhyme:light finds rhymes", find_sound_alikes),
    "breath": SearchType("breaths between the words", find_nonword_sounds("breath"), needs_pattern=False),
    "silence": SearchType("silences between the words", find_nonword_sounds("silence"), needs_pattern=False),
    "noise": SearchType("sounds that no word covers", find_nonword_sounds("noise"), needs_pattern=False),
}


@dataclass(frozen=True)
class _Placed:
    """A word and the cue it stands in."""

    word: Word
    cue: Cue


def _placed_words(transcript: Transcript) -> list[_Placed]:
    """Every word with a time; cues that lack them have theirs spread over their length."""
    from supercut.captions import guess_words

    return [_Placed(word, cue) for cue in transcript.cues for word in (cue.words or guess_words(cue).words)]


def _hit(transcript: Transcript, words: Sequence[_Placed]) -> Hit:
    spans = [placed.word.span for placed in words]
    # Recognisers let neighbours overlap: the run ends where its last sound does.
    span = Span(min(span.start for span in spans), max(span.end for span in spans))
    return Hit(transcript.film, span, " ".join(placed.word.text for placed in words), transcript.captions, words[0].cue.line)


def _find_runs(transcripts: Sequence[Transcript], phrases: Iterable[list[T]], matches: Callable[[Sequence[_Placed], list[T]], bool]) -> list[Hit]:
    """Every run of words, as long as a phrase, that matches it."""
    hits = []
    for transcript in transcripts:
        words = _placed_words(transcript)
        for phrase in phrases:
            for start in range(len(words) - len(phrase) + 1 if phrase else 0):
                run = words[start : start + len(phrase)]
                if matches(run, phrase):
                    hits.append(_hit(transcript, run))
    return _by_time(hits, transcripts)


def _by_time(hits: list[Hit], transcripts: Sequence[Transcript]) -> list[Hit]:
    """Films in the order given, and within a film by time."""
    rank = {transcript.film: n for n, transcript in enumerate(transcripts)}
    return sorted(hits, key=lambda hit: (rank[hit.film], hit.span))


def _running_text(words: Sequence[_Placed]) -> tuple[str, list[int]]:
    """All words with one space between them, and where each starts."""
    starts, at = [], 0
    for placed in words:
        starts.append(at)
        at += len(placed.word.text) + 1
    return " ".join(placed.word.text for placed in words), starts
