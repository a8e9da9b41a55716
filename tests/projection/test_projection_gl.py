"""The drawer of graphics cards, with Mesa in the place of one: what it takes, keeps and gives back, and what it says of faults."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from live.shared import Shared, SharedReader, SharedWriter
from projection.scene import Placed, Placing, Scene
from projection.surfaces.model import Mask, Surface
from projection.surfaces.warp import weight_map

SIZE = (64, 36)
BLUE, GREEN, RED = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
HALF_WHITE = (128, 128, 128, 128)
SCENE = Scene(SIZE, (Placed("film", ""),))


@pytest.fixture(scope="module")
def context() -> object:
    """A context without a window."""
    moderngl = pytest.importorskip("moderngl")
    try:
        return moderngl.create_standalone_context(backend="egl", require=330)
    except Exception as error:
        pytest.skip(f"there is no OpenGL 3.3 without a window here ({error})")


@pytest.fixture
def drawer(context: object) -> Iterator[object]:
    from projection.drawing.gl import GlDrawer

    with_gl = GlDrawer(SIZE)
    yield with_gl
    with_gl.close()


class Layer:
    """A layer that shares pictures of a colour."""

    def __init__(self, path: Path, *, most_px: int = 1 << 16) -> None:
        self.writer = SharedWriter(path, most_px=most_px)
        self._reader = SharedReader(path)
        self._n = 0

    def put(self, colour: tuple[int, ...], *, size_px: tuple[int, int] = SIZE) -> Shared:
        self._n += 1
        self.writer.put(plain(colour, size_px), time_s=self._n / 25, is_opaque=colour[3] == 255)
        return self.newest()

    def newest(self) -> Shared:
        newest = self._reader.newest()
        assert newest
        return newest


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    return Layer(tmp_path / "film")


def plain(colour: tuple[int, ...], size_px: tuple[int, int] = SIZE) -> np.ndarray:
    return np.full((size_px[1], size_px[0], 4), colour, np.uint8)


def is_all(picture: np.ndarray, colour: tuple[int, ...]) -> bool:
    return bool((picture[..., :3] == colour[:3]).all())


def test_a_picture_is_drawn_once_and_another_one_when_it_comes(drawer, layer):
    drawer.show(SCENE, "main")
    shared = layer.put(RED)
    assert drawer.draw({"film": shared})
    assert not drawer.draw({"film": shared})
    assert is_all(drawer.read(), RED)
    assert drawer.draw({"film": layer.put(GREEN)})
    assert is_all(drawer.read(), GREEN)


def test_a_layer_that_begins_anew_is_seen_though_it_counts_from_one_again(drawer, layer, tmp_path):
    drawer.show(SCENE, "main")
    drawer.draw({"film": layer.put(RED)})
    other = Layer(tmp_path / "other")
    other.writer.put(plain(GREEN), time_s=9)
    assert drawer.draw({"film": other.newest()})
    assert is_all(drawer.read(), GREEN)


def write_on(layer: Layer, monkeypatch: pytest.MonkeyPatch, *, n: int) -> None:
    """Have a layer write over its picture each of the next n times that it is sent to the card."""
    from projection.drawing.gl_layers import Upload

    copy, times = Upload.copy, iter(range(n))

    def copy_late(upload: Upload, picture: np.ndarray) -> None:
        if next(times, None) is not None:
            for colour in (GREEN, GREEN, BLUE):
                layer.put(colour)
        copy(upload, picture)

    monkeypatch.setattr(Upload, "copy", copy_late)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_picture_that_is_written_over_while_it_is_copied_gives_way_to_the_next(n, drawer, layer, monkeypatch):
    """Also the very first one, and a layer that covers all others: nothing but black would be seen."""
    drawer.show(SCENE, "main")
    torn = layer.put(RED)
    write_on(layer, monkeypatch, n=n)
    assert drawer.draw({"film": torn})
    assert is_all(drawer.read(), BLUE)
    assert not drawer.draw({"film": layer.newest()})


def test_a_picture_that_is_written_over_again_and_again_is_left_out(drawer, layer, monkeypatch):
    drawer.show(SCENE, "main")
    drawer.draw({"film": layer.put(RED)})
    torn = layer.put(GREEN)
    write_on(layer, monkeypatch, n=1000)
    assert not drawer.draw({"film": torn})
    assert is_all(drawer.read(), RED)


def test_pictures_may_change_their_size(drawer, layer):
    drawer.show(Scene(SIZE, (Placed("film", "", Placing(fit="stretch")),)), "main")
    for colour, size_px in ((RED, (7, 3)), (GREEN, (64, 36)), (BLUE, (201, 99)), (RED, (1, 1))):
        drawer.draw({"film": layer.put(colour, size_px=size_px)})
        assert is_all(drawer.read(), colour)


def test_a_scene_of_another_size_is_drawn_though_its_layers_are_the_same(drawer, layer):
    drawer.show(SCENE, "main")
    pictures = {"film": layer.put(RED)}
    drawer.draw(pictures)
    drawer.show(Scene((64, 72), SCENE.layers), "main")
    assert drawer.draw(pictures)
    assert is_all(drawer.read()[:8], (0, 0, 0))
    assert is_all(drawer.read()[10:26], RED)


def test_only_layers_that_are_seen_are_sent_to_the_card(drawer, layer, tmp_path):
    hidden = Layer(tmp_path / "hidden")
    drawer.show(Scene(SIZE, (Placed("film", ""), Placed("hidden", "", Placing(visible=False)))), "main")
    pictures = {"film": layer.put(RED), "hidden": hidden.put(BLUE)}
    drawer.draw(pictures)
    assert not drawer.draw({**pictures, "hidden": hidden.put(GREEN)})


def test_once_all_is_there_drawing_makes_nothing_new_on_the_card(drawer, layer, context):
    drawer.show(Scene(SIZE, (Placed("film", "", Placing(gamma=2, scale=0.2, blend="difference")),)), "main")
    for _ in range(4):
        drawer.draw({"film": layer.put(RED)})
        drawer.draw_over(plain(HALF_WHITE))
        drawer.read()
    before = names_given_next(context)
    for _ in range(20):
        drawer.draw({"film": layer.put(GREEN)})
        drawer.draw_over(plain(HALF_WHITE))
        drawer.read()
    assert max(np.subtract(names_given_next(context), before)) <= 1


def names_given_next(context) -> tuple[int, int, int]:
    """The numbers that a driver gives to a new buffer, texture and target: it counts them."""
    buffer, texture = context.buffer(reserve=4), context.texture((1, 1), 4)
    target = context.framebuffer([texture])
    names = buffer.glo, texture.glo, target.glo
    for made in (target, texture, buffer):
        made.release()
    return names


def test_everything_is_given_back_at_the_end(context, layer):
    from projection.drawing.gl import GlDrawer

    before = held_on_card()
    drawer = GlDrawer(SIZE)
    drawer.show(Scene(SIZE, SCENE.layers, (Surface(name="a", masks=(Mask(kind="ellipse"),)),)), "main")
    drawer.draw({"film": layer.put(RED)})
    drawer.draw_over(plain(HALF_WHITE))
    assert held_on_card() > before
    drawer.close()
    assert held_on_card() == before


def held_on_card() -> int:
    """How many buffers, textures and the like are held, or wait to be given back."""
    import moderngl

    kinds = moderngl.Buffer, moderngl.Texture, moderngl.Framebuffer, moderngl.VertexArray
    held = [one for one in gc.get_objects() if isinstance(one, kinds)]
    windows = [one for one in held if getattr(one, "_is_reference", False)]  # not ours
    return len(held) - len(windows) + len(moderngl.get_context().objects)


def test_what_is_drawn_over_is_gone_with_the_next_picture(drawer, layer):
    drawer.show(SCENE, "main")
    pictures = {"film": layer.put(RED)}
    drawer.draw(pictures)
    drawer.draw_over(plain(HALF_WHITE))
    drawer.draw_over(plain(BLUE, (10, 5)), at_px=(-4, 33))
    read = drawer.read()
    assert is_all(read[:33], (128, 128, 255))
    assert is_all(read[33:, :6], BLUE)
    assert is_all(read[33:, 6:], (128, 128, 255))
    assert drawer.draw(pictures)
    assert is_all(drawer.read(), RED)
    assert not drawer.draw(pictures)


def test_overlays_of_many_sizes_do_not_pile_up(drawer):
    def lay(n_px: int) -> None:
        drawer.draw({})
        drawer.draw_over(plain(BLUE, (n_px, 8)), at_px=(3, 3))

    for n_px in range(1, 9):
        lay(n_px)
    before = held_on_card()
    for n_px in range(9, 30):
        lay(n_px)
    assert held_on_card() == before
    assert is_all(drawer.read()[3:11, 3:32], BLUE)


def test_a_surface_that_spans_nothing_is_told_once_and_the_rest_is_drawn(context, layer):
    from projection.drawing.gl import GlDrawer

    told: list[str] = []
    drawer = GlDrawer(SIZE, on_fault=told.append)
    flat = Surface(name="flat", corners=((0, 0), (0.5, 0.5), (1, 1), (0.2, 0.2)))
    scene = Scene(SIZE, SCENE.layers, (flat, Surface(name="good")))
    for _ in range(3):
        drawer.show(scene, "main")
        drawer.draw({"film": layer.put(RED)})
    assert is_all(drawer.read(), RED)
    assert len(told) == 1 and "flat" in told[0]
    drawer.close()


def test_a_surface_that_is_hidden_for_a_while_is_not_made_anew(drawer, layer, monkeypatch):
    from projection.drawing import gl_surfaces

    made: list[Surface] = []

    def counted(surface: Surface, *args: object, **more: object) -> object:
        made.append(surface)
        return weight_map(surface, *args, **more)

    monkeypatch.setattr(gl_surfaces, "weight_map", counted)
    masked = Surface(name="a", masks=(Mask(kind="ellipse"),))
    for is_seen, opacity, solo in ((True, 1, ""), (False, 1, ""), (True, 0.5, ""), (True, 1, "b"), (True, 1, "a"), (True, 0, ""), (True, 1, "")):
        wanted = masked.model_copy(update={"visible": is_seen, "opacity": opacity})
        drawer.show(Scene(SIZE, SCENE.layers, (Surface(name="b"), wanted)), "main", solo=solo)
        drawer.draw({"film": layer.put(RED)})
    assert len(made) == 2


def test_a_fault_of_the_card_is_raised_as_ours(drawer, layer, context):
    from projection.drawing.gl import GlError

    drawer.show(SCENE, "main")
    drawer.draw({"film": layer.put(RED)})
    context.enable_direct(0xDEAD)
    with pytest.raises(GlError, match="GL_INVALID_ENUM"):
        drawer.draw({"film": layer.put(GREEN)})


def test_a_stage_larger_than_the_card_can_hold_is_a_fault(drawer):
    from projection.drawing.gl import GlError

    with pytest.raises(GlError):
        drawer.show(Scene((1 << 20, 8)), "main")


def run_python(code: str, **environment: str) -> str:
    """What a program prints that has the processes' SDL to itself."""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYGAME_HIDE_SUPPORT_PROMPT": "1", **environment},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


