"""Pictures in between: how many, from where, and never from across a cut."""

from collections.abc import Iterator
from fractions import Fraction
from random import Random

import numpy as np
import pytest

from supercut.stretch.fit import FITS, fit_picture, working_size
from supercut.stretch.motion import MOTIONS, fill_motion
from supercut.stretch.nervous import STYLES, make_nervous
from supercut.stretch.shots import Picture, mark_shots, spread_endings

STEP = Fraction(1, 100)


def flat(level: int, *, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    return np.full((size[1], size[0], 3), level, np.uint8)


def row(levels: list[int], *, rate: int = 25) -> Iterator[Picture]:
    return (Picture(Fraction(n, rate), flat(level)) for n, level in enumerate(levels))


def disc(x: float) -> np.ndarray:
    """A soft, textured disc on a dark ground, its centre at column x of 160."""
    rows, columns = np.mgrid[:96, :160].astype(np.float32)
    inside = np.clip(24 - np.hypot(columns - x, rows - 48), 0, 1)
    texture = 170 + 50 * np.sin((columns - x) / 4) * np.cos(rows / 5)
    return np.repeat((30 + inside * (texture - 30))[..., None], 3, axis=2).astype(np.uint8)


def centre_x(picture: np.ndarray) -> float:
    light = picture[..., 0].astype(np.float64) - 30
    return float((light.sum(axis=0) * np.arange(light.shape[1])).sum() / light.sum())


@pytest.mark.parametrize("motion", sorted(MOTIONS))
@pytest.mark.parametrize(("n_pictures", "n_frames"), [(1, 5), (2, 7), (12, 48), (12, 47), (12, 3), (12, 60)])
def test_as_many_frames_as_asked_for(motion: str, n_pictures: int, n_frames: int) -> None:
    assert len(list(fill_motion(row([50] * n_pictures), step=STEP, n_frames=n_frames, motion=motion))) == n_frames


@pytest.mark.parametrize("motion", sorted(MOTIONS))
@pytest.mark.parametrize("step", [STEP, Fraction(1, 33), Fraction(1, 25), Fraction(1, 10)])
def test_no_frame_comes_from_across_a_cut(motion: str, step: Fraction) -> None:
    levels = [20] * 9 + [230] * 7 + [120] * 3 + [20] * 6
    pictures = spread_endings(mark_shots(row(levels)), end=Fraction(1), step=step)
    frames = list(fill_motion(pictures, step=step, n_frames=round(1 / step), motion=motion))
    for n, frame in enumerate(frames):
        assert int(frame.max()) - int(frame.min()) <= 3
        assert abs(int(frame.mean()) - levels[int(n * step * 25)]) <= 3


@pytest.mark.parametrize(("motion", "slack_px"), [("flow", 0.7), ("interpolate", 1.5)])
def test_what_moves_is_found_on_its_way(motion: str, slack_px: float) -> None:
    pictures = (Picture(Fraction(n, 25), disc(40 + 6 * n)) for n in range(8))
    frames = list(fill_motion(pictures, step=STEP, n_frames=29, motion=motion))
    for n, frame in enumerate(frames):
        assert abs(centre_x(frame) - (40 + 1.5 * n)) < slack_px
        # One disc, not two half-lit ones, as dissolving would have it.
        assert (frame[..., 0] > 100).sum() < 1.1 * (disc(80)[..., 0] > 100).sum()


@pytest.mark.parametrize("motion", ["flow", "blend", "repeat"])
def test_the_films_own_frames_are_shown_untouched(motion: str) -> None:
    pictures = [Picture(Fraction(n, 25), disc(40 + 6 * n)) for n in range(4)]
    frames = list(fill_motion(iter(pictures), step=STEP, n_frames=16, motion=motion))
    for n, picture in enumerate(pictures):
        assert np.array_equal(frames[4 * n], picture.rgb)


def test_blend_dissolves_evenly() -> None:
    frames = fill_motion(row([0, 200, 200]), step=STEP, n_frames=6, motion="blend")
    assert [int(frame[0, 0, 0]) for frame in frames] == [0, 50, 100, 150, 200, 200]


def test_blend_exposes_all_that_falls_into_a_frame() -> None:
    frames = fill_motion(row([0, 100, 20, 40, 60, 60]), step=Fraction(2, 25), n_frames=3, motion="blend")
    assert [int(frame[0, 0, 0]) for frame in frames] == [50, 30, 60]


def test_uneven_times_are_kept() -> None:
    pictures = [Picture(Fraction(time), flat(level)) for time, level in (("0", 0), ("0.1", 100), ("0.5", 200))]
    frames = fill_motion(iter(pictures), step=Fraction(1, 10), n_frames=6, motion="blend")
    assert [int(frame[0, 0, 0]) for frame in frames] == [0, 100, 125, 150, 175, 200]


def test_a_picture_that_began_before_is_shown_at_the_start() -> None:
    pictures = [Picture(Fraction(-1, 50), flat(10)), Picture(Fraction(1, 50), flat(90))]
    frames = fill_motion(iter(pictures), step=STEP, n_frames=3, motion="blend")
    assert [int(frame[0, 0, 0]) for frame in frames] == [50, 70, 90]


def test_cuts_are_found_and_flashes_and_fades_are_none() -> None:
    levels = [20] * 6 + [200] * 5 + [20, *([200] * 5)] + list(range(200, 100, -10))
    assert [n for n, picture in enumerate(mark_shots(row(levels))) if picture.opens_shot] == [6]


def test_a_shots_end_is_spread_so_that_nothing_freezes_before_the_cut() -> None:
    levels = [20, 30, 40, 50] + [230] * 4
    spread = list(spread_endings(mark_shots(row(levels)), end=Fraction(8, 25), step=STEP))
    assert [picture.opens_shot for picture in spread] == [False] * 4 + [True] + [False] * 3
    assert spread[0].time == 0 and spread[3].time == Fraction(4, 25) - STEP and spread[4].time == Fraction(4, 25)
    assert all(0 <= picture.time - Fraction(n, 25) <= Fraction(1, 25) for n, picture in enumerate(spread))


@pytest.mark.parametrize("style", sorted(STYLES))
def test_nervous_shows_only_the_last_few_and_is_the_same_for_the_same_seed(style: str) -> None:
    runs = [list(make_nervous(iter(range(300)), n_frames=8, style=style, rng=Random(seed))) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    ages = [n - shown for n, shown in enumerate(runs[0])]
    assert len(ages) == 300 and min(ages) >= 0 and max(ages) <= 7
    assert set(ages) == set(range(8))


def test_a_buffer_of_one_is_calm() -> None:
    assert list(make_nervous(iter(range(9)), n_frames=1, style="scrub", rng=Random(0))) == list(range(9))


@pytest.mark.parametrize("fit", sorted(FITS))
@pytest.mark.parametrize("size", [(1920, 480), (90, 160), (64, 36), (320, 180)])
def test_every_fit_fills_the_size(fit: str, size: tuple[int, int]) -> None:
    assert fit_picture(flat(99, size=(320, 180)), size, fit=fit).shape == (size[1], size[0], 3)
    assert working_size((320, 180), size, fit=fit) <= size


def test_crop_keeps_the_part_that_was_asked_for() -> None:
    picture = np.repeat(np.linspace(0, 255, 180).astype(np.uint8)[:, None, None], 320, axis=1).repeat(3, axis=2)
    heights = [float(fit_picture(picture, (320, 80), fit="crop", at=at).mean()) for at in (0.0, 0.5, 1.0)]
    assert heights == pytest.approx([255 * 39.5 / 179, 127.5, 255 * 139.5 / 179], abs=1)


def test_letterbox_keeps_all_of_the_picture() -> None:
    boxed = fit_picture(flat(200, size=(320, 180)), (320, 320), fit="letterbox")
    assert (boxed[70:250] == 200).all() and not boxed[:70].any() and not boxed[250:].any()


def test_what_is_enlarged_is_worked_on_small() -> None:
    assert working_size((640, 360), (1920, 480), fit="crop") == (640, 160)
    assert working_size((1920, 1080), (1920, 480), fit="crop") == (1920, 480)
    assert working_size((3840, 2160), (1920, 480), fit="crop") == (1920, 480)
