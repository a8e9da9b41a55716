"""Times as caption files write them in, exact seconds in whole microseconds out."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from media.errors import UserError
from media.span import Span

STAMP = r"(?:\d{1,6}:[ ]?)?\d{1,6}:[ ]?\d{1,2}(?:[.,][ ]?\d{1,9})?"
"""Pattern of H:MM:SS.mmm or MM:SS.mmm, comma or dot, any number of decimals."""

LONGEST_S = 1_000_000 * 3600
_PARTS = re.compile(r"(?:(\d{1,6}):[ ]?)?(\d{1,6}):[ ]?(\d{1,2})(?:[.,][ ]?(\d{1,9}))?")
_DECIMAL = re.compile(r"(\d{1,10})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?")


@lru_cache(maxsize=8192)
def us_to_seconds(us: int) -> Fraction:
    """Exact seconds of whole microseconds."""
    return Fraction(us, 1_000_000)


def seconds_to_us(seconds: Fraction) -> int:
    """Whole microseconds of exact seconds, the nearest; halves go up."""
    return (2_000_000 * seconds.numerator + seconds.denominator) // (2 * seconds.denominator)


def stamp_to_us(stamp: str) -> int | None:
    """Microseconds of `1:02:03.5`, `02:03,500` or `00:01`; None where it is no such time."""
    match = _PARTS.fullmatch(stamp.strip())
    if not match:
        return None
    hours, minutes, seconds, decimals = match.groups()
    if int(seconds) > 59 or (hours and int(minutes) > 59):
        return None
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1_000_000 + _decimals_to_us(decimals or "")


def _decimals_to_us(decimals: str) -> int:
    """Microseconds of the digits behind a decimal point, the nearest; halves go up."""
    seven = int(f"{decimals[:7]:0<7}")
    return (seven + 5) // 10


def number_to_us(value: Any) -> int | None:
    """Microseconds of a number of seconds as json holds it (int, or the digits as text); None where it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 1_000_000 if 0 <= value <= LONGEST_S else None
    match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return None
    whole, decimals, exponent = match.groups()
    if exponent:
        seconds = Fraction(value) if abs(int(exponent)) <= 40 else Fraction(0 if exponent.startswith("-") else LONGEST_S + 1)
        us = seconds_to_us(seconds)
    else:
        us = int(whole) * 1_000_000 + _decimals_to_us(decimals or "")
    return us if us <= LONGEST_S * 1_000_000 else None


def make_span(start_us: int, end_us: int, where: str | Path) -> Span:
    """The span between two times.

    Raises:
        UserError: it ends before it starts; `where` names file and line.
    """
    if end_us < start_us:
        raise UserError(where, f"it ends before it starts, got {start_us / 1e6:.3f} to {end_us / 1e6:.3f} s", "Mend its times.")
    return Span(us_to_seconds(start_us), us_to_seconds(end_us))
