"""Whatever was drawn before, what is drawn next is what a new drawer draws; and that is what plain sums over whole pictures say."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.shared import Shared
from projection.drawing.cpu import CpuDrawer
from projection.drawing.hands import Hands
from projection.look import PLAIN, Look
from projection.scene import Placed, Placing, Scene
from projection.surfaces.model import Edges, Grid, Mask, Surface
from projection.surfaces.warp import warp_maps

STAGE, OUTPUT = (330, 190), (350, 200)
QUAD = ((0.1, 0.12), (0.93, 0.05), (0.88, 0.95), (0.05, 0.9))
RIGHT = ((0.6, 0.5), (1.05, 0.4), (1.02, 1.1), (0.55, 0.9))
SMALL = ((0.05, 0.1), (0.2, 0.08), (0.21, 0.25), (0.06, 0.3))

PLACINGS = (
    Placing(),
    Placing(opacity=0.4, blend="screen"),
    Placing(rotation=45, scale=0.9),
    Placing(rotation=-40, scale=1.2, position=(0.1, 0.1), blend="difference"),
    Placing(position=(0.5, 0.4)),
    Placing(position=(-0.5, -0.4), blend="add"),
    Placing(visible=False),
    Placing(brightness=0.5, gamma=1.5),
    Placing(opacity=0.0),
    Placing(fit="stretch", scale=0.3),
    Placing(fit="stretch"),
)
SURFACES = (
    (),
    (Surface(name="all"),),
    (Surface(name="a", corners=QUAD),),
    (Surface(name="a", corners=QUAD, opacity=0.5),),
    (Surface(name="a", corners=QUAD, opacity=0.5, look=Look(hue=90)), Surface(name="b", corners=QUAD, shows="thin", opacity=0.5)),
    (Surface(name="a", shows="film"), Surface(name="b", corners=RIGHT, shows="spot"), Surface(name="c", corners=SMALL)),
    (Surface(name="a", shows="thin", corners=RIGHT), Surface(name="b", shows="film", corners=QUAD, masks=(Mask(kind="ellipse", feather=0.3),))),
    (Surface(name="a", shows="spot", corners=QUAD), Surface(name="b", shows="spot", corners=QUAD, look=Look(brightness=0.4), opacity=0.6)),
    (Surface(name="a", corners=SMALL, shows="spot"),),
    (Surface(name="b", output="second"),),
)
"""Among them some that are alike but for what they show, how much, or with which look."""


def film(n: int) -> np.ndarray:
    y, x = np.mgrid[0 : STAGE[1], 0 : STAGE[0]] / 100
    colours = [127.5 + 120 * np.sin(a * x + b * y + n) for a, b in ((4, 2), (-3, 4), (1, -5))]
    return np.dstack([*colours, np.full_like(x, 255)]).round().astype(np.uint8)


def spot(n: int) -> np.ndarray:
    """A soft spot that moves, as large as the stage."""
    y, x = np.mgrid[0 : STAGE[1], 0 : STAGE[0]]
    opaque = 255 * np.clip(1.5 - np.hypot(x - 60 - 70 * n, y - 60 - 20 * n) / 25, 0, 1)
    return np.dstack([0.3 * opaque, opaque, 0.8 * opaque, opaque]).round().astype(np.uint8)


def thin(n: int) -> np.ndarray:
    """A bright strip of a size of its own, opaque or not."""
    return np.full((40, 400, 4), (240, 240, 240, 255) if n % 2 else (60, 90, 30, 120), np.uint8)


MAKERS = {"film": film, "spot": spot, "thin": thin}
PICTURES = {name: [make(n) for n in range(3)] for name, make in MAKERS.items()}


@dataclass(frozen=True)
class Moment:
    """What is shown: of each layer the number of a picture and of how it lies, or None while it has none; and the number of the surfaces."""

    layers: tuple[tuple[int, int] | None, ...]
    surfaces: int
    solo: str

    @property
    def scene(self) -> Scene:
        placed = (Placed(name, name, PLACINGS[layer[1]] if layer else Placing()) for name, layer in zip(PICTURES, self.layers, strict=True))
        return Scene(STAGE, tuple(placed), SURFACES[self.surfaces])

    @property
    def pictures(self) -> dict[str, Shared]:
        there = [(name, layer[0]) for name, layer in zip(PICTURES, self.layers, strict=True) if layer]
        return {name: shared(PICTURES[name][n], n + 1) for name, n in there}


def shared(picture: np.ndarray, number: int) -> Shared:
    return Shared(picture, number, 0.0, bool((picture[..., 3] == 255).all()))


layers = st.one_of(st.none(), st.tuples(st.integers(0, 2), st.integers(0, len(PLACINGS) - 1)))
moments = st.builds(Moment, st.tuples(layers, layers, layers), st.integers(0, len(SURFACES) - 1), st.sampled_from(["", "", "", "a"]))


def drawer(n_hands: int = 1) -> CpuDrawer:
    return CpuDrawer(np.zeros((OUTPUT[1], OUTPUT[0], 4), np.uint8), hands=Hands(n_hands))


def drawn(by: CpuDrawer, moment: Moment) -> np.ndarray:
    by.show(moment.scene, "main", solo=moment.solo)
    by.draw(moment.pictures)
    return by.read()[..., :3]


@settings(max_examples=settings.default.max_examples // 6)
@given(st.lists(moments, min_size=2, max_size=6), st.data())
def test_what_was_drawn_before_leaves_nothing_behind(wanted, data):
    playing = drawer()
    for moment in wanted:
        if data.draw(st.booleans()):
            playing.draw_over(spot(1))
        assert (drawn(playing, moment) == drawn(drawer(), moment)).all()
        assert not playing.draw(moment.pictures)


@settings(max_examples=settings.default.max_examples // 6)
@given(moments, moments, st.sampled_from(["film", "spot", "thin"]))
def test_a_change_of_one_thing_leaves_nothing_behind(moment, other, name):
    """Most of the scene stays, so that most of what is drawn is kept."""
    playing = drawer()
    changes = [moment]
    for n, layer in enumerate(PICTURES):
        if layer == name:
            changes.append(Moment((*moment.layers[:n], other.layers[n], *moment.layers[n + 1 :]), moment.surfaces, moment.solo))
    changes += [Moment(changes[-1].layers, other.surfaces, moment.solo), moment]
    for each in changes:
        assert (drawn(playing, each) == drawn(drawer(), each)).all()


def test_a_picture_that_becomes_a_strip_and_turns_leaves_nothing_where_it_was():
    """So large that there are pieces of the stage with nothing of it, within the box that holds it."""
    size, large = (800, 600), np.full((600, 800, 4), 255, np.uint8)
    strip, playing, anew = np.full((30, 800, 4), 255, np.uint8), *(CpuDrawer(np.zeros((600, 800, 4), np.uint8), hands=Hands(1)) for _ in range(2))
    playing.show(Scene(size, (Placed("it", "", Placing(rotation=10)),)), "main")
    playing.draw({"it": shared(large, 1)})
    for by in (playing, anew):
        by.show(Scene(size, (Placed("it", "", Placing(rotation=40)),)), "main")
        by.draw({"it": shared(strip, 2)})
    assert (playing.read() == anew.read()).all() and (anew.read()[..., 0] > 0).sum() == pytest.approx(30 * 775, rel=0.1)


LANDING = (
    Surface(name="a", corners=QUAD),
    Surface(name="a", corners=QUAD, opacity=0.6, look=Look(contrast=1.4, hue=30, gamma=1.3)),
    Surface(name="a", corners=RIGHT, area=(0.2, 0.3, 0.9, 0.8), edges=Edges(left=0.3, top=0.2)),
    Surface(name="a", corners=QUAD, grid=Grid(kind="bezier"), masks=(Mask(kind="ellipse", feather=0.3, inverted=True),)),
    Surface(name="a", corners=SMALL),
    Surface(name="a", corners=((-0.3, -0.2), (1.4, -0.3), (1.2, 1.2), (-0.1, 1.4)), masks=(Mask(kind="polygon", points=((0.2, 0.2), (0.8, 0.3), (0.5, 0.9))),)),
)  # fmt: skip


@pytest.mark.parametrize("first", range(len(LANDING)))
@pytest.mark.parametrize("onward", [1, 2, 3])
@pytest.mark.parametrize(("below", "above"), [("film", "spot"), ("spot", "film"), ("film", "film")])
def test_surfaces_land_as_plain_sums_over_whole_pictures_say(first, onward, below, above):
    second = LANDING[(first + onward) % len(LANDING)]
    surfaces = LANDING[first].model_copy(update={"shows": below}), second.model_copy(update={"shows": above, "name": "b"})
    scene = Scene(STAGE, tuple(Placed(name, name) for name in ("film", "spot")), surfaces)
    by, expected = drawer(2), np.zeros((OUTPUT[1], OUTPUT[0], 3))
    by.show(scene, "main")
    by.draw({"film": shared(film(0), 1), "spot": shared(spot(1), 1)})
    for surface in surfaces:
        land_plainly(surface, film(0) if surface.shows == "film" else spot(1), expected)
    assert np.abs(by.read()[..., :3] - 255 * expected).max() <= 4
    by.close()


def land_plainly(surface: Surface, picture: np.ndarray, onto: np.ndarray) -> None:
    """Lay a surface over what is there, all of it at once, in floats."""
    if surface.corners == SMALL:  # about four pixels of the picture to one of the output, along a side
        picture = halved(halved(picture))
    warp = warp_maps(surface, OUTPUT, (picture.shape[1], picture.shape[0]))
    seen = cv2.remap(picture.astype(np.float32) / 255, warp.whole, warp.part, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    colour, opaque = seen[..., :3], seen[..., 3:]
    if surface.look != PLAIN:
        changed = np.clip(seen @ surface.look.matrix().T, 0, opaque)
        colour = opaque * (changed / np.maximum(opaque, 1e-9)) ** (1 / surface.look.gamma)
    weights = surface.opacity * (1 if warp.weights is None else warp.weights[..., None] / 255)
    left, top, right, bottom = warp.box
    below = onto[top:bottom, left:right]
    below[:] = weights * colour + below * (1 - weights * opaque)


def halved(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, ((picture.shape[1] + 1) // 2, (picture.shape[0] + 1) // 2), interpolation=cv2.INTER_AREA)
