"""Keys and the mouse: what people know from elsewhere works, on any keyboard, and what is pressed by mistake does nothing."""

from __future__ import annotations

from typing import Any

import pytest

from projection.mapping.editor import COMMANDS, do
from projection.mapping.keys import HELP, ORDERS, ROWS, SAVE, wish_of
from projection.mapping.pointer import NEAR_PX, Mouse, is_within, point
from projection.mapping.state import Editing, begin
from projection.scene import Orders
from projection.surfaces.model import Mask, Surface, SurfaceFile
from projection.windows import Pointed, Pressed

PX = 1 / 1920, 1 / 1080


@pytest.fixture
def state(wall: SurfaceFile) -> Editing:
    return begin(wall, sources=("all", "film", "plasma"), outputs=("main", "side"))


@pytest.mark.parametrize(
    ("key", "text", "command", "arguments"),
    [
        (".", ".", "next_surface", {}), (",", ",", "next_surface", {"by": -1}), ("shift+.", ">", "next_vertex", {}),
        ("shift+,", "<", "next_vertex", {"by": -1}), ("page up", "", "order", {}), ("page down", "", "order", {"by": -1}),
        ("d", "d", "duplicate", {}), ("s", "s", SAVE, {}), ("ctrl+s", "\x13", SAVE, {}), ("z", "z", "undo", {}),
        ("ctrl+z", "\x1a", "undo", {}),
        ("ctrl+shift+z", "\x1a", "redo", {}), ("ctrl+y", "\x19", "redo", {}), ("shift+z", "Z", "redo", {}), ("tab", "\t", "source", {}),
        ("left", "", "nudge", {"x": -1, "y": 0}), ("shift+down", "", "nudge", {"x": 0, "y": 10}), ("a", "a", "add", {}),
        ("delete", "\x7f", "delete", {}),
        ("m", "m", "finer", {}), ("shift+m", "M", "finer", {"by": -1}), ("o", "o", "solo", {}), ("t", "t", "card", {}),
        ("h", "h", "help", {}), ("f1", "", "help", {}), ("backspace", "\x08", "delete", {}), ("shift+tab", "", "source", {"by": -1}),
        ("1", "1", "mode", {"to": "show"}), ("2", "2", "mode", {"to": "area"}), ("3", "3", "mode", {"to": "corners"}),
        ("4", "4", "mode", {"to": "grid"}),
    ],
)  # fmt: skip
def test_keys_that_people_know(key: str, text: str, command: str, arguments: dict[str, Any]) -> None:
    wish = wish_of(Pressed(key, text))
    assert wish is not None
    assert (wish.command, dict(wish.arguments)) == (command, arguments)


@pytest.mark.parametrize(
    ("pressed", "command"),
    [
        (Pressed("<", "<"), "next_vertex"),  # a key of its own on German keyboards
        (Pressed("shift+<", ">"), "next_vertex"), (Pressed("alt+7", "{"), "density"), (Pressed("ctrl+alt+0", "}"), "density"),
        (Pressed("s", "S"), SAVE), (Pressed("m", "M"), "finer"),  # Caps Lock
        (Pressed("shift+;", ":"), None), (Pressed("ctrl+d", "\x04"), None), (Pressed("alt+s", "s"), None),
        (Pressed("escape", "\x1b"), None),
        (Pressed("f5"), None), (Pressed("ctrl+."), None),
    ],
)  # fmt: skip
def test_signs_count_wherever_they_are_and_letters_whatever_they_write(pressed: Pressed, command: str | None) -> None:
    wish = wish_of(pressed)
    assert (wish and wish.command) == command


def test_every_key_asks_for_something_that_there_is(state: Editing) -> None:
    for row in ROWS:
        for key, wish in row.keys.items():
            if wish.command in ORDERS:
                assert hasattr(Orders(), ORDERS[wish.command])
            elif wish.command != SAVE:
                assert wish.command in COMMANDS, key
                told = do(state, wish.command, **wish.arguments).message
                assert "Input should" not in told and "no such command" not in told, key