WITHOUT_CONTEXT = """
from projection.drawing.gl import GlDrawer, GlError, why_not
print(why_not())
try:
    GlDrawer((64, 36))
except GlError as error:
    print(error)
"""

WINDOW = """
import pygame
pygame.display.init()
try:
    pygame.display.set_mode((64, 36), pygame.OPENGL | pygame.DOUBLEBUF)
except pygame.error as error:
    raise SystemExit(print("no window:", error))
"""

IN_WINDOW = """
import moderngl, numpy as np
from projection.drawing.gl import GlDrawer, why_not
drawer = GlDrawer((64, 36))
over = np.zeros((36, 64, 4), np.uint8)
over[:9] = 0, 0, 255, 255
over[9:18, :16] = 255, 0, 0, 255
drawer.draw({})
drawer.draw_over(over)
def look():
    moderngl.init_context()
    context = moderngl.get_context()
    seen = np.frombuffer(context.screen.read(), np.uint8).reshape(36, 64, 3)
    context.clear_errors()  # its library asks for a buffer that windows do not have, and reads the right one
    return seen
seen = look()
assert (seen[::-1] == drawer.read()[..., 2::-1]).all()
assert (seen[-1] == (255, 0, 0)).all() and (seen[20, 0] == (0, 0, 255)).all() and not seen[0].any()
drawer.draw({})
assert not look().any()
pygame.display.flip()
print(drawer.told)
"""


