"""A layer that raises, hangs or never opens concerns nobody else: a placeholder stands in, it is told once, and tried again for ever."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, ClassVar

import numpy as np
import pytest

from live.clock import ManualClock, SteadyClock
from live.memory import shared_folder
from live.shared import Shared, SharedReader
from media.errors import UserError
from media.settings import setting
from projection.layers.layer import Absent, Drawn, LayerSettings, Room
from projection.layers.placeholder import draw_placeholder
from projection.layers.running import Runner, Worker
from projection.layers.showing import Showing, shown_size

RED = np.full((180, 320, 3), (200, 0, 0), np.uint8)


class Settings(LayerSettings):
    """Of a layer that does what a test says."""

    level: int = setting(0, live=True, help="Moves while it runs.")
    file: str = setting("", help="Does not.")

    actor: ClassVar[type[Actor]]

    def make(self, room: Room) -> Actor:
        return self.actor(self, room)


class Actor:
    """A layer that plays what is in its script: a picture, None, an error to raise, an Event to wait for; at its end, RED for ever."""

    settings: ClassVar[type[Settings]]
    script: ClassVar[list[Any]]
    calls: ClassVar[list[str]]

    def __init__(self, settings: Settings, room: Room) -> None:
        self.calls.append(f"made {settings.file}".strip())
        self._act(self.opening.pop(0) if self.opening else None)

    opening: ClassVar[list[Any]]

    def draw(self, at_s: float) -> Drawn | None:
        return self._act(self.script.pop(0) if self.script else RED)

    def set(self, settings: Settings) -> None:
        self.calls.append(f"level {settings.level}")

    def close(self) -> None:
        self.calls.append("closed")

    def _act(self, what: Any) -> Any:
        if isinstance(what, BaseException):
            raise what
        if isinstance(what, Event):
            what.wait(30)
            return Drawn(RED)
        return Drawn(what, is_opaque=what.shape[2] == 3) if isinstance(what, np.ndarray) else what


@pytest.fixture
def actor() -> type[Actor]:
    return new_actor()


def new_actor() -> type[Actor]:
    """One with a script of its own, and settings that make it."""
    made = type("Actor", (Actor,), {"script": [], "opening": [], "calls": []})

    class OfIt(Settings):
        actor = made

    made.settings = OfIt
    return made


@pytest.fixture
def frames() -> Iterator[Path]:
    with shared_folder() as folder:
        yield folder / "it"


@pytest.fixture
def showing(room: Room, frames: Path) -> Iterator[Showing]:
    showing = Showing("it", room, frames)
    yield showing
    showing.close()


@pytest.fixture
def worker(actor: type[Actor], room: Room, showing: Showing) -> Worker:
    return Worker(actor.settings(name="it"), room, showing)


@pytest.fixture
def turn(worker: Worker, clock: ManualClock) -> Callable[..., None]:
    """Some time passes, and the worker has a turn."""

    def turn(after_s: float = 1 / 60, *, n: int = 1) -> None:
        for _ in range(n):
            clock.advance(after_s)
            worker.step(clock.now())

    return turn


@pytest.fixture
def seen(frames: Path) -> Callable[[], str]:
    """What outputs see: nothing, red, or a placeholder."""

    def seen() -> str:
        shared = SharedReader(frames).newest()
        return "nothing" if shared is None else looks(shared)

    return seen


def looks(shared: Shared) -> str:
    if shared.is_opaque and (shared.picture == (0, 0, 200, 255)).all():
        return "red"
    return "placeholder" if not shared.is_opaque and shared.picture.shape == (180, 320, 4) and shared.picture.any() else "other"


def test_a_picture_of_three_colors_is_shared_in_the_screens_order(turn: Callable[..., None], seen: Callable[[], str], frames: Path) -> None:
    assert seen() == "nothing"
    turn()
    assert seen() == "red"
    assert SharedReader(frames).newest().time_s == pytest.approx(1000 + 1 / 60)


def test_one_with_opaqueness_is_shared_as_it_is(turn: Callable[..., None], actor: type[Actor], frames: Path) -> None:
    picture = np.arange(40 * 30 * 4, dtype=np.uint32).reshape(30, 40, 4).astype(np.uint8)
    actor.script[:] = [picture[:, ::-1]]  # not contiguous, and smaller than the stage
    turn()
    shared = SharedReader(frames).newest()
    assert np.array_equal(shared.picture, picture[:, ::-1]) and not shared.is_opaque


def test_one_that_is_never_there_is_told_once_and_opened_when_it_comes(
    turn: Callable[..., None], actor: type[Actor], seen: Callable[[], str], told: list[str]
) -> None:
    actor.opening[:] = [UserError("a.mp4", "there is no such file", "Check the path.")] * 6
    turn()
    assert seen() == "placeholder"
    turn(0.5, n=120)
    assert seen() == "red"
    assert told == ["it: a.mp4: there is no such file. Check the path. It is tried again by itself.", "it: it is back."]
    assert actor.calls == ["made"] * 7


def test_it_is_tried_again_after_ever_longer_pauses_up_to_eight_seconds(
    turn: Callable[..., None], actor: type[Actor], clock: ManualClock
) -> None:
    actor.opening[:] = [OSError("no")] * 100
    times = []
    for _ in range(400):
        before = len(actor.calls)
        turn(0.125)
        times += [clock.now()] * (len(actor.calls) - before)
    assert list(np.diff(times))[:9] == [0.25, 0.5, 1, 2, 4, 8, 8, 8, 8]


def test_one_fault_in_the_middle_is_hardly_seen(turn: Callable[..., None], actor: type[Actor], seen: Callable[[], str], told: list[str]) -> None:
    actor.script[:] = [RED, ValueError("odd")]
    turn(n=2)
    assert seen() == "red"
    assert told == ["it: it fails (ValueError: odd). It is tried again by itself."]
    turn(0.3)
    assert actor.calls == ["made", "closed", "made"]
    assert seen() == "red"


def test_a_second_fault_brings_the_placeholder_and_is_not_told_again(
    turn: Callable[..., None], actor: type[Actor], seen: Callable[[], str], told: list[str]
) -> None:
    actor.script[:] = [RED, ValueError("odd"), ValueError("odd"), ValueError("odd")]
    turn(n=2)
    turn(0.3)
    assert seen() == "placeholder"
    turn(0.5, n=4)
    assert seen() == "red"
    assert len(told) == 1
    turn(0.5, n=12)
    assert told[1:] == ["it: it is back."]


def test_what_fails_again_and_again_with_pictures_between_is_told_once(turn: Callable[..., None], actor: type[Actor], told: list[str]) -> None:
    actor.script[:] = [RED, ValueError("odd")] * 20
    turn(0.5, n=200)
    assert told.count("it: it fails (ValueError: odd). It is tried again by itself.") == 1


def test_another_fault_is_told(turn: Callable[..., None], actor: type[Actor], told: list[str]) -> None:
    actor.opening[:] = [OSError("one"), OSError("two"), OSError("two"), OSError("one")]
    turn(2.0, n=8)
    assert [line.split("OSError: ")[1][:3] for line in told[:3]] == ["one", "two", "one"]


def test_a_library_that_ends_the_program_ends_its_layer_only(turn: Callable[..., None], actor: type[Actor], seen: Callable[[], str]) -> None:
    actor.opening[:] = [SystemExit(1)]
    turn()
    assert seen() == "placeholder"


@pytest.mark.parametrize("what", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 2), np.uint8)])
def test_what_is_no_picture_is_a_fault(turn: Callable[..., None], actor: type[Actor], seen: Callable[[], str], told: list[str], what: Any) -> None:
    actor.script[:] = [Drawn(what)]
    turn()
    assert seen() == "placeholder" and "a picture is" in told[0]


def test_what_is_not_there_for_now_is_asked_again_and_not_made_anew(
    turn: Callable[..., None], actor: type[Actor], seen: Callable[[], str], told: list[str]
) -> None:
    actor.script[:] = [RED, *[Absent("camera:0", "it gives no more pictures")] * 5]
    turn(n=4)
    assert seen() == "placeholder"
    turn(n=4)
    assert seen() == "red"
    assert actor.calls == ["made"] and len(told) == 1


def test_a_fault_that_ends_with_a_question_is_told_as_one(turn: Callable[..., None], actor: type[Actor], told: list[str]) -> None:
    actor.opening[:] = [UserError("font Noto", "this machine has no font of this name", "Did you mean Noto Sans?")]
    turn(n=2)
    assert told == ["it: font Noto: this machine has no font of this name. Did you mean Noto Sans? It is tried again by itself."]


def test_it_is_back_only_when_a_new_picture_has_come(turn: Callable[..., None], actor: type[Actor], told: list[str]) -> None:
    actor.script[:] = [Absent("dream", "no pictures are shared here yet"), RED, *[None] * 20, RED]
    turn(n=2)
    turn(1.0, n=20)  # who shared the one has ended
    assert len(told) == 1 and "no pictures are shared here yet" in told[0]
    turn()
    assert told[1:] == ["it: it is back."]


def test_one_made_anew_is_back_though_its_picture_stands(turn: Callable[..., None], actor: type[Actor], told: list[str]) -> None:
    actor.opening[:] = [OSError("no")]
    actor.script[:] = [RED, *[None] * 20]
    turn()
    turn(1.0, n=10)
    assert told[1:] == ["it: it is back."]


def test_a_still_picture_comes_back_after_a_placeholder(turn: Callable[..., None], actor: type[Actor], seen: Callable[[], str]) -> None:
    actor.script[:] = [RED, None, Absent("a", "b"), Absent("a", "c"), Absent("a", "d"), Absent("a", "e"), None, None]
    turn(n=6)
    assert seen() == "placeholder"
    turn(n=2)
    assert seen() == "red"


def test_one_made_anew_that_has_no_picture_yet_keeps_the_placeholder(turn: Callable[..., None], actor: type[Actor], seen: Callable[[], str]) -> None:
    actor.opening[:] = [OSError("no")]
    actor.script[:] = [None] * 10
    turn()
    turn(0.5, n=3)
    assert seen() == "placeholder"


def test_live_settings_are_moved_and_others_make_it_anew(turn: Callable[..., None], worker: Worker, actor: type[Actor]) -> None:
    turn()
    worker.want(worker._wanted.model_copy(update={"opacity": 0.5}))
    turn()
    assert actor.calls == ["made"]  # outputs see to that
    worker.want(worker._wanted.model_copy(update={"level": 3}))
    turn(n=3)
    assert actor.calls == ["made", "level 3"]
    worker.want(worker._wanted.model_copy(update={"file": "b", "level": 4}))
    turn(n=3)
    assert actor.calls == ["made", "level 3", "closed", "made b"]


def test_a_runner_shares_until_it_is_closed(actor: type[Actor], room: Room, frames: Path, wait_until: Callable[..., None]) -> None:
    with Runner(actor.settings(name="it"), replace(room, clock=SteadyClock(spin_s=0)), frames) as runner:
        reader = SharedReader(frames)
        wait_until(lambda: (newest := reader.newest()) is not None and newest.number > 5)
        stats = runner.stats()
        assert (stats.state, stats.fault) == ("shown", "") and stats.n_pictures >= 5 and 0 < stats.rate_hz < 100
        runner.set(actor.settings(name="it", level=2))
        wait_until(lambda: "level 2" in actor.calls)
    assert reader.has_ended and not frames.exists()
    assert actor.calls[-1] == "closed"


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="memory is not asked for beforehand here")
def test_where_there_is_no_memory_it_is_told_and_comes_when_there_is(
    turn: Callable[..., None], seen: Callable[[], str], told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", refuse)
        turn(0.5, n=20)
    assert seen() == "nothing" and len(told) == 1
    assert "no memory left for 0.7 MB" in told[0] or "the disk is full" in told[0]  # where the folder is no memory
    turn(9.0)
    assert seen() == "red"


def test_one_that_hangs_is_told_and_comes_back(
    actor: type[Actor], room: Room, frames: Path, clock: ManualClock, told: list[str], seen: Callable[[], str], wait_until: Callable[..., None]
) -> None:
    stuck = Event()
    actor.script[:] = [RED, stuck]
    with Runner(actor.settings(name="it"), room, frames) as runner:
        wait_until(lambda: len(actor.script) == 0)
        assert seen() == "red"
        clock.advance(2.5)
        wait_until(lambda: seen() == "placeholder")
        assert runner.stats().state == "stuck"
        wait_until(lambda: told == ["it: it has not answered for 2 s. It is tried again by itself."])
        stuck.set()
        wait_until(lambda: seen() == "red" and runner.stats().state == "shown")
    assert actor.calls == ["made", "closed"]


def test_one_that_hangs_for_ever_is_left_behind_for_another(
    actor: type[Actor], room: Room, frames: Path, clock: ManualClock, seen: Callable[[], str], wait_until: Callable[..., None]
) -> None:
    stuck = Event()
    actor.opening[:] = [stuck]
    with Runner(actor.settings(name="it"), room, frames):
        wait_until(lambda: actor.calls == ["made"])
        clock.advance(11)
        wait_until(lambda: seen() == "red")
        assert actor.calls == ["made", "made"]
        stuck.set()
        wait_until(lambda: actor.calls == ["made", "made", "closed"])  # the first, which answers at last, ends


def test_no_more_than_a_few_are_left_behind(actor: type[Actor], room: Room, frames: Path, clock: ManualClock, wait_until: Callable[..., None]) -> None:
    stuck = Event()
    actor.opening[:] = [stuck] * 10
    with Runner(actor.settings(name="it"), room, frames) as runner:
        for n in range(1, 5):
            wait_until(lambda n=n: len(actor.calls) == n)
            clock.advance(1000)
        for _ in range(3):
            runner._look(clock.now())
        assert len(actor.calls) == 4
        stuck.set()


def test_it_can_be_closed_while_it_hangs(actor: type[Actor], room: Room, frames: Path, wait_until: Callable[..., None]) -> None:
    stuck = Event()
    actor.script[:] = [stuck]
    runner = Runner(actor.settings(name="it"), room, frames)
    wait_until(lambda: not actor.script)
    runner.close()
    assert not frames.exists() and "closed" not in actor.calls
    stuck.set()
    wait_until(lambda: "closed" in actor.calls)


def test_others_go_on_while_one_hangs(actor: type[Actor], room: Room, frames: Path, wait_until: Callable[..., None]) -> None:
    stuck, other = Event(), new_actor()
    actor.script[:] = [stuck]
    with Runner(actor.settings(name="it"), room, frames), Runner(other.settings(name="other"), room, frames.with_name("other")) as runner:
        wait_until(lambda: not actor.script)
        number = runner.stats().n_pictures
        wait_until(lambda: runner.stats().n_pictures > number + 5)
        stuck.set()


def test_no_room_for_the_file_is_told_at_once(actor: type[Actor], room: Room, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file or folder"):
        Runner(actor.settings(name="it"), room, tmp_path / "none" / "it")


@pytest.mark.parametrize(
    ("size_px", "shown"),
    [
        ((1920, 1080), (1920, 1080)),
        ((640, 360), (640, 360)),
        ((3840, 2160), (1920, 1080)),
        ((4000, 1000), (4000, 1000)),  # as high as the stage: all of it is seen when it is cropped
        ((1080, 1920), (1080, 1920)),
        ((6000, 8000), (1763, 2351)),  # 1920 x 2560 is more than twice the stage's pixels
        ((30_000, 2), (30_000, 2)),
        ((60_000, 1080), (15_178, 273)),
    ],
)
def test_pictures_are_shared_as_large_as_can_be_seen(size_px: tuple[int, int], shown: tuple[int, int]) -> None:
    assert shown_size(size_px, (1920, 1080)) == shown
    assert shown[0] * shown[1] <= 2 * 1920 * 1080


def test_a_placeholder_is_quiet_and_says_who_and_why() -> None:
    picture = draw_placeholder("wolves", "films/wolves.mp4: there is no such file. " * 20, (1280, 720))
    assert picture.shape == (720, 1280, 4)
    assert (picture[..., :3] <= picture[..., 3:]).all()
    assert 0 < picture[..., :3].mean() < 6 and picture[..., :3].max() < 180
    assert not picture[:100].any() and not picture[-100:].any()
    assert not np.array_equal(picture, draw_placeholder("lions", "films/wolves.mp4: there is no such file. " * 20, (1280, 720)))


@pytest.mark.parametrize("height", [720, 1080])
def test_a_placeholder_is_read_from_afar(height: int) -> None:
    rows = draw_placeholder("HHH", "HHH", (height * 16 // 9, height))[..., 0].max(axis=1) > 100  # of blue the line above has less
    edges = np.flatnonzero(np.diff(rows.astype(int)))
    name_px, fault_px = edges[1::2] - edges[::2]
    assert name_px > 0.06 * height and fault_px > 0.035 * height


@pytest.mark.parametrize("size_px", [(16, 16), (1920, 32), (32, 1080)])
def test_a_placeholder_fits_any_stage(size_px: tuple[int, int]) -> None:
    assert draw_placeholder("a name", "some words that have no room there", size_px).shape == (size_px[1], size_px[0], 4)
