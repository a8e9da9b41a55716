"""The edit list: clips in order, the one value that renderer, exporters and live player share.

As a file it is JSON made for hand editing: one clip a line, seconds as plain decimals, sources relative
to the file's folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from media.errors import UserError, did_you_mean
from media.files import write_text
from media.settings import read_text
from media.span import Span
from media.timecode import exact_rate, seconds_text, to_microsecond

KIND = "edit-list"
_HEAD_BYTES = 1 << 16
VERSION = 1
_KEYS = ("kind", "version", "rate", "size", "settings", "made", "clips")
_CLIP_KEYS = ("source", "start", "end", "text", "fade")
_HALF = re.compile("[\ud800-\udfff]")
# Exponents that no time in a film has, and that would take forever to work out exactly.
_LONG_EXPONENT = re.compile(r"[eE][+-]?\d{3,}")


@dataclass(frozen=True)
class Clip:
    """A stretch of one source.

    Args:
        source: the film or sound file.
        span: media time in it, seconds from the container's start, whole microseconds.
        label: what was found there.
        fade: seconds that this clip overlaps the one before it in a cross-fade; 0 is a cut, and the first
            clip's counts for nothing.
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
        return sum((clip.span.duration - (clip.fade if n else 0) for n, clip in enumerate(self.clips)), Fraction(0))

    @property
    def sources(self) -> tuple[Path, ...]:
        """Every source once, in order of first use."""
        return tuple(dict.fromkeys(clip.source for clip in self.clips))


def place_clips(clips: Iterable[Clip]) -> list[tuple[Clip, Span]]:
    """Each clip with the stretch of the result that it fills (cross-faded ones overlap)."""
    placed: list[tuple[Clip, Span]] = []
    at = Fraction(0)
    for clip in clips:
        start = at - (clip.fade if placed else 0)
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
    lines += [f'  "{key}": {_json(dict(value))},' for key, value in (("settings", edits.settings), ("made", edits.made))]
    clips = ",\n".join(f"    {_clip_text(clip, folder)}" for clip in edits.clips)
    return "\n".join(["{", *lines, '  "clips": [', clips, "  ]", "}", ""])


