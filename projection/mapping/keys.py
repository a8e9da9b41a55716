"""A key that was pressed goes in, what it asks of the editor comes out: one table, which the help is made of as well.

Keys are those that people know from other programs: ofxPiMapper's for surfaces and points, everybody's for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from projection.windows import Pressed

SAVE = "save"
ORDERS: Mapping[str, str] = {"card": "is_card", "black": "is_black", "freeze": "is_frozen"}
"""What is asked of the show, not of the editor, and which of its `Orders` that turns on or off."""


@dataclass(frozen=True)
class Wish:
    """A command with its arguments: one of editor.COMMANDS, of ORDERS, or SAVE."""

    command: str
    arguments: Mapping[str, Any]


def _wish(command: str, **arguments: Any) -> Wish:
    return Wish(command, arguments)


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Args:
        told: its keys as the help writes them; what they mean stands in the same order in `does`.
        keys: as `Pressed` names them, or the sign that they write.
    """

    told: str
    does: str
    keys: Mapping[str, Wish]


ROWS: tuple[Row, ...] = (
    Row(". ,", "next, previous surface", {".": _wish("next_surface"), ",": _wish("next_surface", by=-1)}),
    Row("> <", "next, previous point", {">": _wish("next_vertex"), "<": _wish("next_vertex", by=-1)}),
    Row("arrows", "1 pixel, with Shift 10", {
        f"{held}{key}": _wish("nudge", x=x * by, y=y * by)
        for held, by in (("", 1), ("shift+", 10))
        for key, x, y in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1))
    }),
    Row("w Ctrl+A", "all points together", {"w": _wish("whole"), "ctrl+a": _wish("whole")}),
    Row("a d Delete", "add, double, delete", {
        "a": _wish("add"), "d": _wish("duplicate"), "delete": _wish("delete"), "backspace": _wish("delete"),
    }),
    Row("+ -", "brighter, darker", {"+": _wish("more"), "=": _wish("more"), "-": _wish("more", by=-1)}),
    Row("Tab", "next source, with Shift previous", {"tab": _wish("source"), "shift+tab": _wish("source", by=-1)}),
    Row("o v p", "solo, hide, next output", {"o": _wish("solo"), "v": _wish("visible"), "p": _wish("output")}),
    Row("PgUp PgDn", "draw over, under others", {"page up": _wish("order"), "page down": _wish("order", by=-1)}),
    Row("z Z", "undo, redo", {
        "z": _wish("undo"), "ctrl+z": _wish("undo"), "shift+z": _wish("redo"), "ctrl+shift+z": _wish("redo"), "ctrl+y": _wish("redo"),
    }),
    Row("s l", "save, back to what is saved", {SAVE[0]: _wish(SAVE), "ctrl+s": _wish(SAVE), "l": _wish("revert")}),
    Row("1 2 3", "picture only, part shown, corners", {
        "1": _wish("mode", to="show"), "2": _wish("mode", to="area"), "3": _wish("mode", to="corners"),
    }),
    Row("4 g", "grid: flat, mesh, smooth, Bezier", {"4": _wish("mode", to="grid"), "g": _wish("bend")}),
    Row("m M", "finer, coarser grid", {"m": _wish("finer"), "shift+m": _wish("finer", by=-1)}),
    Row("} { ] [", "more, fewer columns, rows", {
        "}": _wish("density", columns=1), "{": _wish("density", columns=-1), "]": _wish("density", rows=1), "[": _wish("density", rows=-1),
    }),
    Row("5 n k", "masks: next one, its shape; + - softer", {"5": _wish("mode", to="mask"), "n": _wish("mask"), "k": _wish("shape")}),
    Row("i x r", "inverted, fixed on output, turned", {
        "i": _wish("invert"), "x": _wish("fix"), "r": _wish("turn"), "shift+r": _wish("turn", by=-5),
    }),
    Row("6", "edges: a fades overlaps, + - gamma", {"6": _wish("mode", to="edges")}),
    Row("7", "colours: > < which, + - how much", {"7": _wish("mode", to="colours")}),
    Row("t b f", "test card, black, freeze", {"t": _wish("card"), "b": _wish("black"), "f": _wish("freeze")}),
    Row("h F1", "this help", {"h": _wish("help"), "f1": _wish("help")}),
)  # fmt: skip
"""What keys do."""
HELP: tuple[tuple[str, str], ...] = (
    *((row.told, row.does) for row in ROWS),
    ("mouse", "drag a point or a surface, Alt: no snapping"),
    ("Ctrl+Q", "twice: end"),
)
"""The help: keys, and what they do."""
_WISHES = {key: wish for row in ROWS for key, wish in row.keys.items()}


def wish_of(pressed: Pressed) -> Wish | None:
    """What a key asks for; None for nothing.

    A sign is what it writes, wherever a keyboard has it; a letter is its key, whatever Caps Lock makes of it.
    """
    is_sign = len(pressed.text) == 1 and pressed.text.isprintable() and not pressed.text.isalpha()
    found = _WISHES.get(pressed.text) if is_sign else None
    return found or _WISHES.get(pressed.key)
