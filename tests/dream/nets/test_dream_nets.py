"""The network in the box is kept and found again; networks, their layers and motifs are known by name, and the nearest is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dream.nets import catalog
from dream.nets.catalog import NETS, describe_nets, find_weights, layer_named, open_net, voice_named
from dream.nets.motifnet import LAYERS, motif_net
from dream.nets.weights import save_motif_net
from media.errors import UserError

State = dict[str, Tensor]
LineOf = Callable[[pytest.ExceptionInfo[UserError]], str]


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


def test_names_are_resolved_and_the_nearest_is_told(box: Path, state_of: Callable[..., State], line_of: LineOf, tmp_path: Path) -> None:
    save_motif_net(box, motif_net(2, widths=(8, 8, 8, 8)), ["eyes", "feathers"])
    torch.save(state_of("squeezenet1_1"), tmp_path / "squeeze.pth")
    motif, squeeze = open_net(), open_net("squeezenet1_1", tmp_path / "squeeze.pth")
    vgg = catalog.Net("vgg16", NETS["vgg16"].sketch(), {}, None)
    assert layer_named(motif, "Shapes") == "shapes" and layer_named(vgg, " relu3_3") == "relu3_3"
    assert voice_named(motif, "FEATHERS") == 1 and voice_named(squeeze, "207") == 207
    for resolve, net, text, words in (
        (layer_named, vgg, "rellu3_3", ["rellu3_3", "vgg16", "Did you mean relu3_3?"]),
        (voice_named, motif, "feather", ["feather", "Did you mean feathers?"]),
        (voice_named, squeeze, "1000", ["class 1000", "0 to 999"]),
        (voice_named, vgg, "eyes", ["eyes", "the network vgg16 can name nothing"]),
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
    assert rows["vgg19"].weights_told == f"not here; put {NETS['vgg19'].url} into {hub}"
    with pytest.raises(UserError, match="box"):
        open_net()
    save_motif_net(box, motif_net(2), ["eyes", "feathers"])
    (hub / "vgg19-dcbb9e9d.pth").write_bytes(b"any")
    rows = {row.name: row for row in describe_nets()}
    assert rows["motif"].voices == ("eyes", "feathers") and rows["motif"].weights == box
    assert rows["vgg19"].weights == hub / "vgg19-dcbb9e9d.pth" and rows["vgg19"].weights_told == str(rows["vgg19"].weights)


def test_listing_names_loads_no_torch(root: Path) -> None:
    code = "import sys, dream.nets.catalog as c; print(*c.NETS); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == list(NETS)


def test_what_is_dreamed_unless_something_is_wished_for_is_a_layer_that_there_is(line_of: LineOf) -> None:
    assert all(kind.deep in kind.layers for kind in NETS.values())
    with pytest.raises(UserError) as caught:
        find_weights("vgg17")
    assert "Did you mean vgg1" in line_of(caught)
