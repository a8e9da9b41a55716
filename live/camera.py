"""The address of a camera goes in; its pictures come out as they arrive, before and after it was unplugged."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from live.capture import CaptureState, Device, OnCaptureState, OpenDevice
from live.clock import Clock
from media.errors import UserError
from media.frames import Frame

if TYPE_CHECKING:
    from av import VideoFrame

STALLED_S = 2.0
FAILING_S = 0.5
FIRST_RETRY_S, LONGEST_RETRY_S = 0.5, 8.0
_PAUSE_S = 0.02
_SMALL_PX = 640  # wider pictures do not fit through USB 2 unless they are compressed
_USUAL_GAP = Fraction(1, 30)


class CameraSource:
    """Reads a camera and, when it is lost, tries again for ever: after 0.5 s, 1, 2, 4, then every 8 s.

    Args:
        put: takes each frame and the instant of its arrival.
    """

    def __init__(
        self,
        address: str,
        put: Callable[[Frame, float], None],
        *,
        clock: Clock,
        open_device: OpenDevice,
        size_px: tuple[int, int] | None,
        on_state: OnCaptureState,
    ) -> None:
        self.state: CaptureState = "lost"
        self.n_skipped = 0
        self._address, self._size_px, self._put = address, size_px, put
        self._clock, self._open_device, self._on_state = clock, open_device, on_state
        self._device: Device | None = None
        self._telling = Lock()
        self._start_s = self._latest_s = clock.now()
        self._retry_after_s = FIRST_RETRY_S

    def open(self, *, wait: bool = False) -> None:
        """Open the camera.

        Raises:
            UserError: it is not there, and `wait` is not asked for.
        """
        try:
            self._device = self._open_device(self._address, self._size_px)
        except UserError:
            if not wait:
                raise
            self._on_state("lost")
            return
        self._start_s = self._latest_s = self._clock.now()
        self._tell("open")

    def run(self, ended: Event) -> None:
        try:
            while not ended.is_set():
                self.step(ended)
        finally:
            self._release()

    def step(self, ended: Event) -> None:
        """Take one picture; or, while the camera is lost, wait a while and try to open it."""
        if self._device is None:
            self._reopen(ended)
            return
        picture = self._read(self._device)
        now_s = self._clock.now()
        if picture is not None:
            self._accept(picture, now_s)
        elif now_s - self._latest_s < FAILING_S:
            self._clock.sleep_until(now_s + _PAUSE_S)
        else:
            self._release()
            self._tell("lost")

    def watch(self) -> None:
        """Tell that the camera is lost where its driver waits for a picture that does not come."""
        if self.state == "open" and self._clock.now() - self._latest_s > STALLED_S:
            self._tell("lost")

    def _accept(self, picture: VideoFrame, now_s: float) -> None:
        gap = _to_fraction(now_s - self._latest_s)
        self._latest_s, self._retry_after_s = now_s, FIRST_RETRY_S
        self._tell("open")
        usual = gap if 0 < gap < STALLED_S else _USUAL_GAP
        self._put(Frame(_to_fraction(now_s - self._start_s), usual, picture), now_s)

    def _reopen(self, ended: Event) -> None:
        self._sleep(self._retry_after_s, ended)
        self._retry_after_s = min(2 * self._retry_after_s, LONGEST_RETRY_S)
        if not ended.is_set():
            try:
                self._device = self._open_device(self._address, self._size_px)
            except UserError:
                return
            self._latest_s = self._clock.now()

    def _sleep(self, duration_s: float, ended: Event) -> None:
        until_s = self._clock.now() + duration_s
        while not ended.is_set() and (now_s := self._clock.now()) < until_s:
            self._clock.sleep_until(min(until_s, now_s + 0.05))

    def _read(self, device: Device) -> VideoFrame | None:
        from av import VideoFrame

        try:
            came, picture = device.read()
            if not came or picture is None or not picture.size:
                return None
            # No copy: each picture that a device reads is an array of its own, and the frame keeps it.
            return VideoFrame.from_numpy_buffer(np.ascontiguousarray(picture), format="bgr24")
        except Exception:  # whatever a driver raises when its device is gone, or gives that is no picture: it is tried again
            return None

    def _release(self) -> None:
        device, self._device = self._device, None
        try:
            if device is not None:
                device.release()
        except Exception:  # it is gone already
            pass

    def _tell(self, state: CaptureState) -> None:
        with self._telling:
            if state == self.state:
                return
            self.state = state
        self._on_state(state)


def _to_fraction(duration_s: float) -> Fraction:
    """Whole microseconds: a float's own denominator would grow with every sum."""
    return Fraction(round(duration_s * 1_000_000), 1_000_000)


def open_camera(address: str, size_px: tuple[int, int] | None = None) -> Device:
    """Open a camera of this machine (a number, a device file) or of the network (an address such as rtsp://...).

    Raises:
        UserError: there is none.
    """
    import cv2

    cv2.utils.logging.setLogLevel(0)  # it warns of every camera that is not there, and so does the libav inside it
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    is_local = address.isdecimal() or address.startswith("/dev/")
    system = cv2.CAP_V4L2 if is_local and sys.platform == "linux" else cv2.CAP_ANY
    try:
        device = cv2.VideoCapture(int(address) if address.isdecimal() else address, system)
        is_open = device.isOpened()
    except cv2.error:  # a number too large, say
        is_open = False
    if not is_open:
        raise UserError(f"camera:{address}", "there is no such camera, or another program uses it", _cameras_there())
    _set_up(device, size_px)
    return device


def _set_up(device: Any, size_px: tuple[int, int] | None) -> None:
    import cv2

    device.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # else up to four old pictures lie in front of the newest
    if size_px is None:
        return
    if size_px[0] > _SMALL_PX:
        device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    device.set(cv2.CAP_PROP_FRAME_WIDTH, size_px[0])
    device.set(cv2.CAP_PROP_FRAME_HEIGHT, size_px[1])


def _cameras_there() -> str:
    if sys.platform != "linux":
        return "Check that it is plugged in and that this program may use it."
    found = sorted(str(path) for path in Path("/dev").glob("video*"))
    return f"This machine has: {', '.join(found)}." if found else "This machine shows no camera (no /dev/video*): plug one in, or name a film."
