"""The sound process: orders come in through a pipe, and a device, or nobody where there is none, gets the sound.

No thread that decodes or listens ever holds what the audio callback needs; all it shares with them is Python's own lock, which is passed on
every half millisecond.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections import deque
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from live.clock import SteadyClock
from live.sound.clockfile import ClockFile
from live.sound.devices import open_device
from live.sound.engine import Engine
from live.sound.mixer import Mixer
from live.sound.orders import End, Fault, Lost, Opened, Report, Silent
from live.sound.sinks import NullSink, Sink
from live.sound.tap import TapWriter
from live.workers import serve_parent
from media.errors import UserError

PROBE_EVERY_S = 5.0
_LOOK_EVERY_S = 0.1
_FADED_S = 0.05
_PASS_ON_S = 0.0005


@dataclass(frozen=True)
class Setup:
    """What the process is given.

    Args:
        device: as in `devices.open_device`.
        begins_silent: whether to leave the device alone at first; it was lost just now.
    """

    clock_path: Path
    tap_path: Path
    device: str = ""
    channels: int = 2
    ceiling_db: float = 0.0
    begins_silent: bool = False


def serve(connection: Connection, setup: Setup) -> None:
    """What the process does; it is over when the other end hangs up."""
    os.environ["SDL_NO_SIGNAL_HANDLERS"] = "1"  # else SDL swallows the signal that ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    serve_parent()
    sys.setswitchinterval(_PASS_ON_S)
    gc.freeze()
    try:
        Server(connection, setup).run()
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)  # a device may hang when it is closed


class Server:
    """Gives orders to the engine, and looks after the device."""

    def __init__(self, connection: Connection, setup: Setup) -> None:
        self._connection, self._setup = connection, setup
        self._clock = SteadyClock(spin_s=0)
        self._faults: deque[str] = deque(maxlen=64)
        mixer = Mixer(setup.channels, ceiling_db=setup.ceiling_db)
        tap = TapWriter(setup.tap_path, channels=setup.channels)
        self._engine = Engine(mixer, ClockFile(setup.clock_path, is_writer=True), tap, on_fault=self._faults.append)
        self._silence: NullSink | None = None
        self._sink: Sink | None = None
        self._probe_s = self._clock.now() + (PROBE_EVERY_S if setup.begins_silent else 0.0)
        self._told_error = ""

    def run(self) -> None:
        """Work until it is told to end, or the device is lost."""
        if not self._setup.begins_silent:
            self._probe()
        if self._sink is None:
            self._play_to_nobody()
        look_s = self._clock.now()
        while True:
            if self._connection.poll(_LOOK_EVERY_S):
                order = self._connection.recv()
                self._engine.obey(order)
                if isinstance(order, End):
                    self._clock.sleep_until(self._clock.now() + _FADED_S + (self._sink.latency_s if self._sink else 0.0))
                    return
            if self._clock.now() >= look_s:
                look_s = self._clock.now() + _LOOK_EVERY_S
                if not self._look():
                    return

    def _look(self) -> bool:
        """Look after all but the orders; False where the device is lost."""
        self._engine.tidy()
        while self._faults:
            self._report(Fault(self._faults.popleft()))
        if self._engine.error != self._told_error:
            self._told_error = self._engine.error
            self._report(Fault(f"sound: a block could not be made, and was silence ({self._told_error})"))
        if self._sink is None:
            if self._clock.now() >= self._probe_s:
                self._probe()
        elif why := self._sink.fault():
            self._report(Lost(self._sink.name, why))
            return False
        return True

    def _probe(self) -> None:
        """Open the device, if it is there."""
        self._probe_s = self._clock.now() + PROBE_EVERY_S
        try:
            sink = open_device(self._setup.device, channels=self._setup.channels)
        except UserError as error:
            self._report(Silent(str(error)))
            return
        if self._silence is not None:
            self._silence.stop()
        self._sink, self._silence = sink, None
        sink.start(self._engine.connect(latency_s=sink.latency_s))
        self._report(Opened(sink.name, sink.channels, self._setup.channels))

    def _play_to_nobody(self) -> None:
        self._silence = NullSink(channels=self._setup.channels, clock=self._clock)
        self._silence.start(self._engine.connect(latency_s=0.0))

    def _report(self, report: Report) -> None:
        self._connection.send(report)
