"""A file of surfaces and what to show on them go in; they are laid out on the projected picture itself, until it is told to end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from live.clock import SteadyClock
from live.stopping import Stop, stopping
from live.web import WebSettings, serve
from media.errors import UserError
from media.frames import OnFault
from projection.displays import list_displays
from projection.layers.file import layers_of
from projection.mapping.attending import Attendant
from projection.mapping.ground import draw_ground
from projection.mapping.mapper import Mapper, begin_file
from projection.mapping.page.site import phone_site
from projection.mapping.unsaved import Unsaved
from projection.opening import even, open_show, run_to_end
from projection.plan import MAIN, outputs_of, plan_windows
from projection.processes import Hired
from projection.settings import PlayFlags, RunFlags, WindowFlags
from projection.stage import Stage
from projection.surfaces.store import Watched
from projection.windows import Pointed, Pressed

_OVERLAYER = "projection.mapping.overlay:Overlay"


def map_surfaces(
    path: Path, names: Sequence[str], where: WindowFlags, how: RunFlags, web: WebSettings | None = None, *, say: OnFault, note: OnFault,
    early: Hired | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Lay out a file of surfaces, which is made where there is none.

    Args:
        names: what is shown meanwhile, as of `play`; squares with names where there are none.
        web: where the page for telephones is to be reached.
        say, note, early: as of `open_show`.
    Returns:
        How it went, as `report.as_json`.
    Raises:
        UserError: files, displays, places or a port that cannot be used.
    """
    _check_name(path)
    named = named_outputs(where)
    if not path.exists():
        begin_file(path, size=even(plan_windows(where, named or (MAIN,), list_displays())[0].size_px), outputs=named)
        note(f"{path}: made, with a surface that fills the picture.")
    faults: deque[str] = deque()

    def complain(line: str) -> None:
        say(line)
        faults.append(line)

    watched = Watched(path, on_fault=complain)
    outputs = tuple(dict.fromkeys((*outputs_of(watched.file.surface), *named)))
    heard: deque[tuple[str, Pressed | Pointed]] = deque()
    clock = SteadyClock(spin_s=0)
    with ExitStack() as stack:
        layers = layers_of(names) if names else layers_of([stack.enter_context(_ground(watched.file.size))])
        stop = stack.enter_context(stopping(clock=clock))
        show = open_show(
            layers, watched.file.surface, PlayFlags(mute=True), where, how, say=complain, note=note, masks_folder=path.parent, outputs=outputs,
            on_event=lambda *event: heard.append(event), overlayer=_OVERLAYER, has_cursor=True, early=early, clock=clock,
        )  # fmt: skip
        stage = stack.enter_context(show)
        mapper = Mapper(watched, clock=clock, sources=list(stage.layers), outputs=outputs)
        return _run(
            stage, stop, mapper, Unsaved(path, clock=clock, tell=complain), web or WebSettings(), how, heard, faults, complain, note
        )


def _run(
    stage: Stage, stop: Stop, mapper: Mapper, unsaved: Unsaved, web: WebSettings, how: RunFlags,
    heard: deque[tuple[str, Pressed | Pointed]], faults: deque[str], say: OnFault, note: OnFault,
) -> dict[str, Any]:  # fmt: skip
    """Lay out and show.

    Args:
        heard: what is done in windows.
        faults: those lines that were said and are to be shown as well.
    """
    if left := unsaved.left():
        note(f"{unsaved.path}: this was not saved the last time, and goes on.")
        mapper.resume(left)
    windows = {name: link.wish.name for name, link in stage.outputs.items()}
    files = {name: link.wish.shown for name, link in stage.outputs.items()}
    attendant = Attendant(mapper, stage, windows=windows, files=files, clock=stage.clock)
    with serve(phone_site(mapper, attendant.picture_of), web, on_fault=say) as server:
        mapper.link = "" if server.is_local else server.link
        note(f"in a browser: {server.link}{' (for phones, add --host 0.0.0.0)' if server.is_local else ''}")

        def each() -> None:
            while heard:
                attendant.hear(*heard.popleft())
            while faults:
                mapper.tell(faults.popleft())
            attendant.tick()
            unsaved.look(mapper.state)

        report = run_to_end(stage, stop, how, each=each)
    if unsaved.keep(mapper.state):
        say(f"{unsaved.path}: what was not saved is there, and goes on the next time.")
    return report


def named_outputs(where: WindowFlags) -> tuple[str, ...]:
    """Outputs to which flags give a display: here they may be new, so that surfaces can be laid on them."""
    return tuple(dict.fromkeys(output for word in where.display if (output := word.rpartition("=")[0])))


def _check_name(path: Path) -> None:
    """Refuse what cannot be meant as a file of surfaces: a film, a folder, camera:0, where the wall was forgotten."""
    if path.suffix.lower() != ".toml" or path.is_dir():
        remedy = f"Name that first: projection map wall.toml {path}."
        raise UserError(path, "the first name is that of the file of surfaces, which ends in .toml", remedy)


@contextmanager
def _ground(size_px: tuple[int, int]) -> Iterator[Path]:
    """A picture of squares with names, as long as the block runs."""
    import cv2

    with TemporaryDirectory(prefix="projection-") as folder:
        path = Path(folder) / "squares.png"
        path.write_bytes(cv2.imencode(".png", draw_ground(size_px)[..., :3])[1].tobytes())
        yield path
