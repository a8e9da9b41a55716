"""Pictures go in, one by one; a film, a GIF or numbered pictures come out, and the recipe beside them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from dream.pictures import check_output, kind_of, recipe_beside, recipe_text
from media.codecs import CONTAINERS, VIDEO_CODECS, container_for, video_codec_for
from media.errors import UserError
from media.files import check_place, write_text
from media.pictures import PICTURE_SUFFIXES, is_pattern
from media.write import FilmWriter, write_pictures

_SUBSAMPLED = ("420", "422")


def is_film(output: Path) -> bool:
    """Whether a place is one for a film, a GIF or numbered pictures, and not for one picture."""
    return is_pattern(output) or output.suffix.lower() in CONTAINERS


def check_reel(output: Path) -> None:
    """Refuse a place before the work is done that would fill it.

    Raises:
        UserError: its suffix means no film or picture, or nothing can be put there.
    """
    if is_pattern(output):
        kind_of(output)
        if output.parent.is_dir():
            check_output(output)
        return
    if output.suffix.lower() in PICTURE_SUFFIXES:
        raise UserError(output, "one picture cannot hold a film", f"Name a film or GIF, or many: {output.stem}/%04d{output.suffix}.")
    if container_for(output).audio_only:
        raise UserError(output, "this is a format for sound", "Name a film, such as dream.mp4.")
    check_place(output)


def write_reel(output: Path, frames: Iterator[np.ndarray], *, rate: Fraction) -> int:
    """Write frames, (H, W, 3) uint8 of one size; returns how many there were: if none, nothing is written."""
    first = next(frames, None)
    if first is None:
        return 0
    counted = _Counted(chain([first], frames))
    if is_pattern(output):
        write_pictures(output, iter(counted))
        return counted.n
    needs_even = any(kind in VIDEO_CODECS[video_codec_for(output) or "h264"].pixel_format for kind in _SUBSAMPLED)
    with FilmWriter(output, rate=rate) as film:
        for frame in counted:
            film.write_frame(_even(frame) if needs_even else frame)
    return counted.n


def write_recipe_beside(output: Path, recipe: dict[str, Any]) -> None:
    """Write the recipe of a film, or of numbered pictures, beside it."""
    write_text(recipe_beside(output), recipe_text(recipe) + "\n")


def _even(frame: np.ndarray) -> np.ndarray:
    """Without the last row or column where their number is odd: most codecs keep colour by pairs."""
    high, wide = frame.shape[:2]
    return np.ascontiguousarray(frame[: high - high % 2 or None, : wide - wide % 2 or None])


class _Counted:
    """Frames, and how many there have been."""

    def __init__(self, frames: Iterator[np.ndarray]) -> None:
        self._frames, self.n = frames, 0

    def __iter__(self) -> Iterator[np.ndarray]:
        for frame in self._frames:
            self.n += 1
            yield frame
