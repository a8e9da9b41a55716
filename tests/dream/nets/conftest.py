"""What the tests of networks share: what torchvision's files hold, such files made up, and empty places where weights are looked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dream.nets import catalog
from media.errors import UserError

Shapes = dict[str, tuple[int, ...]]
State = dict[str, Tensor]

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


def made_up(shapes: Shapes, *, seed: int = 0) -> State:
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


@pytest.fixture(scope="session", name="shapes_of")
def shapes_of_fixture() -> Callable[..., Shapes]:
    """Names and shapes of what is in the file of a known network."""
    return shapes_of


@pytest.fixture(scope="module")
def state_of() -> Callable[..., State]:
    """What such a file may hold, by the network's name; made once."""
    return cache(lambda name, *, aux=False: made_up(shapes_of(name, aux=aux)))


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


@pytest.fixture(scope="session")
def line_of() -> Callable[[pytest.ExceptionInfo[UserError]], str]:
    """The line by which something was refused."""

    def told(refused: pytest.ExceptionInfo[UserError]) -> str:
        line = str(refused.value)
        assert "\n" not in line and len(line) < 400
        return line

    return told
