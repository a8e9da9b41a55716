"""The editor: what a command does, what it refuses, and that all of it can be undone."""

from __future__ import annotations

import json
from dataclasses import replace
from inspect import signature
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projection.mapping.editor import COMMANDS, IN_MODE, SNAP_PX, do, replaced, saved
from projection.mapping.handles import Aim, aim_of, handles
from projection.mapping.lines import outline
from projection.mapping.state import Editing, begin
from projection.surfaces.check import check_surface
from projection.surfaces.geometry import to_output
from projection.surfaces.model import FULL, Grid, Mask, Place, Surface, SurfaceFile

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


def test_surfaces_and_points_are_taken_in_turn(state: Editing) -> None:
    assert (state.chosen, state.vertex) == ("wall", 0)
    assert [after(state, *["next_surface"] * n).chosen for n in range(4)] == ["wall", "door", "arch", "wall"]
    assert do(state, "next_surface", by=-1).chosen == "arch"
    assert [after(state, *["next_vertex"] * n).vertex for n in range(5)] == [0, 1, 2, 3, 0]
    assert do(state, "next_vertex", by=-1).vertex == 3
    assert after(state, "whole").vertex is None and after(state, "whole", "next_vertex").vertex == 0


def test_a_nudge_is_a_pixel_of_the_authored_size(state: Editing) -> None:
    moved = do(state, "nudge", x=10, y=-1).surface
    assert moved.corners[0] == pytest.approx((0.1 + 10 * PX[0], 0.1 - PX[1]), abs=1e-7)
    assert moved.corners[1:] == state.surface.corners[1:]
    small = begin(state.file.model_copy(update={"size": (640, 360)}))
    assert do(small, "nudge", x=1).surface.corners[0][0] == pytest.approx(0.1 + 1 / 640, abs=1e-7)
    everything = after(state, "whole", ("nudge", {"y": 3})).surface
    assert np.allclose(np.array(everything.corners) - state.surface.corners, (0, 3 * PX[1]), atol=1e-7)


def test_a_hundred_nudges_there_and_back_end_where_they_began(state: Editing) -> None:
    there = after(state, *[("nudge", {"x": 1, "y": 1})] * 100)
    assert there.surface.corners[0] == pytest.approx((0.1 + 100 * PX[0], 0.1 + 100 * PX[1]), abs=0.05 * PX[0])
    back = after(there, *[("nudge", {"x": -1, "y": -1})] * 100)
    assert back.surface.corners[0] == pytest.approx((0.1, 0.1), abs=0.05 * PX[0])


def test_a_drag_is_one_step_and_so_is_a_key_held_down(state: Editing) -> None:
    dragged = after(
        state,
        *[("move", {"surface": "wall", "mode": "corners", "vertex": 2, "to": (0.4 + n / 900, 0.8), "gesture": "a"}) for n in range(40)],
    )
    assert len(dragged.past) == 1
    assert do(dragged, "undo").file == state.file
    again = do(dragged, "move", surface="wall", mode="corners", vertex=2, to=(0.42, 0.82), gesture="b")
    assert len(again.past) == 2 and do(again, "undo").surface.corners[2] == pytest.approx((0.4 + 39 / 900, 0.8), abs=1e-7)
    held = after(state, *[("nudge", {"x": 1})] * 30, *[("nudge", {"y": 1})] * 5)
    assert len(held.past) == 2
    assert do(held, "undo").surface.corners[0] == pytest.approx((0.1 + 30 * PX[0], 0.1), abs=3e-6)


def test_two_hands_that_drag_at_once_make_two_steps(state: Editing) -> None:
    steps: list[tuple[str, dict[str, Any]]] = []
    for n in range(50):
        for surface, x in (("wall", 0.1), ("door", 0.5)):
            steps.append(("move", {"surface": surface, "mode": "corners", "vertex": 0, "to": (x - n / 2000, 0.25), "gesture": surface}))
    moved = after(state, *steps)
    assert len(moved.past) == 2 and moved.chosen == "door"
    assert after(moved, "undo", "undo").file == state.file


