"""A caption file in, its cues in order of time out: the one table of the formats that are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from media.errors import UserError, did_you_mean
from supercut.captions.ass import read_ass
from supercut.captions.blocks import read_srt
from supercut.captions.encoding import read_caption_text
from supercut.captions.recognised import looks_like_transcript, read_json
from supercut.captions.sphinx import read_sphinx
from supercut.captions.ttml import read_ttml
from supercut.captions.webvtt import read_webvtt
from supercut.transcript import Cue


@dataclass(frozen=True)
class Reader:
    """How one format is told and read.

    To add a format: write `read_it(text, path)` in a module of its own, which gives the cues as the file has
    them (any order) or raises `UserError(f"{path}:{line}", ...)`, never anything else, whatever the text; and
    give it a line in `READERS`. Discovery, error texts and the fuzz tests then know it.

    Args:
        suffixes: endings of its files, lower case, the first the usual one; those longer than one part
            (`.transcription.txt`) come before shorter ones.
        begins: what the text of every such file begins with, so that a misnamed one is read right; None
            where nothing is sure.
        looks_right: whether the first bytes of a file are those of captions, for endings that other files
            beside a film have too; None where the ending says enough.
        has_words: what the first bytes of a file hold if its words have times of their own.
    """

    suffixes: tuple[str, ...]
    read: Callable[[str, Path], list[Cue]]
    begins: re.Pattern[str] | None = None
    looks_right: Callable[[bytes], bool] | None = None
    has_words: re.Pattern[bytes] | None = None


READERS: dict[str, Reader] = {
    "json": Reader(
        (".json", ".jsonl"),
        read_json,
        begins=re.compile(r'\s*(?:\{\s*"|\[\s*[{\]])'),
        looks_right=looks_like_transcript,
        has_words=re.compile(rb'"(?:words|result|word_segments)"\s*:'),
    ),
    "vtt": Reader((".vtt", ".webvtt"), read_webvtt, begins=re.compile(r"\s*WEBVTT\b"), has_words=re.compile(rb"<\d[\d:]*:\d\d[.,]\d")),
    "ass": Reader((".ass", ".ssa"), read_ass, begins=re.compile(r"\s*\[script info\]", re.IGNORECASE)),
    "ttml": Reader(
        (".ttml", ".dfxp", ".xml"),
        read_ttml,
        begins=re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:\w+:)?tt\b"),
        looks_right=lambda head: re.search(rb"<(?:\w+:)?tt\b", head.replace(b"\0", b"")) is not None,
    ),
    "srt": Reader((".srt",), read_srt),
    "transcript": Reader((".transcript", ".transcription.txt"), read_sphinx),
}


def caption_suffixes() -> tuple[str, ...]:
    """Every ending that is a caption file's."""
    return tuple(suffix for reader in READERS.values() for suffix in reader.suffixes)


def caption_suffix(path: Path) -> str:
    """The ending of a caption file's name, as `READERS` has it; "" where it is none."""
    name = path.name.lower()
    return next((suffix for suffix in caption_suffixes() if name.endswith(suffix)), "")


def format_of(path: Path) -> str:
    """The key of `READERS` whose ending a file's name has; "" where it has none."""
    suffix = caption_suffix(path)
    return next((name for name, reader in READERS.items() if suffix in reader.suffixes), "")


def read_captions(path: Path) -> tuple[Cue, ...]:
    """Cues of a caption file in order of time (those that start together as the file has them).

    Cues of no length and cues without text are left out: there is nothing to show or find in them.

    Raises:
        UserError: the file cannot be read, its format is not known, or something in it makes no sense.
    """
    text = read_caption_text(path)
    cues = _reader_of(text, path).read(text, path)
    return tuple(sorted((cue for cue in cues if cue.text and cue.span.duration), key=lambda cue: cue.span.start))


def _reader_of(text: str, path: Path) -> Reader:
    """The reader that the text asks for by its beginning, else the one that the name asks for."""
    for reader in READERS.values():
        if reader.begins and reader.begins.match(text):
            return reader
    if name := format_of(path):
        return READERS[name]
    known = [suffix.removeprefix(".") for suffix in caption_suffixes()]
    raise UserError(path, "this is no kind of captions that is known", did_you_mean(path.suffix.lower().removeprefix("."), known))
