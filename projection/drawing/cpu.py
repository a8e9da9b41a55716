"""The display's own memory, a scene and pictures go in; the picture is drawn there, without a graphics card, and only what is new of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from live.shared import Shared
from media.frames import OnFault, ignore_fault
from projection.drawing.covering import layers_on_stage
from projection.drawing.hands import Hands
from projection.drawing.laying import Stage
from projection.drawing.overlays import Overlays
from projection.drawing.shapes import Shapes
from projection.drawing.sources import LayerSource, Source
from projection.drawing.wall import Showing, Wall
from projection.scene import Scene
from projection.surfaces.model import WHOLE

_NO_SCENE = Scene((16, 16))


class CpuDrawer:
    """Draws into a target, and knows what it drew there before.

    Args:
        target: (H, W, 4) uint8, the display's own memory, its rows padded or not. Nobody else writes there; its fourth channel
            means nothing.
        folder: where the paths of painted masks begin.
        on_fault: is told, in words, of a surface that cannot be drawn, or a mask that cannot be read; the rest is drawn.
        hands: what it draws with; they are its own from now on.
    """

    def __init__(self, target: np.ndarray, *, folder: Path = Path(), on_fault: OnFault = ignore_fault, hands: Hands | None = None) -> None:
        self._target, self._hands = target, hands or Hands()
        self._overlays = Overlays(target, self._hands)
        self._wall, self._shapes = Wall(target, on_fault=on_fault), Shapes(folder, on_fault)
        self._scene, self._stage = _NO_SCENE, Stage(_NO_SCENE.size_px, self._hands)
        self._layers: dict[str, LayerSource] = {}
        self._taken: list[LayerSource] = []

    @property
    def told(self) -> str:
        return f"no graphics card, {self._hands.n} threads" if self._hands.n > 1 else "no graphics card"

    def show(self, scene: Scene, output: str, *, solo: str = "") -> None:
        if scene.size_px != self._scene.size_px:
            self._stage = Stage(scene.size_px, self._hands)
        self._scene = scene
        self._shapes.show(scene, output, solo=solo)

    def draw(self, pictures: Mapping[str, Shared]) -> bool:
        had_over = self._overlays.take_off()
        self._shapes.look()
        has_drawn = self._draw(pictures)
        while torn := [layer for layer in self._taken if layer.is_torn]:
            for layer in torn:
                layer.beware()
            has_drawn |= self._draw({name: shared.newest() for name, shared in pictures.items()})
        return had_over or has_drawn

    def _draw(self, pictures: Mapping[str, Shared]) -> bool:
        """Draw what is new, which may be torn; tells whether anything was."""
        sources = self._take(pictures)
        showings = [Showing(surface, shape, sources[surface.shows]) for surface, shape in self._shapes.seen if surface.shows in sources]
        is_new = self._wall.show(showings, kept=self._shapes)
        patches = self._wall.stale
        self._hands.do([patch.draw for patch in patches])
        return is_new or bool(patches)

    def draw_over(self, picture: np.ndarray, *, at_px: tuple[int, int] = (0, 0)) -> None:
        self._overlays.lay(picture, at_px=at_px)

    def read(self) -> np.ndarray:
        return self._target

    def close(self) -> None:
        self._hands.close()

    def _take(self, pictures: Mapping[str, Shared]) -> dict[str, Source]:
        """What surfaces show, by the name that they call it by; no other layer is looked at."""
        shown = {surface.shows for surface, _ in self._shapes.seen}
        on_stage = layers_on_stage(self._scene, pictures) if WHOLE in shown else []
        own = [placed for placed in self._scene.layers if placed.name in shown and placed.name in pictures]
        self._layers = {placed.name: self._layers.get(placed.name) or LayerSource() for placed in self._scene.layers}
        taken = {placed.name: placed for placed in (*on_stage, *own)}.values()
        for placed in taken:
            self._layers[placed.name].take(pictures[placed.name], placed.placing, self._hands)
        self._taken = [self._layers[placed.name] for placed in taken]
        sources: dict[str, Source] = {placed.name: self._layers[placed.name] for placed in own}
        if WHOLE in shown:
            self._stage.lay([(placed.name, self._layers[placed.name], placed.placing) for placed in on_stage])
            sources[WHOLE] = self._stage
        return sources
