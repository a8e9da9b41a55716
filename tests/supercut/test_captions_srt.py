"""SRT in every shape it is met in, and the encodings of all caption files."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import UserError
from media.span import Span
from supercut.captions import read_captions

PLAIN = "1\n00:00:01,000 --> 00:00:02,500\nHello there\n\n2\n00:00:03,000 --> 00:00:04,000\nGood bye\n"


@pytest.fixture
def read(tmp_path):
    def read(content, name="film.srt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_captions(path)

    return read


def seconds(start, end):
    return Span(Fraction(start), Fraction(end))


def test_cues_have_text_exact_times_and_the_line_they_stand_on(read):
    first, second = read(PLAIN)
    assert (first.text, first.span, first.line) == ("Hello there", seconds("1", "2.5"), 2)
    assert (second.text, second.span, second.line) == ("Good bye", seconds("3", "4"), 6)
    assert first.words == ()


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_any_line_ends_read_the_same(read, newline):
    assert read(PLAIN.replace("\n", newline)) == read(PLAIN)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"])
def test_encodings_are_told_by_their_marks_or_bytes(read, encoding):
    (cue,) = read("1\n00:00:01,000 --> 00:00:02,000\nDéjà vu, naïve Zoë – Ångström\n".replace("–", "-").encode(encoding))
    assert cue.text == "Déjà vu, naïve Zoë - Ångström"


def test_windows_quotes_are_read_as_such(read):
    (cue,) = read("00:01 --> 00:02\n“so” – it’s\n".encode("cp1252"))
    assert cue.text == "“so” – it’s"


def test_broken_utf16_is_refused_with_its_line(read):
    with pytest.raises(UserError, match=r"film\.srt:\d+: this is broken UTF-16"):
        read(b"\xff\xfe" + PLAIN.encode("utf-16-le") + b"\x00\xd8\x41\x00")


def test_bytes_that_are_no_text_are_refused_with_their_line(read):
    with pytest.raises(UserError, match=r"film\.srt:3: this is not text"):
        read(b"1\n2\n\x00\x01\x02\xff")


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("00:00:01,000", "1"),
        ("00:00:01.250", "1.25"),
        ("0:00:01,5", "1.5"),
        ("00:00:01", "1"),
        ("00:01,75", "1.75"),
        ("01:02.5", "62.5"),
        ("90:00.000", "5400"),
        ("123:00:00,000", "442800"),
        ("00:00:01,123456", "1.123456"),
        ("00: 00: 01, 500", "1.5"),
    ],
)
def test_stamps_as_people_and_tools_write_them(read, stamp, expected):
    (cue,) = read(f"1\n{stamp} --> 200:00:00,000\nhi\n")
    assert cue.span.start == Fraction(expected)


@pytest.mark.parametrize("arrow", ["-->", "->", "—>", "→", " --> ", "=>"])
def test_arrows_that_a_word_processor_made_are_known(read, arrow):
    assert [cue.text for cue in read(f"1\n00:00:01,000{arrow}00:00:02,000\nhi\n")] == ["hi"]


@pytest.mark.parametrize(
    "line", ["00:00:0x,000 --> 00:00:02,000", "00:00:01,000 -->", "00:61:00,000 --> 00:62:00,000", "00:00:75,000 --> 1:00:00,0"]
)
def test_a_timing_line_that_cannot_be_read_is_refused_with_its_number(read, line):
    with pytest.raises(UserError, match=r"film\.srt:6: this timing line cannot be read"):
        read(PLAIN.replace("00:00:03,000 --> 00:00:04,000", line))


def test_a_cue_that_ends_before_it_starts_is_refused_with_its_line(read):
    with pytest.raises(UserError, match=r"film\.srt:6: it ends before it starts, got 3.000 to 2.000 s"):
        read(PLAIN.replace("00:00:04,000", "00:00:02,000"))


def test_cues_of_no_length_and_without_text_are_left_out(read):
    cues = read("1\n00:01 --> 00:01\nblink\n\n2\n00:01 --> 00:02\n\n\n3\n00:02 --> 00:03\nseen\n")
    assert [cue.text for cue in cues] == ["seen"]


def test_a_file_without_timing_lines_is_refused(read):
    for content in ("", "just some notes\nof somebody\n"):
        with pytest.raises(UserError, match=r"film\.srt:1: there is no timing line"):
            read(content)


def test_overlapping_cues_are_kept_and_unordered_ones_sorted(read):
    cues = read("1\n00:05 --> 00:09\nthird\n\n2\n00:01 --> 00:08\nfirst\n\n3\n00:02 --> 00:03\nsecond\n")
    assert [(cue.text, cue.span.start) for cue in cues] == [("first", 1), ("second", 2), ("third", 5)]


def test_numbers_are_text_where_they_are_no_index(read):
    assert [cue.text for cue in read("1\n00:01 --> 00:02\n1984\n\n2\n00:02 --> 00:03\n2001\n3\n00:03 --> 00:04\n42\n")] == [
        "1984",
        "2001",
        "42",
    ]


def test_numbers_are_text_where_no_cue_has_an_index(read):
    assert [cue.text for cue in read("00:01 --> 00:02\n1984\n\n00:02 --> 00:03\n2001\n\n00:03 --> 00:04\nend\n")] == ["1984", "2001", "end"]


def test_cues_without_blank_lines_between_are_told_by_their_counting_index(read):
    assert [cue.text for cue in read("1\n00:01 --> 00:02\none\n2\n00:02 --> 00:03\ntwo\nmore\n3\n00:03 --> 00:04\nthree")] == [
        "one",
        "two more",
        "three",
    ]


def test_blank_lines_inside_a_caption_are_no_end(read):
    assert [cue.text for cue in read("1\n00:01 --> 00:02\nfirst\n\nsecond\n\n2\n00:02 --> 00:03\nthird")] == ["first second", "third"]


@pytest.mark.parametrize(
    ("written", "text", "speaker"),
    [
        ("<i>so</i> <b>it</b> <font color='red'>goes</font>", "so it goes", ""),
        (r"{\an8}up here", "up here", ""),
        ("fish &amp; chips &lt;3", "fish & chips <3", ""),
        ("I <3 you & a > b", "I <3 you & a > b", ""),
        ("<laughs> yes", "<laughs> yes", ""),
        ("one<br>two<br/>three", "one two three", ""),
        ("♪ la la ♪", "♪ la la ♪", ""),
        ("ANNA: hello", "hello", "ANNA"),
        (">> ANNA: hello", "hello", "ANNA"),
        ("- DR. O'NEILL: hello", "hello", "DR. O'NEILL"),
        (">> hello", "hello", ""),
        ("He said: hello", "He said: hello", ""),
        ("A: hello", "A: hello", ""),
        ("NASA:", "NASA:", ""),
        ("at 10:30 we go", "at 10:30 we go", ""),
        ("ÉMILE: oui", "oui", "ÉMILE"),
        ("a\u200bb\u00a0c\x1b[31m", "ab c[31m", ""),
        ("see --> there", "see --> there", ""),
        ("  two\t spaces  ", "two spaces", ""),
    ],
)
def test_markup_goes_text_stays_and_speakers_are_told_conservatively(read, written, text, speaker):
    (cue,) = read(f"1\n00:00:01,000 --> 00:00:02,000\n{written}\n")
    assert (cue.text, cue.speaker) == (text, speaker)


def test_coordinates_behind_the_times_are_skipped(read):
    (cue,) = read("1\n00:00:01,000 --> 00:00:02,000  X1:40 X2:600 Y1:20 Y2:50\nhi\n")
    assert cue.text == "hi"


def test_a_misnamed_file_is_read_by_its_contents(read):
    assert [cue.text for cue in read("WEBVTT\n\n00:01.000 --> 00:02.000\nhi\n", "film.srt")] == ["hi"]
    assert [cue.text for cue in read(PLAIN, "film.vtt")] == ["Hello there", "Good bye"]


def test_an_unknown_kind_names_the_nearest(read):
    with pytest.raises(UserError, match=r"no kind of captions that is known\. Did you mean srt\?"):
        read(PLAIN, "film.sr")


def test_a_missing_file_and_a_folder_are_refused_in_one_line(tmp_path):
    (tmp_path / "folder.srt").mkdir()
    for name, cause in (("none.srt", "no such file"), ("folder.srt", "folder")):
        with pytest.raises(UserError, match=cause) as caught:
            read_captions(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_hundred_thousand_braces_cost_nothing(read):
    for sign in ("{", "<", "<i", "{\\", "&", "<v ", "1\n", "00:"):
        assert len(read("1\n00:00:01,000 --> 00:00:02,000\n" + sign * 100_000)) <= 1


@given(
    st.lists(
        st.tuples(st.integers(0, 10**8), st.integers(1, 10**6), st.text("abc xyz1984é", min_size=1).map(str.strip).filter(bool)), min_size=1
    )
)
def test_what_pysubs2_writes_is_read_back(cues):
    import tempfile

    import pysubs2

    cues = [(start, length, " ".join(text.split())) for start, length, text in cues]
    subs = pysubs2.SSAFile()
    subs.events = [pysubs2.SSAEvent(start=start, end=start + length, text=text) for start, length, text in cues]
    expected = sorted((Fraction(start, 1000), Fraction(start + length, 1000), text) for start, length, text in cues)
    for ending in ("srt", "vtt", "ttml"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"film.{ending}"
            subs.save(str(path))
            assert sorted((cue.span.start, cue.span.end, cue.text) for cue in read_captions(path)) == expected
