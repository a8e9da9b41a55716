"""A state of the editor goes in, the one with another mask on the chosen surface comes out."""

from __future__ import annotations

from dataclasses import replace
from math import atan2, degrees

import numpy as np

from media.errors import UserError
from projection.mapping.handles import REACHES, ellipse_points, mask_of, mask_room_px, mask_to_output, tidy, to_mask, with_mask
from projection.mapping.state import Editing, with_surface
from projection.surfaces.model import Mask, Place

_N_POINTS = 8
"""Of the polygon that an ellipse becomes."""
_FEATHER = 0.02
_STEP = 0.01


def add(state: Editing) -> Editing:
    """Add an ellipse that just fits."""
    masks = (*state.surface.masks, Mask(kind="ellipse", feather=_FEATHER))
    masked = with_surface(state, state.surface.model_copy(update={"masks": masks}))
    return replace(masked, mask=len(masks) - 1, vertex=0)


def choose(state: Editing, by: int = 1) -> Editing:
    """Take the surface's next mask."""
    _chosen(state)
    return replace(state, mask=(state.mask + by) % len(state.surface.masks), vertex=0)


def duplicate(state: Editing) -> Editing:
    """Put a point into a polygon, halfway to the next."""
    mask = _chosen(state)
    if mask.kind != "polygon":
        raise UserError("mask", f"only a polygon has points to add, this is {mask.kind}", "Change its shape (k).")
    at = min(state.vertex or 0, len(mask.points) - 1)
    here, there = mask.points[at], mask.points[(at + 1) % len(mask.points)]
    between = tidy(((here[0] + there[0]) / 2, (here[1] + there[1]) / 2))
    changed = _with(state, mask.model_copy(update={"points": (*mask.points[: at + 1], between, *mask.points[at + 1 :])}))
    return replace(changed, vertex=at + 1)


def delete(state: Editing) -> Editing:
    """Delete a point of a polygon; all of a mask where all is taken, or nothing would be left."""
    mask = _chosen(state)
    if mask.kind == "polygon" and state.vertex is not None and len(mask.points) > 3:
        at = min(state.vertex, len(mask.points) - 1)
        return replace(_with(state, mask.model_copy(update={"points": mask.points[:at] + mask.points[at + 1 :]})), vertex=max(0, at - 1))
    masks = tuple(other for other in state.surface.masks if other is not mask)
    told = replace(state, message="the mask is deleted")
    return replace(with_surface(told, state.surface.model_copy(update={"masks": masks})), mask=0, vertex=0)


def shape(state: Editing) -> Editing:
    """Make a polygon of an ellipse, of that the first picture beside the file, then the next, and after the last an ellipse again."""
    mask = _chosen(state)
    shapes = ("ellipse", "polygon", *state.pictures)
    now = mask.picture if mask.kind == "painted" else mask.kind
    wanted = shapes[(shapes.index(now) + 1) % len(shapes)] if now in shapes else shapes[0]
    hint = "" if state.pictures else "; a picture beside the file would be the next shape"
    told = replace(state, message=f"painted: {wanted}" if wanted in state.pictures else f"{wanted}{hint if wanted == shapes[0] else ''}")
    return replace(_with(told, _shaped(state, mask, wanted)), vertex=0)


def _shaped(state: Editing, mask: Mask, wanted: str) -> Mask:
    """A mask in another shape, where it was."""
    if wanted == "polygon":
        points = ellipse_points(state.surface, mask, state.file.size, n_points=_N_POINTS)
        return Mask(kind="polygon", on=mask.on, points=tuple(map(tidy, points)), feather=mask.feather, inverted=mask.inverted)
    kind, picture = ("ellipse", "") if wanted == "ellipse" else ("painted", wanted)
    centre, radii = _box(mask)
    placed = {"centre": centre, "radii": radii, "rotation": mask.rotation, "points": ()}
    return mask.model_copy(update={"kind": kind, "picture": picture, **placed})


def _box(mask: Mask) -> tuple[Place, Place]:
    """Its middle, and how far it reaches from there."""
    if mask.kind != "polygon":
        return mask.centre, mask.radii
    (left, right), (top, bottom) = ((min(values), max(values)) for values in zip(*mask.points, strict=True))
    return tidy(((left + right) / 2, (top + bottom) / 2)), _reaching((right - left) / 2, (bottom - top) / 2)


def invert(state: Editing) -> Editing:
    """Leave what lies outside the mask, or inside again."""
    mask = _chosen(state)
    told = replace(state, message="what lies outside is seen" if not mask.inverted else "what lies inside is seen")
    return _with(told, mask.model_copy(update={"inverted": not mask.inverted}))


def fix(state: Editing) -> Editing:
    """Let the mask lie still on the output, or move with the surface again; it stays where it is for now."""
    surface, mask = state.surface, _chosen(state)
    other = mask.model_copy(update={"on": "surface" if mask.on == "output" else "output"})

    def over(points: list[Place]) -> list[Place]:
        return [tidy(to_mask(surface, other, place)) for place in mask_to_output(surface, mask, points)]

    if mask.kind == "polygon":
        changed = other.model_copy(update={"points": tuple(over(list(mask.points)))})
    else:
        centre, right, below = over([mask.centre, *ellipse_points(surface, mask, state.file.size, n_points=4)[:2]])
        room = mask_room_px(surface, other, state.file.size)
        arms_px = (np.array([right, below]) - centre) * room
        radii = _reaching(*(np.linalg.norm(arms_px, axis=1) / room))
        rotation = round(degrees(atan2(arms_px[0, 1], arms_px[0, 0])), 4)
        changed = other.model_copy(update={"centre": centre, "radii": radii, "rotation": rotation})
    told = replace(state, message="lies still on the output" if other.on == "output" else "moves with the surface")
    return _with(told, changed)


def soften(state: Editing, by: int = 1) -> Editing:
    """Make the mask's edge softer, or harder."""
    mask = _chosen(state)
    value = min(1.0, max(0.0, round(mask.feather + by * _STEP, 4)))
    told = replace(state, message=f"feather {value:g}")
    return _with(told, mask.model_copy(update={"feather": value}), gesture=f"key feather {state.chosen} {state.mask}")


def turn(state: Editing, by: float = 5) -> Editing:
    """Turn an ellipse or a picture, by degrees clockwise."""
    mask = _chosen(state)
    if mask.kind == "polygon":
        raise UserError("mask", "a polygon is not turned", "Move its points.")
    value = round((mask.rotation + by + 180) % 360 - 180, 4)
    told = replace(state, message=f"{value:g} degrees")
    return _with(told, mask.model_copy(update={"rotation": value}), gesture=f"key turn {state.chosen} {state.mask}")


def _reaching(across: float, down: float) -> Place:
    """Radii as they can be."""
    low, high = REACHES
    across, down = (min(high, max(low, reach)) for reach in tidy((across, down)))
    return across, down


def _chosen(state: Editing) -> Mask:
    if not state.surface.masks:
        raise UserError(f"surface {state.chosen}", "it has no mask", "Add one (5, then a).")
    return mask_of(state.surface, state.mask)


def _with(state: Editing, mask: Mask, *, gesture: str = "") -> Editing:
    return with_surface(state, with_mask(state.surface, state.mask, mask), gesture=gesture)
