"""What the machine has to show pictures on: every display with its name, size and refresh rate, and the one that a person means."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from live.quiet import quiet_stderr
from media.errors import UserError, did_you_mean

USUAL_HZ = 60.0
"""Of displays that do not tell theirs, as those of virtual machines."""
_UNSEEN = frozenset({"offscreen", "evdev", "dummy"})
"""What SDL falls back to where there is no screen."""
_DRIVER = "SDL_VIDEODRIVER"
_ENVIRONMENT = {
    "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    "SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS": "0",  # another output's window has the keys, say
    "SDL_NO_SIGNAL_HANDLERS": "1",
    "SDL_MOUSE_FOCUS_CLICKTHROUGH": "1",
}


class NoScreenError(UserError):
    """There is nothing to show pictures on, or no longer."""


@dataclass(frozen=True)
class Display:
    """A projector or screen.

    Args:
        index: as the system counts them, from 0.
        size_px: (width, height) as it is set up now.
    """

    index: int
    name: str
    size_px: tuple[int, int]
    refresh_hz: float = USUAL_HZ

    def told(self) -> str:
        """The same in a line."""
        return f"display {self.index}, {self.name}, {self.size_px[0]}x{self.size_px[1]} at {self.refresh_hz:.4g} Hz"


def prepare() -> None:
    """Tell pygame how it is to be, in this process and in those that it begins; before it is read."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)


@contextmanager
def video() -> Iterator[None]:
    """The system's video, which pygame is given while the block runs; signals stay ours.

    Raises:
        NoScreenError: there is no screen.
    """
    prepare()
    import pygame

    try:
        with quiet_stderr():
            pygame.display.init()
        if pygame.display.get_driver() in _UNSEEN and _DRIVER not in os.environ:
            raise pygame.error("no display is set")
        yield
    except pygame.error as error:
        raise NoScreenError("display", f"there is no screen here ({error})", "Connect one, or set DISPLAY; --window needs one too.") from error
    finally:
        pygame.display.quit()


def displays_now() -> list[Display]:
    """The displays that there are, within `video`."""
    import pygame

    sizes, rates = pygame.display.get_desktop_sizes(), pygame.display.get_desktop_refresh_rates()
    return [Display(n, _name_of(n), size, float(rate or USUAL_HZ)) for n, (size, rate) in enumerate(zip(sizes, rates, strict=True))]


def list_displays() -> list[Display]:
    """The displays of this machine.

    Raises:
        NoScreenError: there is none.
    """
    with video():
        return displays_now()


def find_display(wanted: str, displays: Sequence[Display]) -> Display:
    """The display that a number or a name means; a part of a name will do where only one has it.

    Raises:
        UserError: there is none, or several; says which there are.
    """
    folded, is_number = wanted.casefold(), wanted.isdecimal()
    found = [display for display in displays if is_number and display.index == int(wanted)]
    found = found or [display for display in displays if display.name.casefold() == folded]
    found = found or [display for display in displays if not is_number and folded in display.name.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"--display {wanted}", f"{len(found)} displays have this name", f"Choose by number from: {_listed(found)}.")
    near = "" if is_number else did_you_mean(wanted, [display.name for display in displays])
    near = f"{near} " if near.startswith("Did") else ""
    raise UserError(f"--display {wanted}", "there is no such display", f"{near}There is {_listed(displays)}.")


def _listed(displays: Sequence[Display]) -> str:
    return ", ".join(f"{display.index} ({display.name}, {display.size_px[0]}x{display.size_px[1]})" for display in displays) or "none"


def _name_of(index: int) -> str:
    """pygame does not tell it; the library beneath does."""
    import pygame.base

    try:
        tell = ctypes.CDLL(pygame.base.__file__).SDL_GetDisplayName
    except (OSError, AttributeError):
        return f"display {index}"
    tell.restype = ctypes.c_char_p
    name = tell(ctypes.c_int(index))
    return name.decode(errors="replace") if name else f"display {index}"
