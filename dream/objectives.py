"""What a network says of a picture goes in; how well the picture does comes out: that is what it climbs towards.

An objective is a frozen value that names the layers it listens to. Called with what they say, it tells a figure for each place
of a picture, to be summed: so a picture may be climbed in tiles, each for itself, and it comes to the same.

A new one is a class of a few lines; for a flag of its own it takes a field of dream.settings.WishSettings, a function in dream.wishes
and a line in dream.tables.WISHES.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

_FLOOR = 1e-3
_MOST_PLACES, _AT_ONCE = 2048, 8192
"""Of a guide, and how many of a picture are compared with them at once."""
_SOFTENED = 3.0
"""By how much, of what voices say. Tuned by eye: 1 leaves halves of things, and noise where they are done; 9 piles things upon things."""

Said = Mapping[str, Tensor]


class Objective(Protocol):
    """Something to climb towards."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that it listens to."""

    @property
    def is_central(self) -> bool:
        """Whether it means a place in the middle of pictures, so that they cannot be climbed by pieces."""

    def __call__(self, said: Said) -> Tensor:
        """How well each picture does, (N,): the sum over its places."""


@dataclass(frozen=True)
class _OfLayer:
    """What listens to one layer."""

    layer: str

    @property
    def layers(self) -> tuple[str, ...]:
        """As Objective.layers."""
        return (self.layer,)

    @property
    def is_central(self) -> bool:
        """As Objective.is_central."""
        return False


@dataclass(frozen=True)
class Energy(_OfLayer):
    """Whatever a layer sees, more of it: deep dream's own, but of each place by how many times more.

    A sum of plain squares is soonest raised where there is most already, and leaves skies and walls as they are.
    """

    def __call__(self, said: Said) -> Tensor:
        """As Objective."""
        return (said[self.layer].float().square().mean(1) + _FLOOR).log().sum((1, 2))


@dataclass(frozen=True)
class Channel(_OfLayer):
    """One channel of a layer, everywhere."""

    channel: int

    def __call__(self, said: Said) -> Tensor:
        """As Objective."""
        return said[self.layer][:, self.channel].float().sum((1, 2))


@dataclass(frozen=True)
class Neuron(_OfLayer):
    """One channel of a layer, in the middle of the picture alone."""

    channel: int

    @property
    def is_central(self) -> bool:
        """As Objective.is_central."""
        return True

    def __call__(self, said: Said) -> Tensor:
        """As Objective."""
        heard = said[self.layer][:, self.channel].float()
        return heard[:, heard.shape[1] // 2, heard.shape[2] // 2]


@dataclass(frozen=True)
class Voice(_OfLayer):
    """A class by its place among all, against all others: a motif.

    It is the logarithm of its chance at each place, so that what is named rightly has had its share, and the dream goes on where there
    is nothing yet; softened, or it would be done too soon.
    """

    voice: int

    def __call__(self, said: Said) -> Tensor:
        """As Objective."""
        heard = said[self.layer].float() / _SOFTENED
        return F.log_softmax(heard, 1)[:, self.voice].sum((1, 2))


@dataclass(frozen=True)
class Guide(_OfLayer):
    """Wherever the picture says what another says anywhere, more of that (A. Mordvintsev 2015, "guided dreams").

    Args:
        said: what the guide says at the layer, (n, C) float32, one row a place; see `guide_of`.
    """

    said: Tensor
    _brought: dict[torch.device, Tensor] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, said: Said) -> Tensor:
        """As Objective."""
        heard = said[self.layer].flatten(2).float()  # sums of products are beyond what half precision counts to
        with torch.no_grad():
            known = self._on(heard.device)
            # Some places at a time: every one of the guide's meets every one of the picture's.
            nearest = torch.cat([torch.einsum("ic,ncp->nip", known, some).argmax(1) for some in heard.split(_AT_ONCE, 2)], 1)
            wanted = known[nearest].transpose(1, 2)
        return (heard * wanted).mean(1).sum(1)

    def _on(self, device: torch.device) -> Tensor:
        """What the guide says, brought to where it is wanted, once: a device has to wait for what comes from elsewhere."""
        if device not in self._brought:
            self._brought[device] = self.said.to(device)
        return self._brought[device]


def layers_of(parts: Sequence[Objective]) -> tuple[str, ...]:
    """The layers of several, each once."""
    return tuple(dict.fromkeys(layer for part in parts for layer in part.layers))


def guide_of(said: Tensor) -> Tensor:
    """What a guide says, (1, C, h, w), as rows of places (n, C) float32: of many places some, evenly spread."""
    rows = said[0].flatten(1).T.float()
    kept = torch.linspace(0, len(rows) - 1, min(len(rows), _MOST_PLACES)).round().long()
    return rows[kept.to(rows.device)].contiguous()


@dataclass(frozen=True)
class Mix:
    """Several at once, each with its weight; less than 0 is away from it.

    Args:
        parts: (weight, objective).
    """

    parts: tuple[tuple[float, Objective], ...]

    @property
    def layers(self) -> tuple[str, ...]:
        """As Objective.layers."""
        return layers_of([part for _, part in self.parts])

    @property
    def is_central(self) -> bool:
        """As Objective.is_central."""
        return any(part.is_central for _, part in self.parts)

    def __call__(self, said: Said) -> Tensor:
        """As Objective."""
        return torch.stack([weight * part(said) for weight, part in self.parts]).sum(0)


@dataclass(frozen=True)
class Each:
    """Pictures side by side, each with an objective of its own."""

    parts: tuple[Objective, ...]

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
        apart = [{layer: heard[n : n + 1] for layer, heard in said.items()} for n in range(len(self.parts))]
        return torch.cat([part(of_one) for part, of_one in zip(self.parts, apart, strict=True)])
