"""The real way through python-rtmidi: a JACK server with a dummy sound card, where one can be started."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

STARTS_WITHIN_S = 5.0
# In a process of its own: libjack reads the server's name once, and writes to stderr whenever a server goes.
PLAY = """
import json, sys, time
import mido
from live.clock import ManualClock
from live.midi import list_ports, open_output
from media.errors import UserError

def receive(port, n):
    end, found = time.monotonic() + 2, []
    while len(found) < n and time.monotonic() < end:
        found += [str(message) for message in port.iter_pending()]
        time.sleep(0.001)
    return found

found = {"before": list_ports().outputs}
backend = mido.Backend("mido.backends.rtmidi/UNIX_JACK")
synth = backend.open_input("in", virtual=True, client_name="synth")
found["ports"] = list_ports().outputs
states = []
with open_output("SYNTH", on_state=states.append) as out:
    for pitch in (60, 64, 67):
        out.note_on(0, pitch, 100)
    out.control(0, 1, 77)
    out.poll()
    found["received"] = receive(synth, 4)
found["after"] = receive(synth, 5)
with open_output("virtual:My Score") as ours:
    listener = backend.open_input("My Score:My Score")
    time.sleep(0.05)
    ours.note_on(1, 40, 50)
    found["virtual"] = receive(listener, 1)
    listener.close()
clock = ManualClock()
with open_output("synth", clock=clock, on_state=states.append) as out:
    out.note_on(0, 50, 100)
    receive(synth, 1)
    synth.close()
    clock.advance(2.0)
    out.poll()
    found["lost"] = out.state
    synth = backend.open_input("in", virtual=True, client_name="synth")
    clock.advance(2.0)
    out.poll()
    found["again"] = [out.state, receive(synth, 3)]
try:
    open_output("organ")
except UserError as error:
    found["error"] = str(error)
found["states"] = states
synth.close()
print(json.dumps(found))
"""


# What goes on while the server is started and ended around it: it says where it is, and waits for a line to go on.
OUTLIVE = """
import json, time
import mido
from live.clock import ManualClock
from live.midi import open_output

def look():
    clock.advance(2.0)
    out.poll()
    ours.poll()
    return [out.state, ours.state]

clock, states, found = ManualClock(), [], {}
backend = mido.Backend("mido.backends.rtmidi/UNIX_JACK")
synth = backend.open_input("in", virtual=True, client_name="synth")
with open_output("synth", clock=clock) as out, open_output("virtual:ours", clock=clock, on_state=states.append) as ours:
    out.note_on(0, 50, 100)
    found["before"] = look()
    input("kill it\\n")
    synth.close()  # JACK closes what is left of a dead server when a client is made: twice is once too often
    found["dead"], found["still"] = look(), look()
    input("start it\\n")
    synth = backend.open_input("in", virtual=True, client_name="synth")
    found["again"] = look()
    found["listed"] = any(name.startswith("ours") for name in backend.get_input_names())
    out.note_on(0, 60, 100)
    end, heard = time.monotonic() + 2, []
    while "note_on" not in heard and time.monotonic() < end:
        heard += [message.type for message in synth.iter_pending()]
        time.sleep(0.001)
    found["heard"], found["states"] = heard[-1:], states