def test_what_crosses_or_collapses_is_refused_and_named(state: Editing) -> None:
    reason = refused(state, "move", surface="wall", mode="corners", vertex=2, to=(0.1, 0.1))
    assert "wall" in reason
    refused(state, "move", surface="wall", mode="corners", vertex=0, to=(0.45, 0.9))
    refused(state, "nudge", x=1e6)
    bent = after(state, ("choose", {"surface": "arch"}), ("mode", {"to": "grid"}))
    assert "arch" in refused(bent, "move", surface="arch", mode="grid", vertex=5, to=(0.94, 0.68))
    assert bent.past == state.past


def test_surfaces_come_go_and_change_places(state: Editing) -> None:
    added = after(state, "add", "add")
    assert added.names == ["wall", "door", "arch", "quad 1", "quad 2"] and added.chosen == "quad 2"
    assert (added.surface.shows, added.surface.output) == ("film", "main")
    assert len({surface.corners for surface in added.file.surface}) == 5
    doubled = after(state, "duplicate", "duplicate")
    assert doubled.names == ["wall", "wall 2", "wall 3", "door", "arch"]
    offset = np.array(doubled.file.surface[1].corners) - state.surface.corners
    assert (offset > 0).all() and np.allclose(offset, offset[0], atol=1e-6) and offset.max() < 0.05
    deleted = after(state, "next_surface", "delete")
    assert (deleted.names, deleted.chosen) == (["wall", "arch"], "arch")
    empty = after(state, "delete", "delete", "delete")
    assert (empty.names, empty.chosen) == ([], "")
    assert "Add one (a)" in refused(empty, "nudge", x=1)
    assert after(empty, "add").names == ["quad 1"]
    assert after(state, "order", "order", "order").names == ["door", "arch", "wall"]
    assert after(state, ("choose", {"surface": "arch"}), ("order", {"by": -1})).names == ["wall", "arch", "door"]


def test_a_double_of_what_fills_the_output_lies_where_it_is_seen() -> None:
    full = begin(SurfaceFile(surface=(Surface(name="all of it", corners=FULL),)))
    doubled = after(full, "duplicate").surface
    assert doubled.name == "all of it 2" and doubled.corners != FULL
    assert all(x < 1 and y < 1 for x, y in doubled.corners)


def test_names_are_told_apart(state: Editing) -> None:
    assert do(state, "rename", to="  north   wall ").names == ["north wall", "door", "arch"]
    assert do(state, "rename", to="north wall").chosen == "north wall"
    assert "another surface is called door" in refused(state, "rename", to="door")
    refused(state, "rename", to="   ")
    refused(state, "rename", to="x" * 65)
    long = do(state, "rename", to="x" * 64)
    assert max(map(len, after(long, *["duplicate"] * 12).names)) <= 64


def test_sources_and_outputs_are_gone_through(state: Editing) -> None:
    assert [after(state, *["source"] * n).surface.shows for n in range(4)] == ["film", "plasma", "all", "film"]
    assert do(state, "source", by=-1).surface.shows == "all"
    assert "Did you mean plasma?" in refused(state, "show", layer="plasmo")
    assert after(state, "output").surface.output == "side" and do(state, "output", to="side").surface.output == "side"
    refused(state, "output", to="roof")
    refused(begin(state.file), "output")
    stranger = begin(state.file.model_copy(update={"surface": (Surface(name="a", shows="gone"),)}), sources=("all", "film"))
    assert do(stranger, "source").surface.shows == "all"


