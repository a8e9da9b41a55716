"""What is drawn over the projected picture: it is seen from afar, never hides what is moved, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.meters import BRIGHT
from projection.mapping.editor import do
from projection.mapping.keys import HELP
from projection.mapping.overlay import Overlay, pixel_of
from projection.mapping.state import Editing, begin
from projection.mapping.view import Outline, View, view_of
from projection.surfaces.model import Surface, SurfaceFile

SIZES = ((1920, 1080), (1280, 720), (1024, 768), (854, 480))
OUTLINE = Outline("", ((0.1, 0.1), (0.4, 0.1), (0.4, 0.4)), (255, 179, 71), is_chosen=True)
LINK = "http://192.168.1.17:8377/?token=Ab3dEf_hIJk1"


@pytest.fixture(scope="module", autouse=True)
def _no_real_screen() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDL_VIDEODRIVER", "dummy")
        yield


@pytest.fixture(scope="module")
def overlays() -> dict[tuple[int, int], Overlay]:
    return {size: Overlay(size) for size in SIZES}


@pytest.fixture
def state(wall: SurfaceFile) -> Editing:
    return begin(wall, sources=("all", "film"))


def states(state: Editing) -> dict[str, Editing]:
    """One of each kind."""
    arch = do(state, "choose", surface="arch")
    return {
        "corners": state, "all": do(state, "whole"), "grid": do(arch, "mode", to="grid"), "mask": do(arch, "mode", to="mask"),
        "area": do(arch, "mode", to="area"), "help": do(state, "help"), "told": do(state, "nudge", x=1e6), "hidden": do(state, "visible"),
        "edges": do(do(state, "mode", to="edges"), "nudge", y=40), "colours": do(state, "mode", to="colours"),
        "dense": do(do(do(arch, "mode", to="grid"), "finer"), "finer"), "empty": begin(SurfaceFile()),
    }  # fmt: skip


def drawn(overlay: Overlay, view: View, shown: np.ndarray | None = None) -> np.ndarray:
    overlay.draw(View())
    overlay.draw(view, None if shown is None else lambda: shown)
    return overlay.picture.copy()


def boxed(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is true."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["corners", "all", "grid", "mask", "area", "help", "told", "hidden", "dense", "empty", "edges", "colours"])
def test_colours_are_multiplied_by_how_opaque_they_are_and_something_is_seen(
    overlays: dict[tuple[int, int], Overlay], state: Editing, name: str, size: tuple[int, int]
) -> None:
    picture = drawn(overlays[size], view_of(states(state)[name], "main", link=LINK))
    assert (picture[..., :3].max(axis=2) <= picture[..., 3]).all()
    assert (picture[..., 3] == 255).sum() > 300
    assert (picture[..., 3] > 0).mean() < {"help": 0.75, "colours": 0.35}.get(name, 0.3)  # the show is seen through it


def test_nothing_is_drawn_where_only_the_picture_is_shown(overlays: dict[tuple[int, int], Overlay], state: Editing) -> None:
    overlay = overlays[1280, 720]
    overlay.draw(view_of(state, "main"))
    assert not overlay.is_empty
    assert overlay.draw(view_of(do(state, "mode", to="show"), "main"))
    assert overlay.is_empty and not overlay.picture.any()


def test_it_is_drawn_only_when_something_differs_and_leaves_nothing_behind(
    overlays: dict[tuple[int, int], Overlay], state: Editing
) -> None:
    overlay, fresh = overlays[1280, 720], Overlay((1280, 720))
    for each in states(state).values():
        view = view_of(each, "main", link=LINK)
        overlay.draw(view)
        before = overlay.picture.copy()
        assert not overlay.draw(view_of(each, "main", link=LINK))
        assert np.array_equal(before, overlay.picture)
        assert np.array_equal(before, drawn(fresh, view))


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(SIZES), st.booleans(), st.booleans())
@settings(max_examples=40)
def test_the_chosen_pixel_is_never_hidden_and_the_cross_shows_it(
    x: float, y: float, size: tuple[int, int], has_help: bool, is_held: bool
) -> None:
    overlay = _OVERLAYS.setdefault(size, Overlay(size))
    corners = ((x, y), (min(1.2, x + 0.3), y - 0.02), (x + 0.35, y + 0.4), (x - 0.05, y + 0.35))
    near = Surface(name="a long name for a small wall", corners=tuple((a + 0.03, b - 0.02) for a, b in corners))
    state = begin(SurfaceFile(surface=(near, Surface(name="wall", corners=corners))))
    state = replace(state, chosen="wall", has_help=has_help, message="something is told about it")
    picture = drawn(
        overlay, view_of(state, "main", held=(x, y) if is_held else None, link=LINK), np.full((size[1], size[0], 3), 90, np.uint8)
    )
    column, row = pixel_of((x * size[0], y * size[1]), size)
    around = picture[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3]
    assert not around.any()  # the pixel and those beside it lie open
    arms = [(column + by, row) for by in (-4, -5, 4, 5)] + [(column, row + by) for by in (-4, -5, 4, 5)]
    seen = [tuple(picture[b, a].tolist()) for a, b in arms if 0 <= a < size[0] and 0 <= b < size[1]]
    assert set(seen) == {(*BRIGHT[::-1], 255)}
    beside = [(column + 5, row + by) for by in (-2, 2)]
    assert all(picture[b, a, :3].max() < 100 for a, b in beside if 0 <= a < size[0] and 0 <= b < size[1])


_OVERLAYS: dict[tuple[int, int], Overlay] = {}


def test_a_pixel_further_is_a_pixel_further() -> None:
    for size in ((1920, 1080), (1366, 768), (853, 479)):
        columns = [pixel_of((number / size[0] * size[0], 0.0), size)[0] for number in range(size[0] + 1)]
        assert columns == [*range(size[0]), size[0] - 1]


@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(-10, 10)), min_size=4, max_size=4), st.integers(0, 3))
@settings(max_examples=40)
def test_surfaces_far_beyond_the_output_do_no_harm(corners: list[tuple[float, float]], vertex: int) -> None:
    overlay = _OVERLAYS.setdefault((854, 480), Overlay((854, 480)))
    state = replace(begin(SurfaceFile(surface=(Surface(name="far"),))), vertex=vertex)
    view = view_of(state, "main")
    places = tuple(corners)
    wild = replace(view, outlines=(replace(view.outlines[0], line=places),), points=places, held=places[vertex], guides=(places[:2],))
    picture = drawn(overlay, wild, np.zeros((480, 854, 4), np.uint8))
    assert (picture[..., :3].max(axis=2) <= picture[..., 3]).all()


def test_the_magnifier_shows_the_pixels_four_times_as_large(overlays: dict[tuple[int, int], Overlay]) -> None:
    size = (1280, 720)
    shown = np.random.default_rng(5).integers(0, 255, (720, 1280, 3), np.uint8)
    for place in ((0.31, 0.4), (0.75, 0.7), (0.0, 0.0), (1.0, 1.0), (0.5, 0.02)):
        view = View(points=(place,), point=0, color=(255, 179, 71), held=place)
        without = drawn(overlays[size], replace(view, held=None))
        picture = drawn(overlays[size], view, shown)
        left, top, right, bottom = boxed((picture != without).any(axis=2))
        rim = round(4 * overlays[size].unit) * 2
        inside = picture[top + rim : bottom - rim, left + rim : right - rim]
        column, row = pixel_of((place[0] * size[0], place[1] * size[1]), size)
        half = inside.shape[0] // 8
        assert inside.shape == (8 * half, 8 * half, 4)
        assert (inside[4 * half : 4 * half + 4, 4 * half : 4 * half + 4, :3] == shown[row, column]).all()
        for x, y in ((-7, -9), (8, 5), (half - 1, -half)):
            block = inside[4 * (half + y) : 4 * (half + y) + 4, 4 * (half + x) : 4 * (half + x) + 4, :3]
            is_there = 0 <= row + y < 720 and 0 <= column + x < 1280
            assert (block == (shown[row + y, column + x] if is_there else block[0, 0])).all()
            assert is_there or block.max() < 40  # beyond the picture it is dark


def test_the_magnifier_follows_the_film_though_nothing_else_differs(overlays: dict[tuple[int, int], Overlay], state: Editing) -> None:
    overlay = overlays[1280, 720]
    view = view_of(state, "main", held=(0.1, 0.1))
    first = drawn(overlay, view, np.full((720, 1280, 3), 10, np.uint8))
    assert overlay.draw(view, lambda: np.full((720, 1280, 3), 200, np.uint8))
    assert not np.array_equal(first, overlay.picture)
    assert np.array_equal(overlay.picture, drawn(Overlay((1280, 720)), view, np.full((720, 1280, 3), 200, np.uint8)))


@pytest.mark.parametrize("size", SIZES)
def test_letters_are_large_enough_for_ten_metres(overlays: dict[tuple[int, int], Overlay], state: Editing, size: tuple[int, int]) -> None:
    overlay = overlays[size]
    chosen = do(state, "choose", surface="door")
    view = replace(view_of(chosen, "main"), title="", points=(), point=None)
    with_names = drawn(overlay, view)
    without = drawn(overlay, replace(view, outlines=tuple(replace(outline, name="") for outline in view.outlines)))
    _, top, _, bottom = boxed((with_names != without).any(axis=2)[:, int(0.5 * size[0]) : int(0.6 * size[0])])
    assert bottom - top >= size[1] / 30  # of a picture two metres high, seven centimetres
    foot = drawn(overlay, View(title="wall", facts=("corners",), is_saved=True))
    _, top, _, bottom = boxed(foot[..., 3] > 0)
    assert bottom == size[1] and bottom - top >= size[1] / 20


def test_the_line_at_the_foot_goes_away_from_a_point_that_is_there(overlays: dict[tuple[int, int], Overlay]) -> None:
    for y, is_at_head in ((0.3, False), (0.95, True)):
        view = View(points=((0.5, y),), point=0, title="wall", message="it would cross")
        picture = drawn(overlays[1280, 720], view)
        rows = (picture[:, 1100, 3] > 0).nonzero()[0]
        assert (rows.max() < 360) == is_at_head


@pytest.mark.parametrize(
    ("heights", "chosen", "is_at_head"),
    [
        ((0.5, 0.95), 0, True), ((0.5, 0.95), None, True), ((0.1, 0.95), 0, False), ((0.1, 0.95), 1, True),
        ((0.02, 0.5, 0.98), 1, False), ((0.5, 0.8), 0, False), ((0.1, 0.95), None, False),
    ],
)  # fmt: skip
def test_it_goes_away_from_any_point_unless_others_are_as_near_to_the_head(
    overlays: dict[tuple[int, int], Overlay], heights: tuple[float, ...], chosen: int | None, is_at_head: bool
) -> None:
    picture = drawn(overlays[1280, 720], View(points=tuple((0.5, y) for y in heights), point=chosen, title="wall"))
    assert bool(picture[3, 1000, 3]) == is_at_head
    assert bool(picture[716, 1000, 3]) != is_at_head


def test_no_point_lies_on_what_is_told(overlays: dict[tuple[int, int], Overlay]) -> None:
    view = View(points=((0.1, 0.02), (0.1, 0.97), (0.2, 0.99)), point=0, title="a wall", facts=("corners", "point 1", "shows all"))
    with_others, alone = (drawn(overlays[1280, 720], replace(view, points=view.points[:n])) for n in (3, 1))
    assert np.array_equal(with_others[680:], alone[680:])


def test_the_number_of_a_point_is_parted_from_a_picture_of_its_colour(overlays: dict[tuple[int, int], Overlay]) -> None:
    view = View(points=((0.5, 0.5), (0.6, 0.6)), point=0, color=(255, 179, 71))
    picture = drawn(overlays[1280, 720], view)
    tag = (picture == (71, 179, 255, 255)).all(axis=2)
    tag[:, 620:] = tag[335:] = False  # the cross
    left, top, right, bottom = boxed(tag)
    around = picture[top - 1 : bottom + 1, left - 1 : right + 1, :3]
    assert max(side.max() for side in (around[0], around[-1], around[:, 0], around[:, -1])) < 60


def test_without_a_link_the_help_says_how_phones_come_to_it(overlays: dict[tuple[int, int], Overlay], state: Editing) -> None:
    from projection.mapping.panel import help_panel

    overlay = overlays[1280, 720]
    told = help_panel(overlay.words, "", overlay.unit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("projection.mapping.panel._NO_LINK", ("", ""))
        help_panel.cache_clear()
        untold = help_panel(overlay.words, "", overlay.unit)
    help_panel.cache_clear()
    assert told.shape == untold.shape and (told != untold).any()


@pytest.mark.parametrize("name", ["help", "colours"])
@pytest.mark.parametrize("size", [(320, 180), (640, 200), (160, 400)])
def test_panels_are_whole_in_the_smallest_window(state: Editing, size: tuple[int, int], name: str) -> None:
    picture = drawn(Overlay(size), replace(view_of(states(state)[name], "main"), points=(), point=None, outlines=(OUTLINE,), message=""))
    panel: np.ndarray = (np.abs(picture.astype(int) - (15, 12, 11, 245)) <= 1).all(axis=2)
    left, top, right, bottom = boxed(panel)
    corners = panel[top, right - 1], panel[bottom - 1, left], panel[bottom - 1, right - 1]
    assert all(corners) and left > 0 and right < size[0] and top > 0 and bottom < size[1]


@pytest.mark.parametrize("size", SIZES)
def test_the_help_fits_and_its_square_is_the_link(overlays: dict[tuple[int, int], Overlay], state: Editing, size: tuple[int, int]) -> None:
    import cv2

    view = view_of(do(state, "help"), "main", link=LINK)
    picture = drawn(overlays[size], view)
    panel = (picture == (15, 12, 11, 245)).all(axis=2)
    left, top, right, bottom = boxed(panel)
    assert left >= 0 and right <= size[0] and top >= 0 and bottom <= size[1]
    assert panel[top, left] and panel[bottom - 1, right - 1]  # not cut off
    grown = cv2.resize(picture[..., :3], None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    assert cv2.QRCodeDetector().detectAndDecode(grown)[0] == LINK
    assert (bottom - top) / (len(HELP) / 2) > size[1] / 32  # a line of it, as it is drawn


def test_what_is_not_saved_is_said(overlays: dict[tuple[int, int], Overlay]) -> None:
    saved, changed = (drawn(overlays[1280, 720], View(title="wall", is_saved=is_saved)) for is_saved in (True, False))
    differs = (saved != changed).any(axis=2)
    left, top, _, _ = boxed(differs)
    assert left > 640 and top > 640
    orange = (changed[..., 2] > 200) & (changed[..., 1] > 120) & (changed[..., 0] < 120)
    assert orange[:, 640:].sum() > 200 and not ((saved[..., 2] > 200) & (saved[..., 0] < 120))[:, 640:].any()


def test_hidden_surfaces_are_dim_and_the_chosen_one_bright(overlays: dict[tuple[int, int], Overlay], state: Editing) -> None:
    def strength(each: Editing) -> Any:
        picture = drawn(overlays[1280, 720], replace(view_of(each, "main"), points=(), point=None, title=""))
        return picture[int(0.5 * 720), int(0.48 * 1280) : int(0.52 * 1280), :3].max()  # across the door's left side

    other = strength(state)
    chosen = strength(do(state, "choose", surface="door"))
    hidden = strength(do(do(do(state, "choose", surface="door"), "visible"), "choose", surface="wall"))
    assert hidden < other < chosen


def test_names_of_surfaces_in_one_place_lie_side_by_side(overlays: dict[tuple[int, int], Overlay]) -> None:
    places = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
    empty, one, other = (tuple(Outline(name, places, (255, 179, 71)) for name in names) for names in (("", ""), ("wall", ""), ("", "door")))
    both = (Outline("wall", places, (255, 179, 71)), Outline("door", places, (255, 179, 71)))
    bare, *named = (drawn(overlays[1280, 720], View(outlines=outlines)) for outlines in (empty, one, other, both))
    n_one, n_other, n_both = ((picture != bare).any(axis=2).sum() for picture in named)
    assert n_both > 0.9 * (n_one + n_other)


def test_parts_of_one_picture_are_shown_together(state: Editing) -> None:
    film = state.file.surface[0].model_copy(update={"name": "roof", "area": (0.2, 0.0, 0.7, 1.0), "output": "side"})
    area = do(begin(SurfaceFile(surface=(*state.file.surface, film))), "mode", to="area")
    assert [(each.name, each.line[0], each.is_chosen) for each in view_of(area, "main").outlines] == [
        ("roof", (0.2, 0.0), False), ("wall", (0.0, 0.0), True),
    ]  # fmt: skip


def test_a_message_is_not_written_over(overlays: dict[tuple[int, int], Overlay]) -> None:
    view = View(points=((0.3, 0.1), (0.5, 0.87)), point=0, title="wall", message="it would cross itself there")
    (without, told) = (drawn(overlays[1280, 720], replace(view, points=points)) for points in (view.points[:1], view.points))
    _, top, _, bottom = boxed((without != told).any(axis=2))
    assert bottom < 0.92 * 720 or top > 0.99 * 720


def test_views_of_other_outputs_have_no_points(state: Editing) -> None:
    two = begin(state.file, outputs=("main", "side"))
    assert view_of(two, "side").points == () and view_of(two, "side").outlines == ()
    assert view_of(do(two, "output"), "side").points == two.surface.corners
    assert "a adds one" in view_of(begin(SurfaceFile()), "main").message
