"""Windows as SDL opens them: what a driver refuses is done without and told, and nothing of a desktop is seen in them."""

from __future__ import annotations

from typing import Any

import pytest

from projection.windows import Closed, Pressed, WindowWish, open_window

SIZE = (320, 180)


@pytest.fixture(autouse=True)
def _no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


class Driver:
    """Opens windows without GL where GL is asked for, and refuses what it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, refuses: str = "") -> None:
        import pygame

        self._refuses, self._open, self._gl = refuses, pygame.display.set_mode, pygame.OPENGL | pygame.DOUBLEBUF
        self.asked: list[tuple[bool, int]] = []
        monkeypatch.setattr(pygame.display, "set_mode", self.set_mode)
        monkeypatch.setattr("projection.windows._check_gl", lambda *, is_wanted: None)

    def set_mode(self, size: tuple[int, int], flags: int = 0, *, display: int = 0, vsync: int = 0) -> Any:
        import pygame

        is_gl = bool(flags & pygame.OPENGL)
        self.asked.append((is_gl, vsync))
        if is_gl and (self._refuses == "gl" or (self._refuses == "vsync" and vsync)):
            raise pygame.error(f"{self._refuses} is not available")
        return self._open(size, flags & ~self._gl, display=display)


def test_a_display_that_gives_no_vsync_is_drawn_on_without(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(monkeypatch, refuses="vsync")
    window = open_window(WindowWish("test", size_px=SIZE))
    assert driver.asked == [(True, 1), (True, 0)]
    assert (window.is_held, window.target, window.remark) == (False, None, "")
    window.close()


def test_vsync_is_taken_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(monkeypatch)
    window = open_window(WindowWish("test", size_px=SIZE))
    assert driver.asked == [(True, 1)] and window.is_held
    window.close()


def test_where_gl_is_refused_there_is_memory_and_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    Driver(monkeypatch, refuses="gl")
    window = open_window(WindowWish("test", size_px=SIZE, uses_gl=True))
    assert window.target is not None and window.target.shape == (SIZE[1], SIZE[0], 4) and not window.target.any()
    assert window.remark == "GL is not used: gl is not available" and not window.is_held
    window.close()


def test_gl_is_not_even_tried_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(monkeypatch)
    window = open_window(WindowWish("test", size_px=SIZE, uses_gl=False))
    assert driver.asked == [(False, 0)] and window.remark == ""
    window.close()


@pytest.mark.parametrize("has_cursor", [False, True])
def test_no_cursor_and_no_screensaver(has_cursor: bool) -> None:
    import pygame

    window = open_window(WindowWish("test", size_px=SIZE, uses_gl=False, has_cursor=has_cursor))
    assert pygame.mouse.get_visible() == has_cursor and not pygame.display.get_allow_screensaver()
    window.close()


def test_a_display_that_is_gone_is_told_and_another_one_taken() -> None:
    window = open_window(WindowWish("test", display=3, uses_gl=False))
    assert window.remark.startswith("display 3 is gone; its picture is on display 0") and window.size_px == window.display.size_px
    window.close()


def test_keys_are_named_with_what_is_held_and_those_that_are_only_held_write_nothing() -> None:
    import pygame

    window = open_window(WindowWish("test", size_px=SIZE, uses_gl=False))
    window.events()

    def key(kind: int, key: int, mod: int = 0, text: str = "") -> None:
        pygame.event.post(pygame.event.Event(kind, key=key, mod=mod, unicode=text))

    key(pygame.KEYDOWN, pygame.K_LCTRL, pygame.KMOD_LCTRL)
    key(pygame.KEYDOWN, pygame.K_q, pygame.KMOD_LCTRL | pygame.KMOD_CAPS, "\x11")
    key(pygame.KEYDOWN, pygame.K_q, pygame.KMOD_LCTRL, "\x11")
    key(pygame.KEYUP, pygame.K_q)
    key(pygame.KEYDOWN, pygame.K_UP, pygame.KMOD_RSHIFT)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert window.events() == [
        Pressed("ctrl+q", "\x11"), Pressed("ctrl+q", "\x11", is_repeat=True), Pressed("shift+up"), Closed(),
    ]  # fmt: skip
    window.close()
