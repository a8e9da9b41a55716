"""The program as a person meets it: what it prints, what it leaves behind, and one line for every fault."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from media.probe import probe
from supercut.cli import main

CAPTIONS = "1\n00:00:00,500 --> 00:00:01,500\nHello light.\n\n2\n00:00:02,000 --> 00:00:03,000\nAnd dark.\n"
Films = Any


@pytest.fixture
def film(films: Films, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A four-second film with captions, in a folder that is the current one."""
    path = tmp_path / "talk.mp4"
    shutil.copy(films.make("plain.mp4"), path)
    (tmp_path / "talk.srt").write_text(CAPTIONS)
    monkeypatch.chdir(tmp_path)
    return Path("talk.mp4")


def run(capsys: pytest.CaptureFixture[str], *tokens: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(list(tokens))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_cut_writes_a_film_and_its_edit_list(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "cut", "talk.mp4", "-s", "light", "-o", "out.mp4")
    assert (status, err) == (0, "")
    assert out == "out.mp4, out.edit.json: 1 clip, 0:00:01.000\n"
    assert float(probe(Path("out.mp4")).duration) == pytest.approx(1.0, abs=0.03)
    assert json.loads(Path("out.edit.json").read_text())["clips"] == [{"source": "talk.mp4", "start": 0.5, "end": 1.5, "text": "Hello light."}]


def test_an_edit_list_renders_the_same_film_again_and_another_when_edited(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "cut", "talk.mp4", "-s", "light|dark", "--order", "random", "--seed", "4", "--crossfade", "80ms", "-o", "out.mp4")
    assert run(capsys, "cut", "out.edit.json", "-o", "again.mp4")[0] == 0
    assert Path("out.mp4").read_bytes() == Path("again.mp4").read_bytes()
    text = Path("out.edit.json").read_text()
    Path("out.edit.json").write_text(text.replace('"end": 1.5', '"end": 1.1'))
    assert run(capsys, "cut", "out.edit.json", "-o", "shorter.mp4")[0] == 0
    assert float(probe(Path("shorter.mp4")).duration) == pytest.approx(float(probe(Path("out.mp4")).duration) - 0.4, abs=0.03)


def test_settings_are_kept_in_the_edit_list(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "cut", "talk.mp4", "-s", "light", "-o", "out.mp4", "--size", "80x48", "--burn", "--quality", "30", "--rate", "12.5")
    assert json.loads(Path("out.edit.json").read_text())["settings"] == {"quality": "30", "size": "80x48", "rate": "25/2", "burn": True}
    run(capsys, "cut", "out.edit.json", "-o", "again.mp4")
    assert Path("out.mp4").read_bytes() == Path("again.mp4").read_bytes()
    run(capsys, "cut", "out.edit.json", "-o", "large.mp4", "--size", "160x96", "--fcpxml")
    assert json.loads(Path("large.edit.json").read_text())["settings"] == {"quality": "30", "size": "160x96", "rate": "25/2", "burn": True}
    assert 'width="160" height="96"' in Path("large.fcpxml").read_text()
    found = probe(Path("large.mp4")).video
    assert found is not None and found.size == (160, 96) and found.rate == 12.5


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("-s light", [(0.5, 1.5)]),
        ("-s LIGHT", [(0.5, 1.5)]),
        ("-s light -v", [(0, 0.5), (1.5, 4)]),
        ("-s light -s dark -p 0.3", [(0.2, 3.3)]),
        ("-s light -s dark -p 0.2", [(0.3, 1.7), (1.8, 3.2)]),
        ("-s light -s dark --padding 250ms", [(0.25, 3.25)]),
        ("-s light -s dark --resync=-0.25", [(0.25, 1.25), (1.75, 2.75)]),
        ("-s light -s dark --order alphabetical", [(2, 3), (0.5, 1.5)]),
        ("-s light -s dark -m 1", [(0.5, 1.5)]),
        ("-s light -p 0.7 --resync -0.1", [(0, 2.1)]),
        ("-s dark -p 2", [(0, 4)]),
        ("-s light --min 2", []),
        ("-s light --max 0.5", []),
        ("-s dark -t word -p 10ms", [(2.49, 3.01)]),
        ("-t regex -s l.ght.*and", [(0.99, 2.4)]),
    ],
)
def test_searches_and_shapes(film: Path, flags: str, expected: list[tuple[float, float]], capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "cut", "talk.mp4", *flags.split(), "--dry-run", "--json")
    assert status == (0 if expected else 1)
    found = json.loads(out) if out else []
    assert [(clip["start"], clip["end"]) for clip in found] == [pytest.approx(span, abs=0.15 if "-t" in flags else 1e-6) for span in expected]


