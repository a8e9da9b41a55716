"""A picture file and settings go in; the picture dreamed comes out, with the recipe that repeats it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dream.ascent import Ascent, best_device
from dream.gradient import Direction
from dream.nets.catalog import Net, find_weights, open_net
from dream.objectives import Guide, Objective, guide_of
from dream.octaves import Climbed, dream, plan_octaves, resize, to_rgb, to_tensor
from dream.pictures import Picture, read_picture, read_recipe, write_picture
from dream.settings import ClimbSettings, DreamSettings, WhereSettings, WishSettings
from dream.views import Jitter
from dream.wishes import guide_layer, objective_of
from media.command import toolkit_version
from media.errors import UserError
from media.files import fingerprint
from media.progress import OnProgress, Progress, ignore_progress

_GUIDE_PX = 512


@dataclass(frozen=True)
class Dreamed:
    """What came of a dream: the picture, and whether it was stopped before its end."""

    picture: Picture
    device: str
    is_whole: bool


class Stopped(Exception):  # noqa: N818 - no fault
    """A person has seen enough."""


def dream_still(source: Path, output: Path, settings: DreamSettings, *, device: str = "auto", on_progress: OnProgress = ignore_progress) -> Dreamed:
    """Dream a picture file; what is there when a person stops it is kept.

    Raises:
        UserError: it cannot be read or written, or what is wished for does not exist.
    """
    picture = read_picture(source)
    net = open_net(settings.wish.net, settings.wish.weights)
    dreamed = dream_picture(picture, net, settings, device=device, on_progress=on_progress)
    write_picture(output, dreamed.picture, recipe=recipe_of(source, settings, dreamed))
    return dreamed


def dream_picture(picture: Picture, net: Net, settings: DreamSettings, *, device: str = "auto", on_progress: OnProgress = ignore_progress) -> Dreamed:
    """Dream a picture.

    Args:
        net: its weights come with it; the settings' own `net` and `weights` are not looked at.
    """
    climb = settings.climb
    ascent = ascent_of(net, settings.wish, climb, device=device)
    before = to_tensor(picture.rgb)
    mask = None if settings.where.mask is None else _mask(settings.where.mask, picture.size_px)
    shown = _Shown(before, on_progress, n_octaves=len(plan_octaves(picture.size_px, count=climb.octaves, scale=climb.scale)))
    is_whole = True
    try:
        with _stopped_by_hand() as is_stopped:
            shown.is_stopped = is_stopped
            after = dream(
                before, ascent, octaves=climb.octaves, scale=climb.scale, steps=climb.steps, step_size=climb.step_size, strength=mask,
                on_step=shown,
            )  # fmt: skip
    except Stopped:
        after, is_whole = shown.so_far(), False
    rgb = to_rgb(_laid_over(before, after.cpu(), climb.strength, settings.where)).numpy()
    return Dreamed(Picture(rgb, picture.alpha), ascent.device.type, is_whole)


def ascent_of(net: Net, wish: WishSettings, climb: ClimbSettings, *, device: str = "auto") -> Ascent:
    """The engine for what is wished for."""
    where = device_named(device)
    torch.manual_seed(climb.seed)
    guide = None if wish.guide is None else _guide(net, wish)
    return Ascent(
        net.staged, objective_of(net, wish, guide=guide), view=Jitter(climb.jitter), device=where, seed=climb.seed,
        direction=Direction(climb.smooth, even=climb.even),
    )  # fmt: skip


def device_named(name: str) -> torch.device:
    """Where to compute.

    Raises:
        UserError: this machine has no such thing.
    """
    if name == "auto":
        return best_device()
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(name, False):
        raise UserError(f"--device {name}", "this machine has none, or torch was built without", "Leave it out, or choose cpu.")
    return torch.device(name)


def _guide(net: Net, wish: WishSettings) -> Objective:
    assert wish.guide is not None
    layer = guide_layer(net, wish)
    seen = to_tensor(read_picture(wish.guide).rgb)
    shrunk = min(1.0, _GUIDE_PX / max(seen.shape[2:]))
    seen = resize(seen, (max(32, round(seen.shape[2] * shrunk)), max(32, round(seen.shape[3] * shrunk))))
    with torch.no_grad():
        said = net.staged.cut_after((layer,)).eval()(seen, (layer,))[layer]
    return Guide(layer, guide_of(said))


def _mask(path: Path, size_px: tuple[int, int]) -> Tensor:
    """How much to dream where, (1, 1, H, W) of 0..1; a mask of another size is stretched over the picture."""
    return resize(to_tensor(read_picture(path).rgb).mean(1, keepdim=True), size_px).clamp(0, 1)


class _Shown:
    """Tells how far a dream is, and keeps what there is of it."""

    def __init__(self, before: Tensor, on_progress: OnProgress, *, n_octaves: int) -> None:
        self._before, self._on_progress, self._n_octaves = before, on_progress, n_octaves
        self._last: Climbed | None = None
        self.is_stopped = threading.Event()

    def __call__(self, climbed: Climbed) -> None:
        """As OnStep."""
        self._last = climbed
        # Each size takes about twice as long as the one before.
        weights = np.cumsum([0.0] + [2.0**n for n in range(self._n_octaves)])
        n = climbed.octave.number
        done = weights[n] + (weights[n + 1] - weights[n]) * climbed.step / climbed.n_steps
        self._on_progress(Progress("dreaming", float(done), float(weights[-1])))
        if self.is_stopped.is_set():
            raise Stopped

    def so_far(self) -> Tensor:
        """The picture at its full size as it stands: what has changed so far, made large."""
        assert self._last is not None
        now = self._last.picture.cpu()
        base = resize(self._before, (now.shape[2], now.shape[3]))
        return (self._before + resize(now - base, (self._before.shape[2], self._before.shape[3]))).clamp(0, 1)


@contextmanager
def _stopped_by_hand() -> Iterator[threading.Event]:
    """Ctrl-C ends the dream after the step that it is at; a second one ends the program."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        stopped.set()

    signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def _laid_over(before: Tensor, after: Tensor, strength: float, where: WhereSettings) -> Tensor:
    """The dream over the picture, by its strength; the picture's own colour kept if it is wished."""
    mixed = before + (after - before) * strength
    if not where.preserve_color:
        return mixed
    light = torch.tensor([0.2126, 0.7152, 0.0722]).view(1, 3, 1, 1)
    return before + ((mixed - before) * light).sum(1, keepdim=True)


