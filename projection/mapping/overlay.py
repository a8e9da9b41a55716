"""What is to be told of surfaces goes in, a picture that an output lays over its own comes out, to be read from a ladder across the room.

It is drawn anew only when something has changed. Lines and panels leave the points themselves free: the pixel that is moved is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import hypot

import numpy as np

from live.meters import BRIGHT, DARK, DIM, LIGHTS, Color
from projection.mapping.ink import RIM, SHADE, Bgra, Point, Words, fill, opaque, paste, ring, stroke
from projection.mapping.magnifier import magnify
from projection.mapping.panel import dials_panel, help_panel
from projection.mapping.view import Outline, View
from projection.surfaces.model import Place

_MOST_NUMBERED = 16
"""Points; of more, only the chosen one has its number."""
_GAP_PX = 3
"""From the chosen pixel to its cross: it lies open, and so do those beside it."""
_FOOT_PX = 68
_LOW = 0.85
"""Points below this have the line of facts at the head instead, unless there are some as near to that."""
_AROUND = tuple((x, y) for x in (1, -1, 0) for y in (1, -1, 0) if x or y)
Box = tuple[int, int, int, int]
"""Left, top, width, height."""


class Overlay:
    """A picture to be laid over an output's: `overlay.draw(view, read)`, and unless it `is_empty` `drawer.draw_over(overlay.picture)`.

    Args:
        size_px: (width, height) of the output.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        self.size_px = size_px
        self.picture = np.zeros((size_px[1], size_px[0], 4), np.uint8)
        """As `Shared` has them; its own memory, the same from one call to the next."""
        self.unit = max(0.4, min(size_px[1] / 1080, size_px[0] / 1440))
        self.words = Words()
        self.is_empty = True
        self._view = View()

    def draw(self, view: View, read: Callable[[], np.ndarray] | None = None) -> bool:
        """Draw what differs from the last time; tells whether anything did.

        Args:
            read: gives the output's picture without this, (H, W, 3 or more) uint8, which takes a card a while: for the magnifier alone.
        """
        if view == self._view and view.held is None:
            return False
        if view != self._view:
            self.picture.fill(0)
            self._draw_all(view)
        self._view = view
        if view.held is not None:
            magnify(self.picture, view, read() if read is not None else None, unit=self.unit)
        self.is_empty = not self.picture.any()
        return True

    def _draw_all(self, view: View) -> None:
        for outline in view.outlines:
            self._draw_outline(outline)
        wide = self._wide(2 if len(view.guides) > 4 else 4)  # a grid has many lines, a mask but one, edges at most four
        for guide in view.guides:
            stroke(self.picture, self._px(guide), opaque(view.color), wide, is_closed=False, rim_px=wide // 2)
        self._draw_names(view)
        self._draw_others(view)
        self._draw_foot(view)
        if view.dials:
            self._draw_dials(view)
        if view.has_help:
            self._draw_help(view)
        if view.point is not None:
            self._draw_chosen(view, view.point)

    def _draw_outline(self, outline: Outline) -> None:
        """The chosen one thick, others thin; what is hidden, dim."""
        share = 1.0 if outline.is_chosen else 0.4 if outline.is_hidden else 0.8
        wide, rim = (self._wide(5), self._wide(3)) if outline.is_chosen else (self._wide(3), self._wide(2))
        stroke(self.picture, self._px(outline.line), opaque(outline.color, share), wide, is_closed=True, rim_px=rim)

    def _draw_names(self, view: View) -> None:
        """In the middle of each surface, or a little aside: never on a point or another name, and left out where there is no room."""
        taken: list[Box] = []
        for outline in reversed(view.outlines):  # the chosen one first
            color, ground = (DARK, opaque(outline.color)) if outline.is_chosen else (outline.color, SHADE)
            words = self._tag(outline.name, 44 if outline.is_chosen else 34, color, ground, widest_px=self.size_px[0] // 3)
            x, y = np.clip(self._px(outline.line), 0, self.size_px).mean(axis=0)
            boxes = [_box((x, y + by * words.shape[0]), words) for by in (0, 1.6, -1.6, 3.2, -3.2)]
            for box in boxes:
                if not any(_meet(box, other) for other in taken) and self._is_free(box, view, room_px=62, chosen_room_px=110):
                    paste(self.picture, words, box[:2])
                    taken.append(box)
                    break

    def _draw_others(self, view: View) -> None:
        """All points but the chosen one; what is told lies over them."""
        points = self._points(view)
        color, wide = (BRIGHT, 5) if view.point is None else (view.color, 3)
        for number, point in enumerate(points):
            if number == view.point:
                continue
            self._draw_ring(pixel_of(point, self.size_px), 11, opaque(color), wide, rim=2)
            if len(points) <= _MOST_NUMBERED:
                self._draw_number(number, points, view, self._tag(str(number + 1), 28, view.color, SHADE), away_px=46)

    def _draw_chosen(self, view: View, number: int) -> None:
        points = self._points(view)
        self._draw_cross(points[number], view)
        self._draw_number(number, points, view, self._tag(str(number + 1), 40, DARK, opaque(view.color)), away_px=94, rim=3)

    def _points(self, view: View) -> list[Point]:
        return [(x * self.size_px[0], y * self.size_px[1]) for x, y in view.points]

    def _draw_cross(self, at: Point, view: View) -> None:
        """A ring, and a cross whose arms grow thin towards the pixel and end just before it."""
        column, row = pixel_of(at, self.size_px)
        self._draw_ring((column, row), 26, opaque(view.color), 5, rim=3)
        near, far, wide = round(14 * self.unit), round(64 * self.unit), max(1, round(2.5 * self.unit))
        for start, end, half in ((near, far, wide), (_GAP_PX, near, 0)):
            for color, beyond in ((RIM, self._wide(2) if half else 1), (opaque(BRIGHT), 0)):
                long, thick = end - start + 1, 2 * (half + beyond) + 1
                low = -(half + beyond)
                for box in ((start, low, long, thick), (-end, low, long, thick), (low, start, thick, long), (low, -end, thick, long)):
                    fill(self.picture, (column + box[0], row + box[1], box[2], box[3]), color)

    def _draw_ring(self, pixel: tuple[int, int], radius: float, color: Bgra, wide: float, *, rim: float) -> None:
        ring(self.picture, pixel, round(radius * self.unit), color, self._wide(wide), rim_px=self._wide(rim))

    def _draw_number(self, number: int, points: Sequence[Point], view: View, words: np.ndarray, *, away_px: float, rim: float = 0) -> None:
        """A point's number beside it, away from its surface where there is room; a dark rim parts it from a picture of its colour."""
        at, middle, away = points[number], np.mean(points, axis=0), away_px * self.unit
        ways = sorted(_AROUND, key=lambda way: -((at[0] - middle[0]) * way[0] + (at[1] - middle[1]) * way[1]) / hypot(*way))
        boxes = [_box((at[0] + away * x / hypot(x, y), at[1] + away * y / hypot(x, y)), words) for x, y in ways]
        free = next((box for box in boxes if self._is_free(box, view, room_px=14, chosen_room_px=32)), boxes[0])
        if rim:
            beyond = self._wide(rim)
            fill(self.picture, (free[0] - beyond, free[1] - beyond, free[2] + 2 * beyond, free[3] + 2 * beyond), opaque(DARK))
        paste(self.picture, words, free[:2])

    def _draw_foot(self, view: View) -> None:
        """A line that says what is chosen, and one above it for what is to be said."""
        foot = self._foot(view)
        if view.title:
            fill(self.picture, foot, SHADE)
            self._write_facts(view, foot, until=self._write_state(view, foot))
        if view.message:
            pad = round(24 * self.unit)
            words = self._tag(view.message, 36, LIGHTS["warn"], SHADE, widest_px=self.size_px[0] - 4 * pad, pad_px=pad)
            line = self._line(view)
            box = (self.size_px[0] - words.shape[1]) // 2, line[1], words.shape[1], line[3]
            fill(self.picture, box, SHADE)
            self._paste_level(words, box[0], box)

    def _line(self, view: View) -> Box:
        """Where a message lies: beside the foot, towards the middle."""
        left, top, width, height = self._foot(view)
        return left, top + (0 if not view.title else height if top == 0 else -height), width, height

    def _foot(self, view: View) -> Box:
        """Where that line lies: at the head where points are at the foot; the chosen one before all, if it is near to either."""
        height = round(_FOOT_PX * self.unit)
        heights = [y for _, y in view.points]
        if view.point is not None and not 1 - _LOW <= heights[view.point] <= _LOW:
            heights = [heights[view.point]]
        is_above = max(heights, default=0.5) > _LOW and min(heights, default=0.5) >= 1 - _LOW
        return 0, 0 if is_above else self.size_px[1] - height, self.size_px[0], height

    def _write_facts(self, view: View, foot: Box, *, until: int) -> None:
        gap = round(24 * self.unit)
        side = foot[3] // 2
        fill(self.picture, (gap, foot[1] + side // 2, side, side), opaque(view.color))
        left = gap + side + gap // 2
        for n, fact in enumerate((view.title, *view.facts)):
            if until - left < 2 * gap:
                return
            words = self._tag(fact, 42 if n == 0 else 34, BRIGHT if n == 0 else DIM, SHADE, widest_px=until - left, pad_px=0)
            self._paste_level(words, left, foot)
            left += words.shape[1] + gap

    def _write_state(self, view: View, foot: Box) -> int:
        """Whether it is saved, and how to get help; returns where it begins."""
        gap = round(24 * self.unit)
        right = foot[2] - gap
        for text, color in (("h: help", DIM), ("" if view.is_saved else "not saved", LIGHTS["warn"])):
            words = self._tag(text, 34, color, SHADE, pad_px=0)
            right -= words.shape[1]
            self._paste_level(words, right, foot)
            right -= gap
        return right

    def _draw_help(self, view: View) -> None:
        """Away from the chosen point, above the foot or below it."""
        room = round(1.2 * _FOOT_PX * self.unit)
        panel = self._fitted(lambda unit: help_panel(self.words, view.link, unit), room)
        height, width = panel.shape[:2]
        is_low = view.point is not None and view.points[view.point][1] <= 0.5
        paste(self.picture, panel, ((self.size_px[0] - width) // 2, self.size_px[1] - height - room if is_low else room))

    def _draw_dials(self, view: View) -> None:
        """Beside the surface whose colours they are."""
        room = round(2 * _FOOT_PX * self.unit)
        panel = self._fitted(lambda unit: dials_panel(self.words, view.dials, view.dial, view.color, unit), room)
        middle = np.mean([place[0] for outline in view.outlines if outline.is_chosen for place in outline.line])
        height, width = panel.shape[:2]
        gap = min(round(36 * self.unit), (self.size_px[0] - width) // 2)
        paste(self.picture, panel, (self.size_px[0] - width - gap if middle <= 0.5 else gap, (self.size_px[1] - height) // 2))

    def _fitted(self, draw: Callable[[float], np.ndarray], room_px: int) -> np.ndarray:
        """A panel, drawn smaller where it does not fit the picture less some room above or below; letters end somewhere: then shrunk."""
        import cv2

        def share(panel: np.ndarray) -> float:
            return min(1.0, 0.98 * self.size_px[0] / panel.shape[1], (self.size_px[1] - room_px) / panel.shape[0])

        panel = draw(self.unit)
        panel = panel if share(panel) == 1 else draw(share(panel) * self.unit)
        fits = share(panel)
        return panel if fits == 1 else cv2.resize(panel, None, fx=fits, fy=fits, interpolation=cv2.INTER_AREA)

    def _tag(
        self, text: str, size: int, color: Color, ground: Bgra, *, widest_px: int | None = None, pad_px: int | None = None
    ) -> np.ndarray:
        pad = round(10 * self.unit) if pad_px is None else pad_px
        return self.words.drawn(text, round(size * self.unit), color, ground, pad_px=pad, widest_px=widest_px)

    def _paste_level(self, words: np.ndarray, left: int, line: Box) -> None:
        paste(self.picture, words, (left, line[1] + (line[3] - words.shape[0]) // 2))

    def _is_free(self, box: Box, view: View, *, room_px: float, chosen_room_px: float) -> bool:
        """Whether a box lies in the picture, not on what is told at its foot, and far enough from all points."""
        left, top, width, height = box
        lines = [self._foot(view)] * bool(view.title) + [self._line(view)] * bool(view.message)
        if left < 0 or top < 0 or left + width > self.size_px[0] or top + height > self.size_px[1]:
            return False
        if any(_meet(box, line) for line in lines):
            return False
        for number, (x, y) in enumerate(view.points):
            room = self.unit * (chosen_room_px if number == view.point else room_px)
            if _is_in((x * self.size_px[0], y * self.size_px[1]), (left - room, top - room, width + 2 * room, height + 2 * room)):
                return False
        return True

    def _px(self, line: Sequence[Place]) -> np.ndarray:
        return np.array(line, np.float64).reshape(-1, 2) * self.size_px

    def _wide(self, px: float) -> int:
        """A line's width on this output."""
        return max(1, round(px * self.unit))


def _box(middle: Point, words: np.ndarray) -> Box:
    height, width = words.shape[:2]
    return round(middle[0] - width / 2), round(middle[1] - height / 2), width, height


def _meet(one: Box, other: Box) -> bool:
    return all(one[n] < other[n] + other[n + 2] and other[n] < one[n] + one[n + 2] for n in (0, 1))


def _is_in(point: Point, box: tuple[float, float, float, float]) -> bool:
    return box[0] < point[0] < box[0] + box[2] and box[1] < point[1] < box[1] + box[3]


def pixel_of(at: Point, size_px: tuple[int, int]) -> tuple[int, int]:
    """Column and row of the pixel at a point given in pixels; at the very end, the last one."""
    column, row = (min(size - 1, max(0, int(np.floor(value + 1e-3)))) for value, size in zip(at, size_px, strict=True))
    return column, row
