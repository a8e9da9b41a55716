"""What looks damaged is told in a line: a leap in time, an end too soon, numbers without a picture."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from media.write import FilmWriter
from video2midi.analysis import analyse

F = Fraction
SIZE = (64, 48)


def noise(n: int) -> np.ndarray:
    """A picture that takes room, so that a file can be cut off in its midst."""
    return np.random.default_rng(n).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)


def told_of(source: Path) -> list[str]:
    told: list[str] = []
    analyse(source, on_warning=told.append)
    return told


def test_a_film_that_is_cut_off_is_told(make_film: Callable[..., Path]) -> None:
    film = make_film([noise(n) for n in range(150)])
    assert told_of(film) == []
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    told = [line for line in told_of(film) if "it may be cut off" in line]
    assert len(told) == 1
    assert "though 6.0 s are promised" in told[0]
    assert told == [line for line in told_of(film) if "it may be cut off" in line]  # as well of what is kept in the cache


def test_sound_that_goes_on_after_the_picture_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with FilmWriter(path, size=SIZE, rate=F(25), codec="ffv1", sound=True) as film:
        for n in range(25):
            film.write_frame(noise(n))
        film.write_sound(np.zeros((48_000 * 4, 2), np.float32))
    assert told_of(path) == []


@pytest.mark.parametrize(("gap", "n_told"), [(F(9), 0), (F(1485), 1)])
def test_time_that_leaps_is_told(gap: Fraction, n_told: int, make_film: Callable[..., Path]) -> None:
    times = [F(n, 25) + (gap if n >= 20 else 0) for n in range(40)]
    told = told_of(make_film([noise(n) for n in range(40)], times=times, name="film.mp4"))
    assert len(told) == n_told
    assert all(f"leaps by {gap} s at 0.8 s" in line for line in told)


def test_slow_pictures_do_not_leap(make_film: Callable[..., Path]) -> None:
    assert told_of(make_film([noise(n) for n in range(6)], times=[F(15 * n) for n in range(6)], name="film.mp4")) == []


@pytest.mark.parametrize(("missing", "told"), [((), None), ((7,), "1 number is missing"), ((3, 4, 9), "3 numbers are missing")])
def test_numbers_without_a_picture_are_counted(missing: tuple[int, ...], told: str | None, tmp_path: Path) -> None:
    for n in set(range(12)) - set(missing):
        Image.fromarray(noise(n)).save(tmp_path / f"{n:04d}.png")
    assert told_of(tmp_path) == []
    said = told_of(tmp_path / "%04d.png")
    assert len(said) == (1 if told else 0)
    assert told is None or told in said[0]
