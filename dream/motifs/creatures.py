"""Scenes go in; parts of creatures are drawn on them: eyes, feathers, scales."""

from __future__ import annotations

from math import pi

import numpy as np

from dream.motifs.palette import mix
from dream.motifs.scene import Place, Scene, arc, curve


def draw_eyes(scene: Scene) -> None:
    """Almond eyes with lids, an iris of rays, a pupil and a glint."""
    pale = mix((255, 255, 255), scene.palette.light, 0.4)
    iris, skin = scene.pick(), mix(scene.palette.ground, scene.palette.dark, 0.35)
    slit = scene.chance(0.25)
    gaze = scene.rng.normal(0, 0.1, 2)
    openness, has_lashes = scene.between(0.42, 0.8), scene.chance(0.3)
    layout = "hexagons" if scene.chance(0.6) else "scatter"
    for place in scene.places(0.09, 0.18, upright=0.35, apart=0.84, layout=layout):
        _eye(scene, place, pale=pale, iris=scene.vary(iris), skin=skin, openness=openness, gaze=gaze, slit=slit, has_lashes=has_lashes)


def _eye(scene, place, *, pale, iris, skin, openness, gaze, slit, has_lashes) -> None:  # type: ignore[no-untyped-def]
    palette = scene.palette
    lid = _almond(1.0, openness)
    scene.fill(place.points(_almond(1.16, openness * 1.45)), skin)
    scene.fill(place.points(lid), pale)
    ball = place.at(*gaze, radius=min(0.56, openness * 0.86))
    scene.disc(ball.x, ball.y, ball.radius, mix(iris, palette.dark, 0.55))
    scene.disc(ball.x, ball.y, ball.radius * 0.88, iris)
    for turn in np.linspace(0, 2 * pi, 22, endpoint=False):
        ray = ball.points(np.array([[np.cos(turn), np.sin(turn)]]) * ((0.45,), (0.84,)))
        scene.stroke(ray, mix(iris, palette.light, 0.55) if scene.chance(0.6) else mix(iris, palette.dark, 0.4), 0.05 * ball.radius)
    if slit:
        scene.oval(ball, 0.16, 0.72, (8, 6, 10))
    else:
        scene.disc(ball.x, ball.y, ball.radius * 0.42, (8, 6, 10))
    glint = ball.at(-0.3, -0.32)
    scene.disc(glint.x, glint.y, ball.radius * 0.17, (255, 255, 255))
    scene.stroke(place.points(lid), palette.dark, 0.06 * place.radius, closed=True)
    for share in np.linspace(0.12, 0.88, 9) if has_lashes else ():
        root = curve((-1.0, 0.0), (-0.45, -1.35 * openness), (0.45, -1.35 * openness), (1.0, 0.0), n=101)[round(share * 100)]
        lash = np.array([root, root * (1.14, 1.0) + (0.0, -0.26)])
        scene.stroke(place.points(lash), palette.dark, 0.05 * place.radius)


def _almond(wide: float, high: float) -> np.ndarray:
    above = curve((-wide, 0), (-0.45 * wide, -1.35 * high), (0.45 * wide, -1.35 * high), (wide, 0))
    below = curve((wide, 0), (0.45 * wide, 1.1 * high), (-0.45 * wide, 1.1 * high), (-wide, 0))
    return np.concatenate([above, below])


def draw_feathers(scene: Scene) -> None:
    """Vanes of barbs on a quill, often with an eye as a peacock's."""
    body, other = scene.pick(), scene.pick(scene.palette.second, scene.palette.light, scene.palette.dark)
    has_eye = scene.chance(0.5)
    slender = scene.between(0.26, 0.42)
    lean = scene.between(-pi, pi)
    for place in scene.places(0.16, 0.34, upright=0.5, apart=0.5):
        _feather(scene, Place(place.x, place.y, place.radius, place.angle + lean), body, other, slender, has_eye)


def _feather(scene, place, body, other, slender, has_eye) -> None:  # type: ignore[no-untyped-def]
    n = 22
    along = np.linspace(-0.75, 1.0, n)
    wide = slender * np.sqrt(np.clip(1 - ((along - 0.1) / 0.92) ** 2, 0, 1)) + 0.02
    for at, half in zip(along[::-1], wide[::-1], strict=True):
        for side in (-1, 1):
            barb = curve((0, at - 0.16), (side * half * 0.5, at), (side * half, at + 0.2), n=6)[:, ::-1]
            shade = mix(body, other, max(0.0, at)) if at > 0.2 else body
            scene.taper(place.points(barb), scene.vary(shade, 0.18), np.linspace(0.075, 0.03, 6) * place.radius)
    if has_eye:
        eye = place.at(0.62, 0.0)
        for size, colour in ((0.24, scene.palette.light), (0.19, other), (0.13, scene.palette.first), (0.08, scene.palette.dark)):
            scene.oval(eye, size * 1.15, size * 0.9, colour)
    scene.taper(place.points(np.array([[-1.05, 0.0], [0.2, 0.0], [0.98, 0.0]])), scene.palette.light, np.array([0.06, 0.04, 0.01]) * place.radius)


def draw_scales(scene: Scene) -> None:
    """Rows of shingles, each row over the one below, rounded or pointed, with a rim and a sheen."""
    step = scene.size * scene.between(0.06, 0.17)
    high = step * scene.between(0.55, 0.8)
    pointed = scene.chance(0.3)
    tide = scene.noise(3, octaves=2)
    shape = np.array([[-1, -1.0], [1, -1.0], [1, 0], [0, 1.35], [-1, 0]]) if pointed else np.concatenate([arc(1.0, 0, pi), [[-1, -1.0], [1, -1.0]]])
    rows = int(scene.size / high) + 4
    for row in reversed(range(rows)):
        y = (row - 1.5) * high
        for column in range(-1, int(scene.size / step) + 2):
            x = (column + 0.5 * (row % 2)) * step
            at = tide[min(scene.size - 1, max(0, int(y))), min(scene.size - 1, max(0, int(x)))]
            colour = scene.vary(mix(scene.palette.first, scene.palette.second, float(at)), 0.14)
            place = Place(x, y, step * 0.53, 0.0)
            scene.fill(place.points(shape), mix(colour, scene.palette.dark, 0.55))
            scene.fill(place.points(shape * (0.9, 0.88)), colour)
            sheen = place.points(shape * (0.55, 0.55) + (-0.15, 0.12))
            scene.fill(sheen, mix(colour, scene.palette.light, 0.4))
