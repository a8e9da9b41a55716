"""The text of the film and its pauses in; what sounds when out: words, phones, breaths, noises, silences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from speech import Utterance

FRAME_RATE = 25
MIN_SILENCE_S = 0.25
BREATH = "breath"


@dataclass(frozen=True)
class GapSound:
    """A sound in the pause before a line: it ends `before_s` ahead of the first phone."""

    kind: str
    length_s: float
    before_s: float
    pan: float = 0.0


@dataclass(frozen=True)
class Line:
    """A sentence, how slowly it is spoken, and the pause before it with what sounds there."""

    text: str
    gap_s: float
    sounds: tuple[GapSound, ...] = ()
    stretch: float = 1.0


@dataclass(frozen=True)
class Sound:
    """A sound at its place in the film; `pan` runs from -1, left, to 1, right."""

    kind: str
    start_s: float
    end_s: float
    pan: float


@dataclass(frozen=True)
class Word:
    """A spoken word at its place in the film; `line` indexes the text."""

    text: str
    start_s: float
    end_s: float
    line: int


@dataclass(frozen=True)
class TimedPhone:
    """A phone at its place in the film; `word` indexes the words of the whole film."""

    name: str
    start_s: float
    end_s: float
    word: int


@dataclass(frozen=True)
class Timeline:
    """Everything that sounds, in film seconds; `line_starts_s` are the first phones of the sentences."""

    duration_s: float
    line_starts_s: tuple[float, ...]
    words: tuple[Word, ...]
    phones: tuple[TimedPhone, ...]
    sounds: tuple[Sound, ...]

    @property
    def silences(self) -> tuple[tuple[float, float], ...]:
        """Spans of at least MIN_SILENCE_S without word, breath or noise."""
        busy = sorted([(word.start_s, word.end_s) for word in self.words] + [(s.start_s, s.end_s) for s in self.sounds])
        gaps, free_from = [], 0.0
        for start, end in [*busy, (self.duration_s, self.duration_s)]:
            if start - free_from >= MIN_SILENCE_S:
                gaps.append((free_from, start))
            free_from = max(free_from, end)
        return tuple(gaps)

    def spoken(self, line: int) -> tuple[Word, ...]:
        """The words of one sentence."""
        return tuple(word for word in self.words if word.line == line)

    def find(self, text: str, *, line: int, nth: int = 0) -> Word:
        """The nth occurrence of a word in a sentence.

        Raises:
            KeyError: the sentence has no such word.
        """
        found = [word for word in self.spoken(line) if word.text == text]
        if nth >= len(found):
            raise KeyError(f"timeline: sentence {line} has {len(found)} times the word {text!r}, got a wish for number {nth}")
        return found[nth]


def lay_out(lines: Sequence[Line], utterances: Sequence[Utterance], *, end_gap_s: float) -> Timeline:
    """Put the spoken sentences and the sounds between them one after another.

    The film ends on a whole frame, at least `end_gap_s` after the last word.
    """
    at_s = 0.0
    starts: list[float] = []
    words: list[Word] = []
    phones: list[TimedPhone] = []
    sounds: list[Sound] = []
    for index, (line, utterance) in enumerate(zip(lines, utterances, strict=True)):
        at_s += line.gap_s
        starts.append(at_s)
        for sound in line.sounds:
            end_s = at_s - sound.before_s
            sounds.append(Sound(sound.kind, end_s - sound.length_s, end_s, sound.pan))
        phones += [TimedPhone(p.name, at_s + p.start_s, at_s + p.end_s, len(words) + p.word) for p in utterance.phones]
        words += [Word(text, at_s + start, at_s + end, index) for text, start, end in utterance.words]
        at_s = words[-1].end_s
    duration_s = math.ceil((at_s + end_gap_s) * FRAME_RATE) / FRAME_RATE
    return Timeline(duration_s, tuple(starts), tuple(words), tuple(phones), tuple(sounds))


@dataclass(frozen=True)
class Cue:
    """What a scene hears: its own length, its words in its own time, and how loud the voice is at this very frame."""

    length_s: float
    words: tuple[tuple[str, float], ...]
    breaths: tuple[tuple[float, float], ...] = ()
    loud: float = 0.0

    def said(self, text: str, nth: int = 0) -> float:
        """When a word is said, in seconds of the scene.

        Raises:
            KeyError: it is not said in this scene.
        """
        found = [start_s for word, start_s in self.words if word == text]
        if nth >= len(found):
            raise KeyError(f"scene: the word {text!r} is said {len(found)} times in it, got a wish for number {nth}")
        return found[nth]
