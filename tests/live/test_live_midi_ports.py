"""Port names as people type them; machines without MIDI are told in one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from live.midiports import Ports, list_ports, match_again, match_port
from media.errors import UserError

THROUGH, FLUID = "Midi Through:Midi Through Port-0 14:0", "FLUID Synth (123):Synth input port (123:0) 128:0"
LAUNCH, OTHER_LAUNCH = "Launchpad Mini:Launchpad Mini MIDI 1 24:0", "Launchpad Pro:Launchpad Pro MIDI 1 28:0"
NAMES = (THROUGH, FLUID, LAUNCH, OTHER_LAUNCH)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (FLUID, FLUID),
        (FLUID.lower(), FLUID),
        ("FLUID Synth (123):Synth input port (123:0)", FLUID),
        ("fluid", FLUID),
        ("Through Port", THROUGH),
        ("MINI", LAUNCH),
        ("24:0", LAUNCH),
    ],
)
def test_a_part_of_a_name_is_enough(wanted: str, found: str) -> None:
    assert match_port(wanted, NAMES) == found


def test_a_whole_name_is_not_taken_for_a_part_of_another() -> None:
    assert match_port("synth", ("Synth 2", "Synth", "My Synth")) == "Synth"


def test_an_ambiguous_part_names_the_ports() -> None:
    with pytest.raises(UserError, match=f"several ports match: {LAUNCH}, {OTHER_LAUNCH}. Write more of the name"):
        match_port("launchpad", NAMES)


def test_two_alike_count_as_one() -> None:
    assert match_port("thr", (THROUGH, THROUGH)) == THROUGH


@pytest.mark.parametrize("wanted", ["fluidsynth", "Fluid Sinth", "flud synth"])
def test_a_wrong_name_gets_the_nearest_and_the_list(wanted: str) -> None:
    with pytest.raises(UserError) as raised:
        match_port(wanted, NAMES)
    assert str(raised.value).startswith(f"MIDI port {wanted!r}: there is no such output. Did you mean FLUID Synth (123)? There are: {THROUGH}, ")


def test_no_ports_at_all_is_another_matter() -> None:
    with pytest.raises(UserError, match=r"no MIDI output on this machine now\. Plug it in, or make a port of our own: virtual:NAME"):
        match_port("fluid", ())


@pytest.mark.parametrize(
    ("known", "wanted", "names", "found"),
    [
        (LAUNCH, "mini", (LAUNCH,), LAUNCH),
        (LAUNCH, "mini", ("Launchpad Mini:Launchpad Mini MIDI 1 32:0", OTHER_LAUNCH), "Launchpad Mini:Launchpad Mini MIDI 1 32:0"),
        (FLUID, "fluid", ("FLUID Synth (777):Synth input port (777:0) 130:0",), "FLUID Synth (777):Synth input port (777:0) 130:0"),
        (LAUNCH, "mini", (OTHER_LAUNCH,), None),
        ("Synth", "Synth", ("Synth 2",), None),
        (LAUNCH, "mini", (), None),
        ("", "Synth", ("My Synth",), "My Synth"),
        (LAUNCH, "launchpad mini", ("Launchpad Mini A", "Launchpad Mini B"), None),
    ],
)
def test_a_port_that_came_back_is_known_again(known: str, wanted: str, names: tuple[str, ...], found: str | None) -> None:
    assert match_again(known, wanted, names) == found


def test_ports_are_listed(studio: Any) -> None:
    assert list_ports(backend=studio.backend()) == Ports(tuple(studio.inputs), tuple(studio.outputs))


def test_no_sequencer_is_one_line(studio: Any, open_out: Callable[..., Any], capfd: pytest.CaptureFixture[str]) -> None:
    studio.answers = False
    for attempt in (lambda: list_ports(backend=studio.backend()), open_out, lambda: open_out("virtual")):
        with pytest.raises(UserError) as raised:
            attempt()
        assert str(raised.value).startswith("MIDI: no MIDI sequencer on this machine (")
        assert str(raised.value).endswith("A MIDI file can still be written with -o.")
    assert capfd.readouterr().err == ""


def test_a_system_without_answer_gives_way_to_the_next(studio: Any) -> None:
    """As rtmidi has it: several systems in one module, of which ALSA raises and JACK answers."""
    recording = studio.backend()
    module = ModuleType("two_systems")
    module.get_api_names = lambda: ["LINUX_ALSA", "UNIX_JACK"]  # type: ignore[attr-defined]

    def get_devices(api: str) -> Any:
        if api == "LINUX_ALSA":
            raise OSError("error creating ALSA sequencer client object")
        return recording.get_devices()

    module.get_devices = get_devices  # type: ignore[attr-defined]
    sys.modules["two_systems"] = module
    try:
        assert list_ports(backend="two_systems").outputs == tuple(studio.outputs)
        with pytest.raises(UserError, match="no MIDI sequencer"):
            list_ports(backend="two_systems/LINUX_ALSA")
    finally:
        del sys.modules["two_systems"]


def test_without_python_rtmidi_it_is_said_where_it_can_be_had() -> None:
    code = (
        "import sys; sys.modules['rtmidi'] = None\n"
        "from live.midi import list_ports\nfrom media.errors import UserError\n"
        "try: list_ports(backend='mido.backends.rtmidi')\nexcept UserError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("MIDI: the package rtmidi is not installed. python-rtmidi has wheels up to Python 3.12")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
