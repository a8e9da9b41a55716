"""Spans: half-open, and many of them merged or inverted without losing or inventing a moment."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.span import Span, invert_spans, merge_spans

WHOLE = Span(Fraction(0), Fraction(20))

moments = st.integers(min_value=0, max_value=160).map(lambda eighths: Fraction(eighths, 8))
spans = st.tuples(moments, moments).map(lambda pair: Span(min(pair), max(pair)))
some_spans = st.lists(spans, max_size=12)


def covered(time: Fraction, among: list[Span]) -> bool:
    return any(time in span for span in among)


def test_a_span_holds_its_start_and_not_its_end():
    span = Span(1, 2)
    assert 1 in span
    assert 2 not in span
    assert Fraction(1999, 1000) in span


def test_numbers_become_exact():
    assert Span(1, 0.5 + 1).end == Fraction(3, 2)
    assert isinstance(Span(1, 2).start, Fraction)


def test_a_span_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match=r"2\.0\.\.1\.0"):
        Span(2, 1)


def test_neighbours_that_share_an_edge_do_not_overlap():
    assert not Span(0, 1).overlaps(Span(1, 2))
    assert Span(0, 1).overlaps(Span(Fraction(9, 10), 2))
    assert Span(0, 10).overlaps(Span(2, 3))


def test_an_empty_span_overlaps_what_it_lies_inside_of_only():
    assert not Span(0, 1).overlaps(Span(1, 1))
    assert Span(0, 2).overlaps(Span(1, 1))


def test_padding_grows_both_ends_and_never_turns_a_span_inside_out():
    assert Span(2, 3).pad(Fraction(1, 2)) == Span(Fraction(3, 2), Fraction(7, 2))
    assert Span(2, 3).pad(Fraction(-1, 4)) == Span(Fraction(9, 4), Fraction(11, 4))
    assert Span(2, 3).pad(Fraction(-5)) == Span(Fraction(5, 2), Fraction(5, 2))


@given(spans, spans)
def test_clamped_spans_lie_inside_and_keep_what_was_inside(span: Span, bounds: Span):
    clamped = span.clamp(bounds)
    assert bounds.start <= clamped.start <= clamped.end <= bounds.end
    if span.overlaps(bounds):
        assert clamped == Span(max(span.start, bounds.start), min(span.end, bounds.end))
    else:
        assert clamped.duration == 0


def test_the_later_end_wins_not_the_end_of_the_later_span():
    assert merge_spans([Span(0, 10), Span(2, 3)]) == [Span(0, 10)]


def test_touching_spans_join_and_a_gap_is_bridged_up_to_its_length():
    assert merge_spans([Span(1, 2), Span(0, 1)]) == [Span(0, 2)]
    assert merge_spans([Span(0, 1), Span(2, 3)], gap=Fraction(1)) == [Span(0, 3)]
    assert merge_spans([Span(0, 1), Span(2, 3)], gap=Fraction(99, 100)) == [Span(0, 1), Span(2, 3)]


@given(some_spans, moments)
def test_merging_covers_the_same_moments(many: list[Span], time: Fraction):
    assert covered(time, merge_spans(many)) == covered(time, many)


@given(some_spans)
def test_merged_spans_are_in_order_apart_and_merge_to_themselves(many: list[Span]):
    merged = merge_spans(many)
    assert all(one.end < two.start for one, two in pairwise(merged))
    assert merge_spans(merged) == merged
    assert merge_spans(reversed(many)) == merged


@given(some_spans, moments)
def test_every_moment_is_either_covered_or_in_a_gap(many: list[Span], time: Fraction):
    gaps = invert_spans(many, within=WHOLE)
    if time in WHOLE:
        assert covered(time, gaps) != covered(time, many)
    assert all(gap.duration > 0 and WHOLE.start <= gap.start and gap.end <= WHOLE.end for gap in gaps)


@given(some_spans)
def test_spans_and_their_gaps_partition_the_whole(many: list[Span]):
    gaps = invert_spans(many, within=WHOLE)
    kept = invert_spans(gaps, within=WHOLE)
    assert sum((span.duration for span in (*gaps, *kept)), Fraction(0)) == WHOLE.duration
    assert invert_spans(kept, within=WHOLE) == gaps


@given(some_spans, spans)
def test_gaps_stay_within_their_bounds(many: list[Span], bounds: Span):
    gaps = invert_spans(many, within=bounds)
    inside = sum((span.clamp(bounds).duration for span in merge_spans(many)), Fraction(0))
    assert sum((gap.duration for gap in gaps), Fraction(0)) == bounds.duration - inside
    assert all(bounds.start <= gap.start and gap.end <= bounds.end for gap in gaps)


def test_a_span_of_no_length_does_not_cut_a_gap_in_two():
    assert invert_spans([Span(3, 3)], within=WHOLE) == [WHOLE]


def test_nothing_inverts_to_everything_and_everything_to_nothing():
    assert invert_spans([], within=WHOLE) == [WHOLE]
    assert invert_spans([Span(-5, 50)], within=WHOLE) == []
    assert invert_spans([Span(30, 50)], within=WHOLE) == [WHOLE]
    assert invert_spans([], within=Span(3, 3)) == []
