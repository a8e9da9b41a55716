"""How a film is dreamed: one declaration of each parameter for flags, recipes and Python alike."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

from pydantic import model_validator

from dream.settings import DreamSettings
from media.settings import Rate, Seconds, Settings, Size, flag, read_by, setting
from media.timecode import parse_seconds, seconds_text, to_microsecond


def _exact_text(time: Fraction) -> str:
    """Seconds as a decimal if one says all of it, else as a fraction: by its recipe a film must begin at the very same frame."""
    return seconds_text(time) if to_microsecond(time) == time else str(time)


ExactSeconds = Annotated[Fraction, *read_by(parse_seconds, show=_exact_text, name="SECONDS")]
"""As Seconds, but never rounded."""


class PartSettings(Settings):
    """Which part of the film."""

    start: Annotated[ExactSeconds, flag("--from")] = setting(Fraction(0), ge=0, help="Where in the film to begin.", unit="s")
    end: Annotated[ExactSeconds | None, flag("--to")] = setting(None, gt=0, help="Where in the film to end; its end by default.", unit="s")
    length: Annotated[ExactSeconds | None, flag("--for")] = setting(None, gt=0, help="How much of it, instead of --to.", unit="s")
    rate: Annotated[Rate | None, flag("-r")] = setting(None, help="Pictures a second, for sources that are pictures; 25 by default.")

    @model_validator(mode="after")
    def _in_order(self) -> PartSettings:
        if self.end is not None and self.length is not None:
            raise ValueError("give --to or --for, got both")
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"--to must lie behind --from, got {seconds_text(self.start)} to {seconds_text(self.end)}")
        return self

    @property
    def stop(self) -> Fraction | None:
        """Where it ends, seconds; None at the film's own end."""
        return self.end if self.length is None else self.start + self.length


class CarrySettings(Settings):
    """How the dream goes on from frame to frame."""

    keep: Annotated[float, flag()] = setting(0.98, ge=0, le=1, help="How much of the dream stays from one frame to the next, at 25 frames a second.")
    renew: Annotated[float, flag()] = setting(0.045, ge=0, le=2, help="How far each frame is dreamed on, in parts of --step-size; more is livelier.")
    size: Annotated[Size, flag()] = setting((1280, 720), help="Frames are dreamed no larger than this; the dream is enlarged over the whole frame.")


class ScoreSettings(Settings):
    """What a MIDI file plays."""

    midi: Annotated[Path | None, flag()] = setting(None, help="A MIDI file that plays the dream: each track of notes a motif of its own, unless --map tells.")
    map: Annotated[tuple[str, ...], flag()] = setting((), help="What plays what, such as midi.note.60=motif.eyes or midi.ch.2.cc.1=strength; may be repeated.")
    release: Annotated[Seconds, flag()] = setting(Fraction(2, 5), ge=0, le=60, help="How long a motif takes to fall when its note ends.", unit="s")


class FilmJob(DreamSettings):
    """All of it, for a film."""

    part: PartSettings = setting(PartSettings(), help="Which part of it.")
    carry: CarrySettings = setting(CarrySettings(), help="How it goes on.")
    score: ScoreSettings = setting(ScoreSettings(), help="What plays it.")