def test_corners_jump_onto_those_of_others_unless_told_not_to(state: Editing) -> None:
    near = (0.5 + 8 * PX[0], 0.3 - 6 * PX[1])
    aim = {"surface": "wall", "mode": "corners", "vertex": 1}
    assert do(state, "move", **aim, to=near, snaps=True).surface.corners[1] == (0.5, 0.3)
    assert do(state, "move", **aim, to=near).surface.corners[1] == pytest.approx(near, abs=1e-7)
    far = (0.5 + (SNAP_PX + 1) * PX[0], 0.3)
    assert do(state, "move", **aim, to=far, snaps=True).surface.corners[1] == pytest.approx(far, abs=1e-7)
    own = (0.4 + 2 * PX[0], 0.1)  # its own neighbours do not pull it
    assert do(state, "move", **aim, to=own, snaps=True).surface.corners[1] == pytest.approx(own, abs=1e-7)
    edge = do(state, "move", surface="wall", mode="corners", vertex=0, to=(5 * PX[0], -5 * PX[1]), snaps=True)
    assert edge.surface.corners[0] == (0.0, 0.0)


def test_a_surface_that_is_dragged_as_a_whole_keeps_its_shape_and_snaps_too(state: Editing) -> None:
    moved = do(state, "move", surface="wall", mode="corners", vertex=0, to=(0.2 + 5 * PX[0], 0.3), all=True, snaps=True).surface
    offset = np.array(moved.corners) - state.surface.corners
    assert np.allclose(offset, offset[0], atol=2e-7)
    assert moved.corners[1] == pytest.approx((0.5, 0.3), abs=1e-6)  # its second corner lies on the door's first


def test_on_other_outputs_nothing_pulls(state: Editing) -> None:
    elsewhere = after(state, "next_surface", "output")
    near = (0.5 + 3 * PX[0], 0.3)
    moved = do(elsewhere, "move", surface="wall", mode="corners", vertex=1, to=near, snaps=True)
    assert moved.surface.corners[1] == pytest.approx(near, abs=1e-7)


def test_grids_go_round_and_are_made_finer_in_their_shape(state: Editing) -> None:
    kinds = [after(state, *["bend"] * n) for n in range(5)]
    assert [each.surface.grid and each.surface.grid.kind for each in kinds] == [None, "mesh", "smooth", "bezier", None]
    assert (kinds[1].mode, kinds[4].mode) == ("grid", "corners")
    assert kinds[1].surface.grid == Grid(kind="mesh")
    assert do(kinds[1], "bend", kind="flat").surface.grid is None
    bent = after(state, "bend", ("choose", {"surface": "wall", "vertex": 5}), ("nudge", {"x": 30, "y": -20}))
    finer = after(bent, "finer")
    assert finer.surface.grid and (finer.surface.grid.columns, finer.surface.grid.rows) == (7, 7)
    everywhere = np.random.default_rng(3).random((50, 2))
    assert np.allclose(to_output(bent.surface, everywhere), to_output(finer.surface, everywhere), atol=1e-6)
    taken = handles(finer.surface, aim_of(finer))[finer.vertex or 0]
    assert taken == pytest.approx(handles(bent.surface, aim_of(bent))[5], abs=1e-6)  # the same place is taken
    assert after(bent, "finer", ("finer", {"by": -1})).surface.grid == bent.surface.grid
    wider = do(bent, "density", columns=2, rows=-1).surface.grid
    assert wider and (wider.columns, wider.rows) == (6, 3)


def test_grids_refuse_what_they_cannot_be(state: Editing) -> None:
    assert "Bend it first (g)" in refused(state, "finer")
    bezier = do(state, "bend", kind="bezier")
    assert "4 by 4" in refused(bezier, "density", columns=1)
    dense = after(state, "bend", *["finer"] * 4)
    assert dense.surface.grid and dense.surface.grid.columns == 49
    assert "2 to 64" in refused(dense, "finer")
    refused(after(state, "bend", ("density", {"columns": -2})), "density", columns=-1)


