"""Surfaces and the text of the file that they came from go in; the text that says them now comes out, with its comments, order and spacing.

A surface keeps its lines by its name, those of its comments too that stand right above it; only the values that differ are written anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from media.errors import UserError
from media.settings import Settings, settings_from_toml
from projection.look import Look
from projection.surfaces.model import Edges, Grid, Mask, Surface, SurfaceFile

_HEAD = """\
# Where pictures land. Places are parts of the output's width and height: 0, 0 is its top left corner, 1, 1 its bottom right one.
# `projection map` moves them on the projected picture itself.

version = 1
"""
_SURFACE = re.compile(r"\s*\[\[\s*(surface|\"surface\"|'surface')\s*\]\]")
_DIGITS = 7
"""Of a number: a five-hundredth of a pixel of the largest projectors, and files stay legible."""
_ALWAYS = frozenset({"name", "kind", "columns", "rows", "corners", "size"})
"""Keys that a new table has even where they say what goes without saying."""
_WITHIN: dict[str, Settings] = {"look": Look(), "edges": Edges(), "grid": Grid(), "masks": Mask(kind="ellipse")}
_A_LINE = 4


def write_surfaces_text(file: SurfaceFile, before: str = "") -> str:
    """The text of a file of surfaces.

    Args:
        before: the text that it had; where that is broken, nothing of it is kept.
    """
    if before and _says(before, file):
        return before
    try:
        text = _edited(file, before)
    except (TOMLKitError, TypeError, ValueError):
        return _edited(file, "")
    return text if _says(text, file) else _edited(file, "")


def plain(settings: Settings) -> Any:
    """Settings as TOML has them, rounded to what is written."""
    return _plain(settings.model_dump(mode="json"))


@dataclass(frozen=True)
class _Lines:
    """What a file says of one surface.

    Args:
        above: comments that belong to it.
        below: comments that nothing follows.
    """

    name: str
    above: str
    body: str
    below: str


def _edited(file: SurfaceFile, before: str) -> str:
    head, found = _split(before)
    kept = _kept(file.surface, found)
    parts = [_head(file, head), *(_surface_text(surface, lines) for surface, lines in zip(file.surface, kept, strict=True))]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _says(text: str, file: SurfaceFile) -> bool:
    """Whether a text is read as these surfaces."""
    try:
        return bool(plain(settings_from_toml(text, SurfaceFile, where=Path())) == plain(file))
    except UserError:
        return False


def _split(text: str) -> tuple[str, list[_Lines]]:
    """What a file says before its first surface, and of each."""
    lines = text.splitlines()
    starts = [_start(lines, n) for n, line in enumerate(lines) if _SURFACE.match(line)]
    pieces = [lines[start:end] for start, end in pairwise([*starts, len(lines)])]
    return "\n".join(lines[: starts[0]] if starts else lines), [_lines(piece) for piece in pieces]


def _start(lines: list[str], header: int) -> int:
    """The first of the comments right above a line."""
    while header > 0 and lines[header - 1].lstrip().startswith("#"):
        header -= 1
    return header


def _lines(piece: list[str]) -> _Lines:
    first = next(n for n, line in enumerate(piece) if _SURFACE.match(line))
    last = max(n for n, line in enumerate(piece) if line.strip() and not line.lstrip().startswith("#"))
    above, body, below = ("\n".join(part) for part in (piece[:first], piece[first : last + 1], piece[last + 1 :]))
    return _Lines(str(tomlkit.parse(body)["surface"][0].get("name", "")), above, body, below)


def _kept(surfaces: tuple[Surface, ...], found: list[_Lines]) -> Iterator[_Lines | None]:
    """For each surface the lines of its name; where there are none, those at its place whose name is gone: it was renamed."""
    by_name, names = {lines.name: lines for lines in found}, {surface.name for surface in surfaces}
    for number, surface in enumerate(surfaces):
        renamed = found[number] if number < len(found) and found[number].name not in names else None
        yield by_name.get(surface.name, renamed)


def _head(file: SurfaceFile, head: str) -> str:
    document = tomlkit.parse(head if head.strip() else _HEAD)
    document.pop("surface", None)  # where they stood in one line
    told = plain(file)
    del told["surface"]
    _update(document, told, {"version": 1})
    return tomlkit.dumps(document)


def _surface_text(surface: Surface, lines: _Lines | None) -> str:
    lines = lines or _Lines("", "", "[[surface]]\n", "")
    document = tomlkit.parse(lines.body if lines.body.endswith("\n") else lines.body + "\n")
    _update(document["surface"][0], plain(surface), plain(Surface(name="-")))
    return "\n".join(part for part in (lines.above, tomlkit.dumps(document).strip("\n"), lines.below) if part.strip("\n"))


def _update(table: Any, told: Mapping[str, Any], usual: Mapping[str, Any]) -> None:
    """Make a table say what is told; what is as it usually is, is left out where it was not there before."""
    before = table.unwrap()
    for key in before.keys() - told.keys():
        del table[key]
    for key, value in told.items():
        if key not in before:
            if value != usual.get(key) or (key in _ALWAYS and not before):
                table[key] = _new(key, value, told)
        elif isinstance(value, dict):
            _update(table[key], value, _usual(key))
        elif key == "masks":
            _update_masks(table, before[key], value)
        elif _plain(before[key]) != value:
            table[key] = _new(key, value, told)


def _update_masks(table: Any, before: list[Any], told: list[Any]) -> None:
    if not before or not told:
        del table["masks"]  # an empty list and tables are written at different places
        if told:
            table["masks"] = _new("masks", told, {})
        return
    tables = table["masks"]
    del tables[len(told) :]
    for old, value in zip(tables, told, strict=False):
        _update(old, value, _usual("masks"))
    new = tomlkit.table if isinstance(tables, AoT) else tomlkit.inline_table
    for value in told[len(before) :]:
        tables.append(_table("masks", value, new))


def _new(key: str, value: Any, beside: Mapping[str, Any]) -> Any:
    """A value that a file did not have.

    Args:
        beside: the table that it stands in: points of a grid stand in rows as they do there.
    """
    if isinstance(value, dict):
        return _table(key, value)
    if key == "masks":
        tables = tomlkit.aot()
        for each in value:
            tables.append(_table(key, each))
        return tables
    return tomlkit.value(_text(value, a_line=beside.get("columns", _A_LINE)))


def _table(key: str, told: Mapping[str, Any], new: Callable[[], Any] = tomlkit.table) -> Any:
    table = new()
    _update(table, told, _usual(key))
    return table


def _usual(key: str) -> Mapping[str, Any]:
    """What a table says that says nothing."""
    return plain(_WITHIN[key]) if key in _WITHIN else {}


def _text(value: Any, *, a_line: int) -> str:
    """A value as TOML; points in lines of so many, where there are more."""
    if not isinstance(value, list):
        return tomlkit.item(value).as_string()
    inner = [_text(each, a_line=a_line) for each in value]
    if len(inner) <= max(4, _A_LINE) or not isinstance(value[0], list):
        return f"[{', '.join(inner)}]"
    rows = (", ".join(inner[n : n + a_line]) for n in range(0, len(inner), a_line))
    return "[\n" + "".join(f"  {row},\n" for row in rows) + "]"


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS) + 0.0
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if each is not None}
    return [_plain(each) for each in value] if isinstance(value, list) else value
