"""Pictures of another process: the newest of the file that is there now, and what is told of its age."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live.clock import ManualClock
from live.shared import SharedWriter
from projection.layers.layer import Absent

Draw = Callable[..., Any]


@pytest.fixture
def open_writer(tmp_path: Path) -> Iterator[Callable[[], SharedWriter]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(SharedWriter(tmp_path / "dream", most_px=64 * 36))


def grey(level: int, *, opaque: int = 255) -> np.ndarray:
    return np.full((36, 64, 4), (level, level, level, opaque), np.uint8)


def test_the_newest_picture_is_shown_once(make: Any, drawn: Draw, clock: ManualClock, open_writer: Any) -> None:
    writer, layer = open_writer(), make("frames", file="dream")
    writer.put(grey(1), time_s=clock.now())
    writer.put(grey(2), time_s=clock.now())
    assert (drawn(layer) == grey(2)).all()
    assert drawn(layer, 0.1) is None
    writer.put(grey(3, opaque=200), time_s=clock.now(), is_opaque=False)
    found = layer.draw(clock.now())
    assert (found.picture == grey(3, opaque=200)).all() and not found.is_opaque


def test_it_waits_for_what_is_not_there_yet(make: Any, drawn: Draw, clock: ManualClock, tmp_path: Path, open_writer: Any) -> None:
    layer = make("frames", file="dream")
    with pytest.raises(Absent, match="no pictures are shared here yet"):
        drawn(layer)
    for n, text in enumerate((bytes(10_000), b"", b"a few words of somebody's"), 1):
        (tmp_path / "dream").unlink(missing_ok=True)
        (tmp_path / "dream").write_bytes(text)
        with pytest.raises(Absent, match="no pictures are shared in this file"):
            drawn(layer, n / 4)
    writer = open_writer()
    with pytest.raises(Absent):
        drawn(layer, 2)
    writer.put(grey(5), time_s=clock.now() + 3)
    assert (drawn(layer, 3) == grey(5)).all()


def test_it_follows_a_file_that_is_made_anew(make: Any, drawn: Draw, clock: ManualClock, open_writer: Any) -> None:
    first, layer = open_writer(), make("frames", file="dream")
    first.put(grey(1), time_s=clock.now())
    assert (drawn(layer) == grey(1)).all()
    first.close()
    assert drawn(layer, 1) is None  # its last picture stays
    open_writer().put(grey(2), time_s=clock.now() + 2)
    assert (drawn(layer, 2) == grey(2)).all()
    open_writer().put(grey(3), time_s=clock.now() + 3)  # the one before was killed: nobody took its file away
    assert (drawn(layer, 3) == grey(3)).all()


def test_stale_pictures_are_told_once_and_so_is_their_end(make: Any, drawn: Draw, clock: ManualClock, told: list[str], open_writer: Any) -> None:
    writer, layer = open_writer(), make("frames", file="dream", stale=2)
    writer.put(grey(1), time_s=clock.now())
    for n in range(10):
        drawn(layer, n * 0.5)
    assert len(told) == 1 and "no new picture for 2 s" in told[0]
    for n in range(10, 40):
        writer.put(grey(n), time_s=clock.now() + n * 0.5)
        drawn(layer, n * 0.5)
    assert told[1:] == ["it: its pictures are new again."]


def test_stale_pictures_fade_away_and_come_back_at_once(make: Any, drawn: Draw, clock: ManualClock, open_writer: Any) -> None:
    writer, layer = open_writer(), make("frames", file="dream", stale=1, fade=2)
    writer.put(grey(200), time_s=clock.now())
    assert (drawn(layer) == grey(200)).all()
    assert drawn(layer, 1) is None
    assert (drawn(layer, 2) == grey(100, opaque=128)).all()
    assert not layer.draw(clock.now() + 2.5).is_opaque
    assert not drawn(layer, 3.5).any()
    assert drawn(layer, 4) is None
    writer.put(grey(50), time_s=clock.now() + 5)
    assert (drawn(layer, 5) == grey(50)).all()


def test_pictures_may_change_their_size(make: Any, drawn: Draw, clock: ManualClock, open_writer: Any) -> None:
    writer, layer = open_writer(), make("frames", file="dream")
    for size in ((36, 64), (10, 20), (30, 30)):
        writer.put(np.full((*size, 4), 7, np.uint8), time_s=clock.now())
        assert drawn(layer).shape == (*size, 4)
