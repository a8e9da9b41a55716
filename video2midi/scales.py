"""Names of notes, keys and scales go in; the MIDI pitches that belong to them come out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from media.errors import did_you_mean

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_SIGNS = {"#": 1, "♯": 1, "b": -1, "♭": -1}
_NOTE = re.compile(r"([A-Ga-g])([#♯b♭]*)(-?\d+)?")
_HIGHEST = 127

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole-tone": (0, 2, 4, 6, 8, 10),
    "hirajoshi": (0, 2, 3, 7, 8),
    "chromatic": tuple(range(12)),
}
"""Semitones above the key note, by name."""


def parse_note(value: int | str) -> int:
    """A MIDI pitch, 0..127, by number or name; C4 is middle C, 60.

    Raises:
        ValueError: it is neither, or out of range.
    """
    text = str(value).strip()
    match = _NOTE.fullmatch(text)
    if text.lstrip("-").isdigit():
        pitch = int(text)
    elif match and match[3]:
        pitch = 12 * (int(match[3]) + 1) + _class_of(match)
    else:
        raise ValueError(f"a note reads like D4, F#3 or 62, got {value!r}")
    if not 0 <= pitch <= _HIGHEST:
        raise ValueError(f"a note lies between C-1 and G9 (0 to 127), got {value!r}")
    return pitch


def parse_key(value: str | int) -> int:
    """The pitch class of a key note, 0..11 with C 0; as such a number or by name.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 12:
        return value
    match = _NOTE.fullmatch(str(value).strip())
    if match and not match[3]:
        return _class_of(match) % 12
    first, _, rest = str(value).strip().partition(" ")
    if rest and _NOTE.fullmatch(first):
        raise ValueError(f"a key is one note, and scale names the rest: key {first}, scale {rest}; got {value!r}")
    raise ValueError(f"a key is a note such as D, F# or Bb, got {value!r}")


def _class_of(match: re.Match[str]) -> int:
    return _LETTERS[match[1].upper()] + sum(_SIGNS[sign] for sign in match[2])


def parse_scale(value: str | Sequence[int]) -> tuple[int, ...]:
    """Semitones above the key note, in order, each 0..11; by name, or spelled out: [0, 3, 7] or "0 3 7".

    Raises:
        ValueError: the name is not known, or no notes are left.
    """
    if not isinstance(value, (str, list, tuple)):
        raise ValueError(f"a scale is a name or a list of semitones, got {value!r}")
    if not isinstance(value, str) and len(value) == 1 and isinstance(value[0], str):
        value = value[0]  # as a command line hands it over
    if isinstance(value, str):
        text = value.strip().lower().replace("_", " ")
        known = {name.replace("-", " "): steps for name, steps in SCALES.items()}
        if text.replace("-", " ") in known:
            return known[text.replace("-", " ")]
        if not re.fullmatch(r"[\d\s,]*", text):
            raise ValueError(f"no scale has this name, got {value!r}. {did_you_mean(text, SCALES)}")
        value = [int(number) for number in re.findall(r"\d+", text)]
    if not all(isinstance(step, int) and not isinstance(step, bool) and 0 <= step < 12 for step in value):
        raise ValueError(f"a scale is a list of semitones from 0 to 11, got {list(value)!r}")
    if not value:
        raise ValueError("a scale needs at least one note, got none")
    return tuple(sorted(set(value)))


def ladder(scale: Sequence[int], *, key: int, low: int, high: int) -> tuple[int, ...]:
    """All pitches of a scale from `low` to `high`, both included, upwards.

    Raises:
        ValueError: there is none.
    """
    steps = {(key + step) % 12 for step in scale}
    pitches = tuple(pitch for pitch in range(low, high + 1) if pitch % 12 in steps)
    if not pitches:
        raise ValueError(f"no note of the scale lies between {note_name(low)} and {note_name(high)}")
    return pitches


def note_name(pitch: int) -> str:
    """How a pitch reads: 62 is D4."""
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


def key_name(key: int) -> str:
    """How a pitch class reads: 2 is D."""
    return _NAMES[key]
