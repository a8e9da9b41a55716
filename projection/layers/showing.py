"""What a layer draws goes in, and how it fares; what outputs see of it comes out, in shared memory, and what a person is told."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from threading import Lock
from typing import Literal

import numpy as np

from live.shared import SharedWriter
from media.errors import UserError
from projection.layers.layer import Drawn, Playing, Room
from projection.layers.placeholder import draw_placeholder

SETTLED_S = 5.0
"""A fault is over when there was none for so long: what fails again and again is told once."""
_N_RATED = 32

State = Literal["starting", "shown", "failed", "stuck"]


@dataclass(frozen=True)
class Fares:
    """How a layer fares.

    Args:
        state: failed: a placeholder is shown, or soon will be; stuck: one is shown, since the layer does not answer.
        fault: in words; "" where there is none.
        n_pictures: that it has drawn.
        rate_hz: pictures a second, over the latest ones.
        age_s: seconds since the latest; None before the first.
        draw_ms: how long it takes to draw one.
        n_late: turns that were left out because it took too long.
        playing: what it plays, where it does.
    """

    state: State
    fault: str
    n_pictures: int
    rate_hz: float
    age_s: float | None
    draw_ms: float
    n_late: int
    playing: Playing | None = None


class Showing:
    """Shares one layer's pictures, or a placeholder for them.

    Args:
        name: of the layer.
        path: of the shared pictures' file, which is there from now on until `close`.
    Raises:
        UserError: there is no room for it.
    """

    def __init__(self, name: str, room: Room, path: Path) -> None:
        self._name, self._room = name, room
        self._stage_px = room.size_px
        self._writer = SharedWriter(path)
        self._lock = Lock()
        self.state: State = "starting"
        self.fault = ""
        self._stands_in = self._is_told = self._was_absent = False
        self._well_since_s: float | None = None
        self._latest: tuple[np.ndarray, bool] | None = None
        self._times_s: deque[float] = deque(maxlen=_N_RATED)
        self.n_pictures = 0

    def close(self) -> None:
        """Nothing more is shown."""
        with self._lock:
            self._writer.close()

    def show(self, drawn: Drawn, at_s: float) -> None:
        """Share a picture for an instant.

        Raises:
            ValueError: it is none.
            UserError: there is no memory for one so large.
        """
        _check(drawn.picture)
        with self._lock:
            slot = self._begin(drawn.picture)
            _copy(drawn.picture, slot)
            is_opaque = drawn.is_opaque or drawn.picture.shape[2] == 3
            self._writer.done(time_s=at_s, is_opaque=is_opaque)
            self._latest = slot, is_opaque
            self._stands_in = False
            self.n_pictures += 1
            self._times_s.append(at_s)
            self._is_well(at_s)

    def show_again(self, at_s: float) -> None:
        """The latest picture still stands; where a placeholder has taken its place, it comes back."""
        with self._lock:
            if self._stands_in and self._latest is not None:
                picture, is_opaque = self._latest
                self._writer.put(picture, time_s=at_s, is_opaque=is_opaque)
                self._stands_in = False
            self.state = "shown"
            if not self._was_absent:  # what comes from elsewhere is back when a new picture has come
                self._is_well(at_s)

    def fail(
        self, fault: str, at_s: float, *, state: State = "failed", is_absent: bool = False, may_wait: bool = False, is_told: bool = False
    ) -> None:
        """Tell a fault, once, and show a placeholder.

        Args:
            is_absent: whether it is one of what comes from elsewhere, as `Absent`.
            may_wait: whether the latest picture may stay instead, if there is one.
            is_told: whether somebody else has told it.
        """
        keeps = may_wait and self._latest is not None and not self._stands_in
        picture = None if keeps or (self._stands_in and fault == self.fault) else draw_placeholder(self._name, fault, self._stage_px)
        with self._lock:
            is_new = fault != self.fault or not self._is_told
            self._was_absent = is_absent
            self.state, self.fault, self._well_since_s = state, fault, None
            if picture is not None:
                if not self._stands_in and self._latest is not None:
                    self._latest = self._latest[0].copy(), self._latest[1]  # its place is going to be written over
                with suppress(UserError):  # there is no memory for one: what is shown stays
                    self._writer.put(picture, time_s=at_s, is_opaque=False)
                    self._stands_in = True
            self._is_told = True
        if is_new and not is_told:
            self._room.tell(str(UserError(self._name, fault, "It is tried again by itself.")))

    def _begin(self, picture: np.ndarray) -> np.ndarray:
        return np.asarray(self._writer.begin(shown_size((picture.shape[1], picture.shape[0]), self._stage_px)))

    def _is_well(self, at_s: float) -> None:
        self.state = "shown"
        if not self._is_told:
            return
        self._well_since_s = at_s if self._well_since_s is None else self._well_since_s
        if at_s - self._well_since_s >= SETTLED_S:
            self.fault, self._is_told, self._was_absent = "", False, False
            self._room.tell(f"{self._name}: it is back.")

    @property
    def rate_hz(self) -> float:
        """Pictures a second, over the latest ones."""
        times_s = tuple(self._times_s)
        passed_s = times_s[-1] - times_s[0] if times_s else 0.0
        return (len(times_s) - 1) / passed_s if passed_s > 0 else 0.0

    @property
    def latest_s(self) -> float | None:
        """The instant of the latest picture."""
        return self._times_s[-1] if self._times_s else None


def shown_size(size_px: tuple[int, int], stage_px: tuple[int, int]) -> tuple[int, int]:
    """The size at which a picture is shared: what covers the stage is as sharp as can be seen, and more only takes time."""
    width, height = size_px
    covers = max(stage_px[0] / width, stage_px[1] / height)
    # Twice the stage: wide pictures that are cropped to it keep their sharpness.
    fits = sqrt(2 * stage_px[0] * stage_px[1] / (width * height))
    scale = min(1.0, covers, fits)
    return (width, height) if scale == 1 else (max(1, int(width * scale + 1e-6)), max(1, int(height * scale + 1e-6)))


def _check(picture: np.ndarray) -> None:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (3, 4) or not picture.size:
        raise ValueError(f"a picture is (H, W, 3 or 4) uint8, got {picture.shape} {picture.dtype}")


def _copy(picture: np.ndarray, slot: np.ndarray) -> None:
    """Put a picture where it is shared, smaller where that is."""
    import cv2

    if picture.shape[:2] != slot.shape[:2]:
        picture = cv2.resize(picture, slot.shape[1::-1], interpolation=cv2.INTER_AREA)
    if picture.shape[2] == 3:
        cv2.cvtColor(picture, cv2.COLOR_RGB2BGRA, dst=slot)
    else:
        np.copyto(slot, picture)
