"""Surfaces go in; they come out as triangles and weights on the card, and land on an output, each over those before it."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np

from projection.drawing import gl_shaders as shaders
from projection.drawing.gl_layers import Source
from projection.drawing.gl_passes import BESIDE, PICTURE, Canvas, new_texture, set_look
from projection.drawing.shapes import Shape
from projection.drawing.sources import halvings
from projection.surfaces.model import Surface
from projection.surfaces.tessellation import Tessellation, shrink, tessellate
from projection.surfaces.warp import weight_map

_ALL = np.full((1, 1), 255, np.uint8)


class Landing:
    """Where a shape lands on an output of (width, height), and how much of it is seen there: all that stays while pictures change."""

    def __init__(self, context: moderngl.Context, program: moderngl.Program, shape: Shape, output_px: tuple[int, int]) -> None:
        box, weights = weight_map(shape.surface, output_px, paintings=shape.paintings)
        self._box_px = box.left, box.top, *box.size_px
        self._weights = _as_texture(context, _ALL if weights is None else weights)
        triangles = tessellate(shape.surface, output_px)
        self.area_px = triangles.area_px(output_px)
        order = np.roll(triangles.triangles, -triangles.n_rim, axis=0)  # its rim last
        self._n_rim = 3 * triangles.n_rim
        layout = [(context.buffer(_corners(triangles)), "3f 2f", "place", "point")]
        self._mesh = context.vertex_array(program, layout, context.buffer(order.astype(np.int32).tobytes()))

    def draw(self, *, height: float, height_of_rim: float) -> None:
        """Draw it with what the program has been told; the rim lies lower, so that no pixel is drawn twice."""
        program = self._mesh.program
        program["box"] = self._box_px
        self._weights.use(BESIDE)
        n_inner = self._mesh.vertices - self._n_rim
        program["height"] = height
        self._mesh.render(moderngl.TRIANGLES, vertices=n_inner)
        program["height"] = height_of_rim
        self._mesh.render(moderngl.TRIANGLES, vertices=self._n_rim, first=n_inner)


class Surfaces:
    """Draws surfaces on a canvas."""

    def __init__(self, context: moderngl.Context, output_px: tuple[int, int]) -> None:
        self._context = context
        self.canvas = Canvas(context, output_px, is_deep=True)
        self._program = context.program(shaders.SURFACE_CORNERS, shaders.SURFACE)
        self._program["weights"] = BESIDE

    def land(self, shape: Shape) -> Landing:
        """Find where a shape lands.

        Raises:
            ValueError: its corners span nothing.
        """
        return Landing(self._context, self._program, shape, self.canvas.size_px)

    def draw(self, showings: Sequence[tuple[Surface, Landing, Source]]) -> None:
        """Draw surfaces with what each of them shows, from the lowest to the highest; all else is black."""
        self.canvas.clear()
        step = 1 / (2 * len(showings) + 1)
        for n, (surface, landing, source) in enumerate(showings, 1):
            level = halvings(shrink(surface, source.size_px, landing.area_px))
            picture = source.texture(level)
            self._begin(surface, level)
            _set_area(self._program, surface, source.size_px)
            picture.use(PICTURE)
            landing.draw(height=2 * n * step, height_of_rim=(2 * n - 1) * step)

    def _begin(self, surface: Surface, level: int) -> None:
        """Have the card ready for a surface."""
        self.canvas.begin("normal")
        self._context.enable(moderngl.DEPTH_TEST)
        self._context.depth_func = "<"
        set_look(self._program, surface.look)
        self._program["level"], self._program["opacity"] = level, surface.opacity


def _corners(triangles: Tessellation) -> bytes:
    """For each corner, where it is seen, -1..1, both times its depth, its depth, and its place in the surface."""
    deep = triangles.depth[:, None]
    return np.hstack([(triangles.places * 2 - 1) * deep, deep, triangles.points]).astype(np.float32).tobytes()


def _as_texture(context: moderngl.Context, weights: np.ndarray) -> moderngl.Texture:
    """A picture (h, w) uint8 on the card."""
    texture = new_texture(context, weights.shape[::-1], n_channels=1)
    texture.write(np.ascontiguousarray(weights), alignment=1)
    return texture


def _set_area(program: moderngl.Program, surface: Surface, picture_px: tuple[int, int]) -> None:
    """Tell the program what of the picture is shown: its outermost pixels go on for ever, and one narrower than a pixel has its middle."""
    low, high = np.array(surface.area).reshape(2, 2) * picture_px
    middle = (low + high) / 2
    program["area"] = *low, *(high - low)
    program["middles"] = *np.minimum(low + 0.5, middle), *np.maximum(high - 0.5, middle)