def test_dry_run_writes_nothing_and_prints_a_table(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(os.listdir())
    status, out, _ = run(capsys, "cut", "talk.mp4", "-s", "light", "--dry-run")
    assert status == 0 and sorted(os.listdir()) == before
    assert out.splitlines()[1].split() == ["talk.mp4", "0:00:00.500", "0:00:01.500", "1.000", "Hello", "light."]


def test_every_timeline_lies_beside_the_film(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--edl", "--fcpxml", "--xml", "--otio", "--m3u", "--mpv-edl", "--csv", "--captions"]
    assert run(capsys, "cut", "talk.mp4", "-s", "light", "-o", "out.mp4", *flags)[0] == 0
    written = {name for name in os.listdir() if name.startswith("out.")}
    assert written == {f"out.{s}" for s in ("mp4", "edit.json", "edl", "fcpxml", "xml", "otio", "m3u", "mpv.edl", "csv", "vtt")}


@pytest.mark.parametrize("name", ["a.edl", "a.mpv.edl", "a.fcpxml", "a.xml", "a.otio", "a.m3u", "a.csv", "a.vtt"])
def test_a_timeline_as_output_renders_nothing(film: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "cut", "talk.mp4", "-s", "light", "-o", name)[0] == 0
    assert {path for path in os.listdir() if path.startswith("a.")} == {name}


def test_clips_are_numbered_as_videogrep_numbers_them(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "cut", "talk.mp4", "-s", "light", "-s", "dark", "--clips", "-o", "bit.mp4")[0] == 0
    assert sorted(name for name in os.listdir() if name.startswith("bit")) == ["bit.edit.json", "bit_00000.mp4", "bit_00001.mp4"]
    assert all(float(probe(Path(f"bit_0000{n}.mp4")).duration) == pytest.approx(1.0, abs=0.03) for n in (0, 1))


def test_mash_speaks_in_its_own_order(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "cut", "talk.mp4", "-t", "mash", "-s", "dark hello dark", "--dry-run", "--json")
    assert status == 0
    assert [clip["text"].strip(".") for clip in json.loads(out)] == ["dark", "Hello", "dark"]


def test_silences_are_cut_away_without_any_captions(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("talk.srt").unlink()
    status, _, err = run(capsys, "cut", "talk.mp4", "-t", "silence", "-v", "--dry-run")
    assert (status, err) == (0, "")


def test_captions_are_searched_without_their_film(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("talk.mp4").unlink()
    status, out, _ = run(capsys, "cut", "talk.srt", "-s", "light", "--dry-run", "--json")
    assert status == 0 and len(json.loads(out)) == 1
    status, _, err = run(capsys, "cut", "talk.srt", "-s", "light", "-o", "out.mp4")
    assert status == 2 and "no film of that name beside" in err


def test_many_films_are_searched_through_an_index(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for n in range(60):
        Path(f"c{n:02}.srt").write_text(CAPTIONS.replace("light", "light" if n % 20 else "zeppelin"))
    status, out, _ = run(capsys, "cut", *[f"c{n:02}.srt" for n in range(60)], "-t", "word", "-s", "zeppelin", "--dry-run", "--json")
    assert status == 0
    assert [Path(clip["source"]).stem for clip in json.loads(out)] == ["c00", "c20", "c40"]
    assert Path(".supercut-index.sqlite").exists()


# --- bad input ------------------------------------------------------------------------------------------------------


def _bytes(name: str, content: bytes) -> Any:
    return lambda: Path(name).write_bytes(content)


def _shift_captions() -> None:
    Path("talk.srt").write_text(CAPTIONS.replace("00:00:02", "00:10:02").replace("00:00:03", "00:10:03"))


def _truncate() -> None:
    data = Path("talk.mp4").read_bytes()
    Path("talk.mp4").write_bytes(data[: len(data) // 2])


def _sound_only() -> None:
    main(["cut", "talk.mp4", "-s", "light", "-o", "talk.wav", "--quiet"])
    shutil.copy("talk.srt", "tone.srt")
    Path("talk.wav").rename("tone.wav")
    Path("talk.edit.json").unlink()


BAD: dict[str, tuple[Any, str, str, int]] = {
    "no captions": (lambda: Path("talk.srt").unlink(), "cut talk.mp4 -s light", r"talk\.mp4: no captions found.*supercut transcribe", 2),
    "no such film": (None, "cut nowhere.mp4 -s light", r"nowhere\.mp4: there is no such file", 2),
    "an empty film": (_bytes("talk.mp4", b""), "cut talk.mp4 -s light", r"talk\.mp4: the file is empty", 2),
    "no film at all": (_bytes("talk.mp4", b"hello" * 999), "cut talk.mp4 -s light", r"talk\.mp4: .*Check", 2),
    "a truncated film": (_truncate, "cut talk.mp4 -s dark -o out.mp4", r"talk\.mp4: the file is cut off", 2),
    "no video stream": (_sound_only, "cut tone.wav -s light -o out.mp4", r"tone\.wav: there is no picture", 2),
    "no regular expression": (None, "cut talk.mp4 -s (", r"--search '\(': this is no regular expression", 2),
    "no folder": (None, "cut talk.mp4 -s light -o no/where/out.mp4", r"out\.mp4: the output folder does not exist\. Create it", 2),
    "output is a folder": (lambda: Path("out.mp4").mkdir(), "cut talk.mp4 -s light -o out.mp4", r"out\.mp4: the output is a folder", 2),
    "output is the input": (None, "cut talk.mp4 -s light -o talk.mp4", r"talk\.mp4: the output is one of the films", 2),
    "captions as output": (lambda: Path("talk.srt").rename("talk.vtt") and Path("talk.vtt").write_text("WEBVTT\n\n" + CAPTIONS.replace(",", ".")),
                           "cut talk.mp4 -s light -o talk.vtt", r"talk\.vtt: the output is one of the films or captions", 2),
    "captions beside": (lambda: Path("talk.srt").rename("talk.vtt") and Path("talk.vtt").write_text("WEBVTT\n\n" + CAPTIONS.replace(",", ".")),
                        "cut talk.mp4 -s light -o talk.mov --captions", r"talk\.vtt: the output is one of the films or captions", 2),
    "unknown suffix": (None, "cut talk.mp4 -s light -o out.mpx", r"out\.mpx: no format is known.*Did you mean", 2),
    "a cue beyond the end": (_shift_captions, "cut talk.mp4 -s dark", r"talk\.srt:\d+: .*beyond the end of talk\.mp4.*--resync", 2),
    "a clip without length": (None, "cut talk.mp4 -s light -p=-0.5", r"talk\.srt:\d+: .*no length\. Take off less", 2),
    "nothing found": (None, "cut talk.mp4 -s zebra", r"talk\.mp4: nothing found for 'zebra'", 1),
    "no pattern": (None, "cut talk.mp4", r"--search: search type sentence needs a pattern", 2),
    "no film named": (None, "cut -s light", r"no film is named", 2),
    "unknown flag": (None, "cut talk.mp4 --serch light", r"--serch: there is no such flag\. Did you mean --search\?", 2),
    "unknown type": (None, "cut talk.mp4 -s light -t sentense", r"'sentense'.*Did you mean sentence\?", 2),
    "unknown command": (None, "cutt talk.mp4", r"cutt: there is no such command or film\. Did you mean cut\?", 2),
    "odd size": (None, "cut talk.mp4 -s light --size 81x48", r"--size .*1920x480", 2),
    "odd quality": (None, "cut talk.mp4 -s light -q best", r"quality: it reads like 18", 2),
    "negative crossfade": (None, "cut talk.mp4 -s light --crossfade=-1", r"--crossfade must be", 2),
    "unknown preset": (None, "cut talk.mp4 -s light -o out.mp4 --preset fastest", r"preset.*fast", 2),
    "a wrong codec": (None, "cut talk.mp4 -s light -o out.mp4 --codec prores", r"out\.mp4: .*prores.*\.mov", 2),
    "broken captions": (_bytes("talk.srt", b"1\n00:00:05,000 --> 00:00:01,000\nno\n"), "cut talk.mp4 -s no", r"talk\.srt:\d", 2),
    "a broken edit list": (_bytes("e.json", b'{"kind": "edit-list",\n "version": 1,\n "clips": [}'), "cut e.json", r"e\.json:3: this is not JSON", 2),
    "an edit list of nowhere": (
        _bytes("e.json", b'{"kind": "edit-list", "version": 1, "clips": [{"source": "gone.mp4", "start": 0, "end": 1}]}'),
        "cut e.json -o out.mp4", r"gone\.mp4: there is no such film", 2,
    ),
    "transcribing over captions": (_bytes("talk.json", b"[]"), "transcribe talk.mp4", r"talk\.json: this file is there already.*--force", 2),
    "an unknown look": (None, "stretch talk.mp4 --look slowmotion", r"slowmotion: .*Did you mean slow-motion\?", 2),
    "words without captions": (lambda: Path("talk.srt").unlink(), "words talk.mp4", r"talk\.mp4: no captions found", 2),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_every_fault_is_one_line_and_leaves_nothing(film: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    prepare, line, expected, status = BAD[name]
    if prepare:
        prepare()
    before = {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    found, out, err = run(capsys, *line.split())
    assert (found, out) == (status, "")
    assert err.count("\n") == 1 and err.startswith("supercut: ") and "Traceback" not in err
    assert re.search(expected, err), err
    assert {path: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before


def program(*tokens: str, **more: Any) -> subprocess.Popen[str]:
    """The program as a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "supercut", *tokens], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def test_a_full_disk_leaves_nothing(film: Path) -> None:
    before = sorted(os.listdir())

    def small_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    process = program("cut", "talk.mp4", "-s", "light", "-o", "out.mp4", preexec_fn=small_disk, env=env)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.count("\n") == 1 and "out.mp4: the file grew past what this disk" in err
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(film: Path, number: signal.Signals) -> None:
    before = sorted(os.listdir())
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = program("cut", "talk.mp4", "-s", ".", "-o", "out.mp4", "--quality", "10", "--preset", "veryslow", "--size", "1920x1080", env=env)
    while process.poll() is None and not any(name.endswith(".part.mp4") for name in os.listdir()):
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "supercut: stopped; nothing was left half-written.\n"
    assert sorted(os.listdir()) == before


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Find words" in run(capsys, "--help")[1]
    assert run(capsys, "--version")[1].startswith("supercut ")
    assert run(capsys, "-v")[1].startswith("supercut ")
