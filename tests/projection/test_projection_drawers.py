"""Both drawers show the same: what their contract says, what pictures that were looked at show, and what the other one draws."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from live.shared import Shared, SharedReader, SharedWriter
from projection.drawing.cpu import CpuDrawer
from projection.drawing.drawer import Drawer
from projection.look import Look
from projection.scene import Blend, Placed, Placing, Scene
from projection.surfaces.geometry import to_output
from projection.surfaces.model import Edges, Grid, Mask, Surface

SIZE = (320, 180)
GOLDEN = Path(__file__).parent / "golden"
KINDS = ("cpu", "gl")
BLENDS: tuple[Blend, ...] = ("normal", "add", "multiply", "screen", "max", "difference")
QUAD = ((0.1, 0.1), (0.9, 0.2), (0.8, 0.9), (0.2, 0.7))
SMALL = ((0.4, 0.4), (0.6, 0.42), (0.58, 0.6), (0.4, 0.58))
LOOKS = Look(brightness=1.5, hue=70), Look(contrast=2, saturation=0), Look(gamma=2.2), Look(tint=(0.5, 1, 4), gamma=0.7)
BENT = tuple((x + 0.08 * np.sin(5 * y), y + 0.1 * np.sin(4 * x)) for y in np.linspace(0.1, 0.9, 4) for x in np.linspace(0.1, 0.9, 4))
FILM = ("film", Placing())
Make = Callable[[tuple[int, int]], Drawer]


def cpu_drawer(size_px: tuple[int, int]) -> Drawer:
    return CpuDrawer(np.zeros((size_px[1], size_px[0], 4), np.uint8))


@pytest.fixture(scope="module")
def gl_drawer() -> Make:
    """Makes drawers in a context without a window."""
    moderngl = pytest.importorskip("moderngl")
    try:
        moderngl.create_standalone_context(backend="egl", require=330)
    except Exception as error:
        pytest.skip(f"there is no OpenGL 3.3 without a window here ({error})")
    from projection.drawing.gl import GlDrawer

    return GlDrawer


def _make(kind: str, request: pytest.FixtureRequest) -> Make:
    return cpu_drawer if kind == "cpu" else request.getfixturevalue("gl_drawer")


@pytest.fixture(params=KINDS)
def drawer(request: pytest.FixtureRequest) -> Iterator[Drawer]:
    """Either of them."""
    made = _make(request.param, request)(SIZE)
    yield made
    made.close()


class Sharing:
    """Shares pictures that stay as they are."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._n = folder, 0

    def __call__(self, picture: np.ndarray) -> Shared:
        self._n += 1
        path = self._folder / str(self._n)
        writer = SharedWriter(path, most_px=picture.shape[0] * picture.shape[1])
        writer.put(picture, time_s=float(self._n), is_opaque=bool((picture[..., 3] == 255).all()))
        newest = SharedReader(path).newest()
        assert newest
        return newest


@pytest.fixture
def share(tmp_path: Path) -> Sharing:
    return Sharing(tmp_path)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shared]:
    share = Sharing(tmp_path_factory.mktemp("shared"))
    return {"film": share(film(*SIZE)), "other": share(film(*SIZE)[:, ::-1]), "glow": share(glow(160)), "large": share(film(1280, 720))}


def film(width: int, height: int) -> np.ndarray:
    """Waves of colour under a grid of light lines, which show where places land, and a dark corner, which shows which way up it is."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    colours = [0.5 + 0.45 * np.sin(6 * (a * x + b * y) + c) for a, b, c in ((1, 0.5, 0), (-0.7, 1.6, 2), (0.4, -1.9, 4))]
    lines = [np.clip(1.5 - np.abs((along * 16) % 1 - 0.5) * max(width, height) / 16, 0, 1) for along in (x, y)]
    picture = np.maximum(np.dstack(colours), 0.9 * np.maximum(*lines)[..., None])
    picture[(x < 0.1) & (y < 0.1)] *= 0.2
    return np.dstack([255 * picture, np.full((height, width), 255)]).round().astype(np.uint8)


def glow(side: int) -> np.ndarray:
    """A disc of colours that fades, multiplied by how opaque it is."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side - 0.5
    opaque = np.clip(1.25 - 2.5 * np.hypot(x, y), 0, 1)
    colours = np.dstack([0.5 + x, 0.5 + y, 0.5 - x, np.ones_like(x)])
    return (255 * colours * opaque[..., None]).round().astype(np.uint8)


