"""Sweeps go from end to end, in sheets and films, and no further than they are let."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dream.cli import main
from dream.films.settings import FilmJob, PartSettings, ScoreSettings
from dream.jobs import LayersJob, SweepJob, SweepSettings, ZoomJob, ZoomSettings
from dream.pictures import read_recipe
from dream.settings import ClimbSettings, WishSettings
from dream.sweep import SWEPT, plan_sweep, sweep
from media.errors import UserError
from media.probe import probe


def test_sweeps_go_from_end_to_end() -> None:
    def values(text: str, count: int) -> list[str]:
        return [stop.label for stop in plan_sweep(SweepJob(sweep=SweepSettings(sweep=text)), count=count)]

    assert values("strength=0..1", 3) == ["strength 0", "strength 0.5", "strength 1"]
    assert values("steps=2..32", 5) == ["steps 2", "steps 4", "steps 8", "steps 16", "steps 32"]
    assert values("step_size=0.02..0.01", 2) == ["step-size 0.02", "step-size 0.01"]
    assert values("octaves=1..3", 9) == ["octaves 1", "octaves 2", "octaves 3"]
    assert values("motif=eyes..waves", 3) == ["eyes 100%", "eyes 50%   waves 50%", "waves 100%"]
    assert values("seed=1..5", 1) == ["seed 1"]


@pytest.mark.parametrize("name", SWEPT)
def test_every_number_of_a_climb_can_be_swept(name: str) -> None:
    default = getattr(ClimbSettings(), name.replace("-", "_"))
    (stop,) = plan_sweep(SweepJob(sweep=SweepSettings(sweep=f"{name}={default}..{default}")), count=1)
    assert stop.settings.climb == ClimbSettings()


@pytest.mark.parametrize(
    ("text", "told"),
    [("steps", "no sweep"), ("stepp=1..2", "Did you mean steps?"), ("steps=0..2", "greater than or equal to 1"), ("steps=a..b", "a is no finite number"),
     ("strength=0..2", "less than or equal to 1"), ("scale=1.5..nan", "nan is no"), ("steps=2..inf", "inf is no"), ("steps=1..1e400", "1e400 is no"),
     ("seed=-1e308..1e308", "--seed"), ("even=0..1", "no number called even")],
)  # fmt: skip
def test_sweeps_that_cannot_be_are_refused(text: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        plan_sweep(SweepJob(sweep=SweepSettings(sweep=text)), count=3)


def test_sheets_and_films_of_sweeps_are_written_and_repeated(folder: Path, dream: Callable, in_png: Path, gallery: Any) -> None:
    assert dream("sweep", "in.png", "--sweep", "strength=0..1", "--count", "4", *gallery.quick)[:2] == (0, "sweep.png: 4 dreams\n")
    assert dream("sweep", "in.png", "-o", "out.gif", "--sweep", "motif=eyes..waves", "--frames", "3", "-r", "10", *gallery.quick)[0] == 0
    video = probe(Path("out.gif")).video
    assert video is not None and video.n_frames == 3 and video.rate == 10
    for name in ("sweep.png", "out.gif"):
        assert dream("again", name)[0] == 0
        again = Path(name).with_stem(f"{Path(name).stem}-again")
        assert again.read_bytes() == Path(name).read_bytes()
    assert gallery.refused(dream("sweep", "in.png", "--sweep", "motif=eyes..wave"), "Did you mean waves?")
    assert gallery.refused(dream("sweep", "in.png", "-o", "in.png"), "take the place of what it is made of")
    assert gallery.refused(dream("sweep", "in.png", "-o", "x.xyz"), "Name it .png or .jpg for a sheet, .gif or .mp4 for a film")
    Path("in.mp4").write_bytes(b"ftyp")
    assert gallery.refused(dream("sweep", "in.mp4"), "this is a film, and a picture is wanted")


@pytest.mark.parametrize("name", ["out.png", "out.gif"])
def test_a_sweep_that_is_stopped_keeps_what_is_done(folder: Path, weights: Path, in_png: Path, gallery: Any, name: str) -> None:
    job = SweepJob(wish=WishSettings(weights=weights), climb=ClimbSettings(octaves=1, steps=3), sweep=SweepSettings(count=4))
    assert sweep(in_png, Path(name), job, device="cpu", is_stopped=gallery.stopped_after(1)) == 0
    assert not Path(name).exists()
    assert sweep(in_png, Path(name), job, device="cpu", is_stopped=gallery.stopped_after(5)) == 2  # not asked at last steps
    assert read_recipe(Path(name))["stopped_at"] == [2]
    assert main(["again", name]) == 0
    assert Path(f"out-again{name[3:]}").read_bytes() == Path(name).read_bytes()


def test_ctrl_c_ends_a_real_sweep_at_once(in_png: Path, interrupted: Callable[..., tuple[int, str]]) -> None:
    status, out = interrupted("sweep", "in.png", "-o", "out/%d.png", "--sweep", "steps=1..9999", "--frames", "2", once="out/1.png")
    assert status == 130 and out == "out/%d.png: 1 dream; stopped early\n"


def test_jobs_come_back_from_their_recipes() -> None:
    film = FilmJob(part=PartSettings(start=Fraction(1, 3)), score=ScoreSettings(midi=Path("a.mid"), map=("midi.note.60=motif.eyes",)))
    for job in (ZoomJob(zoom=ZoomSettings(centre=(0.1, 0.9), rate=Fraction(30000, 1001))), LayersJob(), SweepJob(), film):
        assert type(job).model_validate(json.loads(json.dumps(job.model_dump(mode="json")))) == job
