"""Surveys show every layer, channel and motif, and as much as was done of them when they are stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dream.cli import main
from dream.jobs import ChannelsJob, ChannelsSettings, LayersJob
from dream.nets.catalog import open_net
from dream.pictures import read_recipe
from dream.settings import ClimbSettings, WishSettings
from dream.sheets import GROUND, lay_out, name_below
from dream.surveys import match_layers, survey_channels, survey_layers
from media.probe import probe

LAYERS = ("edges", "strokes", "shapes", "things", "motifs")

pytestmark = pytest.mark.usefixtures("in_png")


def test_each_layer_has_its_picture_and_all_a_sheet(folder: Path, dream: Callable, gallery: Any) -> None:
    assert dream("layers", "in.png", "-o", "out", *gallery.quick)[:2] == (0, "out: 5 layers\n")
    names = [f"0{n}-{layer}.png" for n, layer in enumerate(LAYERS, 1)]
    assert sorted(path.name for path in (folder / "out").iterdir()) == [*names, "sheet.png"]
    pictures = [gallery.pixels(Path("out") / name) for name in names]
    assert all(picture.shape == (61, 81, 3) for picture in pictures)
    assert min(np.abs(a - b).mean() for n, a in enumerate(pictures) for b in pictures[:n]) > 0.5
    for made in ("03-shapes.png", "sheet.png"):
        assert dream("again", f"out/{made}")[0] == 0
        assert np.array_equal(gallery.pixels(f"out/{made[:-4]}-again.png"), gallery.pixels(f"out/{made}"))


def test_layers_without_a_picture_begin_with_noise_and_as_gif_they_take_turns(folder: Path, dream: Callable, gallery: Any) -> None:
    assert dream("layers", "-o", "out.gif", "--filter", "s*", "--size", "64", "--seconds", "0.5", *gallery.quick)[0] == 0
    video = probe(Path("out.gif")).video
    assert video is not None and video.display_size[0] == 64 and video.display_size[1] > 64
    with Image.open("out.gif") as gif:
        assert getattr(gif, "n_frames", 1) == 2 and gif.info["duration"] == 500


@pytest.mark.parametrize(
    ("text", "found"),
    [("", LAYERS), ("th", ("things",)), ("*s", LAYERS), ("s????s", ("shapes",)), ("^(sh|ed)", ("edges", "shapes")), ("SHAPES", ("shapes",))],
)
def test_layers_are_found_by_part_pattern_and_expression(weights: Path, text: str, found: tuple[str, ...]) -> None:
    assert tuple(match_layers(open_net("motif", weights), text)) == found


def test_no_layer_that_matches_is_told(folder: Path, dream: Callable, gallery: Any) -> None:
    assert gallery.refused(dream("layers", "in.png", "--filter", "["), "Choose from: edges")
    assert gallery.refused(dream("layers", "in.png", "-o", "out.xyz"), "cannot be written")
    assert gallery.refused(dream("layers", "in.png", "-o", "in.png"), "take the place of what it is made of")
    assert gallery.refused(dream("layers", "-o", "out.png", "--size", "1"), "--size")
    assert {path.name for path in folder.iterdir()} == {"in.png"}


def test_channels_of_a_layer_motifs_and_layers_stand_on_a_sheet(folder: Path, dream: Callable, gallery: Any) -> None:
    assert dream("channels", "--layer", "shapes", "--from", "10", "--count", "99", "--size", "48", *gallery.quick)[1] == "channels.png: 6 dreams\n"
    assert dream("channels", "-o", "all.jpg", "--size", "48", *gallery.quick)[1] == "all.jpg: 5 dreams\n"
    assert dream("channels", "eyes", "things", "shapes:3", "-o", "some.png", "--size", "48", *gallery.quick)[1] == "some.png: 3 dreams\n"
    assert dream("again", "some.png")[0] == 0
    assert Path("some-again.png").read_bytes() == Path("some.png").read_bytes()
    assert gallery.refused(dream("channels", "eyess"), "Did you mean eyes?")
    assert gallery.refused(dream("channels", "shapes:99"), "16 channels")
    assert "--channel" not in dream("channels", "shapes:99")[2]
    assert gallery.refused(dream("channels", "--layer", "shapes", "--first", "16"), "the first that is asked for is 16. Choose a number from 0 to 15")
    assert gallery.refused(dream("channels", "--from", "99", "--count", "2"), "0 to 4")


def settings_of(weights: Path) -> dict[str, Any]:
    return {"wish": WishSettings(weights=weights), "climb": ClimbSettings(octaves=1, steps=2)}


@pytest.mark.parametrize("name", ["out.png", "out.gif", "out"])
def test_layers_that_are_stopped_keep_those_that_are_done(folder: Path, weights: Path, gallery: Any, name: str) -> None:
    job, sheet = LayersJob(**settings_of(weights)), Path(name) / "sheet.png" if name == "out" else Path(name)
    assert survey_layers(Path("in.png"), Path(name), job, device="cpu", is_stopped=gallery.stopped_after(3)) == 3  # not asked at last steps
    if name == "out":
        assert sorted(path.name for path in (folder / "out").iterdir()) == ["01-edges.png", "02-strokes.png", "03-shapes.png", "sheet.png"]
    assert read_recipe(sheet)["stopped_at"] == [3]
    assert main(["again", str(sheet), "-o", f"again{sheet.suffix}"]) == 0
    assert Path(f"again{sheet.suffix}").read_bytes() == sheet.read_bytes()


def test_channels_that_are_stopped_keep_those_that_are_done(folder: Path, weights: Path, gallery: Any) -> None:
    job = ChannelsJob(**settings_of(weights), channels=ChannelsSettings(layers=("shapes",), size=48))
    assert survey_channels(None, Path("out.png"), job, device="cpu", is_stopped=gallery.stopped_after(1)) == 0
    assert not Path("out.png").exists()
    assert survey_channels(None, Path("out.png"), job, device="cpu", is_stopped=gallery.stopped_after(3)) == 8  # eight are dreamed at once
    assert main(["again", "out.png"]) == 0
    assert Path("out-again.png").read_bytes() == Path("out.png").read_bytes()


def test_sheets_fit_their_names_and_need_no_square() -> None:
    pictures = [np.full((20, 30, 3), 9 * n, np.uint8) for n in range(7)]
    sheet = lay_out(pictures, ["a name that is far too long for so small a picture"] * 7, columns=3)
    side = (sheet.shape[1] - 2) // 3  # a cell and the gap before it
    gaps = np.concatenate([sheet[:, side * n : side * n + 2] for n in range(4)], 1)
    assert sheet.max() > 200 and (gaps == GROUND).all() and sheet.shape[0] > 3 * 20
    assert lay_out(pictures, columns=7).shape[1] > 7 * 30
    assert lay_out(pictures[:1]).shape[1] < 40
    named = name_below(np.zeros((21, 31, 3), np.uint8), "x")
    assert named.shape[0] > 21 and named.shape[0] % 2 == 0 and named.shape[1] == 32
