"""Whatever may be moved while it runs takes effect while it runs: each parameter of each kind of layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from live.clock import ManualClock, SteadyClock
from live.shared import SharedWriter
from live.sound.local import LocalSounds
from media.edits import Clip, EditList, save_edit_list
from media.span import Span
from media.write import FilmWriter
from projection.layers.camera import CameraSettings
from projection.layers.layer import Room, settings_class
from projection.scene import Placing
from projection.tables import LAYERS

PLAYING = {"gain_db": -30, "rate": 2, "paused": True, "item": 1, "seek": 1, "skip": True}
LETTERED = {
    "text": "others", "size": 0.2, "color": "#ff0000", "outline": 0.2, "outline_color": "#00ff00", "line_spacing": 2, "margin": 0.2,
}  # fmt: skip
MOVED: dict[str, dict[str, Any]] = {
    "film": PLAYING,
    "edits": PLAYING,
    "picture": {"seconds": 1, "crossfade": 0},
    "camera": {"mirrored": True},
    "text": LETTERED,
    "ticker": {**LETTERED, "seconds": 3, "gap": 3},
    "plasma": {"speed": 5, "size": 2, "colors": "red"},
    "noise": {"speed": 5, "size": 2, "colors": "red"},
    "gradient": {"speed": 5, "size": 2, "colors": "red", "angle": 10},
    "solid": {"color": "red"},
    "frames": {"stale": 20, "fade": 0},
}
"""Another value of each."""
BEGUN: dict[str, dict[str, Any]] = {
    "film": {"files": "film.mp4"},
    "edits": {"file": "list.edit.json"},
    "picture": {"files": "pictures", "seconds": 3},
    "text": {"text": "words\nin lines", "outline": 0.05, "align": "left"},
    "ticker": {"text": "words\nin lines", "outline": 0.05, "align": "left", "direction": "up", "seconds": 2},
    "frames": {"file": "shared", "stale": 1, "fade": 5},
}
"""With what they begin."""
BEGIN_S, N_STILL = 1000.0, 5


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Something for each kind to show."""
    with FilmWriter(tmp_path / "film.mp4", size=(64, 36), rate=Fraction(25), sound=True, threads=1) as film:
        for level in range(0, 250, 5):
            film.write_frame(np.full((36, 64, 3), level, np.uint8))
        film.write_sound(np.full((96_000, 2), 0.5, np.float32))
    save_edit_list(EditList((Clip(tmp_path / "film.mp4", Span(Fraction(0), Fraction(2))),)), tmp_path / "list.edit.json")
    (tmp_path / "pictures").mkdir()
    for level in range(3):
        Image.new("L", (64, 36), 80 * level).save(tmp_path / f"pictures/{level}.png")
    with SharedWriter(tmp_path / "shared", most_px=64 * 36) as writer:
        writer.put(np.full((36, 64, 4), 255, np.uint8), time_s=BEGIN_S)
        yield tmp_path


class Slope:
    """A camera that always shows the same, brighter to the right, as OpenCV has it."""

    def __init__(self, *_: Any) -> None:
        self.picture = np.tile(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], (36, 1, 3))

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def set(self, *_: Any) -> bool:
        return True

    def read(self) -> tuple[bool, np.ndarray]:
        return True, self.picture.copy()

    def release(self) -> None: ...


def seen(kind: str, moved: dict[str, Any], room: Room) -> list[tuple[bytes, bytes]]:
    """What is seen, and heard, at instants of four seconds, in the first of which nothing was moved yet."""
    group: Any = settings_class(kind)
    clock, shown = ManualClock(BEGIN_S), b""
    found = []
    with LocalSounds(clock) as sounds:
        settings = group(name="it", **BEGUN.get(kind, {}))
        layer = settings.make(replace(room, sound=sounds, clock=clock))
        for n in range(20):
            if n == N_STILL:
                layer.set(group(**{**dict(settings), **moved}))
                for deed in group.DEEDS.intersection(moved):
                    layer.act(deed)
            if kind in ("film", "edits"):  # what is decoded, and what was wished for
                layer._player.picture(clock.now(), wait_s=20)
            drawn = layer.draw(clock.now())
            shown = shown if drawn is None else drawn.picture.tobytes()
            found.append((shown, np.round(sounds.render(0.2)[-1], 2).tobytes()))
        layer.close()
    return found


def test_each_that_may_be_moved_is_moved_here() -> None:
    for kind in LAYERS:
        live = {parameter.name for parameter in settings_class(kind).parameters() if parameter.live}
        assert live - set(Placing.model_fields) == set(MOVED[kind]), kind


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, moved in MOVED.items() for name in moved if kind != "camera"])
def test_what_is_moved_is_seen_or_heard(kind: str, name: str, room: Room) -> None:
    still, moved = seen(kind, {}, room), seen(kind, {name: MOVED[kind][name]}, room)
    assert still[:N_STILL] == moved[:N_STILL]
    assert still != moved


def test_a_camera_is_mirrored(monkeypatch: pytest.MonkeyPatch, room: Room, wait_until: Callable[..., None]) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", Slope)
    layer: Any = CameraSettings(name="it").make(replace(room, clock=SteadyClock(spin_s=0)))

    def leans_to_the_right() -> bool:
        drawn = layer.draw(0.0)
        return drawn is not None and drawn.picture[0, 0, 0] < drawn.picture[0, -1, 0]

    wait_until(leans_to_the_right)
    layer.set(CameraSettings(name="it", mirrored=True))
    wait_until(lambda: (drawn := layer.draw(0.0)) is not None and drawn.picture[0, 0, 0] > drawn.picture[0, -1, 0])
    layer.close()
