"""One film in; its packets and pictures from any time on out, by a head that rewinds only where it must.

Packets come in decode order from a key frame on, pictures in order of time. A span that starts a little
behind the last one is reached by playing on, so clips out of one group of pictures share its decoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction

import av
from av.packet import Packet
from av.video.frame import VideoFrame

from media.container import find_video, open_media
from media.probe import MediaFile
from media.span import Span

_PLAY_ON_S = Fraction(1)
_PROGRESSIVE = (0, 1)  # libav's AV_FIELD_UNKNOWN and AV_FIELD_PROGRESSIVE


class Source:
    """A film held open by one thread; a context manager.

    Args:
        media: what `media.probe.probe` says of the film; it must have a picture.
    """

    def __init__(self, media: MediaFile) -> None:
        assert media.video is not None
        self.media = media
        self.step = 1 / media.video.rate
        self._unsteady = media.video.is_vfr
        self._stack = ExitStack()
        self._container = self._stack.enter_context(open_media(media.path))
        self._stream = find_video(self._container)
        self._tick = self._stream.time_base
        self._context = self._stream.codec_context
        self._context.thread_count = 1  # the pool is the parallelism; frame threads only delay short reads
        self._ahead: Iterator[tuple[Fraction, VideoFrame]] | None = None
        self._held: tuple[Fraction, VideoFrame] | None = None
        self._wanted_from = Fraction(0)

    @property
    def extradata(self) -> bytes:
        """The header that its coded pictures need."""
        return self._context.extradata or b""

    @property
    def is_progressive(self) -> bool:
        """Whether its pictures are whole frames, as far as the header says."""
        return int(self._context.field_order) in _PROGRESSIVE

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._ahead = None
        self._stack.close()

    def time_of(self, packet: Packet | VideoFrame) -> Fraction | None:
        """Media time at which a packet or picture is shown; None where the film does not say."""
        return None if packet.pts is None else packet.pts * self._tick - self.media.start

    def packets(self, time: Fraction) -> Iterator[Packet]:
        """Packets in decode order from the last key frame that is shown at `time` or before it."""
        self._held, self._ahead = None, None
        return self._packets(time)

    def _packets(self, time: Fraction) -> Iterator[Packet]:
        back = Fraction(0)
        while True:
            target = max(time - back, Fraction(0))
            self._container.seek(int((target + self.media.start) / self._tick), stream=self._stream, backward=True)
            packets = (packet for packet in self._container.demux(self._stream) if packet.size)
            first = next((packet for packet in packets if packet.is_keyframe), None)
            shown = self.time_of(first) if first is not None else None
            # Seeking goes by decode times: a key frame may be shown after the time that found it.
            if target == 0 or (shown is not None and shown <= time):
                break
            back = max(2 * back, 4 * self.step)
        if first is not None:
            yield first
            yield from packets

    def pictures(self, span: Span) -> Iterator[tuple[Fraction, VideoFrame]]:
        """Every picture that begins in `span`, with its media time; of unsteady films also the one shown as it starts."""
        for time, picture in self._from(span.start):
            if time >= span.end:
                self._held = (time, picture)
                return
            yield time, picture
            if time + self.step >= span.end:
                return

    def _from(self, start: Fraction) -> Iterator[tuple[Fraction, VideoFrame]]:
        at = self._held[0] if self._held else self._wanted_from
        if self._ahead is None or not at <= start < at + _PLAY_ON_S:
            self._held = None
            self._ahead = self._decode(start)
        self._wanted_from = start
        before: tuple[Fraction, VideoFrame] | None = None
        while True:
            found = self._held or next(self._ahead, None)
            self._held = None
            if found is None:
                return
            if found[0] >= start:
                if before is not None and found[0] > start:
                    yield before
                before = None
                self._wanted_from = found[0] + self.step
                yield found
            elif self._unsteady:
                before = found

    def _decode(self, start: Fraction) -> Iterator[tuple[Fraction, VideoFrame]]:
        """Decode from the key frame before `start`; until there, pictures that no other needs are skipped."""
        self._wanted_from = start
        for packet in self._packets(start):
            shown = self.time_of(packet)
            skip = not self._unsteady and shown is not None and shown < self._wanted_from - self.step
            self._context.skip_frame = "NONREF" if skip else "DEFAULT"
            yield from self._timed(packet)
        self._context.skip_frame = "DEFAULT"
        yield from self._timed(None)

    def _timed(self, packet: Packet | None) -> Iterator[tuple[Fraction, VideoFrame]]:
        try:
            pictures = self._context.decode(packet)
        except av.error.InvalidDataError:
            return  # one damaged packet: the picture before it stays
        except EOFError:
            return
        for picture in pictures:
            time = self.time_of(picture)
            if time is not None:
                yield time, picture
