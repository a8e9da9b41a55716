"""Many pictures are dreamed one after the other, each into a place of its own, and kept when they are stopped."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from dream.cli import main
from dream.folders import dream_all, plan_tasks, preview
from dream.pictures import read_recipe
from dream.settings import ClimbSettings, DreamSettings, WishSettings
from media.progress import Progress


def test_folders_and_globs_go_into_a_folder(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    (folder / "in" / "sub").mkdir(parents=True)
    for name in ("in/b.png", "in/a.jpg", "in/sub/a.png"):
        gallery.save(name, drawn)
    Path("in/broken.png").write_text("no picture")
    Path("in/note.txt").write_text("no picture either")
    status, out, err = dream("still", "in", "-o", "out", *gallery.quick)
    assert status == 2 and "in/broken.png" in err and err.count("\n") == 1
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["a-2.png", "a.png", "b.png"]
    assert np.array_equal(gallery.pixels("out/a-2.png"), gallery.pixels("out/b.png"))  # each by itself, whatever came before
    assert out.count("\n") == 3


def test_what_is_wrong_with_one_picture_is_told_with_its_name_and_stops_no_other(
    folder: Path, dream: Callable, drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch, gallery: Any
) -> None:
    monkeypatch.setattr("dream.tiles.AT_ONCE_PX", 8000)  # a neuron has no middle to be in where pictures climb in tiles
    gallery.save("a.png", drawn.repeat(2, 0).repeat(2, 1))
    gallery.save("b.png", drawn)
    status, out, err = dream("still", "a.png", "b.png", "-o", "out", "--neuron", "shapes:3", *gallery.quick)
    assert status == 2 and out == "out/b.png: on cpu\n" and err.count("\n") == 1 and "a.png" in err and "--neuron" in err


def test_what_is_wrong_with_all_is_told_once_and_before_any_work(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    for name in ("a.png", "b.png"):
        gallery.save(name, drawn)
    Path("text.png").write_text("no picture")
    for words in (("--mask", "text.png"), ("--guide", "text.png"), ("-m", "eyess"), ("-d", "mps"), ("--mask", "gone.png")):
        status, out, err = dream("still", "a.png", "b.png", *words, *gallery.quick)
        assert status == 2 and not out and err.count("\n") == 1, err
    assert gallery.refused(dream("still", "a.png", "b.png", "-o", "text.png/out", *gallery.quick), "not a folder")
    Path("round.png").symlink_to("round.png")
    assert gallery.refused(dream("still", "a.png", "-o", "round.png", *gallery.quick), "a link that leads round to itself")
    assert gallery.refused(dream("still", "a.png", "-o", os.devnull, *gallery.quick), "the output is a device, not a file")
    assert {path.name for path in folder.iterdir()} == {"a.png", "b.png", "text.png", "round.png"}


def test_dreams_among_the_pictures_are_not_dreamed_again(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    for name in ("a.png", "a.bmp", "b.png"):
        gallery.save(name, drawn)
    wanted = {"a.png", "a.bmp", "b.png", "a-dream.png", "a-dream-2.png", "b-dream.png"}
    for _ in range(2):
        assert dream("still", ".", *gallery.quick)[0] == 0
        assert {path.name for path in folder.iterdir()} == wanted


def test_no_picture_is_lost_to_the_dream_of_another(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    (folder / "in").mkdir()
    for name in ("in/a.jpg", "in/a.png", "b.bmp", "b-dream.png"):
        gallery.save(name, drawn)
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    assert gallery.refused(dream("still", "in", "-o", "in", *gallery.quick), "in/a.png: the dream of in/a.jpg would take its place")
    assert gallery.refused(dream("still", "b.bmp", "b-dream.png", *gallery.quick), "the dream of b.bmp would take its place")
    assert gallery.refused(dream("still", "b.bmp", "--mask", "in/a.png", "-o", "in/a.png", *gallery.quick), "take the place of what it is made of")
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


def test_resume_goes_on_with_what_is_not_done(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    for name in ("a.png", "b.png", "c.png"):
        gallery.save(name, drawn)
    assert dream("still", "a.png", "b.png", "c.png", "-o", "out", *gallery.quick)[0] == 0
    Path("out/b.png").unlink()
    gallery.save("c.png", drawn[::-1])
    before = Path("out/a.png").stat().st_mtime_ns
    _, out, _ = dream("still", "a.png", "b.png", "c.png", "-o", "out", "--resume", *gallery.quick)
    assert [line.split(": ")[1] for line in out.splitlines()] == ["was there already", "on cpu", "on cpu"]
    assert Path("out/a.png").stat().st_mtime_ns == before
    _, out, _ = dream("still", "a.png", "-o", "out", "--resume", *gallery.quick, "--seed", "5")
    assert "was there already" not in out  # other settings, another picture


def test_resume_looks_at_the_mask_too(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("a.png", drawn)
    for mask in (drawn, drawn[::-1]):
        gallery.save("mask.png", mask)
        assert "was there" not in dream("still", "a.png", "--mask", "mask.png", "--resume", *gallery.quick)[1]
    assert "was there" in dream("still", "a.png", "--mask", "mask.png", "--resume", *gallery.quick)[1]


def test_progress_grows_over_all_pictures(folder: Path, weights: Path, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("a.png", drawn)
    gallery.save("b.png", drawn[:30])
    seen: list[Progress] = []
    settings = DreamSettings(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=2, steps=2))
    list(dream_all(plan_tasks([Path("a.png"), Path("b.png")], Path("out")), settings, on_progress=seen.append))
    shares = [progress.done / progress.total for progress in seen]
    assert shares == sorted(shares) and shares[-1] == 1 and any(abs(share - 2 / 3) < 1e-9 for share in shares)


def test_a_preview_is_drawn_now_and_then_and_goes(folder: Path, gallery: Any) -> None:
    now = [0.0]
    path = folder / "out.preview.jpg"
    with preview(folder / "out.png", every_s=3, clock=lambda: now[0]) as look:
        look(torch.zeros(1, 3, 10, 2000))
        assert not path.exists()
        now[0] = 3.5
        look(torch.ones(1, 3, 10, 2000))
        assert Image.open(path).size == (1280, 6) and gallery.pixels(path).min() > 250
        now[0] = 5
        look(torch.zeros(1, 3, 10, 2000))
        assert gallery.pixels(path).min() > 250
    assert not path.exists()


def test_stopped_by_hand_the_best_so_far_is_kept(folder: Path, weights: Path, drawn: np.ndarray, gallery: Any) -> None:
    drawn = drawn.repeat(2, 0).repeat(2, 1)
    gallery.save("a.png", drawn)
    gallery.save("b.png", drawn)
    settings = DreamSettings(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=2, steps=40))
    asked = iter([False] * 45 + [True] * 1000)
    tasks = plan_tasks([Path("a.png"), Path("b.png")], Path("out"))
    (done,) = dream_all(tasks, settings, is_stopped=lambda: next(asked))
    assert done.dreamed is not None and done.dreamed.stopped_at is not None and done.dreamed.stopped_at[0] == 1
    assert np.abs(gallery.pixels("out/a.png") - drawn).mean() > 3 and not Path("out/b.png").exists()
    assert read_recipe(Path("out/a.png"))["stopped_at"] == list(done.dreamed.stopped_at)
    assert main(["again", "out/a.png", "-o", "again.png"]) == 0  # ended at the same step
    assert np.array_equal(gallery.pixels("again.png"), gallery.pixels("out/a.png"))
    again = [task for task in dream_all(tasks, settings, resume=True) if task.dreamed]
    assert [task.dreamed.is_whole for task in again if task.dreamed] == [True, True]


def test_ctrl_c_ends_a_real_program_with_a_picture(folder: Path, interrupted: Callable[..., tuple[int, str]], gallery: Any) -> None:
    gallery.save("in.png", np.random.default_rng(2).integers(0, 256, (300, 400, 3), dtype=np.uint8))
    status, out = interrupted("still", "in.png", "-o", "out.png", "--steps", "9999", once="out.preview.jpg")
    assert status == 130 and "best so far" in out
    assert Image.open("out.png").size == (400, 300)
    assert {path.name for path in folder.iterdir()} == {"in.png", "out.png", "out.png.dreaming"} and "--resume" in out
