"""`dream train`, as somebody uses it: it ends as it would have however often it is ended, says what it does, and is told off early."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import torch

from dream.cli import main
from dream.nets.catalog import open_net
from dream.train.judging import Judged
from dream.train.loop import Training
from dream.train.run import Ended, train
from media.files import fingerprint
from media.progress import Progress

Command = Callable[..., list[str]]



def test_the_report_tells_what_it_took(whole: Path, began: Path) -> None:
    report = json.loads((whole / "report.json").read_text())
    assert report["start"] == {"file": began.name, "fingerprint": fingerprint(began)}
    assert report["seconds"] > 0 and report["threads"] == [torch.get_num_threads()]
    assert 0 <= report["fine"] <= 1 and report["motifs"][-2:] == ["apples", "zeppelins"]


def test_killed_and_begun_again_the_command_gives_the_same_weights(whole: Path, command: Command, root: Path, tmp_path: Path) -> None:
    # As many threads as here: sums are rounded by how they are shared out.
    env = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}
    with subprocess.Popen([sys.executable, "-m", "dream", *command(tmp_path, "--every", "1ms")], cwd=root, env=env) as killed:
        deadline = time.monotonic() + 300
        while not (tmp_path / "checkpoint.pt").exists() and killed.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        killed.kill()
    assert (tmp_path / "checkpoint.pt").exists(), "it has ended, or five minutes have gone"
    assert killed.returncode == -signal.SIGKILL and not (tmp_path / "report.json").exists()
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
    assert list(open_net("motif", tmp_path / "motif.safetensors").voices)[-2:] == ["apples", "zeppelins"]
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
    monkeypatch.setattr("dream.train.run.judge", lambda *_, **__: Judged(1.0, 1.0, 0.0))
    shutil.copy(whole / "checkpoint.pt", tmp_path)
    assert main(command(tmp_path)) == 0  # nothing is left to learn, but the sheet is dreamed anew
    assert (tmp_path / "sheet-000016.jpg").exists()



_NO_TRAINING = ["-w -1", "--size 49", "--seed 4294967296", "--keep 64 --fresh 17 --batch 17", "--rate inf", "--rate 1.1"]


@pytest.mark.parametrize("words", [*_NO_TRAINING, "--radius inf", "--every 0", "--every=-1"])
def test_what_no_training_can_be_made_of_is_refused(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dream.train.run.train", lambda *_, **__: pytest.fail("it has begun"))
    assert main(["train", str(tmp_path / "run"), *words.split()]) == 2
    err = capsys.readouterr().err
    assert "must be" in err.lower() and err.count("\n") == 1


@pytest.mark.parametrize("place", ["file/run", "file"])
def test_where_no_folder_can_be_made_it_is_told(place: str, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(command(tmp_path / place)) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"dream: {tmp_path / place}: ") and "not a folder" in err and err.count("\n") == 1


def test_weights_to_begin_with_are_not_overwritten(command: Command, began: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "motif.safetensors").symlink_to(began)
    assert main(command(tmp_path)) == 2
    assert "would overwrite what it begins with" in capsys.readouterr().err


def test_what_it_does_is_told_all_the_time(school: Any, own: Path, began: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    train(tmp_path, school.settings, own=own, start=began, device="cpu", n_workers=1, every_s=1e9, on_progress=told.append)
    stages = [(what, list(some)) for what, some in groupby(told, lambda progress: progress.what)]
    assert [what for what, _ in stages] == ["reading pictures", "drawing pictures", "training", "dreaming the sheet", "checking"]
    for _, some in stages:
        done = [progress.done for progress in some]
        assert len(done) > 1 and done == sorted(done) and done[-1] == some[-1].total


def test_ended_while_the_sheet_is_dreamed_it_keeps_the_weights(school: Any, own: Path, began: Path, whole: Path, tmp_path: Path) -> None:
    told: list[str] = []
    with pytest.raises(Ended, match="stopped after 16 of 16"):
        train(
            tmp_path, school.settings, own=own, start=began, device="cpu", n_workers=1, every_s=1e9,
            on_progress=lambda progress: told.append(progress.what), is_stopped=lambda: "dreaming the sheet" in told,
        )  # fmt: skip
    assert (tmp_path / "motif.safetensors").read_bytes() == (whole / "motif.safetensors").read_bytes()
    assert "checking" not in told and not list(tmp_path.glob("sheet*"))


def test_what_is_finished_is_not_done_again(
    whole: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(whole, tmp_path / "run")
    with monkeypatch.context() as patch:
        for work in ("judge", "visualise"):
            patch.setattr(f"dream.train.run.{work}", lambda *_, **__: pytest.fail("it is done once more"))
        assert main(command(tmp_path / "run")) == 0
    assert capsys.readouterr().out.endswith("; finished before\n")
    (tmp_path / "run" / "motif.safetensors").write_bytes(b"another's")
    monkeypatch.setattr("dream.train.run.judge", lambda *_, **__: Judged(1.0, 0.5, 0.0))
    assert main(command(tmp_path / "run")) == 0
    assert capsys.readouterr().out.endswith("names 100.0% of fresh pictures, 50.0% of hard ones\n")
    assert (tmp_path / "run" / "motif.safetensors").read_bytes() == (whole / "motif.safetensors").read_bytes()
