"""Time and cue in; the scenes of listening and dreaming out: breath, ear, machine, dream, tree, light again."""

from __future__ import annotations

from functools import cache

import numpy as np
from draw import Canvas, Point, arc, blend, curve, cycle, rise, settle, spark, spin
from shapes import draw_bird, draw_eye, draw_gear, draw_rays, tree_twigs
from timeline import Cue


def draw_breath(canvas: Canvas, t: float, cue: Cue) -> None:
    """Two words, and what is between them."""
    canvas.ground("#fbefd8", "#f6e4c4")
    for side, word in ((-1, "two"), (1, "words")):
        grown = settle(t, cue.said(word), cue.said(word) + 0.45)
        canvas.disc((side * 176, 0), 66 * max(grown, 0), "#e8402f")
        canvas.disc((side * 176, 0), 24 * max(grown, 0), "#1a1238")
    for start_s, end_s in (*cue.breaths, (cue.said("breath"), cue.said("breath") + 0.9)):
        swell = np.sin(np.pi * np.clip((t - start_s) / (end_s - start_s), 0, 1)) ** 0.8
        for k, tint in enumerate(("#bfe3dc", "#7ccabf", "#2aa198")):
            canvas.disc((0, 0), swell * (92 - 27 * k), tint)
    canvas.disc((0, 0), 4, "#2aa198", rise(t, cue.said("there"), cue.said("there") + 0.3))


def draw_listen(canvas: Canvas, t: float, cue: Cue) -> None:
    """A sound sets out from a point and reaches an ear; then it is so quiet that nothing moves."""
    canvas.ground("#0f7078", "#0c5a66", "#094152")
    source = (-216.0, 4.0)
    for start_s in [start_s for _, start_s in cue.words]:
        radius = 34 + 210 * (t - start_s)
        if 34 < radius < 290:
            strength = 1 - rise(radius, 170, 290)
            canvas.stroke(arc(source, radius, -0.66, 0.66, 60), (1, 15, 1), "#ffd65c", strength)
    canvas.disc(source, 26 + 12 * cue.loud, "#ff6a4d")
    canvas.disc(source, 10, "#fff4dc")
    ear = [(112, 96), (88, 30), (92, -46), (132, -112), (196, -118), (238, -72), (234, -10), (196, 34), (180, 78), (166, 122), (132, 128)]
    canvas.fill(spin(curve(ear, closed=True), scale=1.18, to=(-26, 2)), colour="#ff8a63")
    folds = (
        ([(120, 20), (118, -40), (146, -84), (188, -86), (206, -52), (198, -14), (168, 12)], (5, 18, 15, 13, 6)),
        ([(146, 86), (150, 44), (168, 12), (158, -14), (142, -22)], (6, 15, 14, 9)),
    )
    for fold, widths in folds:
        canvas.stroke(spin(curve(fold), scale=1.18, to=(-26, 2)), widths, "#c23a45")
    canvas.disc((139, 9), 13, "#7a1f3c")


def mesh(at: Point, radius: float, n_teeth: int, angle: float, towards: float, n_other: int) -> tuple[Point, float, float]:
    """Where a wheel of `n_other` teeth grips this one in a direction: (centre, radius, angle)."""
    other = radius * n_other / n_teeth
    centre = (at[0] + (radius + other) * 0.985 * np.cos(towards), at[1] + (radius + other) * 0.985 * np.sin(towards))
    turn = towards + np.pi - (2 * np.pi / n_other) * (0.5 - (towards - angle) * n_teeth / (2 * np.pi))
    return centre, other, turn


def draw_wheels(canvas: Canvas, angle: float) -> None:
    """A train of wheels that grip one another, driven by the one in the middle."""
    tints = ("#d1503f", "#e5b040", "#5257c4", "#8a56b8")
    first = mesh((0, 0), 100, 24, angle, 3.5, 18)
    second = mesh((0, 0), 100, 24, angle, 0.42, 17)
    third = mesh(*first[:2], 18, first[2], 1.78, 21)
    fourth = mesh(*second[:2], 17, second[2], -1.36, 20)
    for (at, radius, turn), n_teeth, tint in zip((first, second, third, fourth), (18, 17, 21, 20), tints, strict=True):
        draw_gear(canvas, at, radius=radius, n_teeth=n_teeth, angle=turn, colour=tint, hole=blend("#141a3e", tint, 0.14))
    draw_gear(canvas, (0, 0), radius=100, n_teeth=24, angle=angle, colour="#2a9d8c", hole="#123a4a")


