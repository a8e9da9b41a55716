"""What is to be played goes in; its pictures come out one after the other, from the one nearest to its beginning on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from media.container import reaches
from media.errors import UserError
from media.frames import Frame, FrameReader, OnFault
from media.pictures import decode_picture
from media.probe import upright_rotation
from media.span import Span
from projection.player.interlaced import whole_pictures
from projection.player.items import Item
from projection.player.opening import Opened, is_picture

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

LEAD_S = 0.02
"""How much too early a picture may be shown at most; how much too late, nobody can help where pictures are few."""
_N_THREADS = min(4, os.cpu_count() or 1)
_BLACK_PX = (16, 16)
_NEAR_S = 1


@dataclass(frozen=True, eq=False)
class Played(Frame):
    """A frame of an item; `time` is media time.

    Args:
        rotation: degrees clockwise that show it upright: 0, 90, 180, 270.
        pixel_aspect: width of a pixel over its height.
        before: the frame of the item before that still goes on, while this one comes in over it.
        share: how far this one has come in, 0..1.
    """

    item: Item
    rotation: int = 0
    pixel_aspect: Fraction = Fraction(1)
    before: Played | None = None
    share: float = 1.0


def lead_s(shown: Frame) -> float:
    """How long before its time the frame behind `shown` takes its place, seconds: with half of a frame, each is always the nearest."""
    return min(float(shown.duration) / 2, LEAD_S)


def played(opened: Opened, span: Span, *, on_fault: OnFault) -> Iterator[Played]:
    """The pictures of a stretch of an item; a black one where there are none but something is heard.

    Raises:
        UserError: it cannot be read, or no further.
    """
    if is_picture(opened.path):
        picture = decode_picture(opened.path)
        yield Played(span.start, span.duration, picture, opened.asked, upright_rotation(picture))
        return
    video = opened.video
    is_empty = True
    if video is not None:
        damage = _Damage(on_fault)
        with FrameReader(opened.path, threads=_N_THREADS, on_fault=damage.note) as film:
            for frame in _from_nearest(film, span, video.rate):
                is_empty = False
                damage.goes_on(frame.time)
                yield Played(frame.time, frame.duration, frame.picture, opened.asked, video.rotation, video.pixel_aspect)
    if is_empty and opened.has_sound and not breaks_off(opened, span.start):
        yield Played(span.start, span.duration, _black(), opened.asked)


class _Damage:
    """Tells the first damaged place of a film once it is sure that it goes on behind that."""

    def __init__(self, on_fault: OnFault) -> None:
        self._on_fault = on_fault
        self._fault = ""
        self._time = self._since = Fraction(0)

    def note(self, fault: str) -> None:
        if not self._fault:
            self._fault, self._since = fault, self._time

    def goes_on(self, time: Fraction) -> None:
        self._time = time
        if self._fault and time > self._since + _NEAR_S:
            self._on_fault(self._fault)
            self._fault, self._since = "", time


def _from_nearest(film: FrameReader, span: Span, rate: Fraction) -> Iterator[Frame]:
    """The frames of a span, the first of which may begin before it."""
    if span.start <= 0:
        yield from whole_pictures(film.read(span))
        return
    held: Frame | None = None
    for frame in whole_pictures(film.read(Span(max(Fraction(0), span.start - 1 / rate), span.end))):
        if held is None and frame.time > span.start:  # the one that is shown there has been for long
            break
        if held is not None and frame.time - lead_s(held) > span.start:
            yield held
        held = frame
    if held is not None:
        yield held
        return
    shown = film.frame_at(span.start)
    before = [shown] if shown.time < span.start else []
    yield from whole_pictures(chain(before, film.read(span)))


def _black() -> VideoFrame:
    from av.video.frame import VideoFrame

    return VideoFrame.from_ndarray(np.zeros((*_BLACK_PX, 3), np.uint8), format="rgb24")


def breaks_off(opened: Opened, end: Fraction) -> bool:
    """Whether an item of which pictures came up to `end` is over there, as its file has been cut off or lost."""
    if opened.is_single or end >= opened.span.end - _NEAR_S:
        return False
    if not opened.has_sound:
        return True
    try:
        return not reaches(opened.path, opened.span.end)
    except UserError:
        return True
