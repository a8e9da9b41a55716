"""Textures and numbers go in; the card draws one over another, pixel by pixel: what passes of layers and surfaces are made of."""

from __future__ import annotations

import moderngl
import numpy as np

from projection.drawing import gl_shaders as shaders
from projection.look import Look
from projection.scene import Blend

_ADDED, _ONE = moderngl.FUNC_ADD, moderngl.ONE
_BLENDS: dict[Blend, tuple[int, int, int]] = {
    "normal": (_ADDED, _ONE, moderngl.ONE_MINUS_SRC_ALPHA),
    "add": (_ADDED, _ONE, _ONE),
    "multiply": (_ADDED, moderngl.DST_COLOR, moderngl.ONE_MINUS_SRC_ALPHA),
    "screen": (_ADDED, _ONE, moderngl.ONE_MINUS_SRC_COLOR),
    "max": (moderngl.MAX, _ONE, _ONE),
    "difference": (_ADDED, _ONE, moderngl.ZERO),
}
"""How two colours are joined, and by what the upper and the lower are multiplied before; a difference is taken in its shader."""
PICTURE, BESIDE = 0, 1
"""Where textures are bound: the picture, and what is looked up beside it."""


class Canvas:
    """A picture on the card that can be drawn on, black at first.

    Args:
        keeps_opaque: the fourth stays 255 whatever is drawn.
        is_deep: what lies below something else can be told by its height.
    """

    def __init__(self, context: moderngl.Context, size_px: tuple[int, int], *, keeps_opaque: bool = True, is_deep: bool = False) -> None:
        self.size_px = size_px
        self.texture = new_texture(context, size_px)
        self.target = context.framebuffer([self.texture], context.depth_renderbuffer(size_px) if is_deep else None)
        self.target.use()
        self.target.clear(alpha=1.0)
        self.target.color_mask = True, True, True, not keeps_opaque

    def clear(self) -> None:
        """Have it black again."""
        self.begin()
        self.target.clear(alpha=1.0)

    def begin(self, blend: Blend | None = None) -> None:
        """Be what is drawn on, with a blend mode, or as if nothing had been there."""
        context = self.target.ctx
        self.target.viewport = (0, 0, *self.size_px)
        self.target.use()
        context.enable_only(moderngl.NOTHING if blend is None else moderngl.BLEND)
        if blend is not None:
            equation, *factors = _BLENDS[blend]
            context.blend_equation, context.blend_func = equation, tuple(factors)  # type: ignore[assignment]  # one for all, or a pair


class Passes:
    """What is done to whole pictures."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._look, self._copy, self._screen = (
            context.vertex_array(context.program(shaders.EVERYWHERE, shader), []) for shader in (shaders.LOOK, shaders.COPY, shaders.SCREEN)
        )

    def change(self, picture: moderngl.Texture, look: Look, *, onto: Canvas) -> None:
        """A picture with its Look, onto a canvas of its size."""
        onto.begin()
        set_look(self._look.program, look)
        self._draw(self._look, picture)

    def copy(self, picture: moderngl.Texture, *, onto: Canvas) -> None:
        """A picture, onto a canvas of its size."""
        onto.begin()
        self._copy.program["corner"] = 0, 0
        self._draw(self._copy, picture)

    def lay(self, picture: moderngl.Texture, at_px: tuple[int, int], *, onto: Canvas) -> None:
        """A picture over what is there, its top left pixel at a place."""
        onto.begin("normal")
        onto.target.viewport = (*at_px, *picture.size)
        self._copy.program["corner"] = at_px
        self._draw(self._copy, picture)

    def show(self, picture: moderngl.Texture, screen: moderngl.Framebuffer) -> None:
        """A picture of the screen's size, on the screen."""
        screen.use()
        self._context.viewport = (0, 0, *picture.size)
        self._context.enable_only(moderngl.NOTHING)
        self._draw(self._screen, picture)

    def _draw(self, what: moderngl.VertexArray, picture: moderngl.Texture) -> None:
        picture.use(PICTURE)
        what.render(moderngl.TRIANGLES, vertices=3)


def new_texture(context: moderngl.Context, size_px: tuple[int, int], *, n_channels: int = 4) -> moderngl.Texture:
    """A texture that is sampled bilinearly, and beyond its edges as at them."""
    texture = context.texture(size_px, n_channels, alignment=1)
    texture.filter = moderngl.LINEAR, moderngl.LINEAR
    texture.repeat_x = texture.repeat_y = False
    return texture


def set_look(program: moderngl.Program, look: Look) -> None:
    """Tell a program that has one its Look."""
    set_matrix(program, "matrix", look.matrix())
    program["lift"] = 1 / look.gamma


def set_matrix(program: moderngl.Program, name: str, matrix: np.ndarray) -> None:
    """Tell a program a matrix (rows, columns), which multiplies columns."""
    program[name] = tuple(matrix.ravel("F").tolist())
