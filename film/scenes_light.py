"""Time and cue in; the first five scenes out: dark, window, sun, river, eyes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from draw import Canvas, Colour, Point, arc, blend, curve, rise, settle, spark, spin
from shapes import draw_eye, draw_rays
from timeline import Cue


def draw_dark(canvas: Canvas, t: float, cue: Cue) -> None:
    """No light: a black disc before a last rim, dust that rises, and a point that wants to become light."""
    canvas.ground("#2a1f5c", "#140f36", "#07051a", "#04030f", centre=(0, -12), reach=330)
    rng = np.random.default_rng(3)
    for x, y, speed, size in rng.uniform((-320, -180, 6, 0.7), (320, 180, 26, 2.0), (70, 4)):
        height = (y - speed * t + 180) % 360 - 180
        canvas.disc((x + 5 * np.sin(t + y), height), size, blend("#2a1f5c", "#8f7fe0", size / 2.6))
    dim = rise(t, cue.said("no") - 0.1, cue.said("no") + 0.4)
    canvas.glow((0, -12), 170, "#7a5cff", 0.55 * (1 - dim))
    canvas.disc((0, -12), 84, blend("#efe6ff", "#1d1645", dim))
    canvas.disc((5 * (1 - dim), 4 * (1 - dim) - 12), 84 - 0.6 * dim, "#05040f")
    canvas.letter("AFTERLIGHT", (0, 138), size=17, colour="#efe6ff", spacing=17, alpha=1 - rise(t, 0.1, 0.7))
    point = spark(t, cue.said("light"), 0.6)
    canvas.glow((0, -12), 30 + 60 * point, "#ffe9b0", point)
    canvas.disc((0, -12), 5 * point, "#fff6dc")


def draw_cat(canvas: Canvas, t: float, shift: Point, tint: Colour) -> None:
    """A cat that sits and looks at the window; only its tail moves."""
    sway = np.sin(2.1 * t)

    def put(points: Sequence[Point] | np.ndarray) -> None:
        canvas.fill(np.asarray(points, float) + np.array(shift), colour=tint)

    tail = curve([(-152, 138), (-190, 140), (-214, 118 - 6 * sway), (-206 - 10 * sway, 92 - 4 * sway)])
    canvas.stroke(tail + np.array(shift), (13, 11, 9, 6), tint)
    put(curve([(-170, 142), (-168, 100), (-146, 66), (-122, 56), (-106, 84), (-100, 142)], closed=True))
    put(arc((-118, 44), (27, 23)))
    put([(-142, 38), (-140, 8), (-122, 26)])
    put([(-113, 25), (-98, 6), (-93, 38)])


WINDOW = (40.0, -138.0, 196.0, 44.0)  # left, top, right, bottom
PATCH = ((-250, 112), (-30, 112), (-86, 184), (-330, 184))  # where its light lies on the floor


def draw_beam(canvas: Canvas, opened: float, come: float) -> None:
    """The light that falls from the window on the floor, with the shadow of the window's cross in it."""
    left, top, right, bottom = WINDOW
    middle = (left + right) / 2
    half = (right - left) / 2 * min(opened, 1.0)
    pane = np.array([(middle - half, top), (middle + half, top), (middle + half, bottom), (middle - half, bottom)])
    patch = pane[[3, 2, 2, 3]] + (np.array(PATCH) - pane[[3, 2, 2, 3]]) * come
    hull = cv2.convexHull(np.concatenate([pane, patch]).astype(np.float32))[:, 0]
    canvas.fill(hull, colour="#ffb53d", alpha=0.2 * come)
    if come > 0.5:

        def inside(u: float, v: float) -> np.ndarray:
            return (patch[0] * (1 - u) + patch[1] * u) * (1 - v) + (patch[3] * (1 - u) + patch[2] * u) * v

        for u, v in ((0, 0), (0.52, 0), (0, 0.54), (0.52, 0.54)):
            field = [inside(u, v), inside(u + 0.48, v), inside(u + 0.48, v + 0.46), inside(u, v + 0.46)]
            canvas.fill(np.stack(field), colour="#ffc152", alpha=rise(come, 0.5, 1.0) * 0.9)


