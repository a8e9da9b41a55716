"""A picture goes in and comes out dreamed, or judged, as a plain script does it: what `dream` is measured against.

Pictures are (1, 3, H, W) floats of 0..1.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from dream.nets.staged import Staged

HEARD = "relu4_3"
SHIFT_PX = 32
LEVELS, RATIO = 4, 1.8
_RATE = 0.09
_KERNEL_PX = 9
_SPREADS_PX = (0.5, 1.0, 2.0)


class WholeNet(nn.Module):
    """All of a network's stages one after the other, as they are in torchvision: 32 bits, contiguous, ReLUs in place."""

    mean: Tensor
    std: Tensor

    def __init__(self, net: Staged) -> None:
        super().__init__()
        stages = {name: nn.ReLU(inplace=True) if name.startswith("relu") else stage for name, stage in net.stages.items()}
        self.stages = nn.ModuleDict(stages)
        self.register_buffer("mean", net.mean)
        self.register_buffer("std", net.std)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """What each block's last ReLU says of a picture that is scaled already; the network is always run to its end."""
        said = {}
        for name, stage in self.stages.items():
            x = stage(x)
            if name in ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"):
                said[name] = x
        return said


def dream_plainly(picture: Tensor, net: WholeNet, *, steps: int, generator: torch.Generator) -> Tensor:
    """The loop that tutorials teach: at each size the whole picture is resized, shifted, heard, and moved along a blurred gradient."""
    scaled, bounds = (picture - net.mean) / net.std, (-net.mean / net.std, (1 - net.mean) / net.std)
    height, width = picture.shape[2:]
    for level in reversed(range(LEVELS)):
        size = round(height / RATIO**level), round(width / RATIO**level)
        scaled = F.interpolate(scaled, size, mode="bilinear", align_corners=False)
        for _ in range(steps):
            scaled = _step(scaled, net, bounds, generator=generator)
    return scaled * net.std + net.mean


def _step(scaled: Tensor, net: WholeNet, bounds: tuple[Tensor, Tensor], *, generator: torch.Generator) -> Tensor:
    down, right = torch.randint(-SHIFT_PX, SHIFT_PX + 1, (2,), generator=generator).tolist()
    shifted = torch.roll(scaled, (down, right), (2, 3)).detach().requires_grad_(True)
    net(shifted)[HEARD].mean().backward()
    assert shifted.grad is not None
    blurred = torch.stack([_blur(shifted.grad, spread) for spread in _SPREADS_PX]).mean(0)
    direction = (blurred - blurred.mean()) / blurred.std()
    moved = torch.clamp(shifted.detach() + _RATE * direction, *bounds)
    return torch.roll(moved, (-down, -right), (2, 3))


def _blur(gradient: Tensor, spread_px: float) -> Tensor:
    """By a Gaussian of _KERNEL_PX, made anew every time, as such scripts do."""
    at = torch.arange(_KERNEL_PX, dtype=torch.float32) - _KERNEL_PX // 2
    line = torch.exp(-((at / spread_px) ** 2) / 2)
    kernel = torch.outer(line, line) / line.sum() ** 2
    padded = F.pad(gradient, (_KERNEL_PX // 2,) * 4, mode="reflect")
    return F.conv2d(padded, kernel.expand(gradient.shape[1], 1, _KERNEL_PX, _KERNEL_PX), groups=gradient.shape[1])


class PlainBlock(nn.Module):
    """Two looks, the first of which halves the size, and a way around them; norms are folded already."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(n_in, n_out, 3, stride=2, padding=1), nn.Conv2d(n_out, n_out, 3, padding=1)
        self.around = nn.Conv2d(n_in, n_out, 1, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, n_in, H, W) to (N, n_out, H / 2, W / 2)."""
        return F.silu(self.second(F.silu(self.first(x))) + self.around(x))


class PlainNet(nn.Module):
    """The network that the one in the box is measured against, of its depth and a little wider: 32, 64, 128 and 192 channels.

    Strides halve, a kernel of 5 begins, a row of classes ends. (The one in the box has 48 channels where this has 64.)
    """

    def __init__(self, n_voices: int, *, widths: tuple[int, ...] = (32, 64, 128, 192)) -> None:
        super().__init__()
        blocks = [PlainBlock(n_in, n_out) for n_in, n_out in pairwise(widths)]
        self.row = nn.Sequential(
            nn.Conv2d(3, widths[0], 5, stride=2, padding=2), nn.SiLU(), *blocks, nn.Conv2d(widths[-1], n_voices, 1)
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """How much of each class is at each place, (N, n_voices, H / 16, W / 16)."""
        return self.row((pictures - 0.5) / 0.25)


def draw_weights(net: nn.Module, *, seed: int) -> None:
    """Fill a network's convolutions by chance, such that what they say neither vanishes nor grows (K. He et al. 2015)."""
    generator = torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
