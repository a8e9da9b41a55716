"""Nothing goes in; GoogLeNet comes out (C. Szegedy et al. 2014, "Going deeper with convolutions"), which had the first deep dreams.

It is the one that torchvision has: with batch norms, and with 3x3 where the paper looks 5x5.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from dream.nets.staged import Staged, half_pool

N_CLASSES = 1000
_HALF = (0.5, 0.5, 0.5)
_BLOCKS = {
    # Outputs of the 1x1; of the 3x3, before and after; of the second 3x3, before and after; of what follows the pool.
    3: {"a": (64, 96, 128, 16, 32, 32), "b": (128, 128, 192, 32, 96, 64)},
    4: {
        "a": (192, 96, 208, 16, 48, 64),
        "b": (160, 112, 224, 24, 64, 64),
        "c": (128, 128, 256, 24, 64, 64),
        "d": (112, 144, 288, 32, 64, 64),
        "e": (256, 160, 320, 32, 128, 128),
    },
    5: {"a": (256, 160, 320, 32, 128, 128), "b": (384, 192, 384, 48, 128, 128)},
}


class Conv(nn.Module):
    """A convolution, its norm, and nothing below 0."""

    FOLDS = (("conv", "bn"),)

    def __init__(self, n_in: int, n_out: int, size: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, size, stride=stride, padding=size // 2, bias=False)
        self.bn = nn.BatchNorm2d(n_out, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """(N, n_in, H, W) to (N, n_out, H / stride, W / stride)."""
        return F.relu_(self.bn(self.conv(x)))


class Inception(nn.Module):
    """Four looks at the same, side by side."""

    def __init__(self, n_in: int, n_1x1: int, n_before_3x3: int, n_3x3: int, n_before_wide: int, n_wide: int, n_pool: int) -> None:
        super().__init__()
        self.branch1 = Conv(n_in, n_1x1, 1)
        self.branch2 = nn.Sequential(Conv(n_in, n_before_3x3, 1), Conv(n_before_3x3, n_3x3, 3))
        self.branch3 = nn.Sequential(Conv(n_in, n_before_wide, 1), Conv(n_before_wide, n_wide, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), Conv(n_in, n_pool, 1))
        self.n_out = n_1x1 + n_3x3 + n_wide + n_pool

    def forward(self, x: Tensor) -> Tensor:
        """(N, n_in, H, W) to (N, n_out, H, W)."""
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class Everywhere(nn.Linear):
    """A linear layer at every place of a picture: its mean over the places is what it says of the mean."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, n_in, H, W) to (N, n_out, H, W)."""
        return F.conv2d(input, self.weight[:, :, None, None], self.bias)


def googlenet() -> Staged:
    """conv1, pool1, conv2, conv3, pool2, inception3a ... inception5b, classes."""
    stages: dict[str, nn.Module] = {
        "conv1": Conv(3, 64, 7, stride=2),
        "pool1": half_pool(3),
        "conv2": Conv(64, 64, 1),
        "conv3": Conv(64, 192, 3),
    }
    n_in = 192
    for block, inceptions in _BLOCKS.items():
        # torchvision's last pool is smaller than the paper's.
        stages[f"pool{block - 1}"] = half_pool(2 if block == 5 else 3)
        for letter, widths in inceptions.items():
            stages[f"inception{block}{letter}"] = inception = Inception(n_in, *widths)
            n_in = inception.n_out
    stages["classes"] = Everywhere(n_in, N_CLASSES)
    # torchvision takes pictures with ImageNet's mean and spread to 0 and 1, and from there to this before the first layer.
    return Staged(stages, mean=_HALF, std=_HALF)


def origins(net: Staged) -> dict[str, str]:
    """What torchvision calls each layer."""
    return {layer: "fc" if layer == "classes" else layer for layer in net.layers}
