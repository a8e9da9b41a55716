"""A state of the editor and an output go in; what is to be drawn over its picture comes out, as one plain value.

Windows draw it over what they show, telephones over a small copy of that; it travels to either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from live.meters import PALETTE, Color
from projection.mapping.handles import aim_of, handles, mask_of
from projection.mapping.lines import Line, grid_lines, mask_line, outline
from projection.mapping.state import Editing, Mode
from projection.surfaces.model import FULL, Place, Surface

MODES: dict[Mode, str] = {"show": "picture only", "area": "part shown", "corners": "corners", "grid": "grid", "mask": "mask"}
"""What modes are called."""


@dataclass(frozen=True)
class Outline:
    """A surface as it is shown to whoever lays it.

    Args:
        line: closed, in parts of the output, as all lines here.
    """

    name: str
    line: Line
    color: Color
    is_chosen: bool = False
    is_hidden: bool = False


@dataclass(frozen=True)
class View:
    """What is drawn over an output's picture.

    Args:
        guides: thinner lines of the chosen surface: its grid, a mask's edge.
        points: what can be moved.
        point: number of the chosen one; None for all.
        held: where the magnifier looks, while something is moved.
        title: the chosen surface's name.
        facts: what else is told of it, in short words.
        is_saved: whether the disk has all of it.
        has_help: whether keys are explained.
        link: of the page for telephones; "" where there is none.
    """

    outlines: tuple[Outline, ...] = ()
    guides: tuple[Line, ...] = ()
    points: tuple[Place, ...] = ()
    point: int | None = None
    color: Color = PALETTE[0]
    held: Place | None = None
    title: str = ""
    facts: tuple[str, ...] = ()
    is_saved: bool = True
    message: str = ""
    has_help: bool = False
    link: str = ""


def view_of(state: Editing, output: str, *, held: Place | None = None, link: str = "") -> View:
    """What is drawn over an output; of a surface on another one, no points.

    Args:
        held: as in View.
    """
    if state.mode == "show":
        return View(message=state.message, has_help=state.has_help, link=link)
    chosen = next((surface for surface in state.file.surface if surface.name == state.chosen), None)
    if chosen is None or chosen.output != output:
        told = "" if chosen else "no surface yet: a adds one"
        outlines = tuple(_outlines(state, output))
        return View(outlines, is_saved=state.is_saved, message=state.message or told, has_help=state.has_help, link=link)
    points = tuple(handles(chosen, aim_of(state)))
    point = None if state.vertex is None or not points else min(state.vertex, len(points) - 1)
    return View(
        outlines=tuple(_outlines(state, output)) if state.mode != "area" else (),
        guides=tuple(_guides(state, chosen)), points=points, point=point, color=_color(state, chosen),
        held=held, title=chosen.name, facts=tuple(_facts(state, chosen, points, point)),
        is_saved=state.is_saved, message=state.message, has_help=state.has_help, link=link,
    )  # fmt: skip


def shown_surfaces(state: Editing) -> tuple[Surface, ...]:
    """What outputs show meanwhile: the surfaces; while a part is chosen, the whole of what it is a part of."""
    if state.mode != "area" or not state.chosen:
        return state.file.surface
    whole = {"corners": FULL, "area": (0.0, 0.0, 1.0, 1.0), "grid": None, "masks": (), "visible": True, "opacity": 1.0}
    others = (surface for surface in state.file.surface if surface.output != state.surface.output)
    return (*others, state.surface.model_copy(update={**whole, "edges": type(state.surface.edges)()}))


def _outlines(state: Editing, output: str) -> Iterator[Outline]:
    """Of all surfaces of an output, the chosen one last: it lies on top."""
    surfaces = [surface for surface in state.file.surface if surface.output == output]
    for surface in sorted(surfaces, key=lambda surface: surface.name == state.chosen):
        yield Outline(surface.name, outline(surface), _color(state, surface), surface.name == state.chosen, not surface.visible)


def _guides(state: Editing, surface: Surface) -> Iterator[Line]:
    if state.mode == "area":
        corners = tuple(handles(surface, aim_of(state)))
        yield (*corners, corners[0])
    if state.mode == "grid":
        yield from grid_lines(surface)
    if state.mode == "mask" and surface.masks:
        edge = mask_line(surface, mask_of(surface, state.mask), state.file.size)
        yield (*edge, *edge[:1])


def _facts(state: Editing, surface: Surface, points: tuple[Place, ...], point: int | None) -> Iterator[str]:
    """Words for the line at the foot."""
    yield MODES[state.mode]
    if state.mode == "mask" and len(surface.masks) > 1:
        yield f"{min(state.mask, len(surface.masks) - 1) + 1} of {len(surface.masks)}"
    if point is not None:
        width, height = state.file.size
        yield f"point {point + 1}"
        yield f"{points[point][0] * width:.1f}, {points[point][1] * height:.1f}"
    elif points:
        yield "all points"
    yield f"shows {surface.shows}"
    if state.is_solo:
        yield "solo"
    if not surface.visible:
        yield "hidden"


def _color(state: Editing, surface: Surface) -> Color:
    return PALETTE[state.names.index(surface.name) % len(PALETTE)]
