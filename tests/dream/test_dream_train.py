"""Training: batches follow from their number alone, hard steps stay in reach, and a run that was ended ends as it would have."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from dream.cli import main
from dream.motifs.table import MOTIFS
from dream.nets.catalog import SHIPPED, open_net
from dream.nets.motifnet import motif_net
from dream.nets.weights import save_motif_net
from dream.stopping import Stopped
from dream.train.loop import Training, _newest_of, _oldest_of, _pasted, numbers_of
from dream.train.robust import climb, norms, random_step, worst_step
from dream.train.run import _to_learn, fine_share
from dream.train.settings import TrainSettings
from dream.train.sources import Named, Pictures, drawn_motifs, motifs_in
from dream.train.store import PictureStore
from media.errors import UserError
from media.files import fingerprint
from media.write import write_rgb

NAMES = (Named("bricks"), Named("plain"), Named("zebra"))
SMALL = TrainSettings(steps=16, batch=6, fresh=2, keep=96, size=32, replays=2)
FLAGS = [f"--{name}={getattr(SMALL, name)}" for name in ("steps", "batch", "fresh", "keep", "size", "replays")]
Command = Callable[..., list[str]]


def training_in(folder: Path, settings: TrainSettings = SMALL, *, names: tuple[Named, ...] = NAMES, start: str = "") -> Training:
    torch.manual_seed(0)
    source = Pictures(settings.seed, settings.size + 4, names)
    net = motif_net(len(names), widths=(8, 8, 12, 16))
    return Training(net, source, settings, folder=folder, device=torch.device("cpu"), start=start)


def run(training: Training, *, stop_at: int = 10**9) -> dict[str, torch.Tensor]:
    """To its end, or until so many updates are made; the weights to keep."""
    training.run(
        n_workers=1, every_s=1e9, on_report=lambda _report: None, on_checkpoint=lambda _net, _step: None, is_stopped=lambda: training.step >= stop_at
    )
    return training.mean.state_dict()


def write_pictures(folder: Path, *, seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for n in range(2):
        write_rgb(folder / f"{n}.png", rng.integers(0, 255, (50, 40, 3), np.uint8))
    return folder


# The command, as somebody uses it who has two motifs of their own.


@pytest.fixture(scope="module")
def began(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a tiny network that knows motifs which are quickly drawn."""
    torch.manual_seed(4)
    path = tmp_path_factory.mktemp("net") / "tiny.safetensors"
    save_motif_net(path, motif_net(len(NAMES), widths=(8, 8, 12, 16)), [named.name for named in NAMES])
    return path


