"""Pictures and settings go in; a network that names what they show comes out, and checkpoints on the way to go on from."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from dream.device import memory_format
from dream.nets.staged import Staged
from dream.stopping import IsStopped, Stopped, never
from dream.train.batches import newest_of, numbers_of, oldest_of, pasted
from dream.train.checkpoint import BEGIN_ANEW, is_sound, read_checkpoint, write_checkpoint
from dream.train.robust import climb, random_step, worst_step
from dream.train.settings import TrainSettings
from dream.train.store import PictureStore, Source
from media.errors import UserError
from media.progress import OnProgress, ignore_progress

SLACK = 8 / 7
"""Pictures are drawn so much larger than they are seen, and cut out anywhere."""
_SMOOTHING = 0.05
_DECAY = 0.02
_WARM_UP = 0.04
_LAST_RATE = 0.01
_GROWTH = 0.5
"""Part of the training over which the hardest step grows to its length: things are learnt sooner where nothing is in their way."""
_MEAN_OVER = 1000
"""Updates over which the weights are averaged: the mean of a noisy climb stands higher than its end."""
_SHUFFLED = 0.03
"""How many pictures have their colours swapped: what a thing is called should not hang on its colour alone."""


@dataclass(frozen=True)
class Report:
    """How far a training is.

    Args:
        step: updates made.
        loss, accuracy: of the pictures that it was given of late, as they were given: made harder.
    """

    step: int
    n_steps: int
    loss: float
    accuracy: float
    rate: float


class Astray(UserError):  # noqa: N818 - what has happened
    """The numbers of a training have grown beyond all bounds; nothing of that is kept."""


OnReport = Callable[[Report], None]
OnCheckpoint = Callable[[Staged, int], None]


class Training:
    """A training while it runs: the network, its running mean, the optimiser, and how far they are.

    `seconds` is the time that all its updates took, waiting for pictures included; `threads` are the numbers of threads that worked
    on them. Runs before this one count.

    Args:
        net: changed in place.
        folder: where checkpoint and pictures lie.
        start: the fingerprint of the weights that the network has come with; "" where they are of chance.
    """

    def __init__(
        self, net: Staged, source: Source, settings: TrainSettings, *, folder: Path, device: torch.device, start: str = ""
    ) -> None:
        self.settings, self.start, self._source, self._folder, self._device = settings, start, source, folder, device
        self.net = net.requires_grad_(True).to(device, memory_format=memory_format(device))  # type: ignore[call-overload]
        self.mean = copy.deepcopy(self.net)
        bare = [weight for weight in net.parameters() if weight.ndim == 1]
        rest = [weight for weight in net.parameters() if weight.ndim > 1]
        groups = [{"params": rest, "weight_decay": _DECAY}, {"params": bare, "weight_decay": 0.0}]
        self._optimiser = torch.optim.AdamW(groups, lr=settings.rate)
        self.step, self.seconds, self.threads = 0, 0.0, {torch.get_num_threads()}

    @property
    def checkpoint(self) -> Path:
        """Where to go on from."""
        return self._folder / "checkpoint.pt"

    def resume(self) -> bool:
        """Go on from the checkpoint, if there is one.

        Raises:
            UserError: it is of another training, broken, or none.
        """
        kept = read_checkpoint(self.checkpoint)
        if kept is None:
            return False
        for what, told in self._told().items():
            if kept["told"].get(what) != told:
                raise UserError(self.checkpoint, f"this training was begun with other {what}", "Give the same, or another folder.")
        try:
            self._restore(kept)
        except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise UserError(self.checkpoint, "this checkpoint is of another network", BEGIN_ANEW) from error
        return True

    def _restore(self, kept: Mapping[str, Any]) -> None:
        self.net.load_state_dict(kept["net"])
        self.mean.load_state_dict(kept["mean"])
        self._optimiser.load_state_dict(kept["optimiser"])
        self.step, self.seconds = kept["step"], kept["seconds"]
        self.threads |= set(kept["threads"])

    def save(self) -> None:
        """Write the checkpoint, whole or not at all.

        Raises:
            UserError: there is no room for it.
            Astray: its numbers are none.
        """
        if not is_sound(self.mean):
            raise self._astray()
        kept = {"net": self.net.state_dict(), "mean": self.mean.state_dict(), "optimiser": self._optimiser.state_dict()}
        kept |= {"step": self.step, "seconds": self.seconds, "threads": sorted(self.threads), "told": self._told()}
        write_checkpoint(self.checkpoint, kept)

    def _astray(self) -> Astray:
        what = f"the training went astray after {min(self.step, self.settings.steps)} updates: its numbers grew beyond all bounds"
        return Astray(self._folder, what, f"Use a smaller --rate{', and another folder' if self.checkpoint.exists() else ''}.")

    def _told(self) -> dict[str, Any]:
        """All that the weights follow from, by what it is called where it is not the same."""
        settings = self.settings.model_dump(mode="json")
        return {"settings": settings, "motifs": list(self._source.titles), "pictures": self._source.fingerprint, "weights": self.start}

    def run(
        self, *, n_workers: int, every_s: float, on_report: OnReport, on_checkpoint: OnCheckpoint,
        is_stopped: IsStopped = never, on_progress: OnProgress = ignore_progress,
    ) -> Staged:  # fmt: skip
        """Train to the end; returns the running mean, the network to keep.

        Args:
            every_s: from one checkpoint to the next.
            on_progress: told of the wait for the first pictures.
        Raises:
            Stopped: before the end; the checkpoint tells how far it was.
            UserError: a picture of somebody's cannot be read any more; the same.
            Astray: its numbers are none any more; the checkpoint before stays.
        """
        steps, saved_at = self.settings.steps, time.monotonic()
        with PictureStore(self._source, self._folder / "drawn", n_slots=self.settings.keep, n_workers=n_workers) as store:
            while self.step < steps:
                try:
                    on_report(self._learn(store, is_stopped, on_progress))
                except Astray:
                    raise
                except (Stopped, UserError):  # while it waited for pictures
                    if self.step:  # else there is nothing to go on from
                        self.save()
                    raise
                on_progress = ignore_progress  # from now on pictures are drawn while it learns
                if time.monotonic() - saved_at >= every_s and self.step < steps:
                    self.save()
                    on_checkpoint(self.mean, self.step)
                    saved_at = time.monotonic()
        self.save()
        return self.mean

    def _learn(self, store: PictureStore, is_stopped: IsStopped, on_progress: OnProgress) -> Report:
        """Wait for a batch, and learn from it.

        Raises:
            Stopped: before.
            Astray: what it has come to are no numbers.
        """
        began, batch = time.monotonic(), self.step // self._updates_a_batch
        if is_stopped():
            raise Stopped
        store.allow(oldest_of(batch, self.settings), newest_of(batch, self.settings))
        drawn, labels = store.take(numbers_of(batch, self.settings), is_stopped=is_stopped, on_progress=on_progress)
        losses, rights = self._see(*self._shown(drawn, labels, batch), batch)
        self.seconds += time.monotonic() - began
        if not math.isfinite(losses):
            raise self._astray()
        return Report(self.step, self.settings.steps, losses, rights, self._rate())

    @property
    def _updates_a_batch(self) -> int:
        return self.settings.replays if self.settings.robust == "free" else 1

    def _shown(self, drawn: np.ndarray, labels: np.ndarray, batch: int) -> tuple[Tensor, Tensor]:
        """A batch as the network sees it, (N, 3, size, size) of 0..1, cut out anywhere, and what is at each of its places."""
        rng, size = np.random.default_rng((self.settings.seed, 4, batch)), self.settings.size
        cuts = [(picture, *rng.integers(0, drawn.shape[1] - size + 1, 2)) for picture in drawn]
        seen = np.stack([picture[top : top + size, left : left + size] for picture, top, left in cuts])
        for n in np.flatnonzero(rng.random(len(seen)) < _SHUFFLED):
            seen[n] = seen[n][..., rng.permutation(3)]
        seen, shown = pasted(rng, seen, labels)
        pictures = torch.from_numpy(seen).to(self._device).permute(0, 3, 1, 2).float() / 255
        return pictures, torch.from_numpy(shown).to(self._device)

    def _see(self, pictures: Tensor, labels: Tensor, batch: int) -> tuple[float, float]:
        """Learn from a batch; the mean loss, and the share that was named rightly."""
        self.net.train()
        radius, losses, rights = self._radius(), [], []
        step = self._first_step(pictures, labels, batch, radius)
        for _ in range(self._updates_a_batch):
            logits, loss, gradient = self._update(pictures + step, labels)
            losses.append(loss)
            rights.append((logits.argmax(1) == labels).float().mean())
            step = climb(step, gradient, by=radius / 2, radius=radius)
        return float(torch.stack(losses).mean()), float(torch.stack(rights).mean())

    def _first_step(self, pictures: Tensor, labels: Tensor, batch: int, radius: float) -> Tensor:
        """The step by which pictures are made harder before they are first learnt from."""
        settings, generator = self.settings, torch.Generator().manual_seed(self.settings.seed * 1_000_003 + batch)
        if settings.robust == "plain":
            return torch.zeros_like(pictures)
        if settings.robust == "noise":
            return random_step(pictures, 4 * radius, generator)
        if settings.robust == "pgd":
            return worst_step(lambda x: self._loss(x, labels)[1], pictures, radius=radius, n_steps=settings.replays, generator=generator)
        return random_step(pictures, radius, generator)

    def _loss(self, pictures: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(self._device.type, torch.bfloat16):
            places = self.net(pictures.contiguous(memory_format=memory_format(pictures.device)), ("motifs",))["motifs"]
        logits = places.float()
        return logits, F.cross_entropy(logits, labels, label_smoothing=_SMOOTHING)

    def _update(self, pictures: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One step of the optimiser; the logits, the loss, and the loss's gradient by the pictures, which comes for nothing."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        pictures.requires_grad_(True)
        logits, loss = self._loss(pictures, labels)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._optimiser.step()
        self.step += 1
        self._average()
        assert pictures.grad is not None
        return logits.detach(), loss.detach(), pictures.grad

    def _rate(self) -> float:
        """Up in a line, down in half a cosine."""
        settings = self.settings
        done = self.step / settings.steps
        if done < _WARM_UP:
            return settings.rate * (done + 1 / settings.steps) / _WARM_UP
        fall = 0.5 + 0.5 * math.cos(math.pi * min(1.0, (done - _WARM_UP) / (1 - _WARM_UP)))
        return settings.rate * (_LAST_RATE + (1 - _LAST_RATE) * fall)

    def _radius(self) -> float:
        """How long the hardest step is by now."""
        return self.settings.radius * min(1.0, (self.step + 1) / (_GROWTH * self.settings.steps))

    @torch.no_grad()
    def _average(self) -> None:
        share = max(1 / _MEAN_OVER, 1 / self.step)
        for kept, now in zip(self.mean.state_dict().values(), self.net.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(now, share)
            else:
                kept.copy_(now)
