"""The program `projection`: films, pictures, cameras and files of layers on the command line in, windows on projectors out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from live.web import WebSettings
from live.workers import deaf
from media.command import make_app, run_app
from media.errors import UserError
from media.frames import ignore_fault
from media.settings import FLATTEN, flag
from projection.settings import PlayFlags, RunFlags, WindowFlags

if TYPE_CHECKING:
    from projection.processes import Hired

app = make_app("projection", "Show films, pictures, cameras and patterns on mapped surfaces, on any projectors.")

Quiet = Annotated[bool, flag("-q", help="Print nothing but faults.")]
AsJson = Annotated[bool, flag(help="Print at the end, as JSON, how it went.")]


@app.command
def play(
    names: Annotated[
        tuple[str, ...], Parameter(help="Films, pictures, folders, edit lists, camera:0, or a file of layers.", negative_iterable="")
    ] = (),
    /,
    *,
    surfaces: Annotated[Path | None, flag("-s", help="File of the surfaces that it lands on (projection map makes one).")] = None,
    what: Annotated[PlayFlags, FLATTEN] = PlayFlags(),
    where: Annotated[WindowFlags, FLATTEN] = WindowFlags(),
    how: Annotated[RunFlags, FLATTEN] = RunFlags(),
    quiet: Quiet = False,
    json: AsJson = False,
) -> int:
    """Play films, pictures, cameras, edit lists, or a file of layers. Keys: B black, F freeze, T test card, Ctrl+Q twice ends it."""
    _refuse_empty(names)
    if not names:
        raise UserError("command line", "there is nothing to play", "Name films, pictures, camera:0, or a file of layers; see --help.")
    with _first_output() as early:
        with deaf():
            from projection.playing import play
        report = play(names, surfaces, what, where, how, say=_warn, note=_note(quiet), early=early)
        return _tell(report, quiet=quiet, as_json=json)


@app.command(name="map")
def map_(
    surfaces: Annotated[Path, Parameter(help="The file of surfaces; made where there is none.")],
    names: Annotated[
        tuple[str, ...], Parameter(help="What to show meanwhile, as of play; grids where left out.", negative_iterable="")
    ] = (),
    /,
    *,
    where: Annotated[WindowFlags, FLATTEN] = WindowFlags(),
    web: Annotated[WebSettings, FLATTEN] = WebSettings(),
    how: Annotated[RunFlags, FLATTEN] = RunFlags(),
    quiet: Quiet = False,
    json: AsJson = False,
) -> int:
    """Lay surfaces out on the projected picture itself, by keys, mouse, or from a phone. Key H shows the keys."""
    _refuse_empty(names)
    with _first_output() as early:
        with deaf():
            from projection.mapping.run import map_surfaces
        report = map_surfaces(surfaces, names, where, how, web, say=_warn, note=_note(quiet), early=early)
        return _tell(report, quiet=quiet, as_json=json)


@app.command
def card(
    *,
    where: Annotated[WindowFlags, FLATTEN] = WindowFlags(),
    how: Annotated[RunFlags, FLATTEN] = RunFlags(),
    quiet: Quiet = False,
    json: AsJson = False,
) -> int:
    """Show a test card on every display, or on those that are named."""
    with _first_output() as early:
        with deaf():
            from projection.playing import show_card
        return _tell(show_card(where, how, say=_warn, note=_note(quiet), early=early), quiet=quiet, as_json=json)


@app.command
def displays(*, json: Annotated[bool, flag(help="Print them as JSON.")] = False) -> int:
    """List projectors and screens."""
    from projection.displays import list_displays

    found = list_displays()
    if json:
        return _print_json([asdict(display) for display in found])
    for display in found:
        print(f"{display.index}  {display.size_px[0]}x{display.size_px[1]}  {display.refresh_hz:.4g} Hz  {display.name}")
    return 0


@app.command
def sounds(*, json: Annotated[bool, flag(help="Print them as JSON.")] = False) -> int:
    """List sound devices."""
    from live.quiet import quiet_stderr
    from live.sound.devices import list_devices

    with quiet_stderr():
        found = list_devices()
    if json:
        return _print_json([asdict(device) for device in found])
    for device in found:
        print(f"{device.number}  {device.name}" + (f"  {device.channels} channels" if device.channels else ""))
    if not found:
        print("projection: there is no sound device on this machine now; shows play in silence.", file=sys.stderr)
    return 0


def _refuse_empty(names: Sequence[str]) -> None:
    """An empty name would be taken for the folder that one stands in."""
    if not all(map(str.strip, names)):
        raise UserError("command line", "an empty word stands where something to show is named", "Is a variable of a script not set?")


def _first_output() -> AbstractContextManager[Hired]:
    """The process of the first window reads what it needs while this one reads its own: half the time until there is a picture."""
    from projection.displays import prepare
    from projection.processes import OUTPUT_READS, hired

    prepare()
    return hired("first output", OUTPUT_READS)


def _warn(line: str) -> None:
    """Said by any thread: a line is never broken by another."""
    with suppress(OSError, ValueError):  # whoever read it is gone: a show goes on
        sys.stderr.write(f"projection: {line}\n")
        sys.stderr.flush()


def _note(quiet: bool) -> Callable[[str], None]:
    return ignore_fault if quiet else _warn


def _tell(report: dict[str, Any], *, quiet: bool, as_json: bool) -> int:
    from projection.report import told

    if as_json:
        return _print_json(report)
    if not quiet:
        print(told(report))
    return 0


def _print_json(value: Any) -> int:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run `projection`; returns the exit status."""
    return run_app(app, sys.argv[1:] if argv is None else argv)
