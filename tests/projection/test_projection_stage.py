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
from live.sound.client import Sounds, open_sounds
from live.stopping import Stop
from media.errors import UserError
from media.write import write_rgb
from projection.following import Follower
from projection.layers.file import layers_of
from projection.layers.layer import LayerSettings, Room, settings_class
from projection.layers.running import Runner
from projection.messages import Leave, Wished
from projection.plan import PlannedWindow
from projection.playing import ShowFiles
from projection.scene import Orders
from projection.show import Show, parameters_of, scene_of, with_value
from projection.stage import Stage, StageWish
from projection.surfaces.model import Surface
from projection.windows import Pressed, WindowWish

SIZE = (320, 180)
RED, GREEN = "#c00000", "#00c000"
LIMIT_S = 30.0


def solid(name: str, color: str, **more: object) -> object:
    return settings_class("solid")(name=name, color=color, **more)  # type: ignore[call-arg]


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
    running.until(lambda: running.color == (0, 0, 0))
    running.stage.set("layer.top.visible", True)
    running.until(lambda: running.color == (0, 192, 0))
    running.stage.set("surface.wall.look.brightness", 0.5)
    running.until(lambda: np.allclose(running.color, (0, 96, 0), atol=2))
    running.stage.set("layer.top.visible", False)
    running.stage.show_surfaces(())
    running.until(lambda: running.color == (192, 0, 0))


def test_files_that_somebody_saves_anew_are_followed_and_broken_ones_are_not(tmp_path: Path) -> None:
    wall, layers = tmp_path / "wall.toml", tmp_path / "layers.toml"
    surface = "version = 1\n[[surface]]\nname = 'wall'\nshows = 'one'\n"
    layer = "version = 1\n[[layer]]\nkind = 'solid'\nname = 'one'\ncolor = '#c00000'\n"
    wall.write_text(surface)
    layers.write_text(layer)
    told: list[str] = []
    files = ShowFiles([str(layers)], wall, told.append)
    with Running(show_of(*files.layers.layers, surfaces=files.surfaces)) as found:

        def saved(path: Path, text: str, is_so: Callable[[], object]) -> None:
            path.write_text(text)
            files._looked_s = float("-inf")
            files.follow(found.stage, has_size=True)
            found.until(is_so)

        found.until(lambda: found.color == (192, 0, 0))
        saved(wall, surface + "opacitee = 0\n", lambda: len(told) == 1)
        assert "wall.toml:5: unknown key surface.1.opacitee" in told[0] and "What it said before goes on." in told[0]
        saved(layers, layer + "opacitee = 0\n", lambda: len(told) == 2)
        assert "layers.toml:6: unknown key opacitee" in told[1] and "What it said before goes on." in told[1]
        saved(layers, layer.replace("#c00000", "#0000c0"), lambda: found.color == (0, 0, 192))
        assert len(told) == 2 and not found.said
        saved(layers, layer.replace("one", "two"), lambda: found.color == (0, 0, 0))
        assert found.said == ["surface wall: there is no layer one, it stays black. Choose from: all, two."]
        saved(wall, surface.replace("one", "two"), lambda: found.color == (192, 0, 0))
        saved(wall, surface.replace("'one'", "'two'\noutput = 'left'"), lambda: len(told) == 3)
        nothing = "nothing of these surfaces would be seen: no window shows the output left. Begin anew to have one."
        assert told[2] == f"{wall}: {nothing} What it said before goes on."
        saved(wall, surface.replace("one", "two") + "[[surface]]\nname = 'far'\noutput = 'left'\n", lambda: len(found.said) == 2)
        assert found.said[1] == "surface far: no window shows the output left. Begin anew to have one." and len(told) == 3
        assert found.color == (192, 0, 0)


