"""What is done with the mouse goes in, with the state of an editor; what is moved by it comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot

from projection.mapping.editor import do
from projection.mapping.handles import Aim, aim_of, handles, mask_of
from projection.mapping.lines import Line, mask_line, outline
from projection.mapping.state import Editing, Mode
from projection.surfaces.model import Place, Surface
from projection.windows import Pointed

NEAR_PX = 28
"""From how near, in pixels of the authored size, a point is taken hold of."""
_HELD_STILL_PX = 5
"""How far a surface must be drawn before it moves: a click only takes it."""
_LEFT = 1


@dataclass(frozen=True)
class Grip:
    """What a pressed button holds.

    Args:
        vertex: the point that follows the mouse.
        is_whole: whether all others follow it.
        off: from the mouse to the point, parts of the output; nothing jumps when it is taken.
        began: where the mouse was.
        was_chosen: whether the surface was so before.
        is_moving: whether it was drawn far enough to mean it.
    """

    surface: str
    mode: Mode
    vertex: int
    is_whole: bool
    off: Place
    began: Place
    was_chosen: bool = False
    is_moving: bool = False


@dataclass(frozen=True)
class Mouse:
    """What is known of an output's mouse.

    Args:
        n_grips: counts what was taken hold of: one drag is one step to undo.
    """

    grip: Grip | None = None
    n_grips: int = 0

    @property
    def is_dragging(self) -> bool:
        """Whether something is moved by it now."""
        return self.grip is not None and self.grip.is_moving


def point(state: Editing, mouse: Mouse, pointed: Pointed, *, output: str) -> tuple[Editing, Mouse]:
    """The state and the mouse after an event of it."""
    if pointed.kind == "down" and pointed.button == _LEFT:
        return _taken(replace(state, message=""), mouse, pointed.place, output)
    if pointed.kind == "up" and pointed.button == _LEFT:
        return _let_go(state, mouse.grip, pointed.place, output), replace(mouse, grip=None)
    if pointed.kind == "move" and mouse.grip is not None:
        return _dragged(state, mouse, mouse.grip, pointed, output)
    return state, mouse


def _dragged(state: Editing, mouse: Mouse, grip: Grip, pointed: Pointed, output: str) -> tuple[Editing, Mouse]:
    x, y = pointed.place
    is_moving = grip.is_moving or not grip.is_whole or _far_px(state, pointed.place, grip.began) > _HELD_STILL_PX
    if not is_moving:
        return state, mouse
    to = x + grip.off[0], y + grip.off[1]
    moved = do(
        state, "move", surface=grip.surface, mode=grip.mode, vertex=grip.vertex, to=to, all=grip.is_whole,
        snaps="alt" not in pointed.held, gesture=f"mouse {output} {mouse.n_grips}",
    )  # fmt: skip
    return moved, replace(mouse, grip=replace(grip, is_moving=True))


def _taken(state: Editing, mouse: Mouse, at: Place, output: str) -> tuple[Editing, Mouse]:
    """Take hold of what lies under the mouse: a point that is near, else what lies around it; of the chosen surface first."""
    own_first = sorted(_on(state, output), key=lambda surface: surface.name != state.chosen)
    grips = (grip for gripped in (_point_near, _all_around) for surface in own_first if (grip := gripped(state, surface, at)))
    grip = next(grips, None)
    if grip is None and state.mode in ("grid", "mask"):
        under = next((surface.name for surface in own_first if is_within(at, outline(surface))), state.chosen)
        return (do(state, "choose", surface=under) if under != state.chosen else state), replace(mouse, grip=None)
    if grip is None:
        return state, replace(mouse, grip=None)
    chosen = do(state, "choose", surface=grip.surface, vertex=None if grip.is_whole else grip.vertex)
    return chosen, replace(mouse, grip=replace(grip, was_chosen=grip.surface == state.chosen), n_grips=mouse.n_grips + 1)


def _let_go(state: Editing, grip: Grip | None, at: Place, output: str) -> Editing:
    """A click on the chosen surface takes the one below it, and after the lowest the one on top."""
    if grip is None or not grip.is_whole or grip.is_moving or not grip.was_chosen:
        return state
    under = [surface.name for surface in _on(state, output) if is_within(at, _around(state, surface))]
    return do(state, "choose", surface=under[(under.index(grip.surface) + 1) % len(under)], vertex=None) if grip.surface in under else state


def _on(state: Editing, output: str) -> list[Surface]:
    """An output's surfaces of which something can be taken hold of, the one that is drawn last first."""
    surfaces = [surface for surface in reversed(state.file.surface) if surface.output == output]
    return surfaces if state.mode != "area" else [surface for surface in surfaces if surface.name == state.chosen]


def _point_near(state: Editing, surface: Surface, at: Place) -> Grip | None:
    places = _places(state, surface)
    near = min(range(len(places)), key=lambda n: _far_px(state, places[n], at), default=0)
    if not places or _far_px(state, places[near], at) > NEAR_PX:
        return None
    return Grip(surface.name, state.mode, near, False, _between(at, places[near]), at)


def _all_around(state: Editing, surface: Surface, at: Place) -> Grip | None:
    places, around = _places(state, surface), _around(state, surface)
    return Grip(surface.name, state.mode, 0, True, _between(at, places[0]), at) if places and around and is_within(at, around) else None


def _places(state: Editing, surface: Surface) -> list[Place]:
    """What of a surface can be taken hold of: of the points of grids and masks, only the chosen one's."""
    is_free = state.mode in ("corners", "area") or surface.name == state.chosen
    return handles(surface, aim_of(state)) if is_free else []


def _around(state: Editing, surface: Surface) -> Line:
    """The line within which all points are taken together; none around a grid, which the mouse would push by mistake."""
    if state.mode == "area":
        return tuple(handles(surface, Aim("area")))
    if state.mode == "mask":
        return () if not surface.masks else mask_line(surface, mask_of(surface, state.mask), state.file.size)
    return outline(surface) if state.mode == "corners" else ()


def is_within(place: Place, outline: Sequence[Place]) -> bool:
    """Whether a place lies within a closed line."""
    x, y = place
    crossed = 0
    for (x0, y0), (x1, y1) in zip(outline, (*outline[1:], outline[0]), strict=True):
        crossed += (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return crossed % 2 == 1


def _between(start: Place, end: Place) -> Place:
    return end[0] - start[0], end[1] - start[1]


def _far_px(state: Editing, one: Place, other: Place) -> float:
    width, height = state.file.size
    return hypot((one[0] - other[0]) * width, (one[1] - other[1]) * height)
