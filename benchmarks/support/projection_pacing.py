"""How evenly pictures follow one another: our deadlines beside pygame's Clock.tick, in turns, with the same work to do for each."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from benchmarks.support.harness import Figure, at_most, told
from live.clock import SteadyClock
from projection.pacing import Pacer

HZ = 60
_LONGEST_WORK_S = 0.008
_N_AT_ONCE = 120


def pacing_figures(*, n_rounds: int) -> list[Figure]:
    """Figures of both, each of so many rounds of two seconds.

    An error is how far a picture is from its instant, which are a sixtieth of a second apart from the first one on, as a display has
    them; a step is how far the time between two is from that.
    """
    ways = {"deadlines": _deadlines, "Clock.tick": _clock_tick}
    errors_ms: dict[str, list[float]] = {name: [] for name in ways}
    steps_ms: dict[str, list[float]] = {name: [] for name in ways}
    for n in range(n_rounds):
        for name in ways if n % 2 == 0 else reversed(list(ways)):
            instants = _instants(ways[name](), random.Random(n))
            errors_ms[name] += [1000 * abs(instant - instants[0] - k / HZ) for k, instant in enumerate(instants)]
            steps_ms[name] += [1000 * abs(later - earlier - 1 / HZ) for earlier, later in pairwise(instants)]
    late = {name: float(np.percentile(errors, 99)) for name, errors in errors_ms.items()}
    return [
        at_most("pacing: p99 error of deadlines, in parts of that of Clock.tick", late["deadlines"] / late["Clock.tick"], 1.0),
        *(told(f"pacing: p99 error of {name}", late[name], "ms") for name in ways),
        *(told(f"pacing: median step of {name}", float(np.median(steps_ms[name])), "ms") for name in ways),
    ]


def _deadlines() -> Callable[[], object]:
    pacer = Pacer(SteadyClock(), HZ, is_held=False)
    return lambda: pacer.wait(was_shown=True)


def _clock_tick() -> Callable[[], object]:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    clock = pygame.time.Clock()
    return lambda: clock.tick(HZ)


def _instants(wait: Callable[[], object], chance: random.Random) -> list[float]:
    """When pictures are begun, each with some work behind it."""
    instants = []
    for _ in range(_N_AT_ONCE):
        wait()
        instants.append(time.perf_counter())
        until_s = instants[-1] + chance.uniform(0, _LONGEST_WORK_S)
        while time.perf_counter() < until_s:
            pass
    return instants
