"""The files that are wanted go in; what could not be written in the end is refused before the work is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from media.codecs import container_for
from media.errors import UserError
from media.files import check_place
from media.pictures import PICTURE_SUFFIXES


def check_midi_place(path: Path, source: Path | str) -> None:
    """
    Raises:
        UserError: it is not named as a MIDI file, is the source, or cannot be written there.
    """
    if path.suffix.lower() not in (".mid", ".midi"):
        raise UserError(path, "a score is a MIDI file", "Name it .mid; a picture is --roll, a film --proof.")
    check_output(path, source)


def check_output(path: Path, source: Path | str) -> None:
    """
    Raises:
        UserError: it is the source itself, or cannot be written there.
    """
    if path.resolve() == Path(source).resolve():
        raise UserError(path, "this is the source itself", "Name another file.")
    check_place(path)


def check_roll_place(path: Path, source: Path | str) -> None:
    """
    Raises:
        UserError: it is not named as a picture, is the source, or cannot be written there.
    """
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        raise UserError(path, f"no picture format is known by the suffix {path.suffix!r}", "Name it .png.")
    check_output(path, source)


def check_proof_place(path: Path, source: Path | str, *, soundfont: Path | None) -> None:
    """
    Raises:
        UserError: its format is not known, it is the source, it cannot be written there, or there is no such soundfont.
    """
    container_for(path)
    check_output(path, source)
    if soundfont is not None and not soundfont.is_file():
        raise UserError(soundfont, "there is no such soundfont", "Check the path; it is a file that ends in .sf2.")


def check_apart(paths: Sequence[Path]) -> None:
    """
    Raises:
        UserError: two of them are one file.
    """
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise UserError(path, "two outputs have this name", "Give each a name of its own.")
        seen.add(path.resolve())
