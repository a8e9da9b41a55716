"""A number in digits in, the English words that say it out."""

from __future__ import annotations

_ONES_TEXT = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_ONES = _ONES_TEXT.split()
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion")
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth"}
_MOST_DIGITS = 3 * len(_SCALES)


def number_words(digits: str) -> list[str]:
    """A number such as `7`, `1,000` or `3.14` in words; one with a leading zero, or longer than any name, digit by digit."""
    whole, _, decimals = digits.replace(",", "").partition(".")
    point = ["point", *_digits(decimals)] if decimals else []
    if (len(whole) > 1 and whole[0] == "0") or len(whole) > _MOST_DIGITS:
        return _digits(whole) + point
    return cardinal_words(int(whole or "0")) + point


def _digits(digits: str) -> list[str]:
    return [_ONES[int(digit)] for digit in digits]


def cardinal_words(number: int) -> list[str]:
    """A whole number from 0 on in words, without "and": 105 is one hundred five."""
    if number == 0:
        return [_ONES[0]]
    words: list[str] = []
    for scale in _SCALES:
        number, group = divmod(number, 1000)
        if group:
            words = [*_below_thousand(group), *([scale] if scale else []), *words]
    return words


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [_ONES[hundreds], "hundred"] if hundreds else []
    return words + (_below_hundred(rest) if rest else [])


def _below_hundred(number: int) -> list[str]:
    if number < len(_ONES):
        return [_ONES[number]]
    tens, ones = divmod(number, 10)
    return [_TENS[tens], *([_ONES[ones]] if ones else [])]


def ordinal_words(number: int) -> list[str]:
    """A rank in words: 21 is twenty first."""
    *most, last = cardinal_words(number)
    if last.endswith("y"):
        return [*most, last[:-1] + "ieth"]
    return [*most, _ORDINALS.get(last, last + "th")]


def year_words(digits: str) -> list[str]:
    """A year of four digits as it is usually said: 1984 nineteen eighty four, 2007 two thousand seven, 1905 nineteen oh five."""
    century, rest = int(digits[:2]), int(digits[2:])
    if century % 10 == 0 and rest < 10:
        return cardinal_words(int(digits))
    if rest == 0:
        return [*_below_hundred(century), "hundred"]
    return [*_below_hundred(century), *(["oh"] if rest < 10 else []), *_below_hundred(rest)]
