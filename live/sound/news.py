"""What a sound process reports, and how it ends, goes in; what a person should know of it comes out, in a line, each thing once."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable

from live.sound.orders import Fault, Lost, Opened, Report, Silent

_STEADY_S = 3.0
_SHORT_LIFE_S = 10.0
_N_REMEMBERED = 256


class News:
    """Tells lines.

    Args:
        tell: says a line to the person in charge.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: deque[str] = deque(maxlen=_N_REMEMBERED)
        self._is_told_silent = self._is_told_ended = False
        self._opened_s = 0.0
        self.device = ""
        """What plays; "" for nothing."""
        self.is_lost = False
        """Whether the device was lost, and none has been opened since."""

    def heed(self, report: Report, now_s: float) -> None:
        """Take in a report."""
        match report:
            case Opened():
                self.device, self._opened_s, self.is_lost = report.name, now_s, False
                if report.channels < report.wanted:
                    counts = f"has {report.channels} channels, and {report.wanted} are asked for"
                    self._tell_once(f"sound: {report.name} {counts}; what belongs on the others is heard on these.")
            case Silent():
                self._tell_silent(f"{report.why} Nothing is heard until there is one; everything else goes on.")
            case Lost():
                self.device, self.is_lost = "", True
                self._tell_silent(f"sound: {report.name}: {report.why}. Nothing is heard until it is back; everything else goes on.")
            case Fault():
                self._tell_once(report.line)

    def look(self, now_s: float) -> None:
        """Tell that a device is back, once it is sure to stay."""
        if self.device and self._is_told_silent and now_s > self._opened_s + _STEADY_S:
            self._is_told_silent = False
            self._tell(f"sound: {self.device} plays.")

    def ended(self, exit_code: int, *, lived_s: float) -> None:
        """A process is over, and another is begun."""
        self.device = ""
        is_usual = self.is_lost or exit_code == -signal.SIGTERM  # of which those are told who end everything
        if not is_usual and (lived_s > _SHORT_LIFE_S or not self._is_told_ended):
            self._is_told_ended = True
            self._tell(f"sound: its process ended ({_cause(exit_code)}); it is begun anew.")

    def _tell_once(self, line: str) -> None:
        if line not in self._told:
            self._told.append(line)
            self._tell(line)

    def _tell_silent(self, line: str) -> None:
        if not self._is_told_silent:
            self._is_told_silent = True
            self._tell(line)


def _cause(exit_code: int) -> str:
    return signal.Signals(-exit_code).name if exit_code < 0 else f"status {exit_code}"
