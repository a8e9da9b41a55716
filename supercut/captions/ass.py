"""The text of an ASS or SSA file in, its cues out."""

from __future__ import annotations

import re
from pathlib import Path

from media.errors import UserError
from supercut.captions.markup import plain_text, split_speaker
from supercut.captions.stamps import make_span, stamp_to_us
from supercut.transcript import Cue

_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_OVERRIDE = re.compile(r"(\{[^{}]*\})")
_DRAWING = re.compile(r"\\p(\d+)")
_BREAKS = re.compile(r"\\[Nnh]")


def read_ass(text: str, path: Path) -> list[Cue]:
    """Cues of the dialogue lines of an ASS or SSA file, in the order of fields that its events state.

    Raises:
        UserError: a dialogue line that cannot be read; names the line.
    """
    fields: tuple[str, ...] = _FIELDS
    section = ""
    cues = []
    for n, line in enumerate(text.split("\n"), 1):
        key, colon, rest = line.strip().partition(":")
        if line.lstrip().startswith("["):
            section = line.strip().lower()
        elif colon and key.lower() == "format" and section in ("[events]", ""):
            fields = tuple(name.strip().lower() for name in rest.split(","))
        elif colon and key.lower() == "dialogue":
            cues.append(_read_dialogue(rest, fields, n, path))
    return cues


def ass_to_plain(text: str) -> str:
    """The spoken part of the text of an event: without overrides, line breaks and vector drawings."""
    if "{" in text:
        spoken = []
        drawing = False
        for piece in _OVERRIDE.split(text):
            if piece.startswith("{") and piece.endswith("}"):
                scales = _DRAWING.findall(piece)
                drawing = bool(scales[-1].strip("0")) if scales else drawing
            elif not drawing:
                spoken.append(piece)
        text = "".join(spoken)
    return plain_text(_BREAKS.sub(" ", text))


def _read_dialogue(rest: str, fields: tuple[str, ...], line: int, path: Path) -> Cue:
    where = f"{path}:{line}"
    values = dict(zip(fields, rest.split(",", len(fields) - 1), strict=False))
    times = [stamp_to_us(values.get(name, "")) for name in ("start", "end")]
    if times[0] is None or times[1] is None or "text" not in values:
        raise UserError(where, f"this dialogue line cannot be read, got {rest.strip()[:60]!r}", f"It must hold: {', '.join(fields)}.")
    span = make_span(times[0], times[1], where)
    speaker = plain_text(values.get("name", values.get("actor", "")))
    named, spoken = split_speaker(ass_to_plain(values["text"]))
    return Cue(spoken, span, speaker=speaker or named, line=line)
