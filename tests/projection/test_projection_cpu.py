"""Drawing without a graphics card: straight into the display's memory, only what is new, with no memory asked for on the way."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from live.shared import Shared, SharedReader, SharedWriter
from projection.drawing.cpu import CpuDrawer
from projection.drawing.hands import Hands, Work
from projection.drawing.shapes import Shape
from projection.drawing.warping import make_table
from projection.look import Look
from projection.scene import Placed, Placing, Scene
from projection.surfaces.model import Edges, Mask, Surface

SIZE = (640, 360)
QUAD = ((0.1, 0.12), (0.93, 0.05), (0.88, 0.95), (0.05, 0.9))
GREY, WHITE, BLACK = (90, 90, 90, 255), (255, 255, 255, 255), (0, 0, 0, 255)
MARK = (1, 2, 3, 4)


class Layer:
    """Shares pictures as a layer of another process does."""

    def __init__(self, path: Path) -> None:
        self._path, self._n = path, 0
        self.begin()

    def begin(self) -> None:
        """It is a new process, which counts from 1 again."""
        self._writer = SharedWriter(self._path, most_px=SIZE[0] * SIZE[1] * 4)
        self._reader = SharedReader(self._path)

    def put(self, picture: np.ndarray, *, is_opaque: bool | None = None) -> Shared:
        self._n += 1
        is_opaque = bool((picture[..., 3] == 255).all()) if is_opaque is None else is_opaque
        self._writer.put(picture, time_s=self._n / 25, is_opaque=is_opaque)
        newest = self._reader.newest()
        assert newest
        return newest


NewLayer = Callable[[], Layer]


@pytest.fixture
def new_layer(tmp_path: Path) -> NewLayer:
    names = iter(range(100))
    return lambda: Layer(tmp_path / str(next(names)))


@pytest.fixture
def drawer() -> Iterator[CpuDrawer]:
    drawer = CpuDrawer(target())
    yield drawer
    drawer.close()


def target(size_px: tuple[int, int] = SIZE) -> np.ndarray:
    return np.zeros((size_px[1], size_px[0], 4), np.uint8)


def plain(colour: tuple[int, ...], size_px: tuple[int, int] = SIZE) -> np.ndarray:
    return np.full((size_px[1], size_px[0], 4), colour, np.uint8)


def waves(shift: float = 0.0, size_px: tuple[int, int] = SIZE) -> np.ndarray:
    """Something smooth that goes on for ever."""
    y, x = np.mgrid[0 : size_px[1], 0 : size_px[0]] / size_px[1]
    colours = [127.5 + 120 * np.sin(a * x + b * y + shift) for a, b in ((7, 3), (-4, 6), (2, -9))]
    return np.dstack([*colours, np.full_like(x, 255)]).round().astype(np.uint8)


def word(left: int = 250) -> np.ndarray:
    """A soft white spot on nothing."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    opaque = np.clip(1.5 - np.hypot(x - left, y - 150) / 20, 0, 1)
    return np.repeat((255 * opaque).round()[..., None], 4, axis=2).astype(np.uint8)


def placed(name: str, **placing: object) -> Placed:
    return Placed(name, name, Placing(**placing))


def left_as_it_was(drawn: CpuDrawer) -> np.ndarray:
    """Which pixels have not been drawn since all were marked."""
    return (drawn.read() == MARK).all(axis=-1)


MASKED = Surface(name="a", corners=QUAD, masks=(Mask(kind="ellipse", feather=0.2),), edges=Edges(left=0.2))
SECOND = Surface(name="b", corners=((0.4, 0.3), (1.05, 0.2), (1, 1.1), (0.5, 0.9)), opacity=0.7, look=Look(hue=50, gamma=1.4))


