"""Words at rest and passing by: where they lie, how they are broken, and that they move evenly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.clock import ManualClock
from media.errors import UserError
from media.fonts import stand_in
from projection.layers.layer import Layer, settings_class
from projection.layers.passing import lay_abreast
from projection.layers.text import TextSettings, TickerSettings
from projection.layers.typeset import Type, split_lines, wrap_lines

Make = Callable[..., Layer]
Draw = Callable[..., Any]


def box(picture: np.ndarray, *, least: int = 32) -> tuple[int, int, int, int]:
    """Where there is ink: left, top, right and bottom."""
    rows, columns = np.nonzero((picture[..., 3] >= least).any(1))[0], np.nonzero((picture[..., 3] >= least).any(0))[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def centre_x(picture: np.ndarray) -> float:
    ink = picture[..., 3].astype(float).sum(axis=0)
    return float((ink * (np.arange(len(ink)) + 0.5)).sum() / ink.sum())


def test_words_lie_in_the_middle_unless_told_otherwise(make: Make, drawn: Draw) -> None:
    left, top, right, bottom = box(drawn(make("text", text="HH", size=0.2)))
    assert abs((left + right) / 2 - 160) <= 2
    assert abs((top + bottom) / 2 - 90) <= 8
    left, top, right, bottom = box(drawn(make("text", text="HH", size=0.2, align="left", valign="top", margin=0.1)))
    assert abs(left - 18) <= 4 and 18 <= top <= 32
    left, top, right, bottom = box(drawn(make("text", text="HH", size=0.2, align="right", valign="bottom", margin=0.1)))
    assert abs(right - 302) <= 4 and 148 <= bottom <= 162


def test_letters_are_as_high_as_told(make: Make, drawn: Draw) -> None:
    _, top, _, bottom = box(drawn(make("text", text="H", size=0.5)))
    _, small_top, _, small_bottom = box(drawn(make("text", text="H", size=0.25)))
    assert 0.6 * 90 < bottom - top < 0.85 * 90
    assert abs((bottom - top) / (small_bottom - small_top) - 2) < 0.1


def test_a_picture_is_clear_where_there_are_no_words(make: Make, drawn: Draw) -> None:
    picture = drawn(make("text", text="words", color="#ff8000", outline=0.1, outline_color="#203040"))
    assert (picture[..., :3] <= picture[..., 3:]).all()  # multiplied by how opaque it is
    assert (picture[0] == 0).all()
    assert {(255, 128, 0), (32, 48, 64)} <= {tuple(int(part) for part in pixel[2::-1]) for pixel in picture[picture[..., 3] == 255]}


def test_an_outline_makes_letters_wider_on_all_sides(make: Make, drawn: Draw) -> None:
    plain, lined = (box(drawn(make("text", text="O", size=0.5, outline=outline))) for outline in (0.0, 0.1))
    assert all(6 <= reach <= 12 for reach in (plain[0] - lined[0], plain[1] - lined[1], lined[2] - plain[2], lined[3] - plain[3]))


def test_long_lines_are_broken_between_words(make: Make, drawn: Draw) -> None:
    text = "many words that have no room in one line of this stage"
    left, top, right, bottom = box(drawn(make("text", text=text, size=0.1)))
    one = box(drawn(make("text", text="many", size=0.1)))
    assert left >= 10 and right <= 310
    assert bottom - top > 2 * (one[3] - one[1])
    left, _, right, _ = box(drawn(make("text", text=text, size=0.1, wrap=False)))
    assert left <= 2 and right >= 316


def test_a_word_that_is_too_long_makes_letters_smaller_instead(make: Make, drawn: Draw) -> None:
    left, top, right, bottom = box(drawn(make("text", text="WOLVES", size=0.5)))
    assert left >= 8 and right <= 312 and bottom - top < 0.85 * 90


def test_text_without_blanks_is_broken_anywhere_and_accents_stay() -> None:
    assert wrap_lines(["日本語の文字"], fits=lambda line: len(line) <= 4) == ["日本語の", "文字"]
    assert wrap_lines(["abcde\u0301f"], fits=lambda line: len(line) <= 5) == ["abcd", "e\u0301f"]
    assert wrap_lines(["a bc", "", "d"], fits=lambda line: len(line) <= 2) == ["a", "bc", "", "d"]
    assert wrap_lines(["abc"], fits=lambda line: not line) == ["a", "b", "c"]
    assert wrap_lines(["  ab"], fits=lambda line: len(line) <= 3) == ["  a", "b"]


@given(st.lists(st.text("ab \u0301日", max_size=30)), st.integers(1, 12))
def test_broken_lines_have_room_and_lose_nothing_but_blanks(lines: list[str], n: int) -> None:
    broken = wrap_lines(lines, fits=lambda line: len(line) <= n)
    assert all(len(line) <= n for line in broken)
    assert "".join(broken).replace(" ", "") == "".join(lines).replace(" ", "")


def test_what_cannot_be_seen_is_left_out() -> None:
    assert split_lines("a\x07b\tc\r\n\u200bd \n") == ["ab    c", "d"]


@pytest.mark.parametrize("text", ["", " \n\n ", "\t"])
@pytest.mark.parametrize("kind", ["text", "ticker"])
def test_no_words_are_a_clear_picture(make: Make, drawn: Draw, kind: str, text: str) -> None:
    layer = make(kind, text=text)
    assert not drawn(layer).any()
    drawn(layer, 1000)


def test_words_are_drawn_when_they_change_and_only_then(make: Make, drawn: Draw) -> None:
    layer: Any = make("text", text="one")
    first = drawn(layer)
    assert drawn(layer, 1) is None
    layer.set(TextSettings(name="it", text="other"))
    assert not np.array_equal(drawn(layer, 2), first)


@pytest.mark.parametrize("kind", ["text", "ticker"])
def test_a_file_is_read_again_when_it_changes(make: Make, drawn: Draw, tmp_path: Path, told: list[str], kind: str) -> None:
    file = tmp_path / "words.txt"
    file.write_text("one\n")
    layer: Any = make(kind, file="words.txt", seconds=1) if kind == "ticker" else make(kind, file="words.txt")
    assert layer._text(1000.0) == "one"
    file.write_text("two words")
    assert layer._text(1000.1) == "one"
    assert layer._text(1001.0) == "two words"
    file.unlink()
    assert [layer._text(1002.0 + n) for n in range(3)] == ["two words"] * 3
    file.write_bytes(b"\xff\xfe\xff")
    assert layer._text(1006.0) == "two words"
    assert len(told) == 2
    assert "words.txt" in told[0] and "no such file" in told[0] and "UTF-8" in told[1]


def test_a_file_that_is_not_there_or_no_text_is_refused(make: Make, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("x" * (1 << 20) + "x")
    for name, words in (("none.txt", "no such file"), (".", "no text file"), ("long.txt", "more than")):
        with pytest.raises(UserError, match=words):
            make("text", file=name)


def test_a_font_is_a_file_or_a_family(make: Make, drawn: Draw) -> None:
    with pytest.raises(UserError, match="no such font"):
        drawn(make("text", text="a", font="none.ttf"))
    with pytest.raises(UserError, match=r"no font of this name\. \S+"):
        drawn(make("text", text="a", font="Nobody Has This"))


@pytest.mark.skipif(not Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf").exists(), reason="DejaVu is not installed here")
def test_a_family_is_found_with_its_styles_and_a_slip_is_named(make: Make, drawn: Draw) -> None:
    file = drawn(make("text", text="words", font="/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"))
    assert np.array_equal(drawn(make("text", text="words", font="dejavu serif")), file)
    assert not np.array_equal(drawn(make("text", text="words", font="DejaVu Serif Bold")), file)
    with pytest.raises(UserError, match="Did you mean DejaVu Serif"):
        drawn(make("text", text="words", font="DejaVu Serfi"))


@pytest.mark.parametrize("kind", ["text", "ticker"])
def test_letters_that_the_font_lacks_are_no_boxes(make: Make, drawn: Draw, kind: str) -> None:
    """Each that any font of this machine has is drawn unlike the one for what there is not."""
    letters = [letter for letter in "\u03a9\u4e16\u0645\u2605" if stand_in(letter)]
    if not letters:
        pytest.skip("no font of this machine has any of these letters")
    pictures = [drawn(make(kind, text=f"ab{letter}", size=0.3, outline=0.02), 6) for letter in ["\U000f0000", *letters]]
    assert len({picture.tobytes() for picture in pictures}) == 1 + len(letters)


def test_a_ticker_takes_its_seconds_from_side_to_side(make: Make, drawn: Draw) -> None:
    layer = make("ticker", text="H", seconds=10, gap=100, size=0.2)
    assert not drawn(layer, 0).any()
    edges = [box(drawn(layer, at_s))[0] for at_s in (1, 5, 9)]
    assert all(abs(edge - expected) <= 3 for edge, expected in zip(edges, (290, 162, 34), strict=True))
    assert not drawn(layer, 12).any()


@pytest.mark.parametrize("direction", ["right", "up", "down"])
def test_it_goes_the_other_ways_too(make: Make, drawn: Draw, direction: str) -> None:
    layer = make("ticker", text="H", seconds=10, gap=100, size=0.2, direction=direction)
    _, top, right, bottom = box(drawn(layer, 3))
    reach = {"right": right, "up": 180 - top, "down": bottom}[direction]
    assert abs(reach - 0.3 * (320 if direction == "right" else 180)) <= 16


@pytest.mark.parametrize(("direction", "axis"), [("left", 0), ("up", 1)])
def test_it_moves_evenly_by_parts_of_a_pixel(make: Make, drawn: Draw, direction: str, axis: int) -> None:
    layer = make("ticker", text="o", seconds=20, gap=100, size=0.2, direction=direction)
    begin = 14.0
    centres = []
    for n in range(40):
        picture = drawn(layer, begin + n / 60)
        centres.append(centre_x(picture if axis == 0 else picture.transpose(1, 0, 2)))
    steps = -np.diff(centres)
    assert np.abs(steps - (320, 180)[axis] / 20 / 60).max() < 0.06  # by whole pixels: 0.7


def test_its_letters_are_as_sharp_wherever_they_come_to_lie(make: Make, drawn: Draw) -> None:
    layer = make("ticker", text="illili", seconds=64, gap=100, size=0.2)
    contrasts = [np.abs(np.diff(drawn(layer, 30 + n / 60)[..., 3].astype(float), axis=1)).sum() for n in range(60)]
    assert np.std(contrasts) / np.mean(contrasts) < 0.03


def test_it_has_no_end(make: Make, drawn: Draw) -> None:
    layer: Any = make("ticker", text="first line\nsecond", seconds=4, gap=0.5, size=0.1)
    drawn(layer, 0)
    round_s = layer._passage.length_px / 320 * 4
    one, again, long_after = (drawn(layer, 20 + n * round_s).astype(int) for n in (0, 1, 1000))
    assert one.any()
    assert np.abs(one - again).max() <= 2 and np.abs(one - long_after).max() <= 4


def test_another_speed_does_not_make_it_jump(make: Make, drawn: Draw) -> None:
    layer: Any = make("ticker", text="words", seconds=10, gap=100)
    before = centre_x(drawn(layer, 5))
    layer.set(TickerSettings(name="it", text="words", seconds=1, gap=100))
    assert abs(centre_x(drawn(layer, 5.001)) - before) < 1


def test_a_long_text_is_written_little_by_little(make: Make, drawn: Draw) -> None:
    layer: Any = make("ticker", text="a word " * 10_000, seconds=2)
    for n in range(120):
        drawn(layer, n / 60)
    assert len(layer._passage.pieces) > 1000 > 20 > len(layer._written)


def test_pieces_follow_one_another_without_an_edge() -> None:
    how = Type("", 20)
    line = "some words that are long enough to be written in pieces, one behind the other, as they pass"
    passage = lay_abreast([line], how, gap_px=50)
    assert len(passage.pieces) == 2
    assert abs(passage.length_px - 50 - how.width_px(line)) < 2
    assert passage.following(0).line == passage.pieces[1].line
    assert passage.following(passage.pieces[1].start_px).line == passage.pieces[0].line


def test_credits_keep_their_order_both_ways(make: Make, drawn: Draw) -> None:
    """The first line is the highest, whichever way they go."""
    for direction in ("up", "down"):
        picture = drawn(make("ticker", text="H\nHHHHHH", seconds=10, gap=100, size=0.1, direction=direction), 5)
        _, top, _, bottom = box(picture)
        upper, lower = box(picture[top : top + 12]), box(picture[bottom - 12 : bottom])
        assert upper[2] - upper[0] < (lower[2] - lower[0]) / 3


def test_the_clock_may_begin_anywhere(make: Make, drawn: Draw, clock: ManualClock) -> None:
    clock.advance(1e6)
    layer = make("ticker", text="H", seconds=10, gap=100, size=0.2)
    assert not drawn(layer, 0).any()
    assert abs(box(drawn(layer, 5))[0] - 162) <= 3


RARE = "\U0001e900\U00012000"
"""Adlam and cuneiform, which few machines have."""


@pytest.mark.skipif(any(stand_in(letter) for letter in RARE), reason="this machine has fonts for the rarest letters")
@pytest.mark.parametrize("kind", ["text", "ticker"])
def test_letters_that_no_font_has_are_told_once_for_each_text(make: Make, drawn: Draw, told: list[str], kind: str) -> None:
    layer: Any = make(kind, text=f"Doors {RARE}{RARE[0]} open")
    assert drawn(layer, 5).any()
    layer.set(settings_class(kind)(name="it", text=f"Doors {RARE}{RARE[0]} open", size=0.2))
    drawn(layer, 1)
    assert told == [
        f"it: no font of this machine has {RARE[0]} (U+1E900), {RARE[1]} (U+12000): boxes stand for them. Install one that has."
    ]
    for text in ("Doors open", f"{RARE[1]} again"):
        layer.set(settings_class(kind)(name="it", text=text))
        drawn(layer, 2)
    assert len(told) == 2 and "has \U00012000 (U+12000):" in told[1]
