"""A film in, what is said in it out: words with times, in cues, by a recogniser on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from media.errors import NothingFound
from media.progress import OnProgress, Progress, ignore_progress
from media.span import Span
from media.timecode import to_microsecond
from supercut.speech.align import align_words
from supercut.speech.forced import FRAME_S, Aligner
from supercut.speech.hear import VOICE_RATE_HZ, VoiceReader
from supercut.speech.normalise import WrittenWord
from supercut.speech.utterances import Utterance, utterances
from supercut.transcript import Cue, Transcript, Word

CUE_PAUSE_S = Fraction(9, 20)  # a pause that ends a cue
LONGEST_CUE_S = 7
_LEAST_CUE_S = 2  # a shorter cue only ends at a real pause
_ALIGN_PADDING_S = Fraction(3, 20)
# A word that the second pass moves further than this was found elsewhere: what the first pass said holds.
_MOST_MOVED_S = Fraction(3, 10)
_LEAST_FIT, _LEAST_SURE = 0.4, 0.5
_CAPITAL = {"i": "I", "i'm": "I'm", "i'll": "I'll", "i've": "I've", "i'd": "I'd"}


@dataclass(frozen=True)
class _Heard:
    """One recognised word before it has cues and phones."""

    text: str
    span: Span
    confidence: float


def transcribe(path: Path, *, model: Path | None = None, on_progress: OnProgress = ignore_progress) -> Transcript:
    """Write down what is said in a film.

    Args:
        path: film or sound file; memory does not grow with its length.
        model: folder of a Vosk model, which hears better and knows other languages, and needs the package
            vosk; pocketsphinx with its own English model where left out.
    Returns:
        cues of 2 to 7 seconds, words in lower case as the recogniser writes them, each with a confidence
        (the recogniser's own, or the fit of its sounds where that is worse); phones too where pocketsphinx found them.
    Raises:
        UserError: the film cannot be read or has no sound, the folder is no model, vosk is not installed.
        NothingFound: nobody is heard to speak.
    """
    with VoiceReader(path) as voice:
        if model is not None:
            from supercut.speech.vosk_words import vosk_words

            found = [_Heard(text, span, confidence) for text, span, confidence in vosk_words(voice, model, on_progress=on_progress)]
            cues = [_cue(_as_words(group)) for group in group_cues(found)]
        else:
            cues = _sphinx_cues(voice, on_progress)
    if not cues:
        raise NothingFound(path, "nobody is heard to speak in it", "Check that its first sound stream holds speech.")
    return Transcript(path, path, tuple(cues))


def _sphinx_cues(voice: VoiceReader, on_progress: OnProgress) -> list[Cue]:
    """Recognise, group, then align each cue with what was recognised: exact times, and phones."""
    found = [heard for utterance in _speech(voice, on_progress) for heard in utterance]
    groups = group_cues(found)
    aligner = Aligner()
    refined = (refine(group, voice=voice, aligner=aligner) for group in groups)
    return [_cue(words) for words in refined if words]


def _speech(voice: VoiceReader, on_progress: OnProgress) -> Iterator[list[_Heard]]:
    """The words of one utterance after the other."""
    decoder = make_decoder()
    for utterance in utterances(voice.blocks()):
        yield recognise(decoder, utterance)
        done = utterance.start_s + len(utterance.sound) / VOICE_RATE_HZ
        on_progress(Progress("transcribe", min(done, float(voice.duration)), float(voice.duration)))
    on_progress(Progress("transcribe", float(voice.duration), float(voice.duration)))


def make_decoder() -> Any:
    """Pocketsphinx with its English model.

    The language weight is a little under its 6.5: on synthetic and real voices fewer words are then bent into
    frequent ones, for a tenth more time; wider beams gave nothing that was worth theirs.
    """
    import pocketsphinx

    return pocketsphinx.Decoder(lw=6.0, loglevel="FATAL")


def recognise(decoder: Any, utterance: Utterance) -> list[_Heard]:
    """The words of an utterance; silence and noises are left out."""
    decoder.start_utt()
    decoder.process_raw(utterance.sound.tobytes(), full_utt=True)
    decoder.end_utt()
    offset = to_microsecond(Fraction(utterance.start_s))
    heard = []
    for segment in decoder.seg() or ():
        text = segment.word.partition("(")[0]
        if text[0] in "<[+":
            continue
        times = (offset + Fraction(round(frame * FRAME_S * 1000), 1000) for frame in (segment.start_frame, segment.end_frame + 1))
        heard.append(_Heard(_CAPITAL.get(text, text), Span(*times), round(min(1.0, max(0.0, segment.prob)), 3)))
    return heard


def group_cues(words: Sequence[Any]) -> list[list[Any]]:
    """Cut a run of words into cues at pauses; too long a run at its longest pause.

    Args:
        words: in order, each with a `span`.
    """
    groups: list[list[Any]] = []
    for word in words:
        if groups and word.span.start - groups[-1][-1].span.end < CUE_PAUSE_S:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [part for group in groups for part in _cut_long(group)]


def _cut_long(group: list[Any]) -> list[list[Any]]:
    if group[-1].span.end - group[0].span.start <= LONGEST_CUE_S or len(group) < 2:
        return [group]
    gaps = [after.span.start - before.span.end for before, after in pairwise(group)]
    inner = [n for n in range(1, len(group)) if _leaves_enough(group, n)] or list(range(1, len(group)))
    middle = (group[0].span.start + group[-1].span.end) / 2
    cut = max(inner, key=lambda n: (gaps[n - 1], -abs(group[n].span.start - middle)))
    return _cut_long(group[:cut]) + _cut_long(group[cut:])


def _leaves_enough(group: list[Any], n: int) -> bool:
    return group[n - 1].span.end - group[0].span.start >= _LEAST_CUE_S and group[-1].span.end - group[n].span.start >= _LEAST_CUE_S


def refine(group: Sequence[_Heard], *, voice: VoiceReader, aligner: Aligner) -> tuple[Word, ...]:
    """The words of a cue with the times and phones of a forced alignment, where it agrees with what was heard.

    Music and machines are sometimes taken for words; such words do not stand the second look, and () is left.
    """
    span = Span(group[0].span.start, group[-1].span.end).pad(_ALIGN_PADDING_S).clamp(Span(Fraction(0), voice.duration))
    written = [WrittenWord(heard.text, (heard.text.lower(),)) for heard in group]
    found = align_words(written, span, voice=voice, aligner=aligner)
    rough = _as_words(group)
    if found is None:
        return rough if sum(word.confidence for word in rough) >= _LEAST_SURE * len(rough) else ()
    if found.fit < _LEAST_FIT:
        return ()
    return tuple(
        replace(exact, confidence=min(exact.confidence, heard.confidence))
        if abs(exact.span.start - heard.span.start) <= _MOST_MOVED_S
        else heard
        for exact, heard in zip(found.words, rough, strict=True)
    )


def _as_words(group: Sequence[_Heard]) -> tuple[Word, ...]:
    return tuple(Word(heard.text, heard.span, heard.confidence) for heard in group)


def _cue(words: tuple[Word, ...]) -> Cue:
    return Cue(" ".join(word.text for word in words), Span(words[0].span.start, words[-1].span.end), words)
