"""What was dreamed of what goes in; a recipe comes out that travels with it; and a recipe is followed once more, to the same bits."""

from __future__ import annotations

import os
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import torch

from dream.device import device_named
from dream.nets.catalog import find_weights
from dream.pictures import read_recipe
from dream.settings import DreamSettings, Job
from media.command import toolkit_version
from media.errors import UserError
from media.files import fingerprint
from media.pictures import find_pictures, is_pattern
from media.progress import OnProgress, ignore_progress
from media.settings import Settings

S = TypeVar("S", bound=Settings)
_ANEW = "Dream it anew."


@dataclass(frozen=True)
class Kind:
    """A way of making something that a recipe can repeat.

    Args:
        settings: module:class of its settings, a Job.
        work: module:function(source, output, settings, *, device, stop_at, on_progress).
    """

    settings: str
    work: str


KINDS: dict[str, Kind] = {
    "still": Kind("dream.settings:DreamSettings", "dream.stills:dream_still"),
    "zoom": Kind("dream.jobs:ZoomJob", "dream.zoom:dream_zoom"),
    "layers": Kind("dream.jobs:LayersJob", "dream.surveys:survey_layers"),
    "channels": Kind("dream.jobs:ChannelsJob", "dream.surveys:survey_channels"),
    "attribute": Kind("dream.jobs:AttributeJob", "dream.attribute:attribute"),
    "sweep": Kind("dream.jobs:SweepJob", "dream.sweep:sweep"),
    "video": Kind("dream.films.settings:FilmJob", "dream.films.run:dream_film"),
}


def recipe_of(command: str, source: Path | None, settings: Job, *, device: str, stopped_at: Sequence[int] | None = None) -> dict[str, Any]:
    """What it takes to make a thing again.

    Args:
        stopped_at: where it was ended, in the command's own count; None where it came to its end.
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
    used = {"source": source, "weights": find_weights(settings.wish.net) if settings.wish.weights is None else None, **_files_in(settings)}
    return {role: {"path": str(path), "fingerprint": _contents(path)} for role, path in used.items() if path is not None}


def _files_in(settings: Settings) -> dict[str, Path]:
    """The files that settings name, by the names of their fields."""
    files: dict[str, Path] = {}
    for name, value in settings:
        if isinstance(value, Settings):
            files |= _files_in(value)
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
    used = {identity for path in (*sources, *_files_in(settings).values()) if (identity := identity_of(path))}
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


def _contents(path: Path) -> str:
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
        same = recipe["files"] == _used(source, settings) and recipe["settings"] == settings.model_dump(mode="json")
        return same and recipe["stopped_at"] is None
    except (UserError, KeyError, TypeError):
        return False


def name_again(made: Path) -> Path:
    """Where a thing goes that is made again, unless told: beside the first."""
    if is_pattern(made):
        folder = made.parent if made.parent.name else made.parent.resolve()
        return folder.with_name(f"{folder.name}-again") / made.name
    return made.parent / f"{made.stem}-again{made.suffix}"


def dream_again(
    made: Path, output: Path, *, source: Path | None = None, device: str | None = None, on_progress: OnProgress = ignore_progress
) -> None:
    """Make a thing again by the recipe that it carries.

    Args:
        source: where the picture that it was made of lies now.
        device: where to compute; None is what it was made on. On another, some bits may differ.
    Raises:
        UserError: there is no recipe, or its picture or network is not the same any more, or this machine lacks what it was made on.
    """
    if output.resolve() == made.resolve() or (made.exists() and output.exists() and output.samefile(made)):
        raise UserError(output, "it would take the place of what it repeats", "Choose another name.")
    recipe = read_recipe(made)
    try:
        kind = KINDS[recipe["command"]]
        settings: Job = pkgutil.resolve_name(kind.settings).model_validate(recipe["settings"])
        files = {role: (Path(file["path"]), str(file["fingerprint"])) for role, file in recipe["files"].items()}
        made_on, threads, stopped_at = str(recipe["device"]), int(recipe["threads"]), recipe["stopped_at"]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(made, "its recipe is of another version", _ANEW) from error
    if source is not None and "source" in files:
        files["source"] = (source, files["source"][1])
    found = {role: _found(role, *file, near=made.parent) for role, file in files.items() if role != "weights" or settings.wish.weights}
    if "weights" in files and "weights" not in found and fingerprint(find_weights(settings.wish.net)) != files["weights"][1]:
        raise UserError(made, "it was dreamed by other weights than those in the box", "Install the version that made it.")
    place = device or _device_there(made, made_on)
    torch.set_num_threads(max(1, threads))  # sums are rounded by how they are shared out
    work = pkgutil.resolve_name(kind.work)
    work(found.get("source"), output, _with_files(settings, found), device=place, stop_at=stopped_at, on_progress=on_progress)


def _device_there(made: Path, device: str) -> str:
    """What a thing was made on, if this machine has it."""

    try:
        return device_named(device).type
    except UserError as error:
        remedy = "Make it on another with --device cpu: some bits may differ."
        raise UserError(made, f"it was made on {device}, which this machine has not", remedy) from error


def _with_files(settings: S, found: Mapping[str, Path]) -> S:
    """The settings, with files where they lie now."""
    changed: dict[str, Any] = {}
    for name, value in settings:
        if isinstance(value, Settings):
            changed[name] = _with_files(value, found)
        elif isinstance(value, Path):
            changed[name] = found[name]
    return settings.model_copy(update=changed)


def _found(role: str, path: Path, wanted: str, *, near: Path) -> Path:
    """The file that a recipe means: where it was, or beside what was made of it."""
    there = {place: contents for place in (path, near / path, near / path.name) if (contents := _contents_if_there(place))}
    for place, contents in there.items():
        if contents == wanted:
            return place
    remedy = "Say where it is: --source FILE." if role == "source" else "Put it back, or beside what was made of it."
    raise UserError(path, f"the recipe's {role} {'is another one now' if there else 'is not there any more'}", remedy)


def _contents_if_there(path: Path) -> str | None:
    try:
        return _contents(path)
    except UserError:
        return None
