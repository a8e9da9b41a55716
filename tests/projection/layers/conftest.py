"""A stage for layers: small, with a clock that tests move, and ears for what is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live.clock import ManualClock
from projection.layers.layer import Layer, Room, settings_class


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def told() -> list[str]:
    """What the person in charge was told."""
    return []


@pytest.fixture
def room(tmp_path: Path, clock: ManualClock, told: list[str]) -> Room:
    return Room((320, 180), tmp_path, clock, 7, told.append)


@pytest.fixture
def make(room: Room) -> Callable[..., Layer]:
    """`make("plasma", speed=2)`: a layer of a kind."""

    def make(kind: str, **settings: Any) -> Any:
        return settings_class(kind)(name="it", **settings).make(room)

    return make


@pytest.fixture
def drawn(clock: ManualClock) -> Callable[..., np.ndarray | None]:
    """`drawn(layer, at_s=2)`: its picture so long after the beginning, a copy; None where there is no new one."""

    def drawn(layer: Layer, at_s: float = 0.0) -> np.ndarray | None:
        found = layer.draw(clock.now() + at_s)
        return None if found is None else found.picture.copy()

    return drawn


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    """Wait for what another thread does; it takes milliseconds, and the limit is never met but by a defect."""

    def wait(is_so: Callable[[], bool], *, limit_s: float = 20.0) -> None:
        end_s = time.monotonic() + limit_s
        while not is_so():
            assert time.monotonic() < end_s, "it never came"
            time.sleep(0.001)

    return wait
