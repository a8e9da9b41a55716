"""Files of weights are read whatever wrote them, found where torch puts them, and refused in one line where they do not fit."""

from __future__ import annotations

import math
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from dream.nets.catalog import MOTIF, NETS, find_weights, open_net
from dream.nets.motifnet import motif_net
from dream.nets.weights import Weights, read_weights, save_motif_net
from media.errors import UserError

KNOWN = [name for name in NETS if name != MOTIF]
Shapes = dict[str, tuple[int, ...]]
State = dict[str, Tensor]
LineOf = Callable[[pytest.ExceptionInfo[UserError]], str]

@pytest.mark.parametrize("as_file", ["zip", "old", "safetensors", "half"])
def test_files_of_every_kind_are_read(as_file: str, state_of: Callable[..., State], tmp_path: Path) -> None:
    state, path = state_of("squeezenet1_1"), tmp_path / "any.pth"
    if as_file == "safetensors":
        save_file(state, path)
    elif as_file == "half":
        torch.save({key: tensor.half() for key, tensor in state.items()}, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=as_file == "zip")
    net = open_net("squeezenet1_1", path)
    assert net.voices["999"] == 999 and len(net.voices) == 1000 and net.voice_layer == "classes"
    held = net.staged.state_dict()["stages.fire2.squeeze.weight"]
    assert held.dtype == torch.float32
    torch.testing.assert_close(held, state["features.3.squeeze.weight"], atol=1e-3 if as_file == "half" else 0, rtol=0)


def test_the_newest_of_torchs_own_folder_is_found(hub: Path, state_of: Callable[..., State], line_of: LineOf) -> None:
    with pytest.raises(UserError) as refused:
        open_net("squeezenet1_1")
    assert str(hub) in line_of(refused) and "--weights" in line_of(refused) and "squeezenet1_1-" in line_of(refused)
    for age, name in enumerate(("squeezenet1_1-aaaa.pth", "squeezenet1_1-bbbb.pth", "squeezenet1_0-cccc.pth", "squeezenet1_1-dddd.txt")):
        torch.save(state_of("squeezenet1_1"), hub / name)
        os.utime(hub / name, (1e9 + age, 1e9 + age))
    assert find_weights("squeezenet1_1") == hub / "squeezenet1_1-bbbb.pth"
    assert open_net("squeezenet1_1").staged.layers[-1] == "classes"


def test_torchs_folder_is_where_torch_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TORCH_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "vgg16-1234.pth").write_bytes(b"x")
    assert find_weights("vgg16") == folder / "vgg16-1234.pth"


