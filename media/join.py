"""The pictures of one film and all sounds of another go in; one film with both comes out, copied packet by packet."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

from media.codecs import container_for
from media.container import MOV_FORMATS, open_media, require_video, start_of
from media.files import atomic_path
from media.probe import MediaFile
from media.remux import CannotCopy, codec_name, told

_MATROSKA = ("matroska", "webm")
_PRIMED = ("opus", "aac", "mp3")


def may_copy_sounds(media: MediaFile, path: Path | str) -> bool:
    """Whether the sounds of a film can stand in another as they are coded, and be heard at the same times there."""
    container = container_for(path)
    codecs = [codec_name(sound.codec) for sound in media.sounds]
    from_matroska, to_matroska = "matroska" in media.container, container.format in _MATROSKA
    is_kin = from_matroska if to_matroska else media.container.startswith(MOV_FORMATS)
    # Where what is not to be heard of the beginning is told in another way, sound and picture would be moved against each other.
    moved = () if is_kin else ("opus",) if from_matroska else _PRIMED
    return all(codec in container.sounds and codec not in moved for codec in codecs)


def join(pictures: Path | str, sounds: Path | str, path: Path | str, *, metadata: Mapping[str, str] | None = None) -> None:
    """Write a film of the pictures of one and all sounds of another; the stamps of the first stay, media time 0 of the other becomes 0.

    Raises:
        CannotCopy: packets lack stamps, or the container refuses them. Nothing is written then.
        UserError: a film cannot be read, or the place not be written.
    """
    import av

    path = Path(path)
    container = container_for(path)
    with open_media(pictures) as seen, open_media(sounds) as heard, atomic_path(path) as part, told(path):
        options = {"fflags": "+bitexact", **container.options}
        with closing(av.open(str(part.absolute()), "w", format=container.format, container_options=options)) as film:
            film.metadata.update(metadata or {})
            ways = [_Way(film, require_video(seen), Fraction(0))]
            ways += [_Way(film, stream, start_of(heard)) for stream in heard.streams.audio if stream.codec_context]
            rows = [_packets(seen, ways[:1]), _packets(heard, ways[1:])]
            for _, _, packet in heapq.merge(*rows, key=lambda entry: entry[:2]):
                film.mux_one(packet)


class _Way:
    """From a stream of a source to one of the result, `shift` seconds earlier."""

    def __init__(self, film: Any, stream: Any, shift: Fraction) -> None:
        self.stream, self._shift = stream, shift
        try:
            self.target = film.add_stream_from_template(stream)
        except ValueError as error:
            raise CannotCopy(str(error)) from error
        self.target.time_base = stream.time_base
        self.target.metadata.update(stream.metadata)

    def send(self, packet: Any) -> tuple[Fraction, int, Any]:
        """A packet as it goes out, with its time and place in line."""
        if packet.pts is None or packet.dts is None:
            raise CannotCopy("a packet has no stamp")
        back = round(self._shift / packet.time_base)
        time = (packet.dts - back) * packet.time_base
        packet.pts, packet.dts, packet.stream = packet.pts - back, packet.dts - back, self.target
        return time, self.target.index, packet


def _packets(container: Any, ways: Sequence[_Way]) -> Iterator[tuple[Fraction, int, Any]]:
    by_index = {way.stream.index: way for way in ways}
    for packet in container.demux([way.stream for way in ways]):
        if packet.size:
            yield by_index[packet.stream.index].send(packet)
