"""What was dreamed of what goes in; a recipe comes out that travels with it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch

from dream.nets.catalog import find_weights
from dream.pictures import read_recipe
from dream.settings import DreamSettings, Job
from media.command import toolkit_version
from media.errors import UserError
from media.files import fingerprint
from media.pictures import find_pictures, is_pattern
from media.settings import Settings


def recipe_of(command: str, source: Path | None, settings: Job, *, device: str, stopped_at: Sequence[int] | None = None) -> dict[str, Any]:
    """What it takes to make a thing again.

    Args:
        stopped_at: where it was ended, in the command's own count; None where it came to its end.
    Raises:
        UserError: a file that it is made of cannot be read.
    """
    return {
        "program": f"dream {toolkit_version()}",
        "command": command,
        "files": _used(source, settings),
        "settings": settings.model_dump(mode="json"),
        "device": device,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "stopped_at": None if stopped_at is None else list(stopped_at),
    }


def _used(source: Path | None, settings: Job) -> dict[str, dict[str, str]]:
    """Every file that a thing is made of, by its role: where it lies, and what names its contents."""
    used = {"source": source, "weights": find_weights(settings.wish.net) if settings.wish.weights is None else None, **files_in(settings)}
    return {role: {"path": os.path.abspath(path), "fingerprint": contents_of(path)} for role, path in used.items() if path is not None}


def files_in(settings: Settings) -> dict[str, Path]:
    """The files that settings name, by the names of their fields."""
    files: dict[str, Path] = {}
    for name, value in settings:
        if isinstance(value, Settings):
            files |= files_in(value)
        elif isinstance(value, Path):
            files[name] = value
    return files


def require_apart(output: Path, source: Path | None, settings: Job) -> None:
    """Refuse a place that something lies at which the thing is made of.

    Args:
        output: a pattern stands for all the files that have such names.
    Raises:
        UserError: it is.
    """
    sources = [] if source is None else _pictures(source)
    used = {identity for path in (*sources, *files_in(settings).values()) if (identity := identity_of(path))}
    for path in _pictures(output):
        if identity_of(path) in used:
            which = f": {path}" if is_pattern(output) else ""
            raise UserError(output, f"it would take the place of what it is made of{which}", "Choose another name with -o.")


def identity_of(path: Path) -> tuple[int, int] | None:
    """What names a file on this machine, whatever it is called; None where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _pictures(path: Path) -> list[Path]:
    """The files that a name stands for, if there are any."""
    try:
        return find_pictures(path) or [path]
    except UserError:
        return []


def contents_of(path: Path) -> str:
    """What names the contents of a file; of a folder or pattern of pictures, of all of them in their order.

    Raises:
        UserError: there is none.
    """
    pictures = find_pictures(path)
    if pictures is None or pictures == [path]:
        return fingerprint(path)
    return blake2b("".join(map(fingerprint, pictures)).encode(), digest_size=16).hexdigest()


def is_dream(path: Path) -> bool:
    """Whether a picture is one that was dreamed of another, by its recipe."""
    try:
        return read_recipe(path).get("command") == "still"
    except UserError:
        return False


def is_same_work(made: Path, source: Path | None, settings: DreamSettings) -> bool:
    """Whether a picture is there already, whole, and of this very recipe."""
    try:
        recipe = read_recipe(made)
        same = _fingerprints(recipe["files"]) == _fingerprints(_used(source, settings)) and recipe["settings"] == settings.model_dump(mode="json")
        return same and recipe["stopped_at"] is None
    except (AttributeError, UserError, KeyError, TypeError):
        return False


def _fingerprints(files: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {role: file["fingerprint"] for role, file in files.items()}


def ended_at(n: int, n_wanted: int) -> tuple[int, ...] | None:
    """Where work was ended that is counted in things of one kind; None where it came to its end."""
    return None if n == n_wanted else (n,)
