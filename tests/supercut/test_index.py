"""The index says what the files say, whatever happens to it, and narrowing loses no hit."""

import os
import random
import sqlite3
import threading
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import NothingFound, UserError
from media.span import Span
from supercut.captions import NoCaptions, load_transcript, save_transcript
from supercut.index import INDEX_NAME, CaptionIndex, open_index
from supercut.narrow import NARROWERS, narrow
from supercut.search import SEARCH_TYPES, Query, search
from supercut.transcript import Cue, Phone, Transcript, Word

SRT = "1\n00:00:01,000 --> 00:00:02,000\nANNA: {}\n\n2\n00:00:03,000 --> 00:00:04,500\nand {} again\n"
WORDED = Word("Hello,", Span(Fraction("1.25"), Fraction(2)), 0.3, "aligned", (Phone("HH", Span(Fraction("1.25"), Fraction("1.5"))),))


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "media-performance-toolkit"


@pytest.fixture
def corpus(tmp_path):
    """Three films that are not there, their captions, and the films' paths."""
    for name, word in (("a", "love"), ("b", "war"), ("c", "1984")):
        (tmp_path / f"{name}.srt").write_text(SRT.format(word, word))
    cue = Cue("Hello, you", Span(Fraction(1), Fraction(3)), (WORDED, Word("you", Span(Fraction(2), Fraction(3)))), "Bob")
    save_transcript(Transcript(tmp_path / "d.mp4", tmp_path / "d.json", (cue,)), tmp_path / "d.json")
    return [tmp_path / f"{name}.mp4" for name in "abcd"]


def read_all(films):
    """What an index says, and how many files it read for it."""
    steps = []
    with open_index(films) as index:
        problems = index.refresh(films, on_progress=steps.append)
        said = [index.transcript(film) for film in films if film not in problems]
    return said, steps[-1].total if steps else 0


def test_an_index_says_what_the_files_say(corpus):
    expected = [load_transcript(film) for film in corpus]
    assert read_all(corpus) == (expected, 4)
    assert (corpus[0].parent / INDEX_NAME).exists()
    assert read_all(corpus) == (expected, 0)


