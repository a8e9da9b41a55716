"""Ways of playing: each a class that answers moments of a picture with notes or controls, and a line in PLAYERS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor

import numpy as np

from video2midi.features import FEATURES, Signals
from video2midi.harmony import chord_pitches, nearest_voicing, root_pitch
from video2midi.mapping import Part
from video2midi.mappingfile import controller_of
from video2midi.notes import BEND, Control, bend_reach, tell_bend_reach
from video2midi.voices import NEVER, SLACK_S, Event, Moment, Player, Setting, changes, shape_all

OPENS_AT = 0.5
CLOSES_AT = 0.6
"""A gate closes at this share of what opens it."""
_CONTROL_EVERY_S = 1 / 50 - SLACK_S
_BEND_STEP = 64


class Line(Player):
    """One note at a time that follows a feature."""

    def __init__(self, part: Part, setting: Setting) -> None:
        super().__init__(part, setting)
        self._degree = -1
        self._cell = part.cells[0]
        self._goes_round = FEATURES[part.voice.feature].kind == "circle" and part.voice.input == (0, 1)

    def rest(self) -> None:
        """As Player.rest."""
        super().rest()
        self._degree = -1

    def step(self, moment: Moment) -> Iterator[Event]:
        """As Player.step."""
        if self.is_resting(moment):
            yield from self.silence(moment)
            return
        degree = self._follow(moment.value(self.voice.feature, self._cell))
        wants = degree != self._degree or self.crest(moment, self._cell)
        # A cut waits for nothing.
        if wants and (moment.trigger("cut") or self.is_free(moment.second, self._struck)):
            self._degree, self._struck = degree, moment.second
            if self.is_likely():
                yield from self.strike(moment, [self.part.pitches[degree]], cell=self._cell)
        self.wait_for_crest(moment, self._cell)

    def _follow(self, value: float) -> int:
        """The degree of a value: the one before, until the value lies clearly beyond its borders."""
        n = len(self.part.pitches)
        at = self.shaped(value) * n - 0.5
        away = at - self._degree
        if self._goes_round:
            away = (away + n / 2) % n - n / 2
        if self._degree >= 0 and abs(away) <= 0.5 + self.voice.hysteresis:
            return self._degree
        return min(max(floor(at + 0.5), 0), n - 1)

    def watch(self, signals: Signals) -> np.ndarray:
        """As Player.watch."""
        at = shape_all(self, signals.value(self.voice.feature, self._cell)) * len(self.part.pitches)
        far = self.voice.hysteresis
        return changes(np.ceil(at - far)) | changes(np.floor(at + far)) | changes(signals.moving)


class Hits(Player):
    """A note at each event."""

    def __init__(self, part: Part, setting: Setting) -> None:
        super().__init__(part, setting)
        self._turn = 0
        self._last = (-1, -1)
        self._struck_in = [NEVER] * len(part.cells)

    def step(self, moment: Moment) -> Iterator[Event]:
        """As Player.step."""
        if self.is_resting(moment):
            yield from self.silence(moment)
            return
        if len(self.part.cells) > 1:
            yield from self._hit_cells(moment)
            return
        cell = self.part.cells[0]
        strength = moment.trigger(self.voice.feature, cell)
        strength = strength if strength >= (self.voice.threshold or 0) else 0.0
        # The voice's own event gives way only to another such, never to a note in between.
        if strength and self.is_free(moment.second, self._struck_in[0]):
            self._struck_in[0] = moment.second
        else:
            strength = max(self.crest(moment, cell), moment.trigger("wake") if self.voice.wake else 0.0)
            if strength and moment.second < self._struck + self._debounce:
                strength = 0.0
        if strength:
            self._struck = moment.second
            if self.is_likely():
                yield from self._hit(moment, 0, strength)
        self.wait_for_crest(moment, cell)

    def _hit_cells(self, moment: Moment) -> Iterator[Event]:
        """When everything moves at once, the strongest are heard."""
        strengths = [(moment.trigger(self.voice.feature, cell), n) for n, cell in enumerate(self.part.cells)]
        least = self.voice.threshold or SLACK_S
        free = [(strength, n) for strength, n in strengths if strength >= least and moment.second >= self._struck_in[n] + self._debounce]
        # Of cells alike, as at a cut, chance takes some.
        self._random.shuffle(free)
        for strength, number in sorted(free, key=lambda one: -one[0])[: self.voice.polyphony]:
            self._struck_in[number] = moment.second
            if self.is_likely():
                yield from self._hit(moment, number, strength)

    def _hit(self, moment: Moment, number: int, strength: float) -> Iterator[Event]:
        if self._length is None and len(self.part.cells) == 1 and self.voice.polyphony == 1:
            yield from self.release(moment, list(self._sounding))
        pitch = self._pitch(moment, number)
        yield from self.strike(moment, [pitch], cell=self.part.cells[number], strength=self.shaped(strength))

    def _pitch(self, moment: Moment, number: int) -> int:
        pitches = self.part.pitches
        if len(self.part.cells) > 1:
            return pitches[number]
        if self.voice.notes:
            self._turn += 1
            return pitches[(self._turn - 1) % len(pitches)]
        if self.voice.pitch == "root":
            return root_pitch(moment.root, key=self.setting.key, scale=self.setting.scale, pitches=pitches)
        return self._varied(min(int(moment.value(self.voice.pitch, self.part.cells[0]) * len(pitches)), len(pitches) - 1))

    def _varied(self, place: int) -> int:
        """The note at a place of the ladder; a neighbour, by chance, where it would be the third time in a row."""
        if self._last[0] == self._last[1] == place and len(self.part.pitches) > 1:
            place = place - 1 if place and (place + 1 == len(self.part.pitches) or self._random.random() < 0.5) else place + 1
        self._last = self._last[1], place
        return self.part.pitches[place]

    def watch(self, signals: Signals) -> np.ndarray:
        """As Player.watch."""
        found = changes(signals.moving)
        for cell in self.part.cells:
            found = found | (signals.trigger(self.voice.feature, cell) > 0)
        return found | (signals.trigger("wake") > 0) if self.voice.wake else found


class Gate(Player):
    """A note for each cell whose feature is high: on above the threshold, off below six tenths of it."""

    def __init__(self, part: Part, setting: Setting) -> None:
        super().__init__(part, setting)
        self._open: list[int | None] = [None] * len(part.cells)
        """The note of each cell that is open."""
        self._struck_in = [NEVER] * len(part.cells)
        self._turn = 0
        self._opens_at = part.voice.threshold or OPENS_AT

    def rest(self) -> None:
        """As Player.rest."""
        super().rest()
        self._open = [None] * len(self._open)

    def step(self, moment: Moment) -> Iterator[Event]:
        """As Player.step."""
        if self.is_resting(moment):
            yield from self.silence(moment)
            return
        opened: list[tuple[float, int]] = []
        for number, cell in enumerate(self.part.cells):
            value = self.shaped(moment.value(self.voice.feature, cell))
            note = self._open[number]
            if note is None and value >= self._opens_at and self.is_free(moment.second, self._struck_in[number]):
                self._open[number], self._struck_in[number] = self._pitch(number), moment.second
                opened.append((-value, number))
            elif note is not None and value < self._opens_at * CLOSES_AT:
                self._open[number] = None
                if self._length is None:
                    yield from self.release(moment, [note])
        # When everything moves at once, as at a cut, the strongest are heard.
        for weak, number in sorted(opened)[: self.voice.polyphony]:
            pitch = self._open[number]
            if pitch is not None and self.is_likely():
                yield from self.strike(moment, [pitch], cell=self.part.cells[number], strength=-weak)

    def _pitch(self, number: int) -> int:
        """A cell's own note; over a single place the notes named take turns."""
        if len(self.part.cells) > 1:
            return self.part.pitches[number]
        self._turn += 1
        return self.part.pitches[(self._turn - 1) % len(self.part.pitches)] if self.voice.notes else self.part.pitches[0]

    def watch(self, signals: Signals) -> np.ndarray:
        """As Player.watch."""
        found = changes(signals.moving)
        for cell in self.part.cells:
            value = shape_all(self, signals.value(self.voice.feature, cell))
            found = found | _becomes(value >= self._opens_at) | _becomes(value < self._opens_at * CLOSES_AT)
        return found


