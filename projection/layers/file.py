"""A file of layers, or names typed in, go in; settings of layers come out, checked, each with a name of its own.

    version = 1
    size = "1920x1080"

    [[layer]]
    kind = "film"
    files = ["films/wolves.mp4"]

    [[layer]]
    kind = "ticker"
    text = "Doors open at eight"
    opacity = 0.8

Layers are laid from the first, the lowest, to the last. What keys a layer has depends on its kind (`projection.tables.LAYERS`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError

from live.capture import is_camera
from media.container import FILM_SUFFIXES, SOUND_SUFFIXES
from media.edits import is_edit_list
from media.errors import UserError, did_you_mean
from media.files import expand_paths
from media.pictures import PICTURE_SUFFIXES, find_pictures, is_pattern
from media.probe import probe
from media.settings import Settings, Size, line_of, read_text, setting, settings_from_toml, telling_fault, validation_to_user_error
from projection.layers.layer import LayerSettings, check_local, settings_class
from projection.layers.playlist import PLAYLIST_SUFFIXES
from projection.tables import LAYERS

_HEADER = re.compile(r"""\s*\[\[\s*["']?layer["']?\s*\]\]""")
_SURFACE = re.compile(r"""^\s*\[\[\s*["']?surface["']?\s*\]\]""", re.MULTILINE)
_FILE = "file"
_TOGETHER = {"film": "files", "picture": "files"}
"""Kinds of which one layer shows all that is named, and the key that it is told by."""
_ALONE = {"edits": "file", "camera": "device"}
"""Kinds of which each name makes a layer, and the key likewise."""


@dataclass(frozen=True)
class Layers:
    """What is laid on a stage.

    Args:
        layers: from the lowest to the highest; no two have the same name.
        size_px: (width, height) of the stage; None where nobody says.
        folder: where relative paths of them begin.
    """

    layers: tuple[LayerSettings, ...]
    size_px: tuple[int, int] | None
    folder: Path


def _parse_tables(value: Any) -> Any:
    if isinstance(value, dict):
        raise ValueError("each layer begins with [[layer]], got [layer]")
    return value


class LayersFile(Settings):
    """A file of layers; what is in their tables depends on their kinds."""

    version: Literal[1] = setting(1, help="Of this kind of file.")
    size: Size | None = setting(None, help="Of the stage on which layers are laid; that of the output if left out.")
    layer: Annotated[tuple[dict[str, Any], ...], BeforeValidator(_parse_tables)] = setting((), help="From the lowest to the highest.")


def read_layers(path: Path) -> Layers:
    """Read a file of layers.

    Raises:
        UserError: it cannot be read, or an unknown kind or key (with the nearest right one), or a value out of range; with its line.
    """
    text = read_text(path)
    if _SURFACE.search(text) and not _HEADER.search(text):
        raise UserError(path, "this is a file of surfaces, not of layers", f"Name what to show, and this with --surfaces {path.name}.")
    file = settings_from_toml(text, LayersFile, where=path)
    layers = [(str(table.get("kind")), _read_layer(table, number, path, text)) for number, table in enumerate(file.layer)]
    names = [layer.name for _, layer in layers]
    twice = next((n for n, name in enumerate(names) if name and name in names[:n]), None)
    if twice is not None:
        raise UserError(f"{path}:{_header_line(text, twice)}", f"two layers are called {names[twice]}", "Give one of them another name.")
    return Layers(_named(layers), file.size, path.parent)


def layers_of(names: Sequence[str | Path]) -> Layers:
    """Layers of what is named on a command line.

    Films make one layer, in which one plays after the other, pictures and playlists among them; pictures alone make one of pictures; each
    camera, written `camera:0`, and each edit list makes one of its own. A file of layers brings all of its own.

    Raises:
        UserError: a name stands for nothing that can be shown, a second file of layers, or a fault in one.
    """
    kinds = [found for name in names for found in _kinds_of(str(name))]
    pictures = "film" if any(kind == "film" for kind, _ in kinds) else "picture"
    groups: dict[tuple[str, str], list[str]] = {}
    for kind, path in kinds:
        kind = pictures if kind == "picture" else kind
        groups.setdefault((kind, "" if kind in _TOGETHER else path), []).append(path)
    files = [path for kind, path in groups if kind == _FILE]
    if len(files) > 1:
        raise UserError(files[1], "a second file of layers", "Name one, and put the layers of both into it.")
    read = read_layers(Path(files[0])) if files else Layers((), None, Path())
    layers: list[tuple[str, LayerSettings]] = []
    for (kind, _), paths in groups.items():
        layers += [(kind, layer) for layer in read.layers] if kind == _FILE else [(kind, _layer_of(kind, paths))]
    return Layers(_named(layers), read.size_px, read.folder)


def _layer_of(kind: str, paths: list[str]) -> LayerSettings:
    table = {_TOGETHER[kind]: paths} if kind in _TOGETHER else {_ALONE[kind]: paths[0]}
    return settings_class(kind).model_validate(table)


def _read_layer(table: dict[str, Any], number: int, path: Path, text: str) -> LayerSettings:
    alone, line = _alone(text, number), _header_line(text, number)
    if "kind" not in table:
        raise UserError(f"{path}:{line}", "this layer has no kind", did_you_mean("", LAYERS))
    kind = table["kind"]
    if not isinstance(kind, str) or kind not in LAYERS:
        raise UserError(f"{path}:{line_of(alone, ['kind'])}", f"no layer is of the kind {kind!r}", did_you_mean(str(kind), LAYERS))
    group = settings_class(kind)
    try:
        return group.model_validate({key: value for key, value in table.items() if key != "kind"})
    except ValidationError as error:
        fault = telling_fault(error)
        if fault["type"] == "missing" or not fault["loc"]:  # of the table as a whole
            raise validation_to_user_error(error, group, where=f"{path}:{line}") from error
        raise validation_to_user_error(error, group, where=path, text=alone) from error


def _named(layers: Sequence[tuple[str, LayerSettings]]) -> tuple[LayerSettings, ...]:
    """Layers, each told with its kind, each with a name: its kind and number where it has none."""
    taken = {layer.name for _, layer in layers}
    counts: dict[str, int] = {}
    named = []
    for kind, layer in layers:
        counts[kind] = counts.get(kind, 0) + 1
        if not layer.name:
            while f"{kind}{counts[kind]}" in taken:
                counts[kind] += 1
            layer = layer.model_copy(update={"name": f"{kind}{counts[kind]}"})
            taken.add(layer.name)
        named.append(layer)
    return tuple(named)


def _kinds_of(name: str) -> Iterator[tuple[str, str]]:
    """The kind of layers that shows what a name stands for, and its path, from wherever one looks.

    Raises:
        UserError: it stands for nothing.
    """
    if is_camera(name):
        yield "camera", name
        return
    check_local(name)
    path = Path(os.path.expanduser(name)).absolute()
    if path.suffix.lower() == ".toml":
        yield _FILE, str(path)
        return
    if path.is_dir() or (is_pattern(path) and not path.exists()):
        yield _kind_of_many(path), str(path)
        return
    for file in expand_paths([path], suffixes=()):
        yield _kind_of_file(file), str(file)


def _kind_of_many(path: Path) -> str:
    """The kind that shows a folder, in which pictures may be among films, or a pattern of numbered pictures."""
    if path.is_dir():
        with suppress(UserError):
            expand_paths([path], suffixes=FILM_SUFFIXES)
            return "film"
        with suppress(UserError):
            find_pictures(path)
            return "picture"
        raise UserError(path, "neither a film nor a picture is in this folder", "Name one that holds some.")
    find_pictures(path)
    return "picture"


def _kind_of_file(file: Path) -> str:
    """The kind that shows a file, by its name, and where that says nothing by what is in it."""
    suffix = file.suffix.lower()
    if suffix == ".json":
        if not is_edit_list(file):
            raise UserError(file, "this is no edit list", "Name one that supercut wrote, or a film.")
        return "edits"
    if suffix in PICTURE_SUFFIXES:
        return "picture"
    if suffix not in FILM_SUFFIXES | SOUND_SUFFIXES | PLAYLIST_SUFFIXES:
        probe(file)
    return "film"


def _header_line(text: str, number: int) -> int:
    """Line of a layer's header, counted from 1."""
    lines = [n for n, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]
    return lines[number] if number < len(lines) else 1


def _alone(text: str, number: int) -> str:
    """The text with one layer's table alone, its lines where they were."""
    lines = text.splitlines()
    headers = [n for n, line in enumerate(lines) if _HEADER.match(line)]
    if number >= len(headers):
        return text
    end = headers[number + 1] if number + 1 < len(headers) else len(lines)
    return "\n".join(line if headers[number] <= n < end else "" for n, line in enumerate(lines))