def test_without_a_context_it_says_why_not():
    told = run_python(WITHOUT_CONTEXT).splitlines()
    assert len(told) == 2 and told[0] == told[1]
    assert told[0].startswith("there is no OpenGL here")


def in_window(code: str, *, before: str = "", **environment: str) -> str:
    pytest.importorskip("moderngl")
    told = run_python(before + WINDOW + code, SDL_VIDEODRIVER="offscreen", **environment)
    if told.startswith("no window"):
        pytest.skip(f"there is no OpenGL in SDL's offscreen driver here ({told})")
    return told


def test_a_window_shows_upright_and_in_its_colours_what_is_read():
    assert in_window(IN_WINDOW).startswith("OpenGL ")


def test_opengl_3_3_is_enough():
    if "Mesa" not in in_window("import moderngl; print(moderngl.create_context().info['GL_VERSION'])"):
        pytest.skip("only Mesa can be made to be older than it is")
    assert in_window(IN_WINDOW, MESA_GL_VERSION_OVERRIDE="3.3").startswith("OpenGL 3.3 on ")


EMBEDDED = """
import pygame
pygame.display.init()
pygame.display.gl_set_attribute(pygame.GL_CONTEXT_PROFILE_MASK, pygame.GL_CONTEXT_PROFILE_ES)
"""


