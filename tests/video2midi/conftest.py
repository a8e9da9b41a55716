"""Films made for these tests, and a cache of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from media.write import FilmWriter


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or fills the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def make_film(tmp_path: Path) -> Callable[..., Path]:
    """Write a film of the pictures given, lossless if it is .mkv."""

    def make(
        pictures: Sequence[np.ndarray], *, rate: Fraction = Fraction(25), times: Sequence[Fraction] | None = None, name: str = "film.mkv"
    ) -> Path:
        path = tmp_path / name
        height, width = pictures[0].shape[:2]
        codec = "ffv1" if path.suffix == ".mkv" else None
        with FilmWriter(path, size=(width, height), rate=rate, time_base=Fraction(1, 90_000) if times else None, codec=codec) as film:
            for number, picture in enumerate(pictures):
                film.write_frame(picture, times[number] if times else None)
        return path

    return make

