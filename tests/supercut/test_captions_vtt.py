"""WebVTT, plain and with YouTube's word stamps."""

from fractions import Fraction

import pytest

from media.errors import UserError
from media.span import Span
from supercut.captions import read_captions

# The underscores stand for the lines of one space that YouTube writes.
YOUTUBE = """WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.389 align:start position:0%
_
so<00:00:00.480><c> this</c><00:00:00.719><c> is</c><00:00:01.920><c> it</c>

00:00:02.389 --> 00:00:02.399 align:start position:0%
so this is it
_

00:00:02.399 --> 00:00:04.000 align:start position:0%
so this is it
&gt;&gt;<00:00:02.600><c> the</c><00:00:03.000><c> film</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
the film
_

00:00:04.010 --> 00:00:05.500 align:start position:0%
the film
[Music]
""".replace("_", " ")


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "film.vtt"
        path.write_text(content, encoding="utf-8")
        return read_captions(path)

    return read


def words_of(cue):
    return [(word.text, float(word.span.start), float(word.span.end)) for word in cue.words]


def test_youtube_words_begin_at_their_stamps_and_end_at_the_next(read):
    first = read(YOUTUBE)[0]
    assert first.text == "so this is it"
    assert words_of(first) == [("so", 0.16, 0.48), ("this", 0.48, 0.719), ("is", 0.719, 1.92), ("it", 1.92, 2.389)]
    assert {(word.confidence, word.timing) for word in first.words} == {(1.0, "given")}
    assert first.line == 5


def test_rolling_lines_are_read_once_and_holds_are_ignored(read):
    assert [cue.text for cue in read(YOUTUBE)] == ["so this is it", "the film", "[Music]"]


def test_a_speaker_change_mark_is_no_word(read):
    assert words_of(read(YOUTUBE)[1]) == [("the", 2.6, 3.0), ("film", 3.0, 4.0)]


def test_a_line_of_one_word_has_the_time_of_its_block(read):
    assert words_of(read(YOUTUBE)[2]) == [("[Music]", 4.01, 5.5)]


def test_a_last_word_ends_where_the_next_line_begins(read):
    cues = read("WEBVTT\n\n00:00.000 --> 00:09.000\na<00:01.000><c> b</c>\n\n00:04.000 --> 00:10.000\na b\nc<00:05.000><c> d</c>\n")
    assert [words_of(cue) for cue in cues] == [[("a", 0, 1), ("b", 1, 4)], [("c", 4, 5), ("d", 5, 10)]]
    assert cues[0].span == Span(Fraction(0), Fraction(4))


def test_a_stamped_line_that_is_shown_again_is_read_once(read):
    cues = read(
        "WEBVTT\n\n00:01.000 --> 00:03.000\na<00:02.000><c> b</c>\n\n00:03.000 --> 00:05.000\na<00:02.000><c> b</c>\nc<00:04.000><c> d</c>\n"
    )
    assert [cue.text for cue in cues] == ["a b", "c d"]


def test_several_words_between_two_stamps_are_spread_and_marked_as_guessed(read):
    (cue,) = read("WEBVTT\n\n00:00.000 --> 00:04.000\nab cdef<00:03.000><c> g</c>\n")
    assert words_of(cue) == [("ab", 0, 1), ("cdef", 1, 3), ("g", 3, 4)]
    assert [word.timing for word in cue.words] == ["guessed", "guessed", "given"]


@pytest.mark.parametrize("stamp", ["00:00:00.100", "00:00:75.000"])
def test_a_word_stamp_out_of_order_is_refused_with_its_line(read, stamp):
    with pytest.raises(UserError, match=r"film\.vtt:3: the word stamp <.*> does not follow"):
        read(f"WEBVTT\n\n00:01.000 --> 00:03.000\na<00:00:02.000> b<{stamp}> c<00:00:02.500> d\n")


def test_notes_styles_regions_settings_and_identifiers_are_no_text(read):
    cues = read(
        "WEBVTT - a title\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:one\n\n"
        "NOTE\nnobody reads this\n\nintro\n00:01.000 --> 00:02.000 line:0 position:20% align:start\nhello\n\n"
        "NOTE one line\n\n2\n01:00:02.500 --> 01:00:03.000\nworld\n"
    )
    assert [(cue.text, cue.span.start, cue.line) for cue in cues] == [("hello", 1, 14), ("world", Fraction("3602.5"), 20)]


@pytest.mark.parametrize(
    ("written", "text", "speaker"),
    [
        ("<v Anna>hello", "hello", "Anna"),
        ("<v.loud.first Anna Maria>hello</v>", "hello", "Anna Maria"),
        ("<c.yellow.bg_blue>hello</c> <lang en-GB>there</lang>", "hello there", ""),
        ("a&nbsp;b &amp; c&lrm;", "a b & c", ""),
        ("<ruby>漢<rt>kan</rt></ruby>", "漢kan", ""),
        ("1984", "1984", ""),
    ],
)
def test_voices_and_tags(read, written, text, speaker):
    (cue,) = read(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{written}\n")
    assert (cue.text, cue.speaker) == (text, speaker)


def test_a_file_without_cues_is_an_empty_transcript(read):
    assert read("WEBVTT\n") == ()


def test_a_cue_that_ends_before_it_starts_is_refused_with_its_line(read):
    for body in ("plain", "a<00:00:02.500> b"):
        with pytest.raises(UserError, match=r"film\.vtt:3: it ends before it starts"):
            read(f"WEBVTT\n\n00:03.000 --> 00:02.000\n{body}\n")


def test_a_timing_line_without_a_blank_line_before_it_begins_a_cue(read):
    assert [cue.text for cue in read("WEBVTT\n00:01.000 --> 00:02.000\none\n00:02.000 --> 00:03.000\ntwo\n")] == ["one", "two"]
