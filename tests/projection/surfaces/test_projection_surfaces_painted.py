"""Painted masks: what is bright is left, and what somebody paints while the show runs is seen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from live.clock import ManualClock
from projection.surfaces.model import Mask, Surface
from projection.surfaces.painted import Painting, Paintings
from projection.surfaces.warp import warp_maps

SIZE = (160, 90)
WALL = Surface(name="wall", masks=(Mask(kind="ellipse"), Mask(kind="painted", picture="mask.png")))


class Held:
    """The masks of a wall, with a clock of their own."""

    def __init__(self, folder: Path) -> None:
        self.told: list[str] = []
        self._clock = ManualClock()
        self._paintings = Paintings(folder, self.told.append, clock=self._clock)
        self._paintings.keep([WALL])

    @property
    def painting(self) -> Painting | None:
        ellipse, painted = self._paintings.of(WALL)
        assert ellipse is None
        return painted

    def later(self, *, by_s: float = 1.0) -> bool:
        """Whether there is news after a while, when the file has been looked at."""
        self._clock.advance(by_s)
        assert not self._paintings.look()  # whoever asks waits for nothing
        looking = self._paintings._looking
        if looking:
            looking.join(10)
        return self._paintings.look()


def paint(folder: Path, grey: int, *, size: tuple[int, int] = (40, 10)) -> Path:
    path = folder / "mask.png"
    Image.new("L", size, grey).save(path)
    os.utime(path, ns=(grey, grey))  # disks may tell times by whole seconds
    return path


def seen(folder: Path, **given: Any) -> np.ndarray:
    """(H, W): weights of a full surface with a painted mask."""
    shown = Surface(name="wall", masks=(Mask(kind="painted", picture="mask.png", **given),))
    paintings = Paintings(folder, pytest.fail)
    paintings.keep([shown])
    made = warp_maps(shown, SIZE, SIZE, paintings=paintings.of(shown))
    assert made.weights is not None
    return made.weights


@pytest.mark.parametrize("on", ["surface", "output"])
def test_what_is_bright_is_left(tmp_path: Path, on: str) -> None:
    picture = np.zeros((10, 40, 4), np.uint8)
    picture[..., 3] = 255
    picture[:, 10:20, :3], picture[:, 20:, :3], picture[:, 30:, 3] = 128, 255, 0  # black, grey, white, and white that is transparent
    Image.fromarray(picture).save(tmp_path / "mask.png")
    assert seen(tmp_path, on=on)[45, [20, 60, 100, 140]].tolist() == [0, 128, 255, 0]
    assert seen(tmp_path, on=on, inverted=True)[45, [20, 60, 100, 140]].tolist() == [255, 127, 0, 255]
    soft = seen(tmp_path, on=on, feather=0.3)[45]
    assert soft[[10, 60, 150]].tolist() == [0, 128, 0] and len(set(soft[100:140])) > 20


def test_without_its_picture_all_is_left() -> None:
    assert warp_maps(Surface(name="wall", masks=(WALL.masks[1],)), SIZE, SIZE, paintings=(None,)).weights is None


def test_a_file_is_looked_at_once_a_second_and_what_has_not_changed_is_no_news(tmp_path: Path) -> None:
    paint(tmp_path, 10)
    held = Held(tmp_path)
    before = held.painting
    assert before is not None and (before.grey == 10).all()
    assert not held.later()
    paint(tmp_path, 200)
    assert not held.later(by_s=0.5)
    assert held.painting is before
    assert held.later(by_s=0.5)
    assert held.painting is not None and (held.painting.grey == 200).all()
    assert not held.later()
    assert not held.told


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_what_cannot_be_read_any_more_stays_and_is_told_once(tmp_path: Path, content: bytes | None) -> None:
    path = paint(tmp_path, 10)
    held = Held(tmp_path)
    before = held.painting
    path.unlink() if content is None else path.write_bytes(content)
    for _ in range(4):
        assert not held.later()
    assert held.painting is before
    assert len(held.told) == 1
    assert "mask.png" in held.told[0]
    paint(tmp_path, 200)
    assert held.later()
    path.unlink()
    assert not held.later() and not held.later()
    assert len(held.told) == 2


def test_half_of_a_file_that_is_just_being_written_is_not_told(tmp_path: Path) -> None:
    whole = paint(tmp_path, 99).read_bytes()
    held = Held(tmp_path)
    (tmp_path / "mask.png").write_bytes(whole[: len(whole) // 2])
    assert not held.later()
    paint(tmp_path, 100)
    assert held.later()
    assert not held.told


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_what_could_never_be_read_is_told_once_and_read_when_it_can_be(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "mask.png").write_bytes(content)
    held = Held(tmp_path)
    assert held.painting is None
    for _ in range(3):
        assert not held.later()
    assert len(held.told) == 1
    assert "mask.png" in held.told[0]
    paint(tmp_path, 50)
    assert held.later()
    assert held.painting is not None


def test_a_mask_of_too_many_pixels_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projection.surfaces.painted._MOST_PX", 400)
    paint(tmp_path, 0, size=(41, 10))
    held = Held(tmp_path)
    assert held.painting is None
    assert "41x10" in held.told[0]
    paint(tmp_path, 1, size=(40, 10))
    assert held.later()


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    Paintings(tmp_path, told.append).keep([Surface(name="a", masks=(Mask(kind="painted", picture="a\0b"),))])
    assert len(told) == 1
