"""The bytes of a caption file in, its text out: byte order marks, UTF-8, UTF-16 and the old western code page."""

from __future__ import annotations

import codecs
from pathlib import Path

from media.errors import UserError, from_os_error

MAX_BYTES = 256 * 1024 * 1024
_MARKS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_caption_text(path: Path) -> str:
    """The whole text of a caption file, lines ending in `\\n` only.

    Raises:
        UserError: the file cannot be read, is far too large for captions, or is no text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(path, "this is too large to be a caption file", "Name the caption file.")
        raw = path.read_bytes()
    except OSError as error:
        raise from_os_error(path, error) from error
    return decode_captions(raw, path)


def decode_captions(raw: bytes, path: Path) -> str:
    """Text of the bytes of a caption file.

    Always the same for the same bytes: the encoding that a mark names; UTF-16 where every other byte of the
    beginning is zero; UTF-8 where it is valid; else Windows-1252, or Latin-1 where it
    holds one of the five bytes that Windows left unused.

    Raises:
        UserError: it is no text.
    """
    encoding, skip = _encoding_of(raw)
    try:
        text = raw[skip:].decode(encoding) if encoding else _decode_western(raw)
    except UnicodeDecodeError as error:
        line = raw[: skip + error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}", f"this is broken {encoding.upper()}", "Save the file as UTF-8.") from error
    if "\0" in text:
        raise UserError(f"{path}:{text[: text.index(chr(0))].count(chr(10)) + 1}", "this is not text", "Name a caption file.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoding_of(raw: bytes) -> tuple[str, int]:
    """Encoding ("" for the western code page) and the length of the mark in front."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding, len(mark)
    head = raw[: min(512, len(raw) // 2 * 2)]
    if len(head) >= 4:
        for zeros, letters, encoding in ((head[1::2], head[::2], "utf-16-le"), (head[::2], head[1::2], "utf-16-be")):
            if not any(zeros) and all(letters):
                return encoding, 0
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "", 0
    return "utf-8", 0


def _decode_western(raw: bytes) -> str:
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
