"""Attributions find each motif where it is, however small the picture, and draw light on it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dream.attribute import light_up, look
from dream.nets.catalog import NETS, Net
from dream.nets.staged import Staged


class Colours(nn.Module):
    """A network that knows three motifs: red, green and blue; it knows too whether it was moved to a device."""

    is_moved = False

    def _apply(self, *words: Any, **more: Any) -> Any:
        self.is_moved = True
        return super()._apply(*words, **more)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 12 * nn.functional.avg_pool2d(x, 8, ceil_mode=True)


@pytest.fixture
def colours() -> Net:
    staged = Staged({"motifs": Colours()}, mean=(0, 0, 0), std=(1, 1, 1))
    return Net("motif", staged, {"red": 0, "green": 1, "blue": 2}, "motifs")


def test_a_motif_is_seen_where_it_is(colours: Net) -> None:
    picture = torch.zeros(1, 3, 160, 240)
    picture[:, 0, :, :60], picture[:, 2, :, 60:180], picture[:, 1, :, 180:] = 0.9, 0.9, 0.9
    sight = look(picture, colours, device=torch.device("cpu"))
    shares = {one.motif: one.share for one in sight.ranking}
    assert next(iter(shares)) == "blue" and sum(shares.values()) == pytest.approx(1, abs=0.02)
    assert shares["blue"] == pytest.approx(0.5, abs=0.06) and shares["red"] == pytest.approx(0.25, abs=0.06)
    where = sight.where("red")
    assert where.shape == (160, 240) and where[:, :50].min() > 0.7 and where[:, 72:].max() < 0.3


def test_the_network_of_who_asks_stays_where_it_is(colours: Net) -> None:
    look(torch.rand(1, 3, 64, 64), colours, device=torch.device("cpu"))
    assert not colours.staged.stages["motifs"].is_moved
    elsewhere = Net("motif", NETS["motif"].sketch(n_motifs=5), {}, "motifs")
    assert elsewhere.n_channels("motifs") == 5  # counted where the weights lie


def test_of_all_motifs_only_small_maps_are_kept(colours: Net) -> None:
    sight = look(torch.rand(1, 3, 480, 640, generator=torch.Generator().manual_seed(1)), colours, device=torch.device("cpu"))
    assert max(shares[0, 0].numel() for shares in sight.maps) < 480 * 640 / 20  # a network may know a thousand


@pytest.mark.parametrize("size", [(2, 2), (4, 3), (300, 2), (2, 300)])
def test_small_and_narrow_pictures_are_looked_at(folder: Path, dream: Callable, size: tuple[int, int], gallery: Any) -> None:
    gallery.save("in.png", gallery.draw(*size))
    status, out, _ = dream("attribute", "in.png", "-o", "out.png", "--json")
    assert status == 0 and sum(row["share"] for row in json.loads(out)) == pytest.approx(1, abs=0.02)
    assert gallery.pixels("out.png").shape[1] > 2 * size[0]


def test_light_falls_where_the_motif_is_and_nowhere_if_it_is_not() -> None:
    rgb = np.full((60, 80, 3), 128, np.uint8)
    where = np.zeros((60, 80), np.float32)
    assert light_up(rgb, where).max() < 60
    where[:, 40:] = 0.9
    lit = light_up(rgb, where).astype(int)
    assert np.abs(lit[:, 60:] - 128).max() < 25 and lit[:, :20].max() < 60


def test_the_ranking_is_told_and_drawn(folder: Path, dream: Callable, in_png: Path, gallery: Any) -> None:
    status, out, _ = dream("attribute", "in.png", "--json")
    ranking = json.loads(out)
    shares = [row["share"] for row in ranking]
    assert status == 0 and {row["motif"] for row in ranking} == set(gallery.motifs) and shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=0.02) and {path.name for path in folder.iterdir()} == {"in.png"}
    assert dream("attribute", "in.png", "-m", "waves", "-m", "EYES", "-o", "out.png")[0] == 0
    assert dream("again", "out.png")[0] == 0 and Path("out-again.png").read_bytes() == Path("out.png").read_bytes()
    assert gallery.refused(dream("attribute", "in.png", "-m", "wave"), "Did you mean waves?")
    assert gallery.refused(dream("attribute", "in.png", "-o", "in.png"), "take the place of what it is made of")


def test_what_is_drawn_is_what_is_told(folder: Path, dream: Callable, in_png: Path, gallery: Any) -> None:
    told = dream("attribute", "in.png", "-m", "waves", "-m", "EYES")[1]
    assert re.fullmatch(r"in-motifs\.png: waves \d+%, eyes \d+%\n", told), told
    assert dream("attribute", "in.png", "--top", "2")[1].count("%") == 2
    assert gallery.refused(dream("attribute", "in.png", "-m", "eyes=0.5"), "it takes no weight. Write --motif eyes.")


def test_it_lies_beside_the_picture_or_in_a_folder(folder: Path, dream: Callable, gallery: Any) -> None:
    Path("in").mkdir()
    gallery.save("in/a.png", gallery.draw(80, 60))
    assert dream("attribute", "in/a.png")[1].startswith("in/a-motifs.png: ") and Path("in/a-motifs.png").exists()
    assert dream("attribute", "in/a.png", "-o", "out")[1].startswith("out/a-motifs.png: ")
    for command, name in (("channels", "channels.png"), ("sweep", "sweep.png"), ("zoom", "zoom.mp4")):
        words = {"channels": ["eyes", "--size", "48"], "sweep": ["in/a.png", "--count", "2"], "zoom": ["in/a.png", "--frames", "2"]}[command]
        assert dream(command, *words, "-o", "out", *gallery.quick)[0] == 0 and (folder / "out" / name).exists()
        assert gallery.refused(dream(command, *words, "-o", os.devnull), "the output is a device, not a file")


def test_colours_that_are_hidden_are_not_seen(folder: Path, dream: Callable, gallery: Any) -> None:
    shown, alpha = gallery.draw(160, 96), np.full((96, 160, 1), 255, np.uint8)
    alpha[:, 80:] = 0
    hidden = shown.copy()
    hidden[:, 80:] = np.random.default_rng(1).integers(0, 256, (96, 80, 3))
    told = []
    for name, rgb in (("a.png", shown), ("b.png", hidden)):
        gallery.save(name, np.dstack([rgb, alpha]))
        told.append(dream("attribute", name, "--json", "-o", "out-" + name)[1])
    assert told[0] == told[1] and sum(row["share"] for row in json.loads(told[0])) == pytest.approx(1, abs=0.02)
    pictures = [gallery.pixels("out-" + name)[:90] for name in ("a.png", "b.png")]  # without the names
    assert np.array_equal(*pictures) and pictures[0][10:80, 90:150].max() < 60
    alpha[:] = 0
    gallery.save("none.png", np.dstack([shown, alpha]))
    assert gallery.refused(dream("attribute", "none.png"), "see-through all over")


def test_only_what_can_be_seen_counts(colours: Net) -> None:
    picture, shares = torch.zeros(1, 3, 160, 240), torch.zeros(1, 1, 160, 240)
    picture[:, 0, :, :120], picture[:, 2, :, 120:], shares[..., :120] = 0.9, 0.9, 1
    sight = look(picture, colours, shares=shares, device=torch.device("cpu"))
    assert sight.ranking[0].motif == "red" and sight.ranking[0].share > 0.9 and sight.where("red")[:, 120:].max() == 0


@pytest.mark.parametrize("size", [(2, 2), (7, 300)])
def test_the_sheet_of_a_tiny_picture_can_be_read(folder: Path, dream: Callable, size: tuple[int, int], gallery: Any) -> None:
    gallery.save("in.png", gallery.draw(*size))
    assert dream("attribute", "in.png", "-o", "out.png")[0] == 0
    assert gallery.pixels("out.png").shape[1] >= 4 * 96 / 2 and gallery.pixels("out.png").shape[0] >= 96
