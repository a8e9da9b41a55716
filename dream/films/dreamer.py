"""The frames of a shot go in, one by one; each comes out dreamed, with the dream of the frame before carried along.

The first is dreamed as a still picture would be. From there on each takes over the change that was made to the one before, moved as
the film moves, and climbs a single small step at each size: from the same place every time, for what is shown to the network a
little moved makes dreams boil. How large the change is stays what it was in the first frame: where it falls behind, it climbs more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
import torch
from torch import Tensor

from dream.device import device_named
from dream.engine import climb_as, engine, guides_in
from dream.films.carry import Followed, Follower, carry
from dream.films.mixer import Mixer
from dream.films.settings import FilmJob
from dream.nets.catalog import Net
from dream.objectives import Mix, Objective
from dream.octaves import dream, plan_octaves, resize, to_rgb, to_tensor
from dream.wishes import objective_of

RATE = 25
"""Frames a second for which settings are meant; where there are more or fewer, each does less or more."""
_MOST_STEPS = 4
"""At each size, for one frame, whatever the dream lacks: the rest is dreamed with those that follow."""
_MOST_WEAR = 16.0
_FINEST = 3
"""Octaves that a single step climbs, the finest: large forms stay as they came, and less changes from frame to frame for as much to see."""
_SILENT = 1e-3
_SEEDS = 1 << 63


@dataclass(frozen=True)
class Moment:
    """What plays while a frame is shown.

    Args:
        weights: of each part of the mix.
        level: how large the dream is, of what it would be in a still.
        turn: how much of the mix is new since the frame before, 0..1.
        step: how far steps go, in parts of what is set.
        pace: how much time has passed since the frame before, in parts of 1 / RATE.
    """

    weights: tuple[float, ...]
    level: float = 1.0
    turn: float = 0.0
    step: float = 1.0
    pace: float = 1.0


@dataclass(frozen=True)
class Measure:
    """What holds for all of a shot: the size of the change that a still dream makes, and how hard each part of the mix pulls."""

    size: float
    pulls: tuple[float, ...]


def wished_parts(net: Net, job: FilmJob) -> list[tuple[float, Objective]]:
    """What the wishes stand for, apart, each with its weight.

    Raises:
        UserError: a layer, channel or motif is not the network's.
    """
    wished = objective_of(net, job.wish, guides=guides_in(net, job.wish))
    return list(wished.parts) if isinstance(wished, Mix) else [(1.0, wished)]


class Dreamer:
    """Dreams frames of one size.

    Args:
        parts: what can be mixed; the weights of a Moment are theirs.
        mask: where to dream, (1, 1, h, w) of 0..1.
    """

    def __init__(self, net: Net, parts: Sequence[Objective], job: FilmJob, *, device: str = "auto", mask: Tensor | None = None) -> None:
        self._climb, self._carry, self._mask = job.climb, job.carry, mask
        place = device_named(device)
        self._mixer = Mixer(parts, device=place)
        self._follower = Follower()
        # What a still is shown moved about, a film is not.
        self._still, self._film = (engine(net.staged, self._mixer, job.climb, device=place, is_film=is_film) for is_film in (False, True))

    def begin(self, rgb: np.ndarray, moment: Moment) -> tuple[np.ndarray, Measure]:
        """Dream the first frame of a shot, (h, w, 3) uint8, as a still; it is measured even where nothing plays yet."""
        picture = to_tensor(rgb)
        self._mixer.balance(self._film, picture)
        self._mixer.play(moment.weights if _sounds(moment) else [1.0] * len(moment.weights))
        self._still.generator.manual_seed(self._climb.seed)
        change = climb_as(picture, self._still, self._climb, strength=self._mask).cpu() - picture
        return _to_rgb(picture + change * moment.level), Measure(_size(change), self._mixer.pulls)

    def go_on(
        self, before: np.ndarray, dreamed: np.ndarray, rgb: np.ndarray, moment: Moment, measure: Measure, *, number: int
    ) -> np.ndarray:
        """Dream a frame, given the one before and what it became; all (h, w, 3) uint8.

        Args:
            number: of the frame in its shot. All chance is drawn by it, so that it does not matter who dreamed what before.
        """
        self._film.generator.manual_seed((self._climb.seed + number) % _SEEDS)
        followed = self._follower(before, rgb)
        picture, worn = to_tensor(rgb), _worn(followed, rgb)
        # What is worn is let go sooner, or a zoom would make what it came with ever larger.
        kept = self._carry.keep ** (moment.pace * worn) * (1 - moment.turn)
        wanted = measure.size * moment.level
        carried = _no_larger(_to_change(carry(_change(before, dreamed), followed)) * kept, wanted)
        if _sounds(moment):
            self._mixer.pulls = measure.pulls
            self._mixer.play(moment.weights)
            carried = carried if followed.trust.min() == 1 else carried + self._grain(picture, followed)
            way = self._way(carried, worn, moment, wanted) + self._way_in(followed, moment, (rgb.shape[1], rgb.shape[0]))
            carried = self._climbed(picture, carried, way) - picture
        return _to_rgb(picture + _no_larger(carried, wanted))

    def _way(self, change: Tensor, worn: Tensor, moment: Moment, wanted: float) -> Tensor:
        """How many steps to go where: a little everywhere, more where it is worn, and the more the less there is: of nothing, as many as a still."""
        lacks = max(0.0, 1 - _size(change) / max(wanted, 1e-6))
        return (self._carry.renew * moment.pace + self._climb.steps * lacks**2) * moment.step * worn

    def _way_in(self, followed: Followed, moment: Moment, size: tuple[int, int]) -> Tensor:
        """How many steps to go beside where new ground comes in at the edges; no more than one at a time, or the whole picture would have to."""
        entering = cv2.resize(followed.entering, size, interpolation=cv2.INTER_LINEAR)
        return torch.from_numpy(np.minimum(self._climb.steps * entering, 1.0))[None, None] * moment.step

    def _climbed(self, picture: Tensor, change: Tensor, way: Tensor) -> Tensor:
        """The picture changed, so many steps further."""
        way = way if self._mask is None else way * self._mask
        # No step is larger than those of stills: few large ones come out ragged.
        steps = min(_MOST_STEPS, max(1, ceil(float(way.mean()))))
        octaves = self._climb.octaves if steps > 1 else min(_FINEST, self._climb.octaves)
        dreamed = dream(
            (picture + change).clamp(0, 1), self._film, octaves=octaves, scale=self._climb.scale, steps=steps, step_size=self._climb.step_size,
            strength=(way / steps).clamp(max=1),
        )  # fmt: skip
        return dreamed.cpu()

    def _grain(self, picture: Tensor, followed: Followed) -> Tensor:
        """Soft noise for what has just come to light, so that flat places dream there too."""
        height, width = picture.shape[2:]
        smallest = plan_octaves((height, width), count=self._climb.octaves, scale=self._climb.scale)[0]
        noise = torch.randn((1, 3, *smallest.size_px), generator=self._film.generator)
        fresh = 1 - cv2.resize(followed.trust, (width, height), interpolation=cv2.INTER_LINEAR)
        return self._climb.grain * resize(noise, (height, width)) * torch.from_numpy(fresh)[None, None]


def _worn(followed: Followed, rgb: np.ndarray) -> Tensor:
    """How much more there is to do at each place than where all moves as one, (1, 1, h, w) from 1 on."""
    wear = cv2.resize(followed.wear, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(1 + np.minimum(wear, _MOST_WEAR))[None, None]


def _sounds(moment: Moment) -> bool:
    return moment.level > _SILENT and any(moment.weights)


def _change(before: np.ndarray, dreamed: np.ndarray) -> np.ndarray:
    """What was made of a picture, (h, w, 3) float32 of -1..1."""
    return (dreamed.astype(np.float32) - before) / np.float32(255)


def _to_change(change: np.ndarray) -> Tensor:
    return torch.from_numpy(change).permute(2, 0, 1)[None]


def _to_rgb(picture: Tensor) -> np.ndarray:
    """(1, 3, h, w) of about 0..1 as (h, w, 3) uint8."""
    return np.ascontiguousarray(to_rgb(picture).numpy())


def _size(change: Tensor) -> float:
    return float(change.square().mean().sqrt())


def _no_larger(change: Tensor, most: float) -> Tensor:
    size = _size(change)
    return change if size <= most else change * (most / size)
