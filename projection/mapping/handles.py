"""A surface goes in, the places on the output by which it is taken hold of come out; with one of them moved, the surface so changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import radians

import numpy as np

from media.errors import UserError
from projection.mapping.state import Editing, Mode
from projection.surfaces.check import SIDES
from projection.surfaces.geometry import homography, project, to_output, to_surface
from projection.surfaces.grids import as_places
from projection.surfaces.model import Grid, Mask, Place, Surface

_DIGITS = 7
"""Of a place: a five-hundredth of a pixel of the largest projectors, and files stay legible."""
_LEAST = 0.01
"""What an area keeps of a picture's width and height at least."""
REACHES = 0.01, 10.0
"""From the least to the most of a mask's radius."""


@dataclass(frozen=True)
class Aim:
    """What of a surface is taken hold of.

    Args:
        mask: number of the mask, where that is what is moved.
        size: of the output that surfaces were made for, in pixels.
    """

    mode: Mode
    mask: int = 0
    size: tuple[int, int] = (1920, 1080)


@dataclass(frozen=True)
class Hold:
    """How a surface is taken hold of: where, and what it is when one of these places is another."""

    places: Callable[[Surface, Aim], list[Place]]
    moved: Callable[[Surface, Aim, int, Place], Surface]


def aim_of(state: Editing) -> Aim:
    """What an editor moves."""
    return Aim(state.mode, state.mask, state.file.size)


def handles(surface: Surface, aim: Aim) -> list[Place]:
    """Where it is taken hold of, in parts of the output; none where a mode has nothing to move."""
    return HOLDS[aim.mode].places(surface, aim)


def move(surface: Surface, aim: Aim, number: int, to: Place) -> Surface:
    """The surface with one handle moved to a place.

    Raises:
        UserError: it cannot be there.
    """
    return HOLDS[aim.mode].moved(surface, aim, number, to)


def shift(surface: Surface, aim: Aim, by: Place) -> Surface:
    """The surface with all its handles moved by as much.

    Raises:
        UserError: they cannot be there.
    """
    if aim.mode == "area":
        return _shifted_area(surface, by)
    has_middle = aim.mode == "mask" and mask_of(surface, aim.mask).kind != "polygon"
    for number, (x, y) in enumerate(handles(surface, aim)[:1] if has_middle else handles(surface, aim)):
        surface = HOLDS[aim.mode].moved(surface, aim, number, (x + by[0], y + by[1]))
    return surface


def tidy(place: Place) -> Place:
    """A place with as many digits as are of use."""
    x, y = (min(10.0, max(-10.0, round(float(value), _DIGITS))) for value in place)
    return x, y


def _with(surface: Surface, **changes: object) -> Surface:
    return surface.model_copy(update=changes)


def _replaced(points: tuple[Place, ...], number: int, place: Place) -> tuple[Place, ...]:
    return (*points[:number], tidy(place), *points[number + 1 :])


def _corners(surface: Surface, _: Aim) -> list[Place]:
    return list(surface.corners)


def _with_corner(surface: Surface, _: Aim, number: int, to: Place) -> Surface:
    return _with(surface, corners=_replaced(surface.corners, number, to))


def _grid_points(surface: Surface, _: Aim) -> list[Place]:
    """Bezier handles lie off the surface, all others on it."""
    return list(as_places(project(homography(surface.corners), np.array(surface.grid.places)))) if surface.grid else []


def _with_grid_point(surface: Surface, _: Aim, number: int, to: Place) -> Surface:
    grid = surface.grid or Grid()
    within = project(np.linalg.inv(homography(surface.corners)), np.array(to))
    points = _replaced(grid.places, number, _near(surface, within))
    return _with(surface, grid=grid.model_copy(update={"points": points}))


def _near(surface: Surface, point: np.ndarray) -> Place:
    if not np.isfinite(point).all() or np.abs(point).max() > 10:
        raise UserError(f"surface {surface.name}", "this is too far from it", "Stay nearer.")
    return float(point[0]), float(point[1])


def mask_of(surface: Surface, number: int) -> Mask:
    """One of its masks, the last where there are not so many."""
    return surface.masks[min(number, len(surface.masks) - 1)]


def with_mask(surface: Surface, number: int, mask: Mask) -> Surface:
    """The surface with another mask in the place of one."""
    number = min(number, len(surface.masks) - 1)
    return _with(surface, masks=(*surface.masks[:number], mask, *surface.masks[number + 1 :]))


def mask_to_output(surface: Surface, mask: Mask, points: list[Place]) -> list[Place]:
    """Where points of a mask lie on the output."""
    return list(as_places(to_output(surface, np.array(points)))) if mask.on == "surface" and points else points


def to_mask(surface: Surface, mask: Mask, place: Place) -> Place:
    """Which point of what a mask lies on lies at a place of the output.

    Raises:
        UserError: it is too far from the surface.
    """
    return _near(surface, to_surface(surface, np.array(place))) if mask.on == "surface" else place


def ellipse_points(surface: Surface, mask: Mask, size: tuple[int, int], *, n_points: int) -> list[Place]:
    """Points of an ellipse's rim where masks lie, the first where it ends to the right, then clockwise; it is turned as pixels are."""
    around = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
    return _turned(surface, mask, size, np.column_stack([np.cos(around), np.sin(around)]))


