"""The text of a caption with its markup in, plain words and the name of their speaker out."""

from __future__ import annotations

import html
import re

_BREAKS = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Known tags only: `<laughs>` is text. Each may carry classes (`<c.yellow>`) or attributes (`<font color=red>`).
_TAG_NAMES = "a|b|big|c|div|em|font|i|lang|p|rt|ruby|s|small|span|strong|tt|u|v"
_TAGS = re.compile(rf"</?(?:{_TAG_NAMES})(?:[.\s/][^<>]*)?>|<\d[\d:.,]*>", re.IGNORECASE)
_OVERRIDES = re.compile(r"\{(?:\\|[a-zA-Z]:)[^{}]*\}")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]+)>")
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if not chr(code).isspace()}
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"))
_HALVES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_CLEANED = {**_CONTROLS, **_UNSEEN, **_HALVES}
_NAME = re.compile(r"[^\W\d_][\w .'’()#&-]*")
_LONGEST_NAME = 32
_MOST_NAME_WORDS = 4


def plain_text(marked: str) -> str:
    """Text without tags, overrides and entities, clean as `clean_text` makes it."""
    if "<" in marked:
        marked = _TAGS.sub("", _BREAKS.sub(" ", marked))
    if "{" in marked:
        marked = _OVERRIDES.sub("", marked)
    if "&" in marked:
        marked = html.unescape(marked)
    return clean_text(marked)


def clean_text(text: str) -> str:
    """Text without control and invisible characters, every run of white space one space, none around it."""
    # Most captions are printable; the table is slow.
    return " ".join((text if text.isprintable() else text.translate(_CLEANED)).split())


def voice_of(marked: str) -> str:
    """Who speaks by the first `<v Name>` of a WebVTT caption; "" where there is none."""
    match = _VOICE.search(marked) if "<v" in marked else None
    return plain_text(match[1]) if match else ""


def split_speaker(text: str) -> tuple[str, str]:
    """Name of the speaker and the words, where plain text begins `ANNA: ` or `>> ANNA: `; else "" and the words.

    Only names in capitals count, so that "He said: no" stays text. A bare `>>` (a new, unnamed speaker) goes.
    """
    spoken = text.lstrip(">").lstrip() if text.startswith(">>") else text
    head, colon, rest = spoken.partition(": ")
    name = head.removeprefix("- ").strip()
    if colon and rest and _is_name(name):
        return name, rest
    return "", spoken


def _is_name(name: str) -> bool:
    """Whether a text is short, in capitals, and of more than one letter."""
    letters = [letter for letter in name if letter.isalpha()]
    short = len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_NAME_WORDS
    return short and len(letters) > 1 and all(letter.isupper() for letter in letters) and bool(_NAME.fullmatch(name))
