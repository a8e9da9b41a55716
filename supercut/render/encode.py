"""Parts of a sequence in, coded pictures out; each part by an encoder of its own, so that any thread makes the same bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from media.codecs import GLOBAL_HEADER, Quality, open_video_encoder, set_up_video
from media.color import Color
from media.keep import KeepOpen
from media.probe import MediaFile
from supercut.render.parts import EncodePart, Layer
from supercut.render.picture import Conformer, black, blend, burn, pictures_on_grid
from supercut.render.source import Pictures

DEFAULT_PRESET = "veryfast"
EDGE_QUALITY = Quality(crf=21)
EDGE_OPTIONS = "bframes=0:subme=1:me=dia:partitions=i8x8,i4x4:rc-lookahead=8:weightp=0:scenecut=0"
"""For pieces of a few frames: half of veryfast's time for 1.2 times its bytes at one likeness, on eight frames of 1080p."""


@dataclass(frozen=True)
class Look:
    """How pictures of the result are made.

    Args:
        size: (width, height) in pixels.
        rate: frames a second.
        fit: how sources of another shape fill it (`media.settings.Fit`).
        burn: write each clip's words into it.
        color: what its numbers mean; those of the first source, so that copied and encoded pictures agree.
    """

    size: tuple[int, int]
    rate: Fraction
    fit: str = "letterbox"
    burn: bool = False
    color: Color = field(default_factory=Color)


@dataclass(frozen=True)
class CodedPicture:
    """One coded picture.

    Args:
        frame: frame of the sequence that it shows.
        is_key: a decoder can start there.
        units: its bytes.
        is_framed: whether lengths stand before its units already; else start codes do.
    """

    frame: int
    is_key: bool
    units: bytes
    is_framed: bool = False


@dataclass(frozen=True)
class X264:
    """What one H.264 encoder of a sequence is made from; every part opens the same."""

    look: Look
    quality: Quality | None
    preset: str
    options: str = ""
    parameter_id: int = 0

    def open(self) -> VideoCodecContext:
        """A fresh encoder."""
        return open_video_encoder("h264", **self._settings())

    def set_up(self, context: VideoCodecContext) -> None:
        """Give an unopened encoder of a stream the same settings."""
        set_up_video(context, "h264", **self._settings())
        context.flags |= GLOBAL_HEADER

    def _settings(self) -> dict[str, Any]:
        look = self.look
        parameters = ":".join(filter(None, [f"sps-id={self.parameter_id}:threads=1", self.options]))
        return {
            "size": look.size, "rate": look.rate, "color": look.color, "quality": self.quality, "preset": self.preset, "threads": 1,
            "options": {"x264-params": parameters},
        }  # fmt: skip


class PictureSource:
    """Makes the sequence's pictures from the sources, for one thread; a context manager."""

    def __init__(self, media: Mapping[Path, MediaFile], look: Look) -> None:
        self._media, self._look = media, look
        # A layer each: two clips of one film may cross-fade, and a film held open plays at one place only.
        # Parts come in the order of the films, so one at a time is enough, and decoders are large.
        self._sources = [KeepOpen(lambda path: Pictures(media[path]), most=1) for _ in range(2)]

    def __enter__(self) -> PictureSource:
        return self

    def __exit__(self, *_: object) -> None:
        for sources in self._sources:
            sources.__exit__()

    def pictures(self, part: EncodePart) -> Iterator[VideoFrame]:
        """Every picture of a part, in the sequence's size."""
        layers = [self._layer(layer, part.n_frames, sources) for layer, sources in zip(part.layers, self._sources, strict=False)]
        for n, pictures in enumerate(zip(*layers, strict=True)):
            made = pictures[0]
            for layer, picture in zip(part.layers[1:], pictures[1:], strict=True):
                start, end = layer.opacity
                made = blend(made, picture, start + (end - start) * n / part.n_frames)
            yield made

    def _layer(self, layer: Layer, n_frames: int, sources: KeepOpen[Pictures]) -> Iterator[VideoFrame]:
        video = self._media[layer.source].video
        if video is None:
            pictures: Iterator[VideoFrame | None] = iter([None] * n_frames)
        else:
            pictures = pictures_on_grid(sources[layer.source], layer.start, n_frames, self._look.rate)
            conform = Conformer(video, size=self._look.size, fit=self._look.fit, color=self._look.color)
        for picture in pictures:
            made = black(self._look.size) if picture is None else conform(picture)
            yield burn(made, layer.label) if self._look.burn else made


def encode_part(part: EncodePart, sources: PictureSource, encoder: X264, stop: threading.Event) -> Iterator[CodedPicture]:
    """Encode the pictures of a part; in decode order, from a key frame on.

    Args:
        stop: once it is set, no more pictures are encoded, and those that the encoder still holds are dropped.
    Raises:
        av.FFmpegError: the encoder refuses.
    """
    context = encoder.open()
    for n, picture in enumerate(sources.pictures(part)):
        if stop.is_set():
            return
        picture.pts, picture.time_base = n, 1 / encoder.look.rate
        picture.pict_type = av.video.frame.PictureType.NONE  # the decoder's choice must not bind the encoder
        yield from _coded(context, picture, part.record_start)
    yield from _coded(context, None, part.record_start)


def _coded(context: VideoCodecContext, picture: VideoFrame | None, record_start: int) -> Iterator[CodedPicture]:
    for packet in context.encode(picture):
        assert packet.pts is not None
        yield CodedPicture(record_start + packet.pts, packet.is_keyframe, bytes(packet))
