"""Words and n-grams counted: what counts as a word, in which order, across which borders."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.span import Span
from supercut.transcript import Cue, Transcript, Word
from supercut.words import ENGLISH, FORMATS, Count, Place, count_words, counts_csv, counts_json, counts_table, spoken_words


def said(*cues: str, name: str = "film.mp4") -> Transcript:
    """A film whose cues follow one another, a second a word."""
    made, at = [], 0
    for text in cues:
        words = tuple(Word(word, Span(Fraction(at + n), Fraction(at + n + 1))) for n, word in enumerate(text.split()))
        made.append(Cue(text, Span(Fraction(at), Fraction(at + len(words))), words))
        at += len(words)
    return Transcript(Path(name), Path(name).with_suffix(".srt"), tuple(made))


def tallies(counts: list[Count]) -> list[tuple[str, int]]:
    return [(count.words, count.n) for count in counts]


def test_most_frequent_first_and_first_said_first_among_equals() -> None:
    assert tallies(count_words([said("b a c", "a c d")])) == [("a", 2), ("c", 2), ("b", 1), ("d", 1)]


def test_punctuation_and_capitals_do_not_make_words_different() -> None:
    counts = count_words([said("Light! “light,” (LIGHT) ...light-- don't Don’t - — 'light'")])
    assert tallies(counts) == [("light", 5), ("don't", 2)]


def test_capitals_count_where_asked() -> None:
    assert tallies(count_words([said("Rose rose Rose.")], case=True)) == [("Rose", 2), ("rose", 1)]


def test_folding_is_that_of_unicode() -> None:
    counts = count_words([said("Straße STRASSE e\u0301t\u00e9 \u00c9T\u00c9 हिंदी हिंदी!")])
    assert tallies(counts) == [("strasse", 2), ("été", 2), ("हिंदी", 2)]


def test_places_are_films_and_spans_in_order() -> None:
    counts = count_words([said("a b", name="one.mp4"), said("b", name="two.mp4")])
    assert counts[0] == Count("b", (Place(Path("one.mp4"), Span(1, 2)), Place(Path("two.mp4"), Span(0, 1))))  # type: ignore[arg-type]


def test_ngrams_cross_cues_but_never_films() -> None:
    counts = count_words([said("over the", "sea"), said("over the")], n=2)
    assert tallies(counts) == [("over the", 2), ("the sea", 1)]
    assert counts[1].places[0].span == Span(Fraction(1), Fraction(3))


def test_ngrams_longer_than_the_film_are_none() -> None:
    assert count_words([said("a b")], n=3) == []
    assert count_words([], n=1) == []


def test_ngram_of_words_out_of_order_has_a_span_all_the_same() -> None:
    words = (Word("b", Span(Fraction(5), Fraction(6))), Word("a", Span(Fraction(1), Fraction(2))))
    odd = Transcript(Path("a.mp4"), Path("a.srt"), (Cue("b a", Span(Fraction(1), Fraction(6)), words),))
    assert count_words([odd], n=2)[0].places[0].span == Span(Fraction(1), Fraction(6))


def test_n_must_be_one_or_more() -> None:
    with pytest.raises(ValueError, match="n must be 1 or more, got 0"):
        count_words([said("a")], n=0)


def test_short_and_common_words_are_left_out_only_where_nothing_else_is_said() -> None:
    transcript = said("The sea of the sea")
    assert tallies(count_words([transcript], without=ENGLISH)) == [("sea", 2)]
    assert tallies(count_words([transcript], min_letters=3)) == [("the", 2), ("sea", 2)]
    assert tallies(count_words([transcript], n=2, without=ENGLISH)) == [("the sea", 2), ("sea of", 1)]
    assert ("Of", 1) not in tallies(count_words([said("Of light")], without=ENGLISH, case=True))


def test_cues_without_word_times_count_too() -> None:
    span = Span(Fraction(10), Fraction(14))
    bare = Transcript(Path("a.mp4"), Path("a.srt"), (Cue("Begin, begin again.", span),))
    counts = count_words([bare])
    assert tallies(counts) == [("begin", 2), ("again", 1)]
    places = [place.span for count in counts for place in count.places]
    assert all(span.start <= place.start < place.end <= span.end for place in places)
    assert places[0].start < places[1].start < places[2].start


def test_words_that_hold_several_are_taken_apart() -> None:
    word = Word("New  York,", Span(Fraction(0), Fraction(1)))
    cue = Cue("New York,", Span(Fraction(0), Fraction(1)), (word,))
    assert [text for text, _ in spoken_words(Transcript(Path("a"), Path("a"), (cue,)))] == ["new", "york"]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "C", "c!", "—"]), max_size=6), max_size=4), st.integers(1, 3))
def test_every_group_is_counted_once(cues: list[list[str]], n: int) -> None:
    transcript = said(*(" ".join(words) for words in cues))
    n_words = sum(1 for _ in spoken_words(transcript))
    counts = count_words([transcript], n=n)
    assert sum(count.n for count in counts) == max(0, n_words - n + 1)
    assert [count.n for count in counts] == sorted((count.n for count in counts), reverse=True)


def test_table_shows_number_word_and_place() -> None:
    counts = count_words([said("[sea] sky sea")])
    lines = counts_table(counts, width=60).splitlines()
    assert lines[0].split() == ["n", "words", "where", "first"]
    assert lines[1].split()[:2] == ["2", "sea"]
    assert lines[1].endswith("0:00:00.000")
    assert "\x1b" not in "".join(lines)
    assert all(len(line) <= 60 for line in lines)
    where = lines[2].split()[3]
    assert where.count("·") == len(where) - 1
    assert where.index("█") == len(where) // 3


def test_table_writes_words_as_they_are() -> None:
    text = counts_table([Count("[red] :smile:", (Place(Path("a"), Span(Fraction(0), Fraction(1))),))])
    assert "[red] :smile:" in text


def test_table_of_nothing_is_a_table() -> None:
    assert counts_table([]).split() == ["n", "words", "where", "first"]


def test_csv_reads_back() -> None:
    counts = count_words([said("a b", name='odd, "name".mp4'), said("b")])
    rows = list(csv.DictReader(io.StringIO(counts_csv(counts))))
    assert rows[0] == {"n": "2", "words": "b", "films": "2", "first_film": 'odd, "name".mp4', "first_start": "1", "first_end": "2"}
    assert [row["words"] for row in rows] == ["b", "a"]


def test_json_reads_back_with_every_place() -> None:
    table = json.loads(counts_json(count_words([said("é a é")])))
    assert table[0] == {
        "n": 2,
        "words": "é",
        "places": [{"film": "film.mp4", "start": 0.0, "end": 1.0}, {"film": "film.mp4", "start": 2.0, "end": 3.0}],
    }
    assert json.loads(counts_json([])) == []


def test_every_format_ends_its_last_line() -> None:
    counts = count_words([said("a")])
    assert all(write(counts).endswith("\n") for write in FORMATS.values())


def test_shipped_film_is_counted_as_its_maker_wrote_it(film: Path, truth: dict) -> None:
    from collections import Counter

    from supercut.captions import load_transcript

    counts = count_words([load_transcript(film)])
    assert dict(tallies(counts)) == dict(Counter(word["word"].casefold() for word in truth["words"]))
