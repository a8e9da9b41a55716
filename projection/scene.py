"""All that an output must know to draw: which layers there are, where each lies, and on which surfaces they land.

A scene is a value; the stage makes a new one whenever something changes and sends it to every output, where the newest counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from media.settings import Fit, setting
from projection.look import Look
from projection.surfaces.model import WHOLE, Surface

Blend = Literal["normal", "add", "multiply", "screen", "max", "difference"]
"""How a layer meets what lies below it."""
Far = Annotated[float, Field(ge=-100, le=100)]
"""A distance in parts of the stage; further away nothing is meant any more."""


class Placing(Look):
    """How a layer lies on the stage: these are keys of every layer, whatever it shows.

    On surfaces that show it alone, only its colours count, whether it is seen, and how much.
    """

    visible: bool = setting(True, live=True, help="Whether it is seen at all.")
    opacity: float = setting(1.0, ge=0, le=1, live=True, help="How much of it is seen.")
    on_stage: bool = setting(True, live=True, help="Whether it is laid on the stage with the others; surfaces show it alone either way.")
    blend: Blend = setting("normal", live=True, help="How it meets what lies below it.")
    fit: Fit = setting("letterbox", help="How a picture of other proportions fills the stage.")
    position: tuple[Far, Far] = setting((0.0, 0.0), live=True, help="How far right and down, in parts of the stage's width and height.")
    scale: float = setting(1.0, ge=0.001, le=100, live=True, help="How large, in parts of what fits.")
    rotation: float = setting(0.0, ge=-3600, le=3600, unit="degrees", live=True, help="How far it is turned, clockwise.")

    @property
    def is_seen(self) -> bool:
        """Whether anything of it is seen."""
        return self.visible and self.opacity > 0


AS_IT_IS = Placing()
_WHOLE_STAGE = (Surface(name=WHOLE),)


@dataclass(frozen=True)
class Placed:
    """A layer as outputs see it.

    Args:
        frames: the file in which its pictures are shared.
    """

    name: str
    frames: str
    placing: Placing = AS_IT_IS


@dataclass(frozen=True)
class Scene:
    """What is shown.

    Args:
        size_px: (width, height) of the stage, on which layers are laid one over the other.
        layers: from the lowest to the highest.
        surfaces: in the order in which they are drawn; without any, each output shows the whole stage.
    """

    size_px: tuple[int, int]
    layers: tuple[Placed, ...] = ()
    surfaces: tuple[Surface, ...] = ()

    def surfaces_on(self, output: str) -> tuple[Surface, ...]:
        """The surfaces of an output, whether they are seen or not; of those that show a layer alone, as much as is seen of that."""
        if not self.surfaces:
            return _WHOLE_STAGE
        placings = {placed.name: placed.placing for placed in self.layers}
        return tuple(_dim(surface, placings.get(surface.shows, AS_IT_IS)) for surface in self.surfaces if surface.output == output)


def _dim(surface: Surface, placing: Placing) -> Surface:
    """No more of a surface is seen than of the layer that it shows."""
    if placing.visible and placing.opacity == 1:
        return surface
    return surface.model_copy(update={"visible": surface.visible and placing.visible, "opacity": surface.opacity * placing.opacity})


@dataclass(frozen=True)
class Orders:
    """What is above all layers: it works while every one of them hangs.

    Args:
        is_black: nothing but black is shown.
        is_frozen: what was shown last stays.
        is_card: the test card is shown.
        solo: the surface that is shown alone; "" for all.
        message: a line at the foot of the picture.
    """

    is_black: bool = False
    is_frozen: bool = False
    is_card: bool = False
    solo: str = ""
    message: str = ""
