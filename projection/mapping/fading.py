"""A state of the editor goes in, the one with other fades at the edges of its surfaces comes out: for projectors that overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from media.errors import UserError
from projection.mapping.state import Editing, with_surface, with_surfaces
from projection.surfaces.check import SIDES
from projection.surfaces.model import Surface

_STEP = 0.05
_GAMMAS = 0.5, 5.0
"""The least and the most."""


def meet(state: Editing) -> Editing:
    """Fade all surfaces that show what the chosen one shows, where their parts of it overlap."""
    own = state.surface
    alike = [surface for surface in state.file.surface if surface.shows == own.shows]
    wide = {surface.name: _widest(surface, alike) for surface in alike}
    if not wide[own.name]:
        raise UserError(f"surface {own.name}", "no other one shows a part that overlaps its own", "Choose such parts first (2).")
    surfaces = tuple(_faded(surface, wide.get(surface.name, {})) for surface in state.file.surface)
    told = replace(state, message=f"{', '.join(name for name, sides in wide.items() if sides)} fade where they overlap")
    return with_surfaces(told, surfaces, chosen=state.chosen, vertex=state.vertex)


def _widest(surface: Surface, others: Sequence[Surface]) -> dict[str, float]:
    fades = [overlaps(surface, other) for other in others]
    return {side: max(each[side] for each in fades if side in each) for side in SIDES if any(side in each for each in fades)}


def overlaps(own: Surface, other: Surface) -> dict[str, float]:
    """At which sides of a surface its part of the picture goes on in another's, and how wide both have it, in parts of the surface."""
    left, top, right, bottom = own.area
    other_left, other_top, other_right, other_bottom = other.area
    if min(right, other_right) <= max(left, other_left) or min(bottom, other_bottom) <= max(top, other_top):
        return {}
    reaches = {
        "top": (bottom - top, other_bottom - top if other_top < top and other_bottom < bottom else 0.0),
        "right": (right - left, right - other_left if left < other_left and right < other_right else 0.0),
        "bottom": (bottom - top, bottom - other_top if top < other_top and bottom < other_bottom else 0.0),
        "left": (right - left, other_right - left if other_left < left and other_right < right else 0.0),
    }
    return {side: round(shared / whole, 7) for side, (whole, shared) in reaches.items() if shared > 0}


def clear(state: Editing) -> Editing:
    """Let the side that is taken fade no more; all of them where all are taken."""
    sides = SIDES if state.vertex is None else (SIDES[state.vertex % len(SIDES)],)
    return with_surface(state, _faded(state.surface, dict.fromkeys(sides, 0.0)))


def gamma(state: Editing, by: int = 1) -> Editing:
    """Tell how light follows from what the projector is sent: more brightens what is faded."""
    edges = state.surface.edges
    value = min(_GAMMAS[1], max(_GAMMAS[0], round(edges.gamma + by * _STEP, 2)))
    changed = state.surface.model_copy(update={"edges": edges.model_copy(update={"gamma": value})})
    return with_surface(replace(state, message=f"gamma {value:g}"), changed, gesture=f"key gamma {state.chosen}")


def _faded(surface: Surface, wide: dict[str, float]) -> Surface:
    return surface.model_copy(update={"edges": surface.edges.model_copy(update=wide)}) if wide else surface
