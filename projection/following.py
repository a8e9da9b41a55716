"""The file of shared pictures of a layer or output goes in, now or later; its newest picture comes out, whoever writes it meanwhile."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from live.clock import Clock
from live.shared import Shared, SharedReader
from media.errors import UserError
from projection.scene import Scene

_LOOK_EVERY_S = 0.25


class Follower:
    """Looks at the pictures of a file that may not be there yet, and may be made anew by another process.

    Whoever wrote it is gone: its last picture stays until there is another.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path, self._clock = path, clock
        self._reader: SharedReader | None = None
        self._file = self._n_files = 0
        self._looked_s = float("-inf")
        self.number = (0, 0)
        """Tells the picture that `newest` found apart from all others; each file counts its own from 1."""

    def newest(self) -> Shared | None:
        """The newest picture; None before the first."""
        if self._clock.now() >= self._looked_s + _LOOK_EVERY_S:
            self._looked_s = self._clock.now()
            self._look()
        newest = None if self._reader is None else self._reader.newest()
        self.number = (self._n_files, newest.number) if newest is not None else (0, 0)
        return newest

    @property
    def has_ended(self) -> bool:
        """Whether whoever wrote it said that no more will come."""
        return self._reader is not None and self._reader.has_ended

    def _look(self) -> None:
        """Open the file, or the one that has its name now, once there is a picture in it."""
        with suppress(OSError, UserError, ValueError):
            file = os.stat(self.path).st_ino
            if file == self._file:
                return
            reader = SharedReader(self.path)
            if self._reader is None or reader.newest() is not None:
                self._reader, self._file, self._n_files = reader, file, self._n_files + 1


class LayerPictures:
    """The newest pictures of a scene's layers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._followers: dict[str, Follower] = {}
        self.pictures: dict[str, Shared] = {}
        """By the names of layers; those that have none are left out."""
        self.numbers: tuple[tuple[int, int], ...] = ()
        """What tells these pictures apart from others."""

    def follow(self, scene: Scene) -> None:
        """Look at these layers' pictures from now on."""
        wanted = {placed.name: Path(placed.frames) for placed in scene.layers}
        kept = {name: follower for name, follower in self._followers.items() if wanted.get(name) == follower.path}
        self._followers = kept | {name: Follower(path, self._clock) for name, path in wanted.items() if name not in kept}

    @property
    def are_there(self) -> bool:
        """Whether each layer has one."""
        return len(self.pictures) == len(self._followers)

    def look(self) -> None:
        """See which pictures are the newest now."""
        found = {name: follower.newest() for name, follower in self._followers.items()}
        self.pictures = {name: picture for name, picture in found.items() if picture is not None}
        self.numbers = tuple(follower.number for follower in self._followers.values())
