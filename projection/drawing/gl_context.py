"""The context of this process's window goes in; whether it is good enough to draw with comes out, and every fault of it as one error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import moderngl

LEAST = 330
"""OpenGL 3.3: what is asked for, and all that is used."""
_DITHER, _FRAMEBUFFER_SRGB = 0x0BD0, 0x8DB9
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swr ", "software", "swiftshader", "gdi generic", "basic render")
"""Of renderers that are no graphics card (their names hold one of these): drawing without OpenGL is faster."""


class GlError(Exception):
    """The card, or its driver, does not do what it is asked: draw without it from now on."""


def open_context() -> moderngl.Context:
    """The context that is current in this thread, as found: faults of before are forgotten, values are drawn as they are.

    Raises:
        GlError: there is none, or it is older than OpenGL 3.3.
    """
    try:
        moderngl.init_context()
        context = moderngl.get_context()
    except Exception as error:  # whatever loads a driver raises whatever it likes
        raise GlError(f"there is no OpenGL here ({error})") from error
    if context.version_code < LEAST:
        raise GlError(f"OpenGL 3.3 is needed, got {told_of(context)}")
    context.clear_errors()
    context.disable_direct(_DITHER)
    context.disable_direct(_FRAMEBUFFER_SRGB)
    return context


def window_of(context: moderngl.Context) -> moderngl.Framebuffer | None:
    """What a context's window shows, black from now on; None where it has no window."""
    context.screen.clear()
    return context.screen if context.error == "GL_NO_ERROR" else None


def why_not() -> str:
    """Why the context that is current in this thread had better not be drawn with, in a few words; "" where it is good."""
    try:
        renderer = _renderer(open_context())
    except GlError as error:
        return str(error)
    if any(name in renderer.lower() for name in _SOFTWARE):
        return f"{renderer} is no graphics card, and slower than drawing without"
    return ""


def told_of(context: moderngl.Context) -> str:
    """What a context draws with: "OpenGL 4.6 on GeForce GTX 1650", "OpenGL ES 3.1 on V3D 7.1"."""
    version = context.info["GL_VERSION"].removeprefix("OpenGL ").split()
    return f"OpenGL {' '.join(version[: 1 + (version[0] == 'ES')])} on {_renderer(context)}"


@contextmanager
def faults_told(context: moderngl.Context) -> Iterator[None]:
    """What the driver finds fault with inside is raised.

    Raises:
        GlError: in the driver's words.
    """
    try:
        yield
    except moderngl.Error as error:
        raise GlError(f"the driver says: {error}") from error
    fault = context.error
    if fault != "GL_NO_ERROR":
        raise GlError(f"the driver says: {fault}")


def _renderer(context: moderngl.Context) -> str:
    return str(context.info["GL_RENDERER"])
