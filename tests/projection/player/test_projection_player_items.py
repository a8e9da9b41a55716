"""Programmes: what comes next, whatever is added and taken away meanwhile."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from projection.player.items import Item, Programme

A, B, C, D = (Item(Path(name)) for name in "abcd")


def taken(programme: Programme, n: int) -> str:
    items = [programme.take() for _ in range(n)]
    return "".join(item.path.name if item else "." for item in items)


@pytest.mark.parametrize(("order", "expected"), [("once", "abc..."), ("loop", "abcabc"), ("endless", "abc...")])
def test_what_follows_the_last(order: str, expected: str) -> None:
    assert taken(Programme([A, B, C], order=order), 6) == expected  # type: ignore[arg-type]


def test_an_empty_one_gives_nothing_and_may_be_filled() -> None:
    programme = Programme(order="loop")
    assert programme.take() is None and programme.peek() is None and len(programme) == 0
    programme.append(A, B)
    assert taken(programme, 3) == "aba"


def test_what_is_added_while_it_plays_comes_at_the_end_of_this_pass_and_of_later_ones() -> None:
    programme = Programme([A, B], order="loop")
    assert taken(programme, 1) == "a"
    programme.append(C)
    assert taken(programme, 5) == "bcabc"


def test_what_is_taken_away_never_comes_again() -> None:
    programme = Programme([A, B, C], order="loop")
    assert taken(programme, 1) == "a"
    programme.remove(B)
    assert taken(programme, 4) == "caca"
    programme.remove(Item(Path("z")))
    assert taken(programme, 2) == "ca"


def test_an_endless_one_goes_on_for_as_long_as_it_is_fed_and_keeps_nothing() -> None:
    programme = Programme([A], order="endless")
    for _ in range(3):
        programme.append(B, C)
    assert len(programme) == 7 and taken(programme, 7) == "abcbcbc" and len(programme) == 0
    programme.append(D)
    assert taken(programme, 2) == "d."


def test_to_look_takes_nothing() -> None:
    programme = Programme([A, B], order="loop")
    assert programme.peek() == programme.peek() == A
    assert taken(programme, 3) == "aba" and programme.peek() == B


@pytest.mark.parametrize(("number", "expected"), [(0, "abcd"), (2, "cdab"), (3, "dabc"), (9, "dabc"), (-1, "abcd")])
def test_going_to_an_item_by_its_number(number: int, expected: str) -> None:
    programme = Programme([A, B, C, D], order="loop")
    taken(programme, 2)
    programme.go_to(number)
    assert taken(programme, 4) == expected


def test_a_pass_by_chance_has_everything_once_and_nothing_follows_itself() -> None:
    programme = Programme([A, B, C, D], order="loop", rng=Random(3))
    seen = taken(programme, 400)
    passes = [seen[at : at + 4] for at in range(0, 400, 4)]
    assert all(sorted(one) == list("abcd") for one in passes)
    assert len(set(passes)) > 10
    assert not any(first == second for first, second in pairwise(seen))
    assert taken(Programme([A, B, C, D], order="loop", rng=Random(3)), 40) == seen[:40]


def test_another_programme_begins_at_once() -> None:
    programme = Programme([A, B], order="loop")
    taken(programme, 1)
    programme.replace([C, D])
    assert taken(programme, 3) == "cdc" and len(programme) == 2
