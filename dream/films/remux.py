"""New pictures and the film whose sound they are to have go in; one film comes out, both copied packet by packet."""

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

_NAMES = {"pcm_s16le": "pcm", "pcm_s24le": "pcm24"}  # where media.codecs calls a codec otherwise than libav

_MATROSKA = ("matroska", "webm")
_PRIMED = ("opus", "aac", "mp3")


class CannotCopy(Exception):  # noqa: N818 - no fault, a finding
    """The sound must be coded anew."""


def may_copy_sound(media: MediaFile, output: Path) -> bool:
    """Whether the sounds of a film can stand in another as they are coded, and be heard at the same times there."""
    container = container_for(output)
    codecs = [_NAMES.get(sound.codec, sound.codec) for sound in media.sounds]
    from_matroska, to_matroska = "matroska" in media.container, container.format in _MATROSKA
    is_kin = from_matroska if to_matroska else media.container.startswith(MOV_FORMATS)
    # Where what is not to be heard of the beginning is told in another way, sound and picture would be moved against each other.
    moved = () if is_kin else ("opus",) if from_matroska else _PRIMED
    return all(codec in container.sounds and codec not in moved for codec in codecs)


def join(pictures: Path, source: Path, output: Path, *, metadata: Mapping[str, str]) -> None:
    """Write a film of the pictures of one and all sounds of another, as they are coded; media time 0 of the other is 0 of the result.

    Raises:
        CannotCopy: packets lack stamps, or the container refuses them.
        UserError: the place refuses.
    """
    import av

    container = container_for(output)
    try:
        with open_media(pictures) as seen, open_media(source) as heard, atomic_path(output) as part:
            options = {"fflags": "+bitexact", **container.options}
            with closing(av.open(str(part.absolute()), "w", format=container.format, container_options=options)) as film:
                film.metadata.update(metadata)
                ways = [_Way(film, require_video(seen), Fraction(0))]
                ways += [_Way(film, stream, start_of(heard)) for stream in heard.streams.audio if stream.codec_context]
                rows = [_packets(seen, ways[:1]), _packets(heard, ways[1:])]
                for _, _, packet in heapq.merge(*rows, key=lambda entry: entry[:2]):
                    film.mux_one(packet)
    except (av.error.FFmpegError, ValueError) as error:
        raise CannotCopy(str(error)) from error


class _Way:
    """From a stream of a source to one of the result, `shift` seconds earlier."""

    def __init__(self, film: Any, stream: Any, shift: Fraction) -> None:
        self.stream, self._shift = stream, shift
        self.target = film.add_stream_from_template(stream)
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
