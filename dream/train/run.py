"""Settings and a folder go in; a trained network comes out of it, with a sheet of its dreams at every checkpoint and a report."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from dream.channels import Subject, visualise
from dream.nets.catalog import MOTIF, Net, find_weights, open_net
from dream.nets.motifnet import motif_net
from dream.nets.staged import Staged
from dream.nets.weights import save_motif_net
from dream.objectives import Voice
from dream.settings import ClimbSettings
from dream.sheets import lay_out
from dream.stills import device_named
from dream.train.loop import SLACK, OnReport, Training
from dream.train.robust import worst_step
from dream.train.settings import TrainSettings
from dream.train.sources import Named, Pictures, drawn_motifs, motifs_in
from media.errors import UserError
from media.files import atomic_path, write_text
from media.write import write_rgb

_CHECK_SEED = 10_007
"""Pictures that no training sees."""
_N_CHECKED = 1024
_SHEET_PX = 224
_ATTACK = 1.0
_LOOKS = 10


@dataclass(frozen=True)
class Trained:
    """What a training gave.

    Args:
        clean, robust: share of fresh pictures named rightly, as they are, and each made as hard as steps of length 1 can.
        high: how much of the pictures' gradient is finer than four pixels, 0..1: less looks more like things.
    """

    weights: Path
    motifs: tuple[str, ...]
    clean: float
    robust: float
    high: float


def train(
    folder: Path, settings: TrainSettings, *, own: Path | None, start: Path | None, device: str, n_workers: int, every_s: float, on_report: OnReport
) -> Trained:
    """Train the network, or go on where a training in this folder was ended.

    Args:
        own: a folder of folders of pictures, motifs of your own; they are learnt beside those that the network knows.
        start: weights to begin with; those in the box where `own` is given.
    Raises:
        UserError: there are no pictures, the weights do not fit, or the folder holds another training.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if own is not None and start is None:
        start = find_weights(MOTIF)
    known, net = _begin(start, settings)
    names = known + _new_ones(known, own)
    if len(names) > len(known):
        net = _widened(net, len(names))
    place = device_named(device)
    source = Pictures(settings.seed, round(settings.size * SLACK / 4) * 4, names)
    training = Training(net, source, settings, folder=folder, device=place)
    training.resume()
    titles = tuple(named.name for named in names)

    def keep(mean: Staged, step: int) -> None:
        _keep(folder, mean, titles, name=f"sheet-{step:06}.jpg")

    mean = training.run(n_workers=n_workers, every_s=every_s, on_report=on_report, on_checkpoint=keep)
    keep(mean, training.step)
    clean, robust, high = judge(mean, Pictures(_CHECK_SEED, settings.size, names), device=place, radius=_ATTACK)
    trained = Trained(folder / "motif.safetensors", titles, clean, robust, high)
    _report(folder, trained, settings)
    return trained


def _begin(start: Path | None, settings: TrainSettings) -> tuple[tuple[Named, ...], Staged]:
    if start is None:
        torch.manual_seed(settings.seed)
        return drawn_motifs(), motif_net(len(drawn_motifs()))
    net = open_net(MOTIF, start)
    drawn = {named.name for named in drawn_motifs()}
    # Motifs that were learnt of somebody's pictures are kept, but not seen again.
    return tuple(Named(name) for name in net.voices if name in drawn), _with_voices(net, drawn)


def _with_voices(net: Net, kept: set[str]) -> Staged:
    """The network with only some of its voices."""
    numbers = [number for name, number in net.voices.items() if name in kept]
    last = net.staged.stages["motifs"]
    if len(numbers) < len(net.voices):
        net.staged.stages["motifs"] = _head(last, torch.tensor(numbers), 0)
    return net.staged


def _new_ones(known: tuple[Named, ...], own: Path | None) -> tuple[Named, ...]:
    if own is None:
        return ()
    found = motifs_in(own)
    twice = {named.name for named in known} & {named.name for named in found}
    if twice:
        raise UserError(own / min(twice), "the network knows a motif of this name", "Call the folder something else.")
    return found


def _widened(net: Staged, n_motifs: int) -> Staged:
    """The same with voices for more motifs, which know nothing yet."""
    last = net.stages["motifs"]
    net.stages["motifs"] = _head(last, torch.arange(last.out_channels), n_motifs - int(last.out_channels))  # type: ignore[arg-type, call-overload]
    return net


def _head(last: nn.Module, kept: Tensor, n_more: int) -> nn.Conv2d:
    """A last layer with some of another's voices, and new ones that are silent."""
    assert isinstance(last, nn.Conv2d) and last.bias is not None
    fresh = nn.Conv2d(last.in_channels, len(kept) + n_more, 1)
    with torch.no_grad():
        fresh.weight.zero_()
        fresh.bias.zero_()  # type: ignore[union-attr]
        fresh.weight[: len(kept)] = last.weight[kept]
        fresh.bias[: len(kept)] = last.bias[kept]  # type: ignore[index]
    return fresh


def _keep(folder: Path, net: Staged, motifs: tuple[str, ...], *, name: str) -> None:
    """Weights as they stand, and a sheet of what they dream."""
    with atomic_path(folder / "motif.safetensors") as part:
        save_motif_net(part, net, motifs)
    voices = {motif: number for number, motif in enumerate(motifs)}
    subjects = [Subject(motif, Voice("motifs", number)) for motif, number in voices.items()]
    pictures = visualise(Net(MOTIF, net, voices, "motifs"), subjects, ClimbSettings(octaves=4), size=_SHEET_PX)
    write_rgb(folder / name, lay_out(pictures, motifs))


def judge(net: Staged, source: Pictures, *, device: torch.device, radius: float, n: int = _N_CHECKED) -> tuple[float, float, float]:
    """How well a network names fresh pictures, clean and made hard, and the share of its gradient that is fine."""
    net = net.eval().to(device)
    rights, hard, fine = 0, 0, []
    for first in range(0, n, 64):
        numbers = range(first, min(n, first + 64))
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
    return rights / n, hard / n, sum(fine) / len(fine)


def _logits(net: Staged, pictures: Tensor) -> Tensor:
    return net(pictures, ("motifs",))["motifs"].float().mean((2, 3))


def fine_share(gradient: Tensor) -> float:
    """How much of a gradient's energy lies in waves shorter than four pixels, 0..1."""
    waves = torch.fft.fft2(gradient.float()).abs().square().mean((0, 1))
    down, right = (torch.fft.fftfreq(n, device=gradient.device).abs() for n in waves.shape)
    is_fine = torch.maximum(down[:, None], right[None]) > 0.25
    return float(waves[is_fine].sum() / waves.sum())


def _report(folder: Path, trained: Trained, settings: TrainSettings) -> None:
    told = {
        "settings": settings.model_dump(mode="json"),
        "motifs": list(trained.motifs),
        "clean": round(trained.clean, 4),
        "robust": round(trained.robust, 4),
        "fine": round(trained.high, 4),
        "ended": time.strftime("%Y-%m-%d"),
    }
    write_text(folder / "report.json", json.dumps(told, indent=1) + "\n")
