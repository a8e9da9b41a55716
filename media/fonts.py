"""What is to be written goes in, or what a font is called; a typeface of this machine comes out, by the name that Pillow opens it by."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import ImageFont

from media.errors import UserError, did_you_mean
from media.fontletters import read_letters

FACES = (
    *("LiberationSans-Regular.ttf", "arial.ttf", "NotoSans-Regular.ttf", "DejaVuSans.ttf"),
    *("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf", "Arial Unicode.ttf", "msgothic.ttc"),
)
"""Looked for, in the folders where systems keep theirs, when Pillow's own face, which is Latin, lacks a letter."""

_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
_PLAIN = ("Regular", "Book", "Roman", "Normal", "Medium")
"""What families call the style that is meant where none is named, the likeliest first."""
_PROBE_PX = 16.0
_BOXES = "LastResort"  # of macOS: it has a box for every letter that there is


@lru_cache(maxsize=128)
def load_font(size_px: float, face: str) -> Any:
    """A face by its name or file, "" being Pillow's own."""
    return ImageFont.truetype(face, size_px) if face else ImageFont.load_default(size_px)


def face_for(texts: Iterable[str]) -> str:
    """One face that can write all texts: "" is Pillow's own, else the first of FACES on this machine that lacks least."""
    characters = {character for text in texts for character in text if not character.isspace()}
    if all(character.isascii() for character in characters):
        return ""
    return min(("", *FACES), key=lambda face: sum(not has_letter(face, character) for character in characters))


def has_letter(face: str, character: str) -> bool:
    """Whether a face has a letter; one that this machine has not has none."""
    letters = _letters_of(face)
    place = int(np.searchsorted(letters, ord(character)))
    return place < len(letters) and int(letters[place]) == ord(character)


@lru_cache(maxsize=4096)
def stand_in(character: str) -> str | None:
    """A face that has a letter: the first of FACES, else any of this machine, the plainest first; None where there is none."""
    others = sorted(_font_files(), key=_fanciness)
    return next((face for face in (*FACES, *map(str, others)) if has_letter(face, character) and _opens(face)), None)


def find_face(font: str, texts: Iterable[str], *, folder: Path) -> str:
    """The face for some texts, for `load_font`.

    Args:
        font: a font's file, or the name of a family of this machine, with or without a style ("Liberation Serif Bold");
            "" for one that has the letters.
        folder: where relative paths begin.
    Raises:
        UserError: there is no such font.
    """
    if not font:
        return face_for("".join(filter(str.isalpha, text)) for text in texts)  # a lone sign need not change all the rest
    if Path(font).suffix.lower() in _SUFFIXES:
        return _file_of(folder / os.path.expanduser(font), font)
    first = font.casefold().split()[0]
    alike = [path for path in _font_files() if first in path.stem.casefold()]  # of thousands, which take long to open
    found = _family(font, alike) or _family(font, _font_files())
    if found is None:
        families = {_names(path)[0] for path in _font_files()} - {""}
        raise UserError(f"font {font}", "this machine has no font of this name", did_you_mean(font, families) or "Name a font's file.")
    return str(found)


def shorten(text: str, *, fits: Callable[[str], bool], dots: str = "...") -> str:
    """As much of a line as `fits`, with dots if that is not all; nothing where not even these have room."""
    kept = text
    while kept and not fits(kept):
        text = text[:-1]
        kept = f"{text.rstrip()}{dots}" if text else ""
    return kept


def shorten_middle(text: str, *, fits: Callable[[str], bool], dots: str = "...") -> str:
    """As `shorten`, but what has no room is left out in the middle: names that differ at their ends stay apart."""
    kept, n = text, len(text)
    while kept and not fits(kept):
        n -= 1
        kept = f"{text[: (n + 1) // 2].rstrip()}{dots}{text[len(text) - n // 2 :].lstrip()}" if n > 0 else ""
    return kept


@cache
def _letters_of(face: str) -> np.ndarray:
    try:
        with _open(face) as file:
            return read_letters(file)
    except OSError:
        return np.zeros(0, np.int64)


def _open(face: str) -> BinaryIO:
    """The file of a face."""
    if os.path.isabs(face):
        return open(face, "rb")
    font = load_font(_PROBE_PX, face)
    return open(font.path, "rb") if isinstance(font.path, str) else BytesIO(font.font_bytes)


def _opens(face: str) -> bool:
    """Whether letters of it can be drawn at any size; those of emoji often cannot."""
    try:
        load_font(_PROBE_PX, face)
    except OSError:
        return False
    return True


def _fanciness(path: Path) -> tuple[bool, bool, str]:
    """Sorts plain faces, and of these the ones without serifs, before others."""
    _, _, style = path.stem.partition("-")
    return style not in ("", *_PLAIN), "Sans" not in path.stem, path.stem


def _file_of(path: Path, font: str) -> str:
    """A font's file, or one that lies where systems keep theirs."""
    for name in (str(path), font):
        with suppress(OSError):
            load_font(_PROBE_PX, name)
            return name
    what = "this is no font that can be read" if path.exists() else "there is no such font"
    raise UserError(path, what, "Check the path, or name a family that this machine has.")


def _family(font: str, files: Iterable[Path]) -> Path | None:
    wanted = {font.casefold(): 0, **{f"{font} {style}".casefold(): n for n, style in enumerate(_PLAIN, 1)}}
    ranked = [(wanted[name], path) for path in files if (name := " ".join(_names(path)).strip().casefold()) in wanted]
    return min(ranked, default=(0, None))[1]


@cache
def _names(path: Path) -> tuple[str, str]:
    """Family and style; "" where a file cannot be read."""
    try:
        family, style = load_font(_PROBE_PX, str(path)).getname()
    except OSError:
        return "", ""
    return family or "", style or ""


@cache
def _font_files() -> tuple[Path, ...]:
    """This machine's fonts."""
    found = (path for folder in _folders() for path in sorted(folder.rglob("*")))
    return tuple(path for path in found if path.suffix.lower() in _SUFFIXES and _BOXES not in path.stem)


def _folders() -> list[Path]:
    """Where the system keeps fonts."""
    home = Path.home()
    if sys.platform == "win32":
        named = [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts", home / "AppData/Local/Microsoft/Windows/Fonts"]
    elif sys.platform == "darwin":
        named = [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    else:
        shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
        named = [home / ".local/share/fonts", home / ".fonts", *(Path(folder) / "fonts" for folder in shared.split(":"))]
    return [folder for folder in named if folder.is_dir()]
