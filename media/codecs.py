"""Names of containers, codecs and qualities go in, settings of encoders come out: the one table of what can be written."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from media.color import Color
from media.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.video.codeccontext import VideoCodecContext

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
DEFAULT_PRESET = "medium"
GLOBAL_HEADER = 1 << 22
_CODEC_FLAG_BITEXACT = 1 << 23


@dataclass(frozen=True)
class Container:
    """A kind of file that can be written.

    Args:
        format: libavformat's name.
        videos: names in VIDEO_CODECS that it may hold, the default first; none for sound files.
        sounds: names in SOUND_CODECS likewise.
        options: options of the muxer.
    """

    format: str
    videos: tuple[str, ...]
    sounds: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def video(self) -> str | None:
        """The video codec that it gets unless told otherwise."""
        return self.videos[0] if self.videos else None

    @property
    def sound(self) -> str | None:
        """The sound codec that it gets unless told otherwise."""
        return self.sounds[0] if self.sounds else None

    @property
    def audio_only(self) -> bool:
        """Whether it holds sound and nothing else."""
        return not self.videos


@dataclass(frozen=True)
class VideoCodec:
    """A way to compress pictures.

    Args:
        encoder: libavcodec's name.
        pixel_format: what is written unless told otherwise.
        crf: the default of the constant quality, lower is better; None where quality has no number.
        crf_range: the least and the greatest that make sense.
        options: options of the encoder at every quality.
        speeds: options of the encoder by preset name; empty where it has no speeds.
    """

    encoder: str
    pixel_format: str
    crf: float | None = None
    crf_range: tuple[float, float] = (0, 51)
    options: Mapping[str, str] = field(default_factory=dict)
    speeds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class SoundCodec:
    """A way to compress sound; `bit_rate` (bits a second, stereo) is None for the lossless ones."""

    encoder: str
    sample_format: str
    bit_rate: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Quality:
    """A constant quality (`crf`) or a bit rate (bits a second); with neither, the codec's default."""

    crf: float | None = None
    bit_rate: int | None = None


def _x26_speeds() -> dict[str, Mapping[str, str]]:
    return {name: {"preset": name} for name in PRESETS}


def _vp9_speeds() -> dict[str, Mapping[str, str]]:
    hurried = {name: {"deadline": "realtime", "cpu-used": str(speed)} for name, speed in zip(PRESETS[:3], (8, 7, 6), strict=True)}
    good = {name: {"deadline": "good", "cpu-used": str(speed)} for name, speed in zip(PRESETS[3:], (5, 4, 3, 2, 1, 0), strict=True)}
    return {**hurried, **good}


def _av1_speeds() -> dict[str, Mapping[str, str]]:
    return {name: {"preset": str(speed)} for name, speed in zip(PRESETS, (12, 11, 10, 9, 8, 7, 6, 5, 4), strict=True)}


VIDEO_CODECS: dict[str, VideoCodec] = {
    "h264": VideoCodec("libx264", "yuv420p", 20, (0, 51), speeds=_x26_speeds()),
    "h265": VideoCodec("libx265", "yuv420p", 24, (0, 51), {"x265-params": "log-level=error"}, _x26_speeds()),
    "prores": VideoCodec("prores_ks", "yuv422p10le", 0, (0, 3), {"vendor": "apl0"}),
    "ffv1": VideoCodec("ffv1", "yuv444p", options={"level": "3", "slicecrc": "1", "coder": "1", "context": "1", "g": "1"}),
    "vp9": VideoCodec("libvpx-vp9", "yuv420p", 31, (0, 63), {"row-mt": "1", "tile-columns": "2"}, _vp9_speeds()),
    "av1": VideoCodec("libsvtav1", "yuv420p", 32, (1, 63), speeds=_av1_speeds()),
    "gif": VideoCodec("gif", "pal8"),
}

SOUND_CODECS: dict[str, SoundCodec] = {
    "aac": SoundCodec("aac", "fltp", 192_000),
    "mp3": SoundCodec("libmp3lame", "fltp", 192_000),
    "opus": SoundCodec("libopus", "flt", 160_000),
    "flac": SoundCodec("flac", "s16"),
    "pcm": SoundCodec("pcm_s16le", "s16"),
    "pcm24": SoundCodec("pcm_s24le", "s32"),
}

# The index goes first, so that a player on the network starts at once; the unit of edits divides the usual frame
# rates and sample rates, so that lengths are kept to the sample.
_FAST_START = {"movflags": "+faststart", "movie_timescale": "240000"}
_FILM = ("h264", "h265", "av1")

