"""A file of surfaces and what to show on them go in; they are laid out on the projected picture itself, until it is told to end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from live.clock import SteadyClock
from live.stopping import stopping
from live.web import WebSettings, serve
from projection.displays import list_displays
from projection.layers.file import layers_of
from projection.mapping.attending import Attendant
from projection.mapping.ground import draw_ground
from projection.mapping.mapper import Mapper, begin_file
from projection.mapping.page.site import phone_site
from projection.mapping.unsaved import Unsaved
from projection.plan import MAIN, outputs_of, plan_windows
from projection.playing import even
from projection.report import as_json
from projection.settings import RunFlags, WindowFlags
from projection.show import Show
from projection.stage import Stage, StageWish
from projection.surfaces.store import Watched
from projection.windows import Pointed, Pressed

_OVERLAYER = "projection.mapping.overlay:Overlay"

Say = Callable[[str], None]


def map_surfaces(
    path: Path, names: Sequence[str], where: WindowFlags, how: RunFlags, web: WebSettings | None = None, *, say: Say, note: Say
) -> dict[str, Any]:
    """Lay out a file of surfaces, which is made where there is none.

    Args:
        names: what is shown meanwhile, as of `play`; squares with names where there are none.
        web: where the page for telephones is to be reached.
        say, note: told what a person should know, `note` what goes without harm.
    Returns:
        How it went, as `report.as_json`.
    Raises:
        UserError: files, displays, places or a port that cannot be used.
    """
    displays = list_displays()
    if not path.exists():
        begin_file(path, size=even(plan_windows(where, (MAIN,), displays)[0].size_px))
        note(f"{path}: made, with a surface that fills the picture.")
    watched = Watched(path, on_fault=say)
    windows = plan_windows(where, outputs_of(watched.file.surface), displays, has_cursor=True)
    with ExitStack() as stack:
        layers = layers_of(names) if names else layers_of([stack.enter_context(_ground(watched.file.size))])
        show = Show(layers.size_px or even(windows[0].size_px), layers.layers, watched.file.surface, layers.folder)
        wish = StageWish(tuple(windows), masks_folder=path.parent, overlayer=_OVERLAYER, seed=how.seed)
        return _run(show, wish, watched, web or WebSettings(), how, say=say, note=note)


def _run(show: Show, wish: StageWish, watched: Watched, web: WebSettings, how: RunFlags, *, say: Say, note: Say) -> dict[str, Any]:
    clock = SteadyClock(spin_s=0)
    outputs = {window.name: window.output for window in wish.windows}
    mapper = Mapper(watched, clock=clock, sources=[layer.name for layer in show.layers], outputs=tuple(dict.fromkeys(outputs.values())))
    unsaved = Unsaved(watched.path, clock=clock, tell=say)
    if unsaved.was_there:
        say(f"{unsaved.path}: this was not saved the last time; it goes when {watched.path.name} is saved.")
    heard: deque[tuple[str, Pressed | Pointed]] = deque()
    for_s = None if how.seconds is None else float(how.seconds)
    with ExitStack() as stack:
        stage = stack.enter_context(Stage(show, wish, clock=clock, say=say, note=note, on_event=lambda *event: heard.append(event)))
        files = {name: link.wish.shown for name, link in stage.outputs.items()}
        attendant = Attendant(mapper, stage, windows=outputs, files=files, clock=clock)
        server = stack.enter_context(serve(phone_site(mapper, attendant.picture_of), web, on_fault=say))
        mapper.link = "" if server.is_local else server.link
        note(f"in a browser: {server.link}{' (for phones, add --host 0.0.0.0)' if server.is_local else ''}")
        stop = stack.enter_context(stopping(clock=clock, for_s=for_s))

        def each() -> None:
            while heard:
                attendant.hear(*heard.popleft())
            attendant.tick()
            unsaved.look(mapper.state)

        begun_s = clock.now()
        stage.run(stop, each=each)
        if unsaved.keep(mapper.state):
            say(f"{unsaved.path}: what was not saved is there.")
        return as_json(stage, duration_s=clock.now() - begun_s, reason=stop.reason)


@contextmanager
def _ground(size_px: tuple[int, int]) -> Iterator[Path]:
    """A picture of squares with names, as long as the block runs."""
    import cv2

    with TemporaryDirectory(prefix="projection-") as folder:
        path = Path(folder) / "squares.png"
        path.write_bytes(cv2.imencode(".png", draw_ground(size_px)[..., :3])[1].tobytes())
        yield path
