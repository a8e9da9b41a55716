"""A network and fresh pictures go in; how well it names them comes out, clean and made hard, and how fine its gradient is."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dream.nets.staged import Staged
from dream.stopping import IsStopped, Stopped, never
from dream.train.robust import worst_step
from dream.train.sources import Pictures
from media.progress import OnProgress, Progress, ignore_progress

_N_CHECKED = 1024
_AT_ONCE = 64
_LOOKS = 10


@dataclass(frozen=True)
class Judged:
    """What a network is worth.

    Args:
        clean, robust: share of fresh pictures named rightly, as they are, and each made as hard as steps of some length can.
        fine: how much of the pictures' gradient is finer than four pixels, 0..1: less looks more like things.
    """

    clean: float
    robust: float
    fine: float


def judge(
    net: Staged, source: Pictures, *, device: torch.device, radius: float, n: int = _N_CHECKED,
    is_stopped: IsStopped = never, on_progress: OnProgress = ignore_progress,
) -> Judged:  # fmt: skip
    """Look at `n` pictures of a source, as they are and moved by so long a step.

    Raises:
        Stopped: before all were seen.
    """
    net = net.eval().to(device)
    rights, hard, fine = 0, 0, []
    for first in range(0, n, _AT_ONCE):
        if is_stopped():
            raise Stopped
        numbers = range(first, min(n, first + _AT_ONCE))
        pictures = torch.stack([torch.from_numpy(source.draw(number)) for number in numbers]).permute(0, 3, 1, 2).float().to(device) / 255
        labels = torch.tensor([source.label(number) for number in numbers], device=device)

        def loss(shown: Tensor, labels: Tensor = labels) -> Tensor:
            return nn.functional.cross_entropy(_logits(net, shown), labels)

        generator = torch.Generator().manual_seed(first)
        worse = pictures + worst_step(loss, pictures, radius=radius, n_steps=_LOOKS, generator=generator)
        leaf = pictures.requires_grad_(True)
        (gradient,) = torch.autograd.grad(loss(leaf), leaf)
        with torch.no_grad():
            rights += int((_logits(net, pictures).argmax(1) == labels).sum())
            hard += int((_logits(net, worse).argmax(1) == labels).sum())
            fine.append(fine_share(gradient))
        on_progress(Progress("checking", numbers.stop, n))
    return Judged(rights / n, hard / n, sum(fine) / len(fine))


def _logits(net: Staged, pictures: Tensor) -> Tensor:
    return net(pictures, ("motifs",))["motifs"].float().mean((2, 3))


def fine_share(gradient: Tensor) -> float:
    """How much of a gradient's energy lies in waves shorter than four pixels, 0..1."""
    waves = torch.fft.fft2(gradient.float()).abs().square().mean((0, 1))
    down, right = (torch.fft.fftfreq(n, device=gradient.device).abs() for n in waves.shape)
    is_fine = torch.maximum(down[:, None], right[None]) > 0.25
    return float(waves[is_fine].sum() / waves.sum())
