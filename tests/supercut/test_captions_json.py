"""The json of recognisers, of videogrep and of our own; writing it and reading it back."""

import json
import string
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import UserError
from media.span import Span
from supercut.captions import guess_words, load_transcript, read_captions, save_transcript
from supercut.transcript import Cue, Phone, Transcript, Word


@pytest.fixture
def read(tmp_path):
    def read(content, name="film.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return read_captions(path)

    return read


def words_of(cue):
    return [(word.text, float(word.span.start), float(word.span.end), word.confidence, word.timing) for word in cue.words]


VOSK = {
    "result": [{"conf": 0.5, "start": 0.1, "end": 0.4, "word": "so"}, {"conf": 1.0, "start": 0.5, "end": 0.9, "word": "it"}],
    "text": "so it",
}


@pytest.mark.parametrize(
    "content",
    [
        VOSK,
        [VOSK],
        json.dumps(VOSK) + "\n" + json.dumps({"text": ""}) + "\n",
        json.dumps(VOSK, indent=2) + "\n" + json.dumps({"partial": "so"}),
        {"alternatives": [{"confidence": 3.5, **VOSK}, {"text": "sew it"}]},
    ],
    ids=["single", "list", "lines", "indented one after the other", "alternatives"],
)
def test_vosk_in_all_its_shapes(read, content):
    (cue,) = read(content)
    assert (cue.text, cue.span) == ("so it", Span(Fraction("0.1"), Fraction("0.9")))
    assert words_of(cue) == [("so", 0.1, 0.4, 0.5, "given"), ("it", 0.5, 0.9, 1.0, "given")]


def test_times_are_exact_decimals_to_the_microsecond(read):
    (cue,) = read('[{"content": "a", "start": 0.1, "end": 1.2899999999999998, "words": []}]')
    assert cue.span == Span(Fraction(1, 10), Fraction("1.29"))


def test_whisper_words_lose_their_leading_space_and_keep_their_probability(read):
    segment = {
        "id": 0,
        "start": 0.0,
        "end": 2,
        "text": " So it.",
        "words": [{"word": " So", "start": 0.0, "end": 0.5, "probability": 0.25}, {"word": " it.", "start": 0.5, "end": 2.0}],
    }
    (cue,) = read({"text": " So it.", "segments": [segment], "language": "en"})
    assert cue.text == "So it."
    assert words_of(cue) == [("So", 0, 0.5, 0.25, "given"), ("it.", 0.5, 2, 1.0, "given")]


def test_whisper_without_word_times_gives_cues_without_words(read):
    (cue,) = read({"text": "so", "segments": [{"start": 1, "end": 2, "text": "so"}]})
    assert cue.words == ()


def test_whisperx_words_without_times_share_the_gap_around_them(read):
    words = [
        {"word": "In"},
        {"word": "the", "start": 1.0, "end": 1.5, "score": 0.9},
        {"word": "1984"},
        {"word": "ab", "start": None, "end": None},
        {"word": "era", "start": 2.5, "end": 3.0, "score": float("nan")},
        {"word": "99."},
    ]
    (cue,) = read(
        {
            "segments": [{"start": 0.5, "end": 4, "text": "In the 1984 ab era 99.", "words": words, "speaker": "SPEAKER_01"}],
            "word_segments": [],
        }
    )
    assert cue.speaker == "SPEAKER_01"
    assert [(text, start, end, timing) for text, start, end, _, timing in words_of(cue)] == [
        ("In", 0.5, 1.0, "guessed"),
        ("the", 1.0, 1.5, "given"),
        ("1984", 1.5, pytest.approx(2.166666), "guessed"),
        ("ab", pytest.approx(2.166666), 2.5, "guessed"),
        ("era", 2.5, 3.0, "given"),
        ("99.", 3.0, 4.0, "guessed"),
    ]
    assert cue.words[4].confidence == 1.0


def test_whisperx_word_segments_alone_are_cues_of_one_word(read):
    cues = read({"word_segments": [{"word": "so", "start": 0.1, "end": 0.4, "score": 0.5}, {"word": "42"}]})
    assert [words_of(cue) for cue in cues] == [[("so", 0.1, 0.4, 0.5, "given")]]


def test_whisper_cpp_offsets_are_milliseconds(read):
    (cue,) = read({"systeminfo": "", "transcription": [{"offsets": {"from": 120, "to": 3400}, "text": " so it"}]})
    assert (cue.text, cue.span) == ("so it", Span(Fraction("0.12"), Fraction("3.4")))


def test_videogrep_form(read):
    (cue,) = read([{"content": "so it", "start": 0.5, "end": 2, "words": [{"word": "so", "start": 0.5, "end": 1, "conf": 0.75}]}])
    assert (cue.text, words_of(cue)) == ("so it", [("so", 0.5, 1, 0.75, "given")])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"content": "a", "start": 0,\n "end": 1},\n oops]', r"film\.json:3: this is not json"),
        ("", r"film\.json: this json holds no captions"),
        ({"kind": "edit-list", "clips": []}, r"film\.json: this json holds no captions\. It must be of videogrep"),
        (
            [{"content": "a", "start": 0, "end": 1}, {"content": "b", "start": 2, "end": 1}],
            r"cue 2: it ends before it starts, got 2.000 to 1.000",
        ),
        ([{"content": "a", "start": "soon", "end": 1}], r"cue 1: start: it must be a number of seconds from 0 on, got 'soon'"),
        ([{"content": "a", "start": -1, "end": 1}], r"cue 1: start: it must be a number"),
        ([{"content": "a", "end": 1}], r"cue 1: start: .* got None"),
        ([{"content": 5, "start": 0, "end": 1}], r"cue 1: its text is missing, got 5"),
        ([{"content": "a", "start": 0, "end": 1, "words": [{"word": "a", "start": 0}]}], r"cue 1: word 1: end: it must be a number"),
        ([{"content": "a", "start": 0, "end": 1, "words": "a"}], r"cue 1: words: it must be a list of tables"),
        (
            [{"content": "a", "start": 0, "end": 1, "words": [{"word": "a", "start": 0, "end": 1, "timing": "magic"}]}],
            r"timing: it must be one of given, aligned, guessed",
        ),
        ({"segments": 5}, r"segments: it must be a list of tables"),
        ('[{"content": "a", "start": 0, "end": 1e999999999}]', r"cue 1: end: it must be a number"),
        ("[" * 100_000, r"nested too deeply"),
        ('{"text": ' + "9" * 10_000 + "}", r"monstrous number"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(read, content, message):
    with pytest.raises(UserError, match=message) as caught:
        read(content)
    assert len(str(caught.value)) < 500 and "\n" not in str(caught.value)


def test_lone_surrogates_and_control_characters_do_no_harm(read):
    (cue,) = read('[{"content": "a\\ud800\\u0000\\u001b[2Jb", "start": 0, "end": 1}]')
    assert cue.text == "a\ufffd[2Jb"
    cue.text.encode("utf-8")


# Round trip

texts = st.lists(st.text(string.printable.split()[0] + "éß漢😀'\"<&{\\", min_size=1, max_size=8), min_size=1, max_size=3).map(" ".join)
us = st.integers(0, 10**11)


@st.composite
def spans(draw, shortest_us=0):
    start = draw(us)
    return Span(Fraction(start, 10**6), Fraction(start + draw(st.integers(shortest_us, 10**8)), 10**6))


phones = st.builds(Phone, st.sampled_from(["AH", "T"]), spans())
words = st.builds(
    Word, texts, spans(), st.floats(0, 1), st.sampled_from(["given", "aligned", "guessed"]), st.lists(phones, max_size=2).map(tuple)
)
cues = st.builds(Cue, texts, spans(shortest_us=1), st.lists(words, max_size=3).map(tuple), st.sampled_from(["", "Anna"]))


@given(st.lists(cues, max_size=5))
def test_a_saved_transcript_is_read_back_equal(cues):
    import tempfile

    cues = tuple(sorted(cues, key=lambda cue: cue.span.start))
    with tempfile.TemporaryDirectory() as folder:
        film, path = Path(folder) / "film.mp4", Path(folder) / "film.json"
        transcript = Transcript(film, path, cues)
        save_transcript(transcript, path)
        assert load_transcript(film) == transcript
        written = path.read_bytes()
        save_transcript(load_transcript(film), path)
        assert path.read_bytes() == written


def test_a_saved_transcript_has_a_cue_a_line_in_videogreps_form(tmp_path):
    span = Span(Fraction("1.5"), Fraction(2))
    cue = Cue("Hello", span, (Word("Hello", span, 0.5, "aligned", (Phone("HH", span),)),), "Anna", 7)
    save_transcript(Transcript(tmp_path / "a.mp4", tmp_path / "a.srt", (cue, cue)), tmp_path / "a.json")
    lines = (tmp_path / "a.json").read_text().splitlines()
    assert len(lines) == 4 and lines[1].startswith('  {"content": "Hello", "start": 1.5, "end": 2, "speaker": "Anna", "words": [')
    assert json.loads("\n".join(lines))[0]["words"] == [
        {"word": "Hello", "start": 1.5, "end": 2, "conf": 0.5, "timing": "aligned", "phones": [{"phone": "HH", "start": 1.5, "end": 2}]}
    ]


def test_an_empty_transcript_is_saved_and_read(tmp_path):
    save_transcript(Transcript(tmp_path / "a.mp4", tmp_path / "a.json", ()), tmp_path / "a.json")
    assert load_transcript(tmp_path / "a.mp4").cues == ()


# Guessed words


def test_words_are_guessed_by_their_share_of_the_letters():
    cue = Cue("I love -- you, Anna!", Span(Fraction(10), Fraction(22)), speaker="Bob", line=3)
    guessed = guess_words(cue)
    assert words_of(guessed) == [
        ("I", 10, 11, 0.0, "guessed"),
        ("love", 11, 15, 0.0, "guessed"),
        ("you,", 15, 18, 0.0, "guessed"),
        ("Anna!", 18, 22, 0.0, "guessed"),
    ]
    assert (guessed.text, guessed.speaker, guessed.line) == (cue.text, "Bob", 3)


def test_known_words_are_not_guessed_anew_and_signs_get_none():
    word = Word("so", Span(Fraction(0), Fraction(1)))
    cue = Cue("so it", Span(Fraction(0), Fraction(2)), (word,))
    assert guess_words(cue) is cue
    assert guess_words(Cue("♪ -- ♪", Span(Fraction(0), Fraction(2)))).words == ()


@given(texts, spans())
def test_guessed_words_fill_their_cue_without_gap_or_overlap(text, span):
    guessed = guess_words(Cue(text, span)).words
    edges = [edge for word in guessed for edge in (word.span.start, word.span.end)]
    assert edges == sorted(edges)
    if guessed:
        assert (edges[0], edges[-1]) == (span.start, span.end)
        assert edges[1:-1:2] == edges[2::2]
