"""An edit list in, a finished film out: coded pictures copied where that is possible, the rest encoded on every core.

H.264 films are put together from parts (supercut.render.parts) that threads make in the order of the sources
and one muxer joins in the order of the film; other codecs are encoded in one pass.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from media.codecs import Quality, container_for, parse_quality, video_codec_for
from media.color import Color
from media.conform import PlacedClip, conform, sequence_rate, timing_of
from media.container import reaches
from media.edits import EditList
from media.errors import UserError
from media.files import atomic_path
from media.keep import KeepOpen
from media.probe import MediaFile, probe
from media.progress import OnProgress, Progress, ignore_progress
from media.sound import SAMPLE_RATE, SoundReader
from media.span import Span
from media.timecode import clock_text
from media.write import FilmWriter
from supercut.render import h264
from supercut.render.copying import CopyMismatch, Target, can_copy, copied_packets, copyable_span, header_of
from supercut.render.encode import DEFAULT_PRESET, EDGE_OPTIONS, EDGE_QUALITY, X264, CodedPicture, Look, PictureSource, encode_part
from supercut.render.mux import Muxer, SplicedHeader
from supercut.render.parts import CopyPart, EncodePart, Part, in_source_order, split_into_parts
from supercut.render.settings import RenderSettings
from supercut.render.sound import mix_sound
from supercut.render.source import Packets
from supercut.render.spool import Spool, Ticket

_SPARE_S = Fraction(1, 4)
"""By so much may a clip outlast its source: lengths in headers are rounded."""

_REORDER_FRAMES = 4
"""How early pictures may be sent before they are shown; encoders use 1 or 2, and too much costs nothing."""


@dataclass(frozen=True)
class Reel:
    """Everything that rendering needs to know, settled before the first frame.

    Args:
        placed: the clips on the frame grid.
        media: what is known of every source.
    """

    placed: tuple[PlacedClip, ...]
    media: Mapping[Path, MediaFile]
    look: Look
    quality: Quality | None
    preset: str | None

    @property
    def n_frames(self) -> int:
        """Length of the result in frames."""
        return self.placed[-1].record_end

    @property
    def has_sound(self) -> bool:
        """Whether any source sounds."""
        return any(media.sounds for media in self.media.values())


def render(edits: EditList, output: Path, settings: RenderSettings, *, on_progress: OnProgress = ignore_progress) -> None:
    """Render an edit list into `output`, whole or not at all; the suffix tells the container.

    Raises:
        UserError: a source cannot be read, the output cannot be written, or the settings contradict it.
    """
    container = container_for(output)
    reel = prepare(edits, settings, audio_only=container.audio_only)
    if container.audio_only:
        _render_sound(reel, output, on_progress)
    elif video_codec_for(output, settings.codec) == "h264":
        with atomic_path(output) as part:
            _render_h264(reel, part, may_copy=settings.may_copy, on_progress=on_progress)
    else:
        _render_plainly(reel, output, settings, on_progress)


def prepare(edits: EditList, settings: RenderSettings, *, audio_only: bool = False) -> Reel:
    """Probe every source and settle size, rate and the frames of every clip.

    Raises:
        UserError: a source cannot be read, or none has a picture though one is needed.
    """
    media = {source: probe(source) for source in edits.sources}
    video = next((one.video for one in media.values() if one.video), None)
    if video is None and not audio_only:
        raise UserError(edits.sources[0], "there is no picture in it", "Name a sound file as output: -o supercut.mp3")
    _check_clips(edits, media)
    if settings.rate:
        edits = EditList(edits.clips, settings.rate, edits.size)
    timings = {path: timing_of(one) for path, one in media.items()}
    rate = sequence_rate(edits, timings, default=Fraction(SAMPLE_RATE) if video is None else Fraction(25))
    size = settings.size or edits.size or (video.display_size if video else (2, 2))
    return Reel(
        placed=conform(edits, timings, rate=rate),
        media=media,
        look=Look(size, rate, settings.fit, settings.burn, replace(video.color, range="limited") if video else Color()),
        quality=parse_quality(settings.quality) if settings.quality else None,
        preset=settings.preset,
    )


def _check_clips(edits: EditList, media: Mapping[Path, MediaFile]) -> None:
    """Refuse what a source cannot give.

    Raises:
        UserError: a clip lies beyond its source's end, or the file is cut off before a clip.
    """
    ends: dict[Path, Fraction] = {}
    for n, clip in enumerate(edits.clips, 1):
        length = media[clip.source].duration
        if clip.span.start >= length or clip.span.end > length + _SPARE_S:
            told = f"clip {n} ({clock_text(clip.span.start)} to {clock_text(clip.span.end)}) lies beyond its end at {clock_text(length)}"
            raise UserError(clip.source, told, "Mend its times.")
        ends[clip.source] = max(ends.get(clip.source, Fraction(0)), clip.span.end)
    for source, end in ends.items():
        if not reaches(source, min(end, media[source].duration)):
            raise UserError(source, f"the file is cut off: it holds nothing at {clock_text(end)}", "Copy or record it again.")


def _sound_blocks(reel: Reel, readers: KeepOpen[SoundReader]) -> Iterator[np.ndarray]:
    return mix_sound(reel.placed, rate=reel.look.rate, read=lambda path, span: readers[path].read(span))


def _render_sound(reel: Reel, output: Path, on_progress: OnProgress) -> None:
    total = float(reel.n_frames / reel.look.rate)
    done = 0
    with KeepOpen(SoundReader) as readers, FilmWriter(output, sound=True) as writer:
        for block in _sound_blocks(reel, readers):
            writer.write_sound(block)
            done += len(block)
            on_progress(Progress("cutting", done / SAMPLE_RATE, total))


def _render_plainly(reel: Reel, output: Path, settings: RenderSettings, on_progress: OnProgress) -> None:
    """Encode every frame in one pass, by whichever codec."""
    parts = [one for one in split_into_parts(reel.placed, rate=reel.look.rate, find_copy=_no_copy) if isinstance(one, EncodePart)]
    look, has_sound = reel.look, reel.has_sound and container_for(output).sound is not None
    done = 0
    with ExitStack() as stack:
        readers = stack.enter_context(KeepOpen(SoundReader))
        pictures = stack.enter_context(PictureSource(reel.media, reel.look))
        writer = stack.enter_context(
            FilmWriter(output, size=look.size, rate=look.rate, codec=settings.codec, quality=reel.quality, preset=reel.preset or DEFAULT_PRESET,
                       color=look.color, sound=has_sound)
        )
        sound = _sound_blocks(reel, readers) if has_sound else iter(())
        heard = Fraction(0)
        for one in parts:
            for picture in pictures.pictures(one):
                writer.write_frame(picture)
                done += 1
                while heard <= done / reel.look.rate and (block := next(sound, None)) is not None:
                    writer.write_sound(block)
                    heard += Fraction(len(block), SAMPLE_RATE)
            on_progress(Progress("cutting", done, reel.n_frames))
        for block in sound:
            writer.write_sound(block)


def _no_copy(_path: Path, _span: Span) -> None:
    return None


def _render_h264(reel: Reel, part: Path, *, may_copy: bool, on_progress: OnProgress) -> None:
    headers = copyable_headers(reel) if may_copy else {}
    if headers:
        try:
            return _splice(reel, part, _encoder(reel, for_edges=True), headers, on_progress)
        except CopyMismatch:
            pass
    return _splice(reel, part, _encoder(reel, for_edges=False), {}, on_progress)


def _encoder(reel: Reel, *, for_edges: bool) -> X264:
    """The encoder of all new pictures: for edges a quick one, unless a preset was asked for."""
    if for_edges and reel.preset is None:
        return X264(reel.look, EDGE_QUALITY, DEFAULT_PRESET, EDGE_OPTIONS)
    return X264(reel.look, reel.quality, reel.preset or DEFAULT_PRESET)


def copyable_headers(reel: Reel) -> dict[Path, bytes]:
    """The sources whose pictures may be copied side by side, with their one header: that of most of the result."""
    target = Target(reel.look.size, reel.look.rate, reel.look.color)
    headers: dict[Path, bytes] = {}
    weights: Counter[bytes] = Counter()
    for path, media in reel.media.items():
        if can_copy(media, target):
            with Packets(media) as source:
                header = header_of(source)
            if header:
                headers[path] = header
    for placed in reel.placed:
        if placed.clip.source in headers:
            weights[headers[placed.clip.source]] += placed.n_frames
    chosen = weights.most_common(1)[0][0] if weights else b""
    return {path: header for path, header in headers.items() if header == chosen}


def _splice(reel: Reel, part: Path, encoder: X264, headers: Mapping[Path, bytes], on_progress: OnProgress) -> None:
    """Join copied and encoded parts; encode while joining."""
    parts = plan_parts(reel, headers)
    copied = next((one.source for one in parts if isinstance(one, CopyPart)), None)
    header = None
    if copied is not None:
        encoder = replace(encoder, parameter_id=h264.free_parameter_id(h264.parameter_sets(headers[copied])))
        header = _spliced_header(copied, headers[copied], encoder)
    with ExitStack() as stack:
        spool = stack.enter_context(Spool(part.parent))
        tickets = stack.enter_context(_encoding(reel, parts, encoder, spool))
        readers = stack.enter_context(KeepOpen(SoundReader))
        muxer = stack.enter_context(Muxer(part, encoder=encoder, header=header, sound=reel.has_sound, reorder=_REORDER_FRAMES))
        films = stack.enter_context(KeepOpen(lambda path: Packets(reel.media[path])))
        sound = _sound_blocks(reel, readers) if reel.has_sound else iter(())
        heard = Fraction(0)
        for one in parts:
            pictures = _copied(films[one.source], one) if isinstance(one, CopyPart) else spool.get(tickets[one].result())
            for frame in muxer.add_pictures(pictures):
                while heard <= (frame + 1) / reel.look.rate and (block := next(sound, None)) is not None:
                    heard = muxer.add_sound(block)
                on_progress(Progress("cutting", frame + 1, reel.n_frames))
        for block in sound:
            muxer.add_sound(block)


def plan_parts(reel: Reel, headers: Mapping[Path, bytes]) -> list[Part]:
    """Split the film into parts, looking for pictures to copy in the sources that have a header here."""
    with KeepOpen(lambda path: Packets(reel.media[path])) as sources:

        def find_copy(path: Path, span: Span) -> Span | None:
            return copyable_span(sources[path], span) if path in headers else None

        return split_into_parts(reel.placed, rate=reel.look.rate, find_copy=find_copy)


def n_cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _spliced_header(source: Path, extradata: bytes, encoder: X264) -> SplicedHeader:
    context = encoder.open()
    context.open()
    own = h264.parameter_sets(context.extradata or b"")
    return SplicedHeader(source, h264.build_avcc(h264.parameter_sets(extradata), own))


def _copied(source: Packets, part: CopyPart) -> Iterator[CodedPicture]:
    latest = 0
    for number, is_key, units in copied_packets(source, part.span):
        latest = max(latest, number)
        yield CodedPicture(part.record_start + number, is_key, units, is_framed=True)
    if latest < part.n_frames - 1:
        raise UserError(part.source, "the file is cut off: pictures that its index lists are missing", "Copy or record it again.")


class _Work:
    """Counts who is at work, so that nothing is closed under their hands.

    The pool alone does not know: a thread that an interrupt met while it was starting is not on its list.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._n_busy = 0
        self._is_over = False

    @contextmanager
    def begun(self) -> Iterator[bool]:
        """Work begins; False where it is over and none is wanted."""
        with self._changed:
            is_wanted = not self._is_over
            self._n_busy += 1
        try:
            yield is_wanted
        finally:
            with self._changed:
                self._n_busy -= 1
                self._changed.notify_all()

    def end(self) -> None:
        """Let none begin any more, and wait for those at work."""
        with self._changed:
            self._is_over = True
            self._changed.wait_for(lambda: self._n_busy == 0)


