"""Wishes in words and a network go in; the objective that they stand for comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan, nan
from pkgutil import resolve_name

from dream.nets.catalog import Net, deep_layer, layer_named, voice_named
from dream.objectives import Channel, Energy, Mix, Neuron, Objective, Voice
from dream.settings import WishSettings
from dream.tables import WISHES
from media.errors import UserError

_MOST = 1e6
"""A weight at most: beyond it sums overflow in half precision."""


@dataclass(frozen=True)
class Wish:
    """One of the things that are dreamed at once: what, and how much of it."""

    what: str
    weight: float


def parse_wish(flag: str, text: str) -> Wish:
    """`eyes`, `eyes=0.4`, `shapes:17=-1`.

    Raises:
        UserError: it names nothing, or the weight is no number, or too large a one.
    """
    what, equals, weight = text.partition("=")
    name = what.strip()
    if not name:
        raise UserError(f"{flag} {text}", "it names nothing", f"Write {flag} NAME, or {flag} NAME=0.5.")
    try:
        amount = float(weight) if equals else 1.0
    except ValueError:
        amount = nan
    if isnan(amount):
        raise UserError(f"{flag} {text}", "the weight is no number", f"Write {flag} {name}=0.5.")
    if abs(amount) > _MOST:
        raise UserError(f"{flag} {text}", f"a weight is from -{_MOST:.0f} to {_MOST:.0f}", f"Write {flag} {name}=0.5.")
    return Wish(name, amount)


def objective_of(net: Net, settings: WishSettings, *, guides: Sequence[tuple[float, Objective]] = ()) -> Objective:
    """What all wishes together stand for.

    Raises:
        UserError: a layer, channel or motif is not the network's, or all weights are 0.
    """
    parts = [*_parts(net, settings), *guides]
    if not parts:
        parts = [(1.0, Energy(deep_layer(net)))]
    if not any(weight for weight, _ in parts):
        raise UserError("command line", "nothing is wished for: every weight is 0", "Give one of them another weight.")
    return parts[0][1] if len(parts) == 1 and parts[0][0] == 1 else Mix(tuple(parts))


def _parts(net: Net, settings: WishSettings) -> Iterator[tuple[float, Objective]]:
    for kind, maker in WISHES.items():
        if kind == "layer" and settings.guide is not None:
            continue  # there they say through whose eyes it is seen
        for text in getattr(settings, kind):
            wish = parse_wish(f"--{kind}", text)
            yield wish.weight, resolve_name(maker)(net, wish.what)


def motif_of(net: Net, name: str) -> Objective:
    """What `--motif` wishes for."""
    number = voice_named(net, name)
    assert net.voice_layer is not None
    return Voice(net.voice_layer, number)


def layer_of(net: Net, name: str) -> Objective:
    """What `--layer` wishes for."""
    return Energy(layer_named(net, name))


def channel_of(net: Net, name: str) -> Objective:
    """What `--channel` wishes for."""
    return Channel(*_channel_named(net, "channel", name))


def neuron_of(net: Net, name: str) -> Objective:
    """What `--neuron` wishes for."""
    return Neuron(*_channel_named(net, "neuron", name))


def _channel_named(net: Net, kind: str, text: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.+):(\d{1,6})", text)
    if not match:
        raise UserError(f"{kind} {text}", "this names no channel", f"Write a layer and a number, such as {net.staged.layers[-2]}:17.")
    layer, number = layer_named(net, match[1]), int(match[2])
    n = net.n_channels(layer)
    if number >= n:
        raise UserError(f"{kind} {text}", f"{layer} has {n} channels", f"Choose a number from 0 to {n - 1}.")
    return layer, number


def guide_layers(net: Net, settings: WishSettings) -> list[tuple[float, str]]:
    """The layers through whose eyes a guide is seen, each with its weight.

    Raises:
        UserError: the network has no such layer, or a weight is no number.
    """
    wishes = [parse_wish("--layer", text) for text in settings.layer] or [Wish(deep_layer(net), 1.0)]
    return [(wish.weight, layer_named(net, wish.what)) for wish in wishes]
