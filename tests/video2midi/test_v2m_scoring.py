"""From a film to a score: every note on its frame, music untouched, silence where the picture stands still."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import mido
import numpy as np
import pytest

from video2midi import analyse, score, write
from video2midi.features import Signals
from video2midi.mapping import load_plan
from video2midi.notes import Score
from video2midi.settings import ScoreSettings

F = Fraction
SIZE = (160, 90)
STEADY = """
scale = "chromatic"
[voices.line]
play = "line"
feature = "brightness"
range = ["C4", "B5"]
velocity = 90
debounce = 0
rests = false
longest = "1h"
[voices.cut]
play = "hits"
feature = "cut"
notes = ["kick"]
channel = 10
length = "1/32"
rests = false
debounce = 0
"""


def grey(level: int) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), level, np.uint8)


@pytest.fixture
def steady(tmp_path: Path) -> str:
    path = tmp_path / "steady.toml"
    path.write_text(STEADY, encoding="utf-8")
    return str(path)


LEVELS = [40] * 30 + [200] * 25 + [90] * 20 + [140] * 25
STEPS = (30, 55, 75)


@pytest.mark.parametrize(
    "rate", [F(24000, 1001), F(24), F(25), F(30000, 1001), F(30), F(50), F(60000, 1001), F(60)], ids=lambda rate: f"{float(rate):.2f}"
)
def test_a_step_in_brightness_is_a_note_on_its_very_tick(rate: Fraction, steady: str, make_film: Callable[..., Path], tmp_path: Path) -> None:
    film = make_film([grey(level) for level in LEVELS], rate=rate, name="film.mov")
    made = score(analyse(film), steady)
    assert [note.start for note in made.tracks[0].notes] == [n / rate for n in (0, *STEPS)]
    assert [note.start for note in made.tracks[1].notes] == [n / rate for n in STEPS]
    assert [marker.time for marker in made.markers] == [n / rate for n in STEPS]
    write(made, tmp_path / "out.mid")
    assert ticks_of(tmp_path / "out.mid", "line") == [round(n / rate * 1920) for n in (0, *STEPS)]
    assert mido.MidiFile(tmp_path / "out.mid").length == pytest.approx(len(LEVELS) / rate, abs=0.0003)


def ticks_of(path: Path, name: str) -> list[int]:
    """Ticks of the note-ons of a track, as mido reads them."""
    track = next(track for track in mido.MidiFile(path).tracks if track.name == name)
    at, found = 0, []
    for message in track:
        at += message.time
        if message.type == "note_on" and message.velocity:
            found.append(at)
    return found


def test_locked_to_frames_every_note_is_on_a_frame_of_ticks(steady: str, make_film: Callable[..., Path], tmp_path: Path) -> None:
    film = make_film([grey(level) for level in LEVELS], rate=F(30000, 1001), name="film.mov")
    check = write(score(analyse(film), steady, ScoreSettings(tempo="frame")), tmp_path / "out.mid")
    assert ticks_of(tmp_path / "out.mid", "line") == [64 * n for n in (0, *STEPS)]
    assert check.worst_ms == 0


def test_a_variable_rate_keeps_its_own_times(steady: str, make_film: Callable[..., Path]) -> None:
    rng = np.random.default_rng(5)
    times = [F(int(stamp), 1000) for stamp in np.cumsum(rng.integers(17, 120, len(LEVELS)))]
    times = [time - times[0] for time in times]
    made = score(analyse(make_film([grey(level) for level in LEVELS], times=times)), steady)
    assert [note.start for note in made.tracks[0].notes] == [times[n] for n in (0, *STEPS)]


@pytest.mark.parametrize("length", [1, 2])
def test_a_flash_is_neither_note_nor_cut(length: int, steady: str, make_film: Callable[..., Path]) -> None:
    levels = [60] * 40
    levels[20 : 20 + length] = [250] * length
    made = score(analyse(make_film([grey(level) for level in levels])), steady)
    assert len(made.tracks[0].notes) == 1
    assert made.markers == ()


def test_the_tracks_of_a_channel_have_its_instrument(make_film: Callable[..., Path], tmp_path: Path) -> None:
    """Whichever of its voices names it."""
    voice = '[voices.{}]\nplay = "line"\nfeature = "brightness"\nchannel = 1\n'
    (tmp_path / "m.toml").write_text(voice.format("first") + voice.format("second") + 'program = "flute"\n', encoding="utf-8")
    made = score(analyse(make_film([grey(level) for level in LEVELS])), str(tmp_path / "m.toml"))
    assert [track.program for track in made.tracks] == [73, 73]
    write(made, tmp_path / "out.mid")
    assert [message.program for message in mido.MidiFile(tmp_path / "out.mid") if message.type == "program_change"] == [73]


def test_a_still_film_is_silent(make_film: Callable[..., Path]) -> None:
    rng = np.random.default_rng(0)
    still = rng.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
    found = analyse(make_film([still] * 60))
    made = score(found)
    assert made.n_notes == 0
    assert not Signals(found).value("motion").any()
    assert [track.name for track in made.tracks] == [part.name for part in load_plan().parts]


def test_red_with_noise_is_one_chord(make_film: Callable[..., Path]) -> None:
    rng = np.random.default_rng(1)
    pictures = []
    for n in range(60):
        red = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        red[..., 0] = 200
        red[..., rng.integers(1, 3)] = rng.integers(0, 25)
        red[40:50, n : n + 20] = 90
        pictures.append(red)
    made = score(analyse(make_film(pictures)), "colour-chords")
    choir = made.tracks[0].notes
    assert len({note.start for note in choir}) == 1


def test_a_wide_film_is_seen_where_its_square_lies(make_film: Callable[..., Path]) -> None:
    """vid2midi takes the wrong square of films wider than 2:1."""
    pictures = []
    for n in range(40):
        wide = np.full((64, 256, 3), 40, np.uint8)
        wide[48:, 240:] = 220 if n >= 20 else 40
        pictures.append(wide)
    plan = load_plan("single-line", changes=["regions.square.square=small", "regions.square.at=bottomright"])
    made = score(analyse(make_film(pictures), regions=plan.regions), plan)
    assert [note.start for note in made.tracks[0].notes] == [0, F(20, 25)]
    other = load_plan("single-line", changes=["regions.square.square=small", "regions.square.at=topleft"])
    assert score(analyse(make_film(pictures), regions=other.regions), other).n_notes == 1


def music(made: Score, signals: Signals) -> tuple[float, float]:
    """Seconds in which the picture moves, and notes for each of them."""
    lengths = np.diff(signals.seconds, append=float(signals.analysis.end))
    moving_s = float(lengths[signals.moving].sum())
    return moving_s, made.n_notes / moving_s


def assert_musical(path: Path) -> None:
    """What an untouched score must be."""
    plan = load_plan()
    analysis = analyse(path, regions=plan.regions)
    made, signals = score(analysis, plan), Signals(analysis)
    assert sum(bool(track.notes) for track in made.tracks) >= 4
    allowed = {(plan.mapping.key + step) % 12 for step in plan.mapping.scale}
    assert all(note.pitch % 12 in allowed for _, note in made.notes())
    _, rate = music(made, signals)
    assert 0.5 <= rate <= 6
    for start, end in rests(signals):
        assert not any(start <= note.start < end for _, note in made.notes())
        # What was struck just before may ring a quarter of a second.
        assert not any(note.start < start and note.end > start + F(1, 4) for _, note in made.notes())


def rests(signals: Signals) -> list[tuple[Fraction, Fraction]]:
    """Where the picture stands still."""
    found, times = [], [*signals.analysis.times, signals.analysis.end]
    start = None
    for n, moving in enumerate([*signals.moving.tolist(), True]):
        if not moving and start is None:
            start = times[n]
        elif moving and start is not None:
            found.append((start, times[n]))
            start = None
    return found


def test_the_shipped_film_makes_music(film: Path) -> None:
    assert_musical(film)


def test_the_shipped_film_is_silent_in_its_stills(film: Path, truth: dict) -> None:
    made = score(analyse(film))
    starts = [float(note.start) for _, note in made.notes()]
    for still in truth["stills"]:
        assert not [start for start in starts if still["start"] + 0.05 <= start < still["end"] - 0.05]


def test_every_true_cut_has_its_marker_and_its_bass(film: Path, truth: dict) -> None:
    made = score(analyse(film))
    assert [float(marker.time) for marker in made.markers] == pytest.approx(truth["cuts"])
    bass = {float(note.start) for note in next(track for track in made.tracks if track.name == "bass").notes}
    assert set(truth["cuts"]) <= bass


def test_a_running_clock_on_a_plain_ground_makes_music(test_media: Path) -> None:
    assert_musical(test_media / "example.mp4")


@pytest.mark.parametrize("name", ["single-line", "drum-grid", "drone-cc", "cut-hits", "colour-chords"])
def test_every_idea_is_heard_on_the_shipped_film(name: str, film: Path) -> None:
    plan = load_plan(name)
    made = score(analyse(film, regions=plan.regions), plan)
    assert all(track.notes or track.controls for track in made.tracks)


def test_the_same_film_gives_the_same_file(film: Path, tmp_path: Path) -> None:
    files = [tmp_path / "a.mid", tmp_path / "b.mid"]
    for path in files:
        write(score(analyse(film, use_cache=False)), path)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_another_seed_is_another_draw(film: Path) -> None:
    analysis = analyse(film)
    plan = load_plan("ensemble", changes=["voices.pulse.probability=0.5"])
    first, again, other = (score(analysis, plan, ScoreSettings(seed=seed)).tracks[1].notes for seed in (1, 1, 2))
    assert first == again != other
