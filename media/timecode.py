"""Frame rates, frame numbers, timecodes and durations as people write them, to and from exact seconds."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, gcd, isfinite

_MICROSECOND = Fraction(1, 1_000_000)
_STANDARD_RATES = [Fraction(n) for n in (12, 15, 24, 25, 30, 48, 50, 60, 90, 100, 120)]
_NTSC_RATES = [Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)]
_UNITS = {"ms": Fraction(1, 1000), "us": _MICROSECOND, "s": Fraction(1), "m": Fraction(60), "min": Fraction(60), "h": Fraction(3600)}
_AXIS_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400)
_AMOUNT = re.compile(r"([+-]?\d+(?:[.,]\d*)?|[+-]?[.,]\d+)\s*(us|ms|s|min|m|h)?")
_CLOCK = re.compile(r"([+-]?)(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d*)?)")


def exact_rate(rate: Fraction | float | str) -> Fraction:
    """The frame rate that was meant: 29.97 -> 30000/1001, 24.999 -> 25; others unchanged.

    Raises:
        ValueError: it is no positive number.
    """
    if isinstance(rate, float) and not isfinite(rate):
        raise ValueError(f"frame rate must be a number, got {rate}")
    value = Fraction(rate)
    if value <= 0:
        raise ValueError(f"frame rate must be positive, got {rate}")
    for standard in (*_STANDARD_RATES, *_NTSC_RATES):
        # NTSC rates lie 0.1 % from their neighbours; containers and people round to 1e-4.
        if abs(value - standard) <= standard * Fraction(1, 4000):
            return standard
    return value


def frame_to_time(frame: int, rate: Fraction) -> Fraction:
    """Start of frame number `frame` in seconds."""
    return Fraction(frame) / rate


def time_to_frame(time: Fraction, rate: Fraction) -> int:
    """Number of the frame that is shown at `time`."""
    return floor(time * rate)


def time_to_nearest_frame(time: Fraction, rate: Fraction) -> int:
    """Number of the frame that starts nearest to `time`; halves go up, always."""
    return floor(time * rate + Fraction(1, 2))


def time_to_next_frame(time: Fraction, rate: Fraction) -> int:
    """Number of the first frame that starts at `time` or later."""
    return ceil(time * rate)


def nominal_rate(rate: Fraction) -> int:
    """Frames that a timecode counts a second: 30 for 29.97."""
    return ceil(rate) if rate.denominator == 1001 else max(1, round(rate))


def is_drop_rate(rate: Fraction) -> bool:
    """Whether drop-frame labels exist for this rate (29.97 and 59.94)."""
    return rate.denominator == 1001 and nominal_rate(rate) % 30 == 0


def frame_to_timecode(frame: int, rate: Fraction, *, drop: bool = False) -> str:
    """Write a frame number as HH:MM:SS:FF, with `;` before the frames where labels are dropped.

    Drop-frame changes labels, never time: two labels (four at 59.94) are skipped
    each minute but every tenth (SMPTE ST 12-1).
    """
    base = nominal_rate(rate)
    if drop:
        if not is_drop_rate(rate):
            raise ValueError(f"drop-frame timecode exists at 29.97 and 59.94 only, got {float(rate):.3f}")
        skipped = base // 15
        per_minute, per_ten = base * 60 - skipped, base * 600 - 9 * skipped
        tens, rest = divmod(frame, per_ten)
        frame += 9 * skipped * tens
        if rest >= base * 60:
            frame += skipped * (1 + (rest - base * 60) // per_minute)
    seconds, frames = divmod(frame, base)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours:02d}:{minutes:02d}:{seconds % 60:02d}{';' if drop else ':'}{frames:02d}"


def timecode_to_frame(text: str, rate: Fraction) -> int:
    """Read HH:MM:SS:FF (or `;FF` for drop-frame) as a frame number.

    Raises:
        ValueError: it is no timecode, or names a label that does not exist.
    """
    match = re.fullmatch(r"(\d+):(\d{2}):(\d{2})([:;])(\d{2,3})", text.strip())
    base = nominal_rate(rate)
    if not match:
        raise ValueError(f"timecode must read HH:MM:SS:FF, got {text!r}")
    hours, minutes, seconds, frames = (int(match[n]) for n in (1, 2, 3, 5))
    drop = match[4] == ";"
    skipped = base // 15 if drop else 0
    missing = drop and seconds == 0 and minutes % 10 and frames < skipped
    if minutes > 59 or seconds > 59 or frames >= base or missing:
        raise ValueError(f"there is no timecode {text} at {float(rate):.3f} frames a second")
    total_minutes = hours * 60 + minutes
    return (total_minutes * 60 + seconds) * base + frames - skipped * (total_minutes - total_minutes // 10)


def parse_seconds(text: str | float | Fraction) -> Fraction:
    """Read a duration as people write it: `1.5`, `25ms`, `2 min`, `1:02.5`, `1:00:00`, `1/30`.

    Raises:
        ValueError: it is none of these.
    """
    if not isinstance(text, str):
        # A float means the decimal that it prints as, not its binary neighbour.
        return text if isinstance(text, Fraction) else Fraction(str(text))
    bare = text.strip()
    if match := _AMOUNT.fullmatch(bare):
        return Fraction(match[1].replace(",", ".")) * _UNITS[match[2] or "s"]
    if match := _CLOCK.fullmatch(bare):
        total = int(match[2] or 0) * 3600 + int(match[3]) * 60 + Fraction(match[4].replace(",", "."))
        return -total if match[1] == "-" else total
    if re.fullmatch(r"[+-]?\d+/[1-9]\d*", bare):
        return Fraction(bare)
    raise ValueError(f"a duration reads like 1.5, 25ms or 1:02.5, got {text!r}")


def common_unit(first: Fraction, second: Fraction) -> Fraction:
    """The largest time that goes into both without a rest; of one and 0, the one."""
    return Fraction(gcd(first.numerator * second.denominator, second.numerator * first.denominator), first.denominator * second.denominator)


def to_microsecond(time: Fraction) -> Fraction:
    """Rounded to whole microseconds, so that a decimal in a file says all of it."""
    return floor(time / _MICROSECOND + Fraction(1, 2)) * _MICROSECOND


def seconds_text(time: Fraction) -> str:
    """Seconds as the shortest decimal that reads back the same (to the microsecond)."""
    micro = floor(time / _MICROSECOND + Fraction(1, 2))
    text = f"{Decimal(micro).scaleb(-6):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def axis_step(least_s: float) -> int:
    """The shortest round step, seconds, for the names on an axis of time that are `least_s` apart at least; 4 h is the longest."""
    return next((step for step in _AXIS_STEPS_S if step >= least_s), _AXIS_STEPS_S[-1])


def short_clock_text(second: int) -> str:
    """Whole seconds as m:ss, or h:mm:ss, for an axis."""
    hours, minutes, seconds = second // 3600, second // 60 % 60, second % 60
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def clock_text(time: Fraction) -> str:
    """Seconds as H:MM:SS.mmm, for tables and captions."""
    ms = floor(abs(time) * 1000 + Fraction(1, 2))
    hours, ms = divmod(ms, 3_600_000)
    minutes, ms = divmod(ms, 60_000)
    return f"{'-' if time < 0 else ''}{hours}:{minutes:02d}:{ms // 1000:02d}.{ms % 1000:03d}"
