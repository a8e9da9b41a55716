"""Hits in, clips in order out: padded, shifted, merged, kept inside their films, ordered, counted."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from media.edits import Clip
from media.errors import UserError
from media.span import Span, invert_spans
from media.timecode import clock_text, to_microsecond
from supercut.search import Hit

ORDERS = {
    "time": "as in the films",
    "random": "shuffled by the seed",
    "alphabetical": "by what is said",
    "length": "shortest first",
    "loudness": "quietest first",
}


@dataclass(frozen=True)
class Shape:
    """How hits become clips.

    Args:
        padding: seconds added at both ends (may be negative).
        resync: seconds added to the captions' times.
        shortest, longest: clips outside these lengths in seconds are left out; None is no bound.
        order: one of `ORDERS`.
        max_clips: keep so many after ordering; 0 keeps all.
        merge: join clips of one film that overlap or touch.
        invert: take everything but the hits.
    """

    padding: Fraction = Fraction(0)
    resync: Fraction = Fraction(0)
    shortest: Fraction | None = None
    longest: Fraction | None = None
    order: str = "time"
    max_clips: int = 0
    merge: bool = True
    invert: bool = False


LabelOf = Callable[[Path, Span], str]
"""Says what is heard in a stretch of a film."""


def plan_clips(
    hits: Sequence[Hit],
    shape: Shape,
    *,
    durations: Mapping[Path, Fraction],
    rng: random.Random,
    loudness: Callable[[Clip], float] | None = None,
    label: LabelOf = lambda _film, _span: "",
) -> list[Clip]:
    """Turn hits into clips.

    Args:
        durations: length of each film; films that are not in it are not bounded.
        loudness: measures a clip, for that order.
        label: names what is heard between the hits, for inverted searches.
    Raises:
        UserError: a hit lies beyond its film's end, or a clip has no length.
    """
    clips = [_clip(hit, shape, durations.get(hit.film)) for hit in hits]
    if shape.merge:
        clips = merge_clips(clips)
    clips = [clip for clip in clips if clip.span.duration > 0]
    if shape.invert:
        clips = invert_clips(clips, durations, label=label)
    clips = [clip for clip in clips if _long_enough(clip, shape)]
    clips = _ordered(clips, shape.order, rng, loudness)
    return clips[: shape.max_clips] if shape.max_clips > 0 else clips


def _clip(hit: Hit, shape: Shape, duration: Fraction | None) -> Clip:
    where = f"{hit.captions or hit.film}:{hit.line}" if hit.line else str(hit.captions or hit.film)
    span = hit.span.shift(shape.resync).pad(shape.padding)
    if duration is not None and span.start >= duration:
        raise UserError(
            where,
            f"the caption {_short(hit.text)} at {clock_text(span.start)} lies beyond the end of {hit.film.name} ({clock_text(duration)})",
            "Are these its captions? --resync shifts them.",
        )
    span = span.clamp(Span(Fraction(0), duration if duration is not None else max(span.end, Fraction(0))))
    span = Span(to_microsecond(span.start), to_microsecond(span.end))
    if span.duration == 0 and shape.shortest is None:
        remedy = "Widen it: --padding 100ms" if shape.padding >= 0 else "Take off less, or leave such clips out: --min 40ms"
        raise UserError(where, f"the clip {_short(hit.text)} at {clock_text(span.start)} has no length", remedy)
    return Clip(hit.film, span, hit.text)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return f'"{flat if len(flat) <= 40 else flat[:39] + "…"}"'


def merge_clips(clips: Sequence[Clip]) -> list[Clip]:
    """Join neighbours of one film, given in order of time, that overlap or touch; the later end wins."""
    merged: list[Clip] = []
    for clip in clips:
        last = merged[-1] if merged else None
        if last and last.source == clip.source and last.span.start <= clip.span.start <= last.span.end:
            span = Span(last.span.start, max(last.span.end, clip.span.end))
            merged[-1] = replace(last, span=span, label=_joined(last, clip))
        else:
            merged.append(clip)
    return merged


def _joined(last: Clip, clip: Clip) -> str:
    """Both labels, unless one says nothing new (two patterns found the same words)."""
    if clip.span.end <= last.span.end and clip.label in last.label:
        return last.label
    if last.span == clip.span and last.label in clip.label:
        return clip.label
    return f"{last.label} {clip.label}".strip()


def invert_clips(clips: Sequence[Clip], durations: Mapping[Path, Fraction], *, label: LabelOf) -> list[Clip]:
    """Everything but these clips, film by film in the order of `durations`."""
    spans: dict[Path, list[Span]] = {film: [] for film in durations}
    for clip in clips:
        spans[clip.source].append(clip.span)
    whole = {film: Span(Fraction(0), to_microsecond(duration)) for film, duration in durations.items()}
    return [Clip(film, gap, label(film, gap)) for film, bounds in whole.items() for gap in invert_spans(spans[film], within=bounds)]


def _long_enough(clip: Clip, shape: Shape) -> bool:
    length = clip.span.duration
    return (shape.shortest is None or length >= shape.shortest) and (shape.longest is None or length <= shape.longest)


def _ordered(clips: list[Clip], order: str, rng: random.Random, loudness: Callable[[Clip], float] | None) -> list[Clip]:
    if order == "random":
        return rng.sample(clips, len(clips))
    if order == "alphabetical":
        return sorted(clips, key=lambda clip: clip.label.casefold())
    if order == "length":
        return sorted(clips, key=lambda clip: clip.span.duration)
    if order == "loudness" and loudness is not None:
        return sorted(clips, key=loudness)
    return clips


def add_crossfades(clips: Sequence[Clip], seconds: Fraction) -> list[Clip]:
    """Let every clip but the first overlap the one before it, by at most half of the shorter of the two."""
    if not seconds or not clips:
        return list(clips)
    faded = [clips[0]]
    for before, clip in pairwise(clips):
        room = min(before.span.duration, clip.span.duration) / 2
        faded.append(replace(clip, fade=to_microsecond(min(seconds, room))))
    return faded
