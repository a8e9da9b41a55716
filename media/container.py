"""The path of a media file goes in; it comes out opened by libav, or the reason why not in one line."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from media.errors import UserError, from_os_error

if TYPE_CHECKING:
    from av.container import InputContainer

MOV_FORMATS = "mov,mp4"


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


def start_of(container: InputContainer) -> Fraction:
    """What the stamps read at media time 0: those of the earliest picture or sound.

    Sound before stamp 0 is the encoder's priming, which nobody hears; it does not count.
    """
    video = find_video(container)
    starts = [stream_start(video)] if video else []
    starts += [max(stream_start(stream), Fraction(0)) for stream in container.streams.audio if stream.codec_context]
    return min(starts, default=Fraction(0))


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
