"""Speech sounds (ARPAbet as in cmudict, without stress) in; how unlike they are, and whether words rhyme, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

Phones = Sequence[str]


@dataclass(frozen=True)
class Vowel:
    """Where the tongue starts and ends: height 0 (open) to 1 (close), front 0 (back) to 1; lips and r-colour."""

    height: float
    front: float
    end_height: float
    end_front: float
    is_round: bool = False
    is_rhotic: bool = False


@dataclass(frozen=True)
class Consonant:
    """Where it is made (0 lips to 1 throat), how, and whether the voice sounds."""

    place: float
    manner: str
    is_voiced: bool


VOWELS: dict[str, Vowel] = {
    "IY": Vowel(1.0, 1.0, 1.0, 1.0),
    "IH": Vowel(0.8, 0.8, 0.8, 0.8),
    "EY": Vowel(0.6, 0.9, 0.9, 1.0),
    "EH": Vowel(0.4, 0.8, 0.4, 0.8),
    "AE": Vowel(0.1, 0.7, 0.1, 0.7),
    "AH": Vowel(0.45, 0.45, 0.45, 0.45),
    "AA": Vowel(0.0, 0.2, 0.0, 0.2),
    "AO": Vowel(0.2, 0.05, 0.2, 0.05, is_round=True),
    "OW": Vowel(0.5, 0.1, 0.8, 0.0, is_round=True),
    "UH": Vowel(0.8, 0.2, 0.8, 0.2, is_round=True),
    "UW": Vowel(1.0, 0.05, 1.0, 0.05, is_round=True),
    "AY": Vowel(0.0, 0.4, 0.85, 0.9),
    "AW": Vowel(0.0, 0.4, 0.8, 0.1, is_round=True),
    "OY": Vowel(0.3, 0.05, 0.85, 0.9, is_round=True),
    "ER": Vowel(0.5, 0.5, 0.5, 0.5, is_rhotic=True),
}

CONSONANTS: dict[str, Consonant] = {
    "P": Consonant(0.0, "stop", False),
    "B": Consonant(0.0, "stop", True),
    "T": Consonant(0.4, "stop", False),
    "D": Consonant(0.4, "stop", True),
    "K": Consonant(0.8, "stop", False),
    "G": Consonant(0.8, "stop", True),
    "CH": Consonant(0.55, "affricate", False),
    "JH": Consonant(0.55, "affricate", True),
    "F": Consonant(0.1, "fricative", False),
    "V": Consonant(0.1, "fricative", True),
    "TH": Consonant(0.25, "fricative", False),
    "DH": Consonant(0.25, "fricative", True),
    "S": Consonant(0.4, "fricative", False),
    "Z": Consonant(0.4, "fricative", True),
    "SH": Consonant(0.55, "fricative", False),
    "ZH": Consonant(0.55, "fricative", True),
    "HH": Consonant(1.0, "fricative", False),
    "M": Consonant(0.0, "nasal", True),
    "N": Consonant(0.4, "nasal", True),
    "NG": Consonant(0.8, "nasal", True),
    "L": Consonant(0.4, "liquid", True),
    "R": Consonant(0.5, "liquid", True),
    "W": Consonant(0.1, "glide", True),
    "Y": Consonant(0.65, "glide", True),
}

PHONES = (*VOWELS, *CONSONANTS)
INDEX = {name: number for number, name in enumerate(PHONES)}

# How far apart ways of making a consonant are heard; pairs that are not listed are 1 apart.
_MANNERS = {
    frozenset(("stop", "affricate")): 0.5,
    frozenset(("fricative", "affricate")): 0.5,
    frozenset(("stop", "fricative")): 0.7,
    frozenset(("liquid", "glide")): 0.4,
    frozenset(("nasal", "liquid")): 0.7,
    frozenset(("nasal", "stop")): 0.7,
}
# A vowel and a consonant that glide into one another.
_KIN = {
    frozenset(("IY", "Y")): 0.4,
    frozenset(("UW", "W")): 0.4,
    frozenset(("ER", "R")): 0.3,
    frozenset(("IH", "Y")): 0.5,
    frozenset(("UH", "W")): 0.5,
}
_SLIGHT = {"HH": 0.4, "AH": 0.45, "IH": 0.5, "Y": 0.5, "T": 0.55, "D": 0.55, "R": 0.55}
_LEFT_OUT = 0.65  # cost of a phone that only one side has


def is_vowel(name: str) -> bool:
    """Whether a phone carries a syllable."""
    return name in VOWELS


@cache
def phone_distance(one: str, other: str) -> float:
    """How unlike two phones sound, 0 (the same) to 1."""
    if one == other:
        return 0.0
    if (one in VOWELS) != (other in VOWELS):
        return _KIN.get(frozenset((one, other)), 1.0)
    return _vowel_distance(VOWELS[one], VOWELS[other]) if one in VOWELS else _consonant_distance(CONSONANTS[one], CONSONANTS[other])


def _vowel_distance(one: Vowel, other: Vowel) -> float:
    start = abs(one.height - other.height) + 0.7 * abs(one.front - other.front)
    end = abs(one.end_height - other.end_height) + 0.7 * abs(one.end_front - other.end_front)
    marks = 0.1 * (one.is_round != other.is_round) + 0.25 * (one.is_rhotic != other.is_rhotic)
    return min(1.0, 0.1 + 0.4 * (start + end) + marks)


def _consonant_distance(one: Consonant, other: Consonant) -> float:
    manner = 0.0 if one.manner == other.manner else _MANNERS.get(frozenset((one.manner, other.manner)), 1.0)
    return min(1.0, 0.1 + 0.5 * abs(one.place - other.place) + 0.5 * manner + 0.12 * (one.is_voiced != other.is_voiced))


@cache
def distance_table() -> np.ndarray:
    """float64 (39, 39): `phone_distance` by `INDEX`."""
    return np.array([[phone_distance(one, other) for other in PHONES] for one in PHONES])


@cache
def left_out_costs() -> np.ndarray:
    """float64 (39,): what it costs to leave a phone out, by `INDEX`; weak sounds are missed least."""
    return np.array([_SLIGHT.get(name, _LEFT_OUT) for name in PHONES])


def phones_distance(one: Phones, other: Phones) -> float:
    """How unlike two runs of phones sound: feature-weighted edit distance over their mean length, 0 to 1."""
    if not one or not other:
        return 0.0 if not one and not other else 1.0
    costs = left_out_costs()
    row = np.concatenate([[0.0], np.cumsum([costs[INDEX[name]] for name in other])])
    for name in one:
        drop, last = costs[INDEX[name]], row
        row = np.empty_like(last)
        row[0] = last[0] + drop
        for n, against in enumerate(other, 1):
            row[n] = min(last[n - 1] + phone_distance(name, against), last[n] + drop, row[n - 1] + costs[INDEX[against]])
    return min(1.0, float(row[-1]) * 2 / (len(one) + len(other)))


def rhyme_part(phones: Phones) -> tuple[str, ...]:
    """The end of a word that its rhymes share.

    The dictionary of the recogniser marks no stress, so this is a rule of ours: everything from the last vowel on;
    from the vowel before it where the last syllable is one of those that English leaves unstressed (an open AH, ER or
    IY; AH before a light ending as in "nation", "purpose"; IH NG). "light": AY T; "river": IH V ER; "banana": AE N AH;
    "again": EH N; "machine": IY N. Where only a schwa lies before an IY, the IY rhymes by itself ("agree").
    """
    vowels = [n for n, name in enumerate(phones) if name in VOWELS]
    if not vowels:
        return tuple(phones)
    last = vowels[-1]
    if len(vowels) == 1 or not _is_weak(phones[last], tuple(phones[last + 1 :])):
        return tuple(phones[last:])
    before = vowels[-2]
    if phones[last] == "IY" and phones[before] == "AH":
        return tuple(phones[last:])
    return tuple(phones[before:])


_WEAK_ENDS = {
    "IY": {(), ("Z",), ("D",)},
    "ER": {(), ("Z",), ("D",)},
    "IH": {("NG",), ("NG", "Z"), ("Z",), ("D",)},
    "AH": {
        (),
        ("N",),
        ("L",),
        ("M",),
        ("S",),
        ("Z",),
        ("D",),
        ("T",),
        ("N", "Z"),
        ("L", "Z"),
        ("N", "T"),
        ("N", "S"),
        ("L", "D"),
        ("N", "D"),
    },
}


def _is_weak(vowel: str, ending: tuple[str, ...]) -> bool:
    return ending in _WEAK_ENDS.get(vowel, ())


def rhymes(one: Phones, other: Phones) -> bool:
    """Whether two words end alike from their stressed vowel on, as `rhyme_part` guesses it, and are not the same."""
    return tuple(one) != tuple(other) and rhyme_part(one) == rhyme_part(other)