def plain(colour: tuple[int, ...]) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 4), colour, np.uint8)


def scene(*layers: tuple[str, Placing], surfaces: tuple[Surface, ...] = (), size_px: tuple[int, int] = SIZE) -> Scene:
    return Scene(size_px, tuple(Placed(name, name, placing) for name, placing in layers), surfaces)


def draw(drawer: Drawer, what: Scene, pictures: dict[str, Shared], *, output: str = "main", solo: str = "") -> np.ndarray:
    """(H, W, 3): what is shown, a copy."""
    drawer.show(what, output, solo=solo)
    drawer.draw(pictures)
    return drawer.read()[..., :3].copy()


def check_alike(one: np.ndarray, other: np.ndarray, folder: Path) -> None:
    """Fail, with a picture of both and how they differ, unless nobody would see a difference."""
    apart = np.abs(one.astype(int) - other)
    if apart.mean() > 0.6 or np.quantile(apart, 0.999) > 5:
        cv2.imwrite(str(folder / "apart.png"), np.hstack([one, other, np.minimum(16 * apart, 255).astype(np.uint8)]))
        pytest.fail(f"{apart.mean():.2f} apart, at most {apart.max()}; left, right, and 16 times the difference: {folder / 'apart.png'}")


SCENES = {
    "nothing": scene(),
    "one layer": scene(FILM),
    **{f"{blend} glow": scene(FILM, ("glow", Placing(blend=blend, opacity=0.8, rotation=20, position=(0.1, 0)))) for blend in BLENDS},
    **{f"{blend} picture": scene(("film", Placing(opacity=0.6)), ("other", Placing(blend=blend, scale=0.6))) for blend in BLENDS},
    "looks": scene(
        ("film", Placing(brightness=1.3, contrast=1.4, saturation=0.5, hue=40, gamma=1.6, tint=(1, 0.9, 0.7))),
        ("glow", Placing(hue=120, gamma=0.6, brightness=2)),
    ),
    "letterbox": scene(("glow", Placing())),
    "crop": scene(("glow", Placing(fit="crop"))),
    "stretch": scene(("glow", Placing(fit="stretch", scale=0.8))),
    "moved half out": scene(("film", Placing(position=(0.53, -0.41), rotation=-30))),
    "made small": scene(("large", Placing(scale=0.3, rotation=33))),
    "made large": scene(("glow", Placing(scale=5, rotation=45))),
    "another stage": scene(FILM, ("glow", Placing(blend="add")), size_px=(200, 150), surfaces=(Surface(name="a", corners=QUAD),)),
    "quad": scene(FILM, surfaces=(Surface(name="a", corners=QUAD),)),
    "steep quad": scene(FILM, surfaces=(Surface(name="a", corners=((0.3, 0.1), (0.6, 0.3), (0.7, 0.5), (0.1, 1.3))),)),
    "quads half seen": scene(
        FILM,
        surfaces=(
            Surface(name="a", corners=QUAD, opacity=0.5, look=Look(gamma=2, hue=90)),
            Surface(name="b", corners=((0.5, 0.3), (1.2, 0.3), (1.1, 1.1), (0.45, 0.8)), opacity=0.7),
        ),
    ),
    "small quad": scene(("large", Placing()), size_px=(1280, 720), surfaces=(Surface(name="a", corners=SMALL),)),
    "area": scene(FILM, surfaces=(Surface(name="a", corners=QUAD, area=(0.25, 0.1, 0.6, 0.7)),)),
    "layers of their own": scene(
        FILM,
        ("glow", Placing(opacity=0.7, scale=3, position=(5, 0), blend="difference", hue=60)),
        surfaces=(Surface(name="a"), Surface(name="b", shows="glow", corners=((0.3, 0.2), (0.7, 0.1), (0.8, 0.8), (0.2, 0.9)))),
    ),
    **{
        f"{kind} grid": scene(
            FILM,
            surfaces=(Surface(name="a", grid=Grid(kind=kind, points=BENT), corners=((0.05, 0.1), (0.9, 0), (0.95, 0.95), (0.1, 0.9))),),
        )
        for kind in ("mesh", "smooth", "bezier")
    },
    "masks": scene(
        FILM,
        surfaces=(
            Surface(
                name="a",
                corners=QUAD,
                masks=(
                    Mask(kind="ellipse", feather=0.2),
                    Mask(kind="polygon", points=((0.3, 0.3), (0.6, 0.35), (0.5, 0.7)), inverted=True, feather=0.05),
                    Mask(kind="polygon", on="output", points=((0, 0), (0.75, 0), (0.6, 1), (0, 1))),
                ),
            ),
        ),
    ),
    "edges": scene(
        FILM,
        surfaces=(
            Surface(name="a", corners=((0, 0), (0.6, 0.05), (0.6, 0.95), (0, 1)), area=(0, 0, 0.6, 1), edges=Edges(right=0.3)),
            Surface(name="b", corners=((0.4, 0.05), (1, 0), (1, 1), (0.4, 0.95)), area=(0.4, 0, 1, 1), edges=Edges(left=0.3, top=0.1)),
        ),
    ),
}  # fmt: skip
"""Everything that is drawn in a way of its own."""


