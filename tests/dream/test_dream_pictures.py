"""Still pictures of every kind are dreamed, alone and many, kept when they are stopped, and repeated bit for bit by their recipe."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from dream.cli import main
from dream.folders import dream_all, plan_tasks, preview
from dream.pictures import Picture, read_picture, read_recipe, write_picture
from dream.settings import ClimbSettings, DreamSettings, WishSettings
from media.errors import UserError
from media.progress import Progress

QUICK = ["--octaves", "2", "--steps", "2", "--jitter", "4"]


@pytest.fixture
def drawn() -> np.ndarray:
    """A picture (60, 80, 3) with something to see in it."""
    rng = np.random.default_rng(3)
    small = Image.fromarray(rng.integers(30, 225, (6, 8, 3), dtype=np.uint8))
    return np.asarray(small.resize((80, 60), Image.Resampling.BICUBIC))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(path: str, image: np.ndarray | Image.Image, **more: object) -> Path:
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, **more)
    return Path(path)


def pixels(path: str | Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


# Kinds of pictures.


def test_a_dream_changes_the_picture_and_keeps_its_size(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    save("in.png", drawn)
    assert dream("still", "in.png", *QUICK)[0] == 0
    change = np.abs(pixels("in-dream.png") - drawn)
    assert change.shape == drawn.shape and change.mean() > 3
    assert not list(folder.glob("*preview*")) and not list(folder.glob(".*"))


def test_alpha_is_kept(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    alpha = np.tile(np.linspace(0, 255, 80).astype(np.uint8), (60, 1))
    save("in.png", np.dstack([drawn, alpha]))
    assert dream("still", "in.png", "-o", "out.png", *QUICK)[0] == 0
    with Image.open("out.png") as out:
        assert out.mode == "RGBA" and np.array_equal(np.asarray(out)[..., 3], alpha)
    assert dream("still", "in.png", "-o", "out.jpg", *QUICK)[0] == 0
    assert Image.open("out.jpg").mode == "RGB"


def test_see_through_palettes_keep_their_alpha(folder: Path) -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((0, 0), 0)
    save("in.gif", image, transparency=0)
    alpha = read_picture(Path("in.gif")).alpha
    assert alpha is not None and alpha[0, 0] == 0 and alpha[1:].min() == 255


@pytest.mark.parametrize("turned", range(1, 9))
def test_exif_turns_pictures_upright(folder: Path, turned: int) -> None:
    upright = np.zeros((20, 30, 3), np.uint8)
    upright[:10, :15], upright[:10, 15:], upright[10:, :15] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    undo = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.transpose(1, 0, 2),
        6: np.rot90(upright), 7: upright[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(upright, -1),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = turned
    save("in.png", np.ascontiguousarray(undo[turned]), exif=exif)
    assert np.array_equal(read_picture(Path("in.png")).rgb, upright)


def test_cmyk_and_sixteen_bits_and_floats_are_read(folder: Path) -> None:
    grey = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (16, 1))
    wanted = (grey / 257).round().astype(int)
    save("deep.png", Image.fromarray(grey))
    save("deep.tif", Image.fromarray(grey))
    save("float.tif", Image.fromarray((grey / 65535).astype(np.float32)))
    for name in ("deep.png", "deep.tif", "float.tif"):
        assert np.abs(read_picture(Path(name)).rgb.astype(int) - wanted[..., None]).max() <= 1, name
    cmyk = Image.merge("CMYK", [Image.new("L", (16, 16), ink) for ink in (0, 255, 255, 0)])
    save("press.jpg", cmyk, quality=100)
    assert np.abs(read_picture(Path("press.jpg")).rgb.mean((0, 1)) - (255, 0, 0)).max() < 12


def test_colours_of_a_profile_become_those_of_a_screen(folder: Path) -> None:
    # There are no other RGB profiles at hand than those that Pillow makes; a broken one must not harm either.
    image = Image.new("RGB", (8, 8), (200, 60, 30))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    save("told.png", image, icc_profile=profile)
    save("broken.png", image, icc_profile=b"no profile")
    for name in ("told.png", "broken.png"):
        assert np.abs(read_picture(Path(name)).rgb.astype(int) - (200, 60, 30)).max() <= 2


@pytest.mark.parametrize("name", ["in.gif", "in.webp", "in.png"])
def test_of_an_animation_the_first_frame_is_dreamed(folder: Path, name: str) -> None:
    frames = [Image.new("RGB", (16, 12), color) for color in ((250, 0, 0), (0, 0, 250))]
    save(name, frames[0], save_all=True, append_images=frames[1:], lossless=True)
    assert np.abs(read_picture(Path(name)).rgb.astype(int) - (250, 0, 0)).max() < 8


@pytest.mark.parametrize("size", [(2, 2), (2, 300), (301, 3), (47, 49)])
def test_small_and_narrow_pictures_dream(folder: Path, dream: Callable, size: tuple[int, int]) -> None:
    save("in.png", np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    assert dream("still", "in.png", "-o", "out.png", *QUICK)[0] == 0
    assert Image.open("out.png").size == size


def bomb(path: Path, width: int, height: int) -> None:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))


def test_what_is_no_picture_is_refused_in_a_line(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    bomb(folder / "bomb.png", 60_000, 60_000)
    save("thin.png", np.zeros((50, 1, 3), np.uint8))
    save("whole.png", drawn)
    Path("cut.png").write_bytes(Path("whole.png").read_bytes()[:900])
    Path("text.jpg").write_text("no picture")
    Path("empty.png").write_bytes(b"")
    (folder / "none").mkdir()
    for name, words in {
        "bomb.png": "60000x60000 are more pixels", "thin.png": "1x50 pixels are too few", "cut.png": "no picture that can be read",
        "text.jpg": "no picture that can be read", "empty.png": "no picture that can be read", "gone.png": "there is no such file",
        "none": "no picture in this folder",
    }.items():  # fmt: skip
        began = set(folder.iterdir())
        status, out, err = dream("still", name, "-o", "out.png", *QUICK)
        assert status == 2 and not out and err.count("\n") == 1 and name in err and words in err, (name, err)
        assert set(folder.iterdir()) == began


def test_places_that_do_not_fit_are_refused_before_any_work(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    save("in.png", drawn)
    save("two.png", drawn)
    (folder / "taken.png").mkdir()
    for words, told in {
        ("in.png", "-o", "out.xyz"): "no picture format", ("in.png", "-o", "no/out.png"): "does not exist", ("in.png", "-o", "in.png"): "take the place",
        ("in.png", "two.png", "-o", "out.png"): "2 pictures need a folder", ("in.png", "-m", "eyess"): "Did you mean eyes?",
        ("in.png", "--mask", "gone.png"): "no such file", ("in.png", "-d", "mps"): "--device mps", (): "PICTURES is missing",
    }.items():  # fmt: skip
        before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
        status, _, err = dream("still", *words, *QUICK)
        assert status == 2 and err.count("\n") == 1 and told in err, (words, err)
        assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


# Where, and how much.


def test_a_mask_keeps_the_rest_as_it_is(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    drawn = drawn.repeat(3, 0).repeat(3, 1)  # large enough for several sizes, whose changes spill when they are made larger
    save("in.png", drawn)
    mask = np.zeros((30, 40), np.uint8)  # smaller: it is stretched
    mask[:, 20:] = 255
    save("mask.png", mask)
    assert dream("still", "in.png", "-o", "out.png", "--mask", "mask.png", "--octaves", "4", "--steps", "2", "--step-size", "0.1")[0] == 0
    change = np.abs(pixels("out.png") - drawn).mean(2)
    assert change[:, :113].max() == 0 and change[:, 127:].mean() > 3


def test_a_see_through_mask_masks_too(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    save("in.png", drawn)
    mask = np.full((60, 80, 4), 255, np.uint8)
    mask[:, :40, 3] = 0
    save("mask.png", mask)
    assert dream("still", "in.png", "-o", "out.png", "--mask", "mask.png", *QUICK)[0] == 0
    assert np.array_equal(pixels("out.png")[:, :36], drawn[:, :36])


def test_strength_lies_between_the_picture_and_the_dream(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    save("in.png", drawn)
    for strength in ("0", "0.5", "1"):
        assert dream("still", "in.png", "-o", f"{strength}.png", "-s", strength, *QUICK)[0] == 0
    assert np.array_equal(pixels("0.png"), drawn)
    assert np.abs(pixels("0.5.png") - (drawn.astype(int) + pixels("1.png")) / 2).max() <= 1


def test_colours_are_preserved(folder: Path, dream: Callable) -> None:
    drawn = np.full((60, 80, 3), (120, 100, 140), np.uint8)
    save("in.png", drawn)
    assert dream("still", "in.png", "-o", "out.png", "--preserve-color", *QUICK)[0] == 0
    out = pixels("out.png")
    assert out.std() > 1
    assert np.abs((out[..., 0] - out[..., 1]) - 20).max() <= 1 and np.abs((out[..., 2] - out[..., 0]) - 20).max() <= 1


def test_a_guide_leads_elsewhere(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    save("in.png", drawn)
    save("guide.png", np.random.default_rng(8).integers(0, 256, (40, 50, 3), dtype=np.uint8))
    assert dream("still", "in.png", "-o", "led.png", "--guide", "guide.png", *QUICK)[0] == 0
    assert dream("still", "in.png", "-o", "free.png", *QUICK)[0] == 0
    assert np.abs(pixels("led.png") - pixels("free.png")).mean() > 1
    assert set(read_recipe(Path("led.png"))["files"]) == {"source", "weights", "guide"}


# Many.


def test_folders_and_globs_go_into_a_folder(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    (folder / "in" / "sub").mkdir(parents=True)
    for name in ("in/b.png", "in/a.jpg", "in/sub/a.png"):
        save(name, drawn)
    Path("in/broken.png").write_text("no picture")
    Path("in/note.txt").write_text("no picture either")
    status, out, err = dream("still", "in", "-o", "out", *QUICK)
    assert status == 2 and "in/broken.png" in err and err.count("\n") == 1
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["a-2.png", "a.png", "b.png"]
    assert np.array_equal(pixels("out/a-2.png"), pixels("out/b.png"))  # each by itself, whatever came before
    assert out.count("\n") == 3


def test_dreams_among_the_pictures_are_not_dreamed_again(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    for name in ("a.png", "a.bmp", "b.png"):
        save(name, drawn)
    wanted = {"a.png", "a.bmp", "b.png", "a-dream.png", "a-dream-2.png", "b-dream.png"}
    for _ in range(2):
        assert dream("still", ".", *QUICK)[0] == 0
        assert {path.name for path in folder.iterdir()} == wanted


def test_resume_goes_on_with_what_is_not_done(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    for name in ("a.png", "b.png", "c.png"):
        save(name, drawn)
    assert dream("still", "a.png", "b.png", "c.png", "-o", "out", *QUICK)[0] == 0
    Path("out/b.png").unlink()
    save("c.png", drawn[::-1])
    before = Path("out/a.png").stat().st_mtime_ns
    _, out, _ = dream("still", "a.png", "b.png", "c.png", "-o", "out", "--resume", *QUICK)
    assert [line.split(": ")[1] for line in out.splitlines()] == ["was there already", "on cpu", "on cpu"]
    assert Path("out/a.png").stat().st_mtime_ns == before
    _, out, _ = dream("still", "a.png", "-o", "out", "--resume", *QUICK, "--seed", "5")
    assert "was there already" not in out  # other settings, another picture


def test_resume_looks_at_the_mask_too(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    save("a.png", drawn)
    for mask in (drawn, drawn[::-1]):
        save("mask.png", mask)
        assert "was there" not in dream("still", "a.png", "--mask", "mask.png", "--resume", *QUICK)[1]
    assert "was there" in dream("still", "a.png", "--mask", "mask.png", "--resume", *QUICK)[1]


def test_progress_grows_over_all_pictures(folder: Path, weights: Path, drawn: np.ndarray) -> None:
    save("a.png", drawn)
    save("b.png", drawn[:30])
    seen: list[Progress] = []
    settings = DreamSettings(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=2, steps=2))
    list(dream_all(plan_tasks([Path("a.png"), Path("b.png")], Path("out")), settings, on_progress=seen.append))
    shares = [progress.done / progress.total for progress in seen]
    assert shares == sorted(shares) and shares[-1] == 1 and any(abs(share - 2 / 3) < 1e-9 for share in shares)


def test_a_preview_is_drawn_now_and_then_and_goes(folder: Path) -> None:
    now = [0.0]
    path = folder / "out.preview.jpg"
    with preview(folder / "out.png", every_s=3, clock=lambda: now[0]) as look:
        look(torch.zeros(1, 3, 10, 2000))
        assert not path.exists()
        now[0] = 3.5
        look(torch.ones(1, 3, 10, 2000))
        assert Image.open(path).size == (1280, 6) and pixels(path).min() > 250
        now[0] = 5
        look(torch.zeros(1, 3, 10, 2000))
        assert pixels(path).min() > 250
    assert not path.exists()


def test_stopped_by_hand_the_best_so_far_is_kept(folder: Path, weights: Path, drawn: np.ndarray) -> None:
    drawn = drawn.repeat(2, 0).repeat(2, 1)
    save("a.png", drawn)
    save("b.png", drawn)
    settings = DreamSettings(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=2, steps=40))
    asked = iter([False] * 45 + [True] * 1000)
    tasks = plan_tasks([Path("a.png"), Path("b.png")], Path("out"))
    (done,) = dream_all(tasks, settings, is_stopped=lambda: next(asked))
    assert done.dreamed is not None and done.dreamed.stopped_at is not None and done.dreamed.stopped_at[0] == 1
    assert np.abs(pixels("out/a.png") - drawn).mean() > 3 and not Path("out/b.png").exists()
    assert read_recipe(Path("out/a.png"))["stopped_at"] == list(done.dreamed.stopped_at)
    assert main(["again", "out/a.png", "-o", "again.png"]) == 0  # ended at the same step
    assert np.array_equal(pixels("again.png"), pixels("out/a.png"))
    again = [task for task in dream_all(tasks, settings, resume=True) if task.dreamed]
    assert [task.dreamed.is_whole for task in again if task.dreamed] == [True, True]


def test_ctrl_c_ends_a_real_program_with_a_picture(folder: Path, weights: Path, root: Path) -> None:
    save("in.png", np.random.default_rng(2).integers(0, 256, (300, 400, 3), dtype=np.uint8))
    command = [sys.executable, "-m", "dream", "still", "in.png", "-o", "out.png", "--steps", "9999", "--weights", str(weights)]
    program = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not Path("out.preview.jpg").exists() and time.monotonic() < until:
        time.sleep(0.05)
    program.send_signal(signal.SIGINT)
    out, _ = program.communicate(timeout=60)
    assert program.returncode == 130 and "best so far" in out
    assert Image.open("out.png").size == (400, 300)
    assert {path.name for path in folder.iterdir()} == {"in.png", "out.png", "out.png.dreaming"} and "--resume" in out


# Recipes.


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_again_is_the_same_bit_for_bit(folder: Path, dream: Callable, drawn: np.ndarray, suffix: str) -> None:
    save("in.png", drawn)
    wishes = ["-m", "eyes=0.5", "-l", "shapes", "-c", "things:3=-0.2", "--seed", "7", "--even"]
    assert dream("still", "in.png", "-o", f"out{suffix}", *wishes, *QUICK)[0] == 0
    assert dream("again", f"out{suffix}") == (0, f"out-again{suffix}\n", "")
    assert Path(f"out-again{suffix}").read_bytes() == Path(f"out{suffix}").read_bytes()
    assert Path(f"out{suffix}.json").exists() == (suffix != ".png")


def test_again_finds_files_that_moved_together_or_asks(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    save("in.png", drawn)
    save("mask.png", drawn)
    assert dream("still", "in.png", "-o", "out.png", "--mask", "mask.png", *QUICK)[0] == 0
    (folder / "there").mkdir()
    for name in ("in.png", "mask.png", "out.png"):
        Path(name).rename(Path("there") / name)
    assert dream("again", "there/out.png")[0] == 0
    assert np.array_equal(pixels("there/out-again.png"), pixels("there/out.png"))
    Path("there/in.png").rename("elsewhere.png")
    status, _, err = dream("again", "there/out.png")
    assert status == 2 and "source is not there any more" in err and "--source" in err
    assert dream("again", "there/out.png", "--source", "elsewhere.png")[0] == 0
    save("elsewhere.png", drawn[::-1])
    status, _, err = dream("again", "there/out.png", "--source", "elsewhere.png")
    assert status == 2 and "is another one now" in err


def test_again_without_a_recipe_of_ours_is_refused(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    save("bare.png", drawn)
    save("bare.jpg", drawn)
    write_picture(Path("strange.png"), Picture(drawn), recipe={"command": "cook"})
    Path("bare.tif.json").write_text("{")
    save("bare.tif", drawn)
    told = {"bare.png": "no recipe", "bare.jpg": "no recipe", "bare.tif": "no recipe", "strange.png": "another version", "no.png": "no such file"}
    for name, words in told.items():
        status, _, err = dream("again", name)
        assert status == 2 and words in err and err.count("\n") == 1, err
    dream("still", "bare.png", "-o", "out.png", *QUICK)
    assert "take the place" in dream("again", "out.png", "-o", "out.png")[2]


def test_a_recipe_tells_all_settings(folder: Path, dream: Callable, drawn: np.ndarray) -> None:
    save("in.png", drawn)
    assert dream("still", "in.png", "-o", "out.png", "-m", "gears", *QUICK)[0] == 0
    recipe = json.loads(Image.open("out.png").info["dream"])
    assert recipe["command"] == "still" and recipe["settings"]["wish"]["motif"] == ["gears"] and recipe["stopped_at"] is None
    assert DreamSettings.model_validate(recipe["settings"]).climb == ClimbSettings(octaves=2, steps=2, jitter=4)


def test_a_full_folder_of_faults_leaves_no_half_picture(folder: Path, weights: Path, drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Image.Image, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    save("in.png", drawn)
    settings = DreamSettings(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=1, steps=1))
    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(UserError, match="disk is full"):
        list(dream_all(plan_tasks([Path("in.png")], Path("out.png")), settings))
    assert {path.name for path in folder.iterdir()} == {"in.png"}
