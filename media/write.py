"""Frames and sound go in, one by one; a film, sound file, GIF or numbered pictures come out, whole or not at all."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from media.codecs import (
    CONTAINERS,
    DEFAULT_PRESET,
    SOUND_CODECS,
    VIDEO_CODECS,
    Quality,
    check_size,
    container_for,
    quieten,
    set_up_sound,
    set_up_video,
    sound_codec_for,
    video_codec_for,
)
from media.color import RANGES, Color, matrix_of, read_color
from media.errors import UserError, from_os_error
from media.files import atomic_path, growing_path, make_folder
from media.gif import write_gif
from media.pictures import find_pictures, is_pattern, numbered
from media.sound import SAMPLE_RATE

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame

_LOG = logging.getLogger(__name__)
DEFAULT_RATE = Fraction(25)
DEFAULT_COLOR = Color()
_LENGTH_BY_DECODING = ("mp4", "mov")
"""Where a film lasts as long as its packets in the order in which they are decoded, of which the last need not be shown last."""
_IN_PIECES = {"movflags": "hybrid_fragmented"}
"""An index goes before each second or so, and at the end one for all, as other films have it."""
_SUBSAMPLED = ("yuv420", "yuv422")
_RGB = ("rgb", "bgr", "gbr")
_SOUND_LEVELS = {"s16": (2.0**15, 1, np.int16), "s32": (2.0**23, 256, np.int32)}


class FilmWriter:
    """Write a film: `with FilmWriter("out.mp4", size=(640, 360), rate=Fraction(25)) as film: film.write_frame(picture)`.

    The suffix of the path chooses the container (media.codecs.CONTAINERS). Nothing bears the name of `path` until the
    block has ended well, unless `is_live`. The same input gives the same bytes on the same machine.

    Args:
        size: (width, height) in pixels; None takes the first frame's.
        rate: frames a second.
        time_base: the unit in which frames are timed, seconds; None takes 1/rate. A finer one lets `write_frame(time=...)` place
            frames anywhere.
        codec: a name in media.codecs.VIDEO_CODECS; None is the container's own.
        sound: whether there will be sound. A film with sound and neither size nor rate has no picture.
        sound_codec: a name in media.codecs.SOUND_CODECS; None is the container's own.
        channels: of the sound, 1 or 2.
        threads: of the encoder; 0 is one a core.
        metadata: title, comment and so on.
        is_live: for what cannot be made again: it is written under its name at once, and what was written so far can be played
            at any time, though the block should end in a fault, or the process be killed.
        color: the tags, and what RGB is converted to.
        options: more options of the video encoder.
    Raises:
        UserError: unknown suffix, codec or quality; the place cannot be written; the disk is full.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        size: tuple[int, int] | None = None,
        rate: Fraction | None = None,
        time_base: Fraction | None = None,
        codec: str | None = None,
        quality: Quality | None = None,
        preset: str = DEFAULT_PRESET,
        pixel_format: str | None = None,
        color: Color = DEFAULT_COLOR,
        pixel_aspect: Fraction = Fraction(1),
        options: Mapping[str, str] | None = None,
        sound: bool = False,
        sound_codec: str | None = None,
        channels: int = 2,
        sample_rate: int = SAMPLE_RATE,
        sound_bit_rate: int | None = None,
        threads: int = 0,
        metadata: Mapping[str, str] | None = None,
        is_live: bool = False,
    ) -> None:
        self.path = Path(path)
        self._format = container_for(path)
        self._has_picture = not self._format.audio_only and (not sound or size is not None or rate is not None)
        self._codec = video_codec_for(path, codec) if self._has_picture else None
        self._sound_codec = sound_codec_for(path, sound_codec) if sound or self._format.audio_only else None
        if sound and self._sound_codec is None:
            raise UserError(path, "this format holds no sound", "Name the output .mp4, or leave the sound out.")
        self._size, self._rate = size, Fraction(rate or DEFAULT_RATE)
        self._time_base = Fraction(time_base) if time_base else 1 / self._rate
        self._color = color
        self._is_gif = self._codec == "gif"
        if self._is_gif:  # its palette is made once all is known; until then the film is kept without loss
            self._codec, self._format, pixel_format = "ffv1", CONTAINERS[".mkv"], "bgr0"
        self._pixel_format = pixel_format or (VIDEO_CODECS[self._codec].pixel_format if self._codec else "")
        self._video_settings: dict[str, Any] = {
            "rate": self._rate, "time_base": self._time_base,
            "quality": quality, "preset": preset, "threads": threads, "pixel_format": self._pixel_format, "color": color,
            "pixel_aspect": pixel_aspect, "options": options,
        }  # fmt: skip
        self._channels, self._sample_rate, self._sound_bit_rate = channels, sample_rate, sound_bit_rate
        self._metadata = dict(metadata or {})
        self._is_live = is_live
        self._stamp, self._n_frames, self._n_samples = -1, 0, 0
        self._shown, self._told_ticks = 1 / self._rate, dict[int, int]()
        self._delay: int | None = None
        self._video: Any = None
        self._sound: Any = None
        self._waiting: list[np.ndarray] = []
        if self._codec and size:
            check_size(size, self._pixel_format)

    def __enter__(self) -> FilmWriter:
        import av

        with ExitStack() as opening:
            self._part = opening.enter_context(growing_path(self.path) if self._is_live else atomic_path(self.path))
            self._target = self._part
            if self._is_gif:
                self._target = self._part.with_suffix(".mkv")
                opening.callback(self._target.unlink, missing_ok=True)
            with _told(self.path):
                self._container: OutputContainer = av.open(
                    str(self._target.absolute()), "w", format=self._format.format, container_options=self._container_options(),
                )  # fmt: skip
            opening.callback(self._release)
            self._container.metadata.update(self._metadata)
            if not self._has_picture or self._size:
                self._open_streams()
            self._closing = opening.pop_all()
        return self

    def __exit__(self, kind: Any, raised: Any, trace: Any) -> None:
        if kind is None:
            try:
                self._finish()
            except BaseException as error:
                self._closing.__exit__(type(error), error, error.__traceback__)
                raise
        self._closing.__exit__(kind, raised, trace)

    def _container_options(self) -> dict[str, str]:
        live = {"flush_packets": "1", **(_IN_PIECES if self._format.format in _LENGTH_BY_DECODING else {})}
        return {"fflags": "+bitexact", **self._format.options, **(live if self._is_live else {})}

    @property
    def picture_end(self) -> Fraction:
        """Where the next frame goes unless told, seconds."""
        return self._stamp * self._time_base + self._shown if self._n_frames else Fraction(0)

    @property
    def sound_end(self) -> Fraction:
        """Length of the sound written so far, seconds."""
        return Fraction(self._n_samples, self._sample_rate)

    def write_frame(self, frame: np.ndarray | VideoFrame, time: Fraction | None = None, duration: Fraction | None = None) -> None:
        """Add a frame.

        Args:
            frame: (H, W, 3 or 4) uint8 RGB(A), or a decoded picture, which keeps its planes where they fit.
            time: when it is shown, seconds; None is at the end of the last.
            duration: for how long, seconds, which tells of the last frame when the film ends; None is 1/rate.
        """
        if self._codec is None:
            raise ValueError(f"{self.path} was opened without a picture")
        if self._video is None:
            self._size = _size_of(frame)
            self._open_streams()
        assert self._size is not None
        if _size_of(frame) != self._size:
            raise ValueError(f"every frame must have the size {self._size}, got {_size_of(frame)}")
        picture = to_picture(frame, pixel_format=self._pixel_format, color=self._color)
        stamp = round((self.picture_end if time is None else time) / self._time_base)
        if stamp <= self._stamp:
            raise ValueError(f"frames must be written in order of time, got {float(stamp * self._time_base):.3f} s again or earlier")
        if not self._pixel_format.startswith(_RGB):
            self._color.tag(picture)
        picture.pts, picture.time_base, picture.pict_type = stamp, self._time_base, 0
        self._shown = 1 / self._rate if duration is None else duration
        picture.duration = max(1, round(self._shown / self._time_base))
        if duration is not None:
            self._told_ticks[stamp] = picture.duration
        self._stamp, self._n_frames = stamp, self._n_frames + 1
        self._encode(self._video, picture)

    def write_sound(self, block: np.ndarray) -> None:
        """Add sound: float32 (n, channels) at the writer's sample rate, full scale at 1."""
        if self._sound_codec is None:
            raise ValueError(f"{self.path} was opened without sound")
        if block.ndim != 2 or block.shape[1] != self._channels:
            raise ValueError(f"a block of sound must be (n, {self._channels}), got {block.shape}")
        if self._sound is None:
            self._waiting.append(block)
            return
        if len(block):
            frame = _sound_frame(block, self._sound.codec_context.format.name, self._sample_rate)
            frame.pts, frame.time_base = self._n_samples, Fraction(1, self._sample_rate)
            self._n_samples += len(block)
            self._encode(self._sound, frame)

    def _open_streams(self) -> None:
        with _told(self.path):
            if self._codec:
                assert self._size is not None
                quieten(self._codec)
                self._video = self._container.add_stream(VIDEO_CODECS[self._codec].encoder, rate=self._rate)
                set_up_video(self._video.codec_context, self._codec, size=self._size, **self._video_settings)
                self._video.time_base = self._time_base
            if self._sound_codec:
                self._sound = self._container.add_stream(SOUND_CODECS[self._sound_codec].encoder, rate=self._sample_rate)
                set_up_sound(
                    self._sound.codec_context, self._sound_codec, channels=self._channels, sample_rate=self._sample_rate,
                    bit_rate=self._sound_bit_rate,
                )  # fmt: skip
            self._container.start_encoding()
        waiting, self._waiting = self._waiting, []
        for block in waiting:
            self.write_sound(block)

    def _encode(self, stream: Any, frame: Any) -> None:
        with _told(self.path):
            packets = stream.encode(frame)
            if stream is self._video:
                self._tell_durations(packets, is_end=frame is None)
            self._container.mux(packets)

    def _tell_durations(self, packets: Sequence[Packet], *, is_end: bool) -> None:
        """Give packets the durations that were told of their pictures: encoders do not hand them on."""
        for packet in packets:
            if self._delay is None and packet.pts is not None and packet.dts is not None:
                self._delay = packet.pts - packet.dts
            if packet.pts in self._told_ticks:
                packet.duration = self._told_ticks.pop(packet.pts)
        if packets and is_end and packets[-1].duration and self._format.format in _LENGTH_BY_DECODING:
            assert packets[-1].dts is not None and self._delay is not None
            packets[-1].duration = round(self.picture_end / self._time_base) - self._delay - packets[-1].dts

    def _finish(self) -> None:
        if not self._n_frames and not self._n_samples:
            raise UserError(self.path, "nothing was written: there is neither a frame nor sound", "Choose something longer.")
        for stream in (self._video, self._sound):
            if stream is not None:
                self._encode(stream, None)
        with _told(self.path):
            self._container.close()
            if self._is_gif:
                write_gif(self._target, self._part)

    def _release(self) -> None:
        """Let go of the file, finished or not; closing twice does nothing."""
        import av

        with suppress(av.error.FFmpegError, OSError, ValueError):
            self._container.close()


