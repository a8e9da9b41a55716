"""Coded pictures in the order in which they are decoded, and sound, in; one film file out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from media.codecs import SOUND_CODECS, container_for, set_up_sound, sound_codec_for
from media.container import open_media, require_video
from media.sound import SAMPLE_RATE
from supercut.render.copying import CopyMismatch
from supercut.render.encode import X264, CodedPicture
from supercut.render.h264 import length_prefixed, unit_type, units_of

_SEI = 6
_USER_DATA = 5


@dataclass(frozen=True)
class SplicedHeader:
    """What the film's picture track is declared with when pictures of a source are copied into it.

    Args:
        template: the source whose pictures are copied.
        extradata: the avcC with its parameter sets and the encoder's.
    """

    template: Path
    extradata: bytes


class Muxer:
    """Writes one film; a context manager.

    Args:
        path: where to (a temporary path; its suffix tells the container).
        encoder: what all encoded pictures come from.
        header: given where pictures are copied too.
        reorder: by how many frames pictures may be sent before they are shown.
    """

    def __init__(self, path: Path, *, encoder: X264, header: SplicedHeader | None, sound: bool, reorder: int) -> None:
        container = container_for(path)
        self._rate = encoder.look.rate
        self._spliced = header is not None
        self._out: OutputContainer = av.open(str(path), "w", format=container.format, options={**container.options, "fflags": "+bitexact"})
        self._video = self._add_picture(encoder, header)
        self._video.time_base = 1 / self._rate
        self._sound = self._add_sound(path) if sound else None
        self._out.start_encoding()
        self._times = deque(range(-reorder, 0))
        self._latest = -1
        self._n_samples = 0

    def _add_picture(self, encoder: X264, header: SplicedHeader | None) -> VideoStream:
        if header is None:
            stream = self._out.add_stream("libx264", rate=self._rate)
            encoder.set_up(stream.codec_context)
            return stream
        with open_media(header.template) as source:
            stream = self._out.add_stream_from_template(require_video(source))
        stream.codec_context.extradata = header.extradata
        return stream

    def _add_sound(self, path: Path) -> AudioStream:
        codec = sound_codec_for(path)
        assert codec is not None
        stream = self._out.add_stream(SOUND_CODECS[codec].encoder, rate=SAMPLE_RATE)
        assert isinstance(stream, AudioStream)
        set_up_sound(stream.codec_context, codec, channels=2, sample_rate=SAMPLE_RATE)
        return stream

    def __enter__(self) -> Muxer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._sound is not None:
            self._out.mux(self._sound.encode(None))
        self._out.close()

    def add_pictures(self, pictures: Iterable[CodedPicture]) -> Iterator[int]:
        """Send pictures, group by group, each from a key frame on; yields the latest frame sent.

        Decode times are the show times in order, delayed by the reorder depth: the one sequence that fits
        pictures from any encoder.

        Raises:
            CopyMismatch: a source's pictures are damaged, or sent earlier than its header admits.
        """
        for group in _groups(pictures):
            shown = sorted(picture.frame for picture in group)
            if len(set(shown)) < len(shown) or shown[0] <= self._latest or not all(picture.units for picture in group):
                raise CopyMismatch("pictures are empty, or two are shown at once")
            self._latest = shown[-1]
            self._times.extend(shown)
            lengths = {frame: following - frame for frame, following in zip(shown, [*shown[1:], shown[-1] + 1], strict=True)}
            for picture in group:
                self._send(picture, self._times.popleft(), lengths[picture.frame])
            yield shown[-1]

    def _send(self, picture: CodedPicture, decoded: int, length: int) -> None:
        if decoded > picture.frame:
            raise CopyMismatch("pictures are sent in an order that their header does not admit")
        packet = av.Packet(self._framed(picture))
        packet.stream = self._video
        packet.time_base = 1 / self._rate
        packet.pts, packet.dts, packet.duration = picture.frame, decoded, length
        packet.is_keyframe = picture.is_key
        self._out.mux_one(packet)

    def _framed(self, picture: CodedPicture) -> bytes:
        """An encoder's start codes as lengths where the track has those; its note about itself left out."""
        if picture.is_framed:
            return picture.units
        units = [unit for unit in units_of(picture.units, length_bytes=None) if not (unit_type(unit) == _SEI and unit[1] == _USER_DATA)]
        return length_prefixed(units) if self._spliced else b"".join(b"\x00\x00\x00\x01" + unit for unit in units)

    def add_sound(self, block: np.ndarray) -> Fraction:
        """Send a block of (n, 2) float32; returns the time up to which there is sound."""
        if self._sound is not None and len(block):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._n_samples, Fraction(1, SAMPLE_RATE)
            self._out.mux(self._sound.encode(frame))
        self._n_samples += len(block)
        return Fraction(self._n_samples, SAMPLE_RATE)


def _groups(pictures: Iterable[CodedPicture]) -> Iterator[list[CodedPicture]]:
    group: list[CodedPicture] = []
    for picture in pictures:
        if picture.is_key and group:
            yield group
            group = []
        group.append(picture)
    if group:
        yield group