@pytest.mark.parametrize("name", SCENES)
def test_both_draw_the_same(name, gl_drawer, pictures, tmp_path):
    drawers = cpu_drawer(SIZE), gl_drawer(SIZE)
    check_alike(*(draw(drawer, SCENES[name], pictures) for drawer in drawers), tmp_path)
    for drawer in drawers:
        drawer.close()


def test_both_draw_the_same_whatever_was_drawn_before(gl_drawer, pictures, tmp_path):
    drawers = cpu_drawer(SIZE), gl_drawer(SIZE)
    for name in sorted(SCENES, key=lambda name: name[::-1]):
        check_alike(*(draw(drawer, SCENES[name], pictures) for drawer in drawers), tmp_path)
    for drawer in drawers:
        drawer.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["quads half seen", "bezier grid", "difference glow", "masks", "edges"])
def test_it_is_as_the_picture_that_was_looked_at(name, kind, request, pictures, tmp_path):
    drawer = _make(kind, request)((SIZE[0] // 2, SIZE[1] // 2))
    shown, path = draw(drawer, SCENES[name], pictures), GOLDEN / f"{name.replace(' ', '-')}.png"
    drawer.close()
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), shown)
        pytest.fail(f"{path} was not there, and is now: look at it")
    check_alike(shown, cv2.imread(str(path)), tmp_path)


FORMULAS: dict[Blend, Callable[[np.ndarray, np.ndarray, float], np.ndarray]] = {
    "normal": lambda below, above, opaque: above + below * (1 - opaque),
    "add": lambda below, above, opaque: below + above,
    "multiply": lambda below, above, opaque: below * (1 - opaque + above),
    "screen": lambda below, above, opaque: below + above - below * above,
    "max": lambda below, above, opaque: np.maximum(below, above),
    "difference": lambda below, above, opaque: np.abs(below - above),
}