def _json(value: Any) -> str:
    """JSON that a person can read; escaped where it holds half characters (file names that are no UTF-8)."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if not _HALF.search(text) else json.dumps(value, default=str)


def _clip_text(clip: Clip, folder: Path) -> str:
    values = {
        "source": _json(_relative(clip.source, folder)),
        "start": seconds_text(clip.span.start),
        "end": seconds_text(clip.span.end),
        "text": _json(clip.label),
    }
    if clip.fade:
        values["fade"] = seconds_text(clip.fade)
    return "{" + ", ".join(f'"{key}": {value}' for key, value in values.items()) + "}"


def _relative(source: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(source, folder)).as_posix()
    except ValueError:  # another drive
        return source.absolute().as_posix()


def is_edit_list(path: Path) -> bool:
    """Whether a file calls itself an edit list (its contents may still be broken)."""
    try:
        with path.open("rb") as file:
            return re.search(rb'"kind"\s*:\s*"edit-list"', file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False


def load_edit_list(path: Path) -> EditList:
    """Read an edit list that `save_edit_list` or a person wrote.

    Raises:
        UserError: unreadable, no JSON, not an edit list, or a clip that makes no sense; names the line or clip.
    """
    text = read_text(path)
    try:
        table = json.loads(text, parse_float=_exact)
    except json.JSONDecodeError as error:
        raise UserError(f"{path}:{error.lineno}", f"this is not JSON: {error.msg}", "Mend the line.") from error
    except (ValueError, RecursionError) as error:
        raise UserError(path, "this is not JSON: a number too long or tables too deep", "Mend it.") from error
    if not isinstance(table, dict) or table.get("kind") != KIND:
        raise UserError(path, "this is not an edit list", 'It must hold "kind": "edit-list".')
    if table.get("version") != VERSION:
        raise UserError(path, f"edit list version {table.get('version')!r} is not known", f"This toolkit reads version {VERSION}.")
    for key in table:
        if key not in _KEYS:
            raise UserError(path, f"unknown key {key!r}", did_you_mean(key, _KEYS))
    clips = table.get("clips")
    if not isinstance(clips, list) or not clips:
        raise UserError(path, "the edit list holds no clips", 'Add some under "clips".')
    read = tuple(_read_clip(entry, path, n) for n, entry in enumerate(clips, 1))
    _check_fades(read, path)
    return EditList(
        clips=read,
        rate=_read_rate(table.get("rate"), path),
        size=_read_size(table.get("size"), path),
        settings=_read_table(table.get("settings"), f"{path}: settings"),
        made=_read_table(table.get("made"), f"{path}: made"),
    )


def _exact(number: str) -> Fraction:
    if _LONG_EXPONENT.search(number):
        raise ValueError("exponent out of reach")
    return Fraction(number)


def _read_clip(entry: Any, path: Path, number: int) -> Clip:
    where = f"{path}: clip {number}"
    if not isinstance(entry, dict):
        raise UserError(where, f"a clip is a table, got {entry!r}")
    for key in entry:
        if key not in _CLIP_KEYS:
            raise UserError(where, f"unknown key {key!r}", did_you_mean(key, _CLIP_KEYS))
    if not isinstance(entry.get("source"), str):
        raise UserError(where, "the source is missing", "Name the film's file.")
    start, end = (_read_time(entry.get(key), where, key) for key in ("start", "end"))
    fade = _read_time(entry.get("fade", 0), where, "fade")
    if end <= start or start < 0:
        got = f"{seconds_text(start)}..{seconds_text(end)}"
        raise UserError(where, f"it must start at 0 or later and end after it starts, got {got}", "Mend its times.")
    if not 0 <= fade < end - start:
        raise UserError(where, f"its fade must be 0 or more and shorter than the clip, got {seconds_text(fade)}", "Mend it.")
    text = entry.get("text")
    # Plain names, not `folder/../film.mp4`, so that a list read back equals the one that was saved.
    source = Path(os.path.normpath(path.parent / entry["source"]))
    return Clip(source, Span(start, end), "" if text is None else str(text), fade)


def _check_fades(clips: tuple[Clip, ...], path: Path) -> None:
    """Refuse a clip that is still fading in when the next one fades over it."""
    for number, (clip, following) in enumerate(pairwise(clips), 1):
        fade_in = clip.fade if number > 1 else Fraction(0)
        if fade_in + following.fade > clip.span.duration:
            where = f"{path}: clip {number + 1}"
            what = f"its fade of {seconds_text(following.fade)} s is longer than what clip {number} has left"
            raise UserError(where, f"{what}, {seconds_text(clip.span.duration - fade_in)} s", "Shorten it.")


def _read_time(value: Any, where: str, key: str) -> Fraction:
    if value is None:
        raise UserError(where, f"its {key} is missing", "Give it in seconds.")
    if isinstance(value, bool) or not isinstance(value, (int, Fraction)):
        raise UserError(where, f"its {key} must be a number of seconds, got {value!r}", "Write it like 1.5, without quotes.")
    return to_microsecond(Fraction(value))


def _read_rate(value: Any, path: Path) -> Fraction | None:
    shown = seconds_text(value) if isinstance(value, Fraction) else repr(value)
    try:
        if isinstance(value, bool):
            raise TypeError
        return None if value is None else exact_rate(_exact(value) if isinstance(value, str) else Fraction(value))
    except (ValueError, TypeError, ZeroDivisionError):
        raise UserError(path, f'the rate reads like 25, 29.97 or "30000/1001", got {shown}', "Mend it.") from None


def _read_size(value: Any, path: Path) -> tuple[int, int] | None:
    if value is None:
        return None
    if not (isinstance(value, list) and len(value) == 2 and all(type(n) is int and n > 0 for n in value)):
        raise UserError(path, f"the size reads like [1920, 1080], got {_plain(value)!r}", "Mend it.")
    return value[0], value[1]


def _read_table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict | None):
        raise UserError(where, f"it must be a table, got {_plain(value)!r}", "Write {} for none.")
    plain: Mapping[str, Any] = _plain(value or {})
    return plain


def _plain(table: Any) -> Any:
    """JSON with numbers as Python has them: exact fractions back to floats."""
    if isinstance(table, dict):
        return {key: _plain(value) for key, value in table.items()}
    if isinstance(table, list):
        return [_plain(value) for value in table]
    return float(table) if isinstance(table, Fraction) else table
