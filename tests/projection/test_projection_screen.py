"""A real screen: the window fills it to the last pixel, real keys work in it, and it ends only if it is asked twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from media.write import write_rgb

NEEDED = ("Xvfb", "xdotool", "import")
MISSING = [name for name in NEEDED if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed here: {', '.join(MISSING)}")
SIZE = (960, 540)
LIMIT_S = 60.0
RED = (200, 0, 0)


class Xvfb:
    """A screen of its own, on a number that is free."""

    def __enter__(self) -> Xvfb:
        ours, theirs = os.pipe()
        screen = ["-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-noreset", "-nolisten", "tcp", "-displayfd", str(theirs)]
        self._process = subprocess.Popen(["Xvfb", *screen], pass_fds=[theirs], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs)
        with os.fdopen(ours) as told:
            number = told.readline().strip()
        if not number:
            pytest.skip("Xvfb does not start here")
        self.environment = {name: value for name, value in os.environ.items() if name != "SDL_VIDEODRIVER"} | {"DISPLAY": f":{number}"}
        self.environment["SDL_AUDIODRIVER"] = "dummy"
        self.environment["SDL_VIDEODRIVER"] = "x11"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=LIMIT_S)

    def press(self, *keys: str) -> None:
        subprocess.run(["xdotool", "key", *keys], env=self.environment, check=True, timeout=LIMIT_S)

    def ask(self, *command: str) -> list[str]:
        """Run a program there; returns the lines that it prints."""
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True, timeout=LIMIT_S).stdout.splitlines()

    def look(self) -> np.ndarray:
        """What is on the screen, (H, W, 3) uint8 RGB."""
        done = subprocess.run(["import", "-silent", "-window", "root", "png:-"], env=self.environment, check=True, capture_output=True, timeout=LIMIT_S)
        return np.asarray(Image.open(BytesIO(done.stdout)).convert("RGB"))

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "projection", *words], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def until(self, is_so: Callable[[np.ndarray], object]) -> np.ndarray:
        """Look until something is so; the limit is only for what never comes."""
        end = time.monotonic() + LIMIT_S
        while True:
            found = self.look()
            if is_so(found):
                return found
            assert time.monotonic() < end, f"it never came to be; in the middle it is {found[SIZE[1] // 2, SIZE[0] // 2]}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def screen() -> Iterator[Xvfb]:
    with Xvfb() as found:
        yield found


def is_all(color: tuple[int, int, int]) -> Callable[[np.ndarray], bool]:
    return lambda picture: bool(np.allclose(picture.astype(int), color, atol=4))


def seen_in(picture: np.ndarray, *, color: tuple[int, int, int]) -> bool:
    """Whether there is any of a colour."""
    return bool((np.abs(picture.astype(int) - color).max(axis=2) < 5).any())


def is_card(picture: np.ndarray) -> bool:
    """Whether the outermost pixels on all sides are those of a card."""
    return all(bool((line == 255).all()) for line in (picture[0], picture[-1], picture[:, 0], picture[:, -1]))


@pytest.fixture
def red(tmp_path: Path) -> str:
    write_rgb(tmp_path / "red.png", np.full((90, 160, 3), RED, np.uint8))
    return str(tmp_path / "red.png")


def test_a_window_fills_the_display_and_real_keys_work_in_it(screen: Xvfb, red: str) -> None:
    show = screen.start("play", red)
    screen.until(is_all(RED))
    screen.press("b")
    screen.until(is_all((0, 0, 0)))
    screen.press("b")
    screen.until(is_all(RED))
    screen.press("t")
    first = screen.until(is_card)
    screen.until(lambda picture: is_card(picture) and (picture != first).any())  # it moves
    screen.press("alt+t", "f", "b")
    screen.until(is_all((0, 0, 0)))
    screen.press("b")
    screen.until(is_all(RED))
    screen.press("Escape", "q", "ctrl+c", "alt+F4")
    assert show.poll() is None
    screen.press("ctrl+q")
    asked = screen.until(lambda picture: not is_all(RED)(picture))
    assert is_all(RED)(asked[: SIZE[1] * 3 // 4]) and show.poll() is None  # one quiet line at the foot
    screen.press("ctrl+q")
    out, err = show.communicate(timeout=LIMIT_S)
    assert show.returncode == 0 and "ended: Ctrl+Q" in out
    assert "display 0, " in err and f"{SIZE[0]}x{SIZE[1]}" in err
    screen.until(is_all((0, 0, 0)))


def test_a_window_for_a_rehearsal_has_its_size(screen: Xvfb, red: str) -> None:
    show = screen.start("play", red, "--window", "320x180")
    found = screen.until(partial(seen_in, color=RED))
    rows, columns = np.nonzero(np.abs(found.astype(int) - RED).max(axis=2) < 5)
    assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == (320, 180)
    show.terminate()
    assert "ended: SIGTERM" in show.communicate(timeout=LIMIT_S)[0]


def test_a_window_that_the_system_destroys_comes_back_and_nothing_raw_is_told(screen: Xvfb, red: str) -> None:
    show = screen.start("play", red, "--window", "320x180", "--no-gl")
    is_there = partial(seen_in, color=RED)
    screen.until(is_there)
    (window,) = screen.ask("xdotool", "search", "--class", ".")
    screen.ask("xdotool", "windowclose", window)
    screen.until(lambda picture: not is_there(picture))
    screen.until(is_there)
    show.terminate()
    out, err = show.communicate(timeout=LIMIT_S)
    assert show.returncode == 0 and "begun again once" in out and "a still picture" in out
    assert "its process has ended; it is begun again" in err and all(line.startswith("projection: ") for line in err.splitlines())


@pytest.mark.slow
def test_a_screen_that_goes_and_comes_back_is_waited_for(tmp_path: Path, red: str) -> None:
    with Xvfb() as first:
        show = first.start("play", red, "--for", "60")
        first.until(is_all(RED))
        environment = first.environment
    assert show.stderr is not None
    while "begun again" not in (line := show.stderr.readline()):
        assert line
    number = environment["DISPLAY"][1:]
    again = subprocess.Popen(["Xvfb", f":{number}", "-screen", "0", "960x540x24", "-noreset"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        back = Xvfb()
        back.environment = environment
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            try:
                if is_all(RED)(back.look()):
                    break
            except subprocess.CalledProcessError:
                time.sleep(0.1)
        assert is_all(RED)(back.look())
        show.terminate()
        show.communicate(timeout=LIMIT_S)
    finally:
        again.terminate()
        again.wait(timeout=LIMIT_S)
