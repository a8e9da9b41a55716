"""A media file and a span go in; its sound at 48 kHz comes out as float blocks, exact to the sample.

Sound is decoded in windows of whole seconds that lie at fixed places, each from a little before its start. Hence a
sample is the same whichever span it is read by (decoders carry noise and prediction along), resamplers are always
in phase, and a short span far into a film costs no more than one at its start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain, islice
from math import ceil, floor, gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from media.container import OpenStream, start_of
from media.probe import probe_duration
from media.span import Span

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer
    from av.packet import Packet

SAMPLE_RATE = 48_000
_WINDOW_S = 5
_PRE_ROLL_S = 1  # beyond every codec's overlap, bit reservoir and resampler
_POST_ROLL_S = Fraction(1, 20)  # the later half of the resampler's filter
# Sound continues where it stopped unless its stamp says that this much is missing or too much.
_TOLERATED_S = 0.01
_JITTER_S = Fraction(12, 10_000)  # stamps of whole milliseconds, and a little
_N_FRAMES_LEARNT = 12
# Their packets are all of one length, so positions of packets lie on a lattice.
_EVEN_CODECS = frozenset({"aac", "mp3", "mp2", "opus", "ac3", "eac3"})
# Decoders whose noise goes on where it was after a flush: each window gets a new one.
_FORGETFUL = frozenset({"aac", "ac3", "eac3"})
_SCALES = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}


def read_sound(path: Path | str, span: Span | None = None, *, channels: int = 2, stream: int = 0) -> np.ndarray:
    """Decode the sound of a span (all by default).

    Args:
        channels: 1 or 2; mono is copied to both sides, two sides are averaged to mono, more are mixed down as ITU-R BS.775.
        stream: which of the file's sounds, from 0.
    Returns:
        float32 (n, channels) at 48 kHz, n = round(end * 48000) - round(start * 48000);
        zeros where the file has no sound.
    Raises:
        UserError: the file is missing or cannot be read.
    """
    with SoundReader(path, channels=channels, stream=stream) as sound:
        return sound.read(span)


def sound_blocks(
    path: Path | str, span: Span | None = None, *, block: int = SAMPLE_RATE, channels: int = 2, stream: int = 0
) -> Iterator[np.ndarray]:
    """The same sound as `read_sound` in blocks of `block` samples (the last one may be shorter)."""
    with SoundReader(path, channels=channels, stream=stream) as sound:
        yield from sound.blocks(span, block=block)


class SoundReader:
    """A file held open, for many spans: `with SoundReader(path) as sound: sound.read(span)`."""

    def __init__(self, path: Path | str, *, channels: int = 2, stream: int = 0) -> None:
        if channels not in (1, 2):
            raise ValueError(f"channels must be 1 or 2, got {channels}")
        self.path, self.channels = Path(path), channels
        self._file = OpenStream(self.path, lambda container: _find_sound(container, stream))

    def __enter__(self) -> SoundReader:
        self._file.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.__exit__(*raised)

    @cached_property
    def duration(self) -> Fraction:
        """Length of the file in media time, seconds."""
        return probe_duration(self.path)

    def read(self, span: Span | None = None) -> np.ndarray:
        """The sound of a span as float32 (n, channels)."""
        pieces = list(self._pieces(span))
        return np.concatenate(pieces) if pieces else np.zeros((0, self.channels), np.float32)

    def blocks(self, span: Span | None = None, *, block: int = SAMPLE_RATE) -> Iterator[np.ndarray]:
        """The sound of a span in blocks of `block` samples, the last one shorter."""
        kept: list[np.ndarray] = []
        n_kept = 0
        for piece in self._pieces(span):
            kept.append(piece)
            n_kept += len(piece)
            while n_kept >= block:
                joined = np.concatenate(kept)
                yield joined[:block]
                kept, n_kept = [joined[block:]], n_kept - block
        if n_kept:
            yield np.concatenate(kept)

    @cached_property
    def _origin(self) -> _Origin | None:
        """Where the sound begins and how its packets lie; None where there is none."""
        if self._file.stream is None:
            return None
        self._file.rewind()
        frames = list(islice(self._decode(self._file.packets(), None), _N_FRAMES_LEARNT))
        return _learn_origin(self._file.stream, [frame for frame in frames if frame is not None], start_of(self._file.container))

    def _pieces(self, span: Span | None) -> Iterator[np.ndarray]:
        """Consecutive parts of a span's sound, at most a window each."""
        span = span or Span(Fraction(0), self.duration)
        at, end = round(span.start * SAMPLE_RATE), round(span.end * SAMPLE_RATE)
        base = self._origin.first_sample if self._origin else end
        if at < min(base, end):
            yield from _silence(min(base, end) - at, self.channels)
            at = min(base, end)
        length = _WINDOW_S * SAMPLE_RATE
        while at < end:
            number, offset = divmod(at - base, length)
            n = min(end - at, length - offset)
            yield self._window(number, offset + n)[offset : offset + n]
            at += n

    def _window(self, number: int, n: int) -> np.ndarray:
        """The first `n` samples of window `number` at 48 kHz, (n, channels)."""
        origin = self._origin
        assert origin is not None
        rate = origin.rate
        first = number * _WINDOW_S * rate
        pre = min(first, _PRE_ROLL_S * rate)
        n_source = ceil(Fraction(n * rate, SAMPLE_RATE))
        planes = self._decode_stretch(first - pre, first + n_source + (ceil(_POST_ROLL_S * rate) if rate != SAMPLE_RATE else 0))
        skip = pre * SAMPLE_RATE // rate if pre == _PRE_ROLL_S * rate else 0
        return _conform(planes, origin, self.channels)[skip : skip + n]

    def _decode_stretch(self, first: int, end: int) -> np.ndarray:
        """Samples first <= n < end of the stream as it is, (channels, end - first) float32, zeros where there are none."""
        origin = self._origin
        assert origin is not None
        planes = np.zeros((origin.channels, end - first), np.float32)
        for position, samples in self._enter(first, origin):
            low, high = max(position, first), min(position + samples.shape[1], end)
            if low < high:
                planes[:, low - first : high - first] = samples[:, low - position : high - position]
            if position + samples.shape[1] >= end:
                break
        return planes

    def _enter(self, sample: int, origin: _Origin) -> Iterator[tuple[int, np.ndarray]]:
        """Decode from the packet that holds `sample`, where the pre-roll begins; from earlier where a seek misses that."""
        tick = floor((origin.first_time + Fraction(sample, origin.rate)) / origin.tick)
        back = 0
        while True:
            at_start = self._file.seek(tick - back if sample else self._file.first_stamp)
            packets = self._file.packets()
            landed = next(packets, None)
            if at_start or (landed is not None and landed.pts is not None and landed.pts <= tick):
                break
            back = back * 4 or ceil(1 / origin.tick)
        if landed is not None:
            yield from _place(self._decode(chain([landed], packets), tick if sample else None), origin)

    def _decode(self, packets: Iterable[Packet], tick: int | None) -> Iterator[AudioFrame | None]:
        """Frames from the packet that covers stamp `tick` on (None: from the very start), None for something that could not be decoded.

        Where a seek lands depends on what was read before; that decoding begins at `tick` does not.
        """
        import av

        context = self._file.stream.codec_context if tick is None else _feeder(self._file.stream)
        for packet in packets:
            if tick is not None and (packet.pts is None or packet.pts + (packet.duration or 0) <= tick):
                continue
            try:
                yield from context.decode(packet)
            except av.error.InvalidDataError:
                yield None
        with suppress(av.error.EOFError, av.error.InvalidDataError):
            yield from context.decode(None)


