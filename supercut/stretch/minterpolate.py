"""The pictures of one shot in, one frame for each tick out, by libavfilter's `minterpolate` (blocks that move)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from supercut.stretch.shots import Picture

if TYPE_CHECKING:
    from av.filter import Graph

# One frame of the result counts as one second, so that stamps that come out are numbers of frames.
_HOW = "fps=1:mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1:scd=none"
_TICK = Fraction(1, 90_000)
_BT709 = 1
_N_BEHIND = 4
"""The filter holds back as many pictures."""


class Shot(Protocol):
    """Pictures of one shot; how many frames there are before the next shot is known after reading them."""

    def __iter__(self) -> Iterator[Picture]: ...

    @property
    def end(self) -> int | None: ...


def interpolate_shot(shot: Shot, *, first: int, last: int) -> Iterator[np.ndarray]:
    """Frames `first` to the shot's end (at most `last`), (H, W, 3) uint8 RGB; times of pictures count in frames."""
    at = first
    shown: np.ndarray | None = None
    for number, frame in _made(shot):
        shown = frame if shown is None else shown
        while at < min(number, last if shot.end is None else shot.end, last):
            yield shown
            at += 1
        shown = frame
    while shown is not None and at < (last if shot.end is None else min(shot.end, last)):
        yield shown
        at += 1


def _made(shot: Shot) -> Iterator[tuple[int, np.ndarray]]:
    """What the filter makes of a shot: frames with their numbers, the last picture standing still until it has let go of all."""
    made = _Filter()
    before: Picture | None = None
    gap = Fraction(1)
    for picture in shot:
        if before is not None:
            gap = max(picture.time - before.time, _TICK)
        yield from made.feed(picture.rgb, picture.time)
        before = picture
    for n in range(1, _N_BEHIND + 1):
        if before is not None:
            yield from made.feed(before.rgb, before.time + n * gap)


class _Filter:
    """minterpolate, opened with the first picture."""

    def __init__(self) -> None:
        self._graph: Graph | None = None

    def feed(self, rgb: np.ndarray, time: Fraction) -> list[tuple[int, np.ndarray]]:
        """Give it a picture; get the frames that are ready, each with its number."""
        from av import VideoFrame

        frame = VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24").reformat(format="yuv420p", dst_colorspace=_BT709)
        frame.pts, frame.time_base = round(time / _TICK), _TICK
        if self._graph is None:
            self._graph = _build(frame)
        self._graph.push(frame)
        return list(self._ready(self._graph))

    def _ready(self, graph: Graph) -> Iterator[tuple[int, np.ndarray]]:
        import av

        while True:
            try:
                frame: Any = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            yield round(frame.pts * frame.time_base), frame.reformat(format="rgb24", src_colorspace=_BT709).to_ndarray()


def _build(frame: Any) -> Graph:
    from av.filter import Graph

    graph = Graph()
    steps = (
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_TICK),
        graph.add("minterpolate", _HOW),
        graph.add("buffersink"),
    )
    graph.link_nodes(*steps).configure()
    return graph
