"""A film, folder or pattern of pictures and a span go in; exactly the frames that begin in the span come out, in order."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain, dropwhile
from math import ceil, floor
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np

from media.color import RANGES, matrix_of, read_color
from media.container import OpenStream, open_media, require_video, start_of
from media.errors import UserError
from media.pictures import PICTURE_SUFFIXES, decode_picture, find_pictures, read_rgb, turn_upright
from media.probe import MediaFile, read_headers
from media.span import Span

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter

__all__ = ["PICTURE_SUFFIXES", "Frame", "FrameReader", "frame_at", "read_frames", "read_rgb", "to_rgb", "to_rgba", "to_y", "turn_upright"]

PICTURE_RATE = Fraction(25)
# Codecs whose bitstream marks pictures that no other refers to, so that leaving them out changes nothing.
# HEVC marks them only within a temporal layer.
_SKIPS_SAFELY = frozenset({"h264", "mpeg1video", "mpeg2video", "mpeg4"})
# Decoders for those WebM films that have their transparency beside their pictures, which libav's own leave where it is.
_SEE_THROUGH = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_SMOOTHS = frozenset({"h264", "hevc"})
_N_STAMPS_KEPT = 4096
_PLANAR_Y = ("yuv", "gray", "nv")

OnFault = Callable[[str], None]
_threads = local()


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture with its media time and how long it is shown, in seconds.

    The arrays are made when first asked for, kept, and read-only (`.copy()` before drawing): the luma is the
    decoder's own memory.
    """

    time: Fraction
    duration: Fraction
    picture: VideoFrame

    def y(self) -> np.ndarray:
        """Luma as decoded (limited or full range as the film has it), (H, W) uint8; deeper pictures are shifted to 8 bits."""
        return self._y

    def rgb(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB, full range."""
        return self._rgb

    def rgba(self) -> np.ndarray:
        """(H, W, 4) uint8 RGB and opacity, full range."""
        return self._rgba

    @cached_property
    def _y(self) -> np.ndarray:
        return to_y(self.picture)

    @cached_property
    def _rgb(self) -> np.ndarray:
        return to_rgb(self.picture)

    @cached_property
    def _rgba(self) -> np.ndarray:
        return to_rgba(self.picture)


def to_y(picture: VideoFrame) -> np.ndarray:
    """Luma of a decoded picture, (H, W) uint8, read-only; without a copy where it is stored as 8-bit samples."""
    bits, name = picture.format.components[0].bits, picture.format.name
    if not name.startswith(_PLANAR_Y) or name.endswith("be"):
        return _locked(_reformat(picture, "gray").to_ndarray())
    plane = picture.planes[0]
    if bits == 8:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return _locked(rows[: picture.height, : picture.width])
    rows = np.frombuffer(memoryview(plane), "<u2").reshape(-1, plane.line_size // 2)
    return _locked((rows[: picture.height, : picture.width] >> (bits - 8)).astype(np.uint8))


def to_rgb(picture: VideoFrame) -> np.ndarray:
    """A decoded picture as (H, W, 3) uint8 RGB, full range, read-only."""
    return _locked(_reformat(picture, "rgb24").to_ndarray())


def to_rgba(picture: VideoFrame) -> np.ndarray:
    """A decoded picture as (H, W, 4) uint8 RGBA, full range, read-only."""
    return _locked(_reformat(picture, "rgba").to_ndarray())


def _reformat(picture: VideoFrame, pixel_format: str) -> VideoFrame:
    from av.video.reformatter import Interpolation

    name = picture.format.name
    color = read_color(picture.colorspace, picture.color_range, 2, 2, pixel_format=name)
    # Exact rounding and smooth colour: swscale's quick way is off by up to 3 of 255 and darkens with each generation.
    how = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    return _reformatter().reformat(
        picture,
        format=pixel_format,
        src_colorspace=matrix_of(color.space, size=(picture.width, picture.height)),
        dst_colorspace=matrix_of(color.space, size=(picture.width, picture.height)),
        src_color_range=RANGES[color.range],
        dst_color_range=RANGES["full"],
        interpolation=how,
        threads=1,
    )


def _reformatter() -> VideoReformatter:
    """One a thread: it keeps the tables of the last conversion."""
    from av.video.reformatter import VideoReformatter

    if not hasattr(_threads, "reformatter"):
        _threads.reformatter = VideoReformatter()
    reformatter: VideoReformatter = _threads.reformatter
    return reformatter


def _locked(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def ignore_fault(fault: str) -> None:
    """The callback of those who do not ask."""


def read_frames(
    source: Path | str, span: Span | None = None, *, rate: Fraction = PICTURE_RATE, threads: int = 0, on_fault: OnFault | None = None
) -> Iterator[Frame]:
    """Decode the frames whose time lies in `span` (all by default), in order, and little more than these.

    Args:
        source: a film, a folder of pictures, a pattern such as `%04d.png`, or one picture.
        rate: pictures a second, for sources that are pictures.
        threads: of the decoder; 0 is one a core.
        on_fault: told, in words, of each packet that is damaged, and each picture that cannot be read; it is skipped.
            Where nobody asks, packets are skipped all the same, but a picture is an error.
    Raises:
        UserError: the source is missing or cannot be read.
    """
    pictures = find_pictures(source)
    if pictures is not None:
        yield from _picture_frames(pictures, span, rate, on_fault)
        return
    with FrameReader(source, threads=threads, on_fault=on_fault or ignore_fault) as reader:
        yield from reader.read(span)


def frame_at(source: Path | str, time: Fraction, *, rate: Fraction = PICTURE_RATE, threads: int = 1) -> Frame:
    """The frame that is shown at `time`: the first one before the film begins, the last one after its end.

    Raises:
        UserError: as `read_frames`; or there is no frame at all.
    """
    pictures = find_pictures(source)
    if pictures is not None:
        number = min(max(0, floor(time * rate)), len(pictures) - 1)
        return Frame(number / Fraction(rate), 1 / Fraction(rate), decode_picture(pictures[number]))
    with FrameReader(source, threads=threads) as reader:
        return reader.frame_at(time)


def _picture_frames(pictures: list[Path], span: Span | None, rate: Fraction, on_fault: OnFault | None) -> Iterator[Frame]:
    """Those that can be read; none at all is an error whoever asks."""
    rate = Fraction(rate)
    first = 0 if span is None else max(0, ceil(span.start * rate))
    last = len(pictures) if span is None else min(len(pictures), ceil(span.end * rate))
    n_read = 0
    for number in range(first, last):
        try:
            picture = decode_picture(pictures[number])
        except UserError as error:
            if on_fault is None or (not n_read and number == last - 1):
                raise
            on_fault(str(error))
            continue
        n_read += 1
        yield Frame(number / rate, 1 / rate, picture)


class FrameReader:
    """A film held open, for many spans: `with FrameReader(path) as film: film.read(span)`.

    Only one reading goes on at a time: a new one ends the one before.

    Args:
        rough: leave the edges of coding blocks as they are in pictures that no other refers to, a tenth quicker: for those
            who shrink them anyway.
    """

    def __init__(self, path: Path | str, *, threads: int = 0, rough: bool = False, on_fault: OnFault = ignore_fault) -> None:
        self.path = Path(path)
        self._n_threads, self._rough = threads, rough
        self._on_fault = on_fault
        self._file = OpenStream(self.path, require_video)

    def __enter__(self) -> FrameReader:
        self._file.__enter__()
        self._start = start_of(self._file.container)
        self._time_base: Fraction = self._file.stream.time_base
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.__exit__(*raised)

    @cached_property
    def media(self) -> MediaFile:
        """What the file holds."""
        with open_media(self.path) as container:
            return read_headers(container, self.path)

    def read(self, span: Span | None = None) -> Iterator[Frame]:
        """The frames whose time lies in `span`, in order."""
        if span is None:
            return self._timed(self._decode(None, None))
        return self._timed(self._decode(self._to_ticks(span.start), self._to_ticks(span.end)))

    def frame_at(self, time: Fraction) -> Frame:
        """The frame that is shown at `time`, else the nearest there is.

        Raises:
            UserError: nothing can be decoded.
        """
        target = self._shown_stamp(floor((time + self._start) / self._time_base))
        back = 0
        while True:
            frames = list(self._timed(self._decode(target - back, target + 1)))
            if frames:
                return frames[-1]
            if target - back < self._file.first_stamp:
                break
            back = max(self._second, back * 4)  # damaged there: what was shown before stays on
        frame = next(self.read(), None)
        if frame is None:
            raise UserError(self.path, "no frame of it can be decoded", "Check that it plays.")
        return frame

    @property
    def _second(self) -> int:
        return ceil(1 / self._time_base)

    def _to_ticks(self, time: Fraction) -> int:
        """The first stamp at or after a media time."""
        return ceil((time + self._start) / self._time_base)

    def _shown_stamp(self, stamp: int) -> int:
        """The stamp of the frame that is shown at `stamp`, from packets alone."""
        back = 0
        while True:
            at_start = self._file.seek(stamp - back)
            seen: list[int] = []
            for packet in self._packets(at_start):
                if packet.pts is not None and not packet.is_discard:
                    seen.append(packet.pts)
                if packet.dts is not None and packet.dts > stamp:
                    break
            earlier = [pts for pts in seen if pts <= stamp]
            if earlier:
                return max(earlier)
            if at_start:
                return min(seen, default=stamp)
            back = max(self._second, back * 4)

    def _packets(self, at_start: bool) -> Iterator[Packet]:
        """Packets from the next key frame on: some containers land anywhere. At the start all, lest none be marked."""
        packets = self._file.packets()
        return packets if at_start else dropwhile(lambda packet: not packet.is_keyframe, packets)

    def _decode(self, first: int | None, end: int | None) -> Iterator[_Stamped]:
        """Pictures with first <= stamp < end, in order, each with the stamp that follows it as far as the packets tell."""
        back = 0
        while True:
            at_start = self._file.seek(self._file.first_stamp if first is None else first - back)
            decoding = _Decoding(self._file, self._decoder(), first, end, on_fault=self._on_fault)
            pictures = decoding.run(self._packets(at_start))
            opening = next(pictures, None)
            # An index may lie, or its key frame be shown only after `first`: then enter earlier.
            if at_start or (opening is not None and first is not None and opening.stamp <= first):
                break
            back = max(self._second, back * 4)
        latest = None
        for picture in chain([opening] if opening else [], pictures):
            if end is not None and picture.stamp >= end:
                break
            if _within(picture.stamp, first, end) and (latest is None or picture.stamp > latest):
                latest = picture.stamp
                yield picture

    def _decoder(self) -> Any:
        context = self._file.stream.codec_context
        if self._file.stream.metadata.get("alpha_mode") == "1" and context.codec.canonical_name in _SEE_THROUGH:
            context = self._see_through(context)
        if not context.is_open:
            context.thread_type = "AUTO"
            context.thread_count = self._n_threads
            if self._rough and context.codec.canonical_name in _SMOOTHS:
                context.options = {**context.options, "skip_loop_filter": "noref"}
        return context

    def _see_through(self, context: Any) -> Any:
        """A decoder, as new, that does not pass over how opaque pictures are."""
        import av

        fresh = av.CodecContext.create(_SEE_THROUGH[context.codec.canonical_name], "r")
        fresh.extradata = context.extradata
        return fresh

    def _timed(self, pictures: Iterable[_Stamped]) -> Iterator[Frame]:
        """Give each picture its time, and the time until the next one is shown."""
        held: _Stamped | None = None
        for picture in pictures:
            if held is not None:
                yield self._frame(held, picture.stamp)
            held = picture
        if held is not None:
            yield self._frame(held, held.following())

    def _frame(self, picture: _Stamped, following: int | None) -> Frame:
        if following is None:
            ticks = picture.picture.duration or 0
            duration = ticks * self._time_base if ticks else 1 / Fraction(self._file.stream.average_rate or PICTURE_RATE)
        else:
            duration = (following - picture.stamp) * self._time_base
        return Frame(picture.stamp * self._time_base - self._start, duration, picture.picture)


def _within(stamp: int, first: int | None, end: int | None) -> bool:
    return (first is None or stamp >= first) and (end is None or stamp < end)


@dataclass(frozen=True)
class _Stamped:
    """A decoded picture with its stamp in ticks; `stamps` are those of the packets read so far, in order."""

    stamp: int
    picture: VideoFrame
    stamps: list[int]

    def following(self) -> int | None:
        """The stamp of the next picture shown, if its packet has been read."""
        n = bisect_right(self.stamps, self.stamp)
        return self.stamps[n] if n < len(self.stamps) else None


class _Decoding:
    """One run of the decoder from a key frame on: packets in, stamped pictures out."""

    def __init__(self, file: OpenStream, context: Any, first: int | None, end: int | None, *, on_fault: OnFault) -> None:
        self._context = context
        self._first, self._end = first, end
        # AVI stores no presentation stamps; those that libav makes up are right for MPEG-4 but out of order for these.
        self._by_order = file.container.format.name == "avi" and context.codec.canonical_name in ("h264", "hevc")
        self._latest: int | None = None
        self._step = round(1 / (Fraction(file.stream.average_rate or PICTURE_RATE) * file.stream.time_base))
        self._may_skip = context.codec.canonical_name in _SKIPS_SAFELY and not self._by_order
        self._on_fault = on_fault
        self._stamps: list[int] = []
        self._unused: list[int] = []

    def run(self, packets: Iterator[Packet]) -> Iterator[_Stamped]:
        for packet in packets:
            self._note(packet)
            if self._end is not None and packet.dts is not None and packet.dts >= self._end:
                break  # what is decoded later is shown later still
            yield from self._feed(packet)
        self._context.skip_frame = "DEFAULT"
        yield from self._feed(None)

    def _note(self, packet: Packet) -> None:
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None or packet.is_discard:
            return
        insort(self._stamps, stamp)
        insort(self._unused, stamp)
        del self._stamps[: max(0, len(self._stamps) - _N_STAMPS_KEPT)]
        del self._unused[: max(0, len(self._unused) - _N_STAMPS_KEPT)]

    def _feed(self, packet: Packet | None) -> Iterator[_Stamped]:
        import av

        if packet is not None and self._may_skip:
            unwanted = packet.pts is not None and not _within(packet.pts, self._first, self._end)
            self._context.skip_frame = "NONREF" if unwanted else "DEFAULT"
        try:
            pictures = self._context.decode(packet)
        except av.error.InvalidDataError as error:
            at = f"{float(packet.pts * packet.time_base):.3f} s" if packet is not None and packet.pts is not None else "the end"
            self._on_fault(f"a damaged packet at {at}: {error.strerror}")
            return
        except av.error.EOFError:  # it has been told of the end already
            return
        for picture in pictures:
            yield _Stamped(self._stamp(picture), picture, self._stamps)

    def _stamp(self, picture: VideoFrame) -> int:
        """The picture's own stamp; where the container has none, the stamps of the packets in order are those of the pictures."""
        if picture.pts is not None and not self._by_order:
            self._latest = picture.pts
        elif self._unused:
            self._latest = self._unused.pop(0)
        else:  # a raw stream: count
            self._latest = 0 if self._latest is None else self._latest + self._step
        return self._latest
