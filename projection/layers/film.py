"""Films, folders and pictures go in; one after the other they play, with their sound."""

from __future__ import annotations

import re
from fractions import Fraction
from math import inf
from pathlib import Path
from random import Random
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, model_validator

from live.sound.channels import parse_channel
from media.container import FILM_SUFFIXES
from media.errors import UserError
from media.files import expand_paths
from media.pictures import PICTURE_SUFFIXES, find_pictures, is_pattern, natural_key
from media.settings import Seconds, setting
from media.span import Span
from projection.layers.layer import Absent, Drawn, LayerSettings, Paths, Playing, Room
from projection.layers.playlist import Entry, is_playlist, read_playlist
from projection.player.decoding import Played
from projection.player.faults import Faults
from projection.player.items import Item, Programme
from projection.player.opening import is_picture
from projection.player.player import Player
from projection.player.sounding import open_voice

SILENT_DB = -90
_ENDLESS_S = Fraction(10**9)
_PATTERN = re.compile(r"[*?\[]")


Channel = Annotated[int, BeforeValidator(parse_channel)]
"""A channel of the sound, from 1 to 64."""


class PlayingSettings(LayerSettings):
    """What layers that play have in common."""

    loop: bool = setting(True, help="Whether it begins anew behind its end; else its last picture stays.")
    sound: bool = setting(True, help="Whether it is heard.")
    channels: tuple[Channel, ...] = setting(
        (1, 2), min_length=1, max_length=2, help="Where its left and right are heard, by name or number; one for both."
    )
    gain_db: float = setting(0.0, ge=SILENT_DB, le=24, unit="dB", live=True, help="How much louder it is than recorded; -90 is silence.")
    rate: float = setting(1.0, ge=0.25, le=4, live=True, help="How many times as fast it plays.")
    paused: bool = setting(False, live=True, help="Whether it stands still.")
    item: int = setting(1, ge=1, le=1_000_000, live=True, help="Which of them it begins with, from 1, and goes to whenever this is set.")
    seek: float = setting(0.0, ge=0, unit="s", live=True, help="Where in that it begins, and goes to in what plays whenever this is set.")
    skip: bool = setting(False, live=True, help="It goes to the next one whenever this is set to true.")

    DEEDS: ClassVar = frozenset({"item", "seek", "skip"})


class FilmSettings(PlayingSettings):
    """Films and pictures, one after the other."""

    files: Paths = setting(min_length=1, help="Films, pictures, folders of them, playlists (.m3u), or patterns such as loops/*.mp4.")
    start: Seconds = setting(Fraction(0), ge=0, unit="s", help="Where in each film it begins.")
    end: Seconds | None = setting(None, unit="s", help="Where in each film it ends; its own end by default.")
    seconds: Seconds = setting(Fraction(5), gt=0, unit="s", help="How long a picture is shown.")
    crossfade: Seconds = setting(Fraction(0), ge=0, le=3600, unit="s", help="How long one becomes the next; 0 is a cut.")
    shuffle: bool = setting(False, help="Each pass in an order of its own, by the show's seed.")

    @model_validator(mode="after")
    def _check_span(self) -> FilmSettings:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"end must lie behind start, got {float(self.end):g} and {float(self.start):g}")
        return self

    def make(self, room: Room) -> FilmLayer:
        return FilmLayer(self, room)


