"""Zooms fly and come back, surveys show every layer and channel, attributions find their motif, sweeps go from end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from dream.attribute import light_up, look
from dream.cli import main
from dream.films.settings import FilmJob, PartSettings, ScoreSettings
from dream.jobs import LayersJob, SweepJob, SweepSettings, ZoomJob, ZoomSettings
from dream.moving import motion, move
from dream.nets.catalog import Net, open_net
from dream.nets.staged import Staged
from dream.pictures import read_recipe
from dream.settings import ClimbSettings, WishSettings
from dream.sheets import lay_out, name_below
from dream.surveys import match_layers
from dream.sweep import PARAMETERS, plan_sweep
from dream.zoom import dream_zoom, hold
from media.errors import UserError
from media.probe import probe
from media.progress import Progress

MOTIFS = ["eyes", "feathers", "scales", "gears", "waves"]
QUICK = ["--octaves", "2", "--steps", "1", "--jitter", "4"]
LAYERS = ("edges", "strokes", "shapes", "things", "motifs")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with in.png, 81x61, in it."""
    monkeypatch.chdir(tmp_path)
    small = Image.fromarray(np.random.default_rng(3).integers(30, 225, (6, 8, 3), dtype=np.uint8))
    small.resize((81, 61), Image.Resampling.BICUBIC).save("in.png")
    return tmp_path


def pixels(path: str | Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def refused(answer: tuple[int, str, str], words: str) -> bool:
    status, out, err = answer
    return status == 2 and not out and err.count("\n") == 1 and words in err


# Zoom.


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


def test_a_loop_arrives_at_its_beginning(folder: Path, weights: Path) -> None:
    fly(weights, "out/%03d.png", frames=30, loop=True, zoom=1.08, rotate=3)
    frames = [pixels(path) for path in sorted((folder / "out").glob("*.png"))]
    steps = [np.abs(b - a).mean() for a, b in zip(frames, [*frames[1:], frames[0]], strict=True)]
    assert steps[-1] < 1.5 * np.median(steps) and np.abs(frames[15] - frames[0]).mean() > 2 * steps[-1]


def test_a_flight_tells_of_every_step_of_its_first_dream_too(folder: Path, weights: Path) -> None:
    flight = ZoomSettings(frames=3, steps_each=1, octaves_each=1)
    job = ZoomJob(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=2, steps=4), zoom=flight)
    told: list[Progress] = []
    dream_zoom(Path("in.png"), Path("out.gif"), job, device="cpu", on_progress=told.append)
    done = [progress.done / progress.total for progress in told]
    assert len(done) == 4 + 3 + 2 and done == sorted(set(done)) and done[-1] == 1  # 61 pixels have room for one size


@pytest.mark.parametrize("name", ["out.mp4", "out.gif"])
def test_films_of_odd_sizes_are_written_and_repeated(folder: Path, dream: Callable, name: str) -> None:
    words = ["--frames", "4", "--steps-each", "1", "--octaves-each", "1", "--rate", "20", *QUICK]
    assert dream("zoom", "in.png", "-o", name, *words)[0] == 0
    video = probe(Path(name)).video
    assert video is not None and (video.width, video.height) == ((80, 60) if name == "out.mp4" else (81, 61))
    assert video.n_frames == 4 and video.rate == 20
    assert dream("again", name)[0] == 0
    assert Path(f"out-again{name[3:]}").read_bytes() == Path(name).read_bytes()


def test_a_flight_ended_by_hand_is_a_film_and_is_repeated_as_far(folder: Path, weights: Path) -> None:
    job = ZoomJob(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=1, steps=1), zoom=ZoomSettings(frames=50, steps_each=0))
    asked = iter([False, False, True])
    assert dream_zoom(Path("in.png"), Path("out.mp4"), job, device="cpu", is_stopped=lambda: next(asked)) == 3
    assert read_recipe(Path("out.mp4"))["stopped_at"] == [3]
    assert main(["again", "out.mp4"]) == 0
    assert Path("out-again.mp4").read_bytes() == Path("out.mp4").read_bytes()


def test_flights_that_cannot_be_are_refused(folder: Path, dream: Callable) -> None:
    before = set(folder.iterdir())
    for words, told in {
        ("in.png", "-o", "out.png"): "one picture cannot hold a film", ("in.png", "-o", "out.wav"): "format for sound", ("no.png",): "no such file",
        ("in.png", "--zoom", "0"): "--zoom", ("in.png", "--centre", "2,0"): "lie in the picture", ("in.png", "--frames", "0"): "--frames",
    }.items():  # fmt: skip
        assert refused(dream("zoom", *words), told), words
    assert set(folder.iterdir()) == before


