"""Files and flags go in; a show of them runs until it is told to end, and how it went comes out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from live.clock import SteadyClock
from live.stopping import stopping
from media.errors import UserError
from media.frames import OnFault
from media.settings import read_text
from projection.displays import Display, list_displays
from projection.layers.file import Layers, layers_of
from projection.opening import open_show, run_to_end
from projection.plan import MAIN
from projection.processes import Hired
from projection.scene import Orders
from projection.settings import PlayFlags, RunFlags, WindowFlags
from projection.show import check_seen
from projection.stage import Stage
from projection.surfaces.model import Surface
from projection.surfaces.store import Watched

_NEWS_EVERY_S = 0.5


def play(
    names: Sequence[str], surfaces: Path | None, what: PlayFlags, where: WindowFlags, how: RunFlags, *, say: OnFault, note: OnFault,
    early: Hired | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Play files, or a file of layers, on a file of surfaces.

    Args:
        say, note, early: as of `open_show`.
    Returns:
        How it went, as `report.as_json`.
    Raises:
        UserError: files, displays or places that cannot be used.
    """
    files = ShowFiles(names, surfaces, say)
    clock = SteadyClock(spin_s=0)
    with (
        stopping(clock=clock) as stop,
        open_show(
            files.layers, files.surfaces, what, where, how, say=say, note=note, early=early, clock=clock,
            masks_folder=Path() if surfaces is None else surfaces.parent,
        ) as stage,
    ):  # fmt: skip
        return run_to_end(stage, stop, how, each=lambda: files.follow(stage, has_size=what.size is not None))


def show_card(where: WindowFlags, how: RunFlags, *, say: OnFault, note: OnFault, early: Hired | None = None) -> dict[str, Any]:
    """Show the test card on displays, on all of them unless flags name some; returns how it went."""
    words = where.display or tuple(f"{_card_name(display)}={display.index}" for display in list_displays() if where.window is None)
    outputs = list(dict.fromkeys(word.rpartition("=")[0] or MAIN for word in words))
    where = where.model_copy(update={"display": words})
    clock, orders = SteadyClock(spin_s=0), Orders(is_card=True)
    with (
        stopping(clock=clock) as stop,
        open_show(
            Layers((), None, Path()), where=where, how=how, say=say, note=note, outputs=outputs, orders=orders, early=early, clock=clock
        ) as stage,
    ):
        return run_to_end(stage, stop, how)


class ShowFiles:
    """What files say that are shown, which somebody may save anew meanwhile.

    Args:
        names: as of `layers_of`.
        surfaces: a file of surfaces; None where there is none.
        say: told, once, of a file that cannot be read any more; what it said before goes on.
    Raises:
        UserError: one cannot be read to begin with.
    """

    def __init__(self, names: Sequence[str], surfaces: Path | None, say: OnFault) -> None:
        self._names, self._say = names, say
        self._paths = [Path(os.path.expanduser(name)) for name in names if name.lower().endswith(".toml")]
        self.layers = layers_of(names)
        self._tell_if_dark()
        self._texts = self._seen = [read_text(path) for path in self._paths]
        self._watched = None if surfaces is None else Watched(surfaces, on_fault=say)
        self._fault = ""
        self._looked_s = float("-inf")

    @property
    def surfaces(self) -> tuple[Surface, ...]:
        """As they were read last."""
        return () if self._watched is None else self._watched.file.surface

    def follow(self, stage: Stage, *, has_size: bool) -> None:
        """Have a stage show what they say now; to be called often.

        Args:
            has_size: whether the stage keeps its size, whatever they say.
        """
        if stage.clock.now() < self._looked_s + _NEWS_EVERY_S:
            return
        self._looked_s = stage.clock.now()
        layers, surfaces = self._news(), None if self._watched is None else self._watched.news()
        if surfaces is not None:
            self._lay(stage, surfaces.surface)
        if layers is not None:
            self.layers = layers
            self._tell_if_dark()
            size_px = None if has_size else layers.size_px
            stage.show_all(replace(stage.show, layers=layers.layers, folder=layers.folder, size_px=size_px or stage.show.size_px))

    def _lay(self, stage: Stage, surfaces: Sequence[Surface]) -> None:
        """Show other surfaces, unless all would be dark."""
        assert self._watched is not None
        try:
            check_seen(surfaces, {link.wish.name for link in stage.outputs.values()}, self._watched.path)
            stage.show_surfaces(surfaces)
        except UserError as error:
            self._say(f"{error} What it said before goes on.")

    def _news(self) -> Layers | None:
        """Layers, if they are others now."""
        try:
            texts = [read_text(path) for path in self._paths]
            empty = next((path for path, text in zip(self._paths, texts, strict=True) if not text.strip()), None)
            is_steady, self._seen = texts == self._seen, texts
            if texts == self._texts or (empty is not None and not is_steady):  # some editors empty a file before they write it
                return None
            self._texts = texts
            if empty is not None:
                raise UserError(empty, "there is nothing in this file")
            layers = layers_of(self._names)
        except UserError as error:
            if str(error) != self._fault:
                self._say(f"{error} What it said before goes on.")
            self._fault = str(error)
            return None
        self._fault = ""
        return layers if layers != self.layers else None

    def _tell_if_dark(self) -> None:
        if not self.layers.layers:
            self._say(f"{', '.join(self._names)}: there is no layer in it; the show is dark.")


def _card_name(display: Display) -> str:
    return f"display {display.index}" if display.name.isdecimal() or "=" in display.name else display.name
