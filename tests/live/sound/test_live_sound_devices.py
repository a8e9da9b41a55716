"""Which device a name means, through PortAudio (an imagined one) and through SDL, and what happens where there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from live.sound import portaudio
from live.sound.clockfile import Pulse
from live.sound.devices import find_device, list_devices, open_device
from live.sound.keeper import PATIENCE_S, Vigil
from live.sound.news import News
from live.sound.orders import Fault, Lost, Opened, Silent
from live.sound.sdl import _n_opened
from live.sound.sinks import BLOCK, Device, Watch
from media.errors import UserError

DEVICES = [Device(n, name, 2, "PortAudio", n) for n, name in enumerate(["HDMI 0", "HDMI 1", "Built-in Audio", "Scarlett 2i2 USB"])]


def test_a_device_is_found_by_number_name_or_part() -> None:
    assert [find_device(wanted, DEVICES).name for wanted in ("3", "hdmi 1", "scarlett", "built-in")] == [
        *("Scarlett 2i2 USB", "HDMI 1", "Scarlett 2i2 USB", "Built-in Audio")
    ]
    numbered = [Device(0, "3", 2, "SDL", "3"), Device(1, "other", 2, "SDL", "other")]
    assert find_device("3", numbered).name == "3"


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        ("HDMI", "sound device 'HDMI': several devices match: 0 HDMI 0, 1 HDMI 1. Write more of the name, or the number."),
        (
            "Scarlet 2i2 USBB",
            "sound device 'Scarlet 2i2 USBB': there is no such device. Did you mean Scarlett 2i2 USB? "
            "There are: 0 HDMI 0, 1 HDMI 1, 2 Built-in Audio, 3 Scarlett 2i2 USB.",
        ),
        ("9", "sound device '9': there is no such device. There are: 0 HDMI 0, 1 HDMI 1, 2 Built-in Audio, 3 Scarlett 2i2 USB."),
    ],
)
def test_what_is_told_of_a_device_that_is_not_there(wanted: str, line: str) -> None:
    with pytest.raises(UserError) as caught:
        find_device(wanted, DEVICES)
    assert str(caught.value) == line


class PortAudio(ModuleType):
    """The package sounddevice on an imagined machine."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.devices = [("Microphone", 0), ("Speakers", 2), ("Interface", 8)]
        self.n_refreshed = 0
        self.opened: list[dict[str, Any]] = []
        self.refuses = False

    def query_devices(self, kind: str = "") -> Any:
        found = [{"name": name, "max_output_channels": n} for name, n in self.devices]
        return found[-1] if kind == "output" else found

    def _terminate(self) -> None:
        self.n_refreshed += 1

    def _initialize(self) -> None:
        pass

    def OutputStream(self, **asked: Any) -> Any:  # noqa: N802 - its name there
        if self.refuses:
            raise self.PortAudioError("Device unavailable [PaErrorCode -9985]")
        self.opened.append(asked)
        return Stream(asked["callback"])


class Stream:
    latency, active = 0.125, False

    def __init__(self, callback: Callable[..., None]) -> None:
        self.callback = callback

    def start(self) -> None:
        self.active = True


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[PortAudio]:
    imagined = PortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", imagined)
    monkeypatch.delenv("SDL_AUDIODRIVER", raising=False)
    portaudio._load.cache_clear()
    yield imagined
    portaudio._load.cache_clear()


def test_outputs_of_portaudio_are_listed_with_their_channels(machine: PortAudio) -> None:
    assert list_devices() == [Device(0, "Speakers", 2, "PortAudio", 1), Device(1, "Interface", 8, "PortAudio", 2)]


def test_a_device_of_portaudio_is_played(machine: PortAudio) -> None:
    sink = open_device("interface", channels=6)
    asked = machine.opened[0]
    assert (asked["device"], asked["channels"], asked["samplerate"], asked["dtype"], asked["blocksize"]) == (2, 6, 48_000, "float32", BLOCK)
    assert (sink.name, sink.latency_s, machine.n_refreshed) == ("Interface", 0.125, 1)
    assert sink.fault() == "it is gone"
    sink.start(lambda block, now_s: block.fill(0.5))
    block = np.zeros((BLOCK, 6), np.float32)
    asked["callback"](block, BLOCK, None, None)
    assert (block == 0.5).all()
    assert sink.fault() == ""
    assert [sink.fault() for _ in range(9)][-1] == "it takes no more sound"


def test_a_device_of_portaudio_that_cannot_be_played_is_told(machine: PortAudio) -> None:
    assert open_device("speakers", channels=4).channels == 2
    assert open_device(channels=4).channels == 4 and open_device(channels=10).channels == 8
    machine.refuses = True
    with pytest.raises(UserError, match=r"Speakers: it cannot be opened .*-9985.*Plug it in"):
        open_device("speakers")


