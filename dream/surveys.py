"""A network goes in, and a picture perhaps; pictures of what each of its layers, channels or motifs sees come out, and a sheet of all."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from dream.canvas import canvas_rgb
from dream.channels import Subject, visualise
from dream.device import device_named
from dream.jobs import ChannelsJob, LayersJob
from dream.nets.catalog import Net, layer_named, open_net
from dream.octaves import fitted, to_rgb, to_tensor
from dream.pictures import SHEET, Picture, check_output, read_picture, write_picture
from dream.recipe import ended_at, recipe_of, require_apart
from dream.reels import check_dreams, is_reel, write_dreams
from dream.settings import DreamSettings, WishSettings
from dream.sheets import lay_out, name_below
from dream.stills import Watch, dream_picture
from dream.stopping import IsStopped, never
from dream.wishes import objective_of
from media.errors import UserError, did_you_mean
from media.files import make_folder
from media.progress import OnProgress, ignore_progress, part_of_all

_SIZE_PX, _NOISE_PX = 480, 320
_SHEET_PX = 320


def survey_layers(
    source: Path | None,
    output: Path,
    job: LayersJob,
    *,
    device: str = "auto",
    stop_at: Sequence[int] | None = None,
    is_stopped: IsStopped = never,
    on_progress: OnProgress = ignore_progress,
) -> int:
    """Dream a picture (or noise) once for each layer; returns how many layers there are to be seen.

    Args:
        output: a sheet (.png, .jpg), a film or GIF that shows one after the other, or a folder for a picture of each, and a sheet.
        is_stopped: ends it with the last dream that is whole; without any nothing is written.
    Raises:
        UserError: no layer matches, or something cannot be read or written.
    """
    as_one = bool(output.suffix) and not output.is_dir()
    if as_one:
        check_dreams(output)
    net = open_net(job.wish.net, job.wish.weights)
    layers = match_layers(net, job.layers.filter)
    for place in [output] if as_one else [output / SHEET, *(_place(output, layers, layer) for layer in layers)]:
        require_apart(place, source, job)
    wanted = layers[: stop_at[0]] if stop_at else layers
    dreams = _each_layer(net, wanted, _start(source, job), job, device=device, is_stopped=is_stopped, on_progress=on_progress)
    where = device_named(device).type

    def recipe_for(n: int) -> dict[str, Any]:
        return recipe_of("layers", source, job, device=where, stopped_at=ended_at(n, len(layers)))

    if job.alone and as_one and not is_reel(output):
        return _write_alone(output, dreams, job, recipe_for)
    kept = dreams if as_one else _kept(dreams, source, output, layers, job, device=where)
    shown = ((layer, picture.rgb if is_reel(output) else _small(picture.rgb)) for layer, picture in kept)
    rate = Fraction(job.layers.seconds).limit_denominator(1000) ** -1
    return write_dreams(output if as_one else output / SHEET, shown, rate=rate, recipe_for=recipe_for)


def _place(folder: Path, layers: Sequence[str], layer: str) -> Path:
    """Where the picture of a layer goes."""
    return folder / f"{layers.index(layer) + 1:02d}-{layer}.png"


def _write_alone(output: Path, dreams: Iterator[tuple[str, Picture]], job: LayersJob, recipe_for: Callable[[int], dict[str, Any]]) -> int:
    """Write the first layer's picture as it lies in a folder."""
    for layer, picture in dreams:
        write_picture(output, _shown(layer, picture, job), recipe=recipe_for(1))
        return 1
    return 0


def _start(source: Path | None, job: LayersJob) -> Picture:
    """What every layer begins with: eight bits, as a picture of its own would be."""
    if source is None:
        return Picture(canvas_rgb(job.layers.size or _NOISE_PX, seed=job.climb.seed))
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
    net: Net, layers: Sequence[str], start: Picture, job: LayersJob, *, device: str, is_stopped: IsStopped, on_progress: OnProgress
) -> Iterator[tuple[str, Picture]]:
    for n, layer in enumerate(layers):
        settings = DreamSettings(wish=WishSettings(layer=(layer,)), climb=job.climb)
        on_part = part_of_all(on_progress, before=n, total=len(layers))
        dreamed = dream_picture(start, net, settings, device=device, watch=Watch(is_stopped=is_stopped), on_progress=on_part)
        if not dreamed.is_whole:
            return
        yield layer, dreamed.picture


