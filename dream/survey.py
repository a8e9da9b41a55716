"""Names of motifs, channels and layers go in; a sheet of what a network would most like to see of each comes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dream.channels import Subject, visualise
from dream.nets.catalog import Net, open_net
from dream.settings import ClimbSettings, WishSettings
from dream.sheets import lay_out
from dream.stills import device_named
from dream.wishes import objective_of
from media.errors import UserError, did_you_mean
from media.progress import OnProgress, ignore_progress
from media.write import write_rgb


def survey(
    names: Sequence[str],
    output: Path,
    *,
    net: str,
    weights: Path | None,
    climb: ClimbSettings,
    size: int,
    device: str,
    on_progress: OnProgress = ignore_progress,
) -> int:
    """Write a sheet; returns how many dreams are on it.

    Args:
        names: motifs, layers, or channels as `shapes:17`; all motifs by default, the last layers' first channels where there is none.
    Raises:
        UserError: the network has none of that name.
    """
    opened = open_net(net, weights)
    subjects = [_subject(opened, name) for name in names or _all(opened)]
    pictures = visualise(opened, subjects, climb, size=size, device=device_named(device), on_progress=on_progress)
    write_rgb(output, lay_out(pictures, [subject.name for subject in subjects]))
    return len(subjects)


def _all(net: Net) -> Sequence[str]:
    if 0 < len(net.voices) < 200:
        return list(net.voices)
    layer = net.staged.layers[-3]
    return [f"{layer}:{n}" for n in range(min(32, net.n_channels(layer)))]


def _subject(net: Net, name: str) -> Subject:
    layers = {layer.casefold() for layer in net.staged.layers}
    if ":" in name:
        return Subject(name, objective_of(net, WishSettings(channel=(name,))))
    if name.casefold() in layers:
        return Subject(name, objective_of(net, WishSettings(layer=(name,))))
    if name.casefold() not in {voice.casefold() for voice in net.voices}:
        raise UserError(name, f"{net.name} has no motif or layer of this name", did_you_mean(name, [*net.voices, *net.staged.layers]))
    return Subject(name, objective_of(net, WishSettings(motif=(name,))))
