"""Sound by SDL, which is always there: its devices, and one of them opened."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from live.quiet import quiet_stderr
from live.sound.sinks import BLOCK, Device, Fill, Watch
from media.errors import UserError
from media.sound import SAMPLE_RATE

NAME = "SDL"


def list_devices() -> list[Device]:
    """Outputs that SDL knows; their channels it does not tell, and converts."""
    sdl2 = _load()
    from pygame._sdl2.audio import get_audio_device_names

    try:
        with quiet_stderr():
            _begin()
            names = get_audio_device_names(False)
    except sdl2.error:
        return []
    return [Device(number, name, None, NAME, name) for number, name in enumerate(names)]


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
            return SdlSink(device, channels)
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
        self._channels = channels
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
        block = np.frombuffer(memory, np.float32).reshape(-1, self._channels)
        assert self._fill is not None
        self._fill(block, time.perf_counter())
        self._watch.n_blocks += 1

    def _is_gone(self) -> bool:
        import pygame

        _init_events()
        removed = [event for event in pygame.event.get() if event.type == pygame.AUDIODEVICEREMOVED]
        return any(not event.iscapture and event.which == self._device.deviceid for event in removed)


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
