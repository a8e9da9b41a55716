"""The editor with its file and its show: what is saved, what others write, what windows are told, and what is kept that was not saved."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from live.clock import ManualClock
from live.shared import SharedWriter
from projection.mapping.attending import Attendant
from projection.mapping.ground import draw_ground
from projection.mapping.mapper import Mapper, begin_file
from projection.mapping.unsaved import Unsaved
from projection.mapping.view import View, shown_surfaces
from projection.scene import Orders
from projection.surfaces.model import FULL, Surface, SurfaceFile
from projection.surfaces.store import Watched, read_surfaces, write_surfaces
from projection.windows import Pointed, Pressed


@pytest.fixture
def path(tmp_path: Path, wall: SurfaceFile) -> Path:
    write_surfaces(tmp_path / "wall.toml", wall)
    return tmp_path / "wall.toml"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(100.0)


@pytest.fixture
def mapper(path: Path, clock: ManualClock) -> Mapper:
    return Mapper(Watched(path), clock=clock, sources=("film", "plasma"), outputs=("main", "side"))


def press(mapper: Mapper, *keys: str) -> None:
    for key in keys:
        assert mapper.press(Pressed(key, key if len(key) == 1 else "")), key


def test_what_is_saved_is_read_again_and_what_was_there_is_kept(mapper: Mapper, path: Path, wall: SurfaceFile) -> None:
    press(mapper, "right", "right", "d")
    assert read_surfaces(path) == wall
    press(mapper, "s")
    assert mapper.state.is_saved and mapper.state.message == "saved"
    assert read_surfaces(path) == mapper.state.file and read_surfaces(path) != wall
    assert read_surfaces(path.with_name(f"{path.stem}.backup-01.toml")) == wall
    press(mapper, "z", "s", "z", "s")
    assert read_surfaces(path) == wall


def test_a_disk_that_refuses_is_told_and_nothing_is_lost(mapper: Mapper, path: Path, clock: ManualClock) -> None:
    press(mapper, "right")
    path.unlink()
    path.mkdir()
    press(mapper, "s")
    assert mapper.state.message.startswith("wall.toml: ") and not mapper.state.is_saved


def test_what_another_program_writes_is_taken_over_where_nothing_is_lost_by_it(
    mapper: Mapper, path: Path, clock: ManualClock, wall: SurfaceFile
) -> None:
    theirs = wall.model_copy(update={"surface": (*wall.surface, Surface(name="roof"))})
    write_surfaces(path, theirs)
    clock.advance(1)
    mapper.look()
    assert mapper.state.file == theirs and mapper.state.is_saved and "z goes back" in mapper.state.message
    press(mapper, "z")
    assert mapper.state.file == wall and not mapper.state.is_saved


@pytest.mark.parametrize("is_seen_before", [True, False])
def test_of_two_who_write_at_once_neither_loses_anything(
    mapper: Mapper, path: Path, clock: ManualClock, wall: SurfaceFile, is_seen_before: bool
) -> None:
    press(mapper, "right")
    mine = mapper.state.file
    theirs = wall.model_copy(update={"surface": (*wall.surface, Surface(name="roof"))})
    write_surfaces(path, theirs)
    if is_seen_before:
        clock.advance(1)
        mapper.look()
    else:
        press(mapper, "s")
    assert mapper.state.file == mine and read_surfaces(path) == theirs
    assert "l takes what it says now, s writes yours over it" in mapper.state.message
    press(mapper, "l")
    assert mapper.state.file == theirs and mapper.state.is_saved
    press(mapper, "z", "s")
    assert read_surfaces(path) == mine and read_surfaces(path.with_name(f"{path.stem}.backup-01.toml")) == theirs


def test_a_broken_file_is_not_taken_over_and_saving_mends_it(mapper: Mapper, path: Path, clock: ManualClock) -> None:
    press(mapper, "right")
    mine = mapper.state.file
    path.write_text("[[surface]]\nname = ", encoding="utf-8")
    clock.advance(1)
    mapper.look()
    assert mapper.state.file == mine
    press(mapper, "s")
    assert read_surfaces(path) == mine and path.with_name(f"{path.stem}.backup-01.toml").read_text() == "[[surface]]\nname = "


def test_its_own_writing_is_no_news(mapper: Mapper, clock: ManualClock) -> None:
    press(mapper, "right", "s", "right")
    before = mapper.state.file
    clock.advance(5)
    mapper.look()
    assert mapper.state.file == before and not mapper.state.is_saved


def test_messages_and_the_magnifier_go_by_themselves(mapper: Mapper, clock: ManualClock) -> None:
    press(mapper, "left")
    assert mapper.view("main").held == pytest.approx((0.1 - 1 / 1920, 0.1), abs=1e-6)
    mapper.do("nudge", x=1e6)
    assert mapper.view("main").message
    told = mapper.number
    clock.advance(2)
    mapper.look()
    assert mapper.view("main").held is None and mapper.view("main").message and mapper.number > told
    clock.advance(10)
    mapper.look()
    assert not mapper.view("main").message
    quiet = mapper.number
    for _ in range(5):
        clock.advance(1)
        mapper.look()
    assert mapper.number == quiet  # nothing differs, nothing is told


def test_while_the_mouse_drags_the_magnifier_follows_and_ends_with_it(mapper: Mapper, clock: ManualClock) -> None:
    mapper.point(Pointed("down", (0.1, 0.1), 1), "main")
    assert mapper.view("main").held is None
    for n in range(1, 5):
        clock.advance(3)
        mapper.point(Pointed("move", (0.1 + n / 100, 0.1)), "main")
    assert mapper.view("main").held == pytest.approx((0.14, 0.1), abs=1e-6)
    assert mapper.view("side").held is None and mapper.view("side").points == ()
    told = mapper.number
    mapper.point(Pointed("up", (0.14, 0.1), 1), "main")
    assert mapper.view("main").held is None and mapper.number > told


def test_orders_are_wished_for_once_and_known_when_told(mapper: Mapper) -> None:
    press(mapper, "t", "b", "b")
    assert mapper.wanted() == ["is_card", "is_black", "is_black"] and mapper.wanted() == []
    told = mapper.number
    mapper.know(Orders(is_card=True))
    assert mapper.orders.is_card and mapper.number == told + 1
    mapper.know(Orders(is_card=True))
    assert mapper.number == told + 1


def test_a_key_that_is_held_moves_on_but_does_not_add_again_and_again(mapper: Mapper) -> None:
    for is_repeat in (False, True, True):
        assert mapper.press(Pressed("right", is_repeat=is_repeat)) and mapper.press(Pressed("h", "h", is_repeat))
    assert mapper.state.surface.corners[0][0] == pytest.approx(0.1 + 3 / 1920, abs=1e-6) and mapper.state.has_help
    assert mapper.press(Pressed("a", "a", is_repeat=True)) and len(mapper.state.names) == 3


def test_hands_in_many_threads_lose_nothing(mapper: Mapper) -> None:
    changed: list[int] = []
    mapper.on_change = lambda: changed.append(mapper.number)

    def work(hand: int) -> None:
        for n in range(40):
            mapper.do("move", surface="wall", mode="corners", vertex=0, to=(0.1 + hand / 100 + n / 4000, 0.1), gesture=f"hand {hand}")
            mapper.do("nudge", y=1)

    threads = [Thread(target=work, args=(hand,)) for hand in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mapper.number >= max(changed)
    for _ in range(len(mapper.state.past)):
        mapper.do("undo")
    assert mapper.state.past == () and len(mapper.state.future) > 0


def test_a_part_is_chosen_on_the_whole_of_what_is_shown(mapper: Mapper) -> None:
    press(mapper, ".", ".", "2")
    (shown,) = mapper.surfaces
    assert (shown.name, shown.corners, shown.grid, shown.masks, shown.area) == ("arch", FULL, None, (), (0.0, 0.0, 1.0, 1.0))
    press(mapper, "1")
    assert mapper.surfaces == mapper.state.file.surface
    assert mapper.view("main") == View(message=mapper.view("main").message)
    press(mapper, "3", "o")
    assert mapper.solo == "arch"
    assert shown_surfaces(mapper.state) == mapper.state.file.surface


class FakeShow:
    """A show that notes what it is told."""

    def __init__(self) -> None:
        self.orders = Orders()
        self.surfaces: list[tuple[Surface, ...]] = []
        self.views: dict[str, list[View]] = {"main": [], "side 1": [], "side 2": []}
        self.shared: dict[str, float] = {}

    def show_surfaces(self, surfaces: Sequence[Surface]) -> None:
        self.surfaces.append(tuple(surfaces))

    def order(self, **changes: Any) -> None:
        self.orders = replace(self.orders, **changes)

    def share(self, window: str, rate_hz: float) -> None:
        self.shared[window] = rate_hz

    def lay_over(self, window: str, view: Any) -> None:
        self.views[window].append(view)


@pytest.fixture
def show() -> FakeShow:
    return FakeShow()


@pytest.fixture
def attendant(mapper: Mapper, show: FakeShow, clock: ManualClock, tmp_path: Path) -> Attendant:
    windows = {"main": "main", "side 1": "side", "side 2": "side"}
    return Attendant(mapper, show, windows=windows, files={name: tmp_path / f"shown {name}" for name in windows}, clock=clock)


def test_the_show_is_told_what_differs_and_only_that(attendant: Attendant, show: FakeShow, mapper: Mapper) -> None:
    attendant.tick()
    assert [len(views) for views in show.views.values()] == [1, 1, 1] and show.surfaces == [mapper.state.file.surface]
    attendant.tick()
    attendant.hear("main", Pressed("right"))
    attendant.tick()
    assert len(show.views["main"]) == 2 and len(show.surfaces) == 2
    attendant.hear("side 2", Pressed("o", "o"))
    attendant.hear("side 2", Pressed("t", "t"))
    attendant.hear("side 2", Pressed("escape"))
    attendant.tick()
    assert (show.orders.solo, show.orders.is_card, len(show.surfaces)) == ("wall", True, 2)
    attendant.tick()
    assert mapper.orders.is_card
    attendant.hear("main", Pressed("o", "o"))
    attendant.tick()
    assert show.orders.solo == ""


def test_outputs_share_their_pictures_only_while_somebody_looks(
    attendant: Attendant, show: FakeShow, clock: ManualClock, tmp_path: Path
) -> None:
    attendant.tick()
    assert show.shared == {}
    assert attendant.picture_of("main") is None and attendant.picture_of("roof") is None
    attendant.tick()
    assert set(show.shared.values()) == {4.0}
    with SharedWriter(tmp_path / "shown main", most_px=64) as pictures:
        pictures.put(np.full((4, 8, 4), 9, np.uint8), time_s=1.0)
        clock.advance(1)
        found = attendant.picture_of("main")
        assert found is not None and found.shape == (4, 8, 4) and (found == 9).all()
        clock.advance(6)
        attendant.tick()
    assert set(show.shared.values()) == {0.0}


def test_a_file_is_begun_where_there_is_none(tmp_path: Path, path: Path) -> None:
    begin_file(tmp_path / "new.toml", size=(1280, 720))
    assert read_surfaces(tmp_path / "new.toml") == SurfaceFile(size=(1280, 720), surface=(Surface(name="quad 1"),))
    begin_file(tmp_path / "two.toml", size=(1280, 720), outputs=("left", "right"))
    assert [(each.name, each.output) for each in read_surfaces(tmp_path / "two.toml").surface] == [("left", "left"), ("right", "right")]
    before = path.read_text()
    begin_file(path, size=(1280, 720))
    assert path.read_text() == before


def test_what_is_not_saved_is_kept_beside_it_until_it_is(mapper: Mapper, path: Path, clock: ManualClock) -> None:
    told: list[str] = []
    unsaved = Unsaved(path, clock=clock, tell=told.append)
    kept = path.with_name("wall.unsaved.toml")

    def wait(seconds: float) -> None:
        clock.advance(seconds)
        unsaved.look(mapper.state)

    wait(60)
    assert not kept.exists() and unsaved.left() is None
    press(mapper, "right")
    wait(1)
    press(mapper, "right")
    wait(20)
    assert read_surfaces(kept) == mapper.state.file and read_surfaces(path) != mapper.state.file
    assert Unsaved(path, clock=clock, tell=told.append).left() == mapper.state.file
    press(mapper, "s")
    wait(0)
    assert not kept.exists()
    press(mapper, "right")
    assert unsaved.keep(mapper.state) and read_surfaces(kept) == mapper.state.file
    press(mapper, "z")
    assert not unsaved.keep(mapper.state) and not kept.exists() and told == []


def test_what_was_not_saved_goes_on_the_next_time_and_one_step_back_is_what_was(
    mapper: Mapper, path: Path, clock: ManualClock, wall: SurfaceFile
) -> None:
    told: list[str] = []
    press(mapper, "right", "d")
    Unsaved(path, clock=clock, tell=told.append).keep(mapper.state)
    again, unsaved = Mapper(Watched(path), clock=clock), Unsaved(path, clock=clock, tell=told.append)
    left = unsaved.left()
    assert left is not None
    again.resume(left)
    assert again.state.file == mapper.state.file and not again.state.is_saved and "l leaves it" in again.state.message
    assert unsaved.keep(again.state) and read_surfaces(path) == wall
    press(again, "l")
    assert again.state.file == wall
    assert not unsaved.keep(again.state) and not unsaved.path.exists() and told == []
    unsaved.path.write_text("size = 3")
    assert Unsaved(path, clock=clock, tell=told.append).left() is None and "wall.unsaved.toml:1" in told[0]


def test_masks_are_painted_with_the_pictures_beside_the_file(mapper: Mapper, path: Path) -> None:
    for name in ("b.png", "a.JPG", ".hidden.png", "notes.txt"):
        (path.parent / name).touch()
    press(mapper, "5", "a", "k", "k")
    assert mapper.state.surface.masks[0].picture == "a.JPG"
    press(mapper, "k")
    assert mapper.state.surface.masks[0].picture == "b.png"
    (path.parent / "c.png").touch()
    press(mapper, "k", "k")
    assert mapper.state.surface.masks[0].kind == "ellipse"


def test_a_place_where_nothing_can_be_kept_is_told_once(mapper: Mapper, path: Path, clock: ManualClock) -> None:
    told: list[str] = []
    unsaved = Unsaved(path, clock=clock, tell=told.append)
    unsaved.path.mkdir()
    for _ in range(3):
        press(mapper, "right")
        clock.advance(20)
        unsaved.look(mapper.state)
    assert len(told) == 1 and os.fspath(unsaved.path) in told[0]


@pytest.mark.parametrize("size_px", [(1920, 1080), (1024, 768), (500, 1600), (320, 320)])
def test_the_ground_to_lay_surfaces_with_has_four_different_corners_and_a_frame(size_px: tuple[int, int]) -> None:
    ground = draw_ground(size_px)
    width, height = size_px
    assert ground.shape == (height, width, 4) and (ground[..., 3] == 255).all()
    inset = max(3, min(size_px) // 50)
    corners = {tuple(ground[y, x].tolist()) for x in (inset, width - 1 - inset) for y in (inset, height - 1 - inset)}
    assert len(corners) == 4
    frame: Callable[[np.ndarray], bool] = lambda line: len(np.unique(line.reshape(-1, 4), axis=0)) == 1  # noqa: E731
    assert all(frame(line) for line in (ground[0], ground[-1], ground[:, 0], ground[:, -1]))
