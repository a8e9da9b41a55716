"""Words go in, or a file of them; pictures of them come out, at rest or passing by without an end."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import numpy as np

from media.fonts import find_face
from media.settings import setting
from projection.layers.colors import Color
from projection.layers.layer import Drawn, LayerSettings, Room
from projection.layers.passing import Passage, Piece, lay_abreast, lay_below
from projection.layers.typeset import Type, Written, lay, missing_letters, size_to_fit, split_lines, wrap_lines, write_line
from projection.layers.words import WatchedWords

_MOST_KEPT_BYTES = 64 << 20
_N_TOLD = 5


class _Lettered(LayerSettings):
    """What text and ticker have in common."""

    text: str = setting("", max_length=100_000, live=True, help="The words, in lines as they are.")
    file: str = setting("", help="A text file, whose words are shown instead, and read again whenever it changes.")
    font: str = setting("", help="A font's file, or the name of a family of this machine; left out, one that has the letters.")
    size: float = setting(0.1, gt=0, le=2, live=True, help="How large letters are, in parts of the stage's height.")
    color: Color = setting("#f4f1ea", live=True, help="Of the letters.")
    outline: float = setting(0.0, ge=0, le=0.5, live=True, help="How wide the line around letters is, in parts of their size.")
    outline_color: Color = setting("#000000", live=True, help="Of the line around them.")
    align: Literal["left", "center", "right"] = setting("center", help="Where lines lie between the stage's sides.")
    valign: Literal["top", "middle", "bottom"] = setting("middle", help="Where they lie between its top and bottom.")
    line_spacing: float = setting(1.25, ge=0.5, le=5, live=True, help="From line to line, in parts of the size.")
    margin: float = setting(0.06, ge=0, le=0.49, live=True, help="Left free at the edges, in parts of the stage's height.")


class TextSettings(_Lettered):
    """Words at rest."""

    wrap: bool = setting(True, help="Whether lines that are too long for the stage are broken.")

    def make(self, room: Room) -> TextLayer:
        return TextLayer(self, room)


class TickerSettings(_Lettered):
    """Words that pass by, line after line, again and again."""

    size: float = setting(0.08, gt=0, le=2, live=True, help="How large letters are, in parts of the stage's height.")
    valign: Literal["top", "middle", "bottom"] = setting("bottom", help="Where lines lie that pass to the left or right.")
    direction: Literal["left", "right", "up", "down"] = setting("left", help="Where they go: right as Hebrew is read, up as credits.")
    seconds: float = setting(12.0, ge=0.1, le=3600, unit="s", live=True, help="How long a letter takes across the stage.")
    gap: float = setting(0.5, ge=0, le=100, live=True, help="Behind a line, or the last that goes up, in parts of the stage's height.")

    def make(self, room: Room) -> TickerLayer:
        return TickerLayer(self, room)


class _Letters:
    """What both layers have: settings, words, a face, and where lines lie."""

    def __init__(self, settings: Any, room: Room) -> None:
        self._settings, self._size_px, self._folder, self._tell = settings, room.size_px, room.folder, room.tell
        self._watched = WatchedWords(room.path(settings.file), now_s=room.clock.now(), tell=room.tell) if settings.file else None
        self._shown: str | None = None
        self._judged: str | None = None

    def close(self) -> None:
        """There is nothing to let go of."""

    def _text(self, at_s: float) -> str:
        if self._watched is None:
            return self._settings.text
        self._watched.look(at_s)
        return self._watched.text

    def _type(self, text: str) -> Type:
        settings, size_px = self._settings, self._settings.size * self._size_px[1]
        face = find_face(settings.font, [text], folder=self._folder)
        self._judge(text, face)
        return Type(face, size_px, settings.color, settings.outline * size_px, settings.outline_color)

    def _judge(self, text: str, face: str) -> None:
        """Tell, once for each text, that letters are missing."""
        if text == self._judged:
            return
        self._judged, missing = text, missing_letters(text, face)
        if missing:
            which = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in missing[:_N_TOLD])
            more = f" and {len(missing) - _N_TOLD} more" if len(missing) > _N_TOLD else ""
            self._tell(f"{self._settings.name}: no font of this machine has {which}{more}: boxes stand for them. Install one that has.")

    def _wrapped(self, text: str) -> tuple[list[str], Type]:
        """Lines that have room on the stage, and how they are written."""
        widest_px = max(1.0, self._size_px[0] - 2 * self._margin_px)
        lines = split_lines(text)
        how = size_to_fit(lines, self._type(text), widest_px=widest_px)
        return wrap_lines(lines, fits=lambda line: how.width_px(line) <= widest_px), how

    @property
    def _margin_px(self) -> float:
        return self._settings.margin * self._size_px[1]

    def _left_px(self, width_px: float) -> float:
        """Where something so wide begins, from the left."""
        free_px = self._size_px[0] - width_px
        return {"left": self._margin_px, "center": free_px / 2, "right": free_px - self._margin_px}[self._settings.align]

    def _top_px(self, height_px: float) -> float:
        """Where something so high begins, from the top."""
        free_px = self._size_px[1] - height_px
        return {"top": self._margin_px, "middle": free_px / 2, "bottom": free_px - self._margin_px}[self._settings.valign]


class TextLayer(_Letters):
    """Words at rest, drawn when they change."""

    def set(self, settings: TextSettings) -> None:
        self._settings, self._shown = settings, None

    def draw(self, at_s: float) -> Drawn | None:
        text = self._text(at_s)
        if text == self._shown:
            return None
        self._shown = text
        lines, how = self._wrapped(text) if self._settings.wrap else (split_lines(text), self._type(text))
        return Drawn(self._picture(lines, how), is_opaque=False)

    def _picture(self, lines: list[str], how: Type) -> np.ndarray:
        picture = np.zeros((*self._size_px[::-1], 4), np.uint8)
        step_px = self._settings.line_spacing * how.size_px
        top_px = self._top_px((len(lines) - 1) * step_px + how.height_px)
        for number, line in enumerate(lines):
            y = top_px + number * step_px
            if line and -2 * how.height_px < y < self._size_px[1] + how.height_px:
                lay(picture, write_line(line, how), (round(self._left_px(how.width_px(line))), round(y)))
        return picture


class TickerLayer(_Letters):
    """Pieces of lines in an endless row, moved by parts of a pixel; each is written shortly before it is seen."""

    def __init__(self, settings: TickerSettings, room: Room) -> None:
        super().__init__(settings, room)
        self._picture = np.zeros((*room.size_px[::-1], 4), np.uint8)
        self._goes_up = settings.direction in ("up", "down")
        self._reach_px = room.size_px[1 if self._goes_up else 0]
        self._gone_px, self._drawn_s = 0.0, room.clock.now()

    def set(self, settings: TickerSettings) -> None:
        if settings.model_copy(update={"seconds": self._settings.seconds}) != self._settings:
            self._shown = None
        self._settings = settings

    def draw(self, at_s: float) -> Drawn:
        text = self._text(at_s)
        if text != self._shown:
            self._begin(text)
        self._gone_px += (at_s - self._drawn_s) / self._settings.seconds * self._reach_px
        self._drawn_s = at_s
        self._picture[:] = 0
        seen = list(self._passage.seen(self._gone_px, reach_px=self._reach_px))
        for piece, in_px in seen:
            lay(self._picture, self._writing(piece), self._place(piece, in_px), is_upright=self._goes_up)
        self._write_ahead({piece.line for piece, _ in seen})
        return Drawn(self._picture, is_opaque=False)

    def _begin(self, text: str) -> None:
        self._shown = text
        self._written: dict[str, Written] = {}
        lines, self._how = self._wrapped(text) if self._goes_up else (split_lines(text), self._type(text))
        self._passage = self._laid_out(lines)

    def _laid_out(self, lines: list[str]) -> Passage:
        gap_px = self._settings.gap * self._size_px[1]
        if not self._goes_up:
            return lay_abreast(lines, self._how, gap_px=gap_px)
        in_order = lines if self._settings.direction == "up" else lines[::-1]  # whichever way they go, the first is the highest
        return lay_below(in_order, self._how, step_px=self._settings.line_spacing * self._how.size_px, gap_px=gap_px)

    def _place(self, piece: Piece, in_px: float) -> tuple[float, float]:
        """Where a piece begins when it has come in so far."""
        along_px = self._reach_px - in_px if self._settings.direction in ("left", "up") else in_px - piece.length_px
        if self._goes_up:
            return round(self._left_px(self._how.width_px(piece.line))), along_px
        return along_px, round(self._top_px(self._how.height_px))

    def _writing(self, piece: Piece) -> Written:
        if piece.line not in self._written:
            self._written[piece.line] = write_line(piece.line, self._how)
        return self._written[piece.line]

    def _write_ahead(self, seen: Collection[str]) -> None:
        """Write what comes in next; forget what passed long ago where all takes too much room."""
        if not self._passage.pieces:
            return
        following = self._passage.following(self._gone_px)
        self._writing(following)
        n_bytes = sum(written.picture.nbytes for written in self._written.values())
        for line in [line for line in self._written if line not in seen and line != following.line]:
            if n_bytes <= _MOST_KEPT_BYTES:
                break
            n_bytes -= self._written.pop(line).picture.nbytes
