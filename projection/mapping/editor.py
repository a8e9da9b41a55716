"""A state of the editor and a command go in, the next state comes out; what cannot be leaves it as it is, and says why.

Nothing here touches a file, a window or a clock: keys, mice and telephones all come down to these commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from math import hypot
from typing import Any

from media.errors import UserError, did_you_mean
from projection.mapping import bending, coloring, fading, masking
from projection.mapping.calling import called
from projection.mapping.handles import aim_of, handles, move, shift, tidy
from projection.mapping.state import Editing, Mode, goes_on, redo, settled, undo, with_file, with_surface, with_surfaces
from projection.surfaces.model import FULL, Place, Surface, SurfaceFile

SNAP_PX = 12
"""From how near, in pixels of the authored size, a corner jumps onto another one."""
_STEP_ASIDE_PX = 32
_NOTHING: Mapping[Mode, str] = {
    "show": "nothing is moved while only the picture is shown", "area": "", "corners": "",
    "grid": "it is flat; bend it first (g)", "mask": "it has no mask yet; add one (a)", "edges": "",
    "colours": "> < choose what, + - or arrows change it",
}  # fmt: skip
"""Why a mode has nothing to move."""
Corners = tuple[Place, Place, Place, Place]
_FIRST: Corners = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


def choose(state: Editing, surface: str, vertex: int | None = 0) -> Editing:
    """Take a surface, and one of its points (null: all)."""
    return replace(state, chosen=state.named(surface).name, vertex=vertex, mask=state.mask if surface == state.chosen else 0)


def next_surface(state: Editing, by: int = 1) -> Editing:
    """Take the next surface."""
    at = state.names.index(state.surface.name)
    return replace(state, chosen=state.names[(at + by) % len(state.names)], vertex=None if state.vertex is None else 0, mask=0)


def next_vertex(state: Editing, by: int = 1) -> Editing:
    """Take the next point."""
    return replace(state, vertex=0 if state.vertex is None else (state.vertex + by) % len(_held(state)))


def whole(state: Editing) -> Editing:
    """Take all points together, or one again."""
    return replace(state, vertex=0 if state.vertex is None else None)


def mode(state: Editing, to: Mode) -> Editing:
    """Go over to moving something else."""
    state = replace(state, mode=to, vertex=0)
    has_nothing = to != "show" and bool(state.chosen) and not handles(state.surface, aim_of(state))
    return replace(state, message=_NOTHING[to] if has_nothing else "")


def move_to(
    state: Editing, surface: str, mode: Mode, vertex: int, to: Place, all: bool = False, snaps: bool = False, gesture: str = ""
) -> Editing:
    """Move a point to a place, or all by as much; where `snaps`, a corner goes onto another one that is near."""
    if mode != state.mode:
        return state  # someone else has gone over to another mode meanwhile
    taken = choose(state, surface, None if all else vertex)
    before = _held(taken)
    if not 0 <= vertex < len(before):
        raise UserError(surface, "there is nothing to move here")
    if snaps and mode == "corners":
        moving = [(x + to[0] - before[vertex][0], y + to[1] - before[vertex][1]) for x, y in before] if all else [to]
        to = _snapped(taken, moving, to)
    aim, by = aim_of(taken), (to[0] - before[vertex][0], to[1] - before[vertex][1])
    moved = with_surface(taken, shift(taken.surface, aim, by) if all else move(taken.surface, aim, vertex, to), gesture=gesture)
    # While two hands drag, what is chosen stays with the one that began last.
    return replace(moved, chosen=state.chosen, vertex=state.vertex, mask=state.mask) if goes_on(state, gesture) else moved


def nudge(state: Editing, x: float = 0, y: float = 0) -> Editing:
    """Move what is taken by pixels of the authored size."""
    width, height = state.file.size
    at, aim = _held(state), aim_of(state)
    by = x / width, y / height
    if state.vertex is None:
        moved = shift(state.surface, aim, by)
    else:
        number = min(state.vertex, len(at) - 1)
        moved = move(state.surface, aim, number, (at[number][0] + by[0], at[number][1] + by[1]))
    way = f"{(x > 0) - (x < 0)} {(y > 0) - (y < 0)}"
    return with_surface(state, moved, gesture=f"key {state.mode} {state.chosen} {state.vertex} {way}")


def add(state: Editing) -> Editing:
    """Add a surface."""
    like = state.surface if state.chosen else Surface(name="none", output=state.outputs[0])
    surface = Surface(name=_free_name("quad 1", state.names), output=like.output, shows=like.shows, corners=_aside(_FIRST, state))
    return replace(with_surfaces(state, (*state.file.surface, surface), chosen=surface.name), mode="corners", mask=0)


def duplicate(state: Editing) -> Editing:
    """Double the surface, a little aside."""
    surface = state.surface
    again = surface.model_copy(update={"name": _free_name(surface.name, state.names), "corners": _aside(surface.corners, state)})
    at = state.names.index(surface.name) + 1
    return with_surfaces(state, (*state.file.surface[:at], again, *state.file.surface[at:]), chosen=again.name, vertex=None)


def delete(state: Editing) -> Editing:
    """Delete the surface."""
    at = state.names.index(state.surface.name)
    left = tuple(surface for surface in state.file.surface if surface.name != state.chosen)
    told = replace(state, message=f"{state.chosen} is deleted")
    return replace(with_surfaces(told, left, chosen=left[min(at, len(left) - 1)].name if left else ""), is_solo=False, mask=0)


def rename(state: Editing, to: str) -> Editing:
    """Call the surface otherwise."""
    name = " ".join(to.split())
    if not 1 <= len(name) <= 64:
        raise UserError("name", f"a name has 1 to 64 letters, got {len(name)}")
    if name != state.surface.name and name in state.names:
        raise UserError("name", f"another surface is called {name}")
    return with_surface(state, state.surface.model_copy(update={"name": name}))


def order(state: Editing, by: int = 1) -> Editing:
    """Draw the surface later, over others, or earlier."""
    others = [surface for surface in state.file.surface if surface.name != state.surface.name]
    at = min(len(others), max(0, state.names.index(state.chosen) + by))
    told = replace(state, message=f"drawn as {at + 1} of {len(others) + 1}")
    return with_surfaces(told, (*others[:at], state.surface, *others[at:]), chosen=state.chosen, vertex=state.vertex)


def visible(state: Editing) -> Editing:
    """Hide the surface, or show it again."""
    return with_surface(state, state.surface.model_copy(update={"visible": not state.surface.visible}))


def source(state: Editing, by: int = 1) -> Editing:
    """Show the next layer on the surface."""
    return show(state, _next_of(state.sources, state.surface.shows, by))


def show(state: Editing, layer: str) -> Editing:
    """Show a layer on the surface."""
    if layer not in state.sources:
        raise UserError(layer, "there is no such layer", did_you_mean(layer, state.sources))
    return with_surface(state, state.surface.model_copy(update={"shows": layer}))


def output(state: Editing, to: str = "") -> Editing:
    """Lay the surface on the next output, or on one by its name."""
    if to and to not in state.outputs:
        raise UserError(f"output {to}", "there is none of this name", did_you_mean(to, state.outputs))
    if len(state.outputs) < 2:
        raise UserError("output", f"{state.outputs[0]} is the only one")
    return with_surface(state, state.surface.model_copy(update={"output": to or _next_of(state.outputs, state.surface.output, 1)}))


def solo(state: Editing) -> Editing:
    """Show the surface alone, or all again."""
    return replace(state, is_solo=not state.is_solo and bool(state.surface))


def help_(state: Editing) -> Editing:
    """Show what keys do, or hide it."""
    return replace(state, has_help=not state.has_help)


def revert(state: Editing) -> Editing:
    """Go back to what is saved."""
    if state.is_saved:
        raise UserError("revert", "nothing was changed since it was saved")
    return replace(with_file(state, state.saved), message="as it was saved")


COMMANDS: Mapping[str, Callable[..., Editing]] = {
    "choose": choose, "next_surface": next_surface, "next_vertex": next_vertex, "whole": whole, "mode": mode,
    "move": move_to, "nudge": nudge, "add": add, "duplicate": duplicate, "delete": delete, "rename": rename, "order": order,
    "visible": visible, "source": source, "show": show, "output": output, "solo": solo, "help": help_,
    "bend": bending.bend, "density": bending.density, "finer": bending.finer, "mask": masking.choose, "shape": masking.shape,
    "invert": masking.invert, "fix": masking.fix, "turn": masking.turn, "more": coloring.brighter, "dial": coloring.dial,
    "undo": undo, "redo": redo, "revert": revert,
}  # fmt: skip
"""All that can be done; their arguments are what keys and telephones give."""
IN_MODE: Mapping[Mode, Mapping[str, Callable[..., Editing]]] = {
    "mask": {"add": masking.add, "duplicate": masking.duplicate, "delete": masking.delete, "more": masking.soften},
    "edges": {"add": fading.meet, "delete": fading.clear, "more": fading.gamma},
    "colours": {"delete": coloring.plain, "more": coloring.more, "nudge": coloring.nudge, "next_vertex": coloring.next_dial},
}
"""What some of them mean instead in a mode."""
_SAFE = frozenset({"choose", "next_surface", "next_vertex", "whole", "mode", "solo", "help"})
"""What is done though nothing is drawn over the picture and nobody would see it."""


def do(state: Editing, command: str, /, **arguments: Any) -> Editing:
    """The state after a command; where it is refused, as it was, but for a message that says why."""
    state = replace(state, message="")
    try:
        if state.mode == "show" and command in COMMANDS and command not in _SAFE:
            raise UserError("show", "nothing is changed while only the picture is shown", "Press 3 for corners.")
        return called({**COMMANDS, **IN_MODE.get(state.mode, {})}, command, state, arguments)
    except UserError as error:
        return replace(state, message=str(error))


def saved(state: Editing, file: SurfaceFile) -> Editing:
    """The state when surfaces, those that it had a moment ago, lie on the disk."""
    return replace(settled(state), saved=file, message="saved")


def replaced(state: Editing, file: SurfaceFile) -> Editing:
    """The state when somebody else has written other surfaces onto the disk; what is not saved here stays until it is told to go."""
    told = "the file was changed by another program"
    if state.is_saved:
        return replace(with_file(state, file), saved=file, message=f"{told}; z goes back")
    return replace(state, saved=file, message=f"{told}; l takes what it says now, s writes yours over it")


def resumed(state: Editing, file: SurfaceFile) -> Editing:
    """The state with surfaces that were not saved the last time."""
    return replace(with_file(state, file), message="what was not saved the last time is back; l leaves it")


def _held(state: Editing) -> list[Place]:
    """What can be moved, in parts of the output; never nothing."""
    found = handles(state.surface, aim_of(state))
    if not found:
        raise UserError(f"surface {state.chosen}", _NOTHING[state.mode])
    return found


def _snapped(state: Editing, moving: Sequence[Place], to: Place) -> Place:
    """Where to move to so that one of what is moving lies on a corner that is near it: another surface's, or the output's."""
    own = state.surface
    corners = [place for other in state.file.surface if other.name != own.name and other.output == own.output for place in other.corners]
    width, height = state.file.size
    jumps = [(there[0] - here[0], there[1] - here[1]) for here in moving for there in (*corners, *FULL)]
    jump = min(jumps, key=lambda by: hypot(by[0] * width, by[1] * height))
    return (to[0] + jump[0], to[1] + jump[1]) if hypot(jump[0] * width, jump[1] * height) <= SNAP_PX else to


def _aside(corners: Corners, state: Editing) -> Corners:
    """Corners a little aside, so that they lie on no others: down to the right, or where there is no room, up to the left."""
    taken = {surface.corners for surface in state.file.surface}
    ends = [max(along) for along in zip(*corners, strict=True)]
    steps = [_STEP_ASIDE_PX / size for size in state.file.size]
    x, y = (step if end + step <= 1 else -step for end, step in zip(ends, steps, strict=True))
    while corners in taken:
        first, second, third, fourth = (tidy((left + x, top + y)) for left, top in corners)
        corners = first, second, third, fourth
    return corners


def _free_name(like: str, names: Sequence[str]) -> str:
    """A name that nothing has: "wall", "wall 2", "wall 3"."""
    if like not in names:
        return like
    stem = re.sub(r"\s*\d+$", "", like)[:56] or "surface"
    return next(name for n in count(2) if (name := f"{stem} {n}") not in names)


def _next_of(choices: Sequence[str], now: str, by: int) -> str:
    at = choices.index(now) + by if now in choices else 0
    return choices[at % len(choices)]
