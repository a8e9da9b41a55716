"""A size and what is to be drawn go in; where each part of the roll stands comes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from video2midi.roll.canvas import Box, Canvas
from video2midi.roll.moments import Moments
from video2midi.roll.palette import Palette

_DESIGN_PX = (2400, 1800)  # a unit is a pixel of a roll that is this high and at least this wide


@dataclass(frozen=True)
class Layout:
    """Where things stand; edges of boxes are whole pixels, and left and right the same for all.

    Args:
        unit: pixels of one unit of the design.
        strip: of stills.
        ribbon: of slices.
        drums: of no height where there are none.
    """

    unit: float
    title_y: float
    strip: Box
    ribbon: Box
    roll: Box
    drums: Box
    lanes: tuple[Box, ...]
    axis: Box

    @property
    def music(self) -> Box:
        """From the ribbon down to the axis."""
        return Box(self.roll.left, self.ribbon.bottom, self.roll.right, self.axis.top)


@dataclass(frozen=True)
class Plate:
    """A roll that is being drawn: the canvas, where things stand on it, and the film's colours.

    Args:
        end: seconds at the right edge.
        low: the pitch of the lowest row of notes.
        n_rows: semitones.
    """

    canvas: Canvas
    layout: Layout
    palette: Palette
    moments: Moments
    end: float
    low: int
    n_rows: int

    @property
    def unit(self) -> float:
        """Pixels of one unit of the design."""
        return self.layout.unit

    @property
    def n_columns(self) -> int:
        """Pixels that all of the film is wide."""
        return round(self.layout.roll.width)

    @property
    def column_times(self) -> np.ndarray:
        """Seconds in the middle of each column."""
        return (np.arange(self.n_columns) + 0.5) * (self.end / self.n_columns)

    def x(self, second: float) -> float:
        """Where an instant stands, pixels from the left."""
        return self.layout.roll.left + second / self.end * self.layout.roll.width

    @property
    def row_px(self) -> float:
        """Height of a semitone."""
        return self.layout.roll.height / self.n_rows

    def y(self, pitch: float) -> float:
        """The middle of a pitch's row, pixels from the top."""
        return self.layout.roll.bottom - (pitch - self.low + 0.5) * self.row_px

    def height(self, pitch: float) -> float:
        """How high a pitch stands in the roll, 0 to 1."""
        return (pitch - self.low + 0.5) / self.n_rows

    def label(self, y: float, text: str, *, size: float, ink: float, gap: float, spacing: float = 0.0) -> None:
        """Write into the left margin, against the roll, as much as has room; sizes in units."""
        right, size = self.layout.roll.left - gap * self.unit, size * self.unit
        fitting = self.canvas.lettering.shorten_name(text, size=size, spacing=spacing, within=right - 20 * self.unit)
        self.canvas.text(right, y + 0.35 * size, fitting, size=size, colour=self.palette.mix(ink), anchor="r", spacing=spacing)


def lay_out(size_px: tuple[int, int], *, n_lanes: int, n_drums: int, drums_only: bool = False) -> Layout:
    """Divide a picture; what there is none of takes no room, and the notes, or drums alone, have all that is left."""
    wide, high = size_px
    unit = min(wide / _DESIGN_PX[0], high / _DESIGN_PX[1])
    left, right = round(300 * unit), round(wide - 120 * unit)

    def box(top: float, height: float) -> Box:
        return Box(left, round(top), right, round(top + height))

    strip = box(218 * unit, 178 * unit)
    ribbon = box(strip.bottom + 8 * unit, 92 * unit)
    axis = box(high - 142 * unit, 50 * unit)
    pitch = min(76 * unit, 0.25 * high / max(1, n_lanes))
    lanes_top = axis.top - n_lanes * pitch
    lanes = tuple(box(lanes_top + (n + 0.26) * pitch, 0.74 * pitch) for n in range(n_lanes))
    roll_top, foot = ribbon.bottom + 34 * unit, lanes_top - 26 * unit
    drums_height = (foot - roll_top) if drums_only else min(n_drums * 22, 132) * unit
    drums = box(foot - drums_height, drums_height)
    roll = box(roll_top, foot - roll_top if drums_only or not n_drums else drums.top - 26 * unit - roll_top)
    return Layout(unit, 158 * unit, strip, ribbon, roll, drums, lanes, axis)