def needs_even_size(path: Path | str) -> bool:
    """Whether films of this name keep colour by pairs of pixels, so that their width and height must be even; numbered pictures do not."""
    return not is_pattern(path) and VIDEO_CODECS[video_codec_for(path) or "h264"].pixel_format.startswith(_SUBSAMPLED)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what libav cannot do into a `UserError`."""
    import av

    try:
        yield
    except (av.error.FFmpegError, OSError) as error:
        number = getattr(error, "errno", None)
        if number in errno.errorcode:
            raise from_os_error(path, OSError(number, error.strerror)) from error
        raise UserError(path, f"it cannot be written: {error.strerror or error}", "Try another codec, size or rate.") from error


def to_picture(frame: np.ndarray | VideoFrame, *, pixel_format: str, color: Color = DEFAULT_COLOR) -> VideoFrame:
    """Make a picture for an encoder: (H, W, 3 or 4) uint8 RGB(A) or a decoded picture, converted only where it differs.

    Args:
        pixel_format: libav's name of the format.
        color: matrix and range that the result is to have.
    """
    from av import VideoFrame
    from av.video.reformatter import Interpolation

    if isinstance(frame, np.ndarray):
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(frame), format={3: "rgb24", 4: "rgba"}[frame.shape[2]])
    name, size = frame.format.name, (frame.width, frame.height)
    told = read_color(frame.colorspace, frame.color_range, 2, 2, pixel_format=name)
    matrices = matrix_of(told.space, size=size), matrix_of(color.space, size=size)
    is_rgb, to_rgb = name.startswith((*_RGB, "pal8")), pixel_format.startswith(_RGB)
    if name == pixel_format and (is_rgb or (told.range == color.range and matrices[0] == matrices[1])):
        return frame
    how = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
    return frame.reformat(
        format=pixel_format,
        src_colorspace=matrices[1] if is_rgb else matrices[0],
        dst_colorspace=matrices[1],
        src_color_range=RANGES["full" if is_rgb else told.range],
        dst_color_range=RANGES["full" if to_rgb else color.range],
        interpolation=how,
        threads=1,
    )


def _size_of(frame: np.ndarray | VideoFrame) -> tuple[int, int]:
    if isinstance(frame, np.ndarray):
        return frame.shape[1], frame.shape[0]
    return frame.width, frame.height


def _sound_frame(block: np.ndarray, sample_format: str, sample_rate: int) -> Any:
    from av import AudioFrame

    block = np.nan_to_num(np.asarray(block, np.float32))
    kind = sample_format.removesuffix("p")
    if kind in _SOUND_LEVELS:
        levels, step, dtype = _SOUND_LEVELS[kind]
        block = (np.clip(np.rint(block.astype(np.float64) * levels), -levels, levels - 1) * step).astype(dtype)
    planes = block.T if sample_format.endswith("p") else block.reshape(1, -1)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(planes), format=sample_format, layout={1: "mono", 2: "stereo"}[block.shape[1]])
    frame.sample_rate = sample_rate
    return frame


def write_rgb(path: Path | str, image: np.ndarray) -> None:
    """Write a picture, (H, W, 3 or 4) uint8 RGB(A), in the format of its suffix; whole or not at all.

    Raises:
        UserError: the place cannot be written, or the suffix means no picture.
    """
    from PIL import Image

    path = Path(path)
    with atomic_path(path) as part:
        try:
            Image.fromarray(cast("Any", np.ascontiguousarray(image))).save(part)
        except ValueError as error:
            raise UserError(path, f"no picture format is known by the suffix {path.suffix!r}", "Name it .png.") from error


def write_pictures(target: Path | str, frames: Iterator[np.ndarray], *, first: int = 1) -> list[Path]:
    """Write frames, (H, W, 3 or 4) uint8, as numbered pictures, and name them.

    Args:
        target: a pattern such as `out/%04d.png`, or a folder (which then gets `%06d.png`); the folder is made.
    Raises:
        UserError: the place refuses; those that were written before stay.
    """
    target = Path(target)
    pattern = target if is_pattern(target) else target / "%06d.png"
    make_folder(pattern.parent)
    written: list[Path] = []
    for number, frame in enumerate(frames, first):
        path = numbered(pattern, number)
        try:
            write_rgb(path, frame)
        except UserError as error:
            stay = f"{error.remedy} Before it {len(written)} were written, which stay.".strip() if written else error.remedy
            raise UserError(error.where, error.what, stay) from error
        written.append(path)
    _tell_of_others(pattern, written)
    return written


def _tell_of_others(pattern: Path, written: Sequence[Path]) -> None:
    """Say which pictures of an earlier, longer run are left among new ones: whoever opens the pattern would see both."""
    ours = set(written)
    others = [path for path in (find_pictures(pattern) or ()) if path not in ours] if written else []
    if others:
        names = others[0].name if len(others) == 1 else f"{others[0].name} to {others[-1].name}"
        _LOG.warning("%s: of before there are still %d others beside these: %s.", pattern, len(others), names)
