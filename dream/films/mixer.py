"""Several objectives and how loud each of them is at the moment go in; one objective comes out, which may change with every frame."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from dream.ascent import Ascent, fair_pulls
from dream.memory import Climber
from dream.objectives import Objective, Said, layers_of
from dream.octaves import resize

_LISTENED_PX = 640


class Mixer:
    """An objective whose weights are set anew for each frame, and mean how hard each part pulls, whatever it counts in.

    Args:
        parts: what can be mixed.
        device: where it is computed.
    """

    def __init__(self, parts: Sequence[Objective], *, device: torch.device | None = None) -> None:
        self.parts = tuple(parts)
        self.pulls = (1.0,) * len(self.parts)
        # It is changed, never replaced: a recording of the climb reads it where it lies.
        self._amounts = torch.ones(len(self.parts), 1, device=device)

    @property
    def layers(self) -> tuple[str, ...]:
        """As Objective.layers."""
        return layers_of(self.parts)

    @property
    def is_central(self) -> bool:
        """As Objective.is_central."""
        return any(part.is_central for part in self.parts)

    def __call__(self, said: Said) -> Tensor:
        """As Objective."""
        return (torch.stack([part(said) for part in self.parts]) * self._amounts).sum(0)

    def play(self, weights: Sequence[float]) -> None:
        """Set how loud each part is; at least one must be."""
        amounts = [weight / pull for weight, pull in zip(weights, self.pulls, strict=True)]
        self._amounts.copy_(torch.tensor(amounts)[:, None])

    def balance(self, ascent: Ascent, picture: Tensor) -> None:
        """Find how hard each part pulls at a picture (1, 3, H, W); the ascent is one that climbs this."""
        if len(self.parts) == 1:
            return
        height, width = picture.shape[2:]
        shrunk = min(1.0, _LISTENED_PX / max(height, width))
        small = resize(picture, (round(height * shrunk), round(width * shrunk))).to(ascent.device)
        self.pulls, pulls = (1.0,) * len(self.parts), []
        for number in range(len(self.parts)):
            self.play([float(n == number) for n in range(len(self.parts))])
            pulls.append(Climber(ascent).strength(small))
        self.pulls = tuple(fair_pulls(pulls))
