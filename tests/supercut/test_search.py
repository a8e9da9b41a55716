"""Searching: each type finds what it says, and nothing else."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import NothingFound, UserError
from media.span import Span
from supercut.search import SEARCH_TYPES, Hit, Query, search
from supercut.transcript import Cue, Transcript, Word


def transcript(*lines: str, film: str = "a.mp4", speakers: tuple[str, ...] = (), confidence: float = 1.0) -> Transcript:
    """Lines of one word a second, one after the other."""
    cues, at = [], 0
    for n, line in enumerate(lines):
        words = tuple(Word(text, Span(Fraction(at + k), Fraction(at + k + 1)), confidence) for k, text in enumerate(line.split()))
        cues.append(Cue(line, Span(words[0].span.start, words[-1].span.end), words, speakers[n] if speakers else "", n + 1))
        at += len(words)
    return Transcript(Path(film), Path(film).with_suffix(".json"), tuple(cues))


TALK = transcript("I like the light.", "It is light, I think", "again and again")


def found(kind: str, *patterns: str, talk: Transcript = TALK, **more: object) -> list[tuple[float, float, str]]:
    hits = search([talk], Query(patterns, **more), kind=kind)  # type: ignore[arg-type]
    return [(float(hit.span.start), float(hit.span.end), hit.text) for hit in hits]


@pytest.mark.parametrize(
    ("kind", "patterns", "expected"),
    [
        ("sentence", ("light",), [(0, 4, "I like the light."), (4, 9, "It is light, I think")]),
        ("sentence", ("^i",), [(0, 4, "I like the light."), (4, 9, "It is light, I think")]),
        ("sentence", ("agai", "think"), [(4, 9, "It is light, I think"), (9, 12, "again and again")]),
        ("word", ("i",), [(0, 1, "I"), (7, 8, "I")]),
        ("word", ("ligh",), []),
        ("word", ("the light",), [(2, 4, "the light.")]),
        ("word", ("think again",), [(8, 10, "think again")]),  # across two captions
        ("fragment", ("ligh",), [(3, 4, "light."), (6, 7, "light,")]),
        ("fragment", ("i thi",), [(7, 9, "I think")]),
        ("fragment", ("think ag",), [(8, 10, "think again")]),
        ("regex", (r"light\W+\w+",), [(3, 5, "light. It"), (6, 8, "light, I")]),
        ("regex", (r"gain a",), [(9, 11, "again and")]),  # tight on the words it touches, all of each
        ("regex", ("x*",), []),
    ],
)
def test_types(kind: str, patterns: tuple[str, ...], expected: list[tuple[float, float, str]]) -> None:
    assert found(kind, *patterns) == expected


def test_capitals_count_only_when_asked() -> None:
    assert found("sentence", "AGAIN") and not found("sentence", "AGAIN", case=True)
    assert found("word", "It", case=True) and not found("word", "it", case=True)


def test_a_speaker_can_be_singled_out() -> None:
    talk = transcript("the light", "the dark", "no light", speakers=("Anna", "Ben", "ANNA"))
    assert found("sentence", "light|dark", talk=talk, speaker="anna") == [(0, 2, "the light"), (4, 6, "no light")]
    assert found("word", "light no", talk=talk, speaker="anna") == [(1, 5, "light no")]  # her words, one after the other


def test_mash_keeps_the_order_of_the_sentence_and_takes_from_everywhere() -> None:
    other = transcript("light night", film="b.mp4", confidence=0.5)
    query = Query(("night light",), rng=random.Random(1))
    films = {tuple((hit.film.name, hit.text.strip(".,")) for hit in search([TALK, other], query, kind="mash")) for _ in range(40)}
    assert films == {(("b.mp4", "night"), ("a.mp4", "light")), (("b.mp4", "night"), ("b.mp4", "light"))}
    best = search([TALK, other], Query(("light",), takes="best"), kind="mash")
    assert best[0].film.name == "a.mp4"


def test_mash_names_every_word_that_nobody_says() -> None:
    with pytest.raises(NothingFound, match="'zebra', 'moon'"):
        found("mash", "the zebra zebra moon")


def test_words_without_times_are_guessed_within_their_caption() -> None:
    talk = Transcript(Path("a.mp4"), Path("a.srt"), (Cue("one two three", Span(Fraction(10), Fraction(13)), (), "", 1),))
    ((start, end, text),) = found("word", "two", talk=talk)
    assert text == "two" and 10 < start < end < 13


def test_sound_alikes_and_rhymes() -> None:
    talk = transcript("I scream at night", "the site is bright")
    assert [text for _, _, text in found("sounds-like", "ice cream", talk=talk)] == ["I scream"]
    assert {text for _, _, text in found("sounds-like", "rhyme:light", talk=talk)} == {"night", "site", "bright"}


@pytest.mark.parametrize("pattern", ["(", "[", "*", "(?P<", "a{99999999999}"])
def test_what_is_no_regular_expression_is_told(pattern: str) -> None:
    for kind in ("sentence", "fragment", "regex"):
        with pytest.raises(UserError, match="no regular expression"):
            found(kind, pattern)


@given(st.sampled_from([kind for kind in SEARCH_TYPES if SEARCH_TYPES[kind].needs_pattern]), st.text(min_size=1, max_size=12))
def test_any_pattern_gives_hits_or_a_line(kind: str, pattern: str) -> None:
    try:
        hits = search([TALK], Query((pattern,)), kind=kind)
    except UserError:
        return
    assert all(isinstance(hit, Hit) and hit.span.duration > 0 for hit in hits)
