"""A name as a person types it goes in; the MIDI port that it means, opened, or one line that says why not, comes out.

Ports are reached through a mido backend: python-rtmidi with the first of its systems that answers here (ALSA, then JACK,
on Linux), what the variable MIDO_BACKEND names, or any module with `Output` and `get_devices`.
"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from live.jack import JackServer, find_jack_server
from live.quiet import quiet_stderr
from media.errors import UserError, did_you_mean

VIRTUAL = "virtual"
_JACK = "UNIX_JACK"
_NUMBERS = re.compile(r" \d+:\d+$")  # ALSA's client and port, other ones after each plugging in
_NO_ANSWER = (OSError, RuntimeError, NotImplementedError)  # rtmidi's errors are subclasses of these


@dataclass(frozen=True)
class Ports:
    """The names of the MIDI ports that exist: those that are heard, and those that are sent to."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class OpenPort:
    """An open output of a mido backend, and the server without which it is nothing, where there is one to ask."""

    port: Any
    server: JackServer | None = None

    def send(self, message: Any) -> None:
        """Send a mido message."""
        self.port.send(message)

    def close(self) -> None:
        """Let go of both; of JACK, where the server is gone, that takes a second."""
        try:
            self.port.close()
        finally:
            if self.server is not None:
                self.server.close()


@dataclass(frozen=True)
class Driver:
    """A mido backend with the system under it.

    Args:
        module: has `Output(name, virtual=..., ...)` and `get_devices(...)`, as mido's own backends have.
        api: the one of its systems to use ("LINUX_ALSA"), "" for its only one.
    """

    module: Any
    api: str = ""

    def ports(self) -> Ports:
        """List the ports.

        Raises:
            OSError: the system does not answer.
        """
        devices = self.module.get_devices(**self._choice())
        return Ports(
            tuple(device["name"] for device in devices if device["is_input"]),
            tuple(device["name"] for device in devices if device["is_output"]),
        )

    def open(self, name: str, *, virtual: bool) -> OpenPort:
        """Open an output.

        Raises:
            OSError, RuntimeError, NotImplementedError: it cannot be opened.
        """
        options = {"client_name": name} if virtual else {}
        port = self.module.Output(name, virtual=virtual, **options, **self._choice())
        return OpenPort(port, find_jack_server() if self.api == _JACK else None)

    def sees(self, port: OpenPort, name: str, *, virtual: bool) -> bool:
        """Whether an open port is still there: its server lives, and it is listed, as far as it ever was.

        Asks rtmidi's own open client where there is one: that takes 0.1 ms, a new client of JACK 50.
        """
        if port.server is not None and not port.server.is_alive():
            return False
        if virtual:
            return True  # it is an input of the others
        client = getattr(port.port, "_rt", None)
        return name in (client.get_ports() if client is not None else self.ports().outputs)

    def _choice(self) -> dict[str, str]:
        return {"api": self.api} if self.api else {}


def list_ports(*, backend: ModuleType | str | None = None) -> Ports:
    """List the MIDI ports of this machine.

    Raises:
        UserError: as `find_driver`.
    """
    return find_driver(backend)[1]


def find_driver(backend: ModuleType | str | None = None) -> tuple[Driver, Ports]:
    """The first MIDI system that answers, and its ports.

    Args:
        backend: a backend module, or a name as mido takes it ("mido.backends.rtmidi/UNIX_JACK").
    Raises:
        UserError: none answers, or python-rtmidi is missing.
    """
    with quiet_stderr():
        for driver in _load_drivers(backend):
            with suppress(*_NO_ANSWER):
                return driver, driver.ports()
    lacks = "ALSA's /dev/snd/seq is missing and no JACK server runs" if sys.platform == "linux" else "its MIDI system does not answer"
    raise UserError("MIDI", f"no MIDI sequencer on this machine ({lacks})", "A MIDI file can still be written with -o.")


def _load_drivers(backend: ModuleType | str | None) -> list[Driver]:
    if isinstance(backend, ModuleType):
        return [Driver(backend)]
    import mido

    named = mido.Backend(backend)
    try:
        module = named.module
    except ModuleNotFoundError as error:
        remedy = "python-rtmidi has wheels up to Python 3.12: use one of these, or write a MIDI file with -o."
        raise UserError("MIDI", f"the package {error.name} is not installed", remedy) from error
    except ImportError as error:
        raise UserError("MIDI", f"python-rtmidi cannot be used: {error}", "Install what it names, or write a MIDI file with -o.") from error
    if named.api or not hasattr(module, "get_api_names"):
        return [Driver(module, named.api or "")]
    return [Driver(module, api) for api in module.get_api_names() if api != "RTMIDI_DUMMY"]


def virtual_name(wanted: str, *, default: str) -> str | None:
    """The name in "virtual:NAME", `default` for "virtual" alone, None for a port that must exist already."""
    kind, _, name = wanted.partition(":")
    return (name.strip() or default) if kind.strip().casefold() == VIRTUAL else None


def match_port(wanted: str, names: tuple[str, ...]) -> str:
    """The one port that a person means: its name, else a part of it that no other has; case does not matter.

    Raises:
        UserError: no port, or several.
    """
    where = f"MIDI port {wanted!r}"
    names = tuple(dict.fromkeys(names))
    for rule in (_is_name, _is_name_but_for_numbers, _is_part):
        found = [name for name in names if rule(wanted.casefold(), name.casefold())]
        if len(found) > 1:
            raise UserError(where, f"several ports match: {', '.join(found)}", "Write more of the name.")
        if found:
            return found[0]
    if not names:
        raise UserError(where, "there is no MIDI output on this machine now", "Plug it in, or make a port of our own: virtual:NAME.")
    known = f"There are: {', '.join(names)}."
    # A name is long and what is typed is short: compare with its first words too.
    hint = did_you_mean(wanted, {*names, *(_NUMBERS.sub("", name).partition(":")[0] for name in names)})
    raise UserError(where, "there is no such output", f"{hint} {known}" if hint.startswith("Did") else known)


def match_again(known: str, wanted: str, names: tuple[str, ...]) -> str | None:
    """The port, come back, that was called `known` when it was there ("" if it never was); None while it is away.

    Its numbers may be others than before, and so may be what a person left out when typing a part of the name; but a port
    that was named in full is never taken for its neighbour.
    """
    if known in names:
        return known
    stem = _NUMBERS.sub("", known)
    if known and (same := [name for name in names if _NUMBERS.sub("", name) == stem]):
        return same[0]
    if known and wanted.casefold() in ("", known.casefold(), stem.casefold()):
        return None
    with suppress(UserError):
        return match_port(wanted, names)
    return None


def _is_name(wanted: str, name: str) -> bool:
    return wanted == name


def _is_name_but_for_numbers(wanted: str, name: str) -> bool:
    return wanted == _NUMBERS.sub("", name)


def _is_part(wanted: str, name: str) -> bool:
    return wanted in name