def _find_sound(container: InputContainer, number: int) -> Any:
    usable = [stream for stream in container.streams.audio if stream.codec_context]
    return usable[number] if number < len(usable) else None


@dataclass(frozen=True)
class _Origin:
    """How the samples of a stream are counted.

    Args:
        first_time: stamp of the first sample that is heard, seconds of the container.
        first_sample: where that lies in media time, samples of 48 kHz.
        lead: samples of the first frame; those after it lie at lead + n * pitch.
        pitch: 0 where frames lie anywhere.
        slack: how far, in samples, a stamp may lie from the place that it means.
    """

    rate: int
    channels: int
    layout: str
    first_time: Fraction
    first_sample: int
    lead: int
    pitch: int
    slack: int
    tick: Fraction

    @cached_property
    def samples_a_tick(self) -> float:
        """Samples in one unit of the stamps."""
        return float(self.tick * self.rate)

    @cached_property
    def first_position(self) -> float:
        """The first sample's place, counted from stamp 0."""
        return float(self.first_time * self.rate)

    def strays(self, frame: AudioFrame, at: int) -> bool:
        """Whether the frame's stamp means another place than sample `at`; in floats, as it is asked for each frame."""
        if frame.pts is None:
            return False
        return abs(frame.pts * self.samples_a_tick - self.first_position - at) > _TOLERATED_S * self.rate

    def position(self, frame: AudioFrame, *, otherwise: int) -> int:
        """Number of the frame's first sample by its stamp alone."""
        if frame.pts is None:
            return otherwise
        told = (frame.pts * self.tick - self.first_time) * self.rate
        if self.pitch:
            places = (0, self.lead + max(0, round((told - self.lead) / self.pitch)) * self.pitch)
            nearest = min(places, key=lambda place: abs(place - told))
            if abs(nearest - told) <= self.slack:
                return nearest
        return round(told)


