"""Films, folders and pictures go in; one after the other they play, with their sound."""

from __future__ import annotations

import re
from fractions import Fraction
from math import inf
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from pydantic import model_validator

from media.codecs import CONTAINERS
from media.errors import UserError
from media.files import expand_paths
from media.pictures import PICTURE_SUFFIXES, natural_key
from media.settings import Seconds, setting
from media.span import Span
from projection.layers.layer import Absent, Drawn, LayerSettings, Paths, Room
from projection.player.decoding import Played
from projection.player.faults import Faults
from projection.player.items import Item, Programme
from projection.player.opening import is_picture
from projection.player.pixels import to_pixels
from projection.player.player import Player
from projection.player.sounding import open_voice

_CAMERAS = (".3gp", ".asf", ".avi", ".dv", ".f4v", ".flv", ".m2ts", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".wmv")
FILM_SUFFIXES = (*(suffix for suffix, kind in CONTAINERS.items() if kind.videos), *_CAMERAS)
"""What counts as a film inside a folder."""
SILENT_DB = -90
_ENDLESS_S = Fraction(10**9)
_PATTERN = re.compile(r"[*?\[]")


class PlayingSettings(LayerSettings):
    """What layers that play have in common."""

    loop: bool = setting(True, help="Whether it begins anew behind its end; else its last picture stays.")
    sound: bool = setting(True, help="Whether it is heard.")
    channels: tuple[int, ...] = setting(
        (1, 2), min_length=1, max_length=2, help="Channels of the sound to which its left and right go; one for both."
    )
    gain_db: float = setting(0.0, ge=SILENT_DB, le=24, unit="dB", live=True, help="How much louder it is than recorded; -90 is silence.")
    rate: float = setting(1.0, ge=0.25, le=4, live=True, help="How many times as fast it plays.")
    paused: bool = setting(False, live=True, help="Whether it stands still.")
    seek: float = setting(0.0, ge=0, unit="s", live=True, help="Where it goes to whenever this is moved, from its beginning.")


class FilmSettings(PlayingSettings):
    """Films and pictures, one after the other."""

    files: Paths = setting(min_length=1, help="Films, pictures, folders of them, or patterns such as loops/*.mp4.")
    start: Seconds = setting(Fraction(0), ge=0, unit="s", help="Where in each film it begins.")
    end: Seconds | None = setting(None, unit="s", help="Where in each film it ends; its own end by default.")
    picture_s: Seconds = setting(Fraction(5), gt=0, unit="s", help="How long a picture is shown.")
    shuffle: bool = setting(False, help="Each pass in an order of its own, by the show's seed.")

    @model_validator(mode="after")
    def _check_span(self) -> FilmSettings:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"end must lie behind start, got {float(self.end):g} and {float(self.start):g}")
        return self


class PlayingLayer:
    """Plays a programme."""

    def __init__(self, settings: PlayingSettings, room: Room, programme: Programme) -> None:
        self._room, self._settings, self._faults = room, settings, Faults(room.tell)
        self._shown: Played | None = None
        sounds: Any = room.sound if settings.sound else None
        voice = open_voice(sounds, clock=room.clock, channels=settings.channels, tell=room.tell)
        self._player = Player(programme, voice, clock=room.clock, tell=room.tell)
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
            return Drawn(*to_pixels(frame, stage_px=self._room.size_px))
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
        if settings.seek != before.seek:
            self._seek(settings.seek)

    def close(self) -> None:
        """Let go of everything."""
        self._player.close()

    def _seek(self, time_s: float) -> None:
        self._player.seek(time_s)

    def _tell_why(self) -> None:
        where, _, what = self._player.status().fault.partition(": ")
        if where:
            raise Absent(where, what)


def _gain(gain_db: float) -> float:
    return gain_db if gain_db > SILENT_DB else -inf


class FilmLayer(PlayingLayer):
    """Plays films."""

    Settings: ClassVar[type[LayerSettings]] = FilmSettings

    def __init__(self, settings: FilmSettings, room: Room) -> None:
        rng = Random(f"{room.seed} {settings.name}") if settings.shuffle else None
        super().__init__(settings, room, Programme(find_items(settings, room), order="loop" if settings.loop else "once", rng=rng))


def find_items(settings: FilmSettings, room: Room) -> list[Item]:
    """What a film layer plays; of folders and patterns in the order of their names, where 9 comes before 10.

    A single file that is not there counts: it may come.

    Raises:
        UserError: nothing is there at all.
    """
    files: list[Path] = []
    faults: dict[Path, UserError] = {}
    for path in map(room.path, settings.files):
        try:
            found = expand_paths([path], suffixes=(*FILM_SUFFIXES, *PICTURE_SUFFIXES))
            files += sorted(found, key=lambda path: (path.parent, natural_key(path)))
        except UserError as error:
            faults[path] = error
            files += [] if _stands_for_many(path) else [path]
    if len(faults) == len(settings.files):
        raise next(iter(faults.values()))
    for path, fault in faults.items():
        if _stands_for_many(path):  # of others the player tells
            room.tell(str(fault))
    is_whole = not settings.start and settings.end is None
    part = None if is_whole else Span(settings.start, settings.end or _ENDLESS_S)
    still = Span(Fraction(0), settings.picture_s)
    return [Item(path, still if is_picture(path) else part) for path in files]


def _stands_for_many(path: Path) -> bool:
    return path.is_dir() or _PATTERN.search(str(path)) is not None
