"""Levels, notes and states go in; they are drawn over and around a picture, to be read from across the room.

Nothing here knows what is measured or played: a program fills in a `Panel` for each picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from live.lettering import Lettering

if TYPE_CHECKING:
    from pygame import Rect, Surface

Color = tuple[int, int, int]
Point = tuple[float, float]

BACKGROUND: Color = (11, 12, 15)
CARD: Color = (25, 27, 33)
TRACK: Color = (33, 36, 44)
BRIGHT: Color = (240, 242, 246)
DIM: Color = (138, 145, 160)
DARK: Color = (8, 9, 11)
LIGHTS: dict[str, Color] = {"on": (88, 214, 141), "warn": (255, 176, 59), "record": (255, 71, 71)}
"""What a light in the status line may say, and its colour."""
PALETTE: tuple[Color, ...] = (
    *((255, 179, 71), (94, 200, 255), (255, 111, 145), (126, 217, 126)),
    *((190, 150, 255), (255, 224, 102), (64, 224, 208), (255, 150, 110)),
)
"""Colours of regions and of voices, in turn; tuned by eye: told apart on black and over most pictures."""
METER_COLOR: Color = (120, 200, 235)


@dataclass(frozen=True)
class Outline:
    """A region of the picture.

    Args:
        points: corners (x, y) as parts of the picture's width and height, 0 to 1, origin top left.
        level: 0 to 1, how much goes on in it; it is tinted by that.
    """

    name: str
    points: tuple[Point, ...]
    level: float = 0.0


@dataclass(frozen=True)
class Meter:
    """A value from 0 to 1 under a name."""

    name: str
    value: float


@dataclass(frozen=True)
class Lamp:
    """A voice: lit by `glow` (0 to 1, say the velocity of what sounds), with the note's name."""

    name: str
    note: str = ""
    glow: float = 0.0


@dataclass(frozen=True)
class Status:
    """An entry of the status line; `light` is one of LIGHTS, or "" for none."""

    text: str
    light: str = ""


@dataclass(frozen=True)
class Panel:
    """All that is drawn with a picture.

    Args:
        keys: (key, what it does), for the help at the bottom right.
        message: large, across the picture: what is waited for.
    """

    outlines: Sequence[Outline] = ()
    meters: Sequence[Meter] = ()
    lamps: Sequence[Lamp] = ()
    status: Sequence[Status] = ()
    keys: Sequence[tuple[str, str]] = ()
    message: str = ""


@dataclass(frozen=True)
class Layout:
    """Where things go, in pixels of the window; an area without anything to show is empty."""

    unit_px: float
    picture: Rect
    lamps: Rect
    meters: Rect
    status: Rect


def arrange(size_px: tuple[int, int], panel: Panel, *, picture_size: tuple[int, int]) -> Layout:
    """Divide a window: status line below, meters above it, lamps at the right, and the picture whole in what is left."""
    from pygame import Rect

    width, height = size_px
    unit = max(4.0, min(width / 64, height / 40))
    gap = round(unit / 2)
    status_h = round(2.4 * unit) if panel.status or panel.keys else 0
    meters_h = round(8 * unit) if panel.meters else 0
    lamps_w = round(15 * unit) if panel.lamps else 0
    status = Rect(0, height - status_h, width, status_h)
    meters = Rect(gap, status.top - meters_h, width - 2 * gap, max(0, meters_h - gap))
    free = Rect(0, 0, width - lamps_w, meters.top - gap if meters_h else status.top)
    lamps = Rect(free.right, gap, max(0, lamps_w - gap), max(1, free.height - 2 * gap))
    if panel.lamps or panel.meters:
        free.inflate_ip(-2 * gap, -2 * gap)
    return Layout(unit, fit(picture_size, free), lamps, meters, status)