class PlayingLayer:
    """Plays a programme."""

    def __init__(self, settings: PlayingSettings, room: Room, programme: Programme) -> None:
        from projection.player.pixels import to_pixels  # which takes long, and must not while the first pictures are due

        self._to_pixels = to_pixels
        self._room, self._settings, self._faults = room, settings, Faults(room.tell)
        self._shown: Played | None = None
        self._n_items = len(programme)
        sounds: Any = room.sound if settings.sound else None
        voice = open_voice(sounds, clock=room.clock, channels=settings.channels, tell=room.tell)
        number, enter_s = self._beginning(settings)
        if number:  # else the first one that chance has chosen
            programme.go_to(number)
        self._player = Player(programme, voice, clock=room.clock, tell=room.tell, enter_s=enter_s)
        self._player.set_gain(_gain(settings.gain_db))
        self._player.set_rate(settings.rate)
        if settings.paused:
            self._player.pause()

    def draw(self, at_s: float) -> Drawn | None:
        """The picture that belongs to what is heard at an instant.

        Raises:
            Absent: there is none, and never was.
        """
        frame = self._player.picture(at_s)
        if frame is None:
            self._tell_why()
        if frame is None or frame is self._shown:
            return None
        self._shown = frame
        try:
            return Drawn(*self._to_pixels(frame, stage_px=self._room.size_px))
        except Exception as error:  # colours that nobody knows: what was seen before stays until the next film
            self._faults.tell(frame.item.path, f"{frame.item.path}: its pictures cannot be shown ({error!r})", kind="colours")
            return None

    def set(self, settings: PlayingSettings) -> None:
        """Take over what was moved."""
        before, self._settings = self._settings, settings
        if settings.gain_db != before.gain_db:
            self._player.set_gain(_gain(settings.gain_db))
        if settings.rate != before.rate:
            self._player.set_rate(settings.rate)
        if settings.paused != before.paused:
            self._player.pause() if settings.paused else self._player.play()

    def act(self, deed: str) -> None:
        """Go to an item, to a place, or to the next item."""
        if deed == "item":
            self._player.go_to(self._number(self._settings))
        elif deed == "seek":
            self._seek(self._settings.seek)
        elif self._settings.skip:
            self._player.skip()

    def playing(self) -> Playing:
        """What is played now."""
        status = self._player.status()
        now, coming = status.item, next(iter(status.coming), None)
        places = status.at_s, status.duration_s
        return Playing(status.state, None if now is None else now.path, *places, None if coming is None else coming.path)

    def close(self) -> None:
        """Let go of everything."""
        self._player.close()

    def _beginning(self, settings: PlayingSettings) -> tuple[int, float]:
        """The item that is played first, from 0, and where in it, seconds."""
        return self._number(settings), settings.seek

    def _number(self, settings: PlayingSettings) -> int:
        """The item that is meant, from 0."""
        if settings.item > self._n_items:
            last = f"there is no item {settings.item}: it goes to the last, {self._n_items}."
            self._faults.tell(Path(settings.name), f"{settings.name}: {last}", kind="item")
        return min(settings.item, self._n_items) - 1

    def _seek(self, time_s: float) -> None:
        self._player.seek(time_s)

    def _tell_why(self) -> None:
        where, _, what = self._player.status().fault.partition(": ")
        if where:
            absent = Absent(where, what)
            absent.is_told = True  # by the player
            raise absent


def _gain(gain_db: float) -> float:
    return gain_db if gain_db > SILENT_DB else -inf


class FilmLayer(PlayingLayer):
    """Plays films."""

    def __init__(self, settings: FilmSettings, room: Room) -> None:
        rng = Random(f"{room.seed} {settings.name}") if settings.shuffle else None
        super().__init__(settings, room, Programme(find_items(settings, room), order="loop" if settings.loop else "once", rng=rng))


def find_items(settings: FilmSettings, room: Room) -> list[Item]:
    """What a film layer plays; of folders and patterns in the order of their names, where 9 comes before 10.

    A single file that is not there counts: it may come.

    Raises:
        UserError: nothing is there at all.
    """
    entries: list[Entry] = []
    faults: list[UserError] = []
    for name in settings.files:
        try:
            entries += _entries_of(name, room)
        except _Gone as gone:
            faults.append(gone)
            entries.append((room.path(name), None))  # of which the player tells
        except UserError as error:
            faults.append(error)
    if len(faults) == len(settings.files):
        raise faults[0]
    for fault in faults:
        if not isinstance(fault, _Gone):
            room.tell(f"{settings.name}: {fault}")
    return [_item_of(entry, settings) for entry in entries]


class _Gone(UserError):  # noqa: N818 - it may come
    """A single file is not there."""


def _item_of(entry: Entry, settings: FilmSettings) -> Item:
    path, part = entry
    if is_picture(path):
        part = Span(Fraction(0), settings.seconds)
    elif part is None and (settings.start or settings.end is not None):
        part = Span(settings.start, settings.end or _ENDLESS_S)
    return Item(path, part, fade=settings.crossfade)


def _entries_of(name: str, room: Room) -> list[Entry]:
    """The files that a name stands for, and which part of each is played.

    Raises:
        UserError: it stands for nothing.
    """
    path = room.path(name)
    if is_playlist(path):
        return read_playlist(path, tell=room.tell)
    if is_pattern(path) and not path.exists():
        return [(picture, None) for picture in find_pictures(path) or ()]
    try:
        found = expand_paths([path], suffixes=FILM_SUFFIXES.union(PICTURE_SUFFIXES))
    except UserError as error:
        if path.is_dir() or _PATTERN.search(name):
            raise
        raise _Gone(error.where, error.what, error.remedy) from error
    return [(file, None) for file in sorted(found, key=lambda file: (file.parent, natural_key(file)))]
