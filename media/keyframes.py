"""A film and a span go in; the media times at which its coded picture can be entered come out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media.container import OpenStream, has_index, require_video, start_of
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
    with OpenStream(Path(path), require_video) as film:
        start = start_of(film.container)
        read = _indexed_keys if has_index(film.container, film.stream) else _demuxed_keys
        stamps = read(film, within, start)
        times = sorted({stamp * film.stream.time_base - start for stamp in stamps})
    return tuple(times) if within is None else _needed(times, within)


def _needed(times: Sequence[Fraction], within: Span) -> tuple[Fraction, ...]:
    first = max(0, bisect_right(times, within.start) - 1)
    return tuple(time for time in times[first:] if time < within.end)


def _indexed_keys(film: OpenStream, within: Span | None, start: Fraction) -> list[int]:
    """Presentation stamps of the key frames: the index knows only when each is decoded, so each one's packet is looked at."""
    container, stream = film.container, film.stream
    entries = stream.index_entries
    first, last = 0, len(entries)
    if within is not None:
        # A key frame is shown at most a reordering delay after it is decoded; 1 s is beyond any.
        first = max(0, entries.search_timestamp(floor((within.start + start - 1) / stream.time_base)))
        last = _after(entries, ceil((within.end + start) / stream.time_base))
    keys = [entry.timestamp for entry in entries[first:last] if entry.is_keyframe and not entry.is_discard]
    following = [*keys[1:], entries[last - 1].timestamp + 1]
    stamps = (_shown_at(container, stream, key, before=before) for key, before in zip(keys, following, strict=True))
    return [stamp for stamp in stamps if stamp is not None]


def _after(entries: Any, stamp: int) -> int:
    """Number of the first entry after `stamp` that a key frame could follow: all up to there are looked at."""
    found = entries.search_timestamp(stamp, backward=False, any_frame=True)
    return len(entries) if found < 0 else found + 1


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


def _demuxed_keys(film: OpenStream, within: Span | None, start: Fraction) -> list[int]:
    if within is None:
        return _read_keys(film, None)
    time_base = film.stream.time_base
    wanted, end = floor((within.start + start) / time_base), ceil((within.end + start) / time_base)
    back = 0
    while True:
        at_start = film.seek(wanted - back)
        stamps = _read_keys(film, end)
        # Some containers seek to where they guess that the place lies.
        if at_start or (stamps and min(stamps) <= wanted):
            return stamps
        back = back * 4 or ceil(1 / time_base)


def _read_keys(film: OpenStream, end: int | None) -> list[int]:
    stamps = []
    for packet in film.packets():
        stamp = packet.pts if packet.pts is not None else packet.dts
        if packet.is_keyframe and stamp is not None:
            stamps.append(stamp)
        if end is not None and packet.dts is not None and packet.dts >= end:
            break
    return stamps
