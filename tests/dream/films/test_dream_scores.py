"""MIDI plays the dream: notes at their exact times, each track a motif, controllers what they are told to."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest

from dream.films.midimap import Player, default_routes, parse_route
from dream.films.run import Dreamed
from dream.films.settings import ScoreSettings
from dream.films.tape import Note, Tape, read_tape

Run = Callable[..., Dreamed]


def test_notes_are_read_at_their_exact_times(studio: Any, tmp_path: Path) -> None:
    tape = read_tape(studio.score(tmp_path / "a.mid", tempo_us=333_333))
    beat = Fraction(333_333, 1_000_000)
    assert [(note.start, note.end, note.pitch, note.channel, note.track) for note in tape.notes] == [
        (Fraction(0), beat, 60, 0, 1),
        (beat, beat + Fraction(166_666, 1_000_000), 62, 1, 2),
    ]
    assert [control.time for control in tape.controls] == [beat + Fraction(166_666, 1_000_000)]


def one_note(start: int, end: int, *, pitch: int = 60, velocity: int = 127) -> Tape:
    return Tape(Path("one.mid"), (Note(Fraction(start), Fraction(end), pitch, velocity, 0, 0),), ())


def test_a_motif_swells_with_its_note_and_falls_when_it_ends() -> None:
    player = Player(one_note(1, 2, velocity=64), [parse_route("midi.note.60=motif.eyes")], release_s=Fraction(1, 2))
    loud = [player.weights(Fraction(time, 100))[0] for time in (99, 100, 150, 199, 225, 250, 300)]
    assert loud[0] == 0 and loud[1] == 64 / 127
    assert loud[1] > loud[2] > loud[3] > loud[4] > loud[5] == loud[6] == 0


def test_routes_listen_to_what_they_name() -> None:
    routes = [parse_route(text) for text in ("midi.note.36-48=motif.eyes", "midi.ch.2.note.*=layer.shapes", "midi.cc.74=step-size:0.5..1.5")]
    assert [route.target for route in routes] == ["motif.eyes", "layer.shapes", "step-size"]
    low, other = one_note(0, 1, pitch=48).notes[0], one_note(0, 1, pitch=49).notes[0]
    assert (routes[0].takes(low), routes[0].takes(other), routes[1].takes(low)) == (True, False, False)
    assert routes[2].span == (0.5, 1.5)


def test_each_track_plays_a_motif_of_its_own_by_default(studio: Any, gallery: Any, tmp_path: Path) -> None:
    routes = default_routes(read_tape(studio.score(tmp_path / "a.mid")), gallery.motifs)
    assert [(route.track, route.target) for route in routes] == [(1, "motif.feathers"), (2, "motif.scales")]


def test_the_score_plays_the_dream(studio: Any, run: Run, tmp_path: Path) -> None:
    """Nothing sounds at first, then a note, then nothing again; and the strength is brought to 0 in the end."""
    film = studio.shoot(tmp_path / "film.mkv", [studio.passing(1)[0]] * 40, sound=False)
    file = mido.MidiFile(ticks_per_beat=500)  # with the usual tempo a tick is a millisecond
    file.tracks.append(mido.MidiTrack())
    file.tracks[0] += [mido.Message("note_on", note=60, velocity=120, time=400), mido.Message("note_off", note=60, time=400)]
    file.tracks[0] += [mido.Message("note_on", note=60, velocity=120, time=500), mido.Message("control_change", control=7, value=0, time=100)]
    file.save(tmp_path / "a.mid")
    routes = ("midi.note.60=motif.eyes", "midi.cc.7=strength")
    run(film, tmp_path / "out" / "%02d.png", score=ScoreSettings(midi=tmp_path / "a.mid", map=routes, release=Fraction(1, 5)))
    pairs = zip(studio.pictures(tmp_path / "out"), studio.pictures(film), strict=True)
    sizes = [float(np.abs(dream.astype(float) - picture).mean()) for dream, picture in pairs]
    assert max(sizes[:10]) == 0
    assert min(sizes[13:20]) > 3
    assert max(sizes[25:32]) < 0.5
    assert sizes[34] > 1 and max(sizes[36:]) == 0


def test_what_is_played_may_be_less_than_nothing(studio: Any, run: Run, tmp_path: Path) -> None:
    """A motif with a weight below 0 is dreamed away from."""
    film = studio.keep(tmp_path / "film", studio.passing(2))
    studio.score(tmp_path / "a.mid")
    for name, span in {"towards": "0..1", "away": "0..-1"}.items():
        score = ScoreSettings(midi=tmp_path / "a.mid", map=(f"midi.note.60=motif.eyes:{span}",))
        run(film, tmp_path / name / "%d.png", score=score)
    towards, away = (studio.pictures(tmp_path / name)[0].astype(float) for name in ("towards", "away"))
    before = studio.pictures(film)[0].astype(float)
    assert min(np.abs(towards - before).mean(), np.abs(away - before).mean(), np.abs(towards - away).mean()) > 3


def test_what_plays_nothing_is_told(studio: Any, run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    film = studio.shoot(tmp_path / "film.mkv", studio.passing(2), sound=False)
    studio.score(tmp_path / "a.mid")
    some = ScoreSettings(midi=tmp_path / "a.mid", map=("midi.note.60=motif.eyes", "midi.cc.2=strength"))
    run(film, tmp_path / "some.mp4", score=some)
    assert caplog.messages == [f"dream: nothing in {tmp_path / 'a.mid'} plays midi.cc.2"]
    caplog.clear()
    run(film, tmp_path / "late.mp4", score=ScoreSettings(midi=tmp_path / "a.mid", map=("midi.note.62=motif.eyes",)))
    assert caplog.messages == [f"dream: no note of {tmp_path / 'a.mid'} sounds in this film: the first begins at 0.5 s"]


def test_it_is_told_which_track_plays_which_motif(studio: Any, video: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    film = studio.shoot(tmp_path / "film.mkv", studio.passing(2), sound=False)
    score = mido.MidiFile(studio.score(tmp_path / "a.mid"))
    score.tracks[2].insert(0, mido.MetaMessage("track_name", name="Bass"))
    score.save(tmp_path / "a.mid")
    lines = video(film, "-o", tmp_path / "out.mp4", "--midi", tmp_path / "a.mid")[1].splitlines()
    assert lines[:2] == [f"{tmp_path / 'a.mid'}: track 2 plays motif.feathers", f"{tmp_path / 'a.mid'}: track 3 (Bass) plays motif.scales"]
    assert video(film, "-o", tmp_path / "out.mp4", "--midi", tmp_path / "a.mid", "--quiet")[1] == ""
