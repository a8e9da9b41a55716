"""The program `dream`: words on the command line in, dreams and exit status out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from dream.settings import ClimbSettings, Device, DreamSettings, WhereSettings, WishSettings
from dream.train.settings import TrainSettings
from media.command import make_app, run_app
from media.progress import Progress, progress_bar
from media.settings import FLATTEN, Seconds, flag

app = make_app("dream", "Dream pictures and films: a network sees motifs in them, and the picture climbs towards what it sees.")

Wish = Annotated[WishSettings, FLATTEN]
Climb = Annotated[ClimbSettings, FLATTEN]
Where = Annotated[WhereSettings, FLATTEN]
On = Annotated[Device, flag("-d", help="Where to compute; the fastest there is by default.")]
Quiet = Annotated[bool, flag(help="Print nothing but errors.")]


@app.command
def still(
    picture: Path,
    *,
    output: Annotated[Path | None, flag("-o", help="The dream; NAME-dream.png beside it by default.")] = None,
    wishing: Wish = WishSettings(),
    climbing: Climb = ClimbSettings(),
    placing: Where = WhereSettings(),
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """Dream a picture."""
    from dream.stills import dream_still

    output = output or picture.with_name(f"{picture.stem}-dream.png")
    settings = DreamSettings(wish=wishing, climb=climbing, where=placing)
    with progress_bar(quiet=quiet) as on_progress:
        dreamed = dream_still(picture, output, settings, device=device, on_progress=on_progress)
    if not quiet:
        print(f"{output}: on {dreamed.device}{'' if dreamed.is_whole else '; stopped early, this is the best so far'}")
    return 0


@app.command
def again(
    made: Path,
    *,
    output: Annotated[Path | None, flag("-o", help="Where to; NAME-again.png by default.")] = None,
    source: Annotated[Path | None, flag(help="The picture that it was made of, where it has moved.")] = None,
    quiet: Quiet = False,
) -> int:
    """Dream a picture once more by the recipe that it carries; the same, bit for bit."""
    from dream.stills import dream_again

    output = output or made.with_name(f"{made.stem}-again{made.suffix}")
    with progress_bar(quiet=quiet) as on_progress:
        dream_again(made, output, source=source, on_progress=on_progress)
    if not quiet:
        print(output)
    return 0


@app.command
def nets() -> int:
    """List networks, their layers and motifs, and whether their weights are here."""
    from dream.nets.catalog import describe_nets

    for row in describe_nets():
        print(f"{row.name:14} {row.kind.help}")
        print(f"    weights: {row.weights or 'not here'}")
        print(f"    layers:  {' '.join(row.layers)}")
        if row.kind.called == "motif" and row.voices:
            print(f"    motifs:  {' '.join(row.voices)}")
        elif row.voices:
            print(f"    classes: 0 to {row.n_voices - 1}")
    return 0


@app.command
def channels(
    *names: str,
    output: Annotated[Path, flag("-o", help="The sheet.")] = Path("channels.png"),
    net: Annotated[str, flag(help="Network: motif is in the box.")] = "motif",
    weights: Annotated[Path | None, flag(help="Its weights, where they lie in no usual place.")] = None,
    climbing: Climb = ClimbSettings(),
    size: Annotated[int, flag(help="Side of each picture, in pixels.")] = 224,
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """See what a network would most like to see: of motifs, channels (shapes:17) or whole layers; of every motif by default."""
    from dream.survey import survey

    with progress_bar(quiet=quiet) as on_progress:
        n = survey(names, output, net=net, weights=weights, climb=climbing, size=size, device=device, on_progress=on_progress)
    if not quiet:
        print(f"{output}: {n} dreams")
    return 0


@app.command
def train(
    folder: Path,
    *,
    training: Annotated[TrainSettings, FLATTEN] = TrainSettings(),
    own: Annotated[Path | None, flag("--from", help="Pictures of yours, a folder for each motif in this one.")] = None,
    start: Annotated[Path | None, flag(help="Weights to begin with.")] = None,
    workers: Annotated[int, flag("-w", help="Processes that draw pictures; one core less than there are by default.")] = 0,
    every: Annotated[Seconds, flag(help="From one checkpoint to the next.")] = Fraction(600),
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """Train the network that is in the box, or teach it motifs of your own; the same command goes on where one was ended."""
    from dream.train.run import train as work

    with progress_bar(quiet=quiet) as on_progress:
        trained = work(
            folder, training, own=own, start=start, device=device, n_workers=workers or max(1, (os.cpu_count() or 2) - 1), every_s=float(every),
            on_report=lambda report: on_progress(Progress("training", report.step, report.n_steps)),
        )  # fmt: skip
    if not quiet:
        print(f"{trained.weights}: {len(trained.motifs)} motifs; names {trained.clean:.1%} of fresh pictures, {trained.robust:.1%} of hard ones")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run `dream`; returns the exit status."""
    return run_app(app, sys.argv[1:] if argv is None else argv)
