"""Orders go in, and blocks that a device asks for come out filled: voices, mixer, clock file and tap as one."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np

from live.sound.blockclock import BlockClock
from live.sound.clockfile import ClockFile, Pulse, Reading
from live.sound.feeder import Feeder
from live.sound.lanes import OnFault
from live.sound.mixer import Mixer
from live.sound.orders import Append, Close, End, Open, Order, Play, Seek, SetGain, SetRate
from live.sound.run import Run
from live.sound.sinks import Fill
from live.sound.tap import TapWriter
from live.sound.tape import Tape
from live.sound.voices import Sounding, Wish
from media.sound import SAMPLE_RATE


class _Player:
    """A voice, with what decodes for it and where its position is told."""

    def __init__(self, voice: Sounding, slot: int, *, on_fault: OnFault) -> None:
        self.voice = voice
        self.feeder = Feeder(lambda: (voice.wish.programme, voice.wish.run), on_fault=on_fault)
        self.is_closing = False
        self._slot = slot
        self._written = Reading()

    def wish(self, *, changed_at: int | None = None, **changes: Any) -> None:
        """Change what is wanted."""
        self.voice.wish = replace(self.voice.wish, **changes)
        self.feeder.changed(changed_at)

    def tell(self, file: ClockFile) -> None:
        """Write where it is, if that is new; where it is being closed, its place may be another's already."""
        if self.voice.reading != self._written and not self.is_closing:
            self._written = self.voice.reading
            file.write(self._slot, self._written)


class Engine:
    """All that sounds. One thread gives orders, one other fills blocks.

    Args:
        on_fault: told, in words, of what cannot be played, by any thread.
        is_threaded: whether each voice decodes in a thread of its own; else `feed` does, when it is called.
    """

    def __init__(self, mixer: Mixer, clock_file: ClockFile, tap: TapWriter, *, on_fault: OnFault, is_threaded: bool = True) -> None:
        self._mixer, self._clock_file, self._tap = mixer, clock_file, tap
        self._on_fault, self._is_threaded = on_fault, is_threaded
        self._players: dict[int, _Player] = {}
        self._heard: tuple[_Player, ...] = ()
        self._gains: deque[tuple[float, float]] = deque()
        self._busy = Lock()
        self._fill: Fill | None = None
        self._next_s: float | None = None
        self._n_blocks = self._n_errors = self._n_stalls = 0
        self.error = ""
        """What went wrong when a block was to be filled last."""

    def connect(self, *, latency_s: float) -> Fill:
        """What a device is to call for blocks; the one that did so before gets silence from now on.

        Args:
            latency_s: how much later than it is asked for a block is heard.
        """
        clock = BlockClock()

        def fill(block: np.ndarray, now_s: float) -> None:
            # Nobody waits in a callback: where two devices ask at once, one of them is gone already.
            if self._fill is not fill or not self._busy.acquire(blocking=False):
                block.fill(0)
                return
            try:
                self._mix(block, clock.begin(now_s, len(block)) + latency_s, has_jumped=clock.has_jumped)
            except Exception as error:  # a defect of ours must not end the sound for good
                block.fill(0)
                self._n_errors, self.error = self._n_errors + 1, repr(error)
            finally:
                self._busy.release()
            self._n_blocks += 1
            self._clock_file.beat(Pulse(now_s, latency_s, self._n_blocks, self._n_errors, self._n_stalls))

        self._fill = fill
        return fill

    def obey(self, order: Order) -> None:
        """Do what is told; an order for a voice that is closed means nothing."""
        match order:
            case Open():
                self._open(order)
            case SetGain(voice=0):
                self._gains.append((order.gain, order.over_s))
            case End():
                self._gains.append((0.0, 0.0))
            case _ if order.voice in self._players:
                self._change(self._players[order.voice], order)

    def tidy(self) -> None:
        """Forget voices that are closed and have faded away; to be called now and then."""
        for number, player in list(self._players.items()):
            if player.is_closing and not player.voice.is_on:
                del self._players[number]
                player.feeder.stop() if self._is_threaded else player.feeder.close()
        self._heard = tuple(self._players.values())

    def feed(self) -> None:
        """Decode all that is wanted now."""
        for player in self._heard:
            while player.feeder.step():
                pass

    def close(self) -> None:
        """Let go of all files."""
        for player in self._players.values():
            player.is_closing, player.voice.is_on = True, False
        self.tidy()

    def _mix(self, block: np.ndarray, heard_s: float, *, has_jumped: bool) -> None:
        while self._gains:
            gain, over_s = self._gains.popleft()
            self._mixer.gain.glide(gain, over_s=over_s)
        players = self._heard
        if has_jumped and self._next_s is not None:
            self._n_stalls += 1
            for player in players:
                player.voice.break_off(self._next_s)
        self._next_s = heard_s + len(block) / SAMPLE_RATE
        parts = []
        for player in players:
            sound = player.voice.render(len(block), heard_s)
            player.tell(self._clock_file)
            if sound is not None:
                parts.append((sound, player.voice.outs))
        mixed = block if block.shape[1] == self._mixer.channels else np.empty((len(block), self._mixer.channels), np.float32)
        self._mixer.mix(mixed, parts)
        self._tap.put(mixed, heard_s)
        if mixed is not block:
            self._mixer.fold(mixed, block)

    def _open(self, order: Open) -> None:
        run = Run(order.seek.place, number=order.seek.number, due_s=order.seek.due_s)
        wish = Wish(order.programme, run, order.plays, Tape(order.rate))
        player = _Player(Sounding(order.voice, wish, outs=order.outs, gain=order.gain), order.slot, on_fault=self._on_fault)
        self._players[order.voice] = player
        if self._is_threaded:
            player.feeder.start()
        self.tidy()

    def _change(self, player: _Player, order: Order) -> None:
        match order:
            case Append():
                self._append(player, order)
            case Play():
                player.wish(plays=order.plays)
            case Seek():
                player.wish(run=Run(order.place, number=order.number, due_s=order.due_s))
            case SetRate():
                player.wish(tape=Tape(order.rate))
            case SetGain():
                player.voice.gains.append((order.gain, order.over_s))
            case Close():
                player.wish(plays=False)
                player.is_closing = True

    def _append(self, player: _Player, order: Append) -> None:
        programme = player.voice.wish.programme.with_item(order.item)
        player.wish(programme=programme.forgetting(order.forget_before), changed_at=programme.placed[-1].start)
