"""A camera that comes and goes, faked where OpenCV meets the system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from queue import Empty, Queue
from typing import Any

import cv2
import numpy as np
import pytest

from live.clock import SteadyClock
from media.errors import UserError
from projection.layers.camera import CameraLayer, CameraSettings
from projection.layers.layer import Absent, Room


class Machine:
    """The cameras of an imagined machine: one, whose pictures a test puts in."""

    def __init__(self) -> None:
        self.is_there = True
        self.pictures: Queue[np.ndarray] = Queue()
        self.asked: list[Any] = []
        self.n_released = 0

    def open(self, address: Any, _: int) -> Any:
        machine = self
        self.asked.append(address)

        class Capture:
            def isOpened(self) -> bool:  # noqa: N802 - as OpenCV has it
                return machine.is_there

            def set(self, key: int, value: float) -> bool:
                machine.asked.append((key, value))
                return True

            def read(self) -> tuple[bool, np.ndarray | None]:
                if not machine.is_there:
                    return False, None
                try:
                    return True, machine.pictures.get(timeout=0.05)
                except Empty:
                    return False, None

            def release(self) -> None:
                machine.n_released += 1

        return Capture()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(cv2, "VideoCapture", machine.open)
    return machine


@pytest.fixture
def show(room: Room) -> Any:
    """A camera layer, on the machine's own clock, since its thread waits for the system."""
    layers = []

    def show(**settings: Any) -> CameraLayer:
        layers.append(CameraLayer(CameraSettings(name="it", **settings), replace(room, clock=SteadyClock(spin_s=0))))
        return layers[-1]

    yield show
    for layer in layers:
        layer.close()


def picture(level: int = 0) -> np.ndarray:
    """Blue on the left, red on the right."""
    made = np.zeros((48, 64, 3), np.uint8)
    made[:, :32], made[:, 32:] = (200, level, 0), (0, level, 200)
    return made


def test_its_newest_picture_is_shown(machine: Machine, show: Any, wait_until: Callable[..., None]) -> None:
    layer = show(device=2)
    machine.pictures.put(picture())
    found: list[Any] = []
    wait_until(lambda: (drawn := layer.draw(SteadyClock().now())) is not None and not found.append(drawn))
    assert found[0].picture.shape == (48, 64, 4)
    assert tuple(found[0].picture[0, 0]) == (200, 0, 0, 255) and tuple(found[0].picture[0, -1]) == (0, 0, 200, 255)
    assert machine.asked[0] == 2
    assert layer.draw(SteadyClock().now()) is None


def test_it_can_be_mirrored_while_it_runs(machine: Machine, show: Any, wait_until: Callable[..., None]) -> None:
    layer = show()
    layer.set(CameraSettings(name="it", mirrored=True))
    machine.pictures.put(picture())
    found: list[Any] = []
    wait_until(lambda: (drawn := layer.draw(SteadyClock().now())) is not None and not found.append(drawn))
    assert tuple(found[0].picture[0, 0]) == (0, 0, 200, 255)


def test_one_that_is_not_there_is_refused_with_what_is(machine: Machine, show: Any) -> None:
    machine.is_there = False
    with pytest.raises(UserError, match="camera:1: there is no such camera"):
        show(device="camera:1")


def test_a_lost_one_keeps_its_picture_a_while_then_is_absent_then_comes_back(machine: Machine, show: Any, wait_until: Callable[..., None]) -> None:
    layer, clock = show(), SteadyClock()
    machine.pictures.put(picture())
    wait_until(lambda: layer.draw(clock.now()) is not None)
    machine.is_there = False
    wait_until(lambda: layer._capture.state == "lost")
    assert layer.draw(layer._latest_s + 0.9) is None  # what was shown stays
    with pytest.raises(Absent, match="no more pictures"):
        layer.draw(layer._latest_s + 1.1)
    machine.is_there = True
    machine.pictures.put(picture(level=9))

    def is_back() -> bool:
        try:
            return layer.draw(clock.now()) is not None
        except Absent:
            return False

    wait_until(is_back)
    assert machine.n_released == 1


@pytest.mark.parametrize(("written", "device"), [(0, "0"), ("camera:/dev/video2", "/dev/video2"), ("camera", "0"), ("rtsp://a/b", "rtsp://a/b")])
def test_a_device_is_written_in_many_ways(written: Any, device: str) -> None:
    assert CameraSettings(device=written).device == device
