"""A mapping file goes in: which change of the picture is heard as what. Its voices, regions and key come out, checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError

from media.errors import UserError, did_you_mean
from media.regions import FRAME, PLACES, SQUARES, Cell, Mask, Polygon, Rect, Region, Square
from media.settings import Seconds, Settings, find_config, line_of, read_text, setting, settings_from_toml, validation_to_user_error
from media.timecode import parse_seconds
from video2midi.features import EVENTS, FEATURES, LEVELS
from video2midi.gm import CONTROLLERS, DRUMS, parse_controller, parse_program
from video2midi.scales import SCALES, ladder, parse_key, parse_note, parse_scale
from video2midi.score import BEND, DRUM_CHANNEL

DEFAULT_MAPPING = "ensemble"
CURVES = {"linear": 1.0, "sqrt": 0.5, "square": 2.0, "cube": 3.0}
"""Exponents of the curves by name; a number stands for itself."""

Play = Literal["line", "hits", "gate", "chords", "drone", "control", "bend"]
"""How a voice plays (video2midi/voices.py)."""

_NOT_FOR: dict[str, tuple[str, ...]] = {
    "polarity": ("hits", "drone"),
    "curve": ("drone",),
    "range": ("control", "bend"),
    "notes": ("line", "chords", "control", "bend"),
    "pitch": ("line", "gate", "chords", "drone", "control", "bend"),
    "key": ("control", "bend"),
    "scale": ("control", "bend"),
    "program": ("control", "bend"),
    "velocity": ("control", "bend"),
    "velocities": ("control", "bend"),
    "length": ("drone", "control", "bend"),
    "longest": ("control", "bend"),
    "renew": ("gate", "drone", "control", "bend"),
    "wake": ("line", "gate", "chords", "drone", "control", "bend"),
    "threshold": ("line", "hits", "chords", "drone", "control", "bend"),
    "hysteresis": ("hits", "drone"),
    "probability": ("drone", "control", "bend"),
    "polyphony": ("line", "control", "bend"),
    "controller": ("line", "hits", "gate", "chords", "drone", "bend"),
    "values": ("line", "hits", "gate", "chords", "drone", "bend"),
    "semitones": ("line", "hits", "gate", "chords", "drone", "control"),
}
"""Keys that mean nothing to a way of playing, and so are refused there."""


def _parse_curve(value: Any) -> float:
    if isinstance(value, str) and value in CURVES:
        return CURVES[value]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0.05 <= value <= 20:
        return float(value)
    raise ValueError(f"must be {', '.join(CURVES)} or an exponent from 0.05 to 20, got {value!r}")


def _parse_feature(value: Any) -> str:
    if value not in FEATURES:
        raise ValueError(f"no feature has this name, got {value!r}. {did_you_mean(str(value), FEATURES)}")
    return str(value)


def _parse_level(value: Any) -> str:
    if value not in LEVELS:
        raise ValueError(f"must be a feature with a height, got {value!r}. {did_you_mean(str(value), LEVELS)}")
    return str(value)


def _parse_velocity(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= 127:
            raise ValueError(f"must lie between 1 and 127, got {value!r}")
        return value
    return _parse_level(value)


def _parse_pitch_source(value: Any) -> str:
    return "root" if value == "root" else _parse_level(value)


def _parse_length(value: Any) -> Fraction | str:
    """`legato`, `gate`, a part of a whole note such as 1/8 (as the text itself), or seconds."""
    if value in ("legato", "gate") or (isinstance(value, str) and re.fullmatch(r"[1-9]\d*/(1|2|4|8|16|32|64)", value.strip())):
        return str(value).strip()
    try:
        length = parse_seconds(value)
    except ValueError:
        length = Fraction(0)
    if length <= 0:
        raise ValueError(f"must be legato, gate, a note such as 1/8, or a time such as 0.3 or 300ms, got {value!r}")
    return length


def _parse_notes(value: Any) -> tuple[int, ...]:
    names = [value] if isinstance(value, (str, int)) else list(value)
    return tuple(DRUMS[name] if name in DRUMS else _drum_or_note(name) for name in names)


def _drum_or_note(name: Any) -> int:
    try:
        return parse_note(name)
    except ValueError as error:
        if isinstance(name, str) and re.search(r"[h-z ]", name):
            raise ValueError(f"no drum has this name, got {name!r}. {did_you_mean(name, DRUMS)}") from None
        raise error from None


def _parse_range(value: Any) -> tuple[int, int]:
    """Two notes; or a number of octaves around E4, which for 1, 3 and 7 are the ranges of vid2midi."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10:
        low = 65 - 6 * value
        return low, low + 12 * value - 1
    if isinstance(value, (list, tuple)) and len(value) == 2:
        low, high = parse_note(value[0]), parse_note(value[1])
        if low > high:
            raise ValueError(f"must go from the lower note to the higher, got {list(value)!r}")
        return low, high
    raise ValueError(f'must be two notes such as ["D3", "D5"], or a number of octaves from 1 to 10, got {value!r}')


