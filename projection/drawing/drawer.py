"""What draws: a scene and the newest pictures of its layers go in, what a projector shows comes out.

There are two: `cpu.CpuDrawer` and `gl.GlDrawer`. They show the same within a small tolerance, and one place says how:

- Layers are laid on the stage from the lowest to the highest. A picture is first changed by its `Look`: matrix on colours that are
  multiplied by their opaqueness a, which leaves them within 0 and a; then gamma on what they are without it, a (c / a) ** (1 / gamma).
  Then it is fitted, scaled, turned clockwise about its middle and moved (`placing.lie` says where to); what it is sampled by is
  bilinear, with smaller copies where it is made much smaller. Within its edges it goes on as at them, beyond them is nothing, and they
  are smooth over a pixel of the stage: sharp where they lie between two.
- With S a layer's colour multiplied by its opaqueness a and both by its opacity, and D what lies below: normal S + D (1 - a), add
  D + S, multiply D (1 - a + S), screen D + S - D S, max max(D, S), difference |D - S|. The ground is black. Nothing is done for
  layers that nobody sees: `covering.layers_on_stage` says which.
- A surface shows a rectangle of the stage, or of one layer as its picture is: with its look, where it is visible, and multiplied
  by its opacity; where it lies on the stage does not matter, nor what lies over it there, nor how they blend.
  Its edges are smooth over a pixel; it is changed by its own `Look`, multiplied by its masks, faded edges and opacity, and laid over
  those before it as `normal` is.
- No picture is ever shown that a layer wrote over while it was drawn: it is drawn again, of the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from live.shared import Shared
from projection.scene import Scene


class Drawer(Protocol):
    """Draws one output; made and used in one thread of one process."""

    @property
    def told(self) -> str:
        """What it draws with, in a few words for a person."""

    def show(self, scene: Scene, output: str, *, solo: str = "") -> None:
        """From now on draw this scene's surfaces of an output; tables are made for what differs from before, and only for that."""

    def draw(self, pictures: Mapping[str, Shared]) -> bool:
        """Draw the newest pictures of layers, by their names; those without one are left out. False where nothing has changed.

        Where one is written over meanwhile, the one that has taken its place is drawn.
        What was drawn over since the last time is taken away again, and painted masks that somebody has painted over are seen.
        """

    def draw_over(self, picture: np.ndarray, *, at_px: tuple[int, int] = (0, 0)) -> None:
        """Lay a picture, (H, W, 4) uint8 as Shared, over what is shown: a card, an overlay, a message.

        Args:
            at_px: where its top left corner goes, (x, y); what lies beyond the output is left out.
        """

    def read(self) -> np.ndarray:
        """What is shown, (H, W, 4) uint8, the array its own memory until the next call."""

    def close(self) -> None:
        """Give back what it holds."""
