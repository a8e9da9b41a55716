"""Displays and windows on them: found by number or name, and where there is none a line says so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from media.errors import UserError
from projection.displays import Display, NoScreenError, find_display, list_displays
from projection.plan import plan_windows
from projection.settings import WindowFlags

DISPLAYS = (Display(0, "eDP-1", (1920, 1200)), Display(1, "EPSON PJ", (1920, 1080)), Display(2, "EPSON PJ", (1280, 800), 50.0))


def planned(
    words: Sequence[str], outputs: Sequence[str] = ("main",), *, window: tuple[int, int] | None = None
) -> list[tuple[str, str, int]]:
    found = plan_windows(WindowFlags(display=tuple(words), window=window), outputs, DISPLAYS)
    return [(window.name, window.output, window.wish.display) for window in found]


@pytest.mark.parametrize(("wanted", "index"), [("0", 0), ("2", 2), ("edp-1", 0), ("dp", 0)])
def test_displays_are_found_by_number_name_or_a_part_of_it(wanted: str, index: int) -> None:
    assert find_display(wanted, DISPLAYS).index == index


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("7", "there is no such display. There is 0 (eDP-1, 1920x1200), 1 (EPSON PJ"),
        ("eDP-2", "Did you mean eDP-1? There is 0 (eDP-1, 1920x1200), 1"),
        ("beamer", "There is 0 (eDP-1"),
        ("epson", "2 displays have this name. Choose by number from: 1 (EPSON PJ, 1920x1080), 2"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(wanted: str, told: str) -> None:
    with pytest.raises(UserError, match="--display") as caught:
        find_display(wanted, DISPLAYS)
    assert told in str(caught.value)


def test_outputs_go_to_the_displays_that_are_named_for_them() -> None:
    assert planned([]) == [("main", "main", 0)]
    assert planned(["1"]) == [("main", "main", 1)]
    assert planned([], ("left", "right")) == [("left", "left", 0), ("right", "right", 1)]
    assert planned(["right=0", "2"], ("left", "right")) == [("right", "right", 0), ("left", "left", 2)]


def test_an_output_can_be_seen_on_several_displays() -> None:
    assert planned(["0", "1", "2"], ("wall",)) == [("wall 1", "wall", 0), ("wall 2", "wall", 1), ("wall 3", "wall", 2)]


@pytest.mark.parametrize(
    ("words", "outputs", "told"),
    [
        (["middle=0"], ("left", "right"), "no surface lies on an output called middle"),
        (["left=0"], ("left", "right"), "the output right has no display. Name one: --display right=0."),
        ([], ("a", "b", "c", "d"), "there are fewer displays"),
        (["left=0", "right=0"], ("left", "right"), "--display 0: two outputs cannot fill one display. Give each its own"),
        (["1", "1"], ("left",), "--display 1: two outputs cannot fill one display. Give each its own"),
    ],
)
def test_what_cannot_be_shown_is_told(words: list[str], outputs: tuple[str, ...], told: str) -> None:
    with pytest.raises(UserError) as caught:
        planned(words, outputs)
    assert told in str(caught.value)


def test_windows_for_a_rehearsal_may_share_a_display() -> None:
    found = planned([], ("a", "b", "c", "d"), window=(640, 360))
    assert [output for _, output, _ in found] == ["a", "b", "c", "d"]
    found = planned(["left=0", "right=0"], ("left", "right"), window=(640, 360))
    assert [(output, display) for _, output, display in found] == [("left", 0), ("right", 0)]


def test_sdl_says_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    (display,) = list_displays()
    assert display.index == 0 and display.size_px == (1024, 768) and display.refresh_hz == 60.0


def test_no_screen_is_told_in_a_line() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    done = subprocess.run(
        [sys.executable, "-m", "projection", "card", "--for", "1"], env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("projection: display: there is no screen here") and done.stderr.count("\n") == 1
    assert issubclass(NoScreenError, UserError)