def draw_shutters(canvas: Canvas, opened: float) -> None:
    """Two leaves with slats that swing out to the sides."""
    left, top, right, bottom = WINDOW
    for hinge, sign in ((left, 1), (right, -1)):
        edge = hinge + sign * (right - left) / 2 * (1 - 1.88 * min(opened, 0.95))
        lean = 26 * min(opened, 1.1) * (1 - min(opened, 1.0) * 0.3)
        leaf = [(hinge, top - 2), (edge, top - 2 - lean), (edge, bottom + 2 + lean), (hinge, bottom + 2)]
        canvas.fill(leaf, colour=blend("#7d1531", "#d8344a", opened))
        near, far, stretch = hinge + (edge - hinge) * 0.16, hinge + (edge - hinge) * 0.84, 1 + lean / 110
        for y in range(-122, 30, 28):
            slat = [(near, y), (far, -47 + (y + 47) * stretch), (far, -47 + (y + 61) * stretch), (near, y + 14)]
            canvas.fill(slat, colour=blend("#5d0d26", "#a81f3a", opened))


def draw_window(canvas: Canvas, t: float, cue: Cue) -> None:
    """Shutters open and a slab of light falls into a blue room, where a cat has been waiting for it."""
    canvas.ground("#26409a", "#1b2f80", "#152465")
    canvas.box(-330, 96, 330, 190, "#0f184a")
    opened = settle(t, cue.said("window") - 0.1, cue.said("window") + 0.75)
    come = rise(t, cue.said("light") - 0.1, cue.said("in") + 0.1)
    left, top, right, bottom = WINDOW
    middle = (left + right) / 2
    canvas.glow((middle, -46), 260, "#ff9a3c", 0.42 * abs(opened) + 0.15 * come * cue.loud)
    if come > 0.01:
        draw_beam(canvas, opened, come)
    for grow, tint in ((9, "#f6ead0"), (0, "#ffcf57")):
        canvas.box(left - grow, top - grow, right + grow, bottom + grow, tint)
    canvas.disc((middle + 24, -30 - 8 * t), 36, "#fff6d8")
    canvas.box(middle - 3, top, middle + 3, bottom, "#f6ead0")
    canvas.box(left, -49, right, -43, "#f6ead0")
    draw_shutters(canvas, opened)
    draw_cat(canvas, t, (2.2, -1.6), blend("#0a0d2b", "#ffcf6a", come))
    draw_cat(canvas, t, (0, 0), "#0a0d2b")
    rng = np.random.default_rng(11)
    for along, off, phase, size in rng.uniform((0, -60, 0, 0.8), (1, 60, 6.28, 1.9), (50, 4)):
        place = (middle - 300 * along + 9 * t, -46 + 190 * along + off * (0.9 - 0.3 * along) + 5 * np.sin(t + phase))
        canvas.disc(place, size, "#fff0c0", come * (0.5 + 0.5 * np.sin(2.4 * t + phase)))


def draw_sun(canvas: Canvas, t: float, cue: Cue) -> None:
    """A sun that rises behind black hills, its rays turning; at "time" it becomes a clock."""
    canvas.ground("#e8392f", "#f2622c", "#f99a2e", "#ffc24a")
    up = rise(t, -0.3, cue.said("up") + 0.4)
    at = (-70, 190 - 205 * up)
    ticking = max(0.0, t - cue.said("time"))
    step = np.floor(ticking * 4) + settle((ticking * 4) % 1, 0, 0.7)
    draw_rays(canvas, at, inner=60, outer=720, n_rays=20, angle=0.22 * t, colour="#ffd75e", share=0.5, alpha=0.55)
    for k in range(4):
        radius = 92 + 34 * ((k + 0.55 * t) % 4)
        canvas.ring(at, radius, 9 * (1 - (radius - 92) / 136), "#fff2cc", 0.9)
    canvas.glow(at, 220, "#fff0b0", 0.35 + 0.4 * cue.loud)
    canvas.disc(at, 82 + 4 * cue.loud, "#fff4d6")
    shown = rise(ticking, 0, 0.25)
    for k in range(12):
        tick = spin([(60, -2.4), (71, -2.4), (71, 2.4), (60, 2.4)], angle=k * np.pi / 6, to=at)
        canvas.fill(tick, colour="#c2233a", alpha=shown)
    for turn, length, width in ((step * np.pi / 6 - np.pi / 2, 58, 9), (step * np.pi / 72 + 0.5, 38, 13)):
        hand = [(-9, -width / 2), (length, -width / 4), (length, width / 4), (-9, width / 2)]
        canvas.fill(spin(hand, angle=turn, to=at), colour="#7a0f3c", alpha=shown)
    canvas.disc(at, 8 * shown, "#7a0f3c")
    x = np.linspace(-330, 330, 90)
    hills = (("#a31545", 96, 22, 105, 5), ("#6a0e43", 126, 18, 76, 11), ("#360a35", 154, 13, 58, 19))
    for tint, base, swell, wave, drift in hills:
        y = base + swell * np.sin((x + drift * t) / wave + base) + 20 * (1 - up)
        canvas.fill([*np.stack([x, y], 1), (330, 200), (-330, 200)], colour=tint)


