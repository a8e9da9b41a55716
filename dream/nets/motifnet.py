"""The network in the box: small enough to dream sixty pictures a second on a desk, with a voice for every motif.

What halves a picture looks at an even number of its pixels across, each of them as often as every other: the usual kernels of
three at a stride of two leave their grid in the dreams. All that follows is smooth, so that a picture always knows which way is up.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from dream.nets.staged import Staged
from dream.rows import evened

WIDTHS = (32, 48, 128, 192)
LAYERS = ("edges", "strokes", "shapes", "things", "motifs")
"""The last says of every place how much of each motif is there."""
MEAN, STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)


class Block(nn.Module):
    """Half the size, then two looks with a way around them."""

    FOLDS = (("first", "first_norm"), ("second", "second_norm"))

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(n_in, n_out, 4, stride=2, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(n_out)
        self.second = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(n_out)
        self.around = nn.Conv2d(n_in, n_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, n_in, H, W) to (N, n_out, H / 2, W / 2)."""
        x = evened(x)
        closer = F.silu(self.first_norm(self.first(x)))
        return F.silu(self.second_norm(self.second(closer)) + self.around(F.avg_pool2d(x, 2)))


class Stem(nn.Module):
    """The first look, at half the size."""

    FOLDS = (("look", "norm"),)

    def __init__(self, n_out: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(3, n_out, 6, stride=2, padding=2, bias=False)
        self.norm = nn.BatchNorm2d(n_out)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, n_out, H / 2, W / 2)."""
        return F.silu(self.norm(self.look(x)))


def motif_net(n_motifs: int, *, widths: Sequence[int] = WIDTHS) -> Staged:
    """A network that has learnt nothing yet."""
    stages: list[nn.Module] = [Stem(widths[0])]
    stages += [Block(n_in, n_out) for n_in, n_out in pairwise(widths)]
    stages.append(nn.Conv2d(widths[-1], n_motifs, 1))
    return Staged(dict(zip(LAYERS, stages, strict=True)), mean=MEAN, std=STD)
