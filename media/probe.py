"""A media file goes in; what it holds, from its headers, comes out: streams, exact rate, times, colour, key frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media.color import Color, read_color
from media.container import MOV_FORMATS, find_video, has_index, open_media, start_of, stream_start
from media.errors import UserError
from media.keyframes import keyframe_times
from media.span import Span
from media.timecode import exact_rate

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame

__all__ = ["MediaFile", "SoundStream", "SubtitleStream", "VideoStream", "find_video", "keyframe_times", "open_media", "probe", "probe_duration"]

_MICROSECOND = Fraction(1, 1_000_000)
_NOT_MEDIA = frozenset({"tty", "srt", "webvtt", "ass", "lrc", "ffmetadata"})
_TURNING = (MOV_FORMATS, "matroska", "image2", "jpeg_pipe")
_N_SAMPLED = 300  # entries of an index
_N_READ = 100  # packets, where there is none
_N_TILL_FRAME = 8  # more than decoders hold back on one thread, unless the film begins damaged


@dataclass(frozen=True)
class VideoStream:
    """The pictures of a file.

    Args:
        rate: frames a second; the average where the rate varies.
        start: media time of the first frame, seconds.
        rotation: degrees clockwise that show it upright: 0, 90, 180, 270.
        pixel_aspect: width of a pixel over its height.
        n_frames: as the header tells; None where it does not.
    """

    index: int
    codec: str
    width: int
    height: int
    rate: Fraction
    time_base: Fraction
    start: Fraction
    is_vfr: bool
    rotation: int
    pixel_aspect: Fraction
    pixel_format: str
    bit_depth: int
    color_range: str
    color_space: str
    color_primaries: str
    color_transfer: str
    has_b_frames: bool
    n_frames: int | None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) as decoded, in pixels."""
        return self.width, self.height

    @property
    def display_size(self) -> tuple[int, int]:
        """(width, height) in square pixels, upright, even."""
        width, height = self.width * max(self.pixel_aspect, Fraction(1)), self.height / min(self.pixel_aspect, Fraction(1))
        if self.rotation in (90, 270):
            width, height = height, width
        return _even(width), _even(height)

    @property
    def color(self) -> Color:
        """The colour tags, for an encoder that is to write the like."""
        return Color(self.color_space, self.color_range, self.color_primaries, self.color_transfer)


@dataclass(frozen=True)
class SoundStream:
    """One sound of a file; `start` is the media time of its first sample, seconds."""

    index: int
    codec: str
    sample_rate: int
    channels: int
    start: Fraction
    language: str


@dataclass(frozen=True)
class SubtitleStream:
    """Captions inside a file."""

    index: int
    codec: str
    language: str
    title: str


@dataclass(frozen=True)
class MediaFile:
    """What a file holds.

    Args:
        container: libavformat's name of the format.
        duration: seconds from media time 0 to the end of the longest stream.
        start: what the stamps in the container read at media time 0: media time = pts * time_base - start.
    """

    path: Path
    container: str
    duration: Fraction
    start: Fraction
    video: VideoStream | None
    sounds: tuple[SoundStream, ...]
    subtitles: tuple[SubtitleStream, ...]

    @property
    def sound(self) -> SoundStream | None:
        """The first sound, if there is any."""
        return self.sounds[0] if self.sounds else None

    @property
    def span(self) -> Span:
        """All of it."""
        return Span(Fraction(0), self.duration)


def probe_duration(path: Path | str) -> Fraction:
    """Length in media time, seconds, and nothing else.

    Raises:
        UserError: as `probe`.
    """
    with open_media(path) as container:
        return _duration(container, start_of(container))


def probe(path: Path | str) -> MediaFile:
    """Read what a file holds, from its headers and at most a few of its packets.

    Raises:
        UserError: missing, unreadable, cut off, empty, no media, a folder.
    """
    with open_media(path) as container:
        return read_headers(container, Path(path))


def read_headers(container: InputContainer, path: Path) -> MediaFile:
    """What an open container holds; leaves it wherever it has read to, so seek before you decode.

    Raises:
        UserError: it holds neither picture nor sound.
    """
    video = find_video(container)
    sounds = [stream for stream in container.streams.audio if stream.codec_context]
    if container.format.name in _NOT_MEDIA or (video is None and not sounds):
        raise UserError(path, "it holds neither picture nor sound", "Name a film or sound file.")
    start = start_of(container)
    picture = _read_video(container, video, start) if video else None
    duration = _duration(container, start)  # last, as it may have to read everything
    return MediaFile(
        path=path,
        container=container.format.name,
        duration=duration,
        start=start,
        video=picture,
        sounds=tuple(_read_sound(stream, start) for stream in sounds),
        subtitles=tuple(_read_subtitle(stream) for stream in container.streams.subtitles),
    )


def _duration(container: InputContainer, start: Fraction) -> Fraction:
    ends = []
    for stream in (find_video(container), *container.streams.audio):
        if stream is not None and stream.duration:
            ends.append(stream_start(stream) + stream.duration * stream.time_base - _priming(stream) - start)
    if ends:
        return max(ends)
    if container.duration:
        # These tell when the film ends rather than how long it is.
        tells_end = container.format.name in ("matroska,webm", "flv")
        return container.duration * _MICROSECOND - (start if tells_end else 0)
    return _last_packet_end(Path(container.name), start)


def _priming(stream: Any) -> Fraction:
    """What Ogg counts into the length of Opus though nobody hears it (RFC 7845: pre-skip)."""
    header = stream.codec_context.extradata if stream.codec_context else None
    if stream.container.format.name != "ogg" or not header or not header.startswith(b"OpusHead"):
        return Fraction(0)
    return Fraction(int.from_bytes(header[10:12], "little"), 48_000)


