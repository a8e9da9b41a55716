"""Captions without word times, and the sound, in; the same captions with word and phone times out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from media.progress import OnProgress, Progress, ignore_progress
from media.span import Span
from media.timecode import to_microsecond
from supercut.captions.spread import spread_words
from supercut.speech.forced import Aligner, TimedWord
from supercut.speech.hear import VOICE_RATE_HZ, VoiceReader
from supercut.speech.language import is_english
from supercut.speech.levels import frame_levels_db
from supercut.speech.normalise import WrittenWord, spoken_words
from supercut.speech.pronounce import pronounce
from supercut.transcript import Cue, Phone, Transcript, Word

_PADDING_S = Fraction(2, 5)
_WIDE_PADDING_S = Fraction(3, 2)  # where the words do not fit: captions may show a second early or late
_POOR_FIT = 0.4
_LEAST_WORD_S = Fraction(1, 50)
_LEVEL_HOP_S = 0.02


@dataclass(frozen=True)
class _Found:
    """The words of a cue and how well the whole of it fits."""

    words: tuple[Word, ...]
    fit: float


def align(transcript: Transcript, *, on_progress: OnProgress = ignore_progress) -> Transcript:
    """Find out when each word and phone of a transcript sounds.

    Cue by cue: captions may be wrong in places without harm to the rest. Words keep their written form.

    Args:
        transcript: of an English film; others get guessed times. Given word times are replaced where
            the words are found, and kept elsewhere.
    Returns:
        the transcript with `words` in every cue that says something: timing "aligned" with phones and a
        confidence (how well the sound fits the word: near 1 where it is said, near 0 where it is not), or
        "guessed" (confidence 0). Cues grow to hold their words.
    Raises:
        UserError: the film cannot be read or has no sound.
    """
    texts = [cue_words(cue) for cue in transcript.cues]
    english = is_english([spoken for words in texts for word in words for spoken in word.spoken])
    with VoiceReader(transcript.film) as voice:
        aligner = Aligner() if english else None
        cues: list[Cue] = []
        for number, words in enumerate(texts):
            on_progress(Progress("align", number, len(texts)))
            cues.append(_align_cue(transcript.cues, number, words, voice=voice, aligner=aligner, before=cues))
    on_progress(Progress("align", len(texts), len(texts)))
    return replace(transcript, cues=tuple(cues))


def cue_words(cue: Cue) -> tuple[WrittenWord, ...]:
    """What a cue says: its timed words where it has them, else its text."""
    if cue.words:
        return tuple(word for timed in cue.words for word in spoken_words(timed.text))
    return spoken_words(cue.text)


def _align_cue(
    cues: Sequence[Cue], number: int, words: Sequence[WrittenWord], *, voice: VoiceReader, aligner: Aligner | None, before: Sequence[Cue]
) -> Cue:
    """One cue with its words timed, by alignment where that works."""
    cue = cues[number]
    if not words:
        return cue
    found = None
    if aligner is not None:
        room = _room_around(cues, number, before, voice.duration)
        for padding_s in (_PADDING_S, _WIDE_PADDING_S):
            tried = align_words(words, cue.span.pad(padding_s).clamp(room), voice=voice, aligner=aligner)
            if tried and (found is None or tried.fit > found.fit):
                found = tried
            if found and found.fit >= _POOR_FIT:
                break
    if found is None:
        return cue if cue.words else _guess_cue(cue, words, voice)
    span = Span(min(cue.span.start, found.words[0].span.start), max(cue.span.end, found.words[-1].span.end))
    return replace(cue, words=found.words, span=span)


def _room_around(cues: Sequence[Cue], number: int, before: Sequence[Cue], duration: Fraction) -> Span:
    """Where the words of a cue may lie: after the last word that was surely found before it, before the cue after it."""
    own = cues[number].span
    start, end = Fraction(0), duration
    if before:
        sure = [word for word in before[-1].words if word.confidence >= _POOR_FIT]
        start = min(sure[-1].span.end if sure else before[-1].span.start, own.start)
    if number + 1 < len(cues):
        end = max(cues[number + 1].span.start, own.end)
    return Span(start, max(start, min(end, duration)))


def align_words(words: Sequence[WrittenWord], span: Span, *, voice: VoiceReader, aligner: Aligner) -> _Found | None:
    """Find written words in a span of sound; None where they cannot be found.

    A word without a pronunciation (another script) gets the time between its neighbours.
    """
    sayable = [word for word in words if all(pronounce(spoken) for spoken in word.spoken)]
    if not sayable:
        return None
    timed = list(aligner.align([spoken for word in sayable for spoken in word.spoken], voice.read(span)))
    if not timed:
        return None
    fit = sum(word.fit for word in timed) / len(timed)
    placed: list[Word | None] = []
    for word in words:
        said = word in sayable
        placed.append(_place(word, [timed.pop(0) for _ in word.spoken], span, fit) if said else None)
    return _Found(_fill(words, placed, span), fit)


def _place(word: WrittenWord, timed: Sequence[TimedWord], span: Span, cue_fit: float) -> Word:
    """A written word over the dictionary words that say it; in a cue that fits badly no word fits well."""
    phones = tuple(Phone(p.name, _span(span.start, p.start_s, p.end_s, span)) for part in timed for p in part.phones)
    fit = sum(part.fit for part in timed) / len(timed)
    confidence = round(fit**0.7 * cue_fit**0.3, 3)
    return Word(word.text, Span(phones[0].span.start, phones[-1].span.end), confidence, "aligned", phones)


def _span(offset: Fraction, start_s: float, end_s: float, bounds: Span) -> Span:
    start, end = (to_microsecond(offset + Fraction(round(seconds * 10_000), 10_000)) for seconds in (start_s, end_s))
    return Span(start, end).clamp(bounds)


def _fill(words: Sequence[WrittenWord], placed: Sequence[Word | None], span: Span) -> tuple[Word, ...]:
    """Give the words that could not be said the time between their neighbours."""
    filled: list[Word] = []
    for number, (word, found) in enumerate(zip(words, placed, strict=True)):
        if found is None:
            start = filled[-1].span.end if filled else span.start
            after = next((later.span.start for later in placed[number + 1 :] if later), span.end)
            found = Word(word.text, Span(start, max(after, start + _LEAST_WORD_S)), 0.0, "guessed")
        filled.append(found)
    return tuple(filled)


def _guess_cue(cue: Cue, words: Sequence[WrittenWord], voice: VoiceReader) -> Cue:
    """Words spread by their letters over that part of the cue in which something sounds."""
    return replace(cue, words=spread_words([word.text for word in words], sounding_part(cue.span, voice)))


def sounding_part(span: Span, voice: VoiceReader) -> Span:
    """A span without the quiet at its ends."""
    inside = span.clamp(Span(Fraction(0), voice.duration))
    levels = frame_levels_db(voice.read(inside), hop=round(_LEVEL_HOP_S * VOICE_RATE_HZ))
    if not len(levels):
        return span
    loud = np.flatnonzero(levels > max(np.percentile(levels, 10) + 6, np.percentile(levels, 95) - 25))
    if not len(loud):
        return span
    start, end = (to_microsecond(inside.start + Fraction(int(n), round(1 / _LEVEL_HOP_S))) for n in (loud[0], loud[-1] + 1))
    return Span(start, end).clamp(inside)
