"""What is said when: words in cues in a transcript, whatever kind of file it came from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from media.span import Span

Timing = Literal["given", "aligned", "guessed"]
"""How a word's time is known: stated by its file, aligned with the sound, or spread over its cue."""


@dataclass(frozen=True)
class Phone:
    """One speech sound (ARPAbet without stress, as in cmudict: `AH`, `T`) and when it sounds."""

    name: str
    span: Span


@dataclass(frozen=True)
class Word:
    """One spoken word.

    Args:
        text: as written in the captions, punctuation kept.
        span: media time, seconds from the film's start.
        confidence: 0 to 1; 1 where the file does not say.
        timing: how the span is known.
        phones: its speech sounds where alignment found them.
    """

    text: str
    span: Span
    confidence: float = 1.0
    timing: Timing = "given"
    phones: tuple[Phone, ...] = ()


@dataclass(frozen=True)
class Cue:
    """One caption: its text, when it shows, and its words where their times are known.

    Args:
        line: line of the caption file on which it starts, from 1; 0 where that means nothing.
        speaker: who speaks, where the captions say so, else "".
    """

    text: str
    span: Span
    words: tuple[Word, ...] = ()
    speaker: str = ""
    line: int = 0


@dataclass(frozen=True)
class Transcript:
    """All cues of one film, in order of time.

    Args:
        film: the film or sound file that they belong to.
        captions: the file that they were read from (the film itself for streams inside it).
    """

    film: Path
    captions: Path
    cues: tuple[Cue, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """Every timed word in order of time."""
        return tuple(word for cue in self.cues for word in cue.words)

    @property
    def has_words(self) -> bool:
        """Whether any word has a time of its own."""
        return any(cue.words for cue in self.cues)


def bare_word(text: str, *, case: bool = False) -> str:
    """A word without the punctuation around it: `"Light,"` -> `light`; apostrophes and hyphens inside stay.

    Args:
        case: keep capitals.
    """
    text = unicodedata.normalize("NFC", text)
    start, end = 0, len(text)
    while start < end and not _is_spoken(text[start]):
        start += 1
    while end > start and not _is_spoken(text[end - 1]):
        end -= 1
    core = text[start:end].replace("\u2019", "'")
    return core if case else core.casefold()


def _is_spoken(character: str) -> bool:
    """Letters, digits, and the marks that vowels of Indic scripts are written with."""
    return character.isalnum() or unicodedata.category(character).startswith("M")
