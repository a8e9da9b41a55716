"""MIDI that goes nowhere but into a list: a backend module as mido has them, whose ports come and go at will."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from mido import Message

from live.clock import ManualClock


@dataclass
class Studio:
    """The MIDI devices of an imagined machine."""

    outputs: list[str] = field(default_factory=lambda: ["Midi Through:Midi Through Port-0 14:0", "FLUID Synth (123):Synth input port (123:0) 128:0"])
    inputs: list[str] = field(default_factory=lambda: ["nanoKONTROL2:nanoKONTROL2 _ SLIDER/KNOB 20:0"])
    answers: bool = True
    sent: list[Any] = field(default_factory=list)
    opened: list[tuple[str, bool]] = field(default_factory=list)
    n_closed: int = 0

    def backend(self) -> ModuleType:
        """What mido calls a backend: a module with Output and get_devices."""
        module = ModuleType("recording")
        studio = self

        class Output:
            def __init__(self, name: str, virtual: bool = False, **_: Any) -> None:
                if not virtual and name not in studio.outputs:
                    raise OSError(f"unknown port {name!r}")
                self.name = name
                studio.opened.append((name, virtual))

            def send(self, message: Message) -> None:
                if not studio.answers:
                    raise OSError("the device is gone")
                studio.sent.append(message)

            def close(self) -> None:
                studio.n_closed += 1

        def get_devices(**_: Any) -> list[dict[str, Any]]:
            if not studio.answers:
                raise OSError("no sequencer")
            ways = [(name, True, False) for name in studio.inputs] + [(name, False, True) for name in studio.outputs]
            return [{"name": name, "is_input": is_input, "is_output": is_output} for name, is_input, is_output in ways]

        module.Output = Output  # type: ignore[attr-defined]
        module.get_devices = get_devices  # type: ignore[attr-defined]
        return module

    def take(self) -> list[str]:
        """What was sent since the last call, as words."""
        sent, self.sent = [_in_words(message) for message in self.sent], []
        return sent


def _in_words(message: Message) -> str:
    """`on 0 60 100`, `off 0 60`, `cc 0 64 0`, `bend 0 100`, `program 0 5`, `clock`."""
    match message.type:
        case "note_on":
            return f"on {message.channel} {message.note} {message.velocity}"
        case "note_off":
            return f"off {message.channel} {message.note}"
        case "control_change":
            return f"cc {message.channel} {message.control} {message.value}"
        case "pitchwheel":
            return f"bend {message.channel} {message.pitch}"
        case "program_change":
            return f"program {message.channel} {message.program}"
        case "songpos":
            return f"songpos {message.pos}"
    return str(message.type)


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture(scope="session")
def make_studio() -> Callable[[], Studio]:
    """A new studio whenever it is called, for tests of many examples."""
    return Studio


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    """Wait for what another thread does; it takes milliseconds, and the limit is never met but by a defect."""

    def wait(is_so: Callable[[], bool], *, limit_s: float = 20.0) -> None:
        end_s = time.monotonic() + limit_s
        while not is_so():
            assert time.monotonic() < end_s, "it never came"
            time.sleep(0.0005)

    return wait


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def told() -> list[str]:
    """What callbacks were told."""
    return []


@pytest.fixture
def open_out(studio: Studio, clock: ManualClock, told: list[str]) -> Callable[..., Any]:
    """`open_output` on the imagined machine."""
    from live.midi import open_output

    def opened(name: str = "fluid", **options: Any) -> Any:
        return open_output(name, backend=studio.backend(), clock=clock, on_state=told.append, **options)

    return opened
