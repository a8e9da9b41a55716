"""Settings and a folder go in; a trained network comes out of it, with a sheet of its dreams at every checkpoint and a report."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
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
from dream.train.judging import Judged, judge
from dream.train.loop import SLACK, Report, Training
from dream.train.settings import TrainSettings
from dream.train.sources import Named, Pictures, check_pictures, drawn_motifs, motifs_in
from media.command import INTERRUPTED
from media.errors import UserError
from media.files import fingerprint, make_folder, write_text
from media.progress import OnProgress, Progress, ignore_progress
from media.write import write_rgb

_WEIGHTS = "motif.safetensors"
_REPORT = "report.json"
_CHECK_SEED = 10_007
"""Pictures that no training sees."""
_ATTACK = 1.0


@dataclass(frozen=True)
class Sheet:
    """How a sheet of dreams is made.

    Args:
        size: of a dream, pixels a side.
    """

    size: int
    climb: ClimbSettings


_LAST_SHEET = Sheet(224, ClimbSettings(octaves=4))
_QUICK_SHEET = Sheet(160, ClimbSettings(octaves=3, steps=8, step_size=0.03))
"""On the way: a third of the time, and shows as much of what has been learnt. Tuned by eye."""


@dataclass(frozen=True)
class Trained:
    """What a training gave.

    Args:
        judged: by steps of length 1.
        is_new: whether it was finished just now, not by a run before.
    """

    weights: Path
    motifs: tuple[str, ...]
    judged: Judged
    is_new: bool = True

    @property
    def told(self) -> str:
        """All that in a line."""
        shares = f"names {self.judged.clean:.1%} of fresh pictures, {self.judged.robust:.1%} of hard ones"
        return f"{self.weights}: {len(self.motifs)} motifs; {shares}{'' if self.is_new else '; finished before'}"


class Ended(UserError):  # noqa: N818 - no fault
    """A person has ended the training; what it has come to is kept."""

    exit_code = INTERRUPTED

    def __init__(self, folder: Path, step: int, n_steps: int) -> None:
        super().__init__(folder, f"stopped after {min(step, n_steps)} of {n_steps} updates", "The same command goes on from there.")


@dataclass(frozen=True)
class _Teller:
    """Whom to ask and to tell while work is done."""

    is_stopped: IsStopped
    on_progress: OnProgress

    def report(self, report: Report) -> None:
        self.on_progress(Progress("training", min(report.step, report.n_steps), report.n_steps))

    def sheet(self, progress: Progress) -> None:
        self.on_progress(Progress("dreaming the sheet", progress.done, progress.total))


def train(
    folder: Path,
    settings: TrainSettings,
    *,
    own: Path | None,
    start: Path | None,
    device: str,
    n_workers: int,
    every_s: float,
    is_stopped: IsStopped = never,
    on_progress: OnProgress = ignore_progress,
) -> Trained:
    """Train the network, or go on where a training in this folder was ended.

    Args:
        folder: where checkpoint, drawn pictures, sheets, report and weights go; made when needed.
        own: a folder of folders of pictures, motifs of your own; they are learnt beside those that the network knows.
        start: weights to begin with; those in the box where `own` is given.
        device: auto, cpu, cuda or mps.
        n_workers: processes that draw pictures, at least one.
        every_s: seconds from one checkpoint, with its sheet, to the next.
    Raises:
        UserError: there are no pictures or broken ones, the weights do not fit, the folder holds another training, nothing can be
            written there, or the training went astray.
        Ended: somebody stopped it.
    """
    place = device_named(device)
    if start is not None and start.resolve() == (folder / _WEIGHTS).resolve():
        raise UserError(start, "the training would overwrite what it begins with", "Choose another folder, or copy it first.")
    _check_way(folder)
    if own is not None and start is None:
        start = find_weights(MOTIF)
    net, names = _to_learn(start, own, settings)
    source = Pictures(settings.seed, round(settings.size * SLACK / 4) * 4, names)
    training = Training(net, source, settings, folder=folder, device=place, start=fingerprint(start) if start else "")
    has_begun, teller = training.resume(), _Teller(is_stopped, on_progress)
    if has_begun and (done := _done_before(folder, training, source.titles)):
        return done
    try:
        if not has_begun:
            check_pictures(names, is_stopped=is_stopped, on_progress=on_progress)
        make_folder(folder)
        judged = _work(folder, training, names, n_workers=n_workers, every_s=every_s, device=place, teller=teller)
    except Stopped:
        raise Ended(folder, training.step, settings.steps) from None
    trained = Trained(folder / _WEIGHTS, source.titles, judged)
    _report(folder, trained, training, start)
    return trained


def _check_way(folder: Path) -> None:
    """Say so at once where a file is in the way; the folder itself is only made once there is something to put into it."""
    if any(part.exists() and not part.is_dir() for part in (folder, *folder.parents)):
        make_folder(folder)


def _work(
    folder: Path, training: Training, names: tuple[Named, ...], *, n_workers: int, every_s: float, device: torch.device, teller: _Teller
) -> Judged:
    """Train to the end, and look at what has come of it.

    Raises:
        Stopped: before the end; weights and checkpoint are what has been learnt by then.
    """
    titles = tuple(named.name for named in names)

    def keep(mean: Staged, step: int, sheet: Sheet = _QUICK_SHEET) -> None:
        save_motif_net(folder / _WEIGHTS, mean, titles)
        _write_sheet(folder / f"sheet-{step:06}.jpg", mean, titles, sheet, device=device, teller=teller)

    try:
        mean = training.run(
            n_workers=n_workers, every_s=every_s, on_report=teller.report, on_checkpoint=keep,
            is_stopped=teller.is_stopped, on_progress=teller.on_progress,
        )  # fmt: skip
    except Stopped:
        if training.step:  # else nothing has been learnt
            save_motif_net(folder / _WEIGHTS, training.mean, titles)
        raise
    keep(mean, training.step, _LAST_SHEET)
    fresh = Pictures(_CHECK_SEED, training.settings.size, names)
    return judge(mean, fresh, device=device, radius=_ATTACK, is_stopped=teller.is_stopped, on_progress=teller.on_progress)


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
    heard = {named.name.casefold(): named.name for named in known}
    for named in found:
        if (twice := heard.get(named.name.casefold())) is not None:
            raise UserError(own / named.name, f"the network knows a motif {twice}, and case makes no difference", "Rename the folder.")
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


def _write_sheet(path: Path, net: Staged, motifs: tuple[str, ...], sheet: Sheet, *, device: torch.device, teller: _Teller) -> None:
    """What a network dreams of each motif.

    Raises:
        Stopped: before all of it is there.
    """
    voices = {motif: number for number, motif in enumerate(motifs)}
    subjects = [Subject(motif, Voice("motifs", number)) for motif, number in voices.items()]
    shown = Net(MOTIF, net, voices, "motifs")
    pictures = visualise(
        shown, subjects, sheet.climb, size=sheet.size, device=device, is_stopped=teller.is_stopped, on_progress=teller.sheet
    )
    if len(pictures) < len(subjects):
        raise Stopped
    write_rgb(path, lay_out(pictures, motifs))


def _told(weights: Path, motifs: tuple[str, ...], training: Training) -> dict[str, Any]:
    """By what a report is known to be of a training, and of the weights that lie there."""
    return {"settings": training.settings.model_dump(mode="json"), "motifs": list(motifs), "weights": fingerprint(weights)}


def _report(folder: Path, trained: Trained, training: Training, start: Path | None) -> None:
    told = _told(trained.weights, trained.motifs, training) | {
        "start": {"file": start.name, "fingerprint": training.start} if start else None,
        **{name: round(share, 4) for name, share in asdict(trained.judged).items()},
        "updates": training.step,
        "seconds": round(training.seconds, 1),
        "threads": sorted(training.threads),
        "ended": time.strftime("%Y-%m-%d"),
    }
    write_text(folder / _REPORT, json.dumps(told, indent=1) + "\n")


def _done_before(folder: Path, training: Training, motifs: tuple[str, ...]) -> Trained | None:
    """What a training has come to that was finished by a run before; None where it was not, or its report or weights are others'."""
    weights = folder / _WEIGHTS
    if training.step < training.settings.steps or not weights.is_file():
        return None
    try:
        told = json.loads((folder / _REPORT).read_text(encoding="utf-8"))
        if any(told[what] != value for what, value in _told(weights, motifs, training).items()):
            return None
        return Trained(weights, motifs, Judged(*(float(told[name]) for name in ("clean", "robust", "fine"))), is_new=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None
