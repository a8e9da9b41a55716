"""A picture and an engine go in; the picture dreamed comes out: first its large forms, at a small size, then ever finer.

From size to size the change is carried, not the picture, so that the picture's own detail is never lost (A. Mordvintsev 2015).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from dream.ascent import WHOLE_PX, Ascent
from dream.memory import Climber
from dream.pictures import LEAST_PX
from dream.rows import bands, interpolate, is_smaller, resize_rows, to_levels
from dream.tiles import AT_ONCE_PX, TILE_PX, is_large
from media.errors import UserError

_LOG = logging.getLogger(__name__)
_FRAME_PX = 16
_LEAST_PX = 48
"""No octave is smaller: there would be nothing to see for a network."""


@dataclass(frozen=True)
class Octave:
    """One size of a picture: (height, width), and the number of the octave from the smallest, 0."""

    number: int
    size_px: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Start:
    """What an engine was last balanced by, which has to be done again before a dream can go on.

    Args:
        octave: number of the octave that began with it.
        picture: as it began to climb; of what is large, a small one.
        chance: state of the engine's generator.
        side_px: as Climber.side_px.
    """

    octave: int
    picture: Tensor
    chance: Tensor
    side_px: int


@dataclass(frozen=True, eq=False)
class Stand:
    """Where a dream stands: all that it takes to go on from there to the same end.

    Args:
        octave, step: the number of the octave, and how many steps of it are done.
        picture: as it climbs, (N, 3, H, W) float32, within its frame if it has one; it changes from step to step.
        chance, side_px: as Start.
    """

    octave: int
    step: int
    picture: Tensor
    chance: Tensor
    side_px: int
    start: Start

    @property
    def at_octave(self) -> Stand:
        """Where its octave began, for engines that remember the way that they came; in tiles they do not."""
        is_in_tiles = self.start.octave != self.octave or self.start.picture.shape != self.picture.shape
        return self if is_in_tiles else replace(self, step=0, picture=self.start.picture.clone(), side_px=self.start.side_px)


@dataclass(frozen=True)
class Climbed:
    """How far a dream is, and the picture as it stands."""

    octave: Octave
    n_octaves: int
    step: int
    n_steps: int
    picture: Tensor
    stand: Stand


OnStep = Callable[[Climbed], None]


def ignore_step(climbed: Climbed) -> None:
    """The callback of those who do not ask."""


def plan_octaves(size_px: tuple[int, int], *, count: int, scale: float) -> list[Octave]:
    """Sizes from the smallest to the picture's own, each `scale` times the last; fewer where they would be too small."""
    sizes = [(round(size_px[0] / scale**n), round(size_px[1] / scale**n)) for n in range(count)]
    large = [size for n, size in enumerate(sizes) if n == 0 or min(size) >= _LEAST_PX]
    return [Octave(n, size) for n, size in enumerate(reversed(large))]


def dream(
    picture: Tensor,
    ascent: Ascent,
    *,
    octaves: int,
    scale: float,
    steps: int,
    step_size: float,
    strength: Tensor | None = None,
    grain: float = 0.0,
    begin: Stand | None = None,
    on_step: OnStep = ignore_step,
) -> Tensor:
    """Dream a picture, or several of one size.

    Args:
        picture: (N, 3, H, W), float32 of 0..1 or uint8, which takes a fourth of the room.
        octaves, scale: how many sizes, and from one to the next.
        steps, step_size: at each size; the size of a step in parts of the range of 0..1.
        grain: soft noise to begin with, of black to white, so that there is something to be seen in flat places.
        strength: how much is to be dreamed where, (1, 1, H, W) of 0..1; everywhere by default.
        begin: where the same dream stood when it was ended; its picture is worked on.
    Raises:
        UserError: there is no memory for it, or a neuron is meant and it is too large.
    """
    sizes = plan_octaves((picture.shape[2], picture.shape[3]), count=octaves, scale=scale)
    if is_large(picture.shape[2:]):
        _tell_of_tiles(ascent)
    # What is too large for one look need not fit on the device either.
    picture = picture if is_large(picture.shape[2:]) else to_levels(picture).to(ascent.device)
    climb = _Climb(ascent, n_octaves=len(sizes), n_steps=steps, on_step=on_step)
    change: Tensor | None = None
    for octave in sizes[begin.octave if begin else 0 :]:
        by = step_size if strength is None else step_size * resize(strength.to(picture.device), octave.size_px)
        done = begin.step if begin else 0
        if begin:
            dreamed, begin = climb.go_back(begin), None
        else:
            if grain and octave is sizes[0]:
                share = None if isinstance(by, float) else by / step_size
                change = _noise(picture, octave.size_px, grain, share, ascent.generator)
            dreamed = climb.begin(octave, changed(picture, change, octave.size_px))
        change = None  # beside a large picture there is no room for it
        dreamed = climb.finish(octave, dreamed, by=by, done=done)
        if octave is not sizes[-1]:
            change = change_of(dreamed, picture)
    return dreamed


