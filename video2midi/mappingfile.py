"""What a mapping file may say: its tables, their keys, and how each value reads."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from media.errors import did_you_mean
from media.regions import PLACES, SQUARES
from media.settings import Seconds, Settings, setting
from media.timecode import parse_seconds
from video2midi.features import FEATURES, LEVELS
from video2midi.gm import CONTROLLERS, DRUMS, parse_controller, parse_program
from video2midi.notes import BEND
from video2midi.scales import SCALES, parse_key, parse_note, parse_scale

_MOST_CELLS = 16
CURVES = {"linear": 1.0, "sqrt": 0.5, "square": 2.0, "cube": 3.0}
"""Exponents of the curves by name; a number stands for itself."""

Play = Literal["line", "hits", "gate", "chords", "drone", "control", "bend"]
"""How a voice plays (video2midi/players.py)."""


def _parse_curve(value: Any) -> float:
    if isinstance(value, str) and value in CURVES:
        return CURVES[value]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0.05 <= value <= 20:
        return float(value)
    raise ValueError(f"must be {', '.join(CURVES)} or an exponent from 0.05 to 20, got {value!r}")


def _parse_feature(value: Any) -> str:
    if not isinstance(value, str) or value not in FEATURES:
        raise ValueError(f"no feature has this name, got {value!r}. {did_you_mean(str(value), FEATURES)}")
    return str(value)


def _parse_level(value: Any) -> str:
    if not isinstance(value, str) or value not in LEVELS:
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
    """`legato`, `gate`, a part of a whole note such as 1/8 or 1/8t, of a triplet (as the text itself), or seconds."""
    if value in ("legato", "gate") or (isinstance(value, str) and re.fullmatch(r"[1-9]\d*/(1|2|4|8|16|32|64)t?", value.strip())):
        return str(value).strip()
    try:
        length = parse_seconds(value)
    except ValueError:
        length = Fraction(0)
    if length <= 0:
        raise ValueError(f"must be legato, gate, a note such as 1/8, or a time such as 0.3 or 300ms, got {value!r}")
    return length


def _unless_never(value: Any) -> Any:
    return None if value == "never" else value


def _parse_notes(value: Any) -> tuple[int | str, ...]:
    names = value if isinstance(value, (list, tuple)) else [value]
    return tuple(_drum_or_note(name) for name in names)


def _drum_or_note(name: Any) -> int | str:
    """A pitch; or the name of a drum, which means nothing elsewhere than on their channel."""
    if isinstance(name, str) and name in DRUMS:
        return name
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


def _are_numbers(value: Any, n: int) -> bool:
    is_row = isinstance(value, (list, tuple)) and len(value) == n
    return is_row and all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in value)


def _parse_rect(value: Any) -> tuple[float, ...]:
    if not _are_numbers(value, 4):
        raise ValueError(f"must be four numbers from 0 to 1 (x, y, width, height), got {value!r}")
    return tuple(value)


def _parse_polygon(value: Any) -> tuple[tuple[float, ...], ...]:
    if not isinstance(value, (list, tuple)) or not all(_are_numbers(corner, 2) for corner in value):
        raise ValueError(f"must be a list of corners such as [[0, 0], [1, 0], [0.5, 1]], got {value!r}")
    return tuple(tuple(corner) for corner in value)


def _parse_grid(value: Any) -> tuple[int, int]:
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(n, int) and 1 <= n <= _MOST_CELLS for n in value):
        return value[0], value[1]
    raise ValueError(f"must be rows and columns from 1 to {_MOST_CELLS}, got {value!r}")


def _parse_channel(value: Any) -> int | str:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 16):
        return value
    raise ValueError(f"must be a channel from 1 to 16 (10 is drums) or the name of a voice, got {value!r}")


Key = Annotated[int, BeforeValidator(parse_key)]
Scale = Annotated[tuple[int, ...], BeforeValidator(parse_scale)]


class VoiceSettings(Settings):
    """One voice: what it listens to in the picture, and how that sounds."""

    play: Play = setting(help="line follows a feature in notes, hits strike at events, gate holds while a feature is high, chords, "
        "drone, control moves a controller, bend the pitch wheel.")  # fmt: skip
    feature: Annotated[str, BeforeValidator(_parse_feature)] = setting(
        "motion", help=f"What it listens to, and must be told of all but a drone: {', '.join(FEATURES)}."
    )
    region: str = setting("frame", help="Where: a name from [regions], or frame for the whole picture.")
    curve: Annotated[float, BeforeValidator(_parse_curve)] = setting(1.0, help=f"{', '.join(CURVES)}, or an exponent.")
    polarity: Literal["up", "down"] = setting("up", help="Whether more of it is higher or lower.")
    input: Annotated[tuple[float, float], BeforeValidator(_parse_part)] = setting(
        (0.0, 1.0), help="The part of the feature's own range, 0 to 1, that fills the voice's."
    )
    range: Annotated[tuple[int, int], BeforeValidator(_parse_range)] = setting((48, 84), help="Lowest and highest note.")
    key: Key | None = setting(None, help="Key note; the score's by default.")
    scale: Scale | None = setting(None, help="A scale by name or as semitones; the score's by default.")
    notes: Annotated[tuple[int | str, ...], BeforeValidator(_parse_notes)] = setting((), help="These notes or drums, one a cell or in turn.")
    pitch: Annotated[str, BeforeValidator(_parse_pitch_source)] = setting(
        "root", help="What chooses the note of a hit: a feature, or root for that of the harmony."
    )
    channel: Annotated[int | str, BeforeValidator(_parse_channel)] | None = setting(
        None, help="1 to 16, 10 being drums, or the name of the voice whose channel it shares; the next free one by default."
    )
    program: Annotated[int, BeforeValidator(parse_program)] = setting(0, help="General MIDI instrument by name or number (0 to 127).")
    velocity: Annotated[int | str, BeforeValidator(_parse_velocity)] | None = setting(
        None, help="A feature, or a fixed velocity; by default the strength of the event, a gate's feature, else motion."
    )
    velocities: Annotated[tuple[int, int], BeforeValidator(_parse_pair(1, 127))] = setting((48, 112), help="Softest and loudest.")
    length: Annotated[Fraction | str, BeforeValidator(_parse_length)] = setting(
        "legato", help="legato to the next note, gate while the gate is open, a note such as 1/8, or seconds."
    )
    longest: Seconds = setting(Fraction(8), gt=0, help="No note is longer.", unit="s")
    renew: Annotated[Seconds | None, BeforeValidator(_unless_never)] = setting(
        None, gt=0, help="Strike again at the next crest of movement when so long nothing changed; never by default.", unit="s"
    )
    wake: bool = setting(False, help="Strike as well when the picture begins to move.")
    polyphony: int = setting(0, ge=0, le=32, help="Notes at a time, 1 to 32; untouched (0) the usual: of chords 4, of a drone all, else 1.")
    threshold: float | None = setting(
        None, gt=0, le=1, help="Opens the gate (0.5 by default), which closes at 0.6 of that; of hits, the weakest event that is heard."
    )
    hysteresis: float = setting(0.3, ge=0, le=5, help="How far beyond the border, in notes, before the note changes.")
    debounce: Seconds = setting(Fraction(12, 100), ge=0, help="Least time from one note to the next.", unit="s")
    probability: float = setting(1.0, ge=0, le=1, help="How likely a note is played; drawn with the score's seed.")
    rests: bool = setting(True, help="Fall silent where the picture stands still.")
    controller: Annotated[int, BeforeValidator(parse_controller)] = setting(
        74, help=f"Number, or one of {', '.join(CONTROLLERS)}."
    )
    values: Annotated[tuple[int, int], BeforeValidator(_parse_pair(0, 127))] = setting((0, 127), help="Lowest and highest value.")
    semitones: float = setting(2.0, gt=0, le=24, help="How far the pitch wheel goes either way; the instrument is told its reach.")


class RegionSettings(Settings):
    """A place in the picture; 0 to 1 from its top left corner."""

    rect: Annotated[tuple[float, float, float, float], BeforeValidator(_parse_rect)] | None = setting(None, help="x, y, width, height.")
    polygon: Annotated[tuple[tuple[float, float], ...], BeforeValidator(_parse_polygon)] | None = setting(None, help="Corners, each x, y.")
    mask: str | None = setting(None, help="A picture, white where it counts; beside this file.")
    square: str | float | None = setting(None, help=f"A square as vid2midi has it: {', '.join(SQUARES)}, or a share of the shorter side.")
    at: str = setting("center", help=f"Where the square lies: {', '.join(PLACES)}.")
    grid: Annotated[tuple[int, int], BeforeValidator(_parse_grid)] | None = setting(
        None, help="Rows and columns: so many cells, counted line by line."
    )


class HarmonySettings(Settings):
    """What chooses the chord of the moment, which chords and bass share."""

    feature: Annotated[str, BeforeValidator(_parse_level)] = setting("hue", help="The feature that chooses it.")
    region: str = setting("frame", help="Where.")
    debounce: Seconds = setting(Fraction(3, 2), ge=0, help="Least time from chord to chord within a shot.", unit="s")
    wander: Seconds = setting(Fraction(8), ge=0, help="After so long without a change the chord moves on by itself; 0 is never.", unit="s")


class Mapping(Settings):
    """A whole mapping file."""

    key: Key = setting(2, help="Key note, such as D or F#.")
    scale: Scale = setting(SCALES["dorian"], help=f"{', '.join(SCALES)}, or semitones such as [0, 3, 7].")
    seed: int = setting(0, ge=0, help="Draws the voices with a probability.")
    harmony: HarmonySettings = setting(HarmonySettings(), help="The chord of the moment.")
    regions: dict[str, RegionSettings] = setting({}, help="Places in the picture, by name.")
    voices: dict[str, VoiceSettings] = setting(help="What is heard, by name.")


def controller_of(voice: VoiceSettings) -> int:
    """The controller that a voice moves; BEND for the pitch wheel."""
    return BEND if voice.play == "bend" else voice.controller
