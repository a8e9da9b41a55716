"""A show, windows to show it in, and where it is recorded, go in; it runs until it is told to end, whatever fails meanwhile.

This is the first process of a show. It owns the layers, each in a thread, the sound, the outputs and the recorder, each a process, and
tells them what is wanted; it draws nothing and waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from live.clock import Clock, ticks
from live.memory import shared_folder
from live.stopping import Stop
from media.errors import UserError
from media.frames import OnFault, ignore_fault
from projection.cast import Cast
from projection.layers.layer import Room
from projection.layers.running import Runner
from projection.link import OutputLink
from projection.messages import Leave
from projection.output import OutputWish, serve_output
from projection.plan import PlannedWindow
from projection.processes import Hired, Serve
from projection.scene import Orders
from projection.show import Show, loose_ends, scene_of, with_value
from projection.surfaces.model import Surface
from projection.telling import Once
from projection.windows import Pointed, Pressed

if TYPE_CHECKING:
    from live.sound.client import Sounds
    from projection.recording import Recording

_PERIOD_S = 0.01
_OPENING_S = 30.0
_LONGEST_CHANGE_S = 5.0
"""What has no picture by then comes when it has; the others wait no longer for it."""
OnEvent = Callable[[str, Pressed | Pointed], None]
"""Told the name of a window, and what was done in it."""


def ignore_event(window: str, event: Pressed | Pointed) -> None:
    """For those who do not ask."""


@dataclass(frozen=True)
class StageWish:
    """How a show is to run.

    Args:
        windows: the first is the one that is recorded.
        masks_folder: where the paths of painted masks begin.
        overlayer: as in OutputWish.
        record: the film to write; None for none.
        open_sounds: opens where the sound of a show goes, once a layer wants to be heard; None in a show without.
        early: a process for the first window that is there already; None where it is to be begun.
    """

    windows: tuple[PlannedWindow, ...]
    masks_folder: Path = Path()
    overlayer: str = ""
    record: Path | None = None
    open_sounds: Callable[[Show], Sounds] | None = None
    seed: int = 0
    orders: Orders = field(default_factory=Orders)
    early: Hired | None = None


class Stage:
    """A show that runs: `with Stage(show, wish, clock=clock, say=print) as stage: stage.run(stop)`.

    Args:
        say, note: as of an OutputLink.
        on_event: told of keys and the mouse, but for the keys that outputs answer themselves.
        serve: what processes of outputs do; tests bring their own.
    Raises:
        UserError: a window cannot be opened, or there is no room for pictures.
    """

    def __init__(
        self, show: Show, wish: StageWish, *, clock: Clock, say: OnFault, note: OnFault = ignore_fault,
        on_event: OnEvent = ignore_event, serve: Serve = serve_output,
    ) -> None:  # fmt: skip
        self._show, self._wish, self._say, self._note = show, wish, say, note
        self._on_event, self._serve = on_event, serve
        self._lock = RLock()
        self._closing = ExitStack()
        self._next: Show | None = None
        self._next_s = 0.0
        self._shown_hz: dict[str, float] = {}
        self._complain = Once(say, clock)
        self._loose: set[str] = set()
        self._sounds: Sounds | None = None
        self.clock = clock
        self.orders = wish.orders
        """What is above all layers."""
        self.outputs: dict[str, OutputLink] = {}
        """By the names of their windows."""
        self.recording: Recording | None = None
        self.left_by = ""
        """How somebody asked, in a window, to end the show; "" where nobody did."""

    def __enter__(self) -> Stage:
        with ExitStack() as opening:
            self.folder = opening.enter_context(shared_folder())
            """Where processes share pictures."""
            opening.callback(self._end_recording)  # the last to go: while windows close, it writes its end
            for window in self._wish.windows:
                self._open(window, opening)
            self._hearing = opening.enter_context(ExitStack())
            self._cast = Cast(self.folder, self._say)
            opening.callback(self._cast.close)
            self._prepare(self._show)
            self._cast.enter(self._show.layers)
            self._tell_loose_ends(self._show)
            self._record()
            self._send()
            self._await_windows()
            self._closing = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything; a second time does nothing."""
        if self.recording is not None:
            self.recording.finish()
        self._closing.close()

    @property
    def show(self) -> Show:
        """What is shown, or will be as soon as its layers have pictures."""
        return self._next or self._show

    @property
    def layers(self) -> Mapping[str, Runner]:
        """Layers that are shown, by name."""
        return self._cast.runners

    def run(self, stop: Stop, *, each: Callable[[], None] = lambda: None) -> None:
        """Run until told to end.

        Args:
            each: called a hundred times a second, when everybody has been heard.
        """
        for _ in ticks(self.clock, _PERIOD_S):
            if self.left_by:
                stop.ask(self.left_by)
            if stop.asked:
                return
            for work in (self.tick, each):
                self._safely(work)

    def tick(self) -> None:
        """Hear everybody, and tell everybody what is new; no fault of one of them holds up another."""
        for name, link in self.outputs.items():
            self._safely(partial(self._hear, name, link))
        self._safely(self._change)
        if self.recording is not None:
            self._safely(self.recording.look)

    def set(self, name: str, value: Any) -> None:
        """Move a parameter: layer.NAME.opacity, surface.NAME.look.brightness; from any thread.

        Raises:
            UserError: there is no such parameter, or the value is out of its range.
        """
        self._alter(lambda show: with_value(show, name, value), name)

    def show_surfaces(self, surfaces: Sequence[Surface]) -> None:
        """From now on show these; from any thread."""
        with self._lock:
            self._alter(lambda show: replace(show, surfaces=tuple(surfaces)))
            self._tell_loose_ends(self.show)

    def show_all(self, show: Show) -> None:
        """From now on show this, layers and all; from any thread, and nobody waits.

        Layers of the same name and kind go on, in a stage of the same size and folder. The others are begun; until they have
        pictures, all stays as it is, and then it changes at once.
        """
        with self._lock:
            self._prepare(show)
            self._next, self._next_s = show, self.clock.now()
            self._tell_loose_ends(show)

    def order(self, **changes: Any) -> None:
        """Change orders, as `is_black=True`; from any thread."""
        with self._lock:
            self.orders = replace(self.orders, **changes)
            self._direct()

    def share(self, window: str, rate_hz: float) -> None:
        """Have a window share what it shows, so often, in the file that its wish names; 0 for no more."""
        with self._lock:
            self._shown_hz[window] = rate_hz
            self._direct()

    def lay_over(self, window: str, view: Any) -> None:
        """Have something laid over a window's picture, as its overlayer understands it."""
        self.outputs[window].lay_over(view)

    def _safely(self, work: Callable[[], None]) -> None:
        """Nothing that is wrong with the show, or with whoever watches it, ends it."""
        try:
            work()
        except Exception as error:
            self._complain(str(error) or type(error).__name__)

    def _hear(self, name: str, link: OutputLink) -> None:
        with self._lock:
            events = link.look()
            wished = link.wishes()
            if wished:
                self.order(**wished)
        for event in events:
            if isinstance(event, Leave):
                self.left_by = event.way
            else:
                self._safely(partial(self._on_event, name, event))

    def _open(self, window: PlannedWindow, opening: ExitStack) -> None:
        shown = self.folder / f"shown-{len(self.outputs)}"
        wish = OutputWish(window.output, window.wish, shown, self._wish.overlayer, self._wish.masks_folder)
        early = None if self.outputs else self._wish.early
        link = OutputLink(window.name, wish, clock=self.clock, say=self._say, note=self._note, serve=self._serve, early=early)
        link.begin()
        opening.callback(link.end)
        self.outputs[window.name] = link

    def _prepare(self, show: Show) -> None:
        """Begin what layers of a show need."""
        if self._sounds is None and self._wish.open_sounds is not None and any(getattr(layer, "sound", False) for layer in show.layers):
            self._sounds = self._hearing.enter_context(self._wish.open_sounds(show))
        self._cast.prepare(show.layers, Room(show.size_px, show.folder, self.clock, self._wish.seed, self._say, self._sounds))

    def _change(self) -> None:
        """Show what was prepared, once it can be seen."""
        with self._lock:
            if self._next is not None and (self._cast.is_ready or self.clock.now() > self._next_s + _LONGEST_CHANGE_S):
                self._show, self._next = self._next, None
                self._cast.enter(self._show.layers)
                self._send()

    def _alter(self, altered: Callable[[Show], Show], name: str = "") -> None:
        """Change what is shown now, and what is shown next: neither may have all that the other has."""
        with self._lock:
            if self._next is not None:
                self._next = altered(self._next)
            with nullcontext() if self._next is None else suppress(UserError):
                self._show = altered(self._show)
                self._cast.move(self._show.layers, name)
                self._send()

    def _tell_loose_ends(self, show: Show) -> None:
        loose = set(loose_ends(show, {link.wish.name for link in self.outputs.values()}))
        for line in sorted(loose - self._loose):
            self._say(line)
        self._loose = loose

    def _await_windows(self) -> None:
        """Until all are there; what refuses at the beginning, a person is there to mend."""
        until_s = self.clock.now() + _OPENING_S
        while any(link.opened is None for link in self.outputs.values()):
            self.tick()
            refused = next((link.refused for link in self.outputs.values() if link.refused is not None), None)
            if refused is not None:
                raise refused
            if self.clock.now() > until_s:
                raise UserError("display", "no window was opened within half a minute", "Try --window 960x540, or --no-gl.")
            self.clock.sleep_until(self.clock.now() + _PERIOD_S)

    def _record(self) -> None:
        if self._wish.record is None:
            return
        from projection.recording import Recording, metadata_of

        window, link = next(iter(self.outputs.items()))
        heard = None if self._sounds is None else self._sounds.tap_path
        told = metadata_of(self._show, seed=self._wish.seed)
        self.recording = Recording(
            self._wish.record, link.wish.shown, heard, clock=self.clock, say=self._say, note=self._note, metadata=told
        )  # fmt: skip
        self.share(window, float(self.recording.rate))

    def _end_recording(self) -> None:
        if self.recording is not None:
            self.recording.end()

    def _send(self) -> None:
        scene = scene_of(self._show, self._cast.frames)
        for link in self.outputs.values():
            link.show(scene)
        self._direct()

    def _direct(self) -> None:
        for name, link in self.outputs.items():
            link.direct(self.orders, shown_hz=self._shown_hz.get(name, 0.0))
