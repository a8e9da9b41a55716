"""The engine: a network, an objective and a picture go in; the picture climbs, step by step.

Stills, films and the live loop all climb here. The network is cut behind the deepest layer that the objective listens to, its
weights want no gradient, and only the picture and the direction are float32.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import cached_property
from math import isfinite

import torch
from torch import Tensor

from dream.device import best_device, best_precision, memory_format
from dream.gradient import Direction
from dream.nets.fold import fold_norms
from dream.nets.reach import reach_of
from dream.nets.staged import Staged
from dream.objectives import Mix, Objective
from dream.optimisers import Optimiser, Steepest
from dream.recorded import Recorded
from dream.views import Jitter, View

_TINY = 1e-12
_SILENT = 1e-6
WHOLE_PX = 1 << 30
"""The side of a tile that any picture fits in: no tiles."""


class Ascent:
    """Climbs pictures towards an objective.

    `side_px` is the side of the largest tile that there has been room for.

    Args:
        view: how the network is shown them.
        direction: what becomes of the gradient.
        optimiser: makes the one that makes steps of it.
        device, precision: where and in what the network thinks; chosen for the machine by default.
    """

    def __init__(
        self,
        net: Staged,
        objective: Objective,
        *,
        view: View = Jitter(12),
        direction: Direction = Direction(),
        optimiser: Callable[[], Optimiser] = Steepest,
        device: torch.device | None = None,
        precision: torch.dtype | None = None,
        seed: int = 0,
    ) -> None:
        self.device = device or best_device()
        self.precision = precision or best_precision(self.device)
        # A copy: the network itself stays as exact, and as open to learning, as it is.
        cut = fold_norms(copy.deepcopy(net.cut_after(objective.layers)).eval()).requires_grad_(False)
        self._net = cut.to(self.device, self.precision, memory_format=memory_format(self.device))  # type: ignore[call-overload]
        self._asked = self._objective = objective
        self.view, self.direction = view, direction
        self.side_px = WHOLE_PX
        self.forget()
        self._new_optimiser, self._optimiser = optimiser, optimiser()
        self.generator = torch.Generator().manual_seed(seed)

    def forget(self) -> None:
        """Give back the memory that recordings take."""
        self._recorded = Recorded() if self.device.type == "cuda" else None

    @property
    def has_recordings(self) -> bool:
        """Whether there is memory to give back."""
        return self._recorded is not None and len(self._recorded) > 0

    @property
    def fits_tiles(self) -> bool:
        """Whether pictures can be climbed by pieces: not where a place in the middle of them is meant."""
        return not self._asked.is_central

    @property
    def is_plain(self) -> bool:
        """Whether it climbs by pieces as it would the whole."""
        return self.direction.by_pieces is self.direction and self._new_optimiser is Steepest and isinstance(self.view, Jitter)

    @cached_property
    def reach_px(self) -> int:
        """How far about a place its gradient looks, as good as: what tiles must be seen with."""
        return reach_of(self._net, self._objective.layers)

    def balance(self, pictures: Tensor) -> None:
        """Begin with other pictures, of which nothing is remembered.

        Weights of a mix come to mean how hard each part pulls at these pictures, whatever the figures that it counts in.
        """
        self._optimiser = self._new_optimiser()
        if not isinstance(self._asked, Mix):
            return
        strengths = []
        for _, part in self._asked.parts:
            self._objective = part
            strengths.append(self.strength(pictures))
        shares = zip(self._asked.parts, fair_pulls(strengths), strict=True)
        self._objective = Mix(tuple((weight / pull, part) for (weight, part), pull in shares))

    def strength(self, pictures: Tensor) -> float:
        """How hard pictures are pulled: the root mean square of their gradient."""
        return float(self.gradient(pictures)[1].square().mean().sqrt())

    def gradient(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """How well pictures do, (N,), and which way it is better, (N, 3, H, W) float32.

        Args:
            pictures: (N, 3, H, W) float32 of 0..1.
        """
        return self._climbed(pictures, self.view)

    def slope(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """The same of pictures as they are, without any view."""
        return self._climbed(pictures, None)

    def _climbed(self, pictures: Tensor, view: View | None) -> tuple[Tensor, Tensor]:
        leaf = pictures.detach().to(self.device).requires_grad_(True)
        shown = leaf if view is None else view(leaf, self.generator)
        seen = shown.to(self.precision).to(memory_format=memory_format(self.device))  # in one, it takes more than twice as long
        if self._recorded is None:
            heard, pull = self._think(seen)
        else:
            heard, pull = self._recorded(self._think, seen.detach(), about=self._objective)
        (gradient,) = torch.autograd.grad(seen, leaf, pull.contiguous())
        # Where sums overflow, half precision has no gradient; one such place must not take the whole picture with it.
        return heard, gradient.nan_to_num_(0, 0, 0) if self.precision == torch.float16 else gradient

    def _think(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """How well pictures do as they are seen, and what they are pulled towards."""
        seen = seen.detach().requires_grad_(True)  # the same memory, which recordings fill anew: it must not itself want a gradient
        heard = self._objective(self._net(seen, self._objective.layers))
        (pull,) = torch.autograd.grad(heard.sum(), seen)
        return heard.detach(), pull

    def step(self, pictures: Tensor, *, by: float | Tensor) -> None:
        """Climb one step, in place.

        Args:
            by: how far, in parts of the range of 0..1; a map of it (1, 1, H, W) where it differs from place to place.
        """
        _, gradient = self.gradient(pictures)
        pictures.add_(self.direction(gradient, self._optimiser) * by).clamp_(0, 1)


def fair_pulls(strengths: Sequence[float]) -> list[float]:
    """By what to divide the parts of a mix so that all pull alike, 1 for the one that pulls least: none grows beyond what it counts in.

    One that is silent as yet must not shout when it wakes; it is held for as loud as the loudest.
    """
    finite = [strength for strength in strengths if isfinite(strength)]
    loudest = max([*finite, _TINY])
    heard = [strength if isfinite(strength) and strength > _SILENT * loudest else loudest for strength in strengths]
    return [strength / min(heard) for strength in heard]