def said(code: str, **environment: str) -> str:
    """What a program of a few lines prints, where SDL finds what the environment says."""
    import os

    given = {key: value for key, value in os.environ.items() if not key.startswith("SDL_")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**given, **environment}, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return done.stdout.strip()


LIST = "from live.sound.devices import list_devices\nprint([(device.number, device.channels, device.system) for device in list_devices()])"
OPEN = """
import os, time
from live.sound.devices import open_device
from media.errors import UserError
try:
    sink = open_device({wanted!r})
except UserError as error:
    print(error)
else:
    asked = []
    sink.start(lambda block, now_s: asked.append(block.shape))
    while len(asked) < 3:
        time.sleep(0.1)
        assert not sink.fault()
    print(sink.name, set(asked), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize(
    ("wanted", "has", "opened"),
    [(1, None, 1), (2, 8, 2), (3, None, 6), (7, None, 8), (17, None, 8), (6, 2, 2), (3, 4, 4), (4, 8, 8), (9, 16, 8)],
)
def test_sdl_opens_loudspeakers_that_have_what_is_asked(wanted: int, has: int | None, opened: int) -> None:
    assert _n_opened(wanted, has) == opened


def test_devices_of_sdl_are_listed_and_played_without_a_word_on_stderr() -> None:
    assert said(LIST, SDL_AUDIODRIVER="dummy") == "[(0, None, 'SDL')]"
    assert said(OPEN.format(wanted=""), SDL_AUDIODRIVER="dummy") == f"the default device {{({BLOCK}, 2)}}"
    told = said(OPEN.format(wanted="beamer"), SDL_AUDIODRIVER="dummy")
    assert told.startswith("sound device 'beamer': there is no such device. There are: 0 ")


def test_without_any_device_that_is_told() -> None:
    assert said(LIST, SDL_AUDIODRIVER="no such driver") == "[]"
    assert said(OPEN.format(wanted=""), SDL_AUDIODRIVER="no such driver").startswith("sound: there is no sound device on this machine now.")


def test_a_device_is_lost_when_it_stands_still_for_long() -> None:
    watch = Watch()
    assert not any(watch.is_still() for _ in range(8))
    watch.n_blocks += 1
    assert not any(watch.is_still() for _ in range(8))
    assert watch.is_still()
    watch.n_blocks += 1
    assert not watch.is_still()


def test_a_process_is_watched_from_its_first_sound_on() -> None:
    vigil = Vigil(100.0)
    assert vigil.look(Pulse(instant_s=99.0), 100.0) == ""  # of the one before it
    assert vigil.look(Pulse(instant_s=100.5), 100.6) == "awake"
    assert [vigil.look(Pulse(instant_s=100.5 + n), 101.0) for n in range(1, 4)] == ["", "", ""]
    looks = [vigil.look(Pulse(instant_s=103.5), 104.0) for _ in range(40)]
    assert looks == [""] * 39 + ["hung"]


def test_a_process_that_takes_long_to_begin_is_not_waited_for_for_ever() -> None:
    vigil = Vigil(100.0)
    looks = [vigil.look(Pulse(), 100 + n * 0.05) for n in range(401)]
    assert looks.index("late") == PATIENCE_S / 0.05 + 1
    assert looks.count("late") == 1
    assert looks[-1] == "hung"
    assert looks.count("hung") == 1


def test_each_thing_is_told_once(told: list[str]) -> None:
    news = News(told.append)
    for _ in range(3):
        news.heed(Silent("sound: there is no sound device on this machine now. Plug one in."), 10)
        news.heed(Fault("a.mp4: it is broken."), 10)
    news.heed(Fault("b.mp4: it is broken."), 10)
    assert len(told) == 3
    news.heed(Opened("Speakers", 2, 2), 20)
    news.look(22)
    assert (news.device, len(told)) == ("Speakers", 3)
    news.look(24)
    assert told.pop() == "sound: Speakers plays."
    for at_s in (30, 40):  # it is opened, and gone again at once
        news.heed(Lost("Speakers", "it is gone"), at_s)
        assert news.is_lost
        news.ended(0, lived_s=5)
        news.heed(Opened("Speakers", 2, 2), at_s + 5)
        news.look(at_s + 7)
    assert told[3:] == ["sound: Speakers: it is gone. Nothing is heard until it is back; everything else goes on."]


def test_ends_of_processes_are_told_but_not_each_of_many(told: list[str]) -> None:
    news = News(told.append)
    news.ended(-15, lived_s=100)
    assert told == []
    for _ in range(5):
        news.ended(-9, lived_s=1)
    news.ended(1, lived_s=100)
    assert told == ["sound: its process ended (SIGKILL); it is begun anew.", "sound: its process ended (status 1); it is begun anew."]
