"""Time and cue in; the scenes of cutting out: film, film cut, day, night, windows in time, a bird out and in."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from draw import Canvas, Colour, Point, arc, blend, cycle, rise, settle, spin
from shapes import Land, draw_bird, draw_landscape
from timeline import Cue

STRIP_TILT = -0.16


def draw_strip(canvas: Canvas, t: float, *, ground: tuple[str, ...], shift: Point = (0, 0)) -> None:
    """A strip of film that runs through the picture; from frame to frame a sun crosses a sky."""
    canvas.ground(*ground)
    pitch = 150.0
    offset = 210 * t

    def put(points: Iterable[Point], tint: Colour, alpha: float = 1.0) -> None:
        canvas.fill(spin(points, angle=STRIP_TILT, to=shift), colour=tint, alpha=alpha)

    put([(-420, -118), (420, -118), (420, 118), (-420, 118)], "#15101f")
    for k in range(int((offset - 420) // pitch), int((offset + 420) // pitch) + 1):
        x = k * pitch - offset
        place = (k % 5) / 4
        left, right = x + 7, x + pitch - 7
        put([(left, -82), (right, -82), (right, 82), (left, 82)], cycle(("#ffcc4d", "#f47b3e", "#e5386d", "#5a3fc0", "#2f9fd0"), place * 4))
        put(arc((x + 36 + place * 78, 34 - 84 * np.sin(np.pi * (0.12 + 0.76 * place))), 23, n_points=60), "#fff4d6")
        hill = [(left + u * (right - left), 44 - 15 * np.sin(np.pi * u)) for u in np.linspace(0, 1, 16)]
        put([(left - 1, 84), (left - 1, 44), *hill, (right + 1, 44), (right + 1, 84)], "#15101f")
        for hole in range(5):
            start = x + hole * pitch / 5 + 8
            for y in (-109, 93):
                put([(start, y), (start + 15, y), (start + 15, y + 16), (start, y + 16)], ground[0])


def draw_film(canvas: Canvas, t: float, _cue: Cue) -> None:
    """The strip runs."""
    draw_strip(canvas, t, ground=("#f5e3c0", "#f0d9ae"))


def draw_film_cut(canvas: Canvas, t: float, _cue: Cue) -> None:
    """The strip is cut in two and its halves drift apart."""
    red, angle = ("#d92b3a", "#c51f38"), -1.05
    apart = settle(t, 0, 0.4) * 26 + 12 * t
    along = np.array([np.cos(angle), np.sin(angle)])
    shift = along * -1.9 * apart + np.array([-along[1], along[0]]) * apart
    other = Canvas()
    draw_strip(other, 1.75, ground=red, shift=(shift[0], shift[1]))
    draw_strip(canvas, 1.75, ground=red)
    canvas.join(other, (0, 0), angle, apart, "#fff4d6")


DAY = Land(("#1f9be0", "#74cdf0", "#e2f3d6"), "#ffe04f", ("#86cc5c", "#35a65c", "#12754f"), "#fff6e2", "#e8482f", "#2f6fb0", night=False)
NIGHT = Land(("#100c40", "#2a1f80", "#7a3fae"), "#f9f0cf", ("#45309a", "#2a1f6c", "#150f42"), "#6a58b8", "#1c1350", "#ffd24d", night=True)


def draw_day(canvas: Canvas, t: float, cue: Cue) -> None:
    """A day, cut."""
    draw_landscape(canvas, DAY, (-84, -54 - 6 * t))
    since = t - cue.said("cut")
    apart = settle(since, 0.0, 0.4) + 0.2 * max(0.0, since)
    canvas.slice((-20, 0), 0.62, 74 * apart, 10 * apart, "#ff5a3c")


def draw_night(canvas: Canvas, t: float, cue: Cue) -> None:
    """A night, cut the other way."""
    draw_landscape(canvas, NIGHT, (-84, -60 - 6 * t))
    since = t - cue.said("cut")
    apart = settle(since, 0.0, 0.4) + 0.2 * max(0.0, since)
    canvas.slice((20, 0), -0.62, -60 * apart, 10 * apart, "#ff5a9d")


def draw_windows(canvas: Canvas, t: float, cue: Cue) -> None:
    """Windows within windows, through which one falls; each has its own hour of the day."""
    hues = ("#f94f4f", "#ff9f2e", "#ffdf57", "#35b6a2", "#2b7fd4", "#5a3bb5", "#d0407f")
    fall = 0.9 * t + 0.8 * rise(t, cue.said("window"), cue.said("time"))
    ratio = 1.62
    base = int(np.floor(fall))
    for k in range(base - 3, base + 9):
        size = 46 * ratio ** (fall - k + 5)
        turn = 0.11 * (k - fall)
        tint = cycle(hues, k)
        shade = blend(tint, "#120a2a", 0.82)
        for reach, colour in ((1.0, shade), (0.93, tint)):
            canvas.fill(spin([(-1.35, -1), (1.35, -1), (1.35, 1), (-1.35, 1)], angle=turn, scale=0.5 * size * reach), colour=colour)
        for bar in ([(-0.035, -1), (0.035, -1), (0.035, 1), (-0.035, 1)], [(-1.35, -0.035), (1.35, -0.035), (1.35, 0.035), (-1.35, 0.035)]):
            canvas.fill(spin(bar, angle=turn, scale=0.47 * size), colour=shade)
    canvas.glow((0, 0), 60 + 60 * cue.loud, "#fff6d8", 0.8)


def draw_frame(canvas: Canvas, at: tuple[float, float], inside: tuple[str, str], rim: str) -> None:
    """A picture on a wall: a rim, a sky, a low sun and a sea."""
    x, y = at

    def box(left: float, top: float, right: float, bottom: float, tint: str, alpha: float = 1.0) -> None:
        canvas.box(x + left, y + top, x + right, y + bottom, tint, alpha)

    box(-140, -118, 166, 152, "#000000", 0.16)
    for grow, tint in ((26, rim), (13, "#fff4dc"), (0, inside[0])):
        box(-126 - grow, -104 - grow, 126 + grow, 104 + grow, tint)
    canvas.fill([*arc((x - 30, y + 40), 54, np.pi, 2 * np.pi), (x + 24, y + 40)], colour="#fff4dc")
    box(-126, 40, 126, 104, inside[1])
    for k in range(4):
        box(-76 + 13 * k, 51 + 13 * k, 16 - 13 * k, 56 + 13 * k, "#fff4dc")


def draw_bird_out(canvas: Canvas, t: float, cue: Cue) -> None:
    """A bird leaves its picture and crosses the wall."""
    canvas.ground("#ffbe2e", "#ffab1f", "#f98f1c")
    draw_frame(canvas, (-150, -4), ("#58c5e0", "#1d7fae"), "#1a1238")
    go = rise(t, cue.said("flies") - 0.15, cue.length_s + 0.5)
    place = (-176 + 600 * go, -6 - 30 * np.sin(go * np.pi) + 8 * np.sin(7 * t))
    canvas.fill(arc((place[0] + 12, 166), (60 + 30 * go, 5)), colour="#c96a10", alpha=0.55)
    draw_bird(canvas, place, size=0.9 + 1.1 * go, flap=np.sin(9.5 * t), colour="#1a1238", far_colour="#4a2f78", angle=-0.12 + 0.1 * go)


def draw_bird_in(canvas: Canvas, t: float, cue: Cue) -> None:
    """The bird comes into the next picture, whose colours are the other way round."""
    canvas.ground("#1c4fa8", "#17418f", "#113073")
    draw_frame(canvas, (150, -4), ("#ff8fa8", "#d93a6e"), "#ffcf4a")
    go = rise(t, -0.5, cue.length_s + 0.1)
    place = (-330 + 520 * go, -34 * np.sin(go * np.pi) + 8 * np.sin(7 * t))
    canvas.fill(arc((place[0] + 12, 166), (90 - 40 * go, 5)), colour="#0a1f52", alpha=0.6)
    draw_bird(canvas, place, size=2.0 - 1.15 * go, flap=np.sin(9.5 * t + 1), colour="#fff4dc", far_colour="#f2b84a", angle=0.1 - 0.2 * go)
