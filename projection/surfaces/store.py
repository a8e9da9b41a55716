"""Files of surfaces go in and out: read with the line that is wrong, written whole with what stood there kept, watched while they change.

Beside `wall.toml` lie its backups, `wall.backup-01.toml` the newest of ten: what it was before it was last written. They are files of
surfaces like any other; to go back, open one, or rename it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from media.errors import UserError, from_os_error
from media.files import atomic_path, write_text
from media.frames import OnFault, ignore_fault
from media.settings import line_of, read_text, settings_from_toml
from projection.surfaces.check import check_surface
from projection.surfaces.model import SurfaceFile
from projection.surfaces.writing import plain, write_surfaces_text

N_BACKUPS = 10


def read_surfaces(path: Path) -> SurfaceFile:
    """Read a file of surfaces. Of masks whose pictures cannot be read, outputs tell.

    Raises:
        UserError: it cannot be read, is no TOML, has an unknown key (with the nearest right one), a value out of range, two surfaces of
            one name, or one that cannot be drawn; with the line.
    """
    return _from_text(read_text(path), path)


def write_surfaces(path: Path, file: SurfaceFile) -> None:
    """Write a file of surfaces, whole or not at all; comments and order stay, and what was there becomes the newest backup.

    Raises:
        UserError: the place refuses, or the disk is full.
    """
    before = _text_there(path)
    text = write_surfaces_text(file, before)
    if text == before:
        return
    if before:
        _back_up(path)
    write_text(path, text)


class Watched:
    """A file of surfaces that others may change: what it says, and news of it.

    Args:
        on_fault: is told, once, of a file that cannot be read any more, with the line; what it said before goes on.
    Raises:
        UserError: it cannot be read to begin with.
    """

    def __init__(self, path: Path, *, on_fault: OnFault = ignore_fault) -> None:
        self.path, self._on_fault, self._fault = path, on_fault, ""
        self._text = self._seen = read_text(path)
        self.file = _from_text(self._text, path)

    def news(self) -> SurfaceFile | None:
        """What it says, if that has changed since the last call; to be asked once or twice a second.

        The text itself is compared: some disks tell times by whole seconds.
        """
        try:
            text = read_text(self.path)
            is_steady, self._seen = text == self._seen, text
            if text == self._text or not (text.strip() or is_steady):  # some editors empty a file before they write it
                return None
            if not text.strip():
                raise UserError(self.path, "there is nothing in this file")
            self._text = text
            file = _from_text(text, self.path)
        except UserError as error:
            self._tell_once(str(error))
            return None
        self._fault = ""
        if plain(file) == plain(self.file):
            return None  # a comment, say
        self.file = file
        return file

    def save(self, file: SurfaceFile) -> None:
        """Write it; that is no news.

        Raises:
            UserError: the place refuses, or the disk is full.
        """
        write_surfaces(self.path, file)
        self.file, self._text, self._fault = file, read_text(self.path), ""
        self._seen = self._text

    def _tell_once(self, fault: str) -> None:
        if fault != self._fault:
            self._on_fault(f"{fault} What it said before goes on.")
        self._fault = fault


def _from_text(text: str, path: Path) -> SurfaceFile:
    file = settings_from_toml(text, SurfaceFile, where=path)
    names: set[str] = set()
    for number, surface in enumerate(file.surface):
        where = f"{path}:{line_of(text, ['surface', str(number)])}"
        if surface.name in names:
            raise UserError(where, f"two surfaces are called {surface.name}", "Give this one another name.")
        names.add(surface.name)
        check_surface(surface, where, size=file.size)
    return file


def _text_there(path: Path) -> str:
    """What a file says that is about to be written anew; nothing where there is none, or none that is text."""
    try:
        return read_text(path) if path.exists() else ""
    except UserError:
        return ""


def _backups(path: Path) -> list[Path]:
    return [path.with_name(f"{path.stem}.backup-{number:02}{path.suffix}") for number in range(1, N_BACKUPS + 1)]


def _back_up(path: Path) -> None:
    """Put a copy of a file before its backups; the oldest is left out when there are enough."""
    backups = _backups(path)
    try:
        for older, newer in zip(reversed(backups), reversed(backups[:-1]), strict=False):
            if newer.exists():
                os.replace(newer, older)
        with atomic_path(backups[0]) as part:
            shutil.copyfile(path, part)
        shutil.copystat(path, backups[0])
    except OSError as error:
        raise from_os_error(path, error) from error
