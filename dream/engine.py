"""What is climbed towards, and how, as settings tell it, go in; the engine that does so comes out."""

from __future__ import annotations

from pkgutil import resolve_name

import torch
from torch import Tensor

from dream.ascent import Ascent
from dream.device import device_named
from dream.gradient import Direction
from dream.nets.catalog import Net
from dream.nets.staged import Staged
from dream.objectives import Guide, Objective, guide_of
from dream.octaves import OnStep, Stand, dream, fitted, ignore_step, to_tensor
from dream.optimisers import Steepest
from dream.pictures import read_picture
from dream.settings import ClimbSettings, WishSettings
from dream.tables import OPTIMISERS, SPACES
from dream.views import Jitter, Several, Shake, View
from dream.wishes import guide_layers, objective_of

_GUIDE_PX, _LEAST_GUIDE_PX = 512, 32


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


def ascent_of(net: Net, wish: WishSettings, climb: ClimbSettings, *, device: str = "auto") -> Ascent:
    """The engine for what is wished for."""
    where = device_named(device)
    return engine(net.staged, objective_of(net, wish, guides=guides_in(net, wish)), climb, device=where)


def guides_in(net: Net, wish: WishSettings) -> list[tuple[float, Objective]]:
    """What a guide stands for, one objective for each layer that sees it, with its weight; nothing where there is no guide.

    Raises:
        UserError: it cannot be read, or the network has no such layer.
    """
    if wish.guide is None:
        return []
    layers = guide_layers(net, wish)
    seen = fitted(to_tensor(read_picture(wish.guide).rgb), _GUIDE_PX, least_px=_LEAST_GUIDE_PX)
    with torch.no_grad():
        names = [layer for _, layer in layers]
        said = net.staged.cut_after(names).eval()(seen, names)
    return [(weight, Guide(layer, guide_of(said[layer]))) for weight, layer in layers]


def climb_as(
    picture: Tensor,
    ascent: Ascent,
    settings: ClimbSettings,
    *,
    strength: Tensor | None = None,
    begin: Stand | None = None,
    on_step: OnStep = ignore_step,
) -> Tensor:
    """`dream.octaves.dream` as settings tell it."""
    return dream(
        picture, ascent, octaves=settings.octaves, scale=settings.scale, steps=settings.steps, step_size=settings.step_size,
        grain=settings.grain, strength=strength, begin=begin, on_step=on_step,
    )  # fmt: skip