def _kept(
    dreams: Iterator[tuple[str, Picture]], source: Path | None, folder: Path, layers: Sequence[str], job: LayersJob, *, device: str
) -> Iterator[tuple[str, Picture]]:
    """Dreams that are written into a folder as they come, each with a recipe of its own."""
    make_folder(folder)
    for layer, picture in dreams:
        own = job.model_copy(update={"alone": True, "layers": job.layers.model_copy(update={"filter": f"^{re.escape(layer)}$"})})
        write_picture(_place(folder, layers, layer), _shown(layer, picture, job), recipe=recipe_of("layers", source, own, device=device))
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
    stop_at: Sequence[int] | None = None,
    is_stopped: IsStopped = never,
    on_progress: OnProgress = ignore_progress,
) -> int:
    """Write a sheet of what motifs, channels or layers would most like to see; returns how many dreams are on it.

    Args:
        is_stopped: ends it with the last dreams that are whole; without any nothing is written.
    Raises:
        UserError: the network has none of that name, or the place cannot be written.
    """
    check_output(output)
    require_apart(output, None, job)
    net = open_net(job.wish.net, job.wish.weights)
    names = [*job.names, *(name for layer in job.channels.layers for name in _channels_of(net, layer, job))]
    subjects = [_subject(net, name) for name in names or _everything(net, job)]
    wanted, where = subjects[: stop_at[0]] if stop_at else subjects, device_named(device)
    pictures = visualise(net, wanted, job.climb, size=job.channels.size, device=where, is_stopped=is_stopped, on_progress=on_progress)
    n = len(pictures)
    if n:
        recipe = recipe_of("channels", None, job, device=where.type, stopped_at=ended_at(n, len(subjects)))
        write_picture(output, Picture(lay_out(pictures, [subject.name for subject in subjects[:n]])), recipe=recipe)
    return n


def _channels_of(net: Net, layer: str, job: ChannelsJob) -> list[str]:
    layer = layer_named(net, layer)
    return [f"{layer}:{number}" for number in _chosen(net.n_channels(layer), f"{layer} has {{}} channels", job)]


def _chosen(n: int, told: str, job: ChannelsJob) -> range:
    """Those of a number of things that are asked for.

    Args:
        told: what says how many there are.
    """
    first, count = job.channels.first, job.channels.count
    if first >= n:
        raise UserError("command line", f"{told.format(n)}, and the first that is asked for is {first}", f"Choose a number from 0 to {n - 1}.")
    return range(first, n if count is None else min(n, first + count))


def _everything(net: Net, job: ChannelsJob) -> Sequence[str]:
    """All motifs that it has names for; else a look at a deep layer."""
    if 0 < len(net.voices) < 200:
        motifs = list(net.voices)
        return [motifs[number] for number in _chosen(len(motifs), f"{net.name} knows {{}} motifs", job)]
    return _channels_of(net, net.staged.layers[-3], job)[:32]


def _subject(net: Net, name: str) -> Subject:
    layers = {layer.casefold() for layer in net.staged.layers}
    if ":" in name:
        return Subject(name, objective_of(net, WishSettings(channel=(name,))))
    if name.casefold() in layers:
        return Subject(name, objective_of(net, WishSettings(layer=(name,))))
    if name.casefold() not in {voice.casefold() for voice in net.voices}:
        raise UserError(name, f"the network {net.name} has no motif or layer of this name", did_you_mean(name, [*net.voices, *net.staged.layers]))
    return Subject(name, objective_of(net, WishSettings(motif=(name,))))
