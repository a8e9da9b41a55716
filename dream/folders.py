"""Names of pictures, folders and globs go in; each picture is dreamed into a place of its own, the next when one is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from dream.device import device_named
from dream.engine import guides_in
from dream.kept import EVERY_S, Kept
from dream.kept import SUFFIX as KEPT
from dream.nets.catalog import Net, open_net
from dream.octaves import fitted, to_rgb
from dream.pictures import check_output, read_picture, read_size
from dream.recipe import identity_of, is_dream, is_same_work, recipe_of, require_apart
from dream.settings import DreamSettings
from dream.stills import DreamedPicture, OnLook, Watch, dream_file
from dream.stopping import IsStopped, never
from dream.wishes import objective_of
from media.errors import UserError
from media.files import expand_paths, make_folder
from media.pictures import PICTURE_SUFFIXES
from media.progress import OnProgress, ignore_progress, part_of_all
from media.write import write_rgb

SUFFIXES = (*PICTURE_SUFFIXES, ".gif", ".avif", ".jp2", ".psd", ".jfif")
_CANVAS = Path("dream.png")
_PREVIEW = ".preview.jpg"
_PREVIEW_PX = 1280
_PREVIEW_S = 3.0


@dataclass(frozen=True)
class StillTask:
    """A picture (None for a canvas) and where its dream goes."""

    source: Path | None
    output: Path


@dataclass(frozen=True)
class Done:
    """What became of one: a dream; or the fault that it failed by; neither where it had been done before.

    Args:
        is_kept: whether a dream that was stopped can go on from where it stands.
    """

    task: StillTask
    dreamed: DreamedPicture | None = None
    fault: UserError | None = None
    is_kept: bool = False

    @property
    def told(self) -> str:
        """A line for a person."""
        if self.fault is not None:
            source = self.task.source
            return str(self.fault) if source is None or str(source) in str(self.fault) else f"{source}: {self.fault}"
        if self.dreamed is None:
            return f"{self.task.output}: was there already"
        stopped = "; stopped early, this is the best so far" + ("; --resume goes on from there" if self.is_kept else "")
        return f"{self.task.output}: on {self.dreamed.device}{'' if self.dreamed.is_whole else stopped}"


def plan_canvas(names: Sequence[Path], output: Path | None) -> list[StillTask]:
    """Where the dream goes that begins with no picture.

    Raises:
        UserError: there are pictures.
    """
    if names:
        raise UserError("--canvas", f"it is there instead of pictures, got {names[0]}", "Leave out the one or the other.")
    return [StillTask(None, output or _CANVAS)]


def plan_tasks(names: Sequence[Path], output: Path | None) -> list[StillTask]:
    """What is dreamed, and where to: beside each picture, or in a folder, which is made.

    Raises:
        UserError: a name stands for no picture, or the place does not fit.
    """
    if not names:
        raise UserError("command line", "PICTURES is missing", "Name a picture, a folder or a pattern; or begin with none: --canvas 512.")
    sources = [path for path in _pictures(names) if not path.name.endswith((_PREVIEW, KEPT))]
    is_one = len(sources) == 1 and not any(path.is_dir() for path in names)
    if output is None:
        tasks = _placed(sources, [source.with_name(f"{source.stem}-dream.png") for source in sources])
    elif is_one and not output.is_dir() and output.suffix:
        tasks = [StillTask(sources[0], output)]
    else:
        tasks = _in_folder(sources, output)
    return _without_dreams(tasks)


def _without_dreams(tasks: Sequence[StillTask]) -> list[StillTask]:
    """StillTasks without those that are dreams of an earlier run, which lie among the pictures and are made anew.

    Raises:
        UserError: a dream would take the place of a picture that is none.
    """
    made = {identity_of(task.output): task for task in tasks if task.output.exists()}
    kept = []
    for task in tasks:
        assert task.source is not None
        taking = made.get(identity_of(task.source))
        if taking is None:
            kept.append(task)
        elif taking is task or not is_dream(task.source):
            what = "the dream would take the place of the picture" if taking is task else f"the dream of {taking.source} would take its place"
            raise UserError(task.source, what, "Choose another name or folder with -o.")
    return kept


def _pictures(names: Sequence[Path]) -> list[Path]:
    try:
        return expand_paths(names, suffixes=SUFFIXES)
    except UserError as error:
        if Path(error.where).is_dir():
            raise UserError(error.where, "no picture in this folder", "Name a folder that holds some.") from error
        raise


def _in_folder(sources: Sequence[Path], folder: Path) -> list[StillTask]:
    if folder.suffix.lower() in SUFFIXES and not folder.is_dir():
        raise UserError(folder, f"{len(sources)} pictures need a folder to go to", f"Write -o {folder.with_suffix('')}.")
    make_folder(folder)
    return _placed(sources, [folder / f"{source.stem}.png" for source in sources])


def _placed(sources: Sequence[Path], places: Sequence[Path]) -> list[StillTask]:
    """Sources with places of their own: of two that want the same, the second is numbered."""
    tasks, taken = [], set()
    for source, place in zip(sources, places, strict=True):
        numbered = (place.with_stem(f"{place.stem}-{n}") if n > 1 else place for n in range(1, len(sources) + 1))
        output = next(path for path in numbered if str(path).casefold() not in taken)  # some disks tell no case apart
        taken.add(str(output).casefold())
        tasks.append(StillTask(source, output))
    return tasks


def dream_all(
    tasks: Sequence[StillTask],
    settings: DreamSettings,
    *,
    device: str = "auto",
    resume: bool = False,
    is_stopped: IsStopped = never,
    keep_every_s: float = EVERY_S,
    on_progress: OnProgress = ignore_progress,
) -> Iterator[Done]:
    """Dream pictures one after the other, and tell of each as it is done; one that fails does not stop the others.

    Args:
        resume: leave those be that are there already, whole and of the same recipe, and go on with one that was begun.
        is_stopped: ends it with what there is of the picture in work.
        keep_every_s: how often it is kept where a picture in work stands.
    Raises:
        UserError: what would be the same with every picture: a place cannot be written, or what is wished for does not exist.
    """
    device = device_named(device).type
    for task in tasks:
        check_output(task.output)
        require_apart(task.output, None, settings)
    sizes = [settings.canvas_px**2 if task.source is None else _n_pixels(task.source) for task in tasks]
    net = open_net(settings.wish.net, settings.wish.weights)
    _check(net, settings)
    for n, task in enumerate(tasks):
        if is_stopped():
            return
        overall = part_of_all(on_progress, before=sum(sizes[:n]), own=sizes[n], total=sum(sizes))
        try:
            job = recipe_of("still", task.source, settings, device=device)
            kept = Kept(task.output, job, every_s=keep_every_s)
            if resume and is_same_work(task.output, task.source, settings):
                kept.remove()  # whoever was ended between the two
                yield Done(task)
                continue
            watch = Watch(is_stopped=is_stopped, begin=kept.read() if resume else None, on_stand=kept.keep)
            yield _dream_one(task, net, settings, kept, device=device, watch=watch, on_progress=overall)
        except UserError as fault:
            yield Done(task, fault=fault)


def _check(net: Net, settings: DreamSettings) -> None:
    """Refuse what no picture can be dreamed by.

    Raises:
        UserError: a wish is not for anything of the network's, or a guide or mask cannot be read.
    """
    objective_of(net, settings.wish, guides=guides_in(net, settings.wish))
    if settings.where.mask is not None:
        read_picture(settings.where.mask)


def _dream_one(task: StillTask, net: Net, settings: DreamSettings, kept: Kept, *, device: str, watch: Watch, on_progress: OnProgress) -> Done:
    with preview(task.output) as on_look:
        watch = replace(watch, on_look=on_look)
        dreamed = dream_file(task.source, task.output, net, settings, device=device, watch=watch, on_progress=on_progress)
    if dreamed.is_whole:
        kept.remove()
    return Done(task, dreamed, is_kept=not dreamed.is_whole and kept.is_there)


def _n_pixels(source: Path) -> int:
    """How large a picture is; 1 where it cannot be read, which is told when its turn comes."""
    try:
        height, width = read_size(source)
    except UserError:
        return 1
    return height * width


@contextmanager
def preview(output: Path, *, every_s: float = _PREVIEW_S, clock: Callable[[], float] = time.monotonic) -> Iterator[OnLook]:
    """A picture beside `output` that shows how far it is, drawn anew every few seconds, and gone at the end.

    Yields:
        What is to be shown the picture, step by step.
    """
    path = output.with_name(output.stem + _PREVIEW)
    due = clock() + every_s

    def look(picture: Tensor) -> None:
        nonlocal due
        if clock() < due:
            return
        with suppress(UserError):  # a full disk shall not end the dream for this
            write_rgb(path, to_rgb(fitted(picture[:1], _PREVIEW_PX)).numpy())
        due = clock() + every_s

    try:
        yield look
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
