"""The analysis of a film and a mapping go in; a score comes out."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from fractions import Fraction
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from media.command import toolkit_version
from media.errors import UserError
from media.garbage import without_collecting
from video2midi.features import Signals
from video2midi.harmony import N_HOMES, Harmony, usual_value
from video2midi.mapping import DEFAULT_MAPPING, Plan, load_plan, plan_of
from video2midi.mappingfile import Mapping
from video2midi.notes import Control, Marker, Note, Score, Track
from video2midi.players import PLAYERS, Mover
from video2midi.quantise import quantise
from video2midi.settings import ScoreSettings
from video2midi.tempo import plan_tempo
from video2midi.voices import Begin, End, Event, Moment, Player, Setting, changes

if TYPE_CHECKING:
    from video2midi.analysis import Analysis


class FilmMoment:
    """One frame of a film, as voices see it."""

    __slots__ = ("_signals", "index", "moving", "root", "second")

    def __init__(self, signals: Signals, index: int, *, root: int) -> None:
        self._signals, self.index, self.root = signals, index, root
        self.second: float = signals.second_list[index]
        self.moving: bool = signals.moving_list[index]

    @property
    def time(self) -> Fraction:
        return self._signals.time(self.index)

    def value(self, feature: str, region: str = "frame") -> float:
        return self._signals.numbers(feature, region)[self.index]

    def trigger(self, event: str, region: str = "frame") -> float:
        return self._signals.numbers(event, region)[self.index]

    def upcoming(self, event: str, region: str, after: float) -> float | None:
        """As Moment.upcoming."""
        instants = self._signals.instants_of(event, region)
        n = bisect_left(instants, after)
        return instants[n] if n < len(instants) else None


def score(analysis: Analysis, mapping: str | Mapping | Plan = DEFAULT_MAPPING, settings: ScoreSettings | None = None) -> Score:
    """Make the score of a film.

    Args:
        analysis: of `analyse`, with the regions that the mapping names.
        mapping: the name of a shipped one, a path, or one made in Python.
        settings: tempo, quantising and so on.
    Raises:
        UserError: the mapping does not make sense, or the tempo does not fit the film.
    """
    plan = mapping if isinstance(mapping, Plan) else plan_of(mapping) if isinstance(mapping, Mapping) else load_plan(mapping)
    settings = settings or ScoreSettings()
    plan = plan.but(**settings.overrules())
    return score_of(Signals(analysis, grids=plan.grids), plan, settings)


@without_collecting()
def score_of(signals: Signals, plan: Plan, settings: ScoreSettings) -> Score:
    """As `score`, of features that others look at as well, and of a plan over which the settings are laid already."""
    analysis = signals.analysis
    lacking = [name for name in plan.regions if name not in analysis.raw]
    if lacking:
        raise UserError(analysis.source, f"it was analysed without the region {lacking[0]}", "Give analyse the regions of load_plan(...).")
    tempo = plan_tempo(
        settings.tempo, rate=analysis.rate, is_vfr=analysis.is_vfr, cuts=signals.cut_times, end=analysis.end, where=analysis.source
    )
    made = Score(
        tracks=play_all(plan, signals, beat_s=tempo.first_beat_s),
        markers=tuple(Marker(time, f"cut {n}") for n, time in enumerate(signals.cut_times, 1)),
        end=analysis.end,
        tempo=tempo,
        title=Path(analysis.source).name,
        made_by=_made_by(analysis, plan, settings),
    )
    return quantise(made, grid=settings.quantise, strength=settings.strength) if settings.quantise else made


def play_all(plan: Plan, signals: Signals, *, beat_s: Fraction) -> tuple[Track, ...]:
    """Every voice's track, in the mapping's order."""
    setting = Setting(plan.mapping.key, plan.mapping.scale, beat_s, plan.mapping.seed)
    roots = follow_harmony(plan.mapping, signals)
    tracks = []
    for part in plan.parts:
        player = PLAYERS[part.voice.play](part, setting)
        notes, controls = collect(play(player, signals, roots), end=signals.analysis.end)
        tracks.append(Track(part.name, part.channel, part.program, notes, controls))
    return tuple(tracks)


def follow_harmony(mapping: Mapping, signals: Signals) -> np.ndarray:
    """The root's degree at each frame."""
    settings = mapping.harmony
    values = signals.value(settings.feature, settings.region)
    # The film's own colour is at home in the key.
    seen = values[signals.moving] if signals.moving.any() else values
    harmony = Harmony(settings, mapping.scale, home=usual_value(seen, n=N_HOMES))
    found: list[tuple[int, int]] = []
    seconds, numbers, cuts = signals.second_list, values.data, signals.cuts.tolist()
    for index in visits(harmony, harmony.watch(values) | signals.cuts, signals):
        root = harmony.step(seconds[index], numbers[index], is_cut=cuts[index])
        found.append((index, root))
    starts = np.array([index for index, _ in found] + [len(values)])
    return np.repeat([root for _, root in found], np.diff(starts))


def play(player: Player, signals: Signals, roots: np.ndarray) -> Iterator[Event]:
    """Step a voice through the frames at which something may happen."""
    if isinstance(player, Mover):
        yield from player.follow(signals)
        return
    root_numbers = roots.data
    for index in visits(player, player.watch(signals) | changes(roots), signals):
        player.due = None
        moment: Moment = FilmMoment(signals, index, root=root_numbers[index])
        yield from player.step(moment)


class _Waiting(Protocol):
    due: float | None


def visits(waiting: _Waiting, watched: np.ndarray, signals: Signals) -> Iterator[int]:
    """The frames to look at, in order: those watched, and those for which what is stepped has asked meanwhile."""
    at = -1
    seconds = signals.second_list
    for index in [*np.flatnonzero(watched).tolist(), len(watched)]:
        while waiting.due is not None and (asked := max(at + 1, bisect_left(seconds, waiting.due))) < index:
            at = asked
            yield asked
        if index < len(watched):
            at = index
            yield index


def collect(events: Iterable[Event], *, end: Fraction) -> tuple[tuple[Note, ...], tuple[Control, ...]]:
    """Notes with both their ends, in order of start, and controls; nothing outlasts the film."""
    open_notes: dict[int, Begin] = {}
    notes: list[tuple[float, int, Note]] = []
    controls: list[Control] = []
    end_s = float(end)

    def close(pitch: int, time: Fraction, second: float) -> None:
        began = open_notes.pop(pitch, None)
        if began is None:
            return
        # Compared as floats: fractions take ten times as long, and frames lie further apart than rounding reaches.
        stop = began.time + began.held if began.last < second else time
        if second > began.second:
            notes.append((began.second, began.pitch, Note(began.time, stop, began.pitch, began.velocity)))

    for event in events:
        if isinstance(event, Control):
            controls.append(event)
        elif isinstance(event, End):
            close(event.pitch, end if event.second > end_s else event.time, event.second)
        else:
            close(event.pitch, event.time, event.second)
            open_notes[event.pitch] = event
    for pitch in list(open_notes):
        close(pitch, end, end_s)
    notes.sort(key=itemgetter(0, 1))
    return tuple(note for _, _, note in notes), tuple(controls)


def _made_by(analysis: Analysis, plan: Plan, settings: ScoreSettings) -> str:
    """What it takes to make the score again."""
    return json.dumps(
        {
            "program": f"video2midi {toolkit_version()}",
            "source": Path(analysis.source).name,
            "fingerprint": analysis.fingerprint,
            "settings": settings.model_dump(mode="json"),
            "mapping": plan.mapping.model_dump(mode="json"),
        },
        ensure_ascii=False,
    )
