"""The size of an output goes in, surfaces to begin with come out: one that fills it, or several beside one another."""

from __future__ import annotations

from collections.abc import Sequence

from projection.surfaces.model import Place, Surface, SurfaceFile


def full_surfaces(size: tuple[int, int] = (1920, 1080), *, outputs: Sequence[str] = ("main",)) -> SurfaceFile:
    """A surface for each output, which fills it; they are called like these."""
    return SurfaceFile(size=size, surface=tuple(Surface(name=output, output=output) for output in outputs))


def grid_of_surfaces(
    columns: int, rows: int, *, size: tuple[int, int] = (1920, 1080), gap: float = 0.0, output: str = "main", in_parts: bool = True
) -> SurfaceFile:
    """Surfaces in columns and rows that fill an output, called 1, 2, 3 from the top left.

    Args:
        gap: between them, in parts of a surface's width and height; 0 to less than 1.
        in_parts: whether each shows its part of the picture, or all of it.
    """
    cells = [(column / columns, row / rows, (column + 1) / columns, (row + 1) / rows) for row in range(rows) for column in range(columns)]
    inset = gap / 2 / columns, gap / 2 / rows
    surfaces = tuple(
        Surface(name=str(number), output=output, corners=_corners(cell, inset), area=cell if in_parts else (0.0, 0.0, 1.0, 1.0))
        for number, cell in enumerate(cells, start=1)
    )
    return SurfaceFile(size=size, surface=surfaces)


def _corners(cell: tuple[float, float, float, float], inset: tuple[float, float]) -> tuple[Place, Place, Place, Place]:
    left, top, right, bottom = cell[0] + inset[0], cell[1] + inset[1], cell[2] - inset[0], cell[3] - inset[1]
    return (left, top), (right, top), (right, bottom), (left, bottom)
