"""Alignment of the shipped film against its truth, and what it does with wrong, odd and foreign captions."""

from __future__ import annotations

import statistics
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.errors import UserError
from media.progress import Progress
from media.span import Span
from supercut.captions import load_transcript
from supercut.speech.align import align
from supercut.speech.forced import Aligner, fit_of_score
from supercut.speech.hear import VoiceReader, decimate
from supercut.transcript import Cue, Transcript, Word


@pytest.fixture(scope="module")
def bare(film: Path) -> Transcript:
    """The film's captions without word times."""
    transcript = load_transcript(film)
    return replace(transcript, cues=tuple(replace(cue, words=()) for cue in transcript.cues))


@pytest.fixture(scope="module")
def aligned(bare: Transcript) -> Transcript:
    return align(bare)


def test_words_start_where_the_truth_says(aligned: Transcript, truth: dict[str, Any]) -> None:
    errors = sorted(abs(float(word.span.start) - true["start"]) for word, true in zip(aligned.words, truth["words"], strict=True))
    assert statistics.median(errors) < 0.025
    assert errors[len(errors) * 9 // 10] < 0.06


def test_everything_is_aligned_with_confidence_and_phones(aligned: Transcript) -> None:
    assert all(word.timing == "aligned" and word.confidence > 0.4 for word in aligned.words)
    assert statistics.mean(word.confidence for word in aligned.words) > 0.85
    for word in aligned.words:
        assert word.phones[0].span.start == word.span.start and word.phones[-1].span.end == word.span.end
        assert all(one.span.end <= other.span.start for one, other in zip(word.phones, word.phones[1:], strict=False))


def test_words_keep_their_writing_and_their_order(aligned: Transcript, bare: Transcript) -> None:
    for cue, before in zip(aligned.cues, bare.cues, strict=True):
        assert [word.text for word in cue.words] == before.text.split()
        assert cue.span.start <= cue.words[0].span.start and cue.words[-1].span.end <= cue.span.end
    starts = [word.span.start for word in aligned.words]
    assert starts == sorted(starts)


def test_wrong_text_has_low_confidence(aligned: Transcript, bare: Transcript) -> None:
    turned = bare.cues[5:9] + bare.cues[:5]
    wrong = replace(bare, cues=tuple(replace(cue, text=other.text) for cue, other in zip(bare.cues[:9], turned, strict=True)))
    confidences = [word.confidence for word in align(wrong).words]
    assert statistics.mean(confidences) < 0.4
    assert statistics.median(confidences) + 0.5 < statistics.median(word.confidence for word in aligned.words)


def test_digits_sounds_and_unknown_words_in_captions(bare: Transcript) -> None:
    odd = "♪ In the beginnning (door slams) there is no “LIGHT”… мир"
    (cue,) = align(replace(bare, cues=(replace(bare.cues[0], text=odd),))).cues
    assert [word.text for word in cue.words] == ["In", "the", "beginnning", "there", "is", "no", "“LIGHT”…", "мир"]
    assert [word.timing for word in cue.words] == ["aligned"] * 7 + ["guessed"]
    assert cue.text == odd
    assert cue.words[2].confidence > 0.5
    assert cue.words[7].span.duration > 0


def test_captions_that_show_too_early_still_align(bare: Transcript, truth: dict[str, Any]) -> None:
    early = replace(bare, cues=tuple(replace(cue, span=cue.span.shift(Fraction(-3, 10))) for cue in bare.cues[:4]))
    errors = [abs(float(word.span.start) - true["start"]) for word, true in zip(align(early).words, truth["words"], strict=False)]
    assert statistics.median(errors) < 0.03


def test_other_languages_are_guessed(film: Path) -> None:
    cues = (Cue("Привет, мир", Span(Fraction(1), Fraction(3))), Cue("это фильм", Span(Fraction(3), Fraction(6))))
    for cue in align(Transcript(film, film, cues)).cues:
        assert len(cue.words) == 2
        assert all(word.timing == "guessed" and word.confidence == 0 for word in cue.words)
        assert cue.span.start <= cue.words[0].span.start < cue.words[1].span.start < cue.span.end


def test_given_times_are_kept_where_nothing_is_found(film: Path) -> None:
    given = tuple(Word(text, Span(Fraction(n, 10), Fraction(n + 1, 10))) for n, text in enumerate(("мир", "миру", "мир")))
    cue = Cue("мир миру мир", Span(Fraction(0), Fraction(1)), given)
    assert align(Transcript(film, film, (cue,))).cues == (cue,)


def test_cues_without_words_or_beyond_the_end(film: Path) -> None:
    cues = (
        Cue("", Span(Fraction(0), Fraction(1))),
        Cue("[music]", Span(Fraction(1), Fraction(2))),
        Cue("too late", Span(Fraction(900), Fraction(901))),
    )
    empty, described, late = align(Transcript(film, film, cues)).cues
    assert empty == cues[0] and described == cues[1]
    assert [word.timing for word in late.words] == ["guessed", "guessed"]


def test_progress_is_told(bare: Transcript) -> None:
    told: list[Progress] = []
    align(replace(bare, cues=bare.cues[:2]), on_progress=told.append)
    assert [(progress.done, progress.total) for progress in told] == [(0, 2), (1, 2), (2, 2)]


def test_a_missing_film_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone.mp4"
    with pytest.raises(UserError, match="no such file"):
        align(Transcript(gone, gone, (Cue("hello", Span(Fraction(0), Fraction(1))),)))


def test_the_aligner_survives_what_it_cannot_find() -> None:
    aligner = Aligner()
    silence = np.zeros(4_000, np.int16)
    assert aligner.align(["hippopotamus"] * 20, silence) == ()
    assert aligner.align(["hello"], np.zeros(0, np.int16)) == ()
    assert len(aligner.align(["zorblaxian"], np.zeros(32_000, np.int16))) <= 1


def test_fit_falls_with_the_score() -> None:
    assert fit_of_score(-5) > 0.95 > fit_of_score(-34) > 0.1 > fit_of_score(-60)
    assert 0 <= fit_of_score(-1e9) < 1e-6


def test_the_voice_is_seamless(film: Path) -> None:
    with VoiceReader(film) as voice:
        blocks = np.concatenate(list(voice.blocks(block_s=7)))
        part = voice.read(Span(Fraction(13), Fraction(15)))
        outside = voice.read(Span(voice.duration - 1, voice.duration + 1))
        assert len(blocks) == round(voice.duration * 16_000)
    assert np.array_equal(part, blocks[13 * 16_000 : 15 * 16_000])
    assert len(outside) == 32_000 and not outside[16_100:].any()


def test_decimation_keeps_voice_and_folds_nothing_back() -> None:
    at = np.arange(48_000) / 48_000
    low, high = (decimate(np.sin(2 * np.pi * hz * at).astype(np.float32)) for hz in (1_000, 10_000))
    assert np.abs(low).max() == pytest.approx(32_767, rel=0.01)
    assert np.abs(high).max() < 40
