"""A display, or the size of a window for rehearsal, goes in; a window comes out, with memory or GL to draw in, and what is done in it.

It belongs to the main thread of its process: one window a process, as two GL contexts in one draw nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from projection.displays import Display, displays_now, video

if TYPE_CHECKING:
    from pygame import Surface

GL_VERSION = (3, 3)
_REPEAT_MS = (350, 40)
_MODIFIERS = (("ctrl", 0x00C0), ("alt", 0x0300), ("shift", 0x0003), ("meta", 0x0C00))
"""SDL's masks of keys that count with another only, left and right."""


@dataclass(frozen=True)
class Pressed:
    """A key.

    Args:
        key: "b", "left", "ctrl+q", "shift+up": as US keyboards name it, those held with it first.
        text: what it writes, "" for nothing.
        is_repeat: whether it is only held.
    """

    key: str
    text: str = ""
    is_repeat: bool = False


@dataclass(frozen=True)
class Pointed:
    """The mouse.

    Args:
        place: parts of the window's width and height.
        button: 1 left, 2 middle, 3 right; 0 where none belongs to it.
        turn: of the wheel, clicks away from the user.
        held: keys held with it, "shift", "ctrl".
    """

    kind: Literal["move", "down", "up", "wheel"]
    place: tuple[float, float]
    button: int = 0
    turn: float = 0.0
    held: tuple[str, ...] = ()


@dataclass(frozen=True)
class Closed:
    """The user closed the window."""


@dataclass(frozen=True)
class Changed:
    """The window lost its picture, or has another size (`is_resized`): a projector was turned off and on."""

    is_resized: bool = False


Event = Pressed | Pointed | Closed | Changed


@dataclass(frozen=True)
class WindowWish:
    """What window is wanted.

    Args:
        display: its number.
        size_px: (width, height) of a window for rehearsal; None fills the display.
        uses_gl: whether to draw with GL; None where it is there and no slower than the processor.
        has_cursor: whether the mouse is seen.
        at_px: where on the desktop a window for rehearsal goes; None leaves that to the system.
    """

    title: str
    display: int = 0
    size_px: tuple[int, int] | None = None
    uses_gl: bool | None = None
    has_cursor: bool = False
    at_px: tuple[int, int] | None = None


class ShowWindow(Protocol):
    """A window on a display."""

    size_px: tuple[int, int]
    display: Display
    target: np.ndarray | None
    """(H, W, 4) uint8 blue, green, red and one more, the display's own memory; None where it is drawn with GL."""
    is_held: bool
    """Whether `flip` waits until the display is refreshed."""
    remark: str
    """What a person should know of how it was opened; "" for nothing."""

    def events(self) -> list[Event]:
        """What was done in it since the last call."""

    def flip(self) -> None:
        """Show what was drawn."""

    def close(self) -> None:
        """Take it off the display."""


def open_window(wish: WindowWish) -> ShowWindow:
    """Open a window.

    Raises:
        NoScreenError: there is no screen.
    """
    with ExitStack() as opening:
        opening.enter_context(video())
        window = _open(wish)
        window.closing = opening.pop_all()
        return window


def _open(wish: WindowWish) -> _PygameWindow:
    import pygame

    displays = displays_now()
    display = displays[min(wish.display, len(displays) - 1)]
    remark = "" if display.index == wish.display else f"display {wish.display} is gone; its picture is on {display.told()}"
    if wish.uses_gl is not False:
        try:
            return _PygameWindow(wish, display, uses_gl=True, remark=remark)
        except (pygame.error, _NoGlError) as error:
            pygame.display.quit()
            pygame.display.init()
            remark = "; ".join(filter(None, (remark, f"GL is not used: {error}")))
    return _PygameWindow(wish, display, uses_gl=False, remark=remark)


class _NoGlError(Exception):
    """GL is too old, or slower than doing without."""


