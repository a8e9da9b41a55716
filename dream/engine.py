"""What is climbed towards, and how, as settings tell it, go in; the engine that does so comes out."""

from __future__ import annotations

import torch

from dream.ascent import Ascent
from dream.gradient import Direction
from dream.nets.staged import Staged
from dream.objectives import Objective
from dream.optimisers import OPTIMISERS, Steepest
from dream.settings import ClimbSettings
from dream.spaces import Levels, Space, Waves
from dream.views import Jitter, Several, Shake, View


def engine(staged: Staged, objective: Objective, climb: ClimbSettings, *, device: torch.device | None = None, is_film: bool = False) -> Ascent:
    """An engine for stills, films and the live loop alike.

    Args:
        is_film: whether pictures follow each other. Then they are not moved about between steps, which would make dreams boil, and every
            step is for itself.
    """
    return Ascent(
        staged, objective, view=Jitter(0) if is_film else _view(climb), direction=Direction(_space(climb), photographic=climb.decorrelate),
        optimiser=Steepest if is_film else OPTIMISERS[climb.optimiser], device=device, seed=climb.seed,
    )  # fmt: skip


def _space(climb: ClimbSettings) -> Space:
    return Waves() if climb.param == "fourier" else Levels(climb.smooth, even=climb.even)


def _view(climb: ClimbSettings) -> View:
    jitter = Jitter(climb.jitter)
    return Several((jitter, Shake(8 * climb.shake, 0.1 * climb.shake))) if climb.shake else jitter