def _last_packet_end(path: Path, start: Fraction) -> Fraction:
    """Where the packets end, by reading them all: for streams that were never given a length."""
    ends, n_unstamped = [start], 0
    with open_media(path) as container:
        for packet in container.demux():
            if not packet.size or packet.stream.type not in ("video", "audio"):
                continue
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None:
                ends.append((stamp + (packet.duration or 0)) * packet.time_base)
            n_unstamped += stamp is None
        video = find_video(container)
        rate = Fraction(video.average_rate or 25) if video else Fraction(25)
    return max(max(ends) - start, n_unstamped / rate)


def _read_video(container: InputContainer, stream: Any, start: Fraction) -> VideoStream:
    context = stream.codec_context
    coming = (packet for packet in container.demux(stream) if packet.size)
    packets = list(islice(coming, _N_TILL_FRAME if has_index(container, stream) else _N_READ))
    rotation = _rotation(container, stream, packets)
    rate, is_vfr = _rate(stream, _stamps(container, stream, packets))
    pixel_format = context.pix_fmt or ""
    color = read_color(context.colorspace, context.color_range, context.color_primaries, context.color_trc, pixel_format=pixel_format)
    return VideoStream(
        index=stream.index,
        codec=context.codec.canonical_name,
        width=context.width,
        height=context.height,
        rate=rate,
        time_base=stream.time_base,
        start=stream_start(stream) - start,
        is_vfr=is_vfr,
        rotation=rotation,
        pixel_aspect=stream.sample_aspect_ratio or Fraction(1),
        pixel_format=pixel_format,
        bit_depth=context.format.components[0].bits if context.format else 8,
        color_range=color.range,
        color_space=color.space,
        color_primaries=color.primaries,
        color_transfer=color.transfer,
        has_b_frames=bool(context.has_b_frames),
        n_frames=stream.frames or None,
    )


def _read_sound(stream: Any, start: Fraction) -> SoundStream:
    context = stream.codec_context
    begin = max(stream_start(stream), Fraction(0)) - start
    return SoundStream(stream.index, context.codec.canonical_name, context.sample_rate, context.channels, begin, stream.language or "und")


def _read_subtitle(stream: Any) -> SubtitleStream:
    codec = stream.codec_context.name if stream.codec_context else "unknown"
    return SubtitleStream(stream.index, codec, stream.language or "und", stream.metadata.get("title", ""))


def _rotation(container: InputContainer, stream: Any, packets: Iterable[Packet]) -> int:
    """Degrees clockwise, read off the first frame: PyAV shows the display matrix nowhere else."""
    import av

    if not container.format.name.startswith(_TURNING):
        return 0
    stream.codec_context.thread_count = 1
    for packet in (*islice(packets, _N_TILL_FRAME), None):
        with suppress(av.error.InvalidDataError, av.error.EOFError):
            for frame in stream.codec_context.decode(packet):
                return upright_rotation(frame)
    return 0


def upright_rotation(frame: VideoFrame) -> int:
    """Degrees clockwise, in right angles, that show this frame upright."""
    return round(-frame.rotation / 90) * 90 % 360


def _even(length: Fraction) -> int:
    return max(2, round(length / 2) * 2)


def _stamps(container: InputContainer, stream: Any, packets: Iterable[Packet]) -> tuple[list[int], Fraction | None]:
    """Stamps of the first frames in order, in ticks, and the mean step over the whole film where an index tells it."""
    if has_index(container, stream):
        entries = stream.index_entries
        n = len(entries)
        return [entry.timestamp for entry in entries[:_N_SAMPLED]], Fraction(entries[n - 1].timestamp - entries[0].timestamp, n - 1)
    stamps, last_dts = [], None
    for packet in packets:
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None:
            stamps.append(stamp)
        last_dts = packet.dts if packet.dts is not None else last_dts
    # Frames that are shown later than the last packet read may still lack some before them.
    return sorted(stamp for stamp in stamps if last_dts is None or stamp <= last_dts), None


def _rate(stream: Any, sampled: tuple[list[int], Fraction | None]) -> tuple[Fraction, bool]:
    """The exact rate, and whether it varies."""
    stamps, whole_step = sampled
    told = [rate for rate in (stream.guessed_rate, stream.average_rate, stream.base_rate) if rate]
    average = exact_rate(stream.average_rate or (told[0] if told else Fraction(25)))
    if len(stamps) < 3:
        return average, False
    step = Fraction(stamps[-1] - stamps[0], len(stamps) - 1)
    slack = Fraction(2 * _grain(stamps), len(stamps) - 1)
    if step <= 0 or not _is_even(stamps, step) or (whole_step and abs(whole_step - step) > slack + step / 1000):
        return average, True
    step = whole_step or step
    fits = [rate for rate in told if abs(1 / (rate * stream.time_base) - step) <= slack]
    return exact_rate(fits[0] if fits else 1 / (step * stream.time_base)), False


def _grain(stamps: Sequence[int]) -> int:
    """Ticks to which the stamps were rounded; 0 where all steps are alike, or differ by more than rounding."""
    steps = {later - earlier for earlier, later in pairwise(stamps)}
    grain = gcd(*steps)
    return grain if 0 < grain * 4 <= min(steps) else 0


def _is_even(stamps: Sequence[int], step: Fraction) -> bool:
    """Whether every stamp lies on an even grid, but for the rounding of one tick (or a twentieth of a frame)."""
    slack = max(Fraction(_grain(stamps)), step / 20)
    return all(abs(stamp - stamps[0] - n * step) <= slack for n, stamp in enumerate(stamps))
