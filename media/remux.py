"""A film and new sound go in; a film with its coded pictures, untouched, and that sound instead of its own comes out."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from media.codecs import SOUND_CODECS, container_for, set_up_sound, sound_codec_for
from media.container import open_media, require_video, start_of
from media.errors import UserError, from_os_error
from media.files import atomic_path
from media.probe import MediaFile
from media.progress import OnProgress, Progress, ignore_progress
from media.sound import SAMPLE_RATE
from media.timecode import common_unit

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet

_NAMES = {"hevc": "h265", "pcm_s16le": "pcm", "pcm_s24le": "pcm24"}  # where media.codecs calls a codec otherwise than libav
_SOURCES = ("mov,mp4", "matroska", "mpegts")  # containers whose stamps can be relied on
_N_UNTOLD = 20  # more than any codec reorders
_FINEST = Fraction(1, 10_000_000)


class CannotCopy(Exception):  # noqa: N818 - no fault, a finding
    """What is coded would not be shown or heard as it is in its source: it must be coded anew."""


def codec_name(codec: str) -> str:
    """What media.codecs calls a codec that libav has named."""
    return _NAMES.get(codec, codec)


def may_copy(media: MediaFile, path: Path | str) -> bool:
    """Whether the container that `path` names holds pictures coded as these are, as far as the headers tell."""
    video = media.video
    if video is None or not media.container.startswith(_SOURCES):
        return False
    return codec_name(video.codec) in container_for(path).videos


def stamp_unit(step: Fraction, offset: Fraction) -> Fraction:
    """What stamps can be counted in that begin at an offset: a unit that divides both, or `step` where that would be absurdly small."""
    unit = common_unit(step, offset)
    return unit if unit >= _FINEST else step


def replace_sound(
    source: Path | str,
    path: Path | str,
    sound: Iterable[np.ndarray],
    *,
    metadata: Mapping[str, str] | None = None,
    on_progress: OnProgress = ignore_progress,
) -> None:
    """Copy a film's pictures, packet by packet, and give it new sound.

    Media time 0 of the source is 0 of the result, whatever its stamps read; a picture that begins later begins later there too.

    Args:
        sound: float32 (n, 2) blocks at 48 kHz from media time 0 on; coded as the container has it by default.
    Raises:
        CannotCopy: stamps are missing or out of order, or decoding cannot begin with the first packet. Nothing is written then.
        UserError: the source cannot be read, or the place not be written.
    """
    path = Path(path)
    with open_media(source) as container, atomic_path(path) as part:
        stream = require_video(container)
        start = start_of(container)
        unit = stamp_unit(stream.time_base, start)
        total = float(stream.duration * stream.time_base) if stream.duration else 1.0
        with _Writer(part, path, template=stream, unit=unit, metadata=metadata or {}) as writer:
            blocks = iter(sound)
            for packet in _copyable(container.demux(stream)):
                decoded = writer.add_packet(packet, shift=start)
                # Sound keeps a little ahead, so that little waits in the muxer.
                while writer.sound_end <= decoded + 1 and (block := next(blocks, None)) is not None:
                    writer.add_sound(block)
                on_progress(Progress("copying", min(float(decoded), total), total))
            for block in blocks:
                writer.add_sound(block)


def _copyable(packets: Iterable[Packet]) -> Iterator[Packet]:
    """Packets with content, as long as a player would show them as they come."""
    latest: int | None = None
    for packet in _with_first_stamps(packet for packet in packets if packet.size):
        if packet.pts is None or packet.dts is None or packet.is_discard or packet.is_corrupt:
            raise CannotCopy("a picture has no stamp, or is not to be shown")
        if latest is None and not packet.is_keyframe:
            raise CannotCopy("it does not begin with a key frame")
        if (latest is not None and packet.dts <= latest) or packet.dts > packet.pts:
            raise CannotCopy("stamps are out of order")
        latest = packet.dts
        yield packet
    if latest is None:
        raise CannotCopy("there is no picture")


def _with_first_stamps(packets: Iterator[Packet]) -> Iterator[Packet]:
    """The same packets, the first few of them told when they are decoded: Matroska does not store that, libav finds it out later."""
    held = []
    for packet in islice(packets, _N_UNTOLD):
        held.append(packet)
        if packet.dts is not None:
            break
    for packet, following in reversed(list(pairwise(held))):
        if packet.dts is None and following.dts is not None:
            packet.dts = following.dts - max(1, packet.duration or 0)
    yield from chain(held, packets)


class _Writer:
    """A film being written: copied pictures, encoded sound.

    Args:
        part: where it is written; `final` names it for the reader of errors.
        template: the stream that packets are copied from.
        unit: of the copied stamps, seconds.
    """

    def __init__(self, part: Path, final: Path, *, template: Any, unit: Fraction, metadata: Mapping[str, str]) -> None:
        import av

        self._unit, self._final = unit, final
        codec = sound_codec_for(final)
        if codec is None:
            raise UserError(final, "this format holds no sound", "Name the output .mp4.")
        container = container_for(final)
        with told(final):
            self._out: OutputContainer = av.open(
                str(part.absolute()), "w", format=container.format, container_options={"fflags": "+bitexact", **container.options}
            )
        self._out.metadata.update(metadata)
        self._video: Any = self._out.add_stream_from_template(template)
        self._video.time_base = unit
        sound: Any = self._out.add_stream(SOUND_CODECS[codec].encoder, rate=SAMPLE_RATE)
        self._sound = sound
        set_up_sound(sound.codec_context, codec, channels=2, sample_rate=SAMPLE_RATE)
        self._n_samples = 0

    def __enter__(self) -> _Writer:
        try:
            with told(self._final):
                self._out.start_encoding()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                with told(self._final):
                    self._out.mux(self._sound.encode(None))
                    self._out.close()
        finally:
            self._release()

    def _release(self) -> None:
        import av

        with suppress(av.error.FFmpegError, OSError, ValueError):
            self._out.close()

    @property
    def sound_end(self) -> Fraction:
        return Fraction(self._n_samples, SAMPLE_RATE)

    def add_packet(self, packet: Packet, *, shift: Fraction) -> Fraction:
        """Send a picture's packet, `shift` seconds earlier than it says; returns when it is decoded."""
        scale, offset = packet.time_base / self._unit, shift / self._unit
        assert packet.pts is not None and packet.dts is not None
        packet.pts, packet.dts = round(packet.pts * scale - offset), round(packet.dts * scale - offset)
        packet.duration = round((packet.duration or 0) * scale)
        packet.time_base, packet.stream = self._unit, self._video
        decoded = packet.dts * self._unit
        with told(self._final):
            self._out.mux_one(packet)
        return decoded

    def add_sound(self, block: np.ndarray) -> None:
        """Encode (n, 2) float32."""
        import av

        if not len(block):
            return
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._n_samples, Fraction(1, SAMPLE_RATE)
        self._n_samples += len(block)
        with told(self._final):
            self._out.mux(self._sound.encode(frame))


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Tell a full disk from packets that the container does not take.

    Raises:
        UserError: the disk refuses.
        CannotCopy: the container does.
    """
    import av

    try:
        yield
    except (av.error.FFmpegError, OSError) as error:
        number = getattr(error, "errno", None)
        if number in errno.errorcode and number != errno.EINVAL:
            raise from_os_error(path, OSError(number, error.strerror)) from error
        raise CannotCopy(f"the container does not take them: {error}") from error