@pytest.mark.parametrize("blend", BLENDS)
@pytest.mark.parametrize("opacity", [1.0, 0.4])
@pytest.mark.parametrize("colour", [(200, 90, 10, 255), (100, 45, 5, 128), (0, 0, 0, 0)])
def test_blends_are_what_their_formulas_say(blend, opacity, colour, drawer, share):
    ground, above = (30, 160, 240, 255), opacity * np.array(colour) / 255
    expected = FORMULAS[blend](np.array(ground[:3]) / 255, above[:3], above[3])
    pictures = {"ground": share(plain(ground)), "above": share(plain(colour))}
    shown = draw(drawer, scene(("ground", Placing()), ("above", Placing(blend=blend, opacity=opacity))), pictures)
    assert np.abs(shown - 255 * np.clip(expected, 0, 1)).max() <= 2


@pytest.mark.parametrize("opaque", [255, 100])
@pytest.mark.parametrize("look", LOOKS)
def test_looks_are_what_their_formula_says(look, opaque, drawer, share):
    colour = np.array([180, 120, 60, 255]) * opaque / 255
    seen = colour.round() / 255
    changed = np.clip(look.matrix() @ seen, 0, seen[3])
    expected = 255 * seen[3] * (changed / seen[3]) ** (1 / look.gamma)
    placing = Placing(**look.model_dump(), blend="add")
    pictures = {"it": share(plain(tuple(colour.round().astype(int))))}
    on_stage = draw(drawer, scene(("it", placing)), pictures)
    on_surface = draw(drawer, scene(("it", Placing()), surfaces=(Surface(name="a", shows="it", look=look),)), pictures)
    assert max(np.abs(on_stage - expected).max(), np.abs(on_surface - expected).max()) <= 3


def test_a_turn_is_clockwise_and_a_move_goes_right_and_down(drawer, share):
    corner = plain((0, 0, 0, 255))
    corner[:20, :20] = 255
    pictures = {"it": share(corner)}
    shown = draw(drawer, scene(("it", Placing(rotation=90))), pictures)
    # The corner at the top left turns to the right, and up by what the picture is wider than it is high.
    assert shown[0:10, 232:249].min() == 0 and draw(drawer, scene(("it", Placing(rotation=180))), pictures)[-20:, -20:].min() == 255
    moved = draw(drawer, scene(("it", Placing(position=(0.5, 0.25)))), pictures)
    assert moved[45:65, 160:180].min() == 255 and moved[:45].max() == 0


@pytest.mark.parametrize("surface", [
    Surface(name="a", shows="it", corners=QUAD),
    Surface(name="a", shows="it", corners=QUAD, grid=Grid(kind="bezier", points=BENT)),
    Surface(name="a", shows="it", corners=QUAD, grid=Grid(kind="smooth", points=BENT)),
    Surface(name="a", shows="it", corners=((0.3, 0.1), (0.6, 0.3), (0.7, 0.5), (0.1, 1.3))),
])  # fmt: skip
def test_places_land_where_geometry_says(surface, drawer, share):
    for place in ((0.25, 0.3), (0.5, 0.5), (0.7, 0.8)):
        y, x = (np.mgrid[0:400, 0:400] + 0.5) / 400
        spot = np.clip(1 - np.hypot(x - place[0], y - place[1]) / 0.03, 0, 1)
        shown = draw(drawer, scene(("it", Placing()), surfaces=(surface,)), {"it": share(opaque(spot))})
        light = shown[..., 0].astype(float)
        rows, columns = np.indices(light.shape) + 0.5
        middle = np.array([(light * columns).sum(), (light * rows).sum()]) / light.sum()
        assert np.abs(middle - to_output(surface, np.array(place)) * SIZE).max() < 0.5


def opaque(grey: np.ndarray) -> np.ndarray:
    """A grey picture 0..1, as it is shared."""
    value = (255 * grey).round().astype(np.uint8)
    return np.dstack([value, value, value, np.full_like(value, 255)])


