"""What goes out of a port, message by message: notes that always end, controls that never flood, ports that come and go."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from live.clock import ManualClock
from live.midi import MidiOut, open_output
from live.midiports import Driver, OpenPort
from media.errors import UserError

FLUID = "FLUID Synth (123):Synth input port (123:0) 128:0"
Open = Callable[..., Any]


def test_notes_go_out_and_the_end_of_the_block_ends_them(studio: Any, open_out: Open, told: list[str]) -> None:
    with open_out() as out:
        out.note_on(0, 60, 100)
        out.note_on(0, 64, 90)
        out.note_on(9, 36, 127)
        out.note_off(0, 64)
        assert out.sounding == ((0, 60), (9, 36))
        assert out.name == FLUID
    assert studio.take() == [
        *("on 0 60 100", "on 0 64 90", "on 9 36 127", "off 0 64"),
        *("off 0 60", "off 9 36", "cc 0 64 0", "cc 0 123 0", "cc 9 64 0", "cc 9 123 0"),
    ]
    assert told == ["open", "closed"]
    assert studio.n_closed == 1
    out.close()
    assert studio.take() == []


def test_an_exception_ends_them_too(studio: Any, open_out: Open) -> None:
    with pytest.raises(ZeroDivisionError), open_out() as out:
        out.note_on(3, 50, 80)
        raise ZeroDivisionError
    assert studio.take() == ["on 3 50 80", "off 3 50", "cc 3 64 0", "cc 3 123 0"]


def test_a_note_begun_twice_ends_before_it_begins_again(studio: Any, open_out: Open) -> None:
    out = open_out()
    out.note_on(0, 60, 100)
    out.note_on(0, 60, 50)
    out.note_on(1, 60, 50)
    out.note_on(0, 60, 0)
    out.note_off(0, 60)
    assert studio.take() == ["on 0 60 100", "off 0 60", "on 0 60 50", "on 1 60 50", "on 0 60 0"]
    assert out.sounding == ((1, 60),)
    out.close()


def test_controls_go_out_on_change_fifty_times_a_second_and_the_last_value_arrives(studio: Any, open_out: Open, clock: ManualClock) -> None:
    out = open_out()
    for value in (10, 10, 20, 30):
        out.control(0, 1, value)
    out.control(0, 2, 5)  # another controller has a rate of its own
    out.bend(0, 100)
    out.bend(0, 200)
    assert studio.take() == ["cc 0 1 10", "cc 0 2 5", "bend 0 100"]
    out.poll()
    assert studio.take() == []
    clock.advance(0.021)
    out.poll()
    assert studio.take() == ["cc 0 1 30", "bend 0 200"]
    out.control(0, 1, 40)
    out.control(0, 1, 30)  # back to what the port has: nothing to say
    clock.advance(0.021)
    out.poll()
    assert studio.take() == []
    out.close()
    assert studio.take()[0] == "bend 0 0"


def test_all_off_is_silence_on_the_channels_used_and_panic_on_all(studio: Any, open_out: Open) -> None:
    out = open_out()
    out.all_off()
    assert studio.take() == []
    out.program(2, 40)
    out.all_off()
    assert studio.take() == ["program 2 40", "cc 2 64 0", "cc 2 123 0"]
    out.panic()
    assert studio.take() == [
        *(f"cc {channel} {controller} 0" for channel in range(16) for controller in (64, 123)),
        *(f"cc {channel} 120 0" for channel in range(16)),
    ]
    out.close()


def test_a_port_that_vanishes_is_told_once_and_waited_for(studio: Any, open_out: Open, clock: ManualClock, told: list[str]) -> None:
    out = open_out()
    out.program(0, 5)
    out.note_on(0, 60, 100)
    out.control(0, 7, 90)
    studio.take()
    studio.outputs.remove(FLUID)
    for _ in range(5):
        clock.advance(1.0)
        out.poll()
    assert told == ["open", "lost"]
    assert studio.n_closed == 1
    out.note_on(0, 62, 100)  # nobody hears it
    out.note_off(0, 60)  # nor this: it is made up for
    out.note_off(0, 62)
    out.control(0, 7, 10)
    out.bend(0, 300)
    out.all_off()
    assert studio.take() == []
    assert out.sounding == ((0, 60),)

    back = FLUID.replace("128:0", "131:0")
    studio.outputs.append(back)
    clock.advance(1.0)
    out.poll()
    assert told == ["open", "lost", "open"]
    assert (out.name, studio.opened[-1]) == (back, (back, False))
    assert out.sounding == ()
    assert studio.take() == ["off 0 60", "cc 0 64 0", "cc 0 123 0", "program 0 5", "cc 0 7 10", "bend 0 0", "cc 0 64 0"]
    out.note_on(0, 65, 1)
    out.close()
    assert studio.take() == ["on 0 65 1", "off 0 65", "cc 0 64 0", "cc 0 123 0"]


def test_a_bend_and_a_pedal_held_over_a_loss_are_held_again(studio: Any, open_out: Open, clock: ManualClock) -> None:
    out = open_out()
    out.bend(0, 500)
    out.control(0, 64, 127)
    studio.outputs.remove(FLUID)
    clock.advance(1.0)
    out.poll()
    studio.outputs.append(FLUID)
    studio.take()
    clock.advance(1.0)
    out.poll()
    assert studio.take() == ["bend 0 0", "cc 0 64 0", "cc 0 123 0", "bend 0 500", "cc 0 64 127"]
    out.close()


def test_a_send_that_fails_never_reaches_the_show(studio: Any, open_out: Open, clock: ManualClock, told: list[str]) -> None:
    out = open_out()
    out.note_on(0, 60, 100)
    studio.answers = False
    out.note_off(0, 60)
    out.control(0, 1, 3)
    out.panic()
    clock.advance(1.0)
    out.poll()
    assert told == ["open", "lost"]
    assert out.sounding == ((0, 60),)
    studio.answers = True
    studio.take()
    clock.advance(1.0)
    out.poll()
    assert told == ["open", "lost", "open"]
    assert studio.take()[0] == "off 0 60"
    studio.answers = False
    out.close()
    assert told[-1] == "closed"


def test_a_port_that_is_not_there_yet_can_be_waited_for(studio: Any, open_out: Open, clock: ManualClock, told: list[str]) -> None:
    with pytest.raises(UserError, match="no such output"):
        open_out("launchpad")
    out = open_out("launchpad", wait=True)
    assert (told, out.state) == (["lost"], "lost")
    out.program(0, 9)
    studio.outputs.append("Launchpad Mini 24:0")
    clock.advance(1.0)
    out.poll()
    assert (told, out.state) == (["lost", "open"], "open")
    assert studio.take() == ["program 0 9"]
    out.close()


@pytest.mark.parametrize(
    ("name", "options", "opened"),
    [("virtual", {"program": "video2midi"}, "video2midi"), ("virtual:My Score", {}, "My Score"), ("Plain", {"virtual": True}, "Plain")],
)
def test_a_port_of_our_own(studio: Any, open_out: Open, clock: ManualClock, told: list[str], name: str, options: Any, opened: str) -> None:
    out = open_out(name, **options)
    assert studio.opened == [(opened, True)]
    clock.advance(5.0)
    out.poll()  # it is in nobody's list of outputs, and not lost for that
    out.close()
    assert told == ["open", "closed"]


class Server:
    """What a JACK server is to its ports."""

    def __init__(self) -> None:
        self.lives, self.n_closed = True, 0

    def is_alive(self) -> bool:
        return self.lives

    def close(self) -> None:
        self.n_closed += 1


@pytest.mark.parametrize("is_virtual", [False, True])
def test_a_port_whose_server_is_gone_is_lost_though_it_is_listed(studio: Any, clock: ManualClock, told: list[str], is_virtual: bool) -> None:
    server = Server()

    class Served(Driver):
        def open(self, name: str, *, virtual: bool) -> OpenPort:
            if not server.lives:
                raise OSError("no server")
            return OpenPort(super().open(name, virtual=virtual).port, server)  # type: ignore[arg-type]

    out = MidiOut(Served(studio.backend()), FLUID, is_virtual=is_virtual, clock=clock, on_state=told.append, on_sent=lambda *_: None)
    out.connect(FLUID)
    server.lives = False
    for _ in range(3):
        clock.advance(1.0)
        out.poll()
    assert (told, studio.n_closed, server.n_closed) == (["open", "lost"], 1, 1)
    server.lives = True
    clock.advance(1.0)
    out.poll()
    out.close()
    assert told == ["open", "lost", "open", "closed"]
    assert studio.opened == [(FLUID, is_virtual)] * 2


def test_a_port_that_another_program_holds_is_one_line(studio: Any, clock: ManualClock) -> None:
    backend = studio.backend()

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("busy")

    backend.Output = refuse  # type: ignore[attr-defined]
    with pytest.raises(UserError, match=r"it cannot be opened \(busy\). Close what else uses it."):
        open_output("fluid", backend=backend, clock=clock)


def test_what_went_out_is_told_with_its_instant(studio: Any, open_out: Open, clock: ManualClock) -> None:
    record: list[tuple[str, float]] = []
    out = open_out(on_sent=lambda message, instant_s: record.append((message.type, instant_s)))
    out.note_on(0, 60, 100)
    clock.advance(0.5)
    out.note_on(0, 60, 100)
    studio.answers = False
    out.note_off(0, 60)
    assert record == [("note_on", 1000.0), ("note_off", 1000.5), ("note_on", 1000.5)]
    out.close()


def test_the_end_of_the_interpreter_ends_what_sounds() -> None:
    code = (
        "import runpy; studio = runpy.run_path('tests/live/conftest.py')['Studio']()\n"
        "from live.midi import open_output\nimport atexit\n"
        "atexit.register(lambda: print(studio.take()))\n"
        "out = open_output('fluid', backend=studio.backend()); out.note_on(0, 60, 100)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "['on 0 60 100', 'off 0 60', 'cc 0 64 0', 'cc 0 123 0']"


def test_polling_in_a_thread_sends_what_was_held_back(studio: Any, wait_until: Callable[..., None]) -> None:
    """With the machine's own clock: the second value waits for its turn and arrives unasked."""
    with open_output("fluid", backend=studio.backend()) as out, out.polling(every_s=0.001):
        out.control(0, 1, 1)
        out.control(0, 1, 2)
        wait_until(lambda: len(studio.sent) == 2)
    assert studio.take()[:2] == ["cc 0 1 1", "cc 0 1 2"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("on"), st.integers(0, 1), st.integers(60, 62)),
        st.tuples(st.just("off"), st.integers(0, 1), st.integers(60, 62)),
        st.tuples(st.sampled_from(["unplug", "plug", "break", "mend", "wait", "all_off"]), st.just(0), st.just(0)),
    ),
    max_size=40,
)


