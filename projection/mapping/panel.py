"""Panels: the table of keys goes in, what explains them comes out, with the way to the page for telephones; or colours, to be turned."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from live.meters import BRIGHT, LIGHTS, Color
from projection.mapping.ink import Bgra, Words, fill, opaque, paste
from projection.mapping.keys import HELP

_GROUND: Bgra = (15, 12, 11, 245)
_CAP: Color = (58, 62, 74)
_QUIET: Color = (196, 202, 214)
_NO_LINK = ("phones", "start with --host 0.0.0.0")
_N_COLUMNS = 2
_CODE = 0.72
"""Of the panel's rows is how high the link is drawn."""


def dials_panel(words: Words, dials: Sequence[tuple[str, float, float]], chosen: int, color: Color, unit: float) -> np.ndarray:
    """Names, bars and values below one another, the chosen one marked.

    Args:
        dials: names, values, and where they stand between their ends, 0..1.
    """
    gap, pitch, size = round(24 * unit), round(50 * unit), round(30 * unit)
    long, thick, begin = round(200 * unit), max(3, round(10 * unit)), gap + round(180 * unit)
    panel = np.full((len(dials) * pitch + 2 * gap, begin + long + round(130 * unit), 4), _GROUND, np.uint8)
    for number, (name, value, share) in enumerate(dials):
        top, tint = gap + number * pitch, BRIGHT if number == chosen else _QUIET
        told = [words.drawn(text, size, tint, _GROUND) for text in (name, f"{value:g}")]
        level = top + (pitch - told[0].shape[0]) // 2
        paste(panel, told[0], (gap, level))
        paste(panel, told[1], (begin + long + gap, level))
        fill(panel, (begin, top + (pitch - thick) // 2, long, thick), opaque(_CAP))
        fill(panel, (begin, top + (pitch - thick) // 2, round(long * share), thick), opaque(color if number == chosen else _QUIET))
        if number == chosen:
            fill(panel, (0, top, gap // 2, pitch), opaque(color))
    return panel


@lru_cache(maxsize=4)
def help_panel(words: Words, link: str, unit: float) -> np.ndarray:
    """The panel as a picture, not to be drawn on.

    Args:
        link: of the page for telephones; "" where there is none.
        unit: pixels for one of an output of 1080 lines.
    """
    gap, pitch = round(36 * unit), round(50 * unit)
    rows = HELP if link else (*HELP, _NO_LINK)
    n_rows = -(-len(rows) // _N_COLUMNS)
    columns = [_column(words, rows[n : n + n_rows], pitch, unit) for n in range(0, len(rows), n_rows)]
    code = _code(link, round(_CODE * n_rows * pitch)) if link else None
    parts = columns + ([code] if code is not None else [])
    panel = np.full((n_rows * pitch + 2 * gap, sum(part.shape[1] for part in parts) + gap * (len(parts) + 1), 4), _GROUND, np.uint8)
    left = gap
    for part in parts:
        paste(panel, part, (left, gap))
        left += part.shape[1] + gap
    if code is not None:
        told = words.drawn("the same on a phone", round(30 * unit), LIGHTS["on"], _GROUND, widest_px=code.shape[1])
        paste(panel, told, (left - gap - code.shape[1], gap + code.shape[0] + gap // 3))
    return panel


def _column(words: Words, rows: tuple[tuple[str, str], ...], pitch: int, unit: float) -> np.ndarray:
    """Keys as caps, and what they do."""
    size, gap = round(30 * unit), round(8 * unit)
    caps = [[words.drawn(key, size, BRIGHT, opaque(_CAP), pad_px=gap) for key in told.split()] for told, _ in rows]
    does = [words.drawn(meant, size, _QUIET, _GROUND) for _, meant in rows]
    begin = max(sum(cap.shape[1] + gap for cap in line) for line in caps) + 2 * gap
    column = np.full((len(rows) * pitch, begin + max(meant.shape[1] for meant in does), 4), _GROUND, np.uint8)
    for row, (line, meant) in enumerate(zip(caps, does, strict=True)):
        left, top = 0, row * pitch + (pitch - meant.shape[0]) // 2
        for cap in line:
            paste(column, cap, (left, top))
            left += cap.shape[1] + gap
        paste(column, meant, (begin, top))
    return column


def _code(link: str, room_px: int) -> np.ndarray:
    """A link as a square of squares that telephones read, (n, n, 4), no larger than there is room."""
    import cv2

    squares = cv2.QRCodeEncoder.create().encode(link)
    times = max(1, room_px // squares.shape[0])
    grown = np.kron(squares, np.ones((times, times), np.uint8))
    return np.dstack([grown, grown, grown, np.full_like(grown, 255)])
