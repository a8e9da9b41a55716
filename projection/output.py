"""The process of an output: the newest scene, orders and pictures of layers go in; a window shows them until it is told to end.

It never waits for anybody and is never stopped by a fault: black, freeze and the test card work though every layer, and the show
itself, should hang.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from live.clock import Clock, SteadyClock
from live.quiet import quiet_stderr
from media.errors import UserError
from projection.counting import Counted
from projection.desk import KEYS, Desk
from projection.displays import NoScreenError
from projection.following import LayerPictures
from projection.messages import Alive, Directions, End, Leave, Opened, Over, Refused, Said, Wished
from projection.pacing import Pacer
from projection.scene import Scene
from projection.screen import Screen, View
from projection.sharing import Sharing
from projection.telling import Once
from projection.windows import Closed, Pointed, Pressed, ShowWindow, WindowWish, open_window
from projection.wire import Wire

_AGAIN_S = 1.0
_FLUSH_S = 0.05
_ALIVE_EVERY_S, _HUNG_S = 0.25, 2.0
_OPENING_S = 30.0
"""A card that must first translate what it is to draw with may take its time."""
_SWITCH_S = 0.0005


@dataclass(frozen=True)
class OutputWish:
    """What an output is to be.

    Args:
        name: of the output whose surfaces it shows.
        shown: the file in which its picture is shared, when `Directions` ask for it: without what is laid over it.
        overlayer: where the class is, "module:Class", that draws what the show tells to be laid over its picture; "" for none.
        folder: where the paths of painted masks begin.
        keys: what its window's own keys do, a table as KEYS.
    """

    name: str
    window: WindowWish
    shown: Path
    overlayer: str = ""
    folder: Path = Path()
    keys: Mapping[str, str] = field(default_factory=lambda: dict(KEYS))


def serve_output(connection: Connection, wish: OutputWish) -> None:
    """Show an output, in a process of its own, until it is told to end."""
    wire = Wire(connection)
    try:
        with quiet_stderr():  # what is to be said goes through the wire; Xlib and drivers write past it, line upon line
            _serve(wire, wish)
    except UserError as error:
        wire.send(Refused(error))
    except Exception as error:  # ours, or a driver's: whoever keeps this process begins it again
        wire.send(Said(f"its process ends ({type(error).__name__}: {error})"))
    wire.flush(timeout_s=1.0)


def _serve(wire: Wire, wish: OutputWish) -> None:
    clock = SteadyClock()

    def open_soon(window: WindowWish) -> ShowWindow:
        wire.send(Alive(_OPENING_S), is_newest=True)
        wire.flush(timeout_s=_FLUSH_S)  # whoever reads a driver may hold up the thread that sends
        return open_window(window)

    screen = Screen(wish.window, clock=clock, say=lambda line: wire.send(Said(line)), folder=wish.folder, open=open_soon)
    output = Output(wish, wire, clock, screen)
    gc.freeze()  # what lives as long as the process is not looked through again and again
    sys.setswitchinterval(_SWITCH_S)  # threads of the wire must not hold up a picture
    try:
        output.run()
    finally:
        output.close()


class Output:
    """One output, picture by picture."""

    def __init__(self, wish: OutputWish, wire: Wire, clock: Clock, screen: Screen) -> None:
        self._wish, self._wire, self._clock, self._screen = wish, wire, clock, screen
        self._desk = Desk(clock, wish.keys)
        self._layers = LayerPictures(clock)
        self._sharing = Sharing(wish.shown)
        self._over: Any = None
        self._scene: Scene | None = None
        self._view: View | None = None
        self._shown: object = None
        self._shown_s = self._alive_s = float("-inf")
        self._is_shared = False
        self._say = Once(lambda line: wire.send(Said(line)), clock)
        self._counted = Counted(clock)
        self.has_ended = False
        self._set_up()

    def run(self) -> None:
        """Show until told to end."""
        was_shown = False
        while not self.has_ended:
            now_s = self._pacer.wait(was_shown=was_shown)
            was_shown = self.tick(now_s)

    def tick(self, now_s: float) -> bool:
        """One picture's turn; tells whether one was shown. Nothing is raised but NoScreenError."""
        for work in (self._listen, self._hear, self._choose):
            self._safely(work)
        if self._screen.window is not self._window:
            self._safely(self._set_up)
        if self._screen.is_anew:
            self._shown, self._screen.is_anew = None, False
        was_shown = bool(self._safely(partial(self._show, now_s)))
        self._safely(partial(self._tell, now_s))
        return was_shown

    def close(self) -> None:
        """Take the window away, and say at last how it went."""
        self._safely(partial(self._tell_stats, self._clock.now()))
        self._sharing.close()
        self._screen.close()

    def _safely(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except NoScreenError:
            raise
        except Exception as error:  # the show goes on
            self._say(f"{self._wish.name}: {error or type(error).__name__}")
            return None

    def _set_up(self) -> None:
        """Take over a window that was opened, or opened anew."""
        from projection.card import Card
        from projection.words import FootLine

        window = self._window = self._screen.window
        self._size_px = window.size_px
        self._pacer = Pacer(self._clock, window.display.refresh_hz, is_held=window.is_held)
        told = f"{self._size_px[0]} x {self._size_px[1]}   {window.display.refresh_hz:.4g} Hz"
        self._card = Card(self._size_px, self._wish.name, (told, f"display {window.display.index}   {window.display.name}"))
        self._black = np.zeros((self._size_px[1], self._size_px[0], 4), np.uint8)
        self._black[..., 3] = 255
        self._frozen: np.ndarray | None = None
        self._words = FootLine(self._size_px)
        self._overlayer = _make_overlayer(self._wish.overlayer, self._size_px)
        self._shown = None
        self._wire.send(Opened(self._size_px, window.display.refresh_hz, self._screen.told))

    def _hear(self) -> None:
        """Keys and the mouse; what they mean here is done at once."""
        for event in self._screen.events():
            if isinstance(event, Pressed):
                self._press(event)
            elif isinstance(event, Closed):
                self._desk.close()
            elif isinstance(event, Pointed):
                self._wire.send(event)
        if self._desk.left_by:
            self._wire.send(Leave(self._desk.left_by), is_newest=True)
        self.has_ended = self.has_ended or self._desk.is_overdue or self._wire.is_broken

    def _press(self, event: Pressed) -> None:
        if event.key not in self._wish.keys:
            self._wire.send(event)
        elif not event.is_repeat and (changes := self._desk.press(event.key)):
            self._wire.send(Wished(changes, self._desk.n_wished))

    def _listen(self) -> None:
        """What the show tells."""
        for message in self._wire.received():
            if isinstance(message, Scene):
                self._scene = message
            elif isinstance(message, Directions):
                self._desk.direct(message)
                self._sharing.rate_hz = message.shown_hz
            elif isinstance(message, Over):
                self._over = message.view
            elif isinstance(message, End):
                self.has_ended = True
            elif isinstance(message, Said):  # of the wire: what it is told cannot be read
                self._say(message.line)

    def _choose(self) -> None:
        """What of the scene is seen."""
        solo = self._desk.orders.solo
        if self._scene is not None and (self._view is None or self._view.scene is not self._scene or self._view.solo != solo):
            self._view = View(self._scene, self._wish.name, solo)
            self._layers.follow(self._scene)
            self._screen.show(self._view)

    def _show(self, now_s: float) -> bool:
        """Draw and show what differs from what is there; tells whether anything did."""
        self._layers.look()
        kind = self._kind()
        beneath = (kind, self._view, self._layers.numbers) if kind == "layers" else (kind,)
        wanted = (beneath, self._over, self._desk.message)
        if wanted != self._shown or self._is_stale(now_s):
            with self._counted.drawing():
                self._draw_base(kind)
                self._share(now_s)
                self._draw_over()
        elif kind != "card":
            return False
        if kind == "card":
            self._draw_moving(now_s)
            self._share(now_s)
        self._screen.flip()
        if self._screen.drawn and (kind == "card" or wanted != self._shown):
            is_to_stand = kind in ("black", "frozen") or (kind == "layers" and not self._layers.are_there)
            self._counted.count(self._layers.pictures, is_to_stand=is_to_stand)
        self._shown, self._shown_s = wanted, now_s
        return True

    def _is_stale(self, now_s: float) -> bool:
        """Whether what stands still is to be shown again: some systems lose pictures without a word.

        What was not shared when it was shown, as that came too soon after another, is drawn again to be shared: it may stay for long.
        """
        return now_s >= self._shown_s + _AGAIN_S or (not self._is_shared and self._sharing.is_due(now_s))

    def _kind(self) -> str:
        """What is shown beneath everything that is laid over it."""
        orders = self._desk.orders
        if not orders.is_frozen:
            self._frozen = None
        return "black" if orders.is_black else "card" if orders.is_card else "frozen" if orders.is_frozen else "layers"

    def _draw_base(self, kind: str) -> None:
        if kind == "black" or self._view is None:
            self._screen.draw_over(self._black)
        if kind == "card":
            self._screen.draw_over(self._card.picture)
        elif kind == "frozen":
            self._draw_frozen()
        elif kind == "layers":
            self._screen.draw(self._layers.pictures)

    def _draw_frozen(self) -> None:
        if self._frozen is None:
            self._screen.draw(self._layers.pictures)
            self._frozen = self._screen.read().copy()
            self._frozen[..., 3] = 255
        self._screen.draw_over(self._frozen)

    def _draw_over(self) -> None:
        """What the show lays over, and the line at the foot."""
        if self._overlayer is not None and self._over is not None:
            self._overlayer.draw(self._over, self._screen.read)
            if not self._overlayer.is_empty:
                self._screen.draw_over(self._overlayer.picture)
        if self._desk.message:
            self._screen.draw_over(*self._words.draw(self._desk.message))

    def _draw_moving(self, now_s: float) -> None:
        for picture, at_px in self._card.moving(self._counted.n_shown, now_s):
            self._screen.draw_over(picture, at_px)

    def _share(self, now_s: float) -> None:
        self._is_shared = self._sharing.is_due(now_s)
        if self._is_shared:
            self._sharing.put(self._screen.read(), now_s)

    def _tell(self, now_s: float) -> None:
        if now_s >= self._alive_s + _ALIVE_EVERY_S:
            self._alive_s = now_s
            self._wire.send(Alive(_HUNG_S), is_newest=True)
        if self._counted.is_due(now_s):
            self._tell_stats(now_s)

    def _tell_stats(self, now_s: float) -> None:
        self._wire.send(self._counted.stats(now_s, n_late=self._pacer.n_late, drawn=self._screen.drawn), is_newest=True)


class Overlayer(Protocol):
    """Draws what the show tells over an output's picture; made with the size of the output, (width, height).

    Args:
        picture: (H, W, 4) uint8, as Shared.
        is_empty: whether nothing is on it.
    """

    picture: np.ndarray
    is_empty: bool

    def draw(self, view: Any, read: Callable[[], np.ndarray]) -> bool:
        """Draw what was told onto `picture`; `read` gives what is shown below it, (H, W, 4) uint8, which takes a card a while."""


def _make_overlayer(place: str, size_px: tuple[int, int]) -> Overlayer | None:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)(size_px) if place else None
