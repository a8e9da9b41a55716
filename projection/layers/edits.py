"""An edit list goes in; its clips play one after the other, with their sound, straight from their sources: nothing is rendered."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import ClassVar

from media.edits import Clip, load_edit_list, place_clips
from media.settings import setting
from projection.layers.film import PlayingLayer, PlayingSettings
from projection.layers.layer import LayerSettings, Room
from projection.player.items import Item, Programme


class EditsSettings(PlayingSettings):
    """The clips of an edit list, one after the other."""

    file: str = setting(min_length=1, help="The edit list, as `supercut` writes it.")


class EditsLayer(PlayingLayer):
    """Plays an edit list."""

    Settings: ClassVar[type[LayerSettings]] = EditsSettings

    def __init__(self, settings: EditsSettings, room: Room) -> None:
        clips = load_edit_list(room.path(settings.file)).clips
        self._places = [span for _, span in place_clips(clips)]
        super().__init__(settings, room, Programme(to_items(clips), order="loop" if settings.loop else "once"))

    def _seek(self, time_s: float) -> None:
        number = next((n for n, place in enumerate(self._places) if time_s < place.end), len(self._places) - 1)
        self._player.go_to(number, time_s=time_s - float(self._places[number].start))


def to_items(clips: tuple[Clip, ...]) -> list[Item]:
    """Clips as a player knows them; nothing comes before the first, whose fade counts for nothing."""
    items = [Item(clip.source, clip.span, fade=clip.fade) for clip in clips]
    return [replace(items[0], fade=Fraction(0)), *items[1:]]
