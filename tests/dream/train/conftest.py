"""What the tests of training share: a school of tiny networks and quickly drawn motifs, and the command as somebody uses it."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from dream.cli import main
from dream.nets.motifnet import motif_net
from dream.nets.weights import save_motif_net
from dream.train.judging import judge
from dream.train.loop import Training
from dream.train.settings import TrainSettings
from dream.train.sources import Named, Pictures
from media.write import write_rgb


class School:
    """Trains tiny networks."""

    names = (Named("bricks"), Named("plain"), Named("zebra"))
    widths = (8, 8, 12, 16)
    settings = TrainSettings(steps=16, batch=6, fresh=2, keep=96, size=32, replays=2)

    def training(self, folder: Path, settings: TrainSettings = settings, *, names: tuple[Named, ...] = names, start: str = "") -> Training:
        torch.manual_seed(0)
        source = Pictures(settings.seed, settings.size + 4, names)
        net = motif_net(len(names), widths=self.widths)
        return Training(net, source, settings, folder=folder, device=torch.device("cpu"), start=start)

    def run(self, training: Training, *, stop_at: int = 10**9) -> dict[str, torch.Tensor]:
        """To its end, or until so many updates are made; the weights to keep."""
        training.run(
            n_workers=1, every_s=1e9, on_report=lambda _report: None, on_checkpoint=lambda _net, _step: None, is_stopped=lambda: training.step >= stop_at
        )
        return training.mean.state_dict()

    def write_pictures(self, folder: Path, *, seed: int = 0) -> Path:
        rng = np.random.default_rng(seed)
        folder.mkdir(parents=True)
        for n in range(2):
            write_rgb(folder / f"{n}.png", rng.integers(0, 255, (50, 40, 3), np.uint8))
        return folder

    @contextmanager
    def no_file_above(self, n_bytes: int) -> Iterator[None]:
        """What a full disk is like, for whoever writes a longer one."""
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture(scope="session")
def school() -> School:
    return School()


@pytest.fixture(scope="session", autouse=True)
def few_checked() -> Iterator[None]:
    """A training's last check takes longer than all of these trainings: it is of few pictures here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dream.train.run.judge", partial(judge, n=96))
        yield


@pytest.fixture(scope="session")
def began(school: School, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a tiny network that knows motifs which are quickly drawn."""
    torch.manual_seed(4)
    path = tmp_path_factory.mktemp("net") / "tiny.safetensors"
    save_motif_net(path, motif_net(len(school.names), widths=school.widths), [named.name for named in school.names])
    return path


@pytest.fixture(scope="session")
def own(school: School, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of two motifs of somebody's."""
    own = tmp_path_factory.mktemp("own")
    for n, name in enumerate(("zeppelins", "apples")):
        school.write_pictures(own / name, seed=n)
    return own


@pytest.fixture(scope="session")
def command(school: School, began: Path, own: Path) -> Callable[..., list[str]]:
    """Words that train into a folder, from pictures of two motifs, beginning with the tiny network."""

    flags = [f"--{name}={getattr(school.settings, name)}" for name in ("steps", "batch", "fresh", "keep", "size", "replays")]

    def words(folder: Path, *more: str, own: Path = own) -> list[str]:
        return ["train", str(folder), "--from", str(own), "--start", str(began), *flags, "-w", "1", "-d", "cpu", *more]

    return words


@pytest.fixture(scope="session")
def whole(command: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that nobody ended."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert main(command(folder, "--quiet")) == 0
    return folder
