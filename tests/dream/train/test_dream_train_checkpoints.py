"""Checkpoints: a training that was ended ends as it would have, one of something else is refused, one gone astray is not kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from dream.cli import main
from dream.stopping import Stopped
from dream.train.loop import Astray, Training
from dream.train.settings import TrainSettings
from dream.train.sources import Named, motifs_in
from media.errors import UserError

Command = Callable[..., list[str]]


@pytest.mark.parametrize("robust", ["pgd", "noise"])
def test_stopped_and_begun_again_it_ends_as_it_would_have(school: Any, robust: str, tmp_path: Path) -> None:
    settings = school.settings.model_copy(update={"robust": robust, "steps": 6})
    (tmp_path / "stopped").mkdir()
    expected = school.run(school.training(tmp_path, settings))
    with pytest.raises(Stopped):
        school.run(school.training(tmp_path / "stopped", settings), stop_at=2)
    again = school.training(tmp_path / "stopped", settings)
    assert again.resume() and again.step == 2
    found = school.run(again)
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_stopped_before_it_has_learnt_anything_it_leaves_nothing_to_go_on_from(school: Any, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        school.run(school.training(tmp_path), stop_at=0)
    assert not school.training(tmp_path, school.settings.model_copy(update={"rate": 0.1})).resume()


def test_another_training_is_not_gone_on_with(school: Any, tmp_path: Path) -> None:
    lace = school.write_pictures(tmp_path / "own" / "lace")
    names = (*school.names, *motifs_in(tmp_path / "own"))
    school.training(tmp_path, names=names, start="a").save()
    assert school.training(tmp_path, names=names, start="a").resume()

    def refused(settings: TrainSettings = school.settings, *, names: tuple[Named, ...] = names, start: str = "a") -> str:
        with pytest.raises(UserError) as fault:
            school.training(tmp_path, settings, names=names, start=start).resume()
        return str(fault.value)

    assert "other settings" in refused(school.settings.model_copy(update={"rate": 0.1}))
    assert "other motifs" in refused(names=(*names, Named("eyes")))
    assert "other weights" in refused(start="b")
    (lace / "0.png").write_bytes((lace / "1.png").read_bytes())
    assert "other pictures" in refused()


@pytest.mark.parametrize("checkpoint", ["empty", "noise", "cut", "weights", "folder", "another network's"])
def test_what_is_no_checkpoint_is_told(checkpoint: str, whole: Path, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, good = tmp_path / "checkpoint.pt", (whole / "checkpoint.pt").read_bytes()
    if checkpoint == "folder":
        path.mkdir()
    elif checkpoint == "weights":
        torch.save({"edges.look.weight": torch.zeros(8, 3, 6, 6)}, path)
    elif checkpoint == "another network's":
        torch.save(torch.load(whole / "checkpoint.pt", weights_only=True) | {"net": {"edges.look.weight": torch.zeros(9, 3, 6, 6)}}, path)
    else:
        path.write_bytes({"empty": b"", "noise": bytes(range(256)) * 40, "cut": good[: len(good) // 2]}[checkpoint])
    assert main(command(tmp_path)) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"dream: {path}: ") and err.count("\n") == 1
    assert checkpoint == "folder" or "Remove it to begin anew, or choose another folder." in err


def test_a_checkpoint_that_there_is_no_room_for_is_told(school: Any, tmp_path: Path) -> None:
    training = school.training(tmp_path)
    with school.no_file_above(1000), pytest.raises(UserError, match=r"checkpoint\.pt: the file grew past"):
        training.save()
    assert not list(tmp_path.iterdir())


def test_a_training_that_goes_astray_leaves_nothing(school: Any, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "_rate", lambda _training: float("inf"))
        assert main(command(tmp_path)) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"dream: {tmp_path}: the training went astray after 2 updates") and err.endswith("Use a smaller --rate.\n")
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_a_training_that_goes_astray_keeps_the_checkpoint_before(school: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Stopped):
        school.run(school.training(tmp_path), stop_at=4)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    again = school.training(tmp_path)
    assert again.resume()
    monkeypatch.setattr(Training, "_rate", lambda _training: float("inf"))
    with pytest.raises(Astray, match=r"after 6 updates.*Use a smaller --rate, and another folder"):
        school.run(again)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 70_000.0])
def test_weights_that_no_file_of_them_can_hold_are_not_kept(number: float, school: Any, tmp_path: Path) -> None:
    training = school.training(tmp_path)
    with torch.no_grad():
        training.mean.stages["motifs"].weight[0, 0] = number
    with pytest.raises(Astray):
        training.save()
    assert not list(tmp_path.iterdir())