Change = Callable[[State], object]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("features.7.expand3x3.bias"), ["features.7.expand3x3.bias is missing"]),
        (lambda state: state.update({"features.0.weight": torch.zeros(96, 3, 7, 7)}), ["features.0.weight is 96x3x7x7", "64x3x3x3"]),
        (lambda state: state.update({"classifier.1.bias": torch.zeros(7)}), ["classifier.1.bias is 7 and should be 1000"]),
        (lambda state: state.update({"features.0.bias": torch.zeros(64, dtype=torch.int8)}), ["features.0.bias", "int8"]),
        (lambda state: state.update({"features.0.bias": torch.zeros(64).to_sparse()}), ["features.0.bias"]),
        (lambda state: state.update({"features.0.bias": torch.full((64,), math.nan)}), ["features.0.bias", "no numbers"]),
        (lambda state: state.clear(), ["features.0.weight is missing"]),
    ],
)
def test_what_does_not_fit_is_named(
    change: Change, words: list[str], state_of: Callable[..., State], line_of: LineOf, tmp_path: Path
) -> None:
    state = dict(state_of("squeezenet1_1"))
    change(state)
    torch.save(state, tmp_path / "mine.pth")
    with pytest.raises(UserError) as refused:
        open_net("squeezenet1_1", tmp_path / "mine.pth")
    line = line_of(refused)
    assert line.startswith(str(tmp_path / "mine.pth")) and all(word in line for word in [*words, "squeezenet1_1"])
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(("asked", "holds"), [(asked, holds) for asked in NETS for holds in KNOWN if asked != holds])
def test_weights_of_another_network_are_recognised(
    asked: str, holds: str, shapes_of: Callable[..., Shapes], line_of: LineOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No values: only names and shapes are looked at.
    state = {key: torch.zeros(()).expand(shape) for key, shape in shapes_of(holds).items()}
    monkeypatch.setattr("dream.nets.weights.read_weights", lambda path: Weights(path, state))
    with pytest.raises(UserError) as refused:
        open_net(asked, tmp_path / "some.pth")
    assert f"These look like the weights of {holds}: choose --net {holds}." in line_of(refused)


class Evil:
    """Would leave a file where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


def broken_files(folder: Path, state: State) -> dict[str, tuple[bytes, str]]:
    """Contents, and a word of the line by which each is refused."""
    path = folder / "made"

    def saved(held: object, **more: bool) -> bytes:
        torch.save(held, path, **more)
        return path.read_bytes()

    save_file({"a": torch.zeros(9)}, path)
    safe, new, old = path.read_bytes(), saved(state), saved(state, _use_new_zipfile_serialization=False)
    return {
        "empty": (b"", "empty"),
        "text": (b"<!DOCTYPE html><html>404</html>", "cannot be read"),
        "noise": (bytes(range(256)) * 40, "cannot be read"),
        "cut zip": (new[: len(new) // 2], "cannot be read"),
        "cut old": (old[: len(old) // 2], "cannot be read"),
        "stub": (old[:20], "cannot be read"),
        "cut safetensors": (safe[:-4], "cannot be read"),
        "bad header": (safe[:8] + b"{{" + safe[10:], "cannot be read"),
        "code": (saved({"a": Evil(folder / "mark")}), "code"),
        "old code": (saved({"a": Evil(folder / "mark")}, _use_new_zipfile_serialization=False), "code"),
        "pickle": (pickle.dumps(Evil(folder / "mark")), "holds program code"),
        "old pickle": (pickle.dumps(Evil(folder / "mark"), protocol=0), "holds program code"),
        "whole network": (saved(torch.nn.Linear(2, 2)), "code"),
        "a list": (saved([torch.zeros(2)]), "something else"),
        "nested": (saved({"state_dict": state, "epoch": 3}), "something else"),
        "other weights": (safe, "features.0.weight is missing"),
    }


def test_broken_files_are_refused_in_one_line(
    tmp_path: Path, state_of: Callable[..., State], line_of: LineOf, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "weights.pth"
    for name, (contents, word) in broken_files(tmp_path, state_of("squeezenet1_1")).items():
        path.write_bytes(contents)
        with pytest.raises(UserError) as refused:
            open_net("squeezenet1_1", path)
        assert line_of(refused).startswith(str(path)) and word in line_of(refused), name
    assert not (tmp_path / "mark").exists() and not recwarn.list


def test_paths_that_are_no_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, word in ((tmp_path / "none.pth", "no such file"), (tmp_path, "no file"), (tmp_path / "pipe", "no file")):
        with pytest.raises(UserError, match=word):
            read_weights(path)


# Files of a motif network.


def test_a_motif_file_without_its_notes_is_refused(tmp_path: Path) -> None:
    net, path = motif_net(2, widths=(8, 8, 8, 8)), tmp_path / "net.safetensors"
    save_motif_net(path, net, ["a", "b"])
    tensors = dict(read_weights(path).tensors)
    bad_notes = [{}, {"motifs": "[", "widths": "[8,8,8,8]"}, {"motifs": '["a", "a"]', "widths": "[8,8,8,8]"}]
    bad_notes += [{"motifs": '["a", 2]', "widths": "[8,8,8,8]"}, {"motifs": '["a", "b"]', "widths": "[8,8,8]"}]
    for notes in bad_notes:
        save_file(tensors, path, notes)
        with pytest.raises(UserError, match="it names no motifs"):
            open_net("motif", path)
    for notes, words in (('["a"]', "motifs.weight is 2x8x1x1 and should be 1x8x1x1"), ('["a", "b"]', "edges.look.weight is 8x3x6x6")):
        save_file(tensors, path, {"motifs": notes, "widths": "[9,8,8,8]" if "b" in notes else "[8,8,8,8]"})
        with pytest.raises(UserError, match=words):
            open_net("motif", path)


def test_a_motif_file_is_recognised_when_another_network_is_asked_for(tmp_path: Path) -> None:
    save_motif_net(tmp_path / "net.safetensors", motif_net(1, widths=(8, 8, 8, 8)), ["a"])
    with pytest.raises(UserError, match="weights of motif: choose --net motif"):
        open_net("vgg16", tmp_path / "net.safetensors")


def test_as_many_names_as_motifs_are_needed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 names for 3 motifs"):
        save_motif_net(tmp_path / "net.safetensors", motif_net(3), ["a", "b"])