def _learn_origin(stream: Any, frames: list[AudioFrame], start: Fraction) -> _Origin | None:
    if not frames:
        return None
    first = frames[0]
    rate = first.sample_rate
    tick: Fraction = stream.time_base
    first_time = (first.pts or 0) * tick
    heard = first_time - start
    if tick * rate > 1 and abs(heard) <= tick:
        heard = Fraction(0)  # rounded stamps of sound that begins with the film
    is_even = tick * rate > 1 or stream.codec_context.codec.canonical_name in _EVEN_CODECS
    pitch = gcd(*(frame.samples for frame in frames[1:-1])) if is_even and len(frames) > 2 else 0
    slack = ceil(max(tick, _JITTER_S) * rate)
    return _Origin(
        rate=rate,
        channels=first.layout.nb_channels,
        layout=first.layout.name,
        first_time=first_time,
        first_sample=round(heard * SAMPLE_RATE),
        lead=first.samples,
        pitch=pitch,
        slack=min(slack, pitch // 2),
        tick=tick,
    )


def _feeder(stream: Any) -> Any:
    """A decoder that remembers nothing."""
    import av

    context = stream.codec_context
    if context.codec.canonical_name not in _FORGETFUL:
        return context
    fresh = av.CodecContext.create(context.codec.name, "r")
    if context.extradata:
        fresh.extradata = context.extradata
    return fresh


def _place(frames: Iterator[AudioFrame | None], origin: _Origin) -> Iterator[tuple[int, np.ndarray]]:
    """Each frame's samples with the number of the first: by its stamp at first and after a fault, else where the last one ended."""
    at: int | None = None
    for frame in frames:
        if frame is None:
            at = None
            continue
        if at is None or origin.strays(frame, at):
            at = origin.position(frame, otherwise=at or 0)
        samples = _as_float(frame, origin.channels)
        yield at, samples
        at += samples.shape[1]


def _as_float(frame: AudioFrame, n_channels: int) -> np.ndarray:
    """Samples as float32 (channels, n), full scale at 1."""
    kind = frame.format.name.removesuffix("p")
    samples: np.ndarray = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if kind in _SCALES:
        offset = 128 if kind == "u8" else 0
        wide = np.float64 if kind in ("s32", "s64") else np.float32
        samples = np.multiply(samples.astype(wide) - offset, 1 / _SCALES[kind])
    samples = samples.astype(np.float32, copy=False)
    if len(samples) != n_channels:  # the stream changed its mind
        samples = np.repeat(samples.mean(axis=0, keepdims=True), n_channels, axis=0)
    return samples


def _conform(planes: np.ndarray, origin: _Origin, channels: int) -> np.ndarray:
    """(source channels, n) at the source's rate to (n, channels) at 48 kHz."""
    if origin.channels == 2 and channels == 1:
        planes = planes.mean(axis=0, keepdims=True, dtype=np.float32)
    layout = {1: "mono", 2: "stereo"}.get(len(planes), origin.layout)
    if origin.rate != SAMPLE_RATE or len(planes) > 2:
        planes = _resample(planes, origin.rate, layout, {1: "mono", 2: "stereo"}[channels if len(planes) > 2 else len(planes)])
    if len(planes) < channels:
        planes = np.repeat(planes, channels, axis=0)
    return np.ascontiguousarray(planes.T)


def _resample(planes: np.ndarray, rate: int, layout: str, out_layout: str) -> np.ndarray:
    from av import AudioFrame, AudioResampler

    frame = AudioFrame.from_ndarray(np.ascontiguousarray(planes), format="fltp", layout=layout)
    frame.sample_rate = rate
    resampler = AudioResampler(format="fltp", layout=out_layout, rate=SAMPLE_RATE)
    return np.concatenate([out.to_ndarray() for out in (*resampler.resample(frame), *resampler.resample(None))], axis=1)


def _silence(n: int, channels: int) -> Iterator[np.ndarray]:
    """`n` samples of nothing, a window at a time."""
    for at in range(0, n, _WINDOW_S * SAMPLE_RATE):
        yield np.zeros((min(n - at, _WINDOW_S * SAMPLE_RATE), channels), np.float32)
