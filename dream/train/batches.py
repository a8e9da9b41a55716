"""The number of a batch goes in; which pictures it is made of comes out, and pictures with pieces of others within."""

from __future__ import annotations

import numpy as np

from dream.train.settings import PLACE_PX, TrainSettings

_PASTED = 0.5
"""How many pictures have a piece of another within (CutMix, S. Yun et al. 2019): each place must then be named for itself, not one
place for all of them, and dreams fill their picture."""
_AHEAD = 40  # batches that workers may be ahead
_N_NEWEST = 1024  # pictures that there must be before the first batch


def numbers_of(batch: int, settings: TrainSettings) -> np.ndarray:
    """Which pictures a batch is made of, (settings.batch,): the next ones, and any of those before."""
    n_fresh, first = settings.n_fresh, _first_of(batch, settings)
    kept = np.random.default_rng((settings.seed, 3, batch)).integers(oldest_of(batch, settings), first, settings.batch - n_fresh)
    return np.concatenate([np.arange(first, first + n_fresh), kept])


def _first_of(batch: int, settings: TrainSettings) -> int:
    return min(_N_NEWEST, settings.keep // 2) + batch * settings.n_fresh


def oldest_of(batch: int, settings: TrainSettings) -> int:
    """The first picture that this batch and those after it look back to."""
    return max(0, newest_of(batch, settings) - settings.keep + 1)


def newest_of(batch: int, settings: TrainSettings) -> int:
    """The last picture that workers may draw while a batch is seen."""
    ahead = min(_AHEAD, settings.keep // (4 * settings.n_fresh))  # at least 1: TrainSettings sees to it
    return _first_of(batch + ahead, settings)


def pasted(rng: np.random.Generator, seen: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, size, size, 3), some with a piece of another within; and the label of each place of them, (N, n, n)."""
    n_places = seen.shape[1] // PLACE_PX
    mixed, shown = seen.copy(), np.broadcast_to(labels[:, None, None], (len(seen), n_places, n_places)).copy()
    for n in np.flatnonzero(rng.random(len(seen)) < _PASTED):
        other, (high, wide) = int(rng.integers(len(seen))), rng.integers(max(1, n_places // 3), n_places, 2)
        top, left = int(rng.integers(0, n_places - high + 1)), int(rng.integers(0, n_places - wide + 1))
        shown[n, top : top + high, left : left + wide] = labels[other]
        piece = slice(top * PLACE_PX, (top + high) * PLACE_PX), slice(left * PLACE_PX, (left + wide) * PLACE_PX)
        mixed[n][piece] = seen[other][piece]
    return mixed, shown