def _parse_pair(low: int, high: int) -> Any:
    def parse(value: Any) -> tuple[int, int]:
        if isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(n, int) and low <= n <= high for n in value):
            return value[0], value[1]
        raise ValueError(f"must be two numbers from {low} to {high}, got {value!r}")

    return parse


def _parse_part(value: Any) -> tuple[float, float]:
    is_pair = isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(n, (int, float)) for n in value)
    if is_pair and 0 <= value[0] < value[1] <= 1:
        return float(value[0]), float(value[1])
    raise ValueError(f"must be two numbers from 0 to 1, the lower first, got {value!r}")


def _parse_channel(value: Any) -> int | str:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 16):
        return value
    raise ValueError(f"must be a channel from 1 to 16 (10 is drums) or the name of a voice, got {value!r}")


Key = Annotated[int, BeforeValidator(lambda value: value if isinstance(value, int) else parse_key(value))]
Scale = Annotated[tuple[int, ...], BeforeValidator(parse_scale)]


class VoiceSettings(Settings):
    """One voice: what it listens to in the picture, and how that sounds."""

    play: Play = setting(help="line follows a feature in notes, hits strike at events, gate holds while a feature is high, chords, "
        "drone, control moves a controller, bend the pitch wheel.")  # fmt: skip
    feature: Annotated[str, BeforeValidator(_parse_feature)] = setting(help=f"What it listens to: {', '.join(FEATURES)}.")
    region: str = setting("frame", help="Where: a name from [regions], or frame for the whole picture.")
    curve: Annotated[float, BeforeValidator(_parse_curve)] = setting(1.0, help=f"{', '.join(CURVES)}, or an exponent.")
    polarity: Literal["up", "down"] = setting("up", help="Whether more of it is higher or lower.")
    input: Annotated[tuple[float, float], BeforeValidator(_parse_part)] = setting(
        (0.0, 1.0), help="The part of the feature's own range, 0 to 1, that fills the voice's."
    )
    range: Annotated[tuple[int, int], BeforeValidator(_parse_range)] = setting((48, 84), help="Lowest and highest note.")
    key: Key | None = setting(None, help="Key note; the score's by default.")
    scale: Scale | None = setting(None, help="A scale by name or as semitones; the score's by default.")
    notes: Annotated[tuple[int, ...], BeforeValidator(_parse_notes)] = setting((), help="These notes or drums, one a cell or in turn.")
    pitch: Annotated[str, BeforeValidator(_parse_pitch_source)] = setting(
        "root", help="What chooses the note of a hit: a feature, or root for that of the harmony."
    )
    channel: Annotated[int | str, BeforeValidator(_parse_channel)] | None = setting(
        None, help="1 to 16, 10 being drums, or the name of the voice whose channel it shares; the next free one by default."
    )
    program: Annotated[int, BeforeValidator(parse_program)] = setting(0, help="General MIDI instrument by name or number (0 to 127).")
    velocity: Annotated[int | str, BeforeValidator(_parse_velocity)] = setting("motion", help="A feature, or a fixed velocity.")
    velocities: Annotated[tuple[int, int], BeforeValidator(_parse_pair(1, 127))] = setting((48, 112), help="Softest and loudest.")
    length: Annotated[Fraction | str, BeforeValidator(_parse_length)] = setting(
        "legato", help="legato to the next note, gate while the gate is open, a note such as 1/8, or seconds."
    )
    longest: Seconds = setting(Fraction(8), gt=0, help="No note is longer.", unit="s")
    renew: Seconds | None = setting(None, gt=0, help="Strike again at the next crest of movement when so long nothing changed.", unit="s")
    wake: bool = setting(False, help="Strike as well when the picture begins to move.")
    polyphony: int = setting(1, ge=1, le=32, help="Notes at a time.")
    threshold: float = setting(0.5, gt=0, le=1, help="Opens the gate; it closes at 0.6 of that.")
    hysteresis: float = setting(0.3, ge=0, le=5, help="How far beyond the border, in notes, before the note changes.")
    debounce: Seconds = setting(Fraction(12, 100), ge=0, help="Least time from one note to the next.", unit="s")
    probability: float = setting(1.0, ge=0, le=1, help="How likely a note is played; drawn with the score's seed.")
    rests: bool = setting(True, help="Fall silent where the picture stands still.")
    controller: Annotated[int, BeforeValidator(parse_controller)] = setting(
        74, help=f"Number, or one of {', '.join(CONTROLLERS)}."
    )
    values: Annotated[tuple[int, int], BeforeValidator(_parse_pair(0, 127))] = setting((0, 127), help="Lowest and highest value.")
    semitones: float = setting(2.0, gt=0, le=24, help="How far the pitch wheel goes either way, of an instrument that bends by two.")


class RegionSettings(Settings):
    """A place in the picture; 0 to 1 from its top left corner."""

    rect: tuple[float, float, float, float] | None = setting(None, help="x, y, width, height.")
    polygon: tuple[tuple[float, float], ...] | None = setting(None, help="Corners, each x, y.")
    mask: str | None = setting(None, help="A picture, white where it counts; beside this file.")
    square: str | float | None = setting(None, help=f"A square as vid2midi has it: {', '.join(SQUARES)}, or a share of the shorter side.")
    at: str = setting("center", help=f"Where the square lies: {', '.join(PLACES)}.")
    grid: tuple[int, int] | None = setting(None, help="Rows and columns: so many cells, counted line by line.")


