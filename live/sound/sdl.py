"""Sound by SDL, which is always there: its devices, and one of them opened."""

from __future__ import annotations

import ctypes
import os
import time
from typing import Any, ClassVar

import numpy as np

from live.quiet import quiet_stderr
from live.sound.sinks import BLOCK, Device, Fill, Watch
from media.errors import UserError
from media.sound import SAMPLE_RATE

NAME = "SDL"
_LAYOUTS = (2, 6, 8)


def list_devices() -> list[Device]:
    """Outputs that SDL knows."""
    sdl2 = _load()
    from pygame._sdl2.audio import get_audio_device_names

    try:
        with quiet_stderr():
            _begin()
            names = get_audio_device_names(False)
    except sdl2.error:
        return []
    return [Device(number, name, _n_channels(number), NAME, name) for number, name in enumerate(names)]


def refresh() -> None:
    """Have SDL choose its driver and look for devices anew; for a process that has no window."""
    _load()
    import pygame

    pygame.quit()


def open_device(device: Device | None, *, channels: int) -> SdlSink:
    """Open an output, the preferred one by default.

    Raises:
        UserError: there is none, or it cannot be opened.
    """
    sdl2 = _load()
    try:
        with quiet_stderr():
            _begin()
            return SdlSink(device, _n_opened(channels, None if device is None else device.channels))
    except sdl2.error as error:
        name = device.name if device else "sound"
        raise UserError(name, f"it cannot be opened ({error})", "Plug it in, or close what else uses it.") from error


class SdlSink:
    """An open output, for a process that has no window: SDL tells that a device is gone to those alone who look at its events."""

    def __init__(self, device: Device | None, channels: int) -> None:
        from pygame._sdl2 import audio

        self.name = device.name if device else "the default device"
        # Two blocks lie in a device: while it plays one, the other is asked for.
        self.latency_s = BLOCK / SAMPLE_RATE
        self._fill: Fill | None = None
        self.channels = channels
        self._watch = Watch()
        key = None if device is None else str(device.key)
        self._device = audio.AudioDevice(key, False, SAMPLE_RATE, audio.AUDIO_F32, channels, BLOCK, 0, self._ask)

    def start(self, fill: Fill) -> None:
        self._fill = fill
        self._device.pause(0)

    def fault(self) -> str:
        if self._is_gone():
            return "it is gone"
        return "it takes no more sound" if self._watch.is_still() else ""

    def _ask(self, _device: Any, memory: memoryview) -> None:
        block = np.frombuffer(memory, np.float32).reshape(-1, self.channels)
        assert self._fill is not None
        self._fill(block, time.perf_counter())
        self._watch.n_blocks += 1

    def _is_gone(self) -> bool:
        import pygame

        _init_events()
        removed = [event for event in pygame.event.get() if event.type == pygame.AUDIODEVICEREMOVED]
        return any(not event.iscapture and event.which == self._device.deviceid for event in removed)


def _n_opened(wanted: int, has: int | None) -> int:
    """With how many channels to open a device: its own, where it tells; else those of the least loudspeakers that have so many.

    SDL makes two, six or eight out of one another; with three, four, five or seven it means loudspeakers in another order.
    """
    if wanted <= 2:
        return wanted
    if has is not None:
        return min(has, _LAYOUTS[-1])
    return next((n for n in _LAYOUTS if n >= wanted), _LAYOUTS[-1])


class _Spec(ctypes.Structure):
    """SDL_AudioSpec."""

    _fields_: ClassVar = [
        ("freq", ctypes.c_int), ("format", ctypes.c_uint16), ("channels", ctypes.c_uint8), ("silence", ctypes.c_uint8),
        ("samples", ctypes.c_uint16), ("padding", ctypes.c_uint16), ("size", ctypes.c_uint32),
        ("callback", ctypes.c_void_p), ("userdata", ctypes.c_void_p),
    ]  # fmt: skip


def _n_channels(number: int) -> int | None:
    """How many channels an output has; None where SDL does not tell. pygame does not ask, but its library has the function."""
    from pygame import base

    spec = _Spec()
    try:
        is_told = ctypes.CDLL(base.__file__).SDL_GetAudioDeviceSpec(number, 0, ctypes.byref(spec)) == 0
    except (OSError, AttributeError):
        return None
    return spec.channels or None if is_told else None


def _load() -> Any:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    from pygame._sdl2 import sdl2

    return sdl2


def _begin() -> None:
    """Have SDL's sound at hand; once, as it counts in a byte how often it was asked."""
    sdl2 = _load()
    from pygame._sdl2.audio import get_audio_device_names

    try:
        get_audio_device_names(False)
    except sdl2.error:
        sdl2.init_subsystem(sdl2.INIT_AUDIO)


def _init_events() -> None:
    """SDL has events only where it has a screen; one that nobody sees will do."""
    import pygame

    if not pygame.display.get_init():
        os.environ["SDL_VIDEODRIVER"] = "dummy"
        pygame.display.init()
