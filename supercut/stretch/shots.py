"""Pictures with their times in; the same out, each knowing whether a new shot begins with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from media.cuts import AROUND, change_between, is_cut

_THUMB = (32, 18)
_N_SPREAD = 8


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of a film.

    Args:
        time: when it shows, seconds from where we began to read.
        rgb: (H, W, 3) uint8.
        opens_shot: whether the one before it belongs to another shot.
    """

    time: Fraction
    rgb: np.ndarray
    opens_shot: bool = False


def mark_shots(pictures: Iterable[Picture]) -> Iterator[Picture]:
    """Find hard cuts by the rule of media.cuts; cuts three frames apart are found, a flash of one or two frames is none."""
    held: deque[Picture] = deque()
    changes: deque[float] = deque([0.0] * AROUND)
    before: np.ndarray | None = None
    for picture in pictures:
        thumb = _thumb(picture.rgb)
        changes.append(0.0 if before is None else change_between(before, thumb))
        held.append(picture)
        before = thumb
        if len(held) > AROUND:
            yield _marked(held.popleft(), changes)
    for _ in range(len(held)):
        changes.append(0.0)
        yield _marked(held.popleft(), changes)


def _marked(picture: Picture, changes: deque[float]) -> Picture:
    """Judge the picture whose change has two before it and two behind it in `changes`; lets go of the first."""
    around = [changes[n] for n in range(2 * AROUND + 1)]
    changes.popleft()
    return replace(picture, opens_shot=True) if is_cut(around) else picture


def _thumb(rgb: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.resize(rgb, _THUMB, interpolation=cv2.INTER_AREA).astype(np.float32)


def spread_endings(pictures: Iterable[Picture], *, end: Fraction, step: Fraction) -> Iterator[Picture]:
    """Let the last eight pictures of each shot show a little later, so that slow motion does not freeze before a cut.

    The last picture of a shot has none behind it to move to; without this it would stand still for its whole
    (slowed) length. No picture moves by more than that.

    Args:
        end: when the last shot ends.
        step: seconds of the film from one frame of the result to the next.
    """
    held: deque[Picture] = deque()
    for picture in pictures:
        if picture.opens_shot:
            yield from _spread(held, picture.time - step)
            held.clear()
        held.append(picture)
        if len(held) > _N_SPREAD:
            yield held.popleft()
    yield from _spread(held, end - step)


def _spread(shot: deque[Picture], last: Fraction) -> Iterator[Picture]:
    """The pictures of a shot's end so that the last of them shows at `last`, the first where it was."""
    if len(shot) < 2 or last <= shot[-1].time:
        yield from shot
        return
    first = shot[0].time
    slower = (last - first) / (shot[-1].time - first)
    for picture in shot:
        yield replace(picture, time=first + (picture.time - first) * slower)
