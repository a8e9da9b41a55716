"""Tables of measures go in by the film's contents and the region's shape; they come out again, or nothing does: never an error.

A film has a folder: one file with the times of its frames, and one for each region, so that another mapping decodes only
for regions that are new.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from media.errors import UserError, from_os_error
from media.files import atomic_path, cache_folder, fingerprint

VERSION = 1
"""Part of every name: measures of other meaning get another."""
LARGEST_BYTES = 512_000_000


def name_source(source: Path | str, pictures: Sequence[Path] | None, *, rate: Fraction) -> str:
    """A name for the contents of a film; of pictures, for their names, sizes, dates and rate.

    Raises:
        UserError: one of them cannot be read.
    """
    if pictures is None:
        return fingerprint(Path(source))
    digest = hashlib.blake2b(str(rate).encode(), digest_size=16)
    for path in pictures:
        try:
            about = path.stat()
        except OSError as error:
            raise from_os_error(path, error) from error
        digest.update(f"{path.absolute()} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


class Cache:
    """What is kept of one film."""

    def __init__(self, name: str) -> None:
        self._folder = cache_folder("video2midi") / f"{name}-{VERSION}"

    def load_frames(self) -> tuple[np.ndarray, dict[str, Any]] | None:
        """Stamps, (N,) int64, and what else is known of the film."""
        with suppress(OSError, ValueError, KeyError, EOFError, TypeError):
            with np.load(self._folder / "frames.npz", allow_pickle=False) as kept:
                stamps, about = kept["stamps"], json.loads(kept["about"].tobytes())
            if stamps.dtype == np.int64 and stamps.ndim == 1:
                return stamps, about
        return None

    def load_table(self, key: str, *, shape: tuple[int, int]) -> np.ndarray | None:
        """The measures of a region, (N, M) float32."""
        with suppress(OSError, ValueError, EOFError):
            table = np.load(self._table(key), allow_pickle=False)
            if table.shape == shape and table.dtype == np.float32:
                return table
        return None

    def save(self, stamps: np.ndarray, about: dict[str, Any], tables: dict[str, np.ndarray]) -> None:
        """Keep what was measured, as far as the disk lets us; the films not used for longest make room."""
        with suppress(OSError, UserError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for key, table in tables.items():
                with atomic_path(self._table(key)) as part:
                    np.save(part, table, allow_pickle=False)
            text = np.frombuffer(json.dumps(about).encode(), np.uint8)
            with atomic_path(self._folder / "frames.npz") as part:
                np.savez(part, stamps=stamps, about=text)
            _make_room(self._folder.parent, kept=self._folder)

    def touch(self) -> None:
        """Note that this film was used."""
        with suppress(OSError):
            os.utime(self._folder)

    def _table(self, key: str) -> Path:
        return self._folder / f"{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}.npy"


def _make_room(base: Path, *, kept: Path) -> None:
    folders = sorted((path for path in base.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime, reverse=True)
    total = 0
    for folder in [kept, *(path for path in folders if path != kept)]:
        total += sum(file.stat().st_size for file in folder.iterdir())
        if total > LARGEST_BYTES and folder != kept:
            shutil.rmtree(folder, ignore_errors=True)
