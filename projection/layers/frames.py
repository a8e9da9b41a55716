"""The file in which another process shares its pictures goes in; its newest picture comes out, and how old it is is watched."""

from __future__ import annotations

import numpy as np

from live.shared import Shared, SharedReader
from media.errors import UserError
from media.settings import setting
from projection.layers.layer import Absent, Drawn, LayerSettings, Room

_LOOK_S = 0.2
_FRESH_S = 5.0


class FramesSettings(LayerSettings):
    """Pictures of another process."""

    file: str = setting(min_length=1, help="The file of shared pictures, as the other program tells it.")
    stale: float = setting(2.0, ge=0.05, le=3600, unit="s", live=True, help="A picture older than that is told of.")
    fade: float = setting(0.0, ge=0, le=3600, unit="s", live=True, help="How long a stale one takes to fade away; 0 lets it stay.")

    def make(self, room: Room) -> FramesLayer:
        return FramesLayer(self, room)


class FramesLayer:
    """The newest picture of a file, and of the one that takes its place."""

    def __init__(self, settings: FramesSettings, room: Room) -> None:
        self._settings, self._room, self._path = settings, room, room.path(settings.file)
        self._reader: SharedReader | None = None
        self._file: tuple[int, int] | None = None
        self._looked_s: float | None = None
        self._fault = Absent(self._path, "no pictures are shared here yet", "Begin the program that shares them.")
        self._number = 0
        self._picture, self._is_opaque, self._time_s = np.zeros((0, 0, 4), np.uint8), True, 0.0
        self._share = 1.0
        self._is_told = False
        self._fresh_since_s: float | None = None

    def set(self, settings: FramesSettings) -> None:
        self._settings = settings

    def close(self) -> None:
        self._reader = None

    def draw(self, at_s: float) -> Drawn | None:
        self._look(at_s)
        newest = None if self._reader is None else self._reader.newest()
        is_new = newest is not None and newest.number != self._number and self._copy(newest)
        if not self._picture.size:
            raise self._fault
        age_s = at_s - self._time_s
        self._watch(age_s, at_s)
        before, self._share = self._share, self._share_at(age_s)
        if not is_new and self._share == before:
            return None
        return Drawn(self._picture, self._is_opaque) if self._share == 1 else Drawn(_times(self._picture, self._share), is_opaque=False)

    def _look(self, at_s: float) -> None:
        """Open the file where it is another than before."""
        if self._looked_s is not None and at_s - self._looked_s < _LOOK_S:
            return
        self._looked_s = at_s
        try:
            found = self._path.stat()
            if (found.st_dev, found.st_ino) != self._file:
                self._reader = SharedReader(self._path)
                self._file, self._number = (found.st_dev, found.st_ino), 0
        except UserError as error:
            self._fault = Absent(error.where, error.what, error.remedy)
        except OSError:  # it is not there: what is open stays, and it is looked for again
            return

    def _copy(self, newest: Shared) -> bool:
        """Take a picture over; False where it was written over meanwhile."""
        if self._picture.shape != newest.picture.shape:
            self._picture = np.empty_like(newest.picture)
        np.copyto(self._picture, newest.picture)
        self._number, self._is_opaque, self._time_s = newest.number, newest.is_opaque, newest.time_s
        return newest.is_whole

    def _watch(self, age_s: float, at_s: float) -> None:
        """Tell that pictures are stale, once, and that they are not any more, when that has lasted."""
        if age_s > self._settings.stale:
            self._fresh_since_s = None
            if not self._is_told:
                self._is_told = True
                self._room.tell(f"{self._settings.name}: {self._path}: there was no new picture for {self._settings.stale:g} s.")
        elif self._is_told:
            self._fresh_since_s = at_s if self._fresh_since_s is None else self._fresh_since_s
            if at_s - self._fresh_since_s >= _FRESH_S:
                self._is_told = False
                self._room.tell(f"{self._settings.name}: its pictures are new again.")

    def _share_at(self, age_s: float) -> float:
        """How much of a picture so old is seen."""
        over_s = age_s - self._settings.stale
        return 1.0 if not self._settings.fade or over_s <= 0 else max(0.0, 1 - over_s / self._settings.fade)


def _times(picture: np.ndarray, share: float) -> np.ndarray:
    import cv2

    return cv2.convertScaleAbs(picture, alpha=share)
