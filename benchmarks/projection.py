"""Layers on mapped surfaces: what drawing, playing and pacing take beside the least that they could, and what an hour of it leaves behind.

    python benchmarks/projection.py [--quick] [--json FILE]
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np

from benchmarks.support.harness import ROOT, Figure, absent, at_most, main, told
from benchmarks.support.projection_long import long_figures
from benchmarks.support.projection_pacing import pacing_figures
from benchmarks.support.projection_player import player_figures
from benchmarks.support.turns import Work, in_turns
from live.memory import shared_folder
from live.shared import Shared, SharedReader, SharedWriter
from media.frames import frame_at
from projection.drawing.cpu import CpuDrawer
from projection.drawing.drawer import Drawer
from projection.drawing.hands import Hands
from projection.scene import Placed, Placing, Scene
from projection.surfaces.model import Edges, Grid, Mask, Surface
from projection.surfaces.warp import warp_maps

FILM = ROOT / "film" / "afterlight.mp4"
SCENES_S = (Fraction(12), Fraction(24), Fraction(167, 5))
"""Where pictures of it are taken from."""
SIZE = (1920, 1080)
REACH, QUAD_REACH = 2.5, 1.3
"""How many times as long as a bare remap of the picture it may take: four surfaces with two layers, and a single one with one."""

QUAD = Surface(name="quad", corners=((0.03, 0.0), (0.98, 0.03), (1.0, 0.98), (0.0, 1.0)))
"""What a projector needs that stands a little askew."""
BENT = tuple((x + 0.02 * np.sin(5 * y), y + 0.02 * np.sin(6 * x)) for y in (0, 0.5, 1) for x in (0, 0.5, 1))
OVERLAP = 0.1
FOUR = (
    Surface(
        name="left top",
        corners=((-0.02, -0.02), (0.55, -0.04), (0.54, 0.55), (-0.03, 0.56)),
        area=(0, 0, 0.55, 0.55),
        masks=(Mask(kind="polygon", points=((0, 0.01), (0.99, 0), (1, 0.98), (0.01, 1)), feather=0.04),),
        edges=Edges(right=OVERLAP, bottom=OVERLAP),
    ),
    Surface(
        name="right top",
        corners=((0.45, -0.03), (1.03, -0.02), (1.01, 0.57), (0.46, 0.54)),
        area=(0.45, 0, 1, 0.55),
        grid=Grid(kind="smooth", columns=3, rows=3, points=BENT),
        masks=(Mask(kind="ellipse", radii=(0.7, 0.7), feather=0.1),),
        edges=Edges(left=OVERLAP, bottom=OVERLAP),
    ),
    Surface(
        name="left bottom",
        corners=((-0.01, 0.46), (0.54, 0.45), (0.55, 1.03), (-0.02, 1.02)),
        area=(0, 0.45, 0.55, 1),
        masks=(Mask(kind="ellipse", radii=(0.68, 0.68), feather=0.12),),
        edges=Edges(right=OVERLAP, top=OVERLAP),
    ),
    Surface(
        name="right bottom",
        corners=((0.46, 0.46), (1.02, 0.45), (1.03, 1.02), (0.45, 1.04)),
        area=(0.45, 0.45, 1, 1),
        masks=(Mask(kind="polygon", points=((0, 0), (1, 0.02), (0.98, 1), (0.01, 0.99)), feather=0.05),),
        edges=Edges(left=OVERLAP, top=OVERLAP),
    ),
)
"""Each bent, masked and faded into its neighbours; together they cover the output."""
PLACINGS = {"screen": Placing(blend="screen", opacity=0.5), "normal": Placing(opacity=0.5), "multiply": Placing(blend="multiply")}
"""How the generator lies over the film."""


@dataclass(frozen=True)
class Scale:
    """How often each way is gone."""

    n_drawn: int
    n_paced: int
    is_quick: bool


FULL, QUICK = Scale(150, 8, False), Scale(30, 2, True)


def measure(scale: Scale) -> list[Figure]:
    """All figures."""
    return [
        *measure_drawing(scale),
        *measure_card(scale),
        *pacing_figures(n_rounds=scale.n_paced),
        *player_figures(quick=scale.is_quick),
        *long_figures(quick=scale.is_quick),
    ]


# Drawing without a graphics card.


def measure_drawing(scale: Scale) -> list[Figure]:
    """What drawing takes when every layer has a new picture, with as many threads as cv2 has; and when a corner is dragged."""
    film = Placed("film", "film")
    with _pictures() as pictures:
        drawing = {
            **{f"four, {way}": _Drawing(_four(film, Placed("generator", "", how)), pictures) for way, how in PLACINGS.items()},
            "quad": _Drawing(Scene(SIZE, (film,), (QUAD,)), pictures),
            "whole": _Drawing(Scene(SIZE, (film,)), pictures),
        }
        ways = {"bare": _bare(pictures["film"]), **{name: drawn.draw for name, drawn in drawing.items()}}
        ways["dragged"] = _dragging(_Drawing(drawing["four, screen"].scene, pictures))
        middle = in_turns(ways, n_rounds=scale.n_drawn)
    print(", ".join(f"{way} {seconds * 1000:.2f} ms" for way, seconds in middle.items()), flush=True)
    named, ratio = f"{SIZE[0]}x{SIZE[1]}, {cv2.getNumThreads()} threads", {way: seconds / middle["bare"] for way, seconds in middle.items()}
    return [
        *(at_most(f"four surfaces, film and generator ({way}) to a bare remap: {named}", ratio[f"four, {way}"], REACH) for way in PLACINGS),
        at_most(f"a quad to a bare remap: {named}", ratio["quad"], QUAD_REACH),
        told(f"no surfaces to a bare remap: {named}", ratio["whole"], "x"),
        told(f"a bare remap: {named}", middle["bare"] * 1000, "ms"),
        told(f"a corner dragged, tables and all: {named}", middle["dragged"] * 1000, "ms"),
    ]


# Drawing with one.


def measure_card(scale: Scale) -> list[Figure]:
    """The same four surfaces with new pictures of both layers, by a graphics card; not by a processor that stands in for one."""
    import moderngl

    from projection.drawing.gl import GlDrawer
    from projection.drawing.gl_context import why_not

    name = f"four surfaces, film and generator (screen), drawn with OpenGL: {SIZE[0]}x{SIZE[1]}"
    try:
        context = moderngl.create_standalone_context(**({"backend": "egl"} if sys.platform == "linux" else {}))
        fault = why_not()
    except Exception as error:  # whatever loads a driver raises whatever it likes
        fault = str(error)
    if fault:
        return [absent(name, "ms", why=fault)]
    with _pictures() as pictures:
        drawing = _Drawing(_four(Placed("film", "film"), Placed("generator", "", PLACINGS["screen"])), pictures, GlDrawer(SIZE))
        middle = in_turns({"card": drawing.draw}, n_rounds=scale.n_drawn, settle=context.finish)
    return [told(f"{name}, {drawing.drawer.told}", middle["card"] * 1000, "ms")]


def _four(*layers: Placed) -> Scene:
    return Scene(SIZE, layers, FOUR)


@contextmanager
def _pictures() -> Iterator[dict[str, list[Shared]]]:
    """Pictures of a film and of a generator in shared memory, where drawers find them."""
    films = [cv2.resize(frame_at(FILM, at).rgb()[..., ::-1], SIZE, interpolation=cv2.INTER_CUBIC) for at in SCENES_S]
    with shared_folder() as folder:
        share = {"film": films, "generator": [_waves(n) for n in range(len(films))]}
        yield {name: [_shared(folder / f"{name}-{n}", bgr) for n, bgr in enumerate(made)] for name, made in share.items()}


def _waves(shift: float) -> np.ndarray:
    """(H, W, 3): what a generator may draw."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32) / SIZE[1]
    waves = [127.5 + 127 * np.sin(a * x + b * y + shift) for a, b in ((8, 6), (5, -9), (1, 10))]
    return np.dstack(waves).astype(np.uint8)


