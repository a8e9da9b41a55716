"""A recipe goes in; it is followed once more, and the same comes out, to the bit."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import BaseModel, ValidationError

from dream.device import device_named
from dream.nets.catalog import find_weights
from dream.pictures import read_recipe
from dream.recipe import contents_of, files_in
from dream.settings import FROM_RECIPE, Job
from media.errors import UserError
from media.files import fingerprint
from media.pictures import is_pattern
from media.progress import OnProgress, ignore_progress
from media.settings import Settings, telling_fault, validation_to_user_error

S = TypeVar("S", bound=Settings)
_ANEW = "Dream it anew."
_MOST_THREADS = 4096


@dataclass(frozen=True)
class Kind:
    """A way of making something that a recipe can repeat.

    Args:
        settings: module:class of its settings, a Job.
        work: module:function(source, output, settings, *, device, stop_at, on_progress).
        n_stops: how many numbers tell where one was ended.
        needs_source: whether it is always made of a picture or film.
    """

    settings: str
    work: str
    n_stops: int = 1
    needs_source: bool = False


KINDS: dict[str, Kind] = {
    "still": Kind("dream.settings:DreamSettings", "dream.stills:dream_still", n_stops=2),
    "zoom": Kind("dream.jobs:ZoomJob", "dream.zoom:dream_zoom", needs_source=True),
    "layers": Kind("dream.jobs:LayersJob", "dream.surveys:survey_layers"),
    "channels": Kind("dream.jobs:ChannelsJob", "dream.surveys:survey_channels"),
    "attribute": Kind("dream.jobs:AttributeJob", "dream.attribute:attribute", n_stops=0, needs_source=True),
    "sweep": Kind("dream.jobs:SweepJob", "dream.sweep:sweep", needs_source=True),
    "video": Kind("dream.films.settings:FilmJob", "dream.films.run:dream_film", n_stops=0, needs_source=True),
}


@dataclass(frozen=True)
class Recipe:
    """What a recipe says, as far as it is followed.

    Args:
        files: where each lay, and what names its contents, by its role.
        n_threads: that shared out the sums, as which they were rounded.
        stopped_at: as `recipe_of`.
    """

    kind: Kind
    settings: Job
    files: Mapping[str, tuple[Path, str]]
    device: str
    n_threads: int
    stopped_at: tuple[int, ...] | None


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
    recipe = _parse(made)
    files, settings = dict(recipe.files), recipe.settings
    if source is not None and "source" in files:
        files["source"] = (_same(source, *files["source"]), files["source"][1])
    found = _found_all(files, settings, near=made.parent)
    if "weights" in files and "weights" not in found and fingerprint(find_weights(settings.wish.net)) != files["weights"][1]:
        raise UserError(made, "it was dreamed by other weights than those in the box", "Install the version that made it.")
    place = device or _device_there(made, recipe.device)
    work = pkgutil.resolve_name(recipe.kind.work)
    with _threads(recipe.n_threads):
        work(
            found.get("source"), output, _with_files(settings, found), device=place, stop_at=recipe.stopped_at, on_progress=on_progress
        )  # fmt: skip


def _parse(made: Path) -> Recipe:
    """The recipe of a thing.

    Raises:
        UserError: there is none, or it is not as we write them.
    """
    told = read_recipe(made)
    try:
        kind = KINDS[told["command"]]
        settings: Job = pkgutil.resolve_name(kind.settings).model_validate(told["settings"], context=FROM_RECIPE)
        files = {role: (_to_path(file["path"]), str(file["fingerprint"])) for role, file in told["files"].items()}
        missing = {*files_in(settings), *(["source"] if kind.needs_source else [])} - files.keys()
        if missing:
            raise ValueError(missing)
        return Recipe(kind, settings, files, str(told["device"]), _to_count(told["threads"]), _to_stop(told["stopped_at"], kind))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(made, f"its recipe is of another version, or was changed{_reason_of(error)}", _ANEW) from error


def _reason_of(error: Exception) -> str:
    """What is wrong with the settings of a recipe, to be added to a sentence; nothing where it is something else."""
    if not isinstance(error, ValidationError):
        return ""
    fault = telling_fault(error)
    name = ".".join(("settings", *map(str, fault["loc"])))
    if fault["type"] == "extra_forbidden":
        return f": {name} is not known"
    told = validation_to_user_error(error, BaseModel, where=name).what
    return f": {name} {told.partition(' ')[2] if fault['loc'] else told}"  # without what it would be called as a flag


def _to_path(told: str) -> Path:
    if "\0" in told:
        raise ValueError(told)
    return Path(told)


def _to_count(told: object) -> int:
    if not isinstance(told, int) or not 0 < told <= _MOST_THREADS:
        raise ValueError(told)
    return told


def _to_stop(told: object, kind: Kind) -> tuple[int, ...] | None:
    """Where it was ended; the last of the numbers counts from 1."""
    if told is None:
        return None
    if not isinstance(told, list) or len(told) != kind.n_stops or not all(type(number) is int and number >= 0 for number in told) or not told[-1]:
        raise ValueError(told)
    return tuple(told)


@contextmanager
def _threads(n: int) -> Iterator[None]:
    """Share sums out among so many, by which they are rounded."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


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


def _found_all(files: Mapping[str, tuple[Path, str]], settings: Job, *, near: Path) -> dict[str, Path]:
    """The files that a recipe means, by role; but for the weights in the box.

    Raises:
        UserError: one is not there, or another one now.
    """
    typed = files_in(settings)
    wanted = {role: file for role, file in files.items() if role != "weights" or role in typed}
    return {role: _found(role, path, contents, typed=typed.get(role, path), near=near) for role, (path, contents) in wanted.items()}


def _found(role: str, path: Path, wanted: str, *, typed: Path, near: Path) -> Path:
    """The file that a recipe means: where it was, or about what was made of it."""
    is_there = False
    for place in (typed, *_places(path, near)):  # as it was typed, if that will do: so the new recipe is the same
        contents = _contents_if_there(place)
        if contents == wanted:
            return place
        is_there = is_there or contents is not None
    remedy = "Say where it is: --source FILE." if role == "source" else "Put it back, or beside what was made of it."
    are = "are" if role == "weights" else "is"
    raise UserError(path, f"the recipe's {role} {are} {'not the same any more' if is_there else 'not there any more'}", remedy)


def _same(source: Path, was: Path, wanted: str) -> Path:
    """What somebody says that a thing was made of.

    Raises:
        UserError: it is not.
    """
    contents = _contents_if_there(source) if source.is_dir() else contents_of(source)
    if contents != wanted:
        raise UserError(f"--source {source}", f"it was made of other contents than these, of {was.name}", "Name the very file that it was made of.")
    return source


def _places(path: Path, near: Path) -> Iterator[Path]:
    """Where a file may lie: as it is said, beside a recipe, or, where a folder with both was moved, as far from it as it was."""
    yield path
    yield near / path
    yield near / path.name
    ends = [Path(*path.parts[n:]) for n in range(1 if path.is_absolute() else 0, len(path.parts))]
    folder = near.resolve()
    yield from (above / end for above in (folder, *folder.parents) for end in ends)


def _contents_if_there(path: Path) -> str | None:
    try:
        return contents_of(path)
    except (OSError, UserError):
        return None
