"""Training: batches follow from their number alone, hard steps stay in reach, and a run that was killed ends as it would have."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from dream.nets.catalog import open_net
from dream.nets.motifnet import motif_net
from dream.nets.weights import save_motif_net
from dream.train.loop import Training, _pasted, numbers_of
from dream.train.robust import climb, norms, random_step, worst_step
from dream.train.run import fine_share, train
from dream.train.settings import TrainSettings
from dream.train.sources import Named, Pictures
from dream.train.store import PictureStore
from media.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
NAMES = (Named("bricks"), Named("plain"), Named("zebra"))
SMALL = TrainSettings(steps=16, batch=6, fresh=2, keep=96, size=32, replays=2)
RUN = """
import sys
from pathlib import Path
import torch
sys.path.insert(0, {root!r})
from dream.nets.motifnet import motif_net
from dream.train.loop import Training
from dream.train.settings import TrainSettings
from dream.train.sources import Named, Pictures
if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    settings = TrainSettings.model_validate_json(sys.argv[2])
    names = tuple(Named(name) for name in ("bricks", "plain", "zebra"))
    training = Training(motif_net(3, widths=(8, 8, 12, 16)), Pictures(0, 36, names), settings, folder=Path(sys.argv[1]), device=torch.device("cpu"))
    training.resume()
    training.run(n_workers=1, every_s=0, on_report=lambda report: print(report.step, flush=True), on_checkpoint=lambda net, step: None)
"""


def begin(folder: Path, script: Path, settings: TrainSettings = SMALL) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    script.write_text(RUN.format(root=str(ROOT)))
    return subprocess.Popen([sys.executable, str(script), str(folder), settings.model_dump_json()], stdout=subprocess.PIPE, text=True)


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "checkpoint.pt", weights_only=True)["mean"]


@pytest.mark.parametrize("robust", ["free", "pgd"])
def test_killed_and_begun_again_it_ends_as_it_would_have(robust: str, tmp_path: Path) -> None:
    settings = SMALL.model_copy(update={"robust": robust, "steps": 16 if robust == "free" else 8})
    script = tmp_path / "run.py"
    whole = begin(tmp_path / "whole", script, settings)
    killed = begin(tmp_path / "killed", script, settings)
    assert killed.stdout
    for line in killed.stdout:
        if int(line) >= 4 and (tmp_path / "killed" / "checkpoint.pt").exists():
            killed.send_signal(signal.SIGKILL)
            break
    assert killed.wait() == -signal.SIGKILL
    assert whole.communicate()[0] and whole.returncode == 0
    again = begin(tmp_path / "killed", script, settings)
    steps = [int(line) for line in again.communicate()[0].split()]
    assert again.returncode == 0 and steps[0] > 2
    expected, found = weights_of(tmp_path / "whole"), weights_of(tmp_path / "killed")
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_network_that_has_learnt_goes_on_learning_all_through(tmp_path: Path) -> None:
    path = tmp_path / "learnt.safetensors"
    save_motif_net(path, motif_net(3, widths=(8, 8, 12, 16)), ["bricks", "plain", "zebra"])
    train(tmp_path / "run", SMALL, own=None, start=path, device="cpu", n_workers=1, every_s=1e9, on_report=lambda report: None)
    before, after = (open_net("motif", file).staged.state_dict() for file in (path, tmp_path / "run" / "motif.safetensors"))
    still = [name for name in before if name.endswith("weight") and torch.equal(before[name], after[name])]
    assert not still


def test_each_place_is_named_for_what_it_shows() -> None:
    seen = np.repeat(np.arange(6, dtype=np.uint8)[:, None], 96 * 96 * 3, 1).reshape(6, 96, 96, 3)
    mixed, shown = _pasted(np.random.default_rng(0), seen, np.arange(6))
    assert mixed.shape == seen.shape and shown.shape == (6, 6, 6)
    assert np.array_equal(mixed[:, 8::16, 8::16, 0], shown)
    assert 0 < (shown != np.arange(6)[:, None, None]).mean() < 0.5


def test_another_training_is_not_gone_on_with(tmp_path: Path) -> None:
    def training(settings: TrainSettings) -> Training:
        return Training(motif_net(3, widths=(8, 8, 12, 16)), Pictures(0, 36, NAMES), settings, folder=tmp_path, device=torch.device("cpu"))

    training(SMALL).save()
    assert training(SMALL).resume()
    with pytest.raises(UserError, match="other settings"):
        training(SMALL.model_copy(update={"rate": 0.1})).resume()


def test_a_batch_follows_from_its_number_and_looks_back_no_further_than_is_kept() -> None:
    settings = TrainSettings(batch=64, fresh=24, keep=4096)
    newest = -1
    for batch in range(0, 400, 7):
        numbers = numbers_of(batch, settings)
        assert np.array_equal(numbers, numbers_of(batch, settings))
        assert len(numbers) == 64 and len(set(numbers[:24])) == 24
        assert numbers[0] > newest and numbers.min() >= 0
        newest = int(numbers[:24].max())
        assert newest - numbers.min() < settings.keep


def test_pictures_are_drawn_ahead_and_kept_for_the_next_run(tmp_path: Path) -> None:
    source = Pictures(0, 24, NAMES)
    numbers = np.array([5, 9, 6])
    with PictureStore(source, tmp_path, n_slots=16, n_workers=2) as store:
        store.allow(0, 10)
        pictures, labels = store.take(numbers)
    assert all(np.array_equal(picture, source.draw(int(number))) for picture, number in zip(pictures, numbers, strict=True))
    assert labels.tolist() == [source.label(int(number)) for number in numbers]
    with PictureStore(source, tmp_path, n_slots=16, n_workers=1) as store:
        assert np.array_equal(store._numbers[numbers % 16], numbers)  # there before any worker draws
        with pytest.raises(ValueError, match="cannot hold"):
            store.allow(0, 16)


def test_hard_steps_are_hard_and_stay_in_reach() -> None:
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(4, 3, 8, 8, generator=generator)
    direction = torch.randn(3, 8, 8, generator=generator)

    def loss(shown: torch.Tensor) -> torch.Tensor:
        return (shown * direction).sum()

    step = worst_step(loss, pictures, radius=0.7, n_steps=4, generator=generator)
    assert torch.allclose(norms(step).flatten(), torch.full((4,), 0.7), atol=1e-4)
    best = 0.7 * direction.norm()
    assert (loss(pictures + step) - loss(pictures)) / 4 > 0.95 * best
    assert norms(random_step(pictures, 0.5, generator)).max() <= 0.5
    assert torch.allclose(norms(climb(torch.zeros_like(pictures), pictures, by=9.0, radius=0.3)).flatten(), torch.full((4,), 0.3))


def test_the_share_of_fine_waves() -> None:
    x = torch.arange(64)
    coarse, fine = (torch.sin(2 * torch.pi * x / length).expand(1, 3, 64, 64) for length in (16, 2.5))
    assert fine_share(coarse) < 0.01 < 0.99 < fine_share(fine)
