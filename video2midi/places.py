"""The files that are wanted go in; what could not be written in the end is refused before the work is done."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from live.capture import is_camera
from media.codecs import CONTAINERS
from media.errors import UserError, did_you_mean
from media.files import check_place
from media.pictures import PICTURE_SUFFIXES, find_pictures
from media.probe import probe


def check_midi_place(path: Path, source: Path | str) -> None:
    """
    Raises:
        UserError: it is not named as a MIDI file, is the source, or cannot be written there.
    """
    _require_file(path)
    if path.suffix.lower() not in (".mid", ".midi"):
        raise UserError(path, "a score is a MIDI file", "Name it .mid; a picture is --roll, a film --proof.")
    check_output(path, source)


def _require_file(path: Path) -> None:
    if path == Path("-"):
        raise UserError(path, "this is no file, and nothing is written to standard output", "Name a file.")


def check_output(path: Path, source: Path | str) -> None:
    """
    Raises:
        UserError: it is the source itself, or cannot be written there.
    """
    inputs = None
    with suppress(UserError):  # what is wrong with the source is told when it is read
        inputs = None if is_camera(source) else find_pictures(source)
    if path.resolve() in {Path(source).resolve(), *(picture.resolve() for picture in inputs or ())}:
        raise UserError(path, "this is the source itself", "Name another file.")
    check_place(path)


def check_spared(paths: Sequence[Path | None], inputs: Sequence[Path | None]) -> None:
    """
    Raises:
        UserError: a file that is to be written is one that is read: a mapping, a mask, a soundfont.
    """
    for path in paths:
        if path is not None and path.resolve() in {one.resolve() for one in inputs if one is not None}:
            raise UserError(path, "this file is read for it: a mapping, a mask or a soundfont", "Name another file.")


def check_roll_place(path: Path, source: Path | str) -> None:
    """
    Raises:
        UserError: it is not named as a picture, is the source or would be one of its pictures, or cannot be written there.
    """
    _require_file(path)
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        raise UserError(path, f"no picture format is known by the suffix {path.suffix!r}", "Name it .png.")
    if path.resolve().parent == Path(source).resolve():
        raise UserError(path, "next time it would be read as a picture of the source", "Choose another folder.")
    check_output(path, source)


def check_proof_place(path: Path, source: Path | str, *, soundfont: Path | str | None, film_gain_db: float | None) -> None:
    """
    Raises:
        UserError: its format is not known or holds no sound, it is the source, it cannot be written there, there is no such
            soundfont, or the film has no sound that could be heard at this gain.
    """
    _require_file(path)
    suffix, known = path.suffix.lower(), [suffix for suffix, container in CONTAINERS.items() if container.sounds]
    if suffix not in known:
        what = "this format holds no sound" if suffix in CONTAINERS else f"no format is known by the suffix {suffix!r}"
        raise UserError(path, what, did_you_mean(suffix, known) if suffix else f"Add one of {', '.join(known)}.")
    if film_gain_db is not None and not -60 <= film_gain_db <= 12:
        raise UserError("--film-gain", f"must lie between -60 and 12 dB, got {film_gain_db:g}", "Write -12, say.")
    if film_gain_db is not None and (find_pictures(source) is not None or not probe(source).sounds):
        raise UserError("--film-gain", f"{source} has no sound", "Leave it out.")
    check_output(path, source)
    if soundfont is not None and not Path(soundfont).is_file():
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