class HarmonySettings(Settings):
    """What chooses the chord of the moment, which chords and bass share."""

    feature: Annotated[str, BeforeValidator(_parse_level)] = setting("hue", help="The feature that chooses it.")
    region: str = setting("frame", help="Where.")
    debounce: Seconds = setting(Fraction(3, 2), ge=0, help="Least time from chord to chord within a shot.", unit="s")


class Mapping(Settings):
    """A whole mapping file."""

    key: Key = setting(2, help="Key note, such as D or F#.")
    scale: Scale = setting(SCALES["dorian"], help=f"{', '.join(SCALES)}, or semitones such as [0, 3, 7].")
    seed: int = setting(0, ge=0, help="Draws the voices with a probability.")
    harmony: HarmonySettings = setting(HarmonySettings(), help="The chord of the moment.")
    regions: dict[str, RegionSettings] = setting({}, help="Places in the picture, by name.")
    voices: dict[str, VoiceSettings] = setting(help="What is heard, by name.")


@dataclass(frozen=True)
class Part:
    """A voice ready to play.

    Args:
        cells: names of the regions that it listens to; one, or the cells of a grid in order.
        pitches: the notes that it may play, upwards (its ladder), or exactly those named, one a cell or in turn.
        channel: 0..15.
    """

    name: str
    voice: VoiceSettings
    cells: tuple[str, ...]
    pitches: tuple[int, ...]
    channel: int


@dataclass(frozen=True)
class Plan:
    """A mapping with its names resolved.

    Args:
        where, text: the file that it came from, for errors; relative masks lie beside it.
    """

    mapping: Mapping
    parts: tuple[Part, ...]
    regions: dict[str, Region]
    where: Path
    text: str

    def but(self, **named: Any) -> Plan:
        """The same with other values at the top of the mapping (key, scale, seed).

        Raises:
            UserError: a voice has no notes then.
        """
        return resolve(self.mapping.model_copy(update=named), where=self.where, text=self.text) if named else self

    @property
    def grids(self) -> dict[str, tuple[str, ...]]:
        """Names of the cells of each grid."""
        found: dict[str, tuple[str, ...]] = {}
        for name, region in self.mapping.regions.items():
            if region.grid:
                found[name] = _cell_names(name, region.grid)
        return found


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
        try:
            changed = Mapping.model_validate(table)
            plan = resolve(changed, where=path, text=text)
        except ValidationError as error:
            raise _blame(change, validation_to_user_error(error, Mapping, where="--set", text="x")) from error
        except UserError as error:
            raise _blame(change, error) from error
    return plan


def _blame(change: str, error: UserError) -> UserError:
    return UserError(f"--set {change}", error.what, error.remedy)


def _lay_over(table: dict[str, Any], change: str) -> None:
    dotted, equals, value = change.partition("=")
    keys = [key.strip() for key in dotted.split(".")]
    if not equals or not all(keys):
        raise UserError(f"--set {change}", "this sets nothing", "Write it like --set voices.melody.polarity=down.")
    at = table
    for key in keys[:-1]:
        at = at.setdefault(key, {})
        if not isinstance(at, dict):
            raise UserError(f"--set {change}", f"{key} is no table", "Check the name before the last dot.")
    at[keys[-1]] = _toml_value(value.strip())


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return text


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
    parts = []
    for name, voice in mapping.voices.items():
        fault = _Fault(where, text, ("voices", name))
        _refuse_contradictions(voice, fault)
        cells = _cells(voice, grids, regions, fault)
        parts.append(Part(name, voice, cells, _pitches(voice, mapping, channels[name], cells, fault), channels[name]))
    if mapping.harmony.region not in regions:
        place = _Fault(where, text, ("harmony",))
        raise place("region", f"no single region has this name, got {mapping.harmony.region!r}", did_you_mean(mapping.harmony.region, regions))
    return Plan(mapping, tuple(parts), regions, where, text)


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
    if voice.notes and "range" in voice.model_fields_set:
        raise fault("range", "notes and range contradict each other", "Leave one of them out.")


def _regions(mapping: Mapping, where: Path, text: str) -> dict[str, Region]:
    regions: dict[str, Region] = {"frame": FRAME}
    for name, settings in mapping.regions.items():
        fault = _Fault(where, text, ("regions", name))
        if name == "frame" or not re.fullmatch(r"[\w-]+", name):
            raise fault("", "a region's name is letters and digits, and not frame", "Rename it.")
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
    if settings.rect:
        return {name: Rect(*settings.rect)}
    if settings.polygon is not None:
        return {name: Polygon(settings.polygon)}
    if settings.mask is not None:
        return {name: Mask(beside / settings.mask)}
    assert settings.square
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
        return voice.notes
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


def controller_of(voice: VoiceSettings) -> int:
    """The controller that a voice moves; BEND for the pitch wheel."""
    return BEND if voice.play == "bend" else voice.controller
