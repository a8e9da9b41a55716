"""The program as it is typed: it answers at once, says what is wrong in a line, and plays what it is given."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from media.frames import read_frames
from media.write import write_rgb
from projection.cli import main

HEAVY = ("pygame", "cv2", "av", "moderngl", "starlette", "uvicorn", "sounddevice", "torch")


@pytest.fixture(autouse=True)
def _no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "projection", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("words", [[], ["play"], ["map"], ["card"], ["displays"], ["sounds"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    code = f"""
import sys
from projection.cli import main
try:
    main({[*words, "--help"]!r})
finally:
    print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.stderr.strip() == "[]" and "Usage: projection" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["play"], "command line: there is nothing to play. Name films, pictures, camera:0, or a file of layers; see --help."),
        (["play", "gone.mp4"], "gone.mp4: there is no such file"),
        (["play", "{picture}", "--display", "4"], "--display 4: there is no such display. There is 0 (0, 1024x768)."),
        (["play", "{picture}", "--display", "left=0"], "no surface lies on an output called left"),
        (["play", "{picture}", "--record", "show.gif"], "show.gif: what is shown cannot be recorded in this format"),
        (["play", "{picture}", "--for", "-1"], "--for must be greater than or equal to 0"),
        (["play", "{picture}", "--display", ""], "--display '': it names no display"),
        (["play", "{picture}", "--display", "=0"], "--display '=0': it names no display, or no output"),
        (["card", "--display", "left="], "--display 'left=': it names no display"),
        (["play", ""], "command line: an empty word stands where something to show is named"),
        (["map", "wall.toml", ""], "command line: an empty word stands where something to show is named"),
        (["play", "{picture}", "--window", "7x"], "--window must read like 1920x480"),
        (["play", "{picture}", "--surfaces", "gone.toml"], "gone.toml: there is no such file"),
        (["play", "{picture}", "--fro", "3"], "--fro: there is no such flag. Did you mean --for?"),
        (["plya", "x"], "plya: there is no such command. Did you mean play?"),
        (["card", "--display", "beamer"], "--display beamer: there is no such display"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_rgb("red.png", np.full((36, 64, 3), (200, 0, 0), np.uint8))
    assert main([word.format(picture="red.png") for word in words]) == 2
    captured = capsys.readouterr()
    assert told in captured.err and captured.err.count("\n") == 1 and captured.out == ""


def test_displays_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["displays", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"index": 0, "name": "0", "size_px": [1024, 768], "refresh_hz": 60.0}]
    assert main(["displays"]) == 0
    assert capsys.readouterr().out == "0  1024x768  60 Hz  0\n"


def test_sound_devices_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sounds", "--json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out), list)


def test_a_picture_is_played_on_a_surface_and_recorded(tmp_path: Path) -> None:
    write_rgb(tmp_path / "red.png", np.full((90, 160, 3), (200, 0, 0), np.uint8))
    surface = "[[surface]]\nname = 'half'\ncorners = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]\n"
    (tmp_path / "wall.toml").write_text(f"version = 1\n{surface}")
    files = [str(tmp_path / "red.png"), "--surfaces", str(tmp_path / "wall.toml"), "--record", str(tmp_path / "show.mp4")]
    done = started("play", *files, "--window", "320x180", "--for", "1.5", "--quiet", "--json")
    out, err = done.communicate(timeout=60)
    assert (done.returncode, err) == (0, "")
    report = json.loads(out)
    assert report["ended"] == "time" and report["outputs"][0]["size"] == [320, 180] and report["layers"][0]["state"] == "shown"
    assert report["outputs"][0]["pictures"] >= 1 and report["outputs"][0]["drawn_by"]
    assert report["recording"]["path"] == str(tmp_path / "show.mp4")
    made = json.loads(probe_tags(tmp_path / "show.mp4")["comment"])
    assert made["program"].startswith("projection ") and made["seed"] == 0 and made["surfaces"][0]["name"] == "half"
    assert made["layers"] == [{"kind": "picture", "files": ["red.png"], "name": "picture1"}] and str(tmp_path) not in json.dumps(made)
    last = list(read_frames(tmp_path / "show.mp4"))[-1].rgb().astype(int)
    assert np.allclose(last[90, 60], (200, 0, 0), atol=8) and np.allclose(last[90, 260], (0, 0, 0), atol=8)


def probe_tags(path: Path) -> dict[str, str]:
    """What a film tells of itself."""
    import av

    with av.open(str(path)) as film:
        return dict(film.metadata)


def test_short_shows_are_reported_too_and_the_card_moves_at_every_turn() -> None:
    done = started("card", "--window", "320x180", "--for", "0.5", "--quiet", "--json")
    out, err = done.communicate(timeout=60)
    assert (done.returncode, err) == (0, "")
    (output,) = json.loads(out)["outputs"]
    assert output["pictures"] > 2 and output["fps"] > 5 and output["longest_ms"] > 10


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="keys are typed at a group of processes")
@pytest.mark.parametrize("after_s", [0.15, 0.35, 0.45])
def test_ctrl_c_while_it_begins_is_met_with_a_line_at_most(after_s: float) -> None:
    command = [sys.executable, "-m", "projection", "card", "--window", "320x180", "--for", "0.1", "--quiet"]
    show = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    time.sleep(after_s)  # wherever that finds it
    os.killpg(show.pid, signal.SIGINT)
    _, err = show.communicate(timeout=30)
    assert err in ("", "projection: stopped; nothing was left half-written.\n")


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or sys.platform == "win32", reason="signals are sent")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_and_that_is_no_fault(number: int) -> None:
    card = started("card", "--window", "320x180")
    assert card.stderr is not None and "a window of 320x180" in card.stderr.readline()
    card.send_signal(number)
    out, err = card.communicate(timeout=30)
    assert card.returncode == 0 and err == "" and signal.Signals(number).name in out


def test_the_example_of_the_docs_runs_as_it_is_written(tmp_path: Path) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "projection.md").read_text()
    (example,) = (block for block in re.findall(r"```python\n(.*?)```", docs, re.DOTALL) if "open_show" in block)
    (tmp_path / "example.py").write_text(example.replace("stop.end_after(10)", "stop.end_after(1)"))
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, tmp_path / "example.py"], capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_nobody_who_reads_what_it_says_is_no_reason_to_end() -> None:
    card = started("card", "--window", "320x180", "--for", "0.5")
    assert card.stdout is not None and card.stderr is not None
    card.stderr.close()
    assert "ended: time" in card.stdout.read()
    assert card.wait(30) == 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked for in /proc")
def test_nothing_is_left_of_a_show_that_was_killed() -> None:
    card = started("card", "--window", "320x180")
    assert card.stderr is not None and "a window of 320x180" in card.stderr.readline()
    children = _children(card.pid)
    assert children
    card.kill()
    card.communicate(timeout=30)
    end = time.monotonic() + 20
    while any(_is_alive(child) for child in children):
        assert time.monotonic() < end
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
