"""The process that records: what an output shows, and what is heard, go in; a film comes out, which may lack pictures but holds up nobody.

One thread looks at shared pictures at a fixed rate, another one encodes them, a second behind at most. Where that does not keep up,
pictures are left out and counted; those that are there stand at their time. What was written can be played whatever happens: a full
disk, a kill, the end of the machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from live.clock import Clock, SteadyClock, ticks
from live.sound.tap import TapReader
from media.ahead import work_ahead
from media.codecs import VIDEO_CODECS, video_codec_for
from media.errors import UserError
from media.write import FilmWriter, to_picture
from projection.following import Follower
from projection.messages import Begun, End, Recorded, Refused
from projection.soundtrack import Soundtrack
from projection.wire import Wire

if TYPE_CHECKING:
    from av import VideoFrame

RATE = Fraction(30)
_PRESET = "ultrafast"
_NICE = 5
"""How far it stands back behind those that show."""
_TELL_EVERY_S = 1.0
_WAITING_BYTES = 64 << 20
"""What pictures may take that wait to be encoded."""


@dataclass(frozen=True)
class RecordWish:
    """What is to be recorded.

    Args:
        shown: the file in which the output shares its picture.
        heard: the file in which the mix is shared; None without sound.
        rate: pictures a second.
        metadata: as of `media.write.FilmWriter`.
    """

    path: Path
    shown: Path
    heard: Path | None = None
    rate: Fraction = RATE
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """What an output showed and what was heard at one turn.

    Args:
        number: of the turn.
        sound: what is to be written behind all that was, (n, 2) float32; None in a film without.
    """

    number: int
    frame: VideoFrame
    sound: np.ndarray | None


def serve_recorder(connection: Connection, wish: RecordWish) -> None:
    """Record, in a process of its own, until told to end."""
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
        self._frames: Frames | None = None
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
        assert self._frames is not None
        with FilmWriter(
            self._wish.path, size=self._frames.size_px, rate=self._wish.rate, preset=_PRESET, options={"g": str(round(self._wish.rate))},
            sound=self._heard is not None, is_live=True, metadata=self._wish.metadata,
        ) as film:  # fmt: skip
            self._wire.send(Begun(str(self._wish.path)))
            n_ahead = max(2, min(round(self._wish.rate), _WAITING_BYTES // self._frames.n_bytes))
            with closing(work_ahead(self._taken(), n=n_ahead)) as taken:
                for each in taken:
                    self._write(film, each)

    def told(self) -> Recorded:
        """How far it is."""
        return Recorded(self._n_frames, self._n_dropped, float(self._end / self._wish.rate))

    def _taken(self) -> Iterator[Taken]:
        """What is to be written, as it comes, one at least: a film needs it; where it is not fetched for long, turns are left out."""
        period_s = float(1 / self._wish.rate)
        soundtrack = Soundtrack(self._clock.now() - period_s / 2)  # what a turn finds has been seen for half of one, more or less
        for tick in ticks(self._clock, period_s):
            is_over = self._is_to_end()
            if is_over and tick.number:
                return
            self._n_dropped += tick.n_skipped
            self._look()
            assert self._frames is not None
            sound = None if self._heard is None else soundtrack.fit(self._heard.read(), self._clock.now())
            yield Taken(tick.number, self._frames.newest, sound)
            if is_over:
                return

    def _write(self, film: FilmWriter, taken: Taken) -> None:
        film.write_frame(taken.frame, Fraction(taken.number) / self._wish.rate)
        if taken.sound is not None:
            film.write_sound(taken.sound)
        self._n_frames, self._end = self._n_frames + 1, taken.number + 1
        self._tell()

    def _look(self) -> bool:
        """Take the newest picture, if it stays whole meanwhile; tells whether there is one."""
        newest = self._shown.newest()
        if newest is not None and self._shown.number != self._number:
            frames = self._frames or Frames(self._wish.path, newest.picture)
            frame = frames.frame_of(newest.picture)
            if newest.is_whole or self._frames is None:
                self._frames, self._number, frames.newest = frames, self._shown.number, frame
        return self._frames is not None

    def _is_to_end(self) -> bool:
        return self._wire.is_broken or any(isinstance(message, End) for message in self._wire.received())

    def _tell(self) -> None:
        if self._clock.now() >= self._told_s + _TELL_EVERY_S:
            self._told_s = self._clock.now()
            self._wire.send(self.told(), is_newest=True)


class Frames:
    """Makes shared pictures fit for the encoder of a film, all of the size of the first, less a pixel where it is odd."""

    def __init__(self, path: Path, first: np.ndarray) -> None:
        from av import VideoFrame

        height, width = (size // 2 * 2 for size in first.shape[:2])
        self.size_px = width, height
        self._pixel_format = VIDEO_CODECS[video_codec_for(path) or "h264"].pixel_format
        # One memory for all: what is made anew for each picture takes longer to get than to fill.
        self._scratch = VideoFrame(width, height, "bgra")
        plane: Any = self._scratch.planes[0]
        self._pixels = np.frombuffer(plane, np.uint8).reshape(height, plane.line_size)[:, : 4 * width].reshape(height, width, 4)
        self.newest = self.frame_of(first)

    @property
    def n_bytes(self) -> int:
        """What a frame takes."""
        return sum(plane.buffer_size for plane in self.newest.planes)

    def frame_of(self, picture: np.ndarray) -> VideoFrame:
        """The frame of a picture; one of another size, as when a projector was exchanged, is pulled into shape."""
        width, height = self.size_px
        if (picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2) != (height, width):
            picture = cv2.resize(picture, self.size_px, interpolation=cv2.INTER_AREA)
        self._pixels[:] = picture[:height, :width]
        return to_picture(self._scratch, pixel_format=self._pixel_format)
