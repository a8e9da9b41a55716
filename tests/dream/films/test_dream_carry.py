"""What moves takes its dream along, a film is steadier than its frames, and a cut begins anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dream.engine import ascent_of
from dream.films.carry import Follower, carry
from dream.films.footage import open_footage, outline_of
from dream.films.run import Dreamed
from dream.films.settings import PartSettings
from dream.nets.catalog import open_net
from dream.octaves import dream as dream_still
from dream.octaves import to_rgb, to_tensor
from dream.settings import ClimbSettings, WishSettings

Run = Callable[..., Dreamed]

# The carry


def test_what_moves_takes_its_dream_along(studio: Any) -> None:
    before, after = (studio.texture(3)[20 : 20 + studio.height, at : at + studio.width] for at in (40, 35))
    change = np.random.default_rng(0).normal(0, 0.2, (studio.height, studio.width, 3)).astype(np.float32)
    change = cv2.GaussianBlur(change, (0, 0), 2)
    carried = carry(change, Follower()(before, after))
    inside = np.s_[8:-8, 13:-8]
    assert np.abs(carried[inside] - np.roll(change, 5, axis=1)[inside]).mean() < 0.1 * np.abs(change).mean()


def test_what_stands_still_keeps_it_to_the_bit_beside_what_moves(studio: Any) -> None:
    ground = np.full((studio.height, studio.width, 3), (40, 90, 160), np.uint8)
    ground[:, : studio.width // 3] = studio.texture(3)[: studio.height, : studio.width // 3]
    pictures = [ground.copy(), ground.copy()]
    for picture, at in zip(pictures, (60, 64), strict=True):
        cv2.circle(picture, (at, 32), 9, (230, 40, 30), -1)
    change = np.random.default_rng(0).normal(0, 0.2, (studio.height, studio.width, 3)).astype(np.float32)
    carried = carry(change, Follower()(*pictures))
    assert np.array_equal(carried[:, :24], change[:, :24])


def test_flat_ground_between_edges_zooms_with_them(studio: Any) -> None:
    """A tiled floor that comes nearer: in its tiles there is nothing that tells a movement."""
    across = np.arange(2 * studio.width) // 32 + np.arange(2 * studio.height)[:, None] // 32
    floor = np.where(across[..., None] % 2, (230, 200, 60), (30, 60, 160)).astype(np.uint8)
    nearer = cv2.warpAffine(floor, cv2.getRotationMatrix2D((studio.width, studio.height), 0, 1.03), (2 * studio.width, 2 * studio.height))
    flow = Follower()(floor, nearer).flow
    at = np.stack(np.meshgrid(np.arange(2 * studio.width), np.arange(2 * studio.height)), axis=-1) - (studio.width, studio.height)
    assert np.abs(flow + at * (1 - 1 / 1.03))[8:-8, 8:-8].max() < 0.5


def test_nothing_is_carried_to_what_was_hidden(studio: Any) -> None:
    before = np.full((studio.height, studio.width, 3), 30, np.uint8)
    after = before.copy()
    after[20:44, 30:60] = 220
    followed = Follower()(before, after)
    carried = carry(np.ones((studio.height, studio.width, 3), np.float32), followed)
    assert np.all(carried[26:38, 36:54] < 0.05)
    assert np.all(carried[:, :16] == 1)
    assert followed.wear[32, 45] > 2 > followed.wear[5, 5] + 1


def test_nothing_is_carried_to_what_comes_in_at_an_edge(studio: Any) -> None:
    """Nor does ground that is as smooth as what was there before it: the edge drawn out would be a streak."""
    ground = np.full((2 * studio.height, 2 * studio.width, 3), (230, 210, 120), np.uint8)
    ground[20:90, 30:90] = studio.texture(3)[20:90, 30:90]
    before, after = (ground[20 : 20 + studio.height, at : at + studio.width] for at in (40, 46))
    followed = Follower()(before, after)
    carried = carry(np.ones((studio.height, studio.width, 3), np.float32), followed)
    assert np.all(carried[:, -5:] == 0) and np.all(carried[8:-8, 8:-12] > 0.9)
    assert followed.entering[32, -3] > 0.05 > 0.005 > followed.entering[32, 20]


def test_new_ground_is_dreamed_as_what_was_there(studio: Any, run: Run, tmp_path: Path) -> None:
    """By the end of a pan half of the picture has come in since its first frame."""
    ground = studio.texture(5)
    seen = [np.ascontiguousarray(ground[: studio.height, 3 * k : 3 * k + studio.width]) for k in range(16)]
    run(studio.keep(tmp_path / "frames", seen), tmp_path / "out" / "%02d.png")
    change = np.abs(studio.pictures(tmp_path / "out")[-1].astype(float) - seen[-1]).mean(axis=(0, 2))
    assert change[studio.width // 2 :].mean() > 0.87 * change[: studio.width // 2].mean() > 0


@pytest.mark.parametrize("size", [(2, 2), (3, 40), (200, 4)])
def test_any_size_can_be_followed(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    assert carry(np.ones((*size, 3), np.float32), Follower()(picture, picture)).shape == (*size, 3)


# How it looks


def unsteadiness(dreams: Sequence[np.ndarray]) -> float:
    """Mean difference of each dream from the one before it, moved as the camera moves."""
    return float(np.mean([np.abs(after[1:-2, 2:-3].astype(float) - before[2:-1, 4:-1]).mean() for before, after in pairwise(dreams)]))


def test_a_film_is_steadier_than_its_frames_and_says_as_much(studio: Any, run: Run, weights: Path, tmp_path: Path) -> None:
    """At most 40 % of what frames dreamed alone differ by, at 80 % or more of what they see: its objective without the logarithm."""
    seen = studio.passing(12)
    folder = studio.keep(tmp_path / "frames", seen)
    wish = WishSettings(weights=weights, layer=("shapes",))
    alone_by, net = ascent_of(open_net("motif", weights), wish, studio.climb, device="cpu"), studio.climb
    alone = [
        to_rgb(dream_still(to_tensor(picture.copy()), alone_by, octaves=net.octaves, scale=net.scale, steps=net.steps, step_size=net.step_size)).numpy()
        for picture in seen
    ]
    run(folder, tmp_path / "dream" / "%03d.png", wish={"layer": ("shapes",)})
    together = studio.pictures(tmp_path / "dream")
    judge = ascent_of(open_net("motif", weights), wish, ClimbSettings(jitter=0), device="cpu")
    n_places = seen[0].shape[0] * seen[0].shape[1] // 8**2
    scores = [
        np.mean([np.exp(float(judge.gradient(to_tensor(picture.copy()))[0]) / n_places) for picture in some]) for some in (seen, alone, together)
    ]
    assert unsteadiness(together) < 0.4 * unsteadiness(alone)
    assert scores[2] > 0.8 * scores[1] > 0
    assert scores[2] - scores[0] > 0.5 * (scores[1] - scores[0]) > 0


def test_the_dream_neither_fades_nor_runs_away(studio: Any, run: Run, tmp_path: Path) -> None:
    still = studio.shoot(tmp_path / "still.mkv", [studio.passing(1)[0]] * 40, sound=False)
    run(still, tmp_path / "out" / "%02d.png")
    pairs = zip(studio.pictures(tmp_path / "out"), studio.pictures(still), strict=True)
    sizes = [np.square(dream.astype(float) - picture).mean() ** 0.5 for dream, picture in pairs]
    assert min(sizes) > 0.75 * sizes[0] > 0
    assert max(sizes) < 1.1 * sizes[0]


def test_a_cut_begins_anew(studio: Any, run: Run, short: Path, tmp_path: Path) -> None:
    assert run(short, tmp_path / "both" / "%02d.png").n_shots == 2
    second = studio.times(short)[6]
    run(short, tmp_path / "second" / "%02d.png", part=PartSettings(start=second))
    both, alone = studio.pictures(tmp_path / "both"), studio.pictures(tmp_path / "second")
    assert all(np.array_equal(a, b) for a, b in zip(both[6:], alone, strict=True))


def test_cuts_are_those_of_the_film(film: Path, truth: dict[str, Any]) -> None:
    footage = open_footage(film, PartSettings(start=Fraction(15), length=Fraction(4)))
    outline = outline_of(footage)
    assert [float(outline.times[first]) for first, _ in outline.shots[1:]] == [cut for cut in truth["cuts"] if 15 < cut < 19]
