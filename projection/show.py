"""What is shown, as files and flags say it, and the name and value of a parameter go in; the same with that value comes out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from media.errors import UserError, did_you_mean
from media.settings import ParameterInfo, Settings, validation_to_user_error
from projection.layers.layer import LayerSettings
from projection.scene import Placed, Placing, Scene
from projection.surfaces.model import WHOLE, Surface

G = TypeVar("G", bound=Settings)
_PARTS = {"position": ("x", "y"), "tint": ("red", "green", "blue")}
"""Parameters of several numbers, each of which can be moved alone: layer.NAME.position.x."""


@dataclass(frozen=True)
class Show:
    """What is shown.

    Args:
        size_px: (width, height) of the stage.
        layers: from the lowest to the highest; no two have the same name.
        surfaces: in the order in which they are drawn; without any, each output shows the whole stage.
        folder: where relative paths of layers begin.
    """

    size_px: tuple[int, int]
    layers: tuple[LayerSettings, ...] = ()
    surfaces: tuple[Surface, ...] = ()
    folder: Path = Path()


def scene_of(show: Show, frames: Mapping[str, Path]) -> Scene:
    """What outputs must know.

    Args:
        frames: the files in which layers share their pictures, by their names.
    """
    placed = tuple(Placed(layer.name, str(frames[layer.name]), placing_of(layer)) for layer in show.layers if layer.name in frames)
    return Scene(show.size_px, placed, show.surfaces)


def placing_of(layer: LayerSettings) -> Placing:
    """How a layer lies on the stage."""
    return Placing(**{key: getattr(layer, key) for key in Placing.model_fields})


def loose_ends(show: Show, outputs: Collection[str]) -> list[str]:
    """Surfaces that stay dark, in lines: better told than puzzled over.

    Args:
        outputs: those that have a window.
    """
    layers = [layer.name for layer in show.layers]
    missing = (surface for surface in show.surfaces if surface.shows != WHOLE and surface.shows not in layers)
    unseen = (surface for surface in show.surfaces if surface.output not in outputs)
    lines = [
        f"surface {surface.name}: there is no layer {surface.shows}, it stays black. {did_you_mean(surface.shows, [*layers, WHOLE])}"
        for surface in missing
    ]
    return lines + [f"surface {surface.name}: no window shows the output {surface.output}. Begin anew to have one." for surface in unseen]


def check_seen(surfaces: Sequence[Surface], outputs: Collection[str], where: Path) -> None:
    """Refuse surfaces of which nothing would be seen, as they lie on outputs without a window.

    Args:
        outputs: those that have a window.
    Raises:
        UserError: so it is.
    """
    lost = list(dict.fromkeys(surface.output for surface in surfaces if surface.output not in outputs))
    if lost and not any(surface.visible and surface.output in outputs for surface in surfaces):
        of_those = f"no window shows the output{'s' * (len(lost) > 1)} {', '.join(lost)}"
        raise UserError(where, f"nothing of these surfaces would be seen: {of_those}", "Begin anew to have one.")


def parameters_of(show: Show) -> dict[str, ParameterInfo]:
    """What may be moved while it runs, by dotted names: layer.NAME.opacity, surface.NAME.look.brightness."""
    found = {name: info for name, info in _all_parameters(show) if info.live}
    return dict(found)


def with_value(show: Show, name: str, value: Any) -> Show:
    """The show with another value of a parameter.

    Raises:
        UserError: there is no such parameter, it cannot be moved while it runs, or the value is out of its range.
    """
    known = dict(_all_parameters(show))
    if name not in known:
        raise UserError(name, "there is no such parameter", did_you_mean(name, parameters_of(show)))
    if not known[name].live:
        raise UserError(name, "this cannot be changed while it runs", "Change it in the file, and begin anew.")
    for layer in show.layers:
        if (keys := _keys_in(layer, f"layer.{layer.name}.", name)) is not None:
            layers = tuple(_with(layer, keys, value, name) if other is layer else other for other in show.layers)
            return replace(show, layers=layers)
    for surface in show.surfaces:
        if (keys := _keys_in(surface, f"surface.{surface.name}.", name)) is not None:
            surfaces = tuple(_with(surface, keys, value, name) if other is surface else other for other in show.surfaces)
            return replace(show, surfaces=surfaces)
    raise AssertionError(name)


def _keys_in(group: Settings, prefix: str, name: str) -> list[str] | None:
    """The path of keys from a group to a parameter; None where it is another's."""
    is_its_own = name.startswith(prefix) and any(name == own for own, _ in _parameters(group, prefix))
    return name.removeprefix(prefix).split(".") if is_its_own else None


def _all_parameters(show: Show) -> Iterator[tuple[str, ParameterInfo]]:
    for layer in show.layers:
        yield from _parameters(layer, f"layer.{layer.name}.")
    for surface in show.surfaces:
        yield from _parameters(surface, f"surface.{surface.name}.")


def _parameters(group: Settings, prefix: str) -> Iterator[tuple[str, ParameterInfo]]:
    """Those of a group, and of groups within it."""
    for info in type(group).parameters():
        inner = getattr(group, info.name)
        if isinstance(inner, Settings):
            yield from _parameters(inner, f"{prefix}{info.name}.")
        else:
            yield f"{prefix}{info.name}", info
            if info.name in _PARTS:
                for part, default in zip(_PARTS[info.name], info.default, strict=True):
                    yield f"{prefix}{info.name}.{part}", replace(info, name=part, default=default)


def _with(group: G, keys: list[str], value: Any, name: str) -> G:
    """A group of settings with another value at a path of keys."""
    inner = getattr(group, keys[0])
    if not keys[1:]:
        new = value
    elif isinstance(inner, Settings):
        new = _with(inner, keys[1:], value, name)
    else:
        new = tuple(value if part == keys[1] else kept for part, kept in zip(_PARTS[keys[0]], inner, strict=True))
    try:
        return type(group).model_validate({**dict(group), keys[0]: new})
    except ValidationError as error:
        raise validation_to_user_error(error, type(group), where=name, text=" ") from error