def _tell_of_tiles(ascent: Ascent) -> None:
    if not ascent.fits_tiles:
        what = f"a neuron is dreamed in pictures of up to {AT_ONCE_PX / 1e6:g} megapixels"
        raise UserError("--neuron", what, "Make the picture smaller, or wish for the --channel.")
    if not ascent.is_plain:
        _tell_once("dream: what is larger than %g megapixels climbs in tiles: there without --param fourier, --optimiser adam and --shake.")


@cache
def _tell_once(words: str) -> None:
    """Every frame of a flight would say so."""
    _LOG.warning(words, AT_ONCE_PX / 1e6)


class _Climb:
    """Climbs octave by octave, and tells of every step."""

    def __init__(self, ascent: Ascent, *, n_octaves: int, n_steps: int, on_step: OnStep) -> None:
        self._ascent, self._climber = ascent, Climber(ascent)
        self._n_octaves, self._n_steps, self._on_step = n_octaves, n_steps, on_step
        self._start: Start | None = None

    def begin(self, octave: Octave, picture: Tensor) -> Tensor:
        """A picture as it is to climb: in its frame, and with the engine balanced by it."""
        if not is_large(octave.size_px):
            picture = _framed(picture, "reflect").to(self._ascent.device)
            self._balance(octave, picture)
        elif self._start is None:  # it is too large from the first octave on
            shrunk = (TILE_PX**2 / (octave.size_px[0] * octave.size_px[1])) ** 0.5
            self._balance(octave, resize(picture, (round(octave.size_px[0] * shrunk), round(octave.size_px[1] * shrunk))))
        return picture

    def _balance(self, octave: Octave, picture: Tensor) -> None:
        self._start = Start(octave.number, picture.clone(), self._ascent.generator.get_state(), self._climber.side_px)
        self._climber.balance(picture)

    def go_back(self, stand: Stand) -> Tensor:
        """The picture that was climbing there, with the engine as it was."""
        self._start = stand.start
        self._climber.side_px = stand.start.side_px
        self._ascent.generator.set_state(stand.start.chance)
        self._climber.balance(stand.start.picture.to(self._ascent.device))
        self._climber.side_px = stand.side_px
        if stand.step:
            self._ascent.generator.set_state(stand.chance)
        return stand.picture

    def finish(self, octave: Octave, picture: Tensor, *, by: float | Tensor, done: int) -> Tensor:
        """Climb the steps of an octave that are not done; returns the picture without its frame."""
        most_px, frame = TILE_PX, 0
        if not is_large(octave.size_px):
            most_px, frame, picture = WHOLE_PX, _frame_px(octave.size_px), picture.to(self._ascent.device)
            by = by if isinstance(by, float) else _framed(by, "replicate").to(self._ascent.device)
        dreamed = picture[..., frame : picture.shape[-2] - frame, frame : picture.shape[-1] - frame]
        for step in range(done + 1, self._n_steps + 1):
            self._climber.step(picture, by=by, most_px=most_px)
            self._on_step(Climbed(octave, self._n_octaves, step, self._n_steps, dreamed, self._stand(octave, step, picture)))
        return dreamed

    def _stand(self, octave: Octave, step: int, picture: Tensor) -> Stand:
        assert self._start is not None
        return Stand(octave.number, step, picture, self._ascent.generator.get_state(), self._climber.side_px, self._start)


