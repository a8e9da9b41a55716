"""An edit list goes in; its clips play one after the other, with their sound, straight from their sources: nothing is rendered."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from media.edits import Clip, load_edit_list, place_clips
from media.settings import setting
from projection.layers.film import PlayingLayer, PlayingSettings
from projection.layers.layer import Room
from projection.player.items import Item, Programme


class EditsSettings(PlayingSettings):
    """The clips of an edit list, one after the other."""

    file: str = setting(min_length=1, help="The edit list, as `supercut` writes it.")

    def make(self, room: Room) -> EditsLayer:
        return EditsLayer(self, room)


class EditsLayer(PlayingLayer):
    """Plays an edit list."""

    def __init__(self, settings: EditsSettings, room: Room) -> None:
        clips = load_edit_list(room.path(settings.file)).clips
        self._places = [span for _, span in place_clips(clips)]
        super().__init__(settings, room, Programme(to_items(clips), order="loop" if settings.loop else "once"))

    def _beginning(self, settings: PlayingSettings) -> tuple[int, float]:
        return self._clip_at(settings.seek) if settings.seek else super()._beginning(settings)

    def _seek(self, time_s: float) -> None:
        number, enter_s = self._clip_at(time_s)
        self._player.go_to(number, time_s=enter_s)

    def _clip_at(self, time_s: float) -> tuple[int, float]:
        """The clip at a time of the whole list, and how far into it that is."""
        number = next((n for n, place in enumerate(self._places) if time_s < place.end), len(self._places) - 1)
        return number, time_s - float(self._places[number].start)


def to_items(clips: tuple[Clip, ...]) -> list[Item]:
    """Clips as a player knows them; nothing comes before the first, whose fade counts for nothing."""
    items = [Item(clip.source, clip.span, fade=clip.fade) for clip in clips]
    return [replace(items[0], fade=Fraction(0)), *items[1:]]
