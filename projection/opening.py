"""What is shown, where, and how, go in; a show comes out that runs, with its windows open.

with open_show(layers_of(["film.mp4"]), where=WindowFlags(window=(960, 540)), say=print) as stage:
    stage.run(stop)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from live.clock import Clock, SteadyClock
from live.stopping import Stop
from media.frames import OnFault, ignore_fault
from projection.displays import list_displays
from projection.layers.file import Layers
from projection.plan import outputs_of, plan_windows
from projection.processes import Hired
from projection.report import as_json
from projection.scene import Orders
from projection.settings import PlayFlags, RunFlags, WindowFlags
from projection.show import Show
from projection.stage import OnEvent, Stage, StageWish, ignore_event
from projection.surfaces.model import Surface

if TYPE_CHECKING:
    from live.sound.client import Sounds


NO_ORDERS = Orders()


@contextmanager
def open_show(
    layers: Layers, surfaces: Sequence[Surface] = (), what: PlayFlags = PlayFlags(), where: WindowFlags = WindowFlags(),
    how: RunFlags = RunFlags(), *, say: OnFault, note: OnFault = ignore_fault, on_event: OnEvent = ignore_event, masks_folder: Path = Path(),
    outputs: Sequence[str] = (), orders: Orders = NO_ORDERS, overlayer: str = "", has_cursor: bool = False,
    early: Hired | None = None, clock: Clock | None = None,
) -> Iterator[Stage]:  # fmt: skip
    """Open a show.

    Args:
        layers: as of `layers.file.layers_of`.
        surfaces: that it lands on; without any each output shows the whole stage.
        what, where, how: as the program's flags; when it ends is for whoever runs it to say.
        say, note, on_event: as of a Stage.
        masks_folder, orders, overlayer, early: as of a StageWish.
        outputs: that have a window; those of the surfaces where left out.
        has_cursor: whether the mouse is seen in windows.
    Raises:
        UserError: displays or places that cannot be used.
    """
    if what.record is not None:
        from projection.recording import prove_film_path

        prove_film_path(what.record)
    windows = plan_windows(where, outputs or outputs_of(surfaces), list_displays(), has_cursor=has_cursor)
    show = Show(what.size or layers.size_px or even(windows[0].size_px), layers.layers, tuple(surfaces), layers.folder)
    open_sounds = None if what.mute else partial(_open_sounds, what.sound, say)
    wish = StageWish(tuple(windows), masks_folder, overlayer, what.record, open_sounds, how.seed, orders, early)
    with Stage(show, wish, clock=clock or SteadyClock(spin_s=0), say=say, note=note, on_event=on_event) as stage:
        yield stage


def run_to_end(stage: Stage, stop: Stop, how: RunFlags, *, each: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Run a show until it is told to end, and end it.

    Args:
        each: as of `Stage.run`.
    Returns:
        How it went, as `report.as_json`.
    """
    begun_s = stage.clock.now()
    stop.end_after(None if how.seconds is None else float(how.seconds))
    stage.run(stop, each=each)
    duration_s = stage.clock.now() - begun_s
    layers = {name: runner.stats() for name, runner in stage.layers.items()}
    stage.close()  # outputs say at last how they did
    return as_json(stage, layers, duration_s=duration_s, reason=stop.reason)


def even(size_px: tuple[int, int]) -> tuple[int, int]:
    """The size, or one pixel less, as those who encode it need it."""
    return size_px[0] // 2 * 2, size_px[1] // 2 * 2


def _open_sounds(device: str, say: OnFault, show: Show) -> Sounds:
    """Begin the sound, with all channels that layers ask for."""
    from live.sound.client import open_sounds

    channels = (channel for layer in show.layers for channel in getattr(layer, "channels", ()))
    return open_sounds(tell=say, device=device, channels=max(2, *channels, 0))
