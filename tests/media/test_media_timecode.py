"""Frame rates, timecode and durations as people write them."""

from fractions import Fraction
from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.timecode import (
    axis_step,
    clock_text,
    common_unit,
    exact_rate,
    frame_to_time,
    frame_to_timecode,
    is_drop_rate,
    nominal_rate,
    parse_seconds,
    seconds_text,
    short_clock_text,
    time_to_frame,
    time_to_nearest_frame,
    time_to_next_frame,
    timecode_to_frame,
    to_microsecond,
)

NTSC_24, NTSC_30, NTSC_60 = (Fraction(n * 1000, 1001) for n in (24, 30, 60))
RATES = [NTSC_24, NTSC_30, NTSC_60, *map(Fraction, (12, 24, 25, 30, 48, 50, 60, 120))]
rates = st.sampled_from(RATES)
frames = st.integers(min_value=0, max_value=120 * 3600 * 24)


@pytest.mark.parametrize(
    ("given_rate", "meant"),
    [
        (29.97, NTSC_30),
        (29.970030, NTSC_30),
        ("29.97", NTSC_30),
        (23.976, NTSC_24),
        (23.98, NTSC_24),
        (59.94, NTSC_60),
        (24.999, Fraction(25)),
        (25, Fraction(25)),
        (24, Fraction(24)),
        (30, Fraction(30)),
        ("30000/1001", NTSC_30),
        (Fraction(87169000, 2905633), Fraction(30)),
        (12.5, Fraction(25, 2)),
        (28.9, Fraction(28.9)),
        (7, Fraction(7)),
    ],
)
def test_a_rate_is_what_was_meant(given_rate: float | str | Fraction, meant: Fraction):
    assert exact_rate(given_rate) == meant


@given(rates)
def test_an_exact_rate_stays(rate: Fraction):
    assert exact_rate(rate) == rate
    assert exact_rate(float(rate)) == rate


@pytest.mark.parametrize("wrong", [0, -25, "fast", float("nan"), float("inf"), ""])
def test_what_is_no_rate_is_refused(wrong: float | str):
    with pytest.raises(ValueError):
        exact_rate(wrong)


@given(frames, rates)
def test_a_frame_is_found_again_by_its_time(frame: int, rate: Fraction):
    time = frame_to_time(frame, rate)
    assert time_to_frame(time, rate) == time_to_nearest_frame(time, rate) == time_to_next_frame(time, rate) == frame
    assert time_to_frame(time - Fraction(1, 10**9), rate) == frame - 1
    assert time_to_next_frame(time + Fraction(1, 10**9), rate) == frame + 1


def test_half_a_frame_goes_up_always():
    assert [time_to_nearest_frame(Fraction(n, 50), Fraction(25)) for n in (1, 3, 5, -1)] == [1, 2, 3, 0]


@pytest.mark.parametrize(
    ("frame", "timecode"),
    [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (3597, "00:01:59;29"),
        (3598, "00:02:00;02"),
        (17981, "00:09:59;29"),
        (17982, "00:10:00;00"),
        (17982 + 1800, "00:11:00;02"),
        (107892, "01:00:00;00"),
        (2589408 - 1, "23:59:59;29"),
    ],
)
def test_drop_frame_labels_at_29_97(frame: int, timecode: str):
    assert frame_to_timecode(frame, NTSC_30, drop=True) == timecode
    assert timecode_to_frame(timecode, NTSC_30) == frame


@pytest.mark.parametrize(
    ("frame", "timecode"), [(3599, "00:00:59;59"), (3600, "00:01:00;04"), (35964, "00:10:00;00"), (215784, "01:00:00;00")]
)
def test_drop_frame_labels_at_59_94(frame: int, timecode: str):
    assert frame_to_timecode(frame, NTSC_60, drop=True) == timecode
    assert timecode_to_frame(timecode, NTSC_60) == frame


@pytest.mark.parametrize(
    ("frame", "rate", "timecode"),
    [
        (1800, NTSC_30, "00:01:00:00"),
        (1800, Fraction(30), "00:01:00:00"),
        (25 * 3600 + 24, Fraction(25), "01:00:00:24"),
        (24 * 60, NTSC_24, "00:01:00:00"),
        (119, Fraction(120), "00:00:00:119"),
    ],
)
def test_non_drop_labels(frame: int, rate: Fraction, timecode: str):
    assert frame_to_timecode(frame, rate) == timecode
    assert timecode_to_frame(timecode, rate) == frame


@given(frames, rates)
def test_timecode_round_trip(frame: int, rate: Fraction):
    assert timecode_to_frame(frame_to_timecode(frame, rate), rate) == frame