def painted_corners(surface: Surface, mask: Mask, size: tuple[int, int]) -> list[Place]:
    """The corners of a painted mask's picture where masks lie, clockwise from its top left."""
    return _turned(surface, mask, size, np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]))


def _turned(surface: Surface, mask: Mask, size: tuple[int, int], arms: np.ndarray) -> list[Place]:
    """Places around a mask's middle, given in parts of its radii."""
    angle, room = radians(mask.rotation), mask_room_px(surface, mask, size)
    upright = arms * mask.radii * room
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return list(as_places(upright @ turn.T / room + np.array(mask.centre)))


def mask_room_px(surface: Surface, mask: Mask, size: tuple[int, int]) -> np.ndarray:
    """Width and height of what a mask lies on, as `surfaces.weights` draws it: of a surface, its longest sides."""
    if mask.on == "output":
        return np.array(size, np.float64)
    corners_px = np.array(surface.corners) * size
    top, right, bottom, left = np.linalg.norm(np.roll(corners_px, -1, axis=0) - corners_px, axis=1)
    return np.array([max(top, bottom), max(left, right)])


def _mask_points(surface: Surface, aim: Aim) -> list[Place]:
    """Of a polygon its corners; of an ellipse or a picture its middle, then where it ends to the right and below."""
    if not surface.masks:
        return []
    mask = mask_of(surface, aim.mask)
    points = list(mask.points) if mask.kind == "polygon" else [mask.centre, *ellipse_points(surface, mask, aim.size, n_points=4)[:2]]
    return mask_to_output(surface, mask, points)


def _with_mask_point(surface: Surface, aim: Aim, number: int, to: Place) -> Surface:
    mask = mask_of(surface, aim.mask)
    place = to_mask(surface, mask, to)
    changes: dict[str, object]
    if mask.kind == "polygon":
        changes = {"points": _replaced(mask.points, number, place)}
    elif number == 0:
        changes = {"centre": tidy(place)}
    else:
        room = mask_room_px(surface, mask, aim.size)
        reach_px = float(np.linalg.norm((np.array(place) - mask.centre) * room))
        reach = min(REACHES[1], max(REACHES[0], round(reach_px / float(room[number - 1]), _DIGITS)))
        changes = {"radii": (reach, mask.radii[1]) if number == 1 else (mask.radii[0], reach)}
    return with_mask(surface, aim.mask, mask.model_copy(update=changes))


def _area_corners(surface: Surface, _: Aim) -> list[Place]:
    """On an output that shows the whole of what the surface shows a part of."""
    left, top, right, bottom = surface.area
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _with_area_corner(surface: Surface, _: Aim, number: int, to: Place) -> Surface:
    left, top, right, bottom = surface.area
    x, y = tidy(to)
    left, right = (max(0.0, min(x, right - _LEAST)), right) if number in (0, 3) else (left, min(1.0, max(x, left + _LEAST)))
    top, bottom = (max(0.0, min(y, bottom - _LEAST)), bottom) if number in (0, 1) else (top, min(1.0, max(y, top + _LEAST)))
    return _with(surface, area=(left, top, right, bottom))


def _shifted_area(surface: Surface, by: Place) -> Surface:
    left, top, right, bottom = surface.area
    x, y = min(1 - right, max(-left, by[0])), min(1 - bottom, max(-top, by[1]))
    return _with(surface, area=(*tidy((left + x, top + y)), *tidy((right + x, bottom + y))))


def _fade_points(surface: Surface, _: Aim) -> list[Place]:
    """Where the fades of the top, right, bottom and left edge end, in their middles."""
    top, right, bottom, left = _fades(surface)
    return list(as_places(to_output(surface, np.array([(0.5, top), (1 - right, 0.5), (0.5, 1 - bottom), (left, 0.5)]))))


def _with_fade_point(surface: Surface, _: Aim, number: int, to: Place) -> Surface:
    """A fade may reach to where the one opposite ends."""
    x, y = _near(surface, to_surface(surface, np.array(to)))
    wide, opposite = (y, 1 - x, 1 - y, x)[number], _fades(surface)[(number + 2) % 4]
    value = min(max(0.0, 1 - opposite), max(0.0, round(wide, _DIGITS)))
    return _with(surface, edges=surface.edges.model_copy(update={SIDES[number]: value}))


def _fades(surface: Surface) -> list[float]:
    """How wide the edges fade, as SIDES are."""
    return [getattr(surface.edges, side) for side in SIDES]


HOLDS: dict[Mode, Hold] = {
    "show": Hold(lambda _surface, _aim: [], _with_corner),
    "area": Hold(_area_corners, _with_area_corner),
    "corners": Hold(_corners, _with_corner),
    "grid": Hold(_grid_points, _with_grid_point),
    "mask": Hold(_mask_points, _with_mask_point),
    "edges": Hold(_fade_points, _with_fade_point),
    "colours": Hold(lambda _surface, _aim: [], _with_corner),
}
"""What each mode moves."""
