"""Patterns: the same for the same seed, slow, without steps, and led by their colours and speed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from projection.layers.colors import parse_color, shades
from projection.layers.layer import Layer, Room, settings_class

Make = Callable[..., Layer]
MOVING = ("plasma", "noise", "gradient")


@pytest.mark.parametrize("kind", MOVING)
def test_the_same_instant_is_the_same_picture(make: Make, drawn: Callable[..., Any], kind: str) -> None:
    one, other = make(kind), make(kind)
    assert np.array_equal(drawn(one), drawn(other))
    assert np.array_equal(drawn(one, 10), drawn(other, 10))


@pytest.mark.parametrize("kind", ("plasma", "noise"))
def test_another_seed_or_show_makes_another(make: Make, room: Room, drawn: Callable[..., Any], kind: str) -> None:
    elsewhere = settings_class(kind)().make(replace(room, seed=8))
    pictures = [drawn(make(kind)).astype(int), drawn(make(kind, seed=1)).astype(int), drawn(elsewhere).astype(int)]
    assert all(np.abs(pictures[n] - pictures[m]).mean() > 10 for n, m in ((0, 1), (0, 2), (1, 2)))


@pytest.mark.parametrize("kind", MOVING)
def test_they_move_slowly_but_far(make: Make, drawn: Callable[..., Any], kind: str) -> None:
    layer = make(kind)
    first, soon, later = (drawn(layer, at_s).astype(int) for at_s in (0, 1 / 30, 30))
    assert np.abs(soon - first).mean() < 1.5
    assert np.abs(later - first).mean() > 10


@pytest.mark.parametrize("kind", MOVING)
def test_they_are_drawn_no_more_often_than_slow_movement_needs(make: Make, drawn: Callable[..., Any], kind: str) -> None:
    layer = make(kind)
    n_drawn = sum(drawn(layer, n / 240) is not None for n in range(240))
    assert n_drawn <= 31


@pytest.mark.parametrize("kind", MOVING)
def test_one_that_stands_still_is_drawn_once_and_does_not_jump_when_it_goes_on(make: Make, drawn: Callable[..., Any], kind: str) -> None:
    layer: Any = make(kind, speed=0)
    first = drawn(layer)
    assert [drawn(layer, second) for second in range(1, 60)] == [None] * 59
    layer.set(settings_class(kind)(name="it", speed=1))
    on = drawn(layer, 60)
    assert np.abs(on.astype(int) - first.astype(int)).mean() < 12  # a second of movement, not sixty


def test_other_colors_are_taken_over_while_it_runs(make: Make, drawn: Callable[..., Any]) -> None:
    layer: Any = make("plasma", speed=0)
    drawn(layer)
    layer.set(settings_class("plasma")(name="it", speed=0, colors="#00ff00"))
    picture = drawn(layer, 1)
    assert picture[..., 1].min() > 200 > 2 > picture[..., (0, 2)].max()


@pytest.mark.parametrize("kind", MOVING)
@pytest.mark.parametrize("size_px", [(16, 16), (1920, 64), (18, 1080), (130, 98)])
def test_they_fill_a_stage_of_any_shape(room: Room, drawn: Callable[..., Any], kind: str, size_px: tuple[int, int]) -> None:
    picture = drawn(settings_class(kind)().make(replace(room, size_px=size_px)))
    assert picture.shape == (size_px[1], size_px[0], 3)
    assert picture.std() > 1


def test_a_gradient_goes_from_corner_to_corner_and_turns(make: Make, drawn: Callable[..., Any]) -> None:
    layer = make("gradient", colors=["#ff0000", "#0000ff"], angle=0)
    first = drawn(layer)
    assert first[90, 0, 0] > 240 > 30 > first[90, 0, 2]
    assert first[90, -1, 2] > 240 > 30 > first[90, -1, 0]
    turned = drawn(layer, 60)  # a quarter in a minute
    assert turned[0, 160, 0] > 240
    assert turned[-1, 160, 2] > 240


def test_a_dark_slope_has_no_steps(make: Make, drawn: Callable[..., Any]) -> None:
    """Rounded down alone, eight levels would be stripes of 40 pixels, up to half a level off."""
    picture = drawn(make("gradient", colors=["#000000", "#080808"], angle=0, speed=0)).astype(float)
    columns = picture.mean(axis=(0, 2)).reshape(-1, 8).mean(axis=1)
    assert picture.max() == 8
    assert np.diff(columns).min() > 0
    rough = np.abs(columns[1:-1] - (columns[2:] + columns[:-2]) / 2)
    assert rough.max() < 0.06


def test_a_color_is_drawn_once_until_it_changes(make: Make, drawn: Callable[..., Any]) -> None:
    layer: Any = make("solid", color="#102030")
    assert (drawn(layer) == (16, 32, 48)).all()
    assert drawn(layer, 1) is None
    layer.set(settings_class("solid")(name="it", color="orange"))
    assert (drawn(layer, 2) == (255, 165, 0)).all()


def test_a_row_of_colors_passes_through_them_without_creases() -> None:
    row = shades(((10, 20, 60), (200, 60, 90), (255, 220, 160)))
    assert np.allclose(row[0], (10, 20, 60), atol=8) and np.allclose(row[-1], (255, 220, 160), atol=8)
    assert np.abs(row[len(row) // 2] - (200, 60, 90)).max() < 12
    assert np.abs(np.diff(row, n=2, axis=0)).max() < 0.02
    ring = shades(((10, 20, 60), (200, 60, 90), (255, 220, 160)), is_round=True)
    assert np.abs(ring[0] - ring[-1]).max() < 0.5


def test_one_color_alone_is_a_row_of_it() -> None:
    assert np.allclose(shades(((12, 34, 56),)), (12, 34, 56), atol=0.5)


@pytest.mark.parametrize(
    ("written", "read"),
    [("#ff8000", (255, 128, 0)), (" #F80 ", (255, 136, 0)), ("Orange", (255, 165, 0)), ([1, 2, 3], (1, 2, 3)), ("rgb(1,2,3)", (1, 2, 3))],
)
def test_colors_are_read_as_people_write_them(written: object, read: tuple[int, int, int]) -> None:
    assert parse_color(written) == read


@pytest.mark.parametrize("written", ["", "#12345", "oranje", [1, 2], [1, 2, 256], [True, 1, 2], 7, None])
def test_what_is_no_color_is_refused_with_a_way_out(written: object) -> None:
    with pytest.raises(ValueError, match=r"colour .*got"):
        parse_color(written)
