"""Surfaces that are not saved yet go in; they lie beside their file, whatever becomes of the program, until they are saved.

Beside `wall.toml` that is `wall.unsaved.toml`, a file of surfaces like any other. The next program goes on with it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from live.clock import Clock
from media.errors import UserError
from media.files import write_text
from projection.mapping.state import Editing
from projection.surfaces.model import SurfaceFile
from projection.surfaces.store import read_surfaces
from projection.surfaces.writing import write_surfaces_text

_EVERY_S = 3.0


class Unsaved:
    """Keeps what is not saved, every few seconds.

    Args:
        path: of the file of surfaces itself.
        tell: told, once, where that cannot be kept.
    """

    def __init__(self, path: Path, *, clock: Clock, tell: Callable[[str], None]) -> None:
        self.path = path.with_name(f"{path.stem}.unsaved{path.suffix}")
        self._clock, self._tell = clock, tell
        self._kept: SurfaceFile | None = None
        self._kept_s = clock.now()
        self._is_told = False

    def left(self) -> SurfaceFile | None:
        """What a program before this one left; None where there is nothing, or nothing that can be read."""
        if not self.path.exists():
            return None
        try:
            self._kept = read_surfaces(self.path)
        except UserError as error:
            self._complain(error)
        return self._kept

    def look(self, state: Editing) -> None:
        """Keep what is not saved, if it is time to, or take away what is saved by now."""
        if self._clock.now() >= self._kept_s + _EVERY_S or (state.is_saved and self._kept is not None):
            self.keep(state)

    def keep(self, state: Editing) -> bool:
        """The same at once; tells whether there is anything that is not saved."""
        self._kept_s = self._clock.now()
        if state.is_saved:
            if self._kept is not None:
                with suppress(OSError):
                    self.path.unlink()
            self._kept = None
        elif state.file is not self._kept:
            try:
                write_text(self.path, write_surfaces_text(state.file))
                self._kept = state.file
            except (UserError, OSError) as error:
                self._complain(error)
        return self._kept is not None

    def _complain(self, error: Exception) -> None:
        if not self._is_told:
            self._is_told = True
            self._tell(str(error))
