"""Files and flags go in; a show of them runs until it is told to end, and how it went comes out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from live.clock import Clock, SteadyClock
from live.stopping import stopping
from media.errors import did_you_mean
from projection.displays import Display, list_displays
from projection.layers.file import Layers, layers_of
from projection.link import Say
from projection.plan import MAIN, outputs_of, plan_windows
from projection.recording import prove_film_path
from projection.report import as_json
from projection.scene import Orders
from projection.settings import PlayFlags, RunFlags, WindowFlags
from projection.show import Show
from projection.stage import Stage, StageWish
from projection.surfaces.model import WHOLE, Surface
from projection.surfaces.store import Watched

if TYPE_CHECKING:
    from live.sound.client import Sounds

_NEWS_EVERY_S = 0.5


def play(names: Sequence[str], what: PlayFlags, where: WindowFlags, how: RunFlags, *, say: Say, note: Say) -> dict[str, Any]:
    """Play files, or a file of layers.

    Args:
        say, note: as of an OutputLink.
    Returns:
        How it went, as `report.as_json`.
    Raises:
        UserError: files, displays or places that cannot be used.
    """
    if what.record is not None:
        prove_film_path(what.record)
    layers = layers_of(names)
    watched = None if what.surfaces is None else Watched(what.surfaces, on_fault=say)
    surfaces = () if watched is None else watched.file.surface
    _warn_of_missing(surfaces, [layer.name for layer in layers.layers], say)
    windows = plan_windows(where, outputs_of(surfaces), list_displays())
    show = Show(what.size or layers.size_px or even(windows[0].size_px), layers.layers, surfaces, layers.folder)
    with ExitStack() as stack:
        sounds = stack.enter_context(_open_sounds(what.sound, say)) if not what.mute and _has_sound(layers) else None
        wish = StageWish(
            tuple(windows), masks_folder=what.surfaces.parent if what.surfaces else Path(), record=what.record,
            sound=sounds, tap=None if sounds is None else sounds.tap_path, seed=how.seed,
        )  # fmt: skip
        return run(show, wish, how, say=say, note=note, news=None if watched is None else News(watched))


def show_card(where: WindowFlags, how: RunFlags, *, say: Say, note: Say) -> dict[str, Any]:
    """Show the test card on displays, on all of them unless flags name some; returns how it went."""
    displays = list_displays()
    words = where.display or tuple(f"{_card_name(display)}={display.index}" for display in displays if where.window is None)
    flags = where.model_copy(update={"display": words})
    outputs = list(dict.fromkeys(word.rpartition("=")[0] or MAIN for word in words)) or [MAIN]
    windows = plan_windows(flags, outputs, displays)
    wish = StageWish(tuple(windows), orders=Orders(is_card=True), seed=how.seed)
    return run(Show(even(windows[0].size_px)), wish, how, say=say, note=note)


@dataclass
class News:
    """A file of surfaces that somebody may change while it is shown."""

    watched: Watched
    read_s: float = float("-inf")

    def look(self, stage: Stage, now_s: float) -> None:
        """Show what it says now."""
        if now_s >= self.read_s + _NEWS_EVERY_S:
            self.read_s = now_s
            news = self.watched.news()
            if news is not None:
                stage.show_surfaces(news.surface)


def run(
    show: Show, wish: StageWish, how: RunFlags, *, say: Say, note: Say, news: News | None = None, clock: Clock | None = None
) -> dict[str, Any]:
    """Run a show until it is told to end; returns how it went."""
    clock = clock or SteadyClock(spin_s=0)
    with stopping(clock=clock) as stop, Stage(show, wish, clock=clock, say=say, note=note) as stage:
        begun_s = clock.now()
        stop.end_after(None if how.seconds is None else float(how.seconds))
        stage.run(stop, each=(lambda: None) if news is None else lambda: news.look(stage, clock.now()))
        stage.close()
        return as_json(stage, duration_s=clock.now() - begun_s, reason=stop.reason)


def even(size_px: tuple[int, int]) -> tuple[int, int]:
    """The size, or one pixel less, as those who encode it need it."""
    return size_px[0] // 2 * 2, size_px[1] // 2 * 2


def _card_name(display: Display) -> str:
    return f"display {display.index}" if display.name.isdecimal() or "=" in display.name else display.name


def _has_sound(layers: Layers) -> bool:
    return any(getattr(layer, "sound", False) for layer in layers.layers)


def _open_sounds(device: str, say: Say) -> Sounds:
    from live.sound.client import open_sounds

    return open_sounds(tell=say, device=device)


def _warn_of_missing(surfaces: Sequence[Surface], layers: Sequence[str], say: Say) -> None:
    """Surfaces that show what is not there are black: better told than puzzled over."""
    for surface in surfaces:
        if surface.shows != WHOLE and surface.shows not in layers:
            say(f"surface {surface.name}: there is no layer {surface.shows}, it stays black. {did_you_mean(surface.shows, [*layers, WHOLE])}")
