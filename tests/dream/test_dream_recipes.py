"""What was dreamed is made again by its recipe, bit for bit, wherever its files lie by then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from dream.folders import dream_all, plan_tasks
from dream.pictures import Picture, read_recipe, write_picture
from dream.settings import ClimbSettings, DreamSettings, WishSettings
from media.errors import UserError


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_again_is_the_same_bit_for_bit(folder: Path, dream: Callable, drawn: np.ndarray, suffix: str, gallery: Any) -> None:
    gallery.save("in.png", drawn)
    wishes = ["-m", "eyes=0.5", "-l", "shapes", "-c", "things:3=-0.2", "--seed", "7", "--even"]
    assert dream("still", "in.png", "-o", f"out{suffix}", *wishes, *gallery.quick)[0] == 0
    assert dream("again", f"out{suffix}") == (0, f"out-again{suffix}\n", "")
    assert Path(f"out-again{suffix}").read_bytes() == Path(f"out{suffix}").read_bytes()
    assert Path(f"out{suffix}.json").exists() == (suffix != ".png")


def test_again_finds_files_that_moved_together_or_asks(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("in.png", drawn)
    gallery.save("mask.png", drawn)
    assert dream("still", "in.png", "-o", "out.png", "--mask", "mask.png", *gallery.quick)[0] == 0
    (folder / "there").mkdir()
    for name in ("in.png", "mask.png", "out.png"):
        Path(name).rename(Path("there") / name)
    assert dream("again", "there/out.png")[0] == 0
    assert np.array_equal(gallery.pixels("there/out-again.png"), gallery.pixels("there/out.png"))
    Path("there/in.png").rename("elsewhere.png")
    status, _, err = dream("again", "there/out.png")
    assert status == 2 and "source is not there any more" in err and "--source" in err
    assert dream("again", "there/out.png", "--source", "elsewhere.png")[0] == 0
    gallery.save("elsewhere.png", drawn[::-1])
    status, _, err = dream("again", "there/out.png", "--source", "elsewhere.png")
    assert status == 2 and "is another one now" in err


def test_again_without_a_recipe_of_ours_is_refused(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("bare.png", drawn)
    gallery.save("bare.jpg", drawn)
    write_picture(Path("strange.png"), Picture(drawn), recipe={"command": "cook"})
    Path("bare.tif.json").write_text("{")
    gallery.save("bare.tif", drawn)
    told = {"bare.png": "no recipe", "bare.jpg": "no recipe", "bare.tif": "no recipe", "strange.png": "another version", "no.png": "no such file"}
    told |= {".": "no recipe", "..": "no recipe"}
    for name, words in told.items():
        status, _, err = dream("again", name)
        assert status == 2 and words in err and err.count("\n") == 1, err
    dream("still", "bare.png", "-o", "out.png", *gallery.quick)
    assert "take the place" in dream("again", "out.png", "-o", "out.png")[2]


def test_a_recipe_tells_all_settings(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("in.png", drawn)
    assert dream("still", "in.png", "-o", "out.png", "-m", "gears", *gallery.quick)[0] == 0
    recipe = json.loads(Image.open("out.png").info["dream"])
    assert recipe["command"] == "still" and recipe["settings"]["wish"]["motif"] == ["gears"] and recipe["stopped_at"] is None
    assert DreamSettings.model_validate(recipe["settings"]).climb == ClimbSettings(octaves=2, steps=2, jitter=4)


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="this machine has what the test wants it to lack")
def test_what_was_made_on_a_device_that_is_not_here_is_made_on_another_if_wished(
    folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any
) -> None:
    gallery.save("in.png", drawn)
    assert dream("still", "in.png", "-o", "out.png", "-d", "cpu", *gallery.quick)[0] == 0
    write_picture(Path("elsewhere.png"), Picture(drawn), recipe={**read_recipe(Path("out.png")), "device": "mps"})
    assert gallery.refused(dream("again", "elsewhere.png"), "it was made on mps, which this machine has not. Make it on another with --device cpu")
    assert dream("again", "elsewhere.png", "--device", "cpu")[0] == 0
    assert np.array_equal(gallery.pixels("elsewhere-again.png"), gallery.pixels("out.png"))
    assert read_recipe(Path("elsewhere-again.png"))["device"] == "cpu"


def test_a_full_folder_of_faults_leaves_no_half_picture(
    folder: Path, weights: Path, drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch, gallery: Any
) -> None:
    def full(self: Image.Image, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    gallery.save("in.png", drawn)
    settings = DreamSettings(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=1, steps=1))
    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(UserError, match="disk is full"):
        list(dream_all(plan_tasks([Path("in.png")], Path("out.png")), settings))
    assert {path.name for path in folder.iterdir()} == {"in.png"}
