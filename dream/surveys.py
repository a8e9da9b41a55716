"""A network goes in, and a picture perhaps; pictures of what each of its layers, channels or motifs sees come out, and a sheet of all."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from dream.canvas import noise
from dream.channels import Subject, visualise
from dream.jobs import ChannelsJob, LayersJob
from dream.nets.catalog import Net, layer_named, open_net
from dream.octaves import to_rgb, to_tensor
from dream.pictures import Picture, check_output, read_picture, write_picture
from dream.recipe import recipe_of
from dream.reels import check_reel, is_film, write_recipe_beside, write_reel
from dream.settings import DreamSettings, WishSettings
from dream.sheets import lay_out, name_below
from dream.stills import device_named, dream_picture
from dream.wishes import objective_of
from dream.zoom import fitted
from media.errors import UserError, did_you_mean, from_os_error
from media.progress import OnProgress, Progress, ignore_progress

SHEET = "sheet.png"
_SIZE_PX, _NOISE_PX = 480, 320
_SHEET_PX = 320


def survey_layers(
    source: Path | None,
    output: Path,
    job: LayersJob,
    *,
    device: str = "auto",
    stop_at: Sequence[int] | None = None,  # noqa: ARG001 - never ended early
    on_progress: OnProgress = ignore_progress,
) -> int:
    """Dream a picture (or noise) once for each layer; returns how many layers there were.

    Args:
        output: a sheet (.png, .jpg), a film or GIF that shows one after the other, or a folder for a picture of each, and a sheet.
    Raises:
        UserError: no layer matches, or something cannot be read or written.
    """
    as_film, as_sheet = is_film(output), bool(output.suffix) and not output.is_dir()
    if as_sheet:
        check_reel(output) if as_film else check_output(output)
    net = open_net(job.wish.net, job.wish.weights)
    layers = match_layers(net, job.layers.filter)
    start = _start(source, job)
    dreams = _each_layer(net, layers, start, job, device=device, on_progress=on_progress)
    where = device_named(device).type
    recipe = recipe_of("layers", source, job, device=where)
    if as_film:
        named = (name_below(picture.rgb, layer) for layer, picture in dreams)
        write_reel(output, named, rate=Fraction(job.layers.seconds).limit_denominator(1000) ** -1)
        write_recipe_beside(output, recipe)
        return len(layers)
    if as_sheet and job.alone:
        write_picture(output, _shown(*next(dreams), job), recipe=recipe)
        return 1
    made = dict(dreams if as_sheet else _kept(dreams, source, output, job, device=where))
    sheet = lay_out([_small(picture.rgb) for picture in made.values()], list(made))
    write_picture(output if as_sheet else output / SHEET, Picture(sheet), recipe=recipe)
    return len(layers)


def _start(source: Path | None, job: LayersJob) -> Picture:
    """What every layer begins with: eight bits, as a picture of its own would be."""
    if source is None:
        return Picture(to_rgb(noise(job.layers.size or _NOISE_PX, seed=job.climb.seed)).numpy())
    picture = read_picture(source)
    return Picture(to_rgb(fitted(to_tensor(picture.rgb), job.layers.size or _SIZE_PX)).numpy())


def match_layers(net: Net, text: str) -> list[str]:
    """Layers whose name holds a text; if none does, those that match it as a shell's pattern, else as a regular expression.

    Raises:
        UserError: there is none.
    """
    folded, names = text.strip().casefold(), {layer: layer.casefold() for layer in net.staged.layers}
    try:
        expression = re.compile(folded)
    except re.error:
        expression = re.compile(re.escape(folded))
    ways: tuple[Callable[[str], object], ...] = (lambda name: folded in name, lambda name: fnmatch.fnmatchcase(name, folded), expression.search)
    found = ([layer for layer, name in names.items() if way(name)] for way in ways)
    layers = next((some for some in found if some), [])
    if not layers:
        raise UserError(f"--filter {text}", f"no layer of {net.name} matches", f"Choose from: {', '.join(net.staged.layers)}.")
    return layers


def _each_layer(
    net: Net, layers: Sequence[str], start: Picture, job: LayersJob, *, device: str, on_progress: OnProgress
) -> Iterator[tuple[str, Picture]]:
    for n, layer in enumerate(layers):
        settings = DreamSettings(wish=WishSettings(layer=(layer,)), climb=job.climb)
        part = _part(on_progress, n, len(layers))
        yield layer, dream_picture(start, net, settings, device=device, on_progress=part).picture


def _part(on_progress: OnProgress, n: int, total: int) -> OnProgress:
    """Progress of one of several like pieces of work as that of all."""
    return lambda progress: on_progress(Progress("dreaming", n + progress.done / progress.total, total))


def _kept(
    dreams: Iterator[tuple[str, Picture]], source: Path | None, folder: Path, job: LayersJob, *, device: str
) -> Iterator[tuple[str, Picture]]:
    """Dreams that are written into a folder as they come, in the order of the layers, each with a recipe of its own."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise from_os_error(folder, error) from error
    for n, (layer, picture) in enumerate(dreams, 1):
        own = job.model_copy(update={"alone": True, "layers": job.layers.model_copy(update={"filter": f"^{re.escape(layer)}$"})})
        path = folder / f"{n:02d}-{layer}.png"
        write_picture(path, _shown(layer, picture, job), recipe=recipe_of("layers", source, own, device=device))
        yield layer, picture


