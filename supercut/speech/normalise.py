"""A caption's text in; each written word with the words that are spoken for it, as the dictionary writes them, out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from supercut.speech.numerals import number_words, ordinal_words, year_words
from supercut.speech.pronounce import is_known, plain_word


@dataclass(frozen=True)
class WrittenWord:
    """A word as the caption writes it, and the dictionary words that are said for it ("1984": nineteen eighty four)."""

    text: str
    spoken: tuple[str, ...]


# What is described but not said: [door slams], (laughs), *sighs*, music between notes, and a speaker's name or dashes at the start.
_UNSAID = re.compile(
    r"\[[^\]]*\]|\([^)]*\)|\*[^*\s][^*]*\*|\+\+[^+]*\+\+|<[^>]*>|[♪♫♬♩#]*[♪♫♬♩][♪♫♬♩#]*|^\s*(?:>>|[-–—](?!\d))|^\s*(?:>>\s*)?[A-Z][A-Z .'’-]{1,30}:(?=\s)",
    re.MULTILINE,
)
_ABBREVIATIONS = {
    "dr": "doctor",
    "mr": "mister",
    "mrs": "missus",
    "ms": "miz",
    "prof": "professor",
    "st": "saint",
    "jr": "junior",
    "sr": "senior",
    "vs": "versus",
    "etc": "et cetera",
    "e.g": "for example",
    "i.e": "that is",
    "approx": "approximately",
    "dept": "department",
    "gov": "governor",
    "capt": "captain",
    "sgt": "sergeant",
    "lt": "lieutenant",
    "rev": "reverend",
}
_NEEDS_DOT = frozenset(("st", "gov", "rev", "lt", "sr"))  # words of their own without it
_SIGNS = {"&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent", "°": "degrees", "§": "section", "№": "number"}
_CURRENCIES = {
    "$": ("dollar", "dollars", "cents"),
    "€": ("euro", "euros", "cents"),
    "£": ("pound", "pounds", "pence"),
    "¥": ("yen", "yen", "sen"),
}
_UNITS = {
    "km": "kilometers",
    "kg": "kilograms",
    "cm": "centimeters",
    "mm": "millimeters",
    "mph": "miles per hour",
    "hz": "hertz",
    "khz": "kilohertz",
    "ft": "feet",
    "lbs": "pounds",
    "mb": "megabytes",
    "gb": "gigabytes",
}
_SCALES = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}
_VOWEL_LETTERS = frozenset("AEIOUY")


def spoken_words(text: str) -> tuple[WrittenWord, ...]:
    """The words of a caption that are said.

    Args:
        text: as shown; digits, signs, abbreviations, curly quotes and accents are all right.
    Returns:
        one entry for each blank-separated piece of the text that is said, in order; descriptions of
        sounds, music notes, speakers' names and bare punctuation are left out. A piece in another
        script has itself, folded to lower case, as its spoken word.
    """
    said = _UNSAID.sub(lambda match: " " * len(match[0]), text)
    pieces = [(text[m.start() : m.end()] if not _cut(text, m) else m[0], m[0]) for m in re.finditer(r"\S+", said)]
    found = [WrittenWord(written, say_piece(piece)) for written, piece in pieces]
    return tuple(word for word in found if word.spoken)


def _cut(text: str, match: re.Match[str]) -> bool:
    """Whether blanks put in for a description, not blanks of the text, border this piece."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return bool(before.strip() or after.strip())


def say_piece(piece: str) -> tuple[str, ...]:
    """The dictionary words said for one written piece without blanks; () for bare punctuation."""
    plain = unicodedata.normalize("NFKC", piece).replace("’", "'").replace("‘", "'")
    bare = plain.strip("\"“”„«»'!?,;:…¿¡()[]{}<>|~_*^").rstrip("-–—")
    if not bare:
        return ()
    lower = bare.lower().rstrip(".")
    if lower in _ABBREVIATIONS and (bare.endswith(".") or lower not in _NEEDS_DOT):
        return tuple(_ABBREVIATIONS[lower].split())
    if any(letter.isdigit() for letter in bare):
        return _say_with_digits(bare.rstrip("."))
    return _say_letters(bare)


def _say_letters(bare: str) -> tuple[str, ...]:
    """A piece without digits: a word, an acronym, several words joined by hyphens, or a sign."""
    if bare in _SIGNS:
        return (_SIGNS[bare],)
    if re.fullmatch(r"(?:[A-Za-z]\.){2,}[A-Za-z]?", bare) or re.fullmatch(r"(?:[A-Z]\.)+'?s?", bare):
        return tuple(f"{letter.lower()}." for letter in bare if letter.isalpha())
    if is_known(bare) and not _is_spelt(bare):
        return (plain_word(bare),)
    parts = [part for part in re.split(r"[-–—/\\_.:·…,;]+|(?=[&+=@%])|(?<=[&+=@%])", bare) if part]
    if len(parts) > 1:
        return tuple(word for part in parts for word in _say_letters(part))
    if _is_spelt(bare):
        return _spell(bare)
    word = plain_word(bare)
    return (word,) if any(letter.isalpha() for letter in word) else ()


