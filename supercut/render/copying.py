"""A stretch of an H.264 film in; the part of it whose coded pictures can be copied untouched out.

A copy starts at an IDR picture, since nothing behind it looks back past it, and ends where the pictures sent
so far are exactly the first ones shown: a whole group, or the beginning of one up to a reference picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.packet import Packet

from media.color import Color
from media.probe import MediaFile
from media.span import Span
from supercut.render import h264
from supercut.render.source import Packets

MIN_FRAMES = 6
"""Shorter copies are not worth the extra key frame behind them."""


class CopyMismatch(Exception):  # noqa: N818 - it ends the attempt to copy, not the program
    """Pictures that looked as if they could be copied cannot be; encode everything instead."""


@dataclass(frozen=True)
class Target:
    """What every picture of the film to be made has in common."""

    size: tuple[int, int]
    rate: Fraction
    color: Color


def can_copy(media: MediaFile, target: Target) -> bool:
    """Whether pictures of this film may stand in the result as they are coded, as far as its headers tell."""
    video = media.video
    return (
        video is not None
        and video.codec == "h264"
        and video.pixel_format == "yuv420p"
        and video.color == target.color
        and video.size == target.size
        and video.rate == target.rate
        and not video.is_vfr
        and not video.rotation
        and video.pixel_aspect == 1
    )


def header_of(source: Packets) -> bytes | None:
    """The header that copies from an open film need; None where they would not fit into an mp4 track."""
    usable = source.is_progressive and h264.is_avcc(source.extradata)
    return source.extradata if usable else None


def copyable_span(source: Packets, span: Span) -> Span | None:
    """The longest stretch inside `span` (on frame boundaries) that can be copied, or None."""
    first = _first_idr(source, span, h264.length_bytes_of(source.extradata))
    if first is None:
        return None
    end = _closed_end(source, first, span.end)
    if end is None or (end - first) / source.step < MIN_FRAMES:
        return None
    return Span(first, end)


def _first_idr(source: Packets, span: Span, length_bytes: int | None) -> Fraction | None:
    half = source.step / 2
    for packet in source.read(span.start):
        time = source.time_of(packet)
        if time is None or not packet.is_keyframe:
            continue
        if time > span.end - half:
            return None
        if time > span.start - half and any(h264.unit_type(unit) == h264.IDR for unit in h264.units_of(bytes(packet), length_bytes=length_bytes)):
            return time
    return None


def _closed_end(source: Packets, first: Fraction, end: Fraction) -> Fraction | None:
    """Where the longest beginning of the last group ends that shows no gap and nothing past `end`."""
    n_closed, latest, n_wanted = 0, -1, 0
    group: Fraction | None = None
    for n_sent, packet in enumerate(source.read(end - source.step), 1):
        time = source.time_of(packet)
        if time is None:
            return None
        if group is None:
            group = time
            n_wanted = round((end - group) / source.step)
        number = round((time - group) / source.step)
        if number < 0 or group < first - source.step / 2:  # an open group: pictures before its key frame come behind it
            return None
        if n_sent > n_wanted:
            break
        latest = max(latest, number)
        if latest == n_sent - 1:
            n_closed = n_sent
    return None if group is None else group + n_closed * source.step


def copied_packets(source: Packets, span: Span) -> Iterator[tuple[int, bool, bytes]]:
    """The coded pictures of a copyable span: (number of the frame from its start, whether a key frame, units)."""
    length_bytes = h264.length_bytes_of(source.extradata)
    sets = h264.parameter_sets(source.extradata)
    known = frozenset((*sets.sps, *sets.pps))
    for packet in source.read(span.start):
        time = source.time_of(packet)
        if time is None or time > span.end - source.step / 2:
            return
        yield round((time - span.start) / source.step), packet.is_keyframe, _without_headers(packet, length_bytes, known)


def _without_headers(packet: Packet, length_bytes: int | None, known: frozenset[bytes]) -> bytes:
    """The packet's units behind four-byte lengths, parameter sets left out: the film's header has them.

    Raises:
        CopyMismatch: a parameter set on the way that the header does not have (joined recordings).
    """
    kept = []
    for unit in h264.units_of(bytes(packet), length_bytes=length_bytes):
        if h264.unit_type(unit) not in (h264.SPS, h264.PPS):
            kept.append(unit)
        elif unit not in known:
            raise CopyMismatch("the film changes its parameter sets on the way")
    return h264.length_prefixed(kept)
