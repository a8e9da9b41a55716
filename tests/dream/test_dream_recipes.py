"""What was dreamed is made again by its recipe, bit for bit, wherever its files lie by then."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from dream.again import KINDS
from dream.folders import dream_all, plan_tasks
from dream.pictures import Picture, read_picture, read_recipe, write_picture
from dream.settings import ClimbSettings, DreamSettings, WishSettings


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_again_is_the_same_bit_for_bit(folder: Path, dream: Callable, drawn: np.ndarray, suffix: str, gallery: Any) -> None:
    gallery.save("in.png", drawn)
    wishes = ["-m", "eyes=0.5", "-l", "shapes", "-c", "things:3=-0.2", "--seed", "7", "--even", "--mask", "in.png"]
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
    assert status == 2 and "--source elsewhere.png: it was made of other contents" in err and "--source FILE" not in err


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


def edited(recipe: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A recipe in which somebody has changed the value at a dotted path; None takes it out."""
    changed = json.loads(json.dumps(recipe))
    *above, last = path.split(".")
    place = changed
    for name in above:
        place = place[name]
    place[last] = value
    if value is None:
        del place[last]
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [("stopped_at", "x"), ("stopped_at", ["x"]), ("stopped_at", [1, 2]), ("stopped_at", [0]), ("stopped_at", 3), ("stopped_at", [1e400]),
     ("files.source", None), ("files.mask", None), ("files.mask", 3), ("files", []), ("files.source.path", "a\0b"), ("files.source.path", 5),
     ("threads", "two"), ("threads", 0), ("threads", 10**9), ("settings.wish.net", "foo"), ("settings.climb.steps", -1), ("device", "abacus"),
     ("command", ["sweep"]), ("settings", None)],
)  # fmt: skip
def test_a_recipe_that_somebody_has_spoilt_is_refused_in_a_line(
    folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any, path: str, value: object
) -> None:
    gallery.save("in.png", drawn)
    if not Path("out.png").exists():
        assert dream("sweep", "in.png", "-o", "out.png", "--count", "1", "--mask", "in.png", "--octaves", "1", "--steps", "1")[0] == 0
    write_picture(Path("spoilt.png"), Picture(drawn), recipe=edited(read_recipe(Path("out.png")), path, value))
    assert gallery.refused(dream("again", "spoilt.png"), "")


@pytest.mark.parametrize("command", ["zoom", "sweep", "attribute", "video"])
def test_a_recipe_without_the_picture_that_it_needs_is_refused(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any, command: str) -> None:
    settings = pkgutil.resolve_name(KINDS[command].settings)().model_dump(mode="json")
    told = {"command": command, "files": {}, "settings": settings, "device": "cpu", "threads": 1, "stopped_at": None}
    write_picture(Path("spoilt.png"), Picture(drawn), recipe=told)
    assert gallery.refused(dream("again", "spoilt.png"), "its recipe is of another version, or was changed")


