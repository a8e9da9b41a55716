"""A show with real processes and a window that nobody sees: it goes on whatever is killed, and its parameters move."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from live.clock import SteadyClock
from media.errors import UserError
from projection.following import Follower
from projection.layers.file import layers_of
from projection.layers.layer import layer_class
from projection.plan import PlannedWindow
from projection.playing import News
from projection.scene import Orders
from projection.show import Show, parameters_of, scene_of, with_value
from projection.stage import Stage, StageWish
from projection.surfaces.model import Surface
from projection.surfaces.store import Watched
from projection.windows import WindowWish

SIZE = (320, 180)
RED, GREEN = "#c00000", "#00c000"
LIMIT_S = 60.0


def solid(name: str, color: str, **more: object) -> object:
    return layer_class("solid").Settings(name=name, color=color, **more)  # type: ignore[call-arg]


def show_of(*layers: object, surfaces: tuple[Surface, ...] = ()) -> Show:
    return Show(SIZE, layers, surfaces)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


class Running:
    """A stage, and what its window shows."""

    def __init__(self, show: Show, **wish: object) -> None:
        self.said: list[str] = []
        window = PlannedWindow("main", "main", WindowWish("test", size_px=SIZE), SIZE)
        self.stage = Stage(show, StageWish((window,), **wish), clock=SteadyClock(spin_s=0), say=self.said.append)  # type: ignore[arg-type]

    def __enter__(self) -> Running:
        self.stage.__enter__()
        self.stage.share("main", 60)
        self._shown = Follower(self.stage.outputs["main"].wish.shown, SteadyClock())
        return self

    def __exit__(self, *_: object) -> None:
        self.stage.close()

    def until(self, is_so: Callable[[], object]) -> None:
        """Run until something is so; the limit is only for what never comes."""
        end = time.monotonic() + LIMIT_S
        while not is_so():
            assert time.monotonic() < end, f"it never came to be; it shows {self.color}, and said {self.said}"
            self.stage.tick()
            time.sleep(0.005)

    @property
    def color(self) -> tuple[int, ...]:
        """Red, green, blue in the middle of what is shown."""
        newest = self._shown.newest()
        return () if newest is None else tuple(int(value) for value in newest.picture[SIZE[1] // 2, SIZE[0] // 2, 2::-1])


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDL_VIDEODRIVER", "dummy")
        with Running(show_of(solid("ground", RED), solid("top", GREEN, visible=False))) as found:
            found.until(lambda: found.color == (192, 0, 0))
            yield found


def test_parameters_move_while_it_runs(running: Running) -> None:
    running.stage.set("layer.top.visible", True)
    running.until(lambda: running.color == (0, 192, 0))
    running.stage.set("layer.top.opacity", 0.5)
    running.until(lambda: np.allclose(running.color, (96, 96, 0), atol=2))
    running.stage.set("layer.top.visible", False)
    running.stage.set("layer.top.opacity", 1.0)
    running.until(lambda: running.color == (192, 0, 0))


def test_surfaces_change_while_it_runs(running: Running) -> None:
    running.stage.show_surfaces((Surface(name="wall", shows="top"),))
    running.until(lambda: running.color == (0, 192, 0))
    running.stage.set("surface.wall.look.brightness", 0.5)
    running.until(lambda: np.allclose(running.color, (0, 96, 0), atol=2))
    running.stage.show_surfaces(())
    running.until(lambda: running.color == (192, 0, 0))


def test_a_file_of_surfaces_that_somebody_changes_is_followed_and_a_broken_one_is_not(running: Running, tmp_path: Path) -> None:
    wall = tmp_path / "wall.toml"
    text = "version = 1\n[[surface]]\nname = 'wall'\nshows = 'top'\n"
    wall.write_text(text)
    told: list[str] = []
    news = News(Watched(wall, on_fault=told.append))
    running.stage.show_surfaces(news.watched.file.surface)
    running.until(lambda: running.color == (0, 192, 0))

    def changes(text: str, is_so: Callable[[], object]) -> None:
        wall.write_text(text)
        news.read_s = float("-inf")
        news.look(running.stage, 0.0)
        running.until(is_so)

    changes(text + "opacitee = 0\n", lambda: told)
    assert "wall.toml:5: unknown key surface.0.opacitee" in told[0] and "What it said before goes on." in told[0]
    changes(text + "visible = false\n", lambda: running.color == (0, 0, 0))
    running.stage.show_surfaces(())
    running.until(lambda: running.color == (192, 0, 0))


def test_orders_are_above_all(running: Running) -> None:
    running.stage.order(is_black=True)
    running.until(lambda: running.color == (0, 0, 0))
    running.stage.order(is_black=False)
    running.until(lambda: running.color == (192, 0, 0))


def test_an_output_that_is_killed_is_back_with_all_it_showed(running: Running) -> None:
    running.stage.set("layer.top.visible", True)
    running.until(lambda: running.color == (0, 192, 0))
    link = running.stage.outputs["main"]
    before = link.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    running.until(lambda: link.pid not in (before, None))
    running.stage.set("layer.top.visible", False)
    running.until(lambda: running.color == (192, 0, 0))
    assert link.n_restarts >= 1 and any("begun again" in line for line in running.said)


@pytest.mark.slow
def test_an_output_that_hangs_is_begun_again(running: Running) -> None:
    link = running.stage.outputs["main"]
    before = link.pid
    assert before is not None
    os.kill(before, signal.SIGSTOP)
    running.until(lambda: link.pid not in (before, None))


def test_a_show_without_layers_is_black() -> None:
    with Running(show_of()) as found:
        found.until(lambda: found.color == (0, 0, 0))


def test_the_card_needs_no_layers_and_nobody_else() -> None:
    with Running(show_of(), orders=Orders(is_card=True)) as found:
        found.until(lambda: found.color not in ((), (0, 0, 0)))


def test_a_film_that_is_not_there_does_not_stop_the_rest(tmp_path: Path) -> None:
    film = layer_class("film").Settings(name="wolves", files=["gone.mp4"], scale=0.3)  # type: ignore[call-arg]
    with Running(show_of(solid("ground", RED), film)) as found:
        found.until(lambda: any("wolves" in line and "gone.mp4" in line for line in found.said))
        found.until(lambda: found.stage.outputs["main"].stats is not None)


def test_no_display_at_the_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "nonsense")
    with pytest.raises(UserError, match="there is no screen here"), Running(show_of()):
        pass


SHOW = show_of(
    solid("ground", RED), solid("top", GREEN), surfaces=(Surface(name="wall"), Surface(name="wall.left"))
)


def test_every_parameter_that_may_move_has_a_dotted_name() -> None:
    names = parameters_of(SHOW)
    assert {"layer.ground.opacity", "layer.top.brightness", "surface.wall.look.gamma", "surface.wall.left.edges.left"} <= set(names)
    assert "surface.wall.corners" not in names and "layer.ground.fit" not in names
    assert names["layer.ground.rotation"].unit == "degrees"


def test_a_value_reaches_its_own_layer_or_surface_alone() -> None:
    moved = with_value(SHOW, "surface.wall.left.look.gamma", 3)
    assert [surface.look.gamma for surface in moved.surfaces] == [1.0, 3.0]
    assert moved.surfaces[0] is SHOW.surfaces[0] and moved.layers is SHOW.layers
    scene = scene_of(with_value(SHOW, "layer.top.opacity", 0.25), {"top": Path("t"), "ground": Path("g")})
    assert [placed.placing.opacity for placed in scene.layers] == [1.0, 0.25]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("layer.ground.opacty", 1, "Did you mean layer.ground.opacity?"),
        ("layer.grund.opacity", 1, "Did you mean layer.ground.opacity?"),
        ("surface.wall.corners", 1, "this cannot be changed while it runs"),
        ("layer.ground.opacity", 2, "must be less than or equal to 1"),
        ("layer.ground.opacity", "much", "opacity"),
        ("surface.wall.look.gamma", float("nan"), "gamma must be a number"),
    ],
)
def test_what_cannot_be_is_told(name: str, value: object, told: str) -> None:
    with pytest.raises(UserError) as caught:
        with_value(SHOW, name, value)
    assert told in str(caught.value) and str(caught.value).startswith(name)


def test_names_typed_in_become_layers(film: Path) -> None:
    layers = layers_of([str(film)])
    assert [layer.name for layer in layers.layers] == ["film1"]
