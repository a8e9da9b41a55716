"""What a stretched film is to be like: the parameters of `supercut stretch`, and a preset with flags laid over it."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import model_validator

from media.codecs import PRESETS
from media.settings import Fit, Rate, Seconds, Settings, Size, find_config, flag, load_toml, read_by, setting
from media.timecode import seconds_text

Motion = Literal["flow", "interpolate", "blend", "repeat"]
"""Where pictures between the film's own come from (supercut/stretch/motion.py)."""

Sound = Literal["stretch", "varispeed", "none"]
"""What becomes of the sound (supercut/stretch/sound.py)."""

NervousStyle = Literal["scrub", "jump"]
"""How a nervous picture moves in its buffer (supercut/stretch/nervous.py)."""

_SLOWEST, _FASTEST = Fraction(1, 100), Fraction(1000)


def parse_speed(text: str | float | Fraction) -> Fraction:
    """Read a speed as people write it: `0.25`, `25%`, `1/4`, `2x`.

    Raises:
        ValueError: it is none of these, or out of 1/100..1000.
    """
    bare = str(text).strip().lower().removesuffix("x")
    try:
        speed = Fraction(bare.removesuffix("%")) / (100 if bare.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"must read like 0.25, 25%, 1/4 or 2, got {text!r}") from None
    if not _SLOWEST <= speed <= _FASTEST:
        raise ValueError(f"must lie between 1/100 and 1000, got {text!r}")
    return speed


Speed = Annotated[Fraction, *read_by(parse_speed)]


class StretchSettings(Settings):
    """How a film is stretched. Untouched, it stays as it is."""

    speed: Annotated[Speed, flag("-x")] = setting(
        Fraction(1), help="Times the film's own speed: 0.25, 25% or 1/4 makes it four times as long."
    )
    motion: Motion = setting(
        "flow",
        help="Pictures in between: flow follows what moves, interpolate is ffmpeg's minterpolate (slow; cleaner on flat drawings), "
        "blend dissolves, repeat holds.",
    )
    morph_cuts: bool = setting(False, help="Let one shot melt into the next at a cut instead of cutting.")
    rate: Rate | None = setting(None, help="Frames a second of the result; the film's own by default.", unit="fps")
    nervous: int = setting(0, ge=0, le=64, help="Show frames at random out of the last so many; 0 is off.", unit="frames")
    nervous_style: NervousStyle = setting(
        "scrub", help="scrub leaps, then runs on for a few frames, to or fro; jump takes a fresh frame every time."
    )
    sound: Sound = setting("stretch", help="stretch keeps the pitch, varispeed lets it move with the speed as tape does, none is silent.")
    size: Size | None = setting(
        None, help="Width and height of the result, such as 1920x480; the film's own by default.", unit="px"
    )
    fit: Fit = setting("crop", help="How the picture fills another shape: crop, letterbox or stretch.")
    crop_at: float = setting(0.5, ge=0, le=1, help="What a crop keeps: 0 top or left, 0.5 the middle, 1 bottom or right.")
    start: Annotated[Seconds, flag("--from")] = setting(Fraction(0), ge=0, help="Where in the film to begin.", unit="s")
    end: Annotated[Seconds | None, flag("--to")] = setting(None, gt=0, help="Where in the film to end; its end by default.", unit="s")
    seed: int = setting(0, ge=0, help="Another number gives another nervous film; the same gives the same.")
    quality: Annotated[str | None, flag("-q")] = setting(
        None, help="A number (constant quality, lower is better) or a bit rate such as 8M; the codec's default by default."
    )
    preset: str = setting("veryfast", help=f"Encoder speed: {', '.join(PRESETS)}.")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> StretchSettings:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"the end must lie after the start, got {seconds_text(self.start)}..{seconds_text(self.end)}")
        return self


def load_preset(name: str) -> StretchSettings:
    """A preset by the name of a shipped one, or by its path.

    Raises:
        UserError: there is none, or it holds what makes no sense.
    """
    return load_toml(find_config(name, program="supercut"), StretchSettings)


def merge(preset: StretchSettings, flags: StretchSettings) -> StretchSettings:
    """The preset, but for what was set in `flags` by name, even to its default."""
    return StretchSettings(**{**dict(preset), **{name: getattr(flags, name) for name in flags.model_fields_set}})
