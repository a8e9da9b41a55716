"""An output, picture by picture: its keys work whatever hangs, faults are answered, and nothing that is unchanged is drawn again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live.clock import ManualClock
from live.shared import Shared, SharedReader, SharedWriter
from projection.desk import BY_CLOSING, BY_KEY, QUESTIONS
from projection.displays import Display
from projection.messages import Directions, End, Leave, Opened, Over, Said, Stats, Wished
from projection.output import Output, OutputWish
from projection.scene import Orders, Placed, Scene
from projection.screen import Screen
from projection.windows import Changed, Closed, Event, Pointed, Pressed, ShowWindow, WindowWish

SIZE = (320, 180)
RED, BLUE = (0, 0, 200), (180, 0, 0)


class Glass:
    """A window that tests look at."""

    display = Display(0, "glass", SIZE)
    is_held = False
    remark = ""

    def __init__(self, wish: WindowWish) -> None:
        self.size_px = wish.size_px or SIZE
        self.target: np.ndarray | None = None if wish.uses_gl else np.zeros((self.size_px[1], self.size_px[0], 4), np.uint8)
        self.done: list[Event] = []
        self.n_flips = 0
        self.is_closed = False

    def events(self) -> list[Event]:
        done, self.done = self.done, []
        return done

    def flip(self) -> None:
        self.n_flips += 1

    def close(self) -> None:
        self.is_closed = True


class Crayon:
    """Draws the first layer's colour all over; what is laid over stays until it draws again."""

    told = "a crayon"

    def __init__(self, window: ShowWindow, folder: Path, say: Callable[[str], None]) -> None:
        self.window = window
        self.canvas = window.target if window.target is not None else np.zeros((window.size_px[1], window.size_px[0], 4), np.uint8)
        self.n_draws = self.n_reads = 0
        self.fails = ""
        self.shown: list[tuple[Scene, str]] = []

    def show(self, scene: Scene, output: str, *, solo: str = "") -> None:
        self._fail("show")
        self.shown.append((scene, solo))

    def draw(self, pictures: Mapping[str, Shared]) -> bool:
        self._fail("draw")
        self.n_draws += 1
        self.canvas[..., :3] = next((picture.picture[0, 0, :3] for picture in pictures.values()), 0)
        return True

    def draw_over(self, picture: np.ndarray, *, at_px: tuple[int, int] = (0, 0)) -> None:
        self._fail("draw_over")
        x, y = at_px
        below = self.canvas[y : y + picture.shape[0], x : x + picture.shape[1], :3]
        below[:] = picture[..., :3] + below * (1 - picture[..., 3:] / 255)

    def read(self) -> np.ndarray:
        self.n_reads += 1
        return self.canvas

    def close(self) -> None:
        pass

    def _fail(self, what: str) -> None:
        if self.fails == what:
            raise RuntimeError(f"the crayon broke while it should {what}")


class Line:
    """A wire with nobody at its end."""

    is_broken = False

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.coming: list[Any] = []

    def send(self, message: Any, *, is_newest: bool = False) -> None:
        self.sent.append(message)

    def received(self) -> list[Any]:
        coming, self.coming = self.coming, []
        return coming

    def of(self, kind: type) -> list[Any]:
        return [message for message in self.sent if isinstance(message, kind)]


