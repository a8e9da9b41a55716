"""The command `dream video`: its words in, a dreamed film and an exit status out."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from cyclopts.validators import Number

from dream.films.settings import CarrySettings, FilmJob, PartSettings, ScoreSettings
from dream.settings import ClimbSettings, On, Quiet, WhereSettings, WishSettings
from media.pictures import is_pattern, source_name
from media.progress import counted, progress_bar
from media.settings import FLATTEN, flag

_WISH, _CLIMB, _WHERE, _PART, _CARRY, _SCORE = WishSettings(), ClimbSettings(), WhereSettings(), PartSettings(), CarrySettings(), ScoreSettings()


def video(
    film: Path,
    *,
    output: Annotated[Path | None, flag("-o", help="The dream (.mp4 .mov .mkv .webm .gif, out/%04d.png); NAME-dream.mp4 beside it by default.")] = None,
    wishing: Annotated[WishSettings, FLATTEN] = _WISH,
    climbing: Annotated[ClimbSettings, FLATTEN] = _CLIMB,
    placing: Annotated[WhereSettings, FLATTEN] = _WHERE,
    part: Annotated[PartSettings, FLATTEN] = _PART,
    carrying: Annotated[CarrySettings, FLATTEN] = _CARRY,
    playing: Annotated[ScoreSettings, FLATTEN] = _SCORE,
    workers: Annotated[int, flag("-w", validator=Number(gte=1, lte=64), help="Processes, each of which dreams whole shots.")] = 1,
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """Dream a film: the dream moves with what is seen. A run that was ended goes on where it was when it is started again."""
    from dream.films.run import Ended, dream_film

    output = output or _beside(film)
    job = FilmJob(wish=wishing, climb=climbing, where=placing, part=part, carry=carrying, score=playing)
    with progress_bar(quiet=quiet) as on_progress:
        tell = _ignore if quiet else _print_line
        try:
            made = dream_film(film, output, job, device=device, n_workers=workers, on_progress=on_progress, on_told=tell)
        except (Ended, KeyboardInterrupt):
            _hear_no_more()
            raise
    went_on = f", {made.n_kept} of them from before" if made.n_kept else ""
    tell(f"{output}: {counted(made.n_frames, 'frame')} in {counted(made.n_shots, 'shot')}{went_on}; on {made.device}")
    return 0


def _hear_no_more() -> None:
    """The program ends by one Ctrl-C, and says so; more of them, from a hasty hand, shall not keep it from that."""
    with suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _print_line(text: str) -> None:
    """Print a line, whatever names are in it."""
    print(" ".join(text.split()))


def _ignore(text: str) -> None:
    """Print nothing."""


def _beside(film: Path) -> Path:
    """Where a dream goes unless told: beside the film, or beside the folder of pictures."""
    thing = film.parent if is_pattern(film) and not film.exists() else film
    place = thing if thing.name not in ("", "..") else thing.resolve()
    return place.parent / f"{source_name(film)}-dream.mp4"
