"""A mapping file goes in: which change of the picture is heard as what. Its voices, regions and key come out, checked."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from media.errors import UserError, did_you_mean
from media.regions import FRAME, Cell, Mask, Polygon, Rect, Region, Square
from media.settings import find_config, line_of, read_text, settings_from_toml, telling_fault, validation_to_user_error
from video2midi.analysis import WHOLE
from video2midi.features import EVENTS, LEVELS
from video2midi.gm import DRUMS
from video2midi.mappingfile import Mapping, Play, RegionSettings, VoiceSettings
from video2midi.notes import DRUM_CHANNEL
from video2midi.scales import ladder

DEFAULT_MAPPING = "ensemble"
_BARE = re.compile(r"[^\s\[\],][^\[\],]*")

_NOT_FOR: dict[str, tuple[str, ...]] = {
    "polarity": ("hits", "drone"),
    "curve": ("drone",),
    "input": ("hits", "drone"),
    "range": ("control", "bend"),
    "notes": ("line", "chords", "control", "bend"),
    "pitch": ("line", "gate", "chords", "drone", "control", "bend"),
    "key": ("control", "bend"),
    "scale": ("control", "bend"),
    "debounce": ("drone", "control", "bend"),
    "rests": ("control", "bend"),
    "program": ("control", "bend"),
    "velocity": ("control", "bend"),
    "velocities": ("control", "bend"),
    "length": ("drone", "control", "bend"),
    "longest": ("control", "bend"),
    "renew": ("gate", "drone", "control", "bend"),
    "wake": ("line", "gate", "chords", "drone", "control", "bend"),
    "threshold": ("line", "chords", "drone", "control", "bend"),
    "hysteresis": ("hits", "gate", "chords", "drone"),
    "probability": ("drone", "control", "bend"),
    "polyphony": ("line", "control", "bend"),
    "controller": ("line", "hits", "gate", "chords", "drone", "bend"),
    "values": ("line", "hits", "gate", "chords", "drone", "bend"),
    "semitones": ("line", "hits", "gate", "chords", "drone", "control"),
}
"""Keys that mean nothing to a way of playing, and so are refused there."""


@dataclass(frozen=True)
class Part:
    """A voice ready to play.

    Args:
        cells: names of the regions that it listens to; one, or the cells of a grid in order.
        pitches: the notes that it may play, upwards (its ladder), or exactly those named, one a cell or in turn.
        channel: 0..15.
        program: the instrument of the channel, 0..127; None for a voice that plays no notes.
    """

    name: str
    voice: VoiceSettings
    cells: tuple[str, ...]
    pitches: tuple[int, ...]
    channel: int
    program: int | None


@dataclass(frozen=True)
class Plan:
    """A mapping with its names resolved.

    Args:
        grids: names of the cells of each grid.
        where, text: the file that it came from, for errors; relative masks lie beside it.
    """

    mapping: Mapping
    parts: tuple[Part, ...]
    regions: dict[str, Region]
    grids: dict[str, tuple[str, ...]]
    where: Path
    text: str

    def but(self, **named: Any) -> Plan:
        """The same with other values at the top of the mapping (key, scale, seed); key and scale are then those of all voices.

        Where the mapping names a key, the notes that voices name move with it, by the nearest way; drums stay.

        Raises:
            UserError: a voice has no notes then.
        """
        way = (named.get("key", self.mapping.key) - self.mapping.key + 5) % 12 - 5 if "key" in self.mapping.model_fields_set else 0
        pitched = {part.name for part in self.parts if part.channel != DRUM_CHANNEL}
        voices = {
            name: _moved(_without_own(voice, named), by=way if name in pitched else 0) for name, voice in self.mapping.voices.items()
        }
        changed = self.mapping.model_copy(update={**named, "voices": voices})
        return self if changed == self.mapping else resolve(changed, where=self.where, text=self.text)

    @property
    def files(self) -> list[Path]:
        """The files that it was read from: itself and its masks."""
        return [self.where, *(region.path for region in self.regions.values() if isinstance(region, Mask))]


def _without_own(voice: VoiceSettings, named: MappingOf[str, Any]) -> VoiceSettings:
    """The voice without a key or scale of its own, where these are given for all."""
    own: dict[str, Any] = {name: None for name in ("key", "scale") if name in named and getattr(voice, name) is not None}
    return voice.model_copy(update=own) if own else voice


def _moved(voice: VoiceSettings, *, by: int) -> VoiceSettings:
    """The voice with the notes that it names so many semitones higher, those beyond MIDI's range an octave back."""
    if not by or not voice.notes:
        return voice
    pitches = [note + by for note in voice.notes if isinstance(note, int)]
    return voice.model_copy(update={"notes": tuple(pitch - 12 if pitch > 127 else pitch + 12 if pitch < 0 else pitch for pitch in pitches)})


