"""A picture and settings go in; the picture dreamed comes out, with the recipe that repeats it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dream.canvas import canvas_rgb
from dream.engine import ascent_of, climb_as
from dream.laying import lay_over, read_mask, visible
from dream.nets.catalog import Net, open_net
from dream.octaves import Climbed, Stand, change_of, changed, plan_octaves, to_rgb
from dream.pictures import Picture, check_output, check_room, read_picture, write_picture
from dream.recipe import recipe_of, require_apart
from dream.rows import bands, to_levels
from dream.settings import ClimbSettings, DreamSettings, WhereSettings
from dream.stopping import IsStopped, Stopped, never
from media.progress import OnProgress, Progress, ignore_progress

OnLook = Callable[[Tensor], None]
OnStand = Callable[[Stand, bool], None]


def ignore_look(picture: Tensor) -> None:
    """The callback of those who do not look on."""


def ignore_stand(stand: Stand, is_ended: bool) -> None:
    """The callback of those who keep nothing."""


@dataclass(frozen=True)
class Watch:
    """Who looks on, and may end it.

    Args:
        on_look: is shown the picture as it stands, (1, 3, H, W), after every step.
        is_stopped: asked after every step.
        stop_at: (octave, step) after which it ends at the latest, to repeat a dream that was ended there.
        begin: where the dream stood when it was ended before.
        on_stand: is told after every step where it stands, and whether it ends there.
    """

    on_look: OnLook = ignore_look
    is_stopped: IsStopped = never
    stop_at: tuple[int, int] | None = None
    begin: Stand | None = None
    on_stand: OnStand = ignore_stand


@dataclass(frozen=True)
class DreamedPicture:
    """What came of a dream.

    Args:
        picture: of the size of the one that went in, and as see-through.
        device: what it was computed on.
        stopped_at: (octave, step) where it was ended before its end.
    """

    picture: Picture
    device: str
    stopped_at: tuple[int, int] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it came to its end."""
        return self.stopped_at is None


def dream_still(
    source: Path | None,
    output: Path,
    settings: DreamSettings,
    *,
    device: str = "auto",
    stop_at: Sequence[int] | None = None,
    on_progress: OnProgress = ignore_progress,
) -> DreamedPicture:
    """Dream a picture file.

    Args:
        source: None begins with the noise that the settings tell the size of.
        stop_at: as `Watch`.
    Raises:
        UserError: it cannot be read or written, or what is wished for does not exist.
    """
    check_output(output)
    require_apart(output, source, settings)
    net = open_net(settings.wish.net, settings.wish.weights)
    watch = Watch(stop_at=(stop_at[0], stop_at[1]) if stop_at else None)
    return dream_file(source, output, net, settings, device=device, watch=watch, on_progress=on_progress)


def dream_file(
    source: Path | None,
    output: Path,
    net: Net,
    settings: DreamSettings,
    *,
    device: str = "auto",
    watch: Watch = Watch(),
    on_progress: OnProgress = ignore_progress,
) -> DreamedPicture:
    """As `dream_still`, with a network at hand, and someone who looks on.

    Raises:
        UserError: as `dream_still`.
    """
    picture = read_picture(source) if source else canvas(settings)
    check_room(output, picture.size_px)
    dreamed = dream_picture(picture, net, settings, device=device, watch=watch, on_progress=on_progress)
    write_picture(output, dreamed.picture, recipe=recipe_of("still", source, settings, device=dreamed.device, stopped_at=dreamed.stopped_at))
    return dreamed


def canvas(settings: DreamSettings) -> Picture:
    """What a dream begins with that begins with nothing."""
    motif = settings.wish.motif[0].partition("=")[0] if settings.wish.motif else ""
    return Picture(canvas_rgb(settings.canvas_px, seed=settings.climb.seed, motif=motif))


def dream_picture(
    picture: Picture,
    net: Net,
    settings: DreamSettings,
    *,
    device: str = "auto",
    watch: Watch = Watch(),
    on_progress: OnProgress = ignore_progress,
) -> DreamedPicture:
    """Dream a picture; what there is of it when `watch` ends it is kept.

    Args:
        net: its weights come with it; the settings' own `net` and `weights` are not looked at.
    Raises:
        UserError: what is wished for is not the network's, a mask or guide cannot be read, this machine has no such device or no
            memory for it, or a neuron is meant and the picture is too large.
    """
    ascent = ascent_of(net, settings.wish, settings.climb, device=device)
    before = torch.as_tensor(picture.rgb).permute(2, 0, 1)[None]
    mask = None if settings.where.mask is None else read_mask(settings.where.mask, picture.size_px)
    shown = _Shown(before, settings.climb, watch, on_progress)
    begin = watch.begin if watch.begin is None or settings.climb.optimiser == "steepest" else watch.begin.at_octave
    try:
        after = climb_as(before, ascent, settings.climb, strength=mask, begin=begin, on_step=shown).cpu()
        stopped_at = None
    except Stopped:
        after, stopped_at = shown.so_far(), shown.stopped_at
    rgb = _laid_over(before, after, settings.climb.strength, settings.where, mask)
    return DreamedPicture(Picture(rgb, picture.alpha), ascent.device.type, stopped_at)


class _Shown:
    """Tells how far a dream is, keeps what there is of it, and ends it when that is wanted."""

    def __init__(self, before: Tensor, climb: ClimbSettings, watch: Watch, on_progress: OnProgress) -> None:
        self._before, self._watch, self._on_progress = before, watch, on_progress
        sizes = plan_octaves((before.shape[2], before.shape[3]), count=climb.octaves, scale=climb.scale)
        # A size takes as long as it has pixels.
        self._done = np.cumsum([0] + [octave.size_px[0] * octave.size_px[1] for octave in sizes])
        self._last: Climbed | None = None

    def __call__(self, climbed: Climbed) -> None:
        """As OnStep."""
        n = climbed.octave.number
        done = self._done[n] + (self._done[n + 1] - self._done[n]) * climbed.step / climbed.n_steps
        self._on_progress(Progress("dreaming", float(done), float(self._done[-1])))
        self._watch.on_look(climbed.picture)
        is_last = n + 1 == climbed.n_octaves and climbed.step == climbed.n_steps
        is_ended = not is_last and (self._watch.is_stopped() or self._watch.stop_at == (n, climbed.step))
        self._watch.on_stand(climbed.stand, is_ended)
        if is_ended:
            self._last = climbed
            raise Stopped

    @property
    def stopped_at(self) -> tuple[int, int]:
        """The octave and step that came last."""
        assert self._last is not None
        return self._last.octave.number, self._last.step

    def so_far(self) -> Tensor:
        """The picture at its full size as it stands: what has changed so far, made large."""
        assert self._last is not None
        return changed(self._before, change_of(self._last.picture.cpu(), self._before), (self._before.shape[2], self._before.shape[3]))


def _laid_over(before: Tensor, after: Tensor, strength: float, where: WhereSettings, mask: Tensor | None) -> np.ndarray:
    """The dream over the picture, (H, W, 3) uint8: by its strength, where the mask has any light, in the picture's colours if wished."""
    rgb = np.empty((before.shape[2], before.shape[3], 3), np.uint8)
    for rows in bands(before.shape[2]):
        base = to_levels(before[:, :, rows])
        shares = None if mask is None else visible(mask[:, :, rows])
        laid = lay_over(base, after[:, :, rows] - base, strength=strength, shares=shares, keeps_color=where.preserve_color)
        rgb[rows] = to_rgb(laid).numpy()
    return rgb