# Layers and channels.


def test_each_layer_has_its_picture_and_all_a_sheet(folder: Path, dream: Callable) -> None:
    assert dream("layers", "in.png", "-o", "out", *QUICK)[:2] == (0, "out: 5 layers\n")
    names = [f"0{n}-{layer}.png" for n, layer in enumerate(LAYERS, 1)]
    assert sorted(path.name for path in (folder / "out").iterdir()) == [*names, "sheet.png"]
    pictures = [pixels(Path("out") / name) for name in names]
    assert all(picture.shape == (61, 81, 3) for picture in pictures)
    assert min(np.abs(a - b).mean() for n, a in enumerate(pictures) for b in pictures[:n]) > 0.5
    for made in ("03-shapes.png", "sheet.png"):
        assert dream("again", f"out/{made}")[0] == 0
        assert np.array_equal(pixels(f"out/{made[:-4]}-again.png"), pixels(f"out/{made}"))


def test_layers_without_a_picture_begin_with_noise_and_as_gif_they_take_turns(folder: Path, dream: Callable) -> None:
    assert dream("layers", "-o", "out.gif", "--filter", "s*", "--size", "64", "--seconds", "0.5", *QUICK)[0] == 0
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


def test_no_layer_that_matches_is_told(folder: Path, dream: Callable) -> None:
    assert refused(dream("layers", "in.png", "--filter", "["), "Choose from: edges")
    assert refused(dream("layers", "in.png", "-o", "out.xyz"), "no picture format")
    assert {path.name for path in folder.iterdir()} == {"in.png"}


def test_channels_of_a_layer_motifs_and_layers_stand_on_a_sheet(folder: Path, dream: Callable) -> None:
    assert dream("channels", "--layer", "shapes", "--from", "10", "--count", "99", "--size", "48", *QUICK)[1] == "channels.png: 6 dreams\n"
    assert dream("channels", "-o", "all.jpg", "--size", "48", *QUICK)[1] == "all.jpg: 5 dreams\n"
    assert dream("channels", "eyes", "things", "shapes:3", "-o", "some.png", "--size", "48", *QUICK)[1] == "some.png: 3 dreams\n"
    assert dream("again", "some.png")[0] == 0
    assert Path("some-again.png").read_bytes() == Path("some.png").read_bytes()
    assert refused(dream("channels", "eyess"), "Did you mean eyes?")
    assert refused(dream("channels", "shapes:99"), "16 channels")
    assert refused(dream("channels", "--layer", "shapes", "--from", "16"), "0 to 15")


def test_sheets_fit_their_names_and_need_no_square() -> None:
    pictures = [np.full((20, 30, 3), 9 * n, np.uint8) for n in range(7)]
    sheet = lay_out(pictures, ["a name that is far too long for so small a picture"] * 7)
    assert sheet.shape[0] > 3 * 20 and lay_out(pictures, columns=7).shape[1] > 7 * 30
    assert lay_out(pictures[:1]).shape[1] < 40
    named = name_below(np.zeros((21, 31, 3), np.uint8), "x")
    assert named.shape[0] > 21 and named.shape[0] % 2 == 0 and named.shape[1] == 32


# Attribution.


