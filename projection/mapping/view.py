"""A state of the editor and an output go in; what is to be drawn over its picture comes out, as one plain value.

Windows draw it over what they show, telephones over a small copy of that; it travels to either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from live.meters import PALETTE, Color
from projection.mapping.coloring import DIALS, chosen_dial, value_of
from projection.mapping.handles import aim_of, handles, mask_of
from projection.mapping.lines import Line, fade_lines, grid_lines, mask_line, outline
from projection.mapping.state import Editing, Mode
from projection.surfaces.check import SIDES
from projection.surfaces.geometry import to_output
from projection.surfaces.model import FULL, Place, Surface

MODES: dict[Mode, str] = {
    "show": "picture only", "area": "part shown", "corners": "corners", "grid": "grid", "mask": "mask", "edges": "edges",
    "colours": "colours",
}  # fmt: skip
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
        guides: thinner lines of the chosen surface: its grid, a mask's edge, the ends of fades.
        points: what can be moved.
        point: number of the chosen one; None for all.
        held: where the magnifier looks, while something is moved.
        title: the chosen surface's name.
        facts: what else is told of it, in short words.
        is_saved: whether the disk has all of it.
        dials: colours of the chosen surface, while they are turned: names, values, and where they stand between their ends, 0..1.
        dial: number of the one that keys turn.
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
    dials: tuple[tuple[str, float, float], ...] = ()
    dial: int = 0
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
        outlines=tuple(_outlines(state, output) if state.mode != "area" else _parts(state, chosen)),
        guides=tuple(_guides(state, chosen)), points=points, point=point, color=_color(state, chosen),
        held=held, title=chosen.name, facts=tuple(_facts(state, chosen, points, point)),
        is_saved=state.is_saved, message=state.message, has_help=state.has_help, link=link,
        dials=tuple(_dials(chosen)) if state.mode == "colours" else (), dial=list(DIALS).index(chosen_dial(state)),
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


def _parts(state: Editing, chosen: Surface) -> Iterator[Outline]:
    """The parts that surfaces show of what the chosen one shows a part of: where they overlap, edges can fade."""
    surfaces = [surface for surface in state.file.surface if surface.shows == chosen.shows]
    for surface in sorted(surfaces, key=lambda surface: surface is chosen):
        yield Outline(surface.name, tuple(handles(surface, aim_of(state))), _color(state, surface), surface is chosen)


def _dials(surface: Surface) -> Iterator[tuple[str, float, float]]:
    for name, dial in DIALS.items():
        value = value_of(surface, name)
        yield name, value, min(1.0, max(0.0, (value - dial.low) / (dial.high - dial.low)))


def _guides(state: Editing, surface: Surface) -> Iterator[Line]:
    if state.mode == "edges":
        yield from fade_lines(surface)
    if state.mode == "grid":
        yield from grid_lines(surface)
    if state.mode == "mask" and surface.masks:
        edge = mask_line(surface, mask_of(surface, state.mask), state.file.size)
        yield (*edge, *edge[:1])


def _facts(state: Editing, surface: Surface, points: tuple[Place, ...], point: int | None) -> Iterator[str]:
    """Words for the line at the foot."""
    yield MODES[state.mode]
    if state.mode == "mask" and surface.masks:
        yield from _facts_of_mask(state, surface)
    if state.mode == "edges":
        yield from _facts_of_edges(state, surface, point)
    elif state.mode == "colours":
        name = chosen_dial(state)
        yield f"{name} {value_of(surface, name):g}"
    elif point is not None:
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


def _facts_of_mask(state: Editing, surface: Surface) -> Iterator[str]:
    mask = mask_of(surface, state.mask)
    yield mask.picture or mask.kind
    if len(surface.masks) > 1:
        yield f"{min(state.mask, len(surface.masks) - 1) + 1} of {len(surface.masks)}"
    if mask.on == "output":
        yield "fixed"
    if mask.inverted:
        yield "inverted"


def _facts_of_edges(state: Editing, surface: Surface, side: int | None) -> Iterator[str]:
    """How wide the chosen side fades, in pixels of the output where its fade is measured: in its middle."""
    if side is not None:
        at = handles(surface, aim_of(state))[side]
        rim = to_output(surface, np.array([(0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)][side]))
        yield f"{SIDES[side]} {np.linalg.norm((rim - at) * state.file.size):.1f} px"
    yield f"gamma {surface.edges.gamma:g}"


def _color(state: Editing, surface: Surface) -> Color:
    return PALETTE[state.names.index(surface.name) % len(PALETTE)]