class Chords(Player):
    """Chords of the harmony, struck when it changes; the feature makes them fuller."""

    def __init__(self, part: Part, setting: Setting) -> None:
        super().__init__(part, setting)
        self._root = -1
        self._last: tuple[int, ...] = ()

    def rest(self) -> None:
        """As Player.rest."""
        super().rest()
        self._root = -1

    def step(self, moment: Moment) -> Iterator[Event]:
        """As Player.step."""
        if self.is_resting(moment):
            yield from self.silence(moment)
            return
        is_new = moment.root != self._root or self.is_stale(moment.second)
        if is_new and self.is_free(moment.second, self._struck):
            self._root, self._struck = moment.root, moment.second
            if self.is_likely():
                yield from self._change(moment)
        if self.voice.renew is not None:
            self.wait(max(self._struck + self._renew, moment.second + SLACK_S))

    def _change(self, moment: Moment) -> Iterator[Event]:
        yield from self.release(moment, list(self._sounding))
        cell = self.part.cells[0]
        share = self.shaped(moment.value(self.voice.feature, cell))
        least = min(3, self.voice.polyphony)
        n = least + round((self.voice.polyphony - least) * share)
        classes = chord_pitches(moment.root, key=self.setting.key, scale=self.setting.scale, n=n)
        self._last = nearest_voicing(classes, self.part.pitches, before=self._last)
        yield from self.strike(moment, self._last, cell=cell)


