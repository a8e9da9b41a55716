"""The program as a user calls it: files out, words told, one line for each fault and nothing left half-written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import mido
import numpy as np
import pytest
from PIL import Image

from media.write import FilmWriter
from video2midi.cli import main
from video2midi.mapping import load_plan
from video2midi.notes import Note, Score, Track
from video2midi.run import facts_of
from video2midi.settings import ScoreSettings
from video2midi.tempo import TempoMap


@pytest.fixture
def clip(make_film: Callable[..., Path]) -> Path:
    """Two seconds in which a bright bar crosses the picture, with a cut in the middle."""
    pictures = []
    for n in range(50):
        picture = np.full((90, 160, 3), 30 if n < 25 else 150, np.uint8)
        picture[:, 3 * n : 3 * n + 20] = (230, 60, 40)
        pictures.append(picture)
    return make_film(pictures)


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_a_film_becomes_a_file_in_this_folder(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(clip) == 0
    names = [track.name for track in mido.MidiFile(tmp_path / "film.mid").tracks]
    assert names[1:6] == ["melody", "pulse", "bass", "pad", "light"]
    worst = re.search(r"the worst is ([\d.]+) ms from its frame", capsys.readouterr().out)
    assert worst
    assert float(worst[1]) <= 0.27


def test_everything_at_once(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "o.mid"
    assert run(clip, "-o", out, "--roll", tmp_path / "o.png", "--proof", tmp_path / "o.mp4", "--csv", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [Path(path).name for path in told["written"]] == ["o.mid", "o.features.csv", "o.events.csv", "o.png", "o.mp4"]
    assert told["cuts"] == [1.0]
    assert told["worst_ms"] <= 0.27
    assert all(Path(path).stat().st_size > 0 for path in told["written"])
    header, *rows = (tmp_path / "o.features.csv").read_text().splitlines()
    assert {"brightness", "hue", "onset", "cut", "moving"} <= set(header.split(","))
    assert len(rows) == 50


def test_the_features_of_a_region_have_what_it_is_played_by(clip: Path, tmp_path: Path) -> None:
    assert run(clip, "-m", "drum-grid", "-o", tmp_path / "o.mid", "--csv", "--quiet") == 0
    header = (tmp_path / "o.features.csv").read_text().partition("\n")[0].split(",")
    assert {"swell.pads.1", "onset.pads.16", "motion.pads.7", "wake"} <= set(header)
    assert not {"cut.pads.1", "wake.pads.1"} & set(header)


def test_drums_alone_are_in_no_key() -> None:
    plan, settings = load_plan("drum-grid"), ScoreSettings()
    strokes = (Note(Fraction(0), Fraction(1), 36, 100),)
    for channel, facts in ((9, ["120 BPM"]), (0, ["D dorian", "120 BPM"])):
        made = Score((Track("a", channel, None, strokes),), (), Fraction(1), TempoMap())
        assert facts_of(made, plan, settings) == facts


CONTROLS = '[voices.{}]\nplay = "control"\nfeature = "centroid_x"\n'


def test_controllers_are_told(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(CONTROLS.format("a") + CONTROLS.format("b"), encoding="utf-8")
    assert run(clip, "-m", mapping, "-o", tmp_path / "o.mid") == 0
    assert re.search(r"o\.mid: 2 controllers, 2 s, 120 BPM\nno notes; the controllers move \d+ times\n", capsys.readouterr().out)
    assert run(clip, "-o", tmp_path / "o.mid") == 0
    assert re.search(r": \d voices, 3 controllers, 2 s in D dorian", capsys.readouterr().out)


def test_silence_is_explained_and_so_is_a_tempo_without_cuts(make_film: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    still = make_film([np.full((90, 160, 3), 60, np.uint8)] * 30)
    assert run(still, "-o", tmp_path / "o.mid", "--tempo", "cuts:100") == 0
    out = capsys.readouterr().out
    assert ", 1.2 s, 100 BPM\nno notes: the picture never moves" in out
    assert "there are no cuts that the tempo could be fitted to, so it stays" in out
    mapping = tmp_path / "m.toml"
    mapping.write_text('[voices.a]\nplay = "hits"\nfeature = "cut"\nrests = false\n', encoding="utf-8")
    assert run(still, "-m", mapping, "-o", tmp_path / "o.mid") == 0
    assert "no notes: there is no cut\n" in capsys.readouterr().out


def test_quiet_is_quiet(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(clip, "-o", tmp_path / "o.mid", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_quantised_notes_are_told_against_the_grid(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(clip, "-o", tmp_path / "o.mid", "--quantise", "1/16", "--tempo", "90") == 0
    assert "from the grid" in capsys.readouterr().out
    for track in mido.MidiFile(tmp_path / "o.mid").tracks:
        at = 0
        for message in track:
            at += message.time
            assert message.type != "note_on" or not message.velocity or at % 240 == 0


def test_pictures_make_music_and_unreadable_ones_are_named(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for n in range(30):
        picture = np.full((48, 64, 3), 20, np.uint8)
        picture[:, n : n + 12] = 200
        Image.fromarray(picture).save(folder / f"{n:04d}.png")
    (folder / "0010.png").write_bytes(b"no picture")
    assert run(folder, "-o", tmp_path / "a.mid", "--rate", "10") == 0
    said = capsys.readouterr()
    assert "0010.png" in said.err
    assert said.err.count("\n") == 1
    assert mido.MidiFile(tmp_path / "a.mid").length == pytest.approx(3, abs=0.001)
    assert run(folder / "%04d.png", "-o", tmp_path / "b.mid", "--rate", "10") == 0


def test_mappings_are_listed(capsys: pytest.CaptureFixture) -> None:
    assert run("--list-mappings") == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} >= {"ensemble", "single-line", "drum-grid"}


def one_frame(tmp_path: Path) -> Path:
    path = tmp_path / "one.mkv"
    with FilmWriter(path, size=(64, 48)) as film:
        film.write_frame(np.zeros((48, 64, 3), np.uint8))
    return path


def sound_only(tmp_path: Path) -> Path:
    path = tmp_path / "sound.wav"
    with FilmWriter(path, sound=True) as film:
        film.write_sound(np.zeros((4800, 2), np.float32))
    return path


def no_pictures(tmp_path: Path) -> Path:
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def all_unreadable(tmp_path: Path) -> Path:
    folder = tmp_path / "bad"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.png").write_bytes(b"no picture")
    return folder


@pytest.mark.parametrize("source", [one_frame, sound_only, no_pictures, all_unreadable, lambda folder: folder / "none.mp4"])
def test_what_cannot_be_scored_is_one_line_and_no_file(source: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "out" / "o.mid"
    out.parent.mkdir()
    assert run(source(tmp_path), "-o", out) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert [line for line in said.err.splitlines() if "skipped" not in line and "left out" not in line][-1].startswith("video2midi: ")
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--tempo", "3.57"], "3.58"),
        (["--tempo", "100000"], "1000"),
        (["--tempo", "quick"], "120"),
        (["--quantise", "1/7"], "1/16"),
        (["--strength", "140%", "--quantise", "1/8"], "140%"),
        (["--key", "H"], "key"),
        (["--scale", "dorain"], "Did you mean dorian"),
        (["--scale", ""], "at least one note"),
        (["-m", "ensembel"], "Did you mean ensemble"),
        (["--set", "voices.melody.range=9999"], "--set"),
        (["--set", "regions.x.rect=[0.5,0,0.9,1]", "--set", "voices.melody.region=x"], "sticks out"),
        (["--roll", "o.mid"], ".png"),
        (["--roll", "roll.pdf"], ".png"),
        (["--proof", "nowhere/o.mp4"], "mkdir"),
        (["--proof", "o.xyz"], ".ogg, .opus, .wav, .webm."),
        (["--proof", "o.gif"], "holds no sound"),
        (["--proof=-"], "-: this is no file"),
        (["--roll", "-"], "--roll: a lone dash is no file"),
        (["--strength", "-10%"], "--strength=-10%"),
        (["--proof", "o.mp4", "--film-gain", "nan"], "-60"),
        (["--proof", "o.mp4", "--film-gain", "-12"], "no sound"),
        (["--proof", "o.mp4", "--soundfont", "none.sf2"], "none.sf2"),
        (["--soundfont", "none.sf2"], "--proof"),
        (["--film-gain", "0"], "--proof"),
        (["--strength", "50%"], "--quantise"),
        (["--rate", "10"], "rate of its own"),
        (["--clock"], "--port"),
        (["--for", "0"], "--port"),
        (["--record", "x.mid"], "--port"),
        (["--tempoo", "3"], "--tempo"),
    ],
)
def test_flags_that_make_no_sense_are_one_line(
    flags: list[str], told: str, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    assert run(clip, "-o", "o.mid", *flags) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--tempo", "cuts"], "beats a minute"),
        (["--record", "x.wav"], "Name it .mid"),
        (["--roll", "x.png"], "--record"),
        (["--quantise", "1/8"], "--quantise"),
        (["--strength", "50%"], "--strength: this is for files"),
        (["--rate", "10"], "rate of its own"),
        (["--set", "voices.melody.polarity=x"], "up"),
    ],
)
def test_flags_that_make_no_sense_live_are_one_line(flags: list[str], told: str, clip: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(clip, "--port", "none", "--no-window", "--for", "1s", *flags) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_camera_has_a_rate_of_its_own(capsys: pytest.CaptureFixture) -> None:
    assert run("camera:0", "--rate", "10", "--no-window", "--port", "none") == 2
    assert "camera:0 has a rate of its own" in capsys.readouterr().err


def test_the_source_is_never_written_over(clip: Path, capsys: pytest.CaptureFixture) -> None:
    content = clip.read_bytes()
    assert run(clip, "-o", clip.with_suffix(".mid"), "--proof", clip) == 2
    assert "source" in capsys.readouterr().err
    assert clip.read_bytes() == content


def test_what_is_read_is_never_written_over(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for n in range(3):
        Image.new("RGB", (64, 48), (40 * n, 0, 0)).save(folder / f"{n}.png")
    mapping = tmp_path / "m.toml"
    mapping.write_text('[regions.a]\nmask = "frames/2.png"\n[voices.v]\nplay = "gate"\nfeature = "motion"\nregion = "a"\n')
    font = tmp_path / "font.mid"  # by a slip of the pen
    font.write_bytes(b"RIFF")
    before = {path: path.read_bytes() for path in [*folder.iterdir(), mapping, clip, font]}
    assert run(folder, "-o", tmp_path / "o.mid", "--roll", folder / "1.png") == 2
    assert run(folder / "%d.png", "-o", tmp_path / "o.mid", "--roll", folder / "1.png") == 2
    assert run(clip, "-m", mapping, "-o", tmp_path / "o.mid", "--roll", folder / "2.png") == 2
    assert run(clip, "-o", font, "--proof", tmp_path / "o.mp4", "--soundfont", font) == 2
    assert run(clip, "--port", "none", "--record", clip, "--for", "1s") == 2
    assert {path: path.read_bytes() for path in before} == before
    assert not (tmp_path / "o.mid").exists()


def test_no_picture_is_put_among_those_that_are_read(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for n in range(3):
        Image.new("RGB", (64, 48), (40 * n, 0, 0)).save(folder / f"{n}.png")
    assert run(folder, "-o", tmp_path / "o.mid", "--roll", folder / "roll.png") == 2
    assert "it would be read as a picture of the source" in capsys.readouterr().err
    assert len(list(folder.iterdir())) == 3


def test_a_star_is_told_how_to_write_a_pattern(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(tmp_path / "*.png", "-o", tmp_path / "o.mid") == 2
    assert f"Write {tmp_path / '%04d.png'}, or name the folder." in capsys.readouterr().err


def test_a_percent_sign_in_the_name_of_a_film_is_no_pattern(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    film = clip.rename(tmp_path / "a %d [x] 100%.mkv")
    assert run(film) == 0
    assert (tmp_path / "a %d [x] 100%.mid").exists()


def test_a_variable_rate_cannot_be_locked_to_frames(make_film: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    times = [Fraction(n * n, 200) for n in range(30)]
    film = make_film([np.full((90, 160, 3), 8 * n, np.uint8) for n in range(30)], times=times)
    assert run(film, "-o", tmp_path / "o.mid", "--tempo", "frame") == 2
    assert "Name a tempo in beats a minute" in capsys.readouterr().err


def test_what_there_is_can_be_listed() -> None:
    import video2midi

    assert set(video2midi.__all__) <= set(dir(video2midi))


def test_three_lines_of_python(clip: Path, tmp_path: Path) -> None:
    code = f"from video2midi import analyse, score, write\nwrite(score(analyse({str(clip)!r})), {str(tmp_path / 'o.mid')!r})"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert (tmp_path / "o.mid").stat().st_size > 100