def _shown(layer: str, picture: Picture, job: LayersJob) -> Picture:
    return Picture(name_below(picture.rgb, layer)) if job.layers.names else picture


def _small(rgb: np.ndarray) -> np.ndarray:
    return to_rgb(fitted(to_tensor(rgb), _SHEET_PX)).numpy()


def survey_channels(
    source: Path | None,  # noqa: ARG001 - they are dreamed out of noise
    output: Path,
    job: ChannelsJob,
    *,
    device: str = "auto",
    stop_at: Sequence[int] | None = None,  # noqa: ARG001 - never ended early
    on_progress: OnProgress = ignore_progress,
) -> int:
    """Write a sheet of what motifs, channels or layers would most like to see; returns how many dreams are on it.

    Raises:
        UserError: the network has none of that name, or the place cannot be written.
    """
    check_output(output)
    net = open_net(job.wish.net, job.wish.weights)
    names = [*job.names, *(name for layer in job.channels.layers for name in _channels_of(net, layer, job))]
    subjects = [_subject(net, name) for name in names or _everything(net, job)]
    pictures = visualise(net, subjects, job.climb, size=job.channels.size, device=device_named(device), on_progress=on_progress)
    recipe = recipe_of("channels", None, job, device=device_named(device).type)
    write_picture(output, Picture(lay_out(pictures, [subject.name for subject in subjects])), recipe=recipe)
    return len(subjects)


def _channels_of(net: Net, layer: str, job: ChannelsJob) -> list[str]:
    layer, asked = layer_named(net, layer), job.channels
    n = net.n_channels(layer)
    if asked.first >= n:
        raise UserError(f"--from {asked.first}", f"{layer} has {n} channels", f"Choose a number from 0 to {n - 1}.")
    last = n if asked.count is None else min(n, asked.first + asked.count)
    return [f"{layer}:{number}" for number in range(asked.first, last)]


def _everything(net: Net, job: ChannelsJob) -> Sequence[str]:
    """All motifs that it has names for; else a look at a deep layer."""
    if 0 < len(net.voices) < 200:
        last = None if job.channels.count is None else job.channels.first + job.channels.count
        return list(net.voices)[job.channels.first : last] or list(net.voices)
    return _channels_of(net, net.staged.layers[-3], job)[:32]


def _subject(net: Net, name: str) -> Subject:
    layers = {layer.casefold() for layer in net.staged.layers}
    if ":" in name:
        return Subject(name, objective_of(net, WishSettings(channel=(name,))))
    if name.casefold() in layers:
        return Subject(name, objective_of(net, WishSettings(layer=(name,))))
    if name.casefold() not in {voice.casefold() for voice in net.voices}:
        raise UserError(name, f"{net.name} has no motif or layer of this name", did_you_mean(name, [*net.voices, *net.staged.layers]))
    return Subject(name, objective_of(net, WishSettings(motif=(name,))))
