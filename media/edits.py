"""The edit list: clips in order, the one value that renderer, exporters and live player share.

As a file it is JSON made for hand editing: one clip a line, seconds as plain decimals, sources relative
to the file's folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from media.errors import UserError, did_you_mean
from media.files import write_text
from media.settings import read_text
from media.span import Span
from media.timecode import exact_rate, seconds_text, to_microsecond

KIND = "edit-list"
VERSION = 1
_CLIP_KEYS = ("source", "start", "end", "text", "fade")


@dataclass(frozen=True)
class Clip:
    """A stretch of one source.

    Args:
        source: the film or sound file.
        span: media time in it, seconds from the container's start, whole microseconds.
        label: what was found there.
        fade: seconds that this clip overlaps the one before it in a cross-fade; 0 is a cut.
    """

    source: Path
    span: Span
    label: str = ""
    fade: Fraction = Fraction(0)


@dataclass(frozen=True)
class EditList:
    """Clips to be played one after the other.

    Args:
        rate: frames a second of the sequence; None takes the first source's.
        size: (width, height) of the sequence in pixels; None takes the first source's.
        settings: how it is to be rendered, by names that the renderer knows.
        made: where it comes from: program, version, search, seed, fingerprints of the sources.
    """

    clips: tuple[Clip, ...]
    rate: Fraction | None = None
    size: tuple[int, int] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def duration(self) -> Fraction:
        """Length of the result in seconds, before it is conformed to frames."""
        return sum((clip.span.duration - clip.fade for clip in self.clips), Fraction(0))

    @property
    def sources(self) -> tuple[Path, ...]:
        """Every source once, in order of first use."""
        return tuple(dict.fromkeys(clip.source for clip in self.clips))


def place_clips(clips: Iterable[Clip]) -> list[tuple[Clip, Span]]:
    """Each clip with the stretch of the result that it fills (cross-faded ones overlap)."""
    placed = []
    at = Fraction(0)
    for clip in clips:
        start = at - clip.fade
        at = start + clip.span.duration
        placed.append((clip, Span(start, at)))
    return placed


def save_edit_list(edits: EditList, path: Path) -> None:
    """Write an edit list as JSON; whole or not at all.

    Raises:
        UserError: the place cannot be written.
    """
    write_text(path, edit_list_text(edits, folder=path.parent))


def edit_list_text(edits: EditList, *, folder: Path) -> str:
    """The JSON of an edit list whose file lies in `folder`."""
    head = {"kind": KIND, "version": VERSION, "rate": str(edits.rate) if edits.rate else None, "size": edits.size}
    lines = [f'  "{key}": {json.dumps(value)},' for key, value in head.items()]
    lines += [f'  "{key}": {json.dumps(dict(value), ensure_ascii=False, default=str)},' for key, value in (("settings", edits.settings), ("made", edits.made))]
    clips = ",\n".join(f"    {_clip_text(clip, folder)}" for clip in edits.clips)
    return "\n".join(["{", *lines, '  "clips": [', clips, "  ]", "}", ""])


def _clip_text(clip: Clip, folder: Path) -> str:
    values = {
        "source": json.dumps(_relative(clip.source, folder), ensure_ascii=False),
        "start": seconds_text(clip.span.start),
        "end": seconds_text(clip.span.end),
        "text": json.dumps(clip.label, ensure_ascii=False),
    }
    if clip.fade:
        values["fade"] = seconds_text(clip.fade)
    return "{" + ", ".join(f'"{key}": {value}' for key, value in values.items()) + "}"


def _relative(source: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(source, folder)).as_posix()
    except ValueError:  # another drive
        return source.absolute().as_posix()


def load_edit_list(path: Path) -> EditList:
    """Read an edit list that `save_edit_list` or a person wrote.

    Raises:
        UserError: unreadable, no JSON, not an edit list, or a clip that makes no sense; names the line or clip.
    """
    text = read_text(path)
    try:
        table = json.loads(text, parse_float=Fraction)
    except json.JSONDecodeError as error:
        raise UserError(f"{path}:{error.lineno}", f"this is not JSON: {error.msg}", "Mend the line.") from error
    if not isinstance(table, dict) or table.get("kind") != KIND:
        raise UserError(path, "this is not an edit list", 'It must hold "kind": "edit-list".')
    if table.get("version") != VERSION:
        raise UserError(path, f"edit list version {table.get('version')!r} is not known", f"This toolkit reads version {VERSION}.")
    clips = table.get("clips")
    if not isinstance(clips, list) or not clips:
        raise UserError(path, "the edit list holds no clips", 'Add some under "clips".')
    return EditList(
        clips=tuple(_read_clip(entry, path, n) for n, entry in enumerate(clips, 1)),
        rate=_read_rate(table.get("rate"), path),
        size=_read_size(table.get("size"), path),
        settings=_plain(table.get("settings") or {}),
        made=_plain(table.get("made") or {}),
    )


def _read_clip(entry: Any, path: Path, number: int) -> Clip:
    where = f"{path}: clip {number}"
    if not isinstance(entry, dict):
        raise UserError(where, f"a clip is a table, got {entry!r}")
    for key in entry:
        if key not in _CLIP_KEYS:
            raise UserError(where, f"unknown key {key!r}", did_you_mean(key, _CLIP_KEYS))
    if not isinstance(entry.get("source"), str):
        raise UserError(where, "the source is missing", "Name the film's file.")
    times = {key: _read_time(entry.get(key), f"{where}: {key}") for key in ("start", "end")}
    fade = _read_time(entry.get("fade", 0), f"{where}: fade")
    if times["end"] <= times["start"] or times["start"] < 0:
        raise UserError(where, f"it must start at 0 or later and end after it starts, got {entry['start']}..{entry['end']}", "Mend its times.")
    if not 0 <= fade < times["end"] - times["start"]:
        raise UserError(where, f"its fade must be shorter than the clip, got {entry['fade']}", "Mend it.")
    return Clip(path.parent / entry["source"], Span(times["start"], times["end"]), str(entry.get("text", "")), fade)


def _read_time(value: Any, where: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, (int, Fraction)):
        raise UserError(where, f"it must be a number of seconds, got {value!r}")
    return to_microsecond(Fraction(value))


def _read_rate(value: Any, path: Path) -> Fraction | None:
    try:
        return None if value is None else exact_rate(Fraction(value))
    except (ValueError, TypeError, ZeroDivisionError):
        raise UserError(path, f"the rate reads like 25 or 30000/1001, got {value!r}") from None


def _read_size(value: Any, path: Path) -> tuple[int, int] | None:
    if value is None:
        return None
    if not (isinstance(value, list) and len(value) == 2 and all(isinstance(n, int) and n > 0 for n in value)):
        raise UserError(path, f"the size reads like [1920, 1080], got {value!r}")
    return value[0], value[1]


def _plain(table: Any) -> Any:
    """JSON with numbers as Python has them: exact fractions back to floats."""
    if isinstance(table, dict):
        return {key: _plain(value) for key, value in table.items()}
    if isinstance(table, list):
        return [_plain(value) for value in table]
    return float(table) if isinstance(table, Fraction) else table


def without_fades(edits: EditList) -> EditList:
    """The same clips joined by cuts."""
    return replace(edits, clips=tuple(replace(clip, fade=Fraction(0)) for clip in edits.clips))
