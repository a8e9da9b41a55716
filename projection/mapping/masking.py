"""A state of the editor goes in, the one with another mask on the chosen surface comes out."""

from __future__ import annotations

from dataclasses import replace

from media.errors import UserError
from projection.mapping.handles import ellipse_points, mask_of, tidy, with_mask
from projection.mapping.state import Editing, with_surface
from projection.surfaces.model import Mask

_N_POINTS = 8
"""Of the polygon that an ellipse becomes."""
_FEATHER = 0.02


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
    """Make a polygon of an ellipse, or an ellipse of a polygon."""
    mask = _chosen(state)
    if mask.kind == "painted":
        raise UserError("mask", "this one is painted", "Paint it anew, or add another (a).")
    if mask.kind == "ellipse":
        points = tuple(tidy(point) for point in ellipse_points(state.surface, mask, state.file.size, n_points=_N_POINTS))
        changed = Mask(kind="polygon", on=mask.on, points=points, feather=mask.feather, inverted=mask.inverted)
    else:
        (left, right), (top, bottom) = ((min(values), max(values)) for values in zip(*mask.points, strict=True))
        radii = min(1.0, (right - left) / 2), min(1.0, (bottom - top) / 2)
        centre = (left + right) / 2, (top + bottom) / 2
        changed = Mask(kind="ellipse", on=mask.on, centre=tidy(centre), radii=tidy(radii), feather=mask.feather, inverted=mask.inverted)
    return replace(_with(state, changed), vertex=0, message=changed.kind)


def invert(state: Editing) -> Editing:
    """Leave what lies outside the mask, or inside again."""
    mask = _chosen(state)
    return _with(state, mask.model_copy(update={"inverted": not mask.inverted}))


def feather(state: Editing, by: float = 0.01) -> Editing:
    """Make the mask's edge softer, or harder."""
    mask = _chosen(state)
    value = min(1.0, max(0.0, round(mask.feather + by, 4)))
    told = replace(state, message=f"feather {value:g}")
    return _with(told, mask.model_copy(update={"feather": value}), gesture=f"key feather {state.chosen}")


def turn(state: Editing, by: float = 5) -> Editing:
    """Turn an ellipse, by degrees clockwise."""
    mask = _chosen(state)
    if mask.kind != "ellipse":
        raise UserError("mask", f"only an ellipse is turned, this is {mask.kind}")
    value = round((mask.rotation + by + 180) % 360 - 180, 4)
    told = replace(state, message=f"{value:g} degrees")
    return _with(told, mask.model_copy(update={"rotation": value}), gesture=f"key turn {state.chosen}")


def _chosen(state: Editing) -> Mask:
    if not state.surface.masks:
        raise UserError(f"surface {state.chosen}", "it has no mask", "Add one (5, then a).")
    return mask_of(state.surface, state.mask)


def _with(state: Editing, mask: Mask, *, gesture: str = "") -> Editing:
    return with_surface(state, with_mask(state.surface, state.mask, mask), gesture=gesture)
