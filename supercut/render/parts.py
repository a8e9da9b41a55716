"""Placed clips in; the parts that the film is put together from out: stretches to copy and stretches to encode.

Parts lie end to end on the sequence's frame grid. Each can be made without the others, by any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from media.conform import PlacedClip
from media.span import Span

MAX_FRAMES = 250
"""An encoded part is at most so long: it bounds memory and lets cores share a long clip."""


@dataclass(frozen=True)
class Layer:
    """Pictures of one clip within a part.

    Args:
        start: media time of the first picture.
        label: the clip's words.
        opacity: of its first picture and of the one behind its last; (1, 1) outside cross-fades.
    """

    source: Path
    start: Fraction
    label: str
    opacity: tuple[Fraction, Fraction] = (Fraction(1), Fraction(1))


@dataclass(frozen=True)
class EncodePart:
    """Frames to decode, compose and encode anew; the first layer lies at the bottom."""

    record_start: int
    n_frames: int
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class CopyPart:
    """Frames whose coded pictures are copied."""

    record_start: int
    n_frames: int
    source: Path
    span: Span


Part = EncodePart | CopyPart
FindCopy = Callable[[Path, Span], Span | None]


def split_into_parts(placed: Sequence[PlacedClip], *, rate: Fraction, find_copy: FindCopy) -> list[Part]:
    """Cut the sequence into parts.

    Args:
        find_copy: the copyable stretch inside a span of a source, or None (supercut.render.copying).
    """
    parts: list[Part] = []
    for n, clip in enumerate(placed):
        following = placed[n + 1].n_fade if n + 1 < len(placed) else 0
        if clip.n_fade:
            parts.append(_fade(placed[n - 1], clip, rate))
        parts.extend(_alone(clip, clip.n_fade, clip.n_frames - following, rate, find_copy))
    return parts


def _fade(before: PlacedClip, clip: PlacedClip, rate: Fraction) -> EncodePart:
    """The frames that two clips share: the new one grows over the old one, neither end full nor empty."""
    step = Fraction(1, clip.n_fade + 1)
    below = Layer(before.clip.source, before.source_start + (before.n_frames - clip.n_fade) / rate, before.clip.label)
    above = Layer(clip.clip.source, clip.source_start, clip.clip.label, (step, Fraction(1)))
    return EncodePart(clip.record_start, clip.n_fade, (below, above))


def _alone(placed: PlacedClip, first: int, last: int, rate: Fraction, find_copy: FindCopy) -> Iterator[Part]:
    """The frames `first` to `last` of a clip, which it has for itself."""
    if first >= last:
        return
    span = Span(placed.source_start + first / rate, placed.source_start + last / rate)
    copied = find_copy(placed.clip.source, span)
    if copied is None:
        yield from _encode(placed, first, last, rate)
        return
    copy_first = first + round((copied.start - span.start) * rate)
    copy_last = copy_first + round(copied.duration * rate)
    yield from _encode(placed, first, copy_first, rate)
    yield CopyPart(placed.record_start + copy_first, copy_last - copy_first, placed.clip.source, copied)
    yield from _encode(placed, copy_last, last, rate)


def _encode(placed: PlacedClip, first: int, last: int, rate: Fraction) -> Iterator[EncodePart]:
    n_pieces = -(-(last - first) // MAX_FRAMES)
    for n in range(n_pieces):
        at = first + (last - first) * n // n_pieces
        end = first + (last - first) * (n + 1) // n_pieces
        layer = Layer(placed.clip.source, placed.source_start + at / rate, placed.clip.label)
        yield EncodePart(placed.record_start + at, end - at, (layer,))


def in_source_order(parts: Sequence[EncodePart]) -> list[list[EncodePart]]:
    """Group parts that one decoder reaches by playing on, in order of source and time.

    Parts of one group lie within a second of each other, so a group of pictures is decoded once for all.
    """
    groups: list[list[EncodePart]] = []
    end: tuple[Path, Fraction] | None = None
    for part in sorted(parts, key=lambda part: (str(part.layers[0].source), part.layers[0].start, part.record_start)):
        layer = part.layers[0]
        near = end is not None and end[0] == layer.source and end[1] - 1 <= layer.start < end[1] + 1
        if near and sum(one.n_frames for one in groups[-1]) < MAX_FRAMES:
            groups[-1].append(part)
        else:
            groups.append([part])
        end = (layer.source, layer.start)
    return groups
