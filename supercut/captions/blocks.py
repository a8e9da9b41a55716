"""The text of an SRT or WebVTT file in, its cues out: blocks of lines under timing lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from media.errors import UserError
from supercut.captions.markup import plain_text, split_speaker, voice_of
from supercut.captions.stamps import STAMP, make_span, stamp_to_us
from supercut.transcript import Cue

_TIMING = re.compile(rf"\s*({STAMP})\s*(?:[-–—=]{{1,3}}>|→)\s*({STAMP})(?=\s|$)")
_LONGEST_INDEX = 9


@dataclass(frozen=True)
class Block:
    """One cue as its file has it.

    Args:
        line: number of its timing line, from 1.
        body: the lines below, markup and all.
    """

    line: int
    start_us: int
    end_us: int
    body: tuple[str, ...]


def read_srt(text: str, path: Path) -> list[Cue]:
    """Cues of an SRT file.

    A line of digits above a timing line is its index if it follows a blank line or counts on from the index
    before; any other number is text. Blank lines inside a caption are skipped, not its end.

    Raises:
        UserError: a timing line that cannot be read, or none at all; names the line.
    """
    lines = text.split("\n")
    timings = list(_timing_lines(lines, path))
    if not timings:
        raise _without_timings(path)
    indexed = _index_lines(lines, [timing[0] for timing in timings])
    ends = [timing[0] - (timing[0] in indexed) for timing in timings[1:]] + [len(lines)]
    blocks = (Block(n + 1, start, end, tuple(lines[n + 1 : stop])) for (n, start, end), stop in zip(timings, ends, strict=True))
    return [block_to_cue(block, path) for block in blocks]


def vtt_blocks(text: str, path: Path) -> list[Block]:
    """Blocks of a WebVTT file; an empty line ends each, so notes, styles, regions and identifiers fall away.

    Raises:
        UserError: a timing line that cannot be read, or neither cue nor title; names the line.
    """
    lines = text.split("\n")
    timings = list(_timing_lines(lines, path))
    if not timings and not text.lstrip().startswith("WEBVTT"):
        raise _without_timings(path)
    stops = [*(timing[0] for timing in timings), len(lines)][1:]
    blocks = []
    for (n, start, end), stop in zip(timings, stops, strict=True):
        # A line of one space is no empty line: YouTube writes such.
        empty = next((at for at in range(n + 1, stop) if not lines[at]), stop)
        blocks.append(Block(n + 1, start, end, tuple(lines[n + 1 : empty])))
    return blocks


def block_to_cue(block: Block, path: Path) -> Cue:
    """The cue of a block whose words have no times of their own."""
    marked = " ".join(block.body)
    speaker = voice_of(marked)
    named, spoken = split_speaker(plain_text(marked))
    span = make_span(block.start_us, block.end_us, f"{path}:{block.line}")
    return Cue(spoken, span, speaker=speaker or named, line=block.line)


def _without_timings(path: Path) -> UserError:
    return UserError(f"{path}:1", "there is no timing line like 00:00:01,000 --> 00:00:02,000 in this file", "Name a caption file.")


def _timing_lines(lines: list[str], path: Path) -> Iterator[tuple[int, int, int]]:
    """Place (from 0), start and end in microseconds of every timing line."""
    for n, line in enumerate(lines):
        if ">" not in line and "→" not in line:
            continue
        match = _TIMING.match(line)
        start, end = (stamp_to_us(match[1]), stamp_to_us(match[2])) if match else (None, None)
        if start is not None and end is not None:
            yield n, start, end
        elif "-->" in line and line.lstrip()[:1].isdigit():
            got = line.strip()[:60]
            raise UserError(f"{path}:{n + 1}", f"this timing line cannot be read, got {got!r}", "Write 00:00:01,000 --> 00:00:02,000.")


def _index_lines(lines: list[str], timings: list[int]) -> frozenset[int]:
    """The timing lines (places from 0) that have an index above them."""
    indexed = set()
    before: int | None = None
    for n in timings:
        above = lines[n - 1].strip() if n else ""
        number = int(above) if above.isdecimal() and len(above) <= _LONGEST_INDEX else None
        if number is not None and (n < 2 or not lines[n - 2].strip() or number == (before or 0) + 1):
            indexed.add(n)
            before = number
        else:
            before = None
    return frozenset(indexed)