def draw_river(canvas: Canvas, t: float, cue: Cue) -> None:
    """Bands of water that run against one another, and a paper boat that time carries from left to right."""
    canvas.ground("#fdf0d2", "#cfeadd", "#8fd6cf")
    canvas.disc((176, -86), 44, "#f2583e")
    canvas.ring((176, -86), 60 + 4 * np.sin(2.2 * t), 3, "#f2583e", 0.6)
    swell = 1 + 0.55 * rise(t, cue.said("waves") - 0.2, cue.said("waves") + 0.5)
    tints = ("#5cc3bd", "#f6ead0", "#2b9fae", "#12809d", "#f6ead0", "#0d5f8a", "#0b4372", "#092c57")
    x = np.linspace(-330, 330, 170)
    for k, tint in enumerate(tints):
        way = 1 if k % 2 else -1
        length = 88 + 9 * k
        crest = np.abs(np.sin((x + way * (30 + 7 * k) * t + 41 * k) * np.pi / length / 2)) ** 0.75
        base = -34 + 27 * k - (18 if tint == "#f6ead0" else 0) * 0.4
        y = base + (15 + 1.6 * k) * swell * (0.5 - crest) + 4 * np.sin(1.7 * t + k)
        if k == 5:
            draw_boat(canvas, t, base - 22 * swell + 2)
        canvas.fill([*np.stack([x, y], 1), (330, 200), (-330, 200)], colour=tint)


def draw_boat(canvas: Canvas, t: float, y: float) -> None:
    """A folded paper boat on its way."""
    place = (-190 + 92 * t, y + 6 * np.sin(2.6 * t))
    tilt = 0.13 * np.sin(2.6 * t + 0.9)
    for points, tint in (
        (((-66, -14), (66, -14), (40, 26), (-40, 26)), "#fff8e6"),
        (((0, -70), (-34, -14), (34, -14)), "#fff8e6"),
        (((0, -70), (0, -14), (34, -14)), "#f2cf9e"),
        (((-66, -14), (0, 10), (66, -14), (40, 26), (-40, 26)), "#f2583e"),
    ):
        canvas.fill(spin(points, angle=tilt, to=place), colour=tint)


def draw_eyes(canvas: Canvas, t: float, cue: Cue) -> None:
    """Two eyes open, look around, and see the world; then they stay on you."""
    canvas.ground("#f04f7c", "#ea3f74", "#d92f70")
    world = rise(t, cue.said("world") - 0.05, cue.said("world") + 0.3)
    open_ = settle(t, cue.said("eyes") - 0.25, cue.said("open") + 0.35)
    blink = 1 - 0.96 * spark(t, cue.said("is"), 0.09)
    turns = ((1, cue.said("and") - 0.4), (-2, cue.said("and") + 0.02), (1, cue.said("world")))
    way = sum(share * rise(t, start, start + 0.27) for share, start in turns)
    for k in range(5):
        canvas.ring((0, 14), 150 + 66 * k + 10 * np.sin(1.4 * t - k), 16, "#f8658c", 0.55)
    colours = ("#5b1a6b", "#fff3dc", blend("#2f9fd0", "#12a28f", world), blend("#bfe9f2", "#ffd84f", world), "#1b0b2e")
    for side in (-1, 1):
        turn = side * (0.5 * t + 2.2 * world)
        draw_eye(canvas, (side * 144, 14), width=238, open_=max(0.0, open_ * blink), look=(26 * way, 0), colours=colours, spin_angle=turn)
        lift = 12 * world
        brow = curve([(side * 34, -86 - lift), (side * 120, -118 - 1.5 * lift), (side * 236, -92 - lift)])
        canvas.stroke(brow, (8, 20, 5), "#1b0b2e")
