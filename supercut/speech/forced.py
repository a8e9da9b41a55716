"""Dictionary words and the sound in which they are said in; when each word and phone sounds, and how well it fits, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np

from supercut.speech.pronounce import pronounce

# The decoder's frames come every 10 ms and look at 25.6 ms: the border between two lies 7.8 ms after the second begins.
FRAME_S = 0.010
_SHORTEST = 1_600  # samples; in less nothing can be found, and the decoder stumbles over no samples at all
_BORDER_S = 0.0078
# Scores are log likelihoods behind the best sound of the frame. Spoken words lie at -5 to -25, words that are not there
# around -55 (measured on synthetic voices and on a real one); the middle and the slope were set between the two.
_MIDDLE_SCORE, _SCORE_SLOPE = -34.0, 8.0


@dataclass(frozen=True)
class TimedPhone:
    """One speech sound, in seconds from the start of the sound that was listened to."""

    name: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class TimedWord:
    """One dictionary word; `fit` runs from 0 (not what is heard there) to 1."""

    text: str
    start_s: float
    end_s: float
    fit: float
    phones: tuple[TimedPhone, ...]


class Aligner:
    """A recogniser that knows beforehand what is said and only looks where."""

    def __init__(self) -> None:
        import pocketsphinx

        # Its best-path search would shorten phones below what the second pass accepts.
        self._decoder: Any = pocketsphinx.Decoder(lm=None, bestpath=False, loglevel="FATAL")
        self._learnt: set[str] = set()

    def align(self, words: Sequence[str], sound: np.ndarray) -> tuple[TimedWord, ...]:
        """Find words in a sound; silence and noise between them is skipped.

        Args:
            words: as `normalise` gives them; each must have a pronunciation.
            sound: int16 (n,) at 16 kHz, in which they are said in this order, and nothing else.
        Returns:
            the words in order; () where they cannot be found.
        """
        if len(sound) < _SHORTEST:
            return ()
        for word in words:
            self._learn(word)
        try:
            self._decoder.set_align_text(" ".join(words))
            self._listen(sound)
            self._decoder.set_alignment()
            self._listen(sound)
            # An entry points into the decoder and dies when the loop moves on: read it at once.
            found = tuple(_timed_word(entry) for entry in self._decoder.get_alignment() if entry.name[0] not in "<[")
        except RuntimeError:
            self._recover()
            return ()
        return found if len(found) == len(words) else ()

    def _listen(self, sound: np.ndarray) -> None:
        self._decoder.start_utt()
        self._decoder.process_raw(sound.tobytes(), full_utt=True)
        self._decoder.end_utt()

    def _recover(self) -> None:
        """Leave an utterance that failed half way, so that the next one can start."""
        try:
            self._decoder.end_utt()
        except RuntimeError:
            pass

    def _learn(self, word: str) -> None:
        """Teach the decoder a word that its dictionary lacks, with our guesses."""
        if word in self._learnt:
            return
        self._learnt.add(word)
        if self._decoder.lookup_word(word) is None:
            for number, phones in enumerate(pronounce(word), 1):
                self._decoder.add_word(word if number == 1 else f"{word}({number})", " ".join(phones), True)


def _timed_word(entry: Any) -> TimedWord:
    name = entry.name.partition("(")[0]
    phones, scores = [], []
    for phone in entry:
        phones.append(_timed_phone(phone))
        scores.append(phone.score / max(phone.duration, 1))
    return TimedWord(name, phones[0].start_s, phones[-1].end_s, fit_of_score(sum(scores) / len(scores)), tuple(phones))


def _timed_phone(entry: Any) -> TimedPhone:
    return TimedPhone(entry.name, entry.start * FRAME_S + _BORDER_S, (entry.start + entry.duration) * FRAME_S + _BORDER_S)


def fit_of_score(score: float) -> float:
    """A score per frame squashed to 0..1: -9 (usual) gives 0.96, -34 a half, -60 0.04."""
    return 1 / (1 + exp(min(50.0, (_MIDDLE_SCORE - score) / _SCORE_SLOPE)))