def test_edges_of_two_projectors_add_up_to_one_light(drawer, share):
    left_one = Surface(name="a", output="left", area=(0, 0, 0.6, 1), edges=Edges(right=1 / 3))
    right_one = Surface(name="b", output="right", area=(0.4, 0, 1, 1), edges=Edges(left=1 / 3))
    what, pictures = scene(FILM, surfaces=(left_one, right_one)), {"film": share(plain((255, 255, 255, 255)))}
    left, right = (draw(drawer, what, pictures, output=output)[90, :, 0] / 255 for output in ("left", "right"))
    overlap = SIZE[0] // 3
    light = left[-overlap:] ** 2.2 + right[:overlap] ** 2.2
    assert np.abs(light - 1).max() < 0.03
    assert left[: -overlap - 1].min() == right[overlap + 1 :].min() == 1


@pytest.mark.parametrize("how", [{"scale": 0.001}, {"scale": 0.001, "rotation": 45}, {"scale": 100}, {"position": (100, -100)}])
def test_what_hardly_anything_is_seen_of_is_drawn_all_the_same(how, drawer, share):
    shown = draw(drawer, scene(FILM, ("it", Placing(**how))), {"film": share(plain((90, 90, 90, 255))), "it": share(opaque(np.ones((90, 160))))})
    assert shown.min() >= 90 and (shown[0] == (255 if how == {"scale": 100} else 90)).all()


def test_no_dark_line_is_seen_where_two_surfaces_meet(drawer, share):
    top, bottom = (0.43, -0.1), (0.61, 1.1)
    halves = Surface(name="a", corners=((-1, -0.1), top, bottom, (-1, 1.1))), Surface(name="b", corners=(top, (2, -0.1), (2, 1.1), bottom))
    assert draw(drawer, scene(FILM, surfaces=halves), {"film": share(plain((255, 255, 255, 255)))}).min() >= 247


def test_what_is_fine_and_made_much_smaller_is_grey(drawer, share):
    fine = np.indices((720, 1280)).sum(axis=0) % 2
    shown = draw(drawer, scene(("it", Placing(scale=0.5))), {"it": share(opaque(fine.astype(float)))})
    assert np.ptp(shown[50:130, 90:230]) <= 4 and abs(int(shown[90, 160, 0]) - 128) <= 4


def test_only_surfaces_of_the_output_that_are_visible_are_drawn_and_one_may_be_alone(drawer, share):
    halves = [Surface(name=name, corners=((x, 0), (x + 0.5, 0), (x + 0.5, 1), (x, 1))) for name, x in (("left", 0), ("right", 0.5))]
    other, hidden = Surface(name="other", output="second"), Surface(name="hidden", visible=False)
    what, pictures = scene(FILM, surfaces=(*halves, other, hidden)), {"film": share(plain((9, 99, 199, 255)))}

    def lit(**seen: str) -> tuple[bool, bool]:
        shown = draw(drawer, what, pictures, **seen)
        return bool(shown[:, :150].any()), bool(shown[:, 170:].any())

    assert lit() == (True, True)
    assert lit(solo="right") == (False, True)
    assert lit(output="second") == (True, True)
    assert lit(output="nowhere") == (False, False)
    assert lit(solo="hidden") == (False, False)


def test_nothing_is_drawn_where_nothing_has_changed(drawer, pictures):
    drawer.show(SCENES["edges"], "main")
    assert drawer.draw(pictures)
    assert not drawer.draw(pictures)
    drawer.show(SCENES["edges"], "main")
    assert not drawer.draw(pictures)
    drawer.show(SCENES["masks"], "main")
    assert drawer.draw(pictures)


def test_layers_without_a_picture_are_left_out(drawer, pictures):
    surfaces = Surface(name="a"), Surface(name="b", shows="glow"), Surface(name="c", shows="nobody")
    what = scene(FILM, ("glow", Placing()), surfaces=surfaces)
    alone = draw(drawer, scene(FILM), pictures)
    assert (draw(drawer, what, {"film": pictures["film"]}) == alone).all()
    assert not draw(drawer, what, {}).any()


