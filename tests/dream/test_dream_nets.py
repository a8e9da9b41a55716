"""Known networks take torchvision's files as they are, refuse others in one line, and the network in the box is kept and found again."""

from __future__ import annotations

import math
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from safetensors.torch import save_file
from torch import Tensor

from dream.nets import catalog
from dream.nets.catalog import NETS, describe_nets, find_weights, layer_named, open_net, voice_named
from dream.nets.motifnet import LAYERS, motif_net
from dream.nets.staged import Staged
from dream.nets.weights import Weights, fill, misfit, read_weights, save_motif_net
from media.errors import UserError

KNOWN = ("googlenet", "vgg16", "vgg19", "squeezenet1_1")
Shapes = dict[str, tuple[int, ...]]

# What torchvision's files hold, written down apart from our networks.

VGG_CONVOLUTIONS = {
    "vgg16": [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28],
    "vgg19": [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34],
}
VGG_WIDTHS = {
    "vgg16": [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512],
    "vgg19": [64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512, 512, 512, 512, 512],
}
SQUEEZENET_FIRES = {
    # place: channels in, squeezed, out by each of the two
    3: (64, 16, 64), 4: (128, 16, 64), 6: (128, 32, 128), 7: (256, 32, 128),
    9: (256, 48, 192), 10: (384, 48, 192), 11: (384, 64, 256), 12: (512, 64, 256),
}  # fmt: skip
GOOGLENET_INCEPTIONS = {
    "3a": (192, 64, 96, 128, 16, 32, 32), "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64), "4b": (512, 160, 112, 224, 24, 64, 64), "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64), "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128), "5b": (832, 384, 192, 384, 48, 128, 128),
}  # fmt: skip


def with_bias(name: str, *shape: int) -> Shapes:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def with_norm(name: str, *shape: int) -> Shapes:
    norm: Shapes = {f"{name}.bn.{part}": shape[:1] for part in ("weight", "bias", "running_mean", "running_var")}
    return {f"{name}.conv.weight": shape, **norm, f"{name}.bn.num_batches_tracked": ()}


def vgg_shapes(name: str) -> Shapes:
    shapes: Shapes = {}
    n_in = 3
    for place, width in zip(VGG_CONVOLUTIONS[name], VGG_WIDTHS[name], strict=True):
        shapes |= with_bias(f"features.{place}", width, n_in, 3, 3)
        n_in = width
    for place, (n_out, n_in) in {0: (4096, 25088), 3: (4096, 4096), 6: (1000, 4096)}.items():
        shapes |= with_bias(f"classifier.{place}", n_out, n_in)
    return shapes


def squeezenet_shapes() -> Shapes:
    shapes = with_bias("features.0", 64, 3, 3, 3)
    for place, (n_in, squeezed, each) in SQUEEZENET_FIRES.items():
        shapes |= with_bias(f"features.{place}.squeeze", squeezed, n_in, 1, 1)
        shapes |= with_bias(f"features.{place}.expand1x1", each, squeezed, 1, 1)
        shapes |= with_bias(f"features.{place}.expand3x3", each, squeezed, 3, 3)
    return shapes | with_bias("classifier.1", 1000, 512, 1, 1)


def googlenet_shapes(*, aux: bool) -> Shapes:
    shapes = with_norm("conv1", 64, 3, 7, 7) | with_norm("conv2", 64, 64, 1, 1) | with_norm("conv3", 192, 64, 3, 3)
    for place, (n_in, one, before3, three, before5, five, pool) in GOOGLENET_INCEPTIONS.items():
        name = f"inception{place}"
        shapes |= with_norm(f"{name}.branch1", one, n_in, 1, 1)
        shapes |= with_norm(f"{name}.branch2.0", before3, n_in, 1, 1) | with_norm(f"{name}.branch2.1", three, before3, 3, 3)
        shapes |= with_norm(f"{name}.branch3.0", before5, n_in, 1, 1) | with_norm(f"{name}.branch3.1", five, before5, 3, 3)
        shapes |= with_norm(f"{name}.branch4.1", pool, n_in, 1, 1)
    for name, n_in in {"aux1": 512, "aux2": 528}.items() if aux else ():
        shapes |= with_norm(f"{name}.conv", 128, n_in, 1, 1)
        shapes |= with_bias(f"{name}.fc1", 1024, 2048) | with_bias(f"{name}.fc2", 1000, 1024)
    return shapes | with_bias("fc", 1000, 1024)