def test_it_draws_into_the_memory_that_it_was_given_and_not_beside_it(new_layer):
    scene, pictures = Scene(SIZE, (placed("a"),), (MASKED, SECOND)), {"a": new_layer().put(waves())}
    padded = np.full((SIZE[1], SIZE[0] + 13, 4), 77, np.uint8)
    drawers = CpuDrawer(padded[:, : SIZE[0]]), CpuDrawer(target())
    for drawer in drawers:
        drawer.show(scene, "main")
        assert drawer.draw(pictures)
    assert np.shares_memory(drawers[0].read(), padded)
    assert (drawers[0].read() == drawers[1].read()).all() and drawers[1].read().any()
    assert (padded[:, SIZE[0] :] == 77).all()


@pytest.mark.parametrize("n", [1, 3])
def test_any_number_of_hands_draws_the_same(n, drawer, new_layer):
    scene = Scene(SIZE, (placed("a"), placed("b", rotation=20, blend="screen", opacity=0.4, hue=30)), (MASKED, SECOND))
    pictures = {"a": new_layer().put(waves()), "b": new_layer().put(word())}
    other = CpuDrawer(target(), hands=Hands(n))
    for each in (drawer, other):
        each.show(scene, "main")
        each.draw(pictures)
    assert (drawer.read()[..., :3] == other.read()[..., :3]).all()
    other.close()


def test_the_stage_as_it_is_lands_pixel_on_pixel(drawer, new_layer):
    noise = np.random.default_rng(1).integers(0, 256, (SIZE[1], SIZE[0], 4), dtype=np.uint8)
    noise[..., 3] = 255
    drawer.show(Scene(SIZE, (placed("a"),)), "main")
    drawer.draw({"a": new_layer().put(noise)})
    assert (drawer.read() == noise).all()


def test_an_enlarged_picture_is_as_bright_at_the_rim_of_the_stage(drawer, new_layer):
    drawer.show(Scene(SIZE, (placed("a"),)), "main")
    drawer.draw({"a": new_layer().put(plain(WHITE, (64, 36)))})
    assert drawer.read()[..., :3].min() == 255


@pytest.mark.parametrize("how", [{}, {"rotation": 33.3, "scale": 0.71}, {"scale": 3.3, "position": (0.013, 0.17)}, {"scale": 0.2}])
def test_soft_edges_have_no_dark_fringe(how, drawer, new_layer):
    beyond = Surface(name="a", corners=((-0.2, -0.1), (1.1, -0.3), (1.2, 1.1), (-0.1, 1.3)))
    drawer.show(Scene(SIZE, (placed("ground"), placed("word", **how)), (beyond,)), "main")
    drawer.draw({"ground": new_layer().put(plain(WHITE)), "word": new_layer().put(word())})
    assert drawer.read()[..., :3].min() >= 253


def test_a_surface_with_a_layer_of_its_own_shows_what_lies_below_through_it(drawer, new_layer):
    surfaces = Surface(name="ground", shows="ground"), Surface(name="word", shows="word")
    drawer.show(Scene(SIZE, (placed("ground"), placed("word", position=(5, 5))), surfaces), "main")
    drawer.draw({"ground": new_layer().put(plain(GREY)), "word": new_layer().put(word())})
    opaque = word()[..., 3:] / 255
    assert np.abs(drawer.read()[..., :3] - (255 * opaque + 90 * (1 - opaque))).max() <= 2


def test_layers_that_are_hidden_or_faded_out_are_not_seen(drawer, new_layer):
    layers = placed("ground"), placed("hidden", visible=False), placed("faded", opacity=0)
    drawer.show(Scene(SIZE, layers), "main")
    drawer.draw({"ground": new_layer().put(plain(GREY)), "hidden": new_layer().put(plain(WHITE)), "faded": new_layer().put(plain(WHITE))})
    assert (drawer.read()[..., :3] == 90).all()


