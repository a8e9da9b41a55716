"""Motifs of one's own: learnt beside those that the network knows, dreamed by name, and refused early where they cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dream.cli import main
from dream.nets.catalog import open_net
from dream.nets.motifnet import motif_net
from dream.nets.weights import save_motif_net
from dream.train.run import _to_learn
from dream.train.sources import Named, motifs_in
from media.errors import UserError
from media.files import fingerprint
from media.write import write_rgb

Command = Callable[..., list[str]]


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


def test_motifs_that_there_are_no_pictures_of_are_forgotten(school: Any, tmp_path: Path) -> None:
    start = tmp_path / "net.safetensors"
    save_motif_net(start, motif_net(3, widths=(8, 8, 8, 8)), ["zeppelins", "zebra", "apples"])
    net, names = _to_learn(start, None, school.settings)
    assert names == (Named("zebra"),)
    assert torch.equal(net.stages["motifs"].weight[0], open_net("motif", start).staged.stages["motifs"].weight[1])
    save_motif_net(start, motif_net(1, widths=(8, 8, 8, 8)), ["zeppelins"])
    with pytest.raises(UserError, match="--from"):
        _to_learn(start, None, school.settings)
    school.write_pictures(tmp_path / "own" / "lace")
    net, names = _to_learn(start, tmp_path / "own", school.settings)
    assert [named.name for named in names] == ["lace"] and net.stages["motifs"].weight.shape == (1, 8, 1, 1)


def test_a_broken_picture_is_told_before_the_training_begins(school: Any, command: Command, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = school.write_pictures(tmp_path / "own" / "lace") / "1.png"
    broken.write_bytes(broken.read_bytes()[:200])
    assert main(command(tmp_path / "run", own=tmp_path / "own")) == 2
    err = capfd.readouterr().err
    assert err.startswith(f"dream: {broken}: ") and err.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("fault", ["no folder", "nothing in it", "pictures in it", "a folder without any", "a known motif", "a known motif in capitals"])
def test_what_cannot_be_learnt_leaves_no_folder(
    fault: str, school: Any, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, known = tmp_path / "own", {"a known motif": "zebra", "a known motif in capitals": "ZEBRA"}
    if fault == "pictures in it":
        school.write_pictures(own)
    elif fault in known:
        school.write_pictures(own / known[fault])
    elif fault != "no folder":
        (own / "lace" if fault == "a folder without any" else own).mkdir(parents=True)
    assert main(command(tmp_path / "run", own=own)) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"dream: {own}") and err.count("\n") == 1
    assert "know" in err or fault not in known
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["my lace=1", "a..b", "two\nlines", "lace ", " lace", "a\x1b[1m"])
def test_names_that_no_motif_can_be_asked_for_by_are_refused(name: str, school: Any, tmp_path: Path) -> None:
    school.write_pictures(tmp_path / name)
    with pytest.raises(UserError, match=r"no motif can be asked for by the name .*Rename the folder") as fault:
        motifs_in(tmp_path)
    assert repr(name) in str(fault.value) and str(fault.value).isprintable()


def test_names_that_differ_in_case_alone_are_refused(school: Any, tmp_path: Path) -> None:
    school.write_pictures(tmp_path / "Lace")
    school.write_pictures(tmp_path / "rust")
    assert {named.name for named in motifs_in(tmp_path)} == {"Lace", "rust"}
    school.write_pictures(tmp_path / "lace")
    with pytest.raises(UserError, match=r"Lace.* differ in case alone|lace.* differ in case alone"):
        motifs_in(tmp_path)
