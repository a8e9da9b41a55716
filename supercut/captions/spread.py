"""Text and the stretch that it fills in, words with guessed times out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from media.span import Span
from supercut.captions.stamps import seconds_to_us, us_to_seconds
from supercut.transcript import Cue, Word

GUESSED_CONFIDENCE = 0.0


def guess_words(cue: Cue) -> Cue:
    """The cue with its words spread over it by their letters, timing "guessed", confidence 0.

    A cue whose words have times stays as it is. Signs without a letter or digit (a dash, a note) get no time.
    """
    return cue if cue.words else replace(cue, words=spread_words(cue.text.split(), cue.span))


def spoken_tokens(texts: Iterable[str]) -> list[str]:
    """Those of the texts that hold a letter or digit."""
    return [text for text in texts if text.isalnum() or any(letter.isalnum() for letter in text)]


def spread_words(texts: Sequence[str], span: Span) -> tuple[Word, ...]:
    """Words laid end to end over a span, each as long as its share of the letters, in whole microseconds."""
    spoken = spoken_tokens(texts)
    if not spoken:
        return ()
    letters = [0, *accumulate(sum(letter.isalnum() for letter in text) for text in spoken)]
    start_us, end_us = seconds_to_us(span.start), seconds_to_us(span.end)
    edges = [us_to_seconds(start_us + (end_us - start_us) * count // letters[-1]) for count in letters]
    return tuple(Word(text, Span(edges[n], edges[n + 1]), confidence=GUESSED_CONFIDENCE, timing="guessed") for n, text in enumerate(spoken))