COVERING = Placing(), Placing(rotation=5, scale=1.3), Placing(fit="crop", position=(0.1, 0), scale=1.3, gamma=2)
NOT_COVERING = (
    Placing(visible=False), Placing(opacity=0), Placing(opacity=0.9), Placing(blend="max"), Placing(rotation=5, scale=1.05),
    Placing(position=(0.01, 0)), Placing(scale=0.99),
)  # fmt: skip


@pytest.mark.parametrize(("above", "is_seen"), [*((placing, False) for placing in COVERING), *((placing, True) for placing in NOT_COVERING)])
def test_what_is_wholly_covered_is_not_drawn(above, is_seen, drawer, share):
    what = scene(FILM, ("hidden", Placing(visible=False)), ("faded", Placing(opacity=0)), ("above", above))
    pictures = {name: share(plain((200, 200, 200, 255))) for name in ("film", "hidden", "faded", "above")}
    draw(drawer, what, pictures)
    assert not drawer.draw({**pictures, "hidden": share(film(*SIZE)), "faded": share(film(*SIZE))})
    before = drawer.read().copy()
    assert drawer.draw({**pictures, "film": share(plain((0, 255, 0, 255)))}) == is_seen
    assert (drawer.read() != before).any() == is_seen


def test_what_lies_below_a_layer_that_one_sees_through_is_drawn(drawer, share):
    pictures = {"film": share(plain((0, 255, 0, 255))), "above": share(plain((0, 0, 0, 0)))}
    assert (draw(drawer, scene(FILM, ("above", Placing())), pictures) == (0, 255, 0)).all()


def test_a_layer_that_is_covered_is_shown_by_surfaces_of_its_own(drawer, share):
    what = scene(FILM, ("above", Placing()), surfaces=(Surface(name="a", shows="film", corners=QUAD),))
    pictures = {"film": share(plain((0, 255, 0, 255))), "above": share(plain((0, 0, 255, 255)))}
    assert tuple(draw(drawer, what, pictures)[90, 160]) == (0, 255, 0)


def test_a_layer_may_be_kept_for_surfaces_of_its_own(drawer, share):
    surfaces = Surface(name="all"), Surface(name="own", shows="it", corners=QUAD)
    what = scene(FILM, ("it", Placing(on_stage=False)), surfaces=surfaces)
    seen = draw(drawer, what, {"film": share(plain((200, 100, 0, 255))), "it": share(plain((0, 255, 0, 255)))})
    assert tuple(seen[0, 0]) == (200, 100, 0) and tuple(seen[90, 160]) == (0, 255, 0)


@pytest.mark.parametrize("blend", BLENDS)
def test_a_layer_is_faded_and_hidden_on_a_surface_of_its_own_too(blend, drawer, share):
    below, own = Surface(name="below", opacity=0.5), Surface(name="own", shows="it", corners=QUAD, opacity=0.5)
    pictures = {"film": share(plain((200, 100, 0, 255))), "it": share(plain((0, 100, 200, 255)))}

    def seen(**how: object) -> np.ndarray:
        placing = Placing(position=(3, 0), blend=blend, **how)  # it lies beside the stage
        return draw(drawer, scene(FILM, ("it", placing), surfaces=(below, own)), pictures)[90, 160].astype(int)

    ground, colour = np.array((100, 50, 0)), np.array((0, 100, 200))
    assert np.abs(seen() - (ground + colour) / 2).max() <= 2
    for opacity in (0.5, 0.1, 0.0):
        share_of = 0.5 * opacity
        assert np.abs(seen(opacity=opacity) - (share_of * colour + (1 - share_of) * ground)).max() <= 2
    assert np.abs(seen(visible=False) - ground).max() <= 1
    assert np.abs(seen() - (ground + colour) / 2).max() <= 2


