"""The process that records: what an output shows, and what is heard, go in; a film comes out, which may lack pictures but holds up nobody.

It looks at shared pictures at a fixed rate. Where it does not keep up, pictures are left out and counted; those that are there stand
at their time. What was written can be played whatever happens: a full disk, a kill, the end of the machine.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from live.clock import Clock, SteadyClock, ticks
from live.sound.tap import TapReader
from live.workers import serve_parent
from media.errors import UserError
from media.write import FilmWriter
from projection.following import Follower
from projection.messages import End, Recorded, Recording, Refused
from projection.soundtrack import Soundtrack
from projection.wire import Wire

if TYPE_CHECKING:
    from av import VideoFrame

RATE = Fraction(30)
_PRESET = "ultrafast"
_NICE = 5
"""How far it stands back behind those that show."""
_TELL_EVERY_S = 1.0


@dataclass(frozen=True)
class RecordWish:
    """What is to be recorded.

    Args:
        shown: the file in which the output shares its picture.
        heard: the file in which the mix is shared; None without sound.
        rate: pictures a second.
    """

    path: Path
    shown: Path
    heard: Path | None = None
    rate: Fraction = RATE


def serve_recorder(connection: Connection, wish: RecordWish) -> None:
    """Record, in a process of its own, until told to end."""
    serve_parent()
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    wire = Wire(connection)
    recorder = Recorder(wish, wire, SteadyClock(spin_s=0))
    try:
        recorder.run()
    except UserError as error:
        wire.send(Refused(error))
    except Exception as error:  # of a codec: what there is stays
        wire.send(Refused(UserError(wish.path, f"the recording broke off ({error or type(error).__name__})", "What there is stays.")))
    wire.send(recorder.told())
    wire.flush(timeout_s=1.0)


class Recorder:
    """Writes a film of what an output shows."""

    def __init__(self, wish: RecordWish, wire: Wire, clock: Clock) -> None:
        self._wish, self._wire, self._clock = wish, wire, clock
        self._shown = Follower(wish.shown, clock)
        self._heard = None if wish.heard is None else TapReader(wish.heard)
        self._picture = np.zeros((0, 0, 4), np.uint8)
        self._number = (0, 0)
        self._n_frames = self._n_dropped = self._end = 0
        self._told_s = float("-inf")

    def run(self) -> None:
        """Record until told to end; begins with the first picture.

        Raises:
            UserError: the place refuses, or the disk is full; what was written until then stays.
        """
        periods = ticks(self._clock, float(1 / self._wish.rate))
        while not self._look():
            next(periods)
            self._tell()
            if self._is_to_end():
                return
        height, width = (size // 2 * 2 for size in self._picture.shape[:2])
        with FilmWriter(
            self._wish.path, size=(width, height), rate=self._wish.rate, preset=_PRESET, options={"g": str(round(self._wish.rate))},
            sound=self._heard is not None, is_live=True,
        ) as film:  # fmt: skip
            self._wire.send(Recording(str(self._wish.path)))
            self._write_all(film, (width, height))

    def told(self) -> Recorded:
        """How far it is."""
        return Recorded(self._n_frames, self._n_dropped, float(self._end / self._wish.rate))

    def _write_all(self, film: FilmWriter, size_px: tuple[int, int]) -> None:
        soundtrack = Soundtrack(self._clock.now())
        for tick in ticks(self._clock, float(1 / self._wish.rate)):
            if self._is_to_end():
                return
            self._n_dropped += tick.n_skipped
            self._look()
            film.write_frame(_as_frame(self._picture, size_px), Fraction(tick.number) / self._wish.rate)
            self._n_frames, self._end = self._n_frames + 1, tick.number + 1
            if self._heard is not None:
                film.write_sound(soundtrack.fit(self._heard.read(), self._clock.now()))
            self._tell()

    def _look(self) -> bool:
        """Take the newest picture, if it stays whole meanwhile; tells whether there is one."""
        newest = self._shown.newest()
        if newest is not None and self._shown.number != self._number:
            picture = newest.picture.copy()
            if newest.is_whole or not self._picture.size:
                self._picture, self._number = picture, self._shown.number
        return self._picture.size > 0

    def _is_to_end(self) -> bool:
        return self._wire.is_broken or any(isinstance(message, End) for message in self._wire.received())

    def _tell(self) -> None:
        if self._clock.now() >= self._told_s + _TELL_EVERY_S:
            self._told_s = self._clock.now()
            self._wire.send(self.told(), is_newest=True)


def _as_frame(picture: np.ndarray, size_px: tuple[int, int]) -> VideoFrame:
    """A shared picture for an encoder; of another size than at first, as when a projector was exchanged, it is pulled into shape."""
    from av import VideoFrame

    if picture.shape[:2] not in ((size_px[1], size_px[0]), (size_px[1] + picture.shape[0] % 2, size_px[0] + picture.shape[1] % 2)):
        picture = cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA)
    return VideoFrame.from_ndarray(np.ascontiguousarray(picture[: size_px[1], : size_px[0]]), format="bgra")
