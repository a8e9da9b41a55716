"""A state of the editor goes in, the one with the chosen surface brighter, darker or in other colours comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from media.errors import UserError, did_you_mean
from projection.mapping.state import Editing, with_surface
from projection.surfaces.model import Surface

_TINTS = ("red", "green", "blue")


@dataclass(frozen=True)
class Dial:
    """What of a surface's colours is turned.

    Args:
        low, high: how far keys and telephones turn it.
        usual: where it changes nothing.
        step: of a key.
    """

    low: float
    high: float
    usual: float = 1.0
    step: float = 0.02


DIALS: Mapping[str, Dial] = {
    "brightness": Dial(0, 2), "contrast": Dial(0, 2), "saturation": Dial(0, 2), "hue": Dial(-180, 180, 0.0, 2.0),
    "gamma": Dial(0.2, 3), "red": Dial(0, 2), "green": Dial(0, 2), "blue": Dial(0, 2), "opacity": Dial(0, 1),
}  # fmt: skip
"""By their names, in the order in which they are gone through."""


def chosen_dial(state: Editing) -> str:
    """The one that keys turn."""
    return tuple(DIALS)[(state.vertex or 0) % len(DIALS)]


def value_of(surface: Surface, name: str) -> float:
    """How far a dial is turned."""
    if name in _TINTS:
        return surface.look.tint[_TINTS.index(name)]
    return float(getattr(surface if name == "opacity" else surface.look, name))


def next_dial(state: Editing, by: int = 1) -> Editing:
    """Take the next dial."""
    return replace(state, vertex=((state.vertex or 0) + by) % len(DIALS))


def dial(state: Editing, name: str, to: float) -> Editing:
    """Turn a dial of the surface's colours to a value."""
    if name not in DIALS:
        raise UserError(name, "there is no such dial", did_you_mean(name, DIALS))
    now, ends = value_of(state.surface, name), DIALS[name]
    value = min(max(ends.high, now), max(min(ends.low, now), round(to, 4)))  # what a file says beyond the ends is not pulled in
    told = replace(state, message=f"{name} {value:g}")
    return with_surface(told, _turned(state.surface, name, value), gesture=f"key {name} {state.chosen}")


def brighter(state: Editing, by: int = 1) -> Editing:
    """Turn the surface brighter, or darker."""
    return _by(state, "brightness", by)


def more(state: Editing, by: int = 1) -> Editing:
    """Turn the chosen dial up, or down."""
    return _by(state, chosen_dial(state), by)


def nudge(state: Editing, x: float = 0, y: float = 0) -> Editing:
    """Turn the chosen dial by arrows: up and right is more."""
    return _by(state, chosen_dial(state), x - y)


def plain(state: Editing) -> Editing:
    """Turn the chosen dial to where it changes nothing."""
    return dial(state, chosen_dial(state), DIALS[chosen_dial(state)].usual)


def _by(state: Editing, name: str, steps: float) -> Editing:
    return dial(state, name, value_of(state.surface, name) + steps * DIALS[name].step)


def _turned(surface: Surface, name: str, value: float) -> Surface:
    if name == "opacity":
        return surface.model_copy(update={"opacity": value})
    at = _TINTS.index(name) if name in _TINTS else -1
    changes = {name: value} if at < 0 else {"tint": (*surface.look.tint[:at], value, *surface.look.tint[at + 1 :])}
    return surface.model_copy(update={"look": surface.look.model_copy(update=changes)})