def recipe_of(source: Path, settings: DreamSettings, dreamed: Dreamed) -> dict[str, Any]:
    """What it takes to make a picture again."""
    weights = settings.wish.weights or find_weights(settings.wish.net)
    return {
        "program": f"dream {toolkit_version()}",
        "command": "still",
        "source": str(source),
        "fingerprint": fingerprint(source),
        "weights": fingerprint(weights),
        "settings": settings.model_dump(mode="json"),
        "device": dreamed.device,
        "torch": torch.__version__,
        "whole": dreamed.is_whole,
    }


def dream_again(made: Path, output: Path, *, source: Path | None = None, on_progress: OnProgress = ignore_progress) -> Dreamed:
    """Make a picture again by the recipe that it carries.

    Args:
        source: where the picture that it was made of lies now.
    Raises:
        UserError: there is no recipe, or its picture or network is not the same any more.
    """
    recipe = read_recipe(made)
    try:
        settings = DreamSettings.model_validate(recipe["settings"])
        original, device = source or Path(recipe["source"]), str(recipe["device"])
        wanted, weights = recipe["fingerprint"], recipe["weights"]
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(made, "its recipe is of another version", "Dream it anew with `dream still`.") from error
    if not original.exists():
        raise UserError(original, "the picture that it was made of is not there any more", "Say where it is: --source FILE.")
    if fingerprint(original) != wanted:
        raise UserError(original, "this is not the picture that it was made of", "Say where that is: --source FILE.")
    if fingerprint(settings.wish.weights or find_weights(settings.wish.net)) != weights:
        raise UserError(made, "it was dreamed by another network", "Give its weights back, or dream it anew.")
    return dream_still(original, output, settings, device=device, on_progress=on_progress)
