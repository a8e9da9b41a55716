"""A film and settings go in; the film dreamed comes out, and what was done of it when somebody ended the run is kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from dream.device import device_named
from dream.films.crew import Task, dream_shots
from dream.films.footage import Footage, Outline, open_footage, outline_of
from dream.films.output import Laying, write_film
from dream.films.playing import Playing
from dream.films.settings import FilmJob
from dream.films.work import Work, open_work
from dream.nets.catalog import open_net
from dream.pictures import write_recipe_beside
from dream.recipe import identity_of, recipe_of, require_apart
from dream.reels import check_reel
from live.workers import deaf
from media.command import INTERRUPTED, toolkit_version
from media.errors import UserError
from media.pictures import is_pattern
from media.progress import OnProgress, Progress, counted, ignore_progress
from media.write import needs_even_size

OnTold = Callable[[str], None]

_LOG = logging.getLogger(__name__)
"""What of a score plays nothing, a person is to be told: what nobody catches, Python writes to the screen."""


def ignore_told(line: str) -> None:
    """The callback of those who do not ask."""


@dataclass(frozen=True)
class Dreamed:
    """What was made: how many frames, in how many shots, how many of them were there already, and on what."""

    n_frames: int
    n_shots: int
    n_kept: int
    device: str


class Ended(UserError):  # noqa: N818 - no fault
    """A person has ended the run; what was dreamed is kept.

    Args:
        n_done: frames.
        n_frames: of all.
    """

    exit_code = INTERRUPTED

    def __init__(self, output: Path, n_done: int, n_frames: int, folder: Path) -> None:
        super().__init__(output, f"stopped; {n_done} of {n_frames} frames are kept in {folder}", "The same command goes on from there.")
        self.n_done, self.n_frames = n_done, n_frames


def dream_film(
    source: Path | None,
    output: Path,
    job: FilmJob,
    *,
    device: str = "auto",
    n_workers: int = 1,
    stop_at: Sequence[int] | None = None,  # noqa: ARG001 - only whole films are written
    on_progress: OnProgress = ignore_progress,
    on_told: OnTold = ignore_told,
) -> Dreamed:
    """Dream a film; where a run with the same settings was ended before its end, go on from there.

    Args:
        source: a film, a folder of pictures or a pattern such as `%04d.png`.
        output: a film by its suffix, or a pattern for numbered pictures.
        n_workers: processes; each dreams whole shots, and however many there are, the film is the same.
        on_told: hears, in lines, what of a score plays what.
    Raises:
        UserError: it cannot be read or written, or what is wished for does not exist.
        Ended: by Ctrl-C.
    """
    assert source is not None
    _check(source, output, job)
    where = device_named(device).type
    playing = Playing(open_net(job.wish.net, job.wish.weights), job)  # what is wrong with the wishes is told before any work
    for line in playing.told:
        on_told(line)
    footage = open_footage(source, job.part, is_even=needs_even_size(output))
    recipe = recipe_of("video", source, job, device=where)
    with open_work(output, _key(recipe, job)) as work, _kept_if_begun(work, output):
        outline = _outline(work, footage, on_progress)
        for line in playing.warnings(outline.span(0, len(outline.times))):
            _LOG.warning("dream: %s", line)
        n_frames = len(outline.times)
        n_kept = work.n_done(n_frames)
        task = Task(footage, outline, work, job, _dream_size(footage.size, job.carry.size), where)
        dream_shots(task, n_workers=n_workers, on_frame=_counter(n_kept, n_frames, on_progress))
        strength = {n: playing.strength(time, outline.duration(n)) for n, time in enumerate(outline.times)}
        write_film(Laying(task, strength), output, metadata=_metadata(recipe, job), on_progress=on_progress)
        write_recipe_beside(output, recipe)
        work.remove()
    return Dreamed(len(outline.times), len(outline.shots), n_kept, where)


@contextmanager
def _kept_if_begun(work: Work, output: Path) -> Iterator[None]:
    """Whatever ends the run, a folder without a frame in it helps nobody; of the others it is said how to go on."""
    try:
        yield
    except BaseException as error:
        n_done, n_frames = 0, 0
        with suppress(KeyboardInterrupt), deaf():  # to one more Ctrl-C
            outline = work.read_outline()
            n_frames = len(outline.times) if outline else 0
            n_done = work.n_done(n_frames)
            if not n_done:
                work.remove()
        if n_done and isinstance(error, KeyboardInterrupt):
            raise Ended(output, n_done, n_frames, work.folder) from None
        if n_done and isinstance(error, UserError):
            kept = f"{n_done} of {counted(n_frames, 'frame')} are kept: the same command goes on from there."
            raise UserError(error.where, error.what, f"{error.remedy} {kept}") from error
        raise


def _check(source: Path, output: Path, job: FilmJob) -> None:
    """Refuse what cannot come to a good end, before any work."""
    require_apart(output, source, job)
    check_reel(output)
    if is_pattern(output) and source.is_dir() and identity_of(output.parent) == identity_of(source):
        raise UserError(output, "it would lie among the pictures that it is made of", "Name another folder.")


def _key(recipe: dict[str, Any], job: FilmJob) -> dict[str, Any]:
    """All that the dream of a frame depends on, as JSON has it: the recipe, wherever its files lie."""
    files = {role: file["fingerprint"] for role, file in recipe["files"].items()}
    return json.loads(json.dumps({**recipe, "settings": _placeless(job), "files": files}))


def _placeless(job: FilmJob, **how: Any) -> dict[str, Any]:
    """Settings as JSON has them; of files their names alone. `how` is as pydantic has it."""
    return json.loads(json.dumps(job.model_dump(**how), default=lambda path: Path(path).name))


def _outline(work: Work, footage: Footage, on_progress: OnProgress) -> Outline:
    known = work.read_outline()
    if known is None:
        known = outline_of(footage, on_progress=on_progress)
        work.write_outline(known)
    return known


def _dream_size(size: tuple[int, int], most: tuple[int, int]) -> tuple[int, int]:
    """(width, height) no larger than `most`, with the proportions of the film; upright films may be as high as others are wide."""
    if size[1] > size[0]:
        most = most[::-1]
    scale = min(Fraction(1), Fraction(most[0], size[0]), Fraction(most[1], size[1]))
    return max(2, round(size[0] * scale)), max(2, round(size[1] * scale))


def _counter(n_kept: int, n_frames: int, on_progress: OnProgress) -> Callable[[], None]:
    n_done = n_kept
    on_progress(Progress("dreaming", n_done, n_frames))

    def count() -> None:
        nonlocal n_done
        n_done += 1
        on_progress(Progress("dreaming", n_done, n_frames))

    return count


def _metadata(recipe: dict[str, Any], job: FilmJob) -> dict[str, str]:
    """What the film itself tells of how it was made, for when its recipe has been lost."""
    source = recipe["files"]["source"]
    made = {
        "program": f"dream video {toolkit_version()}",
        "source": Path(source["path"]).name,
        "fingerprint": source["fingerprint"],
        "settings": _placeless(job, exclude_defaults=True),
    }
    return {"comment": json.dumps(made, ensure_ascii=False)}
