"""The program as it is typed: it answers at once, says what is wrong in a line, and plays what it is given."""

from __future__ import annotations

import json
import os
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
    assert report["recording"]["path"] == str(tmp_path / "show.mp4")
    last = list(read_frames(tmp_path / "show.mp4"))[-1].rgb().astype(int)
    assert np.allclose(last[90, 60], (200, 0, 0), atol=8) and np.allclose(last[90, 260], (0, 0, 0), atol=8)


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or sys.platform == "win32", reason="signals are sent")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: int) -> None:
    card = started("card", "--window", "320x180")
    assert card.stderr is not None and "a window of 320x180" in card.stderr.readline()
    card.send_signal(number)
    out, err = card.communicate(timeout=30)
    assert card.returncode == 0 and err == "" and signal.Signals(number).name in out


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
