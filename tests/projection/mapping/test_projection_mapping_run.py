"""`projection map` itself, with windows that nobody sees: what is asked for by a page is projected, saved, or kept."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from media.errors import UserError
from media.frames import ignore_fault
from projection.mapping.run import map_surfaces
from projection.settings import RunFlags, WindowFlags
from projection.surfaces.store import read_surfaces

TOKEN = "ladder-in-the-dark"
_PATIENCE_S = 30


class Programme:
    """The program, running."""

    def __init__(self, path: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "projection",
            "map",
            str(path),
            "--window",
            "640x360",
            "--port",
            "0",
            "--token",
            TOKEN,
            "--for",
            "60",
        ]
        environment = {**os.environ, "SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
        self.said: list[str] = []
        self.port = 0
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"http://127.0.0.1:(\d+)/\?token=", line):
                self.port = int(found[1])
                break

    def ask(self, method: str, path: str, value: Any = None) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(
            method, path, None if value is None else json.dumps(value), {"X-Token": TOKEN, "Content-Type": "application/json"}
        )
        body = connection.getresponse().read()
        connection.close()
        return body

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stderr is not None
        self.said += self.process.stderr.readlines()
        return self.process.wait(_PATIENCE_S)


@pytest.fixture
def programme(tmp_path: Path) -> Iterator[Programme]:
    running = Programme(tmp_path / "wall.toml")
    yield running
    running.process.kill()
    running.process.wait()


def brightness(jpeg: bytes) -> float:
    import cv2
    import numpy as np

    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return float(picture[:180, :320].mean())


@pytest.mark.parametrize("name", ["film.mp4", "pictures", "camera:0"])
def test_where_the_wall_was_forgotten_that_is_told_and_nothing_is_made(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with pytest.raises(UserError, match=r"the first name is that of the file of surfaces, which ends in \.toml\. Name that first: "):
        map_surfaces(path, (), WindowFlags(), RunFlags(), say=ignore_fault, note=ignore_fault)
    assert not path.exists()


@pytest.mark.slow
def test_a_wall_is_laid_out_from_nothing_saved_and_what_was_not_is_kept(programme: Programme, tmp_path: Path) -> None:
    path = tmp_path / "wall.toml"
    assert read_surfaces(path).size == (640, 360)  # it was made
    end_s = time.monotonic() + _PATIENCE_S
    while not (full := programme.ask("GET", "/picture?output=main")).startswith(b"\xff\xd8") or brightness(full) < 20:
        assert time.monotonic() < end_s, "no picture is shared"
        time.sleep(0.1)
    programme.ask(
        "POST", "/do", {"command": "move", "arguments": {"surface": "quad 1", "mode": "corners", "vertex": 0, "to": [0.45, 0.45]}}
    )
    while brightness(programme.ask("GET", "/picture?output=main")) > 15:  # what was there is dark now: the picture has gone elsewhere
        assert time.monotonic() < end_s, "what is shown does not follow"
        time.sleep(0.1)
    assert json.loads(programme.ask("POST", "/do", {"command": "save"}))["message"] == "saved"
    assert read_surfaces(path).surface[0].corners[0] == (0.45, 0.45)
    programme.ask("POST", "/do", {"command": "add"})
    assert programme.end() == 0
    assert len(read_surfaces(path).surface) == 1
    assert len(read_surfaces(path.with_name("wall.unsaved.toml")).surface) == 2
    assert any("wall.unsaved.toml: what was not saved is there" in line for line in programme.said)