def draw_machine(canvas: Canvas, t: float, cue: Cue) -> None:
    """Wheels in the dark around one lamp that follows the voice, until its lid falls."""
    canvas.ground("#20265a", "#141a40", "#0a0e26")
    draw_wheels(canvas, 0.7 * t)
    asleep = rise(t, cue.said("falls"), cue.said("asleep") + 0.35)
    lit = (0.35 + 0.65 * cue.loud) * (1 - 0.5 * asleep)
    canvas.disc((0, 0), 72, "#0b0f28")
    canvas.disc((0, 0), 63, blend("#4a7f96", "#d4fff0", lit))
    canvas.disc((0, 0), 42 - 5 * cue.loud, "#0d2f4a")
    canvas.disc((0, 0), 17 + 14 * cue.loud, blend("#5f8fa5", "#fff6d0", lit))
    canvas.glow((0, 0), 165, "#8ff0d8", 0.5 * lit * (1 - asleep))
    for side, share in ((-1, asleep), (1, 0.55 * asleep)):
        height = 63.5 * (1 - 1.3 * share) if side < 0 else 63.5 * (1 - 0.9 * share)
        edge = np.arccos(np.clip(height / 63.5, -1, 1))
        canvas.fill(arc((0, 0), 63.5, side * np.pi / 2 - edge, side * np.pi / 2 + edge, 60), colour="#1c6f6a" if side < 0 else "#175c5e")


def draw_dream(canvas: Canvas, t: float, _cue: Cue) -> None:
    """Flowers inside flowers open towards us, turning against one another, around an eye."""
    hues = ("#2b0f63", "#6a22b5", "#e0409a", "#ff9a5a", "#ffe07a", "#4fd6c0", "#2478d8", "#1b2f9a")
    flow = 1.15 * t
    base = int(np.floor(flow))
    canvas.ground("#1b0f4a")
    around = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    for k in range(base - 9, base + 8):
        size = 22 * 1.42 ** (flow - k + 6)
        if not 40 < size < 900:
            continue
        petals = 0.5 + 0.5 * np.cos(12 * around)
        radius = size * (0.8 + 0.26 * petals**0.7 + 0.05 * np.sin(3 * t + k))
        turn = (0.3 if k % 2 else -0.3) * t + k * np.pi / 12
        canvas.fill(np.stack([radius * np.cos(around + turn), radius * np.sin(around + turn)], 1), colour=cycle(hues, k))
        for j in range(12):
            angle = turn + 2 * np.pi * j / 12
            canvas.disc((0.86 * size * np.cos(angle), 0.86 * size * np.sin(angle)), 0.062 * size, cycle(hues, k + 3))
    canvas.disc((0, 0), 86, "#2b0f63")
    canvas.disc((0, 0), 79, "#ff9a5a")
    wide = 0.74 + 0.26 * np.sin(2.1 * t - 0.6)
    tints = ("#ff9a5a", "#fff6dc", "#2478d8", "#7fe8d4", "#1b0f4a")
    draw_eye(canvas, (0, 6), width=138, open_=wide, look=(12 * np.sin(2.3 * t), 0), colours=tints, spin_angle=t)


@cache
def garden() -> tuple[list[tuple[np.ndarray, float, float, int]], np.ndarray]:
    """The dreamed tree, and ten birds: x, y, size, speed, phase."""
    birds = np.random.default_rng(8).uniform((-40, -96, 0.28, 34, 0), (40, 40, 0.5, 66, 6.28), (11, 5))
    birds[:, 1] = np.linspace(-150, 60, 11)
    return tree_twigs(seed=21), birds


