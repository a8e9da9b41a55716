"""Pictures go in, one by one; a film, a GIF, numbered pictures or a sheet of them come out, and the recipe with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from dream.pictures import WRITTEN, Picture, check_output, kind_of, write_picture, write_recipe_beside
from dream.sheets import lay_out, name_below
from media.codecs import CONTAINERS, VIDEO_CODECS, container_for, video_codec_for
from media.errors import UserError
from media.files import check_place
from media.pictures import PICTURE_SUFFIXES, is_pattern
from media.write import FilmWriter, write_pictures

_SUBSAMPLED = ("420", "422")


def is_reel(output: Path) -> bool:
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


def check_dreams(output: Path) -> None:
    """Refuse a place for what `write_dreams` writes.

    Raises:
        UserError: its suffix means no film or picture, or nothing can be put there.
    """
    if is_reel(output):
        check_reel(output)
        return
    if output.suffix.lower() not in WRITTEN:
        what = f"this cannot be written with the suffix {output.suffix!r}"
        raise UserError(output, what, "Name it .png or .jpg for a sheet, .gif or .mp4 for a film.")
    check_output(output)


def write_dreams(
    output: Path, dreams: Iterator[tuple[str, np.ndarray]], *, rate: Fraction, recipe_for: Callable[[int], dict[str, Any]]
) -> int:
    """Write dreams one after the other in a reel, or side by side on a sheet, and the recipe; returns how many there were.

    Args:
        dreams: names, and (H, W, 3) uint8 of one size; an empty name is not written. Without any nothing is written.
        recipe_for: is told how many dreams there are.
    Raises:
        UserError: the place refuses.
    """
    if is_reel(output):
        n = write_reel(output, (name_below(rgb, name) if name else rgb for name, rgb in dreams), rate=rate)
        if n:
            write_recipe_beside(output, recipe_for(n))
        return n
    made = list(dreams)
    if made:
        sheet = lay_out([rgb for _, rgb in made], [name for name, _ in made])
        write_picture(output, Picture(sheet), recipe=recipe_for(len(made)))
    return len(made)


def write_reel(output: Path, frames: Iterator[np.ndarray], *, rate: Fraction) -> int:
    """Write frames, (H, W, 3) uint8 of one size; returns how many there were: if none, nothing is written.

    Raises:
        UserError: the place refuses.
    """
    first = next(frames, None)
    if first is None:
        return 0
    frames = chain([first], frames)
    if is_pattern(output):
        return len(write_pictures(output, frames))
    n, needs_even = 0, any(kind in VIDEO_CODECS[video_codec_for(output) or "h264"].pixel_format for kind in _SUBSAMPLED)
    with FilmWriter(output, rate=rate) as film:
        for n, frame in enumerate(frames, 1):  # noqa: B007 - n is what is returned
            film.write_frame(_even(frame) if needs_even else frame)
    return n


def _even(frame: np.ndarray) -> np.ndarray:
    """Without the last row or column where their number is odd: most codecs keep colour by pairs."""
    high, wide = frame.shape[:2]
    return np.ascontiguousarray(frame[: high - high % 2 or None, : wide - wide % 2 or None])
