"""Known networks take torchvision's weights and say what torchvision's say; a cut network says the same as a whole one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from dream.nets.catalog import MOTIF, NETS
from dream.nets.motifnet import motif_net
from dream.nets.staged import Staged
from dream.nets.weights import Weights, fill, misfit

KNOWN = [name for name in NETS if name != MOTIF]
Shapes = dict[str, tuple[int, ...]]
State = Mapping[str, Tensor]


def n_parameters(shapes: Shapes) -> int:
    counted = {key: shape for key, shape in shapes.items() if "running" not in key and "num_batches" not in key}
    return sum(math.prod(shape) for shape in counted.values())


def filled(name: str, state: State) -> Staged:
    """A known network with the weights of a state dict."""
    net = NETS[name].build()
    weights, origins = Weights(Path("made-up.pth"), state), NETS[name].origins_of(net)
    assert misfit(weights, net, origins) is None
    return fill(net, weights, origins)


VGG_CLASSES = 25_088 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000
"""What names things in it, which ours leaves out."""


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("vgg16", 138_357_544 - VGG_CLASSES),
        ("vgg19", 143_667_240 - VGG_CLASSES),
        ("googlenet", 6_624_904),
        ("squeezenet1_1", 1_235_496),
    ],
)
def test_networks_have_as_many_parameters_as_published(name: str, published: int) -> None:
    assert sum(parameter.numel() for parameter in NETS[name].sketch().parameters()) == published


@pytest.mark.parametrize("name", KNOWN)
def test_every_weight_of_the_table_but_the_ignored_is_used(name: str, shapes_of: Callable[..., Shapes]) -> None:
    sketch = NETS[name].sketch()
    ours = sum(parameter.numel() for parameter in sketch.parameters())
    ignored = "classifier" if name.startswith("vgg") else "aux"
    assert ours == n_parameters({key: shape for key, shape in shapes_of(name).items() if not key.startswith(ignored)})


def test_googlenet_takes_files_with_or_without_aux_heads_and_counters(state_of: Callable[..., State]) -> None:
    state = state_of("googlenet", aux=True)
    bare = {key: tensor for key, tensor in state.items() if not key.startswith("aux") and "num_batches" not in key}
    picture = torch.rand(1, 3, 64, 64)
    whole, less = (filled("googlenet", held)(picture, ("classes",))["classes"] for held in (state, bare))
    assert torch.equal(whole, less)


def normalised(picture: Tensor) -> Tensor:
    """As torchvision is given pictures."""
    return (picture - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def half_pool(x: Tensor, size: int = 3) -> Tensor:
    return F.max_pool2d(x, size, 2, ceil_mode=True)


def vgg_logic(state: State, picture: Tensor) -> Tensor:
    x, last = normalised(picture), 0
    for place in sorted(int(key.split(".")[1]) for key in state if key.startswith("features") and key.endswith("weight")):
        # A convolution and a ReLU are two places, and a pool is one more.
        x = F.max_pool2d(x, 2) if place - last == 3 else x
        x, last = F.relu(F.conv2d(x, state[f"features.{place}.weight"], state[f"features.{place}.bias"], padding=1)), place
    return F.max_pool2d(x, 2)


def squeezenet_logic(state: State, picture: Tensor) -> Tensor:
    def conv(x: Tensor, name: str, **more: int) -> Tensor:
        return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], **more)

    x = half_pool(F.relu(conv(normalised(picture), "features.0", stride=2)))
    for place in range(3, 13):
        if f"features.{place}.squeeze.weight" not in state:
            x = half_pool(x)
            continue
        x = F.relu(conv(x, f"features.{place}.squeeze"))
        x = F.relu(torch.cat([conv(x, f"features.{place}.expand1x1"), conv(x, f"features.{place}.expand3x3", padding=1)], 1))
    return conv(x, "classifier.1")


def googlenet_logic(state: State, picture: Tensor) -> Tensor:
    """The mean over places, (N, 1000), as torchvision has it: the pictures are scaled twice on their way in."""

    def conv(x: Tensor, name: str, **more: int) -> Tensor:
        x = F.conv2d(x, state[f"{name}.conv.weight"], None, **more)
        mean, var, weight, bias = (state[f"{name}.bn.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return F.relu(F.batch_norm(x, mean, var, weight, bias, eps=0.001))

    scale, shift = torch.tensor([0.229, 0.224, 0.225]) / 0.5, (torch.tensor([0.485, 0.456, 0.406]) - 0.5) / 0.5
    x = normalised(picture) * scale.view(1, 3, 1, 1) + shift.view(1, 3, 1, 1)
    x = half_pool(conv(x, "conv1", stride=2, padding=3))
    x = half_pool(conv(conv(x, "conv2"), "conv3", padding=1))
    for place in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"):
        x = half_pool(x) if place == "4a" else half_pool(x, 2) if place == "5a" else x
        name = f"inception{place}"
        branches = [conv(x, f"{name}.branch1")]
        branches += [conv(conv(x, f"{name}.branch{n}.0"), f"{name}.branch{n}.1", padding=1) for n in (2, 3)]
        branches += [conv(F.max_pool2d(x, 3, 1, 1), f"{name}.branch4.1")]
        x = torch.cat(branches, 1)
    return F.linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@pytest.mark.parametrize("name", KNOWN)
def test_known_networks_say_what_torchvisions_say(name: str, state_of: Callable[..., State]) -> None:
    picture, state = torch.rand(2, 3, 47, 60), state_of(name)
    layer = "classes" if NETS[name].voice_layer else "pool5"
    said = filled(name, state)(picture, (layer,))[layer]
    if name == "googlenet":
        said, wanted = said.mean((2, 3)), googlenet_logic(state, picture)
    else:
        wanted = squeezenet_logic(state, picture) if name == "squeezenet1_1" else vgg_logic(state, picture)
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
        ("motif", {"edges": (32, 112), "strokes": (48, 56), "shapes": (128, 28), "things": (192, 14), "motifs": (1, 14)}),
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
def test_a_cut_network_says_the_same(name: str, state_of: Callable[..., State]) -> None:
    net = filled(name, state_of(name)) if name in KNOWN else motif_net(7).eval()
    picture = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        # A layer is heard as it is, even if all that follow are heard too.
        whole = {layer: heard.clone() for layer, heard in net(picture, net.layers).items()}
        for layer in net.layers[:: max(1, len(net.layers) // 5)]:
            assert torch.equal(net.cut_after([layer])(picture, (layer,))[layer], whole[layer])
    if name.startswith("vgg"):
        assert float(whole["conv1_1"].min()) < 0 <= float(whole["relu1_1"].min())


@pytest.mark.parametrize("name", ["googlenet", "squeezenet1_1"])
def test_the_picture_gets_a_gradient_and_the_weights_none(name: str, state_of: Callable[..., State]) -> None:
    net = filled(name, state_of(name))
    picture = torch.rand(1, 3, 48, 48, requires_grad=True)
    sum(heard.square().mean() for heard in net(picture, net.layers).values()).backward()
    assert picture.grad is not None and float(picture.grad.abs().max()) > 0
    assert not any(parameter.requires_grad for parameter in net.parameters()) and not net.training
