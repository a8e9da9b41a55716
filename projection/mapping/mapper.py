"""Keys, mice and telephones go in, from any thread; what outputs show, and what is drawn over it, comes out of the one state."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any

from live.clock import Clock
from media.errors import UserError
from media.pictures import PICTURE_SUFFIXES
from projection.mapping.editor import do, replaced, resumed, saved
from projection.mapping.handles import aim_of, handles
from projection.mapping.keys import ORDERS, SAVE, wish_of
from projection.mapping.pointer import Mouse, point
from projection.mapping.state import Editing, begin
from projection.mapping.view import View, shown_surfaces, view_of
from projection.scene import Orders
from projection.surfaces.model import WHOLE, Place, Surface, SurfaceFile
from projection.surfaces.store import Watched, write_surfaces
from projection.windows import Pointed, Pressed

_TOLD_S = 6.0
"""How long a message stays."""
_HELD_S = 1.2
"""How long the magnifier stays after the last move."""
_NEWS_EVERY_S = 0.5
_MOVES = frozenset({"move", "nudge"})
_REPEATED = frozenset({"nudge", "undo", "redo", "next_surface", "next_vertex", "more", "turn"})
"""What a key does again and again while it is held."""


def begin_file(path: Path, *, size: tuple[int, int], outputs: Sequence[str] = ()) -> None:
    """Where there is no file of surfaces yet, write one with a surface that fills the output, or each of several.

    Raises:
        UserError: the place refuses, or the disk is full.
    """
    if not path.exists():
        surfaces = tuple(Surface(name=output, output=output) for output in outputs) or (Surface(name="quad 1"),)
        write_surfaces(path, SurfaceFile(size=size, surface=surfaces))


class Mapper:
    """The editor of a file of surfaces, for a show to run: it gives events in, calls `look` now and then, and takes what is to be shown.

    Args:
        sources: names of what surfaces can show; WHOLE is among them without being named.
        outputs: names of what they can lie on.
        on_change: called whenever anything differs, in whichever thread it was done.
    """

    def __init__(
        self, watched: Watched, *, clock: Clock, sources: Sequence[str] = (), outputs: Sequence[str] = ("main",),
        on_change: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._watched, self._clock, self.on_change = watched, clock, on_change
        self._lock, self._disk = RLock(), RLock()
        self._state = begin(watched.file, sources=(WHOLE, *(name for name in sources if name != WHOLE)), outputs=tuple(outputs))
        self._mice: dict[str, Mouse] = {}
        self._wanted: list[str] = []
        self._orders = Orders()
        self._told_s = self._held_s = self._read_s = float("-inf")
        self.number = 1
        """Grows whenever anything differs."""
        self.link = ""
        """Of the page for telephones, told in the help."""

    @property
    def state(self) -> Editing:
        """As it is now."""
        return self._state

    @property
    def surfaces(self) -> tuple[Surface, ...]:
        """What outputs show now."""
        return shown_surfaces(self._state)

    @property
    def solo(self) -> str:
        """The surface that is shown alone; "" for all."""
        return self._state.chosen if self._state.is_solo else ""

    @property
    def orders(self) -> Orders:
        """What is above all layers, as the show told it last."""
        return self._orders

    def view(self, output: str) -> View:
        """What is drawn over an output."""
        with self._lock:
            state, mouse = self._state, self._mice.get(output, Mouse())
            is_held = self._clock.now() < self._held_s or mouse.is_dragging
            return view_of(state, output, held=_taken(state) if is_held else None, link=self.link)

    def press(self, pressed: Pressed) -> bool:
        """Do what a key means; False where it means nothing here."""
        wish = wish_of(pressed)
        if wish is None:
            return False
        if not pressed.is_repeat or wish.command in _REPEATED:
            self.do(wish.command, **wish.arguments)
        return True

    def point(self, pointed: Pointed, output: str) -> None:
        """Do what the mouse of an output does."""
        with self._lock:
            before = self._mice.get(output, Mouse())
            state, self._mice[output] = point(self._state, before, pointed, output=output)
            if state != self._state:
                self._set(state)
            elif self._mice[output].is_dragging != before.is_dragging:
                self._changed()  # the magnifier comes and goes with it

    def do(self, command: str, /, **arguments: Any) -> int:
        """Do a command of the editor's, save, or wish for an order; returns the number of the state after it."""
        if command == SAVE:
            self._save()
        elif command in ORDERS:
            with self._lock:
                self._wanted.append(ORDERS[command])
        else:
            pictures = _pictures_beside(self._watched.path) if command == "shape" else self._state.pictures
            with self._lock:
                if command in _MOVES:
                    self._held_s = self._clock.now() + _HELD_S
                self._set(do(replace(self._state, pictures=pictures), command, **arguments))
        return self.number

    def wanted(self) -> list[str]:
        """The orders, by the names that `Orders` has for them, to be turned on or off since the last call."""
        with self._lock:
            wanted, self._wanted = self._wanted, []
            return wanted

    def know(self, orders: Orders) -> None:
        """The show's orders are these: telephones tell them."""
        if orders != self._orders:
            with self._lock:
                self._orders = orders
                self._changed()

    def look(self) -> None:
        """Let go of what was told long ago, and see whether the file was changed by somebody else; to be called several times a second."""
        now_s = self._clock.now()
        with self._lock:
            if self._state.message and now_s > self._told_s + _TOLD_S:
                self._set(replace(self._state, message=""))
            if self._held_s != float("-inf") and now_s > self._held_s:
                self._held_s = float("-inf")
                self._changed()
        if now_s > self._read_s + _NEWS_EVERY_S:
            self._read_s = now_s
            self._read()

    def tell(self, line: str) -> None:
        """Show a line to whoever lays surfaces; of paths in the file's folder, the names are enough."""
        with self._lock:
            self._set(replace(self._state, message=line.replace(f"{self._watched.path.parent}{os.sep}", "")))

    def resume(self, file: SurfaceFile) -> None:
        """Go on with surfaces that were not saved the last time."""
        with self._lock:
            self._set(resumed(self._state, file))

    def _read(self) -> bool:
        """Whether others have written what differs."""
        with self._disk:
            news = self._watched.news()
        if news is not None:
            with self._lock:
                self._set(replaced(self._state, news))
        return news is not None

    def _save(self) -> None:
        """Nobody waits for the disk but who asked for it; what others have just written is told of first."""
        if self._read():
            return
        file = self._state.file
        try:
            with self._disk:
                self._watched.save(file)
        except UserError as error:
            self.tell(str(error))
            return
        with self._lock:
            self._set(saved(self._state, file))

    def _set(self, state: Editing) -> None:
        if state == self._state and not state.message:
            return
        if state.message:
            self._told_s = self._clock.now()
        self._state = state
        self._changed()

    def _changed(self) -> None:
        self.number += 1
        self.on_change()


def _pictures_beside(path: Path) -> tuple[str, ...]:
    """What masks can be painted with: the names of the pictures that lie in a file's folder."""
    try:
        found = sorted(each.name for each in path.parent.iterdir() if each.suffix.lower() in PICTURE_SUFFIXES)
    except OSError:
        return ()
    return tuple(name for name in found if not name.startswith("."))


def _taken(state: Editing) -> Place | None:
    """Where the point is that is moved."""
    if state.vertex is None or not state.chosen:
        return None
    places = handles(state.surface, aim_of(state))
    return places[min(state.vertex, len(places) - 1)] if places else None