@given(steps=STEPS)
def test_whatever_happens_no_note_is_left_on(make_studio: Callable[[], Any], steps: list[tuple[str, int, int]]) -> None:
    """What the synth hears, should it keep all it ever heard: every note that began has ended, and none began twice."""
    studio, clock = make_studio(), ManualClock()
    out = open_output("fluid", backend=studio.backend(), clock=clock)
    for what, channel, pitch in steps:
        match what:
            case "on":
                out.note_on(channel, pitch, 90)
            case "off":
                out.note_off(channel, pitch)
            case "unplug":
                studio.outputs = []
            case "plug":
                studio.outputs = [FLUID]
            case "break" | "mend":
                studio.answers = what == "mend"
            case "all_off":
                out.all_off()
        clock.advance(0.6)
        out.poll()
    studio.outputs, studio.answers = [FLUID], True
    for _ in range(4):
        clock.advance(1.0)
        out.poll()
    out.close()
    on: set[tuple[int, int]] = set()
    for message in studio.sent:
        if message.type == "note_on":
            assert (message.channel, message.note) not in on
            on.add((message.channel, message.note))
        elif message.type == "note_off":
            on.discard((message.channel, message.note))
    assert on == set()


def test_any_message_may_be_sent(studio: Any, open_out: Open) -> None:
    out = open_out()
    for message in (Message("clock"), Message("sysex", data=(1, 2)), Message("aftertouch", channel=2, value=3)):
        out.send(message)
    assert [message.type for message in studio.sent] == ["clock", "sysex", "aftertouch"]
    out.close()
