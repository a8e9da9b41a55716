"""The newest picture of a camera that comes and goes, and of a film that plays against the clock."""

from __future__ import annotations

import subprocess
import sys
from ast import literal_eval
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from PIL import Image

from live.camera import CameraSource
from live.capture import Capture, Slot, camera_address, is_camera, open_capture
from live.clock import ManualClock, SteadyClock
from live.film import FilmSource
from media.errors import UserError
from media.frames import Frame, read_frames

GRAY = np.full((48, 64, 3), 128, np.uint8)


class Camera:
    """The device of an imagined machine: there, or not; its pictures come, or fail, or make it hang."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.is_there = True
        self.script: list[Any] = []
        self.n_opened = self.n_released = 0
        self.size_px: tuple[int, int] | None = None

    def open(self, address: str, size_px: tuple[int, int] | None) -> Camera:
        if not self.is_there:
            raise UserError(f"camera:{address}", "there is no such camera")
        self.n_opened += 1
        self.size_px = size_px
        return self

    def read(self) -> tuple[bool, np.ndarray | None]:
        self.clock.advance(1 / 32)
        what = self.script.pop(0) if self.script else GRAY
        if isinstance(what, Exception):
            raise what
        if isinstance(what, float):  # it hangs so long, then fails
            self.clock.advance(what)
            return False, None
        return what is not None, what

    def release(self) -> None:
        self.n_released += 1


class Taken(list[tuple[Frame, float]]):
    """What a source put."""

    def put(self, frame: Frame, arrived_s: float) -> None:
        self.append((frame, arrived_s))


@pytest.fixture
def camera(clock: ManualClock) -> Camera:
    return Camera(clock)


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def source(camera: Camera, taken: Taken, clock: ManualClock, told: list[str]) -> CameraSource:
    return CameraSource("0", taken.put, clock=clock, open_device=camera.open, size_px=(1280, 720), on_state=told.append)


def steps(source: CameraSource, n: int) -> None:
    for _ in range(n):
        source.step(Event())


def test_sources_that_are_cameras() -> None:
    assert [camera_address(name) for name in ("camera:0", "camera:/dev/video2", "camera", "camera:", "camera:rtsp://host:554/a")] == [
        *("0", "/dev/video2", "0", "0", "rtsp://host:554/a")
    ]
    assert [is_camera(name) for name in ("camera:1", "camera", "camera.mp4", "films/camera:0.mp4", Path("a.mp4"))] == [True, True, False, False, False]


def test_pictures_come_with_the_clock_s_time(source: CameraSource, camera: Camera, taken: Taken, told: list[str]) -> None:
    source.open()
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, :, 0] = 200  # BGR: blue
    camera.script = [picture]
    steps(source, 3)
    assert [(frame.time, frame.duration) for frame, _ in taken] == [(Fraction(n, 32), Fraction(1, 32)) for n in (1, 2, 3)]
    assert [arrived_s for _, arrived_s in taken] == [1000 + n / 32 for n in (1, 2, 3)]
    assert taken[0][0].rgb()[0, 0].tolist() == [0, 0, 200]
    assert (taken[1][0].y() == 128).all()
    assert told == ["open"]
    assert camera.size_px == (1280, 720)


def test_a_missing_camera_is_an_error_unless_it_is_waited_for(source: CameraSource, camera: Camera, taken: Taken, told: list[str]) -> None:
    camera.is_there = False
    with pytest.raises(UserError, match="camera:0: there is no such camera"):
        source.open()
    source.open(wait=True)
    steps(source, 3)
    assert (told, taken) == (["lost"], [])
    camera.is_there = True
    steps(source, 2)
    assert (told, len(taken)) == (["lost", "open"], 1)


def test_a_lost_camera_is_told_once_and_tried_again_ever_more_seldom(
    source: CameraSource, camera: Camera, taken: Taken, told: list[str], clock: ManualClock
) -> None:
    source.open()
    steps(source, 1)
    camera.is_there = False
    camera.script = [OSError("no such device")] * 100
    while camera.n_released == 0:
        steps(source, 1)
    assert told == ["open", "lost"]
    assert clock.now() - taken[-1][1] == pytest.approx(0.5, abs=0.1)
    tries_s = []
    for _ in range(8):
        before_s = clock.now()
        steps(source, 1)
        tries_s.append(round(clock.now() - before_s, 3))
    assert tries_s == [0.5, 1, 2, 4, 8, 8, 8, 8]
    camera.is_there, camera.script = True, []
    steps(source, 2)
    assert told == ["open", "lost", "open"]
    assert taken[-1][0].time > 30


def test_one_bad_picture_loses_no_camera(source: CameraSource, camera: Camera, taken: Taken, told: list[str]) -> None:
    source.open()
    camera.script = [GRAY, None, ValueError("garbled"), np.zeros((0, 0, 3), np.uint8), np.zeros((48, 64), np.uint8), GRAY]
    steps(source, 6)
    assert (len(taken), told, camera.n_opened) == (2, ["open"], 1)


def test_a_camera_that_hangs_is_told_by_who_waits_for_it(
    source: CameraSource, camera: Camera, taken: Taken, told: list[str], clock: ManualClock
) -> None:
    source.open()
    steps(source, 1)
    clock.advance(1.9)
    source.watch()
    assert told == ["open"]
    clock.advance(0.2)
    source.watch()
    source.watch()
    assert told == ["open", "lost"]
    steps(source, 1)  # it was only slow
    assert told == ["open", "lost", "open"]
    camera.script = [10.0]
    steps(source, 1)
    assert (camera.n_released, told[-1]) == (1, "lost")


def test_the_slot_holds_the_newest_only() -> None:
    slot = Slot()
    assert slot.take() is None
    frame = Frame(Fraction(0), Fraction(1), None)  # type: ignore[arg-type]
    for n in range(3):
        slot.put(frame, n / 4)
    newest = slot.take()
    assert newest is not None
    assert (newest.arrived_s, slot.n_put, slot.n_missed, slot.rate_hz) == (0.5, 3, 2, 4.0)
    assert slot.take(timeout_s=0.001) is None


def test_a_camera_runs_in_its_own_thread_until_it_is_closed(wait_until: Callable[..., None]) -> None:
    """With real threads: the reader is never held up by a main thread that takes little, and lets go at the end."""
    clock = SteadyClock(spin_s=0)
    camera = Camera(ManualClock())
    with open_capture("camera:3", clock=clock, open_device=camera.open) as capture:
        wait_until(lambda: capture.n_arrived > 50)
        newest = capture.newest(timeout_s=1.0)
        assert newest is not None
        assert newest.arrived_s <= clock.now()
        assert capture.n_missed >= 50
        assert capture.state == "open"
    assert camera.n_released == 1


def test_a_capture_that_was_never_begun_lets_go_too() -> None:
    camera = Camera(ManualClock())
    open_capture("camera:0", clock=SteadyClock(), open_device=camera.open).close()
    assert camera.n_released == 1


def test_this_machine_s_missing_cameras_are_one_line_each() -> None:
    """Past Python too: cv2 has a habit of warning on stderr."""
    addresses = ("/dev/video93", "99999999999", "²")
    code = (
        "from live.capture import open_capture\nfrom live.clock import SteadyClock\nfrom media.errors import UserError\n"
        f"for address in {addresses!a}:\n"
        "  try: open_capture('camera:' + address, clock=SteadyClock())\n  except UserError as error: print(ascii(str(error)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    lines = [literal_eval(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(addresses) and done.stderr == ""
    for address, line in zip(addresses, lines, strict=True):
        assert line.startswith(f"camera:{address}: there is no such camera, or another program uses it. ")


# Films.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures, each brighter than the one before."""
    for n in range(4):
        Image.fromarray(np.full((16, 16, 3), 60 * n, np.uint8)).save(tmp_path / f"{n}.png")
    return tmp_path


