"""A picture goes in; an endless flight into its dream comes out: each frame is the last one a little nearer, dreamed a little more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from math import ceil, log
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from dream.ascent import Ascent
from dream.engine import ascent_of, climb_as
from dream.jobs import ZoomJob, ZoomSettings
from dream.laying import lay_over
from dream.moving import motion, move
from dream.nets.catalog import open_net
from dream.octaves import Climbed, OnStep, dream, fitted, ignore_step, plan_octaves, to_rgb, to_tensor
from dream.pictures import read_picture
from dream.recipe import ended_at, recipe_of, require_apart
from dream.reels import check_reel, write_dreams
from dream.settings import ClimbSettings
from dream.stopping import IsStopped, Stopped, never
from media.progress import OnProgress, Progress, ignore_progress

_LONGEST_PX, _LONGEST_GIF_PX = 1280, 480
_FAR = 10.0
"""How many times smaller the beginning is when it first appears, at the end of a loop."""
_EARLY, _RIM = 0.55, 0.45
"""Where its rim is at first, and how wide to either side, in parts of its half sides: an oval, of whose edges nothing is seen. Tuned by eye.

As it comes nearer the rim wanders outwards, at last beyond the edges, where its mirror image stands in for what it has not."""
_FARTHEST = 1.8
"""How far the corners of the last frame may be for that; farther, in flights of many times a frame, mirror images would be seen as such."""
_REDRAWN = 5.0
"""The power of that share by which it is drawn anew in every frame."""
_GRAIN = 0.12
"""Of the first frame's, in every other: what has been flown out of sight leaves flat places behind."""
_TINY = 1e-6


def dream_zoom(
    source: Path | None,
    output: Path,
    job: ZoomJob,
    *,
    device: str = "auto",
    stop_at: Sequence[int] | None = None,
    is_stopped: IsStopped = never,
    on_progress: OnProgress = ignore_progress,
) -> int:
    """Fly into the dream of a picture, and write the flight; returns how many frames it has, without any of which nothing is written.

    Args:
        output: a film, a GIF, or a pattern such as `out/%04d.png`.
        is_stopped: ends the film with the last frame that is whole.
    Raises:
        UserError: the picture cannot be read, or the place not written.
    """
    assert source is not None
    check_reel(output)
    require_apart(output, source, job)
    picture = fitted(to_tensor(read_picture(source).rgb), job.zoom.size or (_LONGEST_GIF_PX if output.suffix.lower() == ".gif" else _LONGEST_PX))
    net = open_net(job.wish.net, job.wish.weights)
    ascent = ascent_of(net, job.wish, job.climb, device=device)
    n_frames = stop_at[0] if stop_at else job.zoom.frames
    told = _Told(picture, job, n_frames, is_stopped, on_progress)
    frames = _until(is_stopped, fly(picture, ascent, job.climb, job.zoom, on_step=told.step), n_frames, told.frame)
    return write_dreams(
        output, (("", frame) for frame in frames), rate=job.zoom.rate,
        recipe_for=lambda n: recipe_of("zoom", source, job, device=ascent.device.type, stopped_at=ended_at(n, job.zoom.frames)),
    )  # fmt: skip


def _until(is_stopped: IsStopped, frames: Iterator[np.ndarray], n_frames: int, on_frame: Callable[[], None]) -> Iterator[np.ndarray]:
    with suppress(Stopped):
        for _, frame in zip(range(n_frames), frames, strict=False):
            yield frame
            on_frame()
            if is_stopped():
                return


class _Told:
    """Tells how much of a flight is done, in pixels: a step takes as long as there are, and the rest of a frame about as long.

    Ends it, by `Stopped`, where that is wanted.
    """

    def __init__(self, picture: Tensor, job: ZoomJob, n_frames: int, is_stopped: IsStopped, on_progress: OnProgress) -> None:
        size_px, climbing, flight = (picture.shape[2], picture.shape[3]), job.climb, job.zoom
        self._frame_px = size_px[0] * size_px[1]
        first = _stepped_px(size_px, octaves=climbing.octaves, scale=climbing.scale, steps=climbing.steps)
        other = _stepped_px(size_px, octaves=flight.octaves_each, scale=climbing.scale, steps=flight.steps_each)
        self._done, self._total = 0, first + (n_frames - 1) * other + n_frames * self._frame_px
        self._is_stopped, self._on_progress = is_stopped, on_progress

    def step(self, climbed: Climbed) -> None:
        """As OnStep."""
        high, wide = climbed.octave.size_px
        self._tell(high * wide)
        if self._is_stopped():
            raise Stopped

    def frame(self) -> None:
        """When a frame has been written."""
        self._tell(self._frame_px)

    def _tell(self, px: int) -> None:
        self._done += px
        self._on_progress(Progress("zooming", self._done, self._total))


def _stepped_px(size_px: tuple[int, int], *, octaves: int, scale: float, steps: int) -> int:
    return steps * sum(octave.size_px[0] * octave.size_px[1] for octave in plan_octaves(size_px, count=octaves, scale=scale))


def fly(
    picture: Tensor, ascent: Ascent, climbing: ClimbSettings, flight: ZoomSettings, *, on_step: OnStep = ignore_step
) -> Iterator[np.ndarray]:
    """The frames of a flight, (H, W, 3) uint8, `flight.frames` of them.

    Args:
        picture: (1, 3, H, W) of 0..1.
    """
    first = lay_over(picture, climb_as(picture, ascent, climbing, on_step=on_step).cpu() - picture, strength=climbing.strength)
    yield to_rgb(first).numpy()
    frame, back, there = first, Return(_to_image(first), flight) if flight.loop else None, None
    for n in range(1, flight.frames):
        image = move(_to_image(frame), motion(flight, frame.shape[2:]), rng=np.random.default_rng((climbing.seed, n)))
        was, there = there, back.share(n) if back else None
        strength = None if there is None else torch.from_numpy(1 - there)[None, None]
        frame = _dreamed(_to_tensor(image), ascent, climbing, flight, strength=strength, on_step=on_step)
        frame = hold(frame, first, flight.hold)
        if back and there is not None:
            frame = _to_tensor(back.arrive(_to_image(frame), n, there, was=was))
        yield to_rgb(frame).numpy()


