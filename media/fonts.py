"""What is to be written goes in; a typeface of this machine that can write it comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from PIL import ImageFont

FACES = (
    *("LiberationSans-Regular.ttf", "arial.ttf", "NotoSans-Regular.ttf", "DejaVuSans.ttf"),
    *("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "Arial Unicode.ttf", "msgothic.ttc"),
)
"""Looked for, in the folders where systems keep theirs, when Pillow's own face, which is Latin, lacks a letter."""


@lru_cache(maxsize=128)
def load_font(size_px: float, face: str) -> Any:
    """A face by its name, "" being Pillow's own."""
    return ImageFont.truetype(face, size_px) if face else ImageFont.load_default(size_px)


def face_for(texts: Iterable[str]) -> str:
    """One face that can write all texts: "" is Pillow's own, else the first of FACES on this machine that lacks least."""
    characters = {character for text in texts for character in text if not character.isspace()}
    if all(character.isascii() for character in characters):
        return ""
    return min(("", *FACES), key=lambda face: _n_missing(face, frozenset(characters)))


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


def _n_missing(face: str, characters: frozenset[str]) -> int:
    try:
        font = load_font(32.0, face)
    except OSError:
        return len(characters) + 1
    unknown = bytes(font.getmask("\uffff"))
    return sum(bytes(font.getmask(character)) == unknown for character in characters)
