"""Breaths, silences and noises: in drawn sounds at any level, and in the shipped film against its truth."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.errors import UserError
from media.span import Span
from supercut.captions import load_transcript
from supercut.speech.hear import VOICE_RATE_HZ
from supercut.speech.nonwords import KINDS, NonwordSettings, find_nonwords, nonwords_in, unevenness_db
from supercut.speech.texture import listen
from supercut.transcript import Word

REACH = 0.8


def score_spans(found: list[tuple[float, float]], truth: list[tuple[float, float]], *, tolerance: float = 0.5) -> tuple[float, float]:
    """Precision and recall: a finding counts for the first unclaimed truth with which it shares `tolerance` of their union."""
    claimed: set[int] = set()
    for start, end in found:
        for n, (first, last) in enumerate(truth):
            shared = min(end, last) - max(start, first)
            if n not in claimed and shared >= tolerance * (max(end, last) - min(start, first)):
                claimed.add(n)
                break
    return len(claimed) / max(1, len(found)), len(claimed) / len(truth)


def test_the_scorer_can_fail() -> None:
    assert score_spans([(0, 1)], [(0, 1), (2, 3)]) == (1, 0.5)
    assert score_spans([(0, 1), (0, 1)], [(0, 1)]) == (0.5, 1)
    assert score_spans([(0, 1)], [(0.6, 1.6)]) == (0, 0)


def assert_reaches(found: list[tuple[Any, Span, float]], truth: dict[str, Any]) -> None:
    for kind, name in (("breath", "breaths"), ("silence", "silences"), ("noise", "noises")):
        spans = [(float(span.start), float(span.end)) for which, span, _ in found if which == kind]
        precision, recall = score_spans(spans, [(entry["start"], entry["end"]) for entry in truth[name]])
        assert precision >= REACH and recall >= REACH, f"{kind}: precision {precision:.2f}, recall {recall:.2f}, found {spans}"


def test_the_shipped_film(film: Path, truth: dict[str, Any]) -> None:
    assert_reaches(find_nonwords(film, load_transcript(film).words), truth)


@pytest.mark.parametrize("late_s", [-0.05, 0.05])
def test_the_shipped_film_with_words_a_little_off(film: Path, truth: dict[str, Any], late_s: float) -> None:
    words = [Word(word.text, word.span.shift(Fraction(str(late_s)))) for word in load_transcript(film).words]
    # The edges of words that are left uncovered are short.
    assert_reaches([entry for entry in find_nonwords(film, words) if entry[0] != "noise" or entry[1].duration > Fraction(1, 5)], truth)


def test_kinds_and_least_length(film: Path) -> None:
    words = load_transcript(film).words
    found = find_nonwords(film, words, kinds=["breath", "silence"], min_s=Fraction(3, 10))
    assert {kind for kind, _, _ in found} == {"breath", "silence"}
    assert all(span.duration >= Fraction(3, 10) for _, span, _ in found)
    assert found == sorted(found, key=lambda entry: entry[1])


# 0.0 silence, 1.0 word, 1.8 breath, 2.3 word, 3.0 hum, 3.6 silence, 4.4 word, 5.0 ticks, 5.8 silence to 6.5
WORDS = [(1.0, 1.7), (2.3, 2.9), (4.4, 4.9)]
BREATH, HUM, TICKS = (1.85, 2.2), (3.05, 3.55), (5.05, 5.65)


def drawn(*, speech_db: float = -15, breath_db: float = -40, room_db: float = -70) -> np.ndarray:
    """int16 at 16 kHz: buzzes for words, one breath, one hum, some ticks."""
    rng = np.random.default_rng(7)
    sound = rng.standard_normal(round(6.5 * VOICE_RATE_HZ)) * 10 ** (room_db / 20)
    for start, end in WORDS:
        place(sound, start, buzz(end - start, 140), speech_db, rise=0.02)
    swell = rng.standard_normal(round((BREATH[1] - BREATH[0]) * VOICE_RATE_HZ))
    place(sound, BREATH[0], swell * np.sin(np.linspace(0, np.pi, len(swell))), breath_db, rise=0.01)
    place(sound, HUM[0], buzz(HUM[1] - HUM[0], 110), speech_db - 14, rise=0.04)
    for n in range(9):
        tick = rng.standard_normal(500) * np.exp(-np.arange(500) / 80)
        place(sound, TICKS[0] + n * 0.07, tick, speech_db - 12, rise=0)
    return np.clip(np.round(sound * 32767), -32768, 32767).astype(np.int16)


def buzz(length_s: float, pitch_hz: float) -> np.ndarray:
    at = np.arange(round(length_s * VOICE_RATE_HZ)) / VOICE_RATE_HZ
    return sum(np.sin(2 * np.pi * pitch_hz * k * at) / k for k in range(1, 12))


def place(sound: np.ndarray, start_s: float, part: np.ndarray, level_db: float, *, rise: float) -> None:
    at = np.arange(len(part)) / VOICE_RATE_HZ
    ramp = np.minimum(1, np.minimum(at, at[-1] - at) / rise) if rise else np.ones(len(part))
    first = round(start_s * VOICE_RATE_HZ)
    sound[first : first + len(part)] += part * ramp * (10 ** (level_db / 20) / np.sqrt(np.mean(part**2)))


def heard_in(
    sound: np.ndarray, *, words: list[tuple[float, float]] = WORDS, settings: NonwordSettings | None = None
) -> dict[str, list[tuple[float, float]]]:
    spoken = [Word("word", Span(Fraction(str(start)), Fraction(str(end)))) for start, end in words]
    found = nonwords_in(listen([sound]), spoken, settings=settings or NonwordSettings())
    return {kind: [(first / 100, last / 100) for which, first, last, _ in found if which == kind] for kind in KINDS}


@pytest.mark.parametrize(
    "levels",
    [
        {},
        {"speech_db": -35, "breath_db": -60, "room_db": -90},
        {"room_db": -55},
        {"breath_db": -30},
        {"breath_db": -50},
        {"speech_db": -25, "breath_db": -45, "room_db": -62},
    ],
)
def test_levels_do_not_matter(levels: dict[str, float]) -> None:
    found = heard_in(drawn(**levels))
    assert score_spans(found["breath"], [BREATH]) == (1, 1)
    assert score_spans(found["noise"], [HUM, TICKS]) == (1, 1)
    assert score_spans(found["silence"], [(0, 1), (3.55, 4.4), (5.65, 6.5)]) == (1, 1)


def test_words_that_overrun_are_tolerated() -> None:
    overrun = [(start, end + 0.08) for start, end in WORDS]
    assert score_spans(heard_in(drawn(), words=overrun)["breath"], [BREATH]) == (1, 1)


def test_a_breath_that_a_word_covers_is_none() -> None:
    assert heard_in(drawn(), words=[(1.0, 2.9), (4.4, 4.9)])["breath"] == []


def test_settings_move_the_borders() -> None:
    assert heard_in(drawn(), settings=NonwordSettings(breath_longest=Fraction(1, 5)))["breath"] == []
    assert len(heard_in(drawn(), settings=NonwordSettings(silence_shortest=Fraction(9, 10)))["silence"]) == 1


def test_blocks_make_no_difference() -> None:
    sound = drawn()
    whole, pieces = listen([sound]), listen(np.array_split(sound, 37))
    assert len(whole) == len(pieces) == 650
    assert np.allclose(whole.level_db, pieces.level_db, atol=1e-3)
    assert np.allclose(whole.pitch, pieces.pitch, atol=1e-3)


def test_digital_silence_is_silence_and_nothing_is_nothing() -> None:
    assert heard_in(np.zeros(VOICE_RATE_HZ, np.int16), words=[]) == {"breath": [], "silence": [(0.0, 1.0)], "noise": []}
    assert heard_in(np.zeros(0, np.int16), words=[]) == {"breath": [], "silence": [], "noise": []}


def test_level_is_measured() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(VOICE_RATE_HZ) / VOICE_RATE_HZ)
    assert listen([(tone * 32767).astype(np.int16)]).level_db[50] == pytest.approx(-9.03, abs=0.1)


def test_unevenness() -> None:
    swell = np.concatenate([np.linspace(-60, -30, 20), np.linspace(-30, -60, 20)])
    assert unevenness_db(swell) == pytest.approx(0, abs=0.5)
    assert unevenness_db(np.concatenate([swell[10:30]] * 3)) > 15


def test_an_unknown_kind_is_refused(film: Path) -> None:
    with pytest.raises(UserError, match="Did you mean breath"):
        find_nonwords(film, [], kinds=["breth"])  # type: ignore[list-item]
