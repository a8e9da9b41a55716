"""A film and a span go in; the media times at which its coded picture can be entered come out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media.container import discard_others, find_video, has_index, open_media, start_of
from media.errors import UserError
from media.span import Span

if TYPE_CHECKING:
    from av.container import InputContainer


def keyframe_times(path: Path | str, *, within: Span | None = None) -> tuple[Fraction, ...]:
    """Media times at which a film can be entered, in order.

    Args:
        within: only those that playing this span needs (from the last one at or before its start);
            the cost then depends on the span rather than on the film.
    Raises:
        UserError: as `probe`; or there is no picture.
    """
    with open_media(path) as container:
        stream = find_video(container)
        if stream is None:
            raise UserError(path, "it holds no picture", "Name a film.")
        return read_keyframe_times(container, stream, within=within)


def read_keyframe_times(container: InputContainer, stream: Any, *, within: Span | None = None) -> tuple[Fraction, ...]:
    """As `keyframe_times`, of a container that is open; leaves it wherever it has read to."""
    start = start_of(container)
    discard_others(container, stream)
    if has_index(container, stream):
        stamps = _indexed_keys(container, stream, within, start)
    else:
        stamps = _demuxed_keys(container, stream, within, start)
    times = sorted({stamp * stream.time_base - start for stamp in stamps})
    return tuple(times) if within is None else _needed(times, within)


def _needed(times: Sequence[Fraction], within: Span) -> tuple[Fraction, ...]:
    first = max(0, bisect_right(times, within.start) - 1)
    return tuple(time for time in times[first:] if time < within.end)


def _indexed_keys(container: InputContainer, stream: Any, within: Span | None, start: Fraction) -> list[int]:
    """Presentation stamps of the key frames: the index knows only when each is decoded, so each one's packet is looked at."""
    keys = [entry.timestamp for entry in stream.index_entries if entry.is_keyframe and not entry.is_discard]
    first, last = 0, len(keys)
    if within is not None:
        # A key frame is shown at most a reordering delay after it is decoded; 1 s is beyond any.
        first = max(0, bisect_right(keys, (within.start + start - 1) / stream.time_base) - 1)
        last = bisect_right(keys, (within.end + start) / stream.time_base)
    following = [*keys[1:], (stream.index_entries[-1].timestamp if keys else 0) + 1]
    stamps = (_shown_at(container, stream, keys[n], before=following[n]) for n in range(first, last))
    return [stamp for stamp in stamps if stamp is not None]


def _shown_at(container: InputContainer, stream: Any, key: int, *, before: int) -> int | None:
    """Presentation stamp of the key frame that is decoded at `key`, where the next key frame is decoded at `before`.

    A seek to `key` itself would go back a whole group: libav looks for a key frame that is *shown* by then.
    """
    container.seek(before - 1, stream=stream)
    packets = (packet for packet in container.demux(stream) if packet.size and packet.dts is not None)
    packet = next(packets, None)
    if packet is None or packet.dts > key:
        container.seek(key, stream=stream)
        packets = (packet for packet in container.demux(stream) if packet.size and packet.dts is not None)
        packet = next(packets, None)
    while packet is not None and packet.dts < key:
        packet = next(packets, None)
    return packet.pts if packet is not None and packet.dts == key else None


def _demuxed_keys(container: InputContainer, stream: Any, within: Span | None, start: Fraction) -> list[int]:
    first = stream.start_time or 0
    if within is None:
        container.seek(first, stream=stream)
        return _read_keys(container, stream, None)
    wanted, end = floor((within.start + start) / stream.time_base), ceil((within.end + start) / stream.time_base)
    back = 0
    while True:
        container.seek(max(wanted - back, first), stream=stream)
        stamps = _read_keys(container, stream, end)
        # Some containers seek to where they guess that the place lies.
        if wanted - back <= first or (stamps and min(stamps) <= wanted):
            return stamps
        back = back * 4 or ceil(1 / stream.time_base)


def _read_keys(container: InputContainer, stream: Any, end: int | None) -> list[int]:
    stamps = []
    for packet in container.demux(stream):
        stamp = packet.pts if packet.pts is not None else packet.dts
        if packet.is_keyframe and packet.size and stamp is not None:
            stamps.append(stamp)
        if end is not None and packet.dts is not None and packet.dts >= end:
            break
    return stamps
