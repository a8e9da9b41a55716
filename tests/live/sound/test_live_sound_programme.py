"""The line of time that items make, and the hand-over of what is decoded."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from live.sound.programme import Item, Programme
from live.sound.run import Block, Run
from media.span import Span

RATE = 48_000
TIMES = st.fractions(0, 1000, max_denominator=1001 * 30)


def laid(*items: Item) -> Programme:
    programme = Programme()
    for item in items:
        programme = programme.with_item(item)
    return programme


@given(st.lists(TIMES, min_size=2, max_size=20))
def test_spans_that_touch_make_no_gap_however_they_are_cut(times: list[Fraction]) -> None:
    cuts = sorted(times)
    programme = laid(*(Item(None, Span(start, end)) for start, end in pairwise(cuts)))
    assert programme.end == round(cuts[-1] * RATE) - round(cuts[0] * RATE)
    assert all(one.end == two.start for one, two in pairwise(programme.placed))


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 800)), min_size=1, max_size=12), st.integers(0, 6000))
def test_each_place_has_its_item(sizes: list[tuple[int, int]], at: int) -> None:
    items = [Item(None, Span(Fraction(0), Fraction(n, RATE)), overlap_s=overlap / RATE) for n, overlap in sizes]
    programme = laid(*items)
    heard = [placed for placed in programme.placed if placed.start <= at < placed.end]
    assert len(heard) <= 2
    assert set(heard) <= set(programme.around(at))
    if at < programme.end:
        assert heard


@given(st.floats(-1e7, 1e7), st.integers(1, 100_000))
def test_the_nearest_place_lies_inside(place: float, n: int) -> None:
    programme = laid(Item(None, Span(Fraction(0), Fraction(n, RATE))))
    assert programme.nearest(place) == (place if 0 <= place <= n else 0 if place < 0 else n)


def numbered(start: int, n: int) -> Block:
    return Block(start, np.arange(start, start + n, dtype=np.float32)[:, None].repeat(2, 1))


def test_what_is_put_is_taken_in_order() -> None:
    run = Run(0)
    for start in (0, 10, 20):
        run.put(numbered(start, 10))
    assert run.take(3)[:, 0].tolist() == [0, 1, 2]
    assert run.peek(4, reach=2)[:, 0].tolist() == [1, 2, 3, 4, 5, 6]
    assert run.take(12)[:, 0].tolist() == list(range(3, 15))
    assert (run.place, run.n_ahead) == (15, 15)
    assert run.take(100)[:, 0].tolist() == list(range(15, 30))
    assert run.take(5).shape == (0, 2)
    assert run.peek(2, reach=3)[:, 0].tolist() == [27, 28, 29, 0, 0]


def test_what_was_planned_otherwise_is_cut() -> None:
    run = Run(0)
    for start in (0, 10, 20, 30):
        run.put(numbered(start, 10))
    assert run.cut(20) == 20
    assert run.n_ahead == 20
    assert run.cut(13) == 13
    assert run.cut(4) == 10  # what is being heard stays
    assert run.take(100)[:, 0].tolist() == list(range(10))
    assert run.cut(5) == 10
