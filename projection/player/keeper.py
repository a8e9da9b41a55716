"""A programme goes in; the line of time is kept filled, its next items open and what is broken left out, turn by turn.

Everything here is done by one thread. What others look at as well (the line, the reels) is changed under the lock; files are opened and
closed without it, so that nobody who asks for a picture ever waits for a disk.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

from live.clock import Clock
from media.errors import UserError
from media.span import Span
from projection.player.decoding import breaks_off, played
from projection.player.faults import Faults
from projection.player.items import Item, Programme
from projection.player.opening import Opened, Opener
from projection.player.reel import Bells, Reel
from projection.player.retrying import Retrying
from projection.player.timeline import Stretch, Timeline
from projection.player.voice import Voice

_PLANNED_S = 5.0  # more than voices decode ahead
_MOST_PLANNED, _MOST_AT_ONCE = 64, 8
_OPENED_S = 3.0
_MOST_OPEN = 4
_BEHIND_S = 2.0
_HEAD_START_S = 0.3  # what finding the place again may take
_BEGIN_WITHIN_S = 1.0
_SEEK_AGAIN_S = 1.0
_STUCK_S = 2.0
_LOST = "lost"


class Keeper:
    """Keeps a player's line of time.

    Args:
        voice: all its calls but `position` are made here.
        enter_s: where to enter the first item, seconds from the beginning of its span.
    """

    def __init__(self, programme: Programme, voice: Voice, *, bells: Bells, clock: Clock, faults: Faults, enter_s: float = 0.0) -> None:
        self.line = Timeline()
        self.plays, self.rate = True, 1.0
        self.has_begun = False
        self.n_skipped = 0
        self._programme, self._voice, self._bells, self._clock, self._faults = programme, voice, bells, clock, faults
        self._opener, self._retrying = Opener(), Retrying(clock)
        self._opening: tuple[Path, float] | None = None
        self._stuck = ""
        self._laid_s: float | None = None
        self._sought: tuple[float, float] | None = None
        self._enter_s = enter_s

    @property
    def fault(self) -> str:
        """Why nothing can be played; "" where something can."""
        return self._retrying.fault or (self._stuck if not any(True for _ in self.line) else "")

    @property
    def is_entering(self) -> bool:
        """Whether the first picture of what plays now is being looked for."""
        now = self._now()
        return now is not None and now.reel is not None and not now.reel.has_begun and not now.reel.is_over

    def turn(self) -> None:
        """See to everything that is due."""
        self._judge()
        position_s = self._voice.position(self._clock.now())
        self._plan(position_s)
        self._jump(position_s)
        self._drop(position_s)
        self._open_ahead(position_s)
        self._begin()

    def watch(self) -> None:
        """Notice, in another thread, that a disk does not answer: in real time, whatever the clock is."""
        opening = self._opening
        if opening is None:
            self._stuck = ""
        elif time.monotonic() > opening[1] + _STUCK_S:
            self._stuck = f"{opening[0]}: it has not answered for {_STUCK_S:g} s"
            self._faults.tell(opening[0], f"{self._stuck}. It is waited for.", kind="stuck")

    def close(self) -> None:
        """Let go of all files."""
        with self._bells.lock:
            dropped = self.line.clear()
        self._retire(dropped)

    def play(self) -> None:
        """Go on."""
        self.plays = True
        if self.has_begun:
            self._voice.play()

    def pause(self) -> None:
        """Stand still."""
        self.plays = False
        self._voice.pause()

    def set_rate(self, rate: float) -> None:
        """Play faster or slower."""
        self._voice.set_rate(rate)
        self.rate = rate

    def set_gain(self, gain_db: float) -> None:
        """Play louder or softer."""
        self._voice.set_gain(gain_db)

    def seek(self, time_s: float) -> None:
        """Go to a place of the item that plays, seconds from the beginning of its span; behind its end is the next item."""
        now = self._now()
        if now is None:
            self._enter_s = time_s  # of the one that is being opened
        else:
            coming = self.line.after(now)
            stays = time_s < now.opened.span.duration
            self._lay_anew([now, *coming] if stays else coming, begin=now.opened.entry(time_s) if stays else None)

    def skip(self) -> None:
        """Go to the next item."""
        now = self._now()
        if now is not None:
            self._lay_anew(self.line.after(now))

    def go_to(self, number: int, time_s: float) -> None:
        """Go to an item of the programme, by its number there, and to a place in it."""
        self._programme.go_to(number)
        self._lay_anew([])
        self._lay_next(enter_s=max(0.0, time_s))

    def remove(self, item: Item) -> None:
        """Take an item away, also where it is about to be played; one that plays goes on."""
        self._programme.remove(item)
        now = self._now()
        coming = self.line.after(now) if now is not None else list(self.line)
        with self._bells.lock:
            for stretch in coming:
                stretch.is_out = stretch.opened.asked == item

    def _now(self) -> Stretch | None:
        return self.line.at(self._voice.position(self._clock.now()))

    def _lay_anew(self, stretches: Sequence[Stretch], *, begin: Fraction | None = None) -> None:
        """Forget what was planned, and go on at once with these.

        Args:
            begin: the media time with which the first one begins.
        """
        with self._bells.lock:
            for stretch in self.line:
                stretch.is_out = True
        for n, stretch in enumerate(stretches):
            span = stretch.opened.span
            laid = self._lay(stretch.opened, begin=None if n else begin if begin is not None else span.start)
            with self._bells.lock:
                if laid.begin == stretch.begin and stretch.reel is not None and stretch.reel.is_unseen:
                    laid.reel, laid.n_told, stretch.reel = stretch.reel, stretch.n_told, None

    def _lay(self, opened: Opened, *, begin: Fraction | None = None) -> Stretch:
        with self._bells.lock:
            stretch = self.line.append(opened, begin=begin)
            stretch.n_told = self._faults.n_told
        self._voice.append(stretch.placed.item)
        self._laid_s = self._clock.now() if self._laid_s is None else self._laid_s
        return stretch

    def _plan(self, position_s: float) -> None:
        """Lay out what comes, as far ahead as voices look."""
        for _ in range(_MOST_AT_ONCE):
            if not self.lacks(position_s) or self._retrying.waits:
                break
            self._lay_next(enter_s=self._enter_s or None)

    def _lay_next(self, *, enter_s: float | None = None) -> None:
        """Lay out one item more, if it can be opened.

        Args:
            enter_s: where to enter it, seconds from the beginning of its span, without any fade; None is there.
        """
        item = self._programme.take()
        if item is None:
            return
        self._opening = item.path, time.monotonic()
        try:
            opened = self._opener.open(item)
        except UserError as error:
            self._fail("open", item.path, str(error))
        except Exception as error:  # whatever libav says to it
            self._fail("open", item.path, f"{item.path}: it cannot be opened ({error!r})")
        else:
            self._lay(opened, begin=None if enter_s is None else opened.entry(enter_s))
            self._enter_s = 0.0
            self._retrying.works("open")
        finally:
            self._opening = None

    def lacks(self, position_s: float) -> bool:
        """Whether too little is planned, though there is more."""
        if self._programme.peek() is None:
            return False
        now = self.line.at(position_s)
        coming = self.line.after(now) if now is not None else []
        return not coming or (len(coming) < _MOST_PLANNED and self.line.ahead_s(position_s) < _PLANNED_S * self.rate)

    def _fail(self, step: str, path: Path, line: str) -> None:
        self._faults.tell(path, line, kind=_LOST)
        self._retrying.fails(step, line, of=max(1, len(self._programme)))

    def _judge(self) -> None:
        """Find out what became of the reels: what broke off ends where it did."""
        for stretch in list(self.line):
            if stretch.reel is None or stretch.is_judged:
                continue
            if stretch.reel.has_begun and not stretch.is_seen:
                stretch.is_seen = True
                self._retrying.works("decode")
                self._faults.better(stretch.opened.path, kind=_LOST, since=stretch.n_told)
            if stretch.reel.is_over:
                stretch.is_judged = True
                self._judge_whole(stretch, stretch.reel.end)

    def _judge_whole(self, stretch: Stretch, end: Fraction | None) -> None:
        path = stretch.opened.path
        if end is None:
            with self._bells.lock:
                stretch.is_out = True
            self._fail("decode", path, f"{path}: nothing of it can be shown. It is left out.")
        elif breaks_off(stretch.opened, end):
            with self._bells.lock:
                stretch.cut(end)
            self._faults.tell(path, f"{path}: it is cut off after {float(end):.1f} s. What comes next follows there.", kind="cut")

    def _jump(self, position_s: float) -> None:
        """Pass over a place where nothing is."""
        target_s, now_s = self.line.jump(position_s), self._clock.now()
        if target_s is None:
            self._sought = None
        elif self._sought is None or self._sought[0] != target_s or now_s - self._sought[1] > _SEEK_AGAIN_S:
            self._sought = (target_s, now_s)
            self._voice.seek(target_s)

    def _drop(self, position_s: float) -> None:
        with self._bells.lock:
            dropped = self.line.drop(position_s)
        self._retire(dropped)

    def _retire(self, dropped: Sequence[Stretch]) -> None:
        for stretch in dropped:
            if stretch.reel is not None:
                stretch.reel.close()
                self.n_skipped += stretch.reel.n_skipped

    def _open_ahead(self, position_s: float) -> None:
        """Have what plays, and what comes soon, decoded."""
        now = self.line.at(position_s)
        if now is None:
            return
        for stretch in (now, *self.line.after(now))[:_MOST_OPEN]:
            is_soon = stretch.start_s - position_s < _OPENED_S * max(1.0, self.rate)
            if is_soon and stretch.reel is None and not stretch.is_judged:
                self._open(stretch, stretch.begin)
        if now.reel is not None and now.reel.behind_s > _BEHIND_S:
            self._catch_up(now, position_s)

    def _catch_up(self, stretch: Stretch, position_s: float) -> None:
        """Decoding is far behind, or nobody had looked for long: go on from where the sound is."""
        begin = Fraction(stretch.media_s(position_s) + _HEAD_START_S * self.rate)
        late = stretch.reel
        self._open(stretch, min(begin, stretch.opened.span.end))
        if late is not None:
            late.close()
            self.n_skipped += late.n_skipped

    def _open(self, stretch: Stretch, begin: Fraction) -> None:
        path, opened = stretch.opened.path, stretch.opened
        pictures = partial(played, opened, Span(begin, opened.span.end), on_fault=partial(self._tell_damage, path))
        reel = Reel(pictures, name=path.name, bells=self._bells, on_fault=partial(self._faults.tell, path, kind=_LOST))
        with self._bells.lock:
            stretch.reel = reel

    def _tell_damage(self, path: Path, fault: str) -> None:
        self._faults.tell(path, f"{path}: {fault}. It goes on.", kind="damaged")

    def _begin(self) -> None:
        """Have the voice begin with the first picture, or without it where that takes too long."""
        if self.has_begun or self._laid_s is None:
            return
        waited_s = self._clock.now() - self._laid_s
        if waited_s > _BEGIN_WITHIN_S or any(stretch.reel is not None and stretch.reel.has_begun for stretch in self.line):
            self.has_begun = True
            if self.plays:
                self._voice.play()