CONTAINERS: dict[str, Container] = {
    ".mp4": Container("mp4", (*_FILM, "vp9"), ("aac", "mp3", "opus", "flac"), _FAST_START),
    ".m4v": Container("mp4", _FILM, ("aac",), _FAST_START),
    ".mov": Container("mov", ("h264", "h265", "prores"), ("aac", "pcm", "pcm24"), _FAST_START),
    ".mkv": Container("matroska", (*_FILM, "vp9", "ffv1", "prores"), ("aac", "opus", "mp3", "flac", "pcm", "pcm24")),
    ".webm": Container("webm", ("vp9", "av1"), ("opus",)),
    ".gif": Container("gif", ("gif",), (), {"loop": "0"}),
    ".wav": Container("wav", (), ("pcm", "pcm24")),
    ".mp3": Container("mp3", (), ("mp3",)),
    ".m4a": Container("ipod", (), ("aac",), _FAST_START),
    ".flac": Container("flac", (), ("flac",)),
    ".ogg": Container("ogg", (), ("opus", "flac")),
    ".opus": Container("opus", (), ("opus",)),
}

_PRORES_PROFILES = ("hq", "standard", "lt", "proxy")


def container_for(path: Path | str) -> Container:
    """What the suffix of `path` asks for.

    Raises:
        UserError: nothing is written under this suffix.
    """
    suffix = Path(path).suffix.lower()
    if suffix in CONTAINERS:
        return CONTAINERS[suffix]
    if not suffix:
        raise UserError(path, "the output has no suffix, so its format is unknown", f"Add one of {', '.join(CONTAINERS)}.")
    alike = [known for known in CONTAINERS if known[1] == suffix[1]]  # .avi is no slip of the pen for .wav
    remedy = did_you_mean(suffix, alike) if alike else f"Choose from: {', '.join(CONTAINERS)}."
    raise UserError(path, f"no format is known by the suffix {suffix!r}", remedy)


def video_codec_for(path: Path | str, name: str | None = None) -> str | None:
    """The video codec for `path`: `name` if its container can hold that, or the container's own; None for sound files.

    Raises:
        UserError: no such codec, or not in this container.
    """
    container = container_for(path)
    if name is None:
        return container.video
    if name not in VIDEO_CODECS:
        raise UserError("codec", f"there is no video codec {name!r}", did_you_mean(name, VIDEO_CODECS))
    if name not in container.videos:
        homes = [suffix for suffix, other in CONTAINERS.items() if name in other.videos]
        raise UserError(path, f"this format cannot hold {name}", f"Name the output {' or '.join(homes)}, or choose another codec.")
    return name


def sound_codec_for(path: Path | str, name: str | None = None) -> str | None:
    """The sound codec for `path`, as `video_codec_for`; None for formats without sound."""
    container = container_for(path)
    if name is None:
        return container.sound
    if name not in SOUND_CODECS:
        raise UserError("sound codec", f"there is no sound codec {name!r}", did_you_mean(name, SOUND_CODECS))
    if name not in container.sounds:
        raise UserError(path, f"this format cannot hold {name} sound", did_you_mean(name, container.sounds or ("another format",)))
    return name