def _is_spelt(word: str) -> bool:
    """Whether a word in capitals is said letter by letter: BBC, UFOs; NASA and HELLO are not."""
    capitals = re.fullmatch(r"([A-Z]{2,5})(?:'?s)?", word)
    if capitals is None:
        return False
    return not _VOWEL_LETTERS & set(capitals[1]) or (len(capitals[1]) <= 3 and not is_known(word))


def _spell(word: str) -> tuple[str, ...]:
    letters = [f"{letter.lower()}." for letter in word if letter.isupper()]
    if word[-1] == "s" and len(letters) > 1:
        letters[-1] += "'s"
    return tuple(letters)


_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"


def _say_with_digits(bare: str) -> tuple[str, ...]:
    """A piece with digits in it; what no pattern knows is read part by part."""
    for pattern, say in _PATTERNS:
        if match := re.fullmatch(pattern, bare, re.IGNORECASE):
            return tuple(say(match))
    parts = re.findall(rf"{_NUMBER}|[^\W\d_]+(?:'[^\W\d_]+)?|[%&+=@°€$£]", bare)
    return tuple(word for part in parts for word in (number_words(part) if part[0].isdigit() else _say_letters(part)))


def _say_money(match: re.Match[str]) -> list[str]:
    one, many, cents = _CURRENCIES[match["sign"]]
    amount, scale = match["amount"], match["scale"]
    if scale:
        return [*number_words(amount), _SCALES.get(scale.lower(), scale.lower()), many]
    whole, _, rest = amount.partition(".")
    words = [*number_words(whole), one if whole == "1" else many]
    return words if not rest or not int(rest) else [*words, "and", *number_words(rest.ljust(2, "0")[:2].lstrip("0")), cents]


def _say_clock(match: re.Match[str]) -> list[str]:
    hour, minute, half = number_words(str(int(match[1]))), int(match[2]), match[3] or ""
    full = [] if half else ["o'clock"]
    past = [*(["oh"] if minute < 10 else []), *number_words(str(minute))] if minute else full
    return [*hour, *past, *(f"{letter}." for letter in half.lower() if letter.isalpha())]


def _say_decade(match: re.Match[str]) -> list[str]:
    words = year_words(match[1]) if len(match[1]) == 4 else number_words(match[1])
    last = words[-1]
    return [*words[:-1], last[:-1] + "ies" if last.endswith("y") else last + "s"]


def _say_fraction(match: re.Match[str]) -> list[str]:
    top, bottom = int(match[1]), int(match[2])
    below = {2: "half" if top == 1 else "halves", 4: "quarter" if top == 1 else "quarters"}.get(bottom)
    below = below or ordinal_words(bottom)[-1] + ("" if top == 1 else "s")
    return [*number_words(match[1]), *(ordinal_words(bottom)[:-1]), below]


def _say_both(match: re.Match[str]) -> list[str]:
    sides = [year_words(side) if len(side) == 4 else number_words(side) for side in match.groups()]
    return [*sides[0], "to", *sides[1]]


_PATTERNS = [
    (rf"(?P<sign>[$€£¥])(?P<amount>{_NUMBER})(?P<scale>k|m|bn|b)?", _say_money),
    (rf"(?P<amount>{_NUMBER})(?P<scale>k|m|bn)?(?P<sign>[€£¥$])", _say_money),
    (r"(\d{1,2}):(\d{2})(am|pm|a\.m|p\.m)?", _say_clock),
    (r"'?(\d{2}|\d{3}0)'?s", _say_decade),
    (r"(\d[\d,]*)(?:st|nd|rd|th)", lambda match: ordinal_words(int(match[1].replace(",", "")))),
    (r"([1-9])/([2-9]|1\d|20)", _say_fraction),
    (r"(1[1-9]\d{2}|20\d{2})", lambda match: year_words(match[1])),
    (r"(\d{1,4})[-–](\d{1,4})", _say_both),
    (rf"-?({_NUMBER})%", lambda match: [*number_words(match[1]), "percent"]),
    (rf"[-−]({_NUMBER})°?[CF]?", lambda match: ["minus", *number_words(match[1]), *(["degrees"] if "°" in match[0] else [])]),
    (rf"({_NUMBER})({'|'.join(_UNITS)})", lambda match: [*number_words(match[1]), *_UNITS[match[2].lower()].split()]),
    (rf"(?:#|№)({_NUMBER})", lambda match: ["number", *number_words(match[1])]),
    (rf"({_NUMBER})", lambda match: number_words(match[1])),
]