class Colours(nn.Module):
    """A network that knows three motifs: red, green and blue."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 12 * nn.functional.avg_pool2d(x, 8, ceil_mode=True)


@pytest.fixture
def colours() -> Net:
    staged = Staged({"motifs": Colours()}, mean=(0, 0, 0), std=(1, 1, 1))
    return Net("motif", staged, {"red": 0, "green": 1, "blue": 2}, "motifs")


def test_a_motif_is_seen_where_it_is(colours: Net) -> None:
    picture = torch.zeros(1, 3, 160, 240)
    picture[:, 0, :, :60], picture[:, 2, :, 60:180], picture[:, 1, :, 180:] = 0.9, 0.9, 0.9
    seen = {one.motif: one for one in look(picture, colours, device=torch.device("cpu"))}
    assert next(iter(seen)) == "blue" and sum(one.share for one in seen.values()) == pytest.approx(1, abs=0.02)
    assert seen["blue"].share == pytest.approx(0.5, abs=0.06) and seen["red"].share == pytest.approx(0.25, abs=0.06)
    where = seen["red"].where
    assert where.shape == (160, 240) and where[:, :50].min() > 0.7 and where[:, 72:].max() < 0.3


def test_light_falls_where_the_motif_is_and_nowhere_if_it_is_not() -> None:
    rgb = np.full((60, 80, 3), 128, np.uint8)
    where = np.zeros((60, 80), np.float32)
    assert light_up(rgb, where).max() < 60
    where[:, 40:] = 0.9
    lit = light_up(rgb, where).astype(int)
    assert np.abs(lit[:, 60:] - 128).max() < 25 and lit[:, :20].max() < 60


def test_the_ranking_is_told_and_drawn(folder: Path, dream: Callable) -> None:
    status, out, _ = dream("attribute", "in.png", "--json")
    ranking = json.loads(out)
    shares = [row["share"] for row in ranking]
    assert status == 0 and {row["motif"] for row in ranking} == set(MOTIFS) and shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=0.02) and {path.name for path in folder.iterdir()} == {"in.png"}
    assert dream("attribute", "in.png", "-m", "waves", "-m", "EYES", "-o", "out.png")[0] == 0
    assert dream("again", "out.png")[0] == 0 and Path("out-again.png").read_bytes() == Path("out.png").read_bytes()
    assert refused(dream("attribute", "in.png", "-m", "wave"), "Did you mean waves?")


# Sweeps.


def test_sweeps_go_from_end_to_end() -> None:
    def values(text: str, count: int) -> list[str]:
        return [stop.label for stop in plan_sweep(SweepJob(sweep=SweepSettings(sweep=text)), count=count)]

    assert values("strength=0..1", 3) == ["strength 0", "strength 0.5", "strength 1"]
    assert values("steps=2..32", 5) == ["steps 2", "steps 4", "steps 8", "steps 16", "steps 32"]
    assert values("step_size=0.02..0.01", 2) == ["step-size 0.02", "step-size 0.01"]
    assert values("octaves=1..3", 9) == ["octaves 1", "octaves 2", "octaves 3"]
    assert values("motif=eyes..waves", 3) == ["eyes 100%", "eyes 50%   waves 50%", "waves 100%"]
    assert values("seed=1..5", 1) == ["seed 1"]


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_number_of_a_climb_can_be_swept(name: str) -> None:
    default = getattr(ClimbSettings(), name.replace("-", "_"))
    (stop,) = plan_sweep(SweepJob(sweep=SweepSettings(sweep=f"{name}={default}..{default}")), count=1)
    assert stop.settings.climb == ClimbSettings()


@pytest.mark.parametrize(
    ("text", "told"),
    [("steps", "no sweep"), ("stepp=1..2", "Did you mean steps?"), ("steps=0..2", "greater than or equal to 1"), ("steps=a..b", "a is no number"),
     ("strength=0..2", "less than or equal to 1"), ("scale=1.5..nan", "--scale"), ("even=0..1", "no number called even")],
)  # fmt: skip
def test_sweeps_that_cannot_be_are_refused(text: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        plan_sweep(SweepJob(sweep=SweepSettings(sweep=text)), count=3)


def test_sheets_and_films_of_sweeps_are_written_and_repeated(folder: Path, dream: Callable) -> None:
    assert dream("sweep", "in.png", "--sweep", "strength=0..1", "--count", "4", *QUICK)[:2] == (0, "sweep.png: 4 dreams\n")
    assert dream("sweep", "in.png", "-o", "out.gif", "--sweep", "motif=eyes..waves", "--frames", "3", "-r", "10", *QUICK)[0] == 0
    video = probe(Path("out.gif")).video
    assert video is not None and video.n_frames == 3 and video.rate == 10
    for name in ("sweep.png", "out.gif"):
        assert dream("again", name)[0] == 0
        again = Path(name).with_stem(f"{Path(name).stem}-again")
        assert again.read_bytes() == Path(name).read_bytes()
    assert refused(dream("sweep", "in.png", "--sweep", "motif=eyes..wave"), "Did you mean waves?")


def test_jobs_come_back_from_their_recipes() -> None:
    film = FilmJob(part=PartSettings(start=Fraction(1, 3)), score=ScoreSettings(midi=Path("a.mid"), map=("midi.note.60=motif.eyes",)))
    for job in (ZoomJob(zoom=ZoomSettings(centre=(0.1, 0.9), rate=Fraction(30000, 1001))), LayersJob(), SweepJob(), film):
        assert type(job).model_validate(json.loads(json.dumps(job.model_dump(mode="json")))) == job
