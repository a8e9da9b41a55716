"""What was measured of a film goes in; the same comes out again without decoding, as long as the film is the same.

The frames' times are one file and each region's measures another, so that a mapping with other regions costs only those.
All of it can be made again: what is damaged is ignored, and where nothing can be written nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from media.errors import UserError
from media.files import atomic_path
from media.measure import MEASURES
from video2midi.sources import Outline, Reading

CACHE_VERSION = 2
"""Raise it whenever something is measured differently: what was kept before is then left to be forgotten."""
MOST_BYTES = 512 << 20


class Cache:
    """The part of a folder that is about one film.

    Args:
        folder: where to keep it; made when needed. None keeps nothing.
        fingerprint: of the film.
        most_bytes: what all films together may take.
    """

    def __init__(self, folder: Path | None, fingerprint: str, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._fingerprint, self._most_bytes = folder, fingerprint, most_bytes

    def load_reading(self) -> Reading | None:
        """What was kept about the frames; None where there is nothing, or nothing sound."""
        kept = self._load("frames")
        try:
            return None if kept is None else _to_reading(kept["stamps"], json.loads(str(kept["told"])))
        except Exception:  # what is damaged may raise anything
            return None

    def save_reading(self, reading: Reading) -> None:
        """Keep it."""
        self._save("frames", stamps=reading.stamps, told=np.array(json.dumps(_to_told(reading))))

    def load_rows(self, region: str, *, n_frames: int) -> np.ndarray | None:
        """The measures of the region with that key, (N, n MEASURES) float32; None where there is nothing, or nothing sound."""
        kept = self._load(f"region {region}")
        rows = None if kept is None else kept.get("rows")
        if rows is None or rows.shape != (n_frames, len(MEASURES)) or rows.dtype != np.float32 or not np.isfinite(rows).all():
            return None
        return rows

    def save_rows(self, region: str, rows: np.ndarray) -> None:
        """Keep them."""
        self._save(f"region {region}", rows=rows)

    def forget_oldest(self) -> None:
        """Delete what was not used for longest, of all films, until the folder is within its bounds."""
        if self._folder is None:
            return
        with suppress(OSError):
            files = [(status.st_mtime_ns, status.st_size, path) for path in self._folder.glob("*.npz") if (status := path.stat())]
            n_bytes = sum(size for _, size, _ in files)
            for _, size, path in sorted(files):
                if n_bytes <= self._most_bytes:
                    break
                path.unlink(missing_ok=True)
                n_bytes -= size

    def _path(self, folder: Path, what: str) -> Path:
        name = hashlib.blake2b(what.encode(), digest_size=12).hexdigest()
        return folder / f"{self._fingerprint}-{CACHE_VERSION}-{name}.npz"

    def _load(self, what: str) -> dict[str, np.ndarray] | None:
        if self._folder is None:
            return None
        path = self._path(self._folder, what)
        try:
            with np.load(path, allow_pickle=False) as kept:
                found = dict(kept)
            with suppress(OSError):
                os.utime(path)
        except Exception:  # what is damaged may raise anything
            return None
        return found

    def _save(self, what: str, **arrays: np.ndarray) -> None:
        if self._folder is None:
            return
        with suppress(OSError, UserError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_path(self._path(self._folder, what)) as part, part.open("wb") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]


def _to_told(reading: Reading) -> dict[str, Any]:
    outline = reading.outline
    return {
        "time_base": str(outline.time_base), "size_px": outline.size_px, "rate": str(outline.rate), "is_vfr": outline.is_vfr,
        "duration": str(outline.duration), "end": str(reading.end), "warnings": reading.warnings,
    }  # fmt: skip


def _to_reading(stamps: np.ndarray, told: dict[str, Any]) -> Reading:
    """What `_to_told` told.

    Raises:
        ValueError: the stamps make no sense.
    """
    if stamps.dtype != np.int64 or stamps.ndim != 1 or len(stamps) < 2 or (np.diff(stamps) <= 0).any():
        raise ValueError("stamps must rise")
    width, height = map(int, told["size_px"])
    time_base, rate, duration, end = (Fraction(told[name]) for name in ("time_base", "rate", "duration", "end"))
    return Reading(Outline(time_base, (width, height), rate, bool(told["is_vfr"]), duration), stamps, end, tuple(told["warnings"]))