def _dreamed(
    frame: Tensor, ascent: Ascent, climbing: ClimbSettings, flight: ZoomSettings, *, strength: Tensor | None, on_step: OnStep
) -> Tensor:
    if not flight.steps_each:
        return frame
    dreamed = dream(
        frame, ascent, octaves=flight.octaves_each, scale=climbing.scale, steps=flight.steps_each,
        step_size=climbing.step_size * climbing.strength, grain=_GRAIN * climbing.grain, strength=strength,
        on_step=on_step,
    )  # fmt: skip
    return dreamed.cpu()


def hold(frame: Tensor, like: Tensor, firmness: float) -> Tensor:
    """A frame pulled towards the colours of another, all of them at once: a dream of a dream drifts to glare, to neon or to mud.

    Of the maps that give its colours the mean and covariance of the other's, the one that changes them least (F. Pitie and
    A. Kokaram 2007, "The linear Monge-Kantorovitch linear colour mapping").
    """
    colors, wanted = frame[0].flatten(1).double(), like[0].flatten(1).double()
    root = _root(_spread(colors))
    turn = torch.linalg.solve(root, torch.linalg.solve(root, _root(root @ _spread(wanted) @ root)).T)
    held = turn @ (colors - colors.mean(1, keepdim=True)) + wanted.mean(1, keepdim=True)
    return (frame + firmness * (held.reshape(frame.shape) - frame)).clamp(0, 1).float()


def _spread(colors: Tensor) -> Tensor:
    """Covariance of colours (3, n); never quite nothing, so that it can be divided by."""
    return torch.cov(colors) + 1e-5 * torch.eye(3, dtype=colors.dtype)


def _root(spread: Tensor) -> Tensor:
    """The symmetric square root of a covariance."""
    values, axes = torch.linalg.eigh(spread)
    return axes @ torch.diag(values.clamp(min=0).sqrt()) @ axes.T


class Return:
    """The end of a loop: the beginning appears far away where the flight is bound for, and has grown to its full size at the end."""

    def __init__(self, first: np.ndarray, flight: ZoomSettings) -> None:
        self._first, self._flight = first, flight
        self._size = (first.shape[1], first.shape[0])
        far = ceil(log(_FAR) / abs(log(flight.factor))) if abs(log(flight.factor)) > _TINY else flight.frames
        self._n_frames = max(1, min(far, flight.frames * 2 // 3))
        corners = float(self._apart(flight.frames - 1).max())
        self._last = corners + _RIM if corners < _FARTHEST else 1.0

    def share(self, n: int) -> np.ndarray | None:
        """How much of the `n`th frame is the beginning, (H, W) float32 of 0..1; None until the end is near, mostly all of the last one."""
        near = 1 - (self._left(n) - 1) / self._n_frames
        if near <= 0:
            return None
        middle = _EARLY + (self._last - _EARLY) * near**4
        inside = np.clip((middle + _RIM - self._apart(n)) / (2 * _RIM), 0, 1)
        # It comes out of the mist first.
        return (inside * inside * (3 - 2 * inside) * min(1.0, near * 4)).astype(np.float32)

    def _apart(self, n: int) -> np.ndarray:
        """How far from the middle of the beginning each place of the `n`th frame is, (H, W); what touches its edges has 1."""
        high, wide = self._first.shape[:2]
        there = cv2.invertAffineTransform(self._place(n))
        across, down = (row[0] * np.arange(wide) + row[1] * np.arange(high)[:, None] + row[2] for row in there)
        return np.hypot(across / ((wide - 1) / 2) - 1, down / ((high - 1) / 2) - 1)

    def arrive(self, image: np.ndarray, n: int, there: np.ndarray, *, was: np.ndarray | None) -> np.ndarray:
        """The `n`th frame, (H, W, 3) of 0..1, with the beginning laid over it, which the last frame had a share of already.

        Args:
            there, was: as `share` tells of this frame and of the last.
        """
        before = 0 if was is None else cv2.warpAffine(was, motion(self._flight, image.shape[:2]), self._size, flags=cv2.INTER_LINEAR)
        # Its middle is drawn anew each time, as it grows finer; its rim is left to melt into the dream.
        amount = np.maximum((there - before) / np.maximum(1 - before, 0.05), there**_REDRAWN).clip(0, 1)[..., None]
        place = self._place(n)
        # Far away many pixels become one: softened first, or it would flicker.
        scale = float(np.sqrt(abs(np.linalg.det(place[:, :2]))))
        shown = self._first if scale > 0.7 else cv2.GaussianBlur(self._first, (0, 0), 0.45 / scale, borderType=cv2.BORDER_REFLECT_101)
        arriving = cv2.warpAffine(shown, place, self._size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101).clip(0, 1)
        return image + (arriving - image) * amount

    def _left(self, n: int) -> int:
        return self._flight.frames - n

    def _place(self, n: int) -> np.ndarray:
        return motion(self._flight, self._first.shape[:2], -self._left(n))


def _to_image(frame: Tensor) -> np.ndarray:
    return np.ascontiguousarray(frame[0].permute(1, 2, 0).numpy())


def _to_tensor(image: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image, np.float32)).permute(2, 0, 1)[None].contiguous()
