"""Pictures and panels go in, a window on the screen comes out, and the keys that are pressed in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from live.meters import BACKGROUND, Painter, Panel, arrange
from live.quiet import quiet_stderr
from media.frames import ignore_fault

if TYPE_CHECKING:
    from pygame import Rect, Surface

SIZE_PX = (1280, 800)
_EMPTY = Panel()
_UNSEEN = frozenset({"offscreen", "evdev"})  # what SDL falls back to where there is no screen
_NO_PICTURE = (16, 9)


class Window(Protocol):
    """What a program shows its pictures in."""

    @property
    def closed(self) -> bool:
        """Whether the user closed it."""
        ...

    def show(self, rgb: np.ndarray | None, panel: Panel = _EMPTY) -> None:
        """Show a picture, (H, W, 3) uint8 RGB, and what belongs around it; None shows the panel alone."""
        ...

    def pressed(self) -> list[str]:
        """The keys pressed since the last call, in order: "space", "r", "ctrl+q"."""
        ...

    def close(self) -> None:
        """Take it off the screen."""
        ...


class NullWindow:
    """The window of a machine without a screen."""

    closed = False

    def show(self, rgb: np.ndarray | None, panel: Panel = _EMPTY) -> None:
        """Nobody looks."""

    def pressed(self) -> list[str]:
        return []

    def close(self) -> None:
        """It never was open."""


def open_window(title: str, *, size_px: tuple[int, int] = SIZE_PX, on_fault: Callable[[str], None] = ignore_fault) -> Window:
    """Open a window that can be resized; where there is no screen, one that nobody sees, and `on_fault` is told.

    It belongs to the main thread, makes no sound and takes no signal handler (see `stopping`).
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    try:
        with quiet_stderr():
            pygame.display.init()
            if pygame.display.get_driver() in _UNSEEN and "SDL_VIDEODRIVER" not in os.environ:
                raise pygame.error("no display is set")
            return PreviewWindow(title, size_px)
    except pygame.error as error:
        pygame.display.quit()
        on_fault(f"no preview window can be opened here ({error}); everything else goes on")
        return NullWindow()


class PreviewWindow:
    """A window on the screen, made by `open_window`."""

    def __init__(self, title: str, size_px: tuple[int, int]) -> None:
        import pygame

        self.closed = False
        self._keys: list[str] = []
        self._painter = Painter()
        pygame.display.set_caption(title)
        pygame.display.set_mode(size_px, pygame.RESIZABLE)

    def show(self, rgb: np.ndarray | None, panel: Panel = _EMPTY) -> None:
        import pygame

        self._look_at_events()
        surface = pygame.display.get_surface()
        if self.closed or surface is None:
            return
        draw_view(surface, rgb, panel, painter=self._painter)
        pygame.display.flip()

    def pressed(self) -> list[str]:
        self._look_at_events()
        keys, self._keys = self._keys, []
        return keys

    def close(self) -> None:
        import pygame

        self.closed = True
        pygame.display.quit()

    def _look_at_events(self) -> None:
        import pygame

        if not pygame.display.get_init():
            return
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                self.closed = True
            elif event.type == pygame.KEYDOWN:
                self._keys += _key_name(event)


def draw_view(surface: Surface, rgb: np.ndarray | None, panel: Panel, *, painter: Painter) -> None:
    """Draw a picture, as large as fits, and its panel on a surface."""
    picture_size = _NO_PICTURE if rgb is None else (rgb.shape[1], rgb.shape[0])
    layout = arrange(surface.get_size(), panel, picture_size=picture_size)
    surface.fill(BACKGROUND)
    if rgb is None:
        surface.fill((0, 0, 0), layout.picture)
    else:
        _draw_picture(surface, rgb, layout.picture)
    painter.draw(surface, panel, layout)


def _draw_picture(surface: Surface, rgb: np.ndarray, area: Rect) -> None:
    import cv2
    import pygame

    shrinks = area.width < rgb.shape[1]
    fitted = cv2.resize(rgb, area.size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    surface.blit(pygame.image.frombuffer(np.ascontiguousarray(fitted).data, area.size, "RGB"), area)


def _key_name(event: Any) -> list[str]:
    import pygame

    name = pygame.key.name(event.key)
    if not name or name.startswith(("left ", "right ")):
        return []  # shift, ctrl and their like count with another key only
    return [f"ctrl+{name}" if event.mod & pygame.KMOD_CTRL else name]
