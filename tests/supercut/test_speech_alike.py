"""What sounds like a query, across word borders, and what rhymes with it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from media.errors import UserError
from media.span import Span
from supercut.speech.alike import sound_alikes
from supercut.speech.phones import phones_distance
from supercut.speech.pronounce import pronounce
from supercut.transcript import Phone, Word


def words_of(text: str) -> list[Word]:
    return [Word(piece, Span(Fraction(n), Fraction(n + 1))) for n, piece in enumerate(text.split())]


def test_the_same_sounds_are_found_across_word_borders() -> None:
    assert sound_alikes(words_of("when I scream, you scream"), "ice cream", max_distance=0.05) == [(1, 3, 0.0)]
    assert sound_alikes(words_of("now open the window"), "wind oh", max_distance=0.05) == [(3, 4, 0.0)]


def test_homophones_are_the_same() -> None:
    found = sound_alikes(words_of("a knight in the night"), "night", max_distance=0)
    assert found == [(1, 2, 0.0), (4, 5, 0.0)]


def test_distance_grows_with_tolerance_and_is_bounded() -> None:
    words = words_of("the light is like a night")
    near = sound_alikes(words, "light", max_distance=0.01)
    wide = sound_alikes(words, "light", max_distance=0.3)
    assert [match[:2] for match in near] == [(1, 2)]
    assert {match[:2] for match in wide} >= {(1, 2), (3, 4), (5, 6)}
    assert all(0 <= distance <= 0.3 for *_, distance in wide)


def test_distance_is_that_of_phones() -> None:
    ((first, last, distance),) = sound_alikes(words_of("bird"), "heard", max_distance=0.5)
    assert (first, last) == (0, 1)
    assert distance == pytest.approx(min(phones_distance(pronounce("heard")[0], other) for other in pronounce("bird")))


def test_matches_do_not_overlap_and_the_best_wins() -> None:
    found = sound_alikes(words_of("begin again begin again"), "begin again", max_distance=0.9)
    assert [match for match in found if match[2] == 0] == [(0, 2, 0.0), (2, 4, 0.0)]
    covered = [n for first, last, _ in found for n in range(first, last)]
    assert len(covered) == len(set(covered))


def test_rhymes_leave_the_word_itself_out() -> None:
    words = words_of("The light, the night, delight and bright banana light")
    assert [words[first].text for first, _, _ in sound_alikes(words, "light", max_distance=0, rhyme=True)] == [
        "night,",
        "delight",
        "bright",
    ]
    assert sound_alikes(words, "rhyme:light", max_distance=0) == sound_alikes(words, "light", max_distance=0, rhyme=True)


def test_phones_that_were_heard_count() -> None:
    span = Span(Fraction(0), Fraction(1))
    phones = tuple(Phone(name, span) for name in ("R", "IY", "D"))
    heard = [Word("read", span, phones=phones)]
    assert sound_alikes(heard, "reed", max_distance=0) == [(0, 1, 0.0)]
    assert sound_alikes(heard, "red", max_distance=0) == []


def test_words_without_sounds_are_passed_over() -> None:
    assert sound_alikes(words_of("— ♪ мир"), "mir", max_distance=1) == []
    assert sound_alikes([], "light", max_distance=1) == []


@pytest.mark.parametrize("query", ["", "  ", "rhyme:", "♪", "мир"])
def test_a_query_without_sound_is_refused(query: str) -> None:
    with pytest.raises(UserError, match="nothing in it that can be said"):
        sound_alikes(words_of("light"), query, max_distance=0.3)