class _PygameWindow:
    """A window that SDL opened."""

    def __init__(self, wish: WindowWish, display: Display, *, uses_gl: bool, remark: str) -> None:
        import pygame

        self.display, self.remark, self.closing = display, remark, ExitStack()
        self.is_held = _set_mode(wish, display, uses_gl=uses_gl)
        self.size_px = pygame.display.get_window_size()
        if uses_gl:
            _check_gl(is_wanted=bool(wish.uses_gl))
        self.target = None if uses_gl else _memory()
        self._is_direct = self.target is not None
        if not uses_gl and not self._is_direct:
            self.target = np.zeros((self.size_px[1], self.size_px[0], 4), np.uint8)
        pygame.display.set_caption(wish.title)
        if wish.size_px is not None and wish.at_px is not None:
            pygame.display.set_window_position(wish.at_px)
        pygame.display.set_allow_screensaver(False)
        pygame.mouse.set_visible(wish.has_cursor)
        pygame.key.set_repeat(*_REPEAT_MS)
        self._held: set[int] = set()

    def events(self) -> list[Event]:
        import pygame

        read = {
            pygame.KEYDOWN: self._pressed, pygame.KEYUP: self._released, pygame.QUIT: lambda _: Closed(),
            pygame.MOUSEMOTION: self._pointed("move"), pygame.MOUSEBUTTONDOWN: self._pointed("down"),
            pygame.MOUSEBUTTONUP: self._pointed("up"), pygame.MOUSEWHEEL: self._turned,
            pygame.WINDOWEXPOSED: lambda _: Changed(), pygame.WINDOWSIZECHANGED: self._resized,
        }  # fmt: skip
        heard = (read[event.type](event) for event in pygame.event.get() if event.type in read)
        return [event for event in heard if event is not None]

    def flip(self) -> None:
        import pygame

        if self.target is not None and not self._is_direct:
            _surface().blit(pygame.image.frombuffer(self.target.tobytes(), self.size_px, "BGRA").convert(), (0, 0))
        pygame.display.flip()

    def close(self) -> None:
        self.target = None
        self.closing.close()

    def _pressed(self, event: Any) -> Event | None:
        import pygame

        name = pygame.key.name(event.key)
        if not name or name.startswith(("left ", "right ")):
            return None
        is_repeat = event.key in self._held
        self._held.add(event.key)
        return Pressed("+".join([*_held_with(event.mod), name]), event.unicode, is_repeat)

    def _released(self, event: Any) -> None:
        self._held.discard(event.key)

    def _pointed(self, kind: Literal["move", "down", "up"]) -> Callable[[Any], Event | None]:
        def read(event: Any) -> Event | None:
            button = getattr(event, "button", 0)
            return Pointed(kind, self._place(event.pos), button, held=_held_now()) if button <= 3 else None  # the wheel's come twice

        return read

    def _turned(self, event: Any) -> Event:
        import pygame

        return Pointed("wheel", self._place(pygame.mouse.get_pos()), turn=float(event.precise_y), held=_held_now())

    def _place(self, at_px: tuple[int, int]) -> tuple[float, float]:
        return (at_px[0] + 0.5) / self.size_px[0], (at_px[1] + 0.5) / self.size_px[1]

    def _resized(self, event: Any) -> Event | None:
        return Changed(is_resized=True) if (event.x, event.y) != self.size_px else None


def _set_mode(wish: WindowWish, display: Display, *, uses_gl: bool) -> bool:
    """Open SDL's window; tells whether it waits for the display."""
    import pygame

    size, flags = (display.size_px, pygame.FULLSCREEN) if wish.size_px is None else (wish.size_px, 0)
    if not uses_gl:
        pygame.display.set_mode(size, flags, display=display.index)
        return False
    for name, value in (
        (pygame.GL_CONTEXT_MAJOR_VERSION, GL_VERSION[0]), (pygame.GL_CONTEXT_MINOR_VERSION, GL_VERSION[1]),
        (pygame.GL_CONTEXT_PROFILE_MASK, pygame.GL_CONTEXT_PROFILE_CORE),
    ):  # fmt: skip
        pygame.display.gl_set_attribute(name, value)
    with suppress(pygame.error):
        pygame.display.set_mode(size, flags | pygame.OPENGL | pygame.DOUBLEBUF, display=display.index, vsync=1)
        return True
    pygame.display.set_mode(size, flags | pygame.OPENGL | pygame.DOUBLEBUF, display=display.index)
    return False


def _check_gl(*, is_wanted: bool) -> None:
    """Raise where GL had better not be drawn with; where it is wanted, slowness is no fault of it."""
    from projection.drawing.gl_context import GlError, open_context, why_not

    try:
        open_context()
    except GlError as error:
        raise _NoGlError(str(error)) from error
    if not is_wanted and (reason := why_not()):
        raise _NoGlError(reason)


def _memory() -> np.ndarray | None:
    """Where the display's picture lies, (H, W, 4); None where its colours are laid out otherwise."""
    surface = _surface()
    width, height = surface.get_size()
    if surface.get_bitsize() != 32 or surface.get_masks()[:3] != (0xFF0000, 0xFF00, 0xFF):
        return None
    memory: Any = surface.get_buffer()
    rows = np.frombuffer(memory, np.uint8).reshape(height, surface.get_pitch())
    return rows[:, : 4 * width].reshape(height, width, 4)


def _surface() -> Surface:
    import pygame

    surface = pygame.display.get_surface()
    assert surface is not None  # a mode is set
    return surface


def _held_with(mask: int) -> list[str]:
    return [name for name, bits in _MODIFIERS if mask & bits]


def _held_now() -> tuple[str, ...]:
    import pygame

    return tuple(_held_with(pygame.key.get_mods()))
