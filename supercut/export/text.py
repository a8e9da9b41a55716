"""Paths and labels in; URLs, names and lines that every timeline format can hold out."""

from __future__ import annotations

import os
import re
from pathlib import Path

# What XML 1.0 cannot hold; lone surrogates (undecodable file names) are no UTF-8 either.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def writable(text: str) -> str:
    """The text with a replacement mark for each character that neither XML nor UTF-8 can hold."""
    return _UNWRITABLE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """The text on one line, runs of white space as one space."""
    return writable(" ".join(text.split()))


def file_url(path: Path, *, host: str = "") -> str:
    """The absolute, percent-encoded `file://` URL of a path, whatever bytes its name holds."""
    return Path(os.path.abspath(path)).as_uri().replace("file://", f"file://{host}", 1)


def plain_path(path: Path) -> str:
    """The absolute path as text; its URL where it holds what a line of text cannot."""
    text = os.path.abspath(path)
    return text if text.isprintable() else file_url(path)
