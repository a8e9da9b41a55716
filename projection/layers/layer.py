"""What a layer is: settings of its own, and pictures that it draws when it is asked for the one of an instant.

A layer knows nothing of threads, windows or shared memory: `projection.layers.running` asks it for pictures, shares them, and puts a
placeholder in its place when it fails, until it is better.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol

import numpy as np
from pydantic import BeforeValidator

from live.clock import Clock
from media.errors import UserError
from media.settings import setting
from projection.scene import Placing
from projection.surfaces.model import WHOLE
from projection.tables import LAYERS


def _parse_name(value: Any) -> Any:
    """Names are parts of dotted ones (`layer.wolves.opacity`), and what surfaces show."""
    if isinstance(value, str) and ("." in value or value == WHOLE or value != value.strip()):
        raise ValueError(f"a layer's name has no dots, no blanks around it, and is not {WHOLE}, got {value!r}")
    return value


def _listed(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and not value:
        raise ValueError("this list names nothing")
    return [value] if isinstance(value, str) else value


Paths = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""One path or several, as seen from the file that names them."""


class LayerSettings(Placing):
    """What all layers have in common: how they lie on the stage, and what they are called."""

    name: Annotated[str, BeforeValidator(_parse_name)] = setting("", max_length=64, help="What it is called; else its kind and number.")


class Absent(UserError):  # noqa: N818 - no fault of anybody's, perhaps
    """What a layer shows is not there for now: its `draw` raises this where it looks for it again by itself.

    A placeholder is shown, and the layer goes on being asked; after any other error it is closed and made anew.
    """


@dataclass(frozen=True)
class Drawn:
    """A picture of a layer.

    Args:
        picture: (H, W, 4) uint8: blue, green, red, all multiplied by how opaque it is, the fourth. Or (H, W, 3) uint8 red, green, blue,
            as films are decoded, which is opaque. It may be the layer's own memory: it is copied before the layer is asked again.
        is_opaque: whether the fourth is 255 everywhere.
    """

    picture: np.ndarray
    is_opaque: bool = True


@dataclass(frozen=True)
class Room:
    """What a layer is given.

    Args:
        size_px: (width, height) of the stage.
        folder: where relative paths of its settings begin.
        clock: of the show.
        sound: where sound goes; None in a show without (live.sound.client.Sounds).
        tell: says a line to the person in charge, once for each fault.
    """

    size_px: tuple[int, int]
    folder: Path
    clock: Clock
    seed: int
    tell: Callable[[str], None]
    sound: object = None

    def path(self, name: str) -> Path:
        """What a path of the settings means."""
        return self.folder / os.path.expanduser(name)


class Layer(Protocol):
    """Something that is shown. It is made, used and closed in one thread."""

    Settings: ClassVar[type[LayerSettings]]

    def __init__(self, settings: LayerSettings, room: Room) -> None:
        """Open what it shows; UserError where it cannot be, as anything that a library raises."""

    def draw(self, at_s: float) -> Drawn | None:
        """The picture for an instant of the clock; None where the one before still stands, Absent where there is none for now."""

    def set(self, settings: LayerSettings) -> None:
        """Take over settings of which some that are `live` differ."""

    def close(self) -> None:
        """Let go of everything."""


def layer_class(kind: str) -> type[Layer]:
    """The class of a kind of layers, by its word in `LAYERS`."""
    module, _, name = LAYERS[kind].partition(":")
    found: type[Layer] = getattr(import_module(module), name)
    return found


def kind_of(settings: LayerSettings) -> str:
    """The word in `LAYERS` for the layers that have such settings."""
    group = type(settings)
    beside = (kind for kind, place in LAYERS.items() if place.partition(":")[0] == group.__module__)
    return next(kind for kind in beside if layer_class(kind).Settings is group)
