"""Nothing goes in; SqueezeNet 1.1 comes out (F. Iandola et al. 2016), the smallest of the known networks."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from dream.nets.staged import IMAGENET_MEAN, IMAGENET_STD, Staged, half_pool

N_CLASSES = 1000
_PLACES = {
    "conv1": 0, "pool1": 2, "fire2": 3, "fire3": 4, "pool3": 5, "fire4": 6, "fire5": 7, "pool5": 8,
    "fire6": 9, "fire7": 10, "fire8": 11, "fire9": 12,
}  # fmt: skip
"""Of each layer in torchvision's row."""


class Conv(nn.Conv2d):
    """A convolution, and nothing below 0."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, n_in, H, W) to (N, n_out, h, w)."""
        return F.relu_(super().forward(input))


class Fire(nn.Module):
    """Few channels, seen closely and widely."""

    def __init__(self, n_in: int, n_squeezed: int, n_each: int) -> None:
        super().__init__()
        self.squeeze = Conv(n_in, n_squeezed, 1)
        self.expand1x1 = Conv(n_squeezed, n_each, 1)
        self.expand3x3 = Conv(n_squeezed, n_each, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, n_in, H, W) to (N, 2 n_each, H, W)."""
        x = self.squeeze(x)
        return torch.cat([self.expand1x1(x), self.expand3x3(x)], 1)


def squeezenet1_1() -> Staged:
    """conv1, pool1, fire2, fire3, pool3 ... fire9, classes."""
    stages: dict[str, nn.Module] = {
        "conv1": Conv(3, 64, 3, stride=2),
        "pool1": half_pool(3),
        "fire2": Fire(64, 16, 64),
        "fire3": Fire(128, 16, 64),
        "pool3": half_pool(3),
        "fire4": Fire(128, 32, 128),
        "fire5": Fire(256, 32, 128),
        "pool5": half_pool(3),
        "fire6": Fire(256, 48, 192),
        "fire7": Fire(384, 48, 192),
        "fire8": Fire(384, 64, 256),
        "fire9": Fire(512, 64, 256),
        # torchvision cuts classes off below 0; a class that is not there yet could then not be climbed towards.
        "classes": nn.Conv2d(512, N_CLASSES, 1),
    }
    return Staged(stages, mean=IMAGENET_MEAN, std=IMAGENET_STD)


def origins(net: Staged) -> dict[str, str]:
    """What torchvision calls each layer."""
    return {layer: f"features.{_PLACES[layer]}" if layer in _PLACES else "classifier.1" for layer in net.layers}