@pytest.fixture(scope="module")
def command(began: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Words that train into a folder, from pictures of two motifs, beginning with the tiny network."""
    own = tmp_path_factory.mktemp("own")
    for n, name in enumerate(("zeppelins", "apples")):
        write_pictures(own / name, seed=n)

    def words(folder: Path, *more: str, own: Path = own) -> list[str]:
        return ["train", str(folder), "--from", str(own), "--start", str(began), *FLAGS, "-w", "1", "-d", "cpu", "--quiet", *more]

    return words


@pytest.fixture(scope="module")
def whole(command: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that nobody ended."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert main(command(folder)) == 0
    return folder


def test_a_motif_of_ones_own_is_learnt_and_dreamed_by_name(whole: Path, began: Path, tmp_path: Path) -> None:
    learnt = whole / "motif.safetensors"
    before, after = open_net("motif", began), open_net("motif", learnt)
    assert list(after.voices) == [*before.voices, "apples", "zeppelins"]
    old, new = before.staged.state_dict(), after.staged.state_dict()
    assert not [name for name in old if name.endswith("weight") and old[name].shape == new[name].shape and torch.equal(old[name], new[name])]
    write_rgb(tmp_path / "in.png", np.random.default_rng(1).integers(0, 255, (40, 48, 3), np.uint8))
    words = ["--weights", str(learnt), "--octaves", "1", "--steps", "2", "--quiet"]
    dreams = {motif: tmp_path / f"{motif}.png" for motif in ("zeppelins", "apples")}
    for motif, dream in dreams.items():
        assert main(["still", str(tmp_path / "in.png"), "-o", str(dream), "-m", motif, *words]) == 0
    assert fingerprint(dreams["zeppelins"]) != fingerprint(dreams["apples"])


def test_the_report_tells_what_it_took(whole: Path, began: Path) -> None:
    report = json.loads((whole / "report.json").read_text())
    assert report["start"] == {"file": began.name, "fingerprint": fingerprint(began)}
    assert report["seconds"] > 0 and report["threads"] == [torch.get_num_threads()]
    assert 0 <= report["fine"] <= 1 and report["motifs"][-2:] == ["apples", "zeppelins"]


def test_killed_and_begun_again_the_command_gives_the_same_weights(whole: Path, command: Command, root: Path, tmp_path: Path) -> None:
    # As many threads as here: sums are rounded by how they are shared out.
    env = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}
    killed = subprocess.Popen([sys.executable, "-m", "dream", *command(tmp_path, "--every", "0")], cwd=root, env=env)
    while not (tmp_path / "checkpoint.pt").exists():
        assert killed.poll() is None
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL and not (tmp_path / "report.json").exists()
    assert main(command(tmp_path)) == 0
    assert (tmp_path / "motif.safetensors").read_bytes() == (whole / "motif.safetensors").read_bytes()


def test_ctrl_c_keeps_what_was_learnt(
    whole: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    average = Training._average

    def type_ctrl_c(training: Training) -> None:
        average(training)
        if training.step == 5:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Training, "_average", type_ctrl_c)
    assert main(command(tmp_path)) == 130
    assert capsys.readouterr().err == f"dream: {tmp_path}: stopped after 6 of 16 updates. The same command goes on from there.\n"
    kept = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert kept["step"] == 6 and kept["seconds"] > 0
    assert main(command(tmp_path)) == 0
    assert (tmp_path / "motif.safetensors").read_bytes() == (whole / "motif.safetensors").read_bytes()
    assert json.loads((tmp_path / "report.json").read_text())["seconds"] > kept["seconds"]


def test_on_the_cpu_means_all_of_it(whole: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def best_device() -> None:
        raise AssertionError("asked for the best device")

    for place in ("dream.device", "dream.ascent"):
        monkeypatch.setattr(f"{place}.best_device", best_device)
    monkeypatch.setattr("dream.train.run.judge", lambda *_, **__: (1.0, 1.0, 0.0))
    shutil.copy(whole / "checkpoint.pt", tmp_path)
    assert main(command(tmp_path)) == 0  # nothing is left to learn, but the sheet is dreamed anew
    assert (tmp_path / "sheet-000016.jpg").exists()


def test_a_broken_picture_is_told_before_the_training_begins(command: Command, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = write_pictures(tmp_path / "own" / "lace") / "1.png"
    broken.write_bytes(broken.read_bytes()[:200])
    assert main(command(tmp_path / "run", own=tmp_path / "own")) == 2
    err = capfd.readouterr().err
    assert err.startswith(f"dream: {broken}: ") and err.count("\n") == 1
    assert not (tmp_path / "run" / "drawn").exists()


@pytest.mark.parametrize("words", ["-w -1", "--size 49", "--seed 4294967296", "--keep 64 --fresh 17 --batch 17"])
def test_what_no_training_can_be_made_of_is_refused(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dream.train.run.train", lambda *_, **__: pytest.fail("it has begun"))
    assert main(["train", str(tmp_path / "run"), *words.split()]) == 2
    err = capsys.readouterr().err
    assert "must be" in err.lower() and err.count("\n") == 1


def test_weights_to_begin_with_are_not_overwritten(command: Command, began: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began.with_name("motif.safetensors").symlink_to(began)
    assert main(command(began.parent)) == 2
    assert "would overwrite what it begins with" in capsys.readouterr().err


# Going on.


@pytest.mark.parametrize("robust", ["pgd", "noise"])
def test_stopped_and_begun_again_it_ends_as_it_would_have(robust: str, tmp_path: Path) -> None:
    settings = SMALL.model_copy(update={"robust": robust, "steps": 6})
    (tmp_path / "stopped").mkdir()
    expected = run(training_in(tmp_path, settings))
    with pytest.raises(Stopped):
        run(training_in(tmp_path / "stopped", settings), stop_at=2)
    again = training_in(tmp_path / "stopped", settings)
    assert again.resume() and again.step == 2
    found = run(again)
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_stopped_before_it_has_learnt_anything_it_leaves_nothing_to_go_on_from(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run(training_in(tmp_path), stop_at=0)
    assert not training_in(tmp_path, SMALL.model_copy(update={"rate": 0.1})).resume()


def test_another_training_is_not_gone_on_with(tmp_path: Path) -> None:
    lace = write_pictures(tmp_path / "own" / "lace")
    names = (*NAMES, *motifs_in(tmp_path / "own"))
    training_in(tmp_path, names=names, start="a").save()
    assert training_in(tmp_path, names=names, start="a").resume()

    def refused(settings: TrainSettings = SMALL, names: tuple[Named, ...] = names, start: str = "a") -> str:
        with pytest.raises(UserError) as fault:
            training_in(tmp_path, settings, names=names, start=start).resume()
        return str(fault.value)

    assert "other settings" in refused(SMALL.model_copy(update={"rate": 0.1}))
    assert "other motifs" in refused(names=(*names, Named("eyes")))
    assert "other weights" in refused(start="b")
    (lace / "0.png").write_bytes((lace / "1.png").read_bytes())
    assert "other pictures" in refused()


# Pictures.


def test_each_place_is_named_for_what_it_shows() -> None:
    seen = np.repeat(np.arange(6, dtype=np.uint8)[:, None], 96 * 96 * 3, 1).reshape(6, 96, 96, 3)
    mixed, shown = _pasted(np.random.default_rng(0), seen, np.arange(6))
    assert mixed.shape == seen.shape and shown.shape == (6, 6, 6)
    assert np.array_equal(mixed[:, 8::16, 8::16, 0], shown)
    assert 0 < (shown != np.arange(6)[:, None, None]).mean() < 0.5


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


@pytest.mark.parametrize(("batch", "fresh", "keep"), [(64, 16, 64), (64, 12, 64), (2, 1, 64), (20, 9_999, 80), (300, 64, 256)])
def test_whatever_is_kept_a_batch_is_of_pictures_that_may_be_drawn(batch: int, fresh: int, keep: int) -> None:
    settings = TrainSettings(batch=batch, fresh=fresh, keep=keep)
    for n in range(30):
        numbers = numbers_of(n, settings)
        assert len(numbers) == batch
        assert _oldest_of(n, settings) <= numbers.min() and numbers.max() <= _newest_of(n, settings) < _oldest_of(n, settings) + keep


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
    with pytest.raises(ValueError, match="at least one process"):
        PictureStore(source, tmp_path, n_slots=16, n_workers=0)


def test_what_another_source_has_drawn_is_not_taken(tmp_path: Path) -> None:
    write_pictures(tmp_path / "own" / "lace")
    own = motifs_in(tmp_path / "own")
    renamed = (Named("rust", own[0].files),)
    numbers = np.arange(8)
    for source in (Pictures(0, 24, NAMES), Pictures(1, 24, NAMES), Pictures(1, 32, NAMES), Pictures(1, 24, own), Pictures(1, 24, renamed)):
        with PictureStore(source, tmp_path / "drawn", n_slots=16, n_workers=1) as store:
            assert (store._numbers < 0).all()
            store.allow(0, 10)
            pictures, _ = store.take(numbers)
        assert np.array_equal(pictures, [source.draw(int(number)) for number in numbers])
        assert len(list((tmp_path / "drawn").iterdir())) == 2  # the others' are removed


def test_a_picture_that_goes_away_meanwhile_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lace = write_pictures(tmp_path / "own" / "lace")
    source = Pictures(0, 24, motifs_in(tmp_path / "own"))
    with PictureStore(source, tmp_path / "drawn", n_slots=64, n_workers=1) as store:
        (lace / "1.png").unlink()
        store.allow(0, 40)
        with pytest.raises(UserError, match=r"1\.png: there is no such file"):
            store.take(np.arange(40))
    assert not capfd.readouterr().err


# What is learnt.


def test_motifs_that_there_are_no_pictures_of_are_forgotten(tmp_path: Path) -> None:
    start = tmp_path / "net.safetensors"
    save_motif_net(start, motif_net(3, widths=(8, 8, 8, 8)), ["zeppelins", "zebra", "apples"])
    net, names = _to_learn(start, None, SMALL)
    assert names == (Named("zebra"),)
    assert torch.equal(net.stages["motifs"].weight[0], open_net("motif", start).staged.stages["motifs"].weight[1])
    save_motif_net(start, motif_net(1, widths=(8, 8, 8, 8)), ["zeppelins"])
    with pytest.raises(UserError, match="--from"):
        _to_learn(start, None, SMALL)
    write_pictures(tmp_path / "own" / "lace")
    net, names = _to_learn(start, tmp_path / "own", SMALL)
    assert [named.name for named in names] == ["lace"] and net.stages["motifs"].weight.shape == (1, 8, 1, 1)


def test_the_shipped_network_names_what_it_has_never_seen() -> None:
    source, n = Pictures(90_210, 96, drawn_motifs()), 7 * len(MOTIFS)
    net = open_net("motif", SHIPPED)
    assert list(net.voices) == list(MOTIFS)
    pictures = torch.from_numpy(np.stack([source.draw(number) for number in range(n)])).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        named = torch.cat([net.staged(some, ("motifs",))["motifs"].mean((2, 3)).argmax(1) for some in pictures.split(64)])
    rights = named.numpy() == [source.label(number) for number in range(n)]
    assert rights.mean() >= 0.9


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
