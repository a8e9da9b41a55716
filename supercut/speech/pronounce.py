"""A word in, its pronunciations out: from the dictionary of pocketsphinx, from its parts, or guessed from its letters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from supercut.speech.letters import guess_phones
from supercut.speech.phones import is_vowel

Pronunciations = tuple[tuple[str, ...], ...]

_HISSES = frozenset(("S", "Z", "SH", "ZH", "CH", "JH"))
_VOICELESS = frozenset(("P", "T", "K", "F", "TH"))
_MIN_PART = 3  # letters of either part of a compound
_PREFIXES = {"re": "R IY", "un": "AH N", "mis": "M IH S", "dis": "D IH S", "pre": "P R IY", "non": "N AA N", "sub": "S AH B", "co": "K OW"}


def model_folder() -> Path:
    """The English model inside pocketsphinx: sounds, dictionary, phrases."""
    from pocketsphinx import get_model_path

    return Path(get_model_path("en-us"))


@cache
def dictionary() -> dict[str, str]:
    """Every known word (lower case; further pronunciations as `read(2)`) with its phones, separated by blanks."""
    text = (model_folder() / "cmudict-en-us.dict").read_text(encoding="utf-8")
    return {word: phones for word, _, phones in (line.partition(" ") for line in text.splitlines())}


def is_known(word: str) -> bool:
    """Whether the dictionary has the word."""
    return plain_word(word) in dictionary()


@lru_cache(maxsize=1 << 16)
def plain_word(word: str) -> str:
    """A word as the dictionary writes it: lower case, plain letters (accents folded), straight inner apostrophes, no other marks."""
    folded = unicodedata.normalize("NFKD", word.lower().translate(_LIKE))
    kept = "".join(letter for letter in folded if letter.isalnum() or letter in "'.")
    bare = kept.strip(".") if len(kept.strip(".")) != 1 else kept
    return bare if bare in dictionary() else bare.strip("'.") or bare


_LIKE = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ð": "th", "þ": "th", "ł": "l"}
)


@lru_cache(maxsize=1 << 16)
def pronounce(word: str) -> Pronunciations:
    """All pronunciations of one spoken word, the usual one first; a guess where the dictionary lacks it.

    Args:
        word: one word without digits ("read", "Dr." is not: see `normalise`).
    Returns:
        ARPAbet phones; () where the word has no Latin letter.
    """
    bare = plain_word(word)
    known = _listed(bare)
    if known:
        return known
    letters = "".join(letter for letter in bare if letter.isascii() and (letter.isalpha() or letter == "'"))
    if not letters.strip("'"):
        return ()
    return _from_ending(letters) or _from_parts(letters) or (guess_phones(letters.replace("'", "")),)


def _listed(word: str) -> Pronunciations:
    table = dictionary()
    if word not in table:
        return ()
    found = [table[word]]
    number = 2
    while (more := table.get(f"{word}({number})")) is not None:
        found.append(more)
        number += 1
    return tuple(dict.fromkeys(tuple(phones.split()) for phones in found))


def _from_ending(word: str) -> Pronunciations:
    """A known stem and a common ending: "glitched", "remixing", "datamosh's"."""
    for ending, add in _ENDINGS.items():
        if not word.endswith(ending) or len(word) - len(ending) < 2:
            continue
        for stem in _stems(word[: -len(ending)], ending):
            known = _listed(stem) or _from_ending(stem) or _from_parts(stem)
            if known:
                return tuple(add(phones) for phones in known)
    return ()


def _stems(rest: str, ending: str) -> list[str]:
    """What the stem may have been before the ending was put on: "mak" -> make, mak; "cutt" -> cutt, cut."""
    stems = [rest]
    if ending in ("ed", "ing", "er", "es", "able"):
        stems.insert(0 if re.search("[aeiou][^aeiouwxy]$", rest) else 1, rest + "e")
        if len(rest) > 3 and rest[-1] == rest[-2]:
            stems.append(rest[:-1])
    if rest.endswith("i"):
        stems.append(rest[:-1] + "y")
    return stems


def _add_s(phones: tuple[str, ...]) -> tuple[str, ...]:
    if phones[-1] in _HISSES:
        return (*phones, "IH", "Z")
    return (*phones, "S" if phones[-1] in _VOICELESS else "Z")


def _add_ed(phones: tuple[str, ...]) -> tuple[str, ...]:
    if phones[-1] in ("T", "D"):
        return (*phones, "IH", "D")
    return (*phones, "T" if phones[-1] in _VOICELESS | {"S", "SH", "CH"} else "D")


def _add_ly(phones: tuple[str, ...]) -> tuple[str, ...]:
    return (*phones, "IY") if phones[-1] == "L" else (*phones, "L", "IY")


# Longest first, so that "less" goes before "s".
_ENDINGS = {
    "ness": lambda phones: (*phones, "N", "AH", "S"),
    "less": lambda phones: (*phones, "L", "AH", "S"),
    "able": lambda phones: (*phones, "AH", "B", "AH", "L"),
    "'ll": lambda phones: (*phones, "AH", "L"),
    "'ve": lambda phones: (*phones, "V") if is_vowel(phones[-1]) else (*phones, "AH", "V"),
    "'re": lambda phones: (*phones, "ER"),
    "in'": lambda phones: (*phones, "IH", "N"),
    "ing": lambda phones: (*phones, "IH", "NG"),
    "'s": _add_s,
    "s'": _add_s,
    "'d": lambda phones: (*phones, "IH", "D") if phones[-1] in ("T", "D") else (*phones, "D"),
    "es": _add_s,
    "ed": _add_ed,
    "er": lambda phones: (*phones, "ER"),
    "ly": _add_ly,
    "s": _add_s,
}


def _from_parts(word: str) -> Pronunciations:
    """A prefix and a known word, or two known words written as one, the cut nearest to the middle first."""
    for prefix, phones in _PREFIXES.items():
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) >= _MIN_PART and (known := _listed(rest)):
            return tuple((*phones.split(), *more) for more in known)
    cuts = sorted(range(_MIN_PART, len(word) - _MIN_PART + 1), key=lambda cut: abs(2 * cut - len(word)))
    for cut in cuts:
        first, second = _listed(word[:cut]), _listed(word[cut:])
        if first and second:
            return (first[0] + second[0],)
    return ()
