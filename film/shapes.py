"""Things that come back in several scenes, drawn on a canvas: birds, eyes, a sun, gears, a tree, a landscape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from draw import Canvas, Colour, Point, arc, curve, spin

BIRD_BODY = ((-36, 3), (-20, -4), (0, -9), (17, -9), (26, -11), (33, -8), (45, -3), (32, 0), (24, 6), (8, 11), (-14, 8))
BIRD_TAIL = ((-22, 0), (-62, -9), (-55, 2), (-64, 11), (-24, 6))


def draw_bird(
    canvas: Canvas,
    at: Point,
    *,
    size: float,
    flap: float,
    colour: Colour,
    far_colour: Colour,
    angle: float = 0.0,
    alpha: float = 1.0,
) -> None:
    """A bird that flies to the right; `flap` runs from -1, wings down, to 1, wings up; a size below 0 flies left."""
    scale = (size, abs(size))

    def put(points: Sequence[Point] | np.ndarray, tint: Colour) -> None:
        canvas.fill(spin(points, angle=angle, scale=scale, to=at), colour=tint, alpha=alpha)

    length = 96 * (0.74 + 0.26 * abs(flap))
    for shift, share, tint in ((13, 0.88, far_colour), (0, 1.0, colour)):
        long = length * share
        leaf = [(-8, -14), (0.3 * long, -21), (0.7 * long, -15), (long, 2), (0.62 * long, 7), (0.25 * long, 15), (-8, 14)]
        wing = spin(curve(leaf, closed=True), angle=np.pi + 0.15 + 1.3 * flap * share, to=(8 + shift, -3))
        put(wing, tint)
        if tint is far_colour:
            put(BIRD_TAIL, colour)
            put(curve(BIRD_BODY, closed=True), colour)


def crescent(at: Point, radius: float, *, bite: float, towards: float) -> np.ndarray:
    """A moon: a circle without what a circle 0.86 times as large, `bite` away in a direction, covers of it."""
    small = 0.86 * radius
    alpha = np.arccos((bite**2 + radius**2 - small**2) / (2 * bite * radius))
    beta = np.arccos((bite**2 + small**2 - radius**2) / (2 * bite * small))
    centre = (at[0] + bite * np.cos(towards), at[1] + bite * np.sin(towards))
    outer = arc(at, radius, towards + alpha, towards + 2 * np.pi - alpha, 90)
    return np.concatenate([outer, arc(centre, small, towards + np.pi + beta, towards + np.pi - beta, 60)])


def draw_eye(
    canvas: Canvas,
    at: Point,
    *,
    width: float,
    open_: float,
    look: Point,
    colours: Sequence[Colour],
    spin_angle: float = 0.0,
) -> None:
    """An eye of cut paper with lashes; `open_` 0 is shut, 1 wide; `colours`: lid, white, iris, petals, pupil."""
    lid, white, iris, petals, pupil = colours
    half, up, down = width / 2, 0.3 * width * open_, 0.21 * width * open_ + 1.2
    across = np.linspace(-1, 1, 61)
    bow = (1 - across**2) ** 0.8
    upper = np.stack([at[0] + half * across, at[1] - up * bow + (1 - open_) * 0.1 * width * bow], 1)
    lower = np.stack([at[0] + half * across, at[1] + np.maximum(down, (1 - open_) * 0.1 * width + 1.2) * bow], 1)
    opening = np.concatenate([upper, lower[::-1]])
    lid_above = np.stack([upper[:, 0], at[1] - 0.4 * width * bow], 1)
    lid_below = np.stack([lower[:, 0], at[1] + 0.3 * width * bow], 1)
    centre = (at[0] + look[0], at[1] + look[1])
    canvas.fill(opening, colour=white)
    canvas.disc(centre, 0.225 * width, iris)
    for k in range(16):
        petal = spin(arc((0.135 * width, 0), (0.07 * width, 0.017 * width), n_points=28), angle=spin_angle + k * np.pi / 8, to=centre)
        canvas.fill(petal, colour=petals)
    canvas.disc(centre, 0.1 * width, pupil)
    canvas.disc((centre[0] + 0.05 * width, centre[1] - 0.055 * width), 0.03 * width, white)
    canvas.fill(np.concatenate([lid_above, lid_below[::-1]]), opening, colour=lid)
    canvas.stroke(upper, (0.5, 0.022 * width, 0.5), pupil)
    for k in range(9):
        share = (k + 0.5) / 9
        root = upper[int(share * 60)]
        direction = -np.pi / 2 + (share - 0.5) * 1.5
        reach = (0.13 + 0.06 * np.sin(share * np.pi)) * width
        tip = root + reach * np.array([np.cos(direction), np.sin(direction) * (0.35 + 0.65 * open_)])
        side = np.array([0.012 * width, 0])
        canvas.fill([root - side, tip, root + side], colour=pupil)


def draw_rays(
    canvas: Canvas,
    at: Point,
    *,
    inner: float,
    outer: float,
    n_rays: int,
    angle: float,
    colour: Colour,
    share: float = 0.5,
    alpha: float = 1.0,
) -> None:
    """Wedges of light around a point."""
    half = np.pi / n_rays * share
    wedge = [(reach * np.cos(side), reach * np.sin(side)) for reach, side in ((inner, -half), (outer, -half), (outer, half), (inner, half))]
    for k in range(n_rays):
        canvas.fill(spin(wedge, angle=angle + 2 * np.pi * k / n_rays, to=at), colour=colour, alpha=alpha)


def draw_gear(canvas: Canvas, at: Point, *, radius: float, n_teeth: int, angle: float, colour: Colour, hole: Colour) -> None:
    """A toothed wheel with round windows in it."""
    outline = []
    for k in range(n_teeth):
        for part, reach in ((-0.29, 0.9), (-0.17, 1.06), (0.17, 1.06), (0.29, 0.9)):
            turn = angle + 2 * np.pi * (k + part) / n_teeth
            outline.append((at[0] + radius * reach * np.cos(turn), at[1] + radius * reach * np.sin(turn)))
    canvas.fill(outline, colour=colour)
    for k in range(5):
        turn = angle + 2 * np.pi * k / 5
        canvas.disc((at[0] + 0.56 * radius * np.cos(turn), at[1] + 0.56 * radius * np.sin(turn)), 0.19 * radius, hole)
    canvas.disc(at, 0.2 * radius, hole)


def tree_twigs(*, seed: int, depth: int = 7) -> list[tuple[np.ndarray, float, float, int]]:
    """A tree that grows up from the origin: (line, width, width at its end, generation) of every twig."""
    rng = np.random.default_rng(seed)
    twigs: list[tuple[np.ndarray, float, float, int]] = []

    def grow(root: np.ndarray, angle: float, length: float, width: float, generation: int) -> None:
        bend = rng.uniform(-0.25, 0.25)
        middle = root + 0.5 * length * np.array([np.sin(angle), -np.cos(angle)])
        tip = middle + 0.5 * length * np.array([np.sin(angle + bend), -np.cos(angle + bend)])
        twigs.append((curve([tuple(root), tuple(middle), tuple(tip)], n_between=5), width, width * 0.66, generation))
        if generation + 1 < depth:
            for side in (-1, 1):
                turn = side * rng.uniform(0.3, 0.52) + 0.12 * rng.standard_normal()
                grow(tip, angle + bend + turn, length * rng.uniform(0.7, 0.84), width * 0.66, generation + 1)

    grow(np.zeros(2), 0.03, 62, 17, 0)
    return twigs


@dataclass(frozen=True)
class Land:
    """The colours of a landscape; a `night` has a crescent and stars instead of a sun and clouds."""

    sky: tuple[Colour, ...]
    disc: Colour
    hills: tuple[Colour, Colour, Colour]
    wall: Colour
    roof: Colour
    pane: Colour
    night: bool


def draw_sky(canvas: Canvas, land: Land, disc_at: Point) -> None:
    """The sky of a landscape with what is in it."""
    canvas.ground(*land.sky)
    canvas.glow(disc_at, 200, land.disc, 0.35)
    if not land.night:
        canvas.disc(disc_at, 58, land.disc)
        for x, y, size in ((150, -118, 1.0), (-236, -20, 0.8), (262, -70, 0.6)):
            for dx, dy, radius in ((-34, 4, 17), (-8, -8, 26), (26, 0, 20)):
                canvas.disc((x + dx * size, y + dy * size), radius * size, "#fffaf0")
            canvas.fill(arc((x - 3 * size, y + 14 * size), (56 * size, 9 * size)), colour="#fffaf0")
        return
    canvas.fill(crescent(disc_at, 60, bite=30, towards=-0.5), colour=land.disc)
    for x, y, size in np.random.default_rng(5).uniform((-320, -178, 0.9), (320, 40, 2.2), (60, 3)):
        if np.hypot(x - disc_at[0], y - disc_at[1]) > 76:
            canvas.disc((x, y), size, "#f3e9ff")


def draw_landscape(canvas: Canvas, land: Land, disc_at: Point) -> None:
    """Hills and a house with two panes under a sun or a moon."""
    draw_sky(canvas, land, disc_at)
    x = np.linspace(-330, 330, 80)
    for k, tint in enumerate(land.hills):
        y = 62 + 30 * k + (26 - 6 * k) * np.sin(x / (130 - 24 * k) + 1.1 + 2.2 * k)
        canvas.fill([*np.stack([x, y], 1), (330, 190), (-330, 190)], colour=tint)
    canvas.box(84, -12, 184, 100, land.wall)
    canvas.fill([(150, -40), (150, -76), (168, -76), (168, -30)], colour=land.roof)
    canvas.fill([(68, -8), (134, -66), (200, -8)], colour=land.roof)
    for left in (98, 142):
        canvas.box(left, 12, left + 28, 48, land.pane)
    y = 100 + 14 * np.sin(x / 82 + 5.5)
    canvas.fill([*np.stack([x, y], 1), (330, 190), (-330, 190)], colour=land.hills[2])
