"""Planning: padding, shifting, merging, bounding and ordering of what was found."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.edits import Clip
from media.errors import UserError
from media.span import Span
from supercut.plan import Shape, add_crossfades, merge_clips, plan_clips
from supercut.search import Hit

A, B = Path("a.mp4"), Path("b.mp4")
LENGTHS = {A: Fraction(100), B: Fraction(50)}


def hits(*spans: tuple[float, float], film: Path = A) -> list[Hit]:
    return [Hit(film, Span(Fraction(str(start)), Fraction(str(end))), f"w{n}", Path("a.srt"), n + 1) for n, (start, end) in enumerate(spans)]


def plan(found: list[Hit], **shape: object) -> list[tuple[float, float]]:
    clips = plan_clips(found, Shape(**shape), durations=LENGTHS, rng=random.Random(1))  # type: ignore[arg-type]
    return [(float(clip.span.start), float(clip.span.end)) for clip in clips]


def test_the_later_end_wins_not_the_end_of_the_later() -> None:
    assert plan(hits((0, 10), (2, 3))) == [(0, 10)]


def test_touching_clips_become_one_and_others_do_not() -> None:
    assert plan(hits((0, 1), (1, 2), (2.001, 3))) == [(0, 2), (2.001, 3)]


def test_clips_of_different_films_never_merge() -> None:
    assert plan(hits((0, 2)) + hits((1, 3), film=B)) == [(0, 2), (1, 3)]


def test_padding_stays_within_the_film() -> None:
    assert plan(hits((0.5, 1), (99, 99.8)), padding=Fraction(1)) == [(0, 2), (98, 100)]


def test_resync_shifts_before_bounds_are_kept() -> None:
    assert plan(hits((1, 2)), resync=Fraction(-3, 2)) == [(0, 0.5)]


def test_a_caption_beyond_the_end_is_refused_with_its_line() -> None:
    with pytest.raises(UserError, match=r"a\.srt:2: .*0:02:00\.000 lies beyond the end of a\.mp4 \(0:01:40\.000\).*--resync"):
        plan(hits((1, 2), (120, 121)))


def test_a_clip_without_length_is_refused() -> None:
    with pytest.raises(UserError, match=r"a\.srt:1: .*no length.*--padding"):
        plan(hits((5, 5)))
    assert plan(hits((5, 5)), padding=Fraction(1, 10)) == [(4.9, 5.1)]


def test_inverting_gives_the_rest_after_padding() -> None:
    assert plan(hits((10, 20), (30, 40)), invert=True, padding=Fraction(1)) == [(0, 9), (21, 29), (41, 100), (0, 50)]


def test_lengths_orders_and_counts() -> None:
    found = hits((0, 1), (10, 13), (20, 22))
    assert plan(found, shortest=Fraction(2)) == [(10, 13), (20, 22)]
    assert plan(found, longest=Fraction(2)) == [(0, 1), (20, 22)]
    assert plan(found, order="length") == [(0, 1), (20, 22), (10, 13)]
    assert plan(found, order="length", max_clips=1) == [(0, 1)]
    clips = plan_clips(found, Shape(order="loudness"), durations=LENGTHS, rng=random.Random(1), loudness=lambda clip: -float(clip.span.start))
    assert [float(clip.span.start) for clip in clips] == [20, 10, 0]


SPANS = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 90)), min_size=1, max_size=20)


@given(SPANS)
def test_merged_clips_cover_the_same_time_and_lie_apart(drawn: list[tuple[int, int]]) -> None:
    clips = sorted((Clip(A, Span(Fraction(start, 10), Fraction(start + length, 10)), "x") for start, length in drawn), key=lambda clip: clip.span)
    merged = merge_clips(clips)
    inside = [any(tick in clip.span for clip in clips) for tick in (Fraction(n, 20) for n in range(2000))]
    assert inside == [any(tick in clip.span for clip in merged) for tick in (Fraction(n, 20) for n in range(2000))]
    assert all(before.span.end < after.span.start for before, after in itertools.pairwise(merged))


@given(SPANS, st.fractions(0, 2))
def test_crossfades_leave_every_clip_some_time_of_its_own(drawn: list[tuple[int, int]], seconds: Fraction) -> None:
    clips = [Clip(A, Span(Fraction(start, 10), Fraction(start + length, 10)), "x") for start, length in drawn]
    faded = add_crossfades(clips, seconds)
    assert faded[0].fade == 0
    for n, clip in enumerate(faded):
        following = faded[n + 1].fade if n + 1 < len(faded) else 0
        assert clip.fade + following <= clip.span.duration + Fraction(1, 1_000_000)
