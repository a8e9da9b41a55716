"""Zooms fly nearer, come back to their beginning, keep their colours, and end where they are stopped."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from dream.cli import main
from dream.jobs import ZoomJob, ZoomSettings
from dream.moving import motion, move
from dream.pictures import read_recipe
from dream.settings import ClimbSettings, WishSettings
from dream.zoom import Return, dream_zoom, hold
from media.errors import UserError
from media.probe import probe
from media.progress import Progress

pytestmark = pytest.mark.usefixtures("in_png")


def test_motions_of_two_rates_meet_after_a_second() -> None:
    # The same flight at 25 and at 50 frames a second: the factor of a frame is a root, not a half.
    slow = motion(ZoomSettings(zoom=1.04**2, rotate=2), (90, 160), 25)
    fast = motion(ZoomSettings(zoom=1.04, rotate=1), (90, 160), 50)
    assert np.allclose(slow, fast)
    assert np.isclose(np.sqrt(np.linalg.det(fast[:, :2])), 1.04**50)


def test_a_motion_keeps_its_centre_and_turns_clockwise() -> None:
    matrix = motion(ZoomSettings(zoom=2, rotate=90, centre=(0.25, 1)), (11, 21))
    assert np.allclose(matrix @ (5, 10, 1), (5, 10))
    assert np.allclose(matrix @ (6, 10, 1), (5, 12))  # what is right of it comes below it, twice as far


def test_the_scale_coefficient_is_a_zoom() -> None:
    assert ZoomSettings(scale_coeff=0.2).factor == pytest.approx(1.25)
    assert ZoomSettings(zoom=1.1).factor == 1.1


def test_moving_there_and_back_keeps_fine_detail() -> None:
    rows = np.sin(np.arange(120) * 2 * np.pi / 5) * 0.4 + 0.5
    image = np.repeat(np.repeat(rows[:, None], 160, 1)[..., None], 3, 2).astype(np.float32)
    flight = ZoomSettings(zoom=1.3)
    rng = np.random.default_rng(0)
    back = move(move(image, motion(flight, (120, 160)), rng=rng), motion(flight, (120, 160), -1), rng=rng)
    assert np.abs(back - image)[30:90, 40:120].max() < 0.08


def test_what_comes_into_view_has_the_colours_of_the_edge_and_something_to_see() -> None:
    image = np.zeros((60, 80, 3), np.float32)
    image[:, :40, 0], image[:, 40:, 2] = 0.5, 0.5
    moved = move(image, motion(ZoomSettings(zoom=0.5), (60, 80)), rng=np.random.default_rng(0))
    assert np.abs(moved[18:42, 23:37] - image[18:42, 23:37]).max() < 0.01
    red_less_blue = moved[..., 0] - moved[..., 2]
    assert red_less_blue[:, :15].mean() > 0.3 and red_less_blue[:, -15:].mean() < -0.3
    assert moved[:, :15, 0].std() > 0.05


def test_flying_away_from_a_picture_repeats_nothing() -> None:
    # The mirror image of a rim of a few pixels, and its mirror image, would be a grid.
    image = np.random.default_rng(1).random((96, 96, 3), np.float32)
    flight = ZoomSettings(zoom=0.95)
    for n in range(40):
        image = move(image, motion(flight, (96, 96)), rng=np.random.default_rng(n))
    fine = image.mean(2) - cv2.GaussianBlur(image.mean(2), (0, 0), 2)
    assert np.abs(np.corrcoef(fine[:24, 24:72])[np.triu_indices(24, 6)]).max() < 0.9


def test_hold_gives_a_frame_the_colours_of_another() -> None:
    generator = torch.Generator().manual_seed(1)
    like = 0.5 + 0.1 * torch.randn(1, 3, 40, 50, generator=generator)
    glare = 0.5 + 0.12 * (torch.randn(1, 3, 40, 50, generator=generator) @ torch.eye(50)) * torch.tensor([1.5, 0.2, 1.0]).view(1, 3, 1, 1)
    held = hold(glare, like, 1.0)
    assert torch.allclose(held.mean((2, 3)), like.mean((2, 3)), atol=0.01)
    assert torch.allclose(torch.cov(held[0].flatten(1)), torch.cov(like[0].flatten(1)), atol=2e-3)
    assert torch.equal(hold(like, like, 0.0), like)
    grey = torch.full((1, 3, 8, 8), 0.3)
    assert torch.isfinite(hold(grey, grey, 1.0)).all()


def fly(weights: Path, output: str, **more: object) -> int:
    flight = ZoomSettings.model_validate({"frames": 6, "steps_each": 1, "octaves_each": 1, **more})
    job = ZoomJob(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=2, steps=1), zoom=flight)
    return dream_zoom(Path("in.png"), Path(output), job, device="cpu")


def test_frames_fly_nearer(folder: Path, weights: Path) -> None:
    assert fly(weights, "out/%03d.png", zoom=1.25, steps_each=0, hold=0) == 6
    first, second = (Image.open(f"out/00{n}.png") for n in (1, 2))
    assert first.size == (81, 61) and len(list((folder / "out").glob("*.png"))) == 6
    wide, high = 81 / 1.25, 61 / 1.25
    nearer = first.resize((81, 61), Image.Resampling.BICUBIC, box=((81 - wide) / 2, (61 - high) / 2, (81 + wide) / 2, (61 + high) / 2))
    assert np.abs(np.asarray(nearer).astype(int) - np.asarray(second).astype(int)).mean() < 4


def test_a_loop_arrives_at_its_beginning(folder: Path, weights: Path, gallery: Any) -> None:
    fly(weights, "out/%03d.png", frames=30, loop=True, zoom=1.08, rotate=3)
    frames = [gallery.pixels(path) for path in sorted((folder / "out").glob("*.png"))]
    steps = [np.abs(b - a).mean() for a, b in zip(frames, [*frames[1:], frames[0]], strict=True)]
    assert steps[-1] < 1.5 * np.median(steps) and np.abs(frames[15] - frames[0]).mean() > 2 * steps[-1]


@pytest.mark.parametrize("flight", [{"zoom": 1.06, "rotate": 1.5}, {"centre": (0.1, 0.9)}, {"zoom": 0.95}, {"zoom": 1, "rotate": 3}])
def test_the_beginning_comes_back_without_edges(flight: dict[str, Any]) -> None:
    back = Return(np.zeros((90, 160, 3), np.float32), ZoomSettings(frames=40, loop=True, **flight))
    shares = [share for n in range(40) if (share := back.share(n)) is not None]
    assert len(shares) > 10 and shares[-1].min() == 1 and shares[0].max() < 0.3
    for share in shares:
        assert max(np.abs(np.diff(share, axis=axis)).max() for axis in (0, 1)) < 0.2  # far away it is a few pixels wide
    assert all(np.abs(after - before).max() < 0.5 for before, after in pairwise(shares))


def test_a_shorter_flight_says_what_is_left_of_a_longer_one(folder: Path, weights: Path, caplog: pytest.LogCaptureFixture) -> None:
    fly(weights, "out/%d.png", frames=5, steps_each=0)
    assert not caplog.messages
    fly(weights, "out/%d.png", frames=3, steps_each=0)
    assert caplog.messages == ["out/%d.png: of before there are still 2 others beside these: 4.png to 5.png."]


def test_a_full_disk_says_how_many_frames_there_are(folder: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, image: np.ndarray) -> None:
        if path.name == "3.png":
            raise UserError(path, "the disk is full", "Make room.")
        Image.fromarray(image).save(path)

    monkeypatch.setattr("media.write.write_rgb", full)
    with pytest.raises(UserError, match=r"out/3\.png: the disk is full\. Make room\. Before it 2 were written"):
        fly(weights, "out/%d.png", frames=5, steps_each=0)


def test_a_flight_tells_of_every_step_of_its_first_dream_too(folder: Path, weights: Path) -> None:
    flight = ZoomSettings(frames=3, steps_each=1, octaves_each=1)
    job = ZoomJob(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=2, steps=4), zoom=flight)
    told: list[Progress] = []
    dream_zoom(Path("in.png"), Path("out.gif"), job, device="cpu", on_progress=told.append)
    done = [progress.done / progress.total for progress in told]
    assert len(done) == 4 + 3 + 2 and done == sorted(set(done)) and done[-1] == 1  # 61 pixels have room for one size


@pytest.mark.parametrize("name", ["out.mp4", "out.gif"])
def test_films_of_odd_sizes_are_written_and_repeated(folder: Path, dream: Callable, name: str, gallery: Any) -> None:
    words = ["--frames", "4", "--steps-each", "1", "--octaves-each", "1", "--rate", "20", *gallery.quick]
    assert dream("zoom", "in.png", "-o", name, *words)[0] == 0
    video = probe(Path(name)).video
    assert video is not None and (video.width, video.height) == ((80, 60) if name == "out.mp4" else (81, 61))
    assert video.n_frames == 4 and video.rate == 20
    assert dream("again", name)[0] == 0
    assert Path(f"out-again{name[3:]}").read_bytes() == Path(name).read_bytes()


def test_a_flight_ended_by_hand_is_a_film_and_is_repeated_as_far(folder: Path, weights: Path, gallery: Any) -> None:
    job = ZoomJob(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=1, steps=1), zoom=ZoomSettings(frames=50, steps_each=0))
    stopped = gallery.stopped_after(3)  # asked at the one step of the first frame too
    assert dream_zoom(Path("in.png"), Path("out.mp4"), job, device="cpu", is_stopped=stopped) == 3
    assert read_recipe(Path("out.mp4"))["stopped_at"] == [3]
    assert main(["again", "out.mp4"]) == 0
    assert Path("out-again.mp4").read_bytes() == Path("out.mp4").read_bytes()


def test_a_flight_ended_in_its_first_frame_leaves_nothing(folder: Path, weights: Path, gallery: Any) -> None:
    job = ZoomJob(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=1, steps=9))
    assert dream_zoom(Path("in.png"), Path("out.mp4"), job, device="cpu", is_stopped=gallery.stopped_after(4)) == 0
    assert {path.name for path in folder.iterdir()} == {"in.png"}


def test_flights_that_cannot_be_are_refused(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("1.png", drawn)
    before = set(folder.iterdir())
    for words, told in {
        ("in.png", "-o", "out.png"): "one picture cannot hold a film", ("in.png", "-o", "out.wav"): "format for sound", ("no.png",): "no such file",
        ("in.png", "-o", "in/%03d.xyz"): "cannot be written", ("in.png", "--size", "1"): "--size", ("1.png", "-o", "%d.png"): "%d.png: it would take",
        ("in.png", "--zoom", "0"): "--zoom", ("in.png", "--centre", "2,0"): "lie in the picture",
        ("in.png", "--center", "0,2"): "lie in the picture", ("in.png", "--frames", "0"): "--frames",
    }.items():  # fmt: skip
        assert gallery.refused(dream("zoom", *words), told), words
    assert set(folder.iterdir()) == before
