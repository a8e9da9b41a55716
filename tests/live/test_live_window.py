"""The preview: pictures keep their proportions, what happens is lit, and no screen is no reason to stop."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from live.lettering import Lettering
from live.meters import LIGHTS, PALETTE, Lamp, Meter, Outline, Painter, Panel, Status, arrange, fit
from live.window import NullWindow, PreviewWindow, Window, draw_view, open_window

SIZE_PX = (640, 400)
RED = np.full((90, 160, 3), (200, 20, 30), np.uint8)
FULL = Panel(
    outlines=(Outline("left", ((0.1, 0.1), (0.4, 0.1), (0.4, 0.9), (0.1, 0.9)), 0.5),),
    meters=(Meter("brightness", 0.5), Meter("motion", 0.25)),
    lamps=(Lamp("melody", "C4", 1.0), Lamp("bass", "", 0.0)),
    status=(Status("25 fps"), Status("FLUID Synth", "on")),
    keys=(("q", "quit"),),
)


@pytest.fixture(scope="module", autouse=True)
def _no_real_screen() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDL_VIDEODRIVER", "dummy")
        yield


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter()


@pytest.fixture
def window() -> Iterator[PreviewWindow]:
    opened = open_window("test", size_px=SIZE_PX)
    assert isinstance(opened, PreviewWindow)
    yield opened
    opened.close()


def drawn(panel: Panel, painter: Painter, *, rgb: np.ndarray | None = RED, size_px: tuple[int, int] = SIZE_PX) -> np.ndarray:
    """What is drawn, (H, W, 3)."""
    surface = pygame.Surface(size_px)
    draw_view(surface, rgb, panel, painter=painter)
    return pygame.surfarray.array3d(surface).swapaxes(0, 1)


def mean_in(image: np.ndarray, area: pygame.Rect) -> np.ndarray:
    return image[area.top : area.bottom, area.left : area.right].reshape(-1, 3).mean(axis=0)


@given(st.tuples(st.integers(1, 3000), st.integers(1, 3000)), st.tuples(st.integers(1, 2000), st.integers(1, 2000)))
def test_pictures_keep_their_proportions_within_the_window(size: tuple[int, int], window_px: tuple[int, int]) -> None:
    area = pygame.Rect((0, 0), window_px)
    found = fit(size, area)
    assert area.contains(found)
    assert found.width == window_px[0] or found.height == window_px[1]
    assert abs(found.width - found.height * size[0] / size[1]) <= max(1, size[0] / size[1])


@given(st.tuples(st.integers(320, 4000), st.integers(240, 3000)))
def test_nothing_covers_anything_else(size_px: tuple[int, int]) -> None:
    layout = arrange(size_px, FULL, picture_size=(16, 9))
    areas = [layout.picture, layout.lamps, layout.meters, layout.status]
    window = pygame.Rect((0, 0), size_px)
    assert all(window.contains(area) for area in areas)
    assert not any(a.colliderect(b) for n, a in enumerate(areas) for b in areas[n + 1 :])
    assert layout.picture.width > 0.6 * size_px[0] or layout.picture.height > 0.6 * size_px[1]


def test_the_picture_alone_fills_the_window(painter: Painter) -> None:
    image = drawn(Panel(), painter, size_px=(320, 200))
    assert (image[10:190, 0] == (200, 20, 30)).all()
    assert (image[0:9] < 20).all()  # 16:9 in 16:10: bars above and below


def test_a_lamp_is_lit_by_its_glow(painter: Painter) -> None:
    layout = arrange(SIZE_PX, FULL, picture_size=(16, 9))
    levels = []
    for glow in (0.0, 0.5, 1.0):
        image = drawn(replace(FULL, lamps=(Lamp("melody", "C4", glow),)), painter)
        levels.append(mean_in(image, layout.lamps).sum())
    assert levels[0] < levels[1] < levels[2]
    light = drawn(replace(FULL, lamps=(Lamp("", "", 1.0), Lamp("", "", 1.0))), painter)
    for color in PALETTE[:2]:
        assert (np.abs(light.astype(int) - color).sum(axis=2) < 120).sum() > 50


def test_a_meter_rises_with_its_value(painter: Painter) -> None:
    layout = arrange(SIZE_PX, FULL, picture_size=(16, 9))
    n_lit = []
    for value in (-1.0, 0.0, 0.25, 0.5, 1.0, 7.0, float("nan")):
        image = drawn(replace(FULL, meters=(Meter("", value),)), painter)
        part = image[layout.meters.top : layout.meters.bottom, layout.meters.centerx - 30]
        n_lit.append(int((part.sum(axis=1) > 180).sum()) / layout.meters.height)
    assert n_lit == pytest.approx([0, 0, 0.25, 0.5, 1, 1, 0], abs=0.06)


def test_a_region_is_outlined_where_it_lies_and_tinted_by_its_level(painter: Painter) -> None:
    inner, corners = Panel(), ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
    plain = drawn(inner, painter, size_px=(320, 180))
    still = drawn(Panel(outlines=(Outline("", corners),)), painter, size_px=(320, 180))
    moved = drawn(Panel(outlines=(Outline("", corners, 1.0),)), painter, size_px=(320, 180))
    assert (still[45, 100:200] == PALETTE[0]).all()
    assert (still[90, 160] == plain[90, 160]).all()
    assert (still[20] == plain[20]).all()
    assert (moved[90, 160] != plain[90, 160]).any()


def test_the_status_line_tells_by_light(painter: Painter) -> None:
    for light, color in LIGHTS.items():
        image = drawn(Panel(status=(Status("", light),)), painter)
        assert (image == color).all(axis=2).sum() > 20


def test_what_is_waited_for_is_written_across_the_picture(painter: Painter) -> None:
    without, with_message = drawn(Panel(), painter, rgb=None), drawn(Panel(message="waiting for camera:0"), painter, rgb=None)
    assert with_message.max() > 200
    assert without.max() < 30


@pytest.mark.parametrize("size_px", [(1, 1), (2, 300), (300, 2), (33, 21), (3000, 100)])
def test_windows_of_any_size_are_drawn(painter: Painter, size_px: tuple[int, int]) -> None:
    many = replace(FULL, meters=FULL.meters * 20, lamps=FULL.lamps * 20, outlines=FULL.outlines * 9, keys=FULL.keys * 9, message="x" * 200)
    bare = Panel(outlines=(Outline("a", ()), Outline("b", ((0.1, 0.2),))))
    for panel in (many, bare):
        assert drawn(panel, painter, size_px=size_px).shape == (size_px[1], size_px[0], 3)


def test_words_too_long_are_cut_and_other_scripts_written() -> None:
    lettering = Lettering()
    long = lettering.text("a very long name of a port 128:0", 20, (255, 255, 255), widest_px=100)
    assert 60 <= long.get_width() <= 104
    for words in ("", "♯", "旋律", "Ünïcode", "tab\tnew\nline"):
        assert lettering.text(words, 20, (255, 255, 255), widest_px=200).get_height() > 0
    assert lettering.size_to_fit("E3 G3 B3", 40, widest_px=120) < 40
    assert lettering.size_to_fit("E3", 40, widest_px=120) == 40


def test_a_window_shows_and_hears_keys(window: PreviewWindow) -> None:
    window.show(RED, FULL)
    shown = pygame.surfarray.array3d(pygame.display.get_surface())
    assert (np.abs(shown.astype(int) - (200, 20, 30)).sum(axis=2) == 0).sum() > 20_000
    for key, mod in ((pygame.K_SPACE, 0), (pygame.K_LSHIFT, 0), (pygame.K_q, pygame.KMOD_LCTRL), (pygame.K_r, 0)):
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod))
    window.show(None)
    assert window.pressed() == ["space", "ctrl+q", "r"]
    assert window.pressed() == []
    assert not window.closed
    assert pygame.mixer.get_init() is None


def test_a_window_that_was_closed_takes_pictures_still(window: PreviewWindow) -> None:
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert window.pressed() == []
    assert window.closed
    window.show(RED, FULL)
    window.close()
    window.show(RED, FULL)
    assert window.pressed() == []


def test_without_a_screen_the_show_goes_on_and_is_told_once() -> None:
    code = (
        "import numpy as np\nfrom live.window import open_window\nfrom live.meters import Panel\n"
        "window = open_window('x', on_fault=print)\n"
        "window.show(np.zeros((4, 4, 3), np.uint8), Panel())\nprint(window.pressed(), window.closed)\nwindow.close()"
    )
    unset = {"DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "SDL_VIDEODRIVER"}
    env = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=env, check=True)
    if sys.platform == "linux" and not os.path.exists("/dev/dri"):
        assert done.stdout.startswith("no preview window can be opened here (")
        assert done.stdout.count("\n") == 2
    assert done.stdout.endswith("[] False\n")
    assert done.stderr == ""


def test_the_window_that_is_none_is_one_too() -> None:
    window: Window = NullWindow()
    window.show(RED, FULL)
    assert (window.pressed(), window.closed) == ([], False)