def test_only_changed_files_are_read_again(corpus):
    read_all(corpus)
    captions = corpus[1].with_suffix(".srt")
    captions.write_text(SRT.format("peace", "peace"))
    said, n_read = read_all(corpus)
    assert (n_read, said[1].cues[0].text) == (1, "peace")
    status = captions.stat()
    captions.write_text(SRT.format("chaos", "chaos"))
    os.utime(captions, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert read_all(corpus)[1] == 1


def test_better_captions_that_appear_are_taken(corpus):
    read_all(corpus)
    save_transcript(
        Transcript(corpus[0], corpus[0], (Cue("Hi", Span(Fraction(0), Fraction(1)), (WORDED,)),)), corpus[0].with_suffix(".json")
    )
    said, n_read = read_all(corpus)
    assert (n_read, said[0]) == (1, load_transcript(corpus[0]))


def test_films_that_are_gone_are_forgotten_and_those_not_asked_for_stay(corpus):
    for film in corpus:
        film.touch()
    read_all(corpus)
    corpus[3].unlink()
    read_all(corpus[:2])
    with sqlite3.connect(corpus[0].parent / INDEX_NAME) as db:
        assert db.execute("SELECT count(*) FROM films").fetchone() == (3,)
        assert db.execute("SELECT count(*) FROM said WHERE said MATCH 'hello'").fetchone() == (0,)
    db.close()
    assert read_all(corpus[:3])[1] == 0


def test_lone_caption_files_are_films_too(tmp_path):
    (tmp_path / "x.srt").write_text(SRT.format("love", "love"))
    captions = [tmp_path / "x.srt"]
    assert read_all(captions)[0] == [load_transcript(captions[0])]
    (tmp_path / "x.mp4").touch()
    assert read_all(captions)[0] == [load_transcript(captions[0])]
    assert read_all(captions)[0][0].film == tmp_path / "x.mp4"


def test_films_that_cannot_be_searched_are_told_each_time_as_if_they_were_read(corpus):
    folder = corpus[0].parent
    (folder / "bad.srt").write_text("1\n00:00:02,000 --> 00:00:01,000\nx\n")
    (folder / "none.mp4").write_bytes(b"no film")
    films = [*corpus, folder / "bad.mp4", folder / "none.mp4", folder / "gone.mp4"]
    for _ in range(2):
        with open_index(films) as index:
            problems = index.refresh(films)
            assert list(problems) == films[4:]
            for film, problem in problems.items():
                with pytest.raises(UserError) as caught:
                    load_transcript(film)
                assert (type(problem), str(problem)) == (type(caught.value), str(caught.value))
            with pytest.raises(KeyError):
                index.transcript(films[-1])


def test_a_film_without_captions_says_so_until_it_has_some(corpus, film):
    films = [corpus[0].parent / "silent.mp4"]
    films[0].write_bytes(film.read_bytes())
    with open_index(films) as index:
        assert isinstance(index.refresh(films)[films[0]], NoCaptions)
    films[0].with_suffix(".srt").write_text(SRT.format("now", "now"))
    assert [t.cues[0].text for t in read_all(films)[0]] == ["now"]


@pytest.mark.parametrize("damage", ["garbage", "truncated", "page of zeros", "other version", "foreign tables", "empty", "lost table"])
def test_a_damaged_index_is_made_anew(corpus, damage):
    expected, _ = read_all(corpus)
    path = corpus[0].parent / INDEX_NAME
    content = path.read_bytes()
    if damage == "garbage":
        path.write_bytes(random.Random(1).randbytes(len(content)))
    elif damage == "truncated":
        path.write_bytes(content[: len(content) // 3])
    elif damage == "page of zeros":
        path.write_bytes(content[:4096] + bytes(len(content) - 4096))
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        with sqlite3.connect(path) as db:
            if damage == "other version":
                db.execute("PRAGMA user_version = 99")
            elif damage == "lost table":
                db.execute("DROP TABLE cues")
            else:
                db.executescript("PRAGMA user_version = 0;")
        db.close()
    assert read_all(corpus) == (expected, 4)
    assert read_all(corpus) == (expected, 0)


def test_damage_that_shows_only_while_searching_is_mended(corpus):
    expected, _ = read_all(corpus)
    with open_index(corpus) as index:
        index.refresh(corpus)
        with sqlite3.connect(index.place) as db:
            db.execute("DROP TABLE cues")
        db.close()
        assert [index.transcript(film) for film in corpus] == expected
        assert set(index.saying("war")) == {corpus[1]}


def test_a_folder_that_may_not_be_written_has_its_index_in_the_cache(corpus, cache, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    expected = [load_transcript(film) for film in corpus]
    assert read_all(corpus) == (expected, 4)
    assert read_all(corpus) == (expected, 0)
    assert not (corpus[0].parent / INDEX_NAME).exists()
    assert len(list((cache / "supercut").iterdir())) == 1


def test_films_of_many_folders_have_their_index_in_the_cache(tmp_path, cache):
    films = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "film.srt").write_text(SRT.format(name, name))
        films.append(tmp_path / name / "film.mp4")
    assert read_all(films)[1] == 2
    assert read_all(films)[1] == 0
    assert list((cache / "supercut").iterdir()) and not list(tmp_path.rglob(INDEX_NAME))


def test_memory_serves_where_nothing_can_be_written(corpus, tmp_path):
    (tmp_path / "file").touch()
    with CaptionIndex([tmp_path / "file" / "index.sqlite", tmp_path]) as index:
        assert index.refresh(corpus) == {}
        assert index.place is None
        assert [index.transcript(film) for film in corpus] == [load_transcript(film) for film in corpus]


def test_several_may_use_an_index_at_a_time(corpus):
    folder = corpus[0].parent
    for n in range(60):
        (folder / f"more{n}.srt").write_text(SRT.format(f"word{n}", "x"))
    films = [*corpus, *(folder / f"more{n}.mp4" for n in range(60))]
    expected = [load_transcript(film) for film in films]
    results, threads = [], []
    for _ in range(6):
        threads.append(threading.Thread(target=lambda: results.append(read_all(films)[0])))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 6
    assert read_all(films) == (expected, 0)


def test_a_name_that_is_no_text_is_no_obstacle(tmp_path):
    name = os.fsdecode(b"f\xff\xfe.srt")
    (tmp_path / name).write_text(SRT.format("love", "love"))
    assert len(read_all([tmp_path / name])[0]) == 1


def test_words_are_told_by_film_and_cue(corpus):
    with open_index(corpus) as index:
        index.refresh(corpus)
        assert {film.name: len(cues) for film, cues in index.saying("LOVE").items()} == {"a.mp4": 2}
        assert {film.name: len(cues) for film, cues in index.saying("hello").items()} == {"d.mp4": 1}
        assert index.saying("lov") == index.saying("") == index.saying('"') == {}
        assert [words for _, words in index.spoken(corpus[0], speaker="anna")] == ["love"]
        assert [words for _, words in index.spoken(corpus[3])] == ["Hello,\nyou"]
        index.refresh(corpus[1:])
        assert index.saying("love") == {}


# Narrowing

VOCABULARY = ["love", "Love,", "you", "don't", "i", "I'm", "of", "the", "ß", "SS", "♪", "--", "a-b", "1984", "É"]
PATTERNS = [
    *VOCABULARY,
    "love you",
    "of the",
    "you I'm",
    "lo",
    "^l",
    "e$",
    "e.*y",
    ".",
    "(?<!o)v",
    r"\Bo",
    r"\Alove\Z",
    "[^x]++$",
    "^..$ you",
    "(?i)LOVE",
    "(l)o",
    "love.you",
    r"\blo[a-z]e\b",
    "[A-Z]+|(lo)*",
    "x?",
    "^i",
    " love",
]


@st.composite
def transcripts(draw):
    """A film's cues, some with words of their own, of two speakers."""
    cues = []
    for n in range(draw(st.integers(0, 7))):
        texts = draw(st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=4))
        span = Span(Fraction(n), Fraction(n + 1))
        words = tuple(Word(text, Span(Fraction(n) + Fraction(at, 8), Fraction(n + 1))) for at, text in enumerate(texts))
        cues.append(Cue(" ".join(texts), span, words if draw(st.booleans()) else (), draw(st.sampled_from(["", "Anna", "Bob"]))))
    return tuple(cues)


def found_by(transcripts, query, kind):
    try:
        return search(transcripts, query, kind=kind)
    except NothingFound as error:
        return str(error)


@settings(max_examples=150)
@given(
    films=st.lists(transcripts(), min_size=1, max_size=3),
    patterns=st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3),
    case=st.booleans(),
    speaker=st.sampled_from(["", "", "anna"]),
)
def test_narrowed_transcripts_hold_the_same_hits(tmp_path_factory, films, patterns, case, speaker):
    folder = tmp_path_factory.mktemp("films")
    paths = []
    for n, cues in enumerate(films):
        paths.append(folder / f"{n}.mp4")
        save_transcript(Transcript(paths[-1], paths[-1], cues), folder / f"{n}.json")
    with CaptionIndex([]) as index:
        index.refresh(paths)
        everything = [load_transcript(path) for path in paths]
        for kind in NARROWERS:
            query = Query(tuple(patterns), case=case, speaker=speaker)
            narrowed = narrow(index, paths, query, kind=kind)
            assert found_by(narrowed, query, kind) == found_by(everything, query, kind), kind


def test_narrowing_leaves_out_what_cannot_be_hit(corpus):
    with open_index(corpus) as index:
        index.refresh(corpus)
        for kind in ("sentence", "fragment", "word", "mash"):
            (only,) = narrow(index, corpus, Query(("again",)), kind=kind)[1:2]
            assert [cue.text for cue in only.cues] == ["and war again"], kind
        assert [t.film for t in narrow(index, corpus, Query(("wa.",)), kind="regex")] == [corpus[1]]
        assert narrow(index, corpus, Query(("nowhere",)), kind="word") == []
        assert len(narrow(index, corpus, Query(()), kind="silence")) == 4
        with pytest.raises(UserError, match="no regular expression"):
            narrow(index, corpus, Query(("(",)), kind="sentence")


def test_every_narrower_belongs_to_a_search_type():
    assert set(NARROWERS) <= set(SEARCH_TYPES)


def test_nothing_is_asked_of_an_index_that_is_not_open(tmp_path):
    with pytest.raises(ValueError, match="not open"):
        CaptionIndex([tmp_path / "x.sqlite"]).refresh([Path("a.mp4")])
