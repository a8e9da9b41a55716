"""A film goes in; an animated GIF with one palette made for all of it comes out, endlessly looping."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media.container import open_media

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_TICK = Fraction(1, 100)  # GIF counts hundredths
_LEAST_TICKS = 2  # browsers show shorter frames much too long


def write_gif(film: Path, target: Path) -> None:
    """Convert a film; it is read twice, so that one palette fits all of it, and nothing is kept in memory.

    Raises:
        UserError: the film cannot be read; av.error.FFmpegError: the target cannot be written.
    """
    import av

    palette = _palette(film)
    with open_media(film) as source, av.open(str(target), "w", format="gif", container_options={"loop": "0", "fflags": "+bitexact"}) as gif:
        video = source.streams.video[0]
        stream = gif.add_stream("gif", rate=100)
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, "pal8"
        stream.codec_context.time_base = _TICK
        for picture in _in_palette(_frames(source), palette):
            for packet in stream.encode(picture):
                packet.duration = picture.duration  # of the last one the muxer cannot see how long it is shown
                gif.mux(packet)
        gif.mux(stream.encode(None))


def _frames(source: Any) -> Iterator[VideoFrame]:
    """Pictures in GIF's time; those that it cannot show long enough are left out."""
    latest = -_LEAST_TICKS
    for picture in source.decode(video=0):
        stamp = round(picture.pts * picture.time_base / _TICK)
        if stamp - latest >= _LEAST_TICKS:
            latest = stamp
            picture.duration = max(_LEAST_TICKS, round(picture.duration * picture.time_base / _TICK))
            picture.pts, picture.time_base = stamp, _TICK
            yield picture


def _palette(film: Path) -> VideoFrame:
    """The 256 colours that serve the whole film best."""
    from av.filter import Graph

    graph = Graph()
    with open_media(film) as source:
        entry = graph.add_buffer(template=source.streams.video[0], time_base=_TICK)
        maker, exit_ = graph.add("palettegen", stats_mode="diff", reserve_transparent="0"), graph.add("buffersink")
        entry.link_to(maker)
        maker.link_to(exit_)
        graph.configure()
        for picture in _frames(source):
            entry.push(picture)
        entry.push(None)
    return exit_.pull()  # type: ignore[return-value]


def _in_palette(pictures: Iterator[VideoFrame], palette: VideoFrame) -> Iterator[VideoFrame]:
    """Each picture in the palette's colours; where nothing moves, the dots of the dither stand still."""
    import av
    from av.filter import Graph

    graph = Graph()
    first = next(pictures)
    entry = graph.add_buffer(width=first.width, height=first.height, format=first.format, time_base=_TICK)
    colors = graph.add_buffer(width=palette.width, height=palette.height, format=palette.format, time_base=_TICK)
    user, exit_ = graph.add("paletteuse", dither="sierra2_4a", diff_mode="rectangle"), graph.add("buffersink")
    entry.link_to(user, 0, 0)
    colors.link_to(user, 0, 1)
    user.link_to(exit_)
    graph.configure()
    palette.pts, palette.time_base = 0, _TICK
    colors.push(palette)
    colors.push(None)
    entry.push(first)
    while True:
        try:
            yield exit_.pull()  # type: ignore[misc]
        except av.error.BlockingIOError:
            entry.push(next(pictures, None))
        except av.error.EOFError:
            return
