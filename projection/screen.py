"""A window and what draws in it: scenes and pictures go in, and whatever fails, there is a window with a picture.

Where GL fails, the processor draws; where that fails, it begins anew with the scene before; where that fails too, it is black for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from live.clock import Clock
from live.shared import Shared
from projection.drawing.drawer import Drawer
from projection.scene import Scene
from projection.telling import Once
from projection.windows import Changed, Event, ShowWindow, WindowWish, open_window

MakeDrawer = Callable[[ShowWindow, Path, Callable[[str], None]], Drawer]
_REST_S = 1.0
"""How long it is black where nothing can be drawn at all."""


@dataclass(frozen=True)
class View:
    """What of a scene is seen."""

    scene: Scene
    output: str
    solo: str = ""


def make_drawer(window: ShowWindow, folder: Path, say: Callable[[str], None]) -> Drawer:
    """What draws in a window.

    Args:
        folder: where the paths of painted masks begin.
        say: told of what cannot be drawn.
    """
    if window.target is None:
        from projection.drawing.gl import GlDrawer

        return GlDrawer(window.size_px, folder=folder, on_fault=say)
    from projection.drawing.cpu import CpuDrawer

    return CpuDrawer(window.target, folder=folder, on_fault=say)


class Screen:
    """A window that never stays without a picture.

    Args:
        folder: where the paths of painted masks begin.
        say: told each fault, once.
        open: opens the window; tests bring their own, as of `make`, which makes what draws in it.
    Raises:
        NoScreenError: there is no screen.
    """

    def __init__(
        self, wish: WindowWish, *, clock: Clock, say: Callable[[str], None], folder: Path = Path(),
        open: Callable[[WindowWish], ShowWindow] = open_window, make: MakeDrawer = make_drawer,
    ) -> None:  # fmt: skip
        self._wish, self._clock, self._folder, self._open, self._make = wish, clock, folder, open, make
        self._view: View | None = None
        self._good: View | None = None
        self._drawer: Drawer | None = None
        self._tell = Once(say, clock)
        self._failed_s = float("-inf")
        self.is_anew = True
        """Whether what was drawn is gone, so that all must be drawn again."""
        self.window = open(wish)
        self._begin()

    @property
    def told(self) -> str:
        """Where it is, and what draws it."""
        place = self.window.display.told() if self._wish.size_px is None else f"a window of {self._wish.size_px[0]}x{self._wish.size_px[1]}"
        return "; ".join(filter(None, (place, f"drawn with {self.drawn or 'nothing'}", self.window.remark)))

    @property
    def drawn(self) -> str:
        """With what, in a few words; "" where nothing can be drawn."""
        return "" if self._drawer is None else self._drawer.told

    def close(self) -> None:
        """Take it away."""
        self._let_go()
        self.window.close()

    def events(self) -> list[Event]:
        """What was done in the window since the last call."""
        events = self.window.events()
        changes = [event for event in events if isinstance(event, Changed)]
        if any(change.is_resized for change in changes):
            self._reopen()
        self.is_anew = self.is_anew or bool(changes)
        return [event for event in events if not isinstance(event, Changed)]

    def show(self, view: View) -> None:
        """From now on draw this."""
        self._view = view
        self._try(lambda drawer: drawer.show(view.scene, view.output, solo=view.solo))
        if self._view is view:
            self._good = view

    def draw(self, pictures: Mapping[str, Shared]) -> None:
        """Draw the newest pictures of layers; what was drawn over is gone."""
        if self._view is not None:
            self._try(lambda drawer: drawer.draw(pictures))

    def draw_over(self, picture: np.ndarray, at_px: tuple[int, int] = (0, 0)) -> None:
        """Lay a picture over what is there."""
        self._try(lambda drawer: drawer.draw_over(picture, at_px=at_px))

    def read(self) -> np.ndarray:
        """What is shown, (H, W, 4) uint8, until the next call."""
        found: list[np.ndarray] = []
        self._try(lambda drawer: found.append(drawer.read()))
        return found[0] if found else np.zeros((self.window.size_px[1], self.window.size_px[0], 4), np.uint8)

    def flip(self) -> None:
        """Show it."""
        self._try(lambda _: self.window.flip())

    def _try(self, work: Callable[[Drawer], Any]) -> None:
        """Draw; a fault is answered, and never raised."""
        if self._drawer is None and self._clock.now() > self._failed_s + _REST_S:
            self._begin()
        if self._drawer is None:
            return
        try:
            work(self._drawer)
        except Exception as error:  # of a driver, or ours: the show goes on
            self._answer(error)

    def _begin(self) -> None:
        """Draw with what there is, from nothing; GL that does not come is left at once."""
        self.is_anew = True
        try:
            self._drawer = self._make(self.window, self._folder, self._tell)
            if self._view is not None:
                self._drawer.show(self._view.scene, self._view.output, solo=self._view.solo)
        except Exception as error:
            self._answer(error)

    def _answer(self, error: Exception) -> None:
        fault = str(error) or type(error).__name__
        self._let_go()
        if self.window.target is None:
            self._tell(f"GL fails ({fault}): the processor draws from now on")
            self._wish = replace(self._wish, uses_gl=False)
            self._reopen()
        elif self._view is not None and self._view is not self._good:
            self._tell(f"this cannot be drawn ({fault}): it stays as it was")
            self._view = self._good
            self._begin()
        elif self._clock.now() > self._failed_s + _REST_S:
            self._tell(f"drawing fails ({fault}): it begins anew")
            self._failed_s = self._clock.now()
            self._begin()
        else:
            self._tell(f"drawing fails again ({fault}): black until it is better")
            self._failed_s = self._clock.now()
            self._blacken()

    def _reopen(self) -> None:
        """Another window in the place of this one: the display or what draws has changed."""
        self._let_go()
        self.window.close()
        self.window = self._open(self._wish)
        self._begin()

    def _blacken(self) -> None:
        with suppress(Exception):
            if self.window.target is not None:
                self.window.target[:] = 0
            self.window.flip()

    def _let_go(self) -> None:
        drawer, self._drawer = self._drawer, None
        with suppress(Exception):
            if drawer is not None:
                drawer.close()
