"""A line and a face go in; stretches of the line come out as they are set, from left to right, each with a face that has its letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from unicodedata import bidirectional, category

from media.fonts import has_letter, stand_in

_SIDES = {"L": "L", "R": "R", "AL": "R", "EN": "N", "AN": "N", "CS": ",", "ES": ",", "NSM": "^", "BN": "^"}
"""What a character does to the way in which a line is read, by its kind in Unicode; all others go with their neighbours."""


@dataclass(frozen=True)
class Run:
    """A stretch of a line.

    Args:
        face: for `media.fonts.load_font`.
        level: how deep it lies in what is read the other way: even ones are read from the left, odd ones from the right.
    """

    text: str
    face: str
    level: int = 0

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Which way it is read, as Pillow calls it."""
        return "rtl" if self.level % 2 else "ltr"


def split_runs(line: str, face: str) -> list[Run]:
    """The runs of a line from left to right, in as few faces as have its letters; what no face has is left to the one told."""
    levels, faces = _levels(line), list(_faces(line, face))
    edges = [0, *(n for n in range(1, len(line)) if (faces[n], levels[n]) != (faces[n - 1], levels[n - 1])), len(line)]
    return _from_left([Run(line[start:end], faces[start], levels[start]) for start, end in pairwise(edges) if start < end])


def _faces(line: str, face: str) -> Iterator[str]:
    """The face of each character."""
    latest = face
    for character in line:
        latest = _choose(character, face, latest)
        yield latest


@lru_cache(maxsize=1 << 14)
def _choose(character: str, face: str, latest: str) -> str:
    """The face of a character: accents stay with their letter, and blanks and signs do if they can."""
    kind = category(character)
    if kind[0] == "M" or kind == "Cf":
        return latest
    tried = (latest, face) if kind[0] in "ZP" else (face, latest)
    for one in tried:
        if has_letter(one, character):
            return one
    found = stand_in(character)
    return face if found is None else found


def _levels(line: str) -> list[int]:
    """The level of each character.

    Source: Unicode Standard Annex 9, "Unicode Bidirectional Algorithm", without the marks by which authors may overrule it.
    """
    sides = "".join(_SIDES.get(bidirectional(character), " ") for character in line)
    base = (re.search("[LR]", sides) or ["L"])[0]
    sides = re.sub(r"([^^])\^+", lambda found: found[1] * len(found[0]), f"{base}{sides}{base}")
    sides = re.sub("(?<=N),(?=N)", "N", sides).replace(",", " ")
    sides = re.sub("L[^R]*", lambda found: found[0].replace("N", "L"), sides)
    sides = re.sub("(?<=L) +(?=L)", lambda found: "L" * len(found[0]), sides)
    sides = re.sub("(?<=[RN]) +(?=[RN])", lambda found: "R" * len(found[0]), sides)
    depths = {"L": 0 if base == "L" else 2, "R": 1, "N": 2, " ": 0 if base == "L" else 1}
    return [depths[side] for side in sides[1:-1]]


def _from_left(runs: list[Run]) -> list[Run]:
    """Runs as they are read in the order in which they lie: stretches of each level are turned round, the deepest first."""
    ordered = list(runs)
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        for found in re.finditer("x+", "".join("x" if run.level >= level else " " for run in ordered)):
            ordered[found.start() : found.end()] = ordered[found.start() : found.end()][::-1]
    return ordered
