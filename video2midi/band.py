"""Moments of a live picture go in; the voices of a mapping are sent to a MIDI port, and every note is ended in its time."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from heapq import heappop, heappush

import numpy as np

from live.midi import MidiOut
from video2midi.harmony import Harmony
from video2midi.mapping import Part, Plan
from video2midi.notes import BEND, bend_reach, tell_bend_reach
from video2midi.players import PLAYERS
from video2midi.rolling import Rolling
from video2midi.voices import Begin, End, Event, Player, Setting

_PAUSE_S = 2.0


class Band:
    """All voices of a mapping, playing live: `band.hear(time, rows)` for each picture, `band.play_due(time)` in between.

    Args:
        beat_s: of the tempo, for lengths told as notes.
    """

    def __init__(self, plan: Plan, out: MidiOut, *, beat_s: Fraction) -> None:
        setting = Setting(plan.mapping.key, plan.mapping.scale, beat_s, plan.mapping.seed)
        self._plan, self._out = plan, out
        self.rolling = Rolling(grids=plan.grids)
        self._players: list[Player] = [PLAYERS[part.voice.play](part, setting) for part in plan.parts]
        self._harmony = Harmony(plan.mapping.harmony, plan.mapping.scale)
        self._ends: list[tuple[Fraction, int, int, int]] = []
        self._n_begun = 0
        self._sounding: dict[tuple[int, int], tuple[int, int]] = {}
        self._root = 0
        self._reaches = {part.channel: bend_reach(part.voice.semitones) for part in plan.parts if part.voice.play == "bend"}
        self._heard: dict[int, float] = {}
        self.is_muted = False
        self.lit: dict[str, tuple[int, int]] = {}
        """Of each voice the pitch and velocity of its last note, while it sounds."""

    def set_up(self) -> None:
        """Give every channel its instrument, and its wheel its reach."""
        programs = {part.channel: part.program for part in self._plan.parts if part.program is not None}
        for channel, program in programs.items():
            self._out.program(channel, program)
        for channel, reach in self._reaches.items():
            self._tell_reach(channel, reach)

    def _tell_reach(self, channel: int, reach: int) -> None:
        from mido import Message

        for control in tell_bend_reach(Fraction(0), reach):
            self._out.send(Message("control_change", channel=channel, control=control.number, value=control.value))

    def hear(self, time: Fraction, rows: Mapping[str, np.ndarray]) -> bool:
        """Take in a picture and play what follows from it; tells whether a new shot began with it.

        Args:
            time: seconds, rising.
            rows: measures of each region.
        """
        moment = self.rolling.hear(time, rows)
        settings = self._plan.mapping.harmony
        if moment.moving:  # before that there is no colour to be at home in
            value = moment.value(settings.feature, settings.region)
            self._root = self._harmony.step(moment.second, value, is_cut=moment.trigger("cut") > 0)
        moment.root = self._root
        if not self.is_muted:
            for number, player in enumerate(self._players):
                for event in player.step(moment):
                    self._perform(number, player, event, time)
        self.play_due(time)
        return moment.trigger("cut") > 0

    def play_due(self, time: Fraction) -> None:
        """End the notes whose time is over."""
        while self._ends and self._ends[0][0] <= time:
            _, begun, channel, pitch = heappop(self._ends)
            if self._sounding.get((channel, pitch), (0, 0))[0] == begun:
                self._end(channel, pitch)

    @property
    def next_end(self) -> Fraction | None:
        """When the next note is due to end."""
        return self._ends[0][0] if self._ends else None

    def rest(self) -> None:
        """Silence everything: the picture is gone, or the player wants it. What comes next begins anew."""
        for player in self._players:
            player.rest()
        self._sounding.clear()
        self._ends.clear()
        self.lit.clear()
        self._out.all_off()

    def mute(self) -> None:
        """Fall silent until asked again."""
        self.is_muted = not self.is_muted
        self.rest()

    def _perform(self, number: int, player: Player, event: Event, now: Fraction) -> None:
        channel = player.part.channel
        if isinstance(event, Begin):
            self._name_instrument(player.part, event.second)
            self._n_begun += 1
            self._sounding[channel, event.pitch] = self._n_begun, number
            heappush(self._ends, (event.time + event.held, self._n_begun, channel, event.pitch))
            self.lit[player.part.name] = event.pitch, event.velocity
            self._out.note_on(channel, event.pitch, event.velocity)
        elif isinstance(event, End):
            # A note that another voice of the channel has struck since is that voice's to end.
            begun, whose = self._sounding.get((channel, event.pitch), (0, -1))
            if whose == number:
                heappush(self._ends, (event.time, begun, channel, event.pitch))
                self.play_due(now)
        elif event.number == BEND:
            self._out.bend(channel, event.value)
        else:
            self._out.control(channel, event.number, event.value)

    def _name_instrument(self, part: Part, second: float) -> None:
        """A virtual port is heard by whoever connects, whenever: after a pause the instrument is named anew."""
        has_paused = second - self._heard.get(part.channel, second) > _PAUSE_S
        if self._out.is_virtual and has_paused:
            if part.program is not None:
                self._out.program(part.channel, part.program)
            if part.channel in self._reaches:
                self._tell_reach(part.channel, self._reaches[part.channel])
        self._heard[part.channel] = second

    def _end(self, channel: int, pitch: int) -> None:
        _, number = self._sounding.pop((channel, pitch))
        name = self._players[number].part.name
        if name in self.lit and self.lit[name][0] == pitch:
            del self.lit[name]
        self._out.note_off(channel, pitch)
