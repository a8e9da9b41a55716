"""The path of a media file goes in; it comes out opened by libav, or the reason why not in one line."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from media.errors import UserError, from_os_error

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet

_FILM_ENDINGS = "3gp asf avi dv f4v flv gif m2ts m4v mkv mov mp4 mpeg mpg mts mxf ogv ts vob webm wmv y4m"
_SOUND_ENDINGS = "aac aif aiff flac m4a mka mp3 ogg opus wav wma"
FILM_SUFFIXES = frozenset(f".{ending}" for ending in _FILM_ENDINGS.split())
"""What counts as a film inside a folder."""
SOUND_SUFFIXES = frozenset(f".{ending}" for ending in _SOUND_ENDINGS.split())
"""What counts as sound alone."""
MOV_FORMATS = "mov,mp4"
# Bare coded pictures without stamps, and MPEG programme streams, whose stamps are wrong for a while after a seek:
# there the way to a picture leads through all before it.
_UNSEEKABLE = frozenset({"h264", "hevc", "m4v", "mpegvideo", "obu", "mjpeg", "mpeg"})

_NEAR_S = Fraction(1)


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
    if isinstance(error, OSError) and error.errno in errno.errorcode and error.errno not in (errno.ENOMEM, errno.EINVAL, errno.EIO):
        return from_os_error(path, error)  # those three are what libav says of sizes and places that make no sense
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


def _box_kinds(file: BinaryIO) -> Iterator[bytes]:
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


def find_video(container: InputContainer) -> Any:
    """The film's video stream, or None; a cover picture is none."""
    from av.stream import Disposition

    usable = [s for s in container.streams.video if s.codec_context and not s.disposition & Disposition.attached_pic]
    return next((s for s in usable if s.disposition & Disposition.default), usable[0] if usable else None)


def require_video(container: InputContainer) -> Any:
    """As `find_video`.

    Raises:
        UserError: there is none.
    """
    stream = find_video(container)
    if stream is None:
        raise UserError(container.name, "it holds no picture", "Name a film.")
    return stream


def start_of(container: InputContainer) -> Fraction:
    """What the stamps read at media time 0: those of the earliest picture or sound.

    Sound before stamp 0 is the encoder's priming, which nobody hears; it does not count.
    """
    video = find_video(container)
    starts = [stream_start(video)] if video else []
    starts += [max(stream_start(stream), Fraction(0)) for stream in container.streams.audio if stream.codec_context]
    return min(starts, default=Fraction(0))


def reaches(path: Path, time: Fraction) -> bool:
    """Whether a file really holds picture or sound to within a second of a media time; one that is cut off does not.

    Raises:
        UserError: it cannot be opened.
    """
    import av

    with open_media(path) as container:
        start = start_of(container)
        wanted = time - _NEAR_S
        for stream in filter(None, (find_video(container), *container.streams.audio)):
            with suppress(av.error.FFmpegError):
                # Not to the very end: behind the last sample of a WAV there is nothing to be found.
                container.seek(floor((max(wanted, Fraction(0)) + start) / stream.time_base), stream=stream)
                for packet in container.demux(stream):
                    stamp = packet.pts if packet.pts is not None else packet.dts
                    if packet.size and stamp is not None and (stamp + (packet.duration or 0)) * stream.time_base - start >= wanted:
                        return True
    return False


def stream_start(stream: Any) -> Fraction:
    return (stream.start_time or 0) * stream.time_base


def discard_others(container: InputContainer, stream: Any) -> None:
    """Have the container pass over all streams but this one, without reading them where it can."""
    from av.stream import Discard

    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all


def has_index(container: InputContainer, stream: Any) -> bool:
    """Whether the container lists every packet of the stream (by its dts)."""
    return container.format.name.startswith(MOV_FORMATS) and len(stream.index_entries) > 1


class OpenStream:
    """One stream of a file held open, with ways to its very beginning and to any stamp: `with OpenStream(path, find_video) as it`.

    Args:
        choose: names the stream, or raises; None stands for a file without any such.
    """

    def __init__(self, path: Path, choose: Callable[[InputContainer], Any]) -> None:
        self.path = path
        self._choose = choose
        self._closing = ExitStack()

    def __enter__(self) -> OpenStream:
        with ExitStack() as opening:
            self.container = opening.enter_context(open_media(self.path))
            self.stream: Any = self._choose(self.container)
            if self.stream is not None:
                discard_others(self.container, self.stream)
            self._is_fresh = True
            self._closing = opening.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        self._closing.close()

    @property
    def first_stamp(self) -> int:
        """Where the stream begins, in ticks."""
        return self.stream.start_time or 0

    def rewind(self) -> None:
        """Go to the very beginning; the stream may be a new object afterwards.

        Only a file just opened is sure to be there: a seek may miss the first group of a transport stream, and leaves out
        priming and what marks it.
        """
        if not self._is_fresh:
            self._closing.close()
            self.__enter__()

    def seek(self, stamp: int) -> bool:
        """Go to a place to enter at or before `stamp`, as far as the container knows; tells whether that is the very beginning."""
        import av

        is_blind = self.stream.type == "video" and self.container.format.name in _UNSEEKABLE
        if stamp > self.first_stamp and not is_blind:
            with suppress(av.error.FFmpegError):
                self._is_fresh = False
                guide = self._guide()
                self.container.seek(floor(stamp * self.stream.time_base / guide.time_base), stream=guide)
                return False
        self.rewind()
        return True

    def _guide(self) -> Any:
        """The stream to seek by: Matroska lists places for the picture only, and reads all of the film to find others."""
        if self.container.format.name == "matroska,webm":
            return find_video(self.container) or self.stream
        return self.stream

    def packets(self) -> Iterator[Packet]:
        """Packets from here on, without the empty one at the end.

        Raises:
            UserError: the file is damaged beyond what libav can step over.
        """
        import av

        self._is_fresh = False
        try:
            for packet in self.container.demux(self.stream):
                if packet.size:
                    yield packet
        except av.error.FFmpegError as error:
            raise media_error(self.path, error) from error
