"""Surfaces and what each of them shows go in; an output is cut into patches anew where a shape has changed, and those to be drawn come out."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np

from media.frames import OnFault
from projection.drawing.shapes import Shape
from projection.drawing.sources import Source
from projection.drawing.warping import Face, Patch, PatchKey, Table, cut_up, make_table
from projection.surfaces.model import Surface

_Size = tuple[int, int]
_Planned = tuple[Shape, _Size, bool]
"""A surface's shape, the size of what it shows, and whether it hides what lies below: a change of them is a change of patches."""


@dataclass(frozen=True, eq=False)
class Showing:
    """A surface and its picture."""

    surface: Surface
    shape: Shape
    source: Source

    @property
    def planned(self) -> _Planned:
        return self.shape, self.source.size_px, self.source.is_opaque and self.surface.opacity == 1


class Wall:
    """What is drawn into a target, and by which tables."""

    def __init__(self, target: np.ndarray, *, on_fault: OnFault) -> None:
        self._target, self._on_fault = target, on_fault
        self._planned: list[_Planned] | None = None
        self._tables: dict[tuple[Shape, _Size], Table | None] = {}
        self._faces: list[Face | None] = []
        self._patches: dict[PatchKey, Patch] = {}

    def show(self, showings: Sequence[Showing], *, kept: Container[Shape]) -> bool:
        """From now on show these, from the lowest to the highest; tells whether patches are other ones than before.

        Args:
            kept: shapes whose tables are kept though they are not shown now.
        """
        planned = [showing.planned for showing in showings]
        is_new = planned != self._planned
        if is_new:
            self._plan(showings, kept)
            self._planned = planned
        for face, showing in zip(self._faces, showings, strict=True):
            if face:
                face.show(showing.surface, showing.source)
        return is_new

    @property
    def stale(self) -> list[Patch]:
        """What is to be drawn."""
        return [patch for patch in self._patches.values() if patch.is_stale]

    def _plan(self, showings: Sequence[Showing], kept: Container[Shape]) -> None:
        wanted = {(showing.shape, showing.source.size_px) for showing in showings}
        self._tables = {key: table for key, table in self._tables.items() if key in wanted or key[0] in kept}
        faces, self._faces = [face for face in self._faces if face], []
        for showing in showings:
            key = showing.shape, showing.source.size_px
            table = self._tables[key] = self._tables[key] if key in self._tables else self._table(showing)
            same = next((face for face in faces if face.table is table and face not in self._faces), None)
            self._faces.append(same or (Face(table) if table else None))
        drawn = [(face, showing.planned[2]) for face, showing in zip(self._faces, showings, strict=True) if face]
        self._patches = cut_up(self._target, [face for face, _ in drawn], [hides for _, hides in drawn], self._patches)

    def _table(self, showing: Showing) -> Table | None:
        """A surface's table; None where it cannot be drawn, which is told."""
        size = self._target.shape[1], self._target.shape[0]
        try:
            return make_table(showing.shape, size, showing.source.size_px)
        except ValueError as error:  # whoever changes surfaces checks them; whatever comes through must not stop a show
            self._on_fault(f"surface {showing.surface.name}: it cannot be drawn ({error})")
            return None
