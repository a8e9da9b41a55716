"""A film in, the cues of a subtitle stream inside it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from media.errors import UserError, from_os_error
from supercut.captions.ass import ass_to_plain
from supercut.captions.find import same_language
from supercut.captions.markup import plain_text, split_speaker
from supercut.captions.stamps import make_span, seconds_to_us
from supercut.transcript import Cue

if TYPE_CHECKING:
    from av.packet import Packet
    from av.subtitles.stream import SubtitleStream

TEXT_CODECS = frozenset({"ass", "mov_text", "srt", "ssa", "subrip", "text", "webvtt"})
_ASS_FIELDS = 9  # ReadOrder, Layer, Style, Name, three margins, Effect, Text


def read_subtitle_stream(film: Path, *, language: str | None = None) -> tuple[Cue, ...] | None:
    """Cues of the subtitle stream of a film, in order of time; None where it has none (in that language).

    Of several, the one marked as default counts, or the first; one marked as forced only if it is alone.

    Raises:
        UserError: the film cannot be read, or its subtitles are pictures.
    """
    import av

    try:
        with av.open(str(film), metadata_errors="replace") as container:
            stream = _choose(container.streams.subtitles, film, language)
            if stream is None:
                return None
            for other in container.streams:
                other.discard = av.stream.Discard.default if other is stream else av.stream.Discard.all
            cues = [cue for packet in container.demux(stream) for cue in _packet_cues(packet, stream, film)]
    except av.error.FFmpegError as error:
        if isinstance(error, OSError) and error.errno and not isinstance(error, av.error.InvalidDataError):
            raise from_os_error(film, error) from error
        raise UserError(film, f"this film cannot be read ({error.strerror})", "Check that it is a film and is whole.") from error
    return tuple(sorted((cue for cue in cues if cue.text and cue.span.duration), key=lambda cue: cue.span.start))


def _choose(streams: Iterable[SubtitleStream], film: Path, language: str | None) -> SubtitleStream | None:
    fitting = [stream for stream in streams if language is None or same_language(stream.language or "und", language)]
    text = [stream for stream in fitting if stream.name in TEXT_CODECS]
    if fitting and not text:
        names = ", ".join(stream.name or "unknown" for stream in fitting)
        raise UserError(film, f"its subtitles are pictures, not text ({names})", f"Make captions with: supercut transcribe {film}")
    return min(text, key=_rank, default=None)


def _rank(stream: SubtitleStream) -> tuple[bool, bool, int]:
    marks = stream.disposition
    return bool(marks & marks.forced), not marks & marks.default, stream.index


def _packet_cues(packet: Packet, stream: SubtitleStream, film: Path) -> Iterator[Cue]:
    """Cues of a packet; whatever its codec, the decoder gives the fields of an ASS event."""
    shown = stream.decode2(packet) if packet.size and packet.pts is not None else None
    if shown is None:
        return
    start = (packet.pts or 0) * packet.time_base
    length = packet.duration * packet.time_base if packet.duration else Fraction(shown.end_display_time, 1000)
    start_us, end_us = (max(0, seconds_to_us(time)) for time in (start, start + length))
    for event in shown:
        fields = getattr(event, "ass", b"").decode("utf-8", errors="replace").split(",", _ASS_FIELDS - 1)
        if len(fields) == _ASS_FIELDS:
            named, spoken = split_speaker(ass_to_plain(fields[-1]))
            yield Cue(spoken, make_span(start_us, end_us, film), speaker=plain_text(fields[3]) or named)
