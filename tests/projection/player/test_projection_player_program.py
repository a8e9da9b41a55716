"""The program plays lists and parts of films, and tells what it played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from projection.cli import main
from projection.playing import ShowFiles

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
