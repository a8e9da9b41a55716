"""One picture as it is, several that become one another; broken ones are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from media.errors import UserError

Draw = Callable[..., Any]
COLORS = {"a": (200, 0, 0), "b": (0, 200, 0), "c": (0, 0, 200)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """a.png red, b.png green, c.png blue, in the stage's shape."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, color in COLORS.items():
        Image.new("RGB", (64, 36), color).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def layers() -> Iterator[list[Any]]:
    layers: list[Any] = []
    yield layers
    for layer in layers:
        layer.close()


@pytest.fixture
def show(make: Callable[..., Any], layers: list[Any]) -> Callable[..., Any]:
    """A picture layer that is closed at the end."""

    def show(**settings: Any) -> Any:
        layers.append(make("picture", **settings))
        return layers[-1]

    return show


def name_of(picture: np.ndarray) -> str:
    """Which of the three is seen, in the middle."""
    return next((name for name, color in COLORS.items() if tuple(picture[90, 160, 2::-1]) == color), "mixed")


def test_one_picture_is_shown_as_it_is(show: Any, drawn: Draw, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (50, 80, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "one.png")
    layer = show(files="one.png")
    picture = drawn(layer)
    assert np.array_equal(picture[..., 2::-1], pixels) and (picture[..., 3] == 255).all()
    assert drawn(layer, 100) is None


def test_what_is_clear_in_a_picture_is_clear(show: Any, room: Any, tmp_path: Path) -> None:
    pixels = np.array([[(200, 100, 50, 0), (200, 100, 50, 128), (200, 100, 50, 255)]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "logo.png")
    found = show(files="logo.png").draw(1000.0)
    assert not found.is_opaque
    assert np.abs(found.picture[0].astype(int) - [(0, 0, 0, 0), (25, 50, 100, 128), (50, 100, 200, 255)]).max() <= 1


def test_a_large_picture_is_made_as_small_as_the_stage(show: Any, drawn: Draw, tmp_path: Path) -> None:
    Image.new("RGB", (3200, 1800), (9, 9, 9)).save(tmp_path / "large.jpg")
    assert drawn(show(files="large.jpg")).shape == (180, 320, 4)


def test_several_become_one_another(show: Any, drawn: Draw, folder: Path) -> None:
    layer = show(files="pictures", seconds=4, crossfade=2)
    assert name_of(drawn(layer)) == "a"
    assert drawn(layer, 3.9) is None
    half = drawn(layer, 5)
    assert np.abs(half[90, 160].astype(int) - (0, 100, 100, 255)).max() <= 1
    assert name_of(drawn(layer, 6)) == "b"
    assert drawn(layer, 7) is None
    assert [name_of(drawn(layer, at_s)) for at_s in (10.1, 14.1) if drawn(layer, at_s - 0.2) is not None] == ["c", "a"]


def test_a_fade_goes_only_forward(show: Any, drawn: Draw, folder: Path) -> None:
    layer = show(files="pictures", seconds=4, crossfade=2)
    drawn(layer)
    greens = [int(drawn(layer, 4 + n / 30)[90, 160, 1]) for n in range(1, 61)]
    assert greens == sorted(greens) and greens[0] <= 1 and greens[-1] == 200


def test_without_a_fade_they_change_at_once(show: Any, drawn: Draw, folder: Path) -> None:
    layer = show(files="pictures", seconds=1, crossfade=0)
    assert [name_of(drawn(layer, n)) for n in range(5)] == ["a", "b", "c", "a", "b"]


def test_it_keeps_its_time_however_rarely_it_is_asked(show: Any, drawn: Draw, folder: Path) -> None:
    layer = show(files="pictures", seconds=1, crossfade=0)
    names = [name_of(picture) for n in range(200) if (picture := drawn(layer, n * 0.03)) is not None]
    assert names == ["a", "b", "c", "a", "b", "c"]
    assert name_of(drawn(layer, 100)) == "a"  # after a long absence, just the next


def test_pictures_of_other_shapes_are_fitted(show: Any, drawn: Draw, tmp_path: Path) -> None:
    Image.new("RGB", (90, 90), (200, 0, 0)).save(tmp_path / "a.png")
    layer = [drawn(show(files=["a.png", "a.png"], fit=fit)) for fit in ("letterbox", "crop", "stretch")]
    assert [picture.shape for picture in layer] == [(180, 320, 4)] * 3
    assert not layer[0][:, :69].any() and not layer[0][:, -69:].any() and (layer[0][:, 71:-71, 3] == 255).all()
    assert (layer[1] == (0, 0, 200, 255)).all() and (layer[2] == (0, 0, 200, 255)).all()


def test_a_broken_picture_is_left_out_and_told_once(show: Any, drawn: Draw, folder: Path, told: list[str]) -> None:
    (folder / "b.png").write_bytes(b"no picture")
    layer = show(files="pictures", seconds=1, crossfade=0)
    assert [name_of(drawn(layer, n)) for n in range(6)] == ["a", "c", "a", "c", "a", "c"]
    assert len(told) == 1 and "b.png" in told[0] and "left out" in told[0]


def test_a_folder_may_change_while_it_is_shown(show: Any, drawn: Draw, folder: Path) -> None:
    layer = show(files="pictures", seconds=1, crossfade=0)
    drawn(layer)
    (folder / "a.png").unlink()
    names = [name_of(drawn(layer, n)) for n in range(1, 9)]
    assert "a" not in names[5:]


def test_where_none_can_be_read_it_says_so(show: Any, drawn: Draw, folder: Path) -> None:
    for picture in folder.iterdir():
        picture.write_bytes(b"")
    with pytest.raises(UserError, match="none of these pictures"):
        drawn(show(files="pictures"))


@pytest.mark.parametrize(("name", "words"), [("none.png", "no such file"), ("film.mp4", "no picture"), ("pictures/empty", "no picture")])
def test_what_is_no_picture_is_refused(show: Any, drawn: Draw, folder: Path, name: str, words: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(UserError, match=words):
        drawn(show(files=name))


def test_mixed_anew_each_time_round_and_alike_for_the_same_seed(show: Any, drawn: Draw, tmp_path: Path) -> None:
    for n in range(8):
        Image.new("RGB", (16, 9), (n, n, n)).save(tmp_path / f"{n}.png")
    orders = []
    for seed in (0, 0, 1):
        layer = show(files=[f"{n}.png" for n in range(8)], shuffle=True, seed=seed, seconds=1, crossfade=0)
        orders.append([int(drawn(layer, n)[0, 0, 0]) for n in range(40)])
    assert orders[0] == orders[1] != orders[2]
    rounds = [tuple(orders[0][n : n + 8]) for n in range(0, 40, 8)]
    assert all(sorted(seen) == list(range(8)) for seen in rounds) and len(set(rounds)) > 3
    assert all(one != other for one, other in zip(orders[0], orders[0][1:], strict=False))
