"""Where the dream of a picture stands goes into a file beside it now and then, so that a run that was ended goes on from there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dream.octaves import Stand, Start
from media.errors import UserError
from media.files import atomic_path

SUFFIX = ".dreaming"
EVERY_S = 20.0
_SHARE = 20.0
"""A large picture takes a while to write: at least so many times as long it is left in peace."""


class Kept:
    """The file for a dream.

    Args:
        output: where the dream is to go.
        job: all that it depends on, as JSON has it.
        every_s: how often it is written.
    """

    def __init__(self, output: Path, job: Mapping[str, Any], *, every_s: float = EVERY_S, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = output.with_name(output.name + SUFFIX)
        self._job = json.dumps(job, ensure_ascii=False, sort_keys=True)
        self._every_s, self._clock = every_s, clock
        self._due = clock() + every_s

    def keep(self, stand: Stand, is_ended: bool) -> None:
        """Write where a dream stands, if it is time or the end. A disk that is full shall not end a dream for this."""
        began = self._clock()
        if began < self._due and not is_ended:
            return
        with suppress(UserError), atomic_path(self.path) as part:
            _write(part, self._job, stand)
        now = self._clock()
        self._due = now + max(self._every_s, _SHARE * (now - began))

    def read(self) -> Stand | None:
        """Where the dream stood; None where nobody knows, or it was another."""
        try:
            with np.load(self.path, allow_pickle=False) as arrays:
                return _to_stand(arrays) if str(arrays["job"]) == self._job else None
        except Exception:  # what a broken file makes its readers raise is not bounded
            return None

    @property
    def is_there(self) -> bool:
        """Whether there is something to go on from."""
        return self.path.is_file()

    def remove(self) -> None:
        """Forget it."""
        with suppress(OSError):
            self.path.unlink()


def _write(path: Path, job: str, stand: Stand) -> None:
    numbers = [stand.octave, stand.step, stand.side_px, stand.start.octave, stand.start.side_px]
    with path.open("wb") as file:
        np.savez(
            file, job=np.array(job), numbers=np.array(numbers), picture=_to_array(stand.picture), chance=_to_array(stand.chance),
            start_picture=_to_array(stand.start.picture), start_chance=_to_array(stand.start.chance),
        )  # fmt: skip


def _to_array(values: Tensor) -> np.ndarray:
    return values.cpu().numpy()


def _to_stand(arrays: Mapping[str, np.ndarray]) -> Stand:
    octave, step, side_px, start_octave, start_side_px = arrays["numbers"].tolist()
    picture, chance, start_picture, start_chance = (
        torch.from_numpy(arrays[name]) for name in ("picture", "chance", "start_picture", "start_chance")
    )
    return Stand(octave, step, picture, chance, side_px, Start(start_octave, start_picture, start_chance, start_side_px))
