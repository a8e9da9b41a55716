"""A score and its film go in; a piano roll over the film's frames, a picture to hang beside the piece, comes out."""

from __future__ import annotations

from video2midi.roll.lanes import Lane
from video2midi.roll.poster import SIZE_PX, draw_roll

__all__ = ["SIZE_PX", "Lane", "draw_roll"]