def test_again_leaves_the_threads_of_the_program_as_they_are(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("in.png", drawn)
    assert dream("still", "in.png", "-o", "out.png", *gallery.quick)[0] == 0
    before = torch.get_num_threads()
    write_picture(Path("other.png"), Picture(drawn), recipe={**read_recipe(Path("out.png")), "threads": before + 1})
    assert dream("again", "other.png")[0] == 0 and torch.get_num_threads() == before


def test_again_does_not_depend_on_where_one_stands(
    folder: Path, dream: Callable, drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch, gallery: Any
) -> None:
    for name in ("work/in", "work/out", "elsewhere"):
        (folder / name).mkdir(parents=True)
    monkeypatch.chdir(folder / "work")
    gallery.save("in/in.png", drawn)
    assert dream("still", "in/in.png", "-o", "out/out.png", "--mask", "in/in.png", *gallery.quick)[0] == 0
    monkeypatch.chdir(folder / "elsewhere")
    assert dream("again", "../work/out/out.png", "-o", "again.png")[0] == 0
    (folder / "work").rename(folder / "moved")
    assert dream("again", "../moved/out/out.png", "-o", "moved.png")[0] == 0
    for name in ("again.png", "moved.png"):
        assert np.array_equal(gallery.pixels(name), gallery.pixels("../moved/out/out.png"))


def test_a_recipe_of_before_names_its_files_as_they_were_typed(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    (folder / "in").mkdir()
    gallery.save("in/in.png", drawn)
    assert dream("still", "in/in.png", "-o", "out.png", *gallery.quick)[0] == 0
    write_picture(Path("old.png"), read_picture(Path("out.png")), recipe=edited(read_recipe(Path("out.png")), "files.source.path", "in/in.png"))
    assert dream("again", "old.png")[0] == 0 and np.array_equal(gallery.pixels("old-again.png"), gallery.pixels("out.png"))
    assert "was there" in dream("still", "in/in.png", "-o", "old.png", "--resume", *gallery.quick)[1]


def test_one_of_numbered_pictures_says_where_the_recipe_is(folder: Path, dream: Callable, in_png: Path, gallery: Any) -> None:
    for suffix in (".png", ".jpg"):
        words = ["-o", f"out/%04d{suffix}", "--frames", "2", "--steps-each", "1", "--octaves-each", "1", *gallery.quick]
        assert dream("zoom", "in.png", *words)[0] == 0
        assert gallery.refused(dream("again", f"out/0002{suffix}"), f"one of many, which have one together: out/%04d{suffix}")


def test_a_recipe_that_is_not_where_it_was_looked_for_is_pointed_to(folder: Path, dream: Callable, in_png: Path, gallery: Any) -> None:
    assert dream("still", "in.png", "-o", "a.jpg", *gallery.quick)[0] == 0
    assert gallery.refused(dream("again", "a.jpg.json"), "It is the recipe of a.jpg: name that.")
    Path("a.jpg.json").unlink()
    assert gallery.refused(dream("again", "a.jpg"), "Its recipe must lie beside it: a.jpg.json.")
    assert dream("layers", "in.png", "-o", "out", *gallery.quick)[0] == 0
    assert gallery.refused(dream("again", "out"), "Name a picture in this folder: out/sheet.png.")


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [("settings.climb.steps", -5, "settings.climb.steps must be greater than or equal to 1, got -5"), ("settings", [], "settings must be a table"),
     ("settings.climb.foo", 1, "settings.climb.foo is not known")],
)  # fmt: skip
def test_what_is_wrong_with_a_recipe_is_told(
    folder: Path, dream: Callable, in_png: Path, gallery: Any, path: str, value: object, told: str
) -> None:
    assert dream("still", "in.png", "-o", "out.png", *gallery.quick)[0] == 0
    write_picture(Path("spoilt.png"), read_picture(in_png), recipe=edited(read_recipe(Path("out.png")), path, value))
    assert gallery.refused(dream("again", "spoilt.png"), told)


def test_weights_and_a_source_that_do_not_fit_are_told_of(folder: Path, dream: Callable, in_png: Path, weights: Path, gallery: Any) -> None:
    assert dream("still", "in.png", "-o", "out.png", *gallery.quick)[0] == 0
    Path("else").mkdir()
    assert gallery.refused(dream("again", "out.png", "--source", "else"), "--source else: it was made of other contents than these, of in.png")
    gone = edited(read_recipe(Path("out.png")), "files.weights", {"path": "gone.safetensors", "fingerprint": "0"})
    gone["settings"]["wish"]["weights"] = "gone.safetensors"
    write_picture(Path("gone.png"), read_picture(in_png), recipe=gone)
    assert gallery.refused(dream("again", "gone.png"), "the recipe's weights are not there any more")


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
    (done,) = dream_all(plan_tasks([Path("in.png")], Path("out.png")), settings)
    assert done.fault is not None and "disk is full" in done.told and "out.png" in done.told
    assert {path.name for path in folder.iterdir()} == {"in.png"}