def shapes_of(name: str, *, aux: bool = False) -> Shapes:
    if name == "googlenet":
        return googlenet_shapes(aux=aux)
    return squeezenet_shapes() if name == "squeezenet1_1" else vgg_shapes(name)


def n_parameters(shapes: Shapes) -> int:
    counted = {key: shape for key, shape in shapes.items() if "running" not in key and "num_batches" not in key}
    return sum(math.prod(shape) for shape in counted.values())


def made_up(shapes: Shapes, *, seed: int = 0) -> dict[str, Tensor]:
    """Weights by chance, such that activations neither vanish nor blow up; what classifies in VGG takes no memory."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for key, shape in shapes.items():
        if math.prod(shape) > 4_000_000:
            state[key] = torch.zeros(1).expand(shape)
        elif key.endswith("num_batches_tracked"):
            state[key] = torch.tensor(7)
        elif len(shape) > 1:
            state[key] = torch.randn(shape, generator=generator) * math.sqrt(2 / math.prod(shape[1:]))
        elif key.endswith(("running_var", "bn.weight")):
            state[key] = 0.5 + torch.rand(shape, generator=generator)
        else:
            state[key] = torch.randn(shape, generator=generator) * 0.1
    return state


def filled(name: str, state: Mapping[str, Tensor]) -> Staged:
    """A known network with the weights of a state dict."""
    net = NETS[name].build()
    weights, origins = Weights(Path("made-up.pth"), state), NETS[name].origins_of(net)
    assert misfit(weights, net, origins) is None
    return fill(net, weights, origins)


@pytest.fixture(scope="module")
def states() -> dict[str, dict[str, Tensor]]:
    return {name: made_up(shapes_of(name)) for name in KNOWN}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Torch's folder of weights, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the network in the box would be; empty."""
    monkeypatch.setattr(catalog, "SHIPPED", tmp_path / "box.safetensors")
    return tmp_path / "box.safetensors"


def line_of(refused: pytest.ExceptionInfo[UserError]) -> str:
    line = str(refused.value)
    assert "\n" not in line and len(line) < 400
    return line


# Known networks.


@pytest.mark.parametrize(
    ("shapes", "published"),
    [
        (vgg_shapes("vgg16"), 138_357_544),
        (vgg_shapes("vgg19"), 143_667_240),
        (googlenet_shapes(aux=False), 6_624_904),
        (googlenet_shapes(aux=True), 13_004_888),
        (squeezenet_shapes(), 1_235_496),
    ],
)
def test_the_table_has_as_many_parameters_as_published(shapes: Shapes, published: int) -> None:
    assert n_parameters(shapes) == published


@pytest.mark.parametrize("name", KNOWN)
def test_every_weight_of_the_table_but_the_ignored_is_used(name: str) -> None:
    sketch = NETS[name].sketch()
    ours = sum(parameter.numel() for parameter in sketch.parameters())
    ignored = "classifier" if name.startswith("vgg") else "aux"
    assert ours == n_parameters({key: shape for key, shape in shapes_of(name).items() if not key.startswith(ignored)})


def test_googlenet_takes_files_with_or_without_aux_heads_and_counters() -> None:
    state = made_up(googlenet_shapes(aux=True))
    bare = {key: tensor for key, tensor in state.items() if not key.startswith("aux") and "num_batches" not in key}
    picture = torch.rand(1, 3, 64, 64)
    whole, less = (filled("googlenet", held)(picture, ("classes",))["classes"] for held in (state, bare))
    assert torch.equal(whole, less)


