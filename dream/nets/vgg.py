"""Nothing goes in; VGG16 and VGG19 come out (K. Simonyan, A. Zisserman 2014), by the names of their layers in Caffe.

They end before their classes, which need a picture of one size.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from dream.nets.staged import IMAGENET_MEAN, IMAGENET_STD, Staged

_WIDTHS = (64, 128, 256, 512, 512)


def vgg16() -> Staged:
    """conv1_1, relu1_1 ... relu5_3, pool5."""
    return _vgg((2, 2, 3, 3, 3))


def vgg19() -> Staged:
    """conv1_1, relu1_1 ... relu5_4, pool5."""
    return _vgg((2, 2, 4, 4, 4))


def origins(net: Staged) -> dict[str, str]:
    """What torchvision calls each layer: its place in the row."""
    return {layer: f"features.{place}" for place, layer in enumerate(net.layers)}


def _vgg(depths: Sequence[int]) -> Staged:
    """Five blocks of so many convolutions."""
    stages: dict[str, nn.Module] = {}
    n_in = 3
    for block, (depth, width) in enumerate(zip(depths, _WIDTHS, strict=True), start=1):
        for n in range(1, depth + 1):
            stages[f"conv{block}_{n}"] = nn.Conv2d(n_in, width, 3, padding=1)
            # Not in place: it would overwrite what the convolution said.
            stages[f"relu{block}_{n}"] = nn.ReLU()
            n_in = width
        stages[f"pool{block}"] = nn.MaxPool2d(2)
    return Staged(stages, mean=IMAGENET_MEAN, std=IMAGENET_STD)
