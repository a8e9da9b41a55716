"""A camera goes in; its newest picture comes out, and nobody waits for it."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator

from live.capture import CAMERA, Capture, camera_address, is_camera, open_capture
from media.settings import Size, setting
from projection.layers.layer import Absent, Drawn, LayerSettings, Room

PATIENCE_S = 1.0
"""How long the last picture of a camera stays that gives no more."""


def _parse_device(value: Any) -> Any:
    """A number may be written as one, and `camera:0` as on the command line."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return camera_address(value) if isinstance(value, str) and is_camera(value) else value


class CameraSettings(LayerSettings):
    """A camera."""

    device: Annotated[str, BeforeValidator(_parse_device)] = setting(
        "0", min_length=1, help="Its number, its device file, or its address in the network (rtsp://...)."
    )
    mirrored: bool = setting(False, live=True, help="Whether left and right are exchanged, as people see themselves.")
    size: Size | None = setting(None, help="Asked of the camera, such as 1280x720; it may give another.")

    def make(self, room: Room) -> CameraLayer:
        return CameraLayer(self, room)


class CameraLayer:
    """The newest picture of a camera, which is waited for where it was lost."""

    def __init__(self, settings: CameraSettings, room: Room) -> None:
        self._settings = settings
        self._name = f"{CAMERA}:{settings.device}"
        self._capture: Capture = open_capture(self._name, clock=room.clock, size_px=settings.size)
        self._capture.__enter__()
        self._latest_s = room.clock.now()

    def set(self, settings: CameraSettings) -> None:
        self._settings = settings

    def draw(self, at_s: float) -> Drawn | None:
        captured = self._capture.newest()
        if captured is not None:
            self._latest_s = captured.arrived_s
            return Drawn(self._picture(captured.frame.picture))
        if self._capture.state != "open" and at_s - self._latest_s > PATIENCE_S:
            raise Absent(self._name, "it gives no more pictures", "Check its cable.")
        return None

    def close(self) -> None:
        self._capture.close()

    def _picture(self, picture: Any) -> np.ndarray:
        import cv2

        bgr = picture.to_ndarray(format="bgr24")
        return cv2.cvtColor(cv2.flip(bgr, 1) if self._settings.mirrored else bgr, cv2.COLOR_BGR2BGRA)