def draw_tree(canvas: Canvas, t: float, cue: Cue) -> None:
    """A tree grows before a moon and birds of light leave it; when the light goes out they go out one by one."""
    out = max(0.0, t - cue.said("goes")) if any(word == "goes" for word, _ in cue.words) else 0.0
    dark = rise(out, 0.1, 0.9)
    ink = "#1a0c3a"
    canvas.ground("#3a1f8a", "#6b2f9e", "#c2477f", "#f2805a")
    canvas.glow((40, -22), 250, "#ffd08a", 0.5 * (1 - dark))
    canvas.disc((40, -22), 122, blend("#ffe3a6", "#3a1f6a", dark))
    canvas.ring((40, -22), 140, 4, "#ffe3a6", 0.7 * (1 - dark))
    hill = curve([(-330, 150), (-120, 132), (40, 126), (200, 138), (330, 152)])
    canvas.fill([(-330, 190), *hill, (330, 190)], colour=ink)
    twigs, birds = garden()
    grown = 1.2 + 6.2 * rise(t, -0.5, 1.5)
    for line, width, end_width, generation in twigs:
        share = float(np.clip(grown - generation, 0, 1))
        if share > 0.04:
            n_points = max(2, int(np.ceil(share * len(line))))
            part = line[:n_points] + np.array([40, 132])
            canvas.stroke(part, (width + 1, (end_width if share == 1 else 1) + 0.6), ink)
            if generation == 6:
                canvas.disc((part[-1][0], part[-1][1]), 3.6 * share, "#ff5d7a" if int(part[0][0]) % 3 else "#ffc94d")
    for k, (x, y, size, speed, phase) in enumerate(birds):
        age = max(0.0, t - cue.said("birds") + 0.5 - 0.07 * k)
        side = 1 if k % 2 else -1
        place = (40 + side * (30 + speed * 1.5 * age) + x, y - 16 * age + 5 * np.sin(3 * age + phase))
        shine = rise(age, 0, 0.3) * (1 - rise(out, 0.06 * k, 0.06 * k + 0.15))
        canvas.glow(place, 46 * size / 0.4, "#fff0b8", 0.6 * shine)
        wide = side * size * (0.6 + 0.25 * age)
        draw_bird(canvas, place, size=wide, flap=np.sin(8 * age + phase), colour="#fffbe6", far_colour="#ffe08a", alpha=shine)


def draw_again(canvas: Canvas, t: float, cue: Cue) -> None:
    """The light comes back: rings of every colour of the film grow out of one point and come to rest."""
    hues = ("#fff4d6", "#ffd24d", "#ff8f2e", "#f0402f", "#d92f70", "#7a2fa8", "#2b4fc0", "#1496a8", "#35b68a")
    canvas.ground("#120d38")
    start = cue.said("light") - 0.3
    grown = settle(t, start, start + 1.15)
    reach = 760 * rise(t, start + 0.1, start + 0.8)
    draw_rays(canvas, (0, 0), inner=0, outer=reach, n_rays=36, angle=0.12 * grown, colour="#231a66")
    for k in reversed(range(1, len(hues))):
        own = settle(t, start + 0.05 * k, start + 0.8 + 0.07 * k)
        canvas.disc((0, 0), max(0.0, own) * (44 + 25.5 * k), hues[k])
        n_dots = 10 + 6 * k
        for j in range(n_dots):
            angle = 2 * np.pi * j / n_dots + (1 if k % 2 else -1) * 0.8 * grown
            radius = max(0.0, own) * (44 + 25.5 * k - 12.5)
            canvas.disc((radius * np.cos(angle), radius * np.sin(angle)), 3.4 * max(0.0, own), hues[0])
    pulse = spark(t, cue.said("light"), 0.3) + spark(t, cue.said("again"), 0.4)
    canvas.disc((0, 0), (7 + 37 * max(0.0, grown)) * (1 + 0.1 * pulse), hues[0])
    canvas.glow((0, 0), 60 + 160 * max(0.0, grown), "#fff0b8", 0.35 + 0.3 * pulse)
