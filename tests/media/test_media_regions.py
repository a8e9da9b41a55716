"""Regions: how much of each pixel lies inside, and what is refused in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import UserError
from media.regions import FRAME, PLACES, SQUARES, Cell, Mask, Polygon, Rect, Region, Square
from media.write import write_rgb

SIZE = (160, 90)
SHARES = st.floats(0.001, 1, allow_nan=False)


def area(region: Region, size: tuple[int, int] = SIZE) -> float:
    """The share of the picture that a region covers."""
    weights = region.weights(size)
    assert weights.shape == size[::-1] and weights.dtype == np.float32
    assert weights.min() >= 0 and weights.max() <= 1 + 1e-6
    return float(weights.astype(float).mean())


def test_a_pixel_that_is_half_covered_counts_half() -> None:
    weights = Rect(0.25, 0.5, 0.25, 0.5).weights((6, 3))
    assert weights.tolist() == [[0, 0, 0, 0, 0, 0], [0, 0.25, 0.5, 0, 0, 0], [0, 0.5, 1, 0, 0, 0]]


@given(x=st.floats(0, 1), y=st.floats(0, 1), width=SHARES, height=SHARES)
def test_a_rectangle_covers_its_area(x: float, y: float, width: float, height: float) -> None:
    x, y = min(x, 1 - width), min(y, 1 - height)
    assert area(Rect(x, y, width, height)) == pytest.approx(width * height, rel=1e-4)
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    if width > 0.02 and height > 0.02:
        as_polygon = Polygon(tuple((min(1, a), min(1, b)) for a, b in corners))
        assert np.abs(as_polygon.weights(SIZE) - Rect(x, y, width, height).weights(SIZE)).max() < 0.07


@given(rows=st.integers(1, 12), columns=st.integers(1, 12))
def test_the_cells_of_a_grid_cover_the_picture_once(rows: int, columns: int) -> None:
    cells = [Cell(row, column, rows, columns) for row in range(rows) for column in range(columns)]
    assert np.abs(sum(cell.weights(SIZE) for cell in cells) - 1).max() < 1e-5
    assert area(cells[-1]) == pytest.approx(1 / rows / columns, rel=1e-4)


def test_a_triangle_has_its_area_whichever_way_it_is_drawn() -> None:
    points = ((0.1, 0.1), (0.9, 0.2), (0.4, 0.8))
    assert area(Polygon(points)) == pytest.approx(0.265, abs=0.002)
    assert np.array_equal(Polygon(points).weights(SIZE), Polygon(points[::-1]).weights(SIZE))


def test_a_polygon_that_crosses_itself_keeps_both_halves() -> None:
    assert area(Polygon(((0, 0), (1, 1), (1, 0), (0, 1)))) == pytest.approx(0.5, abs=0.01)
    twice = Polygon(((0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5)) * 2)
    assert area(twice) == pytest.approx(0.25)


@pytest.mark.parametrize("size", [(160, 90), (186, 78), (339, 42), (90, 160), (120, 120)])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("share", [*SQUARES, 0.55])
def test_squares_are_square_and_inside_at_any_proportions(size: tuple[int, int], place: str, share: str | float) -> None:
    side = (SQUARES[share] if isinstance(share, str) else share) * min(size)
    weights = Square(share, place).weights(size).astype(float)
    assert weights.sum() == pytest.approx(side**2, rel=1e-4)
    assert weights.max(axis=0).sum() == pytest.approx(side, rel=1e-4) and weights.max(axis=1).sum() == pytest.approx(side, rel=1e-4)
    centre = [(weights.sum(axis=axis) * (np.arange(n) + 0.5)).sum() / weights.sum() for axis, n in enumerate(size)]
    wanted = {"topleft": (side / 2, side / 2), "center": (size[0] / 2, size[1] / 2), "bottomright": (size[0] - side / 2, size[1] - side / 2)}
    assert centre == pytest.approx(wanted[place], abs=0.05)


def paint(path: Path, *, size: tuple[int, int] = (320, 180), channels: int = 3, level: int = 255) -> Path:
    """A mask whose right half is white; with four channels, everything black and the left half transparent."""
    picture = np.zeros((size[1], size[0], channels), np.uint8)
    if channels == 3:
        picture[:, size[0] // 2 :] = level
    else:
        picture[:, size[0] // 2 :, 3] = 255
    write_rgb(path, picture)
    return path


@pytest.mark.parametrize("size", [(320, 180), (1000, 30), (20, 400), (16, 16)])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_mask_counts_where_it_is_white_or_opaque(tmp_path: Path, size: tuple[int, int], channels: int) -> None:
    weights = Mask(paint(tmp_path / "mask.png", size=size, channels=channels)).weights(SIZE)
    assert weights.mean() == pytest.approx(0.5, abs=0.01) and weights[:, :75].max() == 0 and weights[:, 85:].min() > 0.999


def test_grey_in_a_mask_counts_less(tmp_path: Path) -> None:
    assert area(Mask(paint(tmp_path / "mask.png", level=128))) == pytest.approx(0.25, abs=0.01)


def test_the_key_tells_regions_apart_and_masks_by_what_they_show(tmp_path: Path) -> None:
    masks = [paint(tmp_path / name, level=level) for name, level in (("a.png", 255), ("b.png", 255), ("c.png", 254))]
    same, other, third = (Mask(path).key() for path in masks)
    assert same == other != third
    kinds = [
        FRAME, Rect(0, 0, 1, 1), Rect(0, 0, 1, 0.5), Cell(0, 0, 1, 1), Cell(0, 0, 2, 1), Square("small"), Square("small", "topleft"),
        Polygon(((0, 0), (1, 0), (1, 1))), Polygon(((0, 0), (1, 0), (0, 1))),
    ]  # fmt: skip
    assert len({region.key() for region in kinds} | {same}) == len(kinds) + 1
    assert Square("medium").key() == Square(0.3).key() and Rect(0.5, 0, 0.5, 1) == Rect(0.5, 0, 0.5, 1)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Rect(0.8, 0, 0.4, 1), r"x \+ width must be at most 1, got 1.2"),
        (lambda: Rect(0, 0.5, 1, 0.75), r"y \+ height must be at most 1, got 1.25"),
        (lambda: Rect(-0.1, 0, 0.4, 1), r"x must be in 0\.\.1, got -0.1"),
        (lambda: Rect(100, 0, 200, 100), r"x must be in 0\.\.1, got 100"),
        (lambda: Rect(0, 0, 0, 1), r"width must be in 0.001\.\.1, got 0"),
        (lambda: Rect(0, 0, float("nan"), 1), "width must be .*, got nan"),
        (lambda: Cell(4, 0, 4, 4), r"row must be in 0\.\.3, got 4"),
        (lambda: Cell(0, -1, 4, 4), r"column must be in 0\.\.3, got -1"),
        (lambda: Cell(0, 0, 0, 4), r"rows must be in 1\.\.64, got 0"),
        (lambda: Square("huge"), "size of a square is unknown, got 'huge'. Choose from: large, medium, small"),
        (lambda: Square(1.5), r"side of a square must be in 0.001\.\.1, got 1.5"),
        (lambda: Square("small", "centre"), "place of a square is unknown, got 'centre'. Did you mean center"),
        (lambda: Polygon(((0, 0), (1, 1))), "at least 3 points, got 2"),
        (lambda: Polygon(((0, 0), (1, 1), (2, 0))), r"x of point 3 must be in 0\.\.1, got 2"),
        (lambda: Polygon(((0, 0), (1, 1), (0.5, 0.5))), "encloses nothing"),
    ],
)
def test_what_has_no_place_in_the_frame_is_refused(make: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()  # type: ignore[operator]


def test_masks_that_show_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"black.png is all black: paint white"):
        Mask(paint(tmp_path / "black.png", level=0))
    with pytest.raises(UserError, match="no such file"):
        Mask(tmp_path / "absent.png")
    (tmp_path / "text.png").write_text("this is text")
    with pytest.raises(UserError, match="no picture that can be read"):
        Mask(tmp_path / "text.png")