def normalised(picture: Tensor) -> Tensor:
    """As torchvision is given pictures."""
    return (picture - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def half_pool(x: Tensor, size: int = 3) -> Tensor:
    return F.max_pool2d(x, size, 2, ceil_mode=True)


def vgg_logic(state: Mapping[str, Tensor], picture: Tensor, name: str) -> Tensor:
    x, last = normalised(picture), 0
    for place in VGG_CONVOLUTIONS[name]:
        # A convolution and a ReLU are two places, and a pool is one more.
        x = F.max_pool2d(x, 2) if place - last == 3 else x
        x, last = F.relu(F.conv2d(x, state[f"features.{place}.weight"], state[f"features.{place}.bias"], padding=1)), place
    return F.max_pool2d(x, 2)


def squeezenet_logic(state: Mapping[str, Tensor], picture: Tensor) -> Tensor:
    def conv(x: Tensor, name: str, **more: int) -> Tensor:
        return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], **more)

    x = half_pool(F.relu(conv(normalised(picture), "features.0", stride=2)))
    for place in range(3, 13):
        if place not in SQUEEZENET_FIRES:
            x = half_pool(x)
            continue
        x = F.relu(conv(x, f"features.{place}.squeeze"))
        x = F.relu(torch.cat([conv(x, f"features.{place}.expand1x1"), conv(x, f"features.{place}.expand3x3", padding=1)], 1))
    return conv(x, "classifier.1")


def googlenet_logic(state: Mapping[str, Tensor], picture: Tensor) -> Tensor:
    """The mean over places, (N, 1000), as torchvision has it: the pictures are scaled twice on their way in."""

    def conv(x: Tensor, name: str, **more: int) -> Tensor:
        x = F.conv2d(x, state[f"{name}.conv.weight"], None, **more)
        mean, var, weight, bias = (state[f"{name}.bn.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return F.relu(F.batch_norm(x, mean, var, weight, bias, eps=0.001))

    scale, shift = torch.tensor([0.229, 0.224, 0.225]) / 0.5, (torch.tensor([0.485, 0.456, 0.406]) - 0.5) / 0.5
    x = normalised(picture) * scale.view(1, 3, 1, 1) + shift.view(1, 3, 1, 1)
    x = half_pool(conv(x, "conv1", stride=2, padding=3))
    x = half_pool(conv(conv(x, "conv2"), "conv3", padding=1))
    for place in GOOGLENET_INCEPTIONS:
        x = half_pool(x) if place == "4a" else half_pool(x, 2) if place == "5a" else x
        name = f"inception{place}"
        branches = [conv(x, f"{name}.branch1")]
        branches += [conv(conv(x, f"{name}.branch{n}.0"), f"{name}.branch{n}.1", padding=1) for n in (2, 3)]
        branches += [conv(F.max_pool2d(x, 3, 1, 1), f"{name}.branch4.1")]
        x = torch.cat(branches, 1)
    return F.linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@pytest.mark.parametrize("name", KNOWN)
def test_known_networks_say_what_torchvisions_say(name: str, states: dict[str, dict[str, Tensor]]) -> None:
    picture, state = torch.rand(2, 3, 47, 60), states[name]
    layer = "classes" if NETS[name].voice_layer else "pool5"
    said = filled(name, state)(picture, (layer,))[layer]
    if name == "googlenet":
        said, wanted = said.mean((2, 3)), googlenet_logic(state, picture)
    else:
        wanted = squeezenet_logic(state, picture) if name == "squeezenet1_1" else vgg_logic(state, picture, name)
    assert wanted.std() > 0.01
    torch.testing.assert_close(said, wanted, rtol=1e-3, atol=1e-3 * float(wanted.abs().max()))


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("vgg16", {"conv1_1": (64, 224), "relu1_2": (64, 224), "pool1": (64, 112), "relu2_2": (128, 112), "relu3_3": (256, 56),
                   "pool3": (256, 28), "conv4_3": (512, 28), "relu5_3": (512, 14), "pool5": (512, 7)}),
        ("vgg19", {"relu1_1": (64, 224), "relu3_4": (256, 56), "pool3": (256, 28), "relu4_4": (512, 28), "relu5_4": (512, 14)}),
        ("googlenet", {"conv1": (64, 112), "pool1": (64, 56), "conv2": (64, 56), "conv3": (192, 56), "pool2": (192, 28),
                       "inception3a": (256, 28), "inception3b": (480, 28), "pool3": (480, 14), "inception4a": (512, 14),
                       "inception4b": (512, 14), "inception4c": (512, 14), "inception4d": (528, 14), "inception4e": (832, 14),
                       "pool4": (832, 7), "inception5a": (832, 7), "inception5b": (1024, 7), "classes": (1000, 7)}),
        ("squeezenet1_1", {"conv1": (64, 111), "pool1": (64, 55), "fire2": (128, 55), "fire3": (128, 55), "pool3": (128, 27),
                           "fire4": (256, 27), "fire5": (256, 27), "pool5": (256, 13), "fire6": (384, 13), "fire7": (384, 13),
                           "fire8": (512, 13), "fire9": (512, 13), "classes": (1000, 13)}),
        ("motif", {"edges": (32, 112), "strokes": (64, 56), "shapes": (128, 28), "things": (192, 14), "motifs": (1, 14)}),
    ],
)  # fmt: skip
def test_layers_have_the_sizes_that_are_known(name: str, sizes: dict[str, tuple[int, int]]) -> None:
    net = NETS[name].sketch()
    said = net(torch.empty(1, 3, 224, 224, device="meta"), net.layers)
    assert tuple(said) == net.layers == NETS[name].layers
    assert {layer: (said[layer].shape[1], said[layer].shape[3]) for layer in sizes} == sizes
    if not name.startswith("vgg"):
        assert tuple(sizes) == net.layers


