"""Work done so far goes to a callback; the command line draws it as a bar where a person looks on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """`done` of `total` (any one unit, the same for both) of the stage `what`."""

    what: str
    done: float
    total: float


OnProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """The callback of those who do not ask."""


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[OnProgress]:
    """Draw progress on stderr while it is a terminal, and nothing elsewhere.

    Yields:
        The callback to hand to the work; a new `what` starts a new line.
    """
    if quiet or not sys.stderr.isatty():
        yield ignore_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    # No markup: a stage may name a file, and "[b]" is a good name for one.
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, int] = {}

        def draw(progress: Progress) -> None:
            if progress.what not in tasks:
                tasks[progress.what] = bars.add_task(progress.what, total=progress.total)
            bars.update(tasks[progress.what], completed=progress.done, total=progress.total)  # type: ignore[arg-type]

        yield draw


def part_of_all(on_progress: OnProgress, *, before: float, own: float = 1, total: float) -> OnProgress:
    """Progress of one of several pieces of work as that of all; `own` is how much of the total it is."""
    return lambda progress: on_progress(Progress(progress.what, before + own * progress.done / progress.total, total))


def counted(n: int, thing: str) -> str:
    """`1 frame`, `2 frames`."""
    return f"{n} {thing}{'' if n == 1 else 's'}"