def test_the_help_names_every_key_and_none_twice() -> None:
    keys = [key for row in ROWS for key in row.keys]
    assert len(set(keys)) == len(keys)
    told = {word for words, _ in HELP for word in words.split()}
    assert {
        ".",
        ",",
        "<",
        ">",
        "Tab",
        "Delete",
        "Ctrl+A",
        "z",
        "s",
        "o",
        "t",
        "h",
        "F1",
        "1",
        "2",
        "3",
        "4",
        "5",
        "mouse",
        "arrows",
    } <= told
    for row in ROWS:
        assert any(
            word.lower() in row.keys or word in row.keys or word in ("arrows", "PgUp", "PgDn", "M", "Z") for word in row.told.split()
        )


class Hand:
    """A hand on the mouse of the main output."""

    def __init__(self, state: Editing, output: str = "main") -> None:
        self.state, self.mouse, self.output = state, Mouse(), output

    def do(self, kind: Any, x: float, y: float, *held: str, button: int = 1) -> Hand:
        self.state, self.mouse = point(
            self.state, self.mouse, Pointed(kind, (x, y), button if kind != "move" else 0, held=held), output=self.output
        )
        return self

    def drag(self, start: tuple[float, float], end: tuple[float, float], *held: str, n_moves: int = 12) -> Hand:
        self.do("down", *start, *held)
        for n in range(1, n_moves + 1):
            self.do("move", *(a + (b - a) * n / n_moves for a, b in zip(start, end, strict=True)), *held)
        return self.do("up", *end, *held)


def test_a_click_takes_the_nearest_point_and_moves_nothing(state: Editing) -> None:
    hand = Hand(state).do("down", 0.5 + 6 * PX[0], 0.7 - 5 * PX[1]).do("up", 0.5 + 6 * PX[0], 0.7 - 5 * PX[1])
    assert (hand.state.chosen, hand.state.vertex) == ("door", 3)
    assert hand.state.file is state.file and hand.state.past == ()


def test_a_dragged_point_goes_as_far_as_the_hand_in_one_step(state: Editing) -> None:
    start = (0.4 + 9 * PX[0], 0.8 - 7 * PX[1])  # nothing jumps though it was not met exactly
    hand = Hand(state).drag(start, (start[0] + 0.05, start[1] - 0.1))
    assert hand.state.surface.corners[2] == pytest.approx((0.45, 0.7), abs=2e-7)
    assert len(hand.state.past) == 1 and hand.mouse.grip is None
    again = hand.drag((0.45, 0.7), (0.46, 0.7))
    assert len(again.state.past) == 2


def test_a_drag_across_the_opposite_side_stays_where_it_was_last_sound(state: Editing) -> None:
    hand = Hand(state).do("down", 0.4, 0.8)
    for n in range(1, 40):
        hand.do("move", 0.4 - 0.01 * n, 0.8 - 0.02 * n)
    assert "wall" in hand.state.message
    stopped = hand.state.surface.corners[2]
    assert stopped != (0.4, 0.8)
    hand.do("move", 0.42, 0.75)
    assert hand.state.surface.corners[2] == pytest.approx((0.42, 0.75), abs=1e-6) and hand.state.message == ""


def test_within_a_surface_all_of_it_is_drawn_but_a_shaky_click_only_takes_it(state: Editing) -> None:
    shaky = Hand(state).drag((0.55, 0.5), (0.55 + 2 * PX[0], 0.5))
    assert (shaky.state.chosen, shaky.state.vertex) == ("door", None) and shaky.state.past == ()
    drawn = Hand(state).drag((0.55, 0.5), (0.55, 0.6))
    assert drawn.state.surface.corners[0] == pytest.approx((0.5, 0.4), abs=1e-6)
    assert Hand(state).drag((0.02, 0.95), (0.3, 0.95)).state == state  # beside all surfaces