@pytest.mark.parametrize("blend", BLENDS)
@pytest.mark.parametrize("look", LOOKS)
def test_a_layer_is_blended_with_the_look_that_it_has(blend, look, drawer, share):
    ground, colour = np.array((30, 160, 240, 255)) / 255, np.array((120, 70, 20, 150)) / 255
    changed = colour[3] * (np.clip(look.matrix() @ colour, 0, colour[3]) / colour[3]) ** (1 / look.gamma)
    expected = FORMULAS[blend](ground[:3], 0.6 * changed, 0.6 * colour[3])
    placing = Placing(**look.model_dump(), blend=blend, opacity=0.6)
    pictures = {"film": share(plain((30, 160, 240, 255))), "above": share(plain((120, 70, 20, 150)))}
    assert np.abs(draw(drawer, scene(FILM, ("above", placing)), pictures) - 255 * np.clip(expected, 0, 1)).max() <= 3


def test_a_mask_that_is_painted_over_while_it_plays_is_seen(drawer, share, tmp_path, monkeypatch):
    monkeypatch.setattr("projection.surfaces.painted._LOOK_S", 0.0)
    path, pictures = tmp_path / "mask.png", {"film": share(plain((9, 99, 199, 255)))}
    surface = Surface(name="a", masks=(Mask(kind="painted", picture=str(path)),))

    def draws(*left: int) -> bool:
        """Whether these two halves of the mask are seen, in the end."""
        cv2.imwrite(str(path), np.repeat(np.array([left], np.uint8), 30, axis=1))
        drawer.show(scene(FILM, surfaces=(surface,)), "main")
        for _ in range(1000):
            drawer.draw(pictures)
            if np.array_equal(drawer.read()[90, [20, 300], 1] > 0, np.array(left) > 0):
                return True
            time.sleep(0.005)
        return False

    assert draws(255, 0) and draws(0, 255) and draws(255, 255)
    path.unlink()
    assert draws(0, 0)


def test_a_painted_mask_leaves_what_is_bright_in_it(drawer, share, tmp_path):
    painted = np.zeros((60, 60), np.uint8)
    painted[:, 30:] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), painted)
    surface = Surface(name="a", masks=(Mask(kind="painted", picture=str(tmp_path / "mask.png")),))
    shown = draw(drawer, scene(FILM, surfaces=(surface,)), {"film": share(plain((9, 99, 199, 255)))})
    assert (shown[:, 170:] == (9, 99, 199)).all() and not shown[:, :150].any()


def test_a_surface_that_spans_nothing_does_not_stop_the_others(drawer, share):
    flat = Surface(name="flat", corners=((0, 0), (0.5, 0.5), (1, 1), (0.2, 0.2)))
    shown = draw(drawer, scene(FILM, surfaces=(Surface(name="good"), flat)), {"film": share(plain((9, 99, 199, 255)))})
    assert (shown == (9, 99, 199)).all()


def test_surfaces_beside_the_output_are_not_seen(drawer, share):
    beside = tuple(Surface(name=f"{x:.0f}", corners=((x, 0.1), (x + 0.8, 0), (x + 0.8, 1), (x, 0.8))) for x in (-0.9, 1.1))
    assert not draw(drawer, scene(FILM, surfaces=beside), {"film": share(plain((9, 99, 199, 255)))}).any()


def test_what_is_drawn_over_shines_through_as_far_as_it_does(drawer, share):
    below, grey = (200, 100, 40), np.full((60, 80, 4), (60, 60, 60, 128), np.uint8)
    drawer.show(scene(("it", Placing())), "main")
    pictures = {"it": share(plain((*below, 255)))}
    drawer.draw(pictures)
    drawer.draw_over(grey, at_px=(-30, 140))
    drawer.draw_over(plain((0, 0, 0, 0)))
    drawer.draw_over(grey, at_px=(270, -20))
    shown = drawer.read()[..., :3].astype(int)
    laid = np.zeros(shown.shape[:2], bool)
    laid[140:, :50] = laid[:40, 270:] = True
    assert np.abs(shown[laid] - (160, 110, 80)).max() <= 1
    assert (shown[~laid] == below).all()
    assert drawer.draw(pictures)
    assert (drawer.read()[..., :3] == below).all()
    assert not drawer.draw(pictures)
