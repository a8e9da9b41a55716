"""Pictures of any size, shape and format in; pictures of the sequence's size, as planes of 4:2:0 video, out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

from media.color import Color, space_of
from media.fonts import face_for, load_font
from media.probe import VideoStream
from media.span import Span
from supercut.render.source import Pictures

_ROTATIONS = {0: "", 90: "transpose=clock,", 180: "hflip,vflip,", 270: "transpose=cclock,"}
BLACK_YUV = (16, 128, 128)


def conform_filters(video: VideoStream, *, size: tuple[int, int], fit: str, color: Color) -> str:
    """The libavfilter chain from a source's pictures to the sequence's; empty where they already agree."""
    width, height = size
    spaces = space_of(video.color_space, size=video.size), space_of(color.space, size=size)
    same = video.size == size and video.pixel_aspect == 1 and not video.rotation and spaces[0] == spaces[1]
    if same and video.pixel_format == "yuv420p" and video.color_range == "limited":
        return ""
    matrices = [space.removesuffix("nc").removesuffix("c") for space in spaces]  # libavfilter knows one BT.2020
    look = f"flags=lanczos:out_range=tv:in_color_matrix={matrices[0]}:out_color_matrix={matrices[1]}"
    wide, high = (f"iw*{video.pixel_aspect}", "ih") if video.rotation in (0, 180) else ("iw", f"ih*{video.pixel_aspect}")
    square = f"scale={wide}:{high}:in_color_matrix={matrices[0]}:out_color_matrix={matrices[0]}," if video.pixel_aspect != 1 else ""
    scale = {
        "letterbox": f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2:{look},"
        f"pad={width}:{height}:trunc((ow-iw)/4)*2:trunc((oh-ih)/4)*2",
        "crop": f"scale={width}:{height}:force_original_aspect_ratio=increase:{look},crop={width}:{height}",
        "stretch": f"scale={width}:{height}:{look}",
    }[fit]
    # Phones say how to hold the picture; it is turned before its proportions are judged.
    return f"{_ROTATIONS[video.rotation]}{square}{scale},setsar=1,format=yuv420p"


class Conformer:
    """A filter chain held ready for one source; feeds pictures through one by one."""

    def __init__(self, video: VideoStream, *, size: tuple[int, int], fit: str, color: Color) -> None:
        self._video, self._size, self._fit, self._color = video, size, fit, color
        self._graph: Graph | None = None
        self._shape: tuple[Any, ...] = ()

    def __call__(self, picture: VideoFrame) -> VideoFrame:
        shape = (picture.width, picture.height, picture.format.name)
        if shape != self._shape:  # some films change size on the way
            video = replace(self._video, width=picture.width, height=picture.height, pixel_format=picture.format.name)
            chain = conform_filters(video, size=self._size, fit=self._fit, color=self._color)
            self._graph, self._shape = self._build(picture, chain) if chain else None, shape
        if self._graph is None:
            return picture
        self._graph.push(picture)
        made = self._graph.pull()
        assert isinstance(made, VideoFrame)
        return made

    @staticmethod
    def _build(picture: VideoFrame, chain: str) -> Graph:
        graph = Graph()
        graph.threads = 1
        at = graph.add_buffer(width=picture.width, height=picture.height, format=picture.format, time_base=Fraction(1, 90_000))
        for step in chain.split(","):
            name, _, arguments = step.partition("=")
            following = graph.add(name, arguments or None)
            at.link_to(following)
            at = following
        at.link_to(graph.add("buffersink"))
        graph.configure()
        return graph


def pictures_on_grid(source: Pictures, start: Fraction, n_frames: int, rate: Fraction) -> Iterator[VideoFrame | None]:
    """The picture shown at each of `n_frames` instants from `start` on; None where the film has none at all.

    A quarter of a frame of patience lets time stamps that were rounded (Matroska's milliseconds) count as on time.
    Before the film's first picture that picture is shown, behind its last one the last.
    """
    patience = 1 / (4 * rate)
    lead = patience if source.step == 1 / rate else source.step
    span = Span(max(Fraction(0), start - lead), start + n_frames / rate - patience)
    coming = source.read(span)
    shown: VideoFrame | None = None
    following = next(coming, None)
    for n in range(n_frames):
        while following is not None and (shown is None or following[0] <= start + n / rate + patience):
            shown = following[1]
            following = next(coming, None)
        yield shown


def black(size: tuple[int, int]) -> VideoFrame:
    """A black picture."""
    return _to_frame(_black_planes(size))


@lru_cache(maxsize=4)
def _black_planes(size: tuple[int, int]) -> tuple[np.ndarray, ...]:
    width, height = size
    shapes = ((height, width), ((height + 1) // 2, (width + 1) // 2), ((height + 1) // 2, (width + 1) // 2))
    return tuple(np.full(shape, value, np.uint8) for shape, value in zip(shapes, BLACK_YUV, strict=True))


def planes_of(frame: VideoFrame) -> tuple[np.ndarray, ...]:
    """The planes of a yuv420p picture, each (H, W) uint8, copied out of their padding."""
    planes = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)  # type: ignore[call-overload]
        planes.append(rows[:, : plane.width])
    return tuple(planes)


def _to_frame(planes: tuple[np.ndarray, ...]) -> VideoFrame:
    height, width = planes[0].shape
    frame = VideoFrame(width, height, "yuv420p")
    for plane, rows in zip(frame.planes, planes, strict=True):
        padded = np.zeros((plane.height, plane.line_size), np.uint8)
        padded[:, : plane.width] = rows
        plane.update(padded.tobytes())
    return frame


def blend(below: VideoFrame, above: VideoFrame, opacity: Fraction) -> VideoFrame:
    """One picture over another; opacity 0 shows `below`, 1 `above`."""
    import cv2

    weight = float(opacity)
    mixed = tuple(
        cv2.addWeighted(np.ascontiguousarray(low), 1 - weight, np.ascontiguousarray(high), weight, 0.0)
        for low, high in zip(planes_of(below), planes_of(above), strict=True)
    )
    return _to_frame(mixed)


@lru_cache(maxsize=64)
def _caption(text: str, size: tuple[int, int]) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Where a caption lies in a picture, its ink and its opacity: luma (h, w) uint8 and 0..1 float32, on even edges."""
    from PIL import Image, ImageDraw

    width, height = size
    points = max(12, round(height / 14))
    font = load_font(points, face_for([text]))
    lines = wrap_text(text, lambda line: font.getlength(line), width * 0.86)
    image = Image.new("L", size, 0)
    edge = Image.new("L", size, 0)
    draw_on = {"fill": 255, "font": font, "anchor": "md", "align": "center", "spacing": points * 0.25}
    place = (width / 2, height * 0.93)
    body = "\n".join(lines)
    ImageDraw.Draw(image).multiline_text(place, body, **draw_on)
    ImageDraw.Draw(edge).multiline_text(place, body, stroke_width=max(2, points // 9), **draw_on)
    box = edge.getbbox() or (0, 0, 2, 2)
    left, top, right, bottom = (box[0] & ~1, box[1] & ~1, min((box[2] + 1) & ~1, width & ~1), min((box[3] + 1) & ~1, height & ~1))
    where = (slice(top, bottom), slice(left, right))
    ink, cover = np.asarray(image)[where], np.asarray(edge)[where].astype(np.float32) / 255
    luma = (16 + ink.astype(np.float32) * (235 - 16) / 255).astype(np.uint8)
    return where, luma, cover


def wrap_text(text: str, measure: Any, width: float) -> list[str]:
    """Break a text into lines no wider than `width` as `measure` sees it; a longer single word stays whole."""
    lines: list[str] = []
    for word in text.split():
        if lines and measure(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def burn(frame: VideoFrame, text: str) -> VideoFrame:
    """Write a text into a picture: white with a dark edge, low in the middle."""
    if not text.strip():
        return frame
    planes = [np.array(plane) for plane in planes_of(frame)]
    where, luma, cover = _caption(text, (frame.width, frame.height))
    planes[0][where] = np.rint(planes[0][where] * (1 - cover) + luma * cover).astype(np.uint8)
    half = tuple(slice(part.start // 2, part.stop // 2) for part in where)
    soft = cover.reshape(cover.shape[0] // 2, 2, cover.shape[1] // 2, 2).mean(axis=(1, 3))
    for plane in planes[1:]:
        plane[half] = np.rint(plane[half] * (1 - soft) + 128 * soft).astype(np.uint8)
    return _to_frame(tuple(planes))