@given(frames, st.sampled_from([NTSC_30, NTSC_60]))
def test_drop_frame_round_trip_and_order(frame: int, rate: Fraction):
    text, following = (frame_to_timecode(n, rate, drop=True) for n in (frame, frame + 1))
    assert timecode_to_frame(text, rate) == frame
    assert text < following or len(text) < len(following)


@given(st.integers(min_value=0, max_value=24 * 3600), st.sampled_from([NTSC_30, NTSC_60]))
def test_drop_frame_shows_the_time_of_day(second: int, rate: Fraction):
    """The label never strays from the clock by more than a few frames, over a whole day."""
    label = frame_to_timecode(round(second * rate), rate, drop=True).replace(";", ":")
    hours, minutes, seconds, count = (int(part) for part in label.split(":"))
    shown = Fraction(hours * 3600 + minutes * 60 + seconds) + Fraction(count, nominal_rate(rate))
    assert abs(shown - second) < Fraction(8, 60)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30), NTSC_24, Fraction(60)])
def test_drop_frame_is_refused_where_it_does_not_exist(rate: Fraction):
    assert not is_drop_rate(rate)
    with pytest.raises(ValueError, match="drop-frame"):
        frame_to_timecode(0, rate, drop=True)


@pytest.mark.parametrize(
    "text",
    ["00:01:00;00", "00:01:00;01", "00:60:00:00", "00:00:60:00", "00:00:00:30", "1:2:3:4", "", "00:00:00.00", "-00:00:00:01"],
)
def test_labels_that_do_not_exist_are_refused(text: str):
    with pytest.raises(ValueError, match="timecode"):
        timecode_to_frame(text, NTSC_30)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1.5", Fraction(3, 2)),
        ("1,5", Fraction(3, 2)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        (" 25ms ", Fraction(1, 40)),
        ("25 ms", Fraction(1, 40)),
        ("40us", Fraction(1, 25_000)),
        ("2s", Fraction(2)),
        ("2 min", Fraction(120)),
        ("2m", Fraction(120)),
        ("1h", Fraction(3600)),
        ("-0.25", Fraction(-1, 4)),
        ("+3", Fraction(3)),
        ("1:02.5", Fraction(125, 2)),
        ("01:02,500", Fraction(125, 2)),
        ("1:00:00", Fraction(3600)),
        ("-1:00", Fraction(-60)),
        ("1/30", Fraction(1, 30)),
        (0.1, Fraction(1, 10)),
        (3, Fraction(3)),
        (Fraction(1, 3), Fraction(1, 3)),
        (1e-05, Fraction(1, 100_000)),
    ],
)
def test_durations_as_people_write_them(text: str | float | Fraction, seconds: Fraction):
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "ms", "1.5.2", "1:2:3:4", "1/0", "a minute", "1e9", "1 2", "1:", "--1", "5 frames", float("inf"), float("nan")],
)
def test_what_is_no_duration_is_refused(text: str | float):
    with pytest.raises(ValueError):
        parse_seconds(text)


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_seconds_read_back_to_the_microsecond(micro: int):
    time = Fraction(micro, 1_000_000)
    assert parse_seconds(seconds_text(time)) == time
    assert to_microsecond(time) == time


@given(st.fractions(min_value=0, max_value=100_000))
def test_microseconds_are_the_nearest(time: Fraction):
    assert abs(to_microsecond(time) - time) <= Fraction(1, 2_000_000)
    assert seconds_text(time) == seconds_text(to_microsecond(time))


def test_seconds_are_written_as_short_as_they_can_be():
    assert [seconds_text(Fraction(text)) for text in ("0", "1", "100", "1.5", "-0.25", "1/3", "0.000001")] == [
        "0",
        "1",
        "100",
        "1.5",
        "-0.25",
        "0.333333",
        "0.000001",
    ]


@pytest.mark.parametrize(
    ("time", "text"),
    [(0, "0:00:00.000"), ("59.9996", "0:01:00.000"), ("3661.5", "1:01:01.500"), ("-1.5", "-0:00:01.500"), (360_000, "100:00:00.000")],
)
def test_clock_text(time: int | str, text: str):
    assert clock_text(Fraction(time)) == text


def test_an_axis_names_few_round_times():
    assert [axis_step(least_s) for least_s in (0.1, 1, 3.58, 500, 14_400, 10**9)] == [1, 1, 5, 600, 14_400, 14_400]
    assert [short_clock_text(second) for second in (0, 65, 3600, 36_061)] == ["0:00", "1:05", "1:00:00", "10:01:01"]


@given(st.fractions(0, 100, max_denominator=10**6).filter(bool), st.fractions(-100, 100, max_denominator=10**6))
def test_a_common_unit_goes_into_both_and_no_larger_one_does(first: Fraction, second: Fraction):
    unit = common_unit(first, second)
    counts = [time / unit for time in (first, second)]
    assert all(count.denominator == 1 for count in counts)
    assert gcd(*(count.numerator for count in counts)) == 1
