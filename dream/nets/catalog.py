"""The name of a network goes in; the network comes out, filled with its weights, with names for what it can be asked to dream of.

A new one is a file beside this, with a function that builds it and one that tells what its files call its layers, and a line in
NETS. Nothing here loads torch before a network is opened or its layers are asked for.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from media.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from dream.nets.staged import Staged
    from dream.nets.weights import Weights

MOTIF = "motif"
SHIPPED = Path(__file__).with_name("motif.safetensors")
"""Weights of the network in the box."""

_TORCHVISION = "https://download.pytorch.org/models/"


@dataclass(frozen=True)
class NetKind:
    """A network that can be had by name.

    Args:
        builder: module:function that builds it, with weights of chance.
        help: a sentence.
        voice_layer: the layer that has a channel for everything that the network can name; None where it has none.
        called: what one of these is, a motif or a class.
        n_voices: how many; None where the weights tell (and the builder takes their number and the widths of layers).
        origins: module:function that tells what files call its layers; "" where they are called the same.
        url: where its weights are to be had.
        deep: the layer that is dreamed where nothing is wished for.
    """

    builder: str
    help: str
    deep: str
    voice_layer: str | None = None
    called: str = ""
    n_voices: int | None = 0
    origins: str = ""
    url: str = ""

    def build(self, *, n_motifs: int = 1, widths: Sequence[int] = ()) -> Staged:
        """The network, with weights of chance; the sizes are for one whose weights tell them."""
        builder = pkgutil.resolve_name(self.builder)
        if self.n_voices is not None:
            return builder()
        return builder(n_motifs, widths=widths) if widths else builder(n_motifs)

    def sketch(self, *, n_motifs: int = 1, widths: Sequence[int] = ()) -> Staged:
        """The same without any memory of its own: for its layers and shapes."""
        import torch

        with torch.device("meta"):
            return self.build(n_motifs=n_motifs, widths=widths)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names, from the picture on."""
        return self.sketch().layers

    def origins_of(self, net: Staged) -> Mapping[str, str]:
        """What files call its layers."""
        return pkgutil.resolve_name(self.origins)(net) if self.origins else {}


def _known(module: str, function: str, help: str, file: str, *, deep: str, n_classes: int = 1000) -> NetKind:
    """A network that torchvision has weights of, taught with ImageNet."""
    place = f"dream.nets.{module}"
    layer = "classes" if n_classes else None
    return NetKind(f"{place}:{function}", help, deep, layer, "class" if layer else "", n_classes, f"{place}:origins", _TORCHVISION + file)


NETS: dict[str, NetKind] = {
    MOTIF: NetKind("dream.nets.motifnet:motif_net", "The network in the box: small and quick, it knows motifs.", "things", "motifs", "motif", None),
    "googlenet": _known("googlenet", "googlenet", "Had the first deep dreams: dogs, eyes, pagodas.", "googlenet-1378be20.pth", deep="inception4c"),
    "vgg16": _known("vgg", "vgg16", "Slow and painterly.", "vgg16-397923af.pth", deep="relu4_3", n_classes=0),
    "vgg19": _known("vgg", "vgg19", "Slower than vgg16, and deeper.", "vgg19-dcbb9e9d.pth", deep="relu4_4", n_classes=0),
    "squeezenet1_1": _known("squeezenet", "squeezenet1_1", "Quick and coarse.", "squeezenet1_1-b8a52dc0.pth", deep="fire6"),
}


@dataclass(frozen=True)
class Net:
    """A network, ready for dreaming.

    Args:
        voices: places of the motifs or classes that it can name, by name; empty where it has none.
        voice_layer: the layer in which they speak.
    """

    name: str
    staged: Staged
    voices: Mapping[str, int]
    voice_layer: str | None

    def n_channels(self, layer: str) -> int:
        """How many channels a layer has."""
        import torch

        with torch.no_grad():  # wherever the weights lie
            return self.staged(self.staged.mean.new_zeros(1, 3, 64, 64), (layer,))[layer].shape[1]


@dataclass(frozen=True)
class NetRow:
    """What there is to tell of a network before it is opened.

    Args:
        voices: names of its motifs or classes.
        weights: the file that would be read; None where there is none yet.
        folder: where they belong then.
    """

    name: str
    kind: NetKind
    layers: tuple[str, ...]
    voices: tuple[str, ...]
    weights: Path | None
    folder: Path

    @property
    def weights_told(self) -> str:
        """Where its weights lie, or where they are to be had and what folder they go to."""
        if self.weights is not None:
            return str(self.weights)
        return f"not here; put {self.kind.url} into {self.folder}" if self.kind.url else "missing"

    @property
    def n_voices(self) -> int:
        """How many motifs or classes it can name."""
        return len(self.voices)