@pytest.mark.parametrize("name", list(NETS))
def test_a_cut_network_says_the_same(name: str, states: dict[str, dict[str, Tensor]]) -> None:
    net = filled(name, states[name]) if name in states else motif_net(7).eval()
    picture = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        # A layer is heard as it is, even if all that follow are heard too.
        whole = {layer: heard.clone() for layer, heard in net(picture, net.layers).items()}
        for layer in net.layers[:: max(1, len(net.layers) // 5)]:
            assert torch.equal(net.cut_after([layer])(picture, (layer,))[layer], whole[layer])
    if name.startswith("vgg"):
        assert float(whole["conv1_1"].min()) < 0 <= float(whole["relu1_1"].min())


@pytest.mark.parametrize("name", ["googlenet", "squeezenet1_1"])
def test_the_picture_gets_a_gradient_and_the_weights_none(name: str, states: dict[str, dict[str, Tensor]]) -> None:
    net = filled(name, states[name])
    picture = torch.rand(1, 3, 48, 48, requires_grad=True)
    sum(heard.square().mean() for heard in net(picture, net.layers).values()).backward()
    assert picture.grad is not None and float(picture.grad.abs().max()) > 0
    assert not any(parameter.requires_grad for parameter in net.parameters()) and not net.training


# Files.


@pytest.mark.parametrize("as_file", ["zip", "old", "safetensors", "half"])
def test_files_of_every_kind_are_read(as_file: str, states: dict[str, dict[str, Tensor]], tmp_path: Path) -> None:
    state, path = states["squeezenet1_1"], tmp_path / "any.pth"
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


def test_the_newest_of_torchs_own_folder_is_found(hub: Path, states: dict[str, dict[str, Tensor]]) -> None:
    with pytest.raises(UserError) as refused:
        open_net("squeezenet1_1")
    assert str(hub) in line_of(refused) and "--weights" in line_of(refused) and "squeezenet1_1-" in line_of(refused)
    for age, name in enumerate(("squeezenet1_1-aaaa.pth", "squeezenet1_1-bbbb.pth", "squeezenet1_0-cccc.pth", "squeezenet1_1-dddd.txt")):
        torch.save(states["squeezenet1_1"], hub / name)
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


Change = Callable[[dict[str, Tensor]], object]


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
def test_what_does_not_fit_is_named(change: Change, words: list[str], states: dict[str, dict[str, Tensor]], tmp_path: Path) -> None:
    state = dict(states["squeezenet1_1"])
    change(state)
    torch.save(state, tmp_path / "mine.pth")
    with pytest.raises(UserError) as refused:
        open_net("squeezenet1_1", tmp_path / "mine.pth")
    line = line_of(refused)
    assert line.startswith(str(tmp_path / "mine.pth")) and all(word in line for word in [*words, "squeezenet1_1"])
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(("asked", "holds"), [(asked, holds) for asked in NETS for holds in KNOWN if asked != holds])
def test_weights_of_another_network_are_recognised(asked: str, holds: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def broken_files(folder: Path, state: dict[str, Tensor]) -> dict[str, tuple[bytes, str]]:
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
        "pickle": (pickle.dumps(Evil(folder / "mark")), "cannot be read"),
        "whole network": (saved(torch.nn.Linear(2, 2)), "code"),
        "a list": (saved([torch.zeros(2)]), "something else"),
        "nested": (saved({"state_dict": state, "epoch": 3}), "something else"),
        "other weights": (safe, "features.0.weight is missing"),
    }


def test_broken_files_are_refused_in_one_line(
    tmp_path: Path, states: dict[str, dict[str, Tensor]], recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "weights.pth"
    for name, (contents, word) in broken_files(tmp_path, states["squeezenet1_1"]).items():
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


# The network in the box.


def test_a_motif_network_is_kept_and_found_again(box: Path) -> None:
    torch.manual_seed(3)
    net, motifs = motif_net(3, widths=(8, 16, 24, 40)).eval(), ["eyes", "feathers", "Blätter"]
    save_motif_net(box, net, motifs)
    again = open_net()
    assert again.voices == {"eyes": 0, "feathers": 1, "Blätter": 2} and again.voice_layer == "motifs" and again.name == "motif"
    picture = torch.rand(1, 3, 50, 70)
    with torch.no_grad():
        for layer, heard in net(picture, LAYERS).items():
            torch.testing.assert_close(again.staged(picture, LAYERS)[layer], heard, atol=0.02, rtol=0.02)
    n_weights = sum(parameter.numel() for parameter in net.parameters())
    assert box.stat().st_size < 2.3 * n_weights + 8000
    save_motif_net(box.with_name("again.safetensors"), again.staged, motifs)
    assert box.read_bytes() == box.with_name("again.safetensors").read_bytes()


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


# Names.


def test_names_are_resolved_and_the_nearest_is_told(box: Path, states: dict[str, dict[str, Tensor]], tmp_path: Path) -> None:
    save_motif_net(box, motif_net(2, widths=(8, 8, 8, 8)), ["eyes", "feathers"])
    torch.save(states["squeezenet1_1"], tmp_path / "squeeze.pth")
    motif, squeeze = open_net(), open_net("squeezenet1_1", tmp_path / "squeeze.pth")
    vgg = catalog.Net("vgg16", NETS["vgg16"].sketch(), {}, None)
    assert layer_named(motif, "Shapes") == "shapes" and layer_named(vgg, " relu3_3") == "relu3_3"
    assert voice_named(motif, "FEATHERS") == 1 and voice_named(squeeze, "207") == 207
    for resolve, net, text, words in (
        (layer_named, vgg, "rellu3_3", ["rellu3_3", "vgg16", "Did you mean relu3_3?"]),
        (voice_named, motif, "feather", ["feather", "Did you mean feathers?"]),
        (voice_named, squeeze, "1000", ["class 1000", "0 to 999"]),
        (voice_named, vgg, "eyes", ["eyes", "vgg16 can name nothing"]),
    ):
        with pytest.raises(UserError) as refused:
            resolve(net, text)
        assert all(word in line_of(refused) for word in words)
    with pytest.raises(UserError, match="Did you mean vgg16"):
        open_net("vgg-16")


def test_the_networks_are_described(hub: Path, box: Path) -> None:
    rows = {row.name: row for row in describe_nets()}
    assert list(rows) == list(NETS) and not any(row.weights for row in rows.values())
    assert {name for name, row in rows.items() if row.n_voices == 1000} == {"googlenet", "squeezenet1_1"}
    assert rows["vgg19"].layers[-2:] == ("relu5_4", "pool5")
    with pytest.raises(UserError, match="box"):
        open_net()
    save_motif_net(box, motif_net(2), ["eyes", "feathers"])
    (hub / "vgg19-dcbb9e9d.pth").write_bytes(b"any")
    rows = {row.name: row for row in describe_nets()}
    assert rows["motif"].voices == ("eyes", "feathers") and rows["motif"].weights == box
    assert rows["vgg19"].weights == hub / "vgg19-dcbb9e9d.pth"


def test_listing_names_loads_no_torch(root: Path) -> None:
    code = "import sys, dream.nets.catalog as c; print(*c.NETS); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == list(NETS)
