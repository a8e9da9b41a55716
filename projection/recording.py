"""A place for a film and what is to be recorded go in; a process records it, and a person is told what becomes of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from live.clock import Clock
from media.codecs import video_codec_for
from media.errors import UserError
from media.files import check_place, free_path
from media.frames import ignore_fault
from projection.link import Say
from projection.messages import Recorded, Refused
from projection.messages import Recording as Begun
from projection.processes import Kept, Serve
from projection.recorder import RATE, RecordWish, serve_recorder

_PATIENCE_S = 30.0


def prove_film_path(path: Path) -> None:
    """Refuse, before the show, what no recording can be written to.

    Raises:
        UserError: it is no name of a film, or the place refuses.
    """
    if video_codec_for(path) in (None, "gif"):
        raise UserError(path, "what is shown cannot be recorded in this format", "Name a film: show.mp4, show.mkv.")
    check_place(path)


class Recording:
    """A recording that runs; where it breaks off, the show goes on without it.

    Args:
        path: of the film; where there is one of this name already, a number is added.
        shown: the file in which an output shares its picture.
        heard: that of the mix; None without sound.
        say, note: as of an OutputLink.
    """

    rate: Fraction = RATE

    def __init__(
        self, path: Path, shown: Path, heard: Path | None, *, clock: Clock, say: Say, note: Say = ignore_fault, serve: Serve = serve_recorder
    ) -> None:
        self.path, self._say, self._note = free_path(path), say, note
        wish = RecordWish(self.path.absolute(), shown, heard)
        self._kept = Kept("recorder", serve, lambda: wish, clock=clock)
        self.recorded = Recorded()
        self.has_failed = False
        self._kept.begin()

    @property
    def pid(self) -> int | None:
        """The number of its process while it runs."""
        return self._kept.pid

    def look(self) -> None:
        """Hear how it goes."""
        for message in self._kept.received():
            if isinstance(message, Recorded):
                self.recorded = message
            elif isinstance(message, Begun):
                self._note(f"recording to {self.path}")
            elif isinstance(message, Refused):
                self._fail(f"{message.error} The show goes on; what was recorded until then can be played.")
        if self._kept.pid is None:
            self._fail(f"{self.path}: the recording has ended. The show goes on; what was recorded until then can be played.")

    def finish(self) -> None:
        """Have it write its end; nobody waits for that yet."""
        self._kept.ask_to_end()

    def end(self) -> None:
        """Wait until it is written."""
        self._kept.end(patience_s=_PATIENCE_S)
        for message in self._kept.received():
            if isinstance(message, Recorded):
                self.recorded = message
            elif isinstance(message, Refused) and not self.has_failed:
                self._fail(str(message.error))

    def _fail(self, line: str) -> None:
        if not self.has_failed:
            self.has_failed = True
            self._say(line)