def _shared(path: Path, bgr: np.ndarray) -> Shared:
    with SharedWriter(path, most_px=bgr.shape[0] * bgr.shape[1]) as writer:
        writer.put(cv2.cvtColor(bgr, cv2.COLOR_BGR2BGRA), time_s=0.0)
        newest = SharedReader(path).newest()
    assert newest
    return newest


class _Drawing:
    """A scene that is drawn again and again, each time with another picture of every layer."""

    def __init__(self, scene: Scene, pictures: Mapping[str, list[Shared]], drawer: Drawer | None = None) -> None:
        self.scene = scene
        self.drawer = drawer or CpuDrawer(np.zeros((SIZE[1], SIZE[0], 4), np.uint8), hands=Hands())
        self.drawer.show(scene, "main")
        self._pictures = {placed.name: pictures[placed.name] for placed in scene.layers}
        self._numbers = itertools.count(1)

    def draw(self) -> None:
        n = next(self._numbers)
        assert self.drawer.draw({name: replace(kept[n % len(kept)], number=n, _slot=None) for name, kept in self._pictures.items()})


def _bare(films: list[Shared]) -> Callable[[], object]:
    """A remap of a whole picture as the quad has it, each time of another one, and nothing else."""
    warp = warp_maps(QUAD, SIZE, SIZE)
    whole = np.clip(warp.whole, 0, np.array(SIZE, np.int16) - 2)  # at the very edge of a picture cv2 is slow, which would flatter us
    target, numbers = np.zeros((SIZE[1], SIZE[0], 4), np.uint8), itertools.count()
    assert warp.part.shape == target.shape[:2]
    return lambda: cv2.remap(films[next(numbers) % len(films)].picture, whole, warp.part, cv2.INTER_LINEAR, dst=target)


def _dragging(drawing: _Drawing) -> Work:
    """Moves a corner of a surface by a pixel, and draws."""
    first, *others = drawing.scene.surfaces
    numbers = itertools.count(1)

    def drag() -> None:
        (x, y), *corners = first.corners
        moved = first.model_copy(update={"corners": ((x + next(numbers) / SIZE[0], y), *corners)})
        drawing.drawer.show(replace(drawing.scene, surfaces=(moved, *others)), "main")
        drawing.draw()

    return drag


if __name__ == "__main__":
    sys.exit(main(lambda quick: measure(QUICK if quick else FULL), about=__doc__))