def load_plan(name: str = DEFAULT_MAPPING, *, changes: Sequence[str] = ()) -> Plan:
    """Read a mapping by the name of a shipped one or by its path, and resolve it.

    Args:
        changes: "dotted.key=value" each, laid over the file, the value as TOML (or bare text).
    Raises:
        UserError: with file, line, key and the nearest right one.
    """
    path = find_config(name, program="video2midi")
    text = read_text(path)
    if not changes:
        return resolve(settings_from_toml(text, Mapping, where=path), where=path, text=text)
    settings_from_toml(text, Mapping, where=path)
    table = tomllib.loads(text)
    for change in changes:
        _lay_over(table, change)
    told = f"--set {' --set '.join(changes)}"
    try:
        changed = Mapping.model_validate(table)
    except ValidationError as error:
        keys = [str(key) for key in telling_fault(error)["loc"]]
        guilty = next((change for change in reversed(changes) if (own := _keys_of(change)) == keys[: len(own)]), None)
        fault = validation_to_user_error(error, Mapping, where="--set", text="x")
        unknown = len(keys) > 1 and keys[0] == "voices" and keys[1] not in tomllib.loads(text).get("voices", {})
        remedy = did_you_mean(keys[1], tomllib.loads(text).get("voices", {})) if unknown else fault.remedy
        raise UserError(f"--set {guilty}" if guilty else told, fault.what, remedy) from error
    try:
        return resolve(changed, where=path, text=text)
    except UserError as error:
        raise UserError(told, error.what, error.remedy) from error


def _lay_over(table: dict[str, Any], change: str) -> None:
    _, equals, value = change.partition("=")
    keys = _keys_of(change)
    if not equals or not all(keys):
        raise UserError(f"--set {change}", "this sets nothing", "Write it like --set voices.melody.polarity=down.")
    at = table
    for key in keys[:-1]:
        at = at.setdefault(key, {})
        if not isinstance(at, dict):
            raise UserError(f"--set {change}", f"{key} is no table", "Check the name before the last dot.")
    at[keys[-1]] = _toml_value(value.strip())


def _keys_of(change: str) -> list[str]:
    return [key.strip() for key in change.partition("=")[0].split(".")]


def _toml_value(text: str) -> Any:
    """A value as TOML, the words of a list with or without quotes; else the text itself."""
    for written in (text, _BARE.sub(_quoted, text) if text.startswith("[") else text):
        with suppress(tomllib.TOMLDecodeError):
            return tomllib.loads(f"x = {written}")["x"]
    return text


def _quoted(item: re.Match[str]) -> str:
    """An item of a list as it is where it is TOML, else as a text."""
    with suppress(tomllib.TOMLDecodeError):
        tomllib.loads(f"x = {item[0]}")
        return item[0]
    return json.dumps(item[0].strip(), ensure_ascii=False)


def plan_of(mapping: Mapping) -> Plan:
    """A plan of a mapping that was made in Python.

    Raises:
        UserError: as `load_plan`.
    """
    return resolve(mapping, where=Path("mapping"), text="")


def resolve(mapping: Mapping, *, where: Path, text: str) -> Plan:
    """Give every voice its regions, notes and channel, and refuse what contradicts itself."""
    if not mapping.voices:
        raise UserError(where, "there is no voice", "Add a table such as [voices.melody].")
    regions = _regions(mapping, where, text)
    grids = {name: _cell_names(name, region.grid) for name, region in mapping.regions.items() if region.grid}
    channels = _channels(mapping, where, text)
    programs = _programs(mapping, channels, where, text)
    parts = []
    for name, voice in mapping.voices.items():
        fault = _Fault(where, text, ("voices", name))
        _refuse_contradictions(voice, fault)
        cells = _cells(voice, grids, regions, fault)
        _refuse_unheard(voice, cells, fault)
        pitches = _pitches(voice, mapping, channels[name], cells, fault)
        if voice.play == "drone" and voice.polyphony and voice.notes and voice.polyphony < len(voice.notes):
            raise fault("polyphony", f"the drone has {len(voice.notes)} notes, got {voice.polyphony}", "Leave it out.")
        usual = {"chords": 4, "drone": len(voice.notes) or 1}.get(voice.play, 1)
        full = voice if voice.polyphony else voice.model_copy(update={"polyphony": usual})
        program = None if voice.play in _NOT_FOR["program"] else programs.get(channels[name], 0)
        parts.append(Part(name, full, cells, pitches, channels[name], program))
    if mapping.harmony.region not in regions:
        place = _Fault(where, text, ("harmony",))
        raise place("region", f"no single region has this name, got {mapping.harmony.region!r}", did_you_mean(mapping.harmony.region, regions))
    return Plan(mapping, tuple(parts), regions, grids, where, text)


