"""Ways of playing: moments in, notes and controls out, asserted as whole lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from video2midi.harmony import Harmony, chord_pitches, circle_of_thirds, nearest_voicing, root_pitch
from video2midi.mapping import load_plan
from video2midi.mappingfile import HarmonySettings
from video2midi.notes import BEND, Control, Note
from video2midi.players import PLAYERS
from video2midi.scales import SCALES, ladder
from video2midi.scoring import FilmMoment, collect, play
from video2midi.voices import Event, Setting, length_s

F = Fraction
SETTING = Setting(key=0, scale=SCALES["major"], beat_s=F(1, 2), seed=0)


@dataclass
class Seen:
    """A moment made by hand, 40 ms a frame."""

    time: Fraction
    moving: bool = True
    root: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    events: Mapping[str, float] = field(default_factory=dict)

    @property
    def second(self) -> float:
        return float(self.time)

    def value(self, feature: str, region: str = "frame") -> float:
        return self.values.get(f"{feature}.{region}", self.values.get(feature, 0.5))

    def upcoming(self, event: str, region: str, after: float) -> None:
        pass

    def trigger(self, event: str, region: str = "frame") -> float:
        return self.events.get(f"{event}.{region}", self.events.get(event, 0.0))


def player(text: str, tmp_path: Path):
    path = tmp_path / "voice.toml"
    path.write_text(f'key = "C"\nscale = "major"\n[voices.v]\n{text}', encoding="utf-8")
    part = load_plan(str(path)).parts[0]
    return PLAYERS[part.voice.play](part, SETTING)


def heard(voice, moments: Sequence[Seen]) -> list[Event]:
    return [event for moment in moments for event in voice.step(moment)]


def notes_of(voice, moments: Sequence[Seen]) -> list[tuple[int, int, int]]:
    """(first frame, end frame, pitch) of every note."""
    notes, _ = collect(heard(voice, moments), end=moments[-1].time + F(1, 25))
    return [(int(note.start * 25), int(note.end * 25), note.pitch) for note in notes]


def film(**features: Sequence[float]) -> list[Seen]:
    """Moments of frames whose features are these."""
    n = len(next(iter(features.values())))
    return [Seen(F(i, 25), values={name: values[i] for name, values in features.items()}) for i in range(n)]


LINE = 'play = "line"\nfeature = "brightness"\nrange = ["C4", "B4"]\nvelocity = 90\ndebounce = 0\n'


def test_a_line_follows_in_degrees(tmp_path: Path) -> None:
    levels = [0.0] * 5 + [0.5] * 5 + [1.0] * 5
    assert notes_of(player(LINE, tmp_path), film(brightness=levels)) == [(0, 5, 60), (5, 10, 65), (10, 15, 71)]


def test_polarity_mirrors_pitch(tmp_path: Path) -> None:
    levels = [n / 20 for n in range(21)]
    up = [pitch for _, _, pitch in notes_of(player(LINE, tmp_path), film(brightness=levels))]
    down = [pitch for _, _, pitch in notes_of(player(LINE + 'polarity = "down"\n', tmp_path), film(brightness=levels))]
    scale = ladder(SCALES["major"], key=0, low=60, high=71)
    assert [scale.index(pitch) for pitch in up] == [len(scale) - 1 - scale.index(pitch) for pitch in down]
    assert len(set(up)) >= 6


def test_what_wavers_at_a_border_is_one_note(tmp_path: Path) -> None:
    wavering = [3 / 7 + (0.01 if n % 2 else -0.01) for n in range(50)]
    assert len(notes_of(player(LINE, tmp_path), film(brightness=wavering))) == 1
    assert len(notes_of(player(LINE + "hysteresis = 0\n", tmp_path), film(brightness=wavering))) == 50


def test_a_line_waits_for_its_debounce_and_then_catches_up(tmp_path: Path) -> None:
    levels = [0.0] * 3 + [1.0] * 30
    voice = player(LINE.replace("debounce = 0", 'debounce = "200ms"'), tmp_path)
    assert notes_of(voice, film(brightness=levels)) == [(0, 5, 60), (5, 33, 71)]


def test_a_line_rests_with_the_picture_and_begins_again(tmp_path: Path) -> None:
    moments = film(brightness=[0.0] * 60)
    for n in range(20, 40):
        moments[n].moving = False
    assert notes_of(player(LINE, tmp_path), moments) == [(0, 20, 60), (40, 60, 60)]
    assert notes_of(player(LINE + "rests = false\n", tmp_path), moments) == [(0, 60, 60)]


def test_curve_and_input_bend_the_feature(tmp_path: Path) -> None:
    half = film(brightness=[0.5] * 3)
    assert notes_of(player(LINE + 'curve = "square"\n', tmp_path), half)[0][2] == 62
    assert notes_of(player(LINE + "input = [0.5, 1]\n", tmp_path), half)[0][2] == 60


def test_no_note_is_longer_than_longest(tmp_path: Path) -> None:
    assert notes_of(player(LINE + 'longest = "1s"\n', tmp_path), film(brightness=[0.2] * 50)) == [(0, 25, 62)]


def test_a_note_that_stays_is_renewed_at_a_crest(tmp_path: Path) -> None:
    moments = film(brightness=[0.2] * 60)
    for n in (10, 40):
        moments[n].events = {"swell": 0.5}
    assert notes_of(player(LINE + 'renew = "1s"\n', tmp_path), moments) == [(0, 40, 62), (40, 60, 62)]


HITS = 'play = "hits"\nfeature = "cut"\nrange = ["C2", "B2"]\nvelocities = [40, 100]\ndebounce = 0\n'


def test_hits_strike_at_events_as_hard_as_they_are(tmp_path: Path) -> None:
    moments = film(motion=[0.5] * 50)
    moments[10].events, moments[30].events = {"cut": 0.5}, {"cut": 1.0}
    notes, _ = collect(heard(player(HITS, tmp_path), moments), end=F(2))
    assert notes == (Note(F(10, 25), F(30, 25), 36, 70), Note(F(30, 25), F(2), 36, 100))


def test_hits_take_the_root_of_the_chord(tmp_path: Path) -> None:
    moments = [Seen(F(n, 25), root=n % 7, events={"cut": 1.0}) for n in range(7)]
    assert [pitch for _, _, pitch in notes_of(player(HITS, tmp_path), moments)] == [36, 38, 40, 41, 43, 45, 47]


def test_hits_take_turns_with_their_notes(tmp_path: Path) -> None:
    text = 'play = "hits"\nfeature = "onset"\nchannel = 10\nnotes = ["kick", "snare"]\nlength = "1/16"\ndebounce = 0\npolyphony = 2\n'
    moments = [Seen(F(n, 5), events={"onset": 1.0}) for n in range(4)]
    notes, _ = collect(heard(player(text, tmp_path), moments), end=F(2))
    assert [note.pitch for note in notes] == [36, 38, 36, 38]
    assert {note.end - note.start for note in notes} == {F(1, 8)}


def test_a_note_of_a_triplet_is_two_thirds_as_long() -> None:
    assert length_s("1/8t", F(1, 2)) == F(1, 6)
    assert length_s("1/8", F(1, 2)) == F(1, 4)


def test_a_hit_just_before_a_rest_rings_a_quarter_of_a_second(tmp_path: Path) -> None:
    moments = [Seen(F(n, 25), moving=n == 0, events={"cut": 1.0} if n == 0 else {}) for n in range(25)]
    notes, _ = collect(heard(player(HITS, tmp_path), moments), end=F(1))
    assert [(note.start, note.end) for note in notes] == [(0, F(1, 4))]


def test_more_notes_than_the_polyphony_end_the_oldest(tmp_path: Path) -> None:
    text = 'play = "hits"\nfeature = "onset"\nnotes = ["C4", "D4", "E4"]\npolyphony = 2\ndebounce = 0\n'
    moments = [Seen(F(n, 25), events={"onset": 1.0}) for n in range(3)]
    assert notes_of(player(text, tmp_path), moments) == [(0, 2, 60), (1, 3, 62), (2, 3, 64)]


def test_chance_is_drawn_with_the_seed(tmp_path: Path) -> None:
    moments = [Seen(F(n, 25), events={"cut": 1.0}) for n in range(200)]
    first, again = (notes_of(player(HITS + "probability = 0.5\n", tmp_path), moments) for _ in range(2))
    assert first == again
    assert 60 < len(first) < 140
    assert notes_of(player(HITS + "probability = 0\n", tmp_path), moments) == []


GATE = 'play = "gate"\nfeature = "motion"\nthreshold = 0.5\nlength = "gate"\nrange = ["C4", "C4"]\ndebounce = 0\n'


def test_a_gate_opens_high_and_closes_low(tmp_path: Path) -> None:
    levels = [0.2] * 5 + [0.6] * 5 + [0.4] * 5 + [0.2] * 5
    assert notes_of(player(GATE, tmp_path), film(motion=levels)) == [(5, 15, 60)]


def test_each_cell_of_a_grid_has_its_note_and_the_strongest_win(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    text = '[regions.p]\ngrid = [1, 3]\n[voices.v]\nplay = "gate"\nfeature = "motion"\nregion = "p"\nnotes = [60, 62, 64]\n'
    path.write_text(text + 'length = "gate"\npolyphony = 2\n', encoding="utf-8")
    voice = PLAYERS["gate"](load_plan(str(path)).parts[0], SETTING)
    moments = [Seen(F(n, 25), values={"motion.p.1": 0.6, "motion.p.2": 0.9, "motion.p.3": 0.8} if n == 5 else {"motion": 0.1}) for n in range(10)]
    assert notes_of(voice, moments) == [(5, 6, 62), (5, 6, 64)]


def test_chords_change_with_the_harmony_and_grow_with_the_feature(tmp_path: Path) -> None:
    text = 'play = "chords"\nfeature = "contrast"\nrange = ["C3", "C6"]\npolyphony = 5\ndebounce = 0\n'
    moments = [Seen(F(n, 25), root=0 if n < 10 else 4, values={"contrast": 0.0 if n < 10 else 1.0}) for n in range(20)]
    played = notes_of(player(text, tmp_path), moments)
    before, after = ({pitch % 12 for start, _, pitch in played if start == at} for at in (0, 10))
    assert before == {0, 4, 7}
    assert after == {7, 11, 2, 5, 9}


def test_a_chord_that_stays_is_struck_again_after_renew(tmp_path: Path) -> None:
    text = 'play = "chords"\nfeature = "contrast"\nrange = ["C3", "C6"]\npolyphony = 3\nrenew = "1s"\n'
    assert sorted({start for start, _, _ in notes_of(player(text, tmp_path), film(contrast=[0.5] * 60))}) == [0, 25, 50]


def test_a_drone_lasts_as_long_as_it_moves(tmp_path: Path) -> None:
    moments = film(motion=[0.5] * 40)
    for n in range(30, 40):
        moments[n].moving = False
    text = 'play = "drone"\nfeature = "motion"\nnotes = ["C2", "G2"]\npolyphony = 2\nlongest = "1h"\n'
    assert notes_of(player(text, tmp_path), moments) == [(0, 30, 36), (0, 30, 43)]


def test_a_control_tells_changes_only(tmp_path: Path) -> None:
    text = 'play = "control"\nfeature = "detail"\ncontroller = "cutoff"\nvalues = [10, 110]\n'
    events = heard(player(text, tmp_path), film(detail=[0.0, 0.0, 0.002, 0.5, 0.5, 1.0]))
    assert events == [Control(F(0), 74, 10), Control(F(3, 25), 74, 60), Control(F(5, 25), 74, 110)]


def test_a_control_speaks_at_most_fifty_times_a_second(tmp_path: Path) -> None:
    voice = player('play = "control"\nfeature = "detail"\n', tmp_path)
    moments = [Seen(F(n, 240), values={"detail": n % 2}) for n in range(240)]
    assert len(heard(voice, moments)) <= 50


def test_the_wheel_rests_in_its_middle(tmp_path: Path) -> None:
    voice = player('play = "bend"\nfeature = "flow_x"\n', tmp_path)
    assert heard(voice, film(flow_x=[0.5, 1.0, 0.0])) == [Control(F(0), BEND, 0), Control(F(1, 25), BEND, 8191), Control(F(2, 25), BEND, -8191)]


def test_after_a_rest_the_wheel_is_told_anew(tmp_path: Path) -> None:
    voice = player('play = "bend"\nfeature = "flow_x"\n', tmp_path)
    moments = film(flow_x=[1.0] * 4)
    assert [event.value for event in heard(voice, moments[:2])] == [8191]
    voice.rest()
    assert [event.value for event in heard(voice, moments[2:])] == [8191]


@pytest.mark.parametrize("name", SCALES)
def test_roots_go_round_a_circle_of_neighbours(name: str) -> None:
    scale = SCALES[name]
    roots = circle_of_thirds(scale)
    assert len(set(roots)) == len(roots)
    assert all(0 <= root < len(scale) for root in roots)
    assert roots[0] == 0 or name == "locrian"


def test_red_is_no_border_of_the_harmony() -> None:
    harmony = Harmony(HarmonySettings(), SCALES["dorian"])
    roots = [harmony.step(n / 25, (0.99 if n % 2 else 0.01), is_cut=False) for n in range(50)]
    assert set(roots) == {0}


def test_harmony_changes_at_once_at_a_cut_else_in_its_own_time() -> None:
    harmony = Harmony(HarmonySettings(), SCALES["dorian"], home=0.0)
    roots = [harmony.step(n / 25, 0.0 if n < 5 else 0.5 if n < 10 else 0.2, is_cut=n == 5) for n in range(60)]
    assert len(set(roots[:5])) == 1
    assert roots[5] != roots[4]
    changed = [n for n in range(6, 60) if roots[n] != roots[n - 1]]
    assert len(changed) == 1
    assert changed[0] >= 5 + 1.5 * 25 - 1


@given(st.sampled_from(sorted(SCALES)), st.integers(0, 11), st.integers(0, 4), st.integers(3, 5), st.integers(40, 60), st.integers(12, 30))
def test_chords_stay_in_scale_and_range(name: str, key: int, root: int, n: int, low: int, wide: int) -> None:
    scale = SCALES[name]
    pitches = ladder(scale, key=key, low=low, high=low + wide)
    classes = chord_pitches(root % len(scale), key=key, scale=scale, n=n)
    chord = nearest_voicing(classes, pitches, before=())
    assert chord
    assert set(chord) <= set(pitches)
    assert len({pitch % 12 for pitch in chord}) == len(chord)
    assert root_pitch(root % len(scale), key=key, scale=scale, pitches=pitches) in pitches


def test_voices_of_a_chord_move_little() -> None:
    pitches = ladder(SCALES["major"], key=0, low=48, high=84)
    first = nearest_voicing((0, 4, 7), pitches, before=())
    second = nearest_voicing((9, 0, 4), pitches, before=first)
    assert len(set(first) & set(second)) == 2


def signals_of(times: Sequence[Fraction], values: np.ndarray):
    """A film that moves all the time, whatever one asks of it."""
    seconds = [float(time) for time in times]
    return SimpleNamespace(
        time=times.__getitem__, seconds=np.array(seconds), second_list=seconds, moving=np.ones(len(times), bool), value=lambda *_: values
    )


@pytest.mark.parametrize(("semitones", "reach", "furthest"), [(0.5, 2, 2048), (2, 2, 8191), (2.5, 3, 6826), (12, 12, 8191), (24, 24, 8191)])
def test_a_bend_is_told_its_reach_and_fills_it(tmp_path: Path, semitones: float, reach: int, furthest: int) -> None:
    voice = player(f'play = "bend"\nfeature = "flow_x"\nsemitones = {semitones}\n', tmp_path)
    times = [F(1, 2) + F(n, 10) for n in range(3)]
    setting = [Control(times[0], *told) for told in ((101, 0), (100, 0), (6, reach), (38, 0))]
    bends = [Control(time, BEND, value) for time, value in zip(times, (0, furthest, -furthest), strict=True)]
    assert list(voice.follow(signals_of(times, np.array([0.5, 1.0, 0.0])))) == [*setting, *bends]


@pytest.mark.parametrize("rate", [25, 60, 240])
def test_a_control_of_a_film_says_what_it_would_say_live(rate: int, tmp_path: Path) -> None:
    voice = 'play = "control"\nfeature = "detail"\nhysteresis = 1\n'
    wander = np.clip(0.5 + np.cumsum(np.random.default_rng(3).normal(0, 0.02, 500)), 0, 1)
    times = [F(n, rate) for n in range(500)]
    signals = signals_of(times, wander)
    live = heard(player(voice, tmp_path), [Seen(time, values={"detail": value}) for time, value in zip(times, wander, strict=True)])
    assert list(player(voice, tmp_path).follow(signals)) == live
    assert len(live) > 20


def test_a_cut_is_never_lost_to_a_note_in_between(tmp_path: Path) -> None:
    voice = player(HITS.replace("debounce = 0", 'debounce = "500ms"') + "wake = true\n", tmp_path)
    moments = film(motion=[0.5] * 50)
    moments[10].events, moments[12].events, moments[14].events = {"wake": 1.0}, {"cut": 1.0}, {"wake": 1.0}
    assert [start for start, _, _ in notes_of(voice, moments)] == [10, 12]


def test_a_feature_named_for_velocity_is_heard(tmp_path: Path) -> None:
    moments = [Seen(F(0), values={"brightness": 1.0}, events={"cut": 0.1})]
    notes, _ = collect(heard(player(HITS + 'velocity = "brightness"\n', tmp_path), moments), end=F(1))
    assert notes[0].velocity == 100


def test_a_chord_in_a_range_without_its_notes_is_left_out(tmp_path: Path) -> None:
    text = 'play = "chords"\nfeature = "contrast"\nrange = ["F4", "F4"]\n'
    assert notes_of(player(text, tmp_path), film(contrast=[0.5] * 5)) == []


def test_a_line_over_hues_knows_no_border_at_red(tmp_path: Path) -> None:
    red = [0.98 if n % 2 else 0.02 for n in range(30)]
    assert len(notes_of(player(LINE.replace("brightness", "hue"), tmp_path), film(hue=red))) == 1


def test_hits_of_a_grid_keep_their_distance_and_the_strongest_win(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    text = '[regions.p]\ngrid = [1, 2]\n[voices.v]\nplay = "hits"\nfeature = "onset"\nregion = "p"\nnotes = [60, 62]\n'
    path.write_text(text + 'length = "40ms"\ndebounce = "100ms"\n', encoding="utf-8")
    voice = PLAYERS["hits"](load_plan(str(path)).parts[0], SETTING)
    moments = [Seen(F(n, 25), events={"onset.p.1": 0.4, "onset.p.2": 0.9}) for n in range(3)]
    assert notes_of(voice, moments) == [(0, 1, 62), (1, 2, 60)]


class Told:
    """The signals of a film made by chance."""

    def __init__(self, seed: int, *, n: int = 300) -> None:
        rng = np.random.default_rng(seed)
        self.seconds = np.round(np.cumsum(rng.choice([0.0333, 0.04, 0.0417], n)), 6)
        walk = np.clip(np.cumsum(rng.normal(0, 0.05, n)) % 2, 0, 2)
        self._value = np.where(walk > 1, 2 - walk, walk)
        self._events = {name: np.where(rng.random(n) < share, rng.random(n), 0.0) for name, share in EVENT_SHARES.items()}
        self.moving = np.repeat(rng.random(n // 20) < 0.7, 20)
        self.cuts = self._events["cut"] > 0
        self.analysis = SimpleNamespace(end=F(round(self.seconds[-1] * 1e6) + 40_000, 1_000_000))

    def time(self, index: int) -> Fraction:
        return F(round(self.seconds[index] * 1e6), 1_000_000)

    def value(self, feature: str, region: str = "frame") -> np.ndarray:
        return self._value

    def trigger(self, event: str, region: str = "frame") -> np.ndarray:
        return self._events[event]

    def numbers(self, name: str, region: str = "frame") -> np.ndarray:
        return self._events.get(name, self._value)

    @property
    def moving_list(self) -> list[bool]:
        return self.moving.tolist()

    def instants_of(self, event: str, region: str = "frame") -> list[float]:
        return self.seconds[self._events[event] > 0].tolist()

    @property
    def second_list(self) -> list[float]:
        return self.seconds.tolist()


EVENT_SHARES = {"cut": 0.03, "onset": 0.1, "swell": 0.2, "wake": 0.02}
KINDS = {
    "line": LINE.replace("debounce = 0", 'debounce = "100ms"') + 'renew = "500ms"\n',
    "sure line": LINE + "hysteresis = 0\n",
    "hits": HITS.replace("debounce = 0", 'debounce = "100ms"') + 'renew = "600ms"\nwake = true\n',
    "gate": GATE + 'probability = 0.7\n',
    "chords": 'play = "chords"\nfeature = "contrast"\nrenew = "700ms"\nprobability = 0.5\n',
    "drone": 'play = "drone"\nfeature = "motion"\nnotes = ["C2", "G2"]\nlongest = "900ms"\n',
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_a_film_is_played_as_if_every_frame_were_looked_at(kind: str, seed: int, tmp_path: Path) -> None:
    told = Told(seed)
    roots = np.repeat(np.random.default_rng(seed).integers(0, 7, 30), 10)
    sparse = list(play(player(KINDS[kind], tmp_path), told, roots))
    voice, dense = player(KINDS[kind], tmp_path), []
    for index in range(len(told.seconds)):
        dense += voice.step(FilmMoment(told, index, root=roots[index]))
    assert sparse == dense
    assert len(sparse) > 1


def test_a_still_picture_moves_no_controller(tmp_path: Path) -> None:
    moments = film(detail=[n / 50 for n in range(50)])
    for n in range(10, 50):
        moments[n].moving = False
    voice = player('play = "control"\nfeature = "detail"\n', tmp_path)
    assert max(event.time for event in heard(voice, moments)) < F(10, 25)


def test_harmony_wanders_in_a_long_take_and_comes_home_with_the_cut() -> None:
    harmony = Harmony(HarmonySettings(wander=F(2)), SCALES["dorian"], home=0.0)
    roots = [harmony.step(n / 25, 0.0, is_cut=n == 225) for n in range(300)]
    assert [roots[0], roots[50], roots[100], roots[150], roots[200]] == [0, 3, 6, 2, 0]
    assert roots[225] == 0


def test_the_same_note_is_not_struck_three_times_in_a_row(tmp_path: Path) -> None:
    text = HITS.replace('range = ["C2", "B2"]', 'range = ["C2", "B2"]\npitch = "brightness"')
    moments = [Seen(F(n, 25), values={"brightness": 0.5}, events={"cut": 1.0}) for n in range(60)]
    pitches = [pitch for _, _, pitch in notes_of(player(text, tmp_path), moments)]
    assert not any(a == b == c for a, b, c in zip(pitches, pitches[1:], pitches[2:], strict=False))
    assert len(set(pitches)) == 3
