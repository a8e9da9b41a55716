"""What the tests of `dream`'s commands share: a tiny network, a folder to work in, and small pictures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dream.cli import main
from dream.nets.motifnet import motif_net
from dream.nets.weights import save_motif_net


class Gallery:
    """Draws small pictures and looks at pictures."""

    motifs = ("eyes", "feathers", "scales", "gears", "waves")
    """What the tiny network knows."""
    quick = ("--octaves", "2", "--steps", "2", "--jitter", "4")

    def draw(self, width: int, height: int) -> np.ndarray:
        """A picture (height, width, 3) with something to see in it."""
        small = Image.fromarray(np.random.default_rng(3).integers(30, 225, (6, 8, 3), dtype=np.uint8))
        return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))

    def save(self, path: str, image: np.ndarray | Image.Image, **more: object) -> Path:
        """Write a picture; `more` as Pillow has it."""
        (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, **more)
        return Path(path)

    def pixels(self, path: str | Path) -> np.ndarray:
        """A picture (H, W, 3), of whole numbers that can be subtracted."""
        return np.asarray(Image.open(path).convert("RGB")).astype(int)

    def stopped_after(self, n_times: int) -> Callable[[], bool]:
        """Somebody who wants the work to end when asked for the time after that."""
        answers = chain(repeat(False, n_times), repeat(True))
        return lambda: next(answers)

    def refused(self, answer: tuple[int, str, str], words: str) -> bool:
        """Whether a command was refused in a line with these words."""
        status, out, err = answer
        return status == 2 and not out and err.count("\n") == 1 and words in err


@pytest.fixture(scope="session")
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, gallery: Gallery) -> Path:
    """Weights of a tiny network that knows five motifs."""
    torch.manual_seed(4)
    path = tmp_path_factory.mktemp("net") / "tiny.safetensors"
    save_motif_net(path, motif_net(5, widths=(8, 12, 16, 24)), list(gallery.motifs))
    return path


@pytest.fixture
def dream(weights: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command of `dream` with the tiny network: status, what it printed, and its errors."""

    def run(command: str, *words: str) -> tuple[int, str, str]:
        net = [] if command == "again" else ["--weights", str(weights)]
        status = main([command, *words, *net])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def interrupted(folder: Path, weights: Path, root: Path) -> Callable[..., tuple[int, str]]:
    """Run a command as a program of its own with the tiny network, until a file is there, then press Ctrl-C: status and what it printed."""

    def run(*words: str, once: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "dream", *words, "--weights", str(weights)]
        env = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
        program = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True)
        until = time.monotonic() + 60
        while not (folder / once).exists() and time.monotonic() < until:
            time.sleep(0.05)
        program.send_signal(signal.SIGINT)
        out, _ = program.communicate(timeout=60)
        return program.returncode, out

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def drawn(gallery: Gallery) -> np.ndarray:
    """A picture (60, 80, 3)."""
    return gallery.draw(80, 60)


@pytest.fixture
def in_png(folder: Path, gallery: Gallery) -> Path:
    """A picture in the folder, 81x61."""
    return gallery.save("in.png", gallery.draw(81, 61))
