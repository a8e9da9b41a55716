"""Thousands of openings leave nothing behind: no file, no thread, no memory."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.span import Span
from projection.player.items import Item

_MIB = 1 << 20


def n_open() -> int:
    return len(os.listdir("/proc/self/fd"))


def held_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="/proc tells what a process holds; it is not here")


def play_through(seen: Any, n_items: int) -> None:
    """Go on until so many items more have begun, and look at each."""
    end = seen.player.status().number + n_items
    while seen.player.status().number < end:
        seen.after(0.16)


@needs_proc
def test_items_that_are_over_are_let_go_of(films: dict[str, Path], watch: Callable[..., Any]) -> None:
    parts = [Item(films[name], Span(Fraction(n, 5), Fraction(n + 1, 5))) for n, name in enumerate(("a", "b", "c"))]
    seen = watch(*parts, films["b"].with_name("gone.mp4"), order="loop")
    play_through(seen, 10)
    n_files, n_threads = n_open(), threading.active_count()
    for _ in range(8):
        play_through(seen, 10)
        assert n_open() <= n_files + 4 and threading.active_count() <= n_threads + 4


@needs_proc
def test_a_player_that_is_closed_lets_go_of_all(films: dict[str, Path], watch: Callable[..., Any]) -> None:
    before = n_open(), threading.active_count()
    seen = watch(films["long"], films["a"], order="loop")
    seen.now()
    seen.player.close()
    assert (n_open(), threading.active_count()) == before


@needs_proc
@pytest.mark.slow
def test_memory_is_flat_over_a_thousand_openings(films: dict[str, Path], make: Any, tmp_path: Path, watch: Callable[..., Any]) -> None:
    loud = make(tmp_path / "loud.mp4", range(10), sound_s=0.4)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(loud.read_bytes()[:3000])
    parts = [Item(path, Span(Fraction(0), Fraction(1, 5))) for path in (films["a"], films["b"], films["c"], loud)]
    seen = watch(*parts, broken, order="loop")
    play_through(seen, 200)
    held, n_files, n_threads = [], n_open(), threading.active_count()
    for _ in range(20):
        play_through(seen, 50)
        held.append(held_bytes())
    growth = np.polyfit(np.arange(20) * 50, held, 1)[0] * 1000
    assert growth < 8 * _MIB, f"{growth / _MIB:.1f} MiB in a thousand openings"
    assert n_open() <= n_files + 4 and threading.active_count() <= n_threads + 4
