"""Lines that have no room are shortened where it harms least."""

from __future__ import annotations

from media.fonts import shorten, shorten_middle


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