Make = Callable[..., FilmSource]


@pytest.fixture
def film_source(clock: ManualClock, told: list[str]) -> Make:
    """A film source on the clock of the test, ten pictures a second."""

    def make(path: Path, put: Callable[[Frame, float], None], *, loop: bool = False) -> FilmSource:
        read = partial(read_frames, path, rate=Fraction(10), on_fault=told.append)
        return FilmSource(read, put, clock=clock, loop=loop, on_state=told.append, on_fault=told.append)

    return make


def test_a_film_plays_in_real_time(folder: Path, taken: Taken, clock: ManualClock, told: list[str], film_source: Make) -> None:
    source = film_source(folder, taken.put)
    source.open()
    clock.advance(3.0)  # it begins when it runs
    source.run(Event())
    assert [(frame.time, round(arrived_s, 6)) for frame, arrived_s in taken] == [(Fraction(n, 10), 1003 + n / 10) for n in range(4)]
    assert [int(frame.y().mean()) for frame, _ in taken] == pytest.approx([0, 60, 120, 180], abs=1)
    assert (told, source.state, source.n_skipped) == (["ended"], "ended", 0)
    assert clock.now() == pytest.approx(1003.4)  # the last picture too was shown for its time


def test_a_looped_film_begins_again_a_frame_after_its_end(folder: Path, film_source: Make) -> None:
    ended, found = Event(), []

    def put(frame: Frame, arrived_s: float) -> None:
        found.append((float(frame.time), round(arrived_s - 1000, 6)))
        if len(found) == 10:
            ended.set()

    source = film_source(folder, put, loop=True)
    source.open()
    source.run(ended)
    assert found == [(n % 4 / 10, n / 10) for n in range(10)]