class Seen:
    """Every colour that is shown, until it is asked for another."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.colors: set[tuple[int, ...]] = set()

    def until(self, color: tuple[int, ...]) -> None:
        self._running.until(lambda: self.colors.add(self._running.color) or self._running.color == color)


def test_another_show_takes_over_and_it_is_never_black_between() -> None:
    with Running(show_of(solid("ground", RED), solid("old", RED))) as found:
        found.until(lambda: found.color == (192, 0, 0))
        ground = found.stage.layers["ground"]
        slow = settings_class("plasma")(name="slow", opacity=0)  # type: ignore[call-arg]
        gone = settings_class("film")(name="gone", files=["gone.mp4"], visible=False)  # type: ignore[call-arg]
        found.stage.show_all(Show(SIZE, (slow, solid("ground", GREEN), gone), (Surface(name="wall", shows="ground"),)))  # type: ignore[arg-type]
        found.stage.set("layer.ground.brightness", 0.5)  # while it gets ready
        seen = Seen(found)
        seen.until((0, 96, 0))
        assert (0, 0, 0) not in seen.colors
        assert list(found.stage.layers) == ["slow", "ground", "gone"] and found.stage.layers["ground"] is ground
        seen.colors.clear()
        found.stage.show_all(Show((160, 90), (solid("ground", RED),)))  # type: ignore[arg-type]
        seen.until((192, 0, 0))
        assert (0, 0, 0) not in seen.colors and found.stage.layers["ground"] is not ground


def test_a_layer_that_cannot_be_begun_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with Running(show_of(solid("ground", RED))) as found:
        found.until(lambda: found.color == (192, 0, 0))

        def refuse(settings: LayerSettings, room: Room, frames: Path) -> Runner:
            if settings.name == "heavy":
                raise RuntimeError("can't start new thread")
            return Runner(settings, room, frames)

        monkeypatch.setattr("projection.cast.Runner", refuse)
        found.stage.show_all(show_of(solid("light", GREEN), solid("heavy", RED)))
        found.until(lambda: found.color == (0, 192, 0))
        assert found.said == ["heavy: it cannot be begun. can't start new thread"]


def test_what_is_done_whenever_it_is_set_is_done_each_time(tmp_path: Path) -> None:
    for name, color in (("red", (192, 0, 0)), ("green", (0, 192, 0))):
        write_rgb(tmp_path / f"{name}.png", np.full((90, 160, 3), color, np.uint8))
    film = settings_class("film")(name="film", files=[str(tmp_path / "red.png"), str(tmp_path / "green.png")], seconds=999)  # type: ignore[call-arg]
    with Running(show_of(film)) as found:
        for color in ((192, 0, 0), (0, 192, 0), (192, 0, 0)):
            found.until(lambda color=color: np.allclose(found.color or -1, color, atol=8))
            found.stage.set("layer.film.skip", True)


def test_sound_is_opened_once_a_layer_wants_to_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    opened: list[Show] = []

    def open_(show: Show) -> Sounds:
        opened.append(show)
        return open_sounds(tell=lambda line: None)

    with Running(show_of(solid("ground", RED)), open_sounds=open_) as found:
        assert not opened
        heard = settings_class("film")(name="film", files=["gone.mp4"], opacity=0)  # type: ignore[call-arg]
        for _ in range(2):
            found.stage.show_all(show_of(solid("ground", GREEN), heard))
        found.until(lambda: found.color == (0, 192, 0))
        assert len(opened) == 1


def test_a_show_that_is_overtaken_before_it_was_ready_leaves_nothing_behind() -> None:
    with Running(show_of(solid("ground", RED))) as found:
        for n in range(5):
            found.stage.show_all(show_of(solid(f"ground {n}", GREEN), surfaces=(Surface(name="wall", shows=f"ground {n}"),)))
        found.until(lambda: found.color == (0, 192, 0))
        assert list(found.stage.layers) == ["ground 4"]
        found.until(lambda: len(list(found.stage.folder.glob("layer-*"))) == 1)


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
    assert any("its process hangs; it is begun again" in line for line in running.said)


def test_a_fault_of_whoever_looks_on_does_not_end_the_show_and_is_told_once(running: Running) -> None:
    stop, turns = Stop(clock=SteadyClock()), []

    def fall() -> None:
        turns.append(len(turns))
        if len(turns) == 5:
            stop.ask("enough")
        raise ValueError("the ladder fell")

    running.stage.run(stop, each=fall)
    assert len(turns) == 5 and running.said.count("the ladder fell") == 1


def test_a_fault_of_whoever_hears_a_key_holds_up_nobody(running: Running) -> None:
    def fall(window: str, event: object) -> None:
        raise ValueError(f"{window} fell")

    link, heard = running.stage.outputs["main"], [Pressed("x"), Leave("by the door")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running.stage, "_on_event", fall)
        patch.setattr(link, "look", lambda: heard)
        running.stage.tick()
    assert "main fell" in running.said and running.stage.left_by == "by the door"
    running.stage.left_by = ""


def test_only_what_a_key_changed_is_taken_from_a_window(running: Running) -> None:
    running.stage.order(message="the doors open")
    link = running.stage.outputs["main"]
    assert link._take(Wished({"is_black": True}, 1))  # pressed before it heard of the message
    running.stage.tick()
    assert running.stage.orders == Orders(is_black=True, message="the doors open")
    running.stage.order(is_black=False, message="")


def test_what_cannot_be_sent_to_another_process_is_refused_and_the_next_is_sent(running: Running) -> None:
    with pytest.raises(Exception, match="pickle"):
        running.stage.lay_over("main", lambda: None)
    running.stage.set("layer.top.visible", True)
    running.until(lambda: running.color == (0, 192, 0))
    running.stage.set("layer.top.visible", False)
    running.until(lambda: running.color == (192, 0, 0))


def test_a_show_without_layers_is_black() -> None:
    with Running(show_of()) as found:
        found.until(lambda: found.color == (0, 0, 0))


def test_the_card_needs_no_layers_and_nobody_else() -> None:
    with Running(show_of(), orders=Orders(is_card=True)) as found:
        found.until(lambda: found.color not in ((), (0, 0, 0)))


def test_a_film_that_is_not_there_does_not_stop_the_rest(tmp_path: Path) -> None:
    film = settings_class("film")(name="wolves", files=["gone.mp4"], scale=0.3)  # type: ignore[call-arg]
    with Running(show_of(solid("ground", RED), film)) as found:
        found.until(lambda: any("wolves" in line and "gone.mp4" in line for line in found.said))
        found.until(lambda: found.stage.outputs["main"].stats is not None)


def test_no_display_at_the_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "nonsense")
    with pytest.raises(UserError, match="there is no screen here"), Running(show_of()):
        pass


SHOW = show_of(solid("ground", RED), solid("top", GREEN), surfaces=(Surface(name="wall"), Surface(name="wall left")))


def test_every_parameter_that_may_move_has_a_dotted_name() -> None:
    names = parameters_of(SHOW)
    assert {"layer.ground.opacity", "layer.top.brightness", "surface.wall.look.gamma", "surface.wall left.edges.left"} <= set(names)
    assert "surface.wall.corners" not in names and "layer.ground.fit" not in names
    assert names["layer.ground.rotation"].unit == "degrees"


def test_a_value_reaches_its_own_layer_or_surface_alone() -> None:
    moved = with_value(SHOW, "surface.wall left.look.gamma", 3)
    assert [surface.look.gamma for surface in moved.surfaces] == [1.0, 3.0]
    assert moved.surfaces[0] is SHOW.surfaces[0] and moved.layers is SHOW.layers
    scene = scene_of(with_value(SHOW, "layer.top.opacity", 0.25), {"top": Path("t"), "ground": Path("g")})
    assert [placed.placing.opacity for placed in scene.layers] == [1.0, 0.25]


def test_parts_of_a_parameter_move_alone() -> None:
    moved = with_value(with_value(SHOW, "layer.top.position.y", 0.25), "surface.wall.look.tint.green", 0.5)
    assert moved.layers[1].position == (0.0, 0.25) and moved.layers[0] is SHOW.layers[0]
    assert moved.surfaces[0].look.tint == (1.0, 0.5, 1.0)
    names = parameters_of(SHOW)
    assert {"layer.top.position", "layer.top.position.x", "layer.top.tint.blue"} <= set(names) and names[
        "layer.top.tint.blue"
    ].default == 1.0


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("layer.ground.opacty", 1, "Did you mean layer.ground.opacity?"),
        ("layer.grund.opacity", 1, "Did you mean layer.ground.opacity?"),
        ("surface.wall.corners", 1, "this cannot be changed while it runs"),
        ("layer.ground.opacity", 2, "must be less than or equal to 1"),
        ("layer.ground.opacity", "much", "opacity"),
        ("layer.ground.position.z", 0, "Did you mean layer.ground.position.y?"),
        ("layer.ground.tint.red", 9, "must be less than or equal to 4"),
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
