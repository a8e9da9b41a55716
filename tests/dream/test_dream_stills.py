"""Still pictures are dreamed where it is wished, as much as is wished, and out of nothing too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dream.canvas import canvas_rgb, noise
from dream.cli import main
from dream.gradient import Direction
from dream.octaves import to_rgb
from dream.pictures import MOST_PIXELS, read_picture, read_recipe, write_picture
from dream.settings import DreamSettings
from dream.spaces import Waves


def test_a_mask_keeps_the_rest_as_it_is(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    drawn = drawn.repeat(3, 0).repeat(3, 1)  # large enough for several sizes, whose changes spill when they are made larger
    gallery.save("in.png", drawn)
    mask = np.zeros((30, 40), np.uint8)  # smaller: it is stretched
    mask[:, 20:] = 255
    gallery.save("mask.png", mask)
    assert dream("still", "in.png", "-o", "out.png", "--mask", "mask.png", "--octaves", "4", "--steps", "2", "--step-size", "0.1")[0] == 0
    change = np.abs(gallery.pixels("out.png") - drawn).mean(2)
    assert change[:, :113].max() == 0 and change[:, 127:].mean() > 3


def test_a_see_through_mask_masks_too(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("in.png", drawn)
    mask = np.full((60, 80, 4), 255, np.uint8)
    mask[:, :40, 3] = 0
    gallery.save("mask.png", mask)
    assert dream("still", "in.png", "-o", "out.png", "--mask", "mask.png", *gallery.quick)[0] == 0
    assert np.array_equal(gallery.pixels("out.png")[:, :36], drawn[:, :36])


def test_strength_lies_between_the_picture_and_the_dream(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("in.png", drawn)
    for strength in ("0", "0.5", "1"):
        assert dream("still", "in.png", "-o", f"{strength}.png", "-s", strength, *gallery.quick)[0] == 0
    assert np.array_equal(gallery.pixels("0.png"), drawn)
    assert np.abs(gallery.pixels("0.5.png") - (drawn.astype(int) + gallery.pixels("1.png")) / 2).max() <= 1


def test_colours_are_preserved(folder: Path, dream: Callable, gallery: Any) -> None:
    drawn = np.full((60, 80, 3), (120, 100, 140), np.uint8)
    gallery.save("in.png", drawn)
    assert dream("still", "in.png", "-o", "out.png", "--preserve-color", *gallery.quick)[0] == 0
    out = gallery.pixels("out.png")
    assert out.std() > 1
    assert np.abs((out[..., 0] - out[..., 1]) - 20).max() <= 1 and np.abs((out[..., 2] - out[..., 0]) - 20).max() <= 1


def test_without_a_picture_it_begins_with_noise(folder: Path, dream: Callable, gallery: Any) -> None:
    for motif in ("eyes", "waves"):
        assert dream("still", "--canvas", "64", "-m", motif, "-o", f"{motif}.png", *gallery.quick)[0] == 0
    assert gallery.pixels("eyes.png").shape == (64, 64, 3) and np.abs(gallery.pixels("eyes.png") - gallery.pixels("waves.png")).mean() > 3
    assert "was there already" in dream("still", "--canvas", "64", "-m", "eyes", "-o", "eyes.png", "--resume", *gallery.quick)[1]
    assert dream("again", "eyes.png")[0] == 0
    assert Path("eyes-again.png").read_bytes() == Path("eyes.png").read_bytes()
    assert gallery.refused(dream("still", "eyes.png", "--canvas", "64"), "instead of pictures, got eyes.png")
    assert gallery.refused(dream("still", "--canvas", "4"), "--canvas")


def test_no_canvas_is_larger_than_a_picture_that_can_be_read(folder: Path, dream: Callable, gallery: Any) -> None:
    largest = next(limit.le for limit in DreamSettings.model_fields["canvas_px"].metadata if hasattr(limit, "le"))
    assert largest**2 <= MOST_PIXELS < (largest + 1) ** 2
    assert gallery.refused(dream("still", "--canvas", str(largest + 1)), "--canvas")


@pytest.mark.parametrize("motif", ["eyes", ""])
def test_a_canvas_made_in_bands_is_the_same(motif: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = canvas_rgb(100, seed=3, motif=motif)
    assert np.array_equal(whole, to_rgb(noise(100, seed=3, motif=motif)).numpy()) and whole.std() > 5
    monkeypatch.setattr("dream.rows._BAND_PX", 30)
    assert np.array_equal(canvas_rgb(100, seed=3, motif=motif), whole)


def test_a_guide_leads_elsewhere(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("in.png", drawn)
    gallery.save("guide.png", np.random.default_rng(8).integers(0, 256, (40, 50, 3), dtype=np.uint8))
    assert dream("still", "in.png", "-o", "led.png", "--guide", "guide.png", *gallery.quick)[0] == 0
    assert dream("still", "in.png", "-o", "free.png", *gallery.quick)[0] == 0
    assert np.abs(gallery.pixels("led.png") - gallery.pixels("free.png")).mean() > 1
    assert set(read_recipe(Path("led.png"))["files"]) == {"source", "weights", "guide"}


@pytest.mark.parametrize("words", [("-m", "eyes=0"), ("-m", "eyes=0", "-c", "shapes:1=-0"), ("-g", "in.png", "-l", "shapes=0")])
def test_to_wish_for_nothing_is_refused(folder: Path, dream: Callable, in_png: Path, gallery: Any, words: tuple[str, ...]) -> None:
    assert gallery.refused(dream("still", "in.png", *words, *gallery.quick), "nothing is wished for: every weight is 0")
    assert {path.name for path in folder.iterdir()} == {"in.png"}


@pytest.mark.parametrize(
    ("words", "told"),
    [(("-m", "eyes=1e308"), "a weight is from -1000000 to 1000000"), (("-m", "eyes=-inf"), "a weight is from"), (("-m", "eyes=lots"), "no number"),
     (("-m", "=1"), "--motif =1: it names nothing"), (("-m", "eyes=nan"), "no number"), (("-m", "eyez"), "motif eyez: the network motif has no such motif"),
     (("-l", "nope"), "layer nope: the network motif has no such layer"), (("-c", "shapes:99"), "channel shapes:99: shapes has 16 channels")],
)  # fmt: skip
def test_wishes_that_cannot_be_are_refused_for_the_right_reason(
    folder: Path, dream: Callable, in_png: Path, gallery: Any, words: tuple[str, ...], told: str
) -> None:
    assert gallery.refused(dream("still", "in.png", *words, *gallery.quick), told)


def test_the_help_tells_of_weights_and_where_a_canvas_goes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["still", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert all(words in told for words in ("eyes=0.4", "shapes=0.4", "shapes:17=0.4", "to dream.png by default"))


def test_waves_bleach_no_light_part() -> None:
    """Of a faint wish for one half of a picture to be lighter no step is made that does nothing else: forms are to come of it."""
    gradient = torch.randn(1, 3, 128, 512, generator=torch.Generator().manual_seed(9))
    gradient[..., 256:] += 0.03
    step = Direction(Waves(), photographic=True)(gradient)
    assert float(step[..., 256:].mean() - step[..., :256].mean()) < 1


@pytest.mark.parametrize(("flag", "most"), [("step-size", "0.2"), ("grain", "0.3")])
def test_what_leaves_nothing_of_a_picture_is_refused_but_recipes_of_old_are_read(
    folder: Path, dream: Callable, in_png: Path, gallery: Any, flag: str, most: str
) -> None:
    assert dream("still", "in.png", "-o", "out.png", f"--{flag}", most, *gallery.quick)[0] == 0
    assert gallery.refused(dream("still", "in.png", f"--{flag}", "0.5"), f"--{flag} must be less than or equal to {most}, got 0.5")
    recipe = read_recipe(Path("out.png"))
    recipe["settings"]["climb"][flag.replace("-", "_")] = 0.5
    write_picture(Path("old.png"), read_picture(in_png), recipe=recipe)
    assert dream("again", "old.png")[0] == 0
