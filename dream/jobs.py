"""Zooms, surveys, attributions and sweeps: one declaration of each of their parameters for flags, recipes and Python alike."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from cyclopts import Parameter

from dream.settings import ClimbSettings, Job, WhereSettings
from media.settings import Rate, Settings, flag, read_by, setting


def _parse_place(text: str | tuple[float, float] | list[float]) -> tuple[float, float]:
    bare = text if isinstance(text, str) else ",".join(map(str, text))
    try:
        across, down = (float(part) for part in bare.split(","))
    except ValueError:
        raise ValueError(f"must read like 0.5,0.4, parts of the picture's width and height, got {bare!r}") from None
    if not (0 <= across <= 1 and 0 <= down <= 1):
        raise ValueError(f"must lie in the picture, 0,0 to 1,1, got {bare!r}")
    return across, down


def _place_text(place: tuple[float, float]) -> str:
    return f"{place[0]!r},{place[1]!r}"


Place = Annotated[tuple[float, float], *read_by(_parse_place, show=_place_text, name="X,Y"), Parameter(n_tokens=1, negative_iterable="")]
"""A place in a picture, in parts of its width and height from its top left; written as 0.5,0.4."""


class ZoomSettings(Settings):
    """How a picture is flown into."""

    frames: Annotated[int, flag()] = setting(120, ge=1, le=1_000_000, help="Length of the film.")
    zoom: Annotated[float, flag("-z")] = setting(
        1.04, ge=0.25, le=4, help="How many times larger each frame is than the last: 1.04 at 25 a second is 1.04^25 = 2.7 times a second."
    )
    scale_coeff: Annotated[float | None, flag()] = setting(
        None, ge=-3, le=0.75, help="The same said otherwise: the part that each frame leaves out of the last; a zoom of 1 / (1 - part)."
    )
    rotate: Annotated[float, flag()] = setting(0.0, ge=-180, le=180, unit="degrees", help="How far each frame turns, clockwise.")
    centre: Annotated[Place, flag("--center")] = setting((0.5, 0.5), help="What is flown to, from the left and from the top.")
    steps_each: Annotated[int, flag()] = setting(2, ge=0, le=100, help="Steps at each size of every frame but the first.")
    octaves_each: Annotated[int, flag()] = setting(3, ge=1, le=16, help="Sizes of every frame but the first.")
    hold: Annotated[float, flag()] = setting(0.5, ge=0, le=1, help="How firmly brightness, contrast and hue are held to the first frame's.")
    loop: Annotated[bool, flag()] = setting(False, help="Arrive at the beginning: it appears far away and grows until it fills the picture.")
    rate: Annotated[Rate, flag("-r")] = setting(Fraction(25), help="Frames a second.")
    size: Annotated[int | None, flag()] = setting(None, ge=32, le=16_384, unit="px", help="Longest side at most, one number; 1280, or 480 as GIF, by default.")

    @property
    def factor(self) -> float:
        """How many times larger each frame is than the last."""
        return self.zoom if self.scale_coeff is None else 1 / (1 - self.scale_coeff)


class ZoomJob(Job):
    """All of it, for a zoom."""

    climb: ClimbSettings = setting(ClimbSettings(), help="How the first frame climbs.")
    zoom: ZoomSettings = setting(ZoomSettings(), help="How it is flown into.")


class LayersSettings(Settings):
    """Which layers, and how they are shown."""

    filter: Annotated[str, flag("-f")] = setting("", help="Layers whose names hold this, or match it as a pattern (relu4_*) or regular expression.")
    size: Annotated[int | None, flag()] = setting(None, ge=32, le=16_384, unit="px", help="Longest side at which they are dreamed, one number; 480 by default.")
    names: Annotated[bool, flag()] = setting(False, help="Write its name below each single picture too.")
    seconds: Annotated[float, flag()] = setting(0.8, ge=0.02, le=60, unit="s", help="How long each is shown in a film or GIF.")


class LayersJob(Job):
    """All of it, for a survey of layers."""

    climb: ClimbSettings = setting(ClimbSettings(), help="How they climb.")
    layers: LayersSettings = setting(LayersSettings(), help="Which, and how they are shown.")
    alone: bool = setting(False, help="The one layer's picture, and no sheet.")


class ChannelsSettings(Settings):
    """Which channels."""

    layers: Annotated[tuple[str, ...], flag("--layer", "-l")] = setting((), help="All channels of this layer.")
    first: Annotated[int, flag("--from")] = setting(0, ge=0, help="The first of them.")
    count: Annotated[int | None, flag()] = setting(None, ge=1, help="How many; all by default.")
    size: Annotated[int, flag()] = setting(224, ge=32, le=4096, unit="px", help="Side of each picture.")


class ChannelsJob(Job):
    """All of it, for a survey of channels."""

    climb: ClimbSettings = setting(ClimbSettings(), help="How they climb.")
    names: tuple[str, ...] = setting((), help="Motifs, channels and layers by name.")
    channels: ChannelsSettings = setting(ChannelsSettings(), help="Which channels.")


class AttributeSettings(Settings):
    """What is told of a picture."""

    top: Annotated[int, flag()] = setting(3, ge=1, le=64, help="How many motifs, where none is named: those that it shows most of.")
    size: Annotated[int, flag()] = setting(640, ge=64, le=16_384, unit="px", help="Longest side of each picture.")


class AttributeJob(Job):
    """All of it, for an attribution."""

    attribute: AttributeSettings = setting(AttributeSettings(), help="What is told.")


class SweepSettings(Settings):
    """What is swept, and how far."""

    sweep: Annotated[str, flag()] = setting("strength=0..1", help="A parameter from one value to another (steps=2..40), or two motifs (motif=eyes..feathers).")
    count: Annotated[int | None, flag("--frames")] = setting(None, ge=1, le=100_000, help="How many values; 9 on a sheet, 50 in a film by default.")
    size: Annotated[int | None, flag()] = setting(
        None, ge=32, le=16_384, unit="px", help="Longest side of each picture, one number; 320 on a sheet, 640 in a film by default."
    )
    rate: Annotated[Rate, flag("-r")] = setting(Fraction(25), help="Frames a second.")


class SweepJob(Job):
    """All of it, for a sweep."""

    climb: ClimbSettings = setting(ClimbSettings(), help="How it climbs.")
    where: WhereSettings = setting(WhereSettings(), help="Where.")
    sweep: SweepSettings = setting(SweepSettings(), help="What is swept.")