def fit(size: tuple[int, int], area: Rect) -> Rect:
    """The largest rectangle of the proportions of `size` in the middle of an area, at least one pixel."""
    from pygame import Rect

    scale = max(0.0, min(area.width / max(1, size[0]), area.height / max(1, size[1])))
    found = Rect(0, 0, max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    found.center = area.center
    return found


@dataclass
class Painter:
    """Draws panels on pygame surfaces; it keeps the letters that it has drawn, so keep it as long as the window."""

    lettering: Lettering = field(default_factory=Lettering)

    def draw(self, surface: Surface, panel: Panel, layout: Layout) -> None:
        """Draw everything but the picture itself, which lies at `layout.picture` already."""
        for number, outline in enumerate(panel.outlines):
            self._draw_outline(surface, outline, PALETTE[number % len(PALETTE)], layout)
        self._draw_meters(surface, panel.meters, layout)
        self._draw_lamps(surface, panel.lamps, layout)
        end = self._draw_keys(surface, panel.keys, layout)
        self._draw_status(surface, panel.status, layout, end=end)
        if panel.message:
            self._draw_message(surface, panel.message, layout)

    def _draw_outline(self, surface: Surface, outline: Outline, color: Color, layout: Layout) -> None:
        from pygame import draw

        area = layout.picture
        points = [(area.left + x * (area.width - 1), area.top + y * (area.height - 1)) for x, y in outline.points]
        if len(points) < 3:
            return
        if outline.level > 0:
            _tint(surface, points, color, alpha=round(110 * _clip(outline.level)))
        line_px = max(2, round(layout.unit_px / 5))
        _draw_ring(surface, DARK, points, 2 * line_px)
        _draw_ring(surface, color, points, line_px)
        if outline.name:
            left, top = min(x for x, _ in points), min(y for _, y in points)
            text = self.lettering.text(outline.name, round(1.1 * layout.unit_px), DARK, widest_px=round(area.right - left))
            tag = text.get_rect(topleft=(left + line_px, top + line_px)).inflate(layout.unit_px * 0.7, layout.unit_px * 0.2)
            tag.topleft = round(left), round(top)
            draw.rect(surface, color, tag, border_bottom_right_radius=round(layout.unit_px / 2))
            surface.blit(text, text.get_rect(center=tag.center))

    def _draw_meters(self, surface: Surface, meters: Sequence[Meter], layout: Layout) -> None:
        from pygame import Rect

        if not meters:
            return
        area, unit = layout.meters, layout.unit_px
        pitch = min(area.width / len(meters), 9 * unit)
        gap = min(unit / 2, pitch / 8)
        width = max(2, round(pitch - gap))
        longest = max((meter.name for meter in meters), key=lambda name: self.lettering.width_px(name, unit))
        is_upright = self.lettering.width_px(longest, unit) > width - unit / 2
        room = area.height - 2.4 * unit if is_upright else width - unit / 2
        size = self.lettering.size_to_fit(longest, min(1.6 * unit, 0.8 * width), widest_px=room)
        left = area.centerx - pitch * len(meters) / 2
        for number, meter in enumerate(meters):
            bar = Rect(round(left + number * pitch + gap / 2), area.top, width, area.height)
            self._draw_bar(surface, meter, bar, unit)
            name = self.lettering.text(meter.name, size, BRIGHT, widest_px=round(room), has_shadow=True)
            self._draw_name(surface, name, bar, unit, is_upright=is_upright)

    def _draw_bar(self, surface: Surface, meter: Meter, area: Rect, unit: float) -> None:
        """A bar that rises, its value in hundredths at the top."""
        from pygame import Rect, draw

        value, radius = _clip(meter.value), round(unit / 3)
        draw.rect(surface, TRACK, area, border_radius=radius)
        risen = Rect(area.left, area.bottom - round(value * area.height), area.width, round(value * area.height))
        if risen.height:
            surface.set_clip(risen)
            draw.rect(surface, _mix(TRACK, METER_COLOR, 0.6), area, border_radius=radius)
            draw.rect(surface, METER_COLOR, Rect(risen.left, risen.top, risen.width, max(2, round(unit / 4))))
            surface.set_clip(None)
        number = self.lettering.text(f"{100 * value:.0f}", round(1.1 * unit), BRIGHT, widest_px=area.width, has_shadow=True)
        surface.blit(number, number.get_rect(midtop=(area.centerx, area.top + unit / 3)))

    def _draw_name(self, surface: Surface, name: Surface, area: Rect, unit: float, *, is_upright: bool) -> None:
        from pygame import transform

        turned = transform.rotate(name, 90) if is_upright else name
        surface.blit(turned, turned.get_rect(midbottom=(area.centerx, area.bottom - unit / 3)))

    def _draw_lamps(self, surface: Surface, lamps: Sequence[Lamp], layout: Layout) -> None:
        from pygame import Rect

        if not lamps:
            return
        pitch = min(layout.lamps.height / len(lamps), 6.5 * layout.unit_px)
        for number, lamp in enumerate(lamps):
            area = Rect(layout.lamps.left, round(layout.lamps.top + number * pitch), layout.lamps.width, 0)
            area.height = max(2, round(layout.lamps.top + (number + 1) * pitch) - area.top - round(min(layout.unit_px / 2, pitch / 8)))
            self._draw_lamp(surface, lamp, PALETTE[number % len(PALETTE)], area, unit=layout.unit_px)

    def _draw_lamp(self, surface: Surface, lamp: Lamp, color: Color, area: Rect, *, unit: float) -> None:
        """A card that fills with the voice's colour while it sounds: a light, the voice's name, and the note as large as can be."""
        from pygame import draw

        glow, height = _clip(lamp.glow), area.height
        ground = _mix(CARD, color, 0.5 * glow)
        draw.rect(surface, ground, area, border_radius=round(min(height, 5 * unit) / 7))
        _draw_light(surface, color, ground, (area.left + round(0.4 * height), area.centery), 0.22 * height, glow=glow)
        left, right = area.left + round(0.8 * height), area.right - round(0.6 * unit)
        letters = _mix(DIM, BRIGHT, max(glow, 0.3))
        if height < 3.4 * unit:  # side by side
            note = self._fitting(lamp.note, 0.6 * height, BRIGHT, 0.5 * (right - left))
            surface.blit(note, note.get_rect(midright=(right, area.centery)))
            name = self._fitting(lamp.name, 0.5 * height, letters, right - left - note.get_width())
            surface.blit(name, name.get_rect(midleft=(left, area.centery)))
            return
        name = self._fitting(lamp.name, 0.27 * height, letters, right - left)
        note = self._fitting(lamp.note, 0.46 * height, BRIGHT, right - left)
        surface.blit(name, name.get_rect(midleft=(left, area.top + round(0.24 * height))))
        surface.blit(note, note.get_rect(midleft=(left, area.top + round(0.64 * height))))

    def _fitting(self, words: str, size_px: float, color: Color, widest_px: float) -> Surface:
        """Words, smaller where there is no room, cut short where there is none still."""
        size = self.lettering.size_to_fit(words, size_px, widest_px=widest_px)
        return self.lettering.text(words, size, color, widest_px=round(widest_px))

    def _draw_status(self, surface: Surface, entries: Sequence[Status], layout: Layout, *, end: float) -> None:
        from pygame import draw

        unit = layout.unit_px
        left = unit
        for entry in entries:
            light = LIGHTS.get(entry.light)
            if light:
                draw.circle(surface, light, (round(left + 0.5 * unit), layout.status.centery), round(0.5 * unit))
                left += 1.5 * unit
            room = round(end - left)
            if room < 2 * unit:
                return
            text = self.lettering.text(entry.text, round(1.25 * unit), light if entry.light in ("warn", "record") and light else BRIGHT, widest_px=room)
            surface.blit(text, text.get_rect(midleft=(left, layout.status.centery)))
            left += text.get_width() + 1.8 * unit

    def _draw_keys(self, surface: Surface, keys: Sequence[tuple[str, str]], layout: Layout) -> float:
        """Each key as a cap with what it does, from the right; returns where they begin."""
        from pygame import draw

        unit, right = layout.unit_px, layout.status.right - layout.unit_px
        for key, does in reversed(keys):
            meaning = self.lettering.text(does, round(unit), DIM)
            cap = self.lettering.text(key, round(unit), BRIGHT)
            box = cap.get_rect().inflate(0.9 * unit, 0.4 * unit)
            width = box.width + 0.4 * unit + meaning.get_width()
            if right - width < layout.status.width / 2:
                break
            box.midleft = round(right - width), layout.status.centery
            draw.rect(surface, TRACK, box, border_radius=round(unit / 4))
            surface.blit(cap, cap.get_rect(center=box.center))
            surface.blit(meaning, meaning.get_rect(midleft=(box.right + round(0.4 * unit), box.centery)))
            right -= width + 1.2 * unit
        return right

    def _draw_message(self, surface: Surface, message: str, layout: Layout) -> None:
        area = layout.picture
        text = self.lettering.text(message, round(2.6 * layout.unit_px), BRIGHT, widest_px=round(0.9 * area.width))
        band = text.get_rect(center=area.center).inflate(area.width, 2 * layout.unit_px).clip(area)
        _tint(surface, [band.topleft, band.topright, band.bottomright, band.bottomleft], DARK, alpha=200)
        surface.blit(text, text.get_rect(center=area.center))


def _draw_light(surface: Surface, color: Color, ground: Color, center: tuple[int, int], radius: float, *, glow: float) -> None:
    from pygame import draw

    for n in range(4, 0, -1):  # a halo, from outside in
        if glow > 0:
            draw.circle(surface, _mix(ground, color, glow * 0.16 * (5 - n)), center, round(radius * (1 + n / 9)))
    draw.circle(surface, _mix(_mix(CARD, color, 0.25), _mix(color, BRIGHT, 0.25), glow), center, round(radius))


def _draw_ring(surface: Surface, color: Color, points: Sequence[Point], width_px: int) -> None:
    """A closed line with round corners."""
    from pygame import draw

    draw.polygon(surface, color, points, width_px)
    for point in points:
        draw.circle(surface, color, point, width_px / 2)


def _tint(surface: Surface, points: Sequence[Point], color: Color, *, alpha: int) -> None:
    from pygame import SRCALPHA, Surface, draw

    left, top = int(min(x for x, _ in points)), int(min(y for _, y in points))
    size = int(max(x for x, _ in points)) - left + 1, int(max(y for _, y in points)) - top + 1
    veil = Surface(size, SRCALPHA)
    draw.polygon(veil, (*color, alpha), [(x - left, y - top) for x, y in points])
    surface.blit(veil, (left, top))


def _mix(start: Color, end: Color, amount: float) -> Color:
    parts: list[Any] = [round(a + (b - a) * amount) for a, b in zip(start, end, strict=True)]
    return parts[0], parts[1], parts[2]


def _clip(value: float) -> float:
    return min(1.0, max(0.0, value)) if value == value else 0.0