def _programs(mapping: Mapping, channels: MappingOf[str, int], where: Path, text: str) -> dict[int, int]:
    """The instrument that voices name for each channel: it has one at a time, whichever of its voices names it."""
    chosen: dict[int, str] = {}
    for name, voice in mapping.voices.items():
        if "program" in voice.model_fields_set and voice.play not in _NOT_FOR["program"]:
            first = chosen.setdefault(channels[name], name)
            if mapping.voices[first].program != voice.program and channels[name] != DRUM_CHANNEL:
                what = f"channel {channels[name] + 1} has the instrument of {first} already"
                raise _Fault(where, text, ("voices", name))("program", what, "Give it a channel of its own, or the same program.")
    return {channel: mapping.voices[name].program for channel, name in chosen.items()}


@dataclass(frozen=True)
class _Fault:
    """Makes errors of one table that name file and line."""

    where: Path
    text: str
    table: tuple[str, ...]

    def __call__(self, key: str, what: str, remedy: str = "") -> UserError:
        keys = [*self.table, *([key] if key else [])]
        place = f"{self.where}:{line_of(self.text, keys)}" if self.text else str(self.where)
        return UserError(place, f"{'.'.join(keys)}: {what}", remedy)


def _refuse_contradictions(voice: VoiceSettings, fault: _Fault) -> None:
    if "feature" not in voice.model_fields_set and voice.play != "drone":
        raise fault("", "feature is missing", "Add it; a drone alone needs none.")
    for key in ("notes", "polyphony"):
        if key in voice.model_fields_set and not getattr(voice, key):
            raise fault(key, f"there must be one at least, got {list(voice.notes) if key == 'notes' else 0}", "Leave it out for the usual.")
    for key in voice.model_fields_set:
        if voice.play in _NOT_FOR.get(key, ()):
            able = [play for play in Play.__args__ if play not in _NOT_FOR[key]]  # type: ignore[attr-defined]
            raise fault(key, f"means nothing to play = {voice.play!r}", f"Leave it out; it belongs to {', '.join(able)}.")
    if voice.play == "hits" and voice.feature not in EVENTS:
        raise fault("feature", f"hits need an event, got {voice.feature!r}", f'Choose from: {", ".join(EVENTS)}; or play = "gate".')
    if voice.play in ("line", "gate", "control", "bend") and voice.feature not in LEVELS:
        raise fault("feature", f"an event has no height to follow, got {voice.feature!r}", f'Choose from: {", ".join(LEVELS)}; or play = "hits".')
    if voice.play == "chords" and voice.feature not in LEVELS:
        raise fault("feature", f"chords grow with a height, got {voice.feature!r}", f'Choose from: {", ".join(LEVELS)}.')
    if voice.length == "gate" and voice.play != "gate":
        raise fault("length", f'"gate" needs play = "gate", got play = {voice.play!r}', "Write legato, 1/8 or a time.")
    for key in ("range", "pitch", "key", "scale"):
        if voice.notes and key in voice.model_fields_set:
            raise fault(key, f"notes and {key} contradict each other", "Leave one of them out.")


def _refuse_unheard(voice: VoiceSettings, cells: Sequence[str], fault: _Fault) -> None:
    """Over a grid each cell has a note of its own, struck at its own events alone."""
    for key in ("pitch", "wake", "renew"):
        if voice.play == "hits" and len(cells) > 1 and key in voice.model_fields_set:
            raise fault(key, "means nothing over a grid", f"Leave it out, or name a cell, such as {cells[0]}.")


def _regions(mapping: Mapping, where: Path, text: str) -> dict[str, Region]:
    regions: dict[str, Region] = {WHOLE: FRAME}
    for name, settings in mapping.regions.items():
        fault = _Fault(where, text, ("regions", name))
        if name == WHOLE or not re.fullmatch(r"[\w-]+", name):
            raise fault("", f"a region's name is letters and digits, and not {WHOLE}", "Rename it.")
        kinds = [kind for kind in ("rect", "polygon", "mask", "square", "grid") if getattr(settings, kind) is not None]
        if kinds not in (["rect", "grid"],) and len(kinds) != 1:
            told = f"{' and '.join(kinds)} contradict each other" if kinds else "it has no shape"
            raise fault("", told, "Give one of rect, polygon, mask, square or grid.")
        if "at" in settings.model_fields_set and kinds != ["square"]:
            raise fault("at", "only a square lies at a place", "Leave it out.")
        try:
            regions.update(_shapes(name, settings, beside=where.parent))
        except ValueError as error:
            raise fault(kinds[-1], str(error)) from error
        except UserError as error:
            raise fault(kinds[-1], f"{error.where}: {error.what}", error.remedy) from error
    return regions


