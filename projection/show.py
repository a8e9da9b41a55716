"""What is shown, as files and flags say it, and the name and value of a parameter go in; the same with that value comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from media.errors import UserError, did_you_mean
from media.settings import ParameterInfo, Settings, validation_to_user_error
from projection.layers.layer import LayerSettings
from projection.scene import Placed, Placing, Scene
from projection.surfaces.model import Surface

G = TypeVar("G", bound=Settings)


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
        if name.startswith(f"layer.{layer.name}.") and (key := name.removeprefix(f"layer.{layer.name}.")) in type(layer).model_fields:
            layers = tuple(_with(layer, [key], value, name) if other is layer else other for other in show.layers)
            return replace(show, layers=layers)
    for surface in show.surfaces:
        prefix = f"surface.{surface.name}."
        if name.startswith(prefix) and name in dict(_parameters(surface, prefix)):
            surfaces = (_with(surface, name.removeprefix(prefix).split("."), value, name) if other is surface else other for other in show.surfaces)
            return replace(show, surfaces=tuple(surfaces))
    raise AssertionError(name)


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


def _with(group: G, keys: list[str], value: Any, name: str) -> G:
    """A group of settings with another value at a path of keys."""
    inner = getattr(group, keys[0])
    new = _with(inner, keys[1:], value, name) if keys[1:] else value
    try:
        return type(group).model_validate({**dict(group), keys[0]: new})
    except ValidationError as error:
        raise validation_to_user_error(error, type(group), where=name, text=" ") from error
