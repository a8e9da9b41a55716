"""What a font is called goes in; what Pillow opens it by comes out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from media.errors import UserError, did_you_mean
from media.fonts import face_for, load_font

_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
_PLAIN = ("Regular", "Book", "Roman", "Normal", "Medium")
"""What families call the style that is meant where none is named, the likeliest first."""


def find_face(font: str, texts: Iterable[str], *, folder: Path) -> str:
    """The face for some texts, for `media.fonts.load_font`.

    Args:
        font: a font's file, or the name of a family of this machine, with or without a style ("Liberation Serif Bold");
            "" for one that has the letters.
        folder: where relative paths begin.
    Raises:
        UserError: there is no such font.
    """
    if not font:
        return face_for(texts)
    if Path(font).suffix.lower() in _SUFFIXES:
        return _file_of(folder / os.path.expanduser(font), font)
    found = _family(font, _font_files(like=font)) or _family(font, _font_files())
    if found is None:
        families = {_names(path)[0] for path in _font_files()} - {""}
        raise UserError(f"font {font}", "this machine has no font of this name", did_you_mean(font, families) or "Name a font's file.")
    return str(found)


def _file_of(path: Path, font: str) -> str:
    """A font's file, or one that lies where systems keep theirs."""
    for name in (str(path), font):
        with suppress(OSError):
            load_font(16.0, name)
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
        family, style = load_font(16.0, str(path)).getname()
    except OSError:
        return "", ""
    return family or "", style or ""


def _font_files(like: str = "") -> list[Path]:
    """This machine's fonts; of thousands, those whose file is called a little like that."""
    first = (like.casefold().split() or [""])[0]
    found = (path for folder in _folders() for path in sorted(folder.rglob("*")) if path.suffix.lower() in _SUFFIXES)
    return [path for path in found if first in path.stem.casefold()]


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
