"""The program `dream`: words on the command line in, dreams and exit status out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from cyclopts.validators import Number

from dream.films.cli import video
from dream.jobs import (
    AttributeJob,
    AttributeSettings,
    ChannelsJob,
    ChannelsSettings,
    LayersJob,
    LayersSettings,
    SweepJob,
    SweepSettings,
    ZoomJob,
    ZoomSettings,
)
from dream.settings import ClimbSettings, Device, DreamSettings, NetSettings, On, Quiet, WhereSettings, WishSettings
from dream.train.settings import TrainSettings
from media.command import BAD_USE, INTERRUPTED, make_app, run_app
from media.progress import counted, progress_bar
from media.settings import FLATTEN, Seconds, Settings, flag

app = make_app("dream", "Dream pictures and films: a network sees motifs in them, and the picture climbs towards what it sees.")

Wish = Annotated[WishSettings, FLATTEN]
Climb = Annotated[ClimbSettings, FLATTEN]
Where = Annotated[WhereSettings, FLATTEN]
Network = Annotated[NetSettings, FLATTEN]
_CANVAS_HELP = "Begin with no picture, but with soft noise in the colours of the first motif: a square of so many pixels, to dream.png by default."
_OVERLAYS_HELP = "The overlays, side by side, or a folder for them; NAME-motifs.png beside the picture by default, none with --json."
_NETWORK = NetSettings()
_ZOOM, _LAYERS, _CHANNELS, _ATTRIBUTE, _SWEEP = ZoomSettings(), LayersSettings(), ChannelsSettings(), AttributeSettings(), SweepSettings()


def _limits(group: type[Settings], name: str) -> Number:
    """The least and the greatest that a parameter may be, for a flag of another name."""
    told = group.model_fields[name].metadata
    least, greatest = (next(getattr(limit, kind) for limit in told if hasattr(limit, kind)) for kind in ("ge", "le"))
    return Number(gte=least, lte=greatest)


@app.command
def still(
    *pictures: Path,
    output: Annotated[Path | None, flag("-o", help="The dream, or a folder for several; NAME-dream.png beside each by default.")] = None,
    wishing: Wish = WishSettings(),
    climbing: Climb = ClimbSettings(),
    placing: Where = WhereSettings(),
    canvas: Annotated[int | None, flag(validator=_limits(DreamSettings, "canvas_px"), help=_CANVAS_HELP)] = None,
    resume: Annotated[bool, flag(help="Leave those be that are there already, dreamed by the same settings, and go on with one that was ended.")] = False,
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """Dream pictures: files, folders and globs. Ctrl-C keeps the best so far; of an animation the first frame is dreamed."""
    from dream.folders import dream_all, plan_canvas, plan_tasks
    from dream.stopping import stopped_by_hand

    tasks = plan_tasks(pictures, output) if canvas is None else plan_canvas(pictures, output)
    begun = {} if canvas is None else {"canvas_px": canvas}
    settings = DreamSettings(wish=wishing, climb=climbing, where=placing, **begun)
    status = 0
    with stopped_by_hand() as is_stopped, progress_bar(quiet=quiet) as on_progress:
        for done in dream_all(tasks, settings, device=device, resume=resume, is_stopped=is_stopped, on_progress=on_progress):
            if done.fault:
                print(f"dream: {done.told}", file=sys.stderr)
                status = BAD_USE
            elif not quiet:
                print(done.told)
        return INTERRUPTED if is_stopped() else status


app.command(video)


@app.command
def again(
    made: Path,
    *,
    output: Annotated[Path | None, flag("-o", help="Where to; NAME-again with the same suffix by default.")] = None,
    source: Annotated[Path | None, flag(help="The picture or film that it was made of, where it has moved.")] = None,
    device: Annotated[Device | None, flag("-d", help="Where to compute; on what it was made on by default. Elsewhere some bits may differ.")] = None,
    quiet: Quiet = False,
) -> int:
    """Make anything once more by the recipe that it carries; the same, bit for bit, on the same machine."""
    from dream.again import dream_again, name_again

    output = output or name_again(made)
    with progress_bar(quiet=quiet) as on_progress:
        dream_again(made, output, source=source, device=device, on_progress=on_progress)
    if not quiet:
        print(output)
    return 0


@app.command
def nets() -> int:
    """List networks, their layers and motifs, and their weights: where they lie, or where they are to be had."""
    from dream.nets.catalog import describe_nets

    for row in describe_nets():
        print(f"{row.name:14} {row.kind.help}")
        print(f"    weights: {row.weights_told}")
        print(f"    layers:  {' '.join(row.layers)}")
        if row.kind.called == "motif" and row.voices:
            print(f"    motifs:  {' '.join(row.voices)}")
        elif row.voices:
            print(f"    classes: 0 to {row.n_voices - 1}")
    return 0


@app.command
def zoom(
    picture: Path,
    *,
    output: Annotated[Path, flag("-o", help="Film, GIF or numbered pictures (out/%04d.png), or a folder for zoom.mp4.")] = Path("zoom.mp4"),
    wishing: Wish = WishSettings(),
    climbing: Climb = ClimbSettings(),
    flying: Annotated[ZoomSettings, FLATTEN] = _ZOOM,
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """Fly into the dream of a picture, deeper and deeper. Ctrl-C ends the film where it is."""
    from dream.pictures import place_of
    from dream.stopping import stopped_by_hand
    from dream.zoom import dream_zoom

    output = place_of(output, "zoom.mp4")
    job = ZoomJob(wish=wishing, climb=climbing, zoom=flying)
    with stopped_by_hand() as is_stopped, progress_bar(quiet=quiet) as on_progress:
        n = dream_zoom(picture, output, job, device=device, is_stopped=is_stopped, on_progress=on_progress)
    return _told(output, n, "frame", was_stopped=is_stopped(), quiet=quiet)


@app.command
def layers(
    picture: Path | None = None,
    *,
    output: Annotated[Path, flag("-o", help="A folder for a picture of each and sheet.png; or a sheet (.png), GIF or film alone.")] = Path("layers"),
    network: Network = _NETWORK,
    climbing: Climb = ClimbSettings(),
    showing: Annotated[LayersSettings, FLATTEN] = _LAYERS,
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """Dream a picture (noise, if there is none) once for each layer of a network, to see what each of them sees."""
    from dream.stopping import stopped_by_hand
    from dream.surveys import survey_layers

    job = LayersJob(wish=WishSettings(**dict(network)), climb=climbing, layers=showing)
    with stopped_by_hand() as is_stopped, progress_bar(quiet=quiet) as on_progress:
        n = survey_layers(picture, output, job, device=device, is_stopped=is_stopped, on_progress=on_progress)
    return _told(output, n, "layer", was_stopped=is_stopped(), quiet=quiet)


@app.command
def channels(
    *names: str,
    output: Annotated[Path, flag("-o", help="The sheet, or a folder for channels.png.")] = Path("channels.png"),
    network: Network = _NETWORK,
    climbing: Climb = ClimbSettings(),
    choosing: Annotated[ChannelsSettings, FLATTEN] = _CHANNELS,
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """See what a network would most like to see: of motifs, channels (shapes:17) or whole layers; of every motif by default."""
    from dream.pictures import place_of
    from dream.stopping import stopped_by_hand
    from dream.surveys import survey_channels

    output = place_of(output, "channels.png")
    job = ChannelsJob(wish=WishSettings(**dict(network)), climb=climbing, names=names, channels=choosing)
    with stopped_by_hand() as is_stopped, progress_bar(quiet=quiet) as on_progress:
        n = survey_channels(None, output, job, device=device, is_stopped=is_stopped, on_progress=on_progress)
    return _told(output, n, "dream", was_stopped=is_stopped(), quiet=quiet)


@app.command
def attribute(
    picture: Path,
    *,
    output: Annotated[Path | None, flag("-o", help=_OVERLAYS_HELP)] = None,
    motif: Annotated[tuple[str, ...], flag("-m", help="Motifs or classes by name, without weights; those that are seen most by default.")] = (),
    network: Network = _NETWORK,
    telling: Annotated[AttributeSettings, FLATTEN] = _ATTRIBUTE,
    json: Annotated[bool, flag(help="Print all motifs with their shares of the picture as JSON, the most seen first.")] = False,
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """See which areas of a picture speak for a motif, and how much of each motif there is in it."""
    from dream.attribute import attribute as work
    from dream.attribute import ranking_json, require_bare
    from dream.pictures import place_of

    require_bare(motif)
    name = f"{picture.stem}-motifs.png"
    output = place_of(output, name) if output else None if json else picture.with_name(name)
    job = AttributeJob(wish=WishSettings(**dict(network), motif=motif), attribute=telling)
    with progress_bar(quiet=quiet) as on_progress:
        told = work(picture, output, job, device=device, on_progress=on_progress)
    if json:
        sys.stdout.write(ranking_json(told.ranking))
    elif not quiet:
        print(f"{output}: {', '.join(f'{seen.motif} {seen.share:.0%}' for seen in told.shown)}")
    return 0


@app.command
def sweep(
    picture: Path,
    *,
    output: Annotated[Path, flag("-o", help="A sheet (.png, .jpg), a film or GIF, or a folder for sweep.png.")] = Path("sweep.png"),
    wishing: Wish = WishSettings(),
    climbing: Climb = ClimbSettings(),
    placing: Where = WhereSettings(),
    sweeping: Annotated[SweepSettings, FLATTEN] = _SWEEP,
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """Dream a picture again and again while a parameter goes from one value to another, or one motif turns into another."""
    from dream.pictures import place_of
    from dream.stopping import stopped_by_hand
    from dream.sweep import sweep as work

    output = place_of(output, "sweep.png")
    job = SweepJob(wish=wishing, climb=climbing, where=placing, sweep=sweeping)
    with stopped_by_hand() as is_stopped, progress_bar(quiet=quiet) as on_progress:
        n = work(picture, output, job, device=device, is_stopped=is_stopped, on_progress=on_progress)
    return _told(output, n, "dream", was_stopped=is_stopped(), quiet=quiet)


@app.command
def train(
    folder: Path,
    *,
    training: Annotated[TrainSettings, FLATTEN] = TrainSettings(),
    own: Annotated[Path | None, flag("--from", help="Pictures of yours, a folder for each motif in this one.")] = None,
    start: Annotated[Path | None, flag(help="Weights to begin with.")] = None,
    workers: Annotated[int, flag("-w", validator=Number(gte=0), help="Processes that draw pictures; one core less than there are by default.")] = 0,
    every: Annotated[Seconds, flag(validator=Number(gt=0), help="From one checkpoint to the next.")] = Fraction(600),
    device: On = "auto",
    quiet: Quiet = False,
) -> int:
    """Train the network that is in the box, or teach it motifs of your own; the same command goes on where one was ended."""
    from dream.stopping import stopped_by_hand
    from dream.train.run import train as work

    with stopped_by_hand() as is_stopped, progress_bar(quiet=quiet) as on_progress:
        trained = work(
            folder, training, own=own, start=start, device=device, n_workers=workers or max(1, (os.cpu_count() or 2) - 1), every_s=float(every),
            is_stopped=is_stopped, on_progress=on_progress,
        )  # fmt: skip
    if not quiet:
        print(trained.told)
    return 0


def _told(output: Path, n: int, thing: str, *, was_stopped: bool, quiet: bool) -> int:
    """Say how many things were made, and whether Ctrl-C ended it early; returns the exit status."""
    if was_stopped and not n:
        raise KeyboardInterrupt  # before there was anything to keep
    if not quiet:
        print(f"{output}: {counted(n, thing)}{'; stopped early' if was_stopped else ''}")
    return INTERRUPTED if was_stopped else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run `dream`; returns the exit status."""
    return run_app(app, sys.argv[1:] if argv is None else argv)