def parse_quality(text: str | float) -> Quality:
    """Read "18" as a constant quality and "4M" or "800k" as a bit rate.

    Raises:
        UserError: it is neither.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kKmM]?)(?:bit/?s?|bps)?\s*", str(text))
    if not match:
        raise UserError("quality", f"it reads like 18 (lower is better) or 4M (bits a second), got {str(text)!r}")
    number = Fraction(match[1])
    if not match[2]:
        return Quality(crf=float(number))
    bit_rate = round(number * {"k": 1_000, "m": 1_000_000}[match[2].lower()])
    if not bit_rate:
        raise UserError("quality", f"a bit rate must be greater than 0, got {str(text)!r}")
    return Quality(bit_rate=bit_rate)


def encoder_options(codec: str, *, quality: Quality | None = None, preset: str = DEFAULT_PRESET) -> dict[str, str]:
    """Options of the encoder for a quality and a preset (the bit rate is no option but an attribute of the encoder).

    Raises:
        UserError: no such preset, or the quality lies beyond the codec's range.
    """
    settings = VIDEO_CODECS[codec]
    if preset not in PRESETS:
        raise UserError("preset", f"there is no preset {preset!r}", did_you_mean(preset, PRESETS))
    options = {**settings.options, **settings.speeds.get(preset, {})}
    if settings.crf is None or (quality and quality.bit_rate):
        return options
    crf = settings.crf if quality is None or quality.crf is None else quality.crf
    low, high = settings.crf_range
    if not low <= crf <= high:
        raise UserError("quality", f"{codec} takes {low:g} (best) to {high:g}, got {crf:g}")
    if codec == "prores":
        return {**options, "profile": _PRORES_PROFILES[round(crf)]}
    return {**options, "crf": f"{crf:g}"}


def open_video_encoder(codec: str, *, global_header: bool = True, **settings: Any) -> VideoCodecContext:
    """An encoder that stands alone, set up and not yet opened (it opens with the first frame, or by `.open()`).

    Args:
        global_header: parameter sets go into the container's header (mp4, mkv) rather than into the stream.
        settings: those of `set_up_video`.
    Raises:
        UserError: a value that the codec cannot take.
    """
    import av

    quieten(codec)
    context = cast("VideoCodecContext", av.CodecContext.create(VIDEO_CODECS[codec].encoder, "w"))
    set_up_video(context, codec, **settings)
    if global_header:
        context.flags |= GLOBAL_HEADER
    return context


def quieten(codec: str) -> None:
    """Keep encoders that print on their own from doing so (SVT-AV1 heeds this variable alone)."""
    if codec == "av1":
        os.environ.setdefault("SVT_LOG", "1")


def set_up_video(
    context: VideoCodecContext,
    codec: str,
    *,
    size: tuple[int, int],
    rate: Fraction,
    time_base: Fraction | None = None,
    quality: Quality | None = None,
    preset: str = DEFAULT_PRESET,
    threads: int = 0,
    pixel_format: str | None = None,
    color: Color | None = None,
    pixel_aspect: Fraction = Fraction(1),
    options: Mapping[str, str] | None = None,
) -> None:
    """Give an unopened encoder, its own or a stream's, its settings.

    Args:
        size: (width, height) in pixels.
        time_base: the unit of the frames' pts; None takes 1/rate.
        options: more options of the encoder, which win over those of quality and preset.
    Raises:
        UserError: a value that the codec cannot take.
    """
    settings = VIDEO_CODECS[codec]
    pixel_format = pixel_format or settings.pixel_format
    check_size(size, pixel_format)
    context.width, context.height = size
    context.pix_fmt = pixel_format
    context.framerate = rate
    context.time_base = time_base or 1 / rate
    context.sample_aspect_ratio = pixel_aspect
    context.thread_count = threads
    context.flags |= _CODEC_FLAG_BITEXACT
    if quality and quality.bit_rate:
        context.bit_rate = quality.bit_rate
    (color or Color()).tag(context)
    context.options = _repeatable(codec, size, {**encoder_options(codec, quality=quality, preset=preset), **(options or {})})


def _repeatable(codec: str, size: tuple[int, int], options: dict[str, str]) -> dict[str, str]:
    """Options that give the same bytes for the same pictures.

    x264's macroblock tree reads memory that nobody has set where a picture is not a multiple of eight blocks wide
    (seen with 80, 160, 320 and 854 pixels, not with 128, 256, 640, 1280, 1920; without its assembler nowhere).
    """
    if codec != "h264" or -(-size[0] // 16) % 8 == 0:
        return options
    return {**options, "x264-params": ":".join(filter(None, [options.get("x264-params"), "mbtree=0"]))}


def set_up_sound(context: AudioCodecContext, codec: str, *, channels: int, sample_rate: int, bit_rate: int | None = None) -> None:
    """Give an unopened sound encoder its settings; `bit_rate` in bits a second, None for the codec's own."""
    settings = SOUND_CODECS[codec]
    context.sample_rate = sample_rate
    context.layout = {1: "mono", 2: "stereo"}[channels]
    context.format = settings.sample_format
    context.time_base = Fraction(1, sample_rate)
    context.flags |= _CODEC_FLAG_BITEXACT
    if settings.bit_rate:
        context.bit_rate = bit_rate or settings.bit_rate * channels // 2
    context.options = dict(settings.options)


def check_size(size: tuple[int, int], pixel_format: str) -> None:
    """Refuse a size that this pixel format cannot have.

    Raises:
        UserError: odd where colour is stored by pairs of pixels, or not positive.
    """
    width, height = size
    if width <= 0 or height <= 0:
        raise UserError("size", f"width and height must be greater than 0, got {width}x{height}")
    halves_width, halves_height = "420" in pixel_format or "422" in pixel_format, "420" in pixel_format
    even = (width + width % 2 * halves_width, height + height % 2 * halves_height)
    if even != (width, height):
        raise UserError("size", f"this codec needs even numbers, got {width}x{height}", f"Try {even[0]}x{even[1]}.")
