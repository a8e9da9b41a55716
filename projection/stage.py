"""A show, windows to show it in, and where it is recorded, go in; it runs until it is told to end, whatever fails meanwhile.

This is the first process of a show. It owns the layers, each in a thread, the sound, the outputs and the recorder, each a process, and
tells them what is wanted; it draws nothing and waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import Any

from live.clock import Clock, ticks
from live.shared import shared_folder
from live.stopping import Stop
from media.errors import UserError
from media.frames import ignore_fault
from projection.layers.layer import LayerSettings, Room, kind_of, layer_class
from projection.layers.running import Runner
from projection.link import OutputLink, Say
from projection.messages import Leave
from projection.output import OutputWish, serve_output
from projection.plan import PlannedWindow
from projection.processes import Serve
from projection.recording import Recording
from projection.scene import Orders, Scene
from projection.show import Show, scene_of, with_value
from projection.surfaces.model import Surface
from projection.windows import Pointed, Pressed

_PERIOD_S = 0.01
_OPENING_S = 30.0
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
        sound: where sound goes (live.sound.client.Sounds); None in a show without.
        tap: the file in which the finished mix is shared; None without sound.
    """

    windows: tuple[PlannedWindow, ...]
    masks_folder: Path = Path()
    overlayer: str = ""
    record: Path | None = None
    sound: object = None
    tap: Path | None = None
    seed: int = 0
    orders: Orders = field(default_factory=Orders)


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
        self, show: Show, wish: StageWish, *, clock: Clock, say: Say, note: Say = ignore_fault,
        on_event: OnEvent = ignore_event, serve: Serve = serve_output,
    ) -> None:  # fmt: skip
        self._show, self._wish, self._clock, self._say, self._note = show, wish, clock, say, note
        self._on_event, self._serve = on_event, serve
        self._lock = RLock()
        self._closing = ExitStack()
        self._runners: dict[str, Runner] = {}
        self._shown_hz: dict[str, float] = {}
        self.orders = wish.orders
        """What is above all layers."""
        self.outputs: dict[str, OutputLink] = {}
        """By the names of their windows."""
        self.recording: Recording | None = None
        self.was_left = False
        """Whether somebody asked, in a window, to end the show."""

    def __enter__(self) -> Stage:
        with ExitStack() as opening:
            self.folder = opening.enter_context(shared_folder())
            """Where processes share pictures."""
            for window in self._wish.windows:
                self._open(window, opening)
            for layer in self._show.layers:
                self._begin(layer, opening)
            self._record(opening)
            self._send()
            self._await_windows()
            self._closing = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything; a second time does nothing."""
        if self.recording is not None:
            self.recording.finish()  # while windows close, it writes its end
        self._closing.close()

    @property
    def show(self) -> Show:
        """What is shown now."""
        return self._show

    @property
    def layers(self) -> Mapping[str, Runner]:
        """Layers that run, by name."""
        return self._runners

    def run(self, stop: Stop, *, each: Callable[[], None] = lambda: None) -> None:
        """Run until told to end.

        Args:
            each: called a hundred times a second, when everybody has been heard.
        """
        for _ in ticks(self._clock, _PERIOD_S):
            if self.was_left:
                stop.ask("Ctrl+Q")
            if stop.asked:
                return
            self.tick()
            each()

    def tick(self) -> None:
        """Hear everybody, and tell everybody what is new."""
        for name, link in self.outputs.items():
            for event in link.look():
                if isinstance(event, Leave):
                    self.was_left = True
                else:
                    self._on_event(name, event)
            if link.wished is not None:
                self.order(**vars(link.wished))
                link.wished = None
        if self.recording is not None:
            self.recording.look()

    def set(self, name: str, value: Any) -> None:
        """Move a parameter: layer.NAME.opacity, surface.NAME.look.brightness; from any thread.

        Raises:
            UserError: there is no such parameter, or the value is out of its range.
        """
        with self._lock:
            self._take(with_value(self._show, name, value))

    def show_surfaces(self, surfaces: Sequence[Surface]) -> None:
        """From now on show these; from any thread."""
        with self._lock:
            self._take(replace(self._show, surfaces=tuple(surfaces)))

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

    def _open(self, window: PlannedWindow, opening: ExitStack) -> None:
        shown = self.folder / f"shown-{len(self.outputs)}"
        wish = OutputWish(window.output, window.wish, shown, self._wish.overlayer, self._wish.masks_folder)
        link = OutputLink(window.name, wish, clock=self._clock, say=self._say, note=self._note, serve=self._serve)
        link.begin()
        opening.callback(link.end)
        self.outputs[window.name] = link

    def _begin(self, layer: LayerSettings, opening: ExitStack) -> None:
        room = Room(self._show.size_px, self._show.folder, self._clock, self._wish.seed, self._say, self._wish.sound)
        frames = self.folder / f"layer-{len(self._runners)}"
        runner = Runner(layer_class(kind_of(layer)), layer, room, frames)
        opening.callback(runner.close)
        self._runners[layer.name] = runner

    def _await_windows(self) -> None:
        """Until all are there; what refuses at the beginning, a person is there to mend."""
        until_s = self._clock.now() + _OPENING_S
        while any(link.opened is None for link in self.outputs.values()):
            self.tick()
            refused = next((link.refused for link in self.outputs.values() if link.refused is not None), None)
            if refused is not None:
                raise refused
            if self._clock.now() > until_s:
                raise UserError("display", "no window was opened within half a minute", "Try --window 960x540, or --no-gl.")
            self._clock.sleep_until(self._clock.now() + _PERIOD_S)

    def _record(self, opening: ExitStack) -> None:
        if self._wish.record is None:
            return
        window, link = next(iter(self.outputs.items()))
        self.recording = Recording(self._wish.record, link.wish.shown, self._wish.tap, clock=self._clock, say=self._say, note=self._note)
        opening.callback(self.recording.end)
        self.share(window, float(self.recording.rate))

    def _take(self, show: Show) -> None:
        for before, now in zip(self._show.layers, show.layers, strict=True):
            if now is not before:
                self._runners[now.name].set(now)
        self._show = show
        self._send()

    def _send(self) -> None:
        frames = {name: self.folder / f"layer-{n}" for n, name in enumerate(self._runners)}
        scene: Scene = scene_of(self._show, frames)
        for link in self.outputs.values():
            link.show(scene)
        self._direct()

    def _direct(self) -> None:
        for name, link in self.outputs.items():
            link.direct(self.orders, shown_hz=self._shown_hz.get(name, 0.0))
