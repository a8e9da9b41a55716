"""A camera, or a film that plays in real time, goes in; the newest picture of it comes out, and nobody ever waits for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Literal, Protocol

import numpy as np

from live.clock import Clock
from media.frames import PICTURE_RATE, Frame, OnFault, ignore_fault, read_frames

CAMERA = "camera"
CaptureState = Literal["open", "lost", "ended"]
"""lost: a camera that gives no pictures for now; ended: a film that is over."""
OnCaptureState = Callable[[CaptureState], None]
_N_RATED = 32


class Device(Protocol):
    """A camera held open; cv2.VideoCapture is one."""

    def read(self) -> tuple[bool, np.ndarray | None]:
        """Wait for the next picture, (H, W, 3) uint8 BGR, the array's own memory; False where none came."""
        ...

    def release(self) -> None:
        """Let go of it."""
        ...


OpenDevice = Callable[[str, tuple[int, int] | None], Device]
"""Takes an address and the size to ask for; raises UserError where there is no such camera."""


@dataclass(frozen=True)
class Captured:
    """One picture of a live source.

    Args:
        frame: its time is media time for a film; for a camera, seconds since the capture began, from the clock.
        arrived_s: the clock's instant at which it was there (a camera) or due (a film), seconds.
    """

    frame: Frame
    arrived_s: float


class Slot:
    """Holds one picture, the newest: whoever puts never waits, and what nobody took in time is gone."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._held: Captured | None = None
        self._arrivals: deque[float] = deque(maxlen=_N_RATED)
        self.n_put = 0
        self.n_missed = 0

    def put(self, frame: Frame, arrived_s: float) -> None:
        """Replace what is held."""
        with self._changed:
            self.n_missed += self._held is not None
            self._held = Captured(frame, arrived_s)
            self.n_put += 1
            self._arrivals.append(arrived_s)
            self._changed.notify_all()

    def take(self, *, timeout_s: float = 0.0) -> Captured | None:
        """The newest picture, once; None where none has come since the last call, nor comes within the time-out."""
        with self._changed:
            if self._held is None and timeout_s > 0:
                self._changed.wait(timeout_s)
            taken, self._held = self._held, None
            return taken

    def wake(self) -> None:
        """Have those who wait look up."""
        with self._changed:
            self._changed.notify_all()

    @property
    def rate_hz(self) -> float:
        """Pictures a second, over the latest ones; 0 before the second."""
        with self._changed:
            arrivals = tuple(self._arrivals)
        duration_s = arrivals[-1] - arrivals[0] if arrivals else 0.0
        return (len(arrivals) - 1) / duration_s if duration_s > 0 else 0.0


class Source(Protocol):
    """What puts pictures into a slot: `CameraSource`, `FilmSource`."""

    state: CaptureState
    n_skipped: int

    def run(self, ended: Event) -> None:
        """Put pictures until the event is set or there are no more; called in a thread."""
        ...

    def watch(self) -> None:
        """Notice what the running thread cannot: that it is stuck."""
        ...


class Capture:
    """A live source, made by `open_capture`: `with open_capture("camera:0", clock=clock) as capture: capture.newest()`."""

    def __init__(self, source: Source, slot: Slot, *, name: str, on_fault: OnFault = ignore_fault) -> None:
        self.name = name
        self._source, self._slot, self._on_fault = source, slot, on_fault
        self._ended = Event()
        self._thread = Thread(target=self._run, name=f"capture {name}", daemon=True)

    def __enter__(self) -> Capture:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the source. A driver that is stuck is left behind after a second."""
        self._ended.set()
        if self._thread.ident is None:  # never begun: let it close what was opened
            self._thread.start()
        self._thread.join(timeout=1.0)

    def newest(self, *, timeout_s: float = 0.0) -> Captured | None:
        """The newest picture, once; None where there is none since the last call.

        Args:
            timeout_s: how long to wait for one, real seconds; 0 never waits.
        """
        self._source.watch()
        return self._slot.take(timeout_s=0.0 if self.state == "ended" else timeout_s)

    @property
    def state(self) -> CaptureState:
        """Whether pictures come."""
        return self._source.state

    @property
    def rate_hz(self) -> float:
        """Pictures a second that arrive."""
        return self._slot.rate_hz

    @property
    def n_arrived(self) -> int:
        """Pictures that arrived."""
        return self._slot.n_put

    @property
    def n_missed(self) -> int:
        """Pictures that arrived and were replaced before anybody took them."""
        return self._slot.n_missed

    @property
    def n_skipped(self) -> int:
        """Pictures of a film that were left out because they were late."""
        return self._source.n_skipped

    def _run(self) -> None:
        try:
            self._source.run(self._ended)
        except Exception as error:  # whatever a codec raises: who waits for pictures must learn that none come any more
            self._source.state = "ended"
            self._on_fault(f"{self.name}: it breaks off ({str(error) or type(error).__name__})")
        finally:
            self._slot.wake()


def is_camera(source: str | Path) -> bool:
    """Whether a source is written as a camera: `camera:0`, `camera:/dev/video2`, `camera` for the first."""
    return str(source).partition(":")[0] == CAMERA


def camera_address(source: str | Path) -> str:
    """What follows `camera:`: a number, a device file or an address of the network; "0" where nothing does."""
    return str(source).partition(":")[2] or "0"


def ignore_state(state: CaptureState) -> None:
    """The callback of those who do not ask."""


def open_capture(
    source: str | Path,
    *,
    clock: Clock,
    loop: bool = False,
    wait: bool = False,
    rate: Fraction = PICTURE_RATE,
    size_px: tuple[int, int] | None = None,
    on_state: OnCaptureState = ignore_state,
    on_fault: OnFault = ignore_fault,
    open_device: OpenDevice | None = None,
) -> Capture:
    """Open a live source; its pictures come once its block is entered.

    Args:
        source: `camera:0`, `camera:/dev/video0`, or a film, folder or pattern of pictures, which plays in real time.
        clock: gives the instants of arrival, and paces films; it need not spin.
        loop: play a film again and again.
        wait: a camera that is not there yet is waited for, as if it were lost.
        rate: pictures a second, for sources that are pictures.
        size_px: (width, height) to ask of a camera; it may give another.
        on_state: told each change of state, once, by the thread that finds it.
        on_fault: told, in words, of each damaged place of a film, of each picture that cannot be read, and of what ends it early.
        open_device: opens a camera; `live.camera.open_camera` unless a test brings its own.
    Raises:
        UserError: no such camera or film.
    """
    slot = Slot()
    if is_camera(source):
        from live.camera import CameraSource, open_camera

        opener = open_device or open_camera
        camera = CameraSource(camera_address(source), slot.put, clock=clock, open_device=opener, size_px=size_px, on_state=on_state)
        camera.open(wait=wait)
        return Capture(camera, slot, name=str(source), on_fault=on_fault)
    from live.film import FilmSource

    read = partial(read_frames, source, rate=rate, on_fault=on_fault)
    film = FilmSource(read, slot.put, clock=clock, loop=loop, on_state=on_state, on_fault=on_fault)
    film.open()
    return Capture(film, slot, name=Path(source).name, on_fault=on_fault)
