"""Masks, faded edges and colours in the editor: keys make all that a file of surfaces can say of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.look import Look
from projection.mapping.coloring import DIALS, value_of
from projection.mapping.editor import do
from projection.mapping.handles import aim_of, handles
from projection.mapping.state import Editing, begin
from projection.surfaces.model import Edges, Mask, Place, Surface, SurfaceFile

PX = 1 / 1920, 1 / 1080


@pytest.fixture
def state(wall: SurfaceFile) -> Editing:
    return begin(wall, sources=("all", "film", "plasma"), outputs=("main", "side"))


def after(state: Editing, *commands: str | tuple[str, dict[str, Any]]) -> Editing:
    for command in commands:
        name, arguments = (command, {}) if isinstance(command, str) else command
        state = do(state, name, **arguments)
    return state


def refused(state: Editing, name: str, **arguments: Any) -> str:
    """Why a command is refused, which leaves all as it was."""
    tried = do(state, name, **arguments)
    assert replace(tried, message="") == replace(state, message="")
    assert tried.message
    return tried.message


def test_masks_are_added_moved_and_taken_away(state: Editing) -> None:
    bare = do(state, "mode", to="mask")
    assert "add one (a)" in bare.message and "no mask" in refused(bare, "nudge", x=1)
    masked = after(bare, "add")
    assert masked.surface.masks == (Mask(kind="ellipse", feather=0.02),)
    assert handles(masked.surface, aim_of(masked)) == [pytest.approx(place) for place in [(0.25, 0.45), (0.4, 0.45), (0.25, 0.8)]]
    moved = do(masked, "nudge", x=10).surface.masks[0]
    assert moved.centre == pytest.approx((0.5 + 10 * PX[0] / 0.3, 0.5), abs=1e-6) and moved.radii == (0.5, 0.5)
    smaller = do(masked, "move", surface="wall", mode="mask", vertex=1, to=(0.31, 0.45)).surface.masks[0]
    assert smaller.radii == pytest.approx((0.2, 0.5), abs=1e-6)
    polygon = after(masked, "shape")
    assert polygon.surface.masks[0].kind == "polygon" and len(polygon.surface.masks[0].points) == 8
    assert after(polygon, "shape").surface.masks[0].radii == pytest.approx((0.5, 0.5), abs=1e-6)
    assert len(after(polygon, "duplicate").surface.masks[0].points) == 9
    assert len(after(polygon, *["delete"] * 5).surface.masks[0].points) == 3
    assert after(polygon, *["delete"] * 6).surface.masks == ()
    assert after(masked, "delete").surface.masks == () and after(polygon, "whole", "delete").surface.masks == ()
    assert after(masked, "invert", "more", "turn").surface.masks[0] == Mask(kind="ellipse", feather=0.03, inverted=True, rotation=5)


def test_masks_are_gone_through_and_those_of_the_output_lie_still(state: Editing) -> None:
    arch = after(state, ("choose", {"surface": "arch"}), ("mode", {"to": "mask"}))
    assert [after(arch, *["mask"] * n).mask for n in range(3)] == [0, 1, 0]
    assert len(handles(arch.surface, aim_of(arch))) == 3 and len(handles(arch.surface, aim_of(after(arch, "mask")))) == 3
    still = Mask(kind="polygon", on="output", points=((0.1, 0.1), (0.2, 0.1), (0.2, 0.3)))
    file = state.file.model_copy(
        update={"surface": (Surface(name="a", masks=(still,)), Surface(name="b", masks=(Mask(kind="painted", picture="x.png"),)))}
    )
    output = do(begin(file), "mode", to="mask")
    assert handles(output.surface, aim_of(output)) == list(still.points)
    assert do(output, "nudge", x=1).surface.masks[0].points[0] == pytest.approx((0.1 + PX[0], 0.1), abs=1e-7)


def test_a_painted_mask_is_moved_sized_and_turned_like_an_ellipse(state: Editing) -> None:
    masked = after(state, ("mode", {"to": "mask"}), "add")
    alone = after(masked, "shape", "shape")
    assert alone.surface.masks[0].kind == "ellipse" and "picture beside the file" in alone.message
    pictured = after(replace(masked, pictures=("leaf.png", "star.png")), "shape", "shape")
    assert pictured.surface.masks == (Mask(kind="painted", picture="leaf.png", feather=0.02),)
    assert handles(pictured.surface, aim_of(pictured)) == [pytest.approx(place) for place in [(0.25, 0.45), (0.4, 0.45), (0.25, 0.8)]]
    small = after(
        pictured, "turn", ("move", {"surface": "wall", "mode": "mask", "vertex": 1, "to": (0.31, 0.45)}), ("nudge", {"y": 10}), "shape"
    )
    laid = small.surface.masks[0]
    assert (laid.picture, laid.rotation, laid.radii[1]) == ("star.png", 5, 0.5) and laid.radii[0] == pytest.approx(0.2, abs=0.004)
    assert do(small, "whole").message == "" and after(small, "shape").surface.masks[0].kind == "ellipse"
    shifted = after(small, "whole", ("nudge", {"x": 96})).surface.masks[0]
    assert shifted.radii == laid.radii and shifted.centre[0] - laid.centre[0] == pytest.approx(0.05 / 0.3, abs=1e-6)


def test_masks_that_are_flat_become_none_that_cannot_be(state: Editing) -> None:
    line = Mask(kind="polygon", points=((0.5, 0.1), (0.5, 0.6), (0.5, 0.9)))
    file = state.file.model_copy(update={"surface": (Surface(name="a", masks=(line,)),)})
    (mask,) = after(begin(file), ("mode", {"to": "mask"}), "shape").surface.masks
    assert mask.kind == "ellipse" and min(mask.radii) > 0


@pytest.mark.parametrize("kind", ["ellipse", "polygon", "painted"])
@pytest.mark.parametrize("shape", [(0.4, 0.1), (0.45, 0.2)], ids=["upright", "crooked"])
def test_a_mask_that_is_fixed_on_the_output_stays_where_it_was_and_then_lies_still(state: Editing, kind: str, shape: Place) -> None:
    pictured = replace(after(state, ("move", {"surface": "wall", "mode": "corners", "vertex": 1, "to": shape})), pictures=("leaf.png",))
    steps = {"ellipse": (), "polygon": ("shape",), "painted": ("shape", "shape")}[kind]
    masked = after(pictured, ("mode", {"to": "mask"}), "add", ("nudge", {"x": 40}), *steps)
    fixed = after(masked, "fix")
    assert (fixed.surface.masks[0].kind, fixed.surface.masks[0].on) == (kind, "output") and "output" in fixed.message
    places = handles(masked.surface, aim_of(masked))
    assert np.allclose(handles(fixed.surface, aim_of(fixed)), places, atol=1e-6 if kind == "polygon" else 0.04)
    moved = after(fixed, ("mode", {"to": "corners"}), "whole", ("nudge", {"x": 50}), ("mode", {"to": "mask"}))
    assert moved.surface.masks == fixed.surface.masks
    back = after(moved, "fix")
    assert back.surface.masks[0].on == "surface"
    assert np.allclose(handles(back.surface, aim_of(back)), handles(moved.surface, aim_of(moved)), atol=1e-6 if kind == "polygon" else 0.04)


def test_edges_fade_as_wide_as_their_points_are_drawn_inwards(state: Editing) -> None:
    edges = do(state, "mode", to="edges")
    assert handles(edges.surface, aim_of(edges)) == [pytest.approx(place) for place in [(0.25, 0.1), (0.4, 0.45), (0.25, 0.8), (0.1, 0.45)]]
    right = do(edges, "move", surface="wall", mode="edges", vertex=1, to=(0.34, 0.6))
    assert right.surface.edges == Edges(right=0.2) and right.vertex == 1
    wider = do(right, "nudge", x=-10)
    assert wider.surface.edges.right == pytest.approx(0.2 + 10 * PX[0] / 0.3, abs=1e-6)
    assert do(right, "move", surface="wall", mode="edges", vertex=1, to=(0.9, 0.5)).surface.edges.right == 0
    both = do(right, "move", surface="wall", mode="edges", vertex=3, to=(0.39, 0.5)).surface.edges
    assert (both.left, both.right) == (0.8, 0.2)  # they do not cross
    assert do(right, "more").surface.edges.gamma == 2.25 and after(right, *["more"] * 99).surface.edges.gamma == 5
    assert do(right, "delete").surface.edges == Edges() == after(right, "whole", "delete").surface.edges
    assert after(right, "more", "more", "undo").surface.edges == right.surface.edges


def test_edges_fade_where_the_parts_of_neighbours_overlap_each_as_wide_as_it_must() -> None:
    left = Surface(name="left", output="a", area=(0.0, 0.0, 0.6, 1.0))
    right = Surface(name="right", output="b", area=(0.5, 0.0, 1.0, 1.0), edges=Edges(gamma=2.0))
    other = Surface(name="other", output="b", shows="film")
    state = do(begin(SurfaceFile(surface=(left, right, other)), sources=("all", "film"), outputs=("a", "b")), "mode", to="edges")
    met = do(state, "add")
    one, two, three = met.file.surface
    assert one.edges == Edges(right=0.1666667) and two.edges == Edges(left=0.2, gamma=2.0) and three == other
    assert met.message == "left, right fade where they overlap" and len(met.past) == 1
    assert after(state, "next_surface", "add").file == met.file
    assert "Choose such parts first (2)" in refused(do(state, "choose", surface="other"), "add")


def test_four_projectors_in_a_square_fade_towards_their_neighbours() -> None:
    parts = {"a": (0, 0, 0.55, 0.6), "b": (0.45, 0, 1, 0.6), "c": (0, 0.5, 0.55, 1), "d": (0.45, 0.5, 1, 1)}
    state = begin(SurfaceFile(surface=tuple(Surface(name=name, area=area) for name, area in parts.items())))
    a, b, c, d = (each.edges for each in after(state, ("mode", {"to": "edges"}), "add").file.surface)
    across, down = pytest.approx(0.1 / 0.55, abs=1e-6), pytest.approx(0.1 / 0.6, abs=1e-6)
    assert (a.left, a.right, a.top, a.bottom) == (0, across, 0, down)
    assert (b.left, b.right, b.top, b.bottom) == (across, 0, 0, down)
    assert (d.left, d.right, d.top, d.bottom) == (across, 0, 0.2, 0) and (c.top, c.right) == (0.2, across)


def test_colours_are_turned_by_keys_and_by_telephones(state: Editing) -> None:
    brighter = do(state, "more", by=-1)
    assert brighter.surface.look == Look(brightness=0.98) and brighter.mode == "corners"
    colours = do(state, "mode", to="colours")
    assert "> <" in colours.message
    hue = after(colours, *["next_vertex"] * 3, "more", ("nudge", {"y": -10}), ("nudge", {"x": -1}))
    assert hue.surface.look == Look(hue=20) and "hue 20" in hue.message
    assert do(hue, "delete").surface.look == Look()
    red = after(colours, *["next_vertex"] * 5, ("nudge", {"x": 5}))
    assert red.surface.look == Look(tint=(1.1, 1, 1)) and len(red.past) == 1
    assert do(colours, "next_vertex", by=-1).surface == colours.surface
    assert do(do(colours, "next_vertex", by=-1), "nudge", x=-5).surface.opacity == 0.9
    assert do(state, "dial", name="contrast", to=7).surface.look.contrast == 2
    assert "Did you mean hue?" in do(state, "dial", name="hua", to=1).message
    loud = begin(SurfaceFile(surface=(Surface(name="a", look=Look(brightness=3)),)))
    assert do(loud, "more").surface.look.brightness == 3 and do(loud, "more", by=-1).surface.look.brightness == 2.98


def test_dials_go_no_further_than_a_file_may_say() -> None:
    for name, dial in DIALS.items():
        for value in (dial.low, dial.usual, dial.high):
            surface = do(begin(SurfaceFile(surface=(Surface(name="a"),))), "dial", name=name, to=value).surface
            assert Surface.model_validate(surface.model_dump()) == surface and value_of(surface, name) == value


@given(st.integers(0, 2), st.floats(0.72, 0.93), st.floats(0.2, 0.6))
def test_a_turned_ellipse_follows_its_points(number: int, x: float, y: float) -> None:
    surface = Surface(
        name="a",
        corners=((0.7, 0.1), (0.95, 0.15), (0.95, 0.7), (0.72, 0.65)),
        masks=(Mask(kind="ellipse", rotation=33, radii=(0.3, 0.2)),),
    )
    state = do(begin(SurfaceFile(surface=(surface,))), "mode", to="mask")
    moved = do(state, "move", surface="a", mode="mask", vertex=number, to=(x, y))
    before, after_it = handles(surface, aim_of(state)), handles(moved.surface, aim_of(moved))
    if number == 0 and not moved.message:
        assert after_it[0] == pytest.approx((x, y), abs=1e-6)
    else:
        assert after_it[0] == pytest.approx(before[0], abs=1e-9)  # its middle stays
