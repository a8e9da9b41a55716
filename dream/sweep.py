"""A picture and a parameter from one value to another go in; its dreams at values in between come out, as a sheet or a film."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from dream.device import device_named
from dream.jobs import SweepJob
from dream.nets.catalog import Net, open_net
from dream.octaves import fitted, to_rgb, to_tensor
from dream.pictures import Picture, read_picture
from dream.recipe import ended_at, recipe_of, require_apart
from dream.reels import check_dreams, is_reel, write_dreams
from dream.settings import FROM_RECIPE, ClimbSettings, DreamSettings
from dream.stills import Watch, dream_picture
from dream.stopping import IsStopped, never
from media.errors import UserError, did_you_mean
from media.progress import OnProgress, ignore_progress, part_of_all
from media.settings import validation_to_user_error

_SHEET_COUNT, _SHEET_PX = 9, 320
_FILM_COUNT, _FILM_PX = 50, 640
_FAR_APART = 8
MOTIF = "motif"
SWEPT = tuple(name.replace("_", "-") for name, field in ClimbSettings.model_fields.items() if field.annotation in (int, float))
"""What can be swept, beside two motifs."""


@dataclass(frozen=True)
class Stop:
    """One of the values of a sweep: what is written below it, and the settings that it stands for."""

    label: str
    settings: DreamSettings


def sweep(
    source: Path | None,
    output: Path,
    job: SweepJob,
    *,
    device: str = "auto",
    stop_at: Sequence[int] | None = None,
    is_stopped: IsStopped = never,
    on_progress: OnProgress = ignore_progress,
) -> int:
    """Dream a picture at each value of a sweep, and write a sheet (.png, .jpg), or a film; returns how many dreams are in it.

    Args:
        is_stopped: ends it with the last dream that is whole; without any nothing is written.
    Raises:
        UserError: there is no such parameter, a value is out of its range, or something cannot be read or written.
    """
    assert source is not None
    as_film = is_reel(output)
    check_dreams(output)
    require_apart(output, source, job)
    stops = plan_sweep(job, count=job.sweep.count or (_FILM_COUNT if as_film else _SHEET_COUNT))
    net = open_net(job.wish.net, job.wish.weights)
    picture = fitted(to_tensor(read_picture(source).rgb), job.sweep.size or (_FILM_PX if as_film else _SHEET_PX))
    start = Picture(to_rgb(picture).numpy())

    wanted = stops[: stop_at[0]] if stop_at else stops
    dreams = _dreams(start, net, wanted, device=device, is_stopped=is_stopped, on_progress=on_progress)
    where = device_named(device).type
    return write_dreams(
        output, dreams, rate=job.sweep.rate,
        recipe_for=lambda n: recipe_of("sweep", source, job, device=where, stopped_at=ended_at(n, len(stops))),
    )  # fmt: skip


def _dreams(
    start: Picture, net: Net, stops: Sequence[Stop], *, device: str, is_stopped: IsStopped, on_progress: OnProgress
) -> Iterator[tuple[str, np.ndarray]]:
    """Labels and dreams, (H, W, 3) uint8, of all stops; or as far as they are whole when it is ended."""
    for n, stop in enumerate(stops):
        on_part = part_of_all(on_progress, before=n, total=len(stops))
        dreamed = dream_picture(start, net, stop.settings, device=device, watch=Watch(is_stopped=is_stopped), on_progress=on_part)
        if not dreamed.is_whole:
            return
        yield stop.label, dreamed.picture.rgb


def plan_sweep(job: SweepJob, *, count: int) -> list[Stop]:
    """The values of a sweep from end to end; of whole numbers each once.

    Raises:
        UserError: it is none, or a value is out of range.
    """
    text = job.sweep.sweep
    match = re.fullmatch(r"\s*([\w-]+)\s*=\s*(\S+?)\s*\.\.\s*(\S+)\s*", text)
    if not match:
        raise UserError(f"--sweep {text}", "this is no sweep", "Write --sweep steps=2..40, or --sweep motif=eyes..feathers.")
    name, ends = match[1].replace("_", "-").casefold(), (match[2], match[3])
    along = np.linspace(0, 1, count).tolist() if count > 1 else [0.0]
    if name == MOTIF:
        return [_mixed(job, ends, share) for share in along]
    if name not in SWEPT:
        raise UserError(f"--sweep {text}", f"there is no number called {name}", did_you_mean(name, [*SWEPT, MOTIF]))
    first, last = (_number(text, end) for end in ends)
    values = _between(first, last, along)
    if ClimbSettings.model_fields[name.replace("-", "_")].annotation is int:
        values = list(dict.fromkeys(round(value) for value in values))
    return [_at(job, name, value) for value in values]


def _between(first: float, last: float, along: Sequence[float]) -> list[float]:
    """Values from one to the other: in equal steps, or in equal ratios where the one is many times the other."""
    if first > 0 and last > 0 and max(first / last, last / first) >= _FAR_APART:
        return [float(first ** (1 - share) * last**share) for share in along]
    return [first * (1 - share) + last * share for share in along]


def _number(text: str, end: str) -> float:
    try:
        number = float(end)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise UserError(f"--sweep {text}", f"{end} is no finite number", "Write --sweep steps=2..40.")
    return number


def _at(job: SweepJob, name: str, value: float) -> Stop:
    field = name.replace("-", "_")
    told: dict[str, Any] = {**job.climb.model_dump(), field: value}
    try:
        climb = ClimbSettings.model_validate(told, context=FROM_RECIPE)  # sweeps of old, and those that look for the end of what is of use
    except ValidationError as error:
        raise validation_to_user_error(error, ClimbSettings, where=f"--sweep {name}={value:g}") from error
    return Stop(f"{name} {value:.3g}", DreamSettings(wish=job.wish, climb=climb, where=job.where))


def _mixed(job: SweepJob, motifs: tuple[str, str], share: float) -> Stop:
    """Two motifs, the second by its share; one that has none is left out."""
    weights = [(motif, weight) for motif, weight in zip(motifs, (1 - share, share), strict=True) if weight > 0]
    wish = job.wish.model_copy(update={"motif": (*job.wish.motif, *(f"{motif}={weight:.6g}" for motif, weight in weights))})
    label = "   ".join(f"{motif} {weight:.0%}" for motif, weight in weights)
    return Stop(label, DreamSettings(wish=wish, climb=job.climb, where=job.where))
