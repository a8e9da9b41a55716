"""A stream of frames in, a nervous one of the same length out: at each moment some frame out of the last few.

After the look of `nervous` in EffecTV and frei0r.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from random import Random
from typing import TypeVar

F = TypeVar("F")

_STRIDES = (-2, -1, 1, 2, 3)
_SHORTEST_RUN, _LONGEST_RUN = 2, 7


def make_nervous(frames: Iterable[F], *, n_frames: int, style: str, rng: Random) -> Generator[F, None, None]:
    """Show, for each frame, one of the last `n_frames` (or as many as there were yet), chosen by `rng`.

    Args:
        style: a name of STYLES.
    """
    choose = STYLES[style](rng)
    kept: deque[F] = deque(maxlen=n_frames)
    for frame in frames:
        kept.append(frame)
        yield kept[choose(len(kept))]


def _jump(rng: Random) -> Callable[[int], int]:
    return rng.randrange


def _scrub(rng: Random) -> Callable[[int], int]:
    """Leap somewhere, then run on from there at some pace, forwards or backwards, for two to seven frames."""
    at, stride, left = 0, 0, 0

    def choose(n_kept: int) -> int:
        nonlocal at, stride, left
        if left == 0:
            at, stride, left = rng.randrange(n_kept), rng.choice(_STRIDES), rng.randint(_SHORTEST_RUN, _LONGEST_RUN)
        else:
            at = min(max(at + stride, 0), n_kept - 1)
        left -= 1
        return at

    return choose


STYLES: dict[str, Callable[[Random], Callable[[int], int]]] = {"scrub": _scrub, "jump": _jump}
"""A source of chance -> how many frames are kept -> which of them is shown."""
