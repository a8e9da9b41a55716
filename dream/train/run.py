"""Settings and a folder go in; a trained network comes out of it, with a sheet of its dreams at every checkpoint and a report."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dream.channels import Subject, visualise
from dream.device import device_named
from dream.nets.catalog import MOTIF, Net, find_weights, open_net
from dream.nets.motifnet import motif_net
from dream.nets.staged import Staged
from dream.nets.weights import save_motif_net
from dream.objectives import Voice
from dream.settings import ClimbSettings
from dream.sheets import lay_out
from dream.stopping import IsStopped, Stopped, never
from dream.train.loop import SLACK, OnReport, Training
from dream.train.robust import worst_step
from dream.train.settings import TrainSettings
from dream.train.sources import Named, Pictures, check_pictures, drawn_motifs, motifs_in
from media.command import INTERRUPTED
from media.errors import UserError
from media.files import fingerprint, write_text
from media.write import write_rgb

_WEIGHTS = "motif.safetensors"
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
        fine: how much of the pictures' gradient is finer than four pixels, 0..1: less looks more like things.
    """

    weights: Path
    motifs: tuple[str, ...]
    clean: float
    robust: float
    fine: float


class Ended(UserError):  # noqa: N818 - no fault
    """A person has ended the training; what it has come to is kept."""

    exit_code = INTERRUPTED

    def __init__(self, folder: Path, step: int, n_steps: int) -> None:
        super().__init__(folder, f"stopped after {min(step, n_steps)} of {n_steps} updates", "The same command goes on from there.")


def train(
    folder: Path,
    settings: TrainSettings,
    *,
    own: Path | None,
    start: Path | None,
    device: str,
    n_workers: int,
    every_s: float,
    on_report: OnReport,
    is_stopped: IsStopped = never,
) -> Trained:
    """Train the network, or go on where a training in this folder was ended.

    Args:
        own: a folder of folders of pictures, motifs of your own; they are learnt beside those that the network knows.
        start: weights to begin with; those in the box where `own` is given.
    Raises:
        UserError: there are no pictures or broken ones, the weights do not fit, or the folder holds another training.
        Ended: somebody stopped it.
    """
    weights, place = folder / _WEIGHTS, device_named(device)
    if start is not None and start.resolve() == weights.resolve():
        raise UserError(start, "the training would overwrite what it begins with", "Choose another folder, or copy it first.")
    folder.mkdir(parents=True, exist_ok=True)
    if own is not None and start is None:
        start = find_weights(MOTIF)
    net, names = _to_learn(start, own, settings)
    source = Pictures(settings.seed, round(settings.size * SLACK / 4) * 4, names)
    training = Training(net, source, settings, folder=folder, device=place, start=fingerprint(start) if start else "")
    if not training.resume():
        check_pictures(names)

    def keep(mean: Staged, step: int) -> None:
        _keep(folder, mean, source.titles, name=f"sheet-{step:06}.jpg", device=place)

    try:
        mean = training.run(n_workers=n_workers, every_s=every_s, on_report=on_report, on_checkpoint=keep, is_stopped=is_stopped)
        keep(mean, training.step)
        fresh = Pictures(_CHECK_SEED, settings.size, names)
        clean, robust, fine = judge(mean, fresh, device=place, radius=_ATTACK, is_stopped=is_stopped)
    except Stopped:
        raise Ended(folder, training.step, settings.steps) from None
    trained = Trained(weights, source.titles, clean, robust, fine)
    _report(folder, trained, training, start)
    return trained


def _to_learn(start: Path | None, own: Path | None, settings: TrainSettings) -> tuple[Staged, tuple[Named, ...]]:
    """The network to begin with, and what each of its voices is to learn."""
    drawn = drawn_motifs()
    if start is None:
        torch.manual_seed(settings.seed)
        return motif_net(len(drawn)), drawn
    net = open_net(MOTIF, start)
    # Motifs that were learnt of somebody's pictures are forgotten: there is nothing here to see them in.
    known = tuple(Named(name) for name in net.voices if Named(name) in drawn)
    names = known + _new_ones(known, own)
    if not names:
        raise UserError(start, "it names no motif that there are pictures of", "Give some with --from, or other weights.")
    kept = torch.tensor([net.voices[named.name] for named in known], dtype=torch.long)
    net.staged.stages["motifs"] = _head(net.staged.stages["motifs"], kept, len(names) - len(known))
    return net.staged, names


def _new_ones(known: tuple[Named, ...], own: Path | None) -> tuple[Named, ...]:
    if own is None:
        return ()
    found = motifs_in(own)
    twice = {named.name for named in known} & {named.name for named in found}
    if twice:
        raise UserError(own / min(twice), "the network knows a motif of this name", "Call the folder something else.")
    return found


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


def _keep(folder: Path, net: Staged, motifs: tuple[str, ...], *, name: str, device: torch.device) -> None:
    """Weights as they stand, and a sheet of what they dream."""
    save_motif_net(folder / _WEIGHTS, net, motifs)
    voices = {motif: number for number, motif in enumerate(motifs)}
    subjects = [Subject(motif, Voice("motifs", number)) for motif, number in voices.items()]
    pictures = visualise(Net(MOTIF, net, voices, "motifs"), subjects, ClimbSettings(octaves=4), size=_SHEET_PX, device=device)
    write_rgb(folder / name, lay_out(pictures, motifs))


def judge(
    net: Staged, source: Pictures, *, device: torch.device, radius: float, n: int = _N_CHECKED, is_stopped: IsStopped = never
) -> tuple[float, float, float]:
    """How well a network names fresh pictures, clean and made hard, and the share of its gradient that is fine.

    Raises:
        Stopped: before all were seen.
    """
    net = net.eval().to(device)
    rights, hard, fine = 0, 0, []
    for first in range(0, n, 64):
        if is_stopped():
            raise Stopped
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


def _report(folder: Path, trained: Trained, training: Training, start: Path | None) -> None:
    told: dict[str, Any] = {
        "settings": training.settings.model_dump(mode="json"),
        "start": {"file": start.name, "fingerprint": training.start} if start else None,
        "motifs": list(trained.motifs),
        "clean": round(trained.clean, 4),
        "robust": round(trained.robust, 4),
        "fine": round(trained.fine, 4),
        "seconds": round(training.seconds, 1),
        "threads": sorted(training.threads),
        "ended": time.strftime("%Y-%m-%d"),
    }
    write_text(folder / "report.json", json.dumps(told, indent=1) + "\n")
