"""What draws on a graphics card: a scene and the newest pictures of its layers go in, and come out in the window that is current.

It asks for OpenGL 3.3 and no more, and draws on canvases of its own, so that what was shown last can be shown again, read, or drawn
over at any time; the window gets a copy. Whatever fails on the card is a `GlError`, after which something else has to draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from live.shared import Shared
from media.frames import OnFault, ignore_fault
from projection.drawing.covering import layers_on_stage
from projection.drawing.gl_context import GlError as GlError
from projection.drawing.gl_context import faults_told, open_context, told_of, window_of
from projection.drawing.gl_context import why_not as why_not
from projection.drawing.gl_layers import Laid, LayerPicture, Source, Stage, Upload
from projection.drawing.gl_passes import Canvas, Passes
from projection.drawing.gl_surfaces import Landing, Surfaces
from projection.drawing.shapes import Shape, Shapes
from projection.scene import Scene
from projection.surfaces.model import WHOLE, Surface

_MOST_OVERLAYS = 4
"""Sizes of what is drawn over that stay on the card."""


class GlDrawer:
    """Draws into the window whose context is current in this thread when it is made; where there is no window, for `read` alone.

    Args:
        size_px: (width, height) of the window, in pixels.
        folder: where the paths of painted masks begin.
        on_fault: is told, in words, of a surface that cannot be drawn, or a mask that cannot be read; the rest is drawn.
    Raises:
        GlError: there is no OpenGL 3.3, or it fails; all that follows raises it too.
    """

    def __init__(self, size_px: tuple[int, int], *, folder: Path = Path(), on_fault: OnFault = ignore_fault) -> None:
        self._on_fault, self._shapes = on_fault, Shapes(folder, on_fault)
        self._context = open_context()
        # What nobody uses any more is given back when `gc` is called: never while another context is current.
        self._context.gc_mode = "context_gc"
        self._told, self._window = told_of(self._context), window_of(self._context)
        with faults_told(self._context):
            self._passes = Passes(self._context)
            self._surfaces = Surfaces(self._context, size_px)
            self._with_over = Canvas(self._context, size_px)
            self._transfer = self._context.buffer(reserve=size_px[0] * size_px[1] * 4, dynamic=True)
        self._front = self._surfaces.canvas
        self._read = np.zeros((size_px[1], size_px[0], 4), np.uint8)
        self._scene, self._stage = Scene((1, 1)), Stage(self._context, self._passes, (1, 1))
        self._pictures: dict[str, LayerPicture] = {}
        self._landings: dict[Shape, Landing | None] = {}
        self._landed: list[tuple[Surface, Landing]] = []
        self._overlays: dict[tuple[int, int], Upload] = {}
        self._drawn: object = None

    @property
    def told(self) -> str:
        return self._told

    def show(self, scene: Scene, output: str, *, solo: str = "") -> None:
        with self._faults():
            if scene.size_px != self._stage.size_px:
                self._stage = Stage(self._context, self._passes, scene.size_px)
            self._scene = scene
            self._pictures = {placed.name: self._pictures.get(placed.name) or self._new_picture() for placed in scene.layers}
            self._shapes.show(scene, output, solo=solo)
            self._land()

    def draw(self, pictures: Mapping[str, Shared]) -> bool:
        with self._faults():
            if self._shapes.look():
                self._land()
            sources = self._take(pictures)
            showings = [(surface, landing, sources[surface.shows]) for surface, landing in self._landed if surface.shows in sources]
            wanted = [(surface, landing, source.counts_as) for surface, landing, source in showings]
            is_new, had_over = wanted != self._drawn, self._front is self._with_over
            if is_new:
                self._surfaces.draw(showings)
                self._drawn = wanted
            self._bring(self._surfaces.canvas)
        return is_new or had_over

    def draw_over(self, picture: np.ndarray, *, at_px: tuple[int, int] = (0, 0)) -> None:
        with self._faults():
            if self._front is not self._with_over:
                self._passes.copy(self._front.texture, onto=self._with_over)
            overlay = self._overlay((picture.shape[1], picture.shape[0]))
            overlay.copy(picture)
            overlay.send()
            self._passes.lay(overlay.texture, at_px, onto=self._with_over)
            self._bring(self._with_over)

    def read(self) -> np.ndarray:
        with self._faults():
            self._front.target.read_into(self._transfer, components=4)
            self._transfer.read_into(self._read)
        return self._read

    def close(self) -> None:
        context = self._context
        vars(self).clear()  # what is on the card goes with what holds it, as a context does what was drawn on last
        context.screen.use()
        context.gc()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Raise what the card finds fault with, and give back what is no longer used."""
        with faults_told(self._context):
            yield
            self._context.gc()

    def _new_picture(self) -> LayerPicture:
        return LayerPicture(self._context, self._passes)

    def _land(self) -> None:
        """Have what surfaces need on the card; only what differs in shape from before is made."""
        landings = self._landings = {shape: landing for shape, landing in self._landings.items() if shape in self._shapes}
        for surface, shape in self._shapes.seen:
            if shape not in landings:
                landings[shape] = self._landing(surface, shape)
        self._landed = [(surface, landing) for surface, shape in self._shapes.seen if (landing := landings[shape])]

    def _landing(self, surface: Surface, shape: Shape) -> Landing | None:
        """Where a surface lands; None where it cannot be drawn, which is told."""
        try:
            return self._surfaces.land(shape)
        except ValueError as error:  # whoever changes surfaces checks them; whatever comes through must not stop a show
            self._on_fault(f"surface {surface.name}: it cannot be drawn ({error})")
            return None

    def _take(self, pictures: Mapping[str, Shared]) -> dict[str, Source]:
        """Have the newest pictures of layers that are seen on the card; what surfaces can show, by the name that they call it by."""
        shown = {surface.shows for surface, _ in self._landed}
        on_stage = layers_on_stage(self._scene, pictures) if WHOLE in shown else []
        own = [placed for placed in self._scene.layers if placed.name in shown and placed.name in pictures]
        layers = {placed.name: Laid(placed.name, self._pictures[placed.name], placed.placing) for placed in (*on_stage, *own)}
        for layer in layers.values():
            layer.picture.take(pictures[layer.name])
        there = {name: layer for name, layer in layers.items() if layer.picture.stamp}
        if WHOLE in shown:
            self._stage.draw([there[placed.name] for placed in on_stage if placed.name in there])
        return {WHOLE: self._stage, **there}

    def _overlay(self, size_px: tuple[int, int]) -> Upload:
        """What is drawn over, of (width, height); the sizes that were used last are kept."""
        overlay = self._overlays.pop(size_px, None) or Upload(self._context, size_px)
        self._overlays[size_px] = overlay
        while len(self._overlays) > _MOST_OVERLAYS:
            del self._overlays[next(iter(self._overlays))]
        return overlay

    def _bring(self, front: Canvas) -> None:
        """Have the window show a canvas: after a flip, nobody knows what it shows."""
        self._front = front
        if self._window:
            self._passes.show(front.texture, self._window)
