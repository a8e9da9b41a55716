"""The name of a sound device as a person types it goes in; the device, open, comes out, or one line that says why not."""

from __future__ import annotations

import os
from types import ModuleType

from live.sound.sinks import Device, Sink
from media.errors import UserError, did_you_mean


def list_devices() -> list[Device]:
    """The outputs of this machine, by the first system that has any."""
    return next((found for system in _systems() if (found := system.list_devices())), [])


def find_device(wanted: str, devices: list[Device]) -> Device:
    """The one device that a person means: its number, its name, else a part of the name that no other has; case does not matter.

    Raises:
        UserError: there is none such, or there are several.
    """
    where = f"sound device {wanted!r}"
    if not devices:
        raise UserError(where, "there is no sound device on this machine now", "Plug it in.")
    if wanted.isdecimal() and int(wanted) < len(devices):
        return devices[int(wanted)]
    same = [device for device in devices if device.name.casefold() == wanted.casefold()]
    found = same[:1] or [device for device in devices if wanted.casefold() in device.name.casefold()]
    if len(found) > 1:
        raise UserError(where, f"several devices match: {_listed(found)}", "Write more of the name, or the number.")
    if not found:
        hint = did_you_mean(wanted, {device.name for device in devices})
        hint = hint if hint.startswith("Did") else ""
        raise UserError(where, "there is no such device", f"{hint} There are: {_listed(devices)}.")
    return found[0]


def open_device(wanted: str = "", *, channels: int = 2) -> Sink:
    """Open an output of this machine, in a process that has no window and no other device.

    Args:
        wanted: as `find_device`; "" is the one that the system prefers.
        channels: that are asked of it; it has its most where that is fewer, and more where it has no such number of them.
    Raises:
        UserError: there is none, none such, or it cannot be opened.
    """
    for system in _systems():
        system.refresh()
        devices = system.list_devices()
        if devices:
            return system.open_device(find_device(wanted, devices) if wanted else None, channels=channels)
    raise UserError("sound", "there is no sound device on this machine now", "Plug one in.")


def _systems() -> list[ModuleType]:
    """PortAudio where it is installed, else SDL; SDL alone where its variable SDL_AUDIODRIVER names a driver."""
    from live.sound import portaudio, sdl

    return [sdl] if "SDL_AUDIODRIVER" in os.environ else [portaudio, sdl]


def _listed(devices: list[Device]) -> str:
    return ", ".join(f"{device.number} {device.name}" for device in devices)
