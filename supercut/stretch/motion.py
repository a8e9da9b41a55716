"""Pictures at their times in, one frame for each tick of the result out: the film's own, or made from its neighbours.

Every way of MOTIONS yields exactly `n_frames` frames and takes nothing from across a cut. Times count in frames
of the result from here on: the frame n shows what is due at n.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from math import ceil, floor

import numpy as np

from supercut.stretch.shots import Picture

Frames = Generator[np.ndarray, None, None]


def fill_motion(pictures: Iterable[Picture], *, step: Fraction, n_frames: int, motion: str) -> Frames:
    """Show pictures at another speed.

    Args:
        pictures: in order of time, all of one size.
        step: seconds of the film from one frame of the result to the next.
        motion: a name of MOTIONS.
    Yields:
        `n_frames` (H, W, 3) uint8 RGB frames.
    """
    return MOTIONS[motion]((replace(picture, time=picture.time / step) for picture in pictures), n_frames)


def _pairs(pictures: Iterable[Picture], n_frames: int) -> Iterator[tuple[Picture, Picture | None, list[int]]]:
    """Each picture, the next one if it belongs to the same shot, and the frames due from the one to the other."""
    at = 0
    current: Picture | None = None
    for following in pictures:
        if current is not None:
            until = min(n_frames, max(at, ceil(following.time)))
            yield current, None if following.opens_shot else following, list(range(at, until))
            at = until
        current = following
    if current is not None:
        yield current, None, list(range(at, n_frames))


def _between(pictures: Iterable[Picture], n_frames: int, mix: Callable[[np.ndarray, np.ndarray], Callable[[float], np.ndarray]]) -> Frames:
    """Frames by `mix(first, second)(fraction)`, which is asked only where there is something in between."""
    for first, second, due in _pairs(pictures, n_frames):
        mixed: Callable[[float], np.ndarray] | None = None
        for n in due:
            if second is None or n <= first.time or (mixed is None and np.array_equal(first.rgb, second.rgb)):
                yield first.rgb
                continue
            mixed = mixed or mix(first.rgb, second.rgb)
            yield mixed(float((n - first.time) / (second.time - first.time)))


def repeat(pictures: Iterable[Picture], n_frames: int) -> Frames:
    """Each picture until the next one is due."""
    for first, _, due in _pairs(pictures, n_frames):
        for _ in due:
            yield first.rgb


def flow(pictures: Iterable[Picture], n_frames: int) -> Frames:
    """What moves is followed from picture to picture (media/flow.py)."""
    from media.flow import FlowPair, flow_finder

    finder = flow_finder()
    return _between(pictures, n_frames, lambda first, second: FlowPair(first, second, finder=finder).between)


def blend(pictures: Iterable[Picture], n_frames: int) -> Frames:
    """Slower: each picture dissolves into the next. Faster: all that falls into a frame is exposed into it, as by a shutter."""
    return _between(_expose(pictures), n_frames, _dissolve)


def _dissolve(first: np.ndarray, second: np.ndarray) -> Callable[[float], np.ndarray]:
    import cv2

    return lambda fraction: cv2.addWeighted(first, 1 - fraction, second, fraction, 0)


def _expose(pictures: Iterable[Picture]) -> Iterator[Picture]:
    """The mean of all pictures of one shot that are due in the same frame; one that is alone in its frame stays as it is."""
    exposure: _Exposure | None = None
    for picture in pictures:
        if exposure is not None and not picture.opens_shot and floor(picture.time) == floor(exposure.first.time):
            exposure.add(picture)
            continue
        if exposure is not None:
            yield exposure.developed()
        exposure = _Exposure(picture)
    if exposure is not None:
        yield exposure.developed()


class _Exposure:
    """Pictures summed up as light is behind a shutter."""

    def __init__(self, first: Picture) -> None:
        self.first = first
        self._total: np.ndarray | None = None
        self._n = 1

    def add(self, picture: Picture) -> None:
        import cv2

        if self._total is None:
            self._total = self.first.rgb.astype(np.float32)
        cv2.accumulate(picture.rgb, self._total)
        self._n += 1

    def developed(self) -> Picture:
        if self._total is None:
            return self.first
        mean = (self._total / np.float32(self._n) + np.float32(0.5)).astype(np.uint8)
        # A frame that a cut falls into belongs to the shot that it begins in.
        time = self.first.time if self.first.opens_shot else Fraction(floor(self.first.time))
        return replace(self.first, time=time, rgb=mean)


def interpolate(pictures: Iterable[Picture], n_frames: int) -> Frames:
    """libavfilter's minterpolate, anew for each shot."""
    from supercut.stretch.minterpolate import interpolate_shot

    at = 0
    rest: Iterator[Picture] = iter(pictures)
    opening = next(rest, None)
    while opening is not None and at < n_frames:
        shot = _Shot(opening, rest)
        for frame in interpolate_shot(shot, first=at, last=n_frames):
            at += 1
            yield frame
        opening = shot.following


class _Shot:
    """The pictures of one shot, read from a stream of many; `following` is then what opens the next one."""

    def __init__(self, opening: Picture, rest: Iterator[Picture]) -> None:
        self._pictures = chain([opening], rest)
        self._begun = False
        self.following: Picture | None = None

    def __iter__(self) -> Iterator[Picture]:
        for picture in self._pictures:
            if self._begun and picture.opens_shot:
                self.following = picture
                return
            self._begun = True
            yield picture

    @property
    def end(self) -> int | None:
        """The frame at which the next shot begins; None where there is no next one (ask after reading)."""
        return None if self.following is None else ceil(self.following.time)


MOTIONS: dict[str, Callable[[Iterable[Picture], int], Frames]] = {
    "flow": flow,
    "interpolate": interpolate,
    "blend": blend,
    "repeat": repeat,
}
