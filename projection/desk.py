"""Keys of an output's window go in; orders that are above all layers come out, at once, though the show should hang."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from live.clock import Clock
from projection.messages import Directions
from projection.scene import Orders

KEYS: Mapping[str, str] = MappingProxyType({"b": "is_black", "f": "is_frozen", "t": "is_card", "alt+t": "is_card", "ctrl+q": "leave"})
"""What keys do: turn an order on or off, or ask to end the show."""
_PATIENCE_S = 3.0
_PATIENT_END_S = 3.0
BY_KEY, BY_CLOSING = "Ctrl+Q", "window closed"
"""How a show is left."""
QUESTIONS: Mapping[str, str] = MappingProxyType({BY_KEY: "Ctrl+Q again ends the show", BY_CLOSING: "closing it again ends the show"})


class Desk:
    """An output's orders: those of the show, and what its own keys changed.

    Args:
        keys: a table such as KEYS.
    """

    def __init__(self, clock: Clock, keys: Mapping[str, str] = KEYS) -> None:
        self._clock, self._keys = clock, keys
        self._asked_s = self._left_s = float("-inf")
        self.orders = Orders()
        self.n_wished = 0
        self._way = BY_KEY
        self.left_by = ""
        """How the show was asked, twice, to end; "" where it was not."""

    def press(self, key: str) -> dict[str, Any]:
        """Do what a key means here; tells what it changed: nothing where it means nothing, or only asks."""
        order = self._keys.get(key)
        if order is None:
            return {}
        if order == "leave":
            self._ask(BY_KEY)
            return {}
        turned: dict[str, Any] = {order: not getattr(self.orders, order)}
        self.orders = replace(self.orders, **turned)
        self.n_wished += 1
        return turned

    def direct(self, directions: Directions) -> None:
        """Take over the show's orders, unless it had not yet heard of this output's newest wish."""
        if directions.n_heard >= self.n_wished:
            self.orders = directions.orders

    def close(self) -> None:
        """The window is to be closed: that too is asked about, and a second time ends the show."""
        self._ask(BY_CLOSING)

    @property
    def is_overdue(self) -> bool:
        """Whether the show was asked to end and did not: then the window goes by itself."""
        return bool(self.left_by) and self._clock.now() > self._left_s + _PATIENT_END_S

    @property
    def message(self) -> str:
        """The line at the foot of the picture; "" for none."""
        return QUESTIONS[self._way] if self._is_asking else self.orders.message

    @property
    def _is_asking(self) -> bool:
        return self._clock.now() < self._asked_s + _PATIENCE_S

    def _ask(self, way: str) -> None:
        """Ask, or have the show end; where it does not heed this, `is_overdue` will tell."""
        if self._is_asking:
            self.left_by, self._left_s = way, self._clock.now()
        self._way, self._asked_s = way, self._clock.now()
