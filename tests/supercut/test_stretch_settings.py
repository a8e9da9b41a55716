"""How a film is to be stretched, as people write it: speeds, sizes, presets and flags over them."""

from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from media.errors import UserError
from media.settings import parse_size, shipped_configs
from supercut.stretch import settings as names
from supercut.stretch.fit import FITS
from supercut.stretch.motion import MOTIONS
from supercut.stretch.nervous import STYLES
from supercut.stretch.settings import StretchSettings, load_preset, merge, parse_speed
from supercut.stretch.sound import SOUNDS

PRESETS = ("lavigne-strip", "slow-motion", "dream-slow", "nervous", "shiver", "varispeed-half", "strip", "timelapse", "double-time")


@pytest.mark.parametrize(
    ("text", "speed"), [("0.25", "1/4"), ("25%", "1/4"), ("1/4", "1/4"), ("2x", "2"), (" 150 % ", "3/2"), (0.1, "1/10"), (3, "3")]
)
def test_speeds_are_read_as_people_write_them(text: object, speed: str) -> None:
    assert parse_speed(text) == Fraction(speed)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["0", "-1", "slow", "1/0", "", "1/101", "1001", "nan", "inf"])
def test_other_speeds_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_speed(text)


@pytest.mark.parametrize("text", ["1920x480", "1920X480", "1920 x 480", "1920:480", (1920, 480), [1920, 480]])
def test_sizes_are_read(text: object) -> None:
    assert parse_size(text) == (1920, 480)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["1920", "1921x480", "0x480", "8x8", "big", "99999x2", "16386x16"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must read like 1920x480, two even numbers from 16 to 16384"):
        parse_size(text)


@pytest.mark.parametrize(("literal", "table"), [("Motion", MOTIONS), ("Fit", FITS), ("NervousStyle", STYLES), ("Sound", {*SOUNDS, "none"})])
def test_every_name_that_is_offered_is_known(literal: str, table: object) -> None:
    assert set(get_args(getattr(names, literal))) == set(table)  # type: ignore[call-overload]


def test_untouched_settings_leave_the_film_as_it_is() -> None:
    plain = StretchSettings()
    assert (plain.speed, plain.nervous, plain.size, plain.rate, plain.start, plain.end) == (1, 0, None, None, 0, None)


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"must lie after the start, got 5\.\.4"):
        StretchSettings(start=Fraction(5), end=Fraction(4))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_loads_and_says_what_it_is_like(name: str) -> None:
    assert load_preset(name) != StretchSettings()
    assert shipped_configs("supercut")[name].read_text().startswith("# ")


def test_the_strip_preset_is_the_artists_chain() -> None:
    strip = load_preset("lavigne-strip")
    assert (strip.speed, strip.rate, strip.motion, strip.morph_cuts) == (Fraction(1, 4), 30, "interpolate", True)
    assert strip.size == (1920, 480) and strip.nervous and strip.sound == "stretch"


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean slow-motion"):
        load_preset("slowmotion")


def test_a_fault_in_a_preset_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('nervous = 3\nspeed = "slow"\n')
    with pytest.raises(UserError, match=r"mine.toml:2: speed must read like 0.25"):
        load_preset(str(path))


def test_flags_go_over_a_preset_even_back_to_a_default() -> None:
    merged = merge(load_preset("lavigne-strip"), StretchSettings(speed=Fraction(1), seed=7))
    assert (merged.speed, merged.seed, merged.size) == (1, 7, (1920, 480))


def test_a_preset_written_out_reads_back_the_same() -> None:
    strip = load_preset("lavigne-strip")
    assert StretchSettings(**strip.model_dump(mode="json")) == strip
