"""An output as the show sees it: scenes and orders go in, and what is pressed, pointed at and wished in its window comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from live.clock import Clock
from media.errors import UserError
from media.frames import OnFault, ignore_fault
from projection.messages import Directions, Leave, Opened, Over, Refused, Said, Stats, Tally, Wished
from projection.output import OutputWish, serve_output
from projection.processes import OUTPUT_READS, Happened, Hired, Kept, Serve
from projection.scene import Orders, Scene
from projection.windows import Pointed, Pressed

_SOON_S = 5.0


class OutputLink:
    """Keeps an output's process going, and tells it the newest scene and orders whenever it is begun.

    Args:
        name: of the window; several may show the same output.
        say: told of faults.
        note: told where it is shown, and what draws it.
        serve: what the process does; tests bring their own.
        early: as of Kept.
    """

    def __init__(
        self, name: str, wish: OutputWish, *, clock: Clock, say: OnFault, note: OnFault = ignore_fault,
        serve: Serve = serve_output, early: Hired | None = None,
    ) -> None:  # fmt: skip
        self.name, self._wish, self._clock, self._say, self._note = name, wish, clock, say, note
        self._kept = Kept(f"output {name}", serve, lambda: self._wish, clock=clock, early=early, reads=OUTPUT_READS)
        self._scene: Scene | None = None
        self._directions = Directions()
        self._wished: dict[str, Any] = {}
        self._n_heard = 0
        self._over = Over(None)
        self._opened_s, self._n_short = float("-inf"), 0
        self._told = ""
        self._lines: set[str] = set()
        self.opened: Opened | None = None
        """Its window as it was opened last; None before."""
        self.refused: UserError | None = None
        """Why its window cannot be opened now."""
        self.stats: Stats | None = None
        self._before = Tally()
        self.begin = self._kept.begin

    @property
    def wish(self) -> OutputWish:
        """What it was asked to be."""
        return self._wish

    @property
    def pid(self) -> int | None:
        """The number of its process."""
        return self._kept.pid

    @property
    def n_restarts(self) -> int:
        """How often its process was begun again."""
        return max(0, self._kept.n_begun - 1)

    @property
    def whole(self) -> Tally:
        """What it showed in all the time."""
        return self._before + self.stats.whole if self.stats is not None else self._before

    def end(self) -> None:
        """Have it end; what it says at last is heard."""
        self._kept.end()
        for message in self._kept.received():
            self._take(message)

    def show(self, scene: Scene) -> None:
        """From now on show this."""
        if scene is not self._scene:
            self._scene = scene
            self._kept.send(scene, is_newest=True)

    def direct(self, orders: Orders, *, shown_hz: float = 0.0) -> None:
        """Give orders, and say how often its picture is to be shared."""
        directions = Directions(orders, self._n_heard, shown_hz)
        if directions != self._directions:
            self._directions = directions
            self._kept.send(directions, is_newest=True)

    def lay_over(self, view: Any) -> None:
        """Have something laid over its picture, as its overlayer understands it."""
        self._kept.send(Over(view), is_newest=True)
        self._over = Over(view)

    def look(self) -> list[Pressed | Pointed | Leave]:
        """What was done in its window; the process is begun again where it is gone."""
        heard = [message for message in self._kept.received() if not self._take(message)]
        happened = self._kept.watch()
        if happened in ("ended", "hung"):
            self._mind_its_end(happened)
        elif happened == "begun":
            self._tell_all()
        return heard

    def wishes(self) -> dict[str, Any]:
        """Orders that its keys have changed since the last call; what is directed next is its answer."""
        wished, self._wished = self._wished, {}
        return wished

    def _take(self, message: object) -> bool:
        """Note what it says of itself; False for what others are to hear."""
        if isinstance(message, Opened):
            self._note_opened(message)
        elif isinstance(message, Refused):
            self.refused = message.error
        elif isinstance(message, Said):
            self._say_once(f"{self.name}: {message.line}")
        elif isinstance(message, Stats):
            self.stats = message
        elif isinstance(message, Wished):
            self._wished |= message.changes
            self._n_heard = message.number
        else:
            return False
        return True

    def _note_opened(self, opened: Opened) -> None:
        self.opened, self.refused = opened, None
        self._opened_s = self._clock.now()
        if opened.told != self._told:
            self._told = opened.told
            self._note(f"{self.name}: {opened.told}")

    def _mind_its_end(self, how: Happened) -> None:
        """A driver that ends the process again and again, as soon as it draws, is done without."""
        self._n_short = self._n_short + 1 if self._clock.now() < self._opened_s + _SOON_S else 0
        self._before, self.stats = self.whole, None
        told = "its process hangs" if how == "hung" else "its process has ended"
        self._say_once(f"{self.name}: {told}; it is begun again" if self.refused is None else str(self.refused))
        if self._n_short >= 2 and self._wish.window.uses_gl is not False:
            self._wish = replace(self._wish, window=replace(self._wish.window, uses_gl=False))

    def _say_once(self, line: str) -> None:
        """Say a line; not again and again where the process ends again and again."""
        if not self._kept.n_short:
            self._lines.clear()
        if line not in self._lines:
            self._lines.add(line)
            self._say(line)

    def _tell_all(self) -> None:
        """The process is a new one: it knows nothing, and has wished nothing."""
        self._n_heard = 0
        self._directions = replace(self._directions, n_heard=0)
        self._kept.send(self._directions, is_newest=True)
        self._kept.send(self._over, is_newest=True)
        if self._scene is not None:
            self._kept.send(self._scene, is_newest=True)