def _noise(picture: Tensor, size_px: tuple[int, int], grain: float, share: Tensor | None, generator: torch.Generator) -> Tensor:
    noise = torch.randn((*picture.shape[:2], *size_px), generator=generator).mul_(grain).to(picture.device)
    return noise if share is None else noise.mul_(share)


def changed(picture: Tensor, change: Tensor | None, size_px: tuple[int, int]) -> Tensor:
    """A picture at a size, changed as it was at another, within 0..1."""
    if not is_large(size_px):
        base = resize(picture, size_px)
        return (base if change is None else base + resize(change, size_px)).clamp(0, 1)
    added = torch.empty((*picture.shape[:2], *size_px), device=picture.device)
    for rows in bands(size_px[0]):
        base = resize_rows(picture, size_px, rows)
        added[..., rows, :] = (base if change is None else base + resize_rows(change, size_px, rows)).clamp(0, 1)
    return added


def change_of(dreamed: Tensor, picture: Tensor) -> Tensor:
    """What was changed in a picture, at the size of the dream; of a large one it takes the dream's place."""
    size_px = (dreamed.shape[2], dreamed.shape[3])
    if not is_large(size_px):
        base = resize(picture, size_px)
        return dreamed.to(base.device) - base
    for rows in bands(size_px[0]):
        dreamed[..., rows, :] -= resize_rows(picture, size_px, rows)
    return dreamed


def _framed(pictures: Tensor, mode: str) -> Tensor:
    """Pictures within a frame of their own mirror image, or of what is at their edges.

    Views move pictures round and round, and beyond an edge networks see nothing: without a frame, what is at the foot is dreamed
    at the head, and edges draw the dream to themselves.
    """
    return F.pad(pictures, (_frame_px(pictures.shape[-2:]),) * 4, mode=mode)


def _frame_px(size_px: Sequence[int]) -> int:
    return min(_FRAME_PX, min(size_px) - 1)


def resize(pictures: Tensor, size_px: tuple[int, int]) -> Tensor:
    """(N, C, H, W) float32, or uint8 as float32 of 0..1, to another (height, width); smaller without aliasing."""
    before = (pictures.shape[-2], pictures.shape[-1])
    if before == size_px and pictures.is_floating_point():
        return pictures
    if not is_large(before) and not is_large(size_px):
        return to_levels(pictures) if before == size_px else interpolate(to_levels(pictures), size_px, shrinks=is_smaller(before, size_px))
    resized = torch.empty((*pictures.shape[:2], *size_px), device=pictures.device)
    for rows in bands(size_px[0], shrunk=before[0] / size_px[0]):
        resized[..., rows, :] = resize_rows(pictures, size_px, rows)
    return resized


def fitted(picture: Tensor, longest_px: int, *, least_px: int = LEAST_PX) -> Tensor:
    """A picture (N, 3, H, W), smaller where a side of it is longer, and larger where one is shorter than `least_px`."""
    high, wide = picture.shape[2:]
    scale = min(1.0, longest_px / max(high, wide))
    return resize(picture, (max(least_px, round(high * scale)), max(least_px, round(wide * scale))))


def to_tensor(rgb: object) -> Tensor:
    """A picture (H, W, 3) uint8 as (1, 3, H, W) float32 of 0..1."""
    return torch.as_tensor(rgb).permute(2, 0, 1)[None].float() / 255


def to_rgb(picture: Tensor) -> Tensor:
    """The first of (N, 3, H, W) of 0..1 as (H, W, 3) uint8."""
    return (picture[0].permute(1, 2, 0).clamp(0, 1) * 255).round().to(torch.uint8).cpu()