def slow_film(works_s: list[float], *, rate: int) -> tuple[list[tuple[int, float]], int]:
    """Play frames each of which takes so long to decode; returns (number, instant) of those shown, and how many were left out."""
    clock, shown = ManualClock(), []

    def decode() -> Any:
        for number, work_s in enumerate(works_s):
            clock.advance(work_s)
            yield Frame(Fraction(number, rate), Fraction(1, rate), None)  # type: ignore[arg-type]

    def put(frame: Frame, arrived_s: float) -> None:
        shown.append((int(frame.time * rate), round(arrived_s, 6)))

    source = FilmSource(decode, put, clock=clock, loop=False, on_state=lambda state: None, on_fault=lambda fault: None)
    source.open()
    source.run(Event())
    return shown, source.n_skipped


def test_late_frames_are_left_out_until_the_film_is_in_time_again() -> None:
    shown, n_skipped = slow_film([0.0, 0.0, 0.2, *[0.001] * 20], rate=50)
    numbers = [number for number, _ in shown]
    assert numbers[:2] == [0, 1]
    assert n_skipped > 3
    assert len(shown) + n_skipped == 23
    assert shown[-1] == (22, pytest.approx(22 / 50))


def test_a_film_that_decodes_too_slowly_plays_slower_and_never_stands_still() -> None:
    shown, n_skipped = slow_film([0.04] * 500, rate=50)
    instants_s = [instant_s for _, instant_s in shown]
    assert max(b - a for a, b in pairwise(instants_s)) <= 0.15
    assert instants_s[-1] == pytest.approx(500 * 0.04, abs=1.0)
    assert len(shown) + n_skipped == 500


def test_closing_does_not_wait_for_a_picture_that_is_shown_for_minutes(folder: Path, wait_until: Callable[..., None]) -> None:
    capture = open_capture(folder, clock=SteadyClock(spin_s=0), rate=Fraction(1, 300))
    with capture:
        wait_until(lambda: capture.n_arrived == 1)
    assert not capture._thread.is_alive()
    assert capture.newest() is not None
    assert capture.newest(timeout_s=60.0) is None  # it is over: nothing to wait for


def test_a_film_that_is_none_is_an_error_at_once(tmp_path: Path) -> None:
    for path in (tmp_path / "none.mp4", tmp_path):
        with pytest.raises(UserError):
            open_capture(path, clock=SteadyClock())


def test_a_film_that_vanishes_is_over_even_where_it_is_looped(folder: Path, taken: Taken, told: list[str], film_source: Make) -> None:
    source = film_source(folder, taken.put, loop=True)
    source.open()
    for n in (0, 2, 3):
        (folder / f"{n}.png").unlink()
    (folder / "1.png").write_bytes(b"no picture any more")
    source.run(Event())
    assert [frame.time for frame, _ in taken] == [0]
    assert [line[-5:] if line == "ended" else line.partition(".png")[0][-1] for line in told] == ["1", "2", "3", "1", "ended"]


def test_a_damaged_picture_is_named_and_skipped(folder: Path, taken: Taken, told: list[str], film_source: Make) -> None:
    for n in (0, 2):
        (folder / f"{n}.png").write_bytes(b"no picture")
    source = film_source(folder, taken.put)
    source.open()
    source.run(Event())
    assert [frame.time for frame, _ in taken] == [Fraction(1, 10), Fraction(3, 10)]
    assert ["0.png" in told[0], "2.png" in told[1], told[2:]] == [True, True, ["ended"]]


def test_a_source_that_breaks_down_is_over_and_says_why(told: list[str], clock: ManualClock, wait_until: Callable[..., None]) -> None:
    def decode() -> Any:
        yield Frame(Fraction(0), Fraction(1), None)  # type: ignore[arg-type]
        raise RuntimeError("the decoder gave up")

    slot = Slot()
    film = FilmSource(decode, slot.put, clock=clock, loop=False, on_state=told.append, on_fault=told.append)
    film.open()
    with Capture(film, slot, name="a.mp4", on_fault=told.append) as capture:
        wait_until(lambda: len(told) == 2)
        assert capture.state == "ended"
        assert capture.newest() is not None
        assert capture.newest(timeout_s=60.0) is None
    assert told == ["ended", "a.mp4: it breaks off (the decoder gave up)"]


def test_the_shipped_film_comes_as_frames(film: Path, taken: Taken, film_source: Make) -> None:
    ended = Event()

    def put(frame: Frame, arrived_s: float) -> None:
        taken.put(frame, arrived_s)
        if len(taken) == 5:
            ended.set()

    source = film_source(film, put)
    source.open()
    source.run(ended)
    assert [frame.time for frame, _ in taken] == [Fraction(n, 25) for n in range(5)]
    assert [arrived_s - 1000 for _, arrived_s in taken] == pytest.approx([n / 25 for n in range(5)])