synth.close()
print(json.dumps(found))
"""


@pytest.fixture
def server_name() -> str:
    """A name for a JACK server that plays to nowhere: one can be started here, at a time."""
    rtmidi = pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
    if rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api():
        pytest.skip("this python-rtmidi knows no JACK")
    if shutil.which("jackd") is None:
        pytest.skip("no jackd on this machine")
    if Path("/dev/snd/seq").exists():
        pytest.skip("ALSA's sequencer is here, and comes before JACK")
    return f"test-{os.getpid()}"


@contextmanager
def serving(name: str) -> Iterator[None]:
    """A JACK server runs while the block does."""
    command = ["jackd", "-n", name, "-r", "-d", "dummy", "-r", "48000", "-p", "256"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not _answers(name, server):
            pytest.skip("jackd does not start here")
        yield
    finally:
        server.terminate()
        try:
            server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _answers(name: str, server: subprocess.Popen[bytes]) -> bool:
    code = (
        "import sys, time, rtmidi\n"
        f"end = time.monotonic() + {STARTS_WITHIN_S}\n"
        "while time.monotonic() < end:\n"
        "    try: rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK); sys.exit(0)\n"
        "    except OSError: time.sleep(0.05)\n"
        "sys.exit(1)"
    )
    env = {**os.environ, "JACK_DEFAULT_SERVER": name}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, timeout=60).returncode == 0 and server.poll() is None


ON = [f"note_on channel=0 note={pitch} velocity=100 time=0" for pitch in (60, 64, 67)]
OFF = [f"note_off channel=0 note={pitch} velocity=0 time=0" for pitch in (60, 64, 67)]
SILENCE = [f"control_change channel=0 control={number} value=0 time=0" for number in (64, 123)]
EXPECTED = {
    "before": [],
    "ports": ["synth:in"],
    "received": [*ON, "control_change channel=0 control=1 value=77 time=0"],
    "after": [*OFF, *SILENCE],
    "virtual": ["note_on channel=1 note=40 velocity=50 time=0"],
    "lost": "lost",
    "again": ["open", ["note_off channel=0 note=50 velocity=0 time=0", *SILENCE]],
    "states": ["open", "closed", "open", "lost", "open", "closed"],
    "error": "MIDI port 'organ': there is no such output. There are: synth:in.",
}


def test_notes_reach_a_synth_through_jack(server_name: str, root: Path) -> None:
    """On a busy machine JACK's dummy card loses messages by itself, hence three attempts; a fault of ours fails them all."""
    with serving(server_name):
        for _ in range(3):
            found = played(server_name, root)
            if found == EXPECTED:
                return
    assert found == EXPECTED


def played(server_name: str, root: Path) -> dict[str, Any]:
    env = {**os.environ, "JACK_DEFAULT_SERVER": server_name, "PYTHONPATH": str(root)}
    try:
        done = subprocess.run([sys.executable, "-c", PLAY], env=env, capture_output=True, text=True, timeout=30, cwd=root)
    except subprocess.TimeoutExpired:
        return {"it": "hangs"}
    found: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {"stderr": done.stderr}
    return found


OUTLIVED = {
    "before": ["open", "open"],
    "dead": ["lost", "lost"],
    "still": ["lost", "lost"],
    "again": ["open", "open"],
    "listed": True,
    "heard": ["note_on"],
    "states": ["open", "lost", "open", "closed"],
}


def test_a_server_that_ends_and_comes_back_takes_all_ports_along(server_name: str, root: Path) -> None:
    """Three attempts as above."""
    for _ in range(3):
        found = outlived(server_name, root)
        if found == OUTLIVED:
            return
    assert found == OUTLIVED


def outlived(name: str, root: Path) -> dict[str, Any]:
    """What ports find that outlive their server; JACK says nothing about it on stderr."""
    env = {**os.environ, "JACK_DEFAULT_SERVER": name, "PYTHONPATH": str(root)}
    with ExitStack() as stack:
        first = stack.enter_context(ExitStack())
        first.enter_context(serving(name))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        child = stack.enter_context(subprocess.Popen([sys.executable, "-c", OUTLIVE], env=env, text=True, cwd=root, **pipes))
        stack.callback(child.kill)
        assert child.stdin is not None and child.stdout is not None and child.stderr is not None
        if child.stdout.readline() != "kill it\n":
            return {"stderr": child.stderr.read()}
        first.close()
        child.stdin.write("\n")
        child.stdin.flush()
        child.stdout.readline()
        stack.enter_context(serving(name))
        try:
            told, complaints = child.communicate("\n", timeout=30)
        except subprocess.TimeoutExpired:
            return {"it": "hangs"}
        found: dict[str, Any] = json.loads(told) if child.returncode == 0 else {}
        return found if not complaints else {**found, "stderr": complaints}


def test_no_server_and_no_sequencer_is_one_line_at_once(root: Path) -> None:
    pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
    if Path("/dev/snd/seq").exists():
        pytest.skip("ALSA's sequencer is here")
    code = "from live.midi import list_ports\nfrom media.errors import UserError\ntry: list_ports()\nexcept UserError as error: print(error)"
    env = {**os.environ, "JACK_DEFAULT_SERVER": "none-such", "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("MIDI: no MIDI sequencer on this machine (ALSA's /dev/snd/seq is missing and no JACK server runs).")
    assert (done.stdout.count("\n"), done.stderr) == (1, "")
