"""An editor and a show that runs go in: what is done in windows reaches the editor, and what becomes of it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from live.clock import Clock
from projection.following import Follower
from projection.mapping.mapper import Mapper
from projection.mapping.view import View
from projection.scene import Orders
from projection.surfaces.model import Surface
from projection.windows import Pointed, Pressed

_SHARED_HZ = 4.0
_WANTED_S = 5.0
"""So long after it was last asked for, an output goes on sharing its picture."""


class Shown(Protocol):
    """What an editor asks of a show; `projection.stage.Stage` has it all."""

    orders: Orders

    def show_surfaces(self, surfaces: Sequence[Surface]) -> None: ...

    def order(self, **changes: Any) -> None: ...

    def share(self, window: str, rate_hz: float) -> None: ...

    def lay_over(self, window: str, view: Any) -> None: ...


class Attendant:
    """Runs an editor beside a show: `hear` is what the show tells of events, and `tick` is to be called as often as it ticks.

    Args:
        windows: which output each of the show's windows shows, by the windows' names.
        files: in which file each window shares its picture, by the same names.
    """

    def __init__(self, mapper: Mapper, show: Shown, *, windows: Mapping[str, str], files: Mapping[str, Path], clock: Clock) -> None:
        self._mapper, self._show, self._windows, self._clock = mapper, show, windows, clock
        self._followers = {windows[name]: Follower(files[name], clock) for name in reversed(list(windows))}
        self._surfaces: tuple[Surface, ...] | None = None
        self._views: dict[str, View] = {}
        self._number = 0
        self._asked_s = float("-inf")
        self._shared_hz = 0.0

    def hear(self, window: str, event: Pressed | Pointed) -> None:
        """A key, or the mouse, in a window."""
        if isinstance(event, Pressed):
            self._mapper.press(event)
        else:
            self._mapper.point(event, self._windows[window])

    def tick(self) -> None:
        """Have the show show what the editor has, where that is new."""
        self._mapper.look()
        for order in self._mapper.wanted():
            self._show.order(**{order: not getattr(self._show.orders, order)})
        self._mapper.know(self._show.orders)
        self._share()
        if self._mapper.number != self._number:
            self._number = self._mapper.number
            self._tell()

    def picture_of(self, output: str) -> np.ndarray | None:
        """A copy of what an output shows, for telephones; from any thread. It is shared from the first time on that it is asked for."""
        self._asked_s = self._clock.now()
        follower = self._followers.get(output)
        newest = follower.newest() if follower else None
        if newest is None:
            return None
        copy = newest.picture.copy()
        return copy if newest.is_whole else None

    def _tell(self) -> None:
        surfaces = self._mapper.surfaces
        if surfaces != self._surfaces:
            self._surfaces = surfaces
            self._show.show_surfaces(surfaces)
        if self._show.orders.solo != self._mapper.solo:
            self._show.order(solo=self._mapper.solo)
        for window, output in self._windows.items():
            view = self._mapper.view(output)
            if view != self._views.get(window):
                self._views[window] = view
                self._show.lay_over(window, view)

    def _share(self) -> None:
        """Outputs copy their pictures only while somebody looks at them."""
        wanted_hz = _SHARED_HZ if self._clock.now() < self._asked_s + _WANTED_S else 0.0
        if wanted_hz != self._shared_hz:
            self._shared_hz = wanted_hz
            for window in self._windows:
                self._show.share(window, wanted_hz)