def test_grid_points_lie_where_they_are_moved_to(state: Editing) -> None:
    bent = after(state, ("choose", {"surface": "arch"}), ("mode", {"to": "grid"}))
    to = (0.85, 0.33)
    moved = do(bent, "move", surface="arch", mode="grid", vertex=6, to=to)
    assert handles(moved.surface, Aim("grid"))[6] == pytest.approx(to, abs=1e-6)
    assert np.allclose(to_output(moved.surface, np.array([[2 / 3, 1 / 3]])), to, atol=1e-6)


def test_the_part_that_is_shown_stays_within_the_picture(state: Editing) -> None:
    area = do(state, "mode", to="area")
    cut = after(area, ("move", {"surface": "wall", "mode": "area", "vertex": 0, "to": (0.25, 0.5)})).surface
    assert cut.area == (0.25, 0.5, 1.0, 1.0)
    beyond = do(area, "move", surface="wall", mode="area", vertex=2, to=(3.0, -3.0)).surface.area
    assert beyond == (0.0, 0.0, 1.0, 0.01)
    half = after(
        area, ("move", {"surface": "wall", "mode": "area", "vertex": 2, "to": (0.5, 0.5)}), "whole", ("nudge", {"x": 5000, "y": 108})
    )
    assert half.surface.area == pytest.approx((0.5, 0.1, 1.0, 0.6), abs=1e-6)


def test_while_only_the_picture_is_shown_nothing_is_changed(state: Editing) -> None:
    shown = do(state, "mode", to="show")
    for name in ("nudge", "delete", "add", "undo", "bend"):
        assert "Press 3" in refused(shown, name)
    assert after(shown, "next_surface").chosen == "door"
    assert do(shown, "move", surface="wall", mode="corners", vertex=0, to=(0.2, 0.2)).file == state.file


def test_undo_goes_back_redo_forth_and_a_new_change_forgets_what_was_undone(state: Editing) -> None:
    changed = after(state, ("nudge", {"x": 5}), "duplicate", ("rename", {"to": "copy"}))
    back = after(changed, "undo", "undo")
    assert back.surface.corners == do(state, "nudge", x=5).surface.corners and back.chosen == "wall"
    assert after(back, "redo", "redo").file == changed.file and after(back, "redo", "redo").chosen == "copy"
    assert "nothing was undone" in refused(do(back, "nudge", y=1), "redo")
    assert "began" in refused(state, "undo")


def test_it_is_saved_when_it_is_as_it_was_saved(state: Editing) -> None:
    changed = do(state, "nudge", x=1)
    assert state.is_saved and not changed.is_saved
    assert do(changed, "undo").is_saved
    kept = saved(changed, changed.file)
    assert kept.is_saved and not do(kept, "undo").is_saved
    assert do(do(kept, "nudge", x=4), "revert").file == kept.file
    refused(kept, "revert")
    late = saved(do(changed, "nudge", y=9), changed.file)  # something was moved while the disk wrote
    assert not late.is_saved


def test_what_others_write_is_taken_over_unless_something_is_not_saved(state: Editing) -> None:
    theirs = state.file.model_copy(update={"surface": state.file.surface[1:]})
    taken = replaced(state, theirs)
    assert (taken.file, taken.chosen, taken.is_saved) == (theirs, "door", True)
    assert do(taken, "undo").file == state.file and not do(taken, "undo").is_saved
    mine = do(state, "nudge", x=7)
    kept = replaced(mine, theirs)
    assert kept.file == mine.file and not kept.is_saved and do(kept, "revert").file == theirs
    assert do(do(kept, "revert"), "undo").file == mine.file


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("mov", {}), ("nudge", {"x": "far"}), ("nudge", {"x": float("nan")}), ("nudge", {"z": 1}), ("mode", {"to": "nowhere"}),
        ("choose", {}),
        ("move", {"surface": "wall", "mode": "corners", "vertex": 4, "to": (0, 0)}), ("choose", {"surface": "x" * 5000}),
        ("rename", {"to": None}),
        ("move", {"surface": "wall", "mode": "corners", "vertex": -1, "to": (0, 0)}),
        ("move", {"surface": "gone", "mode": "corners", "vertex": 0, "to": (0, 0)}),
    ],
)  # fmt: skip
def test_whatever_is_asked_is_answered_in_a_line(state: Editing, name: str, arguments: dict[str, Any]) -> None:
    reason = refused(state, name, **arguments)
    assert len(reason) < 300 and "\n" not in reason and "Traceback" not in reason


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-20, 20), st.floats(-2, 2), st.tuples(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5)),
    st.sampled_from(["wall", "door", "arch", "film", "side", "area", "corners", "grid", "mask", "show", "edges", "colours", "hue", "bezier", "flat", "hand"]),
)  # fmt: skip