def test_dragged_corners_jump_unless_alt_is_held(state: Editing) -> None:
    assert Hand(state).drag((0.4, 0.1), (0.5 + 6 * PX[0], 0.3)).state.surface.corners[1] == (0.5, 0.3)
    free = Hand(state).drag((0.4, 0.1), (0.5 + 6 * PX[0], 0.3), "alt").state.surface.corners[1]
    assert free == pytest.approx((0.5 + 6 * PX[0], 0.3), abs=1e-6)


def test_of_two_surfaces_the_chosen_one_is_taken_then_the_one_on_top() -> None:
    corners = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
    state = begin(
        SurfaceFile(surface=(Surface(name="below", corners=corners), Surface(name="above", corners=corners), Surface(name="far")))
    )
    assert Hand(state).do("down", 0.4, 0.4).state.chosen == "below"
    full = do(state, "choose", surface="far")
    assert Hand(full).do("down", 0.2, 0.2).state.chosen == "above"  # a point that is met counts more than what lies around
    clicks = Hand(full)
    assert [clicks.do("down", 0.4, 0.4).do("up", 0.4, 0.4).state.chosen for _ in range(4)] == ["above", "below", "far", "above"]
    assert Hand(full).drag((0.4, 0.4), (0.41, 0.4)).state.chosen == "far"


def test_other_buttons_and_the_wheel_take_nothing(state: Editing) -> None:
    assert Hand(state).do("down", 0.55, 0.5, button=3).do("move", 0.7, 0.7).state is state
    wheeled, _ = point(state, Mouse(), Pointed("wheel", (0.5, 0.5), turn=1.0), output="main")
    assert wheeled is state


def test_surfaces_of_other_outputs_are_out_of_reach(state: Editing) -> None:
    assert Hand(state, output="side").drag((0.4, 0.8), (0.5, 0.8)).state == state


def test_in_a_grid_points_are_drawn_and_another_surface_is_taken_by_a_click(state: Editing) -> None:
    grid = do(do(state, "choose", surface="wall"), "bend")
    moved = Hand(grid).drag((0.2, 0.1), (0.2, 0.13)).state
    assert moved.vertex == 1 and moved.surface.grid != grid.surface.grid
    inside = Hand(grid).drag((0.25, 0.2), (0.3, 0.3)).state  # amid the points: a whole grid is not pushed by mistake
    assert inside.surface == grid.surface
    assert Hand(grid).do("down", 0.55, 0.45).state.chosen == "door"


def test_masks_and_parts_are_drawn_like_surfaces(state: Editing) -> None:
    masked = do(do(state, "mode", to="mask"), "add")
    moved = Hand(masked).drag((0.25, 0.3), (0.26, 0.32)).state.surface.masks[0]
    assert moved.centre == pytest.approx((0.5 + 0.01 / 0.3, 0.5 + 0.02 / 0.7), abs=1e-6)
    part = do(do(state, "mode", to="area"), "move", surface="wall", mode="area", vertex=2, to=(0.5, 0.5))
    assert Hand(part).drag((0.25, 0.25), (0.5, 0.25)).state.surface.area == pytest.approx((0.25, 0, 0.75, 0.5), abs=1e-6)
    painted = do(begin(SurfaceFile(surface=(Surface(name="a", masks=(Mask(kind="painted", picture="x.png"),)),))), "mode", to="mask")
    assert Hand(painted).drag((0.3, 0.2), (0.4, 0.1)).state.surface.masks[0].centre == pytest.approx((0.6, 0.4), abs=1e-6)


def test_while_only_the_picture_is_shown_the_mouse_does_nothing(state: Editing) -> None:
    shown = do(state, "mode", to="show")
    assert Hand(shown).drag((0.4, 0.8), (0.5, 0.8)).state == shown


def test_places_near_and_within() -> None:
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    assert is_within((0.5, 0.5), square) and not is_within((1.5, 0.5), square)
    assert not is_within((0.2, 0.8), ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
    assert NEAR_PX > 20  # a hand on a ladder
