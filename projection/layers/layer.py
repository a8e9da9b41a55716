"""What a layer is: settings of its own, and pictures that it draws when it is asked for the one of an instant.

A layer knows nothing of threads, windows or shared memory: `projection.layers.running` asks it for pictures, shares them, and puts a
placeholder in its place when it fails, until it is better.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from pydantic import BeforeValidator

from live.clock import Clock
from media.errors import UserError
from media.settings import setting
from projection.scene import Placing
from projection.surfaces.model import WHOLE
from projection.tables import LAYERS

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


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

    DEEDS: ClassVar[frozenset[str]] = frozenset()
    """Keys that do something whenever they are set while it runs, also to what they are already; such a layer has `Plays.act`."""

    name: Annotated[str, BeforeValidator(_parse_name)] = setting("", max_length=64, help="What it is called; else its kind and number.")

    def make(self, room: Room) -> Layer:
        """The layer that shows this; called in its thread, again after each fault.

        Raises:
            UserError: it cannot be shown; or anything that a library raises.
        """
        raise NotImplementedError


class Absent(UserError):  # noqa: N818 - no fault of anybody's, perhaps
    """What a layer shows is not there for now: its `draw` raises this where it looks for it again by itself.

    A placeholder is shown, and the layer goes on being asked; after any other error it is closed and made anew.
    """

    is_told = False
    """Whether the layer has told the person in charge already."""


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
        """What a path of the settings means.

        Raises:
            UserError: it is no path, but an address of the network.
        """
        check_local(name)
        return self.folder / os.path.expanduser(name)


class Layer(Protocol):
    """Something that is shown. It is made by its settings, used and closed in one thread."""

    def draw(self, at_s: float) -> Drawn | None:
        """The picture for an instant of the clock; None where the one before still stands, Absent where there is none for now."""

    def set(self, settings: Any) -> None:
        """Take over settings of the class that made it, of which some that are `live` differ, but for deeds."""

    def close(self) -> None:
        """Let go of everything."""


@dataclass(frozen=True)
class Playing:
    """What a layer plays.

    Args:
        state: as of a player.
        item: its file; None before the first.
        at_s: where in it, seconds from where it begins.
        duration_s: of what is played of it.
        coming: the file that follows; None where none does, or none is planned yet.
    """

    state: Literal["waiting", "playing", "paused", "ended"]
    item: Path | None = None
    at_s: float = 0.0
    duration_s: float = 0.0
    coming: Path | None = None


@runtime_checkable
class Plays(Layer, Protocol):
    """A layer whose pictures come one after the other in an order, so that there is one that comes next."""

    def act(self, deed: str) -> None:
        """Do what one of `LayerSettings.DEEDS` says, as it was set last."""

    def playing(self) -> Playing:
        """What is played now; any thread may ask."""


def check_local(name: str) -> None:
    """Refuse an address where a file is meant.

    Raises:
        UserError: it is one.
    """
    if _ADDRESS.match(name):
        what = "this is an address of the network, and only files of this machine are shown"
        raise UserError(name, what, f"Download it first; if it is a camera's, write camera:{name}.")


def settings_class(kind: str) -> type[LayerSettings]:
    """The settings of a kind of layers, by its word in `LAYERS`."""
    module, _, name = LAYERS[kind].partition(":")
    found: type[LayerSettings] = getattr(import_module(module), name)
    return found
