"""The test card: its circles are round and its edges whole at every size, and what moves on it moves evenly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.card import Card

SIZES = ((1920, 1080), (1280, 800), (1024, 768), (1080, 1920), (1920, 480), (320, 180))
BRIGHT = 160


def moved_to(card: Card, now_s: float) -> float:
    """Where the mark's middle is, in pixels from the left."""
    piece, (x, _) = card.moving(0, now_s)[0]
    amber = np.clip(piece[..., 2].astype(float) - piece[..., 0] - 60, 0, None).sum(axis=0)
    return x + float((amber * (np.arange(piece.shape[1]) + 0.5)).sum() / amber.sum())


@pytest.mark.parametrize("size_px", SIZES)
def test_the_circle_is_round_and_in_the_middle(size_px: tuple[int, int]) -> None:
    grey = Card(size_px, "main").picture[..., 0]
    width, height = size_px
    radius = 8 * min(size_px) / 18
    angles = np.radians(np.arange(7, 360, 12))  # beside the lines of the grid
    for angle in angles:
        ray = np.arange(radius - 4, radius + 5)
        x = np.clip(np.floor(width / 2 + ray * np.cos(angle)), 0, width - 1).astype(int)
        y = np.clip(np.floor(height / 2 + ray * np.sin(angle)), 0, height - 1).astype(int)
        found = ray[grey[y, x] > BRIGHT]
        assert len(found) and abs(found.mean() - radius) < 1.5


@given(st.integers(16, 700), st.integers(16, 700))
def test_every_size_has_a_whole_edge_and_small_parts_that_lie_within(width: int, height: int) -> None:
    card = Card((width, height), "left", ("a line",))
    picture = card.picture
    assert picture.shape == (height, width, 4) and (picture[..., 3] == 255).all()
    assert all((line == 255).all() for line in (picture[0], picture[-1], picture[:, 0], picture[:, -1]))
    for piece, (x, y) in card.moving(12, 0.7):
        assert piece.dtype == np.uint8 and (piece[..., 3] == 255).all()
        assert x + piece.shape[1] > 0 and y + piece.shape[0] > 0 and x < width and y < height


def test_the_grid_is_the_same_from_both_sides() -> None:
    picture = Card((1280, 720), "").picture.astype(int)
    head = picture[:40]  # above the circles: blocks and lines alone
    assert np.abs(head - head[:, ::-1]).mean() < 12


def test_greys_rise_in_even_steps() -> None:
    card = Card((1800, 1800), "main")
    row = card.picture[900 + 230, 900 - 640 : 900 + 640, 0].astype(int)
    levels = row[np.insert(np.diff(row) != 0, 0, True)]
    assert len(levels) == 11 and levels[0] == 0 and levels[-1] == 255
    assert set(np.diff(levels)) <= {25, 26}


def test_the_mark_moves_evenly_and_turns_at_the_ends() -> None:
    card = Card((1920, 1080), "main")
    places = [moved_to(card, n / 60) for n in range(100)]
    steps = np.diff(places)
    assert np.allclose(np.abs(steps), 10 * 60 / 120, atol=0.5)  # ten squares of sixty pixels in two seconds
    assert moved_to(card, 0.5) == pytest.approx(moved_to(card, 4.5), abs=0.01)
    assert moved_to(card, 1.9) == pytest.approx(moved_to(card, 2.1), abs=0.01)


def test_every_number_looks_its_own_and_takes_the_same_place() -> None:
    card = Card((1280, 720), "main")
    counted = [card.moving(number, 0.0)[1] for number in (0, 1, 12_345_678, 112_345_678)]
    assert len({(piece.shape, at) for piece, at in counted}) == 1
    assert not np.array_equal(counted[0][0], counted[1][0])
    assert np.array_equal(counted[2][0], counted[3][0])  # the last eight digits


def test_names_are_on_it_however_long() -> None:
    named, other = (Card((640, 360), name, ("640 x 360",)).picture for name in ("left", "ein sehr langer Name " * 8))
    assert not np.array_equal(named, other)
    assert np.array_equal(named[-90:], other[-90:])  # it stays within its line