@st.composite
def _commands(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(sorted(set(COMMANDS) - {"undo", "redo"})))
    functions = [COMMANDS[name], *(commands[name] for commands in IN_MODE.values() if name in commands)]
    parameters = {parameter for function in functions for parameter in list(signature(function).parameters)[1:]}
    return name, draw(st.fixed_dictionaries({}, optional=dict.fromkeys(parameters, _VALUES)))


@st.composite
def _moves(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Moves that mean something, more often than chance would make them."""
    place = st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2))
    return "move", {
        "surface": draw(st.sampled_from(["wall", "door", "arch"])), "mode": draw(st.sampled_from(["corners", "grid", "mask", "area", "edges"])),
        "vertex": draw(st.integers(0, 15)), "to": draw(place), "all": draw(st.booleans()), "snaps": draw(st.booleans()),
        "gesture": draw(st.sampled_from(["", "a", "b"])),
    }  # fmt: skip


def _wall() -> SurfaceFile:
    return SurfaceFile(
        surface=(
            Surface(name="wall", shows="film", corners=((0.1, 0.1), (0.4, 0.1), (0.4, 0.8), (0.1, 0.8))),
            Surface(name="door", corners=((0.5, 0.3), (0.6, 0.3), (0.6, 0.7), (0.5, 0.7)), masks=(Mask(kind="ellipse", rotation=20),)),
            Surface(name="arch", corners=((0.7, 0.1), (0.95, 0.15), (0.95, 0.7), (0.72, 0.65)), grid=Grid(kind="smooth")),
        )
    )


@settings(max_examples=40)
@given(st.lists(st.one_of(_commands(), _moves()), max_size=12))
def test_whatever_is_done_surfaces_can_be_drawn_and_all_of_it_can_be_undone(commands: list[tuple[str, dict[str, Any]]]) -> None:
    first = begin(_wall(), sources=("all", "film"), outputs=("main", "side"))
    state = first
    for name, arguments in commands:
        state = do(state, name, **arguments)
        assert SurfaceFile.model_validate(state.file.model_dump()) == state.file
        assert (state.chosen in state.names) or (state.chosen == "" and not state.names)
        assert len(set(state.names)) == len(state.names)
        for surface in state.file.surface:
            check_surface(surface)
            assert np.isfinite(np.array(outline(surface))).all()
        assert all(np.isfinite(place).all() for place in (handles(state.surface, aim_of(state)) if state.chosen else []))
    last, n_steps = state, len(state.past)
    state = do(state, "mode", to="corners")
    for _ in range(n_steps):
        state = do(state, "undo")
    assert (state.file, state.past) == (first.file, ())
    for _ in range(n_steps):
        state = do(state, "redo")
    assert state.file == last.file


def test_the_history_has_an_end(state: Editing) -> None:
    for n in range(300):
        state = do(state, "nudge", x=1 if n % 2 else 2, y=n % 2)
    assert len(state.past) == 200


def test_places_go_through_json_as_they_are(state: Editing) -> None:
    to: Place = (0.3333333, 0.75)
    sent = json.loads(json.dumps({"surface": "wall", "mode": "corners", "vertex": 2, "to": to, "gesture": "x"}))
    assert do(state, "move", **sent).surface.corners[2] == to
