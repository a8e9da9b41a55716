"""Where a picture lands in an output: one declaration of a surface for its file, for controls, and for those who draw.

Places are parts of the output's width and height, (0, 0) its top left corner and (1, 1) its bottom right one; they may lie beyond.
A surface is a unit square: its grid bends it, its corners throw it onto the output. Masks lie on the square, or on the output.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from media.settings import Settings, Size, setting
from projection.look import Look

Place = tuple[float, float]
WHOLE = "all"
"""What a surface shows that shows the stage with all its layers."""
VERSION = 1
FULL: tuple[Place, Place, Place, Place] = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))

Share = Annotated[float, Field(ge=0, le=1)]
Near = Annotated[float, Field(ge=-10, le=10)]
"""A coordinate; far beyond the output nothing is meant any more."""
NearPlace = tuple[Near, Near]
Reach = Annotated[float, Field(gt=0, le=10)]


class Mask(Settings):
    """What is left of a surface; several are laid one over the other, and only what all of them leave is seen."""

    kind: Literal["ellipse", "polygon", "painted"] = setting(
        help="ellipse: centre, radii, rotation; polygon: points; painted: picture, laid like an ellipse."
    )
    on: Literal["surface", "output"] = setting("surface", help="Whether it moves with the surface, or lies still on the output.")
    centre: NearPlace = setting((0.5, 0.5), help="Of an ellipse or a picture.")
    radii: tuple[Reach, Reach] = setting((0.5, 0.5), help="Of an ellipse or a picture, across and down: half its width and height.")
    rotation: float = setting(0.0, ge=-360, le=360, unit="degrees", help="Of an ellipse or a picture, clockwise.")
    points: tuple[NearPlace, ...] = setting((), help="Corners of a polygon, three or more.")
    picture: str = setting("", help="A picture, bright where the surface is seen; its path as seen from the file of surfaces.")
    feather: float = setting(0.0, ge=0, le=1, help="How soft its edge is, in parts of the height; half of it lies within.")
    inverted: bool = setting(False, help="Whether it leaves what lies outside.")

    @model_validator(mode="after")
    def _is_whole(self) -> Mask:
        if self.kind == "polygon" and len(self.points) < 3:
            raise ValueError(f"a polygon needs three points or more, got {len(self.points)}")
        if self.kind == "painted" and not self.picture:
            raise ValueError("a painted mask needs a picture")
        return self


class Edges(Settings):
    """How a surface fades where another projector's picture overlaps it, so that both together are as bright as one."""

    left: float = setting(0.0, ge=0, le=1, live=True, help="How wide, in parts of the surface's width.")
    right: float = setting(0.0, ge=0, le=1, live=True, help="How wide, in parts of the surface's width.")
    top: float = setting(0.0, ge=0, le=1, live=True, help="How high, in parts of the surface's height.")
    bottom: float = setting(0.0, ge=0, le=1, live=True, help="How high, in parts of the surface's height.")
    gamma: float = setting(2.2, ge=0.5, le=5, live=True, help="Of the projector: how light follows from what it is sent.")
    curve: float = setting(2.0, ge=1, le=5, live=True, help="1 fades in a line, more as an S.")


class Grid(Settings):
    """How the unit square of a surface is bent.

    A Bezier grid has four by four points, which pull it as those of a curve do; of a mesh every point lies on the surface, which
    goes from one to the next in straight lines, or smoothly.
    """

    kind: Literal["mesh", "smooth", "bezier"] = setting(
        "mesh", help="mesh: straight between points; smooth: round; bezier: 4 x 4, as handles."
    )
    columns: int = setting(4, ge=2, le=64, help="Points across.")
    rows: int = setting(4, ge=2, le=64, help="Points down.")
    points: tuple[NearPlace, ...] = setting((), help="Row by row from the top left, in the unit square; evenly spread if left out.")

    @model_validator(mode="after")
    def _is_whole(self) -> Grid:
        if self.kind == "bezier" and (self.columns, self.rows) != (4, 4):
            raise ValueError(f"a bezier grid has 4 columns and 4 rows, got {self.columns} and {self.rows}")
        if self.points and len(self.points) != self.columns * self.rows:
            raise ValueError(
                f"a grid of {self.columns} columns and {self.rows} rows has {self.columns * self.rows} points, got {len(self.points)}"
            )
        return self

    @property
    def places(self) -> tuple[Place, ...]:
        """Its points, evenly spread where none are told."""
        across, down = ([n / (count - 1) for n in range(count)] for count in (self.columns, self.rows))
        return self.points or tuple((x, y) for y in down for x in across)


class Surface(Settings):
    """A surface."""

    name: str = setting(min_length=1, max_length=64, help="What it is called.")
    output: str = setting("main", help="The output that it lies on.")
    visible: bool = setting(True, live=True, help="Whether it is seen at all.")
    shows: str = setting(WHOLE, help=f"The layer that it shows, alone, or {WHOLE}: all of them together.")
    area: tuple[Share, Share, Share, Share] = setting((0.0, 0.0, 1.0, 1.0), help="The part of that: left, top, right, bottom.")
    corners: tuple[NearPlace, NearPlace, NearPlace, NearPlace] = setting(FULL, help="Top left, top right, bottom right, bottom left.")
    grid: Grid | None = setting(None, help="How it is bent; flat if left out.")
    masks: tuple[Mask, ...] = setting((), help="What is left of it.")
    edges: Edges = setting(Edges(), help="How it fades into the next projector's.")
    opacity: float = setting(1.0, ge=0, le=1, live=True, help="How much of it is seen.")
    look: Look = setting(Look(), help="Its colours.")

    @property
    def is_seen(self) -> bool:
        """Whether anything of it is seen."""
        return self.visible and self.opacity > 0

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if "." in name or name != name.strip():
            raise ValueError(f"a surface's name has no dots, by which parameters are named, and no blanks around it, got {name!r}")
        return name

    @field_validator("area")
    @classmethod
    def _is_an_area(cls, area: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        left, top, right, bottom = area
        if left >= right or top >= bottom:
            raise ValueError(f"must lie left before right and top before bottom, got {list(area)}")
        return area


class SurfaceFile(Settings):
    """A file of surfaces.

    Args:
        size: of the output that they were made for, in pixels: what a pixel of an arrow key is, and what feathers and masks look
            like in proportion. Surfaces fit an output of any other size as well.
    """

    version: Literal[1] = setting(1, help="Of this kind of file.")
    size: Size = setting((1920, 1080), help="Of the output that it was made for.")
    surface: tuple[Surface, ...] = setting((), help="In the order in which they are drawn.")