def _shapes(name: str, settings: RegionSettings, *, beside: Path) -> dict[str, Region]:
    if settings.grid:
        rows, columns = settings.grid
        places = [(row, column) for row in range(rows) for column in range(columns)]
        cells = [_cell_within(settings.rect, *place, rows, columns) for place in places]
        return dict(zip(_cell_names(name, settings.grid), cells, strict=True))
    if settings.rect is not None:
        return {name: Rect(*settings.rect)}
    if settings.polygon is not None:
        return {name: Polygon(settings.polygon)}
    if settings.mask is not None:
        return {name: Mask(beside / settings.mask)}
    assert settings.square is not None
    return {name: Square(settings.square, settings.at)}


def _cell_within(rect: tuple[float, float, float, float] | None, row: int, column: int, rows: int, columns: int) -> Region:
    if rect is None:
        return Cell(row, column, rows, columns)
    x, y, width, height = rect
    return Rect(x + width * column / columns, y + height * row / rows, width / columns, height / rows)


def _cell_names(name: str, grid: tuple[int, int]) -> tuple[str, ...]:
    return tuple(f"{name}.{n}" for n in range(1, grid[0] * grid[1] + 1))


def _cells(voice: VoiceSettings, grids: MappingOf[str, tuple[str, ...]], regions: MappingOf[str, Region], fault: _Fault) -> tuple[str, ...]:
    if voice.region in grids:
        if voice.play not in ("gate", "hits"):
            raise fault("region", f"a grid can be played by gate and hits only, got play = {voice.play!r}", f"Name a cell, such as {voice.region}.1.")
        return grids[voice.region]
    if voice.region not in regions:
        raise fault("region", f"no region has this name, got {voice.region!r}", did_you_mean(voice.region, [*grids, *regions]))
    return (voice.region,)


def _pitches(voice: VoiceSettings, mapping: Mapping, channel: int, cells: tuple[str, ...], fault: _Fault) -> tuple[int, ...]:
    if voice.play in ("control", "bend"):
        return ()
    if voice.notes:
        if len(cells) > 1 and len(voice.notes) < len(cells):
            raise fault("notes", f"the grid has {len(cells)} cells, got {len(voice.notes)} notes", "Give each cell a note.")
        drum = next((note for note in voice.notes if isinstance(note, str)), None)
        if drum is not None and channel != DRUM_CHANNEL:
            what = f"{drum!r} is a drum, and this voice is on channel {channel + 1}"
            raise fault("notes", what, "Add channel = 10, or name notes such as D4.")
        return tuple(DRUMS[note] if isinstance(note, str) else note for note in voice.notes)
    if channel == DRUM_CHANNEL:
        raise fault("channel", "a voice on the drum channel needs notes", 'Add notes = ["kick", "snare"], or choose another channel.')
    key = mapping.key if voice.key is None else voice.key
    try:
        pitches = ladder(voice.scale or mapping.scale, key=key, low=voice.range[0], high=voice.range[1])
    except ValueError as error:
        raise fault("range" if "range" in voice.model_fields_set else "", str(error), "Widen the range or change the scale.") from error
    if len(cells) > len(pitches):
        raise fault("range", f"the grid has {len(cells)} cells, but only {len(pitches)} notes lie in the range", "Widen the range.")
    return pitches


def _channels(mapping: Mapping, where: Path, text: str) -> dict[str, int]:
    """Channel of each voice: as numbered, the next free one, or that of the voice that it names."""
    numbered = {name: voice.channel - 1 for name, voice in mapping.voices.items() if isinstance(voice.channel, int)}
    free = [channel for channel in range(16) if channel != DRUM_CHANNEL and channel not in numbered.values()]
    found: dict[str, int] = {}
    for name, voice in mapping.voices.items():
        fault = _Fault(where, text, ("voices", name))
        if voice.channel is None:
            if not free:
                raise fault("", "all sixteen channels are taken", "Let voices share a channel.")
            found[name] = free.pop(0)
        elif name in numbered:
            found[name] = numbered[name]
    for name, voice in mapping.voices.items():
        if isinstance(voice.channel, str):
            if voice.channel not in found:
                fault = _Fault(where, text, ("voices", name))
                raise fault("channel", f"no voice with a channel of its own has this name, got {voice.channel!r}", did_you_mean(voice.channel, found))
            found[name] = found[voice.channel]
    return found
