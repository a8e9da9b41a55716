"""What is dreamed and how it climbs: one declaration of each parameter for flags, recipes and Python alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ValidationInfo, field_validator

from dream.tables import OPTIMISERS, SPACES
from media.settings import Settings, flag, setting

if TYPE_CHECKING:
    from typing import TypeAlias

    Param: TypeAlias = str
    OptimiserName: TypeAlias = str
else:
    Param, OptimiserName = Literal[tuple(SPACES)], Literal[tuple(OPTIMISERS)]


FROM_RECIPE = {"is_recipe": True}
"""The context in which settings are read that were made before."""
_MOST = {"step_size": 0.2, "grain": 0.3}
"""Beyond these a picture is a black and white pattern, or noise. Tuned by eye; recipes of old may have more."""


class NetSettings(Settings):
    """Which network."""

    net: Annotated[str, flag()] = setting("motif", help="Network: motif is in the box.")
    weights: Annotated[Path | None, flag()] = setting(None, help="Weights of the network, where they lie in no usual place.")


class WishSettings(NetSettings):
    """What is dreamed. Each may be given several times, with a weight (`eyes=0.4`); less than 0 is away from it."""

    motif: Annotated[tuple[str, ...], flag("-m")] = setting((), help="A motif or class by name (`dream nets` lists them): eyes, or eyes=0.4.")
    layer: Annotated[tuple[str, ...], flag("-l")] = setting((), help="Whatever this layer sees, more of it: shapes, or shapes=0.4.")
    channel: Annotated[tuple[str, ...], flag("-c")] = setting((), help="One channel of a layer: shapes:17, or shapes:17=0.4.")
    neuron: Annotated[tuple[str, ...], flag()] = setting((), help="The same in the middle of the picture alone: shapes:17, or shapes:17=0.4.")
    guide: Annotated[Path | None, flag("-g")] = setting(None, help="A picture whose forms are dreamed, as the layer (things by default) sees them.")


class ClimbSettings(Settings):
    """How a picture climbs."""

    octaves: Annotated[int, flag()] = setting(5, ge=1, le=16, help="Sizes at which it is dreamed, from small to its own.")
    scale: Annotated[float, flag()] = setting(1.4, gt=1, le=4, help="From one size to the next.")
    steps: Annotated[int, flag("-n")] = setting(12, ge=1, le=10_000, help="Steps at each size.")
    step_size: Annotated[float, flag()] = setting(0.02, gt=0, le=1, live=True, help="How far a step goes, of black to white.")
    jitter: Annotated[int, flag()] = setting(16, ge=0, le=512, unit="px", help="How far the picture is moved about between steps.")
    smooth: Annotated[int, flag()] = setting(3, ge=1, le=8, help="Levels of coarseness pushed at once; 1 is the bare gradient, fine and wiry.")
    even: Annotated[bool, flag()] = setting(False, help="Every level as strong as every other (Laplacian pyramid).")
    param: Annotated[Param, flag()] = setting("pixel", help="Climb in pixels, or in waves, the longer the stronger.")
    decorrelate: Annotated[bool, flag(negative="--no-decorrelate")] = setting(True, help="Climb colours as photographs have them: rather in light than in hue.")
    optimiser: Annotated[OptimiserName, flag("--optimizer")] = setting("steepest", help="How steps come of gradients; adam remembers the way.")
    shake: Annotated[float, flag()] = setting(0.0, ge=0, le=4, help="Also turn (8 degrees) and scale (a tenth) it between steps, times this.")
    grain: Annotated[float, flag()] = setting(0.05, ge=0, le=1, help="Soft noise to begin with, so that flat places dream too.")
    strength: Annotated[float, flag("-s")] = setting(1.0, ge=0, le=1, live=True, help="How much of the dream is laid over the picture.")
    seed: Annotated[int, flag()] = setting(0, ge=0, lt=2**32, help="Draws what is left to chance.")

    @field_validator(*_MOST)
    @classmethod
    def _leaves_something(cls, value: float, info: ValidationInfo) -> float:
        most = _MOST[str(info.field_name)]
        if value > most and info.context != FROM_RECIPE:
            raise ValueError(f"must be less than or equal to {most}")
        return value


class WhereSettings(Settings):
    """Where in the picture, and what of it stays."""

    mask: Annotated[Path | None, flag()] = setting(None, help="Dream where this picture is bright; grey is half.")
    preserve_color: Annotated[bool, flag("--preserve-colour")] = setting(False, help="Keep the picture's own colours.")


Device = Literal["auto", "cpu", "cuda", "mps"]
On = Annotated[Device, flag("-d", help="Where to compute; the fastest there is by default.")]
Quiet = Annotated[bool, flag(help="Print nothing but errors.")]
"""What commands are told in like words beside their settings."""


class Job(Settings):
    """All that a command was asked for, as recipes keep it."""

    wish: WishSettings = setting(WishSettings(), help="What is dreamed.")


class DreamSettings(Job):
    """All of it, for a still picture."""

    climb: ClimbSettings = setting(ClimbSettings(), help="How it climbs.")
    where: WhereSettings = setting(WhereSettings(), help="Where.")
    canvas_px: int = setting(512, ge=32, le=14_142, unit="px", help="Side of the noise to begin with, where there is no picture.")
