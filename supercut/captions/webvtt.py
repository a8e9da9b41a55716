"""The text of a WebVTT file in, its cues out, with the word times that YouTube writes inside the lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from media.errors import UserError
from supercut.captions.blocks import Block, block_to_cue, vtt_blocks
from supercut.captions.markup import plain_text
from supercut.captions.spread import spread_words
from supercut.captions.stamps import STAMP, make_span, seconds_to_us, stamp_to_us
from supercut.transcript import Cue, Word

WORD_STAMP = re.compile(rf"<({STAMP})>")
_HOLD_US = 10_000


def read_webvtt(text: str, path: Path) -> list[Cue]:
    """Cues of a WebVTT file; words with times where it has stamps inside its lines.

    Raises:
        UserError: a timing line or word stamp that cannot be read; names the line.
    """
    blocks = vtt_blocks(text, path)
    if WORD_STAMP.search(text):
        return _until_the_next(list(_rolling_cues(blocks, path)))
    return [block_to_cue(block, path) for block in blocks]


def _rolling_cues(blocks: list[Block], path: Path) -> Iterator[Cue]:
    """What each block brings that is new.

    YouTube's captions roll: a block shows the line before as plain text above the new one, whose words are
    stamped; in between stand blocks of 10 ms that hold the old line. A line of a single word has no stamp.
    """
    shown = ""
    for block in blocks:
        where = f"{path}:{block.line}"
        span = make_span(block.start_us, block.end_us, where)
        if block.end_us - block.start_us <= _HOLD_US:
            continue
        words = tuple(_stamped_words(block, where))
        if not words:
            new = " ".join(filter(None, (plain_text(line) for line in block.body if plain_text(line) != shown)))
            words = (Word(new, span),) if new and " " not in new else ()
        else:
            new = " ".join(word.text for word in words)
            span = make_span(block.start_us, max(block.end_us, seconds_to_us(words[-1].span.end)), where)
        if new and new != shown:
            shown = new
            yield Cue(new, span, words, line=block.line)


def _stamped_words(block: Block, where: str) -> Iterator[Word]:
    """Words of the stamped lines of a block: each begins at its stamp and ends at the next, the last with the block.

    Stretches of several words between two stamps are spread by their letters.
    """
    line = " ".join(line for line in block.body if _is_new(line, block.start_us))
    pieces = WORD_STAMP.split(line)
    times = [block.start_us]
    for stamp in pieces[1::2]:
        at = stamp_to_us(stamp)
        if at is None or at < times[-1]:
            raise UserError(where, f"the word stamp <{stamp}> does not follow the time before it", "Mend the stamp.")
        times.append(at)
    times.append(max(times[-1], block.end_us))
    for n, piece in enumerate(pieces[::2]):
        spoken = plain_text(piece).strip(">").strip()
        span = make_span(times[n], times[n + 1], where)
        if " " in spoken:
            yield from spread_words(spoken.split(), span)
        elif spoken:
            yield Word(spoken, span)


def _is_new(line: str, start_us: int) -> bool:
    """Whether a line has word stamps, and not only such as lie before its block: those repeat an old line."""
    stamps = WORD_STAMP.findall(line)
    return bool(stamps) and (stamp_to_us(stamps[-1]) or 0) >= start_us


def _until_the_next(cues: list[Cue]) -> list[Cue]:
    """Cues whose last word ends where the next cue begins, if they overlap: a rolling line stays on view."""
    cues = sorted(cues, key=lambda cue: cue.span.start)
    ended = []
    for n, cue in enumerate(cues):
        following = cues[n + 1].span.start if n + 1 < len(cues) else cue.span.end
        if cue.words and cue.words[-1].span.start < following < cue.words[-1].span.end:
            last = replace(cue.words[-1], span=replace(cue.words[-1].span, end=following))
            cue = replace(cue, words=(*cue.words[:-1], last), span=replace(cue.span, end=following))
        ended.append(cue)
    return ended
