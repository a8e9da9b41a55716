"""Which letters faces have, what stands in for them, how lines are set, and how they are shortened where it harms least."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.fontletters import read_letters
from media.fontruns import Run, split_runs
from media.fonts import has_letter, shorten, shorten_middle, stand_in

ARABIC, HEBREW = "\u0645\u0631\u062d", "\u05e9\u05dc\u05d5"


def font(subtable: bytes, *, encoding: int, is_collection: bool = False) -> bytes:
    """A file that has a table of characters, and nothing else of a font."""
    cmap = struct.pack(">HHHHI", 0, 1, 3, encoding, 12) + subtable
    begin = 16 if is_collection else 0
    head = struct.pack(">4sIII", b"ttcf", 0x10000, 1, begin) if is_collection else b""
    return head + struct.pack(">4sHHHH4sIII", b"\0\1\0\0", 1, 0, 0, 0, b"cmap", 0, begin + 28, len(cmap)) + cmap


SHORT = struct.pack(
    ">7H3HH3H3H3H3H", 4, 0, 0, 6, 0, 0, 0, *(0x43, 0x3003, 0xFFFF), 0, *(0x41, 0x3001, 0xFFFF), *(0xFFBF, 0, 1), *(0, 4, 0), *(7, 0, 9)
)
"""A to C, of which A is delta's zero, and three characters by a list, of which the middle one has no letter."""
WHOLE = struct.pack(">HHIIIIIIIII", 12, 0, 0, 0, 2, 0x61, 0x63, 5, 0x1F43A, 0x1F43B, 9)


def test_letters_are_those_of_the_table() -> None:
    assert read_letters(BytesIO(font(SHORT, encoding=1))).tolist() == [0x42, 0x43, 0x3001, 0x3003]
    assert read_letters(BytesIO(font(WHOLE, encoding=10))).tolist() == [0x61, 0x62, 0x63, 0x1F43A, 0x1F43B]
    assert read_letters(BytesIO(font(WHOLE, encoding=10, is_collection=True))).tolist() == [0x61, 0x62, 0x63, 0x1F43A, 0x1F43B]


@given(st.binary(max_size=64), st.integers(0, 100))
def test_what_is_no_font_has_no_letters_and_does_no_harm(junk: bytes, n: int) -> None:
    read_letters(BytesIO(junk))
    read_letters(BytesIO(font(SHORT, encoding=1)[:n] + junk))
    assert set(read_letters(BytesIO(font(SHORT, encoding=1)[:n])).tolist()) <= {0x42, 0x43, 0x3001, 0x3003}


def test_pillows_own_face_is_latin() -> None:
    assert all(has_letter("", letter) for letter in "aZ9?")
    assert not any(has_letter("", letter) for letter in "\u4e16\u0645\U0001f43a")
    assert not has_letter("no such face.ttf", "a")


def test_letters_that_a_face_lacks_are_set_in_one_that_has_them() -> None:
    found = {letter: stand_in(letter) for letter in "\u03a9\u4e16\u0645"}
    there = {letter: face for letter, face in found.items() if face is not None}
    if not there:
        pytest.skip("no font of this machine has any of these letters")
    assert all(has_letter(face, letter) for letter, face in there.items())
    for letter, face in there.items():
        assert Run(letter, face, 1 if letter == "\u0645" else 0) in split_runs(f"word{letter}word", "")


def test_one_that_no_font_has_is_left_to_the_face_of_the_others() -> None:
    assert stand_in("\U000f0000") is None
    assert split_runs("a \U000f0000", "") == [Run("a \U000f0000", "")]


def test_blanks_and_accents_stay_with_their_letters() -> None:
    assert split_runs("e\u0301 a", "") == [Run("e\u0301 a", "")]
    face = stand_in("\u4e16")
    if face is None or not has_letter(face, "\u3001"):
        pytest.skip("no font of this machine has Chinese letters")
    assert split_runs("a\u4e16\u3001\u4e16a", "") == [Run("a", ""), Run("\u4e16\u3001\u4e16", face), Run("a", "")]


@pytest.mark.parametrize(
    ("line", "as_set"),
    [
        ("", []),
        ("abc", ["abc"]),
        (f"ab {HEBREW} {ARABIC} cd", ["ab ", f"{HEBREW} {ARABIC}", " cd"]),
        (f"{HEBREW} ab, cd!", ["!", "ab, cd", f"{HEBREW} "]),
        (f"{HEBREW} 12:30 {HEBREW}", [f" {HEBREW}", "12:30", f"{HEBREW} "]),
        (f"12 {HEBREW} 34", ["34", f" {HEBREW} ", "12"]),
        (f"a 12 {HEBREW} ", ["a 12 ", HEBREW, " "]),
        (f"12. {HEBREW}", [f". {HEBREW}", "12"]),
    ],
)
def test_what_is_read_from_the_right_is_set_from_the_right(line: str, as_set: list[str]) -> None:
    found: list[Run] = []
    for run in split_runs(line, ""):  # in whatever faces
        if found and found[-1].level == run.level:
            parts = (found[-1].text, run.text) if run.level % 2 == 0 else (run.text, found[-1].text)
            found[-1] = Run("".join(parts), "", run.level)
        else:
            found.append(run)
    assert [run.text for run in found] == as_set
    assert all(run.direction == "rtl" for run in found if HEBREW in run.text)


def test_a_line_loses_its_end() -> None:
    assert shorten("a line too long", fits=lambda line: len(line) <= 9) == "a line..."
    assert shorten("short", fits=lambda line: len(line) <= 9) == "short"


def test_names_keep_both_ends() -> None:
    names = [f"a_rather_long_voice_name_{n}" for n in range(15)]
    short = [shorten_middle(name, fits=lambda line: len(line) <= 11) for name in names]
    assert short[0] == "a_ra...me_0"
    assert len(set(short)) == 15
    assert all(len(name) <= 11 for name in short)


def test_where_not_even_dots_have_room_there_is_nothing() -> None:
    assert shorten_middle("name", fits=lambda line: len(line) <= 1) == ""
    assert shorten_middle("name", fits=lambda line: len(line) <= 4) == "name"
