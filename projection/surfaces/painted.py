"""Surfaces go in; the pictures of their painted masks come out, and come anew when somebody has painted in their files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import numpy as np

from live.clock import Clock, SteadyClock
from media.errors import UserError, from_os_error
from media.frames import OnFault, to_rgba
from media.pictures import decode_picture, turn_upright
from media.probe import upright_rotation
from projection.surfaces.model import Surface

_LIGHT = (0.2126, 0.7152, 0.0722)
"""Of red, green and blue (ITU-R BT.709)."""
_MOST_PX = 1 << 26
_LOOK_S = 1.0
_PATIENCE = 2
"""How often in a row a file must be found broken before that is told: half of it may be written, for now."""


@dataclass(frozen=True, eq=False)
class Painting:
    """A painted mask as it was read.

    Args:
        grey: (H, W) uint8: bright where something is to be seen; what is transparent counts as black.
        stamp: tells whether its file is the same.
    """

    grey: np.ndarray
    stamp: tuple[int, ...]


def read_painting(path: Path) -> Painting:
    """Read a painted mask.

    Raises:
        UserError: it cannot be read, or is too large.
    """
    stamp = _stamp(path)
    return Painting(_read_grey(path), stamp)


class Paintings:
    """The painted masks of surfaces, as their files are now: these are looked at once a second, and nobody has to wait for that.

    Args:
        folder: where their paths begin.
        on_fault: is told, once, of one that cannot be read: what was read before stays, or its surface is seen without it.
    """

    def __init__(self, folder: Path, on_fault: OnFault, *, clock: Clock | None = None) -> None:
        self._folder, self._on_fault, self._clock = folder, on_fault, clock or SteadyClock()
        self._held: dict[str, Painting | None] = {}
        self._n_faults: dict[str, int] = {}
        self._looking: _Look | None = None
        self._looked_s = self._clock.now()

    def keep(self, surfaces: Iterable[Surface]) -> None:
        """Have those of these surfaces, and no others; one that is new is read now."""
        names = {mask.picture for surface in surfaces for mask in surface.masks if mask.kind == "painted"}
        self._n_faults = {name: self._n_faults.get(name, 0) for name in names}
        self._held = {name: self._held[name] if name in self._held else self._read(name) for name in names}

    def of(self, surface: Surface) -> tuple[Painting | None, ...]:
        """For each mask of a surface its picture; None for those that have none."""
        return tuple(self._held.get(mask.picture) if mask.kind == "painted" else None for mask in surface.masks)

    def look(self) -> bool:
        """Whether one is another than at the last call."""
        if self._looking is None:
            self._begin_look()
        elif not self._looking.is_alive():
            found, self._looking = self._looking.found, None
            taken = [self._take(name, found[name]) for name in self._held if name in found]
            return any(taken)
        return False

    def _begin_look(self) -> None:
        now_s = self._clock.now()
        if self._held and now_s >= self._looked_s + _LOOK_S:
            self._looked_s, self._looking = now_s, _Look(self._folder, self._held)
            self._looking.start()

    def _read(self, name: str) -> Painting | None:
        try:
            return read_painting(self._folder / name)
        except UserError as error:
            self._n_faults[name] = _PATIENCE
            self._on_fault(f"{error} Without this mask, all is seen.")
            return None

    def _take(self, name: str, found: Painting | Exception | None) -> bool:
        """Have what was found; tells whether it is another one."""
        if isinstance(found, Exception):
            self._n_faults[name] += 1
            if self._n_faults[name] == _PATIENCE:
                self._on_fault(f"{found} The mask stays as it was.")
            return False
        before, self._held[name], self._n_faults[name] = self._held[name], found, 0
        return found is not before


class _Look(Thread):
    """Looks at the files of masks, once.

    Args:
        found: for each of them what is held, what is there instead, or why that cannot be read.
    """

    def __init__(self, folder: Path, held: Mapping[str, Painting | None]) -> None:
        super().__init__(name="masks", daemon=True)  # a disk that does not answer must not hold up the end
        self._folder, self._held = folder, dict(held)
        self.found: dict[str, Painting | Exception | None] = {}

    def run(self) -> None:
        for name, held in self._held.items():
            try:
                path = self._folder / name
                self.found[name] = held if held and held.stamp == _stamp(path) else read_painting(path)
            except Exception as error:  # whatever a decoder raises: the show goes on
                self.found[name] = error


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError as error:
        raise from_os_error(path, error) from error
    except ValueError as error:  # a zero within
        raise UserError(repr(str(path)), "no file can be called so", "Name another.") from error
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read_grey(path: Path) -> np.ndarray:
    import cv2

    picture = decode_picture(path)
    if picture.width * picture.height > _MOST_PX:
        raise UserError(path, f"a mask has {_MOST_PX} pixels at most, got {picture.width}x{picture.height}", "Make it smaller.")
    rgba = np.ascontiguousarray(turn_upright(to_rgba(picture), rotation=upright_rotation(picture)))
    grey = cv2.transform(rgba, np.array([(*_LIGHT, 0)]))
    return cv2.multiply(grey, rgba[..., 3], scale=1 / 255)