def test_later_surfaces_lie_over_those_before(drawer, new_layer):
    pictures = {"grey": new_layer().put(plain(GREY)), "white": new_layer().put(plain(WHITE))}
    small = Surface(name="small", shows="white", corners=((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
    large = Surface(name="large", shows="grey")
    for surfaces, middle in (((large, small), 255), ((small, large), 90)):
        drawer.show(Scene(SIZE, (placed("grey"), placed("white")), surfaces), "main")
        drawer.draw(pictures)
        assert drawer.read()[180, 320, 0] == middle and drawer.read()[20, 20, 0] == 90


def test_only_where_a_layer_is_seen_is_anything_drawn_when_it_moves(drawer, new_layer):
    film, text = new_layer(), new_layer()
    drawer.show(Scene(SIZE, (placed("film"), placed("text")), (Surface(name="a"),)), "main")
    pictures = {"film": film.put(waves()), "text": text.put(word(100))}
    drawer.draw(pictures)
    drawer.read()[:] = MARK
    assert drawer.draw({**pictures, "text": text.put(word(140))})
    untouched = left_as_it_was(drawer)
    assert untouched[:, 320:].all() and untouched[256:].all()
    fresh = CpuDrawer(target())
    fresh.show(Scene(SIZE, (placed("film"), placed("text")), (Surface(name="a"),)), "main")
    fresh.draw({**pictures, "text": text.put(word(140))})
    assert (drawer.read()[~untouched] == fresh.read()[~untouched]).all() and not left_as_it_was(fresh).any()


def test_a_surface_whose_layer_stands_still_is_left_alone(drawer, new_layer):
    still, moving = new_layer().put(waves()), new_layer()
    halves = tuple(
        Surface(name=name, shows=name, corners=((x, 0), (x + 0.4, 0), (x + 0.4, 1), (x, 1))) for name, x in (("still", 0), ("moving", 0.6))
    )
    drawer.show(Scene(SIZE, (placed("still"), placed("moving")), halves), "main")
    drawer.draw({"still": still, "moving": moving.put(waves())})
    drawer.read()[:] = MARK
    drawer.draw({"still": still, "moving": moving.put(waves(1))})
    assert left_as_it_was(drawer)[:, :256].all() and not left_as_it_was(drawer)[:, 384:].any()


def test_a_change_of_one_surface_leaves_those_beside_it_alone(drawer, new_layer):
    pictures = {"a": new_layer().put(waves())}
    left, right = (Surface(name=f"{x:.0f}", corners=((x, 0), (x + 0.4, 0), (x + 0.4, 1), (x, 1))) for x in (0, 0.6))
    drawer.show(Scene(SIZE, (placed("a"),), (left, right)), "main")
    drawer.draw(pictures)
    before = drawer.read().copy()
    drawer.read()[:, :256] = MARK
    faded = right.model_copy(update={"opacity": 0.5})
    drawer.show(Scene(SIZE, (placed("a"),), (left, faded)), "main")
    assert drawer.draw(pictures)
    assert left_as_it_was(drawer)[:, :256].all()
    assert np.abs(drawer.read()[:, 384:, :3] - before[:, 384:, :3] / 2).max() <= 1


def test_where_a_surface_was_is_black_when_it_has_moved(drawer, new_layer):
    pictures = {"a": new_layer().put(plain(WHITE))}
    for corners in (QUAD, ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))):
        drawer.show(Scene(SIZE, (placed("a"),), (Surface(name="a", corners=corners),)), "main")
        assert drawer.draw(pictures)
    lit = drawer.read()[..., :3].max(axis=-1)
    assert lit[144:216, 256:384].min() == 255 and lit.astype(int).sum() == 255 * 72 * 128
    drawer.show(Scene(SIZE, (placed("a"),), (Surface(name="a", output="elsewhere"),)), "main")
    assert drawer.draw(pictures) and not drawer.read()[..., :3].any()


def test_a_surface_that_shows_another_layer_of_the_same_size_is_drawn_anew(drawer, new_layer):
    pictures = {"a": new_layer().put(plain(GREY)), "b": new_layer().put(plain(WHITE))}
    for shows, value in (("a", 90), ("b", 255), ("all", 255), ("a", 90)):
        drawer.show(Scene(SIZE, (placed("a"), placed("b")), (Surface(name="s", shows=shows),)), "main")
        assert drawer.draw(pictures)
        assert (drawer.read()[..., :3] == value).all()


def test_a_layer_that_has_begun_anew_is_seen_though_it_counts_from_one_again(drawer, new_layer):
    layer = new_layer()
    drawer.show(Scene(SIZE, (placed("a"),)), "main")
    first = layer.put(plain(GREY))
    drawer.draw({"a": first})
    layer.begin()
    again = layer.put(plain(WHITE))
    assert again.number == first.number
    assert drawer.draw({"a": again}) and (drawer.read()[..., :3] == 255).all()


def test_a_layer_may_change_its_size_and_shine_through_between_two_pictures(drawer, new_layer):
    layer = new_layer()
    drawer.show(Scene(SIZE, (placed("a", fit="stretch", gamma=1.0001),), (Surface(name="s", shows="a"),)), "main")
    for size, colour in ((SIZE, WHITE), ((31, 17), GREY), ((1, 1), WHITE), ((999, 3), (40, 40, 40, 40)), (SIZE, GREY)):
        drawer.draw({"a": layer.put(plain(colour, size))})
        assert np.abs(drawer.read()[..., :3].astype(int) - colour[0]).max() <= 1


def test_what_a_look_has_changed_is_gone_with_the_picture(drawer, new_layer):
    layer = new_layer()
    looks = {"brightness": 0.5}, {}, {"brightness": 0.5}
    for left, look in zip((100, 300, 500), looks, strict=True):
        drawer.show(Scene(SIZE, (placed("a", **look),), (Surface(name="s", shows="a"),)), "main")
        drawer.draw({"a": layer.put(word(left))})
    lit = np.flatnonzero(drawer.read()[150, :, 0])
    assert lit.min() > 460 and lit.max() < 540 and drawer.read()[150, 500, 0] == 128


def test_a_difference_stays_opaque_for_the_surfaces_that_show_it(drawer, new_layer):
    layers = placed("a"), placed("b", blend="difference")
    surfaces = Surface(name="below", shows="b"), Surface(name="over", corners=QUAD)
    drawer.show(Scene(SIZE, layers, surfaces), "main")
    drawer.draw({"a": new_layer().put(plain(WHITE)), "b": new_layer().put(plain(GREY))})
    assert tuple(drawer.read()[180, 320, :3]) == (165, 165, 165)


def test_what_was_laid_over_comes_off_again_without_drawing_anew(drawer, new_layer):
    pictures = {"a": new_layer().put(waves())}
    drawer.show(Scene(SIZE, (placed("a"),), (MASKED,)), "main")
    drawer.draw(pictures)
    drawer.read()[:] = MARK
    drawer.draw_over(plain((0, 0, 0, 128), (100, 50)), at_px=(300, 100))
    drawer.draw_over(plain(WHITE, (200, 200)), at_px=(600, -20))
    drawer.draw_over(plain(WHITE, (200, 200)), at_px=(-500, 0))
    drawer.draw_over(plain((60, 60, 60, 128), (80, 20)), at_px=(350, 120))
    shown = drawer.read()
    assert (shown[:180, 600:] == 255).all() and (np.abs(shown[125, 360, :3] - 60.5) <= 0.5).all()
    assert left_as_it_was(drawer).sum() == SIZE[0] * SIZE[1] - 40 * 180 - 100 * 50 - 30 * 20
    assert drawer.draw(pictures)
    assert left_as_it_was(drawer).all()
    assert not drawer.draw(pictures)


def test_what_is_laid_over_again_and_again_takes_no_more_memory(new_layer):
    """A card that moves is laid over at every tick for as long as it is shown."""
    drawer, over = CpuDrawer(target((64, 36)), hands=Hands(1)), plain((9, 9, 9, 9), (20, 20))
    drawer.show(Scene((64, 36), (placed("a"),)), "main")
    pictures = {"a": new_layer().put(waves(size_px=(64, 36)))}
    drawer.draw(pictures)
    before = drawer.read().copy()
    drawer.draw_over(over)
    tracemalloc.start()
    try:
        for n in range(200):
            drawer.draw_over(over, at_px=(n % 70 - 10, n % 50 - 10))
        now, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now < 64 * 36 * 4 * 10
    assert (drawer.read() != before).any()
    assert drawer.draw(pictures) and (drawer.read() == before).all()


def test_a_surface_that_cannot_be_drawn_is_told_once_and_leaves_the_others_alone(new_layer):
    told: list[str] = []
    drawer = CpuDrawer(target(), on_fault=told.append)
    flat = Surface(name="flat", corners=((0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.3, 0.1)))
    layer = new_layer()
    drawer.show(Scene(SIZE, (placed("a"),), (flat, Surface(name="good", corners=QUAD))), "main")
    for n in range(3):
        drawer.draw({"a": layer.put(waves(n))})
    assert drawer.read()[180, 320, :3].any()
    assert len(told) == 1 and "flat" in told[0]


def test_a_surface_that_is_hidden_for_a_while_costs_no_new_table(drawer, new_layer, monkeypatch):
    made: list[Shape] = []

    def counted(shape: Shape, *args: object) -> object:
        made.append(shape)
        return make_table(shape, *args)

    monkeypatch.setattr("projection.drawing.wall.make_table", counted)
    pictures, other = {"a": new_layer().put(waves())}, Surface(name="other", corners=((0, 0), (0.2, 0), (0.2, 0.2), (0, 0.3)))
    for is_seen, corners in ((True, QUAD), (False, QUAD), (True, QUAD), (True, other.corners), (True, QUAD)):
        wanted = MASKED.model_copy(update={"visible": is_seen, "corners": corners})
        drawer.show(Scene(SIZE, (placed("a"),), (other, wanted)), "main")
        drawer.draw(pictures)
    assert len(made) == 4


def test_no_picture_is_asked_for_in_memory_while_it_plays(new_layer):
    """A few objects of Python's come and go; a picture has 900,000 bytes."""
    drawer = CpuDrawer(target(), hands=Hands(1))
    layers = placed("film"), placed("turning"), placed("text", hue=40), placed("small", blend="difference", scale=0.3)
    sources = {name: new_layer() for name in ("film", "turning", "text", "small")}
    own = Surface(name="own", shows="text", corners=((0, 0), (0.2, 0), (0.2, 0.2), (0, 0.2)), opacity=0.5, look=Look(gamma=2))
    scene = Scene(SIZE, layers, (MASKED, SECOND, own))
    films = [waves(n) for n in range(4)]
    words = [word(250 + n) for n in range(4)]

    def play(n: int) -> None:
        turned = replace(scene, layers=(layers[0], placed("turning", rotation=3 + n, blend="screen", opacity=0.5), *layers[2:]))
        drawer.show(turned, "main")
        pictures = {
            name: source.put((words if name == "text" else films)[n % 4], is_opaque=name != "text") for name, source in sources.items()
        }
        assert drawer.draw(pictures)
        drawer.draw_over(words[n % 4])

    for n in range(3):
        play(n)
    tracemalloc.start()
    try:
        play(3)
        peaks, held = [], []
        for n in range(4, 12):
            settled, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            play(n)
            now, peak = tracemalloc.get_traced_memory()
            peaks.append(peak - settled)
            held.append(now - settled)
    finally:
        tracemalloc.stop()
    assert sorted(peaks)[len(peaks) // 2] < 100_000  # threads that other tests have left behind allocate now and then
    assert sorted(held)[len(held) // 2] < 5_000


class Delayed(Hands):
    """Between any two pieces of their work, a layer goes on."""

    def __init__(self) -> None:
        super().__init__(1)
        self.meanwhile: list[Callable[[], object]] = []

    def do(self, works: Sequence[Work]) -> None:
        for work in works:
            super().do([work])
            if self.meanwhile:
                self.meanwhile.pop()()


ALL_OVER = {"rotation": 20, "scale": 3}
SHOWN = {
    "as it is": ({}, ()),
    "turned": (ALL_OVER, ()),
    "with a look": ({"hue": 90}, ()),
    "with others": ({"blend": "screen", "opacity": 0.5}, ()),
    "on a surface": ({}, (Surface(name="a", corners=((-1, -1), (2, -1.1), (2.2, 2.1), (-1, 2.3))),)),
    "alone on a surface": ({}, (Surface(name="a", shows="quick", opacity=0.7),)),
    "much smaller": ({}, (Surface(name="a", corners=((0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4))),)),
}


@pytest.mark.parametrize("n", [1, 3, 4, 5, 7, 11, 20])
@pytest.mark.parametrize("how", SHOWN)
def test_nothing_is_shown_of_two_pictures_where_a_layer_is_quicker_than_the_drawer(how, n, new_layer):
    placing, surfaces = SHOWN[how]
    hands, layer, still, values = Delayed(), new_layer(), new_layer().put(plain(GREY)), itertools.count(40)
    drawer = CpuDrawer(target(), hands=hands)
    drawer.show(Scene(SIZE, (placed("still"), placed("quick", **placing)), surfaces), "main")

    def put() -> Shared:
        return layer.put(plain((*[next(values)] * 3, 255)))

    for _ in range(3):
        hands.meanwhile = [put] * n
        drawer.draw({"still": still, "quick": put()})
        shown = drawer.read()[100:130, 160:230, :3] if how == "much smaller" else drawer.read()[..., :3]
        assert (shown == shown[0, 0]).all()


def test_a_layer_that_is_not_looked_at_may_write_what_it_likes(drawer, new_layer):
    layer, scene = new_layer(), Scene(SIZE, (placed("a"), placed("b")))
    below, first = new_layer().put(plain(GREY)), layer.put(plain(WHITE))
    drawer.show(scene, "main")
    drawer.draw({"a": below, "b": first})
    drawer.show(replace(scene, layers=(placed("a"), placed("b", visible=False))), "main")
    drawer.draw({"a": below, "b": first})
    for _ in range(3):
        layer.put(plain(BLACK))
    assert not first.is_whole and not drawer.draw({"a": below, "b": first})
    assert (drawer.read()[..., 0] == GREY[0]).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (65, 64), (127, 129)])
def test_outputs_and_stages_of_any_size_are_drawn(size, new_layer):
    drawer = CpuDrawer(target(size))
    drawer.show(Scene((16, 18), (placed("a", rotation=10), placed("b", blend="add")), (Surface(name="a"), MASKED, SECOND)), "main")
    assert drawer.draw({"a": new_layer().put(waves(size_px=(5, 300))), "b": new_layer().put(word())})
    assert drawer.read()[..., :3].any()
    drawer.close()


def test_of_two_layers_with_one_name_one_is_drawn(drawer, new_layer):
    drawer.show(Scene(SIZE, (placed("a", scale=0.1), placed("a", brightness=0.5))), "main")
    assert drawer.draw({"a": new_layer().put(plain(WHITE))})
    assert (drawer.read()[..., :3] == 128).all()


def test_without_any_layer_all_is_black(drawer):
    drawer.read()[:] = MARK
    drawer.show(Scene(SIZE), "main")
    assert drawer.draw({})
    assert not drawer.read()[..., :3].any()
    assert not drawer.draw({})


def test_it_says_in_words_that_there_is_no_card(drawer):
    assert "no graphics card" in drawer.told
