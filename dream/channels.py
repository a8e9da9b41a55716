"""A network and names of what it can see go in; what it would most like to see of each comes out: dreams out of nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from dream.canvas import noise
from dream.engine import engine
from dream.nets.catalog import Net
from dream.objectives import Each, Objective
from dream.octaves import Climbed, dream, to_rgb
from dream.settings import ClimbSettings
from dream.stopping import IsStopped, Stopped, never
from media.progress import OnProgress, Progress, ignore_progress

_AT_ONCE = 8


@dataclass(frozen=True)
class Subject:
    """Something to dream of, and what it is called."""

    name: str
    objective: Objective


def visualise(
    net: Net,
    subjects: Sequence[Subject],
    climb: ClimbSettings,
    *,
    size: int,
    device: torch.device | None = None,
    is_stopped: IsStopped = never,
    on_progress: OnProgress = ignore_progress,
) -> list[np.ndarray]:
    """A dream of each subject, (size, size, 3) uint8, all out of like noise; of the first of them where it is ended before.

    Args:
        size: side in pixels.
    Raises:
        UserError: there is no memory for it, or a neuron is meant and the size is too large.
    """
    found: list[np.ndarray] = []

    def look_up(climbed: Climbed) -> None:
        if is_stopped():
            raise Stopped
        share = (climbed.octave.number + climbed.step / climbed.n_steps) / climbed.n_octaves
        on_progress(Progress("dreaming", len(found) + share * min(_AT_ONCE, len(subjects) - len(found)), len(subjects)))

    for first in range(0, len(subjects), _AT_ONCE):
        some = subjects[first : first + _AT_ONCE]
        ascent = engine(net.staged, Each(tuple(one.objective for one in some)), climb, device=device)
        start = torch.cat([noise(size, seed=(climb.seed, first + n), motif=one.name) for n, one in enumerate(some)])
        try:
            done = dream(
                start, ascent, octaves=climb.octaves, scale=climb.scale, steps=climb.steps, step_size=climb.step_size, on_step=look_up
            )
        except Stopped:
            break
        found += [to_rgb(done[n : n + 1]).numpy() for n in range(len(some))]
    return found
