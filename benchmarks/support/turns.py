"""Ways of doing the same work go in; how long each of them takes comes out, measured in turns so that a busy machine is so for all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

Work = Callable[[], object]


def in_turns(ways: Mapping[str, Work], *, n_rounds: int, settle: Work = lambda: None) -> dict[str, float]:
    """The median seconds of each way; each is done once before, which does not count.

    Args:
        settle: waits until what a way has started is done (an accelerator works on by itself).
    """
    took: dict[str, list[float]] = {name: [] for name in ways}
    for work in ways.values():
        work()
    settle()
    for n in range(n_rounds):
        for name in ways if n % 2 == 0 else reversed(list(ways)):
            took[name].append(seconds_of(ways[name], settle=settle))
    return {name: statistics.median(seconds) for name, seconds in took.items()}


def seconds_of(work: Work, *, settle: Work = lambda: None) -> float:
    """How long a piece of work takes."""
    start = time.perf_counter()
    work()
    settle()
    return time.perf_counter() - start
