"""Stages by name go in; a network comes out that can be cut after any of them and tells what each of them says.

Convention: pictures are (N, 3, H, W) floats of 0..1; activations are (N, C, h, w).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import torch
from torch import Tensor, nn

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the pictures that torchvision's networks learnt from, by channel."""


class Staged(nn.Module):
    """A row of named stages, each fed by the one before.

    Args:
        stages: in order.
        mean, std: of the pictures that it learnt from, by channel: what it is fed with is (picture - mean) / std.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, stages: Mapping[str, nn.Module], *, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.stages = nn.ModuleDict(stages)
        for name, values in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the stages, from the picture on."""
        return tuple(self.stages)

    def cut_after(self, layers: Collection[str]) -> Staged:
        """The same network, weights shared, without what lies behind the deepest of some layers."""
        deepest = max(self.layers.index(layer) for layer in layers)
        kept = {name: self.stages[name] for name in self.layers[: deepest + 1]}
        cut = Staged(kept, mean=self.mean.flatten().tolist(), std=self.std.flatten().tolist())
        return cut.to(self.mean.device, self.mean.dtype)

    def forward(self, pictures: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """What these layers say of pictures."""
        said: dict[str, Tensor] = {}
        x = (pictures - self.mean) / self.std
        for name, stage in self.stages.items():
            x = stage(x)
            if name in layers:
                said[name] = x
        return said


def half_pool(size: int) -> nn.MaxPool2d:
    """The largest of so many pixels a side at every other pixel; what hangs over the edge counts as well."""
    return nn.MaxPool2d(size, stride=2, ceil_mode=True)
