"""The program plays lists and parts of films, and tells what it played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from live.clock import ManualClock
from projection.cli import main
from projection.playing import ShowFiles
from projection.show import Show

Films = dict[str, Path]


@pytest.fixture(autouse=True)
def _no_devices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    monkeypatch.chdir(tmp_path)


def test_what_is_played_is_in_the_report(films: Films, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("list.m3u").write_text(f"#EXTVLCOPT:start-time=1\n{films['a']}\ngone.mp4\n{films['b']}\n")
    film = "kind = 'film'\nfiles = 'list.m3u'\npaused = true\nseek = 0.5\n"
    Path("show.toml").write_text(f"version = 1\n[[layer]]\n{film}[[layer]]\nkind = 'solid'\n")
    assert main(["play", "show.toml", "--window", "320x180", "--for", "1", "--mute", "--quiet", "--json"]) == 0
    told = capsys.readouterr()
    playing, nothing = (layer["playing"] for layer in json.loads(told.out)["layers"])
    assert playing == {"state": "paused", "item": str(films["a"]), "at_s": 0.5, "duration_s": 1.0, "coming": str(films["b"])}
    assert nothing is None
    assert "gone.mp4: there is no such file" in told.err and told.err.count("gone.mp4") == 1


@pytest.mark.parametrize(("text", "n_told"), [("", 1), ("[[layer]]\nkind = 'solid'\n", 0)])
def test_a_show_without_layers_is_dark_and_says_so(text: str, n_told: int, told: list[str]) -> None:
    Path("show.toml").write_text(f"version = 1\n{text}")
    shown: Any = ShowFiles(["show.toml"], None, told.append)
    assert len(shown.layers.layers) == 1 - n_told
    assert told == ["show.toml: there is no layer in it; the show is dark."] * n_told


class Shown:
    """A stage that keeps what it is told to show."""

    def __init__(self) -> None:
        self.clock, self.show = ManualClock(), Show((320, 180), (), ())

    def show_all(self, show: Show) -> None:
        self.show = show


def test_a_file_of_layers_that_is_emptied_counts_as_being_written_and_one_without_layers_is_told(told: list[str]) -> None:
    full = "version = 1\n[[layer]]\nkind = 'solid'\n"
    Path("show.toml").write_text("version = 1\n")
    stage: Any = Shown()
    files = ShowFiles(["show.toml"], None, told.append)
    is_dark = told.pop()

    def look(text: str) -> int:
        Path("show.toml").write_text(text)
        stage.clock.advance(1)
        files.follow(stage, has_size=True)
        return len(stage.show.layers)

    assert [look(full), look(" \n"), look(full), look("")] == [1, 1, 1, 1] and not told
    assert [look(""), look("")] == [1, 1]
    assert told == ["show.toml: there is nothing in this file. What it said before goes on."]
    assert [look(full), look("version = 1\n"), look("version = 1\n"), look(full)] == [1, 0, 0, 1]
    assert told[1:] == [is_dark]