@contextmanager
def _encoding(reel: Reel, parts: Sequence[Part], encoder: X264, spool: Spool) -> Iterator[dict[Part, Future[Ticket]]]:
    """Encode all parts that need it on every core; what is not done when the block ends is dropped."""
    stop, work = threading.Event(), _Work()
    own = threading.local()
    opened: list[PictureSource] = []

    def encode_group(group: list[EncodePart], futures: list[Future[Ticket]]) -> None:
        with work.begun() as is_wanted:
            if is_wanted:
                encode_wanted(group, futures)

    def encode_wanted(group: list[EncodePart], futures: list[Future[Ticket]]) -> None:
        if not hasattr(own, "sources"):
            own.sources = PictureSource(reel.media, reel.look)
            opened.append(own.sources)
        for part, future in zip(group, futures, strict=True):
            try:
                future.set_result(spool.put(encode_part(part, own.sources, encoder, stop)))
            except BaseException as error:  # it is raised again where the part is waited for
                future.set_exception(error)

    tickets: dict[Part, Future[Ticket]] = {}
    with ThreadPoolExecutor(max_workers=n_cores(), thread_name_prefix="encode") as pool:
        try:
            for group in in_source_order([part for part in parts if isinstance(part, EncodePart)]):
                futures: list[Future[Ticket]] = [Future() for _ in group]
                tickets.update(zip(group, futures, strict=True))
                pool.submit(encode_group, group, futures)
            yield tickets
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
            work.end()
            for sources in opened:
                sources.__exit__(None, None, None)
