"""Films, sounds and pictures go in, in the order in which they are to be seen; whoever plays them takes out one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from threading import Lock
from typing import Literal

from media.span import Span

PICTURE_S = Fraction(5)
"""How long a picture is shown that says nothing else, seconds."""

Order = Literal["once", "loop", "endless"]
"""once: each in turn, then no more; loop: around and around; endless: as once, but what has been taken is forgotten."""


@dataclass(frozen=True)
class Item:
    """A stretch of a film, a sound or a picture.

    Args:
        path: of the file.
        span: media time, seconds, of which what lies in the file is played; None is all of it. A picture is shown for its length.
        gain_db: of its sound.
        fade: seconds in which its picture comes in over the one before, which goes on meanwhile; 0 is a cut.
    """

    path: Path
    span: Span | None = None
    gain_db: float = 0.0
    fade: Fraction = Fraction(0)


class Programme:
    """What is played: any thread may add to it and take away from it while it plays. Equal items are told apart by nobody.

    Args:
        order: what happens behind the last item.
        rng: has each pass in an order of its own, in which no item follows itself; None keeps the order told.
    """

    def __init__(self, items: Iterable[Item] = (), *, order: Order = "once", rng: Random | None = None) -> None:
        self.order = order
        self._rng = rng
        self._lock = Lock()
        self._items: list[Item] = []
        self._coming: deque[Item] = deque()
        self._latest: Item | None = None
        self.replace(items)

    def __len__(self) -> int:
        """How many items a pass has; of an endless one, how many are yet to come."""
        with self._lock:
            return len(self._coming) if self.order == "endless" else len(self._items)

    def append(self, *items: Item) -> None:
        """Add items at the end of the present pass, and of those that follow."""
        with self._lock:
            self._coming.extend(items)
            if self.order != "endless":
                self._items.extend(items)

    def remove(self, item: Item) -> None:
        """Take an item away wherever it occurs. What a player has got ready already is for `Player.remove` to leave out."""
        with self._lock:
            self._items = [kept for kept in self._items if kept != item]
            self._coming = deque(kept for kept in self._coming if kept != item)

    def replace(self, items: Iterable[Item]) -> None:
        """Begin another programme: these items, from the first."""
        with self._lock:
            self._items = list(items)
            self._coming = deque(self._shuffled())
            if self.order == "endless":
                self._items = []

    def go_to(self, number: int) -> None:
        """Have item `number` of the order told, from 0, be the next one, and those behind it follow; an endless one knows no numbers."""
        with self._lock:
            if self._items:
                self._coming = deque(self._items[max(0, min(number, len(self._items) - 1)) :])

    def take(self) -> Item | None:
        """The next item; None where there is none, for now."""
        with self._lock:
            self._refill()
            self._latest = self._coming.popleft() if self._coming else None
            return self._latest

    def peek(self) -> Item | None:
        """What `take` would give, left where it is."""
        with self._lock:
            self._refill()
            return self._coming[0] if self._coming else None

    def _refill(self) -> None:
        if not self._coming and self.order == "loop":
            self._coming.extend(self._shuffled())

    def _shuffled(self) -> list[Item]:
        """A pass."""
        order = list(self._items)
        if self._rng is None or len(order) < 2:
            return order
        self._rng.shuffle(order)
        if order[0] == self._latest:
            order.append(order.pop(0))
        return order
