"""Frames go in, of which some hold two instants, line by line in turn; each instant comes out whole, and all else as it is.

Television and camcorders filmed half of the lines at a time, fifty or sixty halves a second. Shown together, what moves has teeth; here
each half becomes a picture, so that it moves as smoothly as it was filmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from media.frames import Frame

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


def whole_pictures(frames: Iterable[Frame]) -> Iterator[Frame]:
    """The frames of a film; each that is interlaced as two, of half its length."""
    halves: _Halves | None = None
    for frame in frames:
        if halves is not None and not halves.takes(frame.picture):
            yield from halves.rest()
            halves = None
        if halves is None and frame.picture.interlaced_frame:
            halves = _Halves(frame.picture)
        if halves is None:
            yield frame
        else:
            yield from halves.put(frame)
    if halves is not None:
        yield from halves.rest()


class _Halves:
    """Makes two pictures of one, by libavfilter's `bwdif`: what does not move keeps its lines, the rest is drawn between them.

    What is not interlaced passes. A frame comes out once the next one is there.

    Args:
        like: a picture of the size and kind of all.
    """

    def __init__(self, like: VideoFrame) -> None:
        from av.filter import Graph

        self._kind = _kind(like)
        graph = Graph()
        self._source = graph.add("buffer", f"video_size={like.width}x{like.height}:pix_fmt={like.format.name}:time_base=1/1")
        bwdif, self._sink = graph.add("bwdif", "mode=send_field:deint=interlaced"), graph.add("buffersink")
        self._source.link_to(bwdif)
        bwdif.link_to(self._sink)
        graph.configure()
        self._graph = graph  # which it lives in
        self._frames: dict[int, Frame] = {}
        self._n_put = 0

    def takes(self, picture: VideoFrame) -> bool:
        """Whether a picture is of the same size and kind."""
        return _kind(picture) == self._kind

    def put(self, frame: Frame) -> Iterator[Frame]:
        """Add a frame; those that are ready come out."""
        self._frames[self._n_put] = frame
        frame.picture.pts, frame.picture.time_base = self._n_put, Fraction(1)  # by which it is known again
        self._n_put += 1
        self._source.push(frame.picture)
        yield from self._ready()

    def rest(self) -> Iterator[Frame]:
        """Those that are left, as no more come."""
        self._source.push(None)
        yield from self._ready()

    def _ready(self) -> Iterator[Frame]:
        while (picture := self._pull()) is not None:
            number, half = divmod(picture.pts, 2)
            frame = self._frames[number]
            self._frames = {n: kept for n, kept in self._frames.items() if n >= number}
            length = frame.duration / 2 if frame.picture.interlaced_frame else frame.duration
            yield replace(frame, time=frame.time + half * length, duration=length, picture=picture)

    def _pull(self) -> Any:
        import av

        try:
            return self._sink.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return None


def _kind(picture: VideoFrame) -> tuple[int, int, str]:
    return picture.width, picture.height, picture.format.name
