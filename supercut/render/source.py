"""One film in; its pictures, or its coded packets, from any time on out."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor

from av.packet import Packet
from av.video.frame import VideoFrame

from media.container import OpenStream, require_video
from media.frames import Frame, FrameReader
from media.probe import MediaFile
from media.span import Span

_PLAY_ON_S = Fraction(1)
_FOR_EVER = Fraction(10**9)
_PROGRESSIVE = (0, 1)  # libav's AV_FIELD_UNKNOWN and AV_FIELD_PROGRESSIVE


class Pictures:
    """A film held open by one thread, with a head that rewinds only where it must; a context manager.

    A span that begins a little behind the last one is reached by playing on, so clips out of one group of
    pictures share its decoding.

    Args:
        media: what `media.probe.probe` says of the film; it must have a picture.
    """

    def __init__(self, media: MediaFile) -> None:
        assert media.video is not None
        self.media, self.video = media, media.video
        self._reader = FrameReader(media.path, threads=1)  # the pool is the parallelism
        self._ahead: Iterator[Frame] | None = None
        self._held: Frame | None = None
        self._at = Fraction(0)

    def __enter__(self) -> Pictures:
        self._reader.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._ahead = None
        self._reader.__exit__(*raised)

    @property
    def step(self) -> Fraction:
        """Seconds from one picture to the next."""
        return 1 / self.video.rate

    def read(self, span: Span) -> Iterator[tuple[Fraction, VideoFrame]]:
        """Every picture that begins in `span`, with its media time; of unsteady films also the one shown as it starts."""
        start, is_unsteady = span.start, self.video.is_vfr
        if self._ahead is None or not self._at <= start < self._at + _PLAY_ON_S:
            first = min(start, self._reader.frame_at(start).time) if is_unsteady else start
            self._ahead, self._held = self._reader.read(Span(first, _FOR_EVER)), None
        while (frame := self._held or next(self._ahead, None)) is not None:
            self._held = frame if frame.time >= span.end else None
            self._at = frame.time if self._held else frame.time + frame.duration
            if self._held:
                return
            if frame.time >= start or (is_unsteady and self._at > start):
                yield frame.time, frame.picture
            if self._at >= span.end:
                return


class Packets:
    """A film held open for its coded pictures; a context manager."""

    def __init__(self, media: MediaFile) -> None:
        assert media.video is not None
        self.media = media
        self.step = 1 / media.video.rate
        self._open = OpenStream(media.path, require_video)

    def __enter__(self) -> Packets:
        self._open.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._open.__exit__(*raised)

    @property
    def extradata(self) -> bytes:
        """The header that its coded pictures need."""
        return self._open.stream.codec_context.extradata or b""

    @property
    def is_progressive(self) -> bool:
        """Whether its pictures are whole frames, as far as the header says."""
        return int(self._open.stream.codec_context.field_order) in _PROGRESSIVE

    def time_of(self, packet: Packet) -> Fraction | None:
        """Media time at which a packet is shown; None where the film does not say."""
        return None if packet.pts is None else packet.pts * self._open.stream.time_base - self.media.start

    def read(self, time: Fraction) -> Iterator[Packet]:
        """Packets in decode order from the last key frame that is shown at `time` or before it."""
        back = Fraction(0)
        while True:
            at_start = self._open.seek(floor((time - back + self.media.start) / self._open.stream.time_base))
            packets = self._open.packets()
            first = next((packet for packet in packets if packet.is_keyframe), None)
            shown = self.time_of(first) if first is not None else None
            # Seeking goes by decode times: a key frame may be shown after the time that found it.
            if at_start or (shown is not None and shown <= time):
                break
            back = max(2 * back, 4 * self.step)
        if first is not None:
            yield first
            yield from packets
