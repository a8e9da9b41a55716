"""What is climbed towards, and how, as settings tell it, go in; the engine that does so comes out."""

from __future__ import annotations

from pkgutil import resolve_name

import torch

from dream.ascent import Ascent
from dream.gradient import Direction
from dream.nets.staged import Staged
from dream.objectives import Objective
from dream.optimisers import Steepest
from dream.settings import ClimbSettings
from dream.tables import OPTIMISERS, SPACES
from dream.views import Jitter, Several, Shake, View


def engine(staged: Staged, objective: Objective, climb: ClimbSettings, *, device: torch.device | None = None, is_film: bool = False) -> Ascent:
    """An engine for stills, films and the live loop alike.

    Args:
        is_film: whether pictures follow each other. Then they are not moved about between steps, which would make dreams boil, and every
            step is for itself.
    """
    return Ascent(
        staged, objective, view=Jitter(0) if is_film else _view(climb),
        direction=Direction(resolve_name(SPACES[climb.param]).of(climb), photographic=climb.decorrelate),
        optimiser=Steepest if is_film else resolve_name(OPTIMISERS[climb.optimiser]), device=device, seed=climb.seed,
    )  # fmt: skip


def _view(climb: ClimbSettings) -> View:
    jitter = Jitter(climb.jitter)
    return Several((jitter, Shake(8 * climb.shake, 0.1 * climb.shake))) if climb.shake else jitter