def open_net(name: str = MOTIF, weights: Path | None = None) -> Net:
    """A network by name, with its weights.

    Args:
        weights: a file; else the one in the box, or the one that torch has downloaded.
    Raises:
        UserError: there is no such network, or its weights are missing, broken, or another's.
    """
    from dream.nets.weights import fill, read_weights

    kind = kind_named(name)
    held = read_weights(weights or find_weights(name))
    what = _misfit(kind, held)
    if what:
        raise UserError(held.path, f"this does not fit {name}: {what}", _remedy(name, held))
    voices, widths = _voices_of(kind, held)
    net = kind.build(n_motifs=len(voices), widths=widths)
    numbers = {voice: number for number, voice in enumerate(voices)}
    return Net(name, fill(net, held, kind.origins_of(net)), numbers, kind.voice_layer)


def kind_named(name: str) -> NetKind:
    """The kind of network that is meant.

    Raises:
        UserError: there is none of this name.
    """
    if name not in NETS:
        raise UserError("--net", f"there is no network {name!r}", did_you_mean(name, NETS))
    return NETS[name]


def find_weights(name: str) -> Path:
    """The weights of a network on this disk: in the box, or where torch puts what it downloads.

    Raises:
        UserError: there are none, or no such network.
    """
    from dream.nets.weights import hub_folder

    kind = kind_named(name)
    path = _present_weights(name)
    if path:
        return path
    if name == MOTIF:
        raise UserError(SHIPPED, "the weights of the network in the box are missing", "Install again, or give others with --weights.")
    what = f"no weights of this network in {hub_folder()}"
    raise UserError(f"--net {name}", what, f"Put {kind.url} there, or give the file with --weights.")


def _present_weights(name: str) -> Path | None:
    from dream.nets.weights import cached_weights

    if name == MOTIF:
        return SHIPPED if SHIPPED.is_file() else None
    return cached_weights(name)


def _voices_of(kind: NetKind, held: Weights | None) -> tuple[list[str], list[int]]:
    """What a network can name, in order, and the widths of its layers where its weights tell them; empty where they do not."""
    from dream.nets.weights import motif_notes

    if kind.n_voices is not None:
        return [str(number) for number in range(kind.n_voices)], []
    return (motif_notes(held) if held else None) or ([], [])


def _misfit(kind: NetKind, held: Weights) -> str | None:
    """What keeps weights from being those of a network; None where nothing does."""
    from dream.nets.weights import misfit

    voices, widths = _voices_of(kind, held)
    if kind.n_voices is None and not voices:
        return "it names no motifs"
    sketch = kind.sketch(n_motifs=len(voices), widths=widths)
    return misfit(held, sketch, kind.origins_of(sketch))


def _remedy(name: str, held: Weights) -> str:
    """What to do with weights that do not fit: perhaps they are those of another network."""
    for other, kind in NETS.items():
        if other != name and _misfit(kind, held) is None:
            return f"These look like the weights of {other}: choose --net {other}."
    return f"Give torchvision's: {NETS[name].url}" if NETS[name].url else "Give a file that `dream train` wrote."


def layer_named(net: Net, text: str) -> str:
    """The layer that is meant, whatever its case.

    Raises:
        UserError: there is none of this name.
    """
    by_folded = {layer.casefold(): layer for layer in net.staged.layers}
    found = by_folded.get(text.strip().casefold())
    if found is None:
        raise UserError(f"layer {text}", f"the network {net.name} has no such layer", did_you_mean(text, net.staged.layers))
    return found


def deep_layer(net: Net) -> str:
    """The layer that is dreamed, and sees guides, where nothing is wished for; of a network that is not in the table, one far in."""
    kind = NETS.get(net.name)
    return kind.deep if kind else net.staged.layers[len(net.staged.layers) * 2 // 3]


def voice_named(net: Net, text: str) -> int:
    """The place of the motif or class that is meant, whatever its case.

    Raises:
        UserError: there is none of this name.
    """
    called = NETS[net.name].called or "motif"
    if not net.voices:
        raise UserError(f"{called} {text}", f"the network {net.name} can name nothing", "Choose layers and channels, or another network.")
    by_folded = {voice.casefold(): number for voice, number in net.voices.items()}
    found = net.voices.get(text, by_folded.get(text.strip().casefold()))
    if found is None:
        # A list of a thousand numbers would help nobody.
        numbered = called == "class"
        remedy = f"Choose a number from 0 to {len(net.voices) - 1}." if numbered else did_you_mean(text, net.voices)
        raise UserError(f"{called} {text}", f"the network {net.name} has no such {called}", remedy)
    return found


def describe_nets() -> list[NetRow]:
    """All networks, with their layers and what they can name, and whether their weights are on this disk.

    Raises:
        UserError: the weights in the box are broken.
    """
    return [_row_of(name, kind) for name, kind in NETS.items()]


def _row_of(name: str, kind: NetKind) -> NetRow:
    from dream.nets.weights import hub_folder, read_weights

    path = _present_weights(name)
    voices, _ = _voices_of(kind, read_weights(path) if path and kind.n_voices is None else None)
    return NetRow(name, kind, kind.layers, tuple(voices), path, hub_folder())
