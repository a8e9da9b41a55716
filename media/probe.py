"""A media file goes in; what it holds, from its headers, comes out: streams, exact rate, times, colour, key frames."""

from __future__ import annotations

import errno
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media.color import Color, read_color
from media.errors import UserError, from_os_error
from media.span import Span
from media.timecode import exact_rate

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

MICROSECOND = Fraction(1, 1_000_000)
_NOT_MEDIA = frozenset({"tty", "srt", "webvtt", "ass", "lrc", "ffmetadata"})
_MOV = "mov,mp4"
_TURNING = (_MOV, "matroska", "image2", "jpeg_pipe")
_N_SAMPLED = 300


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


def probe(path: Path | str) -> MediaFile:
    """Read what a file holds, from its headers and at most a few of its packets.

    Raises:
        UserError: missing, unreadable, cut off, empty, no media, a folder.
    """
    with open_media(path) as container:
        return read_headers(container, Path(path))


@contextmanager
def open_media(path: Path | str) -> Iterator[InputContainer]:
    """Open a film or sound file for reading, and close it whatever happens.

    Raises:
        UserError: as `probe`; also if libav stumbles over it within the block.
    """
    import av

    path = Path(path)
    _check_file(path)
    try:
        container = av.open(str(path.absolute()), metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise media_error(path, error) from error
    try:
        with container:
            yield container
    except av.error.FFmpegError as error:
        raise media_error(path, error) from error


def media_error(path: Path, error: Exception) -> UserError:
    """What libav says about a file that it could not read, as one line with a remedy."""
    if isinstance(error, OSError) and error.errno in errno.errorcode:
        return from_os_error(path, error)
    if _lacks_index(path):
        return UserError(path, "the file is cut off: its index (moov) is missing", "Copy or record it again.")
    return UserError(path, "this is no film or sound file that can be read", "Check that it plays, or convert it.")


def _check_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise UserError(path, "this is a folder, not a film", "Name a file inside it.")
        size = path.stat().st_size
    except OSError as error:
        raise from_os_error(path, error) from error
    if path.is_file() and size == 0:
        raise UserError(path, "the file is empty (0 bytes)", "Copy or record it again.")


def _lacks_index(path: Path) -> bool:
    """Whether this is an mp4 or mov whose boxes end before the index."""
    try:
        with path.open("rb") as file:
            kinds = list(_box_kinds(file))
    except OSError:
        return False
    return kinds[:1] == [b"ftyp"] and b"moov" not in kinds


def _box_kinds(file: Any) -> Iterator[bytes]:
    at = 0
    for _ in range(1000):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        yield head[4:8]
        if length < 8:
            return
        at += length


def read_headers(container: InputContainer, path: Path, *, quick: bool = False) -> MediaFile:
    """What an open container holds; leaves it wherever it has read to, so seek before you decode.

    Args:
        quick: do not look at packets, for those who want the sound: the picture is left out.
    Raises:
        UserError: it holds neither picture nor sound.
    """
    video = find_video(container)
    sounds = [stream for stream in container.streams.audio if stream.codec_context]
    if container.format.name in _NOT_MEDIA or (video is None and not sounds):
        raise UserError(path, "it holds neither picture nor sound", "Name a film or sound file.")
    start = start_of(container)
    return MediaFile(
        path=path,
        container=container.format.name,
        duration=_duration(container, start),
        start=start,
        video=_read_video(container, video, start) if video and not quick else None,
        sounds=tuple(_read_sound(stream, start) for stream in sounds),
        subtitles=tuple(_read_subtitle(stream) for stream in container.streams.subtitles),
    )


def find_video(container: InputContainer) -> Any:
    """The film's video stream, or None; a cover picture is none."""
    from av.stream import Disposition

    usable = [s for s in container.streams.video if s.codec_context and not s.disposition & Disposition.attached_pic]
    return next((s for s in usable if s.disposition & Disposition.default), usable[0] if usable else None)


def start_of(container: InputContainer) -> Fraction:
    """What the stamps read at media time 0: those of the earliest picture or sound.

    Sound before stamp 0 is the encoder's priming, which nobody hears; it does not count.
    """
    video = find_video(container)
    starts = [_stream_start(video)] if video else []
    starts += [max(_stream_start(stream), Fraction(0)) for stream in container.streams.audio if stream.codec_context]
    return min(starts, default=Fraction(0))


def _stream_start(stream: Any) -> Fraction:
    return (stream.start_time or 0) * stream.time_base


def _duration(container: InputContainer, start: Fraction) -> Fraction:
    ends = []
    for stream in (find_video(container), *container.streams.audio):
        if stream is not None and stream.duration:
            ends.append(_stream_start(stream) + stream.duration * stream.time_base - start)
    if ends:
        return max(ends)
    if container.duration:
        return container.duration * MICROSECOND
    return _last_packet_end(container) - start


def _last_packet_end(container: InputContainer) -> Fraction:
    """Where the packets end, by reading them all: for streams that were never given a length."""
    ends = [Fraction(0)]
    for packet in container.demux():
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None and packet.size and packet.stream.type in ("video", "audio"):
            ends.append((stamp + (packet.duration or 0)) * packet.time_base)
    container.seek(0)
    return max(ends)


def _read_video(container: InputContainer, stream: Any, start: Fraction) -> VideoStream:
    context = stream.codec_context
    stamps = _stamps(container, stream)
    rate, is_vfr = _rate(stream, stamps)
    color = read_color(context.colorspace, context.color_range, context.color_primaries, context.color_trc, pixel_format=context.pix_fmt or "")
    return VideoStream(
        index=stream.index,
        codec=context.codec.canonical_name,
        width=context.width,
        height=context.height,
        rate=rate,
        time_base=stream.time_base,
        start=_stream_start(stream) - start,
        is_vfr=is_vfr,
        rotation=_rotation(container, stream),
        pixel_aspect=stream.sample_aspect_ratio or Fraction(1),
        pixel_format=context.pix_fmt or "",
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
    begin = max(_stream_start(stream), Fraction(0)) - start
    return SoundStream(stream.index, context.codec.canonical_name, context.sample_rate, context.channels, begin, stream.language or "und")


def _read_subtitle(stream: Any) -> SubtitleStream:
    codec = stream.codec_context.name if stream.codec_context else "unknown"
    return SubtitleStream(stream.index, codec, stream.language or "und", stream.metadata.get("title", ""))


def _rotation(container: InputContainer, stream: Any) -> int:
    """Degrees clockwise, read off the first frame: PyAV shows the display matrix nowhere else."""
    if not container.format.name.startswith(_TURNING):
        return 0
    container.seek(stream.start_time or 0, stream=stream)
    stream.codec_context.thread_count = 1
    frame = next(container.decode(stream), None)
    return upright_rotation(frame) if frame is not None else 0


def upright_rotation(frame: VideoFrame) -> int:
    """Degrees clockwise, in right angles, that show this frame upright."""
    return round(-frame.rotation / 90) * 90 % 360


def _even(length: Fraction) -> int:
    return max(2, round(length / 2) * 2)


# --- frame rate ---------------------------------------------------------------------------------


def has_index(container: InputContainer, stream: Any) -> bool:
    """Whether the container lists every packet of the stream (by its dts)."""
    return container.format.name.startswith(_MOV) and len(stream.index_entries) > 1


def _stamps(container: InputContainer, stream: Any) -> tuple[list[int], Fraction | None]:
    """Stamps of the first frames in order, in ticks, and the mean step over the whole film where an index tells it."""
    if has_index(container, stream):
        entries = stream.index_entries
        n = len(entries)
        return [entry.timestamp for entry in entries[:_N_SAMPLED]], Fraction(entries[n - 1].timestamp - entries[0].timestamp, n - 1)
    container.seek(stream.start_time or 0, stream=stream)
    stamps, last_dts = [], None
    for packet in islice((p for p in container.demux(stream) if p.size), _N_SAMPLED // 3):
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None:
            stamps.append(stamp)
        last_dts = packet.dts if packet.dts is not None else last_dts
    # Frames that are shown later than the last packet read may still lack some before them.
    return sorted(stamp for stamp in stamps if last_dts is None or stamp <= last_dts), None


def _rate(stream: Any, sampled: tuple[list[int], Fraction | None]) -> tuple[Fraction, bool]:
    """The exact rate, and whether it varies."""
    stamps, mean_step = sampled
    told = [rate for rate in (stream.guessed_rate, stream.average_rate, stream.base_rate) if rate]
    average = exact_rate(stream.average_rate or (told[0] if told else Fraction(25)))
    if len(stamps) < 3:
        return average, False
    step = Fraction(stamps[-1] - stamps[0], len(stamps) - 1)
    if step <= 0 or not _is_even(stamps, step) or (mean_step and abs(mean_step - step) > Fraction(2, len(stamps) - 1) + step / 1000):
        return average, True
    step = mean_step or step
    slack = Fraction(2, len(stamps) - 1)
    fits = [rate for rate in told if abs(1 / (rate * stream.time_base) - step) <= slack]
    return exact_rate(fits[0] if fits else 1 / (step * stream.time_base)), False


def _is_even(stamps: Sequence[int], step: Fraction) -> bool:
    """Whether every stamp lies on an even grid, but for the rounding of one tick (or a twentieth of a frame)."""
    slack = max(Fraction(1), step / 20)
    return all(abs(stamp - stamps[0] - n * step) <= slack for n, stamp in enumerate(stamps))


# --- key frames ---------------------------------------------------------------------------------


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


def discard_others(container: InputContainer, stream: Any) -> None:
    """Have the container pass over all streams but this one, without reading them where it can."""
    from av.stream import Discard

    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all


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
    end = None if within is None else (within.end + start) / stream.time_base
    container.seek(_floor((within.start + start) / stream.time_base) if within else (stream.start_time or 0), stream=stream)
    stamps = []
    for packet in container.demux(stream):
        stamp = packet.pts if packet.pts is not None else packet.dts
        if packet.is_keyframe and packet.size and stamp is not None:
            stamps.append(stamp)
        if end is not None and packet.dts is not None and packet.dts >= end:
            break
    return stamps


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator


def mean_step(times: Sequence[Fraction]) -> Fraction | None:
    """Mean distance of times in order; None for fewer than two."""
    steps = [later - earlier for earlier, later in pairwise(times)]
    return sum(steps, Fraction(0)) / len(steps) if steps else None