class Drone(Player):
    """Notes that sound as long as the picture moves."""

    def step(self, moment: Moment) -> Iterator[Event]:
        """As Player.step."""
        if self.is_resting(moment):
            yield from self.silence(moment)
            return
        longest = float(self.voice.longest) - SLACK_S
        if not self._sounding or moment.second >= self._struck + longest:
            self._struck = moment.second
            yield from self.strike(moment, self._pitches(), cell=self.part.cells[0])
        self.wait(self._struck + longest)

    def _pitches(self) -> Sequence[int]:
        return self.part.pitches[: self.voice.polyphony]


class Mover(Player):
    """A controller or the pitch wheel that follows a feature; told on change only, fifty times a second at most."""

    def __init__(self, part: Part, setting: Setting) -> None:
        super().__init__(part, setting)
        self._number = controller_of(part.voice)
        self._value: int | None = None
        # The hysteresis is told in steps of a controller; the wheel has many more of them.
        self._reach = 0.5 + self.voice.hysteresis * (_BEND_STEP if self._number == BEND else 1)

    def rest(self) -> None:
        """As Player.rest: silence centres the wheel, so it is to be told anew."""
        super().rest()
        self._value = None

    def step(self, moment: Moment) -> Iterator[Event]:
        """As Player.step."""
        if self._value is not None and not moment.moving:
            return  # what a still picture does is the codec's doing
        exact = float(self._scaled(np.array(self.shaped(moment.value(self.voice.feature, self.part.cells[0])))))
        if self._value is not None and abs(exact - self._value) <= self._reach:
            return
        if moment.second < self._struck + _CONTROL_EVERY_S:
            self.wait(self._struck + _CONTROL_EVERY_S)
            return
        self._value, self._struck = round(exact), moment.second
        yield Control(moment.time, self._number, self._value)

    def _scaled(self, share: np.ndarray) -> np.ndarray:
        if self._number == BEND:
            furthest = 8191 * self.voice.semitones / bend_reach(self.voice.semitones)
            return np.round((share * 2 - 1) * furthest)
        low, high = self.voice.values
        return low + (high - low) * share

    def follow(self, signals: Signals) -> Iterator[Control]:
        """What `step` says of a whole film, and first how far the wheel reaches.

        Controllers move all the time, so here its rule is made tight.
        """
        if self._number == BEND:
            yield from tell_bend_reach(signals.time(0), bend_reach(self.voice.semitones))
        exact = self._scaled(shape_all(self, signals.value(self.voice.feature, self.part.cells[0])))
        first, still = exact[0], ~signals.moving
        exact[still] = np.nan  # which is neither lower nor higher than anything
        exact[0] = first
        seconds, low, high, after = signals.second_list, float("inf"), float("inf"), NEVER
        for index, value in enumerate(exact.tolist()):
            if (value < low or value > high) and seconds[index] >= after:
                told, after = round(value), seconds[index] + _CONTROL_EVERY_S
                low, high = told - self._reach, told + self._reach
                yield Control(signals.time(index), self._number, told)


PLAYERS: dict[str, type[Player]] = {
    "line": Line,
    "hits": Hits,
    "gate": Gate,
    "chords": Chords,
    "drone": Drone,
    "control": Mover,
    "bend": Mover,
}


def _becomes(holds: np.ndarray) -> np.ndarray:
    """Where something begins to hold, bool (N,)."""
    return holds & np.concatenate([[True], ~holds[:-1]])
