"""What a score is made with beyond its mapping: tempo, grid, key, seed; one declaration for flags and Python alike."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from cyclopts import Parameter

from media.settings import Settings, read_by, setting
from video2midi.quantise import grid_text, parse_grid, parse_percent, percent_text
from video2midi.scales import SCALES, key_name, parse_key, parse_scale
from video2midi.tempo import parse_tempo, tempo_text


def _scale_text(scale: tuple[int, ...]) -> str:
    return next((name for name, steps in SCALES.items() if steps == tuple(scale)), " ".join(map(str, scale)))


Tempo = Annotated[Fraction | str, *read_by(parse_tempo, show=tempo_text, name="BPM")]
Grid = Annotated[Fraction, *read_by(parse_grid, show=grid_text, name="NOTE")]
Percent = Annotated[Fraction, *read_by(parse_percent, show=percent_text, name="PERCENT")]
Key = Annotated[int, *read_by(parse_key, show=key_name, name="NOTE")]
Scale = Annotated[tuple[int, ...], *read_by(parse_scale, show=_scale_text, name="SCALE"), Parameter(n_tokens=1, negative_iterable="")]


class ScoreSettings(Settings):
    """Time and notes of a score. Untouched, every note falls on its frame."""

    tempo: Tempo = setting(Fraction(120), help="Beats a minute; frame locks ticks to frames; cuts bends it so that cuts fall on beats.")
    quantise: Grid | None = setting(None, help="Pull notes to a grid such as 1/16 or 1/8t; off by default, for it takes them off their frames.")
    strength: Percent = setting(Fraction(1), help="How far they are pulled, such as 60%.")
    key: Key | None = setting(None, help="Key note of all voices, such as D or F#; the mapping's by default.")
    scale: Scale | None = setting(
        None, help=f"Scale of all voices: {', '.join(SCALES)}, or semitones such as '0 3 7'; the mapping's by default."
    )
    seed: int | None = setting(None, ge=0, help="Draws what is left to chance; the mapping's by default.")

    def overrules(self) -> dict[str, Any]:
        """What is laid over the mapping."""
        named = {"key": self.key, "scale": self.scale, "seed": self.seed}
        return {name: value for name, value in named.items() if value is not None}


def key_and_scale_text(key: int, scale: tuple[int, ...]) -> str:
    """How a key and scale read: D dorian."""
    return f"{key_name(key)} {_scale_text(scale)}"
