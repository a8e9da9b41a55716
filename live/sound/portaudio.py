"""Sound by PortAudio, where it is installed (and the package sounddevice): its devices, and one of them opened."""

from __future__ import annotations

import time
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from live.quiet import quiet_stderr
from live.sound.sinks import BLOCK, Device, Fill, Watch
from media.errors import UserError
from media.sound import SAMPLE_RATE

NAME = "PortAudio"
_LATENCY_S = 0.1  # a busy machine is late by as much


def list_devices() -> list[Device]:
    """Outputs that PortAudio knows; none where it is not installed."""
    module = _load()
    if module is None:
        return []
    found = [(index, device) for index, device in enumerate(module.query_devices()) if device["max_output_channels"] > 0]
    return [Device(number, device["name"], device["max_output_channels"], NAME, index) for number, (index, device) in enumerate(found)]


def open_device(device: Device | None, *, channels: int) -> PortAudioSink:
    """Open an output, the preferred one by default.

    Raises:
        UserError: there is none, or it cannot be opened.
    """
    name = device.name if device else "sound"
    module = _load()
    if module is None:
        raise UserError(name, "PortAudio is not installed", "Install it, or leave it to SDL.")
    try:
        with quiet_stderr():
            most = device.channels if device else module.query_devices(kind="output")["max_output_channels"]
            return PortAudioSink(module, device, min(channels, most or channels))
    except module.PortAudioError as error:
        raise UserError(name, f"it cannot be opened ({error})", "Plug it in, or close what else uses it.") from error


class PortAudioSink:
    """An open output.

    Args:
        module: sounddevice.
    """

    def __init__(self, module: Any, device: Device | None, channels: int) -> None:
        self.name, self.channels = device.name if device else "the default device", channels
        self._fill: Fill | None = None
        self._watch = Watch()
        self._stream = module.OutputStream(
            samplerate=SAMPLE_RATE,
            blocksize=BLOCK,
            device=None if device is None else device.key,
            channels=channels,
            dtype="float32",
            latency=_LATENCY_S,
            callback=self._ask,
        )
        self.latency_s = float(self._stream.latency)

    def start(self, fill: Fill) -> None:
        self._fill = fill
        self._stream.start()

    def fault(self) -> str:
        if not self._stream.active:
            return "it is gone"
        return "it takes no more sound" if self._watch.is_still() else ""

    def _ask(self, block: np.ndarray, _n: int, _time: Any, _status: Any) -> None:
        assert self._fill is not None
        self._fill(block, time.perf_counter())
        self._watch.n_blocks += 1


def refresh() -> None:
    """Have PortAudio look for devices anew; for a process that has none open."""
    module = _load()
    if module is not None:
        with quiet_stderr():
            module._terminate()
            module._initialize()


@cache
def _load() -> Any:
    """The package; None where it, or the library beneath it, is missing."""
    try:
        with quiet_stderr():
            return import_module("sounddevice")
    except (ImportError, OSError):
        return None
