"""Voices in this very process: what they play comes out as samples, block by block, as time passes on a clock that is passed in.

For tests, and for rendering a show faster than it can be watched: whatever is to be heard is always decoded in time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from live.clock import Clock
from live.sound.client import Host, Sounds
from live.sound.clockfile import ClockFile
from live.sound.engine import Engine
from live.sound.mixer import Mixer
from live.sound.server import Setup
from live.sound.sinks import BLOCK
from live.sound.tap import TapWriter
from media.frames import ignore_fault
from media.sound import SAMPLE_RATE


class LocalSounds(Sounds):
    """As `Sounds`, without a process or any thread: `sounds.render(0.04)` gives what is heard in that time, and moves the clock."""

    def __init__(self, clock: Clock, *, channels: int = 2, ceiling_db: float = 0.0, tell: Callable[[str], None] = ignore_fault) -> None:
        self._tell_fault = tell
        self._start_s, self._n_rendered = clock.now(), 0
        super().__init__(self._begin, clock=clock, channels=channels, ceiling_db=ceiling_db)

    def render(self, duration_s: float) -> np.ndarray:
        """What is heard in the next seconds, (n, channels) float32 at 48 kHz."""
        return self.render_until(self.clock.now() + duration_s)

    def render_until(self, instant_s: float) -> np.ndarray:
        """What is heard from where it got to last until an instant of the clock."""
        end = round((instant_s - self._start_s) * SAMPLE_RATE)
        blocks = [np.zeros((0, self._channels), np.float32)]
        while self._n_rendered < end:
            blocks.append(self._render(min(BLOCK, end - self._n_rendered)))
        return np.concatenate(blocks)

    def _render(self, n: int) -> np.ndarray:
        block = np.empty((n, self._channels), np.float32)
        self._engine.feed()
        self._fill(block, self._start_s + self._n_rendered / SAMPLE_RATE)
        self._engine.tidy()
        self._n_rendered += n
        self.clock.sleep_until(self._start_s + self._n_rendered / SAMPLE_RATE)
        return block

    def _begin(self, owner: Sounds, setup: Setup) -> Host:
        mixer, tap = Mixer(setup.channels, ceiling_db=setup.ceiling_db), TapWriter(setup.tap_path, channels=setup.channels)
        file = ClockFile(setup.clock_path, is_writer=True)
        self._engine = Engine(mixer, file, tap, on_fault=self._tell_fault, is_threaded=False)
        self._fill = self._engine.connect(latency_s=0.0)
        owner.begun(self._engine.obey)
        return _Here(self._engine)


class _Here:
    """This process as a host."""

    device, n_lives = "", 1

    def __init__(self, engine: Engine) -> None:
        self.close = engine.close
