"""A state of the editor goes in, the one with the chosen surface bent by another grid comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import hypot
from typing import Literal

from media.errors import UserError
from projection.mapping.handles import Aim, handles
from projection.mapping.state import Editing, with_surface
from projection.surfaces.grids import GridKind, regrid
from projection.surfaces.model import Grid, Place

_KINDS: tuple[GridKind | None, ...] = (None, "mesh", "smooth", "bezier")
_TOLD = {None: "flat", "mesh": "bent, straight between points", "smooth": "bent, smooth between points", "bezier": "bent by Bezier handles"}
_FIRST = 4
_MOST = 64


def bend(state: Editing, kind: Literal["next", "flat", "mesh", "smooth", "bezier"] = "next") -> Editing:
    """Bend the surface by the next kind of grid: flat, mesh, smooth, Bezier."""
    grid = state.surface.grid
    now = grid.kind if grid else None
    wanted = _KINDS[(list(_KINDS).index(now) + 1) % len(_KINDS)] if kind == "next" else None if kind == "flat" else kind
    told = replace(state, mode="grid" if wanted else "corners", vertex=0 if state.mode != "grid" else state.vertex, message=_TOLD[wanted])
    if wanted is None:
        return replace(with_surface(told, state.surface.model_copy(update={"grid": None})), vertex=0)
    size = (_FIRST, _FIRST) if wanted == "bezier" or grid is None else (grid.columns, grid.rows)
    return _with_grid(told, regrid(grid or Grid(kind=wanted), columns=size[0], rows=size[1], kind=wanted))


def density(state: Editing, columns: int = 0, rows: int = 0) -> Editing:
    """Give the grid more columns or rows, or fewer; it keeps its shape."""
    grid = _grid(state)
    return _of_density(state, grid.columns + columns, grid.rows + rows)


def finer(state: Editing, by: Literal[1, -1] = 1) -> Editing:
    """Put a line between any two of the grid, or take away every other; it keeps its shape."""
    grid = _grid(state)
    columns, rows = ((2 * n - 1 if by > 0 else max(2, (n + 1) // 2)) for n in (grid.columns, grid.rows))
    return _of_density(state, columns, rows)


def _grid(state: Editing) -> Grid:
    grid = state.surface.grid
    if grid is None:
        raise UserError(f"surface {state.chosen}", "it is flat", "Bend it first (g).")
    if grid.kind == "bezier":
        raise UserError(f"surface {state.chosen}", "a Bezier grid has 4 by 4 points", "Make it a smooth one (g).")
    return grid


def _of_density(state: Editing, columns: int, rows: int) -> Editing:
    if not (2 <= columns <= _MOST and 2 <= rows <= _MOST):
        raise UserError(f"surface {state.chosen}", f"a grid has 2 to {_MOST} columns and rows, got {columns} and {rows}")
    told = replace(state, mode="grid", message=f"{columns} by {rows} points")
    return _with_grid(told, regrid(_grid(state), columns=columns, rows=rows))


def _with_grid(state: Editing, grid: Grid) -> Editing:
    """With another grid, of whose points the one is taken that is nearest to where one was taken before."""
    before = handles(state.surface, Aim("grid"))
    bent = with_surface(state, state.surface.model_copy(update={"grid": grid}))
    if state.vertex is None or not before:
        return bent
    return replace(bent, vertex=_nearest(handles(bent.surface, Aim("grid")), before[min(state.vertex, len(before) - 1)]))


def _nearest(places: Sequence[Place], to: Place) -> int:
    return min(range(len(places)), key=lambda n: hypot(places[n][0] - to[0], places[n][1] - to[1]))
