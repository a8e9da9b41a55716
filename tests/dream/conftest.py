"""What the tests of `dream`'s commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dream.cli import main
from dream.nets.motifnet import motif_net
from dream.nets.weights import save_motif_net

MOTIFS = ["eyes", "feathers", "scales", "gears", "waves"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a tiny network that knows five motifs."""
    torch.manual_seed(4)
    path = tmp_path_factory.mktemp("net") / "tiny.safetensors"
    save_motif_net(path, motif_net(5, widths=(8, 12, 16, 24)), MOTIFS)
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