def test_that_of_small_computers_is_refused_by_its_name():
    told = in_window(WITHOUT_CONTEXT, before=EMBEDDED).splitlines()
    assert told[0] == told[1] and "got OpenGL ES" in told[0]


@pytest.mark.parametrize("version", ["3.1", "2.1"])
def test_an_older_one_is_refused_by_its_version(version):
    told = in_window(WITHOUT_CONTEXT, MESA_GL_VERSION_OVERRIDE=version).splitlines()
    if "OpenGL 3.3 is needed" not in told[0]:
        pytest.skip("only Mesa can be made to be older than it is")
    assert told[0] == told[1] and f"got OpenGL {version} on" in told[0]


GONE = """
import numpy as np
from projection.drawing.gl import GlDrawer, GlError
from projection.scene import Scene
drawer = GlDrawer((64, 36))
drawer.draw({})
pygame.display.quit()
drawer.draw({})
for ask in (drawer.read, lambda: drawer.draw_over(np.zeros((36, 64, 4), np.uint8)), lambda: drawer.show(Scene((99, 99)), "main")):
    try:
        ask()
    except GlError:
        print("fault")
drawer.close()
print("closed")
"""


def test_a_context_that_is_gone_is_a_fault_and_no_crash():
    assert in_window(GONE).split() == ["fault", "fault", "fault", "closed"]


def test_a_renderer_that_is_no_card_is_not_recommended(context):
    from projection.drawing.gl import GlDrawer, why_not

    renderer = context.info["GL_RENDERER"]
    assert renderer in GlDrawer(SIZE).told
    if "llvmpipe" not in renderer:
        pytest.skip(f"{renderer} draws here")
    assert why_not().startswith(renderer) and "slower" in why_not()


