"""Scenes go in; the surfaces of an output come out, each with its shape: all of it that a drawer must make tables anew for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from media.frames import OnFault
from projection.look import PLAIN
from projection.scene import Scene
from projection.surfaces.model import WHOLE, Surface
from projection.surfaces.painted import Painting, Paintings


@dataclass(frozen=True)
class Shape:
    """Where a surface lands and how much of it is seen there: surfaces whose shapes are equal are drawn by the same tables.

    Args:
        surface: it, without all that may change while it is drawn by the same tables.
        paintings: the picture of each of its masks; None for those that have none, or none that could be read.
    """

    surface: Surface
    paintings: tuple[Painting | None, ...]


class Shapes:
    """The surfaces of an output; painted masks are read, and read again when their files have changed.

    Args:
        folder: where the paths of painted masks begin.
        on_fault: is told, in words, of one that cannot be read.
    """

    def __init__(self, folder: Path, on_fault: OnFault) -> None:
        self._paintings = Paintings(folder, on_fault)
        self._surfaces: tuple[Surface, ...] = ()
        self._solo = ""
        self._kept: dict[Shape, Shape] = {}
        self.seen: list[tuple[Surface, Shape]] = []
        """Those that are seen, from the lowest to the highest."""

    def show(self, scene: Scene, output: str, *, solo: str) -> None:
        """From now on have the surfaces that this output has in this scene."""
        self._surfaces, self._solo = scene.surfaces_on(output), solo
        self._paintings.keep(self._surfaces)
        self._find()

    def look(self) -> bool:
        """Whether a painted mask has changed, and a shape with it."""
        has_changed = self._paintings.look()
        if has_changed:
            self._find()
        return has_changed

    def __contains__(self, shape: object) -> bool:
        """Whether a surface has it, seen or not: what is hidden for a while is kept."""
        return shape in self._kept

    def _find(self) -> None:
        # The very same as before where they are equal, so that a look tells whether they are.
        found = ((surface, self._shape_of(surface)) for surface in self._surfaces)
        here = [(surface, self._kept.get(shape, shape)) for surface, shape in found]
        self._kept = {shape: shape for _, shape in here}
        self.seen = [(surface, shape) for surface, shape in here if surface.is_seen and self._solo in ("", surface.name)]

    def _shape_of(self, surface: Surface) -> Shape:
        bare = surface.model_copy(update={"name": "", "output": "", "visible": True, "shows": WHOLE, "opacity": 1.0, "look": PLAIN})
        return Shape(bare, self._paintings.of(surface))
