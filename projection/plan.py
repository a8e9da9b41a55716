"""Flags, displays and the names of outputs go in; which window goes where comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media.errors import UserError, did_you_mean
from projection.displays import Display, find_display
from projection.settings import WindowFlags
from projection.surfaces.model import Surface
from projection.windows import WindowWish

MAIN = "main"
"""What an output is called that nobody named."""


@dataclass(frozen=True)
class PlannedWindow:
    """A window.

    Args:
        name: of the window; that of its output, with a number where several show it.
        output: whose surfaces it shows.
        size_px: (width, height) that it will have.
    """

    name: str
    output: str
    wish: WindowWish
    size_px: tuple[int, int]


def outputs_of(surfaces: Sequence[Surface]) -> tuple[str, ...]:
    """The outputs that surfaces lie on, in their order; one where there are no surfaces."""
    return tuple(dict.fromkeys(surface.output for surface in surfaces)) or (MAIN,)


def plan_windows(
    flags: WindowFlags, outputs: Sequence[str], displays: Sequence[Display], *, has_cursor: bool = False
) -> list[PlannedWindow]:
    """Which window goes where: outputs on the displays that flags name, else each on the next display.

    Raises:
        UserError: no such display or output, or fewer displays than outputs.
    """
    chosen = _chosen(flags.display, outputs, displays)
    if not chosen:
        _check_room(outputs, displays, flags)
        # In windows, for a rehearsal, several may lie on one display.
        chosen = [(output, displays[min(n, len(displays) - 1)]) for n, output in enumerate(outputs)]
    if flags.window is None:
        _check_alone([display for _, display in chosen])
    names = [output for output, _ in chosen]
    planned = []
    for n, (output, display) in enumerate(chosen):
        name = output if names.count(output) == 1 else f"{output} {names[: n + 1].count(output)}"
        at_px = None if flags.window is None or len(chosen) == 1 else _place_of(n, flags.window, displays[0].size_px)
        wish = WindowWish(f"projection: {name}", display.index, flags.window, flags.gl, has_cursor, at_px)
        planned.append(PlannedWindow(name, output, wish, flags.window or display.size_px))
    return planned


def _place_of(number: int, size_px: tuple[int, int], desktop_px: tuple[int, int]) -> tuple[int, int]:
    """Where one of several windows goes: beside one another, then below, and then over one another again."""
    columns, rows = (max(1, desktop // size) for desktop, size in zip(desktop_px, size_px, strict=True))
    return number % columns * size_px[0], number // columns % rows * size_px[1]


def _chosen(words: Sequence[str], outputs: Sequence[str], displays: Sequence[Display]) -> list[tuple[str, Display]]:
    """Outputs and displays as flags name them; displays that are given alone go to those outputs that have none, then to the first."""
    parted = [(word.rpartition("=")[0], word.rpartition("=")[2], word) for word in words]
    named = {output for output, _, _ in parted if output}
    for output, display, word in parted:
        if not display or word.startswith("="):
            raise UserError(f"--display {word!r}", "it names no display, or no output", "Write 0, or left=0 for the output called left.")
        if output and output not in outputs:
            raise UserError(f"--display {word}", f"no surface lies on an output called {output}", did_you_mean(output, outputs))
    left = [output for output in outputs if output not in named]
    chosen = [(output or (left.pop(0) if left else outputs[0]), find_display(display, displays)) for output, display, _ in parted]
    if chosen and left:
        raise UserError("--display", f"the output {left[0]} has no display", f"Name one: --display {left[0]}=0.")
    return chosen


def _check_room(outputs: Sequence[str], displays: Sequence[Display], flags: WindowFlags) -> None:
    if len(outputs) > len(displays) and flags.window is None:
        there = ", ".join(display.told() for display in displays)
        raise UserError(
            f"outputs {', '.join(outputs)}", f"there are fewer displays: {there}", "Connect more, or rehearse in windows: --window 960x540."
        )


def _check_alone(displays: Sequence[Display]) -> None:
    twice = next((display for n, display in enumerate(displays) if display in displays[:n]), None)
    if twice is not None:
        raise UserError(
            f"--display {twice.index}",
            "two outputs cannot fill one display",
            "Give each its own, or rehearse in windows: --window 960x540.",
        )
