"""A programme and what sounds it go in; at any instant the picture that belongs to what is heard comes out, whatever breaks meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Literal

from live.clock import Clock
from projection.player.decoding import Played
from projection.player.faults import Faults
from projection.player.items import Item, Programme
from projection.player.keeper import Keeper
from projection.player.reel import Bells
from projection.player.timeline import Stretch
from projection.player.voice import Voice

State = Literal["waiting", "playing", "paused", "ended"]
"""waiting: there is nothing to play, or nothing that can be; ended: a programme that is played once is over."""

_LOOK_EVERY_S = 0.1
_JOIN_S = 2.0
_ITSELF = Path()
_SEEK, _GO_TO = "seek", "go to"


@dataclass(frozen=True)
class Status:
    """How playing goes.

    Args:
        item: what is seen now; None before the first.
        number: how many were laid out before it.
        at_s: where in it, seconds from the beginning of its span.
        duration_s: of its span.
        coming: what follows, as far as it is planned.
        offset_s: by how much the picture was ahead of the sound when it changed last, seconds.
        n_shown: pictures given out.
        n_skipped: pictures left out as they were late, or as they are more than are looked at.
        fault: why nothing plays; "" where it does.
    """

    state: State
    item: Item | None = None
    number: int = 0
    at_s: float = 0.0
    duration_s: float = 0.0
    coming: tuple[Item, ...] = ()
    offset_s: float = 0.0
    n_shown: int = 0
    n_skipped: int = 0
    fault: str = ""


class Player:
    """Plays a programme: `with Player(programme, voice, clock=clock, tell=print) as player: player.picture(clock.now())`.

    It begins at once. A thread keeps the next items ready and decodes; no call here waits for it, but where that is asked for.

    Args:
        voice: what is heard, and the clock of what is seen; it is closed with the player.
        clock: gives the instants that `picture` and the voice are asked about.
        tell: told, in a line, of each fault once; in any thread.
        enter_s: where to enter the first item, seconds from the beginning of its span.
    """

    def __init__(
        self, programme: Programme, voice: Voice, *, clock: Clock, tell: Callable[[str], None], enter_s: float = 0.0
    ) -> None:
        self.programme = programme
        self._voice, self._clock, self._faults = voice, clock, Faults(tell)
        self._bells = Bells()
        self._keeper = Keeper(programme, voice, bells=self._bells, clock=clock, faults=self._faults, enter_s=enter_s)
        self._wishes: deque[tuple[str, Callable[[], None]]] = deque()
        self._is_settled = False
        self._is_closing = False
        self._position_s = 0.0
        self._latest: Played | None = None
        self._shown: Played | None = None
        self._offset_s, self._n_shown = 0.0, 0
        self._thread = Thread(target=self._keep, name="film player", daemon=True)
        self._thread.start()

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def picture(self, at_s: float, *, wait_s: float = 0.0) -> Played | None:
        """The picture for an instant of the clock: the one nearest to what is heard then, else the newest before it; None before the first.

        The same object is the same picture. Nothing is ever raised.

        Args:
            wait_s: how long to wait for the very one while it is being decoded, real seconds.
        """
        try:
            self._keeper.watch()
            with self._bells.lock:
                if wait_s > 0:
                    self._bells.picture.wait_for(partial(self._is_there, at_s), wait_s)
                return self._look(self._voice.position(at_s))
        except Exception as error:  # the show goes on with what was shown last
            self._faults.tell(_ITSELF, f"no picture can be had ({error!r})", kind=type(error).__name__)
            return self._shown

    def play(self) -> None:
        """Go on."""
        self._wish(self._keeper.play)

    def pause(self) -> None:
        """Stand still: the picture stays, and nothing is heard."""
        self._wish(self._keeper.pause)

    def set_rate(self, rate: float) -> None:
        """Play so many times as fast, 0.25 to 4."""
        self._wish(partial(self._keeper.set_rate, rate), of="rate")

    def set_gain(self, gain_db: float) -> None:
        """Play so much louder than recorded."""
        self._wish(partial(self._keeper.set_gain, gain_db), of="gain")

    def seek(self, time_s: float) -> None:
        """Go to a place of the item that plays, seconds from the beginning of its span; behind its end is the next item."""
        self._wish(partial(self._keeper.seek, time_s), of=_SEEK)

    def skip(self) -> None:
        """Go to the next item."""
        self._wish(self._keeper.skip)

    def go_to(self, number: int, *, time_s: float = 0.0) -> None:
        """Go to an item by its number in the programme's own order, from 0; those behind it follow.

        Args:
            time_s: where to enter it, seconds from the beginning of its span.
        """
        self._wish(partial(self._keeper.go_to, number, time_s), of=_GO_TO)

    def remove(self, item: Item) -> None:
        """Take an item out of the programme, also where it is got ready already; where it plays, it plays to its end."""
        self._wish(partial(self._keeper.remove, item))

    def status(self) -> Status:
        """How playing goes."""
        with self._bells.lock:
            position_s = self._position_s
            now = self._keeper.line.at(position_s)
            status = Status(self._state(now, position_s), fault=self._keeper.fault, offset_s=self._offset_s, n_shown=self._n_shown)
            if now is None:
                return replace(status, n_skipped=self._keeper.n_skipped)
            span, later = now.opened.span, self._keeper.line.after(now)
            return replace(
                status,
                item=now.opened.asked,
                number=now.number,
                at_s=min(max(0.0, now.media_s(position_s) - float(span.start)), float(span.duration)),
                duration_s=float(span.duration),
                coming=tuple(stretch.opened.asked for stretch in later),
                n_skipped=self._keeper.n_skipped + sum(stretch.reel.n_skipped for stretch in (now, *later) if stretch.reel is not None),
            )

    def close(self) -> None:
        """Let go of everything; a disk that hangs is left behind after two seconds."""
        with self._bells.lock:
            self._is_closing = True
            self._bells.ring()
        self._thread.join(timeout=_JOIN_S)
        self._voice.close()

    def _wish(self, wish: Callable[[], None], *, of: str = "") -> None:
        """Have the keeper's thread do something; of several of a kind that follow one another only the last counts."""
        with self._bells.lock:
            if of and self._wishes and self._wishes[-1][0] == of:
                self._wishes.pop()
            self._wishes.append((of, wish))
            self._bells.ring()

    def _keep(self) -> None:
        while not self._is_closing:
            self._grant()
            self._try(self._keeper.turn)
            with self._bells.lock:
                self._is_settled = not self._wishes
                self._bells.picture.notify_all()
            self._bells.wait(_LOOK_EVERY_S)
        self._try(self._keeper.close)

    def _grant(self) -> None:
        """Do what was wished for. A seek waits until the last one has shown a picture: so a hand that moves on and on is followed."""
        while True:
            with self._bells.lock:
                self._is_settled = self._is_settled and not self._wishes
                if not self._wishes or (self._wishes[0][0] in (_SEEK, _GO_TO) and self._keeper.is_entering):
                    return
                _, wish = self._wishes.popleft()
            self._try(wish)

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # a defect, or a sound process that has gone: what plays goes on
            self._faults.tell(_ITSELF, f"the film player stumbles: {str(error) or repr(error)}", kind=type(error).__name__)

    def _is_there(self, at_s: float) -> bool:
        """Whether everything is ready for the very picture of an instant."""
        position_s, keeper = self._voice.position(at_s), self._keeper
        is_planned = keeper.has_begun and not keeper.lacks(position_s) and keeper.line.jump(position_s) is None
        if self._wishes or not self._is_settled or not is_planned:
            self._bells.ring()
            return False
        now = keeper.line.at(position_s)
        if now is None or now.reel is None:
            return now is None
        return now.reel.reaches(now.media_s(position_s)) and (now.is_judged or not now.reel.is_over)

    def _look(self, position_s: float) -> Played | None:
        """The picture of a place of the line."""
        self._position_s = position_s
        now = self._keeper.line.at(position_s)
        if self._keeper.line.jump(position_s) is not None:
            self._bells.ring()
        frame = now.reel.nearest(now.media_s(position_s)) if now is not None and now.reel is not None else None
        if now is None or frame is None:
            return self._shown
        if frame is not self._latest:
            self._n_shown += 1
            self._offset_s = float(frame.time) - now.media_s(position_s)
        self._latest = frame
        self._shown = self._faded(now, frame, position_s)
        return self._shown

    def _faded(self, now: Stretch, frame: Played, position_s: float) -> Played:
        """A frame, with the one below it where it fades in."""
        fades = now.fade_s > 0 and position_s < now.start_s + now.fade_s
        below = self._keeper.line.before(now) if fades else None
        before = below.reel.nearest(below.media_s(position_s)) if below is not None and below.reel is not None else None
        if before is None:
            return frame
        return replace(frame, before=before, share=min(max(0.0, (position_s - now.start_s) / now.fade_s), 1.0))

    def _state(self, now: Stretch | None, position_s: float) -> State:
        if now is not None and (position_s < now.end_s or self._keeper.line.after(now)):
            return "playing" if self._keeper.plays else "paused"
        return "ended" if self.programme.order == "once" and not self._keeper.lacks(position_s) and not self._keeper.fault else "waiting"