class Rig:
    """An output with everything around it."""

    def __init__(self, folder: Path, *, uses_gl: bool = False, is_rehearsed: bool = False) -> None:
        self.clock, self.line, self.folder = ManualClock(100.0), Line(), folder
        self.windows: list[Glass] = []
        self.drawers: list[Crayon] = []
        wish = WindowWish("test", size_px=SIZE if is_rehearsed else None, uses_gl=uses_gl or None)
        self.wish = OutputWish("main", wish, folder / "shown")
        self.makes: Callable[..., Crayon] = Crayon
        self.screen = Screen(wish, clock=self.clock, say=lambda line: self.line.send(Said(line)), open=self._open, make=self._make)
        self.output = Output(self.wish, self.line, self.clock, self.screen)  # type: ignore[arg-type]
        self.layer = SharedWriter(folder / "layer", most_px=16)
        self.scene = Scene(SIZE, (Placed("plain", str(folder / "layer")),))

    def _open(self, wish: WindowWish) -> ShowWindow:
        self.windows.append(Glass(wish))
        return self.windows[-1]

    def _make(self, window: ShowWindow, folder: Path, say: Callable[[str], None]) -> Crayon:
        self.drawers.append(self.makes(window, folder, say))
        return self.drawers[-1]

    def put(self, color: tuple[int, int, int]) -> None:
        self.layer.put(np.full((4, 4, 4), (*color, 255), np.uint8), time_s=self.clock.now())

    def tick(self, n: int = 1) -> None:
        for _ in range(n):
            self.clock.advance(1 / 60)
            self.output.tick(self.clock.now())

    def press(self, *keys: str) -> None:
        self.windows[-1].done += [Pressed(key) for key in keys]
        self.tick()

    @property
    def color(self) -> tuple[int, ...]:
        """Of a pixel near the middle, where the card is dark."""
        return tuple(int(value) for value in self.drawers[-1].canvas[SIZE[1] // 2, 5, :3])

    @property
    def is_card(self) -> bool:
        return bool((self.drawers[-1].canvas[0, :, :3] == 255).all())


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    made.line.coming.append(made.scene)
    made.put(RED)
    made.tick()
    assert made.color == RED
    yield made
    made.output.close()


def test_newest_pictures_are_shown_and_what_stands_still_is_not_drawn_again(rig: Rig) -> None:
    n_draws, n_flips = rig.drawers[-1].n_draws, rig.windows[-1].n_flips
    rig.tick(30)
    assert (rig.drawers[-1].n_draws, rig.windows[-1].n_flips) == (n_draws, n_flips)
    rig.put(BLUE)
    rig.tick()
    assert rig.color == BLUE and rig.windows[-1].n_flips == n_flips + 1


def test_black_freeze_and_card_work_while_nobody_answers(rig: Rig) -> None:
    rig.press("b")
    assert rig.color == (0, 0, 0)
    rig.press("b")
    assert rig.color == RED
    rig.press("f")
    rig.put(BLUE)
    rig.tick()
    assert rig.color == RED
    rig.press("f")
    assert rig.color == BLUE
    rig.press("t")
    assert rig.is_card
    rig.press("b")
    assert rig.color == (0, 0, 0) and not rig.is_card
    rig.press("b", "alt+t")
    assert rig.color == BLUE
    wished = rig.line.of(Wished)
    assert [wish.number for wish in wished] == list(range(1, len(wished) + 1)) and wished[0].changes == {"is_black": True}
    assert not rig.line.of(Pressed)


def test_a_key_that_is_held_turns_an_order_on_once(rig: Rig) -> None:
    rig.windows[-1].done += [Pressed("b"), *(Pressed("b", is_repeat=True) for _ in range(5))]
    rig.tick()
    assert rig.color == (0, 0, 0) and len(rig.line.of(Wished)) == 1


def test_other_keys_and_the_mouse_are_told_and_do_nothing_here(rig: Rig) -> None:
    rig.press("escape", "q", "ctrl+c")
    rig.windows[-1].done.append(Pointed("move", (0.5, 0.25)))
    rig.tick()
    assert [event.key for event in rig.line.of(Pressed)] == ["escape", "q", "ctrl+c"]
    assert rig.line.of(Pointed) and rig.color == RED and not rig.output.has_ended


def test_orders_that_came_before_a_wish_was_heard_are_too_late(rig: Rig) -> None:
    rig.press("b")
    rig.line.coming.append(Directions(Orders(), n_heard=0))
    rig.tick()
    assert rig.color == (0, 0, 0)
    rig.line.coming.append(Directions(Orders(), n_heard=1))
    rig.tick()
    assert rig.color == RED


def test_the_show_ends_only_if_it_is_asked_twice(rig: Rig) -> None:
    rig.press("ctrl+q")
    assert not rig.line.of(Leave)
    assert (rig.drawers[-1].canvas[-20:] != rig.drawers[-1].canvas[0, 0]).any()  # the question at the foot
    rig.tick(4 * 60)
    assert (rig.drawers[-1].canvas[..., :3] == RED).all()  # the question is gone
    rig.press("ctrl+q")
    assert not rig.line.of(Leave)
    rig.press("ctrl+q")
    assert rig.line.of(Leave)[0].way == BY_KEY and not rig.output.has_ended


def test_where_the_show_does_not_end_though_asked_the_window_goes_by_itself(rig: Rig) -> None:
    rig.press("ctrl+q", "ctrl+q")
    rig.tick(2 * 60)
    assert not rig.output.has_ended
    rig.tick(2 * 60)
    assert rig.output.has_ended


@pytest.mark.parametrize("is_rehearsed", [False, True])
def test_closing_a_window_asks_and_a_second_time_ends_the_show(tmp_path: Path, is_rehearsed: bool) -> None:
    rig = Rig(tmp_path, is_rehearsed=is_rehearsed)
    rig.windows[-1].done.append(Closed())
    rig.tick()
    assert not rig.line.of(Leave) and rig.output._desk.message == QUESTIONS[BY_CLOSING]
    rig.windows[-1].done.append(Closed())
    rig.tick()
    assert rig.line.of(Leave)[0].way == BY_CLOSING
    rig.output.close()


def test_the_card_counts_every_picture_and_its_mark_moves(rig: Rig) -> None:
    rig.press("t")
    n_flips = rig.windows[-1].n_flips
    before = rig.drawers[-1].canvas.copy()
    rig.tick(10)
    assert rig.windows[-1].n_flips == n_flips + 10
    changed = np.argwhere((rig.drawers[-1].canvas != before).any(axis=2))
    assert len(changed) and changed[:, 0].min() > SIZE[1] / 2  # the mark and the number, below the middle


def test_messages_and_what_is_laid_over_are_not_recorded(rig: Rig) -> None:
    rig.line.coming.append(Directions(Orders(message="the doors open at eight"), shown_hz=30))
    rig.tick()
    shown = SharedReader(rig.folder / "shown").newest()
    assert shown is not None and (shown.picture[..., :3] == RED).all()
    assert not (rig.drawers[-1].canvas[..., :3] == RED).all()


def test_what_is_shown_is_shared_as_often_as_was_asked(rig: Rig) -> None:
    rig.line.coming.append(Directions(shown_hz=20))
    for n in range(60):
        rig.put((n, 0, 0))
        rig.tick()
    shown = SharedReader(rig.folder / "shown").newest()
    assert shown is not None and 18 <= shown.number <= 22


def test_what_stands_still_is_shared_whenever_somebody_begins_to_look(rig: Rig) -> None:
    rig.tick(30)
    rig.line.coming.append(Directions(shown_hz=5))
    rig.put(BLUE)
    rig.tick()
    rig.put(RED)  # too soon after the other to be shared at once
    rig.tick(30)
    shown = SharedReader(rig.folder / "shown").newest()
    assert shown is not None and shown.number == 2 and (shown.picture[..., :3] == RED).all()


def test_the_show_ends_it(rig: Rig) -> None:
    rig.line.coming.append(End())
    rig.tick()
    assert rig.output.has_ended


def test_a_solo_is_handed_on(rig: Rig) -> None:
    rig.line.coming.append(Directions(Orders(solo="left window")))
    rig.tick()
    assert rig.drawers[-1].shown[-1][1] == "left window"


def test_statistics_come_about_once_a_second(rig: Rig) -> None:
    for n in range(200):
        rig.put((n % 200, 1, 1))
        rig.tick()
    stats = rig.line.of(Stats)
    assert 2 <= len(stats) <= 4
    assert stats[-1].fps == pytest.approx(60, abs=1) and stats[-1].drawn == "a crayon"
    assert stats[-1].ages_ms["plain"] == pytest.approx(1000 / 60, abs=0.1)


def test_all_the_time_is_told_and_only_pictures_that_differ_count(rig: Rig) -> None:
    def film(seconds: int) -> None:
        for n in range(25 * seconds):
            rig.put((n, 1, 1))
            rig.tick(2 if n % 5 else 4)  # 60 turns a second, 25 pictures

    film(4)
    rig.press("b")
    rig.tick(20 * 60)
    rig.press("b")
    film(4)
    rig.line.sent.clear()
    rig.output.close()
    (last,) = rig.line.of(Stats)
    assert last.whole.n == pytest.approx(200, abs=5) and last.whole.seconds == pytest.approx(28, abs=0.1)
    assert last.whole.longest_s == pytest.approx(4 / 60, abs=0.001)  # black is no picture that stands


def test_a_picture_that_stands_is_no_other_though_it_is_shown_again(rig: Rig) -> None:
    n_flips = rig.windows[-1].n_flips
    rig.tick(10 * 60)
    rig.output.close()
    assert rig.windows[-1].n_flips >= n_flips + 9
    whole = rig.line.of(Stats)[-1].whole
    assert whole.n == 1 and whole.longest_s == pytest.approx(10, abs=0.1)


def test_a_fault_that_comes_back_after_hours_is_told_again(rig: Rig) -> None:
    def fail_and_mend() -> None:
        rig.line.coming.append(Said("a message cannot be read"))
        rig.tick(5)

    fail_and_mend()
    fail_and_mend()
    assert len(rig.line.of(Said)) == 1
    rig.clock.advance(7200)
    fail_and_mend()
    assert len(rig.line.of(Said)) == 2


def test_a_layer_that_is_made_anew_by_another_process_is_followed(rig: Rig) -> None:
    rig.layer = SharedWriter(rig.folder / "layer", most_px=16)  # the one before was killed: nobody closed it
    rig.put(BLUE)
    rig.tick(30)
    assert rig.color == BLUE


def test_a_window_that_was_covered_is_drawn_again(rig: Rig) -> None:
    n_flips = rig.windows[-1].n_flips
    rig.windows[-1].done.append(Changed())
    rig.tick()
    assert rig.windows[-1].n_flips == n_flips + 1 and len(rig.windows) == 1


def test_a_display_of_another_size_gets_a_new_window(rig: Rig) -> None:
    rig.windows[-1].done.append(Changed(is_resized=True))
    rig.tick()
    assert len(rig.windows) == 2 and rig.windows[0].is_closed and rig.color == RED
    assert len(rig.line.of(Opened)) == 2


def test_where_gl_fails_the_processor_draws(tmp_path: Path) -> None:
    rig = Rig(tmp_path, uses_gl=True)
    rig.line.coming.append(rig.scene)
    rig.put(RED)
    rig.tick()
    assert rig.windows[-1].target is None
    rig.drawers[-1].fails = "draw"
    rig.put(BLUE)
    rig.tick(2)
    assert rig.windows[-1].target is not None and rig.windows[0].is_closed and rig.color == BLUE
    assert [said.line for said in rig.line.of(Said)] == [
        "GL fails (the crayon broke while it should draw): the processor draws from now on"
    ]
    rig.output.close()


def test_a_scene_that_cannot_be_drawn_leaves_the_one_before(rig: Rig) -> None:
    class Picky(Crayon):
        def show(self, scene: Scene, output: str, *, solo: str = "") -> None:
            if scene.size_px == (1, 1):
                raise ValueError("too small")
            super().show(scene, output, solo=solo)

    rig.makes = Picky
    rig.windows[-1].done.append(Changed(is_resized=True))  # from now on it is a picky one
    rig.line.coming.append(Scene((1, 1), rig.scene.layers))
    rig.tick(2)
    rig.put(BLUE)
    rig.tick()
    assert rig.color == BLUE
    assert "this cannot be drawn (too small): it stays as it was" in [said.line for said in rig.line.of(Said)]


def test_where_nothing_can_be_drawn_it_is_black_until_it_is_better(rig: Rig) -> None:
    class Broken(Crayon):
        def draw(self, pictures: Mapping[str, Shared]) -> bool:
            raise MemoryError

    rig.makes, rig.drawers[-1].fails = Broken, "draw"
    for n in range(100):
        rig.put((n, n, 0))
        rig.tick()
    assert rig.windows[-1].target is not None and not rig.windows[-1].target.any()
    rig.makes = Crayon
    n_shown = rig.output._counted.n_shown
    assert n_shown < 5 and rig.screen.drawn == ""
    rig.tick(90)
    rig.put(BLUE)
    rig.tick()
    assert rig.color == BLUE
    assert len(rig.line.of(Said)) == 3  # of the crayon that broke, of the next, and that it is black: each once


def test_what_the_show_tells_is_laid_over(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.output._overlayer = Stamp(SIZE)
    rig.line.coming += [rig.scene, Over("here")]
    rig.put(RED)
    rig.tick()
    canvas = rig.drawers[-1].canvas
    assert tuple(canvas[0, 0, :3]) == (255, 255, 255) and tuple(canvas[50, 50, :3]) == RED
    rig.line.coming.append(Over("nothing"))
    rig.tick()
    assert tuple(canvas[0, 0, :3]) == RED
    rig.line.coming += [Over("here"), Over(None)]
    rig.tick()
    assert tuple(canvas[0, 0, :3]) == RED
    rig.output.close()


def test_what_is_shown_is_read_back_only_where_somebody_looks_at_it(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    stamp = rig.output._overlayer = Stamp(SIZE)
    rig.line.coming += [rig.scene, Over("here")]
    rig.put(RED)
    rig.tick()
    assert rig.drawers[-1].n_reads == 0
    rig.line.coming.append(Over("look"))
    rig.tick()
    assert stamp.saw == [RED] and rig.drawers[-1].n_reads == 1
    rig.output.close()


class Stamp:
    """Lays a white corner over what is shown, or nothing; "look" looks at what lies below."""

    is_empty = True

    def __init__(self, size_px: tuple[int, int]) -> None:
        self.picture = np.zeros((size_px[1], size_px[0], 4), np.uint8)
        self.saw: list[tuple[int, ...]] = []

    def draw(self, view: Any, read: Callable[[], np.ndarray]) -> bool:
        self.picture[:9, :9] = 255
        self.is_empty = view == "nothing"
        if view == "look":
            self.saw.append(tuple(int(value) for value in read()[0, 0, :3]))
        return True
